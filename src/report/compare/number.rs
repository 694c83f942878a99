//! Means with their intervals, as a reader wants them: as many digits as matter, the same in a whole column.

use crate::report::sections::count;
use crate::study::compare::{Difference, Figure};

/// How many decimals show four figures of most values of a column.
pub fn decimals(mut means: Vec<f64>) -> usize {
    means.retain(|mean| *mean != 0.0);
    means.sort_by(f64::total_cmp);
    match means.get(means.len() / 2).map_or(1000.0, |mean| mean.abs()) {
        mean if mean >= 1000.0 => 0,
        mean if mean >= 100.0 => 1,
        mean if mean >= 10.0 => 2,
        _ => 3,
    }
}

/// With so many decimals, and separators: `12,345.6`.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
    let sign = if value < 0.0 && text.contains(|c| ('1'..='9').contains(&c)) { "−" } else { "" };
    fraction.map_or_else(|| format!("{sign}{whole}"), |fraction| format!("{sign}{whole}.{fraction}"))
}

/// `20.61 ±0.02`; a figure that is not defined in every run is `undefined`.
pub fn estimate(figure: &Figure, scale: f64, decimals: usize, undefined: &str) -> String {
    let Some(mean) = figure.mean else { return undefined.into() };
    // The lower half may be cut off at zero.
    let half = figure.high.map(|high| (high - mean) * scale);
    // What is the same in every run has an interval of nothing, but for the rounding of sums.
    let spread = |half: f64| half > 1e-12 * (mean * scale).abs();
    match half {
        Some(half) if spread(half) => {
            format!("{} ±{}", fixed(mean * scale, decimals), fixed(half, decimals))
        }
        // A count of a single run, or one that is the same in every run, needs no decimals.
        _ if is_whole(mean * scale) => fixed(mean * scale, 0),
        _ => fixed(mean * scale, decimals),
    }
}

/// Whether it is a whole number, but for the rounding of sums.
fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() <= 1e-9 * value.abs()
}

/// `+0.30`; `=` where the interval spans zero; in brackets if one run cannot tell; empty where there is none.
pub fn difference(difference: Option<&Difference>, scale: f64, decimals: usize) -> String {
    let Some(difference) = difference else { return String::new() };
    match difference.verdict {
        Some("no difference") => "=".into(),
        Some(_) => signed(difference.mean * scale, decimals),
        None if difference.mean == 0.0 => "(=)".into(),
        None => format!("({})", signed(difference.mean * scale, decimals)),
    }
}

/// With its sign, and as many more decimals as it takes not to look like zero.
pub fn signed(value: f64, decimals: usize) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    let shown = (decimals..9).map(|decimals| fixed(value.abs(), decimals));
    let visible = shown.into_iter().find(|text| text.contains(|c| ('1'..='9').contains(&c)));
    format!("{sign}{}", visible.unwrap_or_else(|| "0".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (fixed(12345.678, 1), fixed(-0.5, 2), fixed(-0.001, 2)),
            ("12,345.7".into(), "−0.50".into(), "0.00".into())
        );
        assert_eq!((signed(0.3, 2), signed(-0.0042, 2)), ("+0.30".into(), "−0.004".into()));
        assert_eq!((decimals(vec![0.0, 5000.0]), decimals(vec![20.0, 30.0, 4000.0]), decimals(vec![])), (0, 2, 0));
        let figure = Figure { mean: Some(0.0125), low: Some(0.012), high: Some(0.013), defined: 30, difference: None };
        assert_eq!(estimate(&figure, 100.0, 2, "–"), "1.25 ±0.05");
        let rare = Figure { mean: Some(0.6), low: Some(0.0), high: Some(1.71), ..figure };
        assert_eq!(estimate(&rare, 1.0, 1, "–"), "0.6 ±1.1");
        let single = Figure { mean: Some(6.0), low: None, high: None, defined: 1, difference: None };
        assert_eq!(estimate(&single, 1.0, 3, "–"), "6");
        assert_eq!(estimate(&Figure { mean: Some(0.25), ..single }, 1.0, 3, "–"), "0.250");
        assert_eq!(estimate(&Figure { mean: None, ..figure }, 1.0, 2, "failed"), "failed");
    }
}
