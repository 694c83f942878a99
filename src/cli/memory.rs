//! Where the program remembers things: `statelab/` in the state directory of the XDG rules, a file for each concern.
//!
//! Nothing of it is needed. A place that cannot be written to, or a file that cannot be read, is no reason to stop.

use super::draft;
use etcetera::BaseStrategy;
use statelab::memory::{self, Memory};
use std::fs;
use std::path::PathBuf;

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
        let text = fs::read(&file).ok()?;
        let memory = String::from_utf8(text).ok().and_then(|text| memory::read(&text).ok());
        if memory.is_none() {
            // If it cannot be moved either, the next memory takes its place.
            let _ = fs::rename(&file, file.with_extension("toml.damaged"));
        }
        memory
    }

    /// Remembers. Says whether it could.
    pub(super) fn keep<M: Memory>(&self, memory: &M) -> bool {
        let kept = || {
            let file = self.file::<M>()?;
            fs::create_dir_all(file.parent()?).ok()?;
            draft::replace(&file, &memory::write(memory).ok()?).ok()
        };
        kept().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_place_that_cannot_be_is_no_reason_to_stop() {
        let memories = Memories(Some(PathBuf::from("/dev/null/statelab")));
        assert!(!memories.keep(&Welcome { shown: true }));
        assert_eq!(memories.recall::<Welcome>(), None);
        let nowhere = Memories::of_user(true);
        assert!(!nowhere.are_kept() && !nowhere.keep(&Welcome { shown: true }));
    }
}
