//! Studies: what no single run can tell, measured by many.

mod capacity;

pub use capacity::{Capacity, CapacityStudy};
