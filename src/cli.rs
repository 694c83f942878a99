//! The command line: what is asked for, and the exit code it ends with.
//!
//! ```text
//!   0 done · 1 a check failed · 2 usage, bad file, output that could not be written
//!   130 interrupted · 141 the reader of our output went away
//! ```

mod challenge;
mod changes;
mod check;
mod compare;
#[cfg(feature = "tui")]
mod dashboard;
mod draft;
mod explain;
mod lesson;
mod list;
#[cfg(feature = "tui")]
mod memory;
mod merge;
mod output;
#[cfg(feature = "tui")]
mod picture;
mod run;
mod study;
mod sweep;
mod validate;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use statelab::scenario::{Faults, Home, Scenario, TimedCommand, printable};
#[cfg(feature = "tui")]
use statelab::scenario::{nearest, shipped};
use std::process::ExitCode;

/// See the difference between stateless and stateful services: a live, measured simulation in your terminal.
#[derive(Parser)]
#[command(name = "statelab", version, args_override_self = true)]
#[cfg_attr(feature = "tui", command(args_conflicts_with_subcommands = true))]
#[cfg_attr(not(feature = "tui"), command(arg_required_else_help = true))]
struct Cli {
    #[cfg(feature = "tui")]
    #[command(flatten)]
    dashboard: dashboard::Arguments,
    #[cfg(feature = "tui")]
    #[command(subcommand)]
    command: Option<Command>,
    #[cfg(not(feature = "tui"))]
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run one home of state without a screen, and report the figures.
    Run(run::Arguments),
    /// Compare homes of state on the same traffic, with paired seeds and confidence intervals.
    Compare(compare::Arguments),
    /// Join the part files of a study that was done in shards.
    Merge(merge::Arguments),
    /// Draw one screen of the dashboard into a file, without a terminal.
    #[cfg(feature = "tui")]
    Picture(picture::Arguments),
    /// How much traffic so many instances carry, with the fitted scalability law; or what comes of a field's values.
    Sweep(sweep::Arguments),
    /// Compare the simulator with what theory says, as a table; ends with 1 where they disagree.
    Validate(validate::Arguments),
    /// Take a guided lesson; without a name, list them.
    Lesson(lesson::Arguments),
    /// Mend a service in trouble: your design is judged by what happens, with seeds that nobody sees. Without a name, list them.
    Challenge(challenge::Arguments),
    /// Show a saved run again in the dashboard, exactly as it was; then it is yours to go on with.
    #[cfg(feature = "tui")]
    Replay(dashboard::Replay),
    /// Say what a word means, as the glossary of the dashboard does; without one, list them all.
    Explain {
        /// The word, or several that make one term.
        #[arg(value_name = "TERM")]
        term: Vec<String>,
    },
    /// Check files of scenarios, lessons, challenges and saved runs: file:line:column and a hint for each fault.
    Check {
        /// The files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// List the scenarios, lessons and challenges that come with the program; or the fields of scenarios.
    List(list::Arguments),
}

/// Why a command ends without having done its work.
enum Failure {
    /// Something is wrong with what was asked for, or with the surroundings: each line says what, where, and how to mend it.
    Usage(String),
    /// The simulation broke a law of its model: what it says cannot be believed.
    Untrue(String),
    /// The reader of our output went away; there is nobody to tell.
    ClosedPipe,
}

impl Failure {
    /// Several things that are wrong with what was asked for.
    fn of_lines(lines: &[String]) -> Self {
        Self::Usage(lines.join("\nstatelab: "))
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::of_lines(&faults.0.iter().map(ToString::to_string).collect::<Vec<_>>())
    }
}

/// The exit code after a panic, the same that Rust's own has; released programs end at once, without unwinding.
const PANIC: i32 = 101;

/// Parses the arguments, does what they ask for, and says how it went.
pub fn main() -> ExitCode {
    let speak = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        speak(panic);
        std::process::exit(PANIC);
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => return tell(&in_full(error)),
        Err(help) => return tell(&help),
    };
    #[cfg(feature = "tui")]
    let outcome = match cli.command {
        Some(command) => carry_out(command),
        None => dashboard::show(&cli.dashboard),
    };
    #[cfg(not(feature = "tui"))]
    let outcome = carry_out(cli.command);
    end(outcome)
}

/// The exit code of a command, once it is said what went wrong.
fn end(outcome: Result<ExitCode, Failure>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(Failure::Usage(why)) => {
            complain(&why);
            ExitCode::from(2)
        }
        Err(Failure::Untrue(why)) => {
            complain(&why);
            ExitCode::FAILURE
        }
        Err(Failure::ClosedPipe) => ExitCode::from(141),
    }
}

fn carry_out(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Merge(arguments) => merge::merge(&arguments),
        #[cfg(feature = "tui")]
        Command::Picture(arguments) => picture::draw(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Lesson(arguments) => lesson::lesson(&arguments),
        Command::Challenge(arguments) => challenge::challenge(&arguments),
        #[cfg(feature = "tui")]
        Command::Replay(arguments) => dashboard::replay(&arguments),
        Command::Explain { term } => explain::explain_term(&term.join(" ")),
        Command::Check { files } => check::check(&files),
        Command::List(arguments) => list::list(&arguments),
    }
}

/// The same mistake, with the whole usage of its command under it: clap would leave out the options that were not typed.
fn in_full(error: clap::Error) -> clap::Error {
    let mut cli = Cli::command();
    cli.build();
    let with_usage = |mut command: clap::Command| {
        let usage = command.render_usage().to_string();
        command.override_usage(usage.trim_start_matches("Usage: ").to_owned())
    };
    cli.mut_subcommands(with_usage).try_get_matches().err().unwrap_or(error)
}

/// The names of all commands.
#[cfg(feature = "tui")]
fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// What is wrong if the first word on the command line is no option and no command: it stands where a scenario may, and what
/// comes after it cannot be made sense of.
#[cfg(feature = "tui")]
fn no_command(error: &clap::Error) -> Option<String> {
    let first = std::env::args().nth(1).filter(|_| error.kind() == ErrorKind::ArgumentConflict)?;
    let names = commands();
    if first.starts_with('-') || names.contains(&first) {
        return None;
    }
    if shipped().iter().any(|file| file.name == first) || std::path::Path::new(&first).is_file() {
        let scenario = shorten(&first);
        let scenario = scenario.trim_end();
        return Some(format!(
            "there is a word too many after `{scenario}`; a command comes first: statelab run {scenario}"
        ));
    }
    let hint = match nearest(&first, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "see statelab --help".into(),
    };
    Some(format!("there is no command `{}`; {hint}", shorten(&first).trim_end()))
}

/// Without a dashboard no scenario may stand there, and every word that is no command is told as such.
#[cfg(not(feature = "tui"))]
const fn no_command(_: &clap::Error) -> Option<String> {
    None
}

/// A command after the end is no mistake in a scenario, which may be run for longer; but nobody should wait for it.
fn warn_of_late_commands(scenario: &Scenario) {
    complain_of(late_commands(scenario).map(|late| format!("warning: {late}; a longer --duration reaches it")));
}

/// Commands and bursts that come after the end.
fn late_commands(scenario: &Scenario) -> impl Iterator<Item = String> {
    let end = scenario.duration_s;
    let commands = scenario.commands.iter().map(|TimedCommand { at_s, command }| (*at_s, format!("`{command}`")));
    let bursts = scenario.workload.bursts.iter().map(|burst| (burst.at_s, "the burst".to_owned()));
    let late = commands.chain(bursts).filter(move |&(at_s, _)| at_s > end);
    late.map(move |(at_s, what)| format!("{what} at {at_s} s comes after the end at {end} s"))
}

/// Options that were given and change nothing, so that nobody takes the figures for what they are not.
fn warn_of_idle_options(given: &[&str], why: &str) {
    if !given.is_empty() {
        let have = if given.len() == 1 { "has" } else { "have" };
        complain(&format!("warning: {} {have} no effect: {why}", statelab::text::list(given)));
    }
}

/// A blow at a store that is not there: in these homes nothing came of it, as far as was run.
fn warn_of_vain_commands(scenario: &Scenario, homes: &[Home], until_s: f64) {
    let in_time = scenario.commands.iter().filter(|timed| timed.at_s <= until_s);
    complain_of(in_time.filter_map(|TimedCommand { at_s, command }| {
        let storeless = homes.iter().filter(|home| scenario.misses_store(**home, *command));
        let storeless: Vec<&str> = storeless.map(|home| home.id()).collect();
        let (home, has) = if storeless.len() == 1 { ("home", "has") } else { ("homes", "have") };
        let names = storeless.join(", ");
        (!names.is_empty())
            .then(|| format!("warning: `{command}` at {at_s} s did nothing: {home} {names} {has} no store"))
    }));
}

/// Says several things, those that are the same once, and no more than anybody reads.
fn complain_of(said: impl Iterator<Item = String>) {
    const MOST: usize = 20;
    let said: Vec<String> = said.collect();
    let mut said = said.chunk_by(|one, next| one == next);
    for same in said.by_ref().take(MOST) {
        let times = if same.len() > 1 { format!(" ({} times)", same.len()) } else { String::new() };
        complain(&format!("{}{times}", same[0]));
    }
    let left: usize = said.map(<[String]>::len).sum();
    if left > 0 {
        complain(&format!("… and {left} more such warnings"));
    }
}

/// A line on stderr; if that is closed too, there is nowhere left to say so. What was typed or read may hold anything,
/// so nothing of it reaches the terminal that could do something there.
fn complain(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "statelab: {}", printable(why));
}

/// A word, cut if it is longer than any of ours: then it is quoted, and what is said about it comes after it.
fn shorten(word: &str) -> String {
    const LONGEST: usize = 300;
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ", &word[..end]),
        None => word.to_owned(),
    }
}

/// What clap has to say: help and version as they are; errors under the program's name, like all others.
fn tell(said: &clap::Error) -> ExitCode {
    let text = said.render().to_string();
    end(match said.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output::say(&text),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::Usage(format!("what shall it do?\n\n{text}")))
        }
        _ => Err(Failure::Usage(no_command(said).unwrap_or_else(|| {
            let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
            text.split_inclusive([' ', '\n']).map(shorten).collect()
        }))),
    })
}
