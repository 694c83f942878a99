//! Who comes when: visits as a Poisson stream or on chairs, warm starts, bursts.
//!
//! Arrivals are drawn in *operational time*, in which their rate is one; a burst only changes how fast that
//! time runs. So the same visits come in the same order whatever the rate, in every arm.

use super::draw::Purpose;
use super::session::Cause;
use super::slab::Key;
use super::writes::WriteSet;
use super::{Next, World};
use crate::event::{SessionId, Sink, What};
use crate::scenario::{Burst, DAY_MS, Dist, Home, Policy, Population, TEN_MILLION, TICK_MS};
use crate::units::Nanos;

/// The state of the arrival process.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// The next visit of a Poisson stream.
    next: SessionId,
    /// Visits so far on each chair.
    visits: Vec<u32>,
    /// How many visits stand at warm start, for first placements.
    warm: u64,
    /// Operational time still to pass before the next arrival.
    remaining: f64,
    /// When `remaining` was true.
    as_of: Nanos,
    /// Factors in force: the scenario's own bursts, and commanded ones.
    scheduled: f64,
    commanded: Vec<(u32, f64)>,
    /// Arrivals scheduled before the last change of rate are void.
    epoch: u32,
    /// What caused the present rate.
    cause: Cause,
}

impl Traffic {
    pub const fn new() -> Self {
        Self {
            next: 0,
            visits: Vec::new(),
            warm: 0,
            remaining: 0.0,
            as_of: Nanos::ZERO,
            scheduled: 1.0,
            commanded: Vec::new(),
            epoch: 0,
            cause: Cause { seq: 0, root: 0 },
        }
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub const fn bytes(&self) -> usize {
        size_of_val(self.visits.as_slice()) + size_of_val(self.commanded.as_slice())
    }

    /// The factor on the scenario's own rate.
    pub fn factor(&self) -> f64 {
        self.scheduled * self.commanded.iter().map(|&(_, factor)| factor).product::<f64>()
    }
}

/// A visit's nominal course: what it would be if each reply took the mean time of an idle service.
struct Course {
    /// Requests until the instant in question.
    done: u32,
    /// When the next one is due.
    next_at: Nanos,
    /// Writes so far.
    writes: u32,
}

/// How many mean visits of history a warm start looks back on: a geometric visit outlives that many with chance e⁻⁸.
const HISTORY: f64 = 8.0;
/// So many of a visit's past requests are drawn one by one.
const DRAWN_HISTORY: u32 = 256;

impl World {
    pub(super) fn begin_traffic<S: Sink + ?Sized>(&mut self, sink: &mut S) {
        let plan = std::sync::Arc::clone(&self.plan);
        for (index, burst) in plan.bursts.iter().enumerate() {
            self.agenda.push(Nanos::from_secs(burst.at_s), Next::RateChange(index as u32 * 2));
            self.agenda.push(Nanos::from_secs(burst.at_s + burst.for_s), Next::RateChange(index as u32 * 2 + 1));
        }
        self.traffic.scheduled = Burst::factor_at(&plan.bursts, 0.0);
        match plan.population {
            Population::SessionsPerSecond(rate) => self.begin_stream(rate, sink),
            Population::Users(users) => {
                self.traffic.visits = vec![0; users as usize];
                self.sessions.reserve(users as usize);
                for chair in 0..users {
                    self.begin_chair(chair);
                    self.hand_over_batch(sink);
                }
            }
        }
    }

    /// What one turn of request, reply and thinking takes on average, and so a whole visit.
    fn mean_visit(&self) -> f64 {
        self.mean_turn().0 as f64 * self.plan.requests_per_session.mean().min(1e6)
    }

    fn begin_stream<S: Sink + ?Sized>(&mut self, rate: f64, sink: &mut S) {
        if self.plan.warm_start
            && self.traffic.factor() > 0.0
            && !matches!(self.plan.requests_per_session, Dist::Endless)
        {
            let mut at = -self.mean_visit() * HISTORY;
            loop {
                let gap = self.arrival_gap(self.traffic.next);
                at += gap / (rate * self.traffic.factor()) * 1e9;
                if at >= 0.0 {
                    self.traffic.remaining = at * 1e-9 * rate * self.traffic.factor();
                    break;
                }
                let id = self.traffic.next;
                self.traffic.next += 1;
                let planned = self.planned(id);
                if self.turns_since(at as i128) < u128::from(planned) {
                    let course = self.course(id, at as i128, planned);
                    self.resume_visit(id, planned, Nanos::NEVER, &course);
                    self.hand_over_batch(sink);
                }
            }
        } else {
            self.traffic.remaining = self.arrival_gap(0);
        }
        self.schedule_arrival();
    }

    fn arrival_gap(&self, id: SessionId) -> f64 {
        self.draws.sample(Dist::Exponential(1.0), Purpose::Arrival, id, 0)
    }

    fn rate(&self) -> f64 {
        match self.plan.population {
            Population::SessionsPerSecond(rate) => rate * self.traffic.factor(),
            Population::Users(_) => 0.0,
        }
    }

    fn schedule_arrival(&mut self) {
        let rate = self.rate();
        if rate > 0.0 {
            let at = self.now.saturating_add(Nanos::from_secs(self.traffic.remaining / rate));
            self.agenda.push(at, Next::Arrival(self.traffic.epoch));
        }
    }

    pub(super) fn arrival(&mut self, epoch: u32) {
        if epoch != self.traffic.epoch {
            return;
        }
        let id = self.traffic.next;
        self.traffic.next += 1;
        self.traffic.remaining = self.arrival_gap(self.traffic.next);
        self.traffic.as_of = self.now;
        self.schedule_arrival();
        let planned = self.planned(id);
        self.begin_visit(id, planned, Nanos::NEVER);
    }

    /// How many requests a visit plans; `u32::MAX`: without end.
    fn planned(&self, id: SessionId) -> u32 {
        let drawn = self.draws.sample(self.plan.requests_per_session, Purpose::Requests, id, 0);
        (drawn.round() as u32).max(1)
    }

    /// One turn of a user on average: thinking, and an idle service's answer.
    fn mean_turn(&self) -> Nanos {
        self.plan.think.mean() + self.plan.nominal_response()
    }

    /// How many requests a visit that began at `begin` has made by time zero.
    fn turns_since(&self, begin: i128) -> u128 {
        begin.unsigned_abs() / u128::from(self.mean_turn().0.max(1)) + 1
    }

    /// A visit's nominal course from `begin` until time zero or `planned` requests: each turn takes the mean time,
    /// so that a long history costs no more than a short one.
    fn course(&self, id: SessionId, begin: i128, planned: u32) -> Course {
        let done = self.turns_since(begin).min(u128::from(planned)) as u32;
        let rest = self.plan.think.residual(&self.draws, Purpose::Think, id, done.into());
        Course { done, next_at: rest, writes: self.past_writes(id, done) }
    }

    /// How many writes the state of a visit holds after `done` requests.
    fn past_writes(&self, id: SessionId, done: u32) -> u32 {
        let limit = match self.plan.home {
            Home::Token => self.plan.header_limit.unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        // Only the newest requests are drawn one by one; those before count with their mean.
        let drawn_from = done.saturating_sub(DRAWN_HISTORY).max(1);
        let mut writes = (f64::from(drawn_from - 1) * self.plan.write_ratio).round() as u32;
        let grown = (f64::from(writes) * self.plan.growth_bytes.mean()) as u32;
        let mut bytes = self.plan.state_bytes.saturating_add(grown);
        for ordinal in drawn_from..done {
            if self.writes(id, ordinal) {
                bytes = bytes.saturating_add(self.growth(id, writes + 1)).min(self.plan.state_limit);
                // A token that outgrew the header limit was dropped, and its cart begun anew.
                let fits = self.plan.token_bytes(bytes) <= limit;
                writes = if fits { writes + 1 } else { 0 };
                bytes = if fits { bytes } else { self.plan.state_bytes };
            }
        }
        writes
    }

    /// Whether the planned request number `ordinal` of a visit writes.
    pub(super) fn writes(&self, id: SessionId, ordinal: u32) -> bool {
        self.plan.write_ratio > 0.0 && self.draws.unit(Purpose::Write, id, ordinal.into()) < self.plan.write_ratio
    }

    /// The visit with this id on this chair, counted from the chair's beginning.
    fn chair_visit(&self, chair: u32, visit: u32) -> SessionId {
        u64::from(chair) + u64::from(visit) * self.traffic.visits.len() as u64
    }

    /// The newest visit on a chair; none if nobody has come yet.
    pub(super) fn newest_on(&self, chair: u32) -> Option<SessionId> {
        let visits = self.traffic.visits.get(chair as usize)?.checked_sub(1)?;
        Some(self.chair_visit(chair, visits))
    }

    /// Whether a visit of the stream has begun.
    pub(super) const fn has_come(&self, visit: SessionId) -> bool {
        visit < self.traffic.next
    }

    /// How long a visit keeps its chair: the nominal course of what it plans.
    fn visit_length(&self, planned: u32) -> Nanos {
        if planned == u32::MAX {
            return Nanos::NEVER;
        }
        Nanos(self.mean_turn().0.saturating_mul(planned.into()))
    }

    /// The time between two visits on a chair: one more think time.
    fn chair_gap(&self, id: SessionId) -> Nanos {
        self.plan.think.draw(&self.draws, Purpose::Gap, id, 0)
    }

    fn begin_chair(&mut self, chair: u32) {
        let endless = matches!(self.plan.requests_per_session, Dist::Endless);
        if !self.plan.warm_start {
            let spread = self.plan.think.draw(&self.draws, Purpose::History, chair.into(), 0);
            self.agenda.push(spread, Next::ChairTaken(chair));
            return;
        }
        // Far enough back that a chair's phase is as good as any.
        let reach = 4.0 * if endless { self.mean_turn().0 as f64 } else { self.mean_visit() };
        let unit = self.draws.unit(Purpose::History, chair.into(), 0);
        let mut begin = -((reach * (1.0 + unit)) as i128);
        loop {
            let visit = self.traffic.visits[chair as usize];
            let id = self.chair_visit(chair, visit);
            if begin > 0 {
                self.agenda.push(Nanos(begin as u64), Next::ChairTaken(chair));
                return;
            }
            self.traffic.visits[chair as usize] += 1;
            let planned = self.planned(id);
            let length = self.visit_length(planned);
            let end = if length == Nanos::NEVER { i128::MAX } else { begin + i128::from(length.0) };
            if end > 0 {
                let course = self.course(id, begin, planned);
                let leaves = u64::try_from(end).map_or(Nanos::NEVER, Nanos);
                self.resume_visit(id, u32::MAX, leaves, &course);
                self.schedule_next_visit(chair, id, leaves);
                return;
            }
            begin = end + i128::from(self.chair_gap(id).0);
        }
    }

    fn schedule_next_visit(&mut self, chair: u32, id: SessionId, leaves: Nanos) {
        let at = leaves.saturating_add(self.chair_gap(id));
        if at < Nanos::NEVER {
            self.agenda.push(at, Next::ChairTaken(chair));
        }
    }

    pub(super) fn chair_taken(&mut self, chair: u32) {
        let visit = self.traffic.visits[chair as usize];
        self.traffic.visits[chair as usize] += 1;
        let id = self.chair_visit(chair, visit);
        let length = self.visit_length(self.planned(id));
        let leaves = self.now.saturating_add(length);
        self.schedule_next_visit(chair, id, leaves);
        self.begin_visit(id, u32::MAX, leaves);
    }

    fn new_session(&mut self, id: SessionId, planned: u32, leaves: Nanos) -> Key {
        let (key, session) = self.sessions.take();
        session.reset(id);
        session.planned = planned;
        session.leaves = leaves;
        self.lay_line(key);
        self.lay_wire(key);
        if leaves < Nanos::NEVER {
            self.agenda.push(leaves, Next::VisitEnds(key));
        }
        key
    }

    fn begin_visit(&mut self, id: SessionId, planned: u32, leaves: Nanos) {
        let key = self.new_session(id, planned, leaves);
        let cause = self.traffic.cause;
        let cause = self.emit(cause, What::SessionStarted { session: id, warm: false, writes: 0 });
        self.sessions[key].cause = cause;
        self.issue_next(key);
    }

    /// A visit that is in progress when the run begins: it is logged in, and its state is where its home keeps it.
    fn resume_visit(&mut self, id: SessionId, planned: u32, leaves: Nanos, course: &Course) {
        let key = self.new_session(id, planned, leaves);
        let what = What::SessionStarted { session: id, warm: true, writes: course.writes };
        let cause = self.emit(Cause::default(), what);
        let session = &mut self.sessions[key];
        session.cause = cause;
        session.logged_in = true;
        session.ordinal = course.done;
        session.epoch = 1;
        session.last_write = course.writes;
        let writes = WriteSet::up_to(course.writes);
        session.acknowledged = writes.clone();
        let place = match self.plan.policy {
            Policy::Hash | Policy::Ring => {
                let usable = self.balancer.usable.clone();
                self.choose_among(&usable, id, 0).unwrap_or(1)
            }
            _ => (self.traffic.warm % u64::from(self.plan.instances.max(1))) as u16 + 1,
        };
        self.traffic.warm += 1;
        self.place_state(key, place, &writes, cause);
        // What it sent last, it sends again: all but a write whose reply it has only just got.
        self.sessions[key].sent_context = match self.plan.home {
            Home::Token => self.plan.token_bytes(self.sessions[key].client_bytes()),
            _ => self.plan.id_bytes,
        };
        if self.plan.cookie {
            self.pin(key, place, cause);
        }
        self.connect_warm(key, place, cause);
        self.agenda.push(course.next_at, Next::ThinkOver(key));
    }

    /// Why traffic cannot be multiplied by `factor` for so long, beside what it is multiplied by already: the limits are
    /// those of a scenario's own bursts.
    pub(super) fn unbearable(&self, factor: f64, span: Nanos) -> Option<String> {
        let now = self.traffic.factor();
        match self.plan.population {
            Population::SessionsPerSecond(rate) => {
                let (before, after) = (rate * now, rate * now * factor);
                let visit_s = self.mean_visit() / 1e9;
                let live = before * visit_s + (after - before) * visit_s.min(span.secs());
                if after > TEN_MILLION {
                    Some(format!("it would bring {after:.0} visits per second; at most {TEN_MILLION}"))
                } else if live > TEN_MILLION {
                    Some(format!("about {live:.0} visits would be in progress at once; at most {TEN_MILLION}"))
                } else {
                    None
                }
            }
            Population::Users(_) => {
                let think_ms = self.plan.think.mean().millis() / (now * factor);
                if think_ms < TICK_MS && self.plan.client_hop.mean().millis() < TICK_MS {
                    Some("users would hardly think, and ask for ever at one instant".into())
                } else if factor < 1.0 && think_ms > DAY_MS {
                    Some("users would think for longer than a day, and so stay away when it is over".into())
                } else {
                    None
                }
            }
        }
    }

    /// Multiplies the rate of arrivals, or divides think times, by `factor` until further notice.
    pub(super) fn burst(&mut self, factor: f64, span: Nanos, cause: Cause) {
        let number = self.traffic.epoch;
        self.change_rate(cause, |traffic| traffic.commanded.push((number, factor)));
        self.agenda.push(self.now.saturating_add(span), Next::BurstEnds(number));
    }

    pub(super) fn burst_ends(&mut self, number: u32) {
        self.change_rate(Cause::default(), |traffic| traffic.commanded.retain(|&(burst, _)| burst != number));
    }

    pub(super) fn scheduled_rate(&mut self, index: u32) {
        let burst = self.plan.bursts[index as usize / 2];
        let at = if index.is_multiple_of(2) { burst.at_s } else { burst.at_s + burst.for_s };
        let factor = Burst::factor_at(&self.plan.bursts, at);
        self.change_rate(Cause::default(), |traffic| traffic.scheduled = factor);
    }

    fn change_rate(&mut self, cause: Cause, change: impl FnOnce(&mut Traffic)) {
        let before = self.rate();
        let passed = self.now.since(self.traffic.as_of).secs() * before;
        self.traffic.remaining = (self.traffic.remaining - passed).max(0.0);
        self.traffic.as_of = self.now;
        change(&mut self.traffic);
        self.traffic.epoch += 1;
        self.traffic.cause = self.emit(cause, What::RateChanged { factor: self.traffic.factor() });
        self.schedule_arrival();
    }
}
