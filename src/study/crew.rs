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
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::Value;
use std::collections::BTreeMap;

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

/// Does a shard's tasks on so many threads (0: one for each core). What was stopped is missing from the answers.
///
/// # Errors
/// If the system gives no threads.
pub fn carry_out<S: Study>(study: &S, shard: Shard, jobs: usize, watch: &Watch<'_>) -> Result<Answers, String> {
    let pool = pool(jobs)?;
    let tasks: Vec<usize> = shard.share(study.tasks()).collect();
    Ok(pool.install(|| {
        tasks
            .into_par_iter()
            .filter(|_| !watch.stopped())
            .filter_map(|task| study.perform(task, watch).map(|answer| (task, answer)))
            .collect()
    }))
}

/// So many threads (0: one for each core).
pub(super) fn pool(jobs: usize) -> Result<ThreadPool, String> {
    ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build()
        .map_err(|error| format!("threads cannot be started: {error}; try --jobs 1"))
}
