//! Lessons: a guided experiment as data, and a learner's way through it.
//!
//! ```text
//!   assets/lessons/*.toml ─ read ─▶ Lesson ─▶ Player ◀─ Facts ─ a screen, or a Bench without one
//!                                     │        (what was answered, what is right)
//!        expr, value, words ──────────┘        every right answer is a formula over figures of this run
//! ```

pub mod about;
mod bench;
mod compare;
pub mod expr;
pub mod facts;
mod marks;
mod play;
mod player;
mod progress;
mod read;
mod sheet;
mod shipped;
pub mod step;
pub mod value;
mod watch;
mod words;

pub use bench::Bench;
pub use compare::compared;
pub use facts::Facts;
pub use marks::{GoalMark, Mark, Marks};
pub use play::{Asked, Attempt, PlayError, PlayFault, Played, Task, Told, look_up, next_seed, play};
pub use player::{Answer, Given, Player, Truth};
pub use progress::{CONFIDENCES, Calibration, Left, Outcome, Progress, Record};
pub use sheet::Sheet;
pub use shipped::shipped;
pub use step::Lesson;
pub use watch::Watch;
pub use words::Words;
