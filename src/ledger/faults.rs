//! What each fault did, counting only effects whose chain of causes reaches it, however late they come.
//!
//! ```text
//!   kill 2        partition 1               time ─▶
//!   ├─ window ────┼─ window ──────────────▶           in which requests are issued: for how long too many fail
//!   └─ effects ────────────────────────────▶          sessions and requests with this cause
//!                 └─ effects ──────────────▶
//! ```

use super::figures::FaultFigures;
use super::visits::Visit;
use crate::by_visit::{self, ByVisit};
use crate::command::Command;
use crate::event::{Outcome, Seq, SessionId};
use crate::units::Nanos;

/// The width of the bins, by instant of issue, from which recovery is read.
const BIN: Nanos = Nanos(1_000_000_000);
/// A stretch is long enough to be judged if it has at least this many bins …
const WINDOW_BINS: usize = 10;
/// … and this many requests.
const WINDOW_REQUESTS: u64 = 100;

#[derive(Clone, Copy, Default, Debug)]
struct Bin {
    requests: u32,
    failed: u32,
}

/// One command and its effects.
#[derive(Clone, Debug)]
struct Fault {
    at: Nanos,
    seq: Seq,
    command: Command,
    /// Whether there is what it is for: a blow at a store that is not there closes no window.
    hits: bool,
    sessions_alive: u64,
    sessions_intact: u64,
    sessions_exposed: Option<u64>,
    sessions_touched: u64,
    sessions_lost: u64,
    sessions_reverted: u64,
    sessions_affected: u64,
    requests_failed: u64,
    writes_lost: u64,
    detected: Option<Nanos>,
    /// Requests by instant of issue, from the command to the next one; those under way before count in the first.
    bins: Vec<Bin>,
    /// Whether one failed by it that was issued after the next fault.
    fails_later: bool,
}

impl Fault {
    /// A request that was issued in its window, or before it and failed by it.
    fn count(&mut self, issued: Nanos, failed: bool) {
        let bin = (issued.since(self.at).0 / BIN.0) as usize;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, Bin::default());
        }
        self.bins[bin].requests += 1;
        self.bins[bin].failed += u32::from(failed);
    }
}

/// What a fault counts a visit as already: bits, because there are many visits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Counted(u8);

impl Counted {
    /// It had a failed request, or lost its state.
    const AFFECTED: Self = Self(1);
    /// It had a failed or slow request.
    const TOUCHED: Self = Self(2);
    /// It lost its state.
    const LOST: Self = Self(4);
    /// It lost some of its writes, but not all of its state.
    const REVERTED: Self = Self(8);
    /// It was logged in when the fault began, and has lost some of that state.
    const HARMED: Self = Self(16);

    /// Counts it as that, too; whether it was not yet.
    const fn add(&mut self, more: Self) -> bool {
        let new = self.0 & more.0 == 0;
        self.0 |= more.0;
        new
    }

    /// Counts it as that no more; whether it was.
    const fn take(&mut self, less: Self) -> bool {
        let was = self.0 & less.0 != 0;
        self.0 &= !less.0;
        was
    }
}

/// From the faults of one instant (a zone that goes) to the next ones: what one of them did to a visit is not counted for
/// another, too.
#[derive(Clone, Debug)]
struct Window {
    at: Nanos,
    /// Where its faults begin in the list.
    first: usize,
    counted: ByVisit<Counted>,
}

/// All of them.
#[derive(Clone, Default, Debug)]
pub struct Faults {
    list: Vec<Fault>,
    windows: Vec<Window>,
}

impl Faults {
    /// How many bytes of memory a clone of it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        let bins = self.list.iter().map(|fault| size_of_val(fault.bins.as_slice()));
        let counted = self.windows.iter().map(|window| by_visit::bytes(&window.counted));
        size_of_val(self.list.as_slice()) + size_of_val(self.windows.as_slice()) + bins.chain(counted).sum::<usize>()
    }

    /// A fault began, while so many were logged in.
    pub(super) fn begin(
        &mut self,
        at: Nanos,
        seq: Seq,
        command: Command,
        hits: bool,
        alive: u64,
        exposed: Option<u64>,
    ) {
        if hits && self.windows.last().is_none_or(|window| window.at != at) {
            self.windows.push(Window { at, first: self.list.len(), counted: ByVisit::default() });
        }
        self.list.push(Fault {
            at,
            seq,
            command,
            hits,
            sessions_alive: alive,
            sessions_intact: alive,
            sessions_exposed: exposed,
            sessions_touched: 0,
            sessions_lost: 0,
            sessions_reverted: 0,
            sessions_affected: 0,
            requests_failed: 0,
            writes_lost: 0,
            detected: None,
            bins: Vec::new(),
            fails_later: false,
        });
    }

    /// In how many windows it has come to.
    pub(super) fn windows(&self) -> u32 {
        self.windows.len() as u32
    }

    /// The place in the list of the fault that is the root of an effect.
    fn place(&self, root: Seq) -> Option<usize> {
        if root == 0 {
            return None;
        }
        self.list.binary_search_by_key(&root, |fault| fault.seq).ok().filter(|&place| self.list[place].hits)
    }

    /// Whether a fault is the root of an effect.
    pub(super) fn caused(&self, root: Seq) -> bool {
        self.place(root).is_some()
    }

    /// The window in which something was issued.
    fn window_of(&self, issued: Nanos) -> Option<usize> {
        self.windows.iter().rposition(|window| window.at <= issued)
    }

    /// The faults of a window.
    fn within(&mut self, window: usize) -> &mut [Fault] {
        let end = self.windows.get(window + 1).map_or(self.list.len(), |next| next.first);
        &mut self.list[self.windows[window].first..end]
    }

    pub(super) fn ended(&mut self, issued: Nanos, outcome: Outcome, root: Seq) {
        let failed_by = if outcome.useful() { None } else { self.place(root) };
        let window = self.window_of(issued);
        if let Some(window) = window {
            let hit = self.within(window).iter_mut().filter(|fault| fault.hits);
            hit.for_each(|fault| fault.count(issued, failed_by.is_some() && fault.seq == root));
        }
        if let Some(place) = failed_by {
            let fault = &mut self.list[place];
            fault.requests_failed += 1;
            if issued < fault.at {
                fault.count(issued, true);
            } else if window.is_some_and(|window| self.windows[window].at > fault.at) {
                fault.fails_later = true;
            }
        }
    }

    /// What the fault with this root has done to a visit; none if it is no fault's.
    pub(super) fn effect(&mut self, root: Seq, session: SessionId) -> Option<Effect<'_>> {
        let place = self.place(root)?;
        let number = self.windows.partition_point(|window| window.at < self.list[place].at);
        let alone = self.within(number).iter().filter(|fault| fault.hits).count() == 1;
        let counted = self.windows[number].counted.entry(session).or_default();
        Some(Effect { fault: &mut self.list[place], counted, window: number as u32, alone })
    }

    /// A visit is over: it need not be remembered.
    pub(super) fn forget(&mut self, session: SessionId) {
        for window in &mut self.windows {
            window.counted.remove(&session);
        }
    }

    pub(super) fn writes_lost(&mut self, root: Seq, writes: u32) {
        if let Some(place) = self.place(root) {
            self.list[place].writes_lost += u64::from(writes);
        }
    }

    /// The balancer noticed what this command did.
    pub(super) fn detected(&mut self, at: Nanos, root: Seq) {
        if let Some(place) = self.place(root) {
            self.list[place].detected.get_or_insert(at);
        }
    }

    pub(super) fn figures(&self) -> Vec<FaultFigures> {
        let figures = |fault: &Fault| FaultFigures {
            at_s: fault.at.secs(),
            command: fault.command,
            sessions_alive: fault.sessions_alive,
            sessions_intact: fault.sessions_intact,
            sessions_exposed: fault.sessions_exposed,
            sessions_touched: fault.sessions_touched,
            sessions_lost: fault.sessions_lost,
            sessions_reverted: fault.sessions_reverted,
            sessions_affected: fault.sessions_affected,
            requests_failed: fault.requests_failed,
            acked_writes_lost: fault.writes_lost,
            detected_s: fault.detected.map(|at| (at - fault.at).secs()),
            recovered_s: recovered(fault),
        };
        self.list.iter().map(figures).collect()
    }
}

/// What a fault does to one visit.
pub(super) struct Effect<'a> {
    fault: &'a mut Fault,
    counted: &'a mut Counted,
    window: u32,
    /// Whether no other fault began at that instant.
    alone: bool,
}

impl Effect<'_> {
    /// A request of its failed, or took long.
    pub(super) fn touches(&mut self) {
        self.fault.sessions_touched += u64::from(self.counted.add(Counted::TOUCHED));
    }

    /// A request of its failed, or its state is gone.
    pub(super) fn affects(&mut self) {
        self.fault.sessions_affected += u64::from(self.counted.add(Counted::AFFECTED));
    }

    /// Some of its writes are gone, or its whole state. The visit is as it was before.
    pub(super) fn takes(&mut self, visit: &Visit, whole: bool) {
        let found = visit.logged_in && visit.windows <= self.window;
        if found && self.counted.add(Counted::HARMED) {
            self.fault.sessions_intact -= 1;
        }
        if !whole {
            self.fault.sessions_reverted += u64::from(visit.logged_in && self.counted.add(Counted::REVERTED));
            return;
        }
        // Of several at one instant another may have reverted it, and then it stays so.
        if self.counted.take(Counted::REVERTED) && self.alone {
            self.fault.sessions_reverted -= 1;
        }
        self.fault.sessions_lost += u64::from(visit.logged_in && self.counted.add(Counted::LOST));
        self.affects();
    }
}

/// The first instant after which every stretch of its window has at most 1 % failures; zero if nothing failed, `None` if it never
/// came, or if there is too little after it to tell.
fn recovered(fault: &Fault) -> Option<f64> {
    if fault.requests_failed == 0 {
        return Some(0.0);
    }
    if fault.fails_later {
        return None;
    }
    let bins = &fault.bins;
    let bad = |start: usize| {
        let (mut requests, mut failed) = (0u64, 0u64);
        for (width, bin) in bins[start..].iter().enumerate() {
            requests += u64::from(bin.requests);
            failed += u64::from(bin.failed);
            if width + 1 >= WINDOW_BINS && requests >= WINDOW_REQUESTS {
                break;
            }
        }
        failed * 100 > requests
    };
    let Some(last_bad) = (0..bins.len()).rev().find(|&start| bad(start)) else {
        return Some(0.0);
    };
    let (troubled, calm) = bins.split_at(last_bad + 1);
    // A stretch that the end cuts short shows less than it should: where few ask, a pause between two failures is no recovery
    // unless it lasts as long as the trouble did.
    let whole = calm.iter().map(|bin| u64::from(bin.requests)).sum::<u64>() >= WINDOW_REQUESTS;
    let told = calm.len() >= WINDOW_BINS && (whole || calm.len() >= troubled.len());
    told.then(|| troubled.len() as f64 * BIN.secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Target;

    fn after(failures: &[(f64, bool)]) -> FaultFigures {
        let mut faults = Faults::default();
        faults.begin(Nanos::from_secs(30.0), 5, Command::Kill(Target::Instance(2)), true, 12, Some(4));
        for &(at, failed) in failures {
            let outcome = if failed { Outcome::Refused } else { Outcome::Ok };
            faults.ended(Nanos::from_secs(30.0 + at), outcome, u64::from(failed) * 5);
        }
        faults.figures().remove(0)
    }

    #[test]
    fn what_was_issued_before_neither_dilutes_nor_hides_failures() {
        let mut faults = Faults::default();
        faults.begin(Nanos(1000), 5, Command::Kill(Target::Instance(2)), true, 12, Some(4));
        for _ in 0..500 {
            faults.ended(Nanos(999), Outcome::Ok, 0);
        }
        faults.ended(Nanos(1000), Outcome::Died, 5);
        assert_eq!(faults.figures()[0].recovered_s, None);
        // A command comes before whatever else happens at its instant: these are issued after it.
        for _ in 0..99 {
            faults.ended(Nanos(1000), Outcome::Ok, 0);
        }
        assert_eq!(faults.figures()[0].recovered_s, Some(0.0));
    }

    #[test]
    fn a_window_is_ten_seconds_and_a_hundred_requests() {
        let recovered = |per_s: u32, seconds: u32, failed: u32| {
            let requests = (0..per_s * seconds).map(|nth| (f64::from(nth) / f64::from(per_s), nth < failed));
            after(&requests.collect::<Vec<_>>()).recovered_s
        };
        // Of a thousand in ten seconds ten may fail, though all do in the first; what comes later does not make up for more.
        assert_eq!((recovered(100, 11, 10), recovered(100, 11, 11)), (Some(0.0), Some(1.0)));
        // At five a second it takes twenty seconds to have a hundred, of which one may fail.
        assert_eq!((recovered(5, 20, 1), recovered(5, 20, 2)), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn recovery_is_the_end_of_the_last_bad_window() {
        let served = (0..40).map(|second| (f64::from(second), false));
        let failed = [(2.5, true), (5.5, true)];
        assert_eq!(after(&served.clone().chain(failed).collect::<Vec<_>>()).recovered_s, Some(6.0));
        assert_eq!(after(&served.collect::<Vec<_>>()).recovered_s, Some(0.0));
        assert_eq!(after(&[(0.0, false), (1.0, true)]).recovered_s, None);
    }

    #[test]
    fn a_pause_between_failures_is_no_recovery() {
        // One request a second; after the last failure there are never a hundred.
        let recovered = |failures: &[f64], end: u32| {
            let all = (0..end).map(|second| (f64::from(second), failures.contains(&f64::from(second))));
            after(&all.collect::<Vec<_>>()).recovered_s
        };
        assert_eq!((recovered(&[2.0, 5.0], 15), recovered(&[2.0, 5.0], 16)), (None, Some(6.0)), "ten seconds");
        let again = [2.0, 5.0, 30.0];
        assert_eq!((recovered(&again, 31), recovered(&again, 61), recovered(&again, 62)), (None, None, Some(31.0)));
        // With a hundred after it, the one in between is no more than 1 %.
        assert_eq!(recovered(&again, 131), Some(6.0));
    }

    #[test]
    fn a_fault_is_noticed_after_the_next_one_too() {
        let mut faults = Faults::default();
        for (at, seq) in [(30.0, 5), (30.1, 9)] {
            faults.begin(Nanos::from_secs(at), seq, Command::Kill(Target::Instance(2)), true, 12, Some(4));
        }
        for (at, root) in [(35.0, 5), (36.0, 5), (37.0, 0)] {
            faults.detected(Nanos::from_secs(at), root);
        }
        assert_eq!(faults.figures().iter().map(|fault| fault.detected_s).collect::<Vec<_>>(), [Some(5.0), None]);
    }

    /// Whoever loses everything has not lost some of it, unless another fault of the same instant may have done that.
    #[test]
    fn what_is_lost_is_reverted_no_more() {
        let reverted = |roots: &[Seq]| {
            let mut faults = Faults::default();
            for &root in roots {
                faults.begin(Nanos(1000), root, Command::Kill(Target::Instance(2)), true, 12, Some(4));
            }
            let visit = Visit::begun(true);
            [false, true].into_iter().for_each(|whole| faults.effect(5, 7).unwrap().takes(&visit, whole));
            faults.figures()[0].sessions_reverted
        };
        assert_eq!((reverted(&[5]), reverted(&[5, 6])), (0, 1));
    }

    /// What a fault does after the next one began is its own, though there is no telling when it was over.
    #[test]
    fn the_next_fault_ends_a_window_and_no_effect() {
        let mut faults = Faults::default();
        let kill = |faults: &mut Faults, at, seq| {
            faults.begin(Nanos::from_secs(at), seq, Command::Kill(Target::Instance(2)), true, 12, Some(4));
        };
        kill(&mut faults, 30.0, 5);
        faults.ended(Nanos::from_secs(29.0), Outcome::Died, 5);
        (0..200).for_each(|_| faults.ended(Nanos::from_secs(31.0), Outcome::Ok, 0));
        (2..20).for_each(|second| faults.ended(Nanos::from_secs(30.0 + f64::from(second)), Outcome::Ok, 0));
        kill(&mut faults, 50.0, 9);
        let (was_there, mut came_between) = (Visit::begun(true), Visit::begun(false));
        came_between.log_in(1);
        let figures = |faults: &Faults| {
            let each = |it: &FaultFigures| (it.sessions_intact, it.sessions_lost, it.requests_failed, it.recovered_s);
            faults.figures().iter().map(each).collect::<Vec<_>>()
        };
        assert_eq!(figures(&faults), [(12, 0, 1, Some(0.0)), (12, 0, 0, Some(0.0))]);
        // Seen after the second fault: what the first took from one who was there, and from one who came between the two.
        faults.effect(5, 1).unwrap().takes(&was_there, true);
        faults.effect(5, 2).unwrap().takes(&came_between, true);
        faults.effect(5, 2).unwrap().takes(&came_between, true);
        assert_eq!(figures(&faults), [(11, 2, 1, Some(0.0)), (12, 0, 0, Some(0.0))]);
        // Issued before the second, and answered after it.
        faults.ended(Nanos::from_secs(35.0), Outcome::Timeout, 5);
        assert_eq!(figures(&faults)[0], (11, 2, 2, Some(6.0)));
        faults.ended(Nanos::from_secs(50.0), Outcome::Timeout, 5);
        assert_eq!(figures(&faults), [(11, 2, 3, None), (12, 0, 0, Some(0.0))]);
        faults.forget(2);
        assert_eq!(faults.windows[0].counted.len(), 1);
    }
}
