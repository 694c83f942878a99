//! The lessons that come with the program, embedded, in the order in which they build on each other.

use super::step::Lesson;
use crate::scenario::Faults;
use crate::shipped::{Shipped, find_listed};

/// Every one, in order.
#[must_use]
pub const fn shipped() -> &'static [Shipped] {
    crate::shipped::shipped!["lessons": "state",
        "http",
        "balancer",
        "sticky",
        "redispatch",
        "balance",
        "scaling",
        "copies",
        "acknowledged",
        "store",
        "bytes",
        "logout",
        "secret",
        "drain",
        "retries",
        "choosing",]
}

impl Lesson {
    /// Finds a lesson: a word with `/` in it or `.toml` at its end is a file, any other the name of a shipped one.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or all faults in it.
    pub fn load(word: &str) -> Result<Self, Faults> {
        let found = find_listed(word, shipped(), "lesson")?;
        Self::from_toml(&found.name, &found.label, &found.text)
    }
}
