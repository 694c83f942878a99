//! What a formula comes to, and how it is said.

use super::expr::{Binary, Expr, Function, Unary};
use crate::scenario::nearest;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt::Write as _;

/// How a figure is written that is not defined.
pub const UNDEFINED: &str = "–";

/// What a formula comes to.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Not defined: nothing of the kind has happened.
    Nothing,
    /// Yes or no.
    Truth(bool),
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

impl Value {
    /// Whether it is a plain yes.
    #[must_use]
    pub fn holds(&self) -> bool {
        *self == Self::Truth(true)
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// With its unit: `ms`, `s`, `%`, `B`, or a noun in the plural (`carts`); as it is without one.
    #[must_use]
    pub fn show(&self, unit: &str) -> String {
        let number = match self {
            Self::Nothing => return UNDEFINED.into(),
            Self::Truth(truth) => return if *truth { "yes" } else { "no" }.into(),
            Self::Text(text) => return text.clone(),
            Self::Number(number) => *number,
        };
        match unit {
            "" => plain(number),
            // What there is, is never said as nothing.
            "%" if number > 0.0 && number < 0.0005 => "< 0.1 %".into(),
            "%" if number.is_finite() => {
                let percent = round_to(number * 100.0, 1);
                if percent.fract() == 0.0 { format!("{percent} %") } else { format!("{percent:.1} %") }
            }
            "ms" if number.abs() >= 1000.0 => format!("{:.2} s", number / 1000.0),
            "B" if number.abs() >= 10_000.0 => format!("{} kB", plain(round_to(number / 1000.0, 1))),
            unit => format!("{} {}", plain(number), counted(unit, number == 1.0)),
        }
    }
}

/// A unit as it stands after a number, which may be `one`: then a noun is not in the plural.
pub(crate) fn counted(unit: &str, one: bool) -> Cow<'_, str> {
    match unit.strip_suffix("ies") {
        _ if !one || unit.len() == 1 || unit == "ms" => unit.into(),
        Some(stem) => format!("{stem}y").into(),
        None => unit.strip_suffix('s').unwrap_or(unit).into(),
    }
}

fn round_to(number: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (number * scale).round() / scale
}

/// Whole numbers whole and in groups of three; others with as many digits as one reads.
fn plain(number: f64) -> String {
    if !number.is_finite() {
        return UNDEFINED.into();
    }
    let digits = match number.abs() {
        size if size >= 100.0 || number.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{number:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        let _ = write!(out, ".{rest}");
    }
    out
}

/// Why a formula comes to nothing at all: it speaks of something that there is not.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unknown {
    /// No figure is called that; the part of it that is unknown may have been meant as this one.
    #[error("there is no figure `{0}`{hint}", hint = .1.as_ref().map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
    Figure(String, Option<String>),
    /// The operands are of the wrong kind.
    #[error("`{0}` needs other operands")]
    Operands(&'static str),
}

/// Where formulas find figures.
pub trait Figures {
    /// The value under the first part of a path, and how many parts it takes.
    fn root(&self, path: &[String]) -> Option<(&Json, usize)>;
}

impl Expr {
    /// What it comes to.
    ///
    /// # Errors
    /// An unknown figure, or an operation that makes no sense.
    pub fn value(&self, figures: &dyn Figures) -> Result<Value, Unknown> {
        Ok(match self {
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Nothing => Value::Nothing,
            Self::Path(path) => look_up(path, figures)?,
            Self::Unary(Unary::Not, operand) => Value::Truth(!truth(&operand.value(figures)?)?),
            Self::Unary(Unary::Minus, operand) => arithmetic("-", &[operand.value(figures)?], |n| -n[0])?,
            Self::Binary(Binary::And, left, right) => {
                Value::Truth(truth(&left.value(figures)?)? && truth(&right.value(figures)?)?)
            }
            Self::Binary(Binary::Or, left, right) => {
                Value::Truth(truth(&left.value(figures)?)? || truth(&right.value(figures)?)?)
            }
            Self::Binary(operator, left, right) => binary(*operator, &left.value(figures)?, &right.value(figures)?)?,
            Self::Call(function, operands) => {
                let values = operands.iter().map(|operand| operand.value(figures)).collect::<Result<Vec<_>, _>>()?;
                call(*function, &values)?
            }
        })
    }
}

fn truth(value: &Value) -> Result<bool, Unknown> {
    match value {
        Value::Truth(truth) => Ok(*truth),
        // What never happened is not so.
        Value::Nothing => Ok(false),
        Value::Number(_) | Value::Text(_) => Err(Unknown::Operands("and, or, not")),
    }
}

/// A function of numbers: nothing comes of nothing.
fn arithmetic(name: &'static str, operands: &[Value], f: impl Fn(&[f64]) -> f64) -> Result<Value, Unknown> {
    if operands.contains(&Value::Nothing) {
        return Ok(Value::Nothing);
    }
    let numbers: Option<Vec<f64>> = operands.iter().map(Value::number).collect();
    let result = f(&numbers.ok_or(Unknown::Operands(name))?);
    Ok(if result.is_finite() { Value::Number(result) } else { Value::Nothing })
}

fn binary(operator: Binary, left: &Value, right: &Value) -> Result<Value, Unknown> {
    let both = [left.clone(), right.clone()];
    let compare = |name, holds: fn(f64, f64) -> bool| match (left, right) {
        (Value::Nothing, _) | (_, Value::Nothing) => Ok(Value::Truth(false)),
        (Value::Number(left), Value::Number(right)) => Ok(Value::Truth(holds(*left, *right))),
        _ => Err(Unknown::Operands(name)),
    };
    match operator {
        Binary::Equal => Ok(Value::Truth(left == right)),
        Binary::Unequal => Ok(Value::Truth(left != right)),
        Binary::Less => compare("<", |a, b| a < b),
        Binary::LessOrEqual => compare("<=", |a, b| a <= b),
        Binary::Greater => compare(">", |a, b| a > b),
        Binary::GreaterOrEqual => compare(">=", |a, b| a >= b),
        Binary::Plus => arithmetic("+", &both, |n| n[0] + n[1]),
        Binary::Minus => arithmetic("-", &both, |n| n[0] - n[1]),
        Binary::Times => arithmetic("*", &both, |n| n[0] * n[1]),
        // A share of nothing is not defined.
        Binary::Over => arithmetic("/", &both, |n| n[0] / n[1]),
        Binary::And | Binary::Or => Err(Unknown::Operands("and, or")),
    }
}

fn call(function: Function, operands: &[Value]) -> Result<Value, Unknown> {
    match function {
        Function::Min => arithmetic("min", operands, |n| n.iter().copied().fold(f64::INFINITY, f64::min)),
        Function::Max => arithmetic("max", operands, |n| n.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        Function::Abs => arithmetic("abs", operands, |n| n[0].abs()),
        Function::Round => arithmetic("round", operands, |n| n[0].round()),
    }
}

fn look_up(path: &[String], figures: &dyn Figures) -> Result<Value, Unknown> {
    let unknown = || Unknown::Figure(path.join("."), None);
    let mistyped = |part: &str, known: &serde_json::Map<String, Json>| {
        let near = nearest(part, known.keys().map(String::as_str));
        Unknown::Figure(path.join("."), near.map(str::to_owned))
    };
    let (mut at, taken) = figures.root(path).ok_or_else(unknown)?;
    for part in &path[taken..] {
        at = match at {
            Json::Object(fields) => fields.get(part).ok_or_else(|| mistyped(part, fields))?,
            Json::Array(rows) => {
                // Numbered from 1, as in csv. A row that is not there yet has no figures yet.
                let index = if part == "last" { rows.len() } else { part.parse().map_err(|_| unknown())? };
                match index.checked_sub(1).and_then(|index| rows.get(index)) {
                    Some(row) => row,
                    None => return Ok(Value::Nothing),
                }
            }
            Json::Null => return Ok(Value::Nothing),
            _ => return Err(unknown()),
        };
    }
    Ok(match at {
        Json::Null => Value::Nothing,
        Json::Bool(truth) => Value::Truth(*truth),
        Json::Number(number) => number.as_f64().map_or(Value::Nothing, Value::Number),
        Json::String(text) => Value::Text(text.clone()),
        // The number of its rows.
        Json::Array(rows) => Value::Number(rows.len() as f64),
        Json::Object(_) => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Figures for Json {
        fn root(&self, _: &[String]) -> Option<(&Json, usize)> {
            Some((self, 0))
        }
    }

    #[test]
    fn one_of_a_noun_is_no_plural_and_a_unit_has_none() {
        let of = |unit, one| counted(unit, one).into_owned();
        assert_eq!([of("carts", true), of("queries", true), of("carts", false)], ["cart", "query", "carts"]);
        assert!(["s", "ms", "B", "%", ""].into_iter().all(|unit| of(unit, true) == unit));
    }

    fn value(text: &str) -> Result<Value, Unknown> {
        let figures = serde_json::json!({
            "sticky": { "lost": 4, "faults": [{ "alive": 12, "recovered": null }], "home": "sticky" }, "replicate-all": { "lost": 0 }
        });
        Expr::parse(text).unwrap().value(&figures)
    }

    #[test]
    fn figures_are_found_and_reckoned_with() {
        let number = |n| Ok(Value::Number(n));
        assert_eq!(value("sticky.lost / sticky.faults.1.alive"), number(1.0 / 3.0));
        assert_eq!(value("1 + 2 * 3 - (4 - 5)"), number(8.0));
        assert_eq!(value("sticky.faults"), number(1.0));
        assert_eq!(value("max(replicate-all.lost, 2, -3) - abs(-1)"), number(1.0));
        assert_eq!(value("not sticky.lost == 4 or sticky.home == 'sticky'"), Ok(Value::Truth(true)));
    }

    #[test]
    fn what_has_not_happened_is_nothing_and_what_is_not_there_is_unknown() {
        assert_eq!(value("sticky.faults.1.recovered"), Ok(Value::Nothing));
        assert_eq!(value("sticky.faults.2.alive + 1"), Ok(Value::Nothing));
        assert_eq!(value("sticky.faults.2.alive < 1"), Ok(Value::Truth(false)));
        assert_eq!(value("sticky.faults.1.recovered == none"), Ok(Value::Truth(true)));
        assert_eq!(value("1 / 0"), Ok(Value::Nothing));
        assert_eq!(value("sticky.gone"), Err(Unknown::Figure("sticky.gone".into(), Some("home".into()))));
        let mistyped = value("sticky.faults.1.recoverd").unwrap_err().to_string();
        assert_eq!(mistyped, "there is no figure `sticky.faults.1.recoverd`; did you mean `recovered`?");
        assert_eq!(value("sticky.home < 1"), Err(Unknown::Operands("<")));
    }

    #[test]
    fn values_are_said_with_their_units() {
        let show = |number, unit| Value::Number(number).show(unit);
        assert_eq!(show(1.0, "carts"), "1 cart");
        assert_eq!(show(1_234_567.0, "copies"), "1,234,567 copies");
        assert_eq!(
            (show(0.6667, "%"), show(1312.0, "ms"), show(12.34, "ms")),
            ("66.7 %".into(), "1.31 s".into(), "12.3 ms".into())
        );
        assert_eq!(
            (show(1062.0 / 2_351_204.0, "%"), show(0.0, "%"), show(0.0005, "%")),
            ("< 0.1 %".into(), "0 %".into(), "0.1 %".into())
        );
        assert_eq!(
            (show(322.0, "B"), show(45_600.0, "B"), show(0.333, "")),
            ("322 B".into(), "45.6 kB".into(), "0.33".into())
        );
        assert_eq!(Value::Nothing.show("s"), "–");
    }
}
