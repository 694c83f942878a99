//! Lists of small tables: `bursts = [{ at_s, factor, for_s }]` and `[[command]] at_s, do`.

use super::fault::{Source, clean, plain, suggest};
use super::fields::MONTH_S;
use super::read::{FromToml, Key, Listed, Value, real, text};
use super::script::parse_command;
use super::types::{Burst, TimedCommand};

const AT_S: Key = Key { name: "at_s", bounds: real(0.0, MONTH_S) };
const FOR_S: Key = Key { name: "for_s", bounds: real(0.0, MONTH_S) };
const FACTOR: Key = Key { name: "factor", bounds: real(0.0, 1e4) };
const DO: Key = Key { name: "do", bounds: text(100.0) };

impl<T: Row> FromToml for Vec<T> {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let Some(rows) = value.get_ref().as_array() else {
            source.fault(value.span(), format!("`{}` must be a list", key.name), Some(T::FORM.into()));
            return None;
        };
        // Every row is read before the first missing one is looked for, so that all faults are found at once.
        let rows: Vec<Option<T>> = rows.iter().map(|row| T::row(row, source)).collect();
        rows.into_iter().collect()
    }
}

impl Listed for Vec<Burst> {
    fn to_toml(&self) -> Option<String> {
        let row = |burst: &Burst| {
            let [at_s, factor, for_s] = [burst.at_s, burst.factor, burst.for_s].map(plain);
            format!("{{ at_s = {at_s}, factor = {factor}, for_s = {for_s} }}")
        };
        Some(format!("[{}]", self.iter().map(row).collect::<Vec<_>>().join(", ")))
    }

    fn allowed(_: &Key) -> String {
        form::<Burst>()
    }
}

/// Commands are listed by what comes of them, and in files as tables of their own.
impl Listed for Vec<TimedCommand> {
    fn to_toml(&self) -> Option<String> {
        self.is_empty().then(|| "[]".into())
    }

    fn allowed(_: &Key) -> String {
        form::<TimedCommand>()
    }
}

fn form<T: Row>() -> String {
    T::FORM.trim_start_matches("write ").into()
}

/// A small table with a fixed set of keys, all of them needed.
pub(super) trait Row: Sized {
    /// How it is written.
    const FORM: &'static str;
    /// Reads one.
    fn row(value: &Value<'_>, source: &mut Source<'_>) -> Option<Self>;
}

/// The values of a row, in the order of the names; notes missing and unknown ones.
fn entries<'v, 't, const N: usize>(
    value: &'v Value<'t>,
    names: [&str; N],
    form: &str,
    source: &mut Source<'_>,
) -> Option<[&'v Value<'t>; N]> {
    let Some(table) = value.get_ref().as_table() else {
        source.fault(value.span(), "an entry of this list must be a table", Some(form.into()));
        return None;
    };
    for key in table.keys().filter(|key| !names.contains(&key.get_ref().as_ref())) {
        let message = format!("unknown key `{}` in this entry", clean(key.get_ref()));
        source.fault(key.span(), message, Some(suggest(key.get_ref(), names)));
    }
    let missing: Vec<&str> = names.into_iter().filter(|name| !table.contains_key(*name)).collect();
    if !missing.is_empty() {
        source.fault(value.span(), format!("this entry lacks `{}`", missing.join("`, `")), Some(form.into()));
        return None;
    }
    (table.len() == N).then(|| names.map(|name| &table[name]))
}

impl Row for Burst {
    const FORM: &'static str = "write bursts = [{ at_s = 60, factor = 3, for_s = 120 }]";

    fn row(value: &Value<'_>, source: &mut Source<'_>) -> Option<Self> {
        let [at, factor, span] = entries(value, ["at_s", "factor", "for_s"], Self::FORM, source)?;
        let at_s = f64::from_toml(at, &AT_S, source);
        let factor = f64::from_toml(factor, &FACTOR, source);
        let for_s = f64::from_toml(span, &FOR_S, source);
        Some(Self { at_s: at_s?, factor: factor?, for_s: for_s? })
    }
}

impl Row for TimedCommand {
    const FORM: &'static str = "write [[command]], and below it at_s = 30 and do = \"kill 2\"";

    fn row(value: &Value<'_>, source: &mut Source<'_>) -> Option<Self> {
        let [at, what] = entries(value, ["at_s", "do"], Self::FORM, source)?;
        let at_s = f64::from_toml(at, &AT_S, source);
        let words = String::from_toml(what, &DO, source)?;
        match parse_command(&words) {
            Ok(command) => Some(Self { at_s: at_s?, command }),
            Err(why) => {
                source.fault(what.span(), why, None);
                None
            }
        }
    }
}
