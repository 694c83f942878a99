//! Every lesson is taken with keys, by people who do not do what is expected of them.

use super::{rows, story};
use crate::lesson::step::Step;
use crate::lesson::{Answer, Given, Lesson, Progress, shipped};
use crate::scenario::Home;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::lesson::{Guide, Phase, Verdict};
use crate::tui::screen::Areas;
use crate::tui::state::Layer;
use crate::tui::still::{Desk, Shot};
use crate::tui::theme::{Palette, Theme};
use crate::tui::views::View;
use crate::units::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rows::Line;
use std::sync::Arc;

/// No lesson takes more keys than this.
const MOST: usize = 400;

fn desk(name: &str) -> Desk {
    desk_of(name, asked())
}

/// Of somebody who was asked every question that a lesson recalls, and is asked it again.
fn asked() -> Progress {
    let mut progress = Progress::default();
    for recall in shipped().iter().filter_map(|shipped| Lesson::load(shipped.name).unwrap().recall) {
        let answer = Answer { question: recall.question, given: Given::Skipped, confidence: None, truth: None };
        progress.finish(&Lesson::load(&recall.lesson).unwrap(), &[answer], &[], false);
    }
    progress
}

/// Somebody who has learnt this begins a lesson.
fn desk_of(name: &str, progress: Progress) -> Desk {
    desk_with(Arc::new(Lesson::load(name).unwrap()), progress)
}

fn desk_with(lesson: Arc<Lesson>, progress: Progress) -> Desk {
    let shot = Shot {
        size: (120, 40),
        home: lesson.stateful,
        beside: None,
        at: None,
        view: View::Stage,
        keys: Vec::new(),
        palette: Palette::Dark,
        ascii: false,
        study: false,
    };
    let mut desk = Desk::new(lesson.scenario.clone(), &shot);
    desk.remember(progress);
    desk.begin_lesson(lesson);
    desk
}

fn guide(app: &App) -> &Guide {
    app.guide.as_ref().expect("nobody left the lesson")
}

/// All that the story says stands on the screen, within its panel.
fn is_readable(desk: &Desk, name: &str) {
    let app = desk.app();
    let step = guide(app).player.at() + 1;
    for (width, height) in [(120, 40), (80, 24)] {
        let screen = Rect::new(0, 0, width, height);
        let area = Areas::with_story(app, screen).story;
        let rows = story(app, guide(app), area);
        let (wide, high) = if area.width == super::WIDTH { (4, 2) } else { (4, 0) };
        assert!(rows.len() <= usize::from(area.height - high), "{name} step {step}, {width}×{height}: {}", rows.len());
        let widest = rows.iter().map(rows::width).max().unwrap_or(0);
        assert!(widest <= area.width - wide, "{name} step {step}, {width}×{height}: {widest}");
        let mut buffer = Buffer::empty(screen);
        desk.draw(&Theme::new(Palette::Dark, false), &mut buffer);
        let shown = crate::tui::picture::text(&buffer);
        for (_, line) in rows.iter().flatten() {
            let words = match line {
                Line::Words(words, ..) | Line::Key(_, words, _) => words,
                Line::Choice(_, lines, _) => &lines[0],
                Line::Air => continue,
            };
            assert!(shown.contains(words.trim()), "{name} step {step}, {width}×{height}: {words}\n{shown}");
        }
    }
    // However small the window is made meanwhile.
    for (width, height) in [(60, 18), (61, 40), (119, 24), (20, 5)] {
        desk.draw(&Theme::new(Palette::Plain, true), &mut Buffer::empty(Rect::new(0, 0, width, height)));
    }
}

/// The keys of somebody who marks or types the first thing that there is.
const FIRST: [&str; 5] = ["5", "1", "Backspace", "1", "Enter"];

/// What the learner has before them, where that does not depend on how the step was come to.
fn sees(desk: &Desk) -> Option<(usize, String, Nanos, Vec<Verdict>)> {
    let guide = guide(desk.app());
    let still = matches!(guide.phase, Phase::Reading | Phase::Asking);
    let now = desk.app().snapshot.as_ref().unwrap().now;
    still.then(|| (guide.player.at(), guide.text.clone(), now, guide.verdicts.clone()))
}

/// Leaves a lesson after every few keys and comes back to it.
fn interrupt(name: &str) {
    let mut desk = desk(name);
    // What was done freely to reach a goal is not done again: from there on another run is seen.
    let mut free = false;
    for number in 0..MOST {
        let phase = guide(desk.app()).phase.clone();
        free |= matches!(phase, Phase::Trying(..));
        let seen = sees(&desk).filter(|(at, ..)| number % 3 == 0 && *at > 0 && !free);
        if let Some(seen) = seen {
            let before = guide(desk.app()).player.answers().to_vec();
            let progress = desk.leave_lesson();
            desk = desk_of(name, progress);
            assert_eq!(guide(desk.app()).phase, Phase::Returning, "{name}, step {}", seen.0 + 1);
            is_readable(&desk, name);
            desk.press("Enter").unwrap();
            assert_eq!(sees(&desk), Some(seen), "{name}: {:?}", guide(desk.app()).phase);
            assert_eq!(guide(desk.app()).player.answers(), before);
        }
        let keys: &[&str] = match guide(desk.app()).phase {
            Phase::Over => return,
            Phase::Recall | Phase::Asking => &FIRST,
            Phase::Sure(_) => &["2"],
            _ => &["Enter"],
        };
        keys.iter().for_each(|key| desk.press(key).unwrap());
    }
    panic!("{name} does not end");
}

#[test]
fn whoever_leaves_in_the_middle_comes_back_to_the_same_place() {
    quick().for_each(interrupt);
}

#[test]
fn whoever_leaves_a_lesson_plays_on_with_its_scene() {
    let mut desk = desk("sticky");
    let scene = desk.app().snapshot.as_ref().unwrap().scenario.clone();
    desk.press("Esc").unwrap();
    let told = desk.app().ui.answer.clone().unwrap();
    assert!(told.refusal && told.text.starts_with("l leads out of the lesson"), "{told:?}");
    for key in ["s", "Enter", "l", "End", "Enter"] {
        desk.press(key).unwrap();
    }
    assert!(desk.app().guide.is_none() && desk.app().ui.layer == Layer::None);
    ["k", "1", "2s"].iter().for_each(|key| desk.press(key).unwrap());
    let snapshot = desk.app().snapshot.as_ref().unwrap();
    assert_eq!((&snapshot.scenario, snapshot.history.len()), (&scene, 1));
    assert!(desk.app().forbidden(Action::Save).is_some(), "what is saved would open the scene that was there before");
    // Where there is no lesson, nothing leads out of one.
    ["l", "End", "Enter"].iter().for_each(|key| desk.press(key).unwrap());
    assert_eq!(guide(desk.app()).player.lesson().name, shipped().last().unwrap().name);
}

#[test]
fn whoever_comes_back_may_begin_again() {
    let mut desk = desk("sticky");
    for key in ["s", "Enter", "Enter"] {
        desk.press(key).unwrap();
    }
    let left = guide(desk.app()).player.at();
    assert!(left > 0);
    let progress = desk.leave_lesson();
    for keys in [["2", "Enter"], ["x", "s"]] {
        let mut desk = desk_of("sticky", progress.clone());
        keys.iter().for_each(|key| desk.press(key).unwrap());
        assert_eq!((guide(desk.app()).player.at(), &guide(desk.app()).phase), (0, &Phase::Recall));
        desk.leave_lesson();
    }
    // Whoever only looked in changes nothing.
    let mut desk = desk_of("sticky", progress.clone());
    assert_eq!(desk.leave_lesson(), progress);
}

/// Takes a lesson to its end: `answers` are given to every question (none: it is skipped), `before` is pressed before each key.
fn take(name: &str, answers: &[&str], before: &[&str]) {
    let mut desk = desk(name);
    for _ in 0..MOST {
        let phase = guide(desk.app()).phase.clone();
        is_readable(&desk, name);
        let keys: &[&str] = match phase {
            Phase::Over => return,
            Phase::Stuck(why) => panic!("{name} is stuck: {why}"),
            Phase::Recall | Phase::Asking if answers.is_empty() => &["s"],
            Phase::Recall | Phase::Asking => answers,
            Phase::Sure(_) => &["2"],
            _ => &["Enter"],
        };
        for key in before.iter().chain(keys) {
            desk.press(key).unwrap();
        }
    }
    panic!("{name} does not end: {:?}", guide(desk.app()).phase);
}

#[test]
fn whoever_answers_the_first_thing_comes_to_the_end() {
    for shipped in shipped() {
        take(shipped.name, &FIRST, &[]);
    }
}

/// Comparisons take their time; once is enough for them.
fn quick() -> impl Iterator<Item = &'static str> {
    shipped().iter().map(|shipped| shipped.name).filter(|name| *name != "choosing")
}

#[test]
fn whoever_skips_all_and_presses_everything_comes_to_the_end() {
    let nonsense = ["k", "Esc", "Space", "Right", "x", "?", "Esc", "g", "z", "Esc", "Tab", "Esc", "u", "v"];
    quick().for_each(|name| take(name, &[], &nonsense));
}

#[test]
fn whoever_always_looks_at_the_other_world_comes_to_the_end_and_is_told() {
    quick().for_each(|name| take(name, &["2", "Enter"], &["m"]));
    let mut desk = desk("sticky");
    desk.press("s").unwrap();
    desk.press("Enter").unwrap();
    assert_eq!(guide(desk.app()).elsewhere(Home::Token), Some(Home::Sticky));
    desk.press("m").unwrap();
    assert!(story(desk.app(), guide(desk.app()), Rect::new(0, 0, 80, 5)).len() > 2);
    is_readable(&desk, "sticky");
}

/// What a lesson asks to be read is on the screen, and not under its own words.
#[test]
fn the_figures_stay_visible() {
    let mut desk = desk("state");
    for _ in 0..MOST {
        match guide(desk.app()).phase {
            Phase::Over => return,
            Phase::Asking => desk.press("s").unwrap(),
            _ => desk.press("Enter").unwrap(),
        }
        for (width, height) in [(80, 24), (100, 30), (120, 30), (120, 40)] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            desk.draw(&Theme::new(Palette::Dark, false), &mut buffer);
            let shown = crate::tui::picture::text(&buffer);
            for words in ["sessions lost", "failed", "sent/request", "median time", "▸state"] {
                assert!(shown.contains(words), "{width}×{height}: {words}\n{shown}");
            }
        }
    }
}

/// … while one looks closer to find it out, and while one says how sure one is.
#[test]
fn what_is_asked_stays_visible() {
    let mut desk = desk("sticky");
    desk.press("s").unwrap();
    while guide(desk.app()).phase != Phase::Asking {
        desk.press("Enter").unwrap();
    }
    let text = guide(desk.app()).text.clone();
    for key in ["i", "w", "Esc", "2", "Enter"] {
        desk.press(key).unwrap();
        is_readable(&desk, "sticky");
        let rows = story(desk.app(), guide(desk.app()), Rect::new(0, 0, 200, 9));
        assert!(matches!(&rows[0][0].1, Line::Words(words, ..) if text.starts_with(words)), "after {key}");
    }
    assert_eq!(guide(desk.app()).phase, Phase::Sure(None));
}

/// Whoever has no digits at hand marks an answer with the arrows, and says so how sure they are.
#[test]
fn arrows_mark_an_answer() {
    let mut desk = desk("sticky");
    desk.press("s").unwrap();
    while guide(desk.app()).phase != Phase::Asking {
        desk.press("Enter").unwrap();
    }
    let count = guide(desk.app()).asked.as_ref().unwrap().choices.len();
    for (key, marked) in [("Up", count), ("Down", 1), ("Down", 2), ("Up", 1), ("Up", count)] {
        desk.press(key).unwrap();
        assert_eq!(guide(desk.app()).chosen, Some(marked), "{key}");
        assert_eq!(desk.app().ui.selected, None, "an arrow means the answer, and no instance");
    }
    for key in ["Enter", "Down", "Down"] {
        desk.press(key).unwrap();
    }
    assert_eq!(guide(desk.app()).phase, Phase::Sure(Some(2)));
    desk.press("Enter").unwrap();
    assert_eq!(guide(desk.app()).player.answers().last().unwrap().confidence, Some(2));
}

/// Whatever the footer offers while a question is open works, also where the lesson asks how sure one is.
#[test]
fn a_question_takes_no_keys_that_are_not_its_own() {
    for (keys, sure) in [(&[][..], false), (&["1", "Enter"], true)] {
        let mut desk = desk("sticky");
        desk.press("s").unwrap();
        while guide(desk.app()).phase != Phase::Asking {
            desk.press("Enter").unwrap();
        }
        keys.iter().for_each(|key| desk.press(key).unwrap());
        assert_eq!(guide(desk.app()).phase == Phase::Sure(None), sure);
        assert!(desk.press("q").unwrap_err().contains("leaves the dashboard"));
        let shown = desk.app().ui.shown;
        desk.press("m").unwrap();
        assert_ne!(desk.app().ui.shown, shown);
        desk.press("?").unwrap();
        assert!(matches!(desk.app().ui.layer, Layer::Help(_)));
        desk.press("Esc").unwrap();
        let answers = guide(desk.app()).player.answers().len();
        desk.press("s").unwrap();
        let given = &guide(desk.app()).player.answers()[answers..];
        assert!(given.len() == 1 && given[0].confidence.is_none(), "{given:?}");
    }
}

/// Of the two lines above a question only one is about the picture.
#[test]
fn what_was_never_asked_is_not_recalled_and_what_is_says_so() {
    let fresh = desk_of("sticky", Progress::default());
    assert_eq!(guide(fresh.app()).phase, Phase::Reading);
    for shipped in shipped() {
        let lesson = Lesson::load(shipped.name).unwrap();
        let Some(recall) = &lesson.recall else { continue };
        let earlier = Lesson::load(&recall.lesson).unwrap();
        assert!(earlier.question(&recall.question).unwrap().recalled.is_some(), "{}: {recall:?}", shipped.name);
        let desk = desk(shipped.name);
        let preface = guide(desk.app()).preface().unwrap();
        assert!(preface.contains(&earlier.title) && preface.contains("not about this picture"), "{preface}");
        assert!(!guide(desk.app()).text.contains("You are about to"), "{}", shipped.name);
        is_readable(&desk, shipped.name);
    }
}

#[test]
fn a_key_that_answers_nothing_says_so() {
    let mut desk = desk("sticky");
    let told = |desk: &Desk| desk.app().ui.answer.as_ref().map(|answer| (answer.refusal, answer.text.clone()));
    for key in ["Enter", "7"] {
        desk.press(key).unwrap();
        assert_eq!(told(&desk), Some((true, "to answer, press a digit from 1 to 4".into())), "{key}");
    }
    desk.press("2").unwrap();
    assert_eq!(told(&desk), None);
    // It does not ask which instance, while digits mean answers.
    desk.press("k").unwrap();
    assert_eq!(told(&desk), Some((true, "the lesson goes on first; afterwards the scene is yours".into())));
    assert_eq!(desk.app().ui.layer, Layer::None);
}

#[test]
fn a_small_screen_says_which_lesson_it_is_and_how_far() {
    let mut desk = desk_of("sticky", Progress::default());
    for _ in 0..3 {
        let player = &guide(desk.app()).player;
        let step = player.at() + 1;
        let place = format!("{step} of {}", player.lesson().steps.len());
        // The second text fills its last row on the smallest of these.
        for (width, height) in [(80, 24), (100, 30), (120, 40)].into_iter().skip(usize::from(step == 2)) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            desk.draw(&Theme::new(Palette::Dark, false), &mut buffer);
            let shown = crate::tui::picture::text(&buffer);
            assert!(shown.contains(&place), "{width}×{height}: {place}\n{shown}");
        }
        desk.press("Enter").unwrap();
    }
}

#[test]
fn the_end_of_a_lesson_says_how_it_went() {
    let mut desk = desk_of("sticky", Progress::default());
    let mut certain = 0;
    while guide(desk.app()).phase != Phase::Over {
        let keys: &[&str] = match guide(desk.app()).phase {
            Phase::Asking => &["1", "Enter"],
            Phase::Sure(_) => {
                certain += 1;
                &["3"]
            }
            _ => &["Enter"],
        };
        keys.iter().for_each(|key| desk.press(key).unwrap());
    }
    let guide = guide(desk.app());
    let wrong = guide.player.answers().iter().filter(|a| a.right() == Some(false) && a.confidence == Some(3)).count();
    assert!(certain > 0 && wrong > 0, "{:?}", guide.player.answers());
    let score = guide.score().unwrap();
    let right = guide.player.answers().iter().filter(|a| a.right() == Some(true)).count();
    assert!(score.starts_with(&format!("{right} of ")), "{score}");
    let times = if wrong == 1 { "once".into() } else { format!("{wrong} times") };
    assert!(score.ends_with(&format!("right; you were certain {times} and wrong.")), "{score}");
    desk.press("Enter").unwrap();
    let place = shipped().iter().position(|lesson| lesson.name == "sticky").unwrap();
    assert_eq!(desk.app().ui.layer, Layer::Lessons(place + 1), "the next lesson, as the key says");
}

/// Goes on to the goal of a lesson, skipping its questions.
fn to_the_goal(name: &str) -> Desk {
    let mut desk = desk_of(name, Progress::default());
    while !matches!(guide(desk.app()).phase, Phase::Trying(..)) {
        desk.press(if guide(desk.app()).phase == Phase::Asking { "s" } else { "Enter" }).unwrap();
    }
    desk
}

/// What happened in the scene before does not stand against a goal, nor count for it.
#[test]
fn whoever_starts_over_counts_anew() {
    let mut desk = to_the_goal("state");
    desk.press("a").unwrap();
    "seed=7".chars().for_each(|letter| desk.press(&letter.to_string()).unwrap());
    for key in ["Enter", "m", "1", "k", "2s"] {
        desk.press(key).unwrap();
    }
    assert_eq!(guide(desk.app()).phase, Phase::Trying(0, true));
}

/// What was before a goal's instant is none of its figures; in another past they are counted anew.
#[test]
fn whoever_changes_what_was_before_a_goal_counts_anew() {
    let mut desk = to_the_goal("balance");
    for (keys, told) in [("", "0 of 0 "), ("Left", ""), ("End", "0 of 0 "), ("u u u", ""), ("200s", "0 of 0 ")] {
        keys.split_whitespace().for_each(|key| desk.press(key).unwrap());
        let said = &guide(desk.app()).meanwhile;
        assert!(said.contains(told) && said.is_empty() == told.is_empty(), "after {keys}: {said}");
    }
    ["m", "40s"].iter().for_each(|key| desk.press(key).unwrap());
    assert_eq!(guide(desk.app()).phase, Phase::Trying(0, true));
    // What is done at the goal's own instant counts.
    let mut desk = to_the_goal("balance");
    ["1", "k"].iter().for_each(|key| desk.press(key).unwrap());
    let said = &guide(desk.app()).meanwhile;
    // The request that was in there counts: it was answered 502.
    assert!(said.contains("0 of 1 ") && !said.contains(" 0 carts"), "{said}");
}

/// A scene that begins again says so until time goes on.
#[test]
fn a_scene_that_starts_over_says_so() {
    let mut desk = to_the_goal("logout");
    let opens = guide(desk.app()).player.scene().open_at_s;
    let opens = Nanos::from_secs(opens);
    assert_eq!(guide(desk.app()).started_over(opens), Some(opens));
    assert!(guide(desk.app()).meanwhile.contains("0 logouts"), "{}", guide(desk.app()).meanwhile);
    is_readable(&desk, "logout");
    desk.press("2s").unwrap();
    let now = desk.app().snapshot.as_ref().unwrap().now;
    assert_eq!(guide(desk.app()).started_over(now), None, "that is over by then");
}

/// How far it is to a goal is said anew while time runs.
#[test]
fn the_way_to_a_goal_is_told() {
    let mut desk = to_the_goal("balancer");
    let mut told = vec![guide(desk.app()).meanwhile.clone()];
    for key in ["20s", "20s"] {
        desk.press(key).unwrap();
        told.push(guide(desk.app()).meanwhile.clone());
        is_readable(&desk, "balancer");
    }
    assert!(told[0].contains("0 of 0 requests"), "{told:?}");
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
}

#[test]
fn what_did_not_happen_is_not_told() {
    let mut lesson = Lesson::load("redispatch").unwrap();
    let until = lesson.steps.iter_mut().find_map(|step| if let Step::Until(until) = step { Some(until) } else { None });
    until.unwrap().within_s = 0.001;
    let mut desk = desk_with(Arc::new(lesson), Progress::default());
    for _ in 0..2 {
        desk.press("Enter").unwrap();
    }
    let said = &guide(desk.app()).text;
    assert!(said.starts_with("Your run took another course here"), "{said}");
}

#[test]
fn looking_back_leaves_the_lesson_where_it_is() {
    let mut desk = desk("sticky");
    for key in ["s", "Enter"] {
        desk.press(key).unwrap();
    }
    let now = |desk: &Desk| desk.app().snapshot.as_ref().unwrap().now;
    let (instant, step) = (now(&desk), guide(desk.app()).player.at());
    desk.press("Left").unwrap();
    assert!(now(&desk) < instant && guide(desk.app()).looks_back(now(&desk)));
    desk.press("2").unwrap();
    desk.press("k").unwrap();
    assert!(desk.app().snapshot.as_ref().unwrap().history.is_empty(), "nothing is done in the past");
    desk.press("Enter").unwrap();
    assert_eq!((now(&desk), guide(desk.app()).player.at()), (instant, step));
    desk.press("Enter").unwrap();
    assert_eq!(guide(desk.app()).player.at(), step + 1);
}
