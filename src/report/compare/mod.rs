//! A comparison, written down.
//!
//! ```text
//!   CompareReport ─┬─▶ json      (statelab.compare/1: everything)
//!                  ├─▶ csv       (a row for each scenario, home and figure)
//!                  └─▶ sections ─┬─▶ text      (at most 80 columns)
//!                                └─▶ markdown
//! ```

mod figures;
pub(super) mod number;
mod verdict;

use super::sections::{Section, exact, slowed};
use super::{Format, csv, markdown, text};
use crate::study::compare::{CompareReport, Figure, StudyReport};

impl CompareReport {
    /// The report in this format, with a newline at its end.
    ///
    /// # Errors
    /// None with the figures as they are: every type in the report can be written in every format.
    pub fn render(&self, format: Format) -> std::io::Result<String> {
        let each =
            |render: &dyn Fn(&StudyReport) -> String| self.studies.iter().map(render).collect::<Vec<_>>().join("\n");
        Ok(match format {
            Format::Json => serde_json::to_string_pretty(self)? + "\n",
            Format::Csv => csv::rows(self.rows())?,
            Format::Text => each(&|study| text::render(&self.headline(study), &sections(study))),
            // A paragraph each, or they run into one sentence.
            Format::Markdown => {
                each(&|study| markdown::render(&self.headline(study).replace('\n', "\n\n"), &sections(study)))
            }
        })
    }

    fn headline(&self, study: &StudyReport) -> String {
        let StudyReport { scenario, runs, seeds, duration_s, warmup_s, .. } = study;
        let done = seeds.len();
        let seeds = match seeds.first() {
            Some(first) if done == 1 && *runs == 1 => format!("one seed, {first}"),
            Some(first) if done == *runs as usize => format!("{done} paired seeds from {first}"),
            _ => format!("interrupted: {done} of {runs} paired seeds"),
        };
        let (version, slowed) = (self.version, slowed(study.slow_motion));
        let [run, warmup] = [duration_s, warmup_s].map(|seconds| exact(*seconds));
        let mut headline = format!(
            "{scenario} · {seeds} · {run} s each, {warmup} s of warm-up not counted · statelab {version}{slowed}"
        );
        if done > 1 {
            headline += &format!("\nmeans ± half of the {} % interval", self.level * 100.0);
            if study.homes.len() > 1 {
                headline += &format!("; diff.: to {}, seed by seed, = where its interval spans zero", study.reference);
            }
            // Of so many runs none, at this level, if at least this share of all had it.
            let unseen = 1.0 - libm::pow(1.0 - self.level, 1.0 / done as f64);
            headline +=
                &format!("\nwhat happened in none of these runs may happen in up to {:.0} % of others", 100.0 * unseen);
        } else if done == 1 && study.homes.len() > 1 {
            headline +=
                &format!("\ndiff.: to {}, in brackets, because one seed cannot tell it from chance", study.reference);
        }
        headline
    }

    /// A header, then a row for each scenario, home and figure. What is not defined is empty.
    fn rows(&self) -> Vec<Vec<String>> {
        let heads = [
            "scenario",
            "home",
            "figure",
            "mean",
            "low",
            "high",
            "defined",
            "difference",
            "difference_low",
            "difference_high",
            "verdict",
            "command",
            "reference",
            "seeds",
            "runs",
        ];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        for study in &self.studies {
            let (seeds, runs) = (study.seeds.len().to_string(), study.runs.to_string());
            let whole = [study.reference.to_string(), seeds, runs];
            for home in &study.homes {
                let figures = home.figures.0.iter();
                rows.extend(figures.map(|(name, figure)| {
                    let about = [study.scenario.clone(), home.home.to_string(), name.clone()];
                    let command = study.command(name).map_or_else(String::new, |command| command.to_string());
                    about.into_iter().chain(cells(figure)).chain([command]).chain(whole.clone()).collect()
                }));
            }
        }
        rows
    }
}

fn cells(figure: &Figure) -> [String; 8] {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let difference = figure.difference.as_ref();
    [
        number(figure.mean),
        number(figure.low),
        number(figure.high),
        figure.defined.to_string(),
        number(difference.map(|difference| difference.mean)),
        number(difference.and_then(|difference| difference.low)),
        number(difference.and_then(|difference| difference.high)),
        difference.and_then(|difference| difference.verdict).unwrap_or_default().to_owned(),
    ]
}

/// Every table.
fn sections(study: &StudyReport) -> Vec<Section> {
    let mut sections = figures::groups(study);
    sections.extend(figures::faults(study));
    sections.extend(figures::summary(study));
    sections.push(verdict::good_for(study));
    sections
}
