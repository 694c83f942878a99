//! All integration tests in one binary, so that they link once.

mod checker;
mod laws;
mod random;
