//! What a learner can do to a running service, and its text form: the words are the same in
//! `--do`, in scenario files, in lessons and in the palette.

use crate::scenario::Policy;
use crate::units::Nanos;
use crate::user::User;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The part of the service that a command is aimed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// An instance, by its id (from 1; ids are never reused).
    Instance(u16),
    /// The session store.
    Store,
}

impl Target {
    /// What a sentence calls it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Instance(id) => format!("instance {id}"),
            Self::Store => "the store".into(),
        }
    }
}

/// An intervention, carried out at one simulated instant in every arm alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Command {
    /// Crash: the process ends at once, its memory is gone.
    Kill(Target),
    /// Stop answering: connections are accepted and nothing comes back; nothing is destroyed.
    Hang(Target),
    /// Take this many times as long for everything (1 is the normal speed).
    Slow(Target, f64),
    /// End the process if it runs, and start it anew with empty memory.
    Restart(Target),
    /// Take an instance out of service, gently.
    Drain(u16),
    /// Start one more instance.
    Add,
    /// Drain the instance with the highest id, then remove it.
    Remove,
    /// Add or remove until there are this many; dead ones do not count.
    Scale(u16),
    /// Replace every instance, one by one: drain, restart, wait until it is up.
    Deploy,
    /// Cut an instance off from its peers and the store, not from the balancer.
    Partition(u16),
    /// End every partition, hang and slowness; nothing is destroyed.
    Heal,
    /// Multiply the traffic for a while.
    Burst {
        /// Arrival rates are multiplied, or think times divided, by this.
        factor: f64,
        /// How long it lasts.
        span: Nanos,
    },
    /// Change the balancer's policy.
    Policy(Policy),
    /// Whether the balancer sends a refused connection on to another instance.
    Redispatch(bool),
    /// A user logs out: one more request, and the visit ends.
    Logout(User),
    /// Somebody who copied a user's token or cookie sends one request with it.
    Replay {
        /// Whose.
        user: User,
        /// Whether it is the one from before the last write. A cookie does not change with a write.
        old: bool,
    },
}

/// Whether a command is a fault: whether it breaks a part of the service, or takes instances away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Harm {
    /// It never is one.
    Never,
    /// It always is one.
    Always,
    /// It is one unless this is down: to start that again leaves what ended it as the newest fault.
    UnlessDown(Target),
    /// It is one if an instance goes.
    IfOneGoes,
}

impl Command {
    /// Whether it is a fault. [`crate::fault::Watch`] finds out by the events what depends on more than the command.
    #[must_use]
    pub fn harm(self) -> Harm {
        match self {
            Self::Kill(_) | Self::Hang(_) | Self::Drain(_) | Self::Remove | Self::Deploy | Self::Partition(_) => {
                Harm::Always
            }
            Self::Slow(_, factor) if factor > 1.0 => Harm::Always,
            Self::Restart(target) => Harm::UnlessDown(target),
            Self::Scale(_) => Harm::IfOneGoes,
            Self::Slow(..)
            | Self::Add
            | Self::Heal
            | Self::Burst { .. }
            | Self::Policy(_)
            | Self::Redispatch(_)
            | Self::Logout(_)
            | Self::Replay { .. } => Harm::Never,
        }
    }

    /// Whether it is for a store, where there may be none: then nothing comes of it.
    #[must_use]
    pub fn misses_store(self, has_store: bool) -> bool {
        self.target() == Some(Target::Store) && !has_store
    }

    /// Whether the balancer has to notice by itself what this does: it never asks the store whether it is well, and of a drain
    /// or a deploy it is told.
    #[must_use]
    pub const fn watched(self) -> bool {
        use Target::Instance;
        matches!(
            self,
            Self::Kill(Instance(_))
                | Self::Hang(Instance(_))
                | Self::Slow(Instance(_), _)
                | Self::Restart(Instance(_))
                | Self::Partition(_)
        )
    }

    /// Every form, for help and completion.
    pub const FORMS: &[&str] = &[
        "kill 2",
        "kill store",
        "hang 2",
        "hang store",
        "slow 2 x4",
        "slow store x10",
        "restart 2",
        "restart store",
        "drain 2",
        "add",
        "remove",
        "scale 5",
        "deploy",
        "partition 2",
        "heal",
        "burst x3 30s",
        "policy two-choices",
        "redispatch on",
        "redispatch off",
        "logout 7",
        "replay 7",
        "replay 7 old",
    ];

    /// The instance or store that it is aimed at, if it is aimed at one.
    #[must_use]
    pub const fn target(self) -> Option<Target> {
        match self {
            Self::Kill(t) | Self::Hang(t) | Self::Slow(t, _) | Self::Restart(t) => Some(t),
            Self::Drain(id) | Self::Partition(id) => Some(Target::Instance(id)),
            _ => None,
        }
    }

    /// The fixed-width form used in the event record: verb, target (0 the store or none), two numbers.
    pub(crate) fn words(self) -> (u8, u16, u64, u64) {
        let id = match self.target() {
            Some(Target::Instance(id)) => id,
            _ => 0,
        };
        match self {
            Self::Kill(_) => (1, id, 0, 0),
            Self::Hang(_) => (2, id, 0, 0),
            Self::Slow(_, factor) => (3, id, factor.to_bits(), 0),
            Self::Restart(_) => (4, id, 0, 0),
            Self::Drain(_) => (5, id, 0, 0),
            Self::Add => (6, 0, 0, 0),
            Self::Remove => (7, 0, 0, 0),
            Self::Scale(n) => (8, n, 0, 0),
            Self::Deploy => (9, 0, 0, 0),
            Self::Partition(_) => (10, id, 0, 0),
            Self::Heal => (11, 0, 0, 0),
            Self::Burst { factor, span } => (12, 0, factor.to_bits(), span.0),
            Self::Policy(policy) => (13, 0, policy as u64, 0),
            Self::Redispatch(on) => (14, 0, u64::from(on), 0),
            Self::Logout(user) => (15, 0, user.words().0, user.words().1),
            Self::Replay { user, old } => (16, old.into(), user.words().0, user.words().1),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(id) => write!(f, "{id}"),
            Self::Store => f.write_str("store"),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(target) => write!(f, "kill {target}"),
            Self::Hang(target) => write!(f, "hang {target}"),
            Self::Slow(target, factor) => write!(f, "slow {target} x{factor}"),
            Self::Restart(target) => write!(f, "restart {target}"),
            Self::Drain(id) => write!(f, "drain {id}"),
            Self::Add => f.write_str("add"),
            Self::Remove => f.write_str("remove"),
            Self::Scale(count) => write!(f, "scale {count}"),
            Self::Deploy => f.write_str("deploy"),
            Self::Partition(id) => write!(f, "partition {id}"),
            Self::Heal => f.write_str("heal"),
            Self::Burst { factor, span } => {
                // One word, as it is read.
                let span = humantime::format_duration(std::time::Duration::from_nanos(span.0)).to_string();
                write!(f, "burst x{factor} {}", span.replace(' ', ""))
            }
            Self::Policy(policy) => write!(f, "policy {policy}"),
            Self::Redispatch(on) => write!(f, "redispatch {}", if *on { "on" } else { "off" }),
            Self::Logout(user) => write!(f, "logout {user}"),
            Self::Replay { user, old: false } => write!(f, "replay {user}"),
            Self::Replay { user, old: true } => write!(f, "replay {user} old"),
        }
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a text is no command; the message says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CommandError(String);

impl FromStr for Command {
    type Err = CommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let fail = |why: String| Err(CommandError(why));
        match words.as_slice() {
            ["kill", t] => Ok(Self::Kill(target(t)?)),
            ["hang", t] => Ok(Self::Hang(target(t)?)),
            ["slow", t] => Ok(Self::Slow(target(t)?, 4.0)),
            ["slow", t, by] => Ok(Self::Slow(target(t)?, factor(by)?)),
            ["restart", t] => Ok(Self::Restart(target(t)?)),
            ["drain", id] => Ok(Self::Drain(number(id, "an instance's id")?)),
            ["add"] => Ok(Self::Add),
            ["remove"] => Ok(Self::Remove),
            ["scale", count] => Ok(Self::Scale(number(count, "a number of instances")?)),
            ["deploy"] => Ok(Self::Deploy),
            ["partition", id] => Ok(Self::Partition(number(id, "an instance's id")?)),
            ["heal"] => Ok(Self::Heal),
            ["burst", by, span] => Ok(Self::Burst { factor: factor(by)?, span: duration(span)? }),
            ["policy", name] => name.parse().map(Self::Policy).map_err(CommandError),
            ["redispatch", "on"] => Ok(Self::Redispatch(true)),
            ["redispatch", "off"] => Ok(Self::Redispatch(false)),
            ["logout", word] => Ok(Self::Logout(user(word)?)),
            ["replay", word] => Ok(Self::Replay { user: user(word)?, old: false }),
            ["replay", word, "old"] => Ok(Self::Replay { user: user(word)?, old: true }),
            [] => fail(format!("no command; one of: {}", Self::FORMS.join(" · "))),
            [verb, ..] => {
                let near: Vec<&str> =
                    Self::FORMS.iter().copied().filter(|form| form.split(' ').next() == Some(verb)).collect();
                if near.is_empty() {
                    fail(format!("unknown command `{text}`; one of: {}", Self::FORMS.join(" · ")))
                } else {
                    fail(format!("`{text}` does not fit; write it as: {}", near.join(" · ")))
                }
            }
        }
    }
}

fn target(word: &str) -> Result<Target, CommandError> {
    if word == "store" { Ok(Target::Store) } else { number(word, "an instance's id or `store`").map(Target::Instance) }
}

fn user(word: &str) -> Result<User, CommandError> {
    word.parse().map_err(CommandError)
}

fn number(word: &str, what: &str) -> Result<u16, CommandError> {
    match word.parse() {
        Ok(0) | Err(_) => Err(CommandError(format!("`{word}` is not {what}"))),
        Ok(n) => Ok(n),
    }
}

fn factor(word: &str) -> Result<f64, CommandError> {
    let digits = word.strip_prefix(['x', '×']).unwrap_or(word);
    match digits.parse::<f64>() {
        Ok(x) if x.is_finite() && x > 0.0 && x <= 1e4 => Ok(x),
        _ => Err(CommandError(format!("`{word}` is not a factor; write it as x3 (above 0, at most x10000)"))),
    }
}

fn duration(word: &str) -> Result<Nanos, CommandError> {
    match humantime::parse_duration(word) {
        Ok(span) => Ok(Nanos(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))),
        Err(_) => Err(CommandError(format!("`{word}` is not a span of time; write it as 30s or 1m30s"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_itself() {
        for form in Command::FORMS {
            let command: Command = form.parse().unwrap();
            assert_eq!(&command.to_string(), form);
        }
        assert_eq!("logout bob".parse::<Command>().unwrap().to_string(), "logout bob");
        let long = "burst x3 1h1m24s";
        assert_eq!(long.parse::<Command>().unwrap().to_string(), long);
    }

    #[test]
    fn errors_say_what_would_fit() {
        assert!("kill".parse::<Command>().unwrap_err().to_string().contains("kill 2"));
        assert!("kill 0".parse::<Command>().unwrap_err().to_string().contains("instance"));
        assert!("explode".parse::<Command>().unwrap_err().to_string().contains("one of"));
        assert!("burst x-1 3s".parse::<Command>().is_err());
        assert!("burst xNaN 3s".parse::<Command>().is_err());
    }
}
