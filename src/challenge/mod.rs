//! Challenges: a service in trouble, goals, and designs that are judged by what happens with seeds that nobody sees.
//!
//! ```text
//!   assets/challenges/*.toml ─ read ─▶ Challenge ─ allow ─▶ a Design's scenario ─ judge ─▶ Verdict
//!                                          └─ prove: several designs reach it, the one as it is does not
//! ```

mod design;
mod figures;
mod judge;
mod prove;
mod read;
mod shipped;
mod task;
mod verdict;

pub use design::{Design, May};
pub use judge::JudgeError;
pub use prove::Unproved;
pub use shipped::shipped;
pub use verdict::{GoalVerdict, Verdict};

use crate::lesson::expr::Expr;
use crate::scenario::{Home, Scenario};
use figures::plain;
use std::fmt;

/// A challenge.
#[derive(Clone, PartialEq, Debug)]
pub struct Challenge {
    /// What it is called on the command line; the hidden seeds come from it.
    pub name: String,
    /// What is to be done, in a line.
    pub title: String,
    /// What has happened, or will.
    pub story: String,
    /// The service as it is: what it is made of, and everything that happens to it.
    pub scenario: Scenario,
    /// Where its state lives, as it is.
    pub home: Home,
    /// How it differs from the shipped scenario, as with `--set`.
    pub set: Vec<String>,
    /// What may be changed.
    pub may: Vec<May>,
    /// How many hidden seeds judge a design.
    pub seeds: usize,
    /// The instant of the figures under `early`, in seconds.
    pub since_s: Option<f64>,
    /// All of them must hold, with every hidden seed.
    pub goals: Vec<Goal>,
    /// Designs that reach it.
    pub passes: Vec<Design>,
    /// Designs that one might expect to reach it, and do not.
    pub fails: Vec<Design>,
}

/// One thing that is asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Goal {
    /// What the figure is.
    pub text: String,
    /// How it is computed.
    pub figure: Expr,
    /// What it has to be.
    pub bound: Bound,
    /// Its unit: `%` of a share, `ms`, or nothing.
    pub unit: String,
}

/// What a figure has to be; one that is not defined is never good enough.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    /// Whether a figure is good enough.
    #[must_use]
    pub fn holds(self, figure: Option<f64>) -> bool {
        figure.is_some_and(|figure| match self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
        })
    }

    /// The worse of two figures; not to be defined is worst.
    #[must_use]
    pub fn worse(self, one: Option<f64>, other: Option<f64>) -> Option<f64> {
        match (self, one?, other?) {
            (Self::AtMost(_), one, other) => Some(one.max(other)),
            (Self::AtLeast(_), one, other) => Some(one.min(other)),
        }
    }
}

impl Goal {
    /// What its figure has to be, in words: `at most 0.1 %`.
    #[must_use]
    pub fn asked(&self) -> String {
        match self.bound {
            Bound::AtMost(most) => format!("at most {}", plain(Some(most), &self.unit)),
            Bound::AtLeast(least) => format!("at least {}", plain(Some(least), &self.unit)),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.text, self.asked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_figure_depends_on_what_is_asked_and_none_is_worst() {
        let (most, least) = (Bound::AtMost(2.0), Bound::AtLeast(2.0));
        assert_eq!((most.worse(Some(1.0), Some(3.0)), least.worse(Some(1.0), Some(3.0))), (Some(3.0), Some(1.0)));
        assert_eq!((most.worse(Some(1.0), None), least.worse(None, Some(1.0))), (None, None));
        assert!(most.holds(Some(2.0)) && least.holds(Some(2.0)) && !most.holds(None) && !least.holds(Some(1.9)));
    }
}
