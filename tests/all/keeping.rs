//! What the dashboard leaves behind: saved runs, pictures, recordings, and a summary that can be repeated.

use super::cli::{Folder, outcome};
use super::readme::words;
use super::terminal::Stage;
use serde_json::Value;
use std::fs;
use std::path::Path;

const STATELAB: &str = env!("CARGO_BIN_EXE_statelab");

fn dashboard(folder: &Path, arguments: &[&str]) -> Stage {
    let mut stage = Stage::run_in(folder, STATELAB, arguments, &[]);
    stage.wait_for("BALANCER");
    stage
}

/// What was printed when the terminal was given back.
fn farewell(stage: &mut Stage) -> String {
    assert_eq!(stage.end(), 0);
    stage.assert_restored();
    stage.until("the summary", |stage| stage.written.lock().unwrap().ends_with(b"\n"));
    let written = String::from_utf8(stage.written.lock().unwrap().clone()).unwrap();
    written.rsplit("\x1b[?1049l").next().unwrap().replace('\r', "")
}

/// A line of the summary for the world with this home, made of a report.
fn line_of(report: &Value, home: &str) -> String {
    let number = |path: &str| report.pointer(path).and_then(Value::as_u64).unwrap();
    let failed: u64 = ["lost", "refused", "died", "timeout", "overload", "too_large"]
        .iter()
        .map(|end| number(&format!("/requests/outcomes/{end}")))
        .sum();
    let lost = number("/requests/outcomes/lost");
    let unknown = if lost > 0 { format!(", {lost} of them found no state") } else { String::new() };
    format!(
        "  {home:6}  {} of {} sessions lost, {failed} of {} requests failed{unknown}",
        number("/sessions/lost"),
        number("/sessions/created"),
        number("/requests/ended")
    )
}

#[test]
fn the_summary_tells_figures_that_its_command_line_comes_to() {
    let folder = Folder::new("farewell");
    let mut stage = dashboard(&folder.0, &["--set", "workload.users=11"]);
    stage.press("k2");
    stage.wait_for("KILLED");
    stage.press(">>>");
    stage.wait_for("401");
    stage.press("q");
    let said = farewell(&mut stage);
    assert!(said.contains("1 command of yours"), "{said}");
    let line = said.lines().last().unwrap().trim().strip_prefix("statelab ").unwrap();
    for home in ["token", "sticky"] {
        let mut arguments = words(line);
        arguments.extend(["--format".into(), "json".into()]);
        let at = arguments.iter().position(|word| word == "--home").unwrap();
        arguments[at + 1] = home.into();
        let (code, out, err) = outcome(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(code, 0, "{err}");
        let wanted = line_of(&serde_json::from_str(&out).unwrap(), home);
        assert!(said.contains(&wanted), "{wanted}\n{said}");
    }
}

#[test]
fn what_a_lesson_has_changed_is_not_said_to_be_the_same() {
    let folder = Folder::new("farewell-lesson");
    let mut stage = dashboard(&folder.0, &["--no-save"]);
    stage.press("l");
    stage.wait_for("If a service is stateless");
    stage.press("\r");
    stage.wait_for("Each");
    stage.press("\r");
    stage.until("the next step", |stage| !stage.screen().screen().contents().contains("Each"));
    stage.press("q");
    let said = farewell(&mut stage);
    assert!(said.contains("sessions lost") && !said.contains("statelab run"), "{said}");
    assert!(!said.contains("statelab lesson"), "nothing is kept: {said}");
}

#[test]
fn a_saved_run_is_replayed_to_its_end_and_can_be_saved_again() {
    let folder = Folder::new("replay");
    let mut stage = dashboard(&folder.0, &[]);
    stage.wait_for("► 00:2");
    stage.press("k2");
    stage.wait_for("KILLED");
    // What is saved is what is on the screen: the run goes on until the pause is.
    stage.press(" ");
    stage.wait_for("‖ 00:2");
    stage.press(":save mine\r");
    stage.wait_for("statelab replay mine.toml");
    stage.press(":save mine.toml\r");
    stage.wait_for("statelab replay mine-2.toml");
    stage.press("q");
    let _ = farewell(&mut stage);
    assert_eq!(outcome(&["check", folder.0.join("mine.toml").to_str().unwrap()]).0, 0);
    let first = fs::read_to_string(folder.0.join("mine.toml")).unwrap();
    assert_eq!(first, fs::read_to_string(folder.0.join("mine-2.toml")).unwrap(), "paused, it is the same run");

    let mut stage = dashboard(&folder.0, &["replay", "mine.toml"]);
    stage.press(">>>");
    stage.wait_for("the saved run ends here");
    assert!(stage.screen().screen().contents().contains("KILLED"), "what was done is done again");
    stage.press("\x13");
    stage.wait_for("statelab replay statelab-run-1.toml");
    assert_eq!(fs::read_to_string(folder.0.join("statelab-run-1.toml")).unwrap(), first, "nothing was added");
    stage.press("q");
    assert!(farewell(&mut stage).contains("statelab run mine.toml --home sticky"));
}

#[test]
fn pictures_are_numbered_and_a_folder_that_takes_none_is_no_end() {
    let folder = Folder::new("pictures");
    let mut stage = dashboard(&folder.0, &[]);
    stage.press("P");
    stage.wait_for("statelab-picture-1.svg");
    stage.press("P");
    stage.wait_for("statelab-picture-2.svg");
    let text = fs::read_to_string(folder.0.join("statelab-picture-1.txt")).unwrap();
    assert!(text.contains("BALANCER") && text.lines().count() == 40, "{text}");
    assert!(fs::read_to_string(folder.0.join("statelab-picture-2.svg")).unwrap().starts_with("<svg"));
    stage.press(":picture mine.svg\r");
    stage.wait_for("mine.svg, mine.txt");
    assert!(fs::read_to_string(folder.0.join("mine.txt")).unwrap().contains("BALANCER"));
    fs::remove_dir_all(&folder.0).unwrap();
    stage.press("P");
    stage.wait_for("no picture:");
    stage.press(":save\r");
    stage.wait_for("not saved:");
    stage.press("q");
    let _ = farewell(&mut stage);
}

#[test]
fn a_recording_holds_every_byte_and_every_size() {
    let folder = Folder::new("record");
    let mut stage = dashboard(&folder.0, &["--record", "it.cast"]);
    stage.press("k2");
    stage.wait_for("KILLED");
    let size = portable_pty::PtySize { rows: 30, cols: 100, ..portable_pty::PtySize::default() };
    stage.master.as_ref().unwrap().resize(size).unwrap();
    let cast = folder.0.join("it.cast");
    stage.until("the new size", |_| fs::read_to_string(&cast).unwrap().contains("\"100x30\""));
    stage.press("q");
    let _ = farewell(&mut stage);

    let text = fs::read_to_string(&cast).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let head = lines.next().unwrap();
    assert_eq!((&head["version"], &head["width"], &head["height"]), (&2.into(), &120.into(), &40.into()));
    let (mut all, mut last, mut parser) = (String::new(), 0.0, vt100::Parser::new(40, 120, 0));
    for event in lines {
        let (time, data) = (event[0].as_f64().unwrap(), event[2].as_str().unwrap());
        assert!(time >= last, "{event}");
        last = time;
        match event[1].as_str().unwrap() {
            "o" => {
                all.push_str(data);
                if !data.contains("\x1b[?1049l") {
                    parser.process(data.as_bytes());
                }
            }
            "r" => parser.screen_mut().set_size(30, 100),
            other => panic!("{other}"),
        }
    }
    let written = stage.written.lock().unwrap().clone();
    assert!(written.starts_with(all.as_bytes()), "every byte, in its order");
    assert!(all.ends_with("\x1b[?1049l"), "to the very end");
    assert!(parser.screen().contents().contains("KILLED"), "{}", parser.screen().contents());

    let mut again = Stage::run_in(&folder.0, STATELAB, &["--record", "it.cast"], &[]);
    assert_eq!(again.end(), 2, "no recording is written over");
    assert_eq!(fs::read_to_string(&cast).unwrap(), text);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let folder = Folder::new("full");
    let mut stage = dashboard(&folder.0, &["--record", "/dev/full"]);
    stage.wait_for("the recording has stopped");
    // The first picture may be of a world in which nothing has happened yet.
    stage.wait_for("2 up");
    stage.press("k2");
    stage.wait_for("KILLED");
    stage.press("q");
    assert_eq!(stage.end(), 2, "what was asked for is not there");
    stage.assert_restored();
    stage.wait_for("statelab: the recording has stopped: /dev/full cannot be written");
}

#[test]
fn a_signal_leaves_no_summary() {
    let folder = Folder::new("signal");
    let mut stage = dashboard(&folder.0, &[]);
    stage.signal("TERM");
    assert_eq!(stage.end(), 143);
    assert!(stage.all_written().ends_with(b"\x1b[?1049l"));
}

#[test]
fn the_first_card_is_shown_once_ever_and_any_key_puts_it_away() {
    let folder = Folder::new("welcome");
    let home = folder.0.display().to_string();
    let run = |arguments: &[&str]| Stage::run_in(&folder.0, STATELAB, arguments, &[("XDG_STATE_HOME", home.as_str())]);
    let state = folder.0.join("statelab/welcome.toml");

    let mut stage = run(&["--no-save"]);
    stage.wait_for("BALANCER");
    stage.press("q");
    let _ = farewell(&mut stage);
    assert!(!state.exists(), "--no-save writes nothing");

    let mut stage = run(&[]);
    stage.wait_for("any other key: play");
    stage.press("k");
    stage.until("the card goes", |stage| !stage.screen().screen().contents().contains("any other key: play"));
    // Nobody presses a key twice because of a card.
    stage.wait_for("kill which?");
    stage.press("q");
    let _ = farewell(&mut stage);

    for broken in [false, true] {
        if broken {
            fs::write(&state, "no such thing").unwrap();
        }
        let mut stage = run(&[]);
        stage.wait_for(if broken { "any other key: play" } else { "BALANCER" });
        assert_eq!(stage.screen().screen().contents().contains("any other key: play"), broken);
        stage.press("q");
        let _ = farewell(&mut stage);
    }
    assert_eq!(fs::read_to_string(folder.0.join("statelab/welcome.toml.damaged")).unwrap(), "no such thing");
}

#[test]
fn the_glossary_opens_over_anything_and_finds_what_is_typed() {
    let folder = Folder::new("glossary");
    let mut stage = dashboard(&folder.0, &[]);
    stage.press("tg");
    stage.press("retry st");
    stage.wait_for("Retries add so much traffic");
    let closed = |stage: &mut Stage| !stage.screen().screen().contents().contains("what does it mean?");
    stage.press("\x1b");
    stage.until("the glossary closes", closed);
    stage.press(":explain sticky\r");
    stage.wait_for("a cookie leads each user back");
    stage.press("\x1b");
    stage.until("the glossary closes", closed);
    stage.press("q");
    let _ = farewell(&mut stage);
}

/// The state of a learner who has taken a lesson to its end so many times.
fn taken(finished: u32) -> String {
    format!("state = \"statelab.lessons/1\"\n\n[lessons.http]\nfinished = {finished}\n")
}

#[test]
fn what_another_run_has_learnt_meanwhile_is_not_forgotten() {
    let folder = Folder::new("two-learners");
    fs::create_dir(folder.path("statelab")).unwrap();
    let lessons = folder.file("statelab/lessons.toml", &taken(1));
    let variables = [("XDG_STATE_HOME", folder.0.to_str().unwrap())];
    let mut stage = Stage::run_in(&folder.0, STATELAB, &["lesson", "state"], &variables);
    stage.wait_for("BALANCER");
    go_on_twice(&mut stage);
    fs::write(&lessons, taken(2)).unwrap();
    stage.press("q");
    assert!(farewell(&mut stage).contains("Go on with `statelab lesson state`"));
    let kept = fs::read_to_string(&lessons).unwrap();
    assert!(kept.contains("finished = 2") && kept.contains("[lessons.state"), "{kept}");
}

#[test]
fn nobody_is_told_to_go_on_with_what_could_not_be_kept() {
    let folder = Folder::new("unkept");
    let mut stage = Stage::run_in(&folder.0, STATELAB, &["lesson", "state"], &[("XDG_STATE_HOME", "/dev/null")]);
    stage.wait_for("BALANCER");
    go_on_twice(&mut stage);
    stage.press("q");
    assert_eq!(stage.end(), 0);
    assert!(!String::from_utf8_lossy(&stage.all_written()).contains("Go on with"));
}

fn go_on_twice(stage: &mut Stage) {
    for _ in 0..2 {
        // Before the scene has opened there is nothing to go on from.
        stage.wait_for("go on");
        let before = stage.screen().screen().contents();
        stage.press("\r");
        stage.until("the next step", |stage| stage.screen().screen().contents() != before);
    }
}
