//! What the Rust programs share: the workload's constants, its draws, and how they report.
//!
//! ```text
//!   Poisson arrivals, 2560/s ─▶ round robin ─▶ 8 instances, each: a queue ─▶ 4 workers, exponential, 10 ms
//! ```
//!
//! Each request belongs to one of 10,000 sessions, which it touches; its latency is recorded with three digits.

use cpu_time::ProcessTime;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Instances, which get the requests in turn.
pub const INSTANCES: usize = 8;
/// Workers of each.
pub const WORKERS: usize = 4;
/// Sessions.
pub const SESSIONS: u64 = 10_000;
/// Mean time between two requests: the load is 0.8.
pub const BETWEEN_NS: f64 = 10e6 / (0.8 * (INSTANCES * WORKERS) as f64);
/// Mean service time.
pub const SERVICE_NS: f64 = 10e6;

/// xoshiro256++ by Blackman and Vigna, because some of the libraries want models that can be saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chance([u64; 4]);

impl Chance {
    /// Seeded by splitmix64.
    pub fn new(mut seed: u64) -> Self {
        Self(std::array::from_fn(|_| {
            seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }))
    }

    fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let bits = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        bits
    }

    /// Exponential, in nanoseconds; never 0, which some of the libraries do not allow.
    pub fn exponential(&mut self, mean_ns: f64) -> u64 {
        let uniform = ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (-uniform.ln() * mean_ns) as u64 + 1
    }

    /// One of the sessions.
    pub fn session(&mut self) -> usize {
        (self.bits() % SESSIONS) as usize
    }
}

/// Sessions that are touched, and latencies.
#[derive(Clone, Debug)]
pub struct Figures {
    touched: Vec<u64>,
    latency_ns: Histogram<u64>,
    left: u64,
}

impl Figures {
    /// For so many requests.
    pub fn new(requests: u64) -> Self {
        let latency_ns = Histogram::new_with_bounds(1, 1_000_000_000_000, 3).expect("sound bounds");
        Self { touched: vec![0; SESSIONS as usize], latency_ns, left: requests }
    }

    /// A request of this session begins.
    pub fn touch(&mut self, session: usize) {
        self.touched[session] += 1;
    }

    /// A request is answered.
    pub fn answered(&mut self, latency_ns: u64) {
        self.latency_ns.saturating_record(latency_ns);
        self.left = self.left.saturating_sub(1);
    }

    /// Whether there were enough.
    pub fn done(&self) -> bool {
        self.left == 0
    }

    /// Prints the result of a program that took so long.
    pub fn print(&self, name: &str, since: ProcessTime) {
        let cpu_s = since.elapsed().as_secs_f64();
        let (mean, p99) = (self.latency_ns.mean() / 1e6, self.latency_ns.value_at_quantile(0.99) as f64 / 1e6);
        print(name, self.latency_ns.len(), cpu_s, mean, p99);
    }
}

/// Prints a result as a line of JSON.
pub fn print(name: &str, requests: u64, cpu_s: f64, mean_ms: f64, p99_ms: f64) {
    println!(r#"{{"name":"{name}","requests":{requests},"cpu_s":{cpu_s},"mean_ms":{mean_ms},"p99_ms":{p99_ms}}}"#);
}

/// How many requests are asked for.
pub fn requests() -> u64 {
    std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1_000_000)
}
