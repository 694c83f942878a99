//! Options that choose a scenario and change it.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use statelab::scenario::{
    Fault, Faults, MOST_INSTANCES, Opened, Policy, STDIN, Scenario, TimedCommand, parse_script, parse_span,
    parse_timed, printable, read_file, shipped,
};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Which scenario, and what is changed in it.
#[derive(Args)]
pub(super) struct Changes {
    /// A scenario's name (see `statelab list`), or a file: then with a `/` in it, or ending in .toml; - reads stdin, but not
    /// for the dashboard. A saved run will do too.
    #[arg(default_value = "classroom")]
    pub(super) scenario: String,
    /// Seed of all draws [default: the scenario's].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>(SEEDS))]
    seed: Option<u64>,
    /// Simulated time, such as 90s, 5m or 1h [default: the scenario's].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = span)]
    duration: Option<f64>,
    /// How many instances there are at the start.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u16>(1..=MOST_INSTANCES.into()))]
    instances: Option<u16>,
    /// How the balancer chooses an instance.
    #[arg(long, value_name = "POLICY", value_parser = one_of(Policy::ALL, Policy::id))]
    policy: Option<Policy>,
    /// Objective for waits at p99, in milliseconds [default: the scenario's].
    #[arg(long, value_name = "MS", allow_hyphen_values = true)]
    slo: Option<String>,
    /// Set any field of the scenario, such as workload.users=20; the value is TOML, else a text; later wins.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Do something at a simulated instant, such as '38.1s kill 2'; may be repeated.
    #[arg(long = "do", value_name = "TIME COMMAND", allow_hyphen_values = true, value_parser = parse_timed)]
    commands: Vec<TimedCommand>,
    /// A file of such commands, one a line; # begins a comment; - reads stdin, but not for the dashboard.
    #[arg(long = "commands", value_name = "FILE")]
    script: Option<String>,
    /// Leave out the commands that belong to the scenario.
    #[arg(long)]
    no_commands: bool,
}

impl Changes {
    /// The scenario with all changes made, validated as a whole.
    pub(super) fn apply(&self) -> Result<Scenario, Faults> {
        self.open().map(|opened| opened.scenario)
    }

    /// The scenario with all changes made, and how it came about.
    pub(super) fn open(&self) -> Result<Opened, Faults> {
        self.open_as(&self.scenario)
    }

    /// Those of these options that were given.
    pub(super) fn given(&self, options: &[&'static str]) -> Vec<&'static str> {
        let given = |option: &&&str| match **option {
            "--do" => !self.commands.is_empty(),
            "--commands" => self.script.is_some(),
            "--duration" => self.duration.is_some(),
            "--instances" => self.instances.is_some(),
            "--slo" => self.slo.is_some(),
            _ => false,
        };
        options.iter().filter(given).copied().collect()
    }

    /// The files that are read.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let own = shipped().iter().all(|shipped| shipped.name != self.scenario);
        own.then_some(&self.scenario).into_iter().chain(&self.script).map(String::as_str)
    }

    /// The same changes, made to another scenario.
    pub(super) fn apply_to(&self, scenario: &str) -> Result<Scenario, Faults> {
        self.open_as(scenario).map(|opened| opened.scenario)
    }

    fn open_as(&self, word: &str) -> Result<Opened, Faults> {
        if word == STDIN && self.script.as_deref() == Some(STDIN) {
            let hint = Some("name a file for one of the two".into());
            return Err(Fault::of("--commands -", "the scenario is read from there", hint).into());
        }
        let mut opened = Opened::load(word)?;
        let Opened { scenario, origin, .. } = &mut opened;
        if self.no_commands {
            scenario.commands.clear();
            origin.own_commands = false;
            origin.commands.clear();
        }
        for assignment in &self.set {
            scenario.set(assignment)?;
            origin.set.push(assignment.clone());
        }
        if let Some(slo) = &self.slo {
            scenario.set_as("--slo", "slo_ms", slo)?;
            origin.note("slo_ms", slo);
        }
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        scenario.duration_s = self.duration.unwrap_or(scenario.duration_s);
        if let Some(count) = self.instances {
            scenario.instance.count = count;
            origin.note("instance.count", count);
        }
        if let Some(policy) = self.policy {
            scenario.balancer.policy = policy;
            origin.note("balancer.policy", policy);
        }
        let script = self.script.as_ref().map(|script| parse_script(script, &read_file(script)?)).transpose()?;
        for commands in [script.as_deref().unwrap_or_default(), &self.commands] {
            scenario.schedule(commands.iter().copied());
            origin.schedule(commands.iter().copied());
        }
        scenario.validate_from(|command| match &self.script {
            _ if self.commands.contains(command) => Some("--do".into()),
            Some(file) if script.as_ref().is_some_and(|script| script.contains(command)) => Some(printable(file)),
            _ => None,
        })?;
        Ok(opened)
    }
}

#[cfg(feature = "tui")]
impl Changes {
    /// The words on the command line that make the same changes: without seed and duration, which are the run's.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = vec![self.scenario.clone()];
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        self.set.iter().for_each(|assignment| option("--set", assignment.clone()));
        if let Some(slo) = &self.slo {
            option("--slo", slo.clone());
        }
        if let Some(count) = self.instances {
            option("--instances", count.to_string());
        }
        if let Some(policy) = self.policy {
            option("--policy", policy.to_string());
        }
        if let Some(script) = &self.script {
            option("--commands", script.clone());
        }
        self.commands.iter().for_each(|timed| option("--do", timed.to_string()));
        if self.no_commands {
            words.push("--no-commands".into());
        }
        words
    }
}

fn span(text: &str) -> Result<f64, String> {
    match parse_span(text)? {
        seconds if seconds > 0.0 => Ok(seconds),
        _ => Err("it must be above 0".into()),
    }
}

/// What a seed may be.
pub(super) const SEEDS: RangeInclusive<u64> = 0..=u64::MAX;

/// A whole number in this range; what is none is told what would do.
pub(super) fn whole<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number =
            text.parse().ok().filter(|number| range.contains(number)).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| format!("it must be a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A file to write. A dash would become the name of one, and nothing is the name of none.
pub(super) fn file(text: &str) -> Result<PathBuf, String> {
    match text {
        "" => Err("it is no name of a file".into()),
        "-" => {
            Err("this would be a file called `-`; what goes to no file is printed, and /dev/stdout names stdout".into())
        }
        name => Ok(name.into()),
    }
}

/// One of these, by its word; help and completion list them.
pub(super) fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    id: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let meant = move |word: String| all.into_iter().find(|item| id(*item) == word).ok_or("it is none of them");
    PossibleValuesParser::new(all.map(id)).try_map(meant)
}
