//! Options that choose a scenario and change it.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use statelab::scenario::{Faults, Policy, Scenario, TimedCommand, parse_script, parse_span, parse_timed, read_file};

/// Which scenario, and what is changed in it.
#[derive(Args)]
pub(super) struct Changes {
    /// A scenario's name (see `statelab list`), or a file: then with a `/` in it, or ending in .toml.
    #[arg(default_value = "classroom")]
    pub(super) scenario: String,
    /// Seed of all draws [default: the scenario's].
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    seed: Option<u64>,
    /// Simulated time, such as 90s, 5m or 1h [default: the scenario's].
    #[arg(long, value_name = "TIME", value_parser = span)]
    duration: Option<f64>,
    /// How many instances there are at the start.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    instances: Option<u16>,
    /// How the balancer chooses an instance.
    #[arg(long, value_name = "POLICY", value_parser = words(Policy::ALL.map(Policy::id)).map(|id| meaning(&id, Policy::ALL, Policy::id)))]
    policy: Option<Policy>,
    /// Objective for waits at p99, in milliseconds [default: the scenario's].
    #[arg(long, value_name = "MS", allow_hyphen_values = true)]
    slo: Option<String>,
    /// Set any field of the scenario, such as workload.users=20; the value is TOML, else a text; later wins.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Do something at a simulated instant, such as '38.1s kill 2'; may be repeated.
    #[arg(long = "do", value_name = "TIME COMMAND", value_parser = parse_timed)]
    commands: Vec<TimedCommand>,
    /// A file of such commands, one a line; # begins a comment.
    #[arg(long = "commands", value_name = "FILE")]
    script: Option<String>,
    /// Leave out the commands that belong to the scenario.
    #[arg(long)]
    no_commands: bool,
}

impl Changes {
    /// The scenario with all changes made, validated as a whole.
    pub(super) fn apply(&self) -> Result<Scenario, Faults> {
        self.apply_to(&self.scenario)
    }

    /// The same changes, made to another scenario.
    pub(super) fn apply_to(&self, scenario: &str) -> Result<Scenario, Faults> {
        let mut scenario = Scenario::load(scenario)?;
        if self.no_commands {
            scenario.commands.clear();
        }
        self.set.iter().try_for_each(|assignment| scenario.set(assignment))?;
        if let Some(slo) = &self.slo {
            scenario.set_as("--slo", "slo_ms", slo)?;
        }
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        scenario.duration_s = self.duration.unwrap_or(scenario.duration_s);
        scenario.instance.count = self.instances.unwrap_or(scenario.instance.count);
        scenario.balancer.policy = self.policy.unwrap_or(scenario.balancer.policy);
        if let Some(script) = &self.script {
            scenario.schedule(parse_script(script, &read_file(script)?)?);
        }
        scenario.schedule(self.commands.iter().copied());
        scenario.validate()?;
        Ok(scenario)
    }
}

fn span(text: &str) -> Result<f64, String> {
    match parse_span(text)? {
        seconds if seconds > 0.0 => Ok(seconds),
        _ => Err("it must be above 0".into()),
    }
}

/// One of these words; help and completion list them.
pub(super) fn words<const N: usize>(ids: [&'static str; N]) -> PossibleValuesParser {
    PossibleValuesParser::new(ids)
}

/// The meaning of a word that is among them.
pub(super) fn meaning<T: Copy, const N: usize>(word: &str, all: [T; N], id: fn(T) -> &'static str) -> T {
    all.into_iter().find(|item| id(*item) == word).unwrap_or(all[0])
}
