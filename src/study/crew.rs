//! Tasks of a study, done by all cores.
//!
//! ```text
//!   Study: task 0 1 2 3 4 5 …   ──shard 2 of 3──▶ 1 4 7 …   ──threads──▶ answers, by task   ──▶ Study's report
//! ```
//!
//! A task depends on nothing but its number. So the answers are the same for any number of threads, and for any
//! division into shards.

use super::progress::Watch;
use super::shard::Shard;
use crate::ledger::laws::Broken;
use rayon::ThreadPoolBuilder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

/// What is known of each task that is done, by its number. It is JSON, so that a part file can hold it.
pub type Answers = BTreeMap<usize, Value>;

/// A study as a list of tasks.
pub trait Study: Sync {
    /// The schema of its part files, such as `statelab.compare-part/1`.
    const PART: &'static str;

    /// All that is needed, with the answers, to write the report: the head of a part file.
    fn outline(&self) -> Value;

    /// Differs whenever the answers could: parts of different studies are told apart by it.
    fn fingerprint(&self) -> String;

    /// How many tasks there are.
    fn tasks(&self) -> usize;

    /// What a step of progress is, in the plural.
    fn unit(&self) -> &'static str {
        "runs"
    }

    /// How many steps of progress a task makes.
    fn steps(&self, task: usize) -> u64;

    /// Whether so many answers say anything that a report could be about.
    fn tells(&self, answers: &Answers) -> bool {
        !answers.is_empty()
    }

    /// Does one task; `None` if it was stopped.
    fn perform(&self, task: usize, watch: &Watch<'_>) -> Option<Value>;

    /// All steps of a shard's tasks.
    fn all_steps(&self, shard: Shard) -> u64 {
        shard.share(self.tasks()).map(|task| self.steps(task)).sum()
    }
}

/// A hash of all that the answers of a study depend on: of the program's version, too.
pub(super) fn fingerprint(outline: &impl Debug, scenarios: &impl Debug) -> String {
    let text = format!("{} {outline:?} {scenarios:?}", env!("CARGO_PKG_VERSION"));
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The seed of a run: the first of the paired ones, the next and so on, so that `statelab run --seed` shows any of them again.
pub(super) const fn nth_seed(first: u64, run: u32) -> u64 {
    first.wrapping_add(run as u64)
}

/// Does a shard's tasks on so many threads (0: one for each core). What was stopped is missing from the answers.
///
/// # Errors
/// If the system gives no threads, or a run breaks a law of the model.
pub fn carry_out<S: Study>(study: &S, shard: Shard, jobs: usize, watch: &Watch<'_>) -> Result<Answers, StudyError> {
    let tasks: Vec<usize> = shard.share(study.tasks()).collect();
    let answers = share_out(&tasks, jobs, |&task| {
        let answer = if watch.stopped() { None } else { study.perform(task, watch) };
        answer.map(|answer| (task, answer))
    });
    match watch.broken() {
        Some(broken) => Err(StudyError::Law(broken)),
        None => answers.map_err(StudyError::Threads),
    }
}

/// Why a study has no answers.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StudyError {
    /// It could not begin.
    #[error("{0}")]
    Threads(String),
    /// The simulation contradicts itself: no figure of it can be believed.
    #[error("{0}; this is a fault of statelab, please report it")]
    Law(#[from] Broken),
}

/// Does each piece of work on so many threads (0: one for each core), and collects what comes of it in no certain order.
///
/// # Errors
/// If the system gives no threads.
pub(crate) fn share_out<W: Sync, A: Send, C: FromIterator<A>>(
    work: &[W],
    jobs: usize,
    perform: impl Fn(&W) -> Option<A> + Sync,
) -> Result<C, String> {
    // More would find nothing to do: but a piece of work may itself be shared out among the cores.
    let most = available_parallelism().map_or(1, NonZero::get).max(work.len());
    let pool = ThreadPoolBuilder::new()
        .num_threads(jobs.min(most))
        .build()
        .map_err(|error| format!("threads cannot be started: {error}; try --jobs 1"))?;
    let next = AtomicUsize::new(0);
    // In order, so that whoever interrupts a study has its first tasks, and not a few from everywhere.
    let done = pool.broadcast(|_| {
        let mut done = Vec::new();
        while let Some(work) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.extend(perform(work));
        }
        done
    });
    Ok(done.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Nanos;
    use serde_json::json;
    use std::sync::atomic::AtomicBool;

    /// Four tasks, one of which goes wrong.
    struct Broken4;

    impl Study for Broken4 {
        const PART: &'static str = "test";

        fn outline(&self) -> Value {
            json!({})
        }

        fn fingerprint(&self) -> String {
            String::new()
        }

        fn tasks(&self) -> usize {
            4
        }

        fn steps(&self, _: usize) -> u64 {
            1
        }

        fn perform(&self, task: usize, watch: &Watch<'_>) -> Option<Value> {
            if task == 2 {
                watch.reject(Broken { law: "a law", seq: 7, at: Nanos(1) });
                return None;
            }
            Some(json!(task))
        }
    }

    #[test]
    fn no_thread_is_started_that_would_find_nothing_to_do() {
        let threads: Vec<usize> = share_out(&[1, 2], 1000, |_| Some(rayon::current_num_threads())).unwrap();
        let cores = available_parallelism().map_or(1, NonZero::get);
        assert_eq!(threads, [cores.max(2); 2]);
    }

    #[test]
    fn a_study_whose_run_breaks_a_law_has_no_answers() {
        let stop = AtomicBool::new(false);
        let watch = Watch::unseen(&stop);
        let error = carry_out(&Broken4, Shard::WHOLE, 1, &watch).unwrap_err();
        assert!(error.to_string().contains("event 7 at 0.000 s breaks a law of the model: a law"), "{error}");
        assert!(watch.stopped(), "the others need not go on");
    }
}
