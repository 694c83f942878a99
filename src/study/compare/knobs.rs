//! Fields of a scenario that can be multiplied by a factor.

use crate::scenario::{Dist, Limit, Population, ScaleMode, Scenario};

/// A field's value before and after.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scaled {
    pub from: f64,
    pub to: f64,
    /// Whether both are means of a distribution with more than one value.
    pub mean: bool,
}

/// Multiplies one field by `factor`, and gives its value (a distribution's mean) before and after.
///
/// `None` if the scenario does not use the field, or it would stay as it is. Counts are rounded and stay at least 1, a
/// ratio stays at most 1.
///
/// # Errors
/// If the field cannot be multiplied.
pub fn scale(scenario: &mut Scenario, field: &str, factor: f64) -> Result<Option<Scaled>, String> {
    let work = &mut scenario.workload;
    let scaled = match field {
        "workload.sessions_per_s" => match &mut work.population {
            Population::SessionsPerSecond(rate) => real(rate, factor),
            Population::Users(_) => None,
        },
        "workload.users" => match &mut work.population {
            Population::Users(users) => count(users, factor),
            Population::SessionsPerSecond(_) => None,
        },
        "workload.think_ms" => dist(&mut work.think_ms, factor),
        "workload.service_ms" => dist(&mut work.service_ms, factor),
        "workload.login_ms" => work.login_ms.as_mut().and_then(|login| dist(login, factor)),
        "workload.growth_bytes_per_write" => dist(&mut work.growth_bytes_per_write, factor),
        "workload.state_bytes" if work.state_bytes == 0 => None,
        "workload.state_bytes" => count(&mut work.state_bytes, factor),
        "workload.state_limit_bytes" => limit(&mut work.state_limit_bytes, factor),
        "workload.write_ratio" => {
            let before = work.write_ratio;
            work.write_ratio = (before * factor).min(1.0);
            changed(before, work.write_ratio)
        }
        "instance.count" => count(&mut scenario.instance.count, factor),
        "instance.header_limit_bytes" => limit(&mut scenario.instance.header_limit_bytes, factor),
        "network.client_ms" => dist(&mut scenario.network.client_ms, factor),
        "network.backend_ms" => dist(&mut scenario.network.backend_ms, factor),
        "network.peer_ms" => dist(&mut scenario.network.peer_ms, factor),
        "network.store_ms" => dist(&mut scenario.network.store_ms, factor),
        "store.service_us" => dist(&mut scenario.store.service_us, factor),
        "store.failover_ms" => real(&mut scenario.store.failover_ms, factor),
        "autoscaler.min" | "autoscaler.max" | "autoscaler.cold_start_ms"
            if scenario.autoscaler.mode == ScaleMode::Off =>
        {
            None
        }
        "autoscaler.min" if scenario.autoscaler.min == 0 => None,
        "autoscaler.min" => count(&mut scenario.autoscaler.min, factor),
        "autoscaler.max" => count(&mut scenario.autoscaler.max, factor),
        "autoscaler.cold_start_ms" => real(&mut scenario.autoscaler.cold_start_ms, factor),
        _ => return Err(format!("`{field}` cannot be multiplied")),
    };
    Ok(scaled)
}

fn changed(from: f64, to: f64) -> Option<Scaled> {
    (from != to).then_some(Scaled { from, to, mean: false })
}

fn real(value: &mut f64, factor: f64) -> Option<Scaled> {
    let before = *value;
    *value *= factor;
    changed(before, *value)
}

fn limit(value: &mut Limit, factor: f64) -> Option<Scaled> {
    let before = (*value)?;
    let after = (before * factor).round();
    *value = Some(after);
    changed(before, after)
}

fn count<T: Copy + Into<f64> + TryFrom<u64>>(value: &mut T, factor: f64) -> Option<Scaled> {
    let before: f64 = (*value).into();
    let after = (before * factor).round().max(1.0);
    *value = T::try_from(after as u64).ok()?;
    changed(before, after)
}

fn dist(value: &mut Dist, factor: f64) -> Option<Scaled> {
    let before = value.mean();
    *value = match *value {
        Dist::Fixed(mean) => Dist::Fixed(mean * factor),
        Dist::Exponential(mean) => Dist::Exponential(mean * factor),
        Dist::Lognormal { mean, sigma } => Dist::Lognormal { mean: mean * factor, sigma },
        Dist::Uniform(low, high) => Dist::Uniform(low * factor, high * factor),
        Dist::Geometric(mean) => Dist::Geometric((mean * factor).max(1.0)),
        Dist::Endless => Dist::Endless,
    };
    let mean = !matches!(value, Dist::Fixed(_));
    changed(before, value.mean()).map(|scaled| Scaled { mean, ..scaled })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::workloads;

    #[test]
    fn every_parameter_of_every_workload_can_be_halved_and_doubled() {
        for workload in workloads() {
            let scenario = Scenario::load(&workload.scenario).unwrap();
            let parameters = workload.parameters();
            assert_eq!(parameters.len(), workload.depends_on.len(), "{}: an unknown parameter", workload.scenario);
            for parameter in parameters {
                for factor in [0.5, 2.0] {
                    let mut variant = scenario.clone();
                    let fields = parameter.fields.iter();
                    let changes: Vec<_> =
                        fields.map(|field| scale(&mut variant, field, factor).expect("a known field")).collect();
                    assert!(changes.iter().any(Option::is_some), "{} {}", workload.scenario, parameter.name);
                    assert_ne!(variant, scenario);
                    variant.validate().unwrap_or_else(|faults| panic!("{} ×{factor}: {faults}", parameter.name));
                }
            }
        }
        assert!(scale(&mut Scenario::default(), "noun", 2.0).is_err());
    }

    #[test]
    fn ratios_and_counts_stay_possible() {
        let mut scenario = Scenario::default();
        scenario.workload.write_ratio = 0.9;
        assert_eq!(
            scale(&mut scenario, "workload.write_ratio", 2.0),
            Ok(Some(Scaled { from: 0.9, to: 1.0, mean: false }))
        );
        assert_eq!(scale(&mut scenario, "workload.write_ratio", 2.0), Ok(None));
        scenario.instance.count = 1;
        assert_eq!(scale(&mut scenario, "instance.count", 0.5), Ok(None));
        assert_eq!(scale(&mut scenario, "autoscaler.max", 2.0), Ok(None), "there is no autoscaler");
    }
}
