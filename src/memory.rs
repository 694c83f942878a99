//! What is remembered from one run of the program to the next, as text: one small file for each concern.
//!
//! ```text
//!   state = "statelab.welcome/1"      the concern and its version
//!   shown = true                      whatever it has to remember
//! ```
//!
//! Where the files are, and what becomes of one that cannot be read, is the command line's business.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Something that is remembered in a file of its own.
pub trait Memory: Serialize + DeserializeOwned {
    /// The file's name without its ending, and the format's.
    const CONCERN: &'static str;
    /// The format's version: grows when old files can no longer be read.
    const VERSION: u32;
}

/// Whether the card for beginners was shown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// It was.
    pub shown: bool,
}

impl Memory for Welcome {
    const CONCERN: &'static str = "welcome";
    const VERSION: u32 = 1;
}

fn format<M: Memory>() -> String {
    format!("statelab.{}/{}", M::CONCERN, M::VERSION)
}

/// Reads what was remembered.
///
/// # Errors
/// If the text is no such memory: of another format, damaged, or written by hand.
pub fn read<M: Memory>(text: &str) -> Result<M, String> {
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    match table.remove("state").as_ref().and_then(toml::Value::as_str) {
        Some(state) if state == format::<M>() => {}
        _ => return Err(format!("it is not of the format {}", format::<M>())),
    }
    toml::Value::Table(table).try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

/// The text that remembers it.
///
/// # Errors
/// If it holds something that TOML cannot say.
pub fn write<M: Memory>(memory: &M) -> Result<String, String> {
    let body = toml::to_string(memory).map_err(|error| error.to_string())?;
    Ok(format!("state = \"{}\"\n{body}", format::<M>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_remembered_is_known_again() {
        let text = write(&Welcome { shown: true }).unwrap();
        assert_eq!(text, "state = \"statelab.welcome/1\"\nshown = true\n");
        assert_eq!(read(&text), Ok(Welcome { shown: true }));
    }

    #[test]
    fn anything_else_is_turned_down() {
        for text in ["", "\0", "shown = true", "state = \"statelab.welcome/2\"\nshown = true", "state = 1"] {
            assert!(read::<Welcome>(text).is_err(), "{text:?}");
        }
        assert!(read::<Welcome>("state = \"statelab.welcome/1\"\nshown = 3").is_err());
    }
}
