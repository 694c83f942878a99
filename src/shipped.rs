//! Files that come with the program, and how a word on the command line leads to one of them, or to a file of one's own.
//!
//! They are embedded, so that the binary is all one needs.

use crate::scenario::{Fault, Faults, STDIN, nearest, read_file};
use std::borrow::Cow;
use std::path::Path;

/// A file that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// The files of these names in a folder of `assets`.
macro_rules! shipped {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$($crate::shipped::Shipped {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $folder, "/", $name, ".toml")),
        }),+]
    };
}
pub(crate) use shipped;

/// What a word has led to.
pub(crate) struct Found {
    /// What it is called.
    pub(crate) name: String,
    /// What faults call it.
    pub(crate) label: String,
    pub(crate) text: Cow<'static, str>,
    /// Whether it came with the program.
    pub(crate) shipped: bool,
}

/// Finds a file: a word with `/` in it or `.toml` at its end is one of one's own, `-` is what stdin holds, any other the name of a
/// shipped one. None if none is called that.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn find(word: &str, all: &[Shipped]) -> Result<Option<Found>, Faults> {
    if word.contains(['/', std::path::MAIN_SEPARATOR]) || word.ends_with(".toml") || word == STDIN {
        let text = read_file(word)?.into();
        let called = if word == STDIN { "stdin" } else { word };
        let name =
            Path::new(called).file_stem().map_or_else(|| word.into(), |stem| stem.to_string_lossy().into_owned());
        return Ok(Some(Found { name, label: word.into(), text, shipped: false }));
    }
    let shipped = all.iter().find(|shipped| shipped.name == word);
    Ok(shipped.map(|Shipped { name, text }| Found {
        name: (*name).into(),
        label: format!("{name}.toml"),
        text: Cow::Borrowed(*text),
        shipped: true,
    }))
}

/// As [`find`], for something that `statelab NOUN` lists.
///
/// # Errors
/// An unknown name, too.
pub(crate) fn find_listed(word: &str, all: &[Shipped], noun: &str) -> Result<Found, Faults> {
    find(word, all)?.ok_or_else(|| {
        let near = nearest(word, all.iter().map(|shipped| shipped.name));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let hint = format!("{near}`statelab {noun}` lists them; a file of your own has a `/` or ends in .toml");
        Fault::of(word, format!("no {noun} is called that"), Some(hint)).into()
    })
}
