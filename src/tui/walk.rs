//! The dashboard without a terminal: keys in, orders and cells out.

use super::app::App;
use super::driver::{Order, Wants};
use super::fork::ForkView;
use super::insight::{Page, Scope, Why};
use super::pace::Speed;
use super::run::Run;
use super::screen;
use super::snapshot::{ArmView, Snapshot};
use super::state::{Layer, UiState, Verb};
use super::survey::Findings;
use super::theme::{Palette, Theme};
use super::views::View;
use crate::command::{Command, Target};
use crate::event::Sink;
use crate::experiment::timeline::Change;
use crate::experiment::{Experiment, Journal};
use crate::insight::why::Effect;
use crate::insight::{Chosen, Look, Sight};
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use std::sync::Arc;
use std::time::Duration;

/// A scenario at an instant, after commands at instants.
fn snapshot(scenario: &str, homes: [Home; 2], commands: &[(f64, &str)], until: f64) -> Arc<Snapshot> {
    let scenario = Arc::new(Scenario::load(scenario).unwrap());
    let mut experiment = Experiment::new(scenario.clone(), &homes);
    for &(at, command) in commands {
        experiment.run_until(Nanos::from_secs(at));
        experiment.command(command.parse().unwrap()).unwrap();
    }
    experiment.run_until(Nanos::from_secs(until));
    let frame = Duration::from_millis(33);
    let wants = Wants { homes: homes.to_vec(), all: false, journal: true, series: true, look: None, frame };
    let view = |arm| {
        ArmView::of(arm, Arc::new(ArmView::figures(arm, &scenario, experiment.now())), Findings::default(), &wants)
    };
    let arms = experiment.arms().iter().map(view).collect();
    Arc::new(Run::of(experiment).snapshot(&scenario, arms, &wants))
}

/// The same, with what is looked into.
fn looked_into(shot: &Arc<Snapshot>, look: Option<Look>) -> Arc<Snapshot> {
    let mut shot = (**shot).clone();
    for arm in &mut shot.arms {
        let mut journal = Journal::default();
        arm.journal.iter().for_each(|event| journal.take(event));
        arm.sight = look.map(|look| Arc::new(Sight::of(&journal, look, Nanos::ZERO)));
    }
    Arc::new(shot)
}

fn app(shot: &Arc<Snapshot>) -> App {
    let homes: Vec<Home> = shot.arms.iter().map(|arm| arm.home).collect();
    let mut app = App::new(UiState::new(&homes, true));
    app.observe(shot.clone(), Duration::ZERO);
    app.advise(Duration::ZERO);
    app
}

fn classroom() -> Arc<Snapshot> {
    snapshot("classroom", [Home::Token, Home::Sticky], &[], 22.0)
}

fn killed() -> Arc<Snapshot> {
    snapshot("classroom", [Home::Token, Home::Sticky], &[(22.0, "kill 2")], 23.5)
}

fn press(app: &mut App, keys: &str) -> Vec<Order> {
    let mut orders = Vec::new();
    for letter in keys.chars() {
        let code = match letter {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\x1b' => KeyCode::Esc,
            '⇱' => KeyCode::Home,
            '⇲' => KeyCode::End,
            '⇟' => KeyCode::PageDown,
            '↑' => KeyCode::Up,
            '↓' => KeyCode::Down,
            '←' => KeyCode::Left,
            '→' => KeyCode::Right,
            letter => KeyCode::Char(letter),
        };
        orders.extend(app.key(&KeyEvent::new(code, KeyModifiers::NONE), Duration::ZERO).orders);
    }
    orders
}

fn drawn(app: &mut App, width: u16, height: u16) -> String {
    app.ui.size = (width, height);
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    screen::draw(app, &Theme::new(Palette::Dark, false), &mut buf);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

const KILL_2: Order = Order::Do(Command::Kill(Target::Instance(2)));

#[test]
fn a_verb_and_its_object_come_in_either_order() {
    assert_eq!(press(&mut app(&classroom()), "k2"), [KILL_2]);
    assert_eq!(press(&mut app(&classroom()), "2k"), [KILL_2]);
    assert_eq!(press(&mut app(&classroom()), "2\n\n"), [KILL_2], "the menu begins with kill");
    assert_eq!(press(&mut app(&classroom()), "2\n↓\n"), [Order::Do(Command::Hang(Target::Instance(2)))]);
    assert_eq!(press(&mut app(&classroom()), ":kill 2\n"), [KILL_2]);
    assert_eq!(press(&mut app(&classroom()), ":k2\t\n"), [KILL_2]);
}

#[test]
fn a_verb_without_an_object_asks_and_can_be_left() {
    let mut app = app(&classroom());
    assert_eq!(press(&mut app, "k"), []);
    assert_eq!(app.ui.layer, Layer::Which(Verb::Kill));
    assert!(drawn(&mut app, 120, 40).contains("kill which?"));
    assert_eq!(press(&mut app, "7"), []);
    assert!(drawn(&mut app, 120, 40).contains("there is no instance 7"));
    assert_eq!(press(&mut app, "\x1b"), []);
    assert_eq!((app.ui.layer.clone(), app.ui.selected), (Layer::None, None));
}

#[test]
fn escape_closes_then_deselects_and_never_quits() {
    let mut app = app(&classroom());
    press(&mut app, "2\t\t?");
    for _ in 0..6 {
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        assert!(!app.key(&escape, Duration::ZERO).quit);
    }
    assert_eq!((app.ui.view, app.ui.layer.clone(), app.ui.selected), (View::Stage, Layer::None, None));
}

#[test]
fn what_cannot_be_done_is_answered() {
    let mut app = app(&classroom());
    assert_eq!(press(&mut app, "0"), []);
    assert!(app.ui.answer.as_ref().is_some_and(|answer| answer.refusal && answer.text.contains("no store")));
    assert_eq!(press(&mut app, "30k"), [], "nothing is done to what was selected before");
    assert_eq!((app.ui.selected, app.ui.layer.clone()), (None, Layer::Which(Verb::Kill)));
    assert_eq!(press(&mut app, "\x1btk"), []);
    assert!(app.ui.answer.as_ref().is_some_and(|answer| answer.refusal && answer.text.contains("esc leads there")));
    assert_eq!(press(&mut app, "\x1bc"), []);
    assert!(app.ui.answer.as_ref().is_some_and(|answer| answer.text.contains("160×40")));
    press(&mut app, ":kill\n");
    assert!(matches!(&app.ui.layer, Layer::Palette(palette) if palette.error.is_some()), "the line stays open");
}

/// Whoever has killed one and presses the key again means another one.
#[test]
fn what_is_dead_is_not_killed_again() {
    let mut app = app(&killed());
    press(&mut app, "2");
    assert_eq!(press(&mut app, "k"), []);
    assert_eq!((app.ui.selected, app.ui.layer.clone()), (None, Layer::Which(Verb::Kill)));
    assert_eq!(press(&mut app, "3"), [Order::Do("kill 3".parse().unwrap())]);
    press(&mut app, "2");
    assert_eq!(press(&mut app, "r"), [Order::Do("restart 2".parse().unwrap())], "that is what it needs");
}

#[test]
fn the_other_world_is_one_key_away() {
    let mut app = app(&killed());
    let lost = app.snapshot.as_ref().unwrap().arm(Home::Sticky).unwrap().figures.sessions.lost;
    assert!(lost > 1);
    assert!(drawn(&mut app, 120, 40).contains(&format!("{lost} carts that lived only there")));
    press(&mut app, "m");
    let screen = drawn(&mut app, 120, 40);
    assert_eq!(app.ui.shown, Home::Token);
    assert!(screen.contains("no cart gone by it: each travels with its owner"), "{screen}");
    press(&mut app, "v");
    assert_eq!(app.ui.shown, Home::Sticky, "back in the stateful world first");
    press(&mut app, "v");
    assert_eq!(app.ui.worlds(), [Home::Token, Home::ReplicateAll]);
    assert_eq!(app.wants().homes, [Home::Token, Home::ReplicateAll]);
    press(&mut app, "v");
    assert_eq!(app.ui.stateful, Home::ReplicateBackup, "where there are two copies, as the coach promises there");
}

#[test]
fn nothing_is_said_before_the_scene_opens() {
    let mut shot = (*snapshot("cluster", [Home::Token, Home::Sticky], &[], 0.0)).clone();
    shot.opens = Some(Nanos::from_secs(10.0));
    let mut app = app(&Arc::new(shot.clone()));
    assert_eq!(app.coach.advice(), None);
    shot.opens = None;
    app.observe(Arc::new(shot), Duration::from_millis(30));
    app.advise(Duration::from_millis(30));
    assert!(app.coach.advice().is_some());
}

#[test]
fn a_crowd_in_slow_motion_is_drawn_as_often_as_anything() {
    let mut shot = (*snapshot("chat", [Home::Token, Home::Sticky], &[], 2.0)).clone();
    let mut frame = |speed| {
        shot.speed = speed;
        app(&Arc::new(shot.clone())).wants().frame.as_millis()
    };
    assert_eq!([Speed::default(), Speed::default().slower()].map(&mut frame), [100, 33]);
}

#[test]
fn the_clock_is_never_cut_and_slow_motion_is_told() {
    for home in Home::ALL.into_iter().filter(|home| home.stateful()) {
        let mut app = app(&snapshot("classroom", [Home::Token, home], &[], 22.0));
        for (view, shown) in View::ALL.into_iter().flat_map(|view| [(view, home), (view, Home::Token)]) {
            (app.ui.view, app.ui.shown) = (view, shown);
            for (width, height) in [(60, 18), (80, 24), (100, 30), (104, 30), (120, 40)] {
                let screen = drawn(&mut app, width, height);
                let first = screen.lines().next().unwrap();
                assert!(first.contains("► 00:22.0"), "{first}");
                assert!(first.contains("×100") || width < 80, "{first}");
            }
        }
    }
}

#[test]
fn both_worlds_are_measured_in_the_same_words() {
    let mut app = app(&killed());
    for (width, height) in [(80, 24), (120, 40)] {
        let screen = drawn(&mut app, width, height);
        assert!(screen.contains("You killed instance 2."), "{screen}");
    }
    let small = drawn(&mut app, 80, 24);
    let large = drawn(&mut app, 120, 40);
    let shot = app.snapshot.unwrap();
    for arm in &shot.arms {
        let sessions = arm.figures.sessions;
        assert_eq!(sessions.lost > 0, arm.home.stateful());
        assert!(small.contains(&format!("{} of {}", sessions.lost, sessions.created)), "{small}");
    }
    let lost = shot.arm(Home::Sticky).unwrap().figures.sessions.lost;
    assert!(large.contains(&format!("you killed 2: {lost} carts gone")), "{large}");
}

#[test]
fn a_burst_is_said_in_the_words_of_its_traffic() {
    for (scenario, at, more) in [("classroom", 22.0, "users think 3"), ("rest", 2.0, "visits begin 3")] {
        let homes = [Home::Token, Home::Sticky];
        let run = |until| drawn(&mut app(&snapshot(scenario, homes, &[(at, "burst x3 30s")], until)), 120, 40);
        assert!(run(at + 2.0).contains(&format!("You asked for a burst: {more} times as")), "{scenario}");
        assert!(!run(at + 31.0).contains("a burst"), "{scenario}");
    }
}

#[test]
fn what_was_so_before_is_not_so_from_now_on() {
    let homes = [Home::Token, Home::Sticky];
    let from_now_on = |commands: &[(f64, &str)]| {
        drawn(&mut app(&snapshot("classroom", homes, commands, 26.0)), 120, 40).to_lowercase().contains("from now on")
    };
    for (as_it_is, new) in [("redispatch on", "redispatch off"), ("policy random", "policy round-robin")] {
        assert!(!from_now_on(&[(22.0, as_it_is)]), "{as_it_is}");
        assert!(from_now_on(&[(22.0, new)]), "{new}");
        assert!(from_now_on(&[(22.0, new), (23.0, as_it_is)]), "{as_it_is} again");
        assert!(!from_now_on(&[(22.0, new), (23.0, new)]), "{new} twice");
    }
}

#[test]
fn a_class_sees_the_figures_of_both_futures() {
    let mut shot = (*killed()).clone();
    shot.arms.retain(|arm| arm.home == Home::Sticky);
    shot.fork = Some(Arc::new(ForkView {
        change: Change::Without(Command::Kill(Target::Instance(2))),
        from: Nanos::from_secs(22.0),
        homes: [Home::Sticky; 2],
        arriving: None,
        differs: None,
        second: classroom().arm(Home::Sticky).unwrap().clone(),
    }));
    let mut app = app(&killed());
    app.school.present = true;
    app.observe(Arc::new(shot), Duration::ZERO);
    let was = drawn(&mut app, 120, 40);
    press(&mut app, "m");
    for screen in [was, drawn(&mut app, 120, 40)] {
        let title = screen.lines().position(|row| row.starts_with("╭─ AS IT WAS ─")).expect("a panel each");
        let rows: Vec<&str> = screen.lines().skip(title).collect();
        assert!(rows[0].contains("╭─ WHAT IF: without “kill 2” ─"), "{screen}");
        assert_eq!(rows.iter().map(|row| row.matches(" lost").count()).sum::<usize>(), 2, "{screen}");
        // The left 4 ends in a single cell, the right 0 does not.
        assert!(rows[5].starts_with("│      ██ ") && rows[5].contains("││  ██████ "), "{screen}");
    }
}

/// A figure that is drawn larger than another would seem to matter more.
#[test]
fn all_figures_for_a_class_are_of_one_size() {
    let mut shot = (*killed()).clone();
    let large = |lost: u64, arm: &mut ArmView| {
        let figures = Arc::make_mut(&mut arm.figures);
        figures.sessions.lost = lost;
        figures.requests.outcomes.died = 571;
    };
    let mut app = app(&killed());
    app.school.present = true;
    let mut panel = |lost: u64, width: u16| {
        large(lost, &mut shot.arms[1]);
        app.observe(Arc::new(shot.clone()), Duration::ZERO);
        let screen = drawn(&mut app, width, 40);
        screen.lines().skip(31).take(8).collect::<Vec<_>>().join("\n")
    };
    for width in 100..=200 {
        let drawn = panel(499, width);
        assert!(drawn.contains('█') && !drawn.contains("499") && !drawn.contains(" 0 "), "{width}: {drawn}");
        assert_eq!((drawn.matches("carts").count(), drawn.matches("requests").count()), (2, 2), "{width}: {drawn}");
    }
    let drawn = panel(4_000_000, 100);
    assert!(!drawn.contains('█') && drawn.contains("4000000 carts"), "{drawn}");
}

#[test]
fn a_class_sees_the_figures_on_a_small_screen_too() {
    let mut app = app(&killed());
    app.school.present = true;
    for (width, height) in [(60, 18), (80, 24), (100, 30), (200, 35)] {
        let screen = drawn(&mut app, width, height);
        let line = |world: &str| screen.lines().rev().find(|line| line.contains(world)).unwrap();
        assert!(line("STATELESS token").contains("0 carts lost"), "{screen}");
        assert!(line("▸ STATEFUL sticky").contains("4 carts lost") && !screen.contains("so far"), "{screen}");
    }
}

/// Whoever is paused, looks on with something selected, or lives two futures, must find the way on, the keys and the way out.
#[test]
fn the_footer_never_drops_what_leads_on() {
    let mut app = app(&killed());
    let mut shot = (*killed()).clone();
    for (paused, keys) in [(false, ""), (true, ""), (true, "2"), (true, "\x1b1"), (false, "")] {
        shot.paused = paused;
        app.observe(Arc::new(shot.clone()), Duration::ZERO);
        press(&mut app, keys);
        for width in 60..=200 {
            let screen = drawn(&mut app, width, 24);
            let footer = screen.lines().last().unwrap();
            let pause = if paused { " space  go on" } else { " space  pause" };
            for hint in [" m  stateless", pause, " ? ", " q  quit"] {
                assert!(footer.contains(hint), "{width} {keys}: {footer}");
            }
        }
    }
}

#[test]
fn the_table_has_all_six_homes_and_says_which_it_hides() {
    let mut app = app(&killed());
    press(&mut app, "t");
    assert_eq!(app.wants().worlds().len(), Home::ALL.len());
    let screen = drawn(&mut app, 120, 40);
    assert_eq!(screen.matches("STATEFUL").count(), 1 + 5, "in the header and over five columns: {screen}");
    assert_eq!(screen.matches("catches up").count(), 4, "the others are not there yet: {screen}");
    let mut shot = (**app.snapshot.as_ref().unwrap()).clone();
    let (done, all) = (Nanos::from_secs(10.1), Nanos::from_secs(23.5));
    shot.replay = Some(crate::experiment::timeline::Progress { joins: Some(Home::Store), done, all });
    app.observe(Arc::new(shot), Duration::ZERO);
    assert!(drawn(&mut app, 200, 60).contains("42 %"));
    let small = drawn(&mut app, 80, 24);
    assert!(small.contains("[token  sticky] memory"), "{small}");
    press(&mut app, "→→");
    let small = drawn(&mut app, 80, 24);
    assert!(small.contains("[memory  replicate-all]") && !small.contains("agrees"), "{small}");
    press(&mut app, "\t");
    assert_eq!(app.wants().worlds().len(), 2, "elsewhere only the chosen two are run");
}

#[test]
fn each_home_has_its_own_verdict() {
    let homes = [Home::Token, Home::Store];
    let mut app = app(&snapshot("classroom", homes, &[(22.0, "kill 2")], 23.5));
    press(&mut app, "t");
    let screen = drawn(&mut app, 80, 24);
    assert!(screen.contains("✓high ≠low"), "both keep everybody, and the textbook expects it of one: {screen}");
    press(&mut app, "↓");
    let screen = drawn(&mut app, 80, 24);
    assert!(screen.contains("PgDn") && !screen.contains("in every world"), "{screen}");
    press(&mut app, "⇟");
    let screen = drawn(&mut app, 80, 24);
    assert!(screen.contains("PgUp") && screen.contains("in every world"), "{screen}");
}

#[test]
fn the_help_ends_where_it_ends() {
    let mut app = app(&killed());
    let size = app.ui.size;
    press(&mut app, "?");
    let first = drawn(&mut app, size.0, size.1);
    let orders = press(&mut app, "⇲");
    let last = drawn(&mut app, size.0, size.1);
    assert!(orders.is_empty() && last != first && last.contains("skip the question"), "{last}");
    let wide = drawn(&mut app, 120, 40);
    let beside = |line: &str| line.chars().take(5).chain(line.chars().skip(115)).any(|letter| letter != ' ');
    assert!(!wide.lines().skip(1).take(38).any(beside), "nothing is left of the picture beside it: {wide}");
    press(&mut app, "↑");
    assert_ne!(drawn(&mut app, size.0, size.1), last, "the way back begins at once");
    assert!(press(&mut app, "⇱").is_empty());
    assert_eq!(drawn(&mut app, size.0, size.1), first);
}

#[test]
fn a_letter_that_asks_for_nothing_says_so() {
    let mut app = app(&classroom());
    for (letter, words) in [("x", "? shows all"), ("л", "Latin letters"), ("\u{202E}", "")] {
        assert!(press(&mut app, letter).is_empty());
        let said = app.ui.answer.as_ref().map_or("", |answer| answer.text.as_str());
        assert!(said.contains(words) && said.is_empty() == words.is_empty(), "{letter:?}: {said}");
    }
    let redraw = KeyEvent::new(KeyCode::Char('l'), KeyModifiers::CONTROL);
    app.key(&redraw, Duration::ZERO);
    assert_eq!(app.ui.answer, None, "the letter is a key, with Ctrl it is none");
    press(&mut app, "gx");
    assert_eq!(app.ui.answer, None, "a letter that is typed");
}

#[test]
fn no_view_is_shown_more_often_than_was_asked_for() {
    let mut app = app(&classroom());
    for pause in [Duration::ZERO, Duration::from_millis(150), Duration::from_millis(500)] {
        app.ui.pause = pause;
        let frames: Vec<_> = View::ALL.into_iter().map(|view| (app.ui.view = view, app.wants().frame).1).collect();
        assert!(frames.iter().all(|&frame| frame >= pause), "{frames:?}");
        assert_eq!(frames.iter().min(), Some(&pause.max(Duration::from_millis(33))));
    }
}

#[test]
fn the_filter_keeps_lines_with_all_its_words() {
    let mut app = app(&killed());
    press(&mut app, "\t\t\t/command kill\n");
    assert_eq!((app.ui.view, app.ui.filter.as_str()), (View::Journal, "command kill"));
    let screen = drawn(&mut app, 120, 40);
    assert!(screen.contains("the newest 1 event ") && screen.contains("command: kill 2"), "{screen}");
    press(&mut app, "/ -kill\n");
    assert!(drawn(&mut app, 120, 40).contains("the newest 0 events "), "a word with a hyphen is one to do without");
}

/// Also where there are more sessions than the screen has room for, or fewer than there were.
#[test]
fn the_chosen_session_is_in_sight() {
    let mut app = app(&snapshot("chat", [Home::Token, Home::Sticky], &[], 1.0));
    press(&mut app, "\t");
    for cell in [0, 700, 1999, 9999] {
        app.ui.cell.place = cell;
        let mut buf = Buffer::empty(Rect::new(0, 0, 120, 40));
        screen::draw(&app, &Theme::new(Palette::Dark, false), &mut buf);
        let view = screen::Areas::of(buf.area, View::Sessions).view;
        // Between the heading and the story of the chosen one.
        let grid = Rect { x: 20, y: view.y + 1, width: 92, height: view.height - 9 };
        let reversed = grid.positions().filter(|&at| buf[at].modifier.contains(Modifier::REVERSED));
        assert_eq!(reversed.count(), 1, "{cell}");
    }
}

#[test]
fn no_screen_is_wrong_at_any_size() {
    let shots = [
        killed(),
        snapshot("classroom", [Home::Token, Home::Store], &[(21.0, "kill store")], 24.0),
        snapshot("rest", [Home::Token, Home::ReplicateAll], &[(1.0, "kill 3"), (2.0, "scale 30")], 4.0),
    ];
    let layers = |app: &App| {
        let mut menu = app.ui.clone();
        menu.selected = Some(Target::Instance(2));
        let with = |layer| UiState { layer, ..menu.clone() };
        let palette = super::palette::Palette::new("k", &[1, 2], None, true, Vec::new());
        [
            Layer::None,
            Layer::Help(9),
            Layer::Palette(palette),
            Layer::Which(Verb::Hang),
            Layer::Menu(4),
            Layer::Why(Why::of(Effect::Any)),
            Layer::Scope(Scope::of(Page::Request(Chosen { of: None, request: None }))),
            Layer::Scope(Scope::of(Page::Visit(72))),
            Layer::Scope(Scope::of(Page::Instance(2))),
            Layer::Scope(Scope::of(Page::Store)),
            Layer::Confirm,
            Layer::Filter,
        ]
        .map(with)
    };
    for shot in &shots {
        let app = app(shot);
        for (at, state) in layers(&app).into_iter().enumerate() {
            for view in View::ALL {
                let mut app = App::new(UiState { view, ..state.clone() });
                app.observe(looked_into(shot, app.wants().look), Duration::ZERO);
                let sizes = (1..=500).step_by(37).flat_map(|w| (1..=200).step_by(23).map(move |h| (w, h)));
                let edges = [
                    (1, 1),
                    (60, 18),
                    (59, 18),
                    (60, 17),
                    (80, 24),
                    (100, 30),
                    (120, 40),
                    (160, 40),
                    (200, 60),
                    (500, 200),
                ];
                for (width, height) in sizes.chain(edges).skip(at % 2).step_by(2) {
                    let screen = drawn(&mut app, width, height);
                    assert_eq!(screen.chars().filter(|&letter| letter == '\n').count() + 1, usize::from(height));
                }
            }
        }
    }
}

#[test]
fn ascii_means_ascii() {
    let mut app = app(&killed());
    for view in View::ALL {
        app.ui.view = view;
        let draw = |ascii| {
            let mut buf = Buffer::empty(Rect::new(0, 0, 120, 40));
            screen::draw(&app, &Theme::new(Palette::Plain, ascii), &mut buf);
            buf.content
        };
        let (plain, rich) = (draw(true), draw(false));
        assert_eq!(plain.iter().find(|cell| !cell.symbol().is_ascii()), None, "{view:?}");
        let questions = |cells: &[ratatui::buffer::Cell]| cells.iter().filter(|cell| cell.symbol() == "?").count();
        assert_eq!(questions(&plain), questions(&rich), "{view:?}: every sign has a plain form");
    }
}
