//! What a request's messages say, between client and balancer: every message as large as its event says.
//!
//! The model counts bytes. The lines here are real, and what they leave of the count is said to be the rest: other headers and
//! the content, which the model does not know.

use super::token::{Claims, Token, key};
use crate::event::{Event, Place, RequestId, RequestKind, Status, What};
use crate::scenario::{Home, Scenario};
use crate::sim::{growth_bytes, state_in_token, token_bytes};
use crate::units::Nanos;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Digits of a session id in a cookie.
const SID: usize = 32;

/// What identifies a user on the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Context {
    /// Nothing.
    None,
    /// A session id.
    Cookie(String),
    /// A token.
    Token(Box<Token>),
    /// Something of which the kept events do not say what it is.
    Unknown,
}

/// A message between client and balancer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// When it left.
    pub at: Nanos,
    /// Which attempt of the client.
    pub attempt: u8,
    /// From the client, or to it.
    pub up: bool,
    /// The lines before the context, without their line ends.
    pub lines: Vec<String>,
    /// What stands before the context in its line.
    pub label: &'static str,
    /// The context.
    pub context: Context,
    /// All bytes on the wire, as its event says.
    pub bytes: u32,
    /// Bytes of context among them.
    pub context_bytes: u32,
    /// Bytes among those that this client had sent before in this visit.
    pub again_bytes: u32,
}

impl Message {
    /// Bytes of the message that its lines do not show: other headers and content; none if the lines have more than the model counts.
    #[must_use]
    pub fn rest_bytes(&self) -> Option<u32> {
        let label = if self.context == Context::None { 0 } else { self.label.len() + 2 };
        let shown: usize = self.lines.iter().map(|line| line.len() + 2).sum::<usize>() + label;
        self.bytes.checked_sub(self.context_bytes)?.checked_sub(shown as u32)
    }
}

/// Who asks, and what is known of a visit before a request's first message.
struct Visit<'a> {
    scenario: &'a Scenario,
    home: Home,
    session: u64,
    name: &'a str,
    /// Names the present login; none if it is no longer kept.
    login: Option<u64>,
    /// When the token was issued, and which writes are in it.
    token: Option<Held>,
    /// All tokens it has had, the newest last: somebody may have copied one.
    tokens: Vec<Held>,
    /// The write of the user's newest request; 0: none.
    write: u32,
    /// When each attempt's reply left its instance: a new token says that it is valid from then on.
    replied: BTreeMap<(RequestId, u8), Nanos>,
    /// When replies are with the client, and when they left their instances.
    returned: Vec<(Nanos, Nanos)>,
}

/// A token in the client's hands: when it was issued, which writes are in it, and the size of its state in bytes.
type Held = (Nanos, Option<Vec<u32>>, u32);

/// The messages of a request, from the events of its visit (oldest first). `name` is the user's.
#[must_use]
pub fn messages(scenario: &Scenario, home: Home, name: &str, request: RequestId, events: &[Event]) -> Vec<Message> {
    let mut visit = Visit {
        scenario,
        home,
        session: 0,
        name,
        login: None,
        token: None,
        tokens: Vec::new(),
        write: 0,
        replied: BTreeMap::new(),
        returned: Vec::new(),
    };
    let (mut all, mut asked) = (Vec::new(), (RequestKind::Followup, 0));
    for event in events {
        if let What::Returned { request, attempt, arrives, .. } = event.what {
            visit.returned.push((arrives, visit.left(request, attempt, event.at)));
        }
        match event.what {
            What::Issued { request: this, session, write, purpose, .. } => {
                visit.session = session;
                if this == request {
                    asked = (purpose, write);
                }
                match purpose {
                    // Nobody's: what the user does goes on beside it.
                    RequestKind::Replay => {}
                    RequestKind::Login | RequestKind::Relogin => (visit.login, visit.write) = (Some(this), 0),
                    RequestKind::Followup | RequestKind::Logout => visit.write = write,
                }
            }
            What::Sent { request: this, attempt, up_bytes, context_bytes, redundant_bytes, .. } if this == request => {
                all.push(Message {
                    at: event.at,
                    attempt,
                    up: true,
                    lines: visit.asks(asked.0, asked.1),
                    label: if home == Home::Token { "Authorization: Bearer " } else { "Cookie: sid=" },
                    context: visit.sends(context_bytes, asked.0),
                    bytes: up_bytes,
                    context_bytes,
                    again_bytes: redundant_bytes,
                });
            }
            What::Returned { request: this, attempt, status, down_bytes, context_bytes, .. } if this == request => {
                all.push(Message {
                    at: event.at,
                    attempt,
                    up: false,
                    lines: vec![format!("HTTP/1.1 {} {}", status.code(), reason(status))],
                    label: if home == Home::Token { "Authorization: Bearer " } else { "Set-Cookie: sid=" },
                    context: visit.gets(context_bytes, visit.left(request, attempt, event.at), asked.0, asked.1),
                    bytes: down_bytes,
                    context_bytes,
                    again_bytes: 0,
                });
            }
            ref what => visit.learn(what, event.at),
        }
    }
    all
}

const fn reason(status: Status) -> &'static str {
    match status {
        Status::Ok | Status::Stale => "OK",
        Status::Unknown => "Unauthorized",
        Status::TooLarge => "Request Header Fields Too Large",
        Status::CutOff => "Bad Gateway",
        Status::Unavailable | Status::StoreUnavailable | Status::Overload => "Service Unavailable",
    }
}

impl Visit<'_> {
    /// What the visit's other events say about its login and its token.
    fn learn(&mut self, what: &What, at: Nanos) {
        let write = self.write;
        match *what {
            What::SessionStarted { session, warm, writes } => {
                self.session = session;
                if warm {
                    self.login = Some(0);
                    self.token = Some((at, Some((1..=writes).collect()), 0));
                }
            }
            What::Dropped { place: Place::Client, .. } => self.token = None,
            What::Replied { request, attempt, .. } => drop(self.replied.insert((request, attempt), at)),
            What::Stored { place: Place::Client, writes, bytes, .. } => {
                let before = self.token.take().and_then(|(_, held, _)| held);
                let held = match before {
                    Some(mut held) if held.len() + 1 == writes as usize && write > 0 => {
                        held.push(write);
                        Some(held)
                    }
                    Some(held) if held.len() == writes as usize => Some(held),
                    _ if writes == 0 => Some(Vec::new()),
                    // What came before is no longer kept: a visit that never lost its state holds the first so many.
                    _ => Some((1..=writes).collect()),
                };
                let signed = self.returned.iter().rfind(|(arrived, _)| *arrived == at).map_or(at, |&(_, left)| left);
                self.token = Some((signed, held, bytes));
                self.tokens.extend(self.token.clone());
            }
            _ => {}
        }
    }

    /// When an attempt's reply left its instance, if that is kept.
    fn left(&self, request: RequestId, attempt: u8, returned: Nanos) -> Nanos {
        self.replied.get(&(request, attempt)).copied().unwrap_or(returned)
    }

    /// What a state is called, as far as a path and a key of JSON can hold it.
    fn noun(&self) -> String {
        self.scenario.noun.chars().filter(char::is_ascii_alphanumeric).collect()
    }

    /// The first lines of a request.
    fn asks(&self, purpose: RequestKind, write: u32) -> Vec<String> {
        let noun = self.noun();
        let line = match purpose {
            RequestKind::Login | RequestKind::Relogin => "POST /login HTTP/1.1".to_owned(),
            RequestKind::Followup if write > 0 => format!("POST /{noun} HTTP/1.1"),
            RequestKind::Followup | RequestKind::Replay => format!("GET /{noun} HTTP/1.1"),
            RequestKind::Logout => "POST /logout HTTP/1.1".to_owned(),
        };
        vec![line, "Host: shop.example".to_owned()]
    }

    fn sends(&self, bytes: u32, purpose: RequestKind) -> Context {
        let copied = || self.tokens.iter().rfind(|(.., state)| token_bytes(self.scenario, *state) == bytes);
        let token = if purpose == RequestKind::Replay { copied() } else { self.token.as_ref() };
        match (self.home, token) {
            _ if bytes == 0 => Context::None,
            (Home::Token, Some((issued, held, _))) => self.token(*issued, held.as_deref(), bytes),
            (Home::Token, None) => Context::Unknown,
            _ => self.cookie(),
        }
    }

    fn gets(&self, bytes: u32, signed: Nanos, purpose: RequestKind, write: u32) -> Context {
        if bytes == 0 {
            return Context::None;
        }
        if self.home != Home::Token {
            return self.cookie();
        }
        let mut held = match (&self.token, purpose) {
            (Some((_, held, _)), RequestKind::Followup) => held.clone(),
            // What comes back of a copied token, or of a farewell, is nobody's to keep.
            (None, RequestKind::Followup) | (_, RequestKind::Logout | RequestKind::Replay) => None,
            (_, RequestKind::Login | RequestKind::Relogin) => Some(Vec::new()),
        };
        if let Some(held) = held.as_mut().filter(|held| write > 0 && !held.contains(&write)) {
            held.push(write);
        }
        self.token(signed, held.as_deref(), bytes)
    }

    /// The session id: new with every login, the same in every look.
    fn cookie(&self) -> Context {
        let Some(login) = self.login else { return Context::Unknown };
        let hash = Sha256::digest(format!("{} {} {login}", self.scenario.seed, self.session));
        Context::Cookie(hash.iter().take(SID / 2).map(|byte| format!("{byte:02x}")).collect())
    }

    fn token(&self, issued: Nanos, writes: Option<&[u32]>, bytes: u32) -> Context {
        let Some(writes) = writes else { return Context::Unknown };
        let Some(state) = state_in_token(self.scenario, bytes) else { return Context::Unknown };
        debug_assert_eq!(token_bytes(self.scenario, state), bytes);
        // A state with a limit keeps its newest items.
        let mut room = state.saturating_sub(self.scenario.workload.state_bytes);
        let newest = writes.iter().rev().map(|&write| growth_bytes(self.scenario, self.session, write));
        let mut item_bytes: Vec<u32> = newest
            .take_while(|&size| {
                let fits = size <= room;
                room -= if fits { size } else { 0 };
                fits
            })
            .collect();
        item_bytes.reverse();
        let whole = item_bytes.len() == writes.len();
        if whole && room != 0 || !whole && self.scenario.workload.state_limit_bytes.is_none() {
            return Context::Unknown;
        }
        let issued_s = issued.0 / 1_000_000_000;
        let claims = Claims {
            user: self.name.to_owned(),
            session: self.session,
            issued_s,
            expires_s: self.scenario.token.ttl_s.map(|ttl| issued_s + ttl as u64),
            begin_bytes: self.scenario.workload.state_bytes,
            noun: self.noun(),
            item_bytes,
        };
        Context::Token(Box::new(Token::mint(&claims, bytes, &key(self.scenario.seed))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use crate::insight::{Look, Sight};
    use std::collections::BTreeSet;
    use std::sync::Arc;

    /// Every message of every request of the visits in progress, each compared with its event: how many say what their
    /// context is, how many do not, and all of them.
    fn check(scenario: &str, home: Home, until: f64) -> (usize, usize, Vec<Message>) {
        let scenario = Arc::new(Scenario::load(scenario).unwrap());
        let mut experiment = Experiment::new(scenario.clone(), &[home]);
        experiment.run_until(Nanos::from_secs(until / 2.0));
        experiment.command("kill 2".parse().unwrap()).unwrap();
        experiment.run_until(Nanos::from_secs(until));
        let arm = &experiment.arms()[0];
        let (mut known, mut unknown, mut all) = (0, 0, Vec::new());
        for session in arm.scene.clients.rows().iter().filter_map(|client| client.session()) {
            let events = Sight::of(&arm.journal, Look::Visit(session), Nanos::ZERO).events;
            for event in &events {
                let What::Issued { request, .. } = event.what else { continue };
                let messages = messages(&scenario, home, "dee", request, &events);
                let shown: Vec<_> = messages.iter().map(|m| (m.bytes, m.context_bytes, m.again_bytes)).collect();
                assert_eq!(shown, counted(&events, request));
                for message in &messages {
                    match as_long_as_counted(message, scenario.seed) {
                        true => known += 1,
                        false => unknown += 1,
                    }
                }
                all.extend(messages);
            }
        }
        (known, unknown, all)
    }

    /// What the events say of a request's messages: all bytes, context, sent before.
    fn counted(events: &[Event], request: RequestId) -> Vec<(u32, u32, u32)> {
        let of_it = events.iter().filter(|event| event.what.request() == Some(request));
        of_it
            .filter_map(|event| match event.what {
                What::Sent { up_bytes, context_bytes, redundant_bytes, .. } => {
                    Some((up_bytes, context_bytes, redundant_bytes))
                }
                What::Returned { down_bytes, context_bytes, .. } => Some((down_bytes, context_bytes, 0)),
                _ => None,
            })
            .collect()
    }

    /// Whether the context is known; the text and what is said to be left of it have the bytes of the event.
    fn as_long_as_counted(message: &Message, seed: u64) -> bool {
        let (label, length) = match &message.context {
            Context::None => (0, 0),
            Context::Cookie(digits) => (message.label.len() + 2, digits.len()),
            Context::Token(token) => {
                assert!(Token::verifies(&token.text, &key(seed)));
                (message.label.len() + 2, token.text.len())
            }
            Context::Unknown => (message.label.len() + 2, message.context_bytes as usize),
        };
        assert_eq!(length, message.context_bytes as usize, "{message:?}");
        let lines: usize = message.lines.iter().map(|line| line.len() + 2).sum();
        let rest = message.rest_bytes().expect("there is room for the lines");
        assert_eq!(lines + label + length + rest as usize, message.bytes as usize, "byte for byte");
        message.context != Context::Unknown
    }

    #[test]
    fn every_message_is_as_large_as_its_event_says_and_its_token_is_real() {
        let (known, unknown, all) = check("classroom", Home::Token, 90.0);
        assert!(known > 100 && unknown * 50 < known, "{known} {unknown}");
        let claims = all.iter().filter_map(|message| match &message.context {
            Context::Token(token) => serde_json::from_str::<serde_json::Value>(&token.claims).ok(),
            _ => None,
        });
        assert!(claims.map(|claims| claims["cart"].as_array().map_or(0, Vec::len)).max() > Some(4));
        assert!(all.iter().any(|message| message.again_bytes > 0 && message.again_bytes < message.context_bytes));
    }

    #[test]
    fn a_cookie_has_thirty_two_digits_and_is_new_after_a_login() {
        let (_, unknown, all) = check("classroom", Home::Sticky, 90.0);
        assert_eq!(unknown, 0);
        let set: Vec<&Message> = all.iter().filter(|m| !m.up && m.context != Context::None).collect();
        assert!(!set.is_empty() && set.iter().all(|m| m.label == "Set-Cookie: sid="));
        let digits: BTreeSet<&str> = all
            .iter()
            .filter_map(|m| if let Context::Cookie(sid) = &m.context { Some(sid.as_str()) } else { None })
            .collect();
        assert!(digits.iter().all(|sid| sid.len() == 32 && sid.chars().all(|digit| digit.is_ascii_hexdigit())));
        assert!(digits.len() > 12, "twelve visits, and a new id for everyone who had to log in again");
        assert!(all.iter().any(|message| message.lines[0] == "HTTP/1.1 401 Unauthorized"));
    }
}
