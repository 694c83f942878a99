//! `statelab [SCENARIO]`: the dashboard.

use super::Failure;
use super::changes::{Changes, meaning, words};
use clap::builder::TypedValueParser;
use clap::{Args, ValueEnum};
use statelab::scenario::{Home, shipped};
use statelab::tui::{self, Colours, Options};
use std::process::ExitCode;

/// What can be asked of the dashboard.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// The stateful world to begin with, beside `token` [default: sticky].
    #[arg(long, value_parser = words(Home::ALL.map(Home::id)).map(|id| meaning(&id, Home::ALL, Home::id)))]
    home: Option<Home>,
    /// The colours; auto follows NO_COLOR, COLORTERM and COLORFGBG.
    #[arg(long, default_value = "auto")]
    theme: Theme,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// Let nothing move that does not move in the world.
    #[arg(long)]
    no_motion: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Theme {
    Auto,
    Dark,
    Light,
}

/// Shows the dashboard until the learner leaves it.
pub(super) fn show(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let word = &arguments.changes.scenario;
    let scenario = arguments.changes.apply().map_err(|faults| {
        // A mistyped command looks like a scenario; so whoever meant one is told which there are.
        let no_such = shipped().iter().all(|shipped| shipped.name != word) && !word.contains(['/', '.']);
        let commands = if no_such {
            "\ncommands: run, compare, sweep, merge, validate, check, list (see statelab --help)"
        } else {
            ""
        };
        match Failure::from(faults) {
            Failure::Usage(why) => Failure::Usage(why + commands),
            other => other,
        }
    })?;
    Ok(tui::run(scenario, options(arguments)))
}

fn options(arguments: &Arguments) -> Options {
    let theme = match arguments.theme {
        Theme::Auto => Colours::Auto,
        Theme::Dark => Colours::Dark,
        Theme::Light => Colours::Light,
    };
    let stateful = arguments.home.filter(|home| home.stateful()).unwrap_or(Home::Sticky);
    let Arguments { ascii, no_motion, no_mouse, .. } = *arguments;
    Options { homes: vec![Home::Token, stateful], theme, ascii, no_motion, no_mouse }
}
