//! Every lesson in the real program, with its engine and its clock: whoever only goes on comes to its end.

use super::terminal::Stage;
use statelab::lesson::shipped;
use std::thread;
use std::time::Duration;

/// No lesson takes more keys than this.
const MOST: usize = 300;
/// A key has shown its effect by then, if it has one.
const PATIENCE: u32 = 40;
const BLINK: Duration = Duration::from_millis(25);

/// Goes on with Enter, and skips every question.
fn take(name: &str) {
    let here = std::env::current_dir().unwrap();
    let mut stage = Stage::run_in(&here, env!("CARGO_BIN_EXE_statelab"), &["lesson", name, "--no-save"], &[]);
    stage.wait_for("BALANCER");
    for _ in 0..MOST {
        let before = story(&stage);
        if before.contains("The scene is yours") {
            stage.press("q");
            assert_eq!(stage.end(), 0);
            return;
        }
        stage.press(if before.contains("s  skip") { "s" } else { "\r" });
        let mut tries = 0;
        while story(&stage) == before && tries < PATIENCE {
            thread::sleep(BLINK);
            tries += 1;
        }
    }
    panic!("{name} does not end:\n{}", stage.screen().screen().contents());
}

/// What the story's panel says.
fn story(stage: &Stage) -> String {
    let parser = stage.screen();
    let rows: Vec<String> = parser.screen().rows(0, 39).collect();
    rows.join("\n")
}

#[test]
fn whoever_goes_on_comes_to_the_end_of_every_lesson() {
    for shipped in shipped() {
        take(shipped.name);
    }
}
