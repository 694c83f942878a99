//! A scenario: what a run is made of, as data.
//!
//! ```text
//!   assets/scenarios/*.toml or a file of one's own ──▶ Scenario (units in the names, as written) ──▶ sim::Plan (nanoseconds)
//! ```

mod types;

pub use types::*;
