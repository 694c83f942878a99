//! State, drawn as rows of items in the richest form that fits:
//!
//! ```text
//!   ann  ■ ■ ■ ■ ■     5      one spaced row each
//!   ann ■■■■■  bob ■■■        packed columns
//!   ann■5 bob■3 cho■4         name and number
//!   ▣▣▣▣▣▣▣▣▣▣▣▣▣▣ +12        a cell a session
//! ```

use super::clients::NAME;
use super::paint::{Brush, cells};
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::Rect;

/// How long a new item stays bold, in milliseconds on the wall.
pub(super) const FLASH_MS: f64 = 300.0;

/// What became of a state in a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// It lives here.
    Own,
    /// A copy of one that lives elsewhere.
    Copy,
    /// A copy that lacks writes which another has.
    Behind,
    /// It was here and is gone; so many of its items are still drawn as items.
    Gone { still: u32 },
    /// A copy of it was here; another copy lives on.
    Survived,
    /// A copy of it was here; the last one went later, elsewhere.
    LostLater,
    /// A copy of it was here; its visit is over since.
    Over,
    /// It is here, and nobody will ask for it again.
    Left,
}

impl Kind {
    const fn look(self) -> (Glyph, Role) {
        match self {
            Self::Own => (Glyph::Item, Role::State),
            Self::Copy => (Glyph::Copy, Role::Inside),
            Self::Behind => (Glyph::Behind, Role::Stale),
            Self::Gone { .. } => (Glyph::Gone, Role::Lost),
            Self::Survived | Self::LostLater | Self::Over => (Glyph::Dot, Role::Dim),
            Self::Left => (Glyph::Item, Role::Dim),
        }
    }

    /// … where a cell is not an item, but all of them.
    pub(super) const fn whole_look(self) -> (Glyph, Role) {
        match self {
            Self::Own => (Glyph::Whole, Role::State),
            Self::Gone { still } if still > 0 => (Glyph::Whole, Role::State),
            other => other.look(),
        }
    }
}

/// One state in a box.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub items: u32,
    pub kind: Kind,
    /// Somebody is being served from it.
    pub serving: bool,
    /// Its newest item has just come.
    pub flash: bool,
}

/// Beyond so many states a box shows a cell a session, and no names.
pub(super) const NAMED: usize = 48;

/// Whether so many entries are too many for names, so that each is a cell.
pub(super) fn crowded(inside: Rect, count: usize) -> bool {
    let margin = margin_of(inside);
    let columns = usize::from((inside.width.saturating_sub(margin) + 1) / SHORT).max(1);
    count > NAMED.min(usize::from(inside.height) * columns)
}

/// How dense rows of items are: the same for all, or a state that grows would get a shorter row.
#[derive(Clone, Copy)]
pub(super) struct Density {
    /// There is room for gaps between items.
    pub airy: bool,
    /// The items of the largest state.
    pub most: u32,
}

/// A client's own items, in at most `width` cells.
pub(super) fn row(brush: &mut Brush, x: u16, y: u16, width: u16, items: u32, density: Density, flash: bool) {
    let entry = Entry { name: String::new(), items, kind: Kind::Own, serving: false, flash };
    items_in(brush, x, y, width, &entry, density, false);
}

/// The items of a state that lives, or of one that is gone, in a row.
pub(in crate::tui) fn items(brush: &mut Brush, row: Rect, items: u32, most: u32, gone: bool) {
    let kind = if gone { Kind::Gone { still: 0 } } else { Kind::Own };
    let entry = Entry { name: String::new(), items, kind, serving: false, flash: false };
    items_in(brush, row.x, row.y, row.width, &entry, Density { airy: false, most }, false);
}

/// Boxes with so many rows have air between their states.
const ROOMY: usize = 9;

/// The form in which so many states fit into a box.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// A row each, every so many rows.
    Full(u16),
    /// Name and items in columns.
    Packed,
    /// Originals keep their items, copies have a number.
    Mixed,
    /// Name, glyph and number in columns.
    Short,
    /// A cell each.
    Mass,
}

impl Form {
    /// The richest for `count` states, of which so many are originals, and for so many that were left behind.
    fn of(inside: Rect, shelf: &Shelf, count: usize, own: usize, left: usize) -> Self {
        let rows = usize::from(inside.height);
        let mixed = own.div_ceil(shelf.packed) + (count - own).div_ceil(shelf.short);
        // What was left behind has a row too, if those that live can be packed so that there is one.
        let others = rows - usize::from(left > 0);
        let packs = count <= others * shelf.packed;
        if count <= others || (count <= rows && !packs) {
            let airy = rows >= ROOMY && 2 * count + left <= rows + 1;
            Self::Full(if airy { 2 } else { 1 })
        } else if count <= rows * shelf.packed {
            Self::Packed
        } else if own > 0 && mixed <= rows {
            Self::Mixed
        } else if count <= rows * shelf.short {
            Self::Short
        } else {
            Self::Mass
        }
    }
}

/// The row that [`list`] has for the one at this place among `count` of one kind; none where each has but a cell.
pub(super) fn row_of(inside: Rect, place: usize, count: usize, left: usize) -> Option<u16> {
    let shelf = Shelf::of(inside)?;
    let row = match Form::of(inside, &shelf, count, count, left) {
        Form::Full(pitch) => place * usize::from(pitch),
        Form::Packed | Form::Mixed => place / shelf.packed,
        Form::Short => place / shelf.short,
        Form::Mass => return None,
    };
    Some(inside.y + row as u16)
}

/// Draws the entries into the inside of a box. What was left behind has no name, and stands at the bottom, over its
/// number in the border, if there is room.
pub(super) fn list(brush: &mut Brush, inside: Rect, entries: &[Entry], left: &[Entry], density: Density) {
    // What is gone is not among the largest that live.
    let most = entries.iter().map(|entry| entry.items).fold(density.most, u32::max);
    let density = Density { most, ..density };
    let Some(shelf) = Shelf::of(inside) else { return };
    let is_own = |entry: &&Entry| entry.kind == Kind::Own;
    let own = entries.iter().filter(is_own).count();
    let below = match Form::of(inside, &shelf, entries.len(), own, left.len()) {
        Form::Full(pitch) => {
            let mut below = inside.y;
            for (entry, y) in entries.iter().zip((inside.y..).step_by(usize::from(pitch))) {
                full_row(brush, inside, y, entry, density);
                below = y + 1;
            }
            below
        }
        Form::Packed => shelf.packed(brush, inside.y, entries.iter(), most),
        Form::Mixed => {
            let below = shelf.packed(brush, inside.y, entries.iter().filter(is_own), most);
            return shelf.short(brush, below, entries.iter().filter(|entry| !is_own(entry)));
        }
        Form::Short => return shelf.short(brush, inside.y, entries.iter()),
        Form::Mass => {
            let margin = margin_of(inside);
            return mass(brush, inside, margin, entries.iter().map(|entry| entry.kind), entries.len());
        }
    };
    let free = usize::from(inside.bottom() - below);
    if left.len() <= free {
        for (entry, y) in left.iter().zip(inside.bottom() - left.len() as u16..) {
            full_row(brush, inside, y, entry, density);
        }
    } else {
        let shown = left.len().min(free * shelf.packed);
        let top = inside.bottom() - shown.div_ceil(shelf.packed) as u16;
        shelf.packed(brush, top, left[left.len() - shown..].iter(), most);
    }
}

/// Draws each entry into a row of its own, of those given.
pub(super) fn rows(
    brush: &mut Brush,
    inside: Rect,
    entries: &[Entry],
    rows: impl Iterator<Item = u16>,
    density: Density,
) {
    let most = entries.iter().map(|entry| entry.items).fold(density.most, u32::max);
    for (entry, y) in entries.iter().zip(rows) {
        full_row(brush, inside, y, entry, Density { most, ..density });
    }
}

const fn margin_of(inside: Rect) -> u16 {
    if inside.width >= 28 { 2 } else { 1 }
}

/// Cells of `ann ■■■■■■ `.
const PACKED: u16 = 11;
/// Cells of `ann■5 `.
const SHORT: u16 = 6;

/// How many entries go side by side in the two denser forms.
struct Shelf {
    left: u16,
    width: u16,
    packed: usize,
    short: usize,
}

impl Shelf {
    /// That of a box; none if it has no room for any.
    fn of(inside: Rect) -> Option<Self> {
        let margin = margin_of(inside);
        let width = inside.width.checked_sub(margin).filter(|_| inside.height > 0 && inside.width >= 6)?;
        let columns = |cell: u16| usize::from((width + 1) / cell).max(1);
        Some(Self { left: inside.x + margin, width, packed: columns(PACKED), short: columns(SHORT) })
    }

    /// Name and items in columns; returns the row below the last.
    fn packed<'a>(&self, brush: &mut Brush, top: u16, entries: impl Iterator<Item = &'a Entry>, most: u32) -> u16 {
        let density = Density { airy: false, most };
        let pitch = self.width / self.packed as u16;
        let mut below = top;
        for (place, entry) in entries.enumerate() {
            let x = self.left + (place % self.packed) as u16 * pitch;
            let y = top + (place / self.packed) as u16;
            name(brush, x, y, entry);
            items_in(brush, x + NAME + 1, y, pitch - NAME - 2, entry, density, false);
            below = y + 1;
        }
        below
    }

    /// Name, glyph and number in columns.
    fn short<'a>(&self, brush: &mut Brush, top: u16, entries: impl Iterator<Item = &'a Entry>) {
        for (place, entry) in entries.enumerate() {
            let x = self.left + (place % self.short) as u16 * SHORT;
            let y = top + (place / self.short) as u16;
            name(brush, x, y, entry);
            // With a single glyph for all of them it goes out with the first.
            let whole = entry.items > 0 && entry.kind == Kind::Gone { still: entry.items };
            let (glyph, role) = if whole { Kind::Own.look() } else { entry.kind.look() };
            brush.glyph(x + NAME, y, glyph, role);
            let number = if entry.items < 10 { entry.items.to_string() } else { "+".into() };
            brush.text(x + NAME + 1, y, 1, &number, brush.theme.style(Role::Dim));
        }
    }
}

/// A cell a session; what has no cell is a number.
pub(super) fn mass(brush: &mut Brush, inside: Rect, margin: u16, kinds: impl Iterator<Item = Kind>, count: usize) {
    let width = usize::from(inside.width.saturating_sub(2 * margin)).max(1);
    let rows = usize::from(inside.height);
    let room = width * rows;
    let reserve = usize::from(cells(&format!(" +{count}")));
    let drawn = if count > room { room.saturating_sub(reserve) } else { count };
    let rest = if count > room { format!(" +{}", count - drawn) } else { String::new() };
    for (place, kind) in kinds.take(drawn).enumerate() {
        let (glyph, role) = kind.whole_look();
        let (x, y) = (inside.x + margin + (place % width) as u16, inside.y + (place / width) as u16);
        brush.glyph(x, y, glyph, role);
    }
    if !rest.is_empty() {
        let x = inside.x + margin + (drawn % width) as u16;
        brush.text(x, inside.bottom() - 1, inside.right().saturating_sub(x), &rest, brush.theme.style(Role::Dim));
    }
}

fn full_row(brush: &mut Brush, inside: Rect, y: u16, entry: &Entry, density: Density) {
    let margin = margin_of(inside);
    let x = inside.x + margin;
    let end = inside.right() - margin;
    name(brush, x, y, entry);
    let gap = if density.airy { 2 } else { 1 };
    let from = x + NAME + gap;
    let number = entry.items.to_string();
    let digits = cells(&number).max(2);
    let numbered = end.saturating_sub(from) > digits + 6;
    let room = if numbered { end - from - digits - 1 } else { end.saturating_sub(from) };
    items_in(brush, from, y, room, entry, density, numbered);
    if numbered && !matches!(entry.kind, Kind::Survived | Kind::LostLater | Kind::Over) {
        let gone = matches!(entry.kind, Kind::Gone { .. });
        let role = if gone { Role::Lost } else { Role::Dim };
        brush.text_right(end, y, digits, &number, brush.theme.style(role));
    }
}

fn name(brush: &mut Brush, x: u16, y: u16, entry: &Entry) {
    let theme = brush.theme;
    let style = match entry.kind {
        Kind::Gone { still } if still < entry.items || entry.items == 0 => theme.struck(Role::Dim),
        Kind::Gone { .. } | Kind::Survived | Kind::LostLater | Kind::Over => theme.style(Role::Dim),
        _ if entry.serving => theme.bold(Role::Wire),
        _ => theme.style(Role::Dim),
    };
    brush.text(x, y, NAME, &entry.name, style);
}

/// How many of these items are drawn in so much room beside others of which one has `most`, and what stands for the rest:
/// their number, which is never cut, for it would be a wrong one; or, where that has no room or the row is `numbered`
/// anyway, a plus.
pub(super) fn shortened(items: u32, most: u32, room: u32, numbered: bool) -> (u32, String) {
    let digits = u32::from(cells(&most.max(items).to_string()));
    let counted = !numbered && digits < room;
    let drawn = room.saturating_sub(if counted { digits + 1 } else { 1 });
    match items.checked_sub(drawn) {
        _ if most.max(items) <= room => (items, String::new()),
        None | Some(0) => (items, String::new()),
        Some(more) if counted => (drawn, format!("+{more}")),
        Some(_) => (drawn, "+".into()),
    }
}

/// A row of items: spaced if there is room for it, else packed, else shortened.
fn items_in(brush: &mut Brush, x: u16, y: u16, width: u16, entry: &Entry, density: Density, numbered: bool) {
    let theme = brush.theme;
    let word = match entry.kind {
        Kind::Survived if width > 8 => Some("lives on"),
        Kind::Survived => Some("lives"),
        Kind::LostLater if width > 9 => Some("lost later"),
        Kind::LostLater => Some("later"),
        Kind::Over => Some("left"),
        _ => (entry.items == 0).then_some("empty"),
    };
    if let Some(word) = word {
        brush.text(x, y, width, word, theme.style(Role::Dim));
        return;
    }
    let room = u32::from(width);
    let most = density.most.max(entry.items);
    let pitch: u16 = if density.airy && most.saturating_mul(2) <= room + 1 { 2 } else { 1 };
    let (shown, rest) = shortened(entry.items, most, room, numbered);
    let (glyph, role) = entry.kind.look();
    let still = if let Kind::Gone { still } = entry.kind { still } else { 0 };
    for place in 0..shown {
        let at = x + place as u16 * pitch;
        // Items of a dying state go out from the left.
        if still > 0 && place >= entry.items - still {
            brush.glyph(at, y, Glyph::Item, Role::State);
        } else if entry.flash && place + 1 == entry.items {
            brush.put(at, y, theme.glyph(glyph), theme.bold(role));
        } else {
            brush.glyph(at, y, glyph, role);
        }
    }
    if !rest.is_empty() {
        brush.text(x + shown as u16, y, width - (shown as u16).min(width), &rest, theme.style(Role::Dim));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Palette, Theme};
    use ratatui::buffer::Buffer;

    fn drawn(width: u16, items: u32, airy: bool) -> String {
        drawn_beside(width, items, 0, airy)
    }

    fn drawn_beside(width: u16, items: u32, most: u32, airy: bool) -> String {
        let theme = Theme::new(Palette::Plain, false);
        let clip = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(clip);
        row(&mut Brush::new(&mut buf, clip, &theme), 0, 0, width, items, Density { airy, most }, false);
        (0..width).map(|x| buf[(x, 0)].symbol()).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn items_take_the_richest_form_that_fits() {
        assert_eq!(drawn(13, 5, true), "■ ■ ■ ■ ■");
        assert_eq!(drawn(13, 8, true), "■■■■■■■■");
        assert_eq!(drawn(7, 7, false), "■■■■■■■");
        assert_eq!(drawn(7, 8, false), "■■■■■+3");
        assert_eq!(drawn(7, 0, false), "empty");
    }

    #[test]
    fn a_state_that_grows_gets_no_shorter_row() {
        assert_eq!(drawn_beside(13, 5, 8, true), "■■■■■", "beside one that has no room for gaps");
        let rows: Vec<String> = (4..=7).map(|items| drawn_beside(6, items, 7, false)).collect();
        assert_eq!(rows, ["■■■■", "■■■■+1", "■■■■+2", "■■■■+3"]);
        assert_eq!(drawn_beside(6, 6, 6, false), "■■■■■■");
    }

    /// What is drawn and what is written add up, however many there are; where no number fits, a plus says so.
    #[test]
    fn no_number_is_cut() {
        for items in [14, 99, 100, 1234, 99_999, u32::MAX] {
            let words = drawn(13, items, true);
            let (drawn, rest) = words.split_once('+').unwrap();
            assert_eq!(drawn.chars().count() as u64 + rest.parse::<u64>().unwrap(), u64::from(items), "{words}");
        }
        assert_eq!(drawn(3, 4000, false), "■■+");
    }
}
