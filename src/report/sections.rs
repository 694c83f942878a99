//! A run report as tables with units: what `text` and `markdown` have in common.

use super::compare::number::fixed;
use crate::ledger::{Duties, Percentiles, RunReport};
use crate::text::NOT_SEEN;
use std::borrow::Cow;

/// One table: the first column names, the others hold figures.
pub(super) struct Section {
    pub(super) title: Cow<'static, str>,
    /// The heads of the columns after the first; none where the figures need no head.
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) shape: Shape,
}

/// How a table is laid out as text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// It may stand beside its neighbour.
    Narrow,
    /// It is broken between any columns where it is too wide.
    Wide,
    /// It is broken between groups of so many columns.
    Groups(&'static [usize]),
    /// Its last column says why: in words, below the figures, if there is anything to say.
    Reasons,
}

/// Heads of columns.
pub(super) fn heads<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// A row: its name, then its cells.
pub(super) fn row(name: impl ToString, cells: impl IntoIterator<Item = String>) -> Vec<String> {
    std::iter::once(name.to_string()).chain(cells).collect()
}

/// What stands under a headline if there is slow motion: else its times would be taken for real ones.
pub(super) fn slowed(factor: f64) -> String {
    if factor == 1.0 {
        String::new()
    } else {
        format!("\nnetwork and service slowed ×{factor}: so are latencies; think times, time-outs and checks are not")
    }
}

impl RunReport {
    /// The first line: which run this is.
    pub(super) fn headline(&self) -> String {
        let Self { scenario, home, seed, duration_s, version, .. } = self;
        let slowed = slowed(self.slow_motion);
        let partial = if self.partial { " · interrupted" } else { "" };
        let duration = exact(*duration_s);
        format!("{scenario} · home {home} · seed {seed} · {duration} s simulated{partial} · statelab {version}{slowed}")
    }

    /// Every table, in the order in which a reader asks.
    pub(super) fn sections(&self) -> Vec<Section> {
        let mut sections = vec![
            self.outcomes(),
            self.session_counts(),
            self.times(),
            self.request_counts(),
            self.wire(),
            self.duty_rows(),
            self.instance_rows(),
        ];
        sections.extend(self.store.as_ref().map(|store| {
            let cells =
                [store.state.to_word(), count(store.operations), count(store.sessions), bytes(store.state_bytes)];
            let heads = heads(["state", "operations", "sessions", "holds"]);
            Section { title: "Store".into(), heads, rows: vec![row("store", cells)], shape: Shape::Wide }
        }));
        if self.logouts.issued + self.replays.issued > 0 {
            sections.push(self.credentials());
        }
        if !self.faults.is_empty() {
            sections.push(self.fault_rows());
        }
        sections.push(self.proof());
        sections
    }

    fn outcomes(&self) -> Section {
        let o = self.requests.outcomes;
        let row = |name: &str, n: u64| vec![name.into(), count(n), share(n, o.total())];
        let rows = vec![
            row("ok", o.ok),
            row("stale", o.stale),
            row("lost", o.lost),
            row("refused", o.refused),
            row("died", o.died),
            row("timeout", o.timeout),
            row("overload", o.overload),
            row("too large", o.too_large),
        ];
        Section { title: "How requests ended".into(), heads: vec![], rows, shape: Shape::Narrow }
    }

    fn session_counts(&self) -> Section {
        let s = self.sessions;
        let row = |name: &str, n: u64| vec![name.into(), count(n), share(n, s.created)];
        let rows = vec![
            vec!["created".into(), count(s.created), String::new()],
            row("completed", s.completed),
            row("lost", s.lost),
            row("abandoned", s.abandoned),
            row("active", s.active),
            vec!["re-logins".into(), count(s.relogins), String::new()],
            vec!["acked writes lost".into(), count(s.acked_writes_lost), String::new()],
        ];
        Section { title: "Sessions".into(), heads: vec![], rows, shape: Shape::Narrow }
    }

    fn credentials(&self) -> Section {
        let (l, r) = (self.logouts, self.replays);
        let row = |name: &str, n: u64, of: u64| vec![name.into(), count(n), share(n, of)];
        let rows = vec![
            vec!["logouts sent".into(), count(l.issued), String::new()],
            row("… served", l.served, l.issued),
            vec!["copied credentials sent".into(), count(r.issued), String::new()],
            row("… accepted", r.accepted, r.issued),
            row("… … with an old state", r.accepted_old, r.issued),
            row("… … after a logout", r.accepted_after_logout, r.issued),
            row("… refused", r.refused, r.issued),
            row("… … after a logout", r.refused_after_logout, r.issued),
            row("… unanswered", r.unanswered, r.issued),
        ];
        Section { title: "Logouts and replays".into(), heads: vec![], rows, shape: Shape::Wide }
    }

    fn times(&self) -> Section {
        let row = |name: &str, p: &Percentiles, undefined: &str| {
            let cell = |ms: Option<f64>| ms.map_or_else(|| undefined.into(), millis);
            let cells = [p.mean, p.p50, p.p90, p.p95, p.p99, p.p999, p.max].map(cell);
            std::iter::once(name.to_owned()).chain(cells).collect()
        };
        // A percentile of the waits is undefined where it falls among failures, if there are any.
        let failed = if self.requests.outcomes.failed() > 0 { "failed" } else { "–" };
        let rows =
            vec![row("latency of answers", &self.latency_ms, "–"), row("wait for success", &self.wait_ms, failed)];
        let heads = heads(["mean", "p50", "p90", "p95", "p99", "p99.9", "max"]);
        Section { title: "Times in ms".into(), heads, rows, shape: Shape::Wide }
    }

    fn request_counts(&self) -> Section {
        let r = self.requests;
        let row = |name: &str, n: u64| vec![name.into(), count(n), String::new()];
        let rows = vec![
            row("issued", r.issued),
            row("ended", r.ended),
            row("in flight", r.in_flight),
            row("attempts", r.attempts),
            row("logins", r.logins),
            row("follow-ups", r.followups),
            vec!["… lost".into(), count(r.followups_lost), share(r.followups_lost, r.followups)],
            vec!["answered per s".into(), fixed(self.throughput_per_s, 2), String::new()],
        ];
        Section { title: "Requests".into(), heads: vec![], rows, shape: Shape::Narrow }
    }

    fn wire(&self) -> Section {
        let (b, m) = (self.bytes, self.messages);
        let again = b
            .redundant_ratio
            .map_or_else(|| "… sent before".into(), |ratio| format!("… sent before ({})", percent(ratio, 1)));
        let row = |name: &str, size: String, messages: String| vec![name.into(), size, messages];
        let rows = vec![
            row("clients, up", bytes(b.up), count(m.client)),
            row("clients, down", bytes(b.down), String::new()),
            row("… context", bytes(b.context), String::new()),
            row(&again, bytes(b.redundant), String::new()),
            row("… peak at a client", bytes(b.client_peak), String::new()),
            row("instances", String::new(), count(m.backend)),
            row("replication", bytes(b.replication), count(m.replication)),
            row("store", bytes(b.store), count(m.store)),
            row("health checks", String::new(), count(m.health)),
        ];
        Section { title: "On the wire".into(), heads: heads(["bytes", "messages"]), rows, shape: Shape::Narrow }
    }

    fn duty_rows(&self) -> Section {
        let Duties { stores, resends, refreshes, retries, reconnects } = self.duties;
        let (all, sessions) = ([stores, resends, refreshes, retries, reconnects], self.sessions.created);
        let a_session =
            |n: u64| if sessions == 0 { "–".into() } else { format!("{:.2}", n as f64 / sessions as f64) };
        let row = |name: &str, cells: [String; 5]| std::iter::once(name.to_owned()).chain(cells).collect();
        let rows = vec![row("in all", all.map(count)), row("a session", all.map(a_session))];
        let heads = heads(["stores", "resends", "refreshes", "retries", "reconnects"]);
        Section { title: "Duties of clients".into(), heads, rows, shape: Shape::Wide }
    }

    fn instance_rows(&self) -> Section {
        let newcomers = self.absorbed_s().is_some();
        let rows = self.instances.iter().map(|instance| {
            let busy = instance.busy_ratio.map_or_else(|| "–".into(), |ratio| percent(ratio, 1));
            let (id, state) = (instance.id.to_string(), instance.state.to_word());
            let holds = bytes(instance.state_bytes);
            let mut row = vec![id, state, count(instance.requests), busy, count(instance.sessions), holds];
            let absorbed = instance.absorbed_s.map_or_else(|| "–".into(), |s| format!("{s:.1} s"));
            row.extend(newcomers.then_some(absorbed));
            row
        });
        let mut heads = heads(["state", "requests", "busy", "sessions", "holds"]);
        heads.extend(newcomers.then(|| "80 % of its share after".into()));
        Section { title: "Instances".into(), heads, rows: rows.collect(), shape: Shape::Wide }
    }

    fn fault_rows(&self) -> Section {
        let span = |s: Option<f64>, never: &str| s.map_or_else(|| never.into(), |s| format!("{s:.1} s"));
        let has_store = self.store.is_some();
        let rows = self.faults.iter().map(|fault| {
            let at = exact((fault.at_s * 1e3).round() / 1e3);
            if fault.command.misses_store(has_store) {
                return vec![format!("{at} s  {}: no store", fault.command)];
            }
            vec![
                format!("{at} s  {}", fault.command),
                count(fault.sessions_alive),
                count(fault.sessions_intact),
                fault.sessions_exposed.map_or_else(|| "–".into(), count),
                count(fault.sessions_touched),
                count(fault.sessions_lost),
                count(fault.sessions_reverted),
                count(fault.sessions_affected),
                count(fault.requests_failed),
                count(fault.acked_writes_lost),
                span(fault.detected_s, if fault.command.watched() { NOT_SEEN } else { "–" }),
                span(fault.recovered_s, NOT_SEEN),
            ]
        });
        let heads = heads([
            "alive",
            "intact",
            "exposed",
            "touched",
            "lost",
            "reverted",
            "affected",
            "failed req.",
            "writes lost",
            "noticed",
            "recovered",
        ]);
        // What became of the sessions; then requests and times.
        Section { title: "Faults".into(), heads, rows: rows.collect(), shape: Shape::Groups(&[7, 4]) }
    }

    fn proof(&self) -> Section {
        let little = if self.little.integral_ns == self.little.sum_ns { "both sides equal" } else { "VIOLATED" };
        let rows = vec![
            vec![
                "Little's law".into(),
                format!("{little}, {} request-seconds", fixed(self.little.sum_ns as f64 / 1e9, 3)),
            ],
            vec!["events".into(), count(self.events.count)],
            vec!["sha256".into(), self.events.sha256.clone()],
        ];
        Section { title: "Proof".into(), heads: vec![], rows, shape: Shape::Wide }
    }
}

impl crate::event::Health {
    /// The word for it in tables.
    fn to_word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// With separators: `12,345`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A part of a whole; nothing where there is no whole.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { percent(part as f64 / whole as f64, 2) }
}

/// A share with so many decimals. What there is, is never printed as nothing, and what is not all, never as all.
fn percent(ratio: f64, decimals: usize) -> String {
    let least = 10f64.powi(-(decimals as i32));
    let percent = 100.0 * ratio;
    match format!("{percent:.decimals$}") {
        _ if percent > 0.0 && percent < least / 2.0 => format!("< {least} %"),
        rounded if percent < 100.0 && rounded.starts_with("100") => format!("> {:.decimals$} %", 100.0 - least),
        rounded => format!("{rounded} %"),
    }
}

/// With as many decimals as it has, and separators: `5,400`, `38.1`.
pub(super) fn exact(value: f64) -> String {
    let decimals = value.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len());
    fixed(value, decimals)
}

/// Four figures that matter.
pub(super) fn millis(ms: f64) -> String {
    match ms {
        ms if ms >= 1000.0 => fixed(ms, 0),
        ms if ms >= 100.0 => fixed(ms, 1),
        ms if ms >= 10.0 => fixed(ms, 2),
        ms => fixed(ms, 3),
    }
}

/// With the decimal unit that leaves one to three digits before the point.
pub(super) fn bytes(n: u64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let exact = n as f64;
    // What rounds to a thousand of a unit is one of the next.
    UNITS
        .iter()
        .find(|(size, _)| exact >= 0.999_95 * size)
        .map_or_else(|| format!("{n} B"), |(size, unit)| format!("{:.1} {unit}", exact / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_units_and_separators() {
        assert_eq!((count(0), count(999), count(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!((bytes(0), bytes(999), bytes(4_500_000)), ("0 B".into(), "999 B".into(), "4.5 MB".into()));
        assert_eq!((bytes(999_949), bytes(999_950)), ("999.9 kB".into(), "1.0 MB".into()));
        assert_eq!((millis(0.2), millis(21.5), millis(6300.4)), ("0.200".into(), "21.50".into(), "6,300".into()));
        assert_eq!((exact(38.1), exact(5400.0)), ("38.1".into(), "5,400".into()));
        assert_eq!((share(1, 8), share(0, 0)), ("12.50 %".into(), String::new()));
        assert_eq!((share(1, 100_000), share(0, 8)), ("< 0.01 %".into(), "0.00 %".into()));
        assert_eq!((share(99_999, 100_000), share(8, 8)), ("> 99.99 %".into(), "100.00 %".into()));
        assert_eq!((percent(0.9997, 1), percent(0.9994, 1)), ("> 99.9 %".into(), "99.9 %".into()));
        assert_eq!((percent(1062.0 / 2_351_204.0, 1), percent(0.625, 1)), ("< 0.1 %".into(), "62.5 %".into()));
    }
}
