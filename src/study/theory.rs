//! What theory says, in closed form: the exact values that a simulation must come out at.
//!
//! λ is the rate of arrivals and μ that of service, in 1/s; times are in s; ρ = λ/(cμ) is the load of each of c servers.
//! Unless something else is said, arrivals are Poisson, service is exponential with mean 1 s (μ = 1), queues are endless
//! and served in order of arrival. Every value is the limit of a long run, and needs ρ < 1.
//!
//! Sources: Kleinrock, *Queueing Systems*, volume 1, 1975 (its sections are named); Mitzenmacher, *The Power of Two Choices
//! in Randomized Load Balancing*, IEEE TPDS 12 (2001) 1094; the rest follows in a line or two, which stand beside it.

use libm::{exp, pow};

/// Erlang's C: how likely all `servers` are busy, so that an arrival has to wait (Kleinrock §3.5).
///
/// By way of Erlang's B, whose recursion over servers adds no large numbers.
#[must_use]
pub fn erlang_c(servers: u32, rho: f64) -> f64 {
    let offered = rho * f64::from(servers);
    let lost = (1..=servers).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b));
    lost / (1.0 - rho * (1.0 - lost))
}

/// The mean time in the system of M/M/c: service, and the wait of those that wait, 1/(cμ−λ) (Kleinrock §3.5).
#[must_use]
pub fn mmc_sojourn_s(servers: u32, rho: f64) -> f64 {
    1.0 + erlang_c(servers, rho) / (f64::from(servers) * (1.0 - rho))
}

/// The share of requests that are longer than `t_s` in M/M/1: its time in the system is exponential (Kleinrock §5.6).
#[must_use]
pub fn mm1_tail(rho: f64, t_s: f64) -> f64 {
    exp(-(1.0 - rho) * t_s)
}

/// The mean time in the system of M/G/1 with mean service 1 s, by Pollaczek and Khinchine (Kleinrock §5.6).
///
/// `second_moment` is E\[S²\]: 1 for a fixed S, 2 for an exponential one.
#[must_use]
pub fn mg1_sojourn_s(rho: f64, second_moment: f64) -> f64 {
    1.0 + rho * second_moment / (2.0 * (1.0 - rho))
}

/// E\[S²\] of a log-normal S with mean 1, where `sigma` is the standard deviation of ln S.
#[must_use]
pub fn lognormal_second_moment(sigma: f64) -> f64 {
    exp(sigma * sigma)
}

/// The mean time in the system behind a round robin over `queues` servers.
///
/// Each sees every n-th arrival: Erlang-n gaps, G/M/1 (Kleinrock §6.3). An arrival waits with probability σ, the root below 1
/// of σ = A*(μ(1−σ)), and W = 1/(μ(1−σ)); A*(s) = (nρ/(nρ+s))ⁿ is the transform of the gaps.
#[must_use]
pub fn round_robin_sojourn_s(queues: u32, rho: f64) -> f64 {
    let n = f64::from(queues);
    let transform = |sigma: f64| pow(n * rho / (n * rho + 1.0 - sigma), n);
    // From 0 the fixed-point iteration climbs to the smallest root, and each step leaves less than ρ of the way.
    let (mut sigma, mut next) = (0.0, transform(0.0));
    while next - sigma > 1e-15 {
        (sigma, next) = (next, transform(next));
    }
    1.0 / (1.0 - next)
}

/// The mean time in the system where each arrival joins the shorter of two queues drawn at random, for endlessly many
/// queues: Σ ρ^(2^i − 2) over i ≥ 1 (Mitzenmacher 2001).
#[must_use]
pub fn two_choices_sojourn_s(rho: f64) -> f64 {
    (1..).map(|i| pow(rho, pow(2.0, f64::from(i)) - 2.0)).take_while(|term| *term > 1e-18).sum()
}

/// The share of follow-ups that find no session where each goes to one of `instances` at random and only one holds it.
#[must_use]
pub fn miss_ratio(instances: u16) -> f64 {
    1.0 - 1.0 / f64::from(instances)
}

/// The share of visits in progress that go on for more than `span_s`, where visits have exponential lengths with this mean.
///
/// ∫ (1−F(x))/D dx from T on: the residual length of a visit met at a random instant (Kleinrock §5.2).
#[must_use]
pub fn outlive_exponential(span_s: f64, mean_s: f64) -> f64 {
    exp(-span_s / mean_s)
}

/// The same where every visit has this length.
#[must_use]
pub fn outlive_fixed(span_s: f64, length_s: f64) -> f64 {
    (1.0 - span_s / length_s).max(0.0)
}

/// The share of pinned visits at an instance that joined `instances` others `t_s` ago, placement being even.
///
/// Visits that began before are where they were; of those that began since, e^(−t/D) short of all, each N+1st is there.
#[must_use]
pub fn new_instance_share(instances: u16, t_s: f64, mean_visit_s: f64) -> f64 {
    (1.0 - outlive_exponential(t_s, mean_visit_s)) / (f64::from(instances) + 1.0)
}

/// The mean time until `fall` checks in a row have failed, one every `interval_s`, after a death at a random instant of the period.
///
/// The first failed check comes within one interval, and the last one `fall − 1` intervals later.
#[must_use]
pub fn detection_s(fall: u32, interval_s: f64) -> f64 {
    (f64::from(fall) - 0.5) * interval_s
}

/// Bytes of `writes` writes of `bytes` each on the wire: to all others of `instances`.
#[must_use]
pub const fn replication_bytes(writes: u64, bytes: u64, instances: u64) -> u64 {
    writes * bytes * (instances - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To the four decimals of the books.
    fn near(value: f64, table: f64) {
        assert!((value - table).abs() < 5.1e-5, "{value}, in the books {table}");
    }

    #[test]
    fn shared_queues_are_those_of_the_books() {
        near(erlang_c(1, 0.8), 0.8);
        near(erlang_c(2, 0.5), 1.0 / 3.0);
        near(erlang_c(4, 0.8), 0.5964);
        near(mmc_sojourn_s(1, 0.9), 10.0);
        near(mmc_sojourn_s(4, 0.8), 1.7455);
        near(mmc_sojourn_s(10, 0.9), 1.6687);
        near(mm1_tail(0.8, 2.9957 / 0.2), 0.05);
    }

    #[test]
    fn other_services_and_arrivals_are_those_of_the_books() {
        near(mg1_sojourn_s(0.8, 1.0), 3.0);
        near(mg1_sojourn_s(0.8, 2.0), mmc_sojourn_s(1, 0.8));
        near(lognormal_second_moment(0.0), 1.0);
        // One queue in turn is M/M/1; endlessly many see even gaps, D/M/1: σ = e^(−(1−σ)/ρ).
        near(round_robin_sojourn_s(1, 0.8), 5.0);
        let sigma = 1.0 - 1.0 / round_robin_sojourn_s(1_000_000, 0.8);
        near(exp(-(1.0 - sigma) / 0.8), sigma);
    }

    #[test]
    fn two_choices_are_those_of_the_paper() {
        for (rho, table) in [(0.5, 1.2657), (0.8, 1.9474), (0.9, 2.6141), (0.99, 5.4320)] {
            near(two_choices_sojourn_s(rho), table);
        }
    }

    #[test]
    fn state_and_time_follow_their_lines() {
        near(miss_ratio(4), 0.75);
        near(outlive_exponential(30.0, 1200.0), 0.9753);
        near(outlive_fixed(4.0, 10.0), 0.6);
        near(outlive_fixed(11.0, 10.0), 0.0);
        near(new_instance_share(4, 300.0, 1200.0), 0.0442);
        // 80 % of a fair share after 1.61 mean visits.
        near(new_instance_share(4, 1.609_44 * 1200.0, 1200.0), 0.8 / 5.0);
        near(detection_s(3, 2.0), 5.0);
        assert_eq!(replication_bytes(10, 57, 4), 1710);
    }
}
