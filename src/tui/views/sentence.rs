//! An event as a line that can be read.

use crate::event::{
    Ask, Event, Evidence, Gone, Health, InstanceId, Leave, Outcome, Place, RequestKind, Status, What, Work,
};
use crate::text::plural;
use crate::tui::parts::span;
use crate::units::Nanos;

/// Whether it is bad news.
#[must_use]
pub const fn bad(what: &What) -> bool {
    match what {
        What::Ended { outcome, .. } => !outcome.useful(),
        What::Lost { .. }
        | What::Refused { .. }
        | What::TimedOut { .. }
        | What::Rejected { .. }
        | What::Disconnected { .. } => true,
        What::Instance { health, .. } | What::Store { health, .. } => matches!(health, Health::Down | Health::Hung),
        What::Believed { up, .. } => !*up,
        What::Checked { ok, .. } => !*ok,
        What::Returned { status, .. } | What::Replied { status, .. } => !matches!(status, Status::Ok),
        _ => false,
    }
}

/// What happened, as half a sentence whose subject is the user, the instance or the service.
#[must_use]
pub fn sentence(event: &Event) -> String {
    let took = |arrives: Nanos| {
        if arrives == Nanos::NEVER { "never arrives".to_owned() } else { span(Some(arrives.since(event.at).millis())) }
    };
    match event.what {
        What::RunStarted { seed, home } => format!("the run begins: home {home}, seed {seed}"),
        What::Commanded { command } => format!("command: {command}"),
        What::Rejected { command } => format!("command impossible: {command}"),
        What::SessionStarted { warm: true, writes, .. } => {
            format!("is in the middle of a visit, with {writes} {}", plural("write", writes))
        }
        What::SessionStarted { .. } => "comes".into(),
        What::SessionLeft { how: Leave::Completed, .. } => "leaves, with nothing more to ask".into(),
        What::SessionLeft { how: Leave::Abandoned, .. } => "leaves, after too many failures".into(),
        What::SessionLeft { how: Leave::LoggedOut, .. } => "leaves, as told".into(),
        What::Lost { writes, whole: true, .. } => {
            format!("loses the whole state, {writes} acknowledged {}", plural("write", writes))
        }
        What::Lost { writes, .. } => format!("loses {writes} acknowledged {}", plural("write", writes)),
        What::Pinned { instance, .. } => format!("is tied to instance {instance} from now on"),
        What::Issued { request, purpose, write, .. } => format!(
            "request {request} begins: {}{}",
            kind(purpose),
            if write > 0 { format!(", write {write}") } else { String::new() }
        ),
        What::Sent { request, attempt, up_bytes, context_bytes, redundant_bytes, arrives, .. } => {
            let context = match (context_bytes, redundant_bytes) {
                (0, _) => String::new(),
                (_, 0) => format!(", {context_bytes} B context"),
                _ => format!(", {context_bytes} B context ({redundant_bytes} B again)"),
            };
            format!("request {request} sets off{}: {up_bytes} B{context}, {}", again(attempt), took(arrives))
        }
        What::Routed { request, instance, asked, arrives, .. } => {
            let wish = if asked != 0 && asked != instance { format!(" (it asked for {asked})") } else { String::new() };
            format!("request {request} is sent to instance {instance}{wish}, {}", took(arrives))
        }
        What::Held { request, instance, .. } => format!("request {request} waits for instance {instance} to start"),
        What::Refused { request, instance, .. } => {
            format!("request {request}: instance {instance} refuses the connection")
        }
        What::Queued { request, instance, depth, .. } => {
            format!("request {request} waits in instance {instance}, {depth} in the queue")
        }
        What::Started { request, instance, .. } => {
            format!("request {request}: a worker of instance {instance} takes it up")
        }
        What::Occupied { instance, work, begun } => {
            let work = match work {
                Work::Apply => "what a peer wrote",
                Work::Handshake => "a new connection",
            };
            format!("a worker of instance {instance} {} {work}", if begun { "takes up" } else { "is done with" })
        }
        What::Asked { request, ask, instance, peer, bytes, .. } => {
            format!("request {request}: instance {instance} asks {} {}, {bytes} B", party(peer), question(ask))
        }
        What::Answered { request, ask, instance, peer, bytes, .. } => {
            format!("request {request}: {} answers instance {instance} {}, {bytes} B", party(peer), question(ask))
        }
        What::Replied { request, instance, status: Status::CutOff, .. } => {
            format!("request {request}: instance {instance} has ended with it, and the connection breaks")
        }
        What::Replied { request, instance, status, bytes, .. } => {
            format!("request {request}: instance {instance} replies {}, {bytes} B", says(status))
        }
        What::Returned { request, status, down_bytes, context_bytes, arrives, .. } => {
            let context = if context_bytes > 0 { format!(", {context_bytes} B context") } else { String::new() };
            format!("request {request}: {} goes back, {down_bytes} B{context}, {}", says(status), took(arrives))
        }
        What::TimedOut { request, .. } => format!("request {request}: the client gives up waiting"),
        What::BackedOff { request, until, .. } => {
            format!("request {request}: next attempt in {:.0} ms", until.since(event.at).millis())
        }
        What::Ended { request, outcome, write, issued, .. } => {
            let kept = if write > 0 { format!(", write {write} is acknowledged") } else { String::new() };
            let took = span(Some(event.at.since(issued).millis()));
            format!("request {request}: {} after {took}{kept}", fate(outcome))
        }
        What::Late { request, .. } => format!("request {request}: a reply that nobody waits for any more"),
        What::Stored { place, writes, bytes, .. } => {
            format!("state is now {writes} {}, {bytes} B, {}", plural("write", writes), whereabouts(place))
        }
        What::Dropped { place, why, .. } => format!("the copy {} is gone: {}", whereabouts(place), reason(why)),
        What::Revoked { place, .. } => {
            format!("the login's tokens are revoked: the denylist {} names it", whereabouts(place))
        }
        What::Copying { from, to, write, bytes, .. } => {
            let cargo = if write == 0 {
                "the whole state, or word that it or its login is over,".into()
            } else {
                format!("write {write}")
            };
            format!(
                "{cargo} goes from {} to {}, {bytes} B",
                party(from),
                if from == 0 { "its replica".into() } else { party(to) }
            )
        }
        What::Instance { instance, health, incarnation, .. } => {
            format!("instance {instance} is {}{}", state(health), start(health, incarnation))
        }
        What::Slowed { instance, factor: 1.0 } => format!("the slowness of {} is over", party(instance)),
        What::Slowed { instance, factor } => format!("{} takes {factor} times as long", party(instance)),
        What::Partitioned { instance, cut } => format!(
            "instance {instance} {}",
            if cut { "reaches neither peers nor store" } else { "reaches its peers and the store again" }
        ),
        What::Store { health, .. } => format!("the store is {}", state(health)),
        What::Checked { instance, ok } => {
            format!("health check of instance {instance}: {}", if ok { "answered" } else { "no answer" })
        }
        What::Believed { instance, up, evidence } => {
            let verb = if up { "uses" } else { "no longer uses" };
            let why = match evidence {
                Evidence::Told => "it was told",
                Evidence::Checks => "by health checks",
                Evidence::Passive if up => "its penalty is over",
                Evidence::Passive => "by refused connections",
            };
            format!("the balancer {verb} instance {instance}: {why}")
        }
        What::RateChanged { factor: 1.0 } => "users come, or think, as fast as the scenario says".into(),
        What::RateChanged { factor } => {
            format!("users come, or think, {factor} times as fast as the scenario says")
        }
        What::Connected { instance, .. } => format!("is connected to instance {instance}"),
        What::Disconnected { instance, .. } => format!("learns that the connection to instance {instance} is gone"),
        What::Pushed { instance, arrives, .. } if arrives == Nanos::NEVER => {
            format!("misses a message from instance {instance}")
        }
        What::Pushed { instance, .. } => format!("is sent a message by instance {instance}"),
    }
}

const fn kind(purpose: RequestKind) -> &'static str {
    match purpose {
        RequestKind::Login => "login",
        RequestKind::Followup => "the next step",
        RequestKind::Relogin => "login again",
        RequestKind::Logout => "logout",
        RequestKind::Replay => "somebody else, with a copied token or cookie",
    }
}

fn again(attempt: u8) -> String {
    if attempt > 1 { format!(", attempt {attempt}") } else { String::new() }
}

fn party(id: InstanceId) -> String {
    if id == 0 { "the store".into() } else { format!("instance {id}") }
}

const fn question(ask: Ask) -> &'static str {
    match ask {
        Ask::Get => "GET",
        Ask::Set => "SET",
        Ask::Denylist => "about the denylist",
        Ask::Fetch => "for the state",
        Ask::Replicate => "to keep a copy of a write, or to destroy one",
        Ask::Delete => "DEL",
        Ask::Revoke => "to put the login on the denylist",
    }
}

fn says(status: Status) -> String {
    let words = match status {
        Status::Ok => "",
        Status::Stale => " from an old copy",
        Status::Unknown => " no such session here",
        Status::TooLarge => " header too large",
        Status::CutOff => " cut off",
        Status::Unavailable => " nobody took it",
        Status::StoreUnavailable => " the store does not answer",
        Status::Overload => " queue full",
    };
    format!("{}{words}", status.code())
}

/// An outcome in words.
#[must_use]
pub const fn fate(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Stale => "ok, from an old copy",
        Outcome::Lost => "lost: session unknown",
        Outcome::Refused => "refused",
        Outcome::Died => "died with its instance",
        Outcome::Timeout => "timed out",
        Outcome::Overload => "overloaded",
        Outcome::TooLarge => "too large",
    }
}

/// … in a word or two.
#[must_use]
pub const fn brief(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Stale => "an old copy",
        Outcome::Lost => "lost",
        Outcome::Died => "died",
        _ => fate(outcome),
    }
}

/// In words, after "is".
pub(in crate::tui) fn whereabouts(place: Place) -> String {
    match place {
        Place::Client => "with the client".into(),
        Place::Instance(id) => format!("in instance {id}"),
        Place::Store => "in the store".into(),
        Place::Replica => "in the store's replica".into(),
        Place::Disk => "on the store's disk".into(),
    }
}

const fn reason(why: Gone) -> &'static str {
    match why {
        Gone::Expired => "nobody used it for too long",
        Gone::Evicted => "memory was needed for others",
        Gone::Moved => "it lives elsewhere now",
        Gone::Forgotten => "nobody will ask for it",
        Gone::LoggedOut => "its user logged out",
    }
}

/// Which start of its own an instance lives on, if it lives and that is not the first. Each death counts on at once.
#[must_use]
pub fn start(health: Health, incarnation: u32) -> String {
    match health {
        Health::Down | Health::Removed => String::new(),
        _ if incarnation < 2 => String::new(),
        _ => format!(", start no. {incarnation}"),
    }
}

/// An instance's or the store's state in words.
#[must_use]
pub const fn state(health: Health) -> &'static str {
    match health {
        Health::Starting => "starting",
        Health::Up => "up",
        Health::Draining => "draining",
        Health::Hung => "hung",
        Health::Down => "down",
        Health::Removed => "removed",
    }
}
