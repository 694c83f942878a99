//! A validation, written down in four ways.

use super::sections::heads;
use super::text::prose;
use super::{Format, csv};
use crate::study::validate::{Finding, Validation, Values, Verdict};
use crate::text::{WIDTH, wrap};
use std::fmt::Write;
use std::io;
use unicode_width::UnicodeWidthStr;

impl Validation {
    /// The validation in this format, with a newline at its end.
    ///
    /// # Errors
    /// None with the figures as they are: every type in it can be written in every format.
    pub fn render(&self, format: Format) -> io::Result<String> {
        match format {
            Format::Text => Ok(self.text()),
            Format::Markdown => Ok(self.markdown()),
            Format::Json => Ok(serde_json::to_string_pretty(self)? + "\n"),
            Format::Csv => csv::rows(self.rows()?),
        }
    }

    fn headline(&self) -> String {
        let quick = if self.quick { " · quick" } else { "" };
        let skew = self.skew.map_or_else(String::new, |skew| format!(" · exact values times {skew}"));
        let partial = if self.partial { " · interrupted" } else { "" };
        let (seed, version) = (self.seed, self.version);
        format!("the simulator against theory{quick}{skew}{partial} · seed {seed} · statelab {version}")
    }

    fn summary(&self) -> String {
        let Self { passed, failed, runs, claims, .. } = self;
        let tested = passed + failed;
        let verdict = match (failed, self.partial) {
            (0, false) => format!("all {passed} pass"),
            (_, false) => format!("{failed} FAIL, {passed} pass"),
            (0, true) if tested == 0 => return format!("interrupted before any of {claims} claims was tested."),
            (0, true) => format!("interrupted: {tested} of {claims} claims were tested, and pass"),
            (_, true) => format!("interrupted: {tested} of {claims} claims were tested, {failed} FAIL"),
        };
        let identity = |finding: &Finding| matches!(finding.values, Values::Identity { .. });
        if self.oracles.iter().all(identity) {
            return format!(
                "{verdict}. Identities, to the last digit, under each of {runs} seeds; shown are the sums."
            );
        }
        let sums = if self.oracles.iter().any(identity) { ", of identities sums" } else { "" };
        format!(
            "{verdict}. Means over {runs} seeds{sums}; intervals of {:.4} % each,\nso that a correct simulator fails under one base seed in {:.0}.",
            self.row_level * 100.0,
            1.0 / self.false_alarm
        )
    }

    fn groups(&self) -> impl Iterator<Item = &[Finding]> {
        self.oracles.chunk_by(|a, b| (a.system, a.figure) == (b.system, b.figure))
    }

    fn text(&self) -> String {
        let mut out = prose(&self.headline()) + "\n";
        out += &line("", &figures(&["", "exact", "simulated", "±", "interval", ""].map(str::to_owned)));
        for group in self.groups() {
            out += &format!("\n{}\n", wrap(&title(&group[0]), WIDTH, "  ").join("\n"));
            let theory = format!("{} · {}", group[0].formula, group[0].source);
            wrap(&theory, WIDTH - 4, "  ").iter().for_each(|theory| out += &format!("    {theory}\n"));
            let cells: Vec<[String; 6]> = group.iter().map(cells).collect();
            // Parameters stand beside their figures if there is room in the whole group.
            let beside = cells.iter().all(|cells| 4 + cells[0].width() + figures(cells).width() <= WIDTH);
            for cells in &cells {
                if beside {
                    out += &line(&cells[0], &figures(cells));
                } else {
                    out += &format!("  {}\n{}", cells[0], line("", &figures(cells)));
                }
            }
        }
        out + "\n" + &prose(&self.summary())
    }

    fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n{}\n", self.headline(), self.summary());
        for group in self.groups() {
            let first = &group[0];
            // Writing to a text cannot fail.
            let _ = write!(out, "\n## {}\n\n`{}` · {}\n\n", title(first), first.formula, first.source);
            out += "| | exact | simulated | ± | interval | |\n|---|---:|---:|---:|---:|---|\n";
            for finding in group {
                let _ = writeln!(out, "| {} |", cells(finding).join(" | "));
            }
        }
        out
    }

    /// A header, then a row for each claim. What is not defined is empty.
    fn rows(&self) -> io::Result<Vec<Vec<String>>> {
        const HEADS: [&str; 13] = [
            "system",
            "figure",
            "parameters",
            "formula",
            "source",
            "unit",
            "kind",
            "exact",
            "simulated",
            "low",
            "high",
            "half_width_ratio",
            "verdict",
        ];
        let mut rows = vec![heads(HEADS)];
        for finding in &self.oracles {
            let finding = serde_json::to_value(finding)?;
            rows.push(HEADS.map(|head| csv::cell(&finding[head])).to_vec());
        }
        Ok(rows)
    }
}

fn title(finding: &Finding) -> String {
    let unit = if finding.unit.is_empty() { String::new() } else { format!(", {}", finding.unit) };
    format!("{}: {}{unit}", finding.system, finding.figure)
}

/// Parameters, exact, simulated, relative half width, interval, verdict.
fn cells(finding: &Finding) -> [String; 6] {
    let verdict = match finding.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "FAIL",
        Verdict::Vague => "VAGUE",
    };
    let [exact, simulated, half, interval] = match finding.values {
        Values::Estimate { exact, simulated, low, high, half_width_ratio, .. } => [
            digits(exact),
            digits(simulated),
            format!("{:.1} %", half_width_ratio * 100.0),
            format!("{} – {}", digits(low), digits(high)),
        ],
        Values::Identity { exact, simulated } => {
            [exact.to_string(), simulated.to_string(), String::new(), "exactly".into()]
        }
    };
    [finding.parameters.clone(), exact, simulated, half, interval, verdict.into()]
}

/// Five figures or so.
fn digits(value: f64) -> String {
    if value < 10.0 { format!("{value:.4}") } else { format!("{value:.2}") }
}

/// What follows the parameters: figures to the right, verdicts to the left. Long figures reach further to the left.
fn figures(cells: &[String; 6]) -> String {
    const WIDTHS: [usize; 4] = [0, 9, 6, 15];
    let [_, figures @ .., verdict] = cells;
    let mut line = String::new();
    for (figure, width) in figures.iter().zip(WIDTHS) {
        line += &format!("{:gap$}{figure}  ", "", gap = width.saturating_sub(figure.width()));
    }
    format!("{line}{verdict:<5}")
}

/// A row of the text, as wide as it may be.
fn line(parameters: &str, figures: &str) -> String {
    let gap = WIDTH.saturating_sub(2 + parameters.width() + figures.width());
    format!("  {parameters}{:gap$}{figures}", "").trim_end().to_owned() + "\n"
}
