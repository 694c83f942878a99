//! How much memory a clone of a world takes: a count of what its vectors hold, not a measurement.

use super::Arm;

impl Arm {
    /// About how many bytes a clone of it takes that it does not share with others.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.world.bytes()
            + self.ledger.memory_bytes()
            + self.scene.bytes()
            + self.journal.bytes()
            + self.series.bytes()
    }
}
