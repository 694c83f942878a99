//! The newest fault, and what came of it so far.

use crate::command::Command;
use crate::event::Seq;
use crate::units::Nanos;

/// A fault and its consequences: only those whose chain of causes reaches it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fault {
    /// When.
    pub at: Nanos,
    /// What was commanded.
    pub command: Command,
    /// Sessions that lost their whole state.
    pub lost: u32,
    /// … among them those with nothing in it yet: they miss nothing, and have to log in again all the same.
    pub empty: u32,
    /// Sessions that lost their newest writes only.
    pub reverted: u32,
    /// Requests that ended badly.
    pub failed: u32,
    /// When the balancer first learnt of it.
    pub noticed: Option<Nanos>,
    /// When the last instance was replaced, if it is a deployment that has come so far.
    pub over: Option<Nanos>,
    /// The command's event.
    pub(super) seq: Seq,
}

impl Fault {
    /// One that begins.
    pub(super) const fn new(command: Command, seq: Seq, at: Nanos) -> Self {
        Self { at, command, lost: 0, empty: 0, reverted: 0, failed: 0, noticed: None, over: None, seq }
    }
}
