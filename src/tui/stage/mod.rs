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
mod carts;
mod clients;
mod flow;
mod frame;
mod geometry;
mod grid;
mod hit;
mod instance;
mod lanes;
pub(in crate::tui) mod paint;
pub(in crate::tui) mod pointer;
mod push;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use crate::command::Target;
use crate::event::SessionId;
use crate::scene::Scene;
use crate::tui::theme::Theme;
use crate::units::Nanos;
use geometry::{Geometry, ROWS};
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
}

/// Everything that a stroke needs to know.
struct Picture<'a> {
    scene: &'a Scene,
    view: &'a StageView,
    places: &'a Geometry,
}

impl Picture<'_> {
    /// Whether each client has a row (else they are a strip).
    fn has_rows(&self) -> bool {
        self.scene.clients.rows().len() <= ROWS.min(usize::from(self.places.body.height))
    }
}

/// Whether squares of state in `area` stand for whole states only, because there is no room for their items.
#[must_use]
pub fn each_cell_a_session(scene: &Scene, area: Rect) -> bool {
    let Some(places) = Geometry::new(area, scene.store.is_some()) else { return true };
    let view = StageView { now: Nanos::ZERO, selected: None, marked: None, pace: 1.0, motion: false };
    let squares = frame::Squares::of(&Picture { scene, view: &view, places: &places });
    squares.whole.is_some() && !squares.items
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
    let Some(places) = Geometry::new(area, scene.store.is_some()) else { return };
    let picture = Picture { scene, view, places: &places };
    let mut brush = Brush { buf, clip: area, theme };
    frame::draw(&picture, &mut brush);
    balancer::draw(&picture, &mut brush);
    let rows = if picture.has_rows() { places.client_rows(scene.clients.rows().len()) } else { Vec::new() };
    if picture.has_rows() {
        clients::draw(&picture, &rows, &mut brush);
    } else {
        flow::draw(&picture, &mut brush);
    }
    balancer::beliefs(&picture, &rows, &mut brush);
    match places.boxes(scene.instances.len()) {
        Some(boxes) => boxes::draw(&picture, &boxes, &mut brush),
        None => grid::draw(&picture, &mut brush),
    }
    push::draw(&picture, &mut brush);
    if scene.store.is_some() {
        store::draw(&picture, &mut brush);
    }
}
