//! The real binary: what it prints, and how it ends.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn statelab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_statelab"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// Exit code, stdout, stderr.
fn outcome(arguments: &[&str]) -> (i32, String, String) {
    let output = statelab(arguments);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A folder of its own for each test, gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("statelab-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a temporary file");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the system's temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn help_and_version_end_well() {
    let (code, out, _) = outcome(&["--help"]);
    assert_eq!(code, 0);
    assert!(out.contains("check") && out.contains("list"), "{out}");
    assert_eq!(outcome(&["--version"]).1, format!("statelab {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn list_names_every_scenario_on_a_line() {
    let (code, out, err) = outcome(&["list"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let names: Vec<&str> = out.lines().map(|line| line.split(' ').next().unwrap_or("")).collect();
    assert_eq!(names, ["classroom", "rest", "chat", "cart", "serverless", "queue", "cluster"]);
}

#[test]
fn check_tells_every_fault_of_every_file() {
    let folder = Folder::new("check");
    let good = folder.file("good.toml", "title = \"Good\"");
    let bad = folder.file("bad.toml", "[instance]\nquue = 5\ncount = 0\n");
    let (code, out, _) = outcome(&["check", &good]);
    assert_eq!((code, out), (0, format!("{good}: ok, \"Good\"\n")));
    let (code, out, _) = outcome(&["check", &bad, &good]);
    assert_eq!(code, 1);
    assert!(
        out.contains(&format!(
            "{bad}:2:1: unknown key `quue` in [instance]; did you mean `queue`?\n    2 | quue = 5\n"
        )),
        "{out}"
    );
    assert!(out.contains(&format!("{bad}:3:9:")) && out.contains(&format!("{good}: ok")), "{out}");
    let (code, _, err) = outcome(&["check", "/nowhere/x.toml"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("statelab: /nowhere/x.toml cannot be read"), "{err}");
}

#[test]
fn a_mistake_in_the_arguments_ends_with_2_and_a_remedy() {
    for (arguments, words) in [(vec!["lisst"], "lis"), (vec!["--colour"], "--colour"), (vec!["check"], "FILE")] {
        let (code, out, err) = outcome(&arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("statelab: ") && err.contains(words), "{err}");
    }
}
