//! Another future of a world, for comparison: the one that was given up, or the one that is known and not lived through yet.

use crate::experiment::Timeline;
use crate::ledger::Ledger;
use crate::scenario::Home;
use crate::series::Series;
use crate::tui::parts::clock;
use crate::units::Nanos;

/// The course of another future, as far as it is known.
#[derive(Clone, Debug)]
pub struct Shadow {
    /// Whose.
    pub home: Home,
    /// What it is, and its figures, in a sentence.
    pub words: String,
    /// How far it is known.
    pub until: Nanos,
    /// Its course.
    pub series: Series,
}

impl Shadow {
    /// Those of these worlds: while the past is shown, what is known of the future; else what was given up last.
    #[must_use]
    pub fn of(timeline: &Timeline, homes: &[Home]) -> Vec<Self> {
        let figures = |ledger: &Ledger, until: Nanos| {
            let sessions = ledger.sessions();
            format!("{} of {} sessions lost by {}", sessions.lost, sessions.created, clock(until))
        };
        if let Some(tip) = timeline.tip() {
            let shadow = |arm: &crate::experiment::Arm| Self {
                home: arm.home,
                words: format!("dim: what comes, {}", figures(&arm.ledger, tip.now())),
                until: tip.now(),
                series: arm.series.clone(),
            };
            return tip.arms().iter().filter(|arm| homes.contains(&arm.home)).map(shadow).collect();
        }
        let Some(ghost) = timeline.ghost() else { return Vec::new() };
        let arms = ghost.arms.iter().filter(|arm| homes.contains(&arm.home));
        let shadow = |arm: &crate::experiment::timeline::GhostArm| Self {
            home: arm.home,
            words: format!("dim: the future given up at {}, {}", clock(ghost.from), figures(&arm.ledger, ghost.until)),
            until: ghost.until,
            series: arm.series.clone(),
        };
        arms.map(shadow).collect()
    }
}
