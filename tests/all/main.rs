//! All integration tests in one binary: one link step.

#[cfg(feature = "tui")]
mod terminal;
