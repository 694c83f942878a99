//! What all studies share: threads, shards, progress, and where the result goes.

use super::changes::{file, one_of, whole};
use super::{Failure, complain, draft, output};
use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use statelab::report::Format;
use statelab::study::{Answers, Part, Shard, Study, StudyError, Watch, carry_out};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The exit code of whatever was interrupted.
pub(super) const INTERRUPTED: u8 = 130;

/// Where a report goes, and how it is written.
#[derive(Args)]
pub(super) struct Target {
    /// How the figures are written [default: as the ending of --out says; else text on a terminal, json otherwise].
    #[arg(long, value_parser = one_of(Format::ALL, Format::id))]
    format: Option<Format>,
    /// Write to a file; an old one stays as it is until the new one is complete. After Ctrl-C what is finished is written,
    /// marked as partial; if nothing is, the old file stays.
    #[arg(long, value_name = "FILE", value_parser = file)]
    out: Option<PathBuf>,
    /// No progress bar (it is drawn on stderr, and only on a terminal), and no warnings.
    #[arg(long)]
    pub(super) quiet: bool,
}

impl Target {
    /// The format that is asked for, or that suits.
    pub(super) fn format(&self) -> Format {
        let ending = |out: &Path| out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let of_ending = |out: &Path| match ending(out).as_deref() {
            Some("txt") => Format::Text,
            Some("csv") => Format::Csv,
            Some("md") => Format::Markdown,
            _ => Format::Json,
        };
        self.format.unwrap_or_else(|| self.out().map_or_else(output::fitting, of_ending))
    }

    /// Finds out whether the report can be written at all, before the work for it begins.
    pub(super) fn rehearse(&self) -> Result<(), Failure> {
        self.out.as_deref().map_or(Ok(()), draft::rehearse)
    }

    /// Where the report goes, if not to the terminal.
    pub(super) fn out(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// Leaves a file as it is, where an interrupted study has finished nothing that could take its place, and says so. False
    /// if there is no file.
    pub(super) fn spare(&self) -> bool {
        if let Some(path) = &self.out {
            let left = if path.exists() { "is left as it was" } else { "is not written" };
            complain(&format!("interrupted before anything was finished: {} {left}", path.display()));
        }
        self.out.is_some()
    }

    /// Refuses to write the report over what it is made from.
    pub(super) fn refuse_over<'a>(&self, inputs: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
        draft::refuse_over(inputs, "--out", self.out())
    }

    /// Writes the report of what `stop` could stop; one that is `partial` ends with 130, and that it is not whole is said: not
    /// every format does. Nothing is left to be finished now: where a reader may be waited for in vain, the next signal ends
    /// the program.
    pub(super) fn write_last(&self, text: &str, stop: &AtomicBool, partial: bool) -> Result<ExitCode, Failure> {
        stop.fetch_or(self.out().is_none_or(draft::is_device), Ordering::Relaxed);
        self.write(text)?;
        if !partial {
            return Ok(ExitCode::SUCCESS);
        }
        let place = self.out().map_or("the report".into(), |out| out.display().to_string());
        complain(&format!("interrupted: {place} tells of what was finished by then"));
        Ok(ExitCode::from(INTERRUPTED))
    }

    /// Writes a report.
    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        match &self.out {
            Some(path) => draft::replace(path, text),
            None => output::print(text),
        }
    }
}

/// How a study is done.
#[derive(Args)]
pub(super) struct Work {
    /// Threads [default: one for each core]; the answer is the same for any number.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u16>(1..=1024))]
    jobs: Option<u16>,
    /// Do only this share of the work, and write a part file for `statelab merge`.
    #[arg(long, value_name = "I/N", conflicts_with = "format")]
    shard: Option<Shard>,
    #[command(flatten)]
    pub(super) target: Target,
}

impl Work {
    /// Does the study, and writes its report or its part file, though not over the `inputs` that it is made from; ends with
    /// 130 if it was interrupted.
    pub(super) fn carry_out<'a, S: Study>(
        &self,
        study: &S,
        inputs: impl IntoIterator<Item = &'a str>,
        render: impl Fn(&Answers, Format) -> std::io::Result<String>,
    ) -> Result<ExitCode, Failure> {
        self.target.refuse_over(inputs)?;
        self.target.rehearse()?;
        let stop = stop_on_signals()?;
        let shard = self.shard.unwrap_or(Shard::WHOLE);
        let answers = {
            let watch = Watch::new(&stop, study.all_steps(shard), study.unit(), self.target.quiet);
            carry_out(study, shard, self.jobs.unwrap_or(0).into(), &watch).map_err(|error| match error {
                StudyError::Threads(why) => Failure::Usage(why),
                StudyError::Law(_) => Failure::Untrue(error.to_string()),
            })?
        };
        let complete = shard.share(study.tasks()).all(|task| answers.contains_key(&task));
        if !complete && !study.tells(&answers) && self.target.spare() {
            return Ok(ExitCode::from(INTERRUPTED));
        }
        let text = match self.shard {
            Some(shard) => serde_json::to_string(&Part::new(study, shard, answers))
                .map(|text| text + "\n")
                .map_err(std::io::Error::from),
            None => render(&answers, self.target.format()),
        };
        self.target.write_last(&text.map_err(|error| output::failure("the report", &error))?, &stop, !complete)
    }
}

/// What comes so soon after the first signal says the same: `timeout` sends two at once, to the program and to its group.
const ECHO: Duration = Duration::from_millis(500);

/// A flag that is raised by whatever asks a program to end. A second signal ends it at once. A hang-up that was ignored when the
/// program began, as under `nohup`, stays so; shells ignore INT for what they start in the background, and somebody who sends
/// that by name means it all the same.
pub(super) fn stop_on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let hang_up = (!hang_up_is_ignored()).then_some(SIGHUP);
    let signals = Signals::new([SIGINT, SIGTERM, SIGQUIT].into_iter().chain(hang_up));
    let raised = Arc::clone(&stop);
    signals
        .and_then(|signals| thread::Builder::new().name("signals".into()).spawn(move || heed(signals, &raised)))
        .map_err(|error| Failure::Usage(format!("cannot listen for signals: {error}")))?;
    Ok(stop)
}

/// Whether this process was told to ignore hang-ups, where the system says so.
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (SIGHUP - 1) & 1 == 1
}

#[expect(clippy::disallowed_methods, reason = "when signals come is a matter of wall time")]
fn heed(mut signals: Signals, stop: &AtomicBool) {
    let mut first: Option<Instant> = None;
    for signal in signals.forever() {
        if stop.swap(true, Ordering::Relaxed) && first.is_none_or(|at| at.elapsed() > ECHO) {
            draft::discard_all();
            // It ends the program here.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        first.get_or_insert_with(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_file_says_how_it_is_written() {
        for (out, format) in
            [("a.csv", Format::Csv), ("A.CSV", Format::Csv), ("a.Md", Format::Markdown), ("csv", Format::Json)]
        {
            assert_eq!(Target { format: None, out: Some(out.into()), quiet: false }.format(), format, "{out}");
        }
    }

    #[test]
    fn whoever_waits_for_a_reader_can_be_interrupted() {
        let file = std::env::temp_dir().join(format!("statelab-last-{}", std::process::id()));
        for (out, ends) in [(Path::new("/dev/null"), true), (&file, false)] {
            let target = Target { format: None, out: Some(out.to_owned()), quiet: false };
            let stop = AtomicBool::new(false);
            assert!(target.write_last("x", &stop, false).is_ok());
            assert_eq!(stop.into_inner(), ends, "{}", out.display());
        }
        std::fs::remove_file(file).unwrap();
    }
}
