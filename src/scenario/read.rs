//! How a TOML value becomes a field: one reader a type, one range a field, and messages that say what would do.

mod dist;
pub use dist::DISTRIBUTIONS;
mod words;

use super::fault::{Source, clean, plain};
use super::types::{Dist, Limit};
use crate::text::hostile;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A value and where it stands.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// What a field may be: numbers between two bounds, texts up to a length.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    low: f64,
    high: f64,
    whole: bool,
    endless: bool,
}

/// Any number between the two.
pub(super) const fn real(low: f64, high: f64) -> Bounds {
    Bounds { low, high, whole: false, endless: false }
}

/// A whole number between the two.
pub(super) const fn whole(low: f64, high: f64) -> Bounds {
    Bounds { low, high, whole: true, endless: false }
}

/// A text of so many characters at most.
pub(super) const fn text(longest: f64) -> Bounds {
    whole(1.0, longest)
}

/// Whatever the type allows.
pub(super) const ANY: Bounds = real(f64::MIN, f64::MAX);

impl Bounds {
    /// … or `"none"`, for a quantity without end.
    pub(super) const fn or_endless(self) -> Self {
        Self { endless: true, ..self }
    }
}

/// A field's name and bounds.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) bounds: Bounds,
}

impl Key {
    /// What the unit at the end of the name means.
    pub(super) fn unit(&self) -> &'static str {
        const UNITS: [(&str, &str); 9] = [
            ("_us_per_kib", " of microseconds per KiB"),
            ("_bytes_per_write", " of bytes"),
            ("_per_s", " per second"),
            ("_ms", " of milliseconds"),
            ("_us", " of microseconds"),
            ("_s", " of seconds"),
            ("_bytes", " of bytes"),
            ("_mib", " of MiB"),
            ("_mbit", " of Mbit/s"),
        ];
        UNITS.iter().find(|(end, _)| self.name.ends_with(end)).map_or("", |(_, unit)| unit)
    }

    /// How many of this key's unit make a second, if it is a unit of time.
    fn per_second(&self) -> Option<f64> {
        match self.unit() {
            " of microseconds" => Some(1e6),
            " of milliseconds" => Some(1e3),
            " of seconds" => Some(1.0),
            _ => None,
        }
    }

    /// Its bounds in words.
    fn range(&self) -> String {
        let Bounds { low, high, whole, .. } = self.bounds;
        format!("{}{low} to {high}", if whole { "whole, " } else { "" })
    }

    fn a_number(&self) -> String {
        format!("a {}number{}", if self.bounds.whole { "whole " } else { "" }, self.unit())
    }
}

/// A type that a field can have.
pub(super) trait FromToml: Sized {
    /// Reads a value, or notes why it will not do.
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self>;
}

/// A type whose fields can be listed.
pub(super) trait Listed {
    /// As a file has it; none if it is not set.
    fn to_toml(&self) -> Option<String>;
    /// What such a field may be.
    fn allowed(key: &Key) -> String;
}

/// Notes that a value is of the wrong type, with a hint where the intention can be guessed.
fn wrong<T>(value: &Value<'_>, key: &Key, wanted: &str, source: &mut Source<'_>) -> Option<T> {
    let given = match value.get_ref() {
        DeValue::String(text) => format!("the text \"{}\"", clean(text)),
        DeValue::Integer(number) => clean(number.as_str()),
        DeValue::Float(number) => clean(number.as_str()),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(_) => "a date or time of day".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    };
    let hint = value.get_ref().as_str().and_then(|text| {
        let seconds = humantime::parse_duration(text).ok().map(|span| span.as_secs_f64());
        match (key.per_second(), text.parse::<f64>()) {
            (Some(per_second), Err(_)) => seconds.map(|s| format!("write {}: the unit is in the key", s * per_second)),
            (_, Ok(number)) if wanted.contains("number") && number.is_finite() => Some("leave out the quotes".into()),
            _ => match text {
                "on" | "yes" if wanted.contains("true") => Some("write true".into()),
                "off" | "no" if wanted.contains("true") => Some("write false".into()),
                _ => None,
            },
        }
    });
    source.fault(value.span(), format!("`{}` must be {wanted}, not {given}", key.name), hint);
    None
}

/// The number that a value is, if it is one; not yet finite, not yet within bounds.
fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(digits) if digits.radix() == 10 => digits.as_str().parse().ok(),
        DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok().map(|n| n as f64),
        DeValue::Float(digits) => digits.as_str().parse().ok(),
        _ => None,
    }
}

/// Holds a number to the bounds of its field.
fn bounded(number: f64, span: Range<usize>, key: &Key, source: &mut Source<'_>) -> Option<f64> {
    let Bounds { low, high, whole, .. } = key.bounds;
    if !number.is_finite() {
        source.fault(span, format!("`{}` must be finite", key.name), Some(format!("at most {high}")));
    } else if number < low || number > high {
        let unit = key.unit().trim_start_matches(" of");
        let number = plain(number);
        source.fault(span, format!("`{}` must be between {low} and {high}{unit}, not {number}", key.name), None);
    } else if whole && number.fract() != 0.0 {
        let near = number.round();
        source.fault(
            span,
            format!("`{}` must be a whole number, not {number}", key.name),
            Some(format!("write {near}")),
        );
    } else {
        return Some(number);
    }
    None
}

impl FromToml for f64 {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        match number(value.get_ref()) {
            Some(n) => bounded(n, value.span(), key, source),
            None => wrong(value, key, &key.a_number(), source),
        }
    }
}

impl Listed for f64 {
    fn to_toml(&self) -> Option<String> {
        Some(plain(*self))
    }

    fn allowed(key: &Key) -> String {
        key.range()
    }
}

/// Whole numbers that a float holds to the last digit; their bounds see to it that they fit.
macro_rules! whole_numbers {
    ($($type:ident),+) => {$(
        impl FromToml for $type {
            fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
                f64::from_toml(value, key, source).map(|n| n as Self)
            }
        }

        impl Listed for $type {
            fn to_toml(&self) -> Option<String> {
                Some(self.to_string())
            }

            fn allowed(key: &Key) -> String {
                key.range()
            }
        }
    )+};
}
whole_numbers!(u16, u32);

impl FromToml for u64 {
    /// A seed: read digit by digit, because a float holds only 53 bits of it.
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let digits = value.get_ref().as_integer();
        match digits.and_then(|digits| Self::from_str_radix(digits.as_str(), digits.radix()).ok()) {
            Some(n) => Some(n),
            None => wrong(value, key, &format!("a whole number between 0 and {}", Self::MAX), source),
        }
    }
}

impl Listed for u64 {
    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn allowed(_: &Key) -> String {
        format!("0 to {}", Self::MAX)
    }
}

impl FromToml for bool {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        value.get_ref().as_bool().or_else(|| wrong(value, key, "true or false", source))
    }
}

impl Listed for bool {
    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn allowed(_: &Key) -> String {
        "true or false".into()
    }
}

impl<T: FromToml + Optional> FromToml for Option<T> {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        T::from_toml(value, key, source).map(Some)
    }
}

impl<T: Listed + Optional> Listed for Option<T> {
    fn to_toml(&self) -> Option<String> {
        self.as_ref()?.to_toml()
    }

    fn allowed(key: &Key) -> String {
        T::allowed(key)
    }
}

/// Types whose absence means a default that depends on other things; nothing written stands for it.
pub(super) trait Optional {}
impl Optional for bool {}
impl Optional for Dist {}

impl FromToml for Limit {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        match (value.get_ref().as_str(), number(value.get_ref())) {
            (Some("none"), _) => Some(None),
            (_, Some(n)) => bounded(n, value.span(), key, source).map(Some),
            _ => wrong(value, key, &format!("{} or \"none\"", key.a_number()), source),
        }
    }
}

impl Listed for Limit {
    fn to_toml(&self) -> Option<String> {
        self.map_or_else(|| Some("\"none\"".into()), |limit| Some(plain(limit)))
    }

    fn allowed(key: &Key) -> String {
        format!("{}, or \"none\"", key.range())
    }
}

impl FromToml for String {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let Some(text) = value.get_ref().as_str() else {
            return wrong(value, key, "a text in quotes", source);
        };
        let longest = key.bounds.high as usize;
        if let Some(bad) = text.chars().find(|c| hostile(*c)) {
            let hint = if bad == '\n' { "end the line with \\ to go on in the next" } else { "leave it out" };
            let name = bad.escape_unicode();
            source.fault(value.span(), format!("`{}` holds the character {name}", key.name), Some(hint.into()));
            None
        } else if text.chars().take(longest + 1).count() > longest {
            source.fault(value.span(), format!("`{}` is longer than {longest} characters", key.name), None);
            None
        } else {
            Some(text.to_owned())
        }
    }
}

impl Listed for String {
    fn to_toml(&self) -> Option<String> {
        Some(toml::Value::from(self.as_str()).to_string())
    }

    fn allowed(key: &Key) -> String {
        format!("a text of at most {} characters", key.bounds.high)
    }
}
