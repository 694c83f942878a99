//! Why? An effect, then its causes, a line each.

use super::lines::{Page, Words, bold, words};
use super::request::begun;
use crate::command::Command;
use crate::event::{Event, What};
use crate::insight::delay::Delay;
use crate::insight::way::Place;
use crate::insight::why::{Effect, Elsewhere, Step};
use crate::insight::{Chosen, Look, Sight};
use crate::scene::Scene;
use crate::tui::parts::{clock, how_long, span, wrap};
use crate::tui::snapshot::ArmView;
use crate::tui::theme::Role;
use crate::tui::views::sentence::{bad, sentence};
use crate::units::Nanos;

/// A question, and its answer once it is there. The answer stays as it is while the run goes on.
#[derive(Clone, PartialEq, Debug)]
pub struct Why {
    effect: Effect,
    /// The effect, then its causes, each with its user's name.
    steps: Vec<(Step, String)>,
    /// What a session's state is called.
    noun: String,
    /// What ties a user to an instance there: a cookie, or a connection.
    tie: &'static str,
    /// Whether the command at the end was given by the learner.
    yours: bool,
    /// The chosen step.
    pub at: usize,
}

impl Why {
    /// The question.
    #[must_use]
    pub const fn of(effect: Effect) -> Self {
        Self { effect, steps: Vec::new(), noun: String::new(), tie: "cookie", yours: false, at: 0 }
    }

    /// What the engine has to look for, until it is found.
    pub(super) const fn look(&self) -> Option<Look> {
        if self.steps.is_empty() { Some(Look::Why(self.effect)) } else { None }
    }

    pub(super) fn take(&mut self, sight: &Sight, scene: &Scene, history: &[(Nanos, Command)]) {
        let clients = &scene.clients;
        let name = |step: &Step| match step {
            Step::Event(event) => event.what.session().map_or_else(String::new, |session| clients.full_name(session)),
            Step::Delay(delay) => clients.full_name(delay.session),
            Step::Elsewhere(it) => clients.full_name(it.session),
            Step::Forgotten => String::new(),
        };
        self.steps = sight.causes.iter().map(|step| (*step, name(step))).collect();
        self.noun = scene.noun.to_string();
        self.tie = if scene.sockets { "connection" } else { "cookie" };
        self.yours = self.end().is_some_and(|event| match event.what {
            What::Commanded { command } => history.contains(&(event.at, command)),
            _ => false,
        });
    }

    /// The answer where there is nothing to explain.
    pub(super) fn nothing(&self, arm: &ArmView) -> String {
        let scene = &arm.scene;
        let whose = match self.effect {
            Effect::Event(this) if this > arm.figures.events.count => {
                return "that event has not happened at this instant".into();
            }
            Effect::Event(_) => return "that event is no longer kept".into(),
            Effect::Request(this) if !begun(arm, this) => return "that request has not begun at this instant".into(),
            Effect::Request(_) => return "that request is no longer kept".into(),
            Effect::Any => "in this world".into(),
            Effect::Of(session) => format!("for {}", scene.clients.full_name(session)),
            Effect::At(0) => "because of the store".into(),
            Effect::At(id) => format!("because of instance {id}"),
        };
        format!("no failure, loss or delay {whose} in the events that are kept")
    }

    /// The instant of the chosen step.
    pub(super) fn instant(&self) -> Option<Nanos> {
        match self.steps.get(self.at)?.0 {
            Step::Event(event) => Some(event.at),
            Step::Delay(delay) => Some(delay.at),
            Step::Elsewhere(it) => Some(it.at),
            Step::Forgotten => None,
        }
    }

    /// The chosen step's request: none if it has none, and then the newest of its visit, if it has one.
    pub(super) fn request(&self) -> Chosen {
        let what = match self.steps.get(self.at) {
            // How long a request took is said of the effect, where its state was of the step before.
            Some((Step::Delay(_), _)) => self.steps.first(),
            Some((Step::Elsewhere(_), _)) => self.steps.get(self.at - 1),
            other => other,
        };
        match what {
            Some((Step::Event(event), _)) => Chosen { of: event.what.session(), request: event.what.request() },
            _ => Chosen { of: None, request: None },
        }
    }

    /// The event at the end of the chain.
    fn end(&self) -> Option<Event> {
        match self.steps.last()?.0 {
            Step::Event(event) => Some(event),
            Step::Delay(_) | Step::Elsewhere(_) | Step::Forgotten => None,
        }
    }

    /// What has changed where such a request is sent since the state was put where it is.
    fn policy(&self) -> Option<(Nanos, Command)> {
        self.steps.iter().find_map(|(step, _)| if let Step::Elsewhere(it) = step { it.policy } else { None })
    }

    /// Whether a request without a cookie met the wrong instance.
    fn strays(&self) -> bool {
        self.steps.iter().any(|(step, _)| matches!(step, Step::Elsewhere(it) if it.asked == 0))
    }

    pub(super) fn page(&self, width: u16) -> Page {
        let mut page = Page { title: "why? each line is caused by the next".into(), ..Page::default() };
        if self.steps.is_empty() {
            page.line(vec![words("looking for it …", Role::Dim)]);
            return page;
        }
        let mut entries = Vec::new();
        for (nth, (step, name)) in self.steps.iter().enumerate() {
            entries.push(page.lines.len());
            match step {
                Step::Event(event) => {
                    let role = if bad(&event.what) { Role::Lost } else { Role::Text };
                    let strong = nth == 0 || matches!(event.what, What::Commanded { .. });
                    line(
                        event.at,
                        name,
                        self.say(event),
                        |part| if strong { bold(part, role) } else { words(part, role) },
                        width,
                        &mut page,
                    );
                }
                Step::Delay(delay) => {
                    line(delay.at, name, spent(delay), |part| words(part, Role::Stale), width, &mut page)
                }
                Step::Elsewhere(it) => {
                    line(it.at, name, self.missed(it), |part| bold(part, Role::Stale), width, &mut page)
                }
                Step::Forgotten => page.line(vec![words("⋮           what lies between is no longer kept", Role::Dim)]),
            }
        }
        entries.push(page.lines.len());
        page.entries = Some(entries);
        page.gap();
        for line in wrap(&self.summary(), width.into()) {
            page.line(vec![bold(line, Role::State)]);
        }
        page
    }

    fn say(&self, event: &Event) -> String {
        match event.what {
            What::Commanded { command } if self.yours => format!("you: {command}"),
            _ => sentence(event),
        }
    }

    /// Where the state was, and why the request went elsewhere.
    fn missed(&self, it: &Elsewhere) -> String {
        let Elsewhere { keeper, chosen, asked, .. } = *it;
        let (was, tie) = (format!("the {} was in instance {keeper}", self.noun), self.tie);
        match asked {
            0 => format!("{was}; no {tie} leads there, and the balancer chose {chosen}"),
            asked if asked == chosen => format!("{was}, the {tie} led to {chosen}"),
            asked => format!("{was}; the {tie} asked for {asked}, the balancer chose {chosen}"),
        }
    }

    /// Where it began, and how long before.
    fn summary(&self) -> String {
        let (Some((Step::Event(effect), _)), Some(end)) = (self.steps.first(), self.end()) else {
            return match self.steps.last() {
                Some((Step::Delay(_), _)) => "nothing was out of order there: no command is behind it".into(),
                _ => "how it began is no longer kept".into(),
            };
        };
        let before = match how_long(effect.at.since(end.at)) {
            none if none == "0.0 s" => String::new(),
            some => format!(", {some} before"),
        };
        match end.what {
            What::Commanded { command } if self.yours => format!("it began with your {command}{before}"),
            What::Commanded { command } => format!("it began with the scenario's {command}{before}"),
            What::SessionStarted { .. } if self.strays() => {
                const LOOSE: &str = "nothing ties this visit to the instance that keeps its state";
                match self.policy() {
                    Some((at, command)) => {
                        let since = how_long(effect.at.since(at));
                        format!("{LOOSE}; which is chosen has changed with {command}, {since} before")
                    }
                    None => format!("no command is behind it: {LOOSE}"),
                }
            }
            What::SessionStarted { .. } => {
                format!("it began by itself, when this visit began{before}: no command is behind it")
            }
            What::Checked { .. } => format!("it began with a health check{before}: no command is behind it"),
            // Nobody else starts or stops an instance once the run has begun.
            What::Instance { .. } if end.at > Nanos::ZERO => {
                format!("it began with the autoscaler{before}: no command is behind it")
            }
            _ => format!("it began by itself{before}: no command is behind it"),
        }
    }
}

/// A step: when, whose, and what.
fn line(at: Nanos, name: &str, said: String, style: impl Fn(String) -> Words, width: u16, page: &mut Page) {
    const LEFT: usize = 16;
    let mut left = Some(clock(at));
    for part in wrap(&said, usize::from(width).saturating_sub(LEFT)) {
        let who = if left.is_some() { name } else { "" };
        let time = left.take().unwrap_or_default();
        page.line(vec![words(format!("{time:<10}"), Role::Dim), bold(format!("{who:<6}"), Role::Text), style(part)]);
    }
}

/// What a request mostly waited for.
fn spent(delay: &Delay) -> String {
    let id = delay.instance;
    let place = match delay.place {
        Place::Connecting => "waiting for a connection".into(),
        Place::Up => "on the way to the balancer".into(),
        Place::Balancer => "at the balancer".into(),
        Place::Starting => format!("until instance {id} had started"),
        Place::Forward => format!("on the way to instance {id}"),
        Place::Bounced => format!("until the balancer knew that instance {id} refused it"),
        Place::Silent => format!("at instance {id}, which said nothing"),
        Place::Queue => format!("in the queue of instance {id}"),
        Place::Worker => format!("with a worker of instance {id}"),
        Place::Store => "waiting for the store".into(),
        Place::Peer => "waiting for other instances".into(),
        Place::Cut => format!("until the balancer knew that instance {id} had died"),
        Place::Back => "with the reply on its way to the balancer".into(),
        Place::Down => "with the reply on its way to the client".into(),
        Place::BackOff => "waiting to try again".into(),
    };
    let span = |time: Nanos| span(Some(time.millis()));
    let so_far = if delay.open { " so far" } else { "" };
    format!("of its {}{so_far}, {} {place}", span(delay.of), span(delay.took))
}
