//! Studies: what no single run can tell, measured by many.
//!
//! ```text
//!   Study (compare, …) ─▶ crew: its tasks on all cores ─▶ answers ─┬─▶ report
//!                           ▲ Watch: stop, progress                └─▶ shard: part files ─▶ join ─▶ the same report
//! ```

mod capacity;
pub mod compare;
mod crew;
mod guarded;
mod progress;
mod shard;
mod statistics;
pub mod sweep;
pub mod theory;
mod ties;
pub mod usl;
pub mod validate;
mod warm;

pub use capacity::{Capacity, CapacityStudy, Flaw};
pub(crate) use crew::share_out;
pub use crew::{Answers, Study, StudyError, carry_out};
pub use progress::Watch;
pub use shard::{Joined, Part, Shard, join};
pub use statistics::{Estimate, LEVEL, student_t};
pub use warm::{AfterWarmUp, Waits, warm_up};
