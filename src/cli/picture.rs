//! `statelab picture`: one screen of the dashboard as a file, the same bytes every time.

use super::changes::{Changes, file, one_of};
use super::dashboard::worlds;
use super::{Failure, draft, output};
use clap::{Args, ValueEnum};
use statelab::lesson::{Lesson, shipped};
use statelab::scenario::{Home, parse_span};
use statelab::tui::screen::SMALLEST;
use statelab::tui::still::{self, Shot};
use statelab::tui::theme::Palette;
use statelab::tui::views::View;
use statelab::units::Nanos;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// What can be asked of a picture.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// The world that is shown [default: sticky; of a saved run, the world that was shown].
    #[arg(long, value_parser = one_of(Home::ALL, Home::id))]
    home: Option<Home>,
    /// The simulated instant, such as 39.4s [default: the one at which the dashboard opens].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_span)]
    at: Option<f64>,
    /// Columns and rows.
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", allow_hyphen_values = true, value_parser = size)]
    size: (u16, u16),
    /// What fills the screen.
    #[arg(long, default_value = "stage", value_parser = one_of(View::ALL, view_id))]
    view: View,
    /// A lesson instead of a scenario: its name, or a file.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["Changes", "home", "view"])]
    lesson: Option<String>,
    /// Keys to press then, with spaces between them, and times to wait, such as '2 k 1.3s' or 'Tab Tab'.
    #[arg(long, value_name = "KEYS", default_value = "", allow_hyphen_values = true)]
    keys: String,
    /// The colours; plain has none.
    #[arg(long, default_value = "dark")]
    theme: Theme,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// Measure first how much traffic each world can carry, for the table; takes a few seconds.
    #[arg(long)]
    study: bool,
    /// The file: plain text if it ends in .txt, SVG if it ends in .svg or in nothing. Without one, plain text is printed.
    #[arg(long, value_name = "FILE", value_parser = drawn)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Theme {
    Dark,
    Light,
    Plain,
}

const VIEWS: [&str; 5] = ["stage", "sessions", "charts", "journal", "table"];

fn view_id(view: View) -> &'static str {
    VIEWS[view as usize]
}

/// What is asked for, with this world shown and this stateful one beside it.
fn shot(arguments: &Arguments, (home, beside): (Home, Home)) -> Shot {
    let Arguments { size, view, ascii, study, .. } = *arguments;
    Shot {
        size,
        home,
        beside: Some(beside),
        at: arguments.at.map(Nanos::from_secs),
        view,
        keys: arguments.keys.split_whitespace().map(str::to_owned).collect(),
        palette: match arguments.theme {
            Theme::Dark => Palette::Dark,
            Theme::Light => Palette::Light,
            Theme::Plain => Palette::Plain,
        },
        ascii,
        study,
    }
}

/// Draws it.
pub(super) fn draw(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let out = arguments.out.as_deref();
    let lesson = arguments.lesson.as_deref().filter(|name| shipped().iter().all(|shipped| shipped.name != *name));
    draft::refuse_over(arguments.changes.files().chain(lesson), "--out", out)?;
    out.map_or(Ok(()), draft::rehearse)?;
    super::warn_of_idle_options(&arguments.changes.given(&["--duration"]), "a picture is of one instant, --at");
    let still = match &arguments.lesson {
        Some(name) => still::take_lesson(Arc::new(Lesson::load(name)?), &shot(arguments, worlds(None, None))),
        None => {
            let opened = arguments.changes.open()?;
            let shot = shot(arguments, worlds(arguments.home, Some(&opened)));
            still::take(opened.scenario, &shot)
        }
    };
    let still = still.map_err(Failure::Usage)?;
    match out {
        None => output::print(&still.text())?,
        Some(path) if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt")) => {
            draft::replace(path, &still.text())?
        }
        Some(path) => draft::replace(path, &still.svg())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A file of a kind that can be drawn.
fn drawn(text: &str) -> Result<PathBuf, String> {
    let path = file(text)?;
    match path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).as_deref() {
        None | Some("svg" | "txt") => Ok(path),
        Some(other) => Err(format!("pictures are SVG or plain text, not {other}: end it in .svg or .txt")),
    }
}

/// `120x40`, within what a screen can be.
fn size(text: &str) -> Result<(u16, u16), String> {
    let parts = text.split_once(['x', '×']);
    let size = parts.and_then(|(columns, rows)| Some((columns.parse::<u64>().ok()?, rows.parse::<u64>().ok()?)));
    match size {
        Some((columns, rows)) if columns < SMALLEST.0.into() || rows < SMALLEST.1.into() => {
            Err(format!("statelab needs {}×{}, this is {columns}×{rows}", SMALLEST.0, SMALLEST.1))
        }
        Some((columns @ ..=500, rows @ ..=200)) => Ok((columns as u16, rows as u16)),
        Some(_) => Err("a picture has at most 500 columns and 200 rows".into()),
        None => Err("write it as 120x40".into()),
    }
}
