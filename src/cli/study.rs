//! What all studies share: threads, shards, progress, and where the result goes.

use super::changes::{file, one_of, whole};
use super::{Failure, complain, draft, output};
use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use statelab::report::Format;
use statelab::study::{Answers, Part, Shard, Study, StudyError, Watch, carry_out};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where a report goes, and how it is written.
#[derive(Args)]
pub(super) struct Target {
    /// How the figures are written [default: text on a terminal, json otherwise].
    #[arg(long, value_parser = one_of(Format::ALL, Format::id))]
    format: Option<Format>,
    /// Write to a file; an old one stays as it is until the new one is complete. After Ctrl-C what is finished is written,
    /// marked as partial; if nothing is, the old file stays.
    #[arg(long, value_name = "FILE", value_parser = file)]
    out: Option<PathBuf>,
}

impl Target {
    /// The format that is asked for, or that suits.
    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or_else(|| if self.out.is_none() { output::fitting() } else { Format::Json })
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

    /// Writes the report of what `stop` could stop. Nothing is left to be finished now: where a reader may be waited for in
    /// vain, the next signal ends the program.
    pub(super) fn write_last(&self, text: &str, stop: &AtomicBool) -> Result<(), Failure> {
        stop.fetch_or(self.out().is_none_or(draft::is_device), Ordering::Relaxed);
        self.write(text)
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
    /// No progress bar (it is drawn on stderr, and only on a terminal).
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    target: Target,
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
            let watch = Watch::new(&stop, study.all_steps(shard), study.unit(), self.quiet);
            carry_out(study, shard, self.jobs.unwrap_or(0).into(), &watch).map_err(|error| match error {
                StudyError::Threads(why) => Failure::Usage(why),
                StudyError::Law(_) => Failure::Untrue(error.to_string()),
            })?
        };
        let complete = shard.share(study.tasks()).all(|task| answers.contains_key(&task));
        if !complete && !study.tells(&answers) && self.target.spare() {
            return Ok(ExitCode::from(130));
        }
        let text = match self.shard {
            Some(shard) => serde_json::to_string(&Part::new(study, shard, answers))
                .map(|text| text + "\n")
                .map_err(std::io::Error::from),
            None => render(&answers, self.target.format()),
        };
        self.target.write_last(&text.map_err(|error| output::failure("the report", &error))?, &stop)?;
        Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(130) })
    }
}

/// A flag that is raised by whatever asks a program to end. A second signal ends it at once.
pub(super) fn stop_on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failure::Usage(format!("cannot listen for signals: {error}")))?;
    }
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_a_reader_can_be_interrupted() {
        let file = std::env::temp_dir().join(format!("statelab-last-{}", std::process::id()));
        for (out, ends) in [(Path::new("/dev/null"), true), (&file, false)] {
            let target = Target { format: None, out: Some(out.to_owned()) };
            let stop = AtomicBool::new(false);
            assert!(target.write_last("x", &stop).is_ok());
            assert_eq!(stop.into_inner(), ends, "{}", out.display());
        }
        std::fs::remove_file(file).unwrap();
    }
}
