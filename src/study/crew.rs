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
use rayon::ThreadPoolBuilder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

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

    /// How many steps of progress a task makes.
    fn steps(&self, task: usize) -> u64;

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

/// Does a shard's tasks on so many threads (0: one for each core). What was stopped is missing from the answers.
///
/// # Errors
/// If the system gives no threads.
pub fn carry_out<S: Study>(study: &S, shard: Shard, jobs: usize, watch: &Watch<'_>) -> Result<Answers, String> {
    let tasks: Vec<usize> = shard.share(study.tasks()).collect();
    share_out(&tasks, jobs, |&task| {
        let answer = if watch.stopped() { None } else { study.perform(task, watch) };
        answer.map(|answer| (task, answer))
    })
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
    let pool = ThreadPoolBuilder::new()
        .num_threads(jobs)
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
