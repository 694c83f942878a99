//! Oracles of queueing theory: shared queues, queues of their own, and ways to choose among them.

use super::case::{Case, Claim, Effort, scenario, set};
use crate::event::{Event, Sink, What};
use crate::scenario::{Faults, Home, Scenario};
use crate::sim::World;
use crate::study::theory;
use crate::units::Nanos;

/// Relaxation times that pass before anything is counted: e⁻¹⁰ of the empty start is left.
const WARM_UP: f64 = 10.0;
/// Two choices forget their empty start fast, because no queue grows long.
const TWO_CHOICES_WARM_UP_S: f64 = 200.0;

const KLEINROCK: &str = "Kleinrock 1975, §3.5";
const POLLACZEK: &str = "Pollaczek, Khinchine; Kleinrock 1975, §5.6";

/// How heavily a system is used, and how long it takes to see its mean to within so much.
#[derive(Clone, Copy)]
struct Run {
    /// The load of each server.
    rho: f64,
    /// Requests of a quick run. The nearer ρ is to 1, the more alike are neighbours, and the more of them it takes.
    requests: f64,
    /// How wide the interval of the mean may be.
    width: f64,
}

const fn run(rho: f64, requests: f64, width: f64) -> Run {
    Run { rho, requests, width }
}

/// All of them.
pub(super) fn cases(effort: Effort) -> Result<Vec<Case>, Faults> {
    let mut cases = Vec::new();
    for (of, tails) in [
        (run(0.5, 18_000.0, 0.035), [0.03, 0.15]),
        (run(0.8, 60_000.0, 0.055), [0.05, 0.21]),
        (run(0.9, 140_000.0, 0.085), [0.065, 0.35]),
    ] {
        cases.push(single(of, tails, effort)?);
    }
    for (servers, of) in [
        (2, run(0.8, 45_000.0, 0.055)),
        (4, run(0.5, 20_000.0, 0.015)),
        (4, run(0.8, 90_000.0, 0.03)),
        (4, run(0.9, 100_000.0, 0.075)),
        (16, run(0.8, 60_000.0, 0.016)),
    ] {
        cases.push(shared(servers, of, effort)?);
    }
    for of in [run(0.5, 15_000.0, 0.015), run(0.8, 36_000.0, 0.04), run(0.9, 60_000.0, 0.07)] {
        cases.push(general("M/D/1", "S = 1 s", "1000", 1.0, of, effort)?);
    }
    let uniform = run(0.8, 55_000.0, 0.04);
    cases.push(general("M/G/1", "S uniform 0–2 s", "{ uniform = [0, 2000] }", 4.0 / 3.0, uniform, effort)?);
    for (sigma, of) in
        [(0.5, run(0.8, 65_000.0, 0.037)), (0.8, run(0.8, 65_000.0, 0.055)), (1.0, run(0.8, 140_000.0, 0.07))]
    {
        let service = format!("{{ lognormal = 1000, sigma = {sigma} }}");
        let words = format!("S log-normal, σ = {sigma}");
        cases.push(general("M/G/1", &words, &service, theory::lognormal_second_moment(sigma), of, effort)?);
    }
    let random = Claim {
        figure: "mean time in the system",
        formula: "W = 1/(μ−λ/N), N queues of their own",
        source: "Kleinrock 1975, §3.2",
        unit: "s",
        parameters: String::new(),
        exact: None,
    };
    let in_turn =
        Claim {
            formula: "W = 1/(μ(1−σ)), σ = A*(μ(1−σ))", source: "G/M/1; Kleinrock 1975, §6.3", ..random.clone()
        };
    for queues in [2, 5, 10] {
        let exact = theory::mmc_sojourn_s(1, 0.8);
        cases.push(split("N queues, at random", "random", queues, random.clone(), exact, effort)?);
    }
    for queues in [2, 4, 10] {
        let exact = theory::round_robin_sojourn_s(queues, 0.8);
        cases.push(split("N queues, in turn", "round-robin", queues, in_turn.clone(), exact, effort)?);
    }
    for of in [run(0.5, 30_000.0, 0.027), run(0.8, 40_000.0, 0.036), run(0.9, 105_000.0, 0.034)] {
        cases.push(two_choices(of, effort)?);
    }
    Ok(cases)
}

/// M/M/1: mean, tail and load in one run.
fn single(of: Run, tails: [f64; 2], effort: Effort) -> Result<Case, Faults> {
    let rho = of.rho;
    let station = Station::new(&set!["workload.sessions_per_s={}", rho], 1, of, warm_up_s(1, rho), effort)?;
    let mean = theory::mmc_sojourn_s(1, rho);
    let sojourn = Claim {
        figure: "mean time in the system",
        formula: "W = 1/(μ−λ)",
        source: "Kleinrock 1975, §3.2",
        unit: "s",
        parameters: format!("ρ = {rho}"),
        exact: Some((mean, of.width)),
    };
    let tail = |times: f64, width: f64| Claim {
        figure: "share that takes longer than t",
        formula: "P(T > t) = e^−(μ−λ)t",
        source: "Kleinrock 1975, §5.6",
        unit: "",
        parameters: format!("ρ = {rho}, t = {times} W"),
        exact: Some((theory::mm1_tail(rho, times * mean), width)),
    };
    let claims = vec![sojourn, tail(1.0, tails[0]), tail(3.0, tails[1]), load(format!("ρ = {rho}"), rho)];
    let limits = [Nanos::from_secs(mean), Nanos::from_secs(3.0 * mean)];
    Ok(Case::estimated("M/M/1", claims, move |seed| {
        let seen = station.watch(seed, limits);
        vec![seen.mean_s(), seen.share_beyond(0), seen.share_beyond(1), seen.busy_ratio()]
    }))
}

/// M/M/c: mean, Erlang's C and load in one run.
fn shared(servers: u32, of: Run, effort: Effort) -> Result<Case, Faults> {
    let rho = of.rho;
    let rate = rho * f64::from(servers);
    let set = set!["workload.sessions_per_s={}", rate; "instance.workers={}", servers];
    let station = Station::new(&set, servers, of, warm_up_s(servers, rho), effort)?;
    let parameters = format!("c = {servers}, ρ = {rho}");
    let sojourn = Claim {
        figure: "mean time in the system",
        formula: "W = 1/μ + C/(cμ−λ)",
        source: KLEINROCK,
        unit: "s",
        parameters: parameters.clone(),
        exact: Some((theory::mmc_sojourn_s(servers, rho), of.width)),
    };
    let waits = Claim {
        figure: "share that waits",
        formula: "Erlang's C",
        source: KLEINROCK,
        unit: "",
        parameters: parameters.clone(),
        exact: Some((theory::erlang_c(servers, rho), 0.06)),
    };
    let claims = vec![sojourn, waits, load(parameters, rho)];
    Ok(Case::estimated("M/M/c", claims, move |seed| {
        let seen = station.watch(seed, [Nanos::NEVER; 2]);
        vec![seen.mean_s(), seen.queued as f64 / seen.requests as f64, seen.busy_ratio()]
    }))
}

fn load(parameters: String, rho: f64) -> Claim {
    Claim {
        figure: "busy share of the workers",
        formula: "ρ = λS/c",
        source: "Little's law; Kleinrock 1975, §2.1",
        unit: "",
        parameters,
        exact: Some((rho, if rho < 0.8 { 0.02 } else { 0.015 })),
    }
}

/// M/G/1 with this service, in the words of a scenario.
fn general(
    system: &'static str,
    words: &str,
    service_ms: &str,
    second_moment: f64,
    of: Run,
    effort: Effort,
) -> Result<Case, Faults> {
    let rho = of.rho;
    let set = set!["workload.sessions_per_s={}", rho; "workload.service_ms={}", service_ms];
    let station = Station::new(&set, 1, of, warm_up_s(1, rho), effort)?;
    let claim = Claim {
        figure: "mean time in the system",
        formula: "W = E[S] + λE[S²]/(2(1−ρ))",
        source: POLLACZEK,
        unit: "s",
        parameters: format!("{words}, ρ = {rho}"),
        exact: Some((theory::mg1_sojourn_s(rho, second_moment), of.width)),
    };
    Ok(Case::estimated(system, vec![claim], move |seed| vec![station.watch(seed, [Nanos::NEVER; 2]).mean_s()]))
}

/// N single servers behind a policy, each 80 % busy.
fn split(
    system: &'static str,
    policy: &str,
    queues: u32,
    claim: Claim,
    exact: f64,
    effort: Effort,
) -> Result<Case, Faults> {
    let of = run(0.8, 48_000.0, 0.06);
    let rate = of.rho * f64::from(queues);
    let set = set!["workload.sessions_per_s={}", rate; "instance.count={}", queues; "balancer.policy={}", policy];
    let station = Station::new(&set, queues, of, warm_up_s(1, of.rho), effort)?;
    let parameters = format!("N = {queues}, ρ = {}", of.rho);
    let claim = Claim { parameters, exact: Some((exact, of.width)), ..claim };
    Ok(Case::estimated(system, vec![claim], move |seed| vec![station.watch(seed, [Nanos::NEVER; 2]).mean_s()]))
}

/// Two choices among ever more queues: what 50 and 100 leave of the way to endlessly many is as 1/N, and cancels out.
///
/// Means of N queues are within O(1/N) of the limit, and those of 2·W(2N) − W(N) within O(1/N²) (Gast, Van Houdt, *A Refined
/// Mean Field Approximation*, 2017).
fn two_choices(of: Run, effort: Effort) -> Result<Case, Faults> {
    let rho = of.rho;
    let among = |queues: u32| {
        let rate = rho * f64::from(queues);
        let set = set!["workload.sessions_per_s={}", rate; "instance.count={}", queues; "balancer.policy=two-choices"];
        Station::new(&set, queues, of, TWO_CHOICES_WARM_UP_S, effort)
    };
    let (few, many) = (among(50)?, among(100)?);
    let claim = Claim {
        figure: "mean time in the system, N → ∞",
        formula: "W = Σ ρ^(2^i−2); seen: 2 W(100) − W(50)",
        source: "Mitzenmacher 2001; Gast, Van Houdt 2017",
        unit: "s",
        parameters: format!("ρ = {rho}"),
        exact: Some((theory::two_choices_sojourn_s(rho), of.width)),
    };
    Ok(Case::estimated("power of two choices", vec![claim], move |seed| {
        let mean = |station: &Station| station.watch(seed, [Nanos::NEVER; 2]).mean_s();
        vec![2.0 * mean(&many) - mean(&few)]
    }))
}

/// How long queues that began empty remember it. The relaxation time of M/M/c is about 1/(cμ(1−√ρ)²) (Kleinrock 1975, §2.12).
fn warm_up_s(sharing: u32, rho: f64) -> f64 {
    WARM_UP / (f64::from(sharing) * (1.0 - libm::sqrt(rho)).powi(2))
}

/// A bare queueing system that is to be watched once its empty start is forgotten.
struct Station {
    scenario: Scenario,
    workers: u32,
    from: Nanos,
    until: Nanos,
}

impl Station {
    /// So many workers in all with this load. Requests that are issued in the window count, however late they end.
    fn new(set: &[String], workers: u32, of: Run, warm_up_s: f64, effort: Effort) -> Result<Self, Faults> {
        let scenario = scenario("queue", set, &[])?;
        let from = Nanos::from_secs(warm_up_s);
        let until = from + Nanos::from_secs(of.requests * effort.length() / (of.rho * f64::from(workers)));
        Ok(Self { scenario, workers, from, until })
    }

    fn watch(&self, seed: u64, limits: [Nanos; 2]) -> Watched {
        let mut seen = Watched {
            from: self.from,
            until: self.until,
            workers: self.workers,
            limits,
            requests: 0,
            queued: 0,
            open: 0,
            sum_s: 0.0,
            beyond: [0; 2],
            busy_workers: 0,
            busy_ns: 0,
            as_of: Nanos::ZERO,
        };
        let mut world = World::new(&Scenario { seed, ..self.scenario.clone() }, Home::Memory);
        world.run_until(self.until, &mut seen);
        let mut now = self.until;
        while seen.open > 0 {
            now += Nanos::from_secs(1.0);
            world.run_until(now, &mut seen);
        }
        seen
    }
}

/// What was seen of requests issued in a window, and of the workers during it.
struct Watched {
    from: Nanos,
    until: Nanos,
    workers: u32,
    limits: [Nanos; 2],
    requests: u64,
    queued: u64,
    open: u64,
    sum_s: f64,
    beyond: [u64; 2],
    busy_workers: u64,
    busy_ns: u64,
    as_of: Nanos,
}

impl Watched {
    fn mean_s(&self) -> f64 {
        self.sum_s / self.requests as f64
    }

    fn share_beyond(&self, limit: usize) -> f64 {
        self.beyond[limit] as f64 / self.requests as f64
    }

    fn busy_ratio(&self) -> f64 {
        self.busy_ns as f64 / ((self.until - self.from).0 as f64 * f64::from(self.workers))
    }

    fn within(&self, at: Nanos) -> bool {
        self.from <= at && at < self.until
    }

    /// Counts the time since the last change of the number of busy workers, as far as it is in the window.
    fn advance(&mut self, now: Nanos) {
        let span = now.min(self.until).since(self.as_of.max(self.from));
        self.busy_ns += span.0 * self.busy_workers;
        self.as_of = now;
    }
}

impl Sink for Watched {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Issued { .. } if self.within(event.at) => {
                self.requests += 1;
                self.open += 1;
            }
            // Without a network, whoever has to wait does so from the instant of issue on.
            What::Queued { .. } if self.within(event.at) => self.queued += 1,
            What::Started { .. } => {
                self.advance(event.at);
                self.busy_workers += 1;
            }
            What::Replied { worker: true, .. } => {
                self.advance(event.at);
                self.busy_workers -= 1;
            }
            What::Ended { issued, .. } if self.within(issued) => {
                let took = event.at - issued;
                self.open -= 1;
                self.sum_s += took.secs();
                for (count, limit) in self.beyond.iter_mut().zip(self.limits) {
                    *count += u64::from(took > limit);
                }
            }
            _ => {}
        }
    }
}
