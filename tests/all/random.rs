//! Random scenarios and commands: any combination that validation admits, small and violent enough for every path to be taken.

use statelab::command::{Command, Target};
use statelab::event::{Event, What};
use statelab::scenario::{
    Affinity, Burst, Dist, DrainMode, Home, Persistence, Policy, Population, ScaleMode, Scenario, Transport,
};
use statelab::sim::World;
use statelab::units::Nanos;
use statelab::user::User;

/// How long traffic arrives, in seconds.
pub const TRAFFIC_S: f64 = 40.0;

/// splitmix64: enough chance to shuffle cases with, the same on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

fn span(chance: &mut Chance, mean: f64) -> Dist {
    match chance.below(4) {
        0 => Dist::Fixed(mean),
        1 => Dist::Uniform(0.0, 2.0 * mean),
        2 => Dist::Lognormal { mean, sigma: 0.8 },
        _ => Dist::Exponential(mean),
    }
}

/// The scenario of a case. Traffic ends at [`TRAFFIC_S`], and visits are short, so that everything ends some day.
pub fn scenario(case: u64) -> Scenario {
    let mut c = Chance::new(case);
    let mut s = Scenario { name: format!("case-{case}"), seed: c.next(), duration_s: TRAFFIC_S, ..Scenario::default() };
    s.warm_start = !c.one_in(3);
    s.slow_motion = c.pick(&[1.0, 1.0, 1.0, 10.0]);
    s.session.timeout_s = c.pick(&[Some(1800.0), Some(20.0), Some(5.0), None]);

    s.workload.population = Population::SessionsPerSecond(c.pick(&[1.0, 4.0, 10.0]));
    s.workload.requests_per_session = c.pick(&[Dist::Geometric(5.0), Dist::Fixed(1.0), Dist::Uniform(2.0, 9.0)]);
    s.workload.think_ms = span(&mut c, 800.0);
    s.workload.write_ratio = c.pick(&[0.0, 0.3, 1.0]);
    let service = c.pick(&[2.0, 20.0, 60.0]);
    s.workload.service_ms = span(&mut c, service);
    s.workload.login_factor = c.pick(&[1.0, 2.0]);
    s.workload.state_bytes = c.pick(&[0, 300, 3000]);
    s.workload.growth_bytes_per_write = c.pick(&[Dist::Fixed(57.0), Dist::Uniform(10.0, 900.0)]);
    s.workload.state_limit_bytes = c.pick(&[None, None, Some(4096.0)]);
    s.workload.transport = c.pick(&[Transport::Request, Transport::Request, Transport::Request, Transport::Connection]);
    s.workload.bursts = vec![Burst { at_s: TRAFFIC_S, factor: 0.0, for_s: 1e6 }];
    if c.one_in(2) {
        s.workload.bursts.push(Burst { at_s: 10.0, factor: c.pick(&[0.0, 3.0]), for_s: 10.0 });
    }

    s.client.timeout_ms = c.pick(&[Some(3000.0), Some(400.0), None]);
    s.client.retries = c.below(3) as u32;
    s.client.jitter = !c.one_in(4);
    s.client.patience = 1 + c.below(4) as u32;

    s.network.client_ms = c.pick(&[Dist::Fixed(0.0), Dist::Fixed(10.0), Dist::Exponential(20.0)]);
    s.network.backend_ms = c.pick(&[Dist::Fixed(0.0), Dist::Fixed(0.5), Dist::Exponential(5.0)]);
    s.network.peer_ms = c.pick(&[Dist::Fixed(0.0), Dist::Fixed(0.5), Dist::Exponential(50.0)]);
    s.network.store_ms = c.pick(&[Dist::Fixed(0.0), Dist::Fixed(0.2), Dist::Exponential(5.0)]);
    s.network.jitter_ratio = c.pick(&[0.0, 0.5]);
    s.network.client_mbit = c.pick(&[None, Some(20.0), Some(1.0)]);
    s.network.backend_mbit = c.pick(&[None, Some(10_000.0), Some(10.0)]);

    s.balancer.policy = c.pick(&Policy::ALL);
    s.balancer.affinity = c.pick(&[Affinity::Auto, Affinity::Auto, Affinity::Auto, Affinity::None, Affinity::Cookie]);
    s.balancer.redispatch = !c.one_in(3);
    s.balancer.retries = c.below(4) as u32;
    s.balancer.passive = c.one_in(3);
    s.balancer.check_interval_ms = c.pick(&[Some(2000.0), Some(500.0), None]);
    s.balancer.check_timeout_ms = c.pick(&[1000.0, 200.0]);

    s.instance.count = 1 + c.below(5) as u16;
    s.instance.workers = 1 + c.below(4) as u32;
    s.instance.queue = c.pick(&[None, Some(64.0), Some(2.0), Some(0.0)]);
    s.instance.start_ms = c.pick(&[0.0, 500.0, 5000.0]);
    s.instance.drain_s = c.pick(&[0.0, 2.0, 10.0]);
    s.instance.drain_mode = c.pick(&[DrainMode::Pinned, DrainMode::AtOnce]);
    s.instance.header_limit_bytes = c.pick(&[None, Some(8192.0), Some(1000.0)]);
    s.instance.memory_mib = c.pick(&[None, None, Some(0.005)]);

    s.token.ttl_s = c.pick(&[None, Some(900.0), Some(2.0)]);
    s.token.denylist = c.one_in(3);
    s.replication.sync = c.pick(&[None, Some(true), Some(false)]);
    s.replication.lag_ms = c.pick(&[0.0, 0.0, 300.0]);
    s.replication.apply_us = c.pick(&[5.0, 5000.0]);

    s.store.service_us = c.pick(&[Dist::Fixed(40.0), Dist::Exponential(2000.0)]);
    s.store.queue = c.pick(&[None, Some(2.0)]);
    s.store.timeout_ms = c.pick(&[Some(3000.0), Some(200.0), None]);
    s.store.persistence = c.pick(&[Persistence::None, Persistence::Everysec, Persistence::Always]);
    s.store.memory_mib = c.pick(&[None, None, Some(0.005)]);
    s.store.replica = c.one_in(2);
    s.store.replica_lag_ms = c.pick(&[1.0, 500.0]);
    s.store.failover_ms = c.pick(&[500.0, 6300.0]);
    s.connection.push_per_s = c.pick(&[0.0, 2.0]);

    match c.below(8) {
        0 => {
            s.autoscaler.mode = ScaleMode::Utilisation;
            s.autoscaler.interval_s = 2.0;
            s.autoscaler.down_after_s = 5.0;
            s.autoscaler.max = 8;
        }
        1 => {
            s.autoscaler.mode = ScaleMode::PerRequest;
            s.autoscaler.min = 0;
            s.autoscaler.idle_stop_s = 3.0;
            s.autoscaler.max = c.pick(&[4, 64]);
            s.workload.transport = Transport::Request;
            s.balancer.affinity =
                if s.balancer.affinity == Affinity::Cookie { Affinity::Auto } else { s.balancer.affinity };
        }
        _ => {}
    }
    s.validate().unwrap_or_else(|faults| panic!("case {case}: {faults}"));
    s
}

/// Commands for a case, in order of time. Instants lie on a coarse grid, so many fall together, and on events of the
/// scenario's own.
pub fn commands(case: u64) -> Vec<(Nanos, Command)> {
    let mut c = Chance::new(case ^ 0xC0FF_EE00);
    let mut at = 1.0;
    let mut commands = Vec::new();
    while at < TRAFFIC_S {
        commands.push((Nanos::from_secs(at), command(&mut c)));
        at += 0.5 * c.below(9) as f64;
    }
    commands.extend(about_users(case));
    commands.sort_by_key(|&(at, _)| at);
    commands
}

/// Logouts, and copied credentials of the same users a little later; drawn apart, so that the others stay what they were.
fn about_users(case: u64) -> Vec<(Nanos, Command)> {
    let mut c = Chance::new(case ^ 0x5EED_CAFE);
    let scenario = scenario(case);
    let mut begun: Vec<(Nanos, u64)> = Vec::new();
    World::new(&scenario, Home::Token).run_until(Nanos::from_secs(TRAFFIC_S), &mut |event: &Event| {
        if let What::SessionStarted { session, .. } = event.what {
            begun.push((event.at, session));
        }
    });
    let mut commands = Vec::new();
    for (at, session) in begun {
        if commands.len() >= 60 || !c.one_in(8) {
            continue;
        }
        let user = User::Number(session);
        let at = at + Nanos::from_secs(0.5 * c.below(4) as f64);
        let replay = |c: &mut Chance| Command::Replay { user, old: c.one_in(3) };
        commands.push((at, if c.one_in(3) { replay(&mut c) } else { Command::Logout(user) }));
        for later in [0.0, 0.05, 1.0, 5.0] {
            if c.one_in(2) {
                commands.push((at + Nanos::from_secs(later), replay(&mut c)));
            }
        }
    }
    commands
}

fn command(c: &mut Chance) -> Command {
    let id = 1 + c.below(6) as u16;
    let target = if c.one_in(4) { Target::Store } else { Target::Instance(id) };
    match c.below(16) {
        0..=2 => Command::Kill(target),
        3 | 4 => Command::Hang(target),
        5 => Command::Slow(target, c.pick(&[0.5, 4.0, 50.0])),
        6..=8 => Command::Restart(target),
        9 => Command::Drain(id),
        10 => c.pick(&[Command::Add, Command::Remove]),
        11 => Command::Scale(1 + c.below(5) as u16),
        12 => c.pick(&[Command::Deploy, Command::Redispatch(false), Command::Redispatch(true)]),
        13 => Command::Partition(id),
        14 => c.pick(&[Command::Heal, Command::Burst { factor: 3.0, span: Nanos::from_secs(4.0) }]),
        _ => Command::Policy(c.pick(&Policy::ALL)),
    }
}

/// The cases to look at: all below `count`, or the one that `STATELAB_CASE` names, or those of a range such as `100-600`.
pub fn cases(count: u64) -> Vec<u64> {
    match std::env::var("STATELAB_CASE") {
        Ok(named) => {
            let (first, last) = named.split_once('-').unwrap_or((&named, &named));
            let number = |text: &str| text.parse::<u64>().expect("STATELAB_CASE is the number of a case");
            (number(first)..=number(last)).collect()
        }
        Err(_) => (0..count).collect(),
    }
}

/// Runs `check` and says how to repeat it if it fails.
pub fn repeatable(test: &str, case: u64, home: Home, check: impl FnOnce()) {
    if let Err(why) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)) {
        eprintln!("{home}, case {case}; repeat it with: STATELAB_CASE={case} cargo test --test all {test}");
        std::panic::resume_unwind(why);
    }
}
