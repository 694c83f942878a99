//! Keys that lead through time, and into two futures, on whole screens.

use super::screen::SMALLEST;
use super::still::{Desk, Shot, Still, take};
use super::theme::{Palette, Theme};
use super::views::View;
use crate::experiment::timeline::Change;
use crate::scenario::{Home, Scenario};
use crate::tui::fork::difference;
use crate::units::Nanos;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn shot(home: Home, size: (u16, u16), keys: &str) -> Shot {
    Shot {
        size,
        home,
        beside: None,
        at: Some(Nanos::from_secs(38.1)),
        view: View::Stage,
        keys: keys.split_whitespace().map(str::to_owned).collect(),
        palette: Palette::Dark,
        ascii: false,
        study: false,
    }
}

fn seen(home: Home, size: (u16, u16), keys: &str) -> Still {
    take(Scenario::load("classroom").unwrap(), &shot(home, size, keys)).unwrap()
}

/// The screen, without what says that it is the past, or that something was undone.
fn picture(still: &Still) -> String {
    let text = still.text();
    let rows: Vec<&str> = text.lines().skip(2).take(27).collect();
    rows.join("\n")
}

const LARGE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (80, 24);

#[test]
fn what_was_seen_is_seen_again() {
    let first = seen(Home::Sticky, LARGE, "k 2 Space 1s");
    let again = seen(Home::Sticky, LARGE, "k 2 Space 1s 10s Left Left Left Left Left Left Left Left Left Left");
    assert_eq!(picture(&first), picture(&again));
    assert!(again.text().contains("‖ 00:39.1 ") && again.text().contains(" 00:49.1   ← →"), "{}", again.text());
    let back = seen(Home::Sticky, LARGE, "k 2 Space 1s 10s Left Home End");
    assert!(back.text().contains("‖ 00:49.1 ") && !back.text().contains("End now"), "{}", back.text());
}

#[test]
fn what_is_not_there_is_said() {
    assert!(seen(Home::Sticky, LARGE, "{").text().contains("no command before this instant"));
    assert!(seen(Home::Token, LARGE, ")").text().contains("no request failed after this instant"));
    let forked = seen(Home::Sticky, LARGE, "k 2 2s f Enter u");
    assert!(forked.text().contains("not while two futures run"), "{}", forked.text());
}

#[test]
fn the_time_bar_is_as_it_was() {
    for (name, size) in [("small", SMALL), ("large", LARGE)] {
        insta::assert_snapshot!(
            format!("rewound-{name}"),
            seen(Home::Sticky, size, "k 2 20s Left Left Left Left").text()
        );
    }
}

#[test]
fn two_futures_are_as_they_were() {
    for (name, size) in [("small", SMALL), ("large", LARGE)] {
        insta::assert_snapshot!(format!("menu-{name}"), seen(Home::Sticky, size, "k 2 4s f").text());
        insta::assert_snapshot!(format!("fork-{name}"), seen(Home::Sticky, size, "k 2 4s f Enter").text());
    }
    insta::assert_snapshot!("fork-other-future", seen(Home::Sticky, LARGE, "k 2 4s f Enter m").text());
    insta::assert_snapshot!("fork-side-by-side", seen(Home::Sticky, (200, 60), "k 2 4s f Enter").text());
    insta::assert_snapshot!("fork-charts", seen(Home::Sticky, LARGE, "k 2 40s f Enter Tab Tab").text());
}

#[test]
fn the_sentence_of_a_fork_is_what_both_runs_would_say() {
    let kill = "kill 2".parse().unwrap();
    let scenario = Scenario::load("classroom").unwrap();
    let report = |commands: &[&str]| {
        let mut scenario = scenario.clone();
        scenario.schedule(commands.iter().map(|timed| crate::scenario::parse_timed(timed).unwrap()));
        scenario.duration_s = 50.1;
        let stop = std::sync::atomic::AtomicBool::new(false);
        crate::experiment::run_headless(&scenario, Home::Sticky, &stop, None).unwrap().report
    };
    let (was, would) = (report(&["38.1s kill 2"]), report(&[]));
    let [expected, short] = difference(Change::Without(kill), [&was, &would], scenario.slow_motion);
    assert!(was.sessions.lost > 0 && would.sessions.lost == 0);
    assert!(
        expected.starts_with(&format!("As it was: {} of {} sessions lost", was.sessions.lost, was.sessions.created))
    );
    let text = seen(Home::Sticky, (200, 40), "k 2 12s f Enter").text();
    assert!(text.contains(&expected), "{expected}\n{text}");
    let small = seen(Home::Sticky, SMALL, "k 2 12s f Enter").text();
    assert!(small.contains(&short), "{short}\n{small}");
    let other = seen(Home::Sticky, (200, 40), "k 2 12s f Enter m").text();
    assert!(other.contains(&expected), "whichever future is shown: {other}");
}

#[test]
fn a_fork_ends_where_the_first_future_is() {
    let alone = seen(Home::Sticky, LARGE, "k 2 4s 4s");
    for end in ["Escape", "f"].map(|key| if key == "Escape" { "Esc" } else { key }) {
        let forked = seen(Home::Sticky, LARGE, &format!("k 2 4s f Enter 4s m {end}"));
        assert_eq!(picture(&alone), picture(&forked), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is pressed, at whatever size: a screen comes of it.
    #[test]
    fn no_course_of_keys_breaks_the_screen(
        keys in proptest::collection::vec(0..KEYS.len(), 1..24),
        home in 0..Home::ALL.len(),
        size in (1..210u16, 1..64u16),
    ) {
        let scenario = Scenario::load("classroom").unwrap();
        let size = if size.0 % 3 == 0 { (size.0.max(SMALLEST.0), size.1.max(SMALLEST.1)) } else { size };
        let mut desk = Desk::new(scenario, &shot(Home::ALL[home], size, ""));
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        for key in keys {
            desk.press(KEYS[key]).unwrap();
            buffer.reset();
            desk.draw(&Theme::new(Palette::Dark, false), &mut buffer);
        }
    }
}

/// Keys of all kinds, those of time more often.
const KEYS: [&str; 32] = [
    "Left", "Right", "Home", "End", ".", ",", "'", ";", "{", "}", "(", ")", "f", "f", "Enter", "Enter", "Down", "Up",
    "Esc", "m", "v", "t", "Tab", "u", "k", "2", "h", "1", "D", "Space", "0.7s", "5s",
];
