//! Checkpoints: clones of worlds along a run, within a budget of bytes.
//!
//! ```text
//!   c───────────────c───────c───c─c─c▶ now       far away few are left, close by many
//!      ┄┄┄┄┄▶ a checkpoint forgets its journal; here a run from it has filled it again, and it can be used
//! ```

use super::{Arm, Point};
use crate::event::Seq;
use crate::experiment::Journal;
use crate::scenario::Home;
use crate::units::Nanos;

/// Checkpoints of a run hold no more than about this, in bytes: with half of it, a second back in ten minutes of two
/// worlds of ten thousand users takes 1.4 s, and not 0.1; …
const BUDGET: usize = 32 << 20;
/// … and this for each simulated second, because there is more and more to go back to; …
const PER_SECOND: usize = 14 << 10;
/// … but never more than this, which it comes to within an hour.
pub const MOST: usize = 64 << 20;
/// No checkpoint before a world has told so many events more: to live through them again takes some 5 ms.
const EVENTS: u64 = 20_000;
/// And none before as many as take twenty times as long as a clone of it: about one for so many bytes.
const BYTES_PER_EVENT: u64 = 20;

#[derive(Debug)]
struct Checkpoint {
    point: Point,
    seq: Seq,
    bytes: usize,
    arm: Arm,
    /// Whoever goes from here to this place, or beyond it, finds there what a journal keeps.
    complete: Point,
    /// Whether it has forgotten its journal.
    light: bool,
}

/// All checkpoints, in order of place; a list for each world.
#[derive(Debug)]
pub(super) struct Past {
    tracks: Vec<(Home, Vec<Checkpoint>)>,
    most: usize,
}

impl Past {
    pub const fn new(most: usize) -> Self {
        Self { tracks: Vec::new(), most }
    }

    pub fn set_budget(&mut self, bytes: usize, near: [Nanos; 2]) {
        self.most = bytes;
        while self.size().1 > self.budget(near) {
            self.give_up_one(None, near);
        }
    }

    /// How many bytes checkpoints may hold of a run that has come so far.
    fn budget(&self, near: [Nanos; 2]) -> usize {
        (BUDGET + PER_SECOND * near[1].secs() as usize).min(self.most)
    }

    fn track(&self, home: Home) -> &[Checkpoint] {
        self.tracks.iter().find(|(known, _)| *known == home).map_or(&[], |(_, track)| track)
    }

    /// How many there are, and about how many bytes they hold.
    pub fn size(&self) -> (usize, usize) {
        let all = self.tracks.iter().flat_map(|(_, track)| track);
        all.fold((0, 0), |(count, bytes), checkpoint| (count + 1, bytes + checkpoint.bytes))
    }

    /// The last one of a world from which everything at a place will be as it was.
    pub fn nearest(&self, home: Home, point: Point) -> Option<(Point, &Arm)> {
        let last = self.track(home).iter().rev().find(|checkpoint| checkpoint.complete <= point)?;
        Some((last.point, &last.arm))
    }

    /// Those of a world, in order. Their journals need not be complete.
    pub fn of(&self, home: Home) -> impl DoubleEndedIterator<Item = (Point, &Arm)> {
        self.track(home).iter().map(|checkpoint| (checkpoint.point, &checkpoint.arm))
    }

    /// Takes a checkpoint of a world at a place, if it is far enough from the last one before, and worth its bytes.
    pub fn note(&mut self, arm: &Arm, point: Point, near: [Nanos; 2]) {
        let seq = arm.events();
        let which = self.tracks.iter().position(|(home, _)| *home == arm.home).unwrap_or_else(|| {
            self.tracks.push((arm.home, Vec::new()));
            self.tracks.len() - 1
        });
        let track = &mut self.tracks[which].1;
        let at = track.partition_point(|checkpoint| checkpoint.point <= point);
        let mut bytes = None;
        if let Some(last) = at.checked_sub(1).map(|last| &mut track[last]) {
            last.lighten(seq, point);
            bytes = Some(last.bytes);
            if seq.saturating_sub(last.seq) < EVENTS.max(last.bytes as u64 / BYTES_PER_EVENT) {
                return;
            }
        } else if seq < EVENTS {
            return;
        }
        // Behind it, there may be one already that it makes needless.
        if track.get(at).is_some_and(|next| next.seq - seq < EVENTS / 2) {
            return;
        }
        // It will be about as large as the last one.
        let bytes = bytes.unwrap_or_else(|| arm.bytes());
        while self.size().1 + bytes > self.budget(near) {
            if !self.give_up_one(Some((which, point.at)), near) {
                return;
            }
        }
        let track = &mut self.tracks[which].1;
        let at = track.partition_point(|checkpoint| checkpoint.point <= point);
        let arm = arm.clone();
        track.insert(at, Checkpoint { point, seq, bytes: arm.bytes(), arm, complete: point, light: false });
    }

    /// What comes after a place will not be so.
    pub fn forget_after(&mut self, point: Point) {
        for (_, track) in &mut self.tracks {
            track.retain(|checkpoint| checkpoint.complete <= point);
        }
    }

    /// Only these worlds have a past.
    pub fn retain(&mut self, homes: &[Home]) {
        self.tracks.retain(|(home, _)| homes.contains(home));
    }

    /// Gives up the checkpoint that is worth least, of the world that has most of them; says whether there was one. A new one
    /// may be wanted, in a track at an instant: if that is worth least, nothing is given up for it.
    fn give_up_one(&mut self, new: Option<(usize, Nanos)>, near: [Nanos; 2]) -> bool {
        let wanted = |which| new.filter(|&(track, _)| track == which).map(|(_, at)| at);
        let most = (0..self.tracks.len()).max_by_key(|&which| self.tracks[which].1.len() + wanted(which).iter().len());
        let Some(which) = most else { return false };
        let track = &mut self.tracks[which].1;
        let mut instants: Vec<(Nanos, Option<usize>)> =
            (0..).map(Some).zip(track.iter()).map(|(place, checkpoint)| (checkpoint.point.at, place)).collect();
        if let Some(at) = wanted(which) {
            instants.insert(instants.partition_point(|&(other, _)| other <= at), (at, None));
        }
        let worth = |place: usize| {
            let at = instants[place].0;
            let before = place.checked_sub(1).map_or(Nanos::ZERO, |before| instants[before].0);
            let after = instants.get(place + 1).map_or(at.max(near[1]), |&(next, _)| next);
            let away = near.map(|near| Nanos(at.0.abs_diff(near.0)).secs());
            after.since(before).secs() / (1.0 + away[0].min(away[1]))
        };
        let least = (0..instants.len()).min_by(|&one, &other| worth(one).total_cmp(&worth(other)));
        let Some(place) = least.and_then(|place| instants[place].1) else { return false };
        track.remove(place);
        true
    }
}

impl Checkpoint {
    /// Forgets the journal, if whoever goes on from here has filled it anew by the time a world has told so many events, at
    /// a place.
    fn lighten(&mut self, seq: Seq, point: Point) {
        if !self.light && seq >= self.seq + Journal::FILLED {
            self.arm.journal.forget();
            (self.light, self.complete, self.bytes) = (true, point, self.arm.bytes());
        }
    }
}
