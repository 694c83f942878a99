//! The challenges that come with the program, embedded.

use super::Challenge;
use crate::scenario::Faults;
use crate::shipped::{Shipped, find_listed};

/// Every one, the easier first.
#[must_use]
pub const fn shipped() -> &'static [Shipped] {
    crate::shipped::shipped!["challenges": "two-at-once", "store-down", "saved", "deploy-day", "big-header", "crowd", "bill", "storm", "stolen-token"]
}

impl Challenge {
    /// Finds a challenge: a word with `/` in it or `.toml` at its end is a file, any other the name of a shipped one.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or all faults in it.
    pub fn load(word: &str) -> Result<Self, Faults> {
        let found = find_listed(word, shipped(), "challenge")?;
        Self::from_toml(&found.name, &found.label, &found.text)
    }
}
