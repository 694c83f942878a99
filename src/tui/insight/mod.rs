//! What goes deeper than the picture: why something happened, and the microscope.
//!
//! ```text
//!   w ─▶ Why    an effect, then its causes, up to the key
//!   i ─▶ Scope  a request ◀─Enter─▶ its visit · an instance · the store
//!         └ what it looks into is asked of the engine with `Wants`, and comes back as a `Sight`
//! ```

mod inside;
mod lines;
mod request;
#[cfg(test)]
mod tests;
mod visit;
mod why;

use super::app::{App, Reaction};
use super::driver::Order;
use super::keymap::Action;
use super::parts::footer::Hint;
use super::screen::Areas;
use super::snapshot::{ArmView, Snapshot};
use super::stage::paint::Brush;
use super::state::{ANSWER, Answer, Layer, UiState};
use super::views::{View, journal, sessions};
use crate::command::Target;
use crate::event::{InstanceId, SessionId};
use crate::insight::why::Effect;
use crate::insight::{Chosen, Look};
use crossterm::event::KeyEvent;
use lines::Page as Lines;
use ratatui::layout::Rect;
use std::time::Duration;
pub use why::Why;

/// What lies under the microscope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Page {
    /// A request.
    Request(Chosen),
    /// A visit.
    Visit(SessionId),
    /// An instance.
    Instance(InstanceId),
    /// The session store.
    Store,
}

/// The microscope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope {
    /// What lies under it.
    pub page: Page,
    /// How many lines it is scrolled by; of a visit: the chosen entry.
    pub at: usize,
}

impl Scope {
    /// The microscope over this.
    #[must_use]
    pub const fn of(page: Page) -> Self {
        // Of a visit the newest entry is chosen.
        Self { page, at: if matches!(page, Page::Visit(_)) { usize::MAX } else { 0 } }
    }
}

impl Layer {
    /// Whether it looks deeper than the picture.
    #[must_use]
    pub const fn insight(&self) -> bool {
        matches!(self, Self::Why(_) | Self::Scope(_))
    }

    /// What the engine has to look for.
    #[must_use]
    pub const fn look(&self) -> Option<Look> {
        match self {
            Self::Why(why) => why.look(),
            Self::Scope(scope) => match scope.page {
                Page::Request(chosen) => Some(Look::Request(chosen)),
                Page::Visit(session) => Some(Look::Visit(session)),
                Page::Instance(id) => Some(Look::Instance(id)),
                Page::Store => None,
            },
            _ => None,
        }
    }
}

impl App {
    /// `i`: into what is selected, else into the newest request.
    pub(super) fn look_inside(&mut self) {
        let visit = self.snapshot.as_ref().filter(|_| self.ui.view == View::Sessions);
        let page = match (visit.and_then(|shot| sessions::selected(self, shot)), self.ui.selected) {
            (Some(session), _) => Page::Visit(session),
            (None, Some(Target::Instance(id))) if self.ui.view == View::Stage => Page::Instance(id),
            (None, Some(Target::Store)) if self.ui.view == View::Stage => Page::Store,
            _ => Page::Request(Chosen { of: None, request: None }),
        };
        self.ui.layer = Layer::Scope(Scope::of(page));
    }

    /// `w`: why did that happen?
    pub(super) fn ask_why(&mut self) {
        let effect = match (self.ui.view, &self.snapshot, self.ui.selected) {
            (View::Journal, Some(shot), _) => journal::selected(&self.ui, shot).map(|event| Effect::Event(event.seq)),
            (View::Sessions, Some(shot), _) => sessions::selected(self, shot).map(Effect::Of),
            (View::Stage, _, Some(Target::Instance(id))) => Some(Effect::At(id)),
            (View::Stage, _, Some(Target::Store)) => Some(Effect::At(0)),
            _ => None,
        };
        self.ui.layer = Layer::Why(Why::of(effect.unwrap_or(Effect::Any)));
    }

    /// Takes in what the engine has found.
    pub(super) fn see(&mut self, wall: Duration) {
        let Some(snapshot) = &self.snapshot else { return };
        let arm = snapshot.arm(self.ui.shown);
        let Some((arm, sight)) = arm.and_then(|arm| Some((arm, arm.sight.as_ref()?))) else { return };
        if self.ui.layer.look() != Some(sight.look) {
            return;
        }
        let nothing = match (&mut self.ui.layer, sight.look) {
            (Layer::Why(why), _) if sight.causes.is_empty() => Some(why.nothing(arm)),
            (Layer::Why(why), _) => {
                why.take(sight, &arm.scene, &snapshot.history);
                None
            }
            (Layer::Scope(scope), Look::Request(chosen)) if chosen.request.is_none() => match sight.requests.this {
                // From here on it is this one, however many come after it.
                Some(request) => {
                    scope.page = Page::Request(Chosen { request: Some(request), ..chosen });
                    None
                }
                None => Some("no request is kept that could be looked into".to_owned()),
            },
            _ => None,
        };
        if let Some(text) = nothing {
            self.ui.layer = Layer::None;
            self.ui.answer = Some(Answer { text, refusal: true, until: wall + ANSWER });
        }
    }

    /// A key while something deeper is open; none if the key means nothing there.
    pub(super) fn insight_action(&mut self, action: Action) -> Option<Reaction> {
        match (&self.ui.layer, action) {
            (Layer::Why(_), Action::Why) | (Layer::Scope(_), Action::Inspect) => self.ui.layer = Layer::None,
            (Layer::Why(why), Action::Inspect) => {
                self.ui.layer = Layer::Scope(Scope::of(Page::Request(why.request())));
            }
            (Layer::Why(why), Action::Open) => {
                return Some(why.instant().map_or_else(Reaction::default, |at| Order::Seek(at).into()));
            }
            (Layer::Scope(scope), Action::Why) => {
                self.ui.layer = Layer::Why(Why::of(Self::effect_of(scope.page)));
            }
            (Layer::Scope(scope), Action::Open) => {
                if let Some(page) = self.deeper(*scope) {
                    self.ui.layer = Layer::Scope(Scope::of(page));
                }
            }
            (Layer::Scope(scope), Action::Left | Action::Right) => {
                if let Some(page) = self.beside(scope.page, action == Action::Right) {
                    self.ui.layer = Layer::Scope(Scope::of(page));
                }
            }
            (Layer::Why(_) | Layer::Scope(_), _) => return self.scroll(action),
            _ => return None,
        }
        Some(Reaction::default())
    }

    /// A key of the whole dashboard: what changes the run or the view closes what is open first.
    pub(super) fn around_insight(&mut self, action: Action, event: &KeyEvent, wall: Duration) -> Reaction {
        let world = matches!(action, Action::OtherWorld | Action::NextHome);
        match &mut self.ui.layer {
            _ if moves_time(action) => {}
            // Requests have other numbers there; the visit is the same.
            Layer::Scope(scope) if world => {
                if let Page::Request(chosen) = &mut scope.page {
                    let of = self.snapshot.as_ref().and_then(|shot| {
                        let sight = shot.arm(self.ui.shown)?.sight.as_ref()?;
                        sight.events.iter().find_map(|event| event.what.session())
                    });
                    *chosen = Chosen { of: chosen.of.or(of), request: None };
                }
            }
            layer => *layer = Layer::None,
        }
        if action == Action::Close { Reaction::default() } else { self.action(action, event, wall) }
    }

    fn scroll(&mut self, action: Action) -> Option<Reaction> {
        let screen = self.ui.screen();
        let within = within(Areas::with_story(self, screen));
        let most = self.snapshot.as_ref().map_or(0, |shot| page(&self.ui, shot, within.width).reach(within.height));
        let at = match &mut self.ui.layer {
            Layer::Why(why) => &mut why.at,
            Layer::Scope(scope) => &mut scope.at,
            _ => return None,
        };
        let now = (*at).min(most);
        *at = match action {
            Action::Up => now.saturating_sub(1),
            Action::Down => now + 1,
            Action::PageUp => now.saturating_sub(10),
            Action::PageDown => now + 10,
            Action::First => 0,
            Action::Last => most,
            _ => return None,
        }
        .min(most);
        Some(Reaction::default())
    }

    /// What is to be explained of a page.
    const fn effect_of(page: Page) -> Effect {
        match page {
            Page::Visit(session) => Effect::Of(session),
            Page::Instance(id) => Effect::At(id),
            Page::Store => Effect::At(0),
            Page::Request(Chosen { request: Some(request), .. }) => Effect::Request(request),
            Page::Request(_) => Effect::Any,
        }
    }

    /// What Enter leads to.
    fn deeper(&self, scope: Scope) -> Option<Page> {
        let arm = self.snapshot.as_ref()?.arm(self.ui.shown)?;
        match scope.page {
            Page::Request(_) => request::visit_of(arm).map(Page::Visit),
            Page::Visit(of) => visit::chosen(arm, scope.at)
                .map(|request| Page::Request(Chosen { of: Some(of), request: Some(request) })),
            Page::Instance(id) => {
                inside::newest(&arm.scene, id).map(|request| Page::Request(Chosen { of: None, request: Some(request) }))
            }
            Page::Store => None,
        }
    }

    /// What lies beside it.
    fn beside(&self, page: Page, forwards: bool) -> Option<Page> {
        let arm = self.snapshot.as_ref()?.arm(self.ui.shown)?;
        match page {
            Page::Request(chosen) => {
                let requests = arm.sight.as_ref()?.requests;
                let request = if forwards { requests.later } else { requests.earlier };
                Some(Page::Request(Chosen { request: Some(request?), ..chosen }))
            }
            Page::Instance(id) => {
                let all: Vec<InstanceId> = arm.scene.instances.iter().map(|i| i.id).collect();
                let at = all.iter().position(|&other| other == id)?;
                let next = if forwards { at + 1 } else { at.wrapping_sub(1) };
                all.get(next).map(|&id| Page::Instance(id))
            }
            Page::Visit(_) | Page::Store => None,
        }
    }
}

/// Whether a key only changes the instant that is seen, or the pace.
const fn moves_time(action: Action) -> bool {
    matches!(
        action,
        Action::Pause
            | Action::Slower
            | Action::Faster
            | Action::Back
            | Action::Forwards
            | Action::Beginning
            | Action::Newest
            | Action::NextHop
            | Action::PreviousHop
            | Action::NextEvent
            | Action::PreviousEvent
            | Action::NextCommand
            | Action::PreviousCommand
            | Action::NextFailure
            | Action::PreviousFailure
    )
}

/// The keys that matter while something deeper is open.
pub(super) fn hints(app: &App) -> Vec<Hint> {
    let vertical = |does: &str| app.hint_of_all(&[Action::Up, Action::Down], does);
    let beside = |does: &str| app.hint_of_all(&[Action::Left, Action::Right], does);
    let mut all = match &app.ui.layer {
        Layer::Why(_) => {
            vec![vertical("step"), app.hint(Action::Open, "go there"), app.hint(Action::Inspect, "its request")]
        }
        Layer::Scope(scope) => match scope.page {
            Page::Request(_) => {
                vec![
                    beside("other requests"),
                    vertical("scroll"),
                    app.hint(Action::Open, "its visit"),
                    app.hint(Action::Why, "why?"),
                ]
            }
            Page::Visit(_) => {
                vec![vertical("choose"), app.hint(Action::Open, "this request"), app.hint(Action::Why, "why?")]
            }
            Page::Instance(_) => {
                let mut hints = vec![beside("other instances"), vertical("scroll")];
                hints.extend(app.deeper(*scope).map(|_| app.hint(Action::Open, "newest request")));
                hints.push(app.hint(Action::Why, "why?"));
                hints
            }
            Page::Store => vec![vertical("scroll"), app.hint(Action::Why, "why?")],
        },
        _ => Vec::new(),
    };
    all.extend([
        app.hint(Action::Close, "close"),
        app.hint(Action::OtherWorld, "other world"),
        app.hint(Action::Pause, if app.paused() { "go on" } else { "pause" }),
    ]);
    // In a lesson only what it does not refuse.
    all.retain(|(.., action)| action.is_none_or(|action| app.guide.as_ref().is_none_or(|guide| guide.offers(action))));
    all
}

/// What is to be read now, in lines of at most `width` cells.
fn page(ui: &UiState, snapshot: &Snapshot, width: u16) -> Lines {
    // The frame, and air on both sides.
    let width = lines::WIDEST.min(width).saturating_sub(6);
    let Some(arm) = snapshot.arm(ui.shown) else { return Lines::default() };
    match &ui.layer {
        Layer::Why(why) => why.page(width),
        Layer::Scope(scope) => match scope.page {
            Page::Request(_) => request::page(snapshot, arm, width),
            Page::Visit(session) => visit::page(arm, session, width),
            Page::Instance(id) => inside::instance(snapshot, arm, id, width),
            Page::Store => inside::store(&arm.scene, snapshot.now, width),
        },
        _ => Lines::default(),
    }
}

/// Draws what is open, over the view.
pub(super) fn draw(app: &App, snapshot: &Snapshot, areas: Areas, brush: &mut Brush) {
    let within = within(areas);
    page(&app.ui, snapshot, within.width).draw(&app.ui, within, brush);
}

/// Over the view. What a lesson says or asks stays in sight: whoever looks closer does so to answer it.
fn within(areas: Areas) -> Rect {
    let bottom = if areas.story.y > areas.view.y { areas.story.y } else { areas.coach.y };
    Rect { height: bottom.saturating_sub(areas.view.y), ..areas.view }
}

/// The name of a visit's user; a departed one has none any more.
fn name(arm: &ArmView, session: SessionId) -> String {
    arm.scene.name(session).unwrap_or_else(|| format!("visit {session}"))
}
