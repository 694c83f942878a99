//! README.md and the pages that it leads to say what is so: pictures, keys, commands and what they print, links and paths.

use crate::cli::Folder;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn statelab(arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_statelab"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// A command line in words, as a shell would split it; quotes may be 'single'.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (part, quoted) in line.split('\'').zip([false, true].into_iter().cycle()) {
        let mut pieces = if quoted { vec![part] } else { part.split(' ').collect() }.into_iter();
        words.last_mut().expect("there is one").push_str(pieces.next().unwrap_or(""));
        words.extend(pieces.map(str::to_owned));
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Every page: those at the top, and those of `assets` and `benches`.
fn pages() -> Vec<String> {
    let mut pages = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(str::to_owned).to_vec();
    for folder in ["assets", "benches/peers"] {
        // A published crate holds no crate within it.
        let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
        pages.extend(names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")));
    }
    assert!(pages.len() >= 8, "{pages:?}");
    pages
}

/// The fenced blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let page = read(page);
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(fence) = lines.next() {
        if let Some(info) = fence.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if info == language {
                blocks.push(block.join("\n"));
            }
        }
    }
    blocks
}

/// Whether a text is what was shown, where a line of `…` stands for any number of lines.
fn agrees(shown: &str, text: &str) -> bool {
    let mut lines = text.trim_end().lines();
    let mut gap = false;
    for line in shown.trim_end().lines() {
        let found = match (line, gap) {
            ("…", _) => true,
            (_, true) => lines.any(|printed| printed == line),
            (_, false) => lines.next() == Some(line),
        };
        if !found {
            return false;
        }
        gap = line == "…";
    }
    gap || lines.next().is_none()
}

#[test]
fn the_two_commands_come_first_and_the_gate_uses_them() {
    let first: Vec<String> =
        blocks("README.md", "sh")[0].lines().map(|line| line.split('#').next().unwrap().trim().into()).collect();
    assert_eq!(first, ["cargo run --release", "cargo test"]);
    let gate = read(".ci/run");
    for command in first {
        assert!(gate.contains(&format!("{command} ")) || gate.contains(&format!("{command}\n")), "{command}");
    }
}

#[test]
fn what_commands_print_is_what_they_print() {
    let mut printed = BTreeMap::new();
    for block in pages().iter().flat_map(|page| blocks(page, "console")) {
        for session in format!("\n{block}").split("\n$ ").skip(1) {
            let (line, expected) = session.split_once('\n').unwrap_or((session, ""));
            // What one page tells in full, another may tell in short.
            let text = printed.entry(line.to_owned()).or_insert_with(|| {
                let output = statelab(&words(line.strip_prefix("statelab ").unwrap_or_else(|| panic!("{line}"))));
                assert!(output.status.success(), "{line}");
                String::from_utf8(output.stdout).expect("UTF-8")
            });
            assert!(agrees(expected, text), "{line}\n{text}");
        }
    }
    assert!(printed.len() >= 7, "{:?}", printed.keys());
}

#[test]
fn every_command_line_is_one() {
    let mut seen = 0;
    for block in pages().iter().flat_map(|page| blocks(page, "sh")) {
        for line in block.lines().filter(|line| !line.starts_with('#')) {
            let line = line.split(" #").next().unwrap_or(line);
            let Some(rest) = line.strip_prefix("statelab") else { continue };
            // Help comes after everything else was understood, and nothing is run.
            let mut arguments: Vec<String> = words(rest).into_iter().take_while(|word| word != ">").collect();
            arguments.push("--help".into());
            let output = statelab(&arguments);
            assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
            seen += 1;
        }
    }
    assert!(seen >= 25, "{seen}");
}

#[test]
fn the_scenario_in_it_is_one() {
    let folder = Folder::new("readme");
    let blocks = blocks("README.md", "toml");
    for (number, block) in blocks.iter().enumerate() {
        let file = folder.file(&format!("{number}.toml"), block);
        let output = statelab(&["check".into(), file]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(blocks.len(), 2, "a scenario and a saved run");
}

/// The anchors of a page's headings.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let letter = |c: &char| c.is_alphanumeric() || *c == ' ';
    let anchor = |line: &str| line.to_lowercase().chars().filter(letter).collect::<String>().trim().replace(' ', "-");
    headings.map(anchor).collect()
}

/// Whether a file is there; a published crate holds no crate within it.
fn is_there(path: &Path) -> bool {
    let published = root().join("Cargo.toml.orig").exists();
    path.exists() || published && path.starts_with(root().join("benches/peers"))
}

#[test]
fn files_that_documents_point_to_exist() {
    let mut seen = 0;
    for page in pages() {
        let (text, folder) = (read(&page), root().join(&page).parent().expect("a folder").to_owned());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let target = if path.is_empty() { root().join(&page) } else { folder.join(path) };
            assert!(is_there(&target), "{page}: {link}");
            let known = anchor.is_none_or(|anchor| anchors(&read(target)).iter().any(|known| known == anchor));
            assert!(known, "{page}: {link}");
            seen += 1;
        }
    }
    assert!(seen >= 40, "{seen}");
}

#[test]
fn paths_that_documents_name_exist() {
    let rooms = ["src/", "assets/", "tests/", "benches/", ".ci/"];
    let mut seen = 0;
    for page in pages() {
        for quoted in read(&page).split('`').skip(1).step_by(2) {
            let path = quoted.split(' ').next().unwrap_or(quoted);
            if !rooms.iter().any(|room| path.starts_with(room)) || path.contains('*') {
                continue;
            }
            // A module is a file or a folder.
            let there = is_there(&root().join(path)) || root().join(format!("{path}.rs")).exists();
            assert!(there, "{page}: {path}");
            seen += 1;
        }
    }
    assert!(seen >= 80, "{seen}");
}

#[cfg(feature = "tui")]
mod tui {
    use super::{fs, read, root, statelab, words};

    #[test]
    fn the_table_of_keys_is_the_keymap() {
        let table = statelab::tui::keymap::markdown_table();
        assert!(read("README.md").contains(&table), "README.md should contain\n{table}");
    }

    #[test]
    fn the_pictures_are_what_the_program_draws() {
        let script = read(".ci/pictures");
        let mut drawn = Vec::new();
        for line in script.lines().filter_map(|line| line.strip_prefix("draw ")) {
            let mut arguments = words(line);
            let out = arguments.last_mut().expect("a file");
            let committed = std::mem::replace(
                out,
                std::env::temp_dir().join(format!("statelab-{}.svg", std::process::id())).display().to_string(),
            );
            let file = out.clone();
            arguments.insert(0, "picture".into());
            let output = statelab(&arguments);
            assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
            let now = fs::read_to_string(&file).expect("a picture");
            fs::remove_file(&file).expect("it can go");
            assert!(now == read(&committed), "{committed} is stale: run .ci/pictures, and look at it");
            assert!(read("README.md").contains(&format!("]({committed})")), "{committed} is not in README.md");
            drawn.push(committed);
        }
        let kept = fs::read_dir(root().join("assets/pictures")).expect("a folder").count();
        assert_eq!(kept, drawn.len(), "each picture has its line in .ci/pictures: {drawn:?}");
    }
}
