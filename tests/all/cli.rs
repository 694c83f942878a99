//! The real binary: what it prints, and how it ends.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub(crate) fn statelab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_statelab"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// Exit code, stdout, stderr.
pub(crate) fn outcome(arguments: &[&str]) -> (i32, String, String) {
    let output = statelab(arguments);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A folder of its own for each test, gone when the test is.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("statelab-{name}-{}", std::process::id()));
        // No other test may have one of this name: each would remove the other's.
        fs::create_dir(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("a temporary file");
        path
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
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
    for (asked, same) in [(&["help"][..], &["--help"][..]), (&["help", "run"], &["run", "--help"])] {
        assert_eq!(outcome(asked), outcome(same));
    }
    let (code, _, err) = outcome(&["lessons"]);
    assert!(code == 2 && err.contains("did you mean the command: statelab lesson\n"), "{err}");
    assert_eq!(outcome(&["--version"]).1, format!("statelab {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn list_names_every_scenario_lesson_and_challenge() {
    let (code, out, err) = outcome(&["list"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let names = out.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    // What goes on in the next line has no name before it.
    let names = names.filter(|name| !name.is_empty());
    let scenarios = ["classroom", "rest", "chat", "cart", "serverless", "queue", "cluster"].into_iter();
    let lessons = statelab::lesson::shipped().iter().map(|shipped| shipped.name);
    let challenges = statelab::challenge::shipped().iter().map(|shipped| shipped.name);
    assert!(names.eq(scenarios.chain(lessons).chain(challenges)), "{out}");
}

#[test]
fn explain_says_what_a_word_means_or_which_are_near() {
    let (code, out, err) = outcome(&["explain", "p99"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("p99 (") && out.contains("see also:"), "{out}");
    assert_eq!(outcome(&["explain", "health", "check"]).0, 0);
    let (code, out, err) = outcome(&["explain", "redispach"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("did you mean `redispatch`"), "{err}");
    let (_, _, err) = outcome(&["explain", "notice"]);
    assert_eq!(err.matches("`noticed`").count(), 1, "{err}");
    let all = outcome(&["explain"]).1;
    assert!(all.contains("balancer") && all.lines().all(|line| (1..=78).contains(&line.chars().count())), "{all}");
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

    // One that is not there hides nothing of the others, and each of them is named.
    let folder = Folder::new("check-some");
    let bad = folder.file("bad.toml", "sed = 1\n");
    let (code, out, err) = outcome(&["check", "/nowhere/x.toml", &bad, "/nowhere/y.toml"]);
    assert!(code == 2 && out.contains("bad.toml:1:1"), "{out}{err}");
    for (line, missing) in err.lines().zip(["x", "y"]) {
        assert!(line.starts_with(&format!("statelab: /nowhere/{missing}.toml cannot be read")), "{err}");
    }
    assert_eq!(err.lines().count(), 2, "{err}");
}

#[test]
fn a_mistake_in_the_arguments_ends_with_2_and_a_remedy() {
    for (arguments, words) in [(vec!["lisst"], "list"), (vec!["--colour"], "--colour"), (vec!["check"], "FILE")] {
        let (code, out, err) = outcome(&arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("statelab: ") && err.contains(words), "{err}");
    }
}

#[cfg(feature = "tui")]
#[test]
fn a_dashboard_without_a_terminal_says_what_works_there() {
    for arguments in [vec![], vec!["cart"], vec!["--theme", "light", "--ascii"]] {
        let (code, out, err) = outcome(&arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("statelab: ") && err.contains("statelab run") && err.lines().count() == 1, "{err}");
        assert!(!err.contains('\u{1b}'));
    }
    let (code, _, err) = outcome(&["cart", "compare"]);
    assert!(code == 2 && err.contains("a command comes first: statelab run cart"), "{err}");
    let (code, _, err) = outcome(&["cart", "--instances", "1"]);
    assert_eq!(code, 2);
    assert!(err.contains("`kill 2` is impossible"), "{err}");
}

/// The figure at a path such as `sessions.lost`, from `run --format json` with these arguments.
fn figure(arguments: &[&str], path: &str) -> serde_json::Value {
    let arguments: Vec<&str> =
        ["run"].into_iter().chain(arguments.iter().copied()).chain(["--format", "json"]).collect();
    let (code, out, err) = outcome(&arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    path.split('.').fold(&report, |value, part| &value[part]).clone()
}

#[test]
fn a_run_reports_the_contract() {
    let (code, out, err) = outcome(&["run", "classroom", "--duration", "30s", "--home", "token", "--seed", "11"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&out).expect("json where there is no terminal");
    assert_eq!(report["schema"], "statelab.run/1");
    assert_eq!((&report["home"], &report["seed"]), (&"token".into(), &11.into()));
    assert_eq!(report["duration_s"].as_f64(), Some(30.0));
    assert_eq!(report["little"]["integral_ns"], report["little"]["sum_ns"]);
    assert_eq!(report["partial"], false);
    assert_eq!(report["instances"].as_array().map(Vec::len), Some(3));
}

#[test]
fn every_format_is_what_it_says() {
    let run = |format| outcome(&["run", "--duration", "10s", "--format", format]).1;
    assert!(run("text").starts_with("classroom · home sticky · seed 18314 · 10 s simulated"));
    assert!(run("markdown").starts_with("# classroom"));
    assert!(run("json").starts_with("{\n"));
    let csv = run("csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    assert!(rows.headers().expect("headers").iter().any(|header| header == "latency_ms.p99"));
    assert_eq!(rows.records().count(), 1);
}

#[test]
fn the_same_run_is_the_same_to_the_byte_and_another_seed_is_not() {
    let run = |seed| outcome(&["run", "--duration", "60s", "--seed", seed, "--do", "20s kill 2"]).1;
    assert_eq!(run("3"), run("3"));
    assert_ne!(run("3"), run("4"));
}

#[test]
fn options_change_the_scenario_and_the_later_wins() {
    let count = |arguments: &[&str]| figure(arguments, "instances").as_array().map(Vec::len);
    assert_eq!(count(&["--duration", "1s", "--instances", "5"]), Some(5));
    assert_eq!(count(&["--duration", "1s", "--set", "instance.count=4", "--set", "instance.count=2"]), Some(2));
    // A login costs one plain service demand here, so that the service time is all there is to set; hardly anybody waits.
    let mean = figure(
        &[
            "queue",
            "--set",
            "workload.service_ms=1000",
            "--set",
            "workload.sessions_per_s=0.001",
            "--duration",
            "200000s",
        ],
        "latency_ms.mean",
    );
    let mean = mean.as_f64().expect("a mean");
    assert!((1000.0..1020.0).contains(&mean), "an almost idle queue answers within its service time, not {mean} ms");
}

#[test]
fn commands_come_from_the_scenario_from_a_file_and_from_options() {
    let folder = Folder::new("commands");
    let file = folder.file("mine.toml", "duration_s = 40\n[[command]]\nat_s = 10\ndo = \"kill 1\"");
    let script = folder.file("script.txt", "# as in the lesson\n20s kill 2\n");
    let faults = |arguments: &[&str]| {
        let faults = figure(arguments, "faults");
        let faults = faults.as_array().expect("a list").iter();
        faults.map(|fault| fault["command"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    let all = [file.as_str(), "--commands", &script, "--do", "30s kill 3", "--do", "5s slow 1 x2"];
    assert_eq!(faults(&all), ["slow 1 x2", "kill 1", "kill 2", "kill 3"]);
    let without = [all.as_slice(), &["--no-commands"]].concat();
    assert_eq!(faults(&without), ["slow 1 x2", "kill 2", "kill 3"]);
}

#[test]
fn what_cannot_be_done_is_refused_before_the_run_begins() {
    let folder = Folder::new("refused");
    let bad = folder.file("bad.toml", "[instance]\nquue = 5\n");
    let script = folder.file("script.txt", "10s kill 2\n20s explode 3\n");
    for (arguments, words) in [
        (vec!["clasroom"], "clasroom: no scenario is called that; did you mean `classroom`?"),
        (vec![bad.as_str()], "bad.toml:2:1: unknown key `quue` in [instance]; did you mean `queue`?"),
        (vec!["--do", "10s kill 9"], "`kill 9` is impossible: there are only 3"),
        (vec!["--do", "kill 2"], "`kill` is not a span of time"),
        (vec!["--do", "10s kil 2"], "did you mean `kill`"),
        (vec!["--commands", &script], "script.txt:2:1: unknown command `explode 3`"),
        (vec!["--commands", "/nowhere"], "/nowhere: cannot be read"),
        (vec!["cart", "--instances", "1"], "`kill 2` is impossible"),
        (vec!["--instances", "2000"], "it must be a whole number from 1 to 1024"),
        (vec!["--home", "stiky"], "a similar value exists: 'sticky'"),
        (vec!["--policy", "best"], "least-connections"),
        (vec!["--duration", "0s"], "it must be above 0"),
        (vec!["--duration", "10"], "write it as 90s, 1m30s or 38.1s"),
        (vec!["--slo", "-3"], "--slo"),
        (vec!["--seed", "-1"], "--seed"),
        (vec!["--set", "workload.user=4"], "did you mean `users`?"),
        (vec!["--format", "xml"], "markdown"),
    ] {
        let arguments: Vec<&str> = ["run"].into_iter().chain(arguments).collect();
        let (code, out, err) = outcome(&arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("statelab: ") && err.contains(words), "{arguments:?}: {err}");
    }
}

#[test]
fn a_command_that_comes_too_late_or_becomes_impossible_is_warned_of() {
    let (code, _, err) = outcome(&["run", "--duration", "10s", "--do", "20s kill 2"]);
    assert_eq!(code, 0);
    assert!(err.contains("warning: `kill 2` at 20 s comes after the end at 10 s"), "{err}");
    let folder = Folder::new("late");
    let late = "duration_s = 10\nopen_at_s = 30\n[[command]]\nat_s = 20\ndo = \"kill 2\"\n";
    let file = folder.file("late.toml", late);
    let (code, _, err) = outcome(&["check", &file]);
    let kill = format!("{file}: `kill 2` at 20 s comes after the end at 10 s; a longer `duration_s` reaches it\n");
    let open = format!("{file}: `open_at_s` 30 comes after the end at 10 s\n");
    assert_eq!((code, err), (0, format!("statelab: warning: {kill}statelab: warning: {open}")), "it has no --duration");
    let impossible = ["run", "--duration", "100s", "--do", "10s remove", "--do", "90s kill 3", "--format", "json"];
    let (code, out, err) = outcome(&impossible);
    assert_eq!(code, 0);
    assert!(err.contains("warning: `kill 3` at 90 s was rejected"), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["rejected"], serde_json::json!(["90s kill 3"]));
    assert_eq!(outcome(&[&impossible[..], &["--quiet"]].concat()).2, "");
    // Whoever compares homes gives all of them the same commands.
    let kill = ["run", "--duration", "10s", "--do", "5s kill store"];
    let (code, _, err) = outcome(&kill);
    assert_eq!(code, 0);
    assert!(err.contains("warning: `kill store` at 5 s did nothing: home sticky has no store"), "{err}");
    assert_eq!(outcome(&[&kill[..], &["--home", "store"]].concat()).2, "");
    let compared = ["compare", "--runs", "1", "--no-capacity", "--homes", "token,sticky,store"];
    let (code, _, err) = outcome(&[&compared[..], &kill[1..]].concat());
    assert_eq!(code, 0);
    assert!(err.contains("`kill store` at 5 s did nothing: homes token, sticky have no store"), "{err}");
}

#[test]
fn one_file_cannot_take_both_the_report_and_the_events() {
    let folder = Folder::new("both");
    let (file, roundabout) = (folder.0.join("x.json"), folder.0.join(".").join("x.json"));
    let (file, roundabout) = (file.display().to_string(), roundabout.display().to_string());
    let (code, _, err) = outcome(&["run", "--duration", "1s", "--events", &file, "--out", &roundabout]);
    assert_eq!(code, 2);
    assert!(err.contains("--events and --out both name"), "{err}");
    assert!(folder.names().is_empty());
}

#[test]
fn a_mistake_shows_the_whole_usage() {
    let (_, _, err) = outcome(&["compare", "--runs", "3", "--runz", "classroom"]);
    assert!(err.contains("Usage: statelab compare [OPTIONS] [SCENARIO]"), "{err}");
}

#[cfg(feature = "tui")]
#[test]
fn a_picture_may_begin_with_any_key() {
    let (code, out, err) = outcome(&["picture", "--size", "80x24", "--keys", "- 1s"]);
    assert!(code == 0 && !out.is_empty(), "{err}");
}

#[cfg(feature = "tui")]
#[test]
fn a_picture_has_no_length() {
    let (code, _, err) = outcome(&["picture", "--size", "80x24", "--duration", "90s"]);
    assert!(code == 0 && err.contains("warning: --duration has no effect: a picture is of one instant"), "{err}");
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let folder = Folder::new("out");
    let old = folder.file("out.json", "old");
    assert_eq!(outcome(&["run", "--duration", "1s", "--out", &old]), (0, String::new(), String::new()));
    assert!(fs::read_to_string(&old).expect("the new file").contains("statelab.run/1"));
    let missing = folder.path("nowhere/out.json");
    let (code, _, err) = outcome(&["run", "--duration", "1s", "--out", &missing]);
    assert_eq!(code, 2);
    assert!(err.contains("nowhere/out.json cannot be written"), "{err}");
    let (code, _, err) = outcome(&["run", "--duration", "1s", "--out", &folder.0.display().to_string()]);
    assert_eq!(code, 2);
    assert!(err.contains("it is a directory"), "{err}");
    assert_eq!(folder.names(), ["out.json"], "nothing is left behind");
}

#[test]
fn the_event_log_is_json_lines_and_agrees_with_the_report() {
    let folder = Folder::new("events");
    let log = folder.path("log.jsonl");
    let count = figure(&["--duration", "20s", "--events", &log], "events.count");
    let text = fs::read_to_string(&log).expect("the log");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(count.as_u64(), Some(lines.len() as u64));
    assert!(lines.iter().zip(1..).all(|(line, seq)| line["seq"] == seq));
}

#[test]
fn numbers_files_and_pictures_that_will_not_do_are_refused_with_what_would() {
    for (arguments, words) in [
        (&["run", "--seed", "-1"][..], "it must be a whole number from 0 to 18446744073709551615"),
        (&["run", "--instances", "-1"], "it must be a whole number from 1 to 1024"),
        (&["compare", "--runs", "five"], "it must be a whole number from 1 to 100000"),
        (&["sweep", "--sizes", "1,-2"], "it must be a whole number from 1 to 1024"),
        (&["run", "--out", "-"], "/dev/stdout"),
        (&["run", "--events", "-"], "/dev/stdout"),
    ] {
        let (code, out, err) = outcome(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(words), "{err}");
    }
}

#[cfg(feature = "tui")]
#[test]
fn a_picture_that_no_viewer_could_show_is_refused() {
    let folder = Folder::new("endings");
    for (out, size, words) in
        [("kill.png", "80x24", "end it in .svg or .txt"), ("kill.svg", "59x20", "statelab needs 60×18, this is 59×20")]
    {
        let (code, _, err) = outcome(&["picture", "--out", &folder.path(out), "--size", size]);
        assert!(code == 2 && err.contains(words), "{err}");
    }
    assert_eq!(outcome(&["picture", "--out", &folder.path("kill.svg"), "--size", "60x18"]).0, 0);
    assert_eq!(folder.names(), ["kill.svg"]);
}

#[test]
fn a_blank_worksheet_can_be_marked_as_it_is() {
    let folder = Folder::new("worksheet");
    let (code, sheet, err) = outcome(&["lesson", "sticky", "--worksheet"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let file = folder.file("sheet.toml", &sheet);
    let (code, out, err) = outcome(&["lesson", "sticky", "--answers", &file, "--format", "text"]);
    assert_eq!((code, err.as_str()), (1, ""));
    assert!(out.contains("0 of 3 right; nothing is answered yet"), "{out}");
    let json = outcome(&["lesson", "sticky", "--answers", &file, "--format", "json"]).1;
    let marks: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&marks["sheet"], &marks["questions"][0]["given_text"]), (&file.into(), &serde_json::Value::Null));
    assert_eq!(marks["questions"][0]["right_text"], "Only those in instance 2");
}

#[test]
fn the_teachers_copy_tells_all_that_happens() {
    let (code, out, _) = outcome(&["lesson", "sticky", "--transcript"]);
    assert_eq!(code, 0);
    for words in [
        "does: kill 2",
        "shows: token",
        "waits until: believed in sticky where instance == 2",
        "[lost] Three instances",
        "✓ 2  Only those",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    assert!(out.contains("starts over with: instance.count=6"), "{out}");
}

#[cfg(unix)]
mod signals {
    use super::*;
    use std::io::Read;
    use std::thread::sleep;
    use std::time::Duration;

    /// Long enough that it is interrupted for certain.
    const LONG: [&str; 5] = ["run", "cluster", "--duration", "30days", "--format=json"];

    #[test]
    fn an_interrupted_run_reports_what_is_done() {
        for signal in ["INT", "TERM"] {
            let child = Command::new(env!("CARGO_BIN_EXE_statelab")).args(LONG).stdout(Stdio::piped()).spawn();
            let child = child.expect("the binary starts");
            sleep(Duration::from_millis(300));
            let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
            assert!(sent.expect("kill").success());
            let output = child.wait_with_output().expect("it ends");
            assert_eq!(output.status.code(), Some(130));
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_eq!(report["partial"], true);
            assert_eq!(report["little"]["integral_ns"], report["little"]["sum_ns"]);
        }
    }

    /// `timeout` sends two signals at once, to the program and to its group.
    #[test]
    fn two_signals_at_once_are_one() {
        let child = Command::new(env!("CARGO_BIN_EXE_statelab")).args(LONG).stdout(Stdio::piped()).spawn();
        let child = child.expect("the binary starts");
        sleep(Duration::from_millis(300));
        let id = child.id().to_string();
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {id}; kill -TERM {id}")]).status();
        assert!(sent.expect("kill").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130));
        assert!(output.stdout.ends_with(b"}\n"), "the report is whole");
    }

    /// As under `nohup`.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_hang_up_that_is_to_be_ignored_is_ignored() {
        let run = format!("trap '' HUP; exec {} {}", env!("CARGO_BIN_EXE_statelab"), LONG.join(" "));
        let mut child = Command::new("sh").args(["-c", &run]).stdout(Stdio::null()).spawn().expect("a shell");
        sleep(Duration::from_millis(500));
        let send = |signal: &str| {
            let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
            assert!(sent.expect("kill").success());
        };
        send("HUP");
        sleep(Duration::from_millis(700));
        send("TERM");
        sleep(Duration::from_millis(50));
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(130), "the first signal is TERM: a second would have ended it at once");
    }

    #[test]
    fn what_is_piped_in_is_read() {
        let script = format!(
            "echo '30s kill 2' | {0} run --no-commands --home sticky --commands - --format csv; \
             printf 'duration_s = 3.0' | {0} run - --format csv",
            env!("CARGO_BIN_EXE_statelab")
        );
        let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains("kill 2") && text.contains("statelab.run/1,0.1.0,stdin,sticky,"), "{text}");
    }

    #[test]
    fn what_is_piped_in_is_not_read_twice() {
        let (code, out, err) = outcome(&["run", "-", "--commands", "-"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains("--commands -: the scenario is read from there"), "{err}");
    }

    #[test]
    fn a_closed_pipe_ends_silently_with_141() {
        let mut child = Command::new(env!("CARGO_BIN_EXE_statelab"))
            // Long enough that the other end is surely closed before there is anything to write.
            .args(["run", "cluster", "--duration", "20s"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().expect("stderr").read_to_string(&mut err).expect("UTF-8");
        assert_eq!((child.wait().expect("it ends").code(), err.as_str()), (Some(141), ""));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_failure() {
        let full = fs::File::options().write(true).open("/dev/full").expect("/dev/full");
        let child = Command::new(env!("CARGO_BIN_EXE_statelab"))
            .args(["run", "--duration", "1s"])
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn();
        let output = child.expect("the binary starts").wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("statelab: stdout cannot be written"));
        assert_eq!(outcome(&["run", "--duration", "1s", "--out", "/dev/full"]).0, 2);
    }
}

#[test]
fn an_impossible_burst_is_a_usage_error_however_it_is_given() {
    let (code, out, err) = outcome(&["run", "--do", "5s burst x1e-300 1h"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("at 5 s: a factor of 1e-300 lets users think for longer than a day"), "{err}");
}

#[test]
fn the_same_warning_is_given_once_and_many_are_cut_short() {
    let folder = Folder::new("warnings");
    let alike = folder.file("alike", &"1s kill 2\n".repeat(1000));
    let (code, _, err) = outcome(&["run", "--duration", "5s", "--commands", &alike]);
    assert!(code == 0 && err.lines().count() == 1 && err.contains("had become impossible (999 times)"), "{err}");
    let various: String = (0..100).map(|i| format!("{}ms kill 2\n", 1000 + i)).collect();
    let various = folder.file("various", &various);
    let (code, _, err) = outcome(&["run", "--duration", "5s", "--commands", &various]);
    assert!(code == 0 && err.lines().count() == 21 && err.contains("and 79 more such warnings"), "{err}");
    let late = folder.file("late", &"9s add\n".repeat(1000));
    let (_, _, err) = outcome(&["run", "--duration", "5s", "--commands", &late]);
    assert!(err.lines().count() == 1 && err.contains("(1000 times)"), "{err}");
}

#[test]
fn a_file_of_another_kind_is_told_as_what_it_is() {
    let (lesson, challenge) = ("assets/lessons/state.toml", "assets/challenges/bill.toml");
    let scenario = "assets/scenarios/cart.toml";
    for (command, file, words) in [
        ("run", lesson, "is a lesson; `statelab lesson FILE` opens it"),
        ("run", challenge, "is a challenge; `statelab challenge FILE` opens it"),
        ("lesson", challenge, "is a challenge; "),
        ("lesson", scenario, "is a scenario; `statelab FILE` opens it"),
        ("challenge", lesson, "is a lesson; "),
        ("challenge", scenario, "is a scenario; "),
    ] {
        let (code, out, err) = outcome(&[command, file]);
        assert_eq!((code, out.as_str()), (2, ""), "{command} {file}");
        assert!(err.contains(words) && err.lines().count() == 1, "{command} {file}: {err}");
    }
}

#[cfg(feature = "tui")]
#[test]
fn options_that_would_do_nothing_are_refused() {
    for arguments in [
        vec!["picture", "--lesson", "state", "--view", "table"],
        vec!["lesson", "state", "--worksheet", "--present"],
        vec!["lesson", "state", "--transcript", "--theme", "light"],
        vec!["lesson", "state", "--worksheet", "--record", "x.cast"],
    ] {
        let (code, out, err) = outcome(&arguments);
        assert!((code, out.as_str()) == (2, "") && err.contains("cannot be used with"), "{arguments:?}: {err}");
    }
    assert_eq!(outcome(&["lesson", "state", "--worksheet", "--no-save"]).0, 0);
}

#[test]
fn a_negative_time_is_told_as_such() {
    for arguments in [["run", "--duration", "-5s"], ["run", "--do", "-5s kill 2"], ["challenge", "--do", "-5s kill 2"]]
    {
        let (code, _, err) = outcome(&arguments);
        assert!(code == 2 && err.contains("`-5s` is not a span of time"), "{err}");
    }
    if cfg!(feature = "tui") {
        let (code, _, err) = outcome(&["picture", "--size", "-1x5"]);
        assert!(code == 2 && err.contains("write it as 120x40"), "{err}");
    }
}

#[test]
fn what_is_quoted_is_cut() {
    let long = "a".repeat(100_000);
    for arguments in [vec!["explain", &long], vec!["run", &long], vec!["run", "--do", &long], vec!["lesson", &long]] {
        let (code, _, err) = outcome(&arguments);
        assert!(code == 2 && err.len() < 4000, "{}: {} bytes", arguments[0], err.len());
    }
}
