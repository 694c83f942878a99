//! The dashboard.

pub mod stage;
pub mod theme;
