//! All integration tests in one binary, so that they link once.

mod checker;
mod determinism;
mod laws;
mod random;
mod refold;
mod shortened;
