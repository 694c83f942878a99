//! Keyed draws: every random quantity is a function of (seed, purpose, key, ordinal) alone.
//!
//! Because no draw depends on what was drawn before, the arms of an experiment share their random
//! numbers (*common random numbers*): the same user thinks for the same time before the same request, whatever
//! happened to the requests before.

use super::logarithm::{LOGARITHM, Logarithm};
use crate::scenario::Dist;
use crate::units::Nanos;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// What a draw is for; part of its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Between two arrivals of visits.
    Arrival = 1,
    /// How many requests a visit plans.
    Requests,
    /// Thinking before a request.
    Think,
    /// What a request demands of a worker.
    Service,
    /// What a login demands of a worker.
    Login,
    /// Whether a request writes.
    Write,
    /// What a write adds to the state.
    Growth,
    /// A balancer's random choice.
    Route,
    /// The second of two choices.
    SecondRoute,
    /// A hop between client and balancer, forth and back.
    ClientHop,
    /// A hop between balancer and instance.
    BackendHop,
    /// A hop between instances.
    PeerHop,
    /// A hop between instance and store.
    StoreHop,
    /// What an operation demands of the store.
    StoreService,
    /// How long to wait before a retry.
    BackOff,
    /// Where in its period something periodic begins.
    Phase,
    /// Where a chair's history begins.
    History,
    /// Between two visits on a chair.
    Gap,
    /// Between two pushed messages.
    Push,
}

/// How many purposes there are, with room for the unused zero.
const PURPOSES: usize = Purpose::Push as usize + 1;

/// The source of all draws of a run.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    /// The seed mixed with each purpose: the part of a draw's key that never changes.
    purposes: [u64; PURPOSES],
    logarithm: &'static Logarithm,
}

/// The golden-ratio increment of splitmix64 (Steele, Lea, Flood 2014).
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of splitmix64: a bijection that scatters neighbouring keys.
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The first number that `Xoshiro256PlusPlus::seed_from_u64(key)` yields, without the rest of its state: splitmix64
/// fills four words, and the first output needs the first and the last of them (a test compares).
const fn first_number(key: u64) -> u64 {
    let first = mix(key.wrapping_add(GAMMA));
    let last = mix(key.wrapping_add(GAMMA.wrapping_mul(4)));
    first.wrapping_add(last).rotate_left(23).wrapping_add(first)
}

impl Draws {
    /// All draws of this seed.
    pub fn new(seed: u64) -> Self {
        let purposes = std::array::from_fn(|purpose| mix(seed.wrapping_add(GAMMA.wrapping_mul(purpose as u64))));
        Self { purposes, logarithm: &LOGARITHM }
    }

    const fn key(&self, purpose: Purpose, key: u64, ordinal: u64) -> u64 {
        let keyed = mix(self.purposes[purpose as usize] ^ key.wrapping_mul(GAMMA));
        keyed.wrapping_add(ordinal.wrapping_mul(GAMMA))
    }

    /// A number in [0, 1), as any 53 bits.
    #[inline]
    pub const fn unit(&self, purpose: Purpose, key: u64, ordinal: u64) -> f64 {
        unit(first_number(self.key(purpose, key, ordinal)))
    }

    /// A whole number below `n` (> 0).
    #[inline]
    pub const fn below(&self, n: usize, purpose: Purpose, key: u64, ordinal: u64) -> usize {
        let bits = first_number(self.key(purpose, key, ordinal));
        ((bits as u128 * n as u128) >> 64) as usize
    }

    /// A quantity distributed as `dist`, in the unit of `dist`.
    #[inline]
    pub fn sample(&self, dist: Dist, purpose: Purpose, key: u64, ordinal: u64) -> f64 {
        match dist {
            Dist::Fixed(value) => value,
            // Inversion: P(X > x) = e^(−x/mean).
            Dist::Exponential(mean) => -mean * self.logarithm.of(1.0 - self.unit(purpose, key, ordinal)),
            _ => self.sample_other(dist, purpose, key, ordinal),
        }
    }

    /// The distributions that are drawn less often, kept apart so that the others need no call.
    #[inline(never)]
    fn sample_other(&self, dist: Dist, purpose: Purpose, key: u64, ordinal: u64) -> f64 {
        match dist {
            Dist::Fixed(_) | Dist::Exponential(_) => self.sample(dist, purpose, key, ordinal),
            Dist::Uniform(low, high) => low + (high - low) * self.unit(purpose, key, ordinal),
            // Inversion: P(X > k) = (1 − 1/mean)^k; with a mean of one the divisor is −∞, and it is always one.
            Dist::Geometric(mean) => {
                let u = 1.0 - self.unit(purpose, key, ordinal);
                1.0 + libm::floor(libm::log(u) / libm::log(1.0 - 1.0 / mean))
            }
            Dist::Lognormal { mean, sigma } => self.lognormal(mean, sigma, purpose, key, ordinal),
            Dist::Endless => f64::INFINITY,
        }
    }

    /// Box and Muller 1958; the mean of exp(N(m, s²)) is exp(m + s²/2).
    fn lognormal(&self, mean: f64, sigma: f64, purpose: Purpose, key: u64, ordinal: u64) -> f64 {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(self.key(purpose, key, ordinal));
        let (u, v) = (1.0 - unit(generator.next_u64()), unit(generator.next_u64()));
        let normal = libm::sqrt(-2.0 * libm::log(u)) * libm::cos(std::f64::consts::TAU * v);
        libm::exp(libm::log(mean) - sigma * sigma / 2.0 + sigma * normal)
    }
}

const fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// A distribution of spans of time.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    dist: Dist,
    /// Nanoseconds for one of the distribution's units.
    scale: f64,
    /// What every draw yields, if all are the same.
    fixed: Option<Nanos>,
}

impl Span {
    fn new(dist: Dist, scale: f64) -> Self {
        let fixed = match dist {
            Dist::Fixed(value) => Some(rounded(value * scale)),
            _ => None,
        };
        Self { dist, scale, fixed }
    }

    /// From a distribution of milliseconds, stretched by `factor`.
    pub fn millis(dist: Dist, factor: f64) -> Self {
        Self::new(dist, 1e6 * factor)
    }

    /// From a distribution of microseconds, stretched by `factor`.
    pub fn micros(dist: Dist, factor: f64) -> Self {
        Self::new(dist, 1e3 * factor)
    }

    /// The same span, for whoever varies what it draws: no draw is known beforehand.
    pub const fn varied(self) -> Self {
        Self { fixed: None, ..self }
    }

    /// What every draw yields, if all are the same.
    #[inline]
    pub const fn fixed(&self) -> Option<Nanos> {
        self.fixed
    }

    /// One draw.
    #[inline]
    pub fn draw(&self, draws: &Draws, purpose: Purpose, key: u64, ordinal: u64) -> Nanos {
        match self.fixed {
            Some(fixed) => fixed,
            None => rounded(draws.sample(self.dist, purpose, key, ordinal) * self.scale),
        }
    }

    /// What is left of one that is under way at a random instant: a long one is met more often than a short one, in proportion
    /// to its length, and anywhere in it (the inspection paradox: Feller, vol. 2, I.4).
    pub fn residual(&self, draws: &Draws, purpose: Purpose, key: u64, ordinal: u64) -> Nanos {
        let met = match self.dist {
            // Without memory: as long to go at any instant.
            Dist::Exponential(_) | Dist::Geometric(_) => return self.draw(draws, purpose, key, ordinal),
            // x · f(x) is again log-normal, with a median e^(σ²) times as large.
            Dist::Lognormal { mean, sigma } => {
                let longer = Dist::Lognormal { mean: mean * libm::exp(sigma * sigma), sigma };
                draws.sample(longer, purpose, key, ordinal)
            }
            // Inversion: P(X < x) = (x² − low²) / (high² − low²).
            Dist::Uniform(low, high) => {
                let unit = draws.unit(purpose, key, ordinal);
                libm::sqrt(low * low + unit * (high * high - low * low))
            }
            Dist::Fixed(_) | Dist::Endless => draws.sample(self.dist, purpose, key, ordinal),
        };
        rounded(met * self.scale).scaled(draws.unit(Purpose::Phase, key, 1))
    }

    /// The mean.
    pub fn mean(&self) -> Nanos {
        Nanos((self.dist.mean() * self.scale).round() as u64)
    }
}

/// A number of nanoseconds that is never negative: adding a half and cutting off rounds it, without a call.
const fn rounded(nanos: f64) -> Nanos {
    Nanos((nanos + 0.5) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(dist: Dist) -> f64 {
        let draws = Draws::new(11);
        (0..200_000).map(|key| draws.sample(dist, Purpose::Service, key, 3)).sum::<f64>() / 200_000.0
    }

    #[test]
    fn means_come_out() {
        for dist in [
            Dist::Fixed(3.0),
            Dist::Exponential(3.0),
            Dist::Uniform(1.0, 5.0),
            Dist::Geometric(3.0),
            Dist::Lognormal { mean: 3.0, sigma: 0.8 },
        ] {
            assert!((mean_of(dist) - 3.0).abs() < 0.05, "{dist:?}: {}", mean_of(dist));
        }
        assert_eq!(mean_of(Dist::Geometric(1.0)), 1.0);
    }

    /// On average E[X²] / 2E[X]: a long one is met more often, and in its middle.
    #[test]
    fn what_is_met_under_way_has_its_mean_left() {
        let draws = Draws::new(12);
        let sigma = 0.8;
        for (dist, left) in [
            (Dist::Fixed(3.0), 1.5),
            (Dist::Exponential(3.0), 3.0),
            (Dist::Uniform(1.0, 5.0), 31.0 / 18.0),
            (Dist::Lognormal { mean: 3.0, sigma }, 1.5 * libm::exp(sigma * sigma)),
        ] {
            let span = Span::millis(dist, 1.0);
            let sum: f64 = (0..200_000).map(|key| span.residual(&draws, Purpose::Think, key, 3).millis()).sum();
            assert!((sum / 200_000.0 - left).abs() < 0.05, "{dist:?}: {}", sum / 200_000.0);
        }
    }

    #[test]
    fn the_first_number_is_that_of_the_generator() {
        for key in (0..1000).map(mix) {
            assert_eq!(first_number(key), Xoshiro256PlusPlus::seed_from_u64(key).next_u64());
        }
    }

    #[test]
    fn a_draw_depends_on_its_whole_key_and_on_nothing_else() {
        let draws = Draws::new(1);
        let one = draws.unit(Purpose::Think, 5, 9);
        assert_eq!(one, draws.unit(Purpose::Think, 5, 9));
        for other in [
            draws.unit(Purpose::Think, 5, 10),
            draws.unit(Purpose::Think, 6, 9),
            draws.unit(Purpose::Service, 5, 9),
            Draws::new(2).unit(Purpose::Think, 5, 9),
        ] {
            assert_ne!(one, other);
        }
    }
}
