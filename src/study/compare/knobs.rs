//! Fields of a scenario that can be multiplied by a factor.

use crate::scenario::{Dist, Limit, Population, ScaleMode, Scenario};

/// Multiplies one field by `factor`, and gives its value (a distribution's mean) before and after.
///
/// `None` if the scenario does not use the field, or it would stay as it is. Counts are rounded and stay at least 1, a
/// ratio stays at most 1.
///
/// # Errors
/// If the field cannot be multiplied.
pub fn scale(scenario: &mut Scenario, field: &str, factor: f64) -> Result<Option<(f64, f64)>, String> {
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

/// Whether a field is a distribution with more than one value: of that it is the mean that is multiplied.
pub fn is_spread(scenario: &Scenario, field: &str) -> bool {
    let Scenario { workload, network, store, .. } = scenario;
    let dist = match field {
        "workload.think_ms" => Some(&workload.think_ms),
        "workload.service_ms" => Some(&workload.service_ms),
        "workload.login_ms" => workload.login_ms.as_ref(),
        "workload.growth_bytes_per_write" => Some(&workload.growth_bytes_per_write),
        "network.client_ms" => Some(&network.client_ms),
        "network.backend_ms" => Some(&network.backend_ms),
        "network.peer_ms" => Some(&network.peer_ms),
        "network.store_ms" => Some(&network.store_ms),
        "store.service_us" => Some(&store.service_us),
        _ => None,
    };
    dist.is_some_and(|dist| !matches!(dist, Dist::Fixed(_)))
}

fn changed(before: f64, after: f64) -> Option<(f64, f64)> {
    (before != after).then_some((before, after))
}

fn real(value: &mut f64, factor: f64) -> Option<(f64, f64)> {
    let before = *value;
    *value *= factor;
    changed(before, *value)
}

fn limit(value: &mut Limit, factor: f64) -> Option<(f64, f64)> {
    let before = (*value)?;
    let after = (before * factor).round();
    *value = Some(after);
    changed(before, after)
}

fn count<T: Copy + Into<f64> + TryFrom<u64>>(value: &mut T, factor: f64) -> Option<(f64, f64)> {
    let before: f64 = (*value).into();
    let after = (before * factor).round().max(1.0);
    *value = T::try_from(after as u64).ok()?;
    changed(before, after)
}

fn dist(value: &mut Dist, factor: f64) -> Option<(f64, f64)> {
    let before = value.mean();
    *value = match *value {
        Dist::Fixed(mean) => Dist::Fixed(mean * factor),
        Dist::Exponential(mean) => Dist::Exponential(mean * factor),
        Dist::Lognormal { mean, sigma } => Dist::Lognormal { mean: mean * factor, sigma },
        Dist::Uniform(low, high) => Dist::Uniform(low * factor, high * factor),
        Dist::Geometric(mean) => Dist::Geometric((mean * factor).max(1.0)),
        Dist::Endless => Dist::Endless,
    };
    changed(before, value.mean())
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
        assert_eq!(scale(&mut scenario, "workload.write_ratio", 2.0), Ok(Some((0.9, 1.0))));
        assert_eq!(scale(&mut scenario, "workload.write_ratio", 2.0), Ok(None));
        scenario.instance.count = 1;
        assert_eq!(scale(&mut scenario, "instance.count", 0.5), Ok(None));
        assert_eq!(scale(&mut scenario, "autoscaler.max", 2.0), Ok(None), "there is no autoscaler");
    }
}
