//! A file that is complete or not there at all.

use super::Failure;
use super::output::failure;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a file as a whole: until the new one is complete, an old one stays as it is.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut draft = Draft::create(path)?;
    draft.write_all(text.as_bytes()).map_err(|error| failure(&path.display().to_string(), &error))?;
    draft.publish()
}

/// Finds out whether a file can be written, before anybody waits for what will be written to it. A device or a pipe is
/// left alone: whoever reads it would take this for the end.
pub(super) fn rehearse(path: &Path) -> Result<(), Failure> {
    if path.is_file() || !path.exists() { Draft::create(path).map(drop) } else { Ok(()) }
}

/// Whether both lead to one file, so that the second to be written would take the place of the first. A device or a pipe takes
/// what both write.
pub(super) fn same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        fs::canonicalize(path).ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
        })
    };
    let device = one.exists() && !one.is_file();
    !device && place(one).is_some_and(|one| place(other).is_some_and(|other| one == other))
}

/// A file in the making, beside the one that it will become. Dropped before it is published, it leaves no trace.
pub(super) struct Draft {
    target: PathBuf,
    /// None where the target is a device or a pipe, which can be written to but not replaced.
    temporary: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Draft {
    /// Begins a file that will be called `path`.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        Self::open(path).map_err(|error| failure(&path.display().to_string(), &error))
    }

    fn open(path: &Path) -> io::Result<Self> {
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let old = fs::metadata(&target).ok();
        if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
            let file = BufWriter::new(File::options().write(true).open(&target)?);
            return Ok(Self { target, temporary: None, file });
        }
        let name = match (target.file_name(), &old) {
            (Some(name), old) if !old.as_ref().is_some_and(fs::Metadata::is_dir) => name,
            _ => return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory")),
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = target.with_file_name(hidden);
        let file = BufWriter::new(File::options().write(true).create_new(true).open(&temporary)?);
        let draft = Self { target, temporary: Some(temporary), file };
        if let Some(old) = old {
            draft.file.get_ref().set_permissions(old.permissions())?;
        }
        Ok(draft)
    }

    /// Gives the file its name.
    pub(super) fn publish(mut self) -> Result<(), Failure> {
        let named = self.file.flush().and_then(|()| match &self.temporary {
            Some(temporary) => fs::rename(temporary, &self.target),
            None => Ok(()),
        });
        match named {
            Ok(()) => {
                self.temporary = None;
                Ok(())
            }
            Err(error) => Err(failure(&self.target.display().to_string(), &error)),
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing more can be done about a file that cannot be removed either.
            let _ = fs::remove_file(temporary);
        }
    }
}
