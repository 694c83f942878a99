//! The screen's loop: waits for keys and snapshots, draws when something has changed, and writes only what differs.
//!
//! It sleeps otherwise: paused, nothing wakes it and nothing is written.

use super::app::{App, Reaction};
use super::driver::{Engine, Order};
use super::guard::{self, Screen};
use super::keep::Keeper;
use super::keymap::Action;
use super::outbox::Outbox;
use super::parts::layers;
use super::record;
use super::screen::{self, Areas};
use super::snapshot::Snapshot;
use super::stage;
use super::state::Layer;
use super::theme::Theme;
use super::views::stage::places;
use crate::scenario::Home;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use futures::StreamExt;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::io::{self, BufWriter};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Room for a whole frame, so that it leaves in one piece.
const FRAME_BYTES: usize = 1 << 18;

/// The first frame waits so long for worlds to show.
const MADE: Duration = Duration::from_millis(8);

/// So long it is looked for a further key. The stream itself looks for no time at all, and then finds not even what was read
/// already, so that it has to be woken for every key.
const GLANCE: Duration = Duration::from_micros(100);

/// An engine that had no room for an order is asked again after so long.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Whoever leaves waits no longer than this for the summary.
const FAREWELL: Duration = Duration::from_millis(500);

/// Two frames: what stands on the terminal, and what is drawn next.
struct Canvas {
    backend: CrosstermBackend<BufWriter<Screen>>,
    shown: Buffer,
    next: Buffer,
    /// Where the terminal's cursor is shown: where somebody types, for those whose tools follow it.
    caret: Option<Position>,
    /// Nothing is known about what stands there.
    blank: bool,
}

impl Canvas {
    fn new(area: Rect) -> Self {
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, Screen));
        Self { backend, shown: Buffer::empty(area), next: Buffer::empty(area), caret: None, blank: true }
    }

    /// The terminal has another size now, or other content.
    fn forget(&mut self, area: Rect) {
        self.shown = Buffer::empty(area);
        self.next = Buffer::empty(area);
        self.blank = true;
    }

    /// Draws a frame and writes what differs from the last one: one flush, or nothing at all.
    fn draw(&mut self, app: &App, theme: &Theme) -> io::Result<()> {
        self.next.reset();
        let caret = screen::draw(app, theme, &mut self.next);
        let mut changes = self.shown.diff_iter(&self.next).peekable();
        if changes.peek().is_none() && !self.blank && caret == self.caret {
            return Ok(());
        }
        crossterm::queue!(self.backend, BeginSynchronizedUpdate)?;
        let blank = std::mem::take(&mut self.blank);
        if blank {
            self.backend.clear()?;
        }
        self.backend.draw(changes)?;
        match caret {
            Some(at) => crossterm::queue!(self.backend, MoveTo(at.x, at.y), Show)?,
            None if blank || self.caret.is_some() => crossterm::queue!(self.backend, Hide)?,
            None => {}
        }
        self.caret = caret;
        crossterm::queue!(self.backend, EndSynchronizedUpdate)?;
        Backend::flush(&mut self.backend)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }
}

/// The size of the terminal, in columns and rows.
pub(super) fn size() -> (u16, u16) {
    let area = area();
    (area.width, area.height)
}

fn area() -> Rect {
    let (columns, rows) =
        rustix::termios::tcgetwinsize(rustix::stdio::stdout()).map_or((80, 24), |size| (size.ws_col, size.ws_row));
    // What draws never multiplies beyond this.
    Rect::new(0, 0, columns.clamp(1, 1000), rows.clamp(1, 500))
}

/// What is left when the dashboard is.
pub struct Last {
    /// What was shown last, with figures of exactly that instant, and the world it was.
    pub shown: Option<(Arc<Snapshot>, Home)>,
    /// The lesson that can be taken up where it was left.
    pub lesson: Option<&'static str>,
}

/// Shows the dashboard until the learner leaves it.
///
/// # Errors
/// If the terminal, or the machine, refuses to go on.
pub fn show(app: App, engine: &Engine, theme: &Theme, again: &Arc<Notify>, keeper: &Keeper) -> io::Result<Last> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(look_and_listen(app, engine, theme, again, keeper))
}

async fn look_and_listen(
    mut app: App,
    engine: &Engine,
    theme: &Theme,
    again: &Arc<Notify>,
    keeper: &Keeper,
) -> io::Result<Last> {
    let start = Instant::now();
    let mut events = EventStream::new();
    let mut newest = engine.newest();
    let mut area = self::area();
    let mut canvas = Canvas::new(area);
    app.ui.size = (area.width, area.height);
    // Most worlds are made before anybody could see that they are not.
    let made = newest.wait_for(|shot| shot.as_ref().is_some_and(|shot| !shot.arms.is_empty()));
    let _ = tokio::time::timeout(MADE, made).await;
    newest.mark_changed();
    let mut look_again: Option<Instant> = None;
    let mut outbox = Outbox::default();
    loop {
        tokio::select! {
            biased;
            event = events.next() => {
                let mut event = event;
                // Keys that came meanwhile are done with too, before anything is drawn.
                while let Some(one) = event {
                    match one? {
                        Event::Resize(..) => {
                            area = self::area();
                            app.ui.size = (area.width, area.height);
                            record::resized(area.width, area.height);
                            canvas.forget(area);
                        }
                        other => {
                            let reaction = react(&mut app, &other, area, start.elapsed());
                            let wall = start.elapsed();
                            for deed in &reaction.deeds {
                                app.answer(keeper.carry_out(deed, &app, theme), wall);
                            }
                            if perform(&mut app, engine, &mut outbox, reaction, wall) {
                                let lesson = app.unfinished().filter(|_| keeper.keep(&app));
                                let shown = last(engine, newest).await.map(|snapshot| (snapshot, app.ui.shown));
                                return Ok(Last { shown, lesson });
                            }
                        }
                    }
                    event = crossterm::event::poll(GLANCE)?.then(crossterm::event::read);
                }
            }
            changed = newest.changed() => {
                if changed.is_err() {
                    return Err(io::Error::other("the engine has stopped"));
                }
                let snapshot = newest.borrow_and_update().clone();
                if let Some(snapshot) = snapshot {
                    app.observe(snapshot, start.elapsed());
                    let reaction = app.follow_lesson();
                    perform(&mut app, engine, &mut outbox, reaction, start.elapsed());
                }
            }
            () = again.notified() => {
                area = self::area();
                app.ui.size = (area.width, area.height);
                canvas.forget(area);
            }
            () = sleep_until(look_again) => {}
        }
        let next = app.advise(start.elapsed());
        look_again = next.map(|wall| start + wall);
        keeper.remember(&mut app);
        if outbox.waits() {
            perform(&mut app, engine, &mut outbox, Reaction::default(), start.elapsed());
        }
        outbox.want(app.wants(), |order| engine.order(order));
        if outbox.waits() {
            let soon = Instant::now() + ASK_AGAIN;
            look_again = Some(look_again.map_or(soon, |look| look.min(soon)));
        }
        canvas.draw(&app, theme)?;
        if let Some(why) = record::news() {
            app.answer(Err(why.into()), start.elapsed());
            look_again = Some(Instant::now());
        }
    }
}

/// Stops the run, and waits for its last figures; none if they do not come soon.
async fn last(engine: &Engine, mut newest: watch::Receiver<Option<Arc<Snapshot>>>) -> Option<Arc<Snapshot>> {
    if !engine.order(Order::Finish) {
        return None;
    }
    let finished = newest.wait_for(|shot| shot.as_ref().is_some_and(|shot| shot.finished));
    tokio::time::timeout(FAREWELL, finished).await.ok()?.ok()?.clone()
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// What an event of the terminal leads to.
fn react(app: &mut App, event: &Event, area: Rect, wall: Duration) -> Reaction {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => app.key(key, wall),
        Event::Mouse(mouse) => point(app, mouse, area, wall),
        Event::Paste(text) => {
            app.paste(text);
            Reaction::default()
        }
        _ => Reaction::default(),
    }
}

/// A click selects what is under the pointer, or chooses in the menu; the wheel moves through lists.
fn point(app: &mut App, mouse: &MouseEvent, area: Rect, wall: Duration) -> Reaction {
    let cell = (mouse.column, mouse.row).into();
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) if matches!(app.ui.layer, Layer::Menu(_)) => {
            match layers::menu_row(Areas::with_story(app, area).view, cell) {
                Some(row) => return app.click_menu(row, wall),
                None => app.click(None),
            }
        }
        MouseEventKind::Down(MouseButton::Left) if app.ui.view == super::views::View::Stage => {
            let view = Areas::with_story(app, area).view;
            let place = places(app, view).into_iter().find(|(_, place)| place.contains(cell));
            let target = place.and_then(|(home, place)| {
                let scene = &app.snapshot.as_ref()?.arm(home)?.scene;
                stage::at(scene, place, cell)
            });
            app.click(target);
        }
        MouseEventKind::ScrollUp => app.wheel(Action::Up),
        MouseEventKind::ScrollDown => app.wheel(Action::Down),
        _ => {}
    }
    Reaction::default()
}

/// Carries a reaction out. Says whether the dashboard ends.
fn perform(app: &mut App, engine: &Engine, outbox: &mut Outbox, reaction: Reaction, wall: Duration) -> bool {
    if outbox.send(reaction.orders, app.guide.is_some(), |order| engine.order(order)) {
        app.answer(Err("the engine is busy: try again".into()), wall);
    }
    if reaction.suspend {
        guard::suspend();
    }
    reaction.quit
}
