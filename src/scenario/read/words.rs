//! Fields that are one of a few words.

use super::{FromToml, Key, Listed, Value, wrong};
use crate::scenario::fault::{Source, clean, suggest};
use crate::scenario::{Affinity, DrainMode, Persistence, Policy, ScaleMode, Transport};

/// Types that are one of a few words.
trait Word: Copy + 'static {
    /// What such a thing is called.
    const WHAT: &'static str;
    /// The words and their meanings.
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Word> FromToml for T {
    fn from_toml(value: &Value<'_>, key: &Key, source: &mut Source<'_>) -> Option<Self> {
        let words = T::WORDS.iter().map(|(word, _)| *word);
        let Some(text) = value.get_ref().as_str() else {
            let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
            return wrong(value, key, &format!("one of {}", quoted.join(", ")), source);
        };
        let found = T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            source.fault(value.span(), format!("`{}` is no {}", clean(text), T::WHAT), Some(suggest(text, words)));
        }
        found
    }
}

impl<T: Word> Listed for T {
    fn to_toml(&self) -> Option<String> {
        let meaning = std::mem::discriminant(self);
        let same = |(_, other): &&(&str, T)| std::mem::discriminant(other) == meaning;
        T::WORDS.iter().find(same).map(|(word, _)| format!("\"{word}\""))
    }

    fn allowed(_: &Key) -> String {
        T::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! words {
    ($($type:ident, $what:literal: $($word:literal => $variant:ident),+;)+) => {$(
        impl Word for $type {
            const WHAT: &'static str = $what;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
    )+};
}

words! {
    Policy, "policy": "round-robin" => RoundRobin, "random" => Random, "least-connections" => LeastConnections,
        "two-choices" => TwoChoices, "hash" => Hash, "ring" => Ring;
    Affinity, "affinity": "auto" => Auto, "none" => None, "cookie" => Cookie;
    Transport, "transport": "request" => Request, "connection" => Connection;
    DrainMode, "drain mode": "pinned" => Pinned, "at-once" => AtOnce;
    Persistence, "persistence": "none" => None, "everysec" => Everysec, "always" => Always;
    ScaleMode, "autoscaler mode": "off" => Off, "utilisation" => Utilisation, "per-request" => PerRequest;
}
