//! Which commands are faults, read off the events: the same for the figures and for the picture.

use crate::command::{Command, Harm, Target};
use crate::event::{Event, Health, Seq, What};

/// A fold that tells with which event a fault begins.
#[derive(Clone, Copy, Default, Debug)]
pub struct Watch {
    /// The event just before was this command, and is a fault if this one says that an instance goes.
    undecided: Option<(Command, Seq)>,
}

impl Watch {
    /// The fault that begins with this event, if one does, and the number of the command's event. `down` knows what was down
    /// before it.
    pub fn begun_by(&mut self, event: &Event, down: impl FnOnce(Target) -> bool) -> Option<(Command, Seq)> {
        let decided = self.undecided.take().filter(|&(_, seq)| event.cause == seq && !comes(&event.what));
        let What::Commanded { command } = event.what else { return decided };
        match command.harm() {
            Harm::UnlessDown(target) if down(target) => None,
            Harm::Always | Harm::UnlessDown(_) => Some((command, event.seq)),
            Harm::IfOneGoes => {
                self.undecided = Some((command, event.seq));
                None
            }
            Harm::Never => None,
        }
    }
}

/// Whether an instance comes.
const fn comes(what: &What) -> bool {
    matches!(what, What::Instance { health: Health::Starting | Health::Up, .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Home, Scenario};
    use crate::sim::World;
    use crate::units::Nanos;

    /// Which of these commands, each two seconds after the last, are faults.
    fn faults(commands: &[&str]) -> Vec<String> {
        let mut world = World::new(&Scenario::load("classroom").unwrap(), Home::Sticky);
        let (mut fold, mut found, mut dead) = (Watch::default(), Vec::new(), Vec::new());
        let mut hear = |event: &Event| {
            if let Some((command, _)) = fold.begun_by(event, |target| dead.contains(&target)) {
                found.push(command.to_string());
            }
            if let What::Instance { instance, health: Health::Down, .. } = event.what {
                dead.push(Target::Instance(instance));
            }
        };
        for (at, command) in (10u64..).step_by(2).zip(commands) {
            world.run_until(Nanos(at * 1_000_000_000), &mut hear);
            world.command(command.parse().unwrap(), &mut hear).unwrap();
        }
        world.run_until(Nanos(200_000_000_000), &mut hear);
        found
    }

    #[test]
    fn what_mends_is_no_fault() {
        assert_eq!(faults(&["kill 2", "add", "restart 2", "heal"]), ["kill 2"]);
        assert_eq!(faults(&["slow 2 x4", "slow 2 x1", "burst x3 30s"]), ["slow 2 x4"]);
        assert_eq!(faults(&["restart 2"]), ["restart 2"]);
    }

    #[test]
    fn a_scale_is_a_fault_if_an_instance_goes() {
        assert_eq!(faults(&["scale 5", "scale 5"]), [""; 0]);
        assert_eq!(faults(&["scale 5", "scale 2", "scale 2"]), ["scale 2"]);
        assert_eq!(faults(&["hang 3", "scale 2"]), ["hang 3", "scale 2"], "what hangs may go at once");
    }
}
