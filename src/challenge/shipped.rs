//! The challenges that come with the program, embedded.

use super::Challenge;
use crate::scenario::{Fault, Faults, nearest, read_file};
use std::path::Path;

/// A challenge that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../../assets/challenges/", $name, ".toml")) }),+]
    };
}

/// Every one, the easier first.
#[must_use]
pub const fn shipped() -> &'static [Shipped] {
    shipped!["two-at-once", "store-down", "saved", "deploy-day", "big-header", "crowd", "bill", "storm", "stolen-token"]
}

impl Challenge {
    /// Finds a challenge: a word with `/` in it or `.toml` at its end is a file, any other the name of a shipped one.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or all faults in it.
    pub fn load(word: &str) -> Result<Self, Faults> {
        if word.contains(['/', std::path::MAIN_SEPARATOR]) || word.ends_with(".toml") {
            let text = read_file(word)?;
            let name = Path::new(word).file_stem().map_or_else(|| word.into(), |stem| stem.to_string_lossy());
            return Self::from_toml(&name, word, &text);
        }
        if let Some(shipped) = shipped().iter().find(|shipped| shipped.name == word) {
            return Self::from_toml(word, &format!("{word}.toml"), shipped.text);
        }
        let names = || shipped().iter().map(|shipped| shipped.name);
        let near = nearest(word, names()).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let hint = format!("{near}`statelab challenge` lists them; a file of your own has a `/` or ends in .toml");
        Err(Fault::of(word, "no challenge is called that", Some(hint)).into())
    }
}
