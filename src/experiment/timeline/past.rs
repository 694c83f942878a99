//! Checkpoints: clones of worlds along a run, within a budget of bytes.
//!
//! ```text
//!   c───────────────c───────c───c─c─c▶ now       far away few are left, close by many
//! ```

use super::{Arm, Point};
use crate::event::Seq;
use crate::scenario::Home;
use crate::units::Nanos;

/// Checkpoints hold no more than about this, in bytes.
pub const BUDGET: usize = 64 << 20;
/// No checkpoint before a world has told so many events more: to live through them again takes some 10 ms.
const EVENTS: u64 = 20_000;
/// And none before as many as take ten times as long as a clone of it: about one for so many bytes.
const BYTES_PER_EVENT: u64 = 40;

#[derive(Debug)]
struct Checkpoint {
    point: Point,
    seq: Seq,
    bytes: usize,
    arm: Arm,
}

/// All checkpoints, in order of place; a list for each world.
#[derive(Debug)]
pub(super) struct Past {
    tracks: Vec<(Home, Vec<Checkpoint>)>,
    budget: usize,
}

impl Past {
    pub const fn new(budget: usize) -> Self {
        Self { tracks: Vec::new(), budget }
    }

    pub fn set_budget(&mut self, bytes: usize, near: [Nanos; 2]) {
        self.budget = bytes;
        self.thin_out(near);
    }

    fn track(&self, home: Home) -> &[Checkpoint] {
        self.tracks.iter().find(|(known, _)| *known == home).map_or(&[], |(_, track)| track)
    }

    /// How many there are, and about how many bytes they hold.
    pub fn size(&self) -> (usize, usize) {
        let all = self.tracks.iter().flat_map(|(_, track)| track);
        all.fold((0, 0), |(count, bytes), checkpoint| (count + 1, bytes + checkpoint.bytes))
    }

    /// The last one of a world at or before a place.
    pub fn nearest(&self, home: Home, point: Point) -> Option<(Point, &Arm)> {
        let track = self.track(home);
        let last = track[..track.partition_point(|checkpoint| checkpoint.point <= point)].last()?;
        Some((last.point, &last.arm))
    }

    /// Those of a world, in order.
    pub fn of(&self, home: Home) -> impl DoubleEndedIterator<Item = (Point, &Arm)> {
        self.track(home).iter().map(|checkpoint| (checkpoint.point, &checkpoint.arm))
    }

    /// Takes a checkpoint of a world at a place, if it is far enough from the last one before.
    pub fn note(&mut self, arm: &Arm, point: Point, near: [Nanos; 2]) {
        let seq = arm.events();
        let track = self.track(arm.home);
        let at = track.partition_point(|checkpoint| checkpoint.point <= point);
        let last = at.checked_sub(1).map(|last| (track[last].seq, track[last].bytes));
        let (before, bytes) = last.unwrap_or((0, 0));
        if seq.saturating_sub(before) < EVENTS.max(bytes as u64 / BYTES_PER_EVENT) {
            return;
        }
        // Behind it, there may be one already that it makes needless.
        if track.get(at).is_some_and(|next| next.seq - seq < EVENTS / 2) {
            return;
        }
        let bytes = arm.bytes();
        if bytes > self.budget {
            return;
        }
        let checkpoint = Checkpoint { point, seq, bytes, arm: arm.clone() };
        match self.tracks.iter_mut().find(|(home, _)| *home == arm.home) {
            Some((_, track)) => track.insert(at, checkpoint),
            None => self.tracks.push((arm.home, vec![checkpoint])),
        }
        self.thin_out(near);
    }

    /// What comes after a place will not be so.
    pub fn forget_after(&mut self, point: Point) {
        for (_, track) in &mut self.tracks {
            track.retain(|checkpoint| checkpoint.point <= point);
        }
    }

    /// Only these worlds have a past.
    pub fn retain(&mut self, homes: &[Home]) {
        self.tracks.retain(|(home, _)| homes.contains(home));
    }

    /// Gives up checkpoints until they fit: first those whose neighbours are near, compared with how far they are away from
    /// the two instants that matter most, the present and the newest.
    fn thin_out(&mut self, near: [Nanos; 2]) {
        while self.size().1 > self.budget {
            let mut worst: Option<(f64, usize, usize)> = None;
            for (which, (_, track)) in self.tracks.iter().enumerate() {
                for (at, checkpoint) in track.iter().enumerate() {
                    let before = at.checked_sub(1).map_or(Nanos::ZERO, |before| track[before].point.at);
                    let after = track.get(at + 1).map_or(checkpoint.point.at.max(near[1]), |next| next.point.at);
                    let away = near.map(|at| Nanos(checkpoint.point.at.0.abs_diff(at.0)).secs());
                    let gap = after.since(before).secs() / (1.0 + away[0].min(away[1]));
                    if worst.is_none_or(|(least, ..)| gap < least) {
                        worst = Some((gap, which, at));
                    }
                }
            }
            let Some((_, which, at)) = worst else { return };
            self.tracks[which].1.remove(at);
        }
    }
}
