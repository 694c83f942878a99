//! What several keys must fulfil together, and which commands can be carried out at all.

use super::fault::plain;
use super::fields::{DAY_MS, TEN_MILLION, TICK_MS};
use super::types::{
    Affinity, Burst, Dist, Home, MOST_INSTANCES, Population, ScaleMode, Scenario, TimedCommand, Transport,
};
use crate::command::{Command, Target};

/// A rule that a scenario breaks.
pub(super) struct Breach {
    /// What it is about.
    pub(super) about: About,
    /// The keys that were weighed; if one of them was refused already, this is no news.
    pub(super) weighed: &'static [&'static str],
    pub(super) message: String,
    pub(super) hint: String,
}

/// What a breach points at.
pub(super) enum About {
    /// The first of `weighed` that is written.
    Keys,
    /// A command, by its place in the list.
    Command(usize),
}

/// Every rule that the scenario breaks.
pub(super) fn breaches(scenario: &Scenario) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut demand = |holds: bool, weighed: &'static [&'static str], message: String, hint: &str| {
        if !holds {
            breaches.push(Breach { about: About::Keys, weighed, message, hint: hint.into() });
        }
    };
    let (work, scale) = (&scenario.workload, &scenario.autoscaler);
    let endless = work.requests_per_session == Dist::Endless;
    let fixed = matches!(work.population, Population::Users(_));

    demand(
        !endless || fixed,
        &["workload.sessions_per_s", "workload.requests_per_session"],
        "visits without end need a fixed number of users, or there are ever more of them".into(),
        "set `users` instead of `sessions_per_s`, or give `requests_per_session` a number",
    );
    let (think_ms, hop_ms) = (work.think_ms.mean(), scenario.network.client_ms.mean());
    demand(
        !fixed || think_ms >= TICK_MS || hop_ms >= TICK_MS,
        &["network.client_ms", "workload.users", "workload.think_ms"],
        format!(
            "users who neither think nor wait for the network, not even {TICK_MS} ms, would ask for ever at one instant"
        ),
        "set `think_ms` above 0",
    );
    demand(
        scenario.client.backoff_ms <= scenario.client.backoff_cap_ms,
        &["client.backoff_cap_ms", "client.backoff_ms"],
        "`backoff_ms` is above `backoff_cap_ms`".into(),
        "raise the cap",
    );
    demand(
        work.transport == Transport::Request || scenario.client.backoff_ms >= 1.0,
        &["client.backoff_ms", "workload.transport"],
        "users without a connection try again until they have one: without a back-off of 1 ms or more, for ever at one instant".into(),
        "set `backoff_ms` to 1 or more",
    );
    demand(
        scale.min <= scale.max,
        &["autoscaler.max", "autoscaler.min"],
        format!("the autoscaler's `min` {} is above its `max` {}", scale.min, scale.max),
        "swap them",
    );
    demand(
        scale.mode != ScaleMode::Utilisation || scale.min >= 1,
        &["autoscaler.mode", "autoscaler.min"],
        "an autoscaler by utilisation cannot start from 0 instances, because none would be utilised".into(),
        "set `min` to 1",
    );
    let function = scale.mode == ScaleMode::PerRequest;
    demand(
        !function || work.transport == Transport::Request,
        &["workload.transport", "autoscaler.mode"],
        "a function that starts for each request has no connections".into(),
        "set `transport` to \"request\", or the autoscaler's `mode` to another than \"per-request\"",
    );
    demand(
        !function || scenario.balancer.affinity != Affinity::Cookie,
        &["balancer.affinity", "autoscaler.mode"],
        "a cookie leads nobody back to a function that starts for each request".into(),
        "set `affinity` to \"auto\", or the autoscaler's `mode` to another than \"per-request\"",
    );
    breaches.extend(crowds(scenario));
    breaches.extend(impossible(scenario));
    breaches
}

/// What there would be too much of, or too little, where traffic is multiplied the most.
fn crowds(scenario: &Scenario) -> Vec<Breach> {
    let work = &scenario.workload;
    let commanded = || {
        scenario.commands.iter().enumerate().filter_map(|(i, timed)| match timed.command {
            Command::Burst { factor, span } => Some((i, Burst { at_s: timed.at_s, factor, for_s: span.secs() })),
            _ => None,
        })
    };
    let bursts: Vec<Burst> = work.bursts.iter().copied().chain(commanded().map(|(_, burst)| burst)).collect();
    let [low, high] = factors(&bursts);
    let mut breaches = Vec::new();
    let mut demand = |holds: bool, at_s: f64, weighed: &'static [&'static str], message: String, hint: &str| {
        if !holds {
            // Of the bursts that come to this together, the last one that somebody commands.
            let last = commanded().rfind(|(_, burst)| burst.is_on(at_s));
            let about = last.map_or(About::Keys, |(i, _)| About::Command(i));
            breaches.push(Breach { about, weighed, message, hint: hint.into() });
        }
    };
    match work.population {
        Population::Users(users) => {
            let (think_ms, hop_ms) = (work.think_ms.mean(), scenario.network.client_ms.mean());
            let thinks = think_ms / high.factor >= TICK_MS || hop_ms >= TICK_MS;
            demand(
                thinks || high.factor == 1.0,
                high.at_s,
                &["workload.bursts", "workload.users", "workload.think_ms"],
                format!(
                    "in a burst of x{} users would hardly think, and ask for ever at one instant",
                    plain(high.factor)
                ),
                "lower its `factor`",
            );
            demand(
                low.factor == 1.0 || think_ms / low.factor <= DAY_MS,
                low.at_s,
                &["workload.bursts", "workload.users", "workload.think_ms"],
                format!(
                    "a factor of {} lets users think for longer than a day, and so stay away when the burst is over",
                    plain(low.factor)
                ),
                "give it a larger `factor`, such as 0.1, or set `sessions_per_s` instead of `users`",
            );
            let turn_ms = think_ms / high.factor + 2.0 * hop_ms * scenario.slow_motion;
            let rate = f64::from(users) / turn_ms * 1e3;
            demand(
                !thinks || rate <= TEN_MILLION,
                high.at_s,
                &["workload.users", "workload.think_ms", "network.client_ms", "workload.bursts"],
                format!("users would ask {} times per second; at most {TEN_MILLION}", plain(rate.round())),
                "set fewer `users`, or let them think for longer",
            );
        }
        Population::SessionsPerSecond(rate) => {
            demand(
                rate * high.factor <= TEN_MILLION,
                high.at_s,
                &["workload.sessions_per_s", "workload.bursts"],
                format!("a burst brings {} visits per second; at most {TEN_MILLION}", plain(rate * high.factor)),
                "lower its `factor`",
            );
            // By Little's law. Without bursts as many come in the time of a visit; beyond that only what the bursts bring in it.
            let raised_s: f64 = bursts.iter().filter(|burst| burst.factor > 1.0).map(|burst| burst.for_s).sum();
            let visit_s = scenario.visit_s();
            let live = rate * (visit_s + (high.factor - 1.0) * visit_s.min(raised_s));
            demand(
                live <= TEN_MILLION,
                high.at_s,
                &["workload.think_ms", "workload.requests_per_session", "workload.sessions_per_s", "workload.bursts"],
                format!("about {} visits would be in progress at once; at most {TEN_MILLION}", plain(live.round())),
                "set fewer visits per second, or shorter ones",
            );
        }
    }
    breaches
}

/// What traffic is multiplied by at an instant.
#[derive(Clone, Copy)]
struct Extreme {
    factor: f64,
    at_s: f64,
}

/// The lowest and the highest factor that traffic is ever multiplied by; where bursts overlap, it is their product.
fn factors(bursts: &[Burst]) -> [Extreme; 2] {
    let instants = bursts.iter().flat_map(|burst| [burst.at_s, burst.at_s + burst.for_s]);
    let mut found = [Extreme { factor: 1.0, at_s: f64::NEG_INFINITY }; 2];
    for at_s in instants {
        let factor = Burst::factor_at(bursts, at_s);
        let [low, high] = &mut found;
        if factor < low.factor {
            *low = Extreme { factor, at_s };
        }
        if factor > high.factor {
            *high = Extreme { factor, at_s };
        }
    }
    found
}

impl Scenario {
    /// Whether the balancer hands out cookies that lead users back, with this home of state.
    pub(crate) fn cookies(&self, home: Home) -> bool {
        match self.balancer.affinity {
            Affinity::Cookie => true,
            Affinity::None => false,
            // A function platform sends each request to any idle instance: no affinity to be had.
            Affinity::Auto => {
                (home == Home::Sticky || home.replicated()) && self.autoscaler.mode != ScaleMode::PerRequest
            }
        }
    }

    /// How long a visit takes that nobody is in the way of, on average, in seconds. One without end has no length, which is
    /// told as 0.
    pub(crate) fn visit_s(&self) -> f64 {
        let (work, net) = (&self.workload, &self.network);
        let requests = work.requests_per_session.mean();
        if !requests.is_finite() {
            return 0.0;
        }
        let reply_ms = 2.0 * (net.client_ms.mean() + net.backend_ms.mean()) + work.service_ms.mean();
        ((requests - 1.0) * work.think_ms.mean() + requests * reply_ms * self.slow_motion) / 1e3
    }
}

/// The commands that nothing could make possible.
///
/// An instance's id is possible from the moment on at which it may have been given: ids are given from 1 upwards
/// and never again. How many instances are alive is not known beforehand, because whatever was killed, drained
/// or removed may or may not count; so the doubt is always in favour of the command.
fn impossible(scenario: &Scenario) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let scales_itself = scenario.autoscaler.mode != ScaleMode::Off;
    let (mut given, mut surely_alive) = (u32::from(scenario.instance.count), u32::from(scenario.instance.count));
    for (i, TimedCommand { command, .. }) in scenario.commands.iter().enumerate() {
        let user = match *command {
            Command::Logout(user) | Command::Replay { user, .. } => Some(user),
            _ => None,
        };
        let weighed: &[&str] = if user.is_some() {
            &["workload.users", "workload.sessions_per_s"]
        } else {
            &["instance.count", "autoscaler.mode"]
        };
        let mut refuse = |message: String, hint: &str| {
            breaches.push(Breach { about: About::Command(i), weighed, message, hint: hint.into() });
        };
        if let Some(Target::Instance(id)) = command.target()
            && u32::from(id) > given
            && !scales_itself
        {
            let there_are = if given == 1 { "there is only 1".into() } else { format!("there are only {given}") };
            refuse(
                format!("`{command}` is impossible: {there_are}"),
                "name a smaller one, or put `add` or `scale` before it",
            );
        }
        if let Some(Err(why)) = user.map(|user| user.seat(scenario.workload.population)) {
            refuse(
                format!("`{command}` is impossible: {why}"),
                "name a user by the chair, or by the number of the visit",
            );
        }
        match *command {
            Command::Add => (given, surely_alive) = (given + 1, surely_alive + 1),
            Command::Scale(n) => {
                if n > MOST_INSTANCES {
                    refuse(
                        format!("`{command}` is impossible: at most {MOST_INSTANCES} instances"),
                        "write a smaller number",
                    );
                }
                given += u32::from(n).saturating_sub(surely_alive);
                surely_alive = u32::from(n);
            }
            Command::Remove
            | Command::Drain(_)
            | Command::Kill(Target::Instance(_))
            | Command::Hang(Target::Instance(_)) => surely_alive = surely_alive.saturating_sub(1),
            Command::Deploy => surely_alive = 0,
            // These end no instance, or only for as long as it takes to start again.
            Command::Kill(Target::Store)
            | Command::Hang(Target::Store)
            | Command::Slow(..)
            | Command::Restart(_)
            | Command::Partition(_)
            | Command::Heal
            | Command::Burst { .. }
            | Command::Policy(_)
            | Command::Redispatch(_)
            | Command::Logout(_)
            | Command::Replay { .. } => {}
        }
    }
    breaches
}
