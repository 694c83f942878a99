//! What a study shows while it goes on, and how it is stopped.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};

/// The two ends of a study that reach outside: a flag that stops it, and a bar that shows how far it is.
#[derive(Debug)]
pub struct Watch<'a> {
    stop: &'a AtomicBool,
    bar: ProgressBar,
}

impl<'a> Watch<'a> {
    /// A study of so many steps, each of them one `unit` such as "runs". The bar is drawn on stderr, only if that is a
    /// terminal, and not at all if `quiet`.
    #[must_use]
    pub fn new(stop: &'a AtomicBool, steps: u64, unit: &str, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let template = format!("{{bar:32}} {{pos}} of {{len}} {unit}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { stop, bar: ProgressBar::with_draw_target(Some(steps), target).with_style(style) }
    }

    /// Nobody watches; it can still be stopped.
    #[must_use]
    pub fn unseen(stop: &'a AtomicBool) -> Self {
        Self { stop, bar: ProgressBar::hidden() }
    }

    /// Whether the study is to end now.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// One more step is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }
}

/// The bar leaves no trace.
impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
