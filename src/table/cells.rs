//! How each cell of the table is measured.

use super::{Cell, Measured, Rule};
use crate::scenario::Home;
use crate::study::Capacity;

fn pending(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), word: None, harm: false, inputs: Vec::new() }
}

pub(super) fn scalability(rule: &Rule, column: &Measured<'_>) -> Cell {
    let (done, all) = column.progress;
    if all == 0 {
        return pending("not measured");
    }
    if done < all {
        return pending(format!("measuring {done}/{all}"));
    }
    let shown = |capacity: &Capacity| {
        capacity.requests_per_s.map_or("none at any rate".into(), |rate| format!("{rate:.1} requests/s"))
    };
    let names = ["one instance", "two instances", "four instances"];
    let inputs = names.into_iter().zip(column.capacities.iter().map(shown)).collect();
    let rate = |index: usize| column.capacities.get(index).and_then(|capacity| capacity.requests_per_s);
    let largest = column.capacities.last();
    match (rate(0), largest.and_then(|capacity| capacity.requests_per_s), largest) {
        (Some(one), Some(many), Some(largest)) => {
            let speedup = many / one;
            let word = rule.word(speedup / f64::from(largest.instances));
            let text = format!("×{speedup:.1} with {} instances", largest.instances);
            Cell { text, word: Some(word), harm: false, inputs }
        }
        _ => Cell { text: "none at any rate".into(), word: Some(rule.word(0.0)), harm: true, inputs },
    }
}

pub(super) fn fault_tolerance(rule: &Rule, column: &Measured<'_>) -> Cell {
    let Some(fault) = &column.fault else {
        // This home loses sessions without any fault.
        if column.home == Home::Memory && column.followups > 0.0 {
            let share = column.followups_lost / column.followups;
            return Cell {
                text: format!("{:.0} % lost, no fault", 100.0 * share),
                word: Some(rule.word(1.0 - share)),
                harm: column.followups_lost > 0.0,
                inputs: vec![
                    ("follow-ups that ended", number(column.followups)),
                    ("session unknown", number(column.followups_lost)),
                ],
            };
        }
        return pending("no fault yet");
    };
    if fault.alive == 0.0 {
        return pending("nobody was logged in");
    }
    let kept = (fault.alive - fault.lost - fault.reverted).max(0.0);
    let after = |value: Option<f64>| value.map_or("not yet".into(), |s| format!("after {s:.1} s"));
    Cell {
        text: survivors(kept, fault.alive),
        word: Some(rule.word(kept / fault.alive)),
        harm: kept < fault.alive,
        inputs: vec![
            ("fault", format!("{} at {:.1} s", fault.command, fault.at_s)),
            ("alive just before", number(fault.alive)),
            ("lost", number(fault.lost)),
            ("reverted", number(fault.reverted)),
            ("acknowledged writes lost", number(fault.writes_lost)),
            ("failed requests", number(fault.failed)),
            ("noticed", after(fault.detected_s)),
            ("recovered", after(fault.recovered_s)),
        ],
    }
}

/// A count as it is, and a mean of counts with one decimal.
fn number(n: f64) -> String {
    if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n:.1}") }
}

/// With a noun where it fits into a cell: sessions, because a state with nothing in it yet counts, too.
fn survivors(kept: f64, alive: f64) -> String {
    let text = format!("{} of {} sessions live", number(kept), number(alive));
    if text.chars().count() <= super::CELL_WIDTH { text } else { format!("{} of {} live", number(kept), number(alive)) }
}

pub(super) fn complexity(rule: &Rule, column: &Measured<'_>) -> Cell {
    let per_request = if column.ended == 0.0 {
        "no request yet".into()
    } else {
        format!("{:.2}", column.server_messages / column.ended)
    };
    let kinds = if column.has_store { "balancer, instance, store" } else { "balancer, instance" };
    Cell {
        text: format!("{:.0} of {:.0} parts stateful", column.stateful_parts, column.parts),
        word: Some(rule.word(column.stateful_parts / column.parts)),
        harm: false,
        inputs: vec![
            ("kinds of component", kinds.into()),
            ("instances that keep sessions", number(column.holding_instances)),
            ("messages between servers per request", per_request),
        ],
    }
}

pub(super) fn client_responsibility(rule: &Rule, column: &Measured<'_>) -> Cell {
    if column.attempts == 0.0 {
        return pending("no request yet");
    }
    let per_request = column.redundant_bytes / column.attempts;
    let ratio = column.redundant_ratio.map_or("no byte sent yet".into(), |ratio| format!("{:.1} %", 100.0 * ratio));
    Cell {
        text: format!("resends {per_request:.0} B/request"),
        word: Some(rule.word(per_request)),
        harm: false,
        inputs: vec![
            ("sent before, sent again", format!("{} B", number(column.redundant_bytes))),
            ("attempts", number(column.attempts)),
            ("of all bytes clients sent", ratio),
            ("re-logins", number(column.relogins)),
        ],
    }
}

pub(super) fn good_for(_: &Rule, _: &Measured<'_>) -> Cell {
    pending("needs all 4 workloads")
}
