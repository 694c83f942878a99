//! Quantities that may be drawn: `3`, `{ exponential = 3 }`, `{ uniform = [1, 5] }` …

use super::{Bounds, FromToml, Key, Listed, Value, bounded, number, real, wrong};
use crate::scenario::Dist;
use crate::scenario::fault::{Source, clean, nearest, plain};
use toml::de::DeValue;

impl FromToml for Dist {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let bounds = key.bounds;
        let wanted = || {
            let none = if bounds.endless { ", or \"none\" for a visit without end" } else { "" };
            format!("{} or a distribution such as {{ exponential = 5 }}{none}", key.a_number())
        };
        match value.get_ref() {
            DeValue::String(text) if bounds.endless && text == "none" => Some(Self::Endless),
            DeValue::Table(_) => distribution(value, key, source),
            other => match number(other) {
                Some(n) => bounded(n, value.span(), key, source).map(Self::Fixed),
                None => wrong(value, key, &wanted(), source),
            },
        }
    }
}

impl Listed for Dist {
    fn to_toml(&self) -> Option<String> {
        Some(match *self {
            Self::Fixed(value) => plain(value),
            Self::Exponential(mean) => format!("{{ exponential = {mean} }}"),
            Self::Lognormal { mean, sigma } => format!("{{ lognormal = {mean}, sigma = {sigma} }}"),
            Self::Uniform(low, high) => format!("{{ uniform = [{low}, {high}] }}"),
            Self::Geometric(mean) => format!("{{ geometric = {mean} }}"),
            Self::Endless => "\"none\"".into(),
        })
    }

    fn allowed(key: &Key) -> String {
        let none = if key.bounds.endless { ", or \"none\"" } else { "" };
        format!("{}, or a distribution{none}", key.range())
    }
}

/// How a distribution is written: a table with its name and what it takes.
pub const DISTRIBUTIONS: &str =
    "{ exponential = MEAN }, { lognormal = MEAN, sigma = S }, { uniform = [A, B] } or { geometric = MEAN }";

fn distribution(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Dist> {
    let table = value.get_ref().as_table()?;
    let known = ["exponential", "lognormal", "sigma", "uniform", "geometric"];
    let near = |name: &str| nearest(name, known).map(|near| format!("did you mean `{near}`?"));
    let mut understood = true;
    for name in table.keys().filter(|name| !known.contains(&name.get_ref().as_ref())) {
        let message = format!("`{}` is no distribution", clean(name.get_ref()));
        source.fault(
            name.span(),
            message,
            Some(near(name.get_ref()).unwrap_or_else(|| format!("known: {DISTRIBUTIONS}"))),
        );
        understood = false;
    }
    if !understood {
        return None;
    }
    let real_key = Key { bounds: Bounds { whole: false, ..key.bounds }, ..*key };
    let get = |name: &str| table.get(name);
    match (get("exponential"), get("lognormal"), get("sigma"), get("uniform"), get("geometric")) {
        (Some(mean), None, None, None, None) => f64::from_toml(mean, &real_key, source).map(Dist::Exponential),
        (None, Some(mean), Some(sigma), None, None) => {
            let sigma = f64::from_toml(sigma, &Key { name: "sigma", bounds: real(0.0, 4.0) }, source);
            let mean = f64::from_toml(mean, &real_key, source)?;
            Some(Dist::Lognormal { mean, sigma: sigma? })
        }
        (None, None, None, Some(ends), None) => {
            match ends.get_ref().as_array().map(|ends| ends.iter().collect::<Vec<_>>()) {
                Some(ends) if ends.len() == 2 => {
                    let low = f64::from_toml(ends[0], key, source);
                    let high = f64::from_toml(ends[1], key, source)?;
                    let low = low?;
                    if low > high {
                        source.fault(
                            value.span(),
                            format!("`{}`: {low} is above {high}", key.name),
                            Some("swap them".into()),
                        );
                        return None;
                    }
                    Some(Dist::Uniform(low, high))
                }
                _ => {
                    source.fault(ends.span(), "`uniform` takes two numbers", Some("write uniform = [1, 5]".into()));
                    None
                }
            }
        }
        (None, None, None, None, Some(mean)) => {
            let bounds = real(real_key.bounds.low.max(1.0), real_key.bounds.high);
            f64::from_toml(mean, &Key { name: "geometric", bounds }, source).map(Dist::Geometric)
        }
        _ => {
            source.fault(
                value.span(),
                format!("`{}` holds no single distribution", key.name),
                Some(format!("write {DISTRIBUTIONS}")),
            );
            None
        }
    }
}
