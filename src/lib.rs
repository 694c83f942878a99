//! **statelab**: see the difference between stateless and stateful services.
//!
//! ```text
//!   scenario ─▶ experiment (a sim::World per home of state) ─▶ event ─┬─▶ ledger (figures) ─▶ report
//!   command ──────────────▶                                           └─▶ scene (picture) ──▶ tui
//! ```

mod by_visit;
pub mod challenge;
pub mod command;
pub mod event;
pub mod experiment;
pub mod fault;
mod flat;
pub mod glossary;
pub mod insight;
pub mod kind;
pub mod ledger;
pub mod lesson;
pub mod memory;
pub mod report;
pub mod scenario;
pub mod scene;
pub mod series;
pub mod shipped;
pub mod sim;
pub mod story;
pub mod study;
pub mod table;
pub mod text;
#[cfg(feature = "tui")]
pub mod tui;
pub mod units;
pub mod user;
