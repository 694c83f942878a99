//! Around the picture: the headings with the chip that says where state lives, and the legend.

use super::paint::{Brush, cells};
use super::{Picture, carts, flow, grid, store};
use crate::scenario::Home;
use crate::scene::{Scar, Scene};
use crate::text::{any, plural};
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    headings(picture, brush);
    legend(picture, brush);
}

fn headings(picture: &Picture, brush: &mut Brush) {
    let (scene, places) = (picture.scene, picture.places);
    let lives_with_client = scene.home == Home::Token;
    let lives_in_store = scene.home == Home::Store;
    let compact = places.compact;

    let room = places.balancer.x.saturating_sub(places.clients.x + 1);
    let count = scene.clients.present();
    let title = if lives_with_client && compact { "CLIENTS".to_owned() } else { format!("CLIENTS {count}") };
    let per = flow::clients_a_cell(picture);
    let note = match per {
        0 if scene.cookies && scene.sockets && !compact => "and their connections".to_owned(),
        0 if scene.cookies && !compact => "and their cookies".to_owned(),
        0 | 1 => String::new(),
        _ => format!("{per} a cell"),
    };
    heading(picture, brush, places.clients.x, room, &title, lives_with_client, &note);

    let end = if places.store.width > 0 { places.store.x } else { places.area.right() };
    let room = end.saturating_sub(places.instances.x);
    let note = match scene.home {
        Home::Token => format!("hold no {}", plural(&scene.noun, 2)),
        _ => String::new(),
    };
    let lives_here = !lives_with_client && !lives_in_store && !scene.instances.is_empty();
    let title = if compact && places.store.width > 0 { "INST." } else { "INSTANCES" };
    heading(picture, brush, places.instances.x, room, title, lives_here, &note);

    if places.store.width > 0 {
        let note = if lives_in_store { "" } else { "revoked tokens" };
        heading(picture, brush, places.store.x, places.area.right() - places.store.x, "STORE", lives_in_store, note);
    }
}

/// A title, and after it the chip or a note, whichever of its forms fits.
fn heading(picture: &Picture, brush: &mut Brush, x: u16, room: u16, title: &str, chip: bool, note: &str) {
    let y = picture.places.heading;
    let after = brush.text(x, y, room, title, brush.theme.bold(Role::Text));
    let left = room.saturating_sub(after - x);
    if !chip {
        if left > cells(note) + 1 {
            brush.text(after + 2, y, left - 2, note, brush.theme.style(Role::Dim));
        }
        return;
    }
    let nouns = plural(&picture.scene.noun, 2).to_uppercase();
    let (glyph, role, forms) = if died_out(picture.scene) {
        let forms = [format!("{nouns} LIVED HERE"), format!("{nouns} GONE"), "STATE GONE".into(), "GONE".into()];
        (Glyph::Gone, Role::Lost, Vec::from(forms))
    } else {
        let [long, short] = ["LIVE HERE", "HERE"].map(|words| format!("{nouns} {words}"));
        (Glyph::Item, Role::State, vec![long, short, "STATE HERE".into(), nouns, "STATE".into(), "HERE".into()])
    };
    let first = usize::from(picture.places.compact);
    let gap = if title.starts_with("CLIENTS") { 2 } else { 1 };
    let chips = forms[first..].iter().map(|words| format!(" {} {words} ", brush.theme.glyph(glyph)));
    if let Some(words) = chips.into_iter().find(|words| cells(words) + gap <= left) {
        brush.text(after + gap, y, left - gap, &words, brush.theme.chip(role));
    }
}

/// Whether a fault took state, and none has lived there since.
fn died_out(scene: &Scene) -> bool {
    let took = |scar: &Option<Scar>| scar.as_ref().is_some_and(|scar| scar.gone > 0);
    match &scene.store {
        _ if scene.home.in_instances() => {
            scene.instances.iter().any(|it| took(&it.scar))
                && scene.instances.iter().all(|it| it.copies.live_count() == 0)
        }
        Some(store) if scene.home == Home::Store => {
            took(&store.scar) && store.places().all(|(_, copies)| copies.live_count() == 0)
        }
        _ => false,
    }
}

/// What stands for state in a picture: its items, or a square for all of it where there is no room for them.
pub(super) struct Squares {
    /// Whether a single item is drawn anywhere.
    pub items: bool,
    /// What the square of a whole state means, if there is one.
    pub whole: Option<String>,
}

impl Squares {
    pub(super) fn of(picture: &Picture) -> Self {
        let scene = picture.scene;
        let a_state = any(&scene.noun);
        match (scene.home, &picture.boxes) {
            (Home::Token, _) => match flow::clients_a_cell(picture) {
                0 => Self { items: true, whole: None },
                1 => Self { items: false, whole: Some(a_state) },
                _ => Self { items: false, whole: Some(format!("{}, to scale", plural(&scene.noun, 2))) },
            },
            (Home::Store, _) => Self::in_boxes(store::shelves(picture), a_state),
            (_, Some(boxes)) => {
                let inside = |area: &Rect| area.inner(Margin::new(1, 1));
                let counts = scene.instances.iter().map(|it| it.copies.live_count());
                Self::in_boxes(counts.zip(boxes.iter().map(inside)), a_state)
            }
            (_, None) => Self { items: false, whole: Some(grid::meaning(picture)) },
        }
    }

    fn in_boxes(boxes: impl Iterator<Item = (u32, Rect)>, a_state: String) -> Self {
        let full = |&(count, _): &(u32, Rect)| count > 0;
        let (whole, items): (Vec<_>, Vec<_>) =
            boxes.filter(full).partition(|&(count, inside)| carts::crowded(inside, count as usize));
        Self { items: !items.is_empty(), whole: (!whole.is_empty()).then_some(a_state) }
    }
}

/// Cells between two entries of the legend, where their words are long and where they are short.
const GAPS: [u16; 2] = [4, 3];

/// A glyph, or a line of them, and what it means, in long and in short.
struct Entry {
    glyphs: &'static [Glyph],
    role: Role,
    words: [String; 2],
}

impl Entry {
    fn new(glyphs: &'static [Glyph], role: Role, long: impl Into<String>, short: impl Into<String>) -> Self {
        Self { glyphs, role, words: [long.into(), short.into()] }
    }

    fn plain(glyphs: &'static [Glyph], role: Role, words: &str) -> Self {
        Self::new(glyphs, role, words, words)
    }
}

/// What is drawn and has to be explained.
fn meanings(picture: &Picture) -> Vec<Entry> {
    let scene = picture.scene;
    let squares = Squares::of(picture);
    let strip = picture.rows.is_none();
    let mut entries = Vec::with_capacity(10);
    // Where nothing is kept yet, what will be is explained all the same.
    if squares.items || squares.whole.is_none() {
        entries.push(Entry::new(&[Glyph::Item], Role::State, format!("{} item", scene.noun), "item"));
    }
    entries.extend(squares.whole.map(|words| Entry::plain(&[Glyph::Whole], Role::State, &words)));
    if scene.home.replicated() {
        entries.push(Entry::new(&[Glyph::Copy], Role::Inside, "a copy of it", "a copy"));
        entries.push(Entry::plain(&[Glyph::Behind], Role::Stale, "behind"));
    } else if !strip {
        entries.push(Entry::new(&[Glyph::Resent], Role::Resent, "sent before, sent again", "sent again"));
    }
    entries.push(Entry::plain(&[Glyph::Request], Role::Wire, "request"));
    if strip {
        // What a message drags along.
        entries.push(Entry::plain(&[Glyph::Item], Role::State, "new bytes"));
        let again = "sent again, each as many as the message";
        entries.push(Entry::new(&[Glyph::Resent], Role::Resent, again, "sent again"));
    }
    entries.push(Entry::plain(&[Glyph::Reply], Role::Wire, "reply"));
    if scene.sockets {
        entries.push(Entry::plain(&[Glyph::Push], Role::Wire, "pushed"));
    }
    entries.push(Entry::plain(&[Glyph::Trail; 2], Role::Trail, "waiting"));
    if strip {
        entries.push(Entry::plain(&[Glyph::Dot], Role::Dim, "idle"));
    }
    // The last: it may have to move.
    entries.push(Entry::plain(&[Glyph::Gone], Role::Lost, if strip { "gone, failed" } else { "gone" }));
    entries
}

fn legend(picture: &Picture, brush: &mut Brush) {
    let places = picture.places;
    let row = Rect { x: places.clients.x, y: places.legend, width: places.area.right() - places.clients.x, height: 1 };
    explain(meanings(picture), row, places.compact, has_gone(picture.scene), brush);
}

/// One legend under two pictures that stand side by side, instead of one under each; unless a glyph of theirs means one
/// thing in the first and another in the second.
pub(super) fn shared_legend(pictures: [&Picture; 2], brush: &mut Brush) {
    let [first, second] = pictures;
    let mut entries = meanings(first);
    for entry in meanings(second) {
        if entries.iter().any(|other| other.glyphs == entry.glyphs && other.words == entry.words) {
            continue;
        }
        if entries.iter().any(|other| other.glyphs == entry.glyphs) {
            return;
        }
        let place = entries.iter().position(|other| other.glyphs == [Glyph::Request]).unwrap_or(entries.len());
        entries.insert(place, entry);
    }
    let (from, y, end) = (first.places.clients.x, first.places.legend, second.places.area.right());
    for x in first.places.area.x..end {
        brush.put(x, y, ' ', Style::new());
    }
    let gone = pictures.iter().any(|picture| has_gone(picture.scene));
    let row = Rect { x: from, y, width: end - from, height: 1 };
    explain(entries, row, false, gone, brush);
}

/// Whether something in this world is crossed out.
fn has_gone(scene: &Scene) -> bool {
    scene.instances.iter().any(|it| it.scar.is_some()) || scene.store.as_ref().is_some_and(|it| it.scar.is_some())
}

/// Writes a legend, in short words if the long ones have no room. What has none even so is left out from the end; what
/// is gone stays, if there is any.
fn explain(mut entries: Vec<Entry>, row: Rect, compact: bool, gone: bool, brush: &mut Brush) {
    let theme = brush.theme;
    let width = |entry: &Entry, form: usize| entry.glyphs.len() as u16 + 1 + cells(&entry.words[form]);
    let fits = |entries: &[Entry], form: usize| {
        let gap = GAPS[form];
        entries.iter().map(|entry| width(entry, form) + gap).sum::<u16>() <= row.width + gap
    };
    let form = usize::from(compact || !fits(&entries, 0));
    if gone && !fits(&entries, form) {
        let place = entries.iter().position(|entry| entry.glyphs == [Glyph::Request]).unwrap_or(0);
        if let Some(gone) = entries.pop() {
            entries.insert(place, gone);
        }
    }
    let (mut x, y) = (row.x, row.y);
    for entry in entries {
        if x + width(&entry, form) > row.right() {
            break;
        }
        for &glyph in entry.glyphs {
            brush.glyph(x, y, glyph, entry.role);
            x += 1;
        }
        x = brush.text(x + 1, y, row.right() - x - 1, &entry.words[form], theme.style(Role::Dim)) + GAPS[form];
    }
}
