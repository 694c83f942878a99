//! How each cell of the table is measured.

use super::{Cell, Column, Rule};
use crate::event::Health;
use crate::scenario::Home;
use crate::study::Capacity;

fn pending(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), word: None, harm: false, inputs: Vec::new() }
}

pub(super) fn scalability(rule: &Rule, column: &Column<'_>) -> Cell {
    let (done, all) = column.progress;
    if done < all || all == 0 {
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

pub(super) fn fault_tolerance(rule: &Rule, column: &Column<'_>) -> Cell {
    let requests = &column.figures.requests;
    let Some(fault) = column.figures.faults.last() else {
        // This home loses sessions without any fault.
        if column.home == Home::Memory && requests.followups > 0 {
            let share = requests.followups_lost as f64 / requests.followups as f64;
            return Cell {
                text: format!("{:.0} % lost, no fault", 100.0 * share),
                word: Some(rule.word(1.0 - share)),
                harm: requests.followups_lost > 0,
                inputs: vec![
                    ("follow-ups that ended", requests.followups.to_string()),
                    ("session unknown", requests.followups_lost.to_string()),
                ],
            };
        }
        return pending("no fault yet");
    };
    if fault.sessions_alive == 0 {
        return pending("nobody was logged in");
    }
    let kept = fault.sessions_alive.saturating_sub(fault.sessions_lost + fault.sessions_reverted);
    let share = kept as f64 / fault.sessions_alive as f64;
    let optional = |value: Option<f64>, never: &str| value.map_or(never.into(), |s| format!("{s:.1} s"));
    Cell {
        text: survivors(kept, fault.sessions_alive),
        word: Some(rule.word(share)),
        harm: kept < fault.sessions_alive,
        inputs: vec![
            ("fault", format!("{} at {:.1} s", fault.command, fault.at_s)),
            ("alive just before", fault.sessions_alive.to_string()),
            ("lost", fault.sessions_lost.to_string()),
            ("reverted", fault.sessions_reverted.to_string()),
            ("acknowledged writes lost", fault.acked_writes_lost.to_string()),
            ("failed requests", fault.requests_failed.to_string()),
            ("noticed after", optional(fault.detected_s, "not yet")),
            ("recovered after", optional(fault.recovered_s, "not yet")),
        ],
    }
}

/// With a noun where it fits into a cell: sessions, because a state with nothing in it yet counts, too.
fn survivors(kept: u64, alive: u64) -> String {
    let text = format!("{kept} of {alive} sessions live");
    if text.chars().count() <= super::CELL_WIDTH { text } else { format!("{kept} of {alive} live") }
}

pub(super) fn complexity(rule: &Rule, column: &Column<'_>) -> Cell {
    let figures = column.figures;
    let instances = figures.instances.iter().filter(|instance| instance.state != Health::Removed);
    let store = figures.store.as_ref();
    let parts = 1 + instances.clone().count() + usize::from(store.is_some());
    let holding = instances.clone().filter(|instance| instance.sessions > 0).count();
    let stateful = holding + usize::from(store.is_some_and(|store| store.sessions > 0));
    let between = figures.messages.replication + figures.messages.store;
    let ended = figures.requests.ended;
    let per_request =
        if ended == 0 { "no request yet".into() } else { format!("{:.2}", between as f64 / ended as f64) };
    let kinds = if store.is_some() { "balancer, instance, store" } else { "balancer, instance" };
    Cell {
        text: format!("{stateful} of {parts} parts stateful"),
        word: Some(rule.word(stateful as f64 / parts as f64)),
        harm: false,
        inputs: vec![
            ("kinds of component", kinds.into()),
            ("instances that hold sessions", holding.to_string()),
            ("messages between servers per request", per_request),
        ],
    }
}

pub(super) fn client_responsibility(rule: &Rule, column: &Column<'_>) -> Cell {
    let figures = column.figures;
    if figures.requests.attempts == 0 {
        return pending("no request yet");
    }
    let per_request = figures.bytes.redundant as f64 / figures.requests.attempts as f64;
    let ratio =
        figures.bytes.redundant_ratio.map_or("no byte sent yet".into(), |ratio| format!("{:.1} %", 100.0 * ratio));
    Cell {
        text: format!("resends {per_request:.0} B/request"),
        word: Some(rule.word(per_request)),
        harm: false,
        inputs: vec![
            ("sent before, sent again", format!("{} B", figures.bytes.redundant)),
            ("attempts", figures.requests.attempts.to_string()),
            ("of all bytes clients sent", ratio),
            ("re-logins", figures.sessions.relogins.to_string()),
        ],
    }
}

pub(super) fn good_for(_: &Rule, _: &Column<'_>) -> Cell {
    pending("needs all 4 workloads")
}
