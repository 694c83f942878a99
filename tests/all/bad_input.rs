//! Whatever is given to the real binary instead of what it expects: it says so at once, in little memory, ends with 2,
//! and leaves alone what was there before.

use crate::cli::Folder;
use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The most address space that a mistake may take, in KiB: the binary, its stack and a few MiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// The longest that a mistake may take. It is a few milliseconds, but tests share the machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of a run in a small memory: exit code, stdout, stderr.
type Outcome = (i32, String, String);

/// Runs the binary after a shell has carried out `before`, such as a limit. The memory is limited in any case.
fn limited(before: &str, arguments: &[&str]) -> Outcome {
    let script = format!("ulimit -v {MEMORY_KIB}; {before} exec \"$@\"");
    let child = Command::new("sh")
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_statelab")])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    finish(child.expect("a shell"), arguments)
}

fn finish(mut child: Child, arguments: &[&str]) -> Outcome {
    #[expect(clippy::disallowed_methods, reason = "a test of the program may look at the clock")]
    let begun = Instant::now();
    let code = loop {
        match child.try_wait().expect("it can be asked") {
            Some(status) => break status.code().unwrap_or(-1),
            None if begun.elapsed() > PATIENCE => {
                child.kill().expect("it can be ended");
                panic!("{arguments:?} takes too long");
            }
            None => sleep(Duration::from_millis(2)),
        }
    };
    let read = |pipe: Option<&mut dyn Read>| {
        let mut text = String::new();
        pipe.expect("a pipe").read_to_string(&mut text).expect("UTF-8");
        text
    };
    let out = read(child.stdout.as_mut().map(|pipe| pipe as &mut dyn Read));
    let err = read(child.stderr.as_mut().map(|pipe| pipe as &mut dyn Read));
    (code, out, err)
}

/// Whether a text holds a character that could do something to a terminal.
fn acts(text: &str) -> bool {
    text.chars()
        .any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
}

/// Asserts that these arguments are refused with these words and nothing else comes of them.
fn refused(arguments: &[&str], words: &str) {
    let (code, out, err) = limited("", arguments);
    assert_eq!((code, out.as_str()), (2, ""), "{err:.2000}");
    assert!(err.starts_with("statelab: ") && err.contains(words), "should say {words:?}: {err:.2000}");
    assert!(!acts(&err), "{arguments:?}: {err:?}");
    assert!(err.len() < 60_000, "{} bytes for one mistake", err.len());
}

/// A file of so many bytes that takes no room on the disk.
fn hollow(folder: &Folder, name: &str, bytes: u64) -> String {
    let path = folder.file(name, "");
    fs::File::options().write(true).open(&path).and_then(|file| file.set_len(bytes)).expect("a hollow file");
    path
}

fn pipe(folder: &Folder) -> String {
    let path = folder.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    path
}

const ESCAPE: &str = "\u{1b}[2J";

#[test]
fn what_is_no_text_of_a_page_or_two_is_refused_wherever_a_file_is_read() {
    let folder = Folder::new("bad-files");
    let (huge, pipe) = (hollow(&folder, "huge.toml", 100 << 20), pipe(&folder));
    let here = format!("{}/", folder.0.display());
    let missing = format!("{here}{ESCAPE}\u{202E}.toml");
    let binary = folder.path("binary.toml");
    fs::write(&binary, [0xFF, 0xFE, 0x00, 0x80]).expect("a file");
    for (file, words) in [
        (huge.as_str(), "huge.toml: larger than 256 KiB"),
        (pipe.as_str(), "pipe: cannot be read: it is a pipe, not a file; check the path"),
        (here.as_str(), "cannot be read: it is a directory, not a file"),
        ("/dev/zero", "/dev/zero: cannot be read: it is a device, not a file"),
        (missing.as_str(), "\\u{1b}[2J\\u{202e}.toml: cannot be read: No such file"),
        (binary.as_str(), "binary.toml: is not UTF-8 text"),
    ] {
        // A scenario is a file only if its name says so.
        if file.contains('/') {
            refused(&["run", file], words);
            refused(&["compare", file], words);
        }
        refused(&["run", "--commands", file], words);
    }
    for (file, words) in [
        (huge.as_str(), "huge.toml is no part of a study: expected value at line 1 column 1"),
        (pipe.as_str(), "pipe cannot be read: it is a pipe, not a file"),
        (here.as_str(), "cannot be read: it is a directory, not a file"),
        ("/dev/zero", "/dev/zero cannot be read: it is a device, not a file"),
        (missing.as_str(), "\\u{1b}[2J\\u{202e}.toml cannot be read: No such file"),
        (binary.as_str(), "binary.toml is no part of a study"),
        (
            &hollow(&folder, "vast.json", 10 << 30),
            "vast.json is larger than 256 MiB; divide the study into more shards",
        ),
    ] {
        refused(&["merge", file], words);
        if file != huge && file != binary && !file.ends_with("json") {
            refused(&["check", file], words);
        }
    }
}

/// Scenarios that would be dangerous if anything were made of them before they are looked at.
#[test]
fn bombs_in_files_and_options_are_refused() {
    let folder = Folder::new("bombs");
    let file = |name: &str, text: String| folder.file(name, &text);
    for (file, words) in [
        (file("deep.toml", format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000))), "nested too deeply"),
        (file("deeper.toml", format!("{}a = 1", "a.".repeat(120_000))), "nested too deeply"),
        (file("keys.toml", (0..20_000).map(|i| format!("k{i} = 1\n")).collect()), "more than these 100 faults"),
        (file("key.toml", format!("{} = 1", "k".repeat(200_000))), "unknown key `kkkk"),
        (file("crowd.toml", "[instance]\ncount = 1_000_000_000".into()), ":2:9: `count` must be between 1 and 1024"),
        (
            file("e308.toml", "[workload]\nusers = 1e308".into()),
            ":2:9: `users` must be between 1 and 10000000, not 1e308",
        ),
        (file("nan.toml", "duration_s = nan".into()), ":1:14: `duration_s` must be finite"),
        (file("inf.toml", "[network]\nclient_ms = { exponential = inf }".into()), ":2:29: `client_ms` must be finite"),
        (file("title.toml", format!("title = \"a{ESCAPE}b\"")), ":1:11: the character \\u{1b} cannot be seen"),
        (file("bidi.toml", "title = \"a\u{202E}b\"".into()), ":1:11: the character \\u{202e} cannot be seen"),
        (file("written.toml", "title = \"a\\u2067b\"".into()), ":1:9: `title` holds the character \\u{2067}"),
        (file("tags.toml", "about = \"a\u{E0041}b\"".into()), ":1:11: the character \\u{e0041} cannot be seen"),
        (
            file("unknown.toml", "[instance]\nquue = 5".into()),
            ":2:1: unknown key `quue` in [instance]; did you mean `queue`?",
        ),
        (file("unit.toml", "duration_s = \"90s\"".into()), ":1:14: `duration_s` must be a number of seconds"),
        (
            file(&format!("{ESCAPE}\u{202E}.toml"), "titel = 1".into()),
            "\\u{1b}[2J\\u{202e}.toml:1:1: unknown key `titel`",
        ),
    ] {
        refused(&["run", &file], words);
        let (code, out, err) = limited("", &["check", &file]);
        assert_eq!((code, err.as_str()), (1, ""), "{file}");
        assert!(out.contains(words) && !acts(&out), "{file}: {out}");
    }
    for (assignment, words) in [
        ("instance.count=1000000000".into(), "between 1 and 1024"),
        ("workload.users=1e308".into(), "not 1e308"),
        ("slo_ms=nan".into(), "must be finite"),
        ("slo_ms=-inf".into(), "must be finite"),
        (format!("title={ESCAPE}"), "`title` holds the character \\u{1b}"),
        (format!("{ESCAPE}=1"), "--set \\u{1b}[2J=1: the part before `=` is no path"),
        (format!("x={}", "[".repeat(60_000)), "unknown key `x`"),
        (format!("{}x=1", "x.".repeat(40_000)), "nested too deeply"),
        (format!("{}=1", "k".repeat(120_000)), "unknown key `kkkk"),
        (format!("title={}", "x".repeat(120_000)), "longer than 60 characters"),
    ] {
        refused(&["run", "--set", &assignment], words);
    }
}

/// Where time would stand still, or traffic would be more than any memory holds.
#[test]
fn what_would_never_end_is_refused() {
    for (command, sets, words) in [
        (
            "run rest",
            &["workload.bursts=[{ at_s = 10, factor = 10000, for_s = 9 }, { at_s = 12, factor = 10000, for_s = 9 }]"][..],
            "a burst brings 5000000000 visits per second; at most 10000000",
        ),
        (
            "run rest",
            &["workload.bursts=[{ at_s = 10, factor = 10000, for_s = 100 }]", "workload.think_ms=30000"],
            "visits would be in progress at once; at most 10000000",
        ),
        (
            "run classroom",
            &["workload.think_ms=1e-9", "network.client_ms=0", "network.backend_ms=0", "workload.service_ms=0"],
            "would ask for ever at one instant; set `think_ms` above 0",
        ),
        (
            "run classroom",
            &["workload.bursts=[{ at_s = 20, factor = 0, for_s = 10 }]"],
            "a factor of 0 lets users think for longer than a day, and so stay away when the burst is over",
        ),
        ("sweep rest --sizes 1", &["workload.service_ms=0"], "visits demand nothing of the workers"),
        ("sweep rest --sizes 1,64", &["workload.service_ms=0.001"], "at most 10000000 can be tried"),
    ] {
        let sets = sets.iter().flat_map(|set| ["--set", set]);
        refused(&command.split(' ').chain(sets).collect::<Vec<_>>(), words);
    }
    let folder = Folder::new("endless");
    let lesson = "format = \"statelab.lesson/1\"\ntitle = \"t\"\nquestion = \"q\"\nbelief = \"b\"\npart = \"p\"\nminutes = 5\n\
                  [scene]\nscenario = \"classroom\"\nopens_s = 1e12\n[[step]]\nsay = \"x\"";
    let challenge = "format = \"statelab.challenge/1\"\ntitle = \"t\"\nstory = \"s\"\nscenario = \"cart\"\nduration_s = 1e12\n\
                     may = [\"home\"]\nseeds = 2\n[[goal]]\ntext = \"g\"\nfigure = \"run.sessions.lost\"\nat_most = 0";
    for (text, words) in
        [(lesson, ":9:11: `open_at_s` must be between 0 and"), (challenge, ":5:14: `duration_s` must be between")]
    {
        let file = folder.file("file.toml", text);
        let (code, out, err) = limited("", &["check", &file]);
        assert_eq!((code, err.as_str()), (1, ""), "{out}");
        assert!(out.contains(words), "{out}");
    }
}

/// Lessons, worksheets and challenges are quoted and shown as well.
#[test]
fn what_an_escape_in_a_lesson_hides_is_refused() {
    let folder = Folder::new("bad-lessons");
    let file = |name: &str, text: String| folder.file(name, &text);
    let lesson = "format = \"statelab.lesson/1\"\n";
    let chain = format!(
        "{lesson}title = \"t\"\nquestion = \"q\"\nbelief = \"b\"\npart = \"p\"\nminutes = 5\n\
        [scene]\nscenario = \"classroom\"\n[[step]]\nsay = [{{ when = \"1{}\", text = \"x\" }}]",
        "+1".repeat(100_000)
    );
    for (file, words) in [
        (file("title.toml", format!("{lesson}title = \"a\\u001b[2J\"")), ":2:9: this holds the character \\u{1b}"),
        (file("key.toml", format!("{lesson}\"\\u202e\" = 1")), ":2:1: this holds the character \\u{202e}"),
        (file("long.toml", format!("{lesson}{} = 1", "k".repeat(200_000))), "unknown key `kkkk"),
        (file("chain.toml", chain), "a formula of more than 2000 bytes"),
        (
            file("challenge.toml", "format = \"statelab.challenge/1\"\nstory = \"\\u0007\"".into()),
            ":2:9: this holds the character \\u{7}",
        ),
    ] {
        let (code, out, err) = limited("", &["check", &file]);
        assert_eq!((code, err.as_str()), (1, ""), "{file}");
        assert!(out.contains(words) && !acts(&out) && out.len() < 60_000, "{file}: {out:.2000}");
    }
    let sheet = file("sheet.toml", "\"\\u001b[2J\" = 1".into());
    refused(&["lesson", "sticky", "--answers", &sheet], ":1:1: this holds the character \\u{1b}");
}

#[test]
fn commands_that_are_none_are_refused() {
    let folder = Folder::new("bad-commands");
    for (command, words) in [
        (format!("10s {ESCAPE}"), "unknown command"),
        (ESCAPE.into(), "needs a time and a command"),
        ("10s \u{202E}kill 2".into(), "unknown command"),
        (format!("10s {}", "k".repeat(100_000)), "unknown command `kkkk"),
        ("NaN kill 2".into(), "`NaN` is not a span of time"),
        ("1e308s kill 2".into(), "`1e308s` is not a span of time"),
        ("31days kill 2".into(), "longer than 30 days"),
        ("10s slow 2 x1e308".into(), "`x1e308` is not a factor"),
        ("10s burst x2 99999999999999y".into(), "is not a span of time"),
        ("10s kill 99999999999".into(), "`99999999999` is not an instance's id"),
        ("10s scale 60000".into(), "at most 1024 instances"),
    ] {
        refused(&["run", "--do", &command], words);
        let file = folder.file("script.txt", &format!("# one\n  {command}\n"));
        refused(&["run", "--commands", &file], if words.contains("1024") { words } else { "script.txt:2:3: " });
    }
    let flood = folder.file("flood.txt", &"10s explode\n".repeat(20_000));
    refused(&["run", "--commands", &flood], "more than these 100 faults");
}

#[test]
fn arguments_that_are_quoted_back_do_nothing_to_the_terminal() {
    let hostile = format!("{ESCAPE}\u{202E}\u{7}");
    let long = "x".repeat(100_000);
    for option in ["--home", "--policy", "--format", "--duration", "--instances", "--seed", "--slo", "--set", "--do"] {
        refused(&["run", option, &hostile], "");
        refused(&["run", option, &long], "");
    }
    for arguments in [["run", &hostile], ["check", &hostile], ["merge", &hostile], ["compare", &hostile]] {
        refused(&arguments, "\\u{1b}[2J\\u{202e}\\u{7}");
    }
    refused(&["run", &format!("--{hostile}")], "unexpected argument");
    if cfg!(feature = "tui") {
        refused(&["picture", "--keys", &hostile], "is neither a key");
        refused(&["picture", "--size", "99999x99999"], "at most 500 columns and 200 rows");
    }
}

#[test]
fn parts_that_are_none_are_refused() {
    let folder = Folder::new("bad-parts");
    let head = "\"schema\":\"statelab.compare-part/1\",\"version\":\"0\",\"fingerprint\":\"f\"";
    let part = |rest: &str| format!("{{{head},\"shard\":{{\"index\":1,\"of\":1}},{rest}}}");
    for (text, words) in [
        (String::new(), "EOF while parsing"),
        ("{}".into(), "missing field `schema`"),
        (format!("{{\"{ESCAPE}\":1}}"), "is no part of a study"),
        ((0..100_000).map(|i| format!("{}\"k{i}\":1", if i == 0 { '{' } else { ',' })).collect(), "unknown field `k0`"),
        ("[".repeat(100_000), "is no part of a study"),
        (format!("{{\"outline\":{}", "[".repeat(100_000)), "recursion limit exceeded"),
        (format!("{{{head},\"shard\":{{\"index\":1,\"of\":1e308}}}}"), "is no part of a study"),
        (
            format!("{{{head},\"shard\":{{\"index\":2,\"of\":1}},\"outline\":0,\"answers\":{{}}}}"),
            "there is no shard 2/1",
        ),
        (part("\"outline\":0,\"answers\":{}"), "the parts cannot be understood"),
        (part("\"outline\":{\"studies\":[]},\"answers\":{\"7\":1}"), "do not hold what their outline says"),
        (part("\"outline\":{\"studies\":[],\"x\":1},\"answers\":{}"), "unknown field `x`"),
        (
            part("\"outline\":0,\"answers\":{}").replace("compare-part", "dance-part"),
            "cannot join parts of statelab.dance-part/1",
        ),
        (
            part("\"outline\":0,\"answers\":{}").replace("statelab.compare-part/1", &"x".repeat(50_000)),
            "its schema is xxxx",
        ),
    ] {
        refused(&["merge", &folder.file("part.json", &text)], words);
    }
}

/// What stands in the way of a result: each leaves an old one as it was, and nothing beside it.
#[test]
fn a_result_that_cannot_be_written_leaves_the_old_one_alone() {
    let folder = Folder::new("full-disk");
    let old = folder.file("old.json", "old");
    // The system lets no file grow beyond 512 bytes: the same as a full disk, at the same place.
    let full = "trap '' XFSZ; ulimit -f 1;";
    for option in ["--out", "--events"] {
        let (code, out, err) = limited(full, &["run", option, &old]);
        assert_eq!((code, out.as_str()), (2, ""), "{option}: {err}");
        assert!(err.contains("cannot be written: File too large"), "{option}: {err}");
        assert_eq!(fs::read_to_string(&old).expect("the old file"), "old");
        assert_eq!(folder.names(), ["old.json"]);
        if cfg!(target_os = "linux") {
            refused(&["run", "--duration", "60s", option, "/dev/full"], "cannot be written: No space left on device");
        }
    }
    let nowhere = folder.path("nowhere/x");
    // Said before the work begins: this one would take hours.
    let long = ["--duration", "30days", "--out", &nowhere];
    refused(&[["run", "cluster"].as_slice(), &long].concat(), "cannot be written: No such file or directory");
    refused(&[["compare", "cluster"].as_slice(), &long].concat(), "cannot be written: No such file or directory");
    refused(&["run", "--events", &nowhere], "cannot be written: No such file or directory");
    refused(&["run", "--out", &folder.0.display().to_string()], "it is a directory");
}

#[test]
fn a_folder_that_is_read_only_keeps_its_old_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("read-only");
    let old = folder.file("old.json", "old");
    let allow = |mode| fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).expect("our own folder");
    allow(0o555);
    if fs::write(folder.0.join("probe"), "").is_ok() {
        println!("skipped: whoever runs this may write everywhere");
    } else {
        refused(&["run", "cluster", "--duration", "30days", "--out", &old], "cannot be written: Permission denied");
        refused(&["run", "--events", &old], "cannot be written: Permission denied");
        assert_eq!(fs::read_to_string(&old).expect("the old file"), "old");
    }
    allow(0o755);
}

#[test]
fn a_reader_who_leaves_is_not_told_anything() {
    for arguments in [
        ["run", "--duration", "1h", "--events", "/dev/stdout"].as_slice(),
        &["run", "--duration", "1s", "--format", "json"],
        &["list"],
        &["--help"],
        &["check", "/etc/passwd"],
    ] {
        let mut child = Command::new("sh")
            // The first argument waits until nobody can read what the binary prints.
            .args(["-c", "read -r _; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_statelab")])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        drop(child.stdout.take());
        drop(child.stdin.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
            (Some(141), ""),
            "{arguments:?}"
        );
    }
}
