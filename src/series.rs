//! How a run went over time: a fold of events to a bounded number of bins, for charts.
//!
//! ```text
//!   events ─▶ │bin│bin│bin│ …          each a share of the run: requests that ended, how long they took, bytes
//!             0   w   2w  3w           when there are too many bins, each two become one and w doubles
//! ```

use crate::command::Command;
use crate::event::{Event, Outcome, RequestKind, Sink, What};
use crate::units::Nanos;
use std::sync::Arc;

/// The width of a bin at the beginning of a run.
const FIRST_WIDTH: Nanos = Nanos(250_000_000);
/// With so many bins, each two become one.
const MOST_BINS: usize = 512;
/// Durations are counted in classes, so many an octave: each an eighth of it wide: the middle of a class is off by at
/// most 1/16 = 6.25 %.
const PER_OCTAVE: usize = 8;
/// From 2^13 ns (8 µs) to 2^43 ns (2.4 hours); what is beyond counts in the outermost class.
const OCTAVES: usize = 30;
const LOWEST_OCTAVE: u32 = 13;
const CLASSES: usize = PER_OCTAVE * OCTAVES;

/// What happened in one stretch of time.
#[derive(Clone, PartialEq, Debug)]
pub struct Bin {
    /// Users' requests that ended `ok` or `stale`.
    pub useful: u32,
    /// Requests that ended otherwise.
    pub failed: u32,
    /// The latency of the slowest useful request.
    longest: Nanos,
    /// Bytes between clients and balancer, both ways.
    pub client_bytes: u64,
    /// Bytes between instances, and between instances and the store.
    pub inside_bytes: u64,
    /// How many useful requests took how long; shared by all clones until it changes.
    classes: Arc<[u32; CLASSES]>,
}

impl Default for Bin {
    fn default() -> Self {
        Self {
            useful: 0,
            failed: 0,
            longest: Nanos::ZERO,
            client_bytes: 0,
            inside_bytes: 0,
            classes: Arc::new([0; CLASSES]),
        }
    }
}

impl Bin {
    /// The latency that a share `p` of the useful requests did not exceed, if there were any.
    #[must_use]
    pub fn latency(&self, p: f64) -> Option<Nanos> {
        let wanted = (f64::from(self.useful) * p).ceil().max(1.0) as u64;
        let mut seen = 0;
        self.classes
            .iter()
            .position(|&count| {
                seen += u64::from(count);
                seen >= wanted
            })
            .filter(|_| self.useful > 0)
            // A class holds a span of latencies; of the longest it is known which it was.
            .map(|class| if wanted >= u64::from(self.useful) { self.longest } else { middle(class).min(self.longest) })
    }

    /// Adds another stretch to this one.
    pub fn absorb(&mut self, other: &Self) {
        self.useful += other.useful;
        self.failed += other.failed;
        self.longest = self.longest.max(other.longest);
        self.client_bytes += other.client_bytes;
        self.inside_bytes += other.inside_bytes;
        for (mine, theirs) in Arc::make_mut(&mut self.classes).iter_mut().zip(other.classes.iter()) {
            *mine += theirs;
        }
    }
}

/// The class of a duration: its octave, and the eighth of it that its next three bits name.
fn class(span: Nanos) -> usize {
    let octave = span.0.max(1).ilog2();
    if octave < LOWEST_OCTAVE {
        return 0;
    }
    let eighth = (span.0 >> (octave - 3)) as usize & 7;
    ((octave - LOWEST_OCTAVE) as usize * PER_OCTAVE + eighth).min(CLASSES - 1)
}

/// The middle of a class.
fn middle(class: usize) -> Nanos {
    let octave = LOWEST_OCTAVE as usize + class / PER_OCTAVE;
    let sixteenths = 16 + 2 * (class % PER_OCTAVE) as u64 + 1;
    Nanos((sixteenths << octave) >> 4)
}

/// The bins of a run so far, and the commands in it.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    width: Nanos,
    bins: Vec<Bin>,
    marks: Vec<(Nanos, Command)>,
}

impl Default for Series {
    fn default() -> Self {
        Self { width: FIRST_WIDTH, bins: Vec::new(), marks: Vec::new() }
    }
}

impl Series {
    /// How much time a bin covers.
    #[must_use]
    pub const fn width(&self) -> Nanos {
        self.width
    }

    /// From the beginning of the run on, one beside the other; the last is still being filled.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// What was done to the service, and when.
    #[must_use]
    pub fn marks(&self) -> &[(Nanos, Command)] {
        &self.marks
    }

    /// About how many bytes a clone of it holds that it does not share with others.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let classes = self.bins.iter().map(|bin| size_of_val(&*bin.classes) / Arc::strong_count(&bin.classes));
        size_of_val(self.bins.as_slice()) + size_of_val(self.marks.as_slice()) + classes.sum::<usize>()
    }

    fn bin(&mut self, at: Nanos) -> &mut Bin {
        // Events come in order of time: until the next bin begins, they belong to the last one.
        if at.0 < self.width.0 * self.bins.len() as u64 {
            let last = self.bins.len() - 1;
            return &mut self.bins[last];
        }
        while (at.0 / self.width.0) as usize >= MOST_BINS {
            self.width = Nanos(self.width.0 * 2);
            self.bins = self
                .bins
                .chunks(2)
                .map(|two| {
                    let mut bin = two[0].clone();
                    if let [_, second] = two {
                        bin.absorb(second);
                    }
                    bin
                })
                .collect();
        }
        let index = (at.0 / self.width.0) as usize;
        while self.bins.len() <= index {
            self.bins.push(Bin::default());
        }
        &mut self.bins[index]
    }
}

impl Sink for Series {
    fn take(&mut self, event: &Event) {
        match event.what {
            // Nobody's request: no user waits for it.
            What::Ended { purpose: RequestKind::Replay, .. } => {}
            What::Ended { outcome, issued, .. } => {
                let bin = self.bin(event.at);
                if matches!(outcome, Outcome::Ok | Outcome::Stale) {
                    let took = event.at.since(issued);
                    bin.useful += 1;
                    bin.longest = bin.longest.max(took);
                    Arc::make_mut(&mut bin.classes)[class(took)] += 1;
                } else {
                    bin.failed += 1;
                }
            }
            What::Sent { up_bytes, .. } => self.bin(event.at).client_bytes += u64::from(up_bytes),
            What::Returned { down_bytes, .. } => self.bin(event.at).client_bytes += u64::from(down_bytes),
            What::Asked { bytes, .. } | What::Answered { bytes, .. } | What::Copying { bytes, .. } => {
                self.bin(event.at).inside_bytes += u64::from(bytes);
            }
            What::Commanded { command } => self.marks.push((event.at, command)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Wait;

    fn ended(at: Nanos, took: Nanos, outcome: Outcome) -> Event {
        let issued = at.since(took);
        let what = What::Ended {
            request: 1,
            session: 1,
            outcome,
            purpose: RequestKind::Followup,
            write: 0,
            issued,
            wait: Wait::Served,
            since: issued,
        };
        Event { at, seq: 1, cause: 0, root: 0, what }
    }

    #[test]
    fn percentiles_are_within_the_stated_error() {
        let mut series = Series::default();
        for millis in 1..=1000 {
            series.take(&ended(Nanos::from_secs(10.0), Nanos::from_millis(f64::from(millis)), Outcome::Ok));
        }
        let bin = series.bins().last().unwrap();
        for p in [0.01, 0.5, 0.9, 0.99, 1.0] {
            let exact = p * 1000.0;
            let measured = bin.latency(p).unwrap().millis();
            assert!((measured / exact - 1.0).abs() <= 1.0 / 16.0, "p{p}: {measured} for {exact}");
        }
        assert_eq!(bin.latency(1.0), Some(Nanos::from_millis(1000.0)), "the slowest is known");
        assert_eq!(Bin::default().latency(0.5), None);
    }

    #[test]
    fn every_class_is_within_the_stated_error() {
        for span in (1 << LOWEST_OCTAVE..1 << 20).step_by(7).chain([1 << 30, (1 << 40) + 1, (1 << 42) - 1]) {
            let off = middle(class(Nanos(span))).0 as f64 / span as f64 - 1.0;
            assert!(off.abs() <= 1.0 / 16.0, "{span}: {off}");
        }
    }

    #[test]
    fn what_a_thief_sends_is_nobodys_request() {
        let mut series = Series::default();
        let mut replay = ended(Nanos::from_secs(1.0), Nanos::from_millis(5.0), Outcome::Lost);
        if let What::Ended { purpose, .. } = &mut replay.what {
            *purpose = RequestKind::Replay;
        }
        series.take(&replay);
        assert!(series.bins().iter().all(|bin| bin.useful + bin.failed == 0));
    }

    #[test]
    fn a_long_run_keeps_its_sums_in_few_bins() {
        let mut series = Series::default();
        for second in 0..3600 {
            let outcome = if second % 3 == 0 { Outcome::Lost } else { Outcome::Ok };
            series.take(&ended(Nanos::from_secs(f64::from(second)), Nanos::from_millis(5.0), outcome));
        }
        assert!(series.bins().len() <= MOST_BINS && series.bins().len() > MOST_BINS / 4);
        assert_eq!(series.bins().iter().map(|bin| bin.useful).sum::<u32>(), 2400);
        assert_eq!(series.bins().iter().map(|bin| bin.failed).sum::<u32>(), 1200);
        assert_eq!(
            series.width().0 * series.bins().len() as u64 / 1_000_000_000,
            3600 / (series.width().0 / 1_000_000_000) * (series.width().0 / 1_000_000_000)
        );
    }
}
