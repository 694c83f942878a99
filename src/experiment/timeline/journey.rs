//! Worlds on their way to a place in the run.

use super::{Arm, Point};
use crate::command::Command;
use crate::units::Nanos;
use rayon::prelude::*;

/// Worlds, each with the number of commands that it has carried out, and where they are going.
#[derive(Debug)]
pub(super) struct Journey {
    pub arms: Vec<(Arm, usize)>,
    pub target: Point,
    /// Whether the last step was worth the trouble of waking other threads.
    busy: bool,
}

/// A step of so many events takes about half a millisecond; to wake another thread, a tenth of that.
const MUCH: u64 = 2_000;

impl Journey {
    pub const fn new(arms: Vec<(Arm, usize)>, target: Point) -> Self {
        Self { arms, target, busy: false }
    }

    /// How far the last of them is.
    pub fn now(&self) -> Nanos {
        self.arms.iter().map(|(arm, _)| arm.world.now()).min().unwrap_or(self.target.at)
    }

    pub fn arrived(&self) -> bool {
        self.arms.iter().all(|(arm, done)| arm.world.now() >= self.target.at && *done >= self.target.done)
    }

    /// Each that is not there goes on by at most `span`, and no further than its next command. If that is much, on all cores:
    /// worlds know nothing of each other.
    pub fn advance(&mut self, span: Nanos, plan: &[(Nanos, Command)], mut note: impl FnMut(&Arm, Point)) {
        let target = self.target;
        let step = |(arm, done): &mut (Arm, usize)| step(arm, done, span, target, plan);
        let told: Vec<u64> = if self.arms.len() > 1 && self.busy {
            self.arms.par_iter_mut().with_max_len(1).map(step).collect()
        } else {
            self.arms.iter_mut().map(step).collect()
        };
        self.busy = told.iter().sum::<u64>() > MUCH;
        for ((arm, done), _) in self.arms.iter().zip(told).filter(|(_, told)| *told > 0) {
            note(arm, Point { at: arm.world.now(), done: *done });
        }
    }
}

/// One world goes on; how many events it told of.
fn step(arm: &mut Arm, done: &mut usize, span: Nanos, target: Point, plan: &[(Nanos, Command)]) -> u64 {
    if arm.world.now() >= target.at && *done >= target.done {
        return 0;
    }
    let before = arm.events();
    let next = plan.get(*done).filter(|_| *done < target.done);
    let stop = next.map_or(target.at, |&(at, _)| at);
    arm.run_until(arm.world.now().saturating_add(span).min(stop));
    if let Some(&(at, command)) = next
        && at <= arm.world.now()
    {
        // What another world alone could do is refused here, as it was then.
        let _refusal = arm.command(command);
        *done += 1;
    }
    arm.events() - before
}
