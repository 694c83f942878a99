//! Where results are written, and what is never written over.

use super::cli::{Folder, outcome};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// What a shell makes of a line in which `$S` is the program; its exit code.
fn shell(folder: &Folder, line: &str) -> i32 {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(&folder.0).env("S", env!("CARGO_BIN_EXE_statelab"));
    shell.status().expect("a shell").code().unwrap_or(-1)
}

/// The lines of a file, each cut to a few characters.
fn lines(folder: &Folder, name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.path(name)).expect(name);
    text.lines().map(|line| line.chars().take(6).collect()).collect()
}

#[test]
fn what_is_open_already_is_written_to_and_never_replaced() {
    let folder = Folder::new("open");
    let run = "$S run --duration 2s --format csv --out";
    let [head, row] = ["schema", "statel"];

    assert_eq!(shell(&folder, &format!("echo before > log; {run} /dev/stdout >> log; echo after >> log")), 0);
    assert_eq!(lines(&folder, "log"), ["before", head, row, "after"]);
    assert_eq!(shell(&folder, &format!("{{ {run} /dev/stdout; {run} /dev/fd/1; echo after; }} > twice")), 0);
    assert_eq!(lines(&folder, "twice"), [head, row, head, row, "after"]);
    assert_eq!(shell(&folder, &format!("echo before > other; {run} /dev/fd/5 5>> other")), 0);
    assert_eq!(lines(&folder, "other"), ["before", head, row]);

    assert_eq!(shell(&folder, "$S run --duration 2s --format csv --events /dev/stdout > both"), 0);
    let both = lines(&folder, "both");
    let events = both.iter().take_while(|line| line.starts_with('{')).count();
    assert!(events > 10 && both[events..] == [head, row], "{both:?}");
}

#[test]
fn a_link_stays_a_link() {
    let folder = Folder::new("links");
    let run = |out: &str| outcome(&["run", "--duration", "2s", "--out", out]);
    symlink("new", folder.path("link")).unwrap();
    symlink("link", folder.path("link to it")).unwrap();
    for _ in 0..2 {
        // The file is made, and then replaced.
        assert_eq!(run(&folder.path("link to it")).0, 0);
        assert_eq!(fs::read_link(folder.path("link")).unwrap().to_str(), Some("new"));
        assert!(fs::read_to_string(folder.path("new")).unwrap().starts_with('{'));
        fs::write(folder.path("new"), "old").unwrap();
    }
    symlink("circle", folder.path("circle")).unwrap();
    let (code, _, err) = run(&folder.path("circle"));
    assert!(code == 2 && err.contains("a link that leads to no file"), "{err}");
    assert_eq!(folder.names().len(), 4, "nothing else is left: {:?}", folder.names());
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = Folder::new("inputs");
    let scenario = folder.file("s.toml", "title = \"Mine\"\nduration_s = 5\n");
    let drawn = folder.file("s.txt", "title = \"Mine\"\n");
    let commands = folder.file("commands", "1s add\n");
    symlink("s.toml", folder.path("link")).unwrap();
    let link = folder.path("link");
    let part = folder.file("part", "{}");
    let before = fs::read_dir(&folder.0).unwrap().count();
    let mut cases = vec![
        vec!["run", &scenario, "--out", &scenario],
        vec!["run", &scenario, "--out", &link],
        vec!["run", &scenario, "--events", &scenario],
        vec!["run", "--commands", &commands, "--out", &commands],
        vec!["compare", &scenario, "--runs", "1", "--out", &scenario],
        vec!["sweep", "--commands", &commands, "--out", &commands],
        vec!["merge", &part, "--out", &part],
    ];
    if cfg!(feature = "tui") {
        cases.push(vec!["picture", &drawn, "--out", &drawn]);
    }
    for case in cases {
        let (code, out, err) = outcome(&case);
        assert!((code, out.as_str()) == (2, "") && err.contains("which is read: give"), "{case:?}: {err}");
    }
    assert!(fs::read_to_string(&scenario).unwrap().starts_with("title"));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), before);
    assert_eq!(outcome(&["run", &scenario, "--out", &folder.path("report")]).0, 0);
}

#[test]
fn a_name_as_long_as_names_may_be_will_do_and_an_empty_one_will_not() {
    let folder = Folder::new("names");
    let long = folder.path(&"n".repeat(255));
    assert_eq!(outcome(&["run", "--duration", "2s", "--out", &long, "--events", &folder.path("e")]).0, 0);
    assert!(fs::exists(&long).unwrap());
    for option in ["--out", "--events"] {
        let (code, _, err) = outcome(&["run", option, ""]);
        assert!(code == 2 && err.contains("no name of a file"), "{err}");
    }
}

#[test]
fn nobody_works_for_what_cannot_be_written() {
    for case in [vec!["validate"], vec!["merge", "/nowhere/part"], vec!["run"]] {
        let (code, _, err) = outcome(&[case.as_slice(), &["--out", "/nowhere/x"]].concat());
        assert!(code == 2 && err.starts_with("statelab: /nowhere/x cannot be written"), "{case:?}: {err}");
        assert!(err.contains("is there such a folder?"), "{err}");
    }
}
