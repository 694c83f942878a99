//! From the answers of all tasks to the report.

use super::figures::{self, ABSORBED, HOLDING, IMBALANCE, Leaves, PARTS, REJECTED, STATEFUL, values};
use super::plan::{Outline, StudyOutline, Task};
use super::report::{
    CellReport, CompareReport, Difference, Figure, Figures, GoodFor, HomeReport, RowReport, SCHEMA, StudyReport,
    VariantReport,
};
use super::verdict::{Runs, Verdict, decide};
use crate::scenario::{Home, TimedCommand};
use crate::study::crew::nth_seed;
use crate::study::{Answers, Capacity, Estimate, LEVEL};
use crate::table::{Advice, Cell, DUTIES, Measured, MeasuredFault, Row, Word, summary_of, tries};
use crate::text::NOT_SEEN;
use serde::Deserialize;
use serde_json::Value;

/// The rule of the winner, for readers of the report.
const RULE: &str = "Excluded: homes with lost sessions, with more than 0.1 % of requests other than ok, or with a p99 of wait \
    above the objective, all seeds together; of fewer than 3,000 requests a share whose 95 % interval reaches down to 0.1 % excludes \
    nobody. A home beats another if it is better in one of lost sessions, share other than ok, median wait, bytes per request \
    and kinds of component, and worse in none, by paired 95 % intervals: where one has room for worse, they are not told \
    apart, and tie. Differences below 0.1 % of a median wait or of bytes, and 0.01 % of requests, do not count. Who is not \
    beaten wins; several tie.";

/// The report of a comparison, from its outline and the answers of its tasks.
#[must_use]
pub fn summarise(outline: &Outline, answers: &Answers) -> CompareReport {
    let tasks: Vec<Task> = outline.tasks();
    let studies = (0..)
        .zip(&outline.studies)
        .map(|(number, study)| Results::of(number, study, &tasks, answers).report())
        .collect();
    CompareReport {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        partial: (0..tasks.len()).any(|task| !answers.contains_key(&task)),
        level: LEVEL,
        studies,
    }
}

/// The answers that belong to one scenario.
struct Results<'a> {
    outline: &'a StudyOutline,
    /// By variant, the scenario itself first: each run that is complete, with its number.
    runs: Vec<Vec<(u32, &'a Value)>>,
    capacities: Vec<(Home, Vec<Capacity>)>,
}

impl<'a> Results<'a> {
    fn of(number: usize, outline: &'a StudyOutline, tasks: &[Task], answers: &'a Answers) -> Self {
        let mut runs = vec![Vec::new(); 1 + outline.variants.len()];
        let mut capacities = Vec::new();
        for (task, answer) in tasks.iter().enumerate().filter_map(|(i, task)| Some((task, answers.get(&i)?))) {
            match *task {
                Task::Runs { study, variant, run } if study == number => runs[variant].push((run, answer)),
                Task::Capacity { study, home, .. } if study == number => {
                    capacities.extend(Vec::deserialize(answer).ok().map(|found| (home, found)));
                }
                _ => {}
            }
        }
        Self { outline, runs, capacities }
    }

    /// Each home's runs of a variant, at most so many.
    fn homes(&self, variant: usize, most: usize) -> Vec<Runs<'a>> {
        let leaves = |home: Home| {
            let runs = self.runs[variant].iter().take(most);
            runs.filter_map(|(_, answer)| answer.get(home.id())?.as_object()).collect::<Vec<&Leaves>>()
        };
        self.outline.homes.iter().map(|&home| (home, leaves(home))).collect()
    }

    fn report(&self) -> StudyReport {
        let StudyOutline { scenario, homes, runs, duration_s, slow_motion, warmup_s, slo_ms, .. } = self.outline;
        let by_home = self.homes(0, usize::MAX);
        let reference = homes.iter().copied().find(|home| *home == Home::Token).or(homes.first().copied());
        let reference = reference.unwrap_or(Home::Token);
        let base = by_home.iter().find(|(home, _)| *home == reference).map_or(&[][..], |(_, runs)| runs);
        let names = figures::names(by_home.iter().flat_map(|(_, runs)| runs.iter().copied()));
        let reports: Vec<HomeReport> = by_home
            .iter()
            .map(|(home, runs)| {
                let theirs = (*home != reference).then_some(base);
                let figures = names.iter().map(|name| (name.clone(), figure(runs, theirs, name))).collect();
                HomeReport { home: *home, figures: Figures(figures) }
            })
            .collect();
        let faults = self.outline.faults.clone();
        StudyReport {
            scenario: scenario.clone(),
            runs: *runs,
            seeds: self.runs[0].iter().map(|(run, _)| nth_seed(self.outline.seed, *run)).collect(),
            duration_s: *duration_s,
            slow_motion: *slow_motion,
            settings: self.outline.settings.clone(),
            commands: self.outline.commands.clone(),
            warmup_s: *warmup_s,
            slo_ms: *slo_ms,
            reference,
            table: if base.is_empty() { Vec::new() } else { self.table(&reports, &faults) },
            homes: reports,
            faults,
            good_for: self.good_for(&by_home),
        }
    }

    fn table(&self, homes: &[HomeReport], faults: &[TimedCommand]) -> Vec<RowReport> {
        let columns: Vec<Measured<'_>> = homes.iter().map(|home| self.measured(home, faults)).collect();
        let rows = summary_of(&columns);
        // Its last row, "Good for", is what the whole comparison answers.
        rows.into_iter()
            .take(4)
            .map(|row| {
                let cell = |(column, cell): (&Measured<'_>, &Cell)| {
                    // A run that is shown goes on; these are over.
                    let text = cell.text.trim_end_matches(" yet").to_owned();
                    let over = |value: &String| if value == "not yet" { NOT_SEEN.into() } else { value.clone() };
                    let inputs = cell.inputs.iter().map(|(name, value)| (*name, over(value))).collect();
                    let (home, word) = (column.home, cell.word.map(Word::text));
                    CellReport { home, text, word, agrees: row.agrees(home, cell), inputs }
                };
                let cells = columns.iter().zip(&row.cells).map(cell).collect();
                let Row { title, textbook, formula, caveat, thresholds, .. } = row;
                RowReport { title, textbook, formula, caveat, thresholds, cells }
            })
            .collect()
    }

    fn measured(&self, home: &HomeReport, faults: &[TimedCommand]) -> Measured<'_> {
        let optional = |name: &str| home.figures.mean(name);
        let mean = |name: &str| optional(name).unwrap_or(0.0);
        // Those that hit something here under every seed: of others there is no mean.
        let hit = |number: usize| optional(&format!("faults.{number}.sessions_alive")).is_some();
        let tried = faults.iter().enumerate().map(|(place, fault)| (place + 1, fault));
        let tried = tried.filter(|(number, fault)| tries(fault.command, home.has_store()) && hit(*number));
        let tried = tried.map(|(number, fault)| {
            let name = |leaf: &str| format!("faults.{number}.{leaf}");
            MeasuredFault {
                command: fault.command,
                at_s: fault.at_s,
                only: true,
                alive: mean(&name("sessions_alive")),
                intact: mean(&name("sessions_intact")),
                lost: mean(&name("sessions_lost")),
                reverted: mean(&name("sessions_reverted")),
                writes_lost: mean(&name("acked_writes_lost")),
                failed: mean(&name("requests_failed")),
                detected_s: optional(&name("detected_s")),
                recovered_s: optional(&name("recovered_s")),
                // The runs are over.
                followed: true,
                open: false,
            }
        });
        let fault = MeasuredFault::worst(tried.collect());
        let capacities = self.capacities.iter().filter(|(known, _)| *known == home.home);
        let capacities: Vec<&[Capacity]> = capacities.map(|(_, capacities)| capacities.as_slice()).collect();
        let trials = capacities.len() as u32;
        Measured {
            home: home.home,
            followups: mean("requests.followups"),
            followups_lost: mean("requests.followups_lost"),
            issued: mean("requests.issued"),
            ended: mean("requests.ended"),
            sessions: mean("sessions.created"),
            duties: DUTIES.map(|(_, figure)| mean(figure)),
            client_peak: mean("bytes.client_peak"),
            redundant_bytes: mean("bytes.redundant"),
            redundant_ratio: optional("bytes.redundant_ratio"),
            server_messages: mean("messages.replication") + mean("messages.store"),
            parts: mean(PARTS),
            holding_instances: mean(HOLDING),
            stateful_parts: mean(STATEFUL),
            has_store: home.has_store(),
            revoked: optional("store.revoked").filter(|_| home.home == Home::Token),
            imbalance: optional(IMBALANCE),
            absorbed_s: optional(ABSORBED),
            knobs: self.outline.knobs.get(&home.home).cloned().unwrap_or_default(),
            fault,
            capacities,
            progress: (trials, trials),
        }
    }

    fn good_for(&self, by_home: &[Runs<'_>]) -> GoodFor {
        let StudyOutline { scenario, slo_ms, variant_runs, variants, .. } = self.outline;
        let advice = Advice::of(scenario);
        let advised: Vec<Home> = advice.map(|advice| advice.homes.clone()).unwrap_or_default();
        let judged = |verdict: &Verdict| advice.map(|_| verdict.outcome(&advised));
        let verdict = decide(by_home, *slo_ms);
        let few = *variant_runs as usize;
        let whole = |variant: usize| self.runs[variant].iter().take(few).map(|(run, _)| *run).eq(0..*variant_runs);
        let of_few = |variant: usize| if whole(variant) { decide(&self.homes(variant, few), *slo_ms) } else { None };
        let base = if variants.is_empty() { None } else { of_few(0) };
        let rejects = |variant: usize| {
            let homes = self.homes(variant, few);
            homes.iter().any(|(_, runs)| values(runs, REJECTED).into_iter().flatten().any(|count| count > 0.0))
        };
        // Who has not lived through the same as the others wins nothing by it.
        let vain = |variant: usize| (rejects(variant) && !rejects(0)).then(|| "a command is impossible in it".into());
        let variants = (1..)
            .zip(variants)
            .map(|(number, variant)| {
                let impossible = variant.impossible.clone().or_else(|| vain(number));
                let verdict = if impossible.is_none() { of_few(number) } else { None };
                VariantReport {
                    parameter: variant.parameter.clone(),
                    factor: variant.factor,
                    changes: variant.changes.clone(),
                    impossible,
                    outcome: verdict.as_ref().and_then(judged),
                    flips: verdict.as_ref().zip(base.as_ref()).map(|(ours, base)| ours.contradicts(base)),
                    verdict,
                }
            })
            .collect();
        GoodFor {
            rule: RULE,
            outcome: verdict.as_ref().and_then(judged),
            verdict,
            advice: advice.map(|advice| advice.advice.as_str()),
            advised,
            variant_runs: *variant_runs,
            base,
            variants,
        }
    }
}

/// One figure of one home, and its paired difference to the reference.
fn figure(runs: &[&Leaves], reference: Option<&[&Leaves]>, name: &str) -> Figure {
    let ours = values(runs, name);
    let defined = ours.iter().flatten().count();
    let all = |values: &[Option<f64>]| values.iter().copied().collect::<Option<Vec<f64>>>();
    // No figure of a run is negative.
    let estimate = all(&ours).and_then(|values| Estimate::of(&values, LEVEL)).map(Estimate::not_negative);
    let difference = reference.and_then(|theirs| {
        let estimate = Estimate::of_differences(&all(&ours)?, &all(&values(theirs, name))?, LEVEL)?;
        let verdict = match estimate.mean {
            _ if estimate.n < 2 => None,
            _ if estimate.contains(0.0) => Some("no difference"),
            mean => Some(if mean > 0.0 { "higher" } else { "lower" }),
        };
        let (low, high) = estimate.ends();
        Some(Difference { mean: estimate.mean, low, high, verdict })
    });
    let (low, high) = estimate.as_ref().map_or((None, None), Estimate::ends);
    Figure { mean: estimate.map(|estimate| estimate.mean), low, high, defined, difference }
}
