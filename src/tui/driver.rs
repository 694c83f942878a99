//! The engine room: a thread of its own that owns the experiment and its pace.
//!
//! ```text
//!   screen ──Order──▶ (bounded) ─▶ Engine ─▶ Experiment
//!          ◀─Snapshot─ (the newest) ─┘
//! ```
//!
//! Work is done in slices of about a millisecond, and between two slices orders are looked for: so a key waits less than a frame
//! however much there is to simulate, and a terminal that stops reading stops nothing here. Paused, it sleeps until an
//! order comes.

mod lesson;
mod order;

pub use lesson::{LessonNews, LessonOrder};
pub use order::{Order, Wants};

use super::pace::{Pace, Speed};
use super::run::Run;
use super::snapshot::{ArmView, Notice, Snapshot};
use super::survey::Survey;
use super::travel::{self, Travel};
use crate::experiment::Experiment;
use crate::experiment::timeline::{Arrival, Goal};
use crate::ledger::RunReport;
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Orders that may wait; a learner's fingers never fill it.
const WAITING: usize = 64;
/// A slice of simulation aims at this much wall time.
const SLICE: Duration = Duration::from_micros(1000);
/// The share of a frame that simulation may take.
const BUSY: f64 = 0.8;
/// A slice never takes more simulated time than this.
const LONGEST: Nanos = Nanos(3_600_000_000_000);
/// The shortest time between two snapshots.
const FRAME: Duration = Duration::from_millis(33);
/// What opens sooner than this is not seen to hurry there.
const PATIENCE: Duration = Duration::from_millis(4);
/// While it hurries, worlds run apart for so much wall time at once.
const STRETCH: Duration = Duration::from_micros(2000);
/// Whoever leaves waits so long for two futures to arrive.
const LEAVING: Duration = Duration::from_millis(350);
/// Figures are computed no more often than they can be read.
const FIGURES: Duration = Duration::from_millis(200);

/// The screen's end of the engine room.
#[derive(Clone, Debug)]
pub struct Engine {
    orders: mpsc::Sender<Order>,
    newest: watch::Receiver<Option<Arc<Snapshot>>>,
}

impl Engine {
    /// Starts the engine room. It ends when this handle (and its clones) are gone. At `ends`, where a saved run ended, it
    /// pauses; if `paused`, where it opens, too.
    ///
    /// # Errors
    /// If the machine gives no thread.
    pub fn start(scenario: Arc<Scenario>, wants: Wants, ends: Option<Nanos>, paused: bool) -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel(WAITING);
        let (publish, newest) = watch::channel(None);
        let survey = Survey::start(scenario.clone())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        thread::Builder::new().name("engine".into()).spawn(move || {
            let mut room = Room { ends, ..Room::new(scenario, wants, survey, publish) };
            room.pause(paused);
            runtime.block_on(room.run(inbox));
        })?;
        Ok(Self { orders, newest })
    }

    /// Hands an order in. Says whether there was room for it.
    #[must_use]
    pub fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Where the newest snapshot appears.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        self.newest.clone()
    }
}

/// Everything that belongs to the engine's thread.
struct Room {
    scenario: Arc<Scenario>,
    run: Run,
    survey: Survey,
    wants: Wants,
    /// Worlds that were chosen once. They stay, so that choosing them again is at once; others go when no longer shown.
    chosen: Vec<Home>,
    pace: Pace,
    start: Instant,
    publish: watch::Sender<Option<Arc<Snapshot>>>,
    /// Something happened that the newest snapshot does not show.
    changed: bool,
    behind: bool,
    /// Simulated time that fills about one slice.
    chunk: Nanos,
    /// The dashboard opens at this instant; until then the run hurries there.
    opens: Nanos,
    /// Whether it has got there once.
    opened: bool,
    /// A saved run went on to here; it pauses there, once, unless something else became of it.
    ends: Option<Nanos>,
    /// Steps from event to event that wait until the one before has arrived.
    steps: VecDeque<Travel>,
    /// Whether time stood still, and its pace, before a journey that may lead nowhere.
    before: Option<(bool, Speed)>,
    /// The learner has left.
    finished: bool,
    /// A lesson waits for time to be stopped.
    stop: Option<lesson::Stop>,
    /// A lesson waits for a comparison.
    comparison: Option<lesson::Comparison>,
    news: LessonNews,
    notice: Option<Notice>,
    figures: Vec<(Home, Instant, Nanos, Arc<RunReport>)>,
}

impl Room {
    fn new(
        scenario: Arc<Scenario>,
        wants: Wants,
        survey: Survey,
        publish: watch::Sender<Option<Arc<Snapshot>>>,
    ) -> Self {
        survey.watch(&wants.worlds());
        Self {
            opens: Nanos::from_secs(scenario.open_at_s),
            opened: false,
            // Nobody is there yet; the worlds are made when this has been shown.
            run: Run::of(Experiment::new(scenario.clone(), &[])),
            scenario,
            ends: None,
            steps: VecDeque::new(),
            before: None,
            finished: false,
            stop: None,
            comparison: None,
            news: LessonNews::default(),
            survey,
            chosen: wants.homes.clone(),
            wants,
            pace: Pace::new(Duration::ZERO, Nanos::ZERO),
            start: Instant::now(),
            publish,
            changed: true,
            behind: false,
            chunk: Nanos(1_000_000),
            notice: None,
            figures: Vec::new(),
        }
    }

    fn wall(&self) -> Duration {
        self.start.elapsed()
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        self.publish();
        self.begin();
        self.changed = true;
        let mut tick = Instant::now();
        loop {
            let resting = self.pace.paused() && !self.opening() && !self.run.travelling();
            tokio::select! {
                biased;
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                result = lesson::outcome(&mut self.comparison), if self.comparison.is_some() => self.compared(result),
                () = tokio::time::sleep_until(tick), if !resting => {
                    self.tick(&mut inbox);
                    tick = (tick + self.wants.frame.max(FRAME)).max(Instant::now());
                }
            }
            while let Ok(order) = inbox.try_recv() {
                self.obey(order);
            }
            if self.run.travelling() {
                tick = tick.min(Instant::now());
            }
            self.show();
        }
    }

    /// Makes the worlds, at their beginning.
    fn begin(&mut self) {
        self.opened = false;
        self.run = Run::of(Experiment::new(self.scenario.clone(), &self.wants.homes));
    }

    /// Whether it is still on its way to where the dashboard opens.
    const fn opening(&self) -> bool {
        !self.opened
    }

    /// One frame's worth of simulation; leaves early for an order.
    fn tick(&mut self, inbox: &mut mpsc::Receiver<Order>) {
        let began = Instant::now();
        if self.opening() {
            self.hurry(began, inbox);
            self.resync();
            self.opened = self.run.now() >= self.opens;
            if self.opened {
                self.scene_opened();
                self.complete();
            }
            return;
        }
        if self.run.travelling() {
            self.travel(began, inbox);
            self.resync();
            return;
        }
        let due = self.pace.due(self.wall(), self.run.now());
        if let Some(skipped) = due.skipped {
            let seconds = Duration::from_secs(skipped.as_secs());
            self.say(
                format!("nobody was awake for {}: skipped, not replayed", humantime::format_duration(seconds)),
                false,
            );
        }
        if self.stop.is_some() {
            let time = self.wants.frame.max(FRAME).mul_f64(BUSY);
            self.advance_to_stop(due.until, || began.elapsed() < time && inbox.is_empty());
            if self.stop.is_none() {
                return;
            }
        } else {
            self.advance(due.until.min(self.ends.unwrap_or(Nanos::NEVER)), began, inbox);
        }
        if self.ends.is_some_and(|ends| ends <= self.run.now()) {
            self.ends = None;
            self.pause(true);
            return self.say("the saved run ends here: from now on it is yours".into(), false);
        }
        let behind = self.pace.settle(self.wall(), self.run.now(), due);
        self.changed |= behind != self.behind;
        self.behind = behind;
    }

    /// Simulates towards the instant at which the dashboard opens; leaves when there is something to see, or for an order.
    fn hurry(&mut self, began: Instant, inbox: &mpsc::Receiver<Order>) {
        let first = self.run.now() == Nanos::ZERO;
        let time = if first { PATIENCE } else { self.wants.frame.max(FRAME) };
        while self.run.now() < self.opens && began.elapsed() < time && inbox.is_empty() {
            let slice = Instant::now();
            let until = self.run.now().saturating_add(self.chunk).min(self.opens);
            self.run.run_apart_until(until);
            self.changed = true;
            self.learn(slice.elapsed(), STRETCH);
        }
    }

    /// Simulates up to `until`, in slices, as far as a frame's time allows.
    fn advance(&mut self, until: Nanos, began: Instant, inbox: &mpsc::Receiver<Order>) {
        while self.run.now() < until && self.has_time(began, inbox) {
            let slice = Instant::now();
            let now = self.run.now();
            self.run.run_until(now.saturating_add(self.chunk).min(until));
            self.changed = true;
            self.learn(slice.elapsed(), SLICE);
        }
    }

    /// As [`Room::advance`], for what is on its way; when it arrives, it is shown.
    fn travel(&mut self, began: Instant, inbox: &mpsc::Receiver<Order>) {
        self.changed = true;
        while self.has_time(began, inbox) {
            let slice = Instant::now();
            let arrival = self.run.travel(self.chunk);
            self.learn(slice.elapsed(), SLICE);
            if let Some(arrival) = arrival {
                return self.arrived(arrival);
            }
            if !self.run.travelling() {
                return;
            }
        }
    }

    /// Something has arrived, or has nowhere to go.
    fn arrived(&mut self, arrival: Arrival) {
        if let Some((words, refusal)) = super::travel::words(arrival) {
            self.say(words, refusal);
        }
        let before = self.before.take();
        match arrival {
            Arrival::Nowhere(_) => self.stay(before),
            Arrival::Undone(..) => self.ends = None,
            Arrival::There | Arrival::Joined(_) => self.ends = self.ends.filter(|&ends| self.run.now() <= ends),
        }
        self.figures.clear();
        self.complete();
        self.resync();
        if let Some(next) = self.steps.pop_front() {
            self.set_out(next);
        }
    }

    /// There was nowhere to go: time goes on as it did.
    fn stay(&mut self, before: Option<(bool, Speed)>) {
        self.steps.clear();
        if let Some((paused, speed)) = before {
            self.pause(paused);
            self.pace.set_speed(speed, self.wall(), self.run.now());
        }
    }

    fn set_out(&mut self, travel: Travel) {
        self.before = Some((self.pace.paused(), self.pace.speed()));
        self.pause(true);
        let goal = travel.goal(&self.run, self.opens, self.pace.speed());
        self.pace.set_speed(travel.pace(self.pace.speed()), self.wall(), self.run.now());
        self.go(goal);
    }

    /// Whether a frame's time is not used up yet, and nobody waits.
    fn has_time(&self, began: Instant, inbox: &mpsc::Receiver<Order>) -> bool {
        began.elapsed() < self.wants.frame.max(FRAME).mul_f64(BUSY) && inbox.is_empty()
    }

    /// Learns from a slice that aimed at so much wall time how much simulated time fills the next.
    fn learn(&mut self, took: Duration, aim: Duration) {
        if took > aim * 2 {
            self.chunk = Nanos((self.chunk.0 / 2).max(1000));
        } else if took < aim / 2 {
            self.chunk = Nanos((self.chunk.0.saturating_mul(2)).min(LONGEST.0));
        }
    }

    /// Sends for the first wanted world that does not run yet, and lets go of those that nobody wants or ever chose.
    fn complete(&mut self) {
        let wanted = self.wants.worlds();
        let kept: Vec<Home> =
            Home::ALL.into_iter().filter(|home| wanted.contains(home) || self.chosen.contains(home)).collect();
        if !self.run.forked() {
            self.figures.retain(|(home, ..)| kept.contains(home));
        }
        self.run.complete(&kept, &wanted);
    }

    /// Sets out.
    fn go(&mut self, goal: Goal) {
        match self.run.go(goal) {
            Ok(None) => self.figures.clear(),
            Ok(Some(arrival)) => self.arrived(arrival),
            Err(why) => {
                self.say(why, true);
                let before = self.before.take();
                self.stay(before);
            }
        }
    }

    fn obey(&mut self, order: Order) {
        self.changed = true;
        if !matches!(order, Order::Travel(_) | Order::Want(_) | Order::Faster(_)) {
            self.steps.clear();
        }
        match order {
            // What is done now would have to be done in the past, too.
            Order::Do(_) | Order::Undo | Order::Fork(..) if self.run.travelling() => {
                self.say("one moment: a world lives through the past first".into(), true);
            }
            Order::Seek(_) | Order::Travel(_) | Order::Fork(..) if self.opening() => {
                self.say("one moment: the run has not begun yet".into(), true);
            }
            Order::Do(command) => {
                let said = travel::carry_out(command, &mut self.run, &self.scenario);
                if said.as_ref().is_none_or(|(_, refused)| !refused) {
                    self.ends = None;
                }
                if let Some((said, refused)) = said {
                    self.say(said, refused);
                }
                self.figures.clear();
            }
            Order::Undo => self.go(Goal::Undo),
            Order::Seek(at) => {
                self.before = None;
                self.pause(true);
                self.go(Goal::At(at));
            }
            Order::Travel(travel) if travel.is_step() && self.run.travelling() && self.run.leaving() => {
                if self.steps.len() < WAITING {
                    self.steps.push_back(travel);
                }
            }
            Order::Travel(travel) => {
                self.steps.clear();
                self.set_out(travel);
            }
            Order::Fork(home, change) => {
                if self.run.part(home, change) {
                    self.figures.clear();
                }
            }
            Order::Rejoin => {
                self.run.rejoin();
                self.figures.clear();
                self.complete();
                self.resync();
            }
            Order::Finish => {
                self.pause(true);
                self.come_to_rest();
                self.finished = !(self.run.forked() && self.run.travelling());
                self.figures.clear();
            }
            Order::Lesson(order) => self.obey_lesson(order),
            Order::Pause(paused) => {
                self.pause(paused);
                self.figures.clear();
            }
            Order::Faster(faster) => {
                self.pace.set_speed(self.pace.speed().step(faster), self.wall(), self.run.now());
            }
            Order::Want(wants) => {
                let others = self.wants.worlds() != wants.worlds();
                self.wants = wants;
                let newly: Vec<Home> =
                    self.wants.homes.iter().copied().filter(|home| !self.chosen.contains(home)).collect();
                self.chosen.extend(newly);
                self.survey.watch(&self.wants.worlds());
                // A world that begins while the others hurry to where the dashboard opens would be left behind.
                if others && !self.run.leaving() && !self.opening() {
                    self.complete();
                }
                self.resync();
            }
            Order::Seed(seed) => {
                self.start_over(Arc::new(Scenario { seed, ..(*self.scenario).clone() }));
                self.ends = None;
                self.say(format!("other users: seed {seed}"), false);
            }
        }
    }

    /// Of two futures that are on their way, the figures would be of two instants: either nothing has come of them yet, or they
    /// are to arrive, if that does not take long.
    fn come_to_rest(&mut self) {
        let began = Instant::now();
        if self.run.forked() && self.run.travelling() {
            self.run.forget_untouched();
        }
        while self.run.forked() && self.run.travelling() && began.elapsed() < LEAVING {
            self.run.travel(self.chunk);
        }
    }

    /// Begins a run anew, of this scenario.
    fn start_over(&mut self, scenario: Arc<Scenario>) {
        self.scenario = scenario;
        self.begin();
        // Without a thread for it, what was measured before stands.
        if let Ok(survey) = Survey::start(self.scenario.clone()) {
            survey.pause(self.pace.paused());
            survey.watch(&self.wants.worlds());
            self.survey = survey;
        }
        self.figures.clear();
        self.resync();
    }

    fn pause(&mut self, paused: bool) {
        self.pace.set_paused(paused, self.wall(), self.run.now());
        self.survey.pause(paused);
    }

    fn resync(&mut self) {
        self.pace.resync(self.wall(), self.run.now());
    }

    fn say(&mut self, text: String, refusal: bool) {
        let number = self.notice.as_ref().map_or(1, |notice| notice.number + 1);
        self.notice = Some(Notice { number, text, refusal });
        self.changed = true;
    }

    /// Publishes what has changed.
    fn show(&mut self) {
        if std::mem::take(&mut self.changed) {
            self.publish();
        }
    }

    fn publish(&mut self) {
        let now = Instant::now();
        let shown = self.run.shown(self.wants.worlds());
        let arms = shown.into_iter().filter_map(|home| {
            let figures = self.figures_of(home, now)?;
            let findings = self.survey.findings(home);
            Some(ArmView::of(self.run.arm(home)?, figures, findings, &self.wants))
        });
        let arms = arms.collect();
        let snapshot = Snapshot {
            speed: self.pace.speed(),
            paused: self.pace.paused(),
            behind: self.behind,
            opens: self.opening().then_some(self.opens),
            notice: self.notice.clone(),
            finished: self.finished,
            lesson: self.news.clone(),
            ..self.run.snapshot(&self.scenario, arms, &self.wants)
        };
        self.publish.send_replace(Some(Arc::new(snapshot)));
    }

    /// The figures of a world, computed anew when the last ones have been readable for long enough.
    fn figures_of(&mut self, home: Home, now: Instant) -> Option<Arc<RunReport>> {
        let at = self.run.now();
        // Two futures are held against each other: both at the very same instant.
        let readable = if self.run.forked() { Duration::ZERO } else { FIGURES };
        if let Some((.., figures)) = self.figures.iter().find(|(h, when, instant, _)| {
            *h == home && (*instant == at || (!self.pace.paused() && now.duration_since(*when) < readable))
        }) {
            return Some(figures.clone());
        }
        let arm = self.run.arm(home)?;
        let figures = Arc::new(ArmView::figures(arm, &self.scenario, at));
        self.figures.retain(|(h, ..)| *h != home);
        self.figures.push((home, now, at, figures.clone()));
        Some(figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::timeline::Look;

    /// Waits for a snapshot of which something is so.
    fn wait(engine: &Engine, so: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let began = Instant::now();
        loop {
            let newest = engine.newest().borrow().clone();
            match newest {
                Some(snapshot) if so(&snapshot) => return snapshot,
                newest => assert!(began.elapsed() < Duration::from_secs(30), "{newest:?}"),
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn every_step_is_made_however_fast_they_come() {
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let homes = vec![Home::Token, Home::Sticky];
        let wants = Wants { homes, all: false, journal: false, series: false, look: None, frame: FRAME };
        let engine = Engine::start(scenario.clone(), wants, None, true).unwrap();
        let opened = wait(&engine, |shot| shot.opens.is_none() && shot.arms.len() == 2);
        let mut run = Run::of(Experiment::new(scenario, &[Home::Token, Home::Sticky]));
        run.run_until(opened.now);
        for _ in 0..5 {
            assert_eq!(run.go(Goal::Next(Look::Hop, Home::Sticky)), Ok(None));
            while run.travelling() {
                run.travel(Nanos::from_secs(1.0));
            }
        }
        for _ in 0..5 {
            assert!(engine.order(Order::Travel(Travel::Next(Look::Hop, Home::Sticky))));
        }
        assert_eq!(wait(&engine, |shot| shot.now >= run.now()).now, run.now());
        for _ in 0..3 {
            assert!(engine.order(Order::Faster(true)));
        }
        wait(&engine, |shot| shot.speed == Speed::default().faster().faster().faster());
    }

    #[test]
    fn all_worlds_catch_up_and_only_the_chosen_ones_stay() {
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let homes = vec![Home::Token, Home::Sticky];
        let wants = Wants { homes, all: false, journal: false, series: false, look: None, frame: FRAME };
        let engine = Engine::start(scenario, wants.clone(), None, false).unwrap();
        let homes = |shot: &Snapshot| shot.arms.iter().map(|arm| arm.home).collect::<Vec<_>>();
        wait(&engine, |shot| homes(shot) == wants.homes);
        assert!(engine.order(Order::Do("kill 2".parse().unwrap())));
        wait(&engine, |shot| shot.history.len() == 1);
        let all = Wants { all: true, ..wants.clone() };
        assert!(engine.order(Order::Want(all.clone())));
        let shot = wait(&engine, |shot| homes(shot) == all.worlds());
        assert!(shot.arms.iter().all(|arm| arm.figures.faults.len() == 1), "each has lived through the command");
        assert!(engine.order(Order::Want(wants.clone())));
        let later = wait(&engine, |shot| homes(shot) == wants.homes);
        assert!(later.now >= shot.now && later.replay.is_none());
    }

    /// A lesson that is left waits for nothing any more, and a saved run that was shown before it ends nowhere in its scene.
    #[test]
    fn whoever_leaves_a_lesson_is_stopped_by_nothing() {
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let homes = vec![Home::Token, Home::Sticky];
        let wants = Wants { homes, all: false, journal: false, series: false, look: None, frame: FRAME };
        let ends = Some(Nanos::from_secs(scenario.open_at_s + 6.0));
        let engine = Engine::start(scenario.clone(), wants, ends, true).unwrap();
        let lesson = |order| assert!(engine.order(Order::Lesson(order)));
        lesson(LessonOrder::Scene(scenario));
        let opened = wait(&engine, |shot| shot.lesson.scenes == 1 && shot.opens.is_none()).now;
        lesson(LessonOrder::Run { until: None, home: Home::Token, seconds: 4.0 });
        lesson(LessonOrder::Leave);
        for _ in 0..8 {
            assert!(engine.order(Order::Faster(true)));
        }
        let later = wait(&engine, |shot| shot.now > opened.saturating_add(Nanos::from_secs(30.0)));
        assert!(later.lesson.stops == 0 && !later.paused, "{later:?}");
    }
}
