//! A slab: stable slots for things that come and go, without an allocation each.

use std::num::NonZeroU32;

/// Names one occupant of a slot; stale keys are recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    slot: u32,
    /// Which occupant of the slot; never zero, so that no key at all takes no more room.
    generation: NonZeroU32,
}

const _: () = assert!(size_of::<Option<Key>>() == 8);

impl Key {
    /// The slot's number.
    pub const fn slot(self) -> usize {
        self.slot as usize
    }
}

/// In this order, so that the generation shares a cache line with what comes first in the item.
#[derive(Clone, Debug)]
#[repr(C)]
struct Slot<T> {
    /// Of the present occupant, or of the next.
    generation: NonZeroU32,
    taken: bool,
    item: T,
}

/// Slots, reused last-freed first. A freed item stays in place, so that its buffers can be reused.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    /// No slots yet.
    pub const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// How many bytes of memory a clone of it takes elsewhere, given how many an item takes beside itself.
    pub fn bytes(&self, beside: impl Fn(&T) -> usize) -> usize {
        let items = self.slots.iter().map(|slot| beside(&slot.item)).sum::<usize>();
        size_of_val(self.slots.as_slice()) + size_of_val(self.free.as_slice()) + items
    }

    /// Makes room for so many occupants, and no more.
    pub fn reserve(&mut self, occupants: usize) {
        self.slots.reserve_exact(occupants);
    }

    /// A free slot, made of `item` if there is none; what is in it is as the last occupant left it.
    #[inline]
    fn claim(&mut self, item: impl FnOnce() -> T) -> (Key, &mut T) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: NonZeroU32::MIN, taken: false, item: item() });
            self.slots.len() as u32 - 1
        });
        let place = &mut self.slots[slot as usize];
        place.taken = true;
        (Key { slot, generation: place.generation }, &mut place.item)
    }

    /// Puts an item into a slot.
    #[inline]
    pub fn insert(&mut self, item: T) -> Key
    where
        T: Copy,
    {
        let (key, place) = self.claim(|| item);
        *place = item;
        key
    }

    /// Gives a slot back; keys to its occupant are stale from here on.
    pub fn free(&mut self, key: Key) {
        let place = &mut self.slots[key.slot()];
        debug_assert!(place.taken && place.generation == key.generation, "freed twice");
        place.taken = false;
        place.generation = place.generation.checked_add(1).unwrap_or(NonZeroU32::MIN);
        self.free.push(key.slot);
    }

    /// The occupant, unless it is gone: then the slot is of a later generation, taken or not.
    #[inline]
    pub fn get(&self, key: Key) -> Option<&T> {
        let place = &self.slots[key.slot()];
        (place.generation == key.generation).then_some(&place.item)
    }

    /// The occupant, unless it is gone.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = &mut self.slots[key.slot()];
        (place.generation == key.generation).then_some(&mut place.item)
    }

    /// Has the processor fetch an item that is needed soon, from its generation to this part of it.
    #[inline]
    pub fn touch<U>(&self, key: Key, part: impl FnOnce(&T) -> U) {
        let slot = &self.slots[key.slot()];
        std::hint::black_box((slot.generation, part(&slot.item)));
    }

    /// The keys of all occupants, in order of their slots.
    pub fn keys(&self) -> Vec<Key> {
        let taken = self.slots.iter().enumerate().filter(|(_, place)| place.taken);
        taken.map(|(slot, place)| Key { slot: slot as u32, generation: place.generation }).collect()
    }
}

impl<T: Default> Slab<T> {
    /// Takes a slot; the item in it is either new or as the last occupant left it.
    #[inline]
    pub fn take(&mut self) -> (Key, &mut T) {
        self.claim(T::default)
    }
}

impl<T> std::ops::Index<Key> for Slab<T> {
    type Output = T;
    fn index(&self, key: Key) -> &T {
        let place = &self.slots[key.slot()];
        debug_assert!(place.taken && place.generation == key.generation, "stale key");
        &place.item
    }
}

impl<T> std::ops::IndexMut<Key> for Slab<T> {
    fn index_mut(&mut self, key: Key) -> &mut T {
        let place = &mut self.slots[key.slot()];
        debug_assert!(place.taken && place.generation == key.generation, "stale key");
        &mut place.item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_occupant_only() {
        let mut slab: Slab<u8> = Slab::new();
        let (first, item) = slab.take();
        *item = 1;
        slab.free(first);
        let (second, item) = slab.take();
        assert_eq!((first.slot(), *item), (second.slot(), 1), "the slot and what was in it are reused");
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.get(second), Some(&1));
        assert_eq!(slab.keys(), [second]);
    }

    #[test]
    fn its_bytes_are_those_of_slots_free_numbers_and_what_is_beside() {
        let mut slab: Slab<u64> = Slab::new();
        let keys = [slab.insert(1), slab.insert(2), slab.insert(3)];
        assert_eq!(slab.bytes(|_| 100), 3 * size_of::<Slot<u64>>() + 300);
        slab.free(keys[1]);
        assert_eq!(slab.bytes(|item| *item as usize), 3 * size_of::<Slot<u64>>() + 4 + 6);
    }
}
