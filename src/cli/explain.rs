//! `statelab explain`: what a word means.

use super::{Failure, output, shorten};
use statelab::glossary::{Term, find, nearest, search, terms};
use statelab::text::wrap;
use std::process::ExitCode;

/// The width of a line.
const WIDTH: usize = 78;

/// Prints a term; all names without one.
pub(super) fn explain_term(word: &str) -> Result<ExitCode, Failure> {
    if word.is_empty() {
        let names: Vec<&str> = terms().iter().map(|term| term.name.as_str()).collect();
        return output::say(&wrapped(&names.join(", "), ""));
    }
    output::say(&said(find(word).ok_or_else(|| Failure::Usage(unknown(word)))?))
}

fn said(term: &Term) -> String {
    let aliases = if term.aliases.is_empty() { String::new() } else { format!(" ({})", term.aliases.join(", ")) };
    let mut out = format!("{}{aliases}\n{}", term.name, wrapped(&term.says, "  "));
    if !term.see.is_empty() {
        out += &format!("  see also: {}\n", term.see.join(", "));
    }
    out
}

fn unknown(word: &str) -> String {
    let near = nearest(word);
    let others = search(word).into_iter().take(5).filter(|term| term.words().all(|other| Some(other) != near));
    let meant: Vec<String> =
        near.into_iter().chain(others.map(|term| term.name.as_str())).map(|name| format!("`{name}`")).collect();
    let hint = if meant.is_empty() {
        "`statelab explain` lists all terms".into()
    } else {
        format!("did you mean {}?", meant.join(", "))
    };
    format!("`{}` is not in the glossary; {hint}", shorten(word).trim_end())
}

/// Words in lines, each with this before it.
fn wrapped(words: &str, before: &str) -> String {
    wrap(words, WIDTH - before.len(), "").iter().map(|line| format!("{before}{line}\n")).collect()
}
