//! The injected bugs of `tests/bugs.toml`: each must still find the one place that it breaks. `.ci/injected-bugs` lets
//! the tests loose on them.

use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Bugs {
    bug: Vec<Bug>,
}

#[derive(Deserialize)]
struct Bug {
    breaks: String,
    file: String,
    find: String,
    replace: String,
}

#[test]
fn each_injected_bug_has_one_place_to_go() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("tests/bugs.toml")).expect("the list of bugs");
    let bugs: Bugs = toml::from_str(&text).expect("TOML");
    assert!(bugs.bug.len() >= 20);
    for Bug { breaks, file, find, replace } in bugs.bug {
        let source = std::fs::read_to_string(root.join(&file)).unwrap_or_else(|why| panic!("{file}: {why}"));
        assert_ne!(find, replace, "{breaks}");
        assert_eq!(source.matches(&find).count(), 1, "{file} has `{find}` ({breaks}) so many times");
    }
}
