//! Every key of a scenario file, named once: the file, `--set` and the messages all use this table.
//!
//! ```text
//!   key: bounds                     →  scenario.table.key
//!   key: bounds => |scenario, v| …  →  where key and field differ
//! ```

use super::fault::Source;
use super::read::{ANY, Bounds, FromToml, Key, Listed, Value, real, text, whole};
use super::types::{
    Autoscaler, Balancer, Client, Connection, Home, Instance, MOST_INSTANCES, Network, Population, Replication,
    Scenario, Session, Store, Token, Workload,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The longest run, in seconds.
pub const MONTH_S: f64 = 30.0 * 86_400.0;
/// The longest single delay, in each unit.
const DAY_S: f64 = 86_400.0;
pub(crate) const DAY_MS: f64 = DAY_S * 1e3;
const DAY_US: f64 = DAY_S * 1e6;
/// The shortest period of anything that repeats: one microsecond, so that time always moves on.
pub(super) const TICK_S: f64 = 1e-6;
pub(crate) const TICK_MS: f64 = 1e-3;
/// The most instances.
const INSTANCES: f64 = MOST_INSTANCES as f64;
/// The most visits a second, and the most in progress at once.
pub(crate) const TEN_MILLION: f64 = 1e7;

/// One key.
pub(super) struct Field {
    pub(super) key: Key,
    /// Reads a value into the scenario, or notes why it will not do and returns false.
    pub(super) read: fn(&mut Scenario, &Value<'_>, &Key, &mut Source<'_>) -> bool,
    /// Its value in a scenario, as a file has it, if it has one there; and what it may be.
    show: fn(&Scenario, &Key) -> (Option<String>, String),
    /// Whether two scenarios have the same there.
    same: fn(&Scenario, &Scenario) -> bool,
}

/// A field of scenarios, for whoever writes one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FieldFacts {
    /// Its dotted path, such as `instance.count`.
    pub path: String,
    /// What its number counts; empty if that needs no words.
    pub unit: &'static str,
    /// Its default, as a file has it; none if it is not set.
    pub default: Option<String>,
    /// What it may be.
    pub allowed: String,
    /// What it means.
    pub meaning: &'static str,
}

/// Every field, in the order of the documentation.
#[must_use]
pub fn fields() -> Vec<FieldFacts> {
    let default = Scenario::default();
    all()
        .map(|(path, table, Field { key, show, .. })| {
            let (default, allowed) = show(&default, key);
            let unit = key.unit().trim_start_matches(" of").trim_start();
            FieldFacts { path, unit, default, allowed, meaning: table.meaning(key.name) }
        })
        .collect()
}

/// What a scenario sets to something other than its default, by path, each value as TOML; without what a report says by itself
/// (its name and texts, seed, length, commands).
#[must_use]
pub fn settings(scenario: &Scenario) -> BTreeMap<String, String> {
    let default = Scenario::default();
    all()
        .filter(|(path, _, field)| !told(path) && !(field.same)(scenario, &default))
        .filter_map(|(path, _, field)| Some((path, (field.show)(scenario, &field.key).0?)))
        .collect()
}

/// Whether a report says this by itself.
fn told(path: &str) -> bool {
    matches!(path, "name" | "title" | "about" | "noun" | "seed" | "duration_s" | "slow_motion" | "command")
}

/// The keys of the service itself in this home that a scenario sets to something other than their default, as dotted paths.
/// Traffic, clients, network and sessions are none of them: they are the world that it stands in.
#[must_use]
pub fn knobs(scenario: &Scenario, home: Home) -> Vec<String> {
    // The table asks with every frame.
    static DEFAULT: LazyLock<Scenario> = LazyLock::new(Scenario::default);
    let needed = |table: &&Table| match table.name {
        "balancer" | "instance" | "autoscaler" => true,
        "token" => home == Home::Token,
        "replication" => home.replicated(),
        "store" => scenario.has_store(home),
        _ => false,
    };
    let mut knobs = Vec::new();
    for table in TABLES.iter().filter(needed) {
        let set = table.fields.iter().filter(|field| !(field.same)(scenario, &DEFAULT));
        knobs.extend(set.map(|field| table.path(field.key.name)));
    }
    knobs
}

/// One table and its keys; the top level is the one without a name.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    /// What is said of the fields of the type that it is read into.
    meanings: &'static [(&'static str, &'static str)],
}

impl Table {
    /// The dotted path of one of its keys, such as `instance.count`; at the top level there is no dot.
    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.into() } else { format!("{}.{key}", self.name) }
    }

    fn meaning(&self, key: &str) -> &'static str {
        let field = match key {
            "sessions_per_s" | "users" => "population",
            "command" => "commands",
            _ => key,
        };
        self.meanings.iter().find(|(name, _)| *name == field).map_or("", |(_, meaning)| meaning.trim_start())
    }
}

/// What a session's state is called: the screens say it in sentences, so it must say something.
struct Noun(String);

impl FromToml for Noun {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let noun = String::from_toml(value, key, source)?;
        if noun.trim().is_empty() {
            let hint = "write what a session's state is called, such as \"cart\"";
            source.fault(value.span(), format!("`{}` is empty", key.name), Some(hint.into()));
            return None;
        }
        Some(Self(noun))
    }
}

impl Listed for Noun {
    fn to_toml(&self) -> Option<String> {
        self.0.to_toml()
    }

    fn allowed(key: &Key) -> String {
        String::allowed(key)
    }
}

fn put<T: FromToml>(value: &Value<'_>, key: &Key, source: &mut Source<'_>, set: impl FnOnce(T)) -> bool {
    T::from_toml(value, key, source).map(set).is_some()
}

/// The value of a field, and what it may be.
fn shown<T: Listed>(value: &T, key: &Key) -> (Option<String>, String) {
    (value.to_toml(), T::allowed(key))
}

/// What this setter of a field may be given; `value` is what the field has.
fn given<T: Listed>(_: fn(&mut Scenario, T), key: &Key, value: Option<String>) -> (Option<String>, String) {
    (value, T::allowed(key))
}

macro_rules! table {
    ($table:ident: $type:ident { $($key:ident: $bounds:expr $(=> $set:expr)?),* $(,)? }) => {
        Table { name: stringify!($table), meanings: $type::MEANINGS, fields: &[$(Field {
            key: Key { name: stringify!($key), bounds: $bounds },
            read: |scenario, value, key, source| put(value, key, source, table!(@set scenario, [$table.$key] $($set)?)),
            show: |scenario, key| table!(@show scenario, key, [$table.$key] $($set)?),
            same: |a, b| table!(@same a, b, stringify!($key), [$table.$key] $($set)?),
        }),*] }
    };
    ({ $($key:ident: $bounds:expr $(=> $set:expr)?),* $(,)? }) => {
        Table { name: "", meanings: Scenario::MEANINGS, fields: &[$(Field {
            key: Key { name: stringify!($key), bounds: $bounds },
            read: |scenario, value, key, source| put(value, key, source, table!(@set scenario, [$key] $($set)?)),
            show: |scenario, key| table!(@show scenario, key, [$key] $($set)?),
            same: |a, b| table!(@same a, b, stringify!($key), [$key] $($set)?),
        }),*] }
    };
    (@set $scenario:ident, [$($field:ident).+]) => { |v| $scenario.$($field).+ = v };
    (@set $scenario:ident, [$($field:ident).+] $set:expr) => { |v| { let set: fn(&mut Scenario, _) = $set; set($scenario, v) } };
    (@show $scenario:ident, $key:ident, [$($field:ident).+]) => { shown(&$scenario.$($field).+, $key) };
    (@show $scenario:ident, $key:ident, [$($field:ident).+] $set:expr) => {
        given($set, $key, apart($scenario, $key.name))
    };
    (@same $a:ident, $b:ident, $name:expr, [$($field:ident).+]) => { $a.$($field).+ == $b.$($field).+ };
    (@same $a:ident, $b:ident, $name:expr, [$($field:ident).+] $set:expr) => { apart($a, $name) == apart($b, $name) };
}

/// The value of a field that is none of the scenario by itself, or is read in another way than its type is.
fn apart(scenario: &Scenario, name: &str) -> Option<String> {
    match (name, scenario.workload.population) {
        ("sessions_per_s", Population::SessionsPerSecond(rate)) => rate.to_toml(),
        ("users", Population::Users(users)) => users.to_toml(),
        ("noun", _) => scenario.noun.to_toml(),
        _ => None,
    }
}

/// Milliseconds, from nothing to a day.
const SPAN_MS: Bounds = real(0.0, DAY_MS);
/// A share.
const RATIO: Bounds = real(0.0, 1.0);
/// A size in bytes.
const BYTES: Bounds = whole(0.0, 1e8);
/// A bandwidth.
const MBIT: Bounds = real(1e-3, 1e6);
/// A memory.
const MIB: Bounds = real(1e-3, 1e6);
/// Things that work at the same time.
const WORKERS: Bounds = whole(1.0, 4096.0);

/// Every table, in the order of the documentation.
pub(super) static TABLES: &[Table] = &[
    table!({
        title: text(60.0),
        about: text(600.0),
        noun: text(20.0) => |scenario, v: Noun| scenario.noun = v.0,
        seed: ANY,
        duration_s: real(TICK_S, MONTH_S),
        open_at_s: real(0.0, MONTH_S),
        warm_start: ANY,
        slo_ms: real(TICK_MS, DAY_MS),
        slow_motion: real(1.0, 1000.0),
        command: ANY => |scenario, v| scenario.commands = v,
    }),
    table!(session: Session { timeout_s: real(TICK_S, MONTH_S) }),
    table!(workload: Workload {
        sessions_per_s: real(1e-6, TEN_MILLION) => |scenario, v| scenario.workload.population = Population::SessionsPerSecond(v),
        users: whole(1.0, TEN_MILLION) => |scenario, v| scenario.workload.population = Population::Users(v),
        requests_per_session: whole(1.0, 1e9).or_endless(),
        think_ms: SPAN_MS,
        write_ratio: RATIO,
        service_ms: SPAN_MS,
        login_ms: SPAN_MS,
        login_factor: real(0.0, 1000.0),
        request_bytes: BYTES,
        response_bytes: BYTES,
        state_bytes: BYTES,
        growth_bytes_per_write: real(0.0, 1e6),
        state_limit_bytes: BYTES,
        bursts: ANY,
        transport: ANY,
    }),
    table!(client: Client {
        timeout_ms: real(TICK_MS, DAY_MS),
        retries: whole(0.0, 100.0),
        backoff_ms: SPAN_MS,
        backoff_cap_ms: SPAN_MS,
        jitter: ANY,
        patience: whole(1.0, 1e6),
    }),
    table!(network: Network {
        client_ms: SPAN_MS,
        backend_ms: SPAN_MS,
        peer_ms: SPAN_MS,
        store_ms: SPAN_MS,
        jitter_ratio: RATIO,
        client_mbit: MBIT,
        backend_mbit: MBIT,
    }),
    table!(balancer: Balancer {
        policy: ANY,
        affinity: ANY,
        redispatch: ANY,
        retries: whole(0.0, 100.0),
        passive: ANY,
        check_interval_ms: real(TICK_MS, DAY_MS),
        check_timeout_ms: real(TICK_MS, DAY_MS),
        fall: whole(1.0, 1000.0),
        rise: whole(1.0, 1000.0),
    }),
    table!(instance: Instance {
        count: whole(1.0, INSTANCES),
        workers: WORKERS,
        queue: whole(0.0, TEN_MILLION),
        start_ms: SPAN_MS,
        drain_s: real(0.0, DAY_S),
        drain_mode: ANY,
        header_limit_bytes: whole(1.0, 1e9),
        memory_mib: MIB,
    }),
    table!(token: Token {
        overhead_bytes: whole(0.0, 1e6),
        verify_us: real(0.0, DAY_US),
        verify_us_per_kib: real(0.0, 1e6),
        ttl_s: real(TICK_S, MONTH_S),
        denylist: ANY,
    }),
    table!(replication: Replication { sync: ANY, lag_ms: SPAN_MS, apply_us: real(0.0, DAY_US) }),
    table!(store: Store {
        workers: WORKERS,
        service_us: real(0.0, DAY_US),
        queue: whole(0.0, TEN_MILLION),
        timeout_ms: real(TICK_MS, DAY_MS),
        persistence: ANY,
        memory_mib: MIB,
        replica: ANY,
        replica_lag_ms: SPAN_MS,
        failover_ms: SPAN_MS,
    }),
    table!(connection: Connection { push_per_s: real(0.0, 1e4), handshake_ms: SPAN_MS }),
    table!(autoscaler: Autoscaler {
        mode: ANY,
        target: real(0.01, 1.0),
        interval_s: real(0.001, DAY_S),
        down_after_s: real(0.0, DAY_S),
        min: whole(0.0, INSTANCES),
        max: whole(1.0, INSTANCES),
        cold_start_ms: SPAN_MS,
        idle_stop_s: real(0.0, DAY_S),
    }),
];

/// Every field with its path and its table, in the order of the documentation.
fn all() -> impl Iterator<Item = (String, &'static Table, &'static Field)> {
    TABLES.iter().flat_map(|table| table.fields.iter().map(move |field| (table.path(field.key.name), table, field)))
}

/// The path of every field.
pub(crate) fn paths() -> impl Iterator<Item = String> {
    all().map(|(path, ..)| path)
}

/// The key that a key excludes: visits come either from a stream or from a fixed number of chairs.
pub(super) const EXCLUSIVE: (&str, &str, &str) = ("workload", "users", "sessions_per_s");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_are_what_was_changed_of_the_service_itself() {
        let cart = Scenario::load("cart").unwrap();
        assert_eq!(knobs(&cart, Home::Sticky), ["instance.count", "instance.start_ms"]);
        assert_eq!(knobs(&cart, Home::Token), ["instance.count", "instance.start_ms", "token.overhead_bytes"]);
        assert_eq!(knobs(&cart, Home::Store), ["instance.count", "instance.start_ms", "store.replica"]);
        let mut chat = Scenario::load("chat").unwrap();
        let of_all = ["balancer.policy", "instance.count", "instance.workers", "instance.queue"];
        assert_eq!(knobs(&chat, Home::Token), of_all);
        assert_eq!(knobs(&chat, Home::ReplicateAll), [&of_all[..], &["replication.lag_ms"]].concat());
        // What is set to its default is as it was; traffic, clients and network are the world.
        chat.set("instance.workers=2").unwrap();
        chat.set("balancer.policy=round-robin").unwrap();
        chat.set("client.retries=5").unwrap();
        chat.set("network.peer_ms=9").unwrap();
        assert_eq!(knobs(&chat, Home::Memory), ["instance.count", "instance.queue"]);
        // A denylist needs the store.
        chat.set("token.denylist=true").unwrap();
        chat.set("store.workers=4").unwrap();
        assert_eq!(knobs(&chat, Home::Token)[2..], ["token.denylist", "store.workers"]);
        assert_eq!(knobs(&Scenario::default(), Home::Store), [""; 0]);
    }

    #[test]
    fn two_scenarios_are_the_same_where_their_fields_are() {
        let (default, queue) = (Scenario::default(), Scenario::load("queue").unwrap());
        for (path, _, Field { key, show, same, .. }) in all() {
            assert!(same(&queue, &queue), "{path}");
            // Commands are in no file as one value.
            if path != "command" {
                assert_eq!(same(&default, &queue), show(&default, key).0 == show(&queue, key).0, "{path}");
            }
        }
    }

    /// With what a report says by itself, they are all that a run depends on.
    #[test]
    fn a_scenario_is_made_again_from_its_settings() {
        for shipped in crate::scenario::shipped() {
            let scenario = Scenario::load(shipped.name).unwrap();
            let mut again = Scenario { slow_motion: scenario.slow_motion, ..Scenario::default() };
            for (path, value) in settings(&scenario) {
                again.set(&format!("{path}={value}")).unwrap();
            }
            for (path, _, field) in all().filter(|(path, ..)| !told(path)) {
                assert!((field.same)(&scenario, &again), "{}: {path}", shipped.name);
            }
        }
    }

    #[test]
    fn a_noun_says_something() {
        for noun in ["", "  "] {
            let faults = Scenario::from_toml("it", "it.toml", &format!("noun = \"{noun}\"")).unwrap_err().to_string();
            assert!(faults.contains("it.toml:1:8: `noun` is empty; write what"), "{faults}");
        }
        assert_eq!(Scenario::from_toml("it", "it.toml", "noun = \"quiz\"").unwrap().noun, "quiz");
    }
}
