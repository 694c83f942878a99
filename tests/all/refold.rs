//! The event log, written as JSON lines and folded again by code that shares nothing with the program, gives the very
//! figures of the report.
//!
//! Only the log and the contract are used here: no type of the library but to run it.

use crate::random::{cases, commands, repeatable, scenario};
use crate::shortened;
use serde_json::{Value, json};
use statelab::experiment::run_headless;
use statelab::scenario::{Home, Population, Scenario, TimedCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

/// A visit, as the log tells it.
#[derive(Default)]
struct Visit {
    lost: bool,
    left: Option<String>,
    alive: bool,
    cookie: u64,
    line: u64,
    lines: u64,
    newest_copy: u64,
}

/// Sizes of copies, by visit and login.
type Memory = BTreeMap<(u64, u64), u64>;

#[derive(Default)]
struct Instance {
    state: String,
    workers: u64,
    requests: u64,
    /// Instants at which workers were taken and freed since it was last started, with +1 and −1.
    busy: i128,
    busy_since: u64,
    busy_ns: i128,
    up_ns: i128,
    memory: Memory,
}

impl Instance {
    fn runs(&self) -> bool {
        matches!(self.state.as_str(), "up" | "draining" | "hung")
    }

    fn until(&mut self, at: u64) {
        let span = i128::from(at - self.busy_since);
        self.busy_since = at;
        self.busy_ns += self.busy.min(i128::from(self.workers)) * span;
        if self.runs() {
            self.up_ns += span;
        }
    }
}

#[derive(Default)]
struct Fault {
    at: u64,
    seq: u64,
    command: String,
    /// For a store that is not there.
    in_vain: bool,
    alive: u64,
    /// Visits that it found logged in, while that session goes on unharmed; and how many were harmed by it.
    found: BTreeSet<u64>,
    harmed: u64,
    exposed: Option<usize>,
    touched: BTreeSet<u64>,
    lost: BTreeSet<u64>,
    reverted: BTreeSet<u64>,
    affected: BTreeSet<u64>,
    failed: u64,
    writes_lost: u64,
    detected: Option<u64>,
    /// When requests that count for its recovery were issued, from its beginning on, and whether it made them fail.
    ended: Vec<(u64, bool)>,
    /// Of those that it made fail, one was issued after the next fault.
    fails_later: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Turn {
    /// Up when the run began, or again after a drain or a hang.
    Up,
    /// Up for the first time, or with a new process.
    New,
    Away,
}

/// Everything that is counted.
#[derive(Default)]
struct Fold {
    home: String,
    events: u64,
    causes: Vec<u64>,
    commands: BTreeSet<u64>,
    count: BTreeMap<&'static str, u64>,
    outcomes: BTreeMap<String, u64>,
    visits: BTreeMap<u64, Visit>,
    issued: BTreeMap<u64, u64>,
    /// Replays whose owner had logged out before.
    after_logout: BTreeSet<u64>,
    latency: Vec<u64>,
    waits: Vec<u64>,
    waits_failed: u64,
    in_system_ns: u128,
    instances: Vec<Instance>,
    store: Option<(String, Memory)>,
    replica: bool,
    denylist: BTreeSet<u64>,
    /// The largest content of a token or cookie, and the replies that brought any.
    client_peak: u64,
    bringing: BTreeSet<u64>,
    faults: Vec<Fault>,
    /// The newest `scale`, until an instance leaves because of it.
    scaled: Fault,
    changes: Vec<(u64, i64)>,
    /// Which instance took each request up, and who came up or went: when, after how many of these, which, and how.
    took_up: Vec<(u64, usize)>,
    turns: Vec<(u64, usize, usize, Turn)>,
    /// A request that takes longer is felt.
    felt: u64,
}

fn number(event: &Value, field: &str) -> u64 {
    event[field].as_u64().unwrap_or_else(|| panic!("{field} in {event}"))
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_else(|| panic!("{field} in {event}"))
}

impl Fold {
    fn add(&mut self, name: &'static str, n: u64) {
        *self.count.entry(name).or_default() += n;
    }

    fn of(&self, name: &str) -> u64 {
        self.count.get(name).copied().unwrap_or(0)
    }

    /// Walks the chain of causes to the command at its end; 0: there is none.
    fn root(&self, mut seq: u64) -> u64 {
        while seq != 0 {
            if self.commands.contains(&seq) {
                return seq;
            }
            seq = self.causes[seq as usize];
        }
        0
    }

    fn fault(&mut self, root: u64) -> Option<&mut Fault> {
        self.faults.iter_mut().find(|fault| fault.seq == root && root != 0 && !fault.in_vain)
    }

    /// A fault and others of its instant.
    fn siblings(&mut self, root: u64) -> impl Iterator<Item = &mut Fault> {
        let at = self.fault(root).map(|fault| fault.at);
        self.faults.iter_mut().filter(move |fault| Some(fault.at) == at && !fault.in_vain)
    }

    /// Counts a visit in a set of the fault, unless it is in that of another of its instant.
    fn count_visit(&mut self, root: u64, session: u64, set: fn(&mut Fault) -> &mut BTreeSet<u64>) {
        if !self.siblings(root).any(|fault| set(fault).contains(&session))
            && let Some(fault) = self.fault(root)
        {
            set(fault).insert(session);
        }
    }

    fn memory(&mut self, place: &Value) -> Option<&mut Memory> {
        match place {
            Value::String(word) if word == "store" => self.store.as_mut().map(|(_, memory)| memory),
            Value::Object(of) => Some(&mut self.instances[of["instance"].as_u64()? as usize - 1].memory),
            _ => None,
        }
    }

    fn take(&mut self, e: &Value) {
        self.events += 1;
        let (at, seq, cause) = (number(e, "at_ns"), number(e, "seq"), number(e, "cause"));
        assert_eq!(seq, self.events);
        if self.causes.is_empty() {
            self.causes.push(0);
        }
        self.causes.push(cause);
        let kind = text(e, "kind");
        if kind == "commanded" {
            self.commands.insert(seq);
        }
        let root = self.root(seq);
        assert_eq!(root, number(e, "root"), "the root of {e}");
        self.ties(e, kind);
        self.scaled_down(e, kind, cause);
        match kind {
            "session_started" => {
                let alive = e["warm"] == true;
                self.visits.insert(number(e, "session"), Visit { alive, ..Visit::default() });
            }
            "session_left" => {
                let visit = self.visits.get_mut(&number(e, "session")).expect("it began");
                visit.left = Some(text(e, "how").into());
                visit.alive = false;
            }
            "run_started" => self.home = text(e, "home").into(),
            "lost" => self.lost(e, root),
            "issued" => {
                self.issued.insert(number(e, "request"), at);
                let (purpose, session) = (text(e, "purpose"), number(e, "session"));
                self.add("logouts sent", u64::from(purpose == "logout"));
                self.add("replays", u64::from(purpose == "replay"));
                if purpose == "replay" && self.visits[&session].left.as_deref() == Some("logged-out") {
                    self.after_logout.insert(number(e, "request"));
                }
                self.changes.push((at, 1));
                self.add("relogins", u64::from(text(e, "purpose") == "relogin"));
            }
            "sent" => {
                self.add("attempts", 1);
                self.add("client", 1);
                self.add("up", number(e, "up_bytes"));
                self.add("context", number(e, "context_bytes"));
                self.add("redundant", number(e, "redundant_bytes"));
                self.add("resends", number(e, "redundant_bytes").min(1));
                self.add("retries", u64::from(number(e, "attempt") != 1));
                self.client_peak = self.client_peak.max(number(e, "context_bytes"));
            }
            "routed" => {
                self.add("backend", 1);
                self.add("attempts", u64::from(number(e, "nth") > 1));
            }
            "refused" => self.add("backend", 1),
            "returned" => {
                self.add("client", 1);
                self.add("down", number(e, "down_bytes"));
                self.add("context", number(e, "context_bytes"));
                self.client_peak = self.client_peak.max(number(e, "context_bytes"));
                if number(e, "context_bytes") > 0 {
                    self.bringing.insert(seq);
                }
            }
            "ended" => {
                let brought = self.bringing.contains(&cause) && text(e, "purpose") == "followup";
                self.add("refreshes", u64::from(brought && number(e, "write") == 0));
                self.ended(e, at, root);
            }
            "started" => {
                let instance = &mut self.instances[number(e, "instance") as usize - 1];
                instance.until(at);
                instance.busy += 1;
                self.took_up.push((at, number(e, "instance") as usize - 1));
            }
            "occupied" => {
                let instance = &mut self.instances[number(e, "instance") as usize - 1];
                instance.until(at);
                instance.busy += if e["begun"] == true { 1 } else { -1 };
            }
            "replied" => {
                self.add("backend", 1);
                let instance = &mut self.instances[number(e, "instance") as usize - 1];
                instance.requests += 1;
                instance.until(at);
                instance.busy -= i128::from(e["worker"] == true);
            }
            "asked" | "answered" => {
                let of_store = number(e, "peer") == 0;
                self.add(if of_store { "store" } else { "replication" }, 1);
                self.add(if of_store { "store bytes" } else { "replication bytes" }, number(e, "bytes"));
                self.add("operations", u64::from(of_store && kind == "answered"));
            }
            "copying" => {
                let of_store = number(e, "from") == 0;
                self.add(if of_store { "store" } else { "replication" }, 1);
                self.add(if of_store { "store bytes" } else { "replication bytes" }, number(e, "bytes"));
            }
            "revoked" if e["place"] == "store" => drop(self.denylist.insert(number(e, "session"))),
            "checked" => self.add("health", 2),
            "stored" => {
                let (session, bytes) = (number(e, "session"), number(e, "bytes"));
                self.add("stores", u64::from(e["place"] == "client"));
                if let Some(memory) = self.memory(&e["place"]) {
                    memory.insert((session, number(e, "login")), bytes);
                }
            }
            "dropped" => {
                let session = number(e, "session");
                if let Some(memory) = self.memory(&e["place"]) {
                    memory.remove(&(session, number(e, "login")));
                }
            }
            "instance" => self.instance(e, at),
            "store" => {
                let health = text(e, "health").to_owned();
                self.replica |= e["replica"] == true;
                let (state, memory) = self.store.get_or_insert_default();
                if health == "down" {
                    memory.clear();
                    self.denylist.clear();
                }
                *state = health;
            }
            "believed" if e["up"] == false && e["evidence"] != "told" => {
                if let Some(fault) = self.faults.iter_mut().find(|fault| fault.seq == root && root != 0) {
                    fault.detected.get_or_insert(at);
                }
            }
            "commanded" => self.commanded(e, at, seq),
            _ => {}
        }
    }

    /// What ties a visit to an instance.
    fn ties(&mut self, e: &Value, kind: &str) {
        let Some(visit) = e["session"].as_u64().and_then(|session| self.visits.get_mut(&session)) else { return };
        match kind {
            "pinned" => visit.cookie = number(e, "instance"),
            "connected" => {
                visit.line = number(e, "instance");
                visit.lines += 1;
            }
            // Closing a line drops the cookie that came with it.
            "disconnected" => (visit.line, visit.cookie) = (0, 0),
            "stored" => visit.newest_copy = e["place"]["instance"].as_u64().unwrap_or(visit.newest_copy),
            "ended" if text(e, "purpose") == "replay" => {}
            "ended" if matches!(text(e, "outcome"), "lost" | "too_large") && visit.line == 0 => visit.cookie = 0,
            _ => {}
        }
    }

    /// How many depend on what a command hits, by the contract.
    fn exposed(&self, command: &str) -> Option<usize> {
        let alone = matches!(self.home.as_str(), "memory" | "sticky");
        let tie = |visit: &Visit| match visit.line.max(visit.cookie) {
            0 if alone => visit.newest_copy,
            tie => tie,
        };
        let mut words = command.split(' ');
        let hit: Box<dyn Fn(&Visit) -> bool> = match (words.next()?, words.next()) {
            ("deploy", _) => Box::new(|visit| tie(visit) != 0),
            ("kill" | "hang" | "slow" | "restart" | "drain" | "partition", Some("store")) => {
                Box::new(|_| self.store.is_some())
            }
            ("kill" | "hang" | "slow" | "restart" | "drain" | "partition", Some(id)) => {
                let id: u64 = id.parse().ok()?;
                Box::new(move |visit| tie(visit) == id)
            }
            _ => return None,
        };
        Some(self.visits.values().filter(|visit| visit.alive && hit(visit)).count())
    }

    fn lost(&mut self, e: &Value, root: u64) {
        let (session, writes) = (number(e, "session"), number(e, "writes"));
        self.add("writes lost", writes);
        let visit = self.visits.get_mut(&session).expect("it began");
        let alive = visit.alive;
        let was_alive = e["whole"] == true && std::mem::take(&mut visit.alive);
        visit.lost |= e["whole"] == true;
        let whole = e["whole"] == true;
        let found = self.siblings(root).filter_map(|fault| fault.found.take(&session)).count() > 0;
        if whole {
            self.faults.iter_mut().for_each(|fault| _ = fault.found.remove(&session));
        }
        let alone = self.siblings(root).count() == 1;
        let Some(fault) = self.fault(root) else { return };
        fault.harmed += u64::from(found);
        fault.writes_lost += writes;
        if whole {
            if alone {
                fault.reverted.remove(&session);
            }
            self.count_visit(root, session, |fault| &mut fault.affected);
        } else if alive {
            self.count_visit(root, session, |fault| &mut fault.reverted);
        }
        if was_alive {
            self.count_visit(root, session, |fault| &mut fault.lost);
        }
    }

    fn ended(&mut self, e: &Value, at: u64, root: u64) {
        let (request, session, outcome) = (number(e, "request"), number(e, "session"), text(e, "outcome"));
        let issued = self.issued.remove(&request).expect("a request ends once");
        assert_eq!(issued, number(e, "issued"));
        self.changes.push((at, -1));
        self.in_system_ns += u128::from(at - issued);
        let useful = matches!(outcome, "ok" | "stale");
        let purpose = text(e, "purpose");
        if purpose == "replay" {
            let after = self.after_logout.contains(&request);
            self.add("accepted after logout", u64::from(after && useful));
            self.add("refused after logout", u64::from(after && outcome == "lost"));
            self.add("accepted, old", u64::from(outcome == "stale"));
            return self.add(
                if useful {
                    "accepted"
                } else if outcome == "lost" {
                    "refused"
                } else {
                    "unanswered"
                },
                1,
            );
        }
        *self.outcomes.entry(outcome.into()).or_default() += 1;
        let followup = purpose == "followup";
        self.add(
            if followup {
                "followups"
            } else if purpose == "logout" {
                "logouts"
            } else {
                "logins"
            },
            1,
        );
        self.add("logouts served", u64::from(purpose == "logout" && useful));
        self.add("followups lost", u64::from(followup && outcome == "lost"));
        if useful {
            self.latency.push(at - issued);
            if purpose.ends_with("login") {
                self.visits.get_mut(&session).expect("it began").alive = true;
            }
        }
        match text(e, "wait") {
            "served" => self.waits.push(at - number(e, "since")),
            "failed" => self.waits_failed += 1,
            _ => {}
        }
        let hits = || self.faults.iter().filter(|fault| !fault.in_vain).map(|fault| fault.at);
        // The window in which it was issued begins with the last fault before, and ends with the first one after.
        let window = hits().filter(|&at| at <= issued).max();
        for fault in self.faults.iter_mut().filter(|fault| !fault.in_vain) {
            let failed = !useful && fault.seq == root && root != 0;
            fault.failed += u64::from(failed);
            if Some(fault.at) == window || failed && issued < fault.at {
                fault.ended.push((issued.saturating_sub(fault.at), failed));
            } else if failed {
                fault.fails_later = true;
            }
        }
        if !useful {
            self.count_visit(root, session, |fault| &mut fault.affected);
        }
        if !useful || at - issued > self.felt {
            self.count_visit(root, session, |fault| &mut fault.touched);
        }
    }

    fn instance(&mut self, e: &Value, at: u64) {
        let index = number(e, "instance") as usize - 1;
        if self.instances.len() == index {
            self.instances.push(Instance { busy_since: at, ..Instance::default() });
        }
        let instance = &mut self.instances[index];
        instance.until(at);
        let turn = match (instance.state.as_str(), text(e, "health")) {
            ("up", "up") => None,
            ("starting", "up") => Some(Turn::New),
            (_, "up") => Some(Turn::Up),
            ("up", _) => Some(Turn::Away),
            _ => None,
        };
        self.turns.extend(turn.map(|turn| (at, self.took_up.len(), index, turn)));
        instance.state = text(e, "health").into();
        instance.workers = number(e, "workers");
        if !instance.runs() {
            instance.busy = 0;
            instance.memory.clear();
        }
    }

    fn commanded(&mut self, e: &Value, at: u64, seq: u64) {
        let command = text(e, "command").to_owned();
        let harmless = ["add", "heal", "policy", "redispatch", "burst", "logout", "replay"];
        let faster = |(_, factor): (&str, &str)| factor.trim_start_matches('x').parse::<f64>().unwrap() <= 1.0;
        let mends = match command.split_once(' ') {
            Some(("restart", target)) => self.state_of(target) == Some("down"),
            Some(("slow", rest)) => rest.split_once(' ').is_some_and(faster),
            _ => false,
        };
        let in_vain = command.split(' ').nth(1) == Some("store") && self.state_of("store").is_none();
        if mends || harmless.iter().any(|word| command.starts_with(word)) {
            return;
        }
        let mut found: BTreeSet<u64> = self.visits.iter().filter(|(_, visit)| visit.alive).map(|(&id, _)| id).collect();
        let (alive, exposed) = (found.len() as u64, self.exposed(&command));
        if let Some(of_this_instant) = self.faults.iter().rev().find(|fault| fault.at == at && !fault.in_vain) {
            found.retain(|session| of_this_instant.found.contains(session));
        }
        let fault = Fault { at, seq, command, in_vain, alive, found, exposed, ..Fault::default() };
        if fault.command.starts_with("scale") {
            self.scaled = fault;
        } else {
            self.faults.push(fault);
        }
    }

    /// A `scale` harms if an instance leaves by it, at the same instant.
    fn scaled_down(&mut self, e: &Value, kind: &str, cause: u64) {
        let leaves = kind == "believed" || kind == "instance" && ["draining", "removed"].contains(&text(e, "health"));
        if leaves && cause != 0 && cause == self.scaled.seq {
            self.faults.push(std::mem::take(&mut self.scaled));
        }
    }

    fn state_of(&self, target: &str) -> Option<&str> {
        match target.parse::<usize>() {
            Ok(id) => self.instances.get(id - 1).map(|instance| instance.state.as_str()),
            Err(_) => self.store.as_ref().map(|(state, _)| state.as_str()),
        }
    }

    /// The figures that are exact, named as in the contract.
    fn exact(&mut self, end: u64) -> Value {
        for instance in &mut self.instances {
            instance.until(end);
        }
        let verdicts = |name: &str| {
            let verdict = |visit: &&Visit| match (visit.lost, visit.left.as_deref()) {
                (true, _) => "lost",
                (false, Some("logged-out")) => "completed",
                (false, Some(left)) => left,
                (false, None) => "active",
            } == name;
            self.visits.values().filter(verdict).count()
        };
        let outcome = |name: &str| self.outcomes.get(name).copied().unwrap_or(0);
        let names = ["ok", "stale", "lost", "refused", "died", "timeout", "overload", "too_large"];
        let outcomes: serde_json::Map<_, _> = names.iter().map(|&n| (n.to_owned(), json!(outcome(n)))).collect();
        let replayed = self.of("accepted") + self.of("refused") + self.of("unanswered");
        let ended: u64 = self.outcomes.values().sum::<u64>() + replayed;
        let open: u128 = self.issued.values().map(|&issued| u128::from(end - issued)).sum();
        json!({
            "requests": {
                "issued": ended + self.issued.len() as u64, "ended": ended, "in_flight": self.issued.len(),
                "attempts": self.of("attempts"), "logins": self.of("logins"), "followups": self.of("followups"),
                "followups_lost": self.of("followups lost"), "outcomes": outcomes,
            },
            "sessions": {
                "created": self.visits.len(), "completed": verdicts("completed"), "lost": verdicts("lost"),
                "abandoned": verdicts("abandoned"), "active": verdicts("active"), "relogins": self.of("relogins"),
                "acked_writes_lost": self.of("writes lost"),
            },
            "logouts": {
                "issued": self.of("logouts sent"), "ended": self.of("logouts"), "served": self.of("logouts served"),
            },
            "replays": {
                "issued": self.of("replays"), "accepted": self.of("accepted"), "accepted_old": self.of("accepted, old"),
                "accepted_after_logout": self.of("accepted after logout"), "refused": self.of("refused"),
                "refused_after_logout": self.of("refused after logout"), "unanswered": self.of("unanswered"),
            },
            "bytes": {
                "up": self.of("up"), "down": self.of("down"), "context": self.of("context"),
                "redundant": self.of("redundant"), "replication": self.of("replication bytes"),
                "store": self.of("store bytes"), "client_peak": self.client_peak,
            },
            "duties": {
                "stores": self.of("stores"), "resends": self.of("resends"), "refreshes": self.of("refreshes"),
                "retries": self.of("retries"),
                "reconnects": self.visits.values().map(|visit| visit.lines.saturating_sub(1)).sum::<u64>(),
            },
            "messages": {
                "client": self.of("client"), "backend": self.of("backend"), "replication": self.of("replication"),
                "store": self.of("store"), "health": self.of("health"),
            },
            "instances": self.instances.iter().enumerate().map(|(index, instance)| json!({
                "id": index + 1, "state": instance.state, "requests": instance.requests,
                "sessions": instance.memory.len(), "state_bytes": instance.memory.values().sum::<u64>(),
            })).collect::<Vec<_>>(),
            "store": self.store.as_ref().map(|(state, memory)| json!({
                "state": state, "operations": self.of("operations"), "sessions": memory.len(),
                "state_bytes": memory.values().sum::<u64>(), "revoked": self.denylist.len(), "replica": self.replica,
            })),
            "faults": self.faults.iter().map(|fault| json!({
                "command": fault.command, "sessions_alive": fault.alive,
                "sessions_intact": fault.alive - fault.harmed, "sessions_lost": fault.lost.len(),
                "sessions_reverted": fault.reverted.len(), "sessions_exposed": fault.exposed,
                "sessions_touched": fault.touched.len(),
                "sessions_affected": fault.affected.len(), "requests_failed": fault.failed,
                "acked_writes_lost": fault.writes_lost,
            })).collect::<Vec<_>>(),
            "little": {
                "integral_ns": json!(self.integral(end)), "sum_ns": json!(self.in_system_ns + open),
                "started_empty": true, "ended_empty": self.issued.is_empty(),
            },
            "events": { "count": self.events },
        })
    }

    /// ∫N dt, from the instants at which N changed.
    fn integral(&self, end: u64) -> u128 {
        let (mut n, mut since, mut integral) = (0i64, 0, 0u128);
        for &(at, change) in &self.changes {
            integral += u128::from(n as u64) * u128::from(at - since);
            (n, since) = (n + change, at);
        }
        integral + u128::from(n as u64) * u128::from(end - since)
    }
}

/// Whether two figures are within `tolerance` of each other, relatively.
fn close(what: &str, ours: Option<f64>, theirs: &Value, tolerance: f64) {
    match (ours, theirs.as_f64()) {
        (None, None) => {}
        (Some(ours), Some(theirs)) => {
            let difference = (ours - theirs).abs();
            assert!(difference <= tolerance * ours.abs() + 1e-9, "{what}: {ours} here, {theirs} in the report");
        }
        (ours, _) => panic!("{what}: {ours:?} here, {theirs} in the report"),
    }
}

/// The smallest time that a share `p` of all does not exceed, in ms; failures rank above every time.
fn percentile(times: &[u64], failed: u64, p: f64) -> Option<f64> {
    let rank = (((times.len() as u64 + failed) as f64 * p).ceil() as usize).max(1);
    times.get(rank - 1).map(|&ns| ns as f64 / 1e6)
}

fn check_times(what: &str, mut times: Vec<u64>, failed: u64, report: &Value) {
    times.sort_unstable();
    let mean = times.iter().map(|&ns| u128::from(ns)).sum::<u128>() as f64 / times.len() as f64 / 1e6;
    close(&format!("{what} mean"), (!times.is_empty()).then_some(mean), &report["mean"], 1e-9);
    for (name, p) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
        close(&format!("{what} {name}"), percentile(&times, failed, p), &report[name], 1e-3);
    }
    let max = times.last().filter(|_| failed == 0).map(|&ns| ns as f64 / 1e6);
    close(&format!("{what} max"), max, &report["max"], 1e-9);
}

/// The first instant after which every window of at least 10 s and 100 requests has at most 1 % failures. Where fewer requests
/// follow, so much time must pass without one as with them.
fn recovery(fault: &Fault) -> Option<f64> {
    if fault.failed == 0 {
        return Some(0.0);
    }
    if fault.fails_later {
        return None;
    }
    let seconds = fault.ended.iter().map(|&(issued, _)| issued / 1_000_000_000).max().unwrap_or(0) + 1;
    let mut bins = vec![(0u64, 0u64); seconds as usize];
    for &(issued, failed) in &fault.ended {
        let bin = &mut bins[(issued / 1_000_000_000) as usize];
        bin.0 += 1;
        bin.1 += u64::from(failed);
    }
    let bad = |&start: &usize| {
        let mut width = 0;
        let (mut all, mut failed) = (0, 0);
        while start + width < bins.len() && (width < 10 || all < 100) {
            all += bins[start + width].0;
            failed += bins[start + width].1;
            width += 1;
        }
        failed * 100 > all
    };
    match (0..bins.len()).rev().find(bad) {
        None => Some(0.0),
        Some(last) => {
            let calm = bins.len() - last - 1;
            let asked: u64 = bins[last + 1..].iter().map(|bin| bin.0).sum();
            let enough = if asked < 100 { last + 1 } else { 0 };
            (calm >= enough.max(10)).then_some((last + 1) as f64)
        }
    }
}

/// Asserts that all of `ours` stands in `theirs`.
fn within(path: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Object(fields), Value::Object(_)) => {
            for (name, value) in fields {
                within(&format!("{path}.{name}"), value, &theirs[name]);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            for (index, (ours, theirs)) in a.iter().zip(b).enumerate() {
                within(&format!("{path}[{index}]"), ours, theirs);
            }
        }
        _ => assert_eq!(ours.to_string(), theirs.to_string(), "{path}"),
    }
}

/// How long an instance took, after it last came up, until it took up 80 % of the mean of those that were up.
fn absorbed(fold: &Fold, index: usize) -> Option<f64> {
    let (mut since, mut after, mut up) = (None, None, BTreeSet::new());
    for (nth, &(at, from, id, turn)) in fold.turns.iter().enumerate() {
        match turn {
            Turn::Away => up.remove(&id),
            Turn::Up | Turn::New => up.insert(id),
        };
        if id == index {
            since = Some(at).filter(|_| turn == Turn::New);
            after = if turn == Turn::New { None } else { after };
        }
        let to = fold.turns.get(nth + 1).map_or(fold.took_up.len(), |next| next.1);
        let (Some(began), None) = (since, after) else { continue };
        let (mut opened, mut all, mut own) = (at, 0, 0);
        for &(now, by) in &fold.took_up[from..to] {
            all += 1;
            own += usize::from(by == index);
            if all < 100 * up.len() || now - opened < 1_000_000_000 {
                continue;
            }
            if own * 10 * up.len() >= all * 8 {
                after = Some((now - began) as f64 / 1e9);
                break;
            }
            (opened, all, own) = (now, 0, 0);
        }
    }
    after
}

fn check(scenario: &Scenario, home: Home) {
    let mut log = Vec::new();
    let run = run_headless(scenario, home, &AtomicBool::new(false), Some(&mut log)).expect("a vector takes it all");
    let report = serde_json::to_value(&run.report).expect("a report is JSON");
    let mut fold = Fold { felt: (1e9 * scenario.slow_motion) as u64, ..Fold::default() };
    for line in log.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        fold.take(&serde_json::from_slice(line).expect("a line of JSON"));
    }
    let end = (scenario.duration_s * 1e9) as u64;
    let name = format!("{} in {home}", scenario.name);
    within(&name, &fold.exact(end), &report);
    check_times(&format!("{name}: latency"), fold.latency.clone(), 0, &report["latency_ms"]);
    check_times(&format!("{name}: wait"), fold.waits.clone(), fold.waits_failed, &report["wait_ms"]);
    let rate = fold.latency.len() as f64 / scenario.duration_s;
    close(&format!("{name}: throughput"), Some(rate), &report["throughput_per_s"], 1e-12);
    let again = (fold.of("up") > 0).then(|| fold.of("redundant") as f64 / fold.of("up") as f64);
    close(&format!("{name}: redundant"), again, &report["bytes"]["redundant_ratio"], 1e-12);
    for (index, instance) in fold.instances.iter().enumerate() {
        let capacity = instance.up_ns * i128::from(instance.workers);
        let ratio = (capacity > 0).then(|| instance.busy_ns as f64 / capacity as f64);
        let theirs = &report["instances"][index]["busy_ratio"];
        close(&format!("{name}: instance {} busy", index + 1), ratio, theirs, 1e-12);
        let theirs = &report["instances"][index]["absorbed_s"];
        close(&format!("{name}: instance {} absorbed", index + 1), absorbed(&fold, index), theirs, 1e-12);
    }
    for (fault, theirs) in fold.faults.iter().zip(report["faults"].as_array().expect("a list")) {
        let what = |field| format!("{name}: {} {field}", fault.command);
        close(&what("at"), Some(fault.at as f64 / 1e9), &theirs["at_s"], 1e-12);
        let detected = fault.detected.map(|at| (at - fault.at) as f64 / 1e9);
        close(&what("detected"), detected, &theirs["detected_s"], 1e-12);
        close(&what("recovered"), recovery(fault), &theirs["recovered_s"], 1e-12);
    }
}

#[test]
fn shipped_scenarios_refold_to_their_reports() {
    for scenario in shortened::scenarios() {
        for home in Home::ALL {
            check(&scenario, home);
        }
    }
}

#[test]
fn random_runs_refold_to_their_reports() {
    for case in cases(15) {
        let mut scenario = scenario(case);
        let timed = commands(case).into_iter().map(|(at, command)| TimedCommand { at_s: at.secs(), command });
        scenario.schedule(timed);
        for home in Home::ALL {
            repeatable("random_runs_refold", case, home, || check(&scenario, home));
        }
    }
}

#[test]
fn runs_in_which_several_die_at_once_refold_to_their_reports() {
    for (name, at_s) in [("classroom", 20.0), ("chat", 6.0), ("cart", 300.0)] {
        let mut scenario = Scenario::load(name).expect("a shipped scenario");
        scenario.duration_s = at_s + 40.0;
        scenario.workload.population = Population::Users(60);
        scenario.commands.clear();
        for text in ["kill 2", "kill 1", "partition 3"] {
            scenario.schedule([TimedCommand { at_s, command: text.parse().expect("a command") }]);
        }
        for home in Home::ALL {
            check(&scenario, home);
        }
    }
}
