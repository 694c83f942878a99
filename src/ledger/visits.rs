//! What the ledger has to remember of a visit that goes on.

use crate::command::{Command, Target};
use crate::event::{InstanceId, Place};
use crate::scenario::Home;
use crate::units::Nanos;

/// A request that takes longer is felt: the user's flow of thought breaks (Nielsen, "Usability Engineering", 1993).
pub const FELT: Nanos = Nanos(1_000_000_000);

/// One visit.
#[derive(Clone, Copy, Default, Debug)]
pub struct Visit {
    /// The instance that its cookie or its connection leads to; 0: none.
    pin: InstanceId,
    /// The instance that was given its newest copy; 0: none was.
    kept_at: InstanceId,
    pub lost: bool,
    pub logged_in: bool,
    line: Line,
    /// Whether a fault counts it as something.
    pub counted: bool,
    /// How many windows of faults had begun when it logged in.
    pub windows: u32,
}

const _: () = assert!(size_of::<Visit>() == 12);

/// The connection of a visit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Line {
    /// It never had one.
    #[default]
    None,
    Up,
    Gone,
}

impl Visit {
    /// It is logged in from here on, after so many windows of faults.
    pub const fn log_in(&mut self, windows: u32) {
        (self.logged_in, self.windows) = (true, windows);
    }

    /// One that begins; `warm`: it was in progress when the run began.
    pub fn begun(warm: bool) -> Self {
        Self { logged_in: warm, ..Self::default() }
    }

    /// Its cookie asks for this instance from here on.
    pub const fn pinned(&mut self, to: InstanceId) {
        self.pin = to;
    }

    /// It has a connection to this instance; whether in place of one that is gone.
    pub const fn connected(&mut self, to: InstanceId) -> bool {
        self.pin = to;
        matches!(std::mem::replace(&mut self.line, Line::Up), Line::Gone)
    }

    /// Its connection to this instance is gone; 0: it had none, and a try to connect failed.
    pub const fn disconnected(&mut self, from: InstanceId) {
        self.pin = 0;
        if from != 0 {
            self.line = Line::Gone;
        }
    }

    /// A copy of its state is there now.
    pub const fn stored(&mut self, place: Place) {
        if let Place::Instance(id) = place {
            self.kept_at = id;
        }
    }

    /// Its client was told to log in again, and drops its cookie; a connection stays.
    pub const fn forgotten(&mut self) {
        if !matches!(self.line, Line::Up) {
            self.pin = 0;
        }
    }

    /// The instance that it depends on in this home: without a cookie, the one that alone has its state.
    const fn depends_on(&self, home: Home) -> InstanceId {
        if self.pin == 0 && matches!(home, Home::Memory | Home::Sticky) { self.kept_at } else { self.pin }
    }

    /// Whether a command hits what it depends on; `None` if the command hits no particular part.
    pub const fn exposed_to(&self, command: Command, home: Home, store: bool) -> Option<bool> {
        match command.target() {
            Some(Target::Store) => Some(store),
            Some(Target::Instance(id)) => Some(self.depends_on(home) == id),
            None if matches!(command, Command::Deploy) => Some(self.depends_on(home) != 0),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_to_log_in_again_keeps_the_connection_but_no_cookie() {
        let depends = |change: fn(&mut Visit)| {
            let mut visit = Visit::begun(true);
            change(&mut visit);
            visit.forgotten();
            visit.exposed_to(Command::Kill(Target::Instance(2)), Home::Token, false)
        };
        let by_cookie = depends(|visit| visit.pinned(2));
        let by_connection = depends(|visit| _ = visit.connected(2));
        assert_eq!((by_cookie, by_connection), (Some(false), Some(true)));
    }
}
