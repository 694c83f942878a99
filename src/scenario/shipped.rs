//! The scenarios that come with the program.

use crate::shipped::Shipped;

/// Every one, the default first.
#[must_use]
pub const fn shipped() -> &'static [Shipped] {
    crate::shipped::shipped!["scenarios": "classroom", "rest", "chat", "cart", "serverless", "queue", "cluster"]
}
