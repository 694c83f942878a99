//! A file that is complete or not there at all.

use super::Failure;
use super::output::failure;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Writes a file as a whole: until the new one is complete, an old one stays as it is.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut draft = Draft::create(path)?;
    draft.write_all(text.as_bytes()).map_err(|error| failure(&path.display().to_string(), &error))?;
    draft.publish()
}

/// Finds out whether a file can be written, before anybody waits for what will be written to it. A device or a pipe is
/// left alone: whoever reads it would take this for the end.
pub(super) fn rehearse(path: &Path) -> Result<(), Failure> {
    if is_device(path) { Ok(()) } else { Draft::create(path).map(drop) }
}

/// Whether a path leads to something that can be written to but not replaced, and whose reader may be waited for.
pub(super) fn is_device(path: &Path) -> bool {
    matches!(Place::of(path), Ok(Place::Device(_)))
}

/// Whether both lead to one file, so that the second to be written would take the place of the first. A device or a pipe takes
/// what both write.
pub(super) fn same(one: &Path, other: &Path) -> bool {
    matches!((Place::of(one), Place::of(other)), (Ok(Place::File(one)), Ok(Place::File(other))) if one == other)
}

/// Refuses an output that would take the place of what it is made from.
pub(super) fn refuse_over<'a>(
    inputs: impl IntoIterator<Item = &'a str>,
    option: &str,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let taken = |out: &&Path| inputs.into_iter().any(|input| same(Path::new(input), out));
    out.filter(taken).map_or(Ok(()), |out| {
        let file = out.display();
        Err(Failure::Usage(format!("{option} names {file}, which is read: give what is written another file")))
    })
}

/// What a path leads to, once every link is followed.
enum Place {
    /// A file, or the name of one that is not there yet; it can be replaced.
    File(PathBuf),
    /// Something to write to as it is: a device, a pipe, or what a process has open.
    Device(PathBuf),
}

/// So many links are followed, one after the other, as the kernel does.
const LINKS: usize = 40;

impl Place {
    /// Links are followed one by one, so that a link stays a link even if it leads to a file that is not there yet. What a
    /// process has open (`/dev/stdout`, `/dev/fd/3`) is only called a link: its file need have no name any more, and whoever
    /// opened it would go on with the old one if it were replaced.
    fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let Some(name) = path.file_name() else { return Err(directory()) };
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = fs::canonicalize(folder)?;
            path = folder.join(name);
            if folder.starts_with("/proc") || folder == Path::new("/dev/fd") {
                return Ok(Self::Device(path));
            }
            match fs::symlink_metadata(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::File(path)),
                Err(error) => return Err(error),
                Ok(about) if about.is_symlink() => path = folder.join(fs::read_link(&path)?),
                Ok(about) if about.is_dir() => return Err(directory()),
                Ok(about) if about.is_file() => return Ok(Self::File(path)),
                Ok(_) => return Ok(Self::Device(path)),
            }
        }
        Err(io::Error::other("it is a link that leads to no file"))
    }
}

fn directory() -> io::Error {
    io::Error::new(ErrorKind::IsADirectory, "it is a directory")
}

/// Opens a device to write to. What this process has open already is shared: whoever else writes there goes on after it.
/// Anything else is opened anew, and if it is a file after all, what is in it stays.
fn open_device(path: &Path) -> io::Result<File> {
    let own = fs::canonicalize("/dev/fd").is_ok_and(|own| path.parent() == Some(&own));
    let shared = match path.file_name().and_then(|name| name.to_str()).filter(|_| own) {
        Some("1") => Some(io::stdout().as_fd().try_clone_to_owned()?),
        Some("2") => Some(io::stderr().as_fd().try_clone_to_owned()?),
        _ => None,
    };
    shared.map_or_else(|| File::options().append(true).open(path), |shared| Ok(shared.into()))
}

/// The temporary files that there are now.
static DRAFTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn drafts() -> MutexGuard<'static, Vec<PathBuf>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what would be left behind by a program that ends here and now.
pub(super) fn discard_all() {
    for temporary in drafts().iter() {
        let _ = fs::remove_file(temporary);
    }
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
        let target = match Place::of(path)? {
            Place::Device(target) => {
                let file = BufWriter::new(open_device(&target)?);
                return Ok(Self { target, temporary: None, file });
            }
            Place::File(target) => target,
        };
        let (temporary, file) = beside(&target)?;
        let draft = Self { temporary: Some(temporary), file: BufWriter::new(file), target };
        match fs::metadata(&draft.target) {
            Ok(old) => draft.file.get_ref().set_permissions(old.permissions())?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(draft)
    }

    /// Gives the file its name.
    pub(super) fn publish(mut self) -> Result<(), Failure> {
        let named = self.file.flush().and_then(|()| match &self.temporary {
            // A mounted file, or another user's in a folder of all, can be written to but not replaced.
            Some(temporary) => fs::rename(temporary, &self.target)
                .or_else(|error| fs::copy(temporary, &self.target).map(drop).map_err(|_| error)),
            None => Ok(()),
        });
        named.map_err(|error| failure(&self.target.display().to_string(), &error))
    }
}

/// So many temporary names are tried.
const NAMES: u32 = 10_000;

/// A new file in the same folder, whatever killed runs have left there: one of them may have had the id of this process. Its
/// name is short, so that it is no reason to refuse a long one.
fn beside(target: &Path) -> io::Result<(PathBuf, File)> {
    for number in 0..NAMES {
        let temporary = target.with_file_name(format!(".statelab-{}-{number}.tmp", std::process::id()));
        match File::options().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => {
                return opened.map(|file| {
                    drafts().push(temporary.clone());
                    (temporary, file)
                });
            }
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "all temporary names beside it are taken"))
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
            // After it was renamed there is none any more; and nothing can be done about one that cannot be removed either.
            let _ = fs::remove_file(temporary);
            drafts().retain(|draft| draft != temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_runs_have_left_is_in_nobodys_way() {
        let folder = std::env::temp_dir().join(format!("statelab-draft-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let left = folder.join(format!(".statelab-{}-0.tmp", std::process::id()));
        fs::write(&left, "left").unwrap();
        assert!(replace(&folder.join("new"), "text").is_ok());
        assert_eq!(fs::read_to_string(folder.join("new")).unwrap(), "text");
        assert_eq!(fs::read_to_string(left).unwrap(), "left");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }
}
