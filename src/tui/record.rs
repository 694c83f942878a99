//! A recording of the session, as an asciicast (version 2): every byte that goes to the terminal, with its time.
//!
//! ```text
//!   {"version":2,"width":120,"height":40,…}
//!   [0.000012,"o","\u001b[?1049h…"]        output
//!   [3.141592,"r","100x30"]                another size
//! ```
//!
//! It is written as it goes, a line for each write, so memory stays small however long it takes. A disk that is full ends the
//! recording and nothing else.

use super::picture::{Paper, hex, rgb};
use crate::scenario::printable;
use ratatui::style::Color;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio::time::Instant;

/// There is one terminal, so there is one recording of it.
static TAPE: Mutex<Option<Tape>> = Mutex::new(None);
/// Why the recording stopped, if it did.
static TROUBLE: OnceLock<String> = OnceLock::new();
/// Whether it has been told.
static TOLD: AtomicBool = AtomicBool::new(false);

/// A recording under way.
struct Tape {
    path: PathBuf,
    file: BufWriter<File>,
    start: Instant,
    /// The beginning of a letter whose other bytes come with the next write.
    rest: Vec<u8>,
}

impl Tape {
    fn line(&mut self, kind: &str, data: &str) -> io::Result<()> {
        let time = self.start.elapsed().as_secs_f64();
        serde_json::to_writer(&mut self.file, &json!([time, kind, data]))?;
        self.file.write_all(b"\n")?;
        self.file.flush()
    }

    fn output(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.rest.extend_from_slice(bytes);
        let whole = complete(&self.rest);
        if whole == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&self.rest[..whole]).into_owned();
        self.rest.drain(..whole);
        self.line("o", &text)
    }
}

/// How many bytes from the front end with the end of a letter.
fn complete(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        // Not cut short, but no UTF-8 at all: it goes as it is.
        Err(error) if error.error_len().is_some() => bytes.len(),
        Err(error) => error.valid_up_to(),
    }
}

/// Begins a recording into a new file. An old file is not written over.
///
/// # Errors
/// If there is such a file already, or it cannot be made.
pub fn begin(path: &Path, (columns, rows): (u16, u16), paper: Paper) -> io::Result<()> {
    // A device or a pipe is there already, and has nothing to lose.
    let special = fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir());
    let file = OpenOptions::new().write(true).create(!special).create_new(!special).open(path)?;
    let mut tape = Tape { path: path.into(), file: BufWriter::new(file), start: Instant::now(), rest: Vec::new() };
    let term = std::env::var("TERM").unwrap_or_default();
    // A player has colours of its own, on which those of a theme may be hard to read.
    let sixteen: Vec<String> = (0..16).map(|number| hex(rgb(Color::Indexed(number), paper.ink))).collect();
    let theme = json!({ "fg": hex(paper.ink), "bg": hex(paper.ground), "palette": sixteen.join(":") });
    let env = json!({ "TERM": term });
    let head = json!({
        "version": 2, "width": columns, "height": rows, "title": "statelab", "env": env, "theme": theme,
    });
    writeln!(tape.file, "{head}")?;
    *TAPE.lock().unwrap_or_else(PoisonError::into_inner) = Some(tape);
    Ok(())
}

/// Does something with the recording, if there is one; the first failure ends it.
fn with(tape: &mut Option<Tape>, act: impl FnOnce(&mut Tape) -> io::Result<()>) {
    let Some(Err(error)) = tape.as_mut().map(act) else { return };
    let path = tape.take().map(|tape| tape.path).unwrap_or_default();
    let why =
        format!("the recording has stopped: {} cannot be written: {error}", printable(&path.display().to_string()));
    // There is no recording any more that could fail a second time.
    let _ = TROUBLE.set(why);
}

/// Bytes went to the terminal.
pub(super) fn output(bytes: &[u8]) {
    with(&mut TAPE.lock().unwrap_or_else(PoisonError::into_inner), |tape| tape.output(bytes));
}

/// As [`output`], for whoever must not wait: a disk that hangs may hold the recording.
pub(super) fn output_at_once(bytes: &[u8]) {
    if let Ok(mut tape) = TAPE.try_lock() {
        with(&mut tape, |tape| tape.output(bytes));
    }
}

/// The terminal has another size now.
pub(super) fn resized(columns: u16, rows: u16) {
    let mut tape = TAPE.lock().unwrap_or_else(PoisonError::into_inner);
    with(&mut tape, |tape| tape.line("r", &format!("{columns}x{rows}")));
}

/// Ends the recording and removes its file: there was nothing to record.
pub(super) fn discard() {
    if let Some(tape) = TAPE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // An empty recording that stays harms nobody.
        let _ = fs::remove_file(&tape.path);
    }
}

/// Why the recording stopped, if it did.
pub(super) fn trouble() -> Option<&'static str> {
    TROUBLE.get().map(String::as_str)
}

/// The same, told once.
pub(super) fn news() -> Option<&'static str> {
    trouble().filter(|_| !TOLD.swap(true, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_two_pieces_waits_for_its_end() {
        let letters = "a■".as_bytes();
        assert_eq!((complete(letters), complete(&letters[..3]), complete(&letters[..1])), (4, 1, 1));
        assert_eq!(complete(b"a\xffb"), 3, "what is no letter does not wait for ever");
    }
}
