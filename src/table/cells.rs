//! How each cell of the table is measured.

use super::{Cell, DUTIES, Measured, MeasuredFault, Rule, Word};
use crate::scenario::Home;
use crate::study::{Capacity, Estimate, LEVEL};
use crate::text::NOT_SEEN;

fn pending(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), word: None, harm: false, inputs: Vec::new() }
}

pub(super) fn scalability(rule: &Rule, column: &Measured<'_>) -> Cell {
    let (done, all) = column.progress;
    if done < all || all == 0 {
        let text = if all == 0 { "not measured".into() } else { format!("measuring {done}/{all}") };
        return Cell { inputs: spread(column), ..pending(text) };
    }
    let names = ["one instance", "two instances", "four instances"];
    let of_size = |size: usize| column.capacities.iter().filter_map(|seed| seed.get(size)).collect::<Vec<_>>();
    let mut inputs: Vec<(&str, String)> =
        (0..).zip(names).map(|(size, name)| (name, carries(&of_size(size)))).collect();
    inputs.push(("seeds", column.capacities.len().to_string()));
    // Of the smallest number of instances that is good at no rate.
    let flaw = (0..names.len()).find_map(|size| of_size(size).into_iter().find_map(|capacity| capacity.flaw));
    inputs.extend(flaw.map(|flaw| ("because", flaw.to_string())));
    inputs.extend(spread(column));
    let cell = |text: String, figure: Option<f64>, harm: bool| {
        let word = figure.map(|figure| rule.word(figure));
        Cell { text, word, harm, inputs }
    };
    // Of what a single instance cannot carry there is no multiple.
    let speedup = |seed: &&[Capacity]| Some(seed.last()?.requests_per_s.unwrap_or(0.0) / seed.first()?.requests_per_s?);
    let speedups: Vec<f64> = column.capacities.iter().filter_map(speedup).collect();
    let largest = column.capacities.first().and_then(|seed| seed.last()).map_or(0, |capacity| capacity.instances);
    match Estimate::of(&speedups, LEVEL).filter(|estimate| estimate.n == column.capacities.len()) {
        None => cell("none with 1 instance".into(), None, true),
        Some(estimate) if estimate.mean == 0.0 => cell(format!("none with {largest} instances"), Some(0.0), true),
        Some(estimate) => {
            // Rounded up, it is never printed as none.
            let least = (resolution(&column.capacities) * estimate.mean * 10.0).ceil() / 10.0;
            let half = estimate.half_width().max(least);
            let spread = if estimate.n > 1 { format!(" ±{half:.1}") } else { String::new() };
            let text = format!("×{:.1}{spread} with {largest} instances", estimate.mean);
            cell(text, Some(estimate.mean / f64::from(largest)), false)
        }
    }
}

/// How this run's work spreads over its instances.
fn spread(column: &Measured<'_>) -> Vec<(&'static str, String)> {
    let imbalance = column.imbalance.map(|ratio| ("busiest instance / mean", format!("{ratio:.2}")));
    let absorbed = column.absorbed_s.map(|s| ("a new one carries 80 % of its share", format!("after {s:.1} s")));
    imbalance.into_iter().chain(absorbed).collect()
}

/// How exactly the bisections tell the ratio of the largest number of instances to one, as a share of it.
fn resolution(seeds: &[&[Capacity]]) -> f64 {
    let share = |capacity: &Capacity| Some(capacity.bracket_per_s / capacity.requests_per_s?);
    let of_seed = |seed: &&[Capacity]| Some(share(seed.first()?)? + share(seed.last()?)?);
    seeds.iter().filter_map(of_seed).fold(0.0, f64::max)
}

/// What one number of instances carries: the mean of the seeds under which it carries anything.
fn carries(seeds: &[&Capacity]) -> String {
    let rates: Vec<f64> = seeds.iter().filter_map(|capacity| capacity.requests_per_s).collect();
    let some = if rates.len() < seeds.len() { format!(" with {} of the seeds", rates.len()) } else { String::new() };
    match Estimate::of(&rates, LEVEL) {
        Some(rate) => format!("{:.1} requests/s{some}", rate.mean),
        None => "none at any rate".into(),
    }
}

pub(super) fn fault_tolerance(rule: &Rule, column: &Measured<'_>) -> Cell {
    let fault = column.fault.as_ref();
    // Where nothing ties users to their instance, this home is low without any fault. That nothing does is read off the
    // figures: a cookie, a connection, a policy that goes by the user may each do it.
    let by_fault = fault.map_or(0.0, |fault| fault.lost);
    let share = |lost: f64| lost.max(0.0) / column.followups;
    if column.home == Home::Memory && rule.word(1.0 - share(column.followups_lost - by_fault)) == Word::Low {
        let unknown = 100.0 * share(column.followups_lost);
        let inputs = vec![
            ("follow-ups that ended", number(column.followups)),
            ("session unknown", number(column.followups_lost)),
        ];
        return Cell { text: format!("{unknown:.0} % find no session"), word: Some(Word::Low), harm: true, inputs };
    }
    let Some(fault) = fault else { return pending("no fault yet") };
    if fault.alive == 0.0 {
        return pending("nobody was logged in");
    }
    // Nobody gets back what is lost; so what is low stays so, whatever comes.
    let word = Some(rule.word(fault.share())).filter(|&word| !fault.open || word == Word::Low);
    Cell { text: survivors(fault, word.is_none()), word, harm: fault.intact < fault.alive, inputs: fault_inputs(fault) }
}

fn fault_inputs(fault: &MeasuredFault) -> Vec<(&'static str, String)> {
    let after = |value: Option<f64>| value.map_or("not yet".into(), |s| format!("after {s:.1} s"));
    let noticed = fault.command.watched().then(|| ("noticed", after(fault.detected_s)));
    // Where nothing failed there is nothing to recover from; what is dead may be so still.
    let unseen = fault.recovered_s.is_none() && fault.followed;
    let recovered = if unseen { NOT_SEEN.into() } else { after(fault.recovered_s) };
    let recovered = (fault.failed > 0.0).then_some(("recovered", recovered));
    let mut inputs = vec![
        ("fault", format!("{} at {:.1} s", fault.command, fault.at_s)),
        ("alive just before", number(fault.alive)),
        ("intact of those", number(fault.intact)),
        ("lost", number(fault.lost)),
        ("reverted", number(fault.reverted)),
        ("acknowledged writes lost", number(fault.writes_lost)),
        ("failed requests", number(fault.failed)),
    ];
    inputs.extend(noticed.into_iter().chain(recovered));
    inputs
}

/// A count as it is, and a mean of counts with one decimal.
fn number(n: f64) -> String {
    if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n:.1}") }
}

/// Of which fault, where there was more than one. With a noun where it fits into a cell: sessions, because a state with nothing
/// in it yet counts, too.
fn survivors(fault: &MeasuredFault, so_far: bool) -> String {
    let figures = format!("{} of {}", number(fault.intact), number(fault.alive));
    // Who fell back to an earlier state lives, but has lost something.
    let how = if fault.reverted > 0.0 { "intact" } else { "live" };
    let live = format!("{figures} {how}");
    if so_far {
        let what = if fault.only { live } else { format!("{}: {figures}", fault.command) };
        return that_fits(&[format!("{what} so far")], format!("{figures} so far"));
    }
    if fault.only {
        return that_fits(&[format!("{figures} sessions {how}")], live);
    }
    // All is only what is whole.
    let percent = (1000.0 * fault.share()).floor() / 10.0;
    let forms = [live.clone(), figures, format!("{percent} % {how}"), format!("{percent} %")];
    that_fits(&forms.map(|form| format!("{}: {form}", fault.command)), live)
}

/// The first of these texts that fits into a cell, or else a short one.
fn that_fits(forms: &[String], short: String) -> String {
    forms.iter().find(|form| form.chars().count() <= super::CELL_WIDTH).cloned().unwrap_or(short)
}

pub(super) fn complexity(rule: &Rule, column: &Measured<'_>) -> Cell {
    if column.ended == 0.0 {
        return pending("no request yet");
    }
    let per_request = format!("{:.2}", column.server_messages / column.ended);
    let kinds = if column.has_store { "balancer, instance, store" } else { "balancer, instance" };
    let figures = format!("{:.0} of {:.0}", column.stateful_parts, column.parts);
    let mut inputs = vec![
        ("kinds of component", kinds.into()),
        ("instances that keep sessions", number(column.holding_instances)),
        ("messages between servers per request", per_request),
    ];
    inputs.extend(column.revoked.map(|logins| ("logins that the store's denylist names", number(logins))));
    inputs.push(("knobs set", knobs(&column.knobs)));
    Cell {
        text: that_fits(&[format!("{figures} parts stateful")], format!("{figures} stateful")),
        word: Some(rule.word(column.stateful_parts / column.parts)),
        harm: false,
        inputs,
    }
}

/// How many, and their names as far as a glance reaches.
fn knobs(set: &[String]) -> String {
    const NAMED: usize = 6;
    match set.len() {
        0 => "none".into(),
        n if n > NAMED => format!("{n}: {}, …", set[..NAMED].join(", ")),
        n => format!("{n}: {}", set.join(", ")),
    }
}

/// What a client had to do in a session, on average; nothing is said of what it never had to.
fn duties(column: &Measured<'_>) -> String {
    let of_session = |n: f64| match n / column.sessions {
        few if few < 0.005 => "under 0.01".into(),
        few if few < 1.0 => format!("{few:.2}"),
        many => format!("{many:.1}"),
    };
    let done = DUTIES.iter().zip(column.duties).filter(|(_, n)| *n > 0.0);
    let said: Vec<String> = done.map(|((name, _), n)| format!("{} {name}", of_session(n))).collect();
    if said.is_empty() { "none".into() } else { said.join(", ") }
}

pub(super) fn client_responsibility(rule: &Rule, column: &Measured<'_>) -> Cell {
    if column.issued == 0.0 {
        return pending("no request yet");
    }
    let per_request = column.redundant_bytes / column.issued;
    let ratio = column.redundant_ratio.map_or("no byte sent yet".into(), |ratio| format!("{:.1} %", 100.0 * ratio));
    Cell {
        text: format!("resends {per_request:>3.0} B/request"),
        word: Some(rule.word(per_request)),
        harm: false,
        inputs: vec![
            ("sent before, sent again", format!("{} B", number(column.redundant_bytes))),
            ("requests", number(column.issued)),
            ("of all bytes clients sent", ratio),
            ("held by a client at most", format!("{} B", number(column.client_peak))),
            ("duties a session", duties(column)),
        ],
    }
}

pub(super) fn good_for(_: &Rule, _: &Measured<'_>) -> Cell {
    pending("needs all 4 workloads")
}
