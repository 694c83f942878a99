//! Worlds on their way to a place in the run.

use super::{Arm, Point};
use crate::command::Command;
use crate::units::Nanos;

/// Worlds, each with the number of commands that it has carried out, and where they are going.
#[derive(Debug)]
pub(super) struct Journey {
    pub arms: Vec<(Arm, usize)>,
    pub target: Point,
}

impl Journey {
    /// How far the last of them is.
    pub fn now(&self) -> Nanos {
        self.arms.iter().map(|(arm, _)| arm.world.now()).min().unwrap_or(self.target.at)
    }

    pub fn arrived(&self) -> bool {
        self.arms.iter().all(|(arm, done)| arm.world.now() >= self.target.at && *done >= self.target.done)
    }

    /// The last of them goes on by at most `span`, and no further than its next command.
    pub fn advance(&mut self, span: Nanos, plan: &[(Nanos, Command)], mut note: impl FnMut(&Arm, Point)) {
        let target = self.target;
        let behind = self.arms.iter_mut().filter(|(arm, done)| arm.world.now() < target.at || *done < target.done);
        let Some((arm, done)) = behind.min_by_key(|(arm, _)| arm.world.now()) else { return };
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
        note(arm, Point { at: arm.world.now(), done: *done });
    }
}
