//! How fast the dashboard draws: a frame of the real application into a buffer, and a key with the frame after it.
//!
//! `cargo bench --bench drawing`. Writing to a terminal is not in it.

use divan::Bencher;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use statelab::scenario::{Home, Scenario};
use statelab::tui::still::{Desk, Shot};
use statelab::tui::theme::{Palette, Theme};
use statelab::tui::views::View;
use statelab::units::Nanos;

fn main() {
    divan::main();
}

/// A dashboard at one instant, and what it is drawn into.
struct Screen {
    desk: Desk,
    theme: Theme,
    buffer: Buffer,
}

impl Screen {
    fn new(scenario: &str, at_s: f64, view: View, size: (u16, u16)) -> Self {
        let scenario = Scenario::load(scenario).expect("a shipped scenario");
        let shot = Shot {
            size,
            home: Home::Sticky,
            beside: None,
            at: Some(Nanos::from_secs(at_s)),
            view,
            keys: Vec::new(),
            palette: Palette::Dark,
            ascii: false,
            study: false,
        };
        let buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        Self { desk: Desk::new(scenario, &shot), theme: Theme::new(Palette::Dark, false), buffer }
    }

    fn draw(&mut self) {
        self.buffer.reset();
        self.desk.draw(&self.theme, &mut self.buffer);
    }
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// The Stage with twelve users, each followed by eye.
#[divan::bench(args = SIZES)]
fn stage_of_classroom(bencher: Bencher, size: (u16, u16)) {
    let mut screen = Screen::new("classroom", 39.4, View::Stage, size);
    bencher.bench_local(|| screen.draw());
}

/// The Stage with two thousand.
#[divan::bench(args = SIZES, sample_count = 20)]
fn stage_of_chat(bencher: Bencher, size: (u16, u16)) {
    let mut screen = Screen::new("chat", 5.0, View::Stage, size);
    bencher.bench_local(|| screen.draw());
}

/// Each of the other views.
#[divan::bench(args = ["sessions", "charts", "journal", "table"])]
fn view(bencher: Bencher, name: &str) {
    let view = View::ALL.into_iter().find(|view| view.title().eq_ignore_ascii_case(name)).expect("a view");
    let mut screen = Screen::new("classroom", 39.4, view, (120, 40));
    bencher.bench_local(|| screen.draw());
}

/// The key for the other world: what it changes, a new snapshot, and the frame that shows it.
#[divan::bench(args = SIZES)]
fn key_to_frame(bencher: Bencher, size: (u16, u16)) {
    let mut screen = Screen::new("classroom", 39.4, View::Stage, size);
    bencher.bench_local(|| {
        screen.desk.press("m").expect("a key");
        screen.draw();
    });
}
