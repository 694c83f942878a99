//! The universal scalability law, fitted: X(N) = γN / (1 + σ(N−1) + κN(N−1)).
//!
//! γ is what one instance carries, σ the share that is serial (contention), κ what each pair of instances costs (coherency); only
//! κ > 0 makes a decline. Source: Gunther, *Guerrilla Capacity Planning*, 2007, chapters 4 and 5.
//!
//! N/X is linear in 1/γ, σ/γ and κ/γ, so that least squares have one answer and need no starting point (Gunther §5.2).
//! Each point weighs (X/N)², so that it is relative errors whose squares are summed. σ and κ are not negative: where the best fit
//! would have one below zero, it is zero, and the others are fitted again; its interval is then as wide as that of the fit with it
//! alone set free. Intervals are found by the delta method, and cut off at zero.
//!
//! Seeds repeat a size, and tell how much chance there is in a point; that the law bends otherwise than the points they do not
//! tell. Where the sizes are further from the law than chance would bring them, it is they that are counted, and not the points.

use super::statistics::{Estimate, student_t};
use serde::Serialize;

/// A parameter and its confidence interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Parameter {
    /// The best value.
    pub value: f64,
    /// The interval's lower end; `None` where there are no more points than parameters.
    pub low: Option<f64>,
    /// The interval's upper end.
    pub high: Option<f64>,
}

/// The law that fits best.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Usl {
    /// γ: what one instance carries, in the unit of X.
    pub gamma: f64,
    /// σ: contention.
    pub sigma: Parameter,
    /// κ: coherency.
    pub kappa: Parameter,
    /// The root mean square of the relative errors.
    pub error_ratio: f64,
    /// The N of the highest X, √((1−σ)/κ), if a decline is certain: κ's interval lies above zero, and less was measured at the
    /// largest N than at a smaller one.
    pub peak: Option<f64>,
    /// Whether X grows faster than N, which the law cannot: σ and κ are zero, and an instance carried more among the largest
    /// number of them than among the smallest.
    pub above_linear: bool,
}

impl Usl {
    /// X(N).
    #[must_use]
    pub fn at(&self, n: f64) -> f64 {
        self.gamma * n / (1.0 + self.sigma.value * (n - 1.0) + self.kappa.value * n * (n - 1.0))
    }
}

/// The three columns of the linear form.
fn basis(n: f64) -> [f64; 3] {
    [1.0, n - 1.0, n * (n - 1.0)]
}

/// Fits the law to points (N, X), with intervals at this level. `bracket` is how exactly the X of the largest N is known.
///
/// # Errors
/// Why it is not possible, in a few words.
pub fn fit(points: &[(f64, f64)], bracket: f64, level: f64) -> Result<Usl, &'static str> {
    let mut sizes: Vec<f64> = points.iter().filter(|(_, x)| *x > 0.0).map(|(n, _)| *n).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    if points.iter().any(|(_, x)| *x <= 0.0) {
        return Err("some sizes carry nothing at any rate");
    }
    if sizes.len() < 3 {
        return Err("three parameters need three sizes");
    }
    // Rows of (1/γ, σ/γ, κ/γ) → 1, each divided by its N/X.
    let rows: Vec<[f64; 3]> = points.iter().map(|&(n, x)| basis(n).map(|column| column * x / n)).collect();
    solve(&rows, &[0, 1, 2]).ok_or("the points do not tell the parameters apart")?;
    // The best of the fits that keep σ and κ from going below zero.
    let (columns, best) = [&[0, 1, 2][..], &[0, 1], &[0, 2], &[0]]
        .into_iter()
        .filter_map(|columns| Some((columns, solve(&rows, columns)?)))
        .filter(|(_, b)| b[0] > 0.0 && b[1] >= 0.0 && b[2] >= 0.0)
        .min_by(|(_, a), (_, b)| errors(&rows, a).total_cmp(&errors(&rows, b)))
        .ok_or("no law of this form is near the points")?;
    let parameter = |i: usize| {
        let value = best[i] / best[0];
        let half = half_width(&rows, columns, i, level);
        Parameter { value, low: half.map(|half| (value - half).max(0.0)), high: half.map(|half| value + half) }
    };
    let (sigma, kappa) = (parameter(1), parameter(2));
    let certain = kappa.value > 0.0 && kappa.low.is_some_and(|low| low > 0.0) && sigma.value < 1.0;
    let declines = certain && falls(points, &sizes, bracket, level);
    Ok(Usl {
        gamma: 1.0 / best[0],
        sigma,
        kappa,
        error_ratio: libm::sqrt(errors(&rows, &best) / rows.len() as f64),
        peak: declines.then(|| libm::sqrt((1.0 - sigma.value) / kappa.value)),
        above_linear: best[1..] == [0.0, 0.0] && rises(points, &sizes, bracket, level),
    })
}

/// What was measured at a size: the mean, and half the width of its interval.
fn measured(points: &[(f64, f64)], size: f64, level: f64) -> Option<(f64, f64)> {
    let own: Vec<f64> = points.iter().filter(|(n, _)| *n == size).map(|(_, x)| *x).collect();
    Estimate::of(&own, level).map(|estimate| (estimate.mean, estimate.half_width()))
}

/// Whether X is lower at the largest of these sizes than at some smaller one, by more than the bracket and chance.
fn falls(points: &[(f64, f64)], sizes: &[f64], bracket: f64, level: f64) -> bool {
    let last = sizes.last().and_then(|&size| measured(points, size, level));
    let higher = |size: f64| {
        let ((one, half), (last, noise)) = measured(points, size, level).zip(last)?;
        Some(one - last > bracket + libm::hypot(half, noise))
    };
    sizes.iter().any(|&size| higher(size) == Some(true))
}

/// Whether an instance carries more among the largest number of them than among the smallest, by more than the bracket and
/// chance.
fn rises(points: &[(f64, f64)], sizes: &[f64], bracket: f64, level: f64) -> bool {
    let share = |size: f64| measured(points, size, level).map(|(mean, half)| (mean / size, half / size));
    let ends = sizes.first().zip(sizes.last()).and_then(|(&first, &last)| Some((share(first)?, share(last)?, last)));
    ends.is_some_and(|(first, last, size)| last.0 - first.0 > bracket / size + libm::hypot(first.1, last.1))
}

/// Half the width of the interval of σ (1) or κ (2) in the fit with these columns and its own, by the delta method.
fn half_width(rows: &[[f64; 3]], columns: &[usize], i: usize, level: f64) -> Option<f64> {
    let mut with: Vec<usize> = columns.to_vec();
    if !with.contains(&i) {
        with.push(i);
    }
    let b = solve(rows, &with)?;
    let inverse = inverse(only(normal(rows), &with))?;
    let (variance, freedom) = variance(rows, &b, with.len())?;
    // σ = b₁/b₀ and κ = b₂/b₀: the gradient is (−b/b₀², 1/b₀).
    let ratio = b[i] / b[0];
    let spread = (ratio * ratio * inverse[0][0] - 2.0 * ratio * inverse[0][i] + inverse[i][i]) * variance;
    Some(student_t(freedom, level) * libm::sqrt(spread.max(0.0)) / b[0])
}

/// The variance of a point about the law with so many parameters, and its degrees of freedom: of all points together, or of
/// the sizes alone where those are further from the law than chance would bring them.
fn variance(rows: &[[f64; 3]], b: &[f64; 3], parameters: usize) -> Option<(f64, f64)> {
    let mut sizes: Vec<(f64, Vec<f64>)> = Vec::new();
    for row in rows {
        // All columns are multiples of the first: their ratios tell the size.
        let (n, error) = (row[1] / row[0], error(row, b));
        match sizes.iter_mut().find(|(known, _)| (*known - n).abs() < 1e-6) {
            Some((_, errors)) => errors.push(error),
            None => sizes.push((n, vec![error])),
        }
    }
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    let of_sizes: f64 = sizes.iter().map(|(_, errors)| errors.len() as f64 * mean(errors).powi(2)).sum();
    let all = errors(rows, b);
    let per = |sum: f64, freedom: Option<usize>| {
        freedom.filter(|freedom| *freedom > 0).map(|freedom| (sum / freedom as f64, freedom as f64))
    };
    let chance = per(all - of_sizes, rows.len().checked_sub(sizes.len()));
    let misfit = per(of_sizes, sizes.len().checked_sub(parameters));
    let together = per(all, rows.len().checked_sub(parameters));
    match (chance, misfit) {
        (Some((chance, _)), Some((misfit, _))) if misfit <= chance => together,
        (_, Some(misfit)) => Some(misfit),
        (_, None) => together,
    }
}

/// The sum of squared relative errors.
fn errors(rows: &[[f64; 3]], b: &[f64; 3]) -> f64 {
    rows.iter().map(|row| error(row, b)).map(|error| error * error).sum()
}

/// By what share a point is off the law.
fn error(row: &[f64; 3], b: &[f64; 3]) -> f64 {
    row.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() - 1.0
}

/// AᵀA.
fn normal(rows: &[[f64; 3]]) -> [[f64; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| rows.iter().map(|row| row[i] * row[j]).sum()))
}

/// Least squares with these columns only; the other parameters are zero. `None` if the columns are not independent.
fn solve(rows: &[[f64; 3]], columns: &[usize]) -> Option<[f64; 3]> {
    let matrix = only(normal(rows), columns);
    let right: [f64; 3] =
        std::array::from_fn(|i| if columns.contains(&i) { rows.iter().map(|row| row[i]).sum() } else { 0.0 });
    let inverse = inverse(matrix)?;
    Some(std::array::from_fn(|i| inverse[i].iter().zip(right).map(|(a, b)| a * b).sum()))
}

/// A column that is left out is replaced by that of the unit matrix: its parameter is what stands to the right, zero.
fn only(matrix: [[f64; 3]; 3], columns: &[usize]) -> [[f64; 3]; 3] {
    let kept = |i: usize, j: usize| columns.contains(&i) && columns.contains(&j);
    std::array::from_fn(|i| {
        std::array::from_fn(|j| if kept(i, j) { matrix[i][j] } else { f64::from(u8::from(i == j)) })
    })
}

/// By cofactors; `None` if the matrix is as good as singular.
fn inverse(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let cofactor = |i: usize, j: usize| {
        let at = |di: usize, dj: usize| m[(i + di) % 3][(j + dj) % 3];
        at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * cofactor(0, j)).sum();
    let scale = m[0][0] * m[1][1] * m[2][2];
    (determinant.abs() > 1e-12 * scale.abs())
        .then(|| std::array::from_fn(|i| std::array::from_fn(|j| cofactor(j, i) / determinant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

    fn law(gamma: f64, sigma: f64, kappa: f64) -> impl Fn(f64) -> f64 {
        move |n| gamma * n / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0))
    }

    /// Points of the law, each three times, off by up to this share.
    fn points(law: impl Fn(f64) -> f64, noise: f64) -> Vec<(f64, f64)> {
        let off = [-1.0, 0.3, 0.7].into_iter().cycle().zip([1.0, 1.0, 1.0, -1.0].into_iter().cycle());
        SIZES.iter().flat_map(|&n| [n; 3]).zip(off).map(|(n, (a, b))| (n, law(n) * (1.0 + noise * a * b))).collect()
    }

    #[test]
    fn known_parameters_are_found_again() {
        for (sigma, kappa) in [(0.05, 0.005), (0.0, 0.0), (0.2, 0.0), (0.0, 0.01)] {
            let usl = fit(&points(law(120.0, sigma, kappa), 0.0), 0.0, 0.95).unwrap();
            assert!((usl.gamma - 120.0).abs() < 1e-6, "{usl:?}");
            assert!((usl.sigma.value - sigma).abs() < 1e-8 && (usl.kappa.value - kappa).abs() < 1e-8, "{usl:?}");
            assert!((usl.at(4.0) / law(120.0, sigma, kappa)(4.0) - 1.0).abs() < 1e-9);
            assert!(usl.error_ratio < 1e-8);
        }
        // Gunther's example: contention 5 %, coherency 0.5 %, the peak at 13.8.
        let gunther = law(120.0, 0.05, 0.005);
        let beyond: Vec<(f64, f64)> = [1.0, 0.999, 1.001].map(|off| (32.0, gunther(32.0) * off)).to_vec();
        let peak = fit(&[points(&gunther, 0.001), beyond].concat(), 0.0, 0.95).unwrap().peak.unwrap();
        assert!((peak - 13.8).abs() < 0.2, "{peak}");
    }

    #[test]
    fn intervals_hold_what_is_true_and_a_plateau_is_no_decline() {
        let usl = fit(&points(law(50.0, 0.1, 0.0), 0.02), 0.0, 0.95).unwrap();
        assert!(usl.sigma.low.unwrap() < 0.1 && usl.sigma.high.unwrap() > 0.1, "{usl:?}");
        assert!(usl.kappa.low == Some(0.0) && usl.kappa.high.unwrap() > 0.0 && usl.peak.is_none(), "{usl:?}");
        // More than linear is not in the law: σ and κ are zero, not less.
        let usl = fit(&points(|n| 50.0 * libm::pow(n, 1.05), 0.01), 0.0, 0.95).unwrap();
        assert_eq!((usl.sigma.value, usl.kappa.value, usl.peak), (0.0, 0.0, None));
        assert!(usl.above_linear && usl.sigma.high > Some(0.0), "{usl:?}");
    }

    #[test]
    fn a_limit_that_bends_otherwise_than_the_law_is_no_certain_decline() {
        // Twelve seeds of a service whose store is full from eight instances on: hardly any chance, and another curve.
        let full = |n: f64| (150.0 * n).min(630.0);
        let twelve = |last: f64| -> Vec<(f64, f64)> {
            let seeds = (0..12).map(|seed| 1.0 + f64::from(seed - 6) * 2e-4);
            let x = |n: f64| if n == 16.0 { last } else { full(n) };
            seeds.flat_map(|off| SIZES.map(|n| (n, x(n) * off))).collect()
        };
        let usl = fit(&twelve(626.0), 10.4, 0.95).unwrap();
        assert!(usl.kappa.value > 0.0 && usl.peak.is_none(), "{usl:?}");
        // Sixty points are five sizes: as points they would claim to know it to 5 %.
        let width = usl.kappa.high.unwrap() - usl.kappa.value;
        assert!(width > 0.2 * usl.kappa.value, "{usl:?}");
        // Less within the bracket is no less, and where 16 instances carry most no peak was seen.
        let gunther = law(120.0, 0.05, 0.005);
        let rising = points(&gunther, 0.001);
        assert_eq!(fit(&rising, 0.0, 0.95).unwrap().peak, None);
        let fallen = [rising, vec![(32.0, gunther(32.0))]].concat();
        let peak = |bracket: f64| fit(&fallen, bracket, 0.95).unwrap().peak;
        assert!(peak(130.0).is_some() && peak(150.0).is_none());
    }

    #[test]
    fn what_cannot_be_fitted_says_so() {
        assert_eq!(fit(&[(1.0, 5.0), (2.0, 9.0)], 0.0, 0.95), Err("three parameters need three sizes"));
        assert_eq!(fit(&[(1.0, 5.0), (2.0, 0.0), (4.0, 0.0)], 0.0, 0.95), Err("some sizes carry nothing at any rate"));
        let bare = fit(&[(1.0, 5.0), (2.0, 9.0), (4.0, 14.0)], 0.0, 0.95).unwrap();
        assert_eq!((bare.kappa.value > 0.0, bare.kappa.low, bare.peak), (true, None, None), "{bare:?}");
    }
}
