//! The Stage: the service as a switchboard, drawn from the scene.
//!
//! ```text
//!   CLIENTS 12  and their cookies              BALANCER               INSTANCES  ■ CARTS LIVE HERE
//!                                            ╭───────────╮            ╭─ 1 up ── serving dee ──────╮
//!   ann →1     ─────────►                    │           │────────────│  ann  ■ ■ ■ ■ ■         5  │
//!   dee →1     ──────────────────────────────│ →1        │   ◄jon─────│  dee  ■ ■ ■ ■ ■ ■       6  │
//! ```
//!
//! Every client has a lane of its own, the balancer is one tall column, requests move only horizontally. A message
//! stands where it is: in cell ⌊cells · (now − departed) / (arrives − departed)⌋ of its lane. Drawing is a pure
//! function of the scene, the view and the theme.

mod balancer;
mod boxes;
pub(in crate::tui) mod carts;
mod clients;
mod flow;
mod frame;
mod geometry;
mod grid;
mod hit;
mod instance;
mod lanes;
mod look;
pub(in crate::tui) mod paint;
pub(in crate::tui) mod pointer;
mod push;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use crate::command::Target;
use crate::event::SessionId;
use crate::scenario::Home;
use crate::scene::{Copies, FAREWELL, Scene};
use crate::tui::theme::Theme;
use crate::units::Nanos;
use carts::Density;
use geometry::{Geometry, Grid, ROWS};
pub use hit::at;
use paint::Brush;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What the drawing depends on besides the scene.
#[derive(Clone, Copy, Debug)]
pub struct StageView {
    /// The simulated instant to draw; not before the scene's last event.
    pub now: Nanos,
    /// The selected instance or store.
    pub selected: Option<Target>,
    /// A visit whose client's row is marked.
    pub marked: Option<SessionId>,
    /// Simulated seconds per second on the wall. Moments such as a kill last so long *on the wall*: their age is the
    /// simulated age divided by this.
    pub pace: f64,
    /// Whether moments are animated; else their end is drawn at once.
    pub motion: bool,
}

impl StageView {
    /// How long ago something happened, in milliseconds on the wall; endless without motion.
    fn age_ms(&self, at: Nanos) -> f64 {
        if self.motion && self.pace > 0.0 { self.now.since(at).millis() / self.pace } else { f64::INFINITY }
    }

    /// Whether what a client is told about lately is still said: so long on the wall, however fast simulated time runs.
    fn lately(&self, at: Nanos) -> bool {
        self.now.since(at).millis() < FAREWELL.millis() * self.pace.max(1.0)
    }
}

/// A message that takes less than this on the wall, in milliseconds, goes too fast for an eye to follow.
const FOLLOWED_MS: f64 = 250.0;

/// Everything that a stroke needs to know.
struct Picture<'a> {
    scene: &'a Scene,
    view: &'a StageView,
    places: Geometry,
    /// The row of each client, and of those who may come; none where there are so many that they are a strip.
    rows: Option<Vec<u16>>,
    /// The box of each instance; none where there are so many that each has but a row, or a cell.
    boxes: Option<Vec<Rect>>,
    /// Where instances without boxes are.
    grid: Grid,
    /// Whether an eye can follow a message between balancer and instance. It depends on the usual message and the pace
    /// alone, and so does not change from frame to frame.
    legible: bool,
    /// The items of the largest state: all rows of items are as dense as this one's has to be.
    most: u32,
}

impl<'a> Picture<'a> {
    /// A picture within `area`; none if that is too small for one.
    fn new(scene: &'a Scene, view: &'a StageView, area: Rect) -> Option<Self> {
        let places = Geometry::new(area, scene.store.is_some())?;
        let clients = scene.clients.rows().len();
        let few = clients <= ROWS.min(usize::from(places.body.height));
        let rows = few.then(|| places.client_rows(scene.room_for_clients().min(ROWS)));
        let (boxes, grid) = (places.boxes(scene), places.grid(scene));
        let kept = scene.instances.iter().map(|it| &it.copies).chain(scene.store.iter().map(|store| &store.copies));
        let carried = scene.clients.rows().iter().filter(|_| scene.home == Home::Token).map(|client| client.items);
        let most = if few { kept.flat_map(Copies::live).map(|held| held.writes).chain(carried).max() } else { None };
        let most = scene.items(most.unwrap_or(0));
        let legible = scene.crossing.millis() >= FOLLOWED_MS * view.pace;
        Some(Self { scene, view, places, rows, boxes, grid, legible, most })
    }

    const fn density(&self) -> Density {
        Density { airy: !self.places.compact, most: self.most }
    }

    /// Whether this row is a client's.
    fn is_clients(&self, y: u16) -> bool {
        self.rows.iter().flatten().any(|&row| row == y)
    }
}

/// Whether squares of state in `area` stand for whole states only, because there is no room for their items.
#[must_use]
pub fn each_cell_a_session(scene: &Scene, area: Rect) -> bool {
    let view = StageView { now: Nanos::ZERO, selected: None, marked: None, pace: 1.0, motion: false };
    let Some(picture) = Picture::new(scene, &view, area) else { return true };
    let squares = frame::Squares::of(&picture);
    squares.whole.is_some() && !squares.items
}

/// Cells before the first column of a Stage in `area`.
#[must_use]
pub fn margin(area: Rect) -> u16 {
    Geometry::new(area, false).map_or(0, |places| places.clients.x - area.x)
}

/// Puts one legend under two Stages that were drawn side by side, where each glyph means the same in both.
pub fn share_legend(stages: [(&Scene, Rect); 2], theme: &Theme, buf: &mut Buffer) {
    let view = StageView { now: Nanos::ZERO, selected: None, marked: None, pace: 1.0, motion: false };
    let [first, second] = stages.map(|(scene, area)| Picture::new(scene, &view, area));
    if let (Some(first), Some(second)) = (first, second) {
        let clip = first.places.area.union(second.places.area);
        frame::shared_legend([&first, &second], &mut Brush::new(buf, clip, theme));
    }
}

/// Draws the Stage into `area`: a row of headings, the picture, a row of legend. An area of less than 50×6 stays empty.
///
/// ```
/// use ratatui::{buffer::Buffer, layout::Rect};
/// use statelab::scenario::{Home, Scenario};
/// use statelab::tui::{stage::{StageView, render}, theme::{Palette, Theme}};
/// use statelab::{scene::Scene, units::Nanos};
///
/// let scene = Scene::new(&Scenario::default(), Home::Sticky);
/// let view = StageView { now: Nanos::ZERO, selected: None, marked: None, pace: 1.0, motion: true };
/// let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 27));
/// render(&scene, &view, &Theme::new(Palette::Dark, false), buffer.area, &mut buffer);
/// assert_eq!(buffer[(51, 0)].symbol(), " ");
/// assert_eq!(buffer[(53, 0)].symbol(), "B", "the balancer's heading");
/// ```
pub fn render(scene: &Scene, view: &StageView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let Some(picture) = Picture::new(scene, view, area) else { return };
    let mut brush = Brush::new(buf, area, theme);
    frame::draw(&picture, &mut brush);
    balancer::draw(&picture, &mut brush);
    match &picture.rows {
        Some(rows) => clients::draw(&picture, rows, &mut brush),
        None => flow::draw(&picture, &mut brush),
    }
    balancer::beliefs(&picture, &mut brush);
    match &picture.boxes {
        Some(boxes) => boxes::draw(&picture, boxes, &mut brush),
        None => grid::draw(&picture, &mut brush),
    }
    push::draw(&picture, &mut brush);
    if scene.store.is_some() {
        store::draw(&picture, &mut brush);
    }
}
