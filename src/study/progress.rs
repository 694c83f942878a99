//! What a study shows while it goes on, and how it is stopped.

use crate::ledger::laws::Broken;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The ends of a study that reach outside: a flag that stops it, a bar that shows how far it is, and whether it is to be
/// believed.
#[derive(Debug)]
pub struct Watch<'a> {
    stop: &'a AtomicBool,
    bar: ProgressBar,
    broken: OnceLock<Broken>,
}

impl<'a> Watch<'a> {
    /// A study of so many steps, each of them one `unit` such as "runs". The bar is drawn on stderr, only if that is a
    /// terminal, and not at all if `quiet`.
    #[must_use]
    pub fn new(stop: &'a AtomicBool, steps: u64, unit: &str, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let template = format!("{{bar:32}} {{pos}} of {{len}} {unit}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(steps), target).with_style(style);
        Self { stop, bar, broken: OnceLock::new() }
    }

    /// Nobody watches; it can still be stopped.
    #[must_use]
    pub fn unseen(stop: &'a AtomicBool) -> Self {
        Self { stop, bar: ProgressBar::hidden(), broken: OnceLock::new() }
    }

    /// Whether the study is to end now.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.broken.get().is_some()
    }

    /// A run broke a law of the model: the study ends, and nothing of it can be believed.
    pub fn reject(&self, broken: Broken) {
        // One is enough.
        let _ = self.broken.set(broken);
    }

    /// The law that a run broke.
    #[must_use]
    pub fn broken(&self) -> Option<Broken> {
        self.broken.get().copied()
    }

    /// One more step is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// So many steps are done.
    pub fn reach(&self, steps: u64) {
        self.bar.set_position(steps);
    }
}

/// The bar leaves no trace.
impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
