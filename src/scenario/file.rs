//! Files that people name: opened only if reading them ends.

use super::fault::{Fault, Faults};
use super::{FILE_LIMIT, too_large};
use std::fs::{File, FileType, metadata};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::Path;

/// The word for what this program was given to read.
pub const STDIN: &str = "-";

/// Opens a file for reading, if it is one; `-` is what this program was given to read. A pipe in the file system would be waited
/// for, perhaps for ever, and a device such as `/dev/zero` need not end; both are turned down at once. A pipe that this process
/// has open, as `<(…)` gives it, was made to be read.
///
/// # Errors
/// What the system says, or that it is something else.
pub fn open_file(path: impl AsRef<Path>) -> io::Result<File> {
    let path = if path.as_ref() == Path::new(STDIN) { Path::new("/dev/stdin") } else { path.as_ref() };
    if path == Path::new("/dev/stdin") && io::stdin().is_terminal() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the input is a terminal; lead a file or a pipe into it"));
    }
    let about = metadata(path)?;
    let handed_over =
        path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
    if about.is_file() || handed_over && is_pipe(about.file_type()) {
        return File::open(path);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, format!("it is {}, not a file", kind(about.file_type()))))
}

/// Reads a text file of at most [`FILE_LIMIT`] bytes; never more, whatever its size is said to be.
///
/// # Errors
/// One fault, which says why it cannot be read.
pub fn read_file(path: &str) -> Result<String, Faults> {
    let mut bytes = Vec::new();
    let outcome = open_file(path).and_then(|file| file.take(FILE_LIMIT as u64 + 1).read_to_end(&mut bytes));
    if let Err(error) = outcome {
        return Err(Fault::of(path, format!("cannot be read: {error}"), Some("check the path".into())).into());
    }
    if bytes.len() > FILE_LIMIT {
        return Err(too_large(path).into());
    }
    String::from_utf8(bytes).map_err(|_| Fault::of(path, "is not UTF-8 text", Some("save it as UTF-8".into())).into())
}

#[cfg(unix)]
fn is_pipe(of: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&of)
}

#[cfg(not(unix))]
const fn is_pipe(_: FileType) -> bool {
    false
}

fn kind(of: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if of.is_fifo() {
            return "a pipe";
        }
        if of.is_socket() {
            return "a socket";
        }
    }
    if of.is_dir() { "a directory" } else { "a device" }
}
