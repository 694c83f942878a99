//! What each fault did, counting only effects whose chain of causes reaches it.

use super::figures::FaultFigures;
use crate::command::Command;
use crate::event::{Outcome, Seq};
use crate::units::Nanos;

/// The width of the bins, by instant of issue, from which recovery is read.
const BIN: Nanos = Nanos(1_000_000_000);
/// A window is at least this many bins …
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
    /// Requests by instant of issue, from the command on; those under way before count in the first.
    bins: Vec<Bin>,
}

/// All of them; effects are counted for the newest that hits something, because the next one closes its window. Those that
/// begin at the same instant (a zone that goes) are all the newest.
#[derive(Clone, Default, Debug)]
pub struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    /// How many bytes of memory a clone of it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        let bins = self.list.iter().map(|fault| size_of_val(fault.bins.as_slice()));
        size_of_val(self.list.as_slice()) + bins.sum::<usize>()
    }

    /// A fault began: from here on all effects count for it.
    pub(super) fn begin(
        &mut self,
        at: Nanos,
        seq: Seq,
        command: Command,
        hits: bool,
        alive: u64,
        exposed: Option<u64>,
    ) {
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
        });
    }

    /// When the newest began.
    pub(super) fn newest_at(&self) -> Option<Nanos> {
        self.list.iter().rev().find(|fault| fault.hits).map(|fault| fault.at)
    }

    /// Whether effects with this root still count.
    pub(super) fn is_current(&self, root: Seq) -> bool {
        let hits = self.list.iter().rev().filter(|fault| fault.hits);
        let mut newest = hits.take_while(|fault| Some(fault.at) == self.newest_at());
        newest.any(|fault| root != 0 && fault.seq == root)
    }

    fn newest(&mut self) -> impl Iterator<Item = &mut Fault> {
        let newest_at = self.newest_at();
        self.list.iter_mut().rev().filter(|fault| fault.hits).take_while(move |fault| Some(fault.at) == newest_at)
    }

    fn current(&mut self, root: Seq) -> Option<&mut Fault> {
        self.newest().find(|fault| root != 0 && fault.seq == root)
    }

    pub(super) fn ended(&mut self, at: Nanos, issued: Nanos, outcome: Outcome, root: Seq) {
        for fault in self.newest() {
            let failed = !outcome.useful() && fault.seq == root;
            // Served requests that were under way already say nothing about the time after.
            if issued < fault.at && !failed {
                continue;
            }
            debug_assert!(at >= fault.at);
            let bin = (issued.since(fault.at).0 / BIN.0) as usize;
            if fault.bins.len() <= bin {
                fault.bins.resize(bin + 1, Bin::default());
            }
            fault.bins[bin].requests += 1;
            fault.bins[bin].failed += u32::from(failed);
            fault.requests_failed += u64::from(failed);
        }
    }

    /// A session that was alive at the fault has lost some of its state by it.
    pub(super) fn harmed(&mut self, root: Seq) {
        if let Some(fault) = self.current(root) {
            fault.sessions_intact -= 1;
        }
    }

    pub(super) fn session_lost(&mut self, root: Seq) {
        if let Some(fault) = self.current(root) {
            fault.sessions_lost += 1;
        }
    }

    /// A session of which some acknowledged writes went first, and then perhaps everything.
    pub(super) fn session_reverted(&mut self, root: Seq, reverted: bool) {
        let alone = self.newest().count() == 1;
        if let Some(fault) = self.current(root) {
            if reverted {
                fault.sessions_reverted += 1;
            } else if alone {
                // Of several at one instant another may have reverted it, and then it stays so.
                fault.sessions_reverted -= 1;
            }
        }
    }

    pub(super) fn affected(&mut self, root: Seq) {
        if let Some(fault) = self.current(root) {
            fault.sessions_affected += 1;
        }
    }

    pub(super) fn touched(&mut self, root: Seq) {
        if let Some(fault) = self.current(root) {
            fault.sessions_touched += 1;
        }
    }

    pub(super) fn writes_lost(&mut self, root: Seq, writes: u32) {
        if let Some(fault) = self.current(root) {
            fault.writes_lost += u64::from(writes);
        }
    }

    /// The balancer noticed what this command did; that another fault followed meanwhile changes nothing.
    pub(super) fn detected(&mut self, at: Nanos, root: Seq) {
        if let Some(fault) = self.list.iter_mut().find(|fault| root != 0 && fault.seq == root) {
            fault.detected.get_or_insert(at);
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

/// The first instant after which every window has at most 1 % failures; zero if nothing failed, `None` if it never came, or if
/// there is too little after it to tell.
fn recovered(fault: &Fault) -> Option<f64> {
    if fault.requests_failed == 0 {
        return Some(0.0);
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
    // A window that the end cuts short shows less than it should: where few ask, a pause between two failures is no recovery
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
            faults.ended(
                Nanos::from_secs(30.0 + at + 1.0),
                Nanos::from_secs(30.0 + at),
                outcome,
                u64::from(failed) * 5,
            );
        }
        faults.figures().remove(0)
    }

    #[test]
    fn what_was_issued_before_neither_dilutes_nor_hides_failures() {
        let mut faults = Faults::default();
        faults.begin(Nanos(1000), 5, Command::Kill(Target::Instance(2)), true, 12, Some(4));
        for _ in 0..500 {
            faults.ended(Nanos(2000), Nanos(999), Outcome::Ok, 0);
        }
        faults.ended(Nanos(2000), Nanos(1000), Outcome::Died, 5);
        assert_eq!(faults.figures()[0].recovered_s, None);
        // A command comes before whatever else happens at its instant: these are issued after it.
        for _ in 0..99 {
            faults.ended(Nanos(2000), Nanos(1000), Outcome::Ok, 0);
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
            faults.session_reverted(5, true);
            faults.session_reverted(5, false);
            faults.figures()[0].sessions_reverted
        };
        assert_eq!((reverted(&[5]), reverted(&[5, 6])), (0, 1));
    }
}
