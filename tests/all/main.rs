//! All integration tests in one binary, so that they link once.

#[cfg(unix)]
mod alike;
mod bad_input;
mod blame;
mod bugs;
mod challenges;
mod checker;
mod cli;
mod compare;
mod credentials;
mod determinism;
mod duties;
mod event_log;
mod faults;
mod files;
mod fuzz;
mod homes;
#[cfg(feature = "tui")]
mod keeping;
mod laws;
mod lessons;
#[cfg(feature = "tui")]
mod lessons_taken;
mod naive;
mod oracles;
mod random;
mod readme;
mod refold;
mod reports;
mod runs;
mod saved;
mod shortened;
mod states;
mod sweep;
#[cfg(feature = "tui")]
mod terminal;
mod traffic;
mod width;
#[cfg(unix)]
mod written;
