//! Studies: what no single run can tell, measured by many.

mod capacity;
mod statistics;
pub mod theory;
pub mod validate;

pub use capacity::{Capacity, CapacityStudy};
pub use statistics::{Estimate, student_t};
