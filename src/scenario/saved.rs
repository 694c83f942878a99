//! A run as one small text file: what it began as, what was changed, what was done and when, and how far it went.
//!
//! ```text
//!   Origin, seed, history, instant ─▶ Saved ─▶ text ─▶ Opened { scenario with every command at its instant }
//! ```
//!
//! Everything that happens follows from these, so nothing else is kept. The format is documented in `assets/saved-run.md`.

use super::fault::{Source, clean, suggest};
use super::fields::{MONTH_S, TICK_S};
use super::opened::{Base, Opened, Origin};
use super::read::{ANY, FromToml, Key, Value, real, text};
use super::rules::About;
use super::types::{Home, Scenario, TimedCommand};
use super::{rules, shipped, sort_with, walk};
use crate::command::Command;
use crate::units::Nanos;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// The format's name and version.
pub const SAVED: &str = "statelab.saved/1";

const RUN: Key = Key { name: "run", bounds: text(60.0) };
const VERSION: Key = Key { name: "version", bounds: text(60.0) };
const NAME: Key = Key { name: "name", bounds: text(200.0) };
const HOME: Key = Key { name: "home", bounds: ANY };
const BESIDE: Key = Key { name: "beside", bounds: ANY };
const SEED: Key = Key { name: "seed", bounds: ANY };
const UNTIL_S: Key = Key { name: "until_s", bounds: real(TICK_S, MONTH_S) };
const OWN_COMMANDS: Key = Key { name: "own_commands", bounds: ANY };
const SET: Key = Key { name: "set", bounds: text(10_000.0) };
const COMMAND: Key = Key { name: "command", bounds: ANY };
const SCENARIO: &str = "scenario";
const KEYS: [&str; 11] = [
    RUN.name,
    VERSION.name,
    SCENARIO,
    NAME.name,
    HOME.name,
    BESIDE.name,
    SEED.name,
    UNTIL_S.name,
    OWN_COMMANDS.name,
    SET.name,
    COMMAND.name,
];
const NEEDED: [&str; 5] = [RUN.name, SCENARIO, HOME.name, SEED.name, UNTIL_S.name];

/// What was looked at when a run was saved. None of it changes what happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The world that was shown.
    pub home: Home,
    /// The stateful world beside it.
    pub beside: Home,
    /// How far the run had gone.
    pub until: Nanos,
}

/// A run that can be written down.
#[derive(Clone, PartialEq, Debug)]
pub struct Saved {
    /// The scenario and what was done to it, while it ran too.
    pub origin: Origin,
    /// The seed of all draws.
    pub seed: u64,
    /// What was looked at.
    pub seen: Seen,
}

impl Saved {
    /// The text of the file.
    ///
    /// # Errors
    /// If the text would not come to `running`, the scenario that really runs, with `history` done to it: then it would be
    /// of another run. The message says so.
    pub fn to_toml(&self, running: &Scenario, history: &[(Nanos, Command)]) -> Result<String, String> {
        let text = self.text()?;
        let again = Opened::from_toml("saved", "saved.toml", &text).map_err(|faults| faults.to_string())?;
        let given = history.iter().map(|&(at, command)| TimedCommand { at_s: at.secs(), command });
        let mut ran = running.clone();
        ran.schedule(given);
        let done = |scenario: &Scenario| -> Vec<(Nanos, Command)> {
            scenario.commands.iter().map(|timed| (Nanos::from_secs(timed.at_s), timed.command)).collect()
        };
        let alike = done(&again.scenario) == done(&ran);
        // Where it stops, and where a dashboard opens, change nothing of what happens.
        let (duration_s, open_at_s) = (self.seen.until.secs(), again.scenario.open_at_s);
        let ran = Scenario { duration_s, open_at_s, commands: again.scenario.commands.clone(), ..ran };
        if alike && again.scenario == ran && again.seen == Some(self.seen) {
            Ok(text)
        } else {
            Err("this run was changed in a way that a file cannot hold".into())
        }
    }

    fn text(&self) -> Result<String, String> {
        let Self { origin, seed, seen } = self;
        let mut out = format!(
            "# A run of statelab. `statelab replay FILE` shows it again; `statelab run FILE` repeats it without a screen.\n\
             run = \"{SAVED}\"\nversion = \"{}\"\n",
            env!("CARGO_PKG_VERSION")
        );
        let mut line = |key: &str, value: &dyn fmt::Display| out += &format!("{key} = {value}\n");
        match &origin.base {
            Base::Shipped(name) => line(SCENARIO, &quoted(name)),
            Base::File { name, .. } => line(NAME.name, &quoted(name)),
        }
        line(HOME.name, &quoted(seen.home.id()));
        if seen.home != seen.beside {
            line(BESIDE.name, &quoted(seen.beside.id()));
        }
        line(SEED.name, seed);
        line(UNTIL_S.name, &Instant(seen.until));
        if !origin.own_commands {
            line(OWN_COMMANDS.name, &false);
        }
        if !origin.set.is_empty() {
            let all: Vec<String> = origin.set.iter().map(|assignment| quoted(assignment)).collect();
            line(SET.name, &format!("[{}]", all.join(", ")));
        }
        for TimedCommand { at_s, command } in &origin.commands {
            out +=
                &format!("\n[[{}]]\nat_s = {}\ndo = \"{command}\"\n", COMMAND.name, Instant(Nanos::from_secs(*at_s)));
        }
        if let Base::File { text, .. } = &origin.base {
            let scenario =
                seedless(text).map_err(|error| format!("the scenario cannot be written: {}", error.message()))?;
            let whole: toml::Table = [(SCENARIO.to_owned(), toml::Value::Table(scenario))].into_iter().collect();
            out += "\n";
            out += &toml::to_string(&whole).map_err(|error| error.to_string())?;
        }
        Ok(out)
    }
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// An instant in seconds, exact to the nanosecond: `38.1`, `38.100000001`.
#[derive(Clone, Copy, Debug)]
pub struct Instant(pub Nanos);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.0.0 / 1_000_000_000, self.0.0 % 1_000_000_000);
        let digits = format!("{rest:09}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{seconds}.0"),
            digits => write!(f, "{seconds}.{digits}"),
        }
    }
}

impl FromToml for Home {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let word = String::from_toml(value, &Key { bounds: text(60.0), ..*key }, source)?;
        let found = Self::find(&word);
        if found.is_none() {
            let message = format!("`{}` is no home of state", clean(&word));
            source.fault(value.span(), message, Some(suggest(&word, Self::ALL.map(Self::id))));
        }
        found
    }
}

/// Reads a saved run, and makes its scenario. With a fault noted, what is returned is worth nothing.
pub(super) fn read(text: &str, document: &DeTable<'_>, complete: bool, source: &mut Source<'_>) -> Opened {
    for key in document.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref())) {
        let message = format!("unknown key `{}` in a saved run", clean(key.get_ref()));
        source.fault(key.span(), message, Some(suggest(key.get_ref(), KEYS)));
    }
    let head = document.get_key_value(RUN.name).map_or(0..0, |(key, _)| key.span());
    for missing in NEEDED.into_iter().filter(|needed| complete && !document.contains_key(*needed)) {
        source.fault(head.clone(), format!("this saved run lacks `{missing}`"), None);
    }
    let entries = Entries(document);
    if let Some(version) = entries.read::<String>(&RUN, source).filter(|version| version != SAVED) {
        let message = format!("`{}` is not a format that this program reads", clean(&version));
        source.fault(entries.span(&RUN), message, Some(format!("it reads {SAVED}")));
    }
    entries.read::<String>(&VERSION, source);
    let (base, mut scenario, mut places) = scenario(text, &entries, source);

    let own_commands = entries.read::<bool>(&OWN_COMMANDS, source).unwrap_or(true);
    if !own_commands {
        scenario.commands.clear();
        places.clear();
    }
    let set = assignments(&entries, &mut scenario, source);
    places.resize(scenario.commands.len(), head);
    let commands = entries.read::<Vec<TimedCommand>>(&COMMAND, source).unwrap_or_default();
    if let Some(rows) = document.get(COMMAND.name).and_then(|rows| rows.get_ref().as_array()) {
        places.extend(rows.iter().map(walk::line_of));
    }
    if places.len() == scenario.commands.len() + commands.len() {
        scenario.commands.extend(&commands);
        sort_with(&mut scenario.commands, &mut places);
    }
    scenario.seed = entries.read::<u64>(&SEED, source).unwrap_or(scenario.seed);
    scenario.duration_s = entries.read::<f64>(&UNTIL_S, source).unwrap_or(scenario.duration_s);
    if complete {
        for breach in rules::breaches(&scenario) {
            let span = match breach.about {
                About::Command(i) => places.get(i).cloned().unwrap_or(0..0),
                About::Keys => document.get_key_value(SCENARIO).map_or(0..0, |(key, _)| key.span()),
            };
            source.fault(span, breach.message, Some(breach.hint));
        }
    }
    let home = entries.read::<Home>(&HOME, source).unwrap_or(Home::Sticky);
    let usual = if home.stateful() { home } else { Home::Sticky };
    let beside = entries.read::<Home>(&BESIDE, source).unwrap_or(usual);
    if !beside.stateful() {
        source.fault(entries.span(&BESIDE), "the world beside must be a stateful one", None);
    }
    let seen = Seen { home, beside, until: Nanos::from_secs(scenario.duration_s) };
    let mut origin = Origin { base, set, own_commands, commands: Vec::new() };
    origin.schedule(commands);
    Opened { scenario, origin, seen: Some(seen) }
}

/// The top level of the file.
struct Entries<'d, 't>(&'d DeTable<'t>);

impl Entries<'_, '_> {
    fn read<T: FromToml>(&self, key: &Key, source: &mut Source<'_>) -> Option<T> {
        self.0.get(key.name).and_then(|value| T::from_toml(value, key, source))
    }

    fn span(&self, key: &Key) -> Range<usize> {
        self.0.get(key.name).map_or(0..0, Spanned::span)
    }
}

/// The scenario that a run began as: a shipped one by its name, or a whole one.
fn scenario(text: &str, entries: &Entries<'_, '_>, source: &mut Source<'_>) -> (Base, Scenario, Vec<Range<usize>>) {
    let name = entries.read::<String>(&NAME, source).unwrap_or_else(|| "saved".into());
    let nothing = (Base::Shipped(String::new()), Scenario::default(), Vec::new());
    let Some(value) = entries.0.get(SCENARIO) else { return nothing };
    if let Some(table) = value.get_ref().as_table() {
        let mut scenario = Scenario { name: clean(&name), ..Scenario::default() };
        let mut seen = walk::document(&mut scenario, table, source);
        sort_with(&mut scenario.commands, &mut seen.commands);
        let text = inner(text).unwrap_or_default();
        return (Base::File { word: String::new(), name: scenario.name.clone(), text }, scenario, seen.commands);
    }
    let word = value.get_ref().as_str().unwrap_or("");
    match shipped().iter().find(|shipped| shipped.name == word).map(|shipped| Scenario::load(shipped.name)) {
        Some(Ok(scenario)) => {
            let places = vec![value.span(); scenario.commands.len()];
            (Base::Shipped(word.into()), scenario, places)
        }
        _ => {
            let message = format!("no scenario that comes with the program is called `{}`", clean(word));
            source.fault(value.span(), message, Some(suggest(word, shipped().iter().map(|shipped| shipped.name))));
            nothing
        }
    }
}

/// The text of the scenario alone. None if the text is no TOML.
fn inner(text: &str) -> Option<String> {
    toml::to_string(seedless(text).ok()?.get(SCENARIO)?).ok()
}

/// A document without its own seed and its scenario's; the seed of a run stands elsewhere.
///
/// A seed may be larger than any whole number that the general reader takes, so it must go before that sees it.
fn seedless(text: &str) -> Result<toml::Table, toml::de::Error> {
    let document = DeTable::parse(text)?;
    let whole = document.get_ref();
    let scenario = whole.get(SCENARIO).and_then(|scenario| scenario.get_ref().as_table());
    let seeds = [Some(whole), scenario].into_iter().flatten().filter_map(|table| table.get(SEED.name));
    let mut places: Vec<Range<usize>> = seeds.map(Spanned::span).collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    let mut text = text.to_owned();
    places.into_iter().for_each(|place| text.replace_range(place, "0"));
    let mut table: toml::Table = toml::from_str(&text)?;
    table.remove(SEED.name);
    if let Some(scenario) = table.get_mut(SCENARIO).and_then(toml::Value::as_table_mut) {
        scenario.remove(SEED.name);
    }
    Ok(table)
}

/// The changes of `set`, made one after the other.
fn assignments(entries: &Entries<'_, '_>, scenario: &mut Scenario, source: &mut Source<'_>) -> Vec<String> {
    let Some(value) = entries.0.get(SET.name) else { return Vec::new() };
    let Some(rows) = value.get_ref().as_array() else {
        let hint = "write set = [\"workload.users=20\"]";
        source.fault(value.span(), "`set` must be a list", Some(hint.into()));
        return Vec::new();
    };
    let mut all = Vec::new();
    for row in rows {
        let Some(assignment) = String::from_toml(row, &SET, source) else { continue };
        match scenario.set(&assignment) {
            Ok(()) => all.push(assignment),
            Err(faults) => source.adopt(&row.span(), &faults),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(all: &[(u64, &str)]) -> Vec<(Nanos, Command)> {
        all.iter().map(|&(at, command)| (Nanos(at), command.parse().unwrap())).collect()
    }

    fn saved(origin: Origin, history: &[(Nanos, Command)], until: u64) -> Saved {
        let seen = Seen { home: Home::Token, beside: Home::Store, until: Nanos(until) };
        Saved { origin: origin.with(history), seed: u64::MAX, seen }
    }

    #[test]
    fn what_is_written_reads_back_as_itself() {
        let mut opened = Opened::load("classroom").unwrap();
        opened.scenario.set("workload.users=9").unwrap();
        opened.origin.note("workload.users", 9);
        opened.scenario.seed = u64::MAX;
        let history = history(&[(38_100_000_001, "kill 2"), (38_100_000_001, "burst x3 1m30s")]);
        let run = saved(opened.origin, &history, 63_271_938_113);
        let text = run.to_toml(&opened.scenario, &history).unwrap();
        let again = Opened::from_toml("x", "x.toml", &text).unwrap();
        assert_eq!((again.origin, again.seen), (run.origin, Some(run.seen)));
        assert_eq!(again.scenario.commands.len(), 2);
        let first = again.scenario.commands[0];
        assert_eq!((Nanos::from_secs(first.at_s), first.command.to_string()), (Nanos(38_100_000_001), "kill 2".into()));
        assert_eq!(Nanos::from_secs(again.scenario.duration_s), run.seen.until);
    }

    #[test]
    fn a_scenario_of_ones_own_goes_along() {
        let own = "title = \"Mine\"\n[workload]\nusers = 5\nthink_ms = { uniform = [1, 2.5] }\n[[command]]\nat_s = 1\ndo = \"add\"\n";
        let opened = Opened::from_toml("mine", "mine.toml", own).unwrap();
        let mut scenario = opened.scenario;
        scenario.seed = 3;
        let history = history(&[(1_000_000_000, "kill 1")]);
        let run = Saved { seed: 3, ..saved(opened.origin, &history, 2_000_000_000) };
        let text = run.to_toml(&scenario, &history).unwrap();
        let again = Opened::from_toml("x", "x.toml", &text).unwrap();
        assert_eq!((again.scenario.name.as_str(), again.scenario.title.as_str()), ("mine", "Mine"));
        let order: Vec<_> = again.scenario.commands.iter().map(|timed| timed.command.to_string()).collect();
        assert_eq!(order, ["add", "kill 1"], "at one instant the scenario's own come first");
        let second = Saved { origin: again.origin, seed: 3, seen: run.seen };
        assert_eq!(second.to_toml(&scenario, &history).unwrap(), text, "what was saved can be saved again");
    }

    #[test]
    fn a_scenario_of_ones_own_goes_along_with_any_seed() {
        for own in [
            "seed = 18_446_744_073_709_551_615 # the last\nworkload = { users = 5 }\n",
            "\u{FEFF}seed = 0xFFFF_FFFF_FFFF_FFFF\nworkload.users = 5\n",
            "workload.users = 5\n",
        ] {
            let opened = Opened::from_toml("mine", "mine.toml", own).unwrap();
            let scenario = Scenario { seed: u64::MAX, ..opened.scenario };
            let run = saved(opened.origin, &[], 2_000_000_000);
            let text = run.to_toml(&scenario, &[]).unwrap();
            let again = Opened::from_toml("x", "x.toml", &text).unwrap();
            assert_eq!(again.scenario.seed, u64::MAX);
            let second = Saved { origin: again.origin, ..run };
            assert_eq!(second.to_toml(&scenario, &[]).unwrap(), text, "what was saved can be saved again");
        }
    }

    #[test]
    fn another_run_is_not_saved_in_its_place() {
        let opened = Opened::load("classroom").unwrap();
        let run = saved(opened.origin, &[], 30_000_000_000);
        assert!(run.to_toml(&opened.scenario, &[]).is_err(), "the seed is another");
        let ran = Scenario { seed: u64::MAX, ..opened.scenario };
        assert!(run.to_toml(&ran, &[]).is_ok());
        assert!(run.to_toml(&ran, &history(&[(1, "kill 2")])).is_err(), "something was done that is not in it");
    }

    #[test]
    fn faults_have_their_place_and_a_hint() {
        let text = "run = \"statelab.saved/1\"\nscenario = \"classrom\"\nhome = \"tokn\"\nseed = 1\nuntil_s = 9\nset = [\"workload.user=3\"]\nextra = 1\n\n[[command]]\nat_s = 1\ndo = \"kil 2\"\n";
        let faults = Opened::from_toml("x", "x.toml", text).unwrap_err();
        let found: Vec<_> = faults
            .0
            .iter()
            .map(|f| (f.spot.as_ref().unwrap().line, f.hint.clone().unwrap_or_else(|| f.message.clone())))
            .collect();
        for (line, words) in
            [(2, "classroom"), (3, "token"), (6, "did you mean `users`"), (7, "known"), (11, "did you mean `kill`")]
        {
            assert!(found.iter().any(|(at, hint)| *at == line && hint.contains(words)), "{line} {words}: {found:?}");
        }
        let short = Opened::from_toml("x", "x.toml", "run = \"statelab.saved/2\"").unwrap_err().to_string();
        assert!(short.contains("it reads statelab.saved/1") && short.contains("lacks `scenario`"), "{short}");
    }
}
