//! A sweep, written down.
//!
//! ```text
//!   SweepReport ─┬─▶ json      (statelab.sweep/1: everything)
//!                ├─▶ csv       (a row for each home and size, or for each home, value and figure)
//!                └─▶ sections ─┬─▶ text      (with a plot)
//!                              └─▶ markdown
//! ```

use super::compare::number::{decimals, fixed};
use super::plot::{Curve, plot};
use super::sections::{Section, Shape, exact, heads, row, slowed};
use super::{Format, csv, markdown, text};
use crate::study::compare::NOT_OK;
use crate::study::sweep::{
    Axis, CapacityHome, CapacityPoint, FIGURES, FieldHome, FieldPoint, Findings, Mean, SweepReport,
};
use crate::study::usl::Parameter;
use crate::study::{Estimate, LEVEL};

/// How many parameters the scalability law has.
const PARAMETERS: usize = 3;
/// What is said under its head if there are no more sizes than that.
const FEW_SIZES: &str = "(3 parameters from 3 sizes: no size is left that could contradict it; --sizes takes more)";

impl SweepReport {
    /// The report in this format, with a newline at its end.
    ///
    /// # Errors
    /// None with the figures as they are: every type in the report can be written in every format.
    pub fn render(&self, format: Format) -> std::io::Result<String> {
        Ok(match format {
            Format::Json => serde_json::to_string_pretty(self)? + "\n",
            Format::Csv => csv::rows(self.rows())?,
            Format::Text => text::render(&self.headline(), &self.sections()) + &self.plot(),
            Format::Markdown => markdown::render(&self.headline(), &self.sections()),
        })
    }

    fn headline(&self) -> String {
        let Self { scenario, runs, seed, version, level, .. } = self;
        let slowed = slowed(self.slow_motion.unwrap_or(1.0));
        let (what, how) = match &self.findings {
            Findings::Capacity { slo_ms, failures_ratio, backlog_ratio, followups, warmup_ratio, .. } => (
                "capacity".to_owned(),
                format!(
                    "A rate is good if p99 of waits is at most {} ms, at most {} % end other than ok, and open\n\
                     requests grow by at most {} % of those issued. Each trial has {}·√N follow-ups, after a warm-up\n\
                     of {} % of their time that begins with visits in progress. No bursts, faults, autoscaler.\n\
                     Near the limit queues may grow for longer than a trial lasts: at X(N) a longer run can be worse.",
                    exact(*slo_ms),
                    failures_ratio * 100.0,
                    backlog_ratio * 100.0,
                    fixed(*followups, 0),
                    warmup_ratio * 100.0,
                ),
            ),
            Findings::Field { duration_s, warmup_s, .. } => (
                self.axis_name(),
                match (duration_s.map(exact), warmup_s.map(exact)) {
                    (Some(run), Some(warmup)) => {
                        format!("Each run has {run} s, of which {warmup} s of warm-up are not counted.")
                    }
                    (Some(run), None) => format!("Each run has {run} s, of which a warm-up is not counted."),
                    (None, Some(warmup)) => format!("Of each run {warmup} s of warm-up are not counted."),
                    (None, None) => "Of each run a warm-up is not counted.".to_owned(),
                },
            ),
        };
        let seeds = match self.seeds_done() {
            Some((least, most)) if least == most => format!("interrupted: {least} of {runs} paired seeds from {seed}"),
            Some((least, most)) => format!("interrupted: {least} to {most} of {runs} paired seeds from {seed}"),
            None if *runs == 1 => format!("one seed, {seed}"),
            None => format!("{runs} paired seeds from {seed}"),
        };
        let interval = format!("± is half the {} % interval over seeds.", level * 100.0);
        format!("{scenario} · {what} · {seeds} · statelab {version}{slowed}\n\n{how}\n{interval}")
    }

    /// If it was interrupted: how many seeds the points have, at least and at most.
    fn seeds_done(&self) -> Option<(usize, usize)> {
        let seeds: Vec<usize> = match &self.findings {
            Findings::Capacity { homes, .. } => {
                homes.iter().flat_map(|home| &home.points).map(|point| point.by_seed.len()).collect()
            }
            Findings::Field { homes, .. } => {
                homes.iter().flat_map(|home| &home.points).map(|point| point.runs).collect()
            }
        };
        seeds.iter().min().copied().zip(seeds.iter().max().copied()).filter(|_| self.partial)
    }

    fn axis_name(&self) -> String {
        match &self.axis {
            Axis::Sizes(_) => "N".into(),
            Axis::Field { path, .. } => path.clone(),
        }
    }

    fn sections(&self) -> Vec<Section> {
        match &self.findings {
            Findings::Capacity { homes, followups, .. } => capacity_sections(homes, *followups, self.runs),
            Findings::Field { homes, .. } => FIGURES.iter().map(|figure| field_section(homes, *figure)).collect(),
        }
    }

    fn plot(&self) -> String {
        let (curves, ticks, title) = match &self.findings {
            Findings::Capacity { homes, .. } => {
                let (curves, ticks) = capacity_curves(homes);
                (curves, ticks, "Requests/s over the number of instances".to_owned())
            }
            Findings::Field { homes, .. } => {
                let ((name, title), certain) = most_varied(homes);
                let (curves, ticks) = field_curves(homes, name);
                let most = if certain { "What varies most" } else { "Nothing varies for certain" };
                (curves, ticks, format!("{most}: {title}, over {}", self.axis_name()))
            }
        };
        let measured = curves.iter().filter(|curve| !curve.dotted);
        let top = measured.flat_map(|curve| &curve.points).map(|(_, y)| *y).fold(0.0, f64::max);
        if top <= 0.0 {
            return String::new();
        }
        let decimals = decimals(vec![top]).min(2);
        format!("\n{title}\n{}", plot(&curves, top, &ticks, |y| fixed(y, decimals)))
    }

    /// A header, then a row for each home and point. What is not defined is empty.
    fn rows(&self) -> Vec<Vec<String>> {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let interval = |mean: Option<&Mean>| {
            [mean.map(|mean| mean.mean), mean.and_then(|mean| mean.low), mean.and_then(|mean| mean.high)].map(number)
        };
        let about =
            |seeds: usize| [seeds.to_string(), self.runs.to_string(), self.scenario.clone(), self.seed.to_string()];
        let own = |heads: &[&str]| heads.iter().map(|head| (*head).to_owned()).collect();
        match &self.findings {
            Findings::Capacity { homes, .. } => {
                let head = own(&[
                    "home",
                    "instances",
                    "requests_per_s",
                    "low",
                    "high",
                    "bracket_per_s",
                    "none",
                    "efficiency",
                    "seeds",
                    "runs",
                    "scenario",
                    "seed",
                ]);
                let rows = homes.iter().flat_map(|home| {
                    home.points.iter().map(|point| {
                        let mut row = vec![home.home.to_string(), point.instances.to_string()];
                        row.extend(interval(point.requests_per_s.as_ref()));
                        row.extend([number(point.bracket_per_s), point.none.to_string(), number(point.efficiency)]);
                        row.extend(about(point.by_seed.len()));
                        row
                    })
                });
                std::iter::once(head).chain(rows).collect()
            }
            Findings::Field { homes, .. } => {
                let mut rows = vec![own(&["home", "value", "figure", "mean", "low", "high", "defined"])];
                rows[0].extend(own(&["seeds", "runs", "scenario", "seed"]));
                for home in homes {
                    for point in &home.points {
                        for (name, figure) in &point.figures {
                            let mut row = vec![home.home.to_string(), point.value.clone(), (*name).to_owned()];
                            row.extend(interval(figure.known().as_ref()));
                            row.push(figure.defined.to_string());
                            row.extend(about(point.runs));
                            rows.push(row);
                        }
                    }
                }
                rows
            }
        }
    }
}

/// `1,234.5 ±6.7`; the spread is not less than what could be told.
fn estimate(mean: &Mean, scale: f64, decimals: usize, resolution: f64) -> String {
    let value = fixed(mean.mean * scale, decimals);
    // The lower half may be cut off at zero.
    match mean.high.map(|high| (high - mean.mean).max(resolution)) {
        Some(half) if half > 0.0 => format!("{value} ±{}", fixed(half * scale, decimals)),
        _ => value,
    }
}

/// How long the shortest trial at X(N) lasts, about: what is known are requests, of which a few are logins.
fn trial(homes: &[CapacityHome], size: usize, followups: f64) -> String {
    let points = homes.iter().filter_map(|home| home.points.get(size));
    let seconds = points
        .filter_map(|point| Some(followups * libm::sqrt(f64::from(point.instances)) / point.requests_per_s?.mean));
    let shortest = seconds.fold(f64::INFINITY, f64::min);
    if shortest.is_finite() { fixed(shortest, if shortest < 10.0 { 1 } else { 0 }) } else { "–".into() }
}

fn capacity_sections(homes: &[CapacityHome], followups: f64, runs: u32) -> Vec<Section> {
    let always = [rates(homes, followups), efficiencies(homes, runs)];
    let found = [law(homes), lawless(homes), stores(homes)];
    always.into_iter().chain(found.into_iter().flatten()).collect()
}

/// The heads of a table by size.
fn sizes(homes: &[CapacityHome]) -> Vec<String> {
    let sizes = homes.first().into_iter().flat_map(|home| &home.points);
    sizes.map(|point| format!("N = {}", point.instances)).collect()
}

/// X(N), and how well it is known.
fn rates(homes: &[CapacityHome], followups: f64) -> Section {
    let means = homes.iter().flat_map(|home| &home.points).filter_map(|point| Some(point.requests_per_s?.mean));
    let decimals = decimals(means.collect());
    let cell = |point: &CapacityPoint| match &point.requests_per_s {
        Some(mean) => {
            let with =
                if point.none > 0 { format!(" with {} of {}", mean.n, point.by_seed.len()) } else { String::new() };
            estimate(mean, 1.0, decimals, point.bracket_per_s.unwrap_or(0.0)) + &with
        }
        None if point.by_seed.is_empty() => "–".into(),
        None => "none".into(),
    };
    let bracket = |size: usize| {
        let widest = homes.iter().filter_map(|home| home.points.get(size)).filter_map(|point| point.bracket_per_s);
        widest.reduce(f64::max).map_or_else(|| "–".into(), |widest| fixed(widest, decimals))
    };
    let heads = sizes(homes);
    let mut rows: Vec<Vec<String>> = homes.iter().map(|home| row(home.home, home.points.iter().map(cell))).collect();
    rows.push(row("bisected to", (0..heads.len()).map(bracket)));
    rows.push(row("trials last, s", (0..heads.len()).map(|size| trial(homes, size, followups))));
    let title = "X(N), answered ok per second at the highest good rate (none: no rate is good)".into();
    Section { title, heads, rows, shape: Shape::Wide }
}

fn efficiencies(homes: &[CapacityHome], runs: u32) -> Section {
    let rows = homes.iter().map(|home| {
        let one = home.points.iter().find(|point| point.instances == 1);
        let cell = |point: &CapacityPoint| match point.efficiency {
            Some(ratio) => {
                format!("{ratio:.3}{}", one.and_then(|one| own_spread(one, point, runs)).unwrap_or_default())
            }
            None => "–".into(),
        };
        row(home.home, home.points.iter().map(cell))
    });
    let title = "Efficiency X(N) / (N·X(1)), of the means; ± of what each seed has for itself".into();
    Section { title, heads: sizes(homes), rows: rows.collect(), shape: Shape::Wide }
}

/// Why there is no law; none if there is one for every home.
fn lawless(homes: &[CapacityHome]) -> Option<Section> {
    let rows: Vec<Vec<String>> =
        homes.iter().filter_map(|home| Some(row(home.home, [home.usl_missing?.to_owned()]))).collect();
    let title = "No law could be fitted".into();
    (!rows.is_empty()).then_some(Section { title, heads: Vec::new(), rows, shape: Shape::Wide })
}

/// What the stores can do; none if there is no store.
fn stores(homes: &[CapacityHome]) -> Option<Section> {
    let limits = homes.iter().filter_map(|home| {
        let limit = home.store?;
        let cells = [
            format!("{:.2}", limit.operations_per_request),
            fixed(limit.requests_per_s, if limit.requests_per_s < 100.0 { 2 } else { 0 }),
            // Instances are whole: with so many the store does not bind, with one more it does.
            limit.binds_at.map_or("–".into(), |size| fixed(size.floor(), 0)),
        ];
        Some(row(home.home, cells))
    });
    let rows: Vec<Vec<String>> = limits.collect();
    let heads = heads(["operations per request", "at most, requests/s", "binds beyond N ="]);
    let title = "What the store can do, by the utilisation law".into();
    (!rows.is_empty()).then_some(Section { title, heads, rows, shape: Shape::Wide })
}

/// How far the efficiencies of single seeds spread, not less than the bisections can tell: each seed has its own X(1). Of what
/// was interrupted nobody knows which belong together.
fn own_spread(one: &CapacityPoint, point: &CapacityPoint, runs: u32) -> Option<String> {
    if [one, point].iter().any(|point| point.by_seed.len() != runs as usize) {
        return None;
    }
    let own = one.by_seed.iter().zip(&point.by_seed).map(|(one, many)| Some((*many)? / (*one)?));
    let own: Vec<f64> = own.collect::<Option<_>>()?;
    let ratio = Estimate::of(&own, LEVEL).filter(|ratio| ratio.n > 1 && point.instances > 1)?;
    let unknown = |point: &CapacityPoint| Some(point.bracket_per_s? / point.requests_per_s?.mean);
    let half = ratio.half_width().max(ratio.mean * (unknown(one)? + unknown(point)?)) / f64::from(point.instances);
    Some(format!(" ±{half:.3}"))
}

/// The fitted laws; none if there is no fit.
fn law(homes: &[CapacityHome]) -> Option<Section> {
    let parameter = |parameter: Parameter| match parameter.low.zip(parameter.high) {
        Some((low, high)) => format!("{:.4} ({low:.4}–{high:.4})", parameter.value),
        None => format!("{:.4}", parameter.value),
    };
    let rows: Vec<Vec<String>> = homes
        .iter()
        .filter_map(|home| {
            let usl = home.usl?;
            Some(vec![
                home.home.to_string(),
                fixed(usl.gamma, decimals(vec![usl.gamma])),
                parameter(usl.sigma),
                parameter(usl.kappa),
                match usl.peak {
                    Some(peak) => format!("N = {peak:.1}"),
                    // Larger services share their queues better, which the law has no parameter for.
                    None if usl.above_linear => "above linear".into(),
                    None => "no decline".into(),
                },
                format!("{:.1} %", usl.error_ratio * 100.0),
            ])
        })
        .collect();
    let title = "Universal scalability law X(N) = γN / (1 + σ(N−1) + κN(N−1)), 95 % intervals (Gunther 2007)";
    let sizes = homes.first().map_or(0, |home| home.points.len());
    // With as many sizes as parameters, a law that could bend both ways would go through every point.
    let title = if sizes > PARAMETERS { title.to_owned() } else { format!("{title}\n{FEW_SIZES}") };
    let heads = heads(["γ, per s", "σ contention", "κ coherency", "peak", "rms error"]);
    (!rows.is_empty()).then(|| Section { title: title.into(), heads, rows, shape: Shape::Groups(&[3, 2]) })
}

fn field_section(homes: &[FieldHome], (name, title): (&'static str, &'static str)) -> Section {
    let ratio = name.ends_with("_ratio");
    let scale = if ratio { 100.0 } else { 1.0 };
    let means = homes.iter().flat_map(|home| &home.points).filter_map(|point| point.figures.get(name)?.mean);
    let decimals = decimals(means.map(|mean| mean * scale).collect());
    let values = homes.first().into_iter().flat_map(|home| &home.points).map(|point| point.value.clone()).collect();
    let cell = |point: &FieldPoint| {
        let Some(figure) = point.figures.get(name) else { return "–".into() };
        // A percentile of the waits is undefined where it falls among failures, if there are any.
        let some = point.figures.get(NOT_OK).is_some_and(|share| share.defined > 0 && share.mean != Some(0.0));
        match figure.known() {
            Some(mean) => estimate(&mean, scale, decimals, 0.0),
            None if !(some && name.starts_with("wait_ms")) => "–".into(),
            None if figure.defined > 0 => "some failed".into(),
            None => "failed".into(),
        }
    };
    let rows = homes.iter().map(|home| row(home.home, home.points.iter().map(cell)));
    let title = if ratio { format!("{title}, %") } else { title.to_owned() };
    Section { title: title.into(), heads: values, rows: rows.collect(), shape: Shape::Wide }
}

type Axes = (Vec<Curve>, Vec<(f64, String)>);

/// One curve a home, and what it would be without any loss.
fn capacity_curves(homes: &[CapacityHome]) -> Axes {
    let sizes: Vec<u16> =
        homes.first().into_iter().flat_map(|home| &home.points).map(|point| point.instances).collect();
    let last = f64::from(sizes.last().copied().unwrap_or(1));
    let mut curves: Vec<Curve> = homes
        .iter()
        .map(|home| {
            let points = home
                .points
                .iter()
                .filter_map(|point| Some((f64::from(point.instances) / last, point.requests_per_s?.mean)));
            Curve { name: home.home.to_string(), points: points.collect(), dotted: false }
        })
        .collect();
    let one = |home: &CapacityHome| {
        home.points.iter().find(|point| point.instances == 1).and_then(|point| point.requests_per_s)
    };
    let best = homes.iter().filter_map(one).map(|mean| mean.mean).fold(0.0, f64::max);
    if best > 0.0 {
        curves.push(Curve { name: "N·X(1)".into(), points: vec![(0.0, 0.0), (1.0, best * last)], dotted: true });
    }
    (curves, sizes.iter().map(|&size| (f64::from(size) / last, size.to_string())).collect())
}

/// The figure that differs most, relative to the largest mean, as far as its intervals are apart: the rest may be chance. The
/// first of those that do so equally. And whether it differs at all, for certain.
fn most_varied(homes: &[FieldHome]) -> ((&'static str, &'static str), bool) {
    // In one home, over the field: that homes differ is not the field's doing.
    let within = |home: &FieldHome, name: &str| {
        let figures = || {
            home.points.iter().filter_map(|point| {
                let Mean { mean, low, high, .. } = point.figures.get(name)?.known()?;
                Some([low.unwrap_or(mean), mean, high.unwrap_or(mean)])
            })
        };
        let largest = figures().map(|[_, mean, _]| mean).fold(0.0, f64::max);
        let above = figures().map(|[low, ..]| low).fold(0.0, f64::max);
        let below = figures().map(|[.., high]| high).fold(f64::INFINITY, f64::min);
        if largest > 0.0 { (above - below).max(0.0) / largest } else { 0.0 }
    };
    let variety = |name: &str| homes.iter().map(|home| within(home, name)).fold(0.0, f64::max);
    let mut figures = FIGURES.into_iter();
    let first = figures.next().unwrap_or_default();
    let most = figures.fold(first, |best, next| if variety(next.0) > variety(best.0) { next } else { best });
    (most, variety(most.0) > 0.0)
}

/// The values at even distances.
fn field_curves(homes: &[FieldHome], name: &str) -> Axes {
    let count = homes.first().map_or(0, |home| home.points.len());
    let place = |i: usize| if count > 1 { i as f64 / (count - 1) as f64 } else { 0.5 };
    let curves = homes.iter().map(|home| {
        let points =
            home.points.iter().enumerate().filter_map(|(i, point)| Some((place(i), point.figures.get(name)?.mean?)));
        Curve { name: home.home.to_string(), points: points.collect(), dotted: false }
    });
    let values = homes.first().into_iter().flat_map(|home| &home.points);
    let ticks = values.enumerate().map(|(i, point)| (place(i), point.value.clone()));
    (curves.collect(), ticks.collect())
}
