//! Where the program remembers things: `statelab/` in the state directory of the XDG rules, a file for each concern.
//!
//! Nothing of it is needed. A place that cannot be written to, or a file that cannot be read, is no reason to stop.

use super::draft;
use etcetera::BaseStrategy;
use statelab::lesson::Progress;
use statelab::memory::{self, Memory};
use statelab::scenario::open_file;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

/// Whatever is larger is damaged: ten times of what all lessons can come to.
const LIMIT: u64 = 4 << 20;

/// The directory of memories, if there is to be one.
pub(super) struct Memories(Option<PathBuf>);

impl Memories {
    /// The user's own; none if nothing is to be kept.
    pub(super) fn of_user(no_save: bool) -> Self {
        let base = if no_save { None } else { etcetera::choose_base_strategy().ok() };
        Self(base.and_then(|base| base.state_dir()).map(|state| state.join("statelab")))
    }

    /// Whether things are remembered at all.
    pub(super) const fn are_kept(&self) -> bool {
        self.0.is_some()
    }

    fn file<M: Memory>(&self) -> Option<PathBuf> {
        self.0.as_ref().map(|folder| folder.join(format!("{}.toml", M::CONCERN)))
    }

    /// What was remembered. A file that is damaged is set aside, for whoever wants to look at it.
    pub(super) fn recall<M: Memory>(&self) -> Option<M> {
        let file = self.file::<M>()?;
        let mut text = Vec::new();
        open_file(&file).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut text)).ok()?;
        let whole = text.len() as u64 <= LIMIT;
        let memory = String::from_utf8(text).ok().filter(|_| whole).and_then(|text| memory::read(&text).ok());
        if memory.is_none() {
            // If it cannot be moved either, the next memory takes its place.
            let _ = fs::rename(&file, file.with_extension("toml.damaged"));
        }
        memory
    }

    /// Remembers what was learnt of these lessons, beside what is known of others by now: another run of the program may
    /// have learnt something meanwhile. Says whether it could.
    pub(super) fn learn(&self, learnt: &Progress) -> bool {
        let mut progress: Progress = self.recall().unwrap_or_default();
        progress.lessons.extend(learnt.lessons.clone());
        self.keep(&progress)
    }

    /// Remembers. Says whether it could.
    pub(super) fn keep<M: Memory>(&self, memory: &M) -> bool {
        let kept = || {
            let file = self.file::<M>()?;
            fs::create_dir_all(file.parent()?).ok()?;
            // Nobody need be there to read from a pipe.
            if draft::is_device(&file) {
                return None;
            }
            draft::replace(&file, &memory::write(memory).ok()?).ok()
        };
        kept().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statelab::lesson::Record;
    use statelab::memory::Welcome;

    /// A place of its own, gone when the test is.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("statelab-memory-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            // A leftover in the system's temporary folder harms nobody.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_kept_is_recalled() {
        let place = Place::new("kept");
        let memories = Memories(Some(place.0.join("deep/statelab")));
        assert_eq!(memories.recall::<Welcome>(), None);
        assert!(memories.keep(&Welcome { shown: true }));
        assert_eq!(memories.recall(), Some(Welcome { shown: true }));
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let place = Place::new("damaged");
        let memories = Memories(Some(place.0.clone()));
        fs::create_dir_all(&place.0).unwrap();
        fs::write(place.0.join("welcome.toml"), b"\xff\xfe").unwrap();
        assert_eq!(memories.recall::<Welcome>(), None);
        assert_eq!(fs::read(place.0.join("welcome.toml.damaged")).unwrap(), b"\xff\xfe");
        assert!(memories.keep(&Welcome { shown: true }) && memories.recall::<Welcome>().is_some());
    }

    #[test]
    fn what_is_no_file_or_has_no_end_is_left_alone() {
        let place = Place::new("pipe");
        let memories = Memories(Some(place.0.clone()));
        fs::create_dir_all(&place.0).unwrap();
        let file = place.0.join("welcome.toml");
        assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
        assert!(memories.recall::<Welcome>().is_none() && !memories.keep(&Welcome { shown: true }));
        fs::remove_file(&file).unwrap();
        fs::write(&file, "#".repeat(LIMIT as usize) + "\nstate = \"statelab.welcome/1\"\nshown = true\n").unwrap();
        assert_eq!(memories.recall::<Welcome>(), None);
    }

    #[test]
    fn what_another_run_has_learnt_meanwhile_stays() {
        let place = Place::new("learn");
        let memories = Memories(Some(place.0.clone()));
        let learnt = |lessons: &[(&str, u32)]| Progress {
            lessons: lessons
                .iter()
                .map(|&(name, finished)| (name.into(), Record { finished, ..Record::default() }))
                .collect(),
        };
        assert!(memories.learn(&learnt(&[("state", 1), ("http", 1)])));
        assert!(memories.learn(&learnt(&[("state", 2)])));
        assert_eq!(memories.recall(), Some(learnt(&[("state", 2), ("http", 1)])));
    }

    #[test]
    fn a_place_that_cannot_be_is_no_reason_to_stop() {
        let memories = Memories(Some(PathBuf::from("/dev/null/statelab")));
        assert!(!memories.keep(&Welcome { shown: true }));
        assert_eq!(memories.recall::<Welcome>(), None);
        let nowhere = Memories::of_user(true);
        assert!(!nowhere.are_kept() && !nowhere.keep(&Welcome { shown: true }));
    }
}
