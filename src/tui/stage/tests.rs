use super::{StageView, render, share_legend};
use crate::command::Target;
use crate::event::{Ask, Event, Health, Leave, Outcome, Place, RequestKind, Sink, Status, What};
use crate::scenario::{Home, Population, ScaleMode, Scenario, Transport};
use crate::scene::Scene;
use crate::scene::script::{NOW, Script, after_the_kill, quiet};
use crate::sim::World;
use crate::tui::theme::{Palette, Role, Theme};
use crate::units::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

const VIEW: StageView = StageView { now: NOW, selected: None, marked: None, pace: 1.0, motion: true };

fn drawn(scene: &Scene, view: &StageView, theme: &Theme, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    render(scene, view, theme, area, &mut buffer);
    buffer
}

fn dark() -> Theme {
    Theme::new(Palette::Dark, false)
}

fn row(buffer: &Buffer, y: u16) -> String {
    (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned()
}

fn text(buffer: &Buffer) -> String {
    (0..buffer.area.height).map(|y| row(buffer, y) + "\n").collect()
}

/// The text, and under it the runs of cells that share a style: `12 3–9 #FFC247 bold`.
fn with_styles(buffer: &Buffer) -> String {
    let mut out = text(buffer);
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let style = |x: u16| {
                let cell = &buffer[(x, y)];
                let ink = if cell.symbol() == " " && !cell.modifier.contains(Modifier::REVERSED) {
                    Color::Reset
                } else {
                    cell.fg
                };
                (ink, cell.modifier)
            };
            let (from, ink) = (x, style(x));
            while x < buffer.area.width && style(x) == ink {
                x += 1;
            }
            if ink != (Color::Reset, Modifier::empty()) {
                writeln!(out, "{y} {from}–{} {} {:?}", x - 1, ink.0, ink.1).unwrap();
            }
        }
    }
    out
}

/// No row of the balancer runs a client's route and what it believes of an instance together, as in `→23 drain`.
#[test]
fn routes_and_beliefs_keep_apart() {
    let scenario = std::sync::Arc::new(Scenario::load("classroom").unwrap());
    for count in 3..=7 {
        let mut run = crate::experiment::Experiment::new(scenario.clone(), &[Home::Sticky]);
        let mut seen = 0;
        let commands = [format!("scale {count}"), "kill 2".into(), "drain 3".into(), "redispatch on".into()];
        for (second, step) in (20..60).zip(0..) {
            run.run_until(Nanos::from_secs(f64::from(second)));
            if let Some(command) = commands.get(step / 6).filter(|_| step % 6 == 0) {
                run.command(command.parse().unwrap()).unwrap();
            }
            let view = StageView { now: run.now(), ..VIEW };
            let buffer = drawn(&run.arms()[0].scene, &view, &dark(), 80, 17);
            for y in 2..15 {
                let inside: String = (31..40).map(|x| buffer[(x, y)].symbol()).collect();
                let words: Vec<&str> = inside.split_whitespace().collect();
                let route = |word: &str| word.contains(['→', '✗']);
                assert!(!words.iter().any(|word| route(word) && word.contains(char::is_alphabetic)), "{inside}");
                assert!(!words.windows(2).any(|w| route(w[0]) && !w[1].starts_with(char::is_numeric)), "{inside}");
                seen += usize::from(words.len() > 2 && route(words[0]));
            }
        }
        assert!(seen > 5 || count > 5, "{count}: {seen}");
    }
}

/// The law, by hand, in the picture: ann's request left at 38.5 and is there at 40.5, so at 39.4 it has done 0.45 of
/// 32 cells = 14.4, and its head is in cell 14 of the lane that begins at column 19.
#[test]
fn a_request_is_drawn_in_its_true_cell() {
    let buffer = drawn(&after_the_kill(Home::Sticky).scene, &VIEW, &dark(), 120, 27);
    assert_eq!(buffer[(19 + 14, 2)].symbol(), "►");
    // Jon's reply left at 38.8 and is there at 40.0: half of 25 cells, 12.5; counted from the right end, column 88.
    assert_eq!(buffer[(88 - 12, 3)].symbol(), "◄");
    // Eli's request left at 38.9 and is there at 40.4: a third of 25 cells, 8.3.
    assert_eq!(buffer[(64 + 8, 20)].symbol(), "►");
    let later = StageView { now: Nanos(39_412_500_000), ..VIEW };
    let buffer = drawn(&after_the_kill(Home::Sticky).scene, &later, &dark(), 120, 27);
    assert_eq!(buffer[(19 + 14, 2)].symbol(), "►", "14.6 is still cell 14");
    let later = StageView { now: Nanos(39_437_500_000), ..VIEW };
    let buffer = drawn(&after_the_kill(Home::Sticky).scene, &later, &dark(), 120, 27);
    assert_eq!(buffer[(19 + 15, 2)].symbol(), "►", "15.0 is cell 15");
}

#[test]
fn sticky_after_the_kill() {
    let scene = after_the_kill(Home::Sticky).scene;
    insta::assert_snapshot!("sticky-120x27", text(&drawn(&scene, &VIEW, &dark(), 120, 27)));
    insta::assert_snapshot!("sticky-80x17", text(&drawn(&scene, &VIEW, &dark(), 80, 17)));
    insta::assert_snapshot!("sticky-80x17-dark", with_styles(&drawn(&scene, &VIEW, &dark(), 80, 17)));
    let sixteen = Theme::new(Palette::Sixteen, false);
    insta::assert_snapshot!("sticky-80x17-sixteen", with_styles(&drawn(&scene, &VIEW, &sixteen, 80, 17)));
    let ascii = Theme::new(Palette::Plain, true);
    let buffer = drawn(&scene, &VIEW, &ascii, 120, 27);
    insta::assert_snapshot!("sticky-120x27-plain-ascii", with_styles(&buffer));
    assert!(buffer.content().iter().all(|cell| cell.symbol().is_ascii()));
}

#[test]
fn ascii_means_ascii_in_every_state_of_health() {
    let ascii = Theme::new(Palette::Plain, true);
    for home in Home::ALL {
        let mut script = Script::new(12, 8, home);
        script.at(30.0).emit(What::Slowed { instance: 1, factor: 4.0 }).emit(What::Slowed { instance: 0, factor: 9.0 });
        script.emit(What::Partitioned { instance: 2, cut: true });
        let health = [Health::Hung, Health::Down, Health::Draining, Health::Starting];
        for (instance, health) in (3..).zip(health) {
            script.health(instance, health, 1);
        }
        for selected in [None, Some(Target::Instance(3)), Some(Target::Instance(4))] {
            let buffer = drawn(&script.scene, &StageView { selected, ..VIEW }, &ascii, 160, 47);
            let foreign = buffer.content().iter().find(|cell| !cell.symbol().is_ascii());
            assert_eq!(foreign.map(|cell| cell.symbol()), None, "{home}");
        }
    }
}

#[test]
fn a_new_item_is_bold_for_300_ms_on_the_wall() {
    let mut script = quiet(Home::Sticky);
    script.at(30.0).store(0, Place::Instance(1), 6);
    let bold = |age_ms: u64, motion| {
        let view = StageView { now: Nanos(30_000_000_000 + age_ms * 1_000_000), motion, ..VIEW };
        let buffer = drawn(&script.scene, &view, &dark(), 120, 27);
        let newest = &buffer[(94 + 3 + 2 * 5, 2)];
        assert_eq!(newest.symbol(), "■");
        newest.modifier.contains(Modifier::BOLD)
    };
    assert_eq!([bold(0, true), bold(299, true), bold(301, true), bold(0, false)], [true, true, false, false]);
}

/// Twelve carts of two items in six instances: at 80×17 there is no box for any of them.
fn six(home: Home) -> Scene {
    let mut script = Script::new(12, 6, home);
    for session in 0..12 {
        let own = session as u16 % 6 + 1;
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 2 });
        script.emit(What::Pinned { session, instance: own });
        let keepers = if home.replicated() { 1..=6 } else { own..=own };
        for instance in keepers {
            script.store(session, Place::Instance(instance), 2);
        }
    }
    script.scene
}

/// A square is an item, or it is another square.
#[test]
fn the_legend_is_true_where_there_is_no_room_for_items() {
    let drawn_at = |home, width, height| drawn(&six(home), &VIEW, &dark(), width, height);
    let sticky = text(&drawn_at(Home::Sticky, 80, 17));
    assert!(sticky.contains("1 ▣▣ ") && sticky.contains("▣ a cart") && !sticky.contains("■ item"), "{sticky}");
    let all = text(&drawn_at(Home::ReplicateAll, 80, 17));
    assert!(all.contains("1 ▣◇◇◇◇◇▣◇◇◇◇◇ "), "{all}");
    assert!(all.contains("▣ a cart") && all.contains("◇ a copy"), "{all}");
    let roomy = text(&drawn_at(Home::Sticky, 120, 47));
    assert!(roomy.contains("■ cart item") && !roomy.contains('▣'), "{roomy}");
}

/// Whatever the scenario calls its states, it is in the plural where there are several.
#[test]
fn a_noun_has_its_own_plural() {
    let scenario = Scenario { noun: "box".into(), ..Scenario::default() };
    for (home, words) in [(Home::Sticky, "BOXES LIVE HERE"), (Home::Token, "hold no boxes")] {
        let mut scene = Scene::new(&scenario, home);
        World::new(&scenario, home).run_until(Nanos::ZERO, &mut scene);
        let drawn = text(&drawn(&scene, &VIEW, &dark(), 120, 27));
        assert!(drawn.contains(words), "{drawn}");
    }
}

/// Half a name is another name: wherever a message is on its lane, its name is there as a whole or not at all.
#[test]
fn no_name_is_cut_at_the_end_of_a_lane() {
    let mut script = quiet(Home::Sticky);
    script.at(30.0).send(8, 1, 0, 31.0).at(31.0).route(8, 1, 3, 3, 33.0);
    let there = script.scene.clone();
    script.at(33.0).start(8, 1, 3).at(34.0).reply(8, 1, 3, Status::Ok, 36.0);
    for (scene, from) in [(there, 31_000), (script.scene, 34_000)] {
        for tenth in 0..20 {
            let view = StageView { now: Nanos((from + 100 * tenth) * 1_000_000), ..VIEW };
            let buffer = drawn(&scene, &view, &dark(), 80, 17);
            let lane = |y| (41..54).map(|x| buffer[(x, y)].symbol()).collect::<String>();
            let all: Vec<String> = (0..16).map(lane).collect();
            let letters = |row: &String| row.chars().filter(char::is_ascii_lowercase).collect::<String>();
            assert!(all.iter().map(letters).all(|name| ["", "ivy"].contains(&name.as_str())), "{all:?}");
        }
    }
}

/// A box of three rows has twelve lanes: whoever is in a later one is drawn where a row is free, and stays there.
#[test]
fn no_row_is_empty_while_a_request_has_none() {
    let mut script = quiet(Home::Sticky);
    for (session, request) in (0..5).zip(1..) {
        script.at(30.0).send(session, request, 0, 31.0).at(31.0).route(session, request, 3, 3, 41.0);
    }
    let named = |scene: &Scene| {
        let buffer = drawn(scene, &StageView { now: Nanos::from_secs(38.0), ..VIEW }, &dark(), 80, 17);
        let lane = |y| (41..54).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        let rows = (1..16).map(lane).filter(|lane| lane.contains('►') || lane.contains('+'));
        rows.map(|lane| lane.replace(['─', '·', '╌', '┄', ' ', '►'], "")).collect::<Vec<_>>()
    };
    assert_eq!(named(&script.scene), ["ann", "bob", "cho", "+2"]);
    script.at(37.0).end(1, 2, Outcome::Timeout);
    assert_eq!(named(&script.scene), ["ann", "dee", "cho", "+1"]);
}

/// A number that is cut is a wrong one: what is drawn of a token and what is written add up to its items.
#[test]
fn an_instance_reads_the_whole_token() {
    let mut script = quiet(Home::Token);
    script.at(30.0).store(0, Place::Client, 9999).send(0, 1, 0, 31.0);
    script.at(31.0).route(0, 1, 1, 0, 32.0).at(32.0).start(0, 1, 1);
    let items = script.scene.flights.iter().next().unwrap().items;
    assert!(items > 99, "{items}");
    for width in [80, 120] {
        let drawn = text(&drawn(&script.scene, &VIEW, &dark(), width, 27));
        let (squares, rest) = drawn.split_once("│ ann ").and_then(|(_, row)| row.split_once('+')).expect("a row");
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        assert_eq!(squares.chars().count() + number.parse::<usize>().unwrap(), items as usize, "{drawn}");
    }
}

/// Whoever copied gus's token sends it from a place of their own.
#[test]
fn a_thief_is_none_of_the_users() {
    let mut script = quiet(Home::Token);
    assert!(!text(&drawn(&script.scene, &VIEW, &dark(), 80, 17)).contains("thief"));
    let (request, session) = (500, 6);
    script.at(38.0).emit(What::Issued { request, session, ordinal: 1, purpose: RequestKind::Replay, write: 0 });
    let (up_bytes, context_bytes, redundant_bytes) = (400, 200, 0);
    let arrives = Nanos::from_secs(40.0);
    script.emit(What::Sent { request, session, attempt: 1, arrives, up_bytes, context_bytes, redundant_bytes });
    let screen = text(&drawn(&script.scene, &VIEW, &dark(), 80, 17));
    let row = screen.lines().find(|row| row.contains("thief")).expect("a row of its own");
    assert!(row.contains("gus's token►"), "{screen}");
    assert!(screen.lines().all(|row| !row.starts_with(" gus ") || !row.contains('►')), "{screen}");
}

/// Until when a user waits is a number, and no number is cut.
#[test]
fn a_lost_connection_says_when_it_is_tried_again() {
    let mut scenario = Scenario::default();
    scenario.workload.transport = Transport::Connection;
    scenario.workload.population = Population::Users(12);
    let mut scene = Scene::new(&scenario, Home::Sticky);
    let (session, instance, until) = (1, 2, Nanos::from_secs(45.0));
    let lost =
        [What::SessionStarted { session, warm: true, writes: 2 }, What::Disconnected { session, instance, until }];
    for (seq, what) in (1..).zip(lost) {
        scene.take(&Event { at: Nanos::from_secs(39.0), seq, cause: 0, root: 0, what });
    }
    for (width, words) in [(80, "✗ again in 5.6 s"), (120, "✗ no connection, again in 5.6 s")] {
        let drawn = text(&drawn(&scene, &VIEW, &dark(), width, 27));
        assert!(drawn.contains(words), "{drawn}");
    }
}

/// As the log has it: after ten minutes seconds are counted by the clock.
#[test]
fn a_loss_of_long_ago_has_its_time() {
    let mut script = quiet(Home::Sticky);
    script.at(754.0).emit(What::Commanded { command: "kill 2".parse().unwrap() }).health(2, Health::Down, 2);
    script.emit(What::Lost { session: 1, writes: 5, whole: true }).at(756.0).health(2, Health::Up, 2);
    let view = StageView { now: Nanos::from_secs(800.0), ..VIEW };
    let drawn = text(&drawn(&script.scene, &view, &dark(), 120, 27));
    assert!(drawn.contains("1 cart lost at 12:34"), "{drawn}");
}

#[test]
fn an_empty_cart_is_gone_too_and_said_to_be_empty() {
    let mut script = quiet(Home::Sticky);
    script.at(30.0).emit(What::Commanded { command: "kill 2".parse().unwrap() }).health(2, Health::Down, 2);
    for (session, writes) in [(1, 5), (4, 0)] {
        script.emit(What::Lost { session, writes, whole: true });
    }
    let drawn = text(&drawn(&script.scene, &VIEW, &dark(), 120, 27));
    assert!(drawn.contains("2 carts gone, 1 empty"), "{drawn}");
}

/// A push left instance 2 at 39.0 and is there at 40.0: at 39.4 it has done 0.4 of 25 + 32 cells = 22.8, cell 22 of the
/// lane beside its instance; at 39.8 it has done 45.6, and the 45th is cell 20 of the client's lane, counted from its end.
#[test]
fn pushed_messages_are_drawn_in_their_true_cell() {
    let mut script = quiet(Home::Sticky);
    let (session, instance) = (1, 2);
    script.at(39.0).emit(What::Pushed { session, instance, arrives: Nanos::from_secs(40.0) });
    script.emit(What::Pushed { session: 4, instance, arrives: Nanos::NEVER });
    let pushes = |now| {
        let buffer = drawn(&script.scene, &StageView { now: Nanos::from_secs(now), ..VIEW }, &dark(), 120, 27);
        let cells = buffer.area.positions().filter(|&position| buffer[position].symbol() == "«");
        cells.map(|position| (position.x, position.y)).collect::<Vec<_>>()
    };
    assert_eq!(pushes(39.4).iter().map(|cell| cell.0).collect::<Vec<_>>(), [88 - 22]);
    assert_eq!(pushes(39.8), [(50 - 20, 4)], "on bob's row");
    assert_eq!(pushes(40.0), []);
    let mut crowd = Script::new(200, 12, Home::Sticky);
    crowd.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
    crowd.at(39.0).emit(What::Pushed { session, instance, arrives: Nanos::from_secs(40.0) });
    assert!(text(&drawn(&crowd.scene, &VIEW, &dark(), 120, 27)).contains('«'));
}

#[test]
fn copies_run_from_the_store_to_its_replica() {
    let mut scenario = Scenario { noun: "cart".into(), ..Scenario::default() };
    scenario.store.replica = true;
    let mut scene = Scene::new(&scenario, Home::Store);
    let (session, write, bytes, arrives) = (1, 1, 60, Nanos::from_secs(39.8));
    let what = What::Copying { session, from: 0, to: 0, write, arrives, bytes };
    scene.take(&Event { at: Nanos::from_secs(39.0), seq: 1, cause: 0, root: 0, what });
    // 25 rows, the border's two less; 11 of the 23 are the replica's: from row 1 + 1 + 6 half of the 7 rows down.
    let buffer = drawn(&scene, &VIEW, &dark(), 120, 27);
    assert_eq!(buffer[(93, 8 + 3)].symbol(), "◇", "{}", text(&buffer));
}

#[test]
fn token_after_the_kill() {
    let scene = after_the_kill(Home::Token).scene;
    insta::assert_snapshot!("token-120x27", text(&drawn(&scene, &VIEW, &dark(), 120, 27)));
    insta::assert_snapshot!("token-80x17", text(&drawn(&scene, &VIEW, &dark(), 80, 17)));
    let light = Theme::new(Palette::Light, false);
    insta::assert_snapshot!("token-80x17-light", with_styles(&drawn(&scene, &VIEW, &light, 80, 17)));
}

#[test]
fn before_the_kill_with_2_selected() {
    let view = StageView { now: Nanos(22_300_000_000), selected: Some(Target::Instance(2)), ..VIEW };
    insta::assert_snapshot!("before-120x27", text(&drawn(&quiet(Home::Sticky).scene, &view, &dark(), 120, 27)));
}

#[test]
fn items_go_out_one_by_one_and_at_once_without_motion() {
    let scene = after_the_kill(Home::Sticky).scene;
    let gone = |age_ms: u64, motion, pace| {
        let view = StageView { now: Nanos(38_100_000_000 + age_ms * 1_000_000), motion, pace, ..VIEW };
        let buffer = drawn(&scene, &view, &dark(), 120, 27);
        (10..17).map(|y| row(&buffer, y).chars().skip(90).filter(|&symbol| symbol == '✗').count()).sum::<usize>()
    };
    assert_eq!(gone(0, true, 1.0), 0);
    assert_eq!(gone(100, true, 1.0), 3, "30 ms each");
    assert_eq!(gone(100, true, 0.5), 6, "at half the pace the wall has seen 200 ms");
    assert_eq!(gone(570, true, 1.0), 19);
    assert_eq!(gone(0, false, 1.0), 19);
}

#[test]
fn the_chip_stands_where_state_lives_and_nowhere_else() {
    for home in Home::ALL {
        let buffer = drawn(&Script::new(12, 3, home).scene, &VIEW, &dark(), 120, 27);
        let head = row(&buffer, 0);
        assert_eq!(head.matches("CARTS LIVE HERE").count(), 1, "{home}: {head}");
        let column = head.find("CARTS LIVE HERE").unwrap();
        let heading = head[..column].rfind(['C', 'I', 'S'].as_slice()).map(|_| &head[..column]).unwrap();
        let owner = ["CLIENTS", "INSTANCES", "STORE"].into_iter().max_by_key(|word| heading.rfind(word)).unwrap();
        let expected = match home {
            Home::Token => "CLIENTS",
            Home::Store => "STORE",
            _ => "INSTANCES",
        };
        assert_eq!(owner, expected, "{home}");
    }
}

fn store_scene() -> Scene {
    let mut script = Script::new(12, 3, Home::Store);
    for session in 0..12 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
        script.store(session, Place::Store, 3 + (session as u32 * 7) % 4);
    }
    script.at(35.0).send(3, 1, 0, 37.0).at(37.0).route(3, 1, 1, 0, 38.0).at(38.0).start(3, 1, 1);
    let (ask, peer, bytes) = (Ask::Get, 0, 100);
    let arrives = Nanos::from_secs(40.0);
    script.at(38.8).emit(What::Asked { request: 1, session: 3, ask, instance: 1, peer, arrives, bytes });
    script.at(36.0).send(5, 2, 0, 38.0).at(38.0).route(5, 2, 3, 0, 38.5).at(38.5).start(5, 2, 3);
    let arrives = Nanos::from_secs(39.0);
    script.at(38.5).emit(What::Asked { request: 2, session: 5, ask, instance: 3, peer, arrives, bytes });
    script.scene
}

#[test]
fn the_store_takes_the_right_edge() {
    let scene = store_scene();
    insta::assert_snapshot!("store-120x27", text(&drawn(&scene, &VIEW, &dark(), 120, 27)));
    insta::assert_snapshot!("store-80x17", text(&drawn(&scene, &VIEW, &dark(), 80, 17)));
}

/// An instance that has started is not up before it has what it must hold.
#[test]
fn what_starts_counts_down_and_then_copies() {
    let mut script = Script::new(12, 3, Home::ReplicateAll);
    let instance = |until| What::Instance { instance: 3, health: Health::Starting, incarnation: 2, until, workers: 2 };
    for (until, note) in [(45.0, "3 starting  5.6 s left"), (39.0, "3 starting  copying")] {
        script.at(30.0).emit(instance(Nanos::from_secs(until)));
        let screen = text(&drawn(&script.scene, &VIEW, &dark(), 120, 27));
        assert!(screen.contains(note), "{screen}");
    }
}

/// The store's border says how it is as an instance's does, in the same words and colours.
#[test]
fn the_store_looks_as_an_instance_does() {
    let (workers, incarnation, until) = (2, 2, Nanos::from_secs(45.0));
    for (health, title, note) in [
        (Health::Starting, "starting", "5.6 s"),
        (Health::Hung, "HUNG", "9 s ago"),
        (Health::Down, "STOPPED", "9 s ago"),
    ] {
        let (mut one, mut other) = (Script::new(12, 1, Home::Sticky), Script::new(12, 1, Home::Store));
        one.at(30.0).emit(What::Instance { instance: 1, health, incarnation, until, workers });
        other.at(30.0).emit(What::Store { health, until, replica: false });
        let styles = |scene: &Scene, selected: Option<Target>| {
            let buffer = drawn(scene, &StageView { selected, ..VIEW }, &dark(), 120, 27);
            [title, note].map(|words| {
                let from = |x, y| (x..120).map(|x| buffer[(x, y)].symbol()).collect::<String>();
                let at = buffer.area.positions().find(|at| from(at.x, at.y).starts_with(words)).expect(words);
                (buffer[at].fg, buffer[at].modifier)
            })
        };
        assert_eq!(styles(&one.scene, None), styles(&other.scene, None), "{health:?}");
        let selected = [Target::Instance(1), Target::Store].map(Some);
        assert_eq!(styles(&one.scene, selected[0]), styles(&other.scene, selected[1]), "{health:?}");
    }
}

fn replicated_scene() -> Scene {
    let mut script = Script::new(12, 3, Home::ReplicateAll);
    for session in 0..12 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
        script.emit(What::Pinned { session, instance: (session % 3) as u16 + 1 });
        for instance in 1..=3 {
            script.store(session, Place::Instance(instance), 3 + (session as u32 * 7) % 4);
        }
    }
    script.at(39.0).store(4, Place::Instance(2), 9);
    let (session, write, bytes) = (4, 9, 60);
    for to in [1, 3] {
        script.emit(What::Copying { session, from: 2, to, write, arrives: Nanos::from_secs(39.8), bytes });
    }
    script.scene
}

#[test]
fn copies_differ_from_their_originals_and_travel_between_the_boxes() {
    let buffer = drawn(&replicated_scene(), &VIEW, &dark(), 120, 27);
    insta::assert_snapshot!("replicate-120x27", text(&buffer));
    insta::assert_snapshot!("replicate-80x17", text(&drawn(&replicated_scene(), &VIEW, &dark(), 80, 17)));
    // From the middle of box 2 (row 13) half of the 10 rows up to that of box 1, and half of those down to box 3.
    assert_eq!((buffer[(88, 8)].symbol(), buffer[(88, 18)].symbol()), ("◇", "◇"));
}

#[test]
fn many_instances_get_a_row_each_and_many_clients_a_strip() {
    let mut script = Script::new(200, 12, Home::Sticky);
    for session in 0..200 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
        let instance = (session % 12) as u16 + 1;
        script.emit(What::Pinned { session, instance }).store(session, Place::Instance(instance), 4);
        let request = session + 1;
        script.at(38.0 + session as f64 / 200.0).send(session, request, 0, 40.0 + session as f64 / 200.0);
    }
    script.at(39.1).health(7, Health::Down, 2);
    insta::assert_snapshot!("many-120x27", text(&drawn(&script.scene, &VIEW, &dark(), 120, 27)));
}

/// A message to an instance runs along its row, or along the row of its cell; so do those between it and the store.
#[test]
fn messages_run_on_the_row_of_their_instance_however_many_there_are() {
    for (count, y) in [(12, 23), (60, 4), (90, 1)] {
        let mut script = Script::new(12, count, Home::Store);
        script.at(1.0).emit(What::SessionStarted { session: 3, warm: true, writes: 4 });
        script.at(38.0).send(3, 1, 0, 38.1).at(38.5).route(3, 1, 12, 0, 40.0);
        let (ask, peer, bytes, arrives) = (Ask::Get, 0, 100, Nanos::from_secs(45.0));
        script.at(38.8).emit(What::Asked { request: 1, session: 3, ask, instance: 12, peer, arrives, bytes });
        let buffer = drawn(&script.scene, &VIEW, &dark(), 120, 27);
        let heads = buffer.area.positions().filter(|&at| buffer[at].symbol() == "►" && at.x > 64 && at.y < 26);
        assert_eq!(heads.map(|at| at.y).collect::<Vec<_>>(), [y, y], "{}", text(&buffer));
    }
}

/// In a strip a message drags a cell for each time that it carries its own bytes as context: three for 300 beside 100.
#[test]
fn a_flow_of_tokens_is_fat_and_a_flow_of_cookies_is_thin() {
    let fat = |context_bytes, redundant_bytes| {
        let mut script = Script::new(60, 12, Home::Token);
        let (session, request, attempt, arrives) = (7, 1, 1, Nanos::from_secs(40.0));
        script.at(38.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
        script.emit(What::Issued { request, session, ordinal: 1, purpose: RequestKind::Followup, write: 0 });
        let up_bytes = 100 + context_bytes;
        script.emit(What::Sent { request, session, attempt, arrives, up_bytes, context_bytes, redundant_bytes });
        let drawn = text(&drawn(&script.scene, &VIEW, &dark(), 120, 27));
        drawn.lines().find(|line| line.contains('►')).map(|line| line.chars().skip(19).take(32).collect::<String>())
    };
    let row = |row: Option<String>| row.map(|row| row.trim().to_owned());
    assert_eq!(row(fat(300, 200)).as_deref(), Some("□□■►"));
    assert_eq!(row(fat(20, 20)).as_deref(), Some("►"));
}

#[test]
fn a_whole_lane_and_a_number_say_who_waits() {
    let mut script = Script::new(12, 1, Home::Sticky);
    for session in 0..12 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 1 });
        let request = session + 1;
        script.send(session, request, 0, 2.0).at(2.0).route(session, request, 1, 0, 3.0).at(3.0);
        let (attempt, instance, depth) = (1, 1, session as u32);
        script.emit(What::Queued { request, session, attempt, instance, depth });
    }
    let buffer = drawn(&script.scene, &VIEW, &dark(), 80, 17);
    assert!(text(&buffer).contains("queue 12"), "{}", text(&buffer));
    assert!(text(&buffer).contains("+1 "), "eleven rows for twelve requests: {}", text(&buffer));
}

/// Every size that a terminal can have, the odd and the absurd included.
#[test]
fn no_size_panics_and_nothing_is_painted_outside() {
    let theme = dark();
    let scenes = [
        after_the_kill(Home::Sticky).scene,
        after_the_kill(Home::Token).scene,
        store_scene(),
        replicated_scene(),
        six(Home::ReplicateAll),
        Script::new(3000, 100, Home::Sticky).scene,
        Script::new(0, 0, Home::Token).scene,
    ];
    for scene in &scenes {
        for width in (0..=210).step_by(7).chain([49, 50, 51, 79, 80, 99, 100, 119, 120]) {
            for height in (0..=70).step_by(3).chain([5, 6, 7, 17, 27]) {
                let whole = Rect::new(0, 0, width + 4, height + 4);
                let mut buffer = Buffer::empty(whole);
                render(scene, &VIEW, &theme, Rect::new(2, 2, width, height), &mut buffer);
                for y in 0..whole.height {
                    for x in 0..whole.width {
                        let inside = (2..2 + width).contains(&x) && (2..2 + height).contains(&y);
                        assert!(inside || buffer[(x, y)].symbol() == " ", "{width}×{height} at {x},{y}");
                    }
                }
            }
        }
    }
}

#[test]
fn replies_say_in_words_what_went_wrong() {
    let words = [
        (Status::Unknown, "401 cart unknown"),
        (Status::CutOff, "502 cut off"),
        (Status::Overload, "503 queue full"),
        (Status::TooLarge, "431 too large"),
    ];
    for (status, expected) in words {
        let mut script = quiet(Home::Sticky);
        script.at(30.0).send(0, 1, 0, 31.0).at(31.0).route(0, 1, 1, 1, 32.0).at(32.0).reply(0, 1, 1, status, 38.0);
        script.at(38.0).give_back(0, 1, 1, status, 40.0);
        let buffer = drawn(&script.scene, &VIEW, &dark(), 120, 27);
        assert!(text(&buffer).contains(expected), "{}", text(&buffer));
    }
}

/// A cart that nobody asks for any more still lies where it lay, though its owner's name is gone.
#[test]
fn what_was_left_behind_is_still_in_its_instance() {
    let mut script = quiet(Home::Sticky);
    let items = |scene: &Scene, width, height| {
        let buffer = drawn(scene, &VIEW, &dark(), width, height);
        let area = buffer.area;
        area.positions().filter(|&at| at.x > 53 && at.y > 0 && at.y + 1 < height && buffer[at].symbol() == "■").count()
    };
    let before = [items(&script.scene, 120, 27), items(&script.scene, 80, 21)];
    script.at(30.0).emit(What::SessionLeft { session: 3, how: Leave::Completed });
    assert_eq!([items(&script.scene, 120, 27), items(&script.scene, 80, 21)], before);
    let buffer = drawn(&script.scene, &VIEW, &dark(), 120, 27);
    let words = text(&buffer);
    assert!(words.contains("│       ■ ■ ■ ■ ■ ■       6  │\n") && words.contains("╰─ 1 left behind "), "{words}");
    assert!(!row(&buffer, 6).contains("dee"), "{words}");
    assert_eq!(buffer[(97, 6)].fg, dark().style(Role::Dim).fg.unwrap(), "{words}");
}

/// The chip never says that state lives where a kill has left none.
#[test]
fn the_chip_over_a_grave_says_so() {
    let mut script = quiet(Home::Sticky);
    for (instance, sessions) in [(1, [0, 3, 6, 9]), (2, [1, 4, 7, 10]), (3, [2, 5, 8, 11])] {
        assert!(row(&drawn(&script.scene, &VIEW, &dark(), 120, 27), 0).contains("■ CARTS LIVE HERE"), "{instance}");
        script.at(30.0).health(instance, Health::Down, 2);
        for session in sessions {
            script.emit(What::Lost { session, writes: 3, whole: true });
        }
    }
    for (width, words) in [(120, "✗ CARTS LIVED HERE"), (80, "✗ CARTS GONE"), (60, "✗ GONE")] {
        let buffer = drawn(&script.scene, &VIEW, &dark(), width, 17);
        assert!(row(&buffer, 0).contains(words), "{}", row(&buffer, 0));
    }
    script.at(35.0).health(1, Health::Up, 2).store(0, Place::Instance(1), 1);
    assert!(row(&drawn(&script.scene, &VIEW, &dark(), 120, 27), 0).contains("■ CARTS LIVE HERE"));
    let mut script = Script::new(12, 3, Home::Store);
    script.at(1.0).emit(What::SessionStarted { session: 3, warm: true, writes: 4 }).store(3, Place::Store, 4);
    script.at(30.0).emit(What::Store { health: Health::Down, until: Nanos::NEVER, replica: false });
    script.emit(What::Lost { session: 3, writes: 4, whole: true });
    assert!(row(&drawn(&script.scene, &VIEW, &dark(), 120, 27), 0).contains("✗ CARTS LIVED HERE"));
}

/// However little room there is: whoever sees crosses can read what they mean.
#[test]
fn the_legend_explains_what_is_gone_once_something_is() {
    let mut script = Script::new(200, 3, Home::Sticky);
    script.at(1.0).emit(What::SessionStarted { session: 1, warm: true, writes: 4 }).store(1, Place::Instance(1), 4);
    let legend = |scene: &Scene, width: u16| row(&drawn(scene, &VIEW, &dark(), width, 17), 16);
    assert!(!legend(&script.scene, 60).contains("gone"), "{}", legend(&script.scene, 60));
    script.at(30.0).health(1, Health::Down, 2);
    for width in [60, 80, 100, 120, 160] {
        let words = legend(&script.scene, width);
        assert!(words.contains("✗ gone") && words.contains("► request"), "{words}");
    }
    assert!(legend(&script.scene, 160).contains("□ sent again, each as many as the message"));
}

#[test]
fn two_pictures_share_a_legend_unless_a_glyph_has_two_meanings() {
    let legend = |left: &Scene, right: &Scene| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 160, 17));
        let [first, second] = [0, 80].map(|x| Rect::new(x, 0, 80, 17));
        render(left, &VIEW, &dark(), first, &mut buffer);
        render(right, &VIEW, &dark(), second, &mut buffer);
        share_legend([(left, first), (right, second)], &dark(), &mut buffer);
        row(&buffer, 16)
    };
    let shared = legend(&quiet(Home::Token).scene, &six(Home::ReplicateAll));
    assert_eq!(shared.matches("request").count(), 1, "{shared}");
    assert!(
        ["■ cart item", "□ sent before", "◇ a copy of it", "✗ gone"].iter().all(|it| shared.contains(it)),
        "{shared}"
    );
    // With their owners cells are carts to scale; in the instances a cell is one.
    let own = legend(&Script::new(200, 3, Home::Token).scene, &Script::new(200, 12, Home::Sticky).scene);
    assert_eq!(own.matches("request").count(), 2, "{own}");
}

/// What is under way and what is inside are all that is open: one glyph each.
#[test]
fn the_open_requests_of_many_can_be_counted() {
    for (count, width, height) in [(8, 120, 27), (12, 80, 17)] {
        let mut script = Script::new(60, count, Home::Sticky);
        for session in 0..5 {
            script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
            let request = session + 1;
            // Those that are under way are in cells of their own.
            let arrives = 100.0 + 50.0 * session as f64;
            script.at(30.0).send(session, request, 0, 31.0).at(31.0).route(session, request, 2, 0, arrives);
            if session > 1 {
                script.start(session, request, 2);
            }
        }
        let buffer = drawn(&script.scene, &VIEW, &dark(), width, height);
        let lane = if width == 80 { 41..54 } else { 64..89 };
        let heads = buffer.area.positions().filter(|at| lane.contains(&at.x) && at.y + 1 < height);
        assert_eq!(heads.filter(|&at| buffer[at].symbol() == "►").count(), 5, "{}", text(&buffer));
        assert_eq!(text(&buffer).contains("►►► 5 open"), count == 8, "{}", text(&buffer));
    }
}

/// Each row says what the balancer believes, the first and the last too, and there is no sum besides.
#[test]
fn every_row_has_its_belief() {
    for (count, width, height) in [(8, 80, 17), (12, 120, 27), (25, 120, 27)] {
        let mut script = Script::new(200, count, Home::Sticky);
        script.at(30.0).health(3, Health::Down, 2);
        let buffer = drawn(&script.scene, &VIEW, &dark(), width, height);
        let column = if width == 80 { 30..41 } else { 51..64 };
        let inside = |y| column.clone().map(|x: u16| buffer[(x, y)].symbol()).collect::<String>();
        let all: String = (1..height - 1).map(inside).collect();
        for id in 1..=count {
            let words = if id == 3 { " 3 up?".into() } else { format!(" {id} up") };
            assert_eq!(all.matches(&words).count(), 1, "{words}: {}", text(&buffer));
        }
        assert!(!all.contains("un"), "{}", text(&buffer));
    }
}

#[test]
fn an_instance_in_a_grid_has_its_number() {
    let mut script = Script::new(12, 30, Home::Sticky);
    script.at(1.0).emit(What::SessionStarted { session: 3, warm: true, writes: 4 }).store(3, Place::Instance(12), 4);
    script.health(13, Health::Down, 2);
    let words = text(&drawn(&script.scene, &VIEW, &dark(), 120, 27));
    assert!(words.contains(" 11· 12▣ 13✗ 14·"), "{words}");
    assert!(words.contains("1 unseen"), "{words}");
}

#[test]
fn an_empty_service_says_so() {
    let mut script = Script::new(12, 2, Home::Sticky);
    script.at(20.0).health(1, Health::Removed, 1).at(21.5).health(2, Health::Removed, 1);
    let empty = drawn(&script.scene, &VIEW, &dark(), 120, 17);
    assert!(!row(&empty, 0).contains("HERE"), "nothing lives where nothing runs: {}", row(&empty, 0));
    for (width, words) in [(120, "2 removed, last at 00:21.5"), (60, "2 removed")] {
        let screen = text(&drawn(&script.scene, &VIEW, &dark(), width, 17));
        assert!(screen.contains("none runs") && screen.contains(words), "{screen}");
    }
}

/// Where there is room, a cart in the store ends the line that its owner begins.
#[test]
fn carts_in_the_store_are_in_the_rows_of_their_owners() {
    for (scene, gone) in [(store_scene(), "■"), (dead_store(), "✗")] {
        let buffer = drawn(&scene, &VIEW, &dark(), 120, 27);
        for owner in ["ann", "gus", "lea"] {
            let line = (0..27).map(|y| row(&buffer, y)).find(|line| line.starts_with(&format!("  {owner}"))).unwrap();
            assert!(line.ends_with(['│', '╎']) && line.contains(&format!(" {owner}  {gone}")), "{line}");
        }
        let small = text(&drawn(&scene, &VIEW, &dark(), 80, 17));
        assert!(["ann", "gus", "lea"].iter().all(|owner| small.contains(&format!(" {owner} {gone}"))), "{small}");
    }
}

fn dead_store() -> Scene {
    let mut script = Script::new(12, 3, Home::Store);
    for session in 0..12 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 }).store(session, Place::Store, 4);
    }
    script.at(30.0).emit(What::Store { health: Health::Down, until: Nanos::NEVER, replica: false });
    for session in 0..12 {
        script.emit(What::Lost { session, writes: 4, whole: true });
    }
    script.at(35.0).send(3, 1, 0, 37.0).at(37.0).route(3, 1, 1, 0, 38.0).at(38.0).start(3, 1, 1);
    let (ask, peer, bytes, arrives) = (Ask::Get, 0, 100, Nanos::from_secs(39.0));
    script.at(38.8).emit(What::Asked { request: 1, session: 3, ask, instance: 1, peer, arrives, bytes });
    script.scene
}

#[test]
fn the_way_to_a_dead_store_leads_nowhere() {
    let scene = dead_store();
    for (width, words) in [(120, "dee asks   │╌╌ ✗ ╎"), (80, "dee  │╌ ✗ ╎")] {
        let screen = text(&drawn(&scene, &VIEW, &dark(), width, 27));
        assert_eq!(screen.matches(words).count(), 1, "{screen}");
        assert_eq!(screen.matches("╌ ✗ ╎").count(), 1, "nobody else asks: {screen}");
    }
}

/// Before a failing reply's words come out of the balancer, its way begins at the balancer.
#[test]
fn a_failing_reply_comes_out_without_a_hole() {
    let mut script = quiet(Home::Sticky);
    script.at(30.0).send(0, 1, 0, 31.0).at(31.0).route(0, 1, 1, 1, 32.0).at(32.0).reply(0, 1, 1, Status::Unknown, 38.0);
    script.at(38.0).give_back(0, 1, 1, Status::Unknown, 40.0);
    for tenth in 0..20 {
        let view = StageView { now: Nanos(38_000_000_000 + tenth * 100_000_000), ..VIEW };
        let line = row(&drawn(&script.scene, &view, &dark(), 80, 17), 1);
        let (_, after) = line.split_once('◄').expect("a reply");
        assert!(!after.starts_with(' '), "{line}");
    }
}

/// On a small screen the first client writes beside the balancer, and not over its corner.
#[test]
fn the_first_row_of_a_small_balancer_is_inside() {
    for (width, top) in [(60, "╭BALANCER─╮"), (80, "╭BALANCER─╮"), (100, "╭─BALANCER──╮")] {
        let buffer = drawn(&quiet(Home::Sticky).scene, &VIEW, &dark(), width, 17);
        assert!(row(&buffer, 0).contains(top), "{}", text(&buffer));
        let column = row(&buffer, 0).chars().position(|symbol| symbol == '╭').unwrap() as u16;
        assert_eq!(buffer[(column, 1)].symbol(), "│", "{}", text(&buffer));
    }
}

/// Whoever looks at a question sees whose cart it is about: its way ends at that cart, whose owner is lit.
#[test]
fn the_way_of_a_question_ends_at_the_cart_it_is_about() {
    let buffer = drawn(&store_scene(), &VIEW, &dark(), 120, 27);
    let words = text(&buffer);
    // Fay's question is with the store, in the row of her request all the way to the turn, and in her cart's from there.
    let hop = |y: u16| (88..93).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    assert_eq!((hop(20), hop(12)), ("─╯   ".into(), " ╭───".into()), "{words}");
    let name = |owner: &str, y: u16| {
        let at = (94..100).find(|&x| (x..x + 3).map(|x| buffer[(x, y)].symbol()).collect::<String>() == owner);
        buffer[(at.expect(owner), y)].modifier.contains(Modifier::BOLD)
    };
    assert_eq!([name("dee", 8), name("fay", 12), name("eli", 10)], [true, true, false], "{words}");
}

#[test]
fn what_is_written_to_the_store_travels_there_and_what_is_read_does_not() {
    for (ask, item, word) in [(Ask::Get, false, "asks"), (Ask::Set, true, "saves")] {
        let mut script = Script::new(12, 3, Home::Store);
        script.at(1.0).emit(What::SessionStarted { session: 3, warm: true, writes: 4 }).store(3, Place::Store, 4);
        script.at(35.0).send(3, 1, 0, 37.0).at(37.0).route(3, 1, 1, 0, 38.0).at(38.0).start(3, 1, 1);
        let (peer, bytes, arrives) = (0, 100, Nanos::from_secs(40.0));
        script.at(38.8).emit(What::Asked { request: 1, session: 3, ask, instance: 1, peer, arrives, bytes });
        let screen = text(&drawn(&script.scene, &VIEW, &dark(), 120, 27));
        assert_eq!(screen.lines().any(|line| line.contains("─■►")), item, "{screen}");
        assert!(screen.contains(&format!("dee {word} ")), "{screen}");
    }
}

fn killed_store(replica: bool) -> Script {
    let mut script = Script::new(12, 3, Home::Store);
    script.scene.store = Some(crate::scene::Store::new(replica));
    for session in 0..12 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 }).store(session, Place::Store, 4);
        if replica {
            script.store(session, Place::Replica, 4);
        }
    }
    script.at(35.0).send(3, 1, 0, 37.0).at(37.0).route(3, 1, 1, 0, 38.0).at(38.0).start(3, 1, 1);
    let store = |health| What::Store { health, until: Nanos::from_secs(45.7), replica };
    script.at(38.1).command("kill store".parse().unwrap()).emit(store(Health::Down));
    if replica {
        script.emit(store(Health::Starting));
    }
    let (ask, peer, bytes, arrives) = (Ask::Get, 0, 100, Nanos::from_secs(38.3));
    script.at(38.2).emit(What::Asked { request: 1, session: 3, ask, instance: 1, peer, arrives, bytes });
    script
}

/// A store that fails over is dead until its replica has taken over; and then no cart moves.
#[test]
fn a_store_that_fails_over_looks_dead_and_its_carts_stay() {
    let mut script = killed_store(true);
    for (width, title, way) in [(120, "┌╌ KILLED  back in 6.3 s╌┐", "│╌╌ ✗ ╎"), (80, "┌╌ KILLED  back 7 s╌", "│╌ ✗ ╎")]
    {
        let buffer = drawn(&script.scene, &VIEW, &dark(), width, 27);
        assert!(text(&buffer).contains(title) && text(&buffer).contains(way), "{}", text(&buffer));
        let at = buffer.area.positions().find(|&at| buffer[at].symbol() == "K").unwrap();
        assert!(buffer[at].modifier.contains(Modifier::REVERSED));
    }
    let carts = |scene: &Scene, glyph: &str| {
        let buffer = drawn(scene, &VIEW, &dark(), 120, 27);
        let cells = buffer.area.positions().filter(|at| at.x > 93 && at.y > 0 && at.y < 26);
        cells.filter(|&at| buffer[at].symbol() == glyph).collect::<Vec<_>>()
    };
    let before = carts(&script.scene, "◇");
    assert!(!before.is_empty());
    script.at(39.3).emit(What::Store { health: Health::Up, until: Nanos::ZERO, replica: false });
    for session in 0..12 {
        script.store(session, Place::Store, 4);
    }
    assert_eq!(carts(&script.scene, "■"), before);
}

/// What is in a store, and a crowd in an instance, goes out one by one as what is in a box.
#[test]
fn everything_goes_out_one_by_one() {
    let store = killed_store(false);
    let mut crowd = Script::new(100, 1, Home::Sticky);
    for session in 0..100 {
        crowd.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
        crowd.emit(What::Pinned { session, instance: 1 }).store(session, Place::Instance(1), 4);
    }
    crowd.at(38.1).command("kill 1".parse().unwrap()).health(1, Health::Down, 2);
    for (mut script, sessions, items, left) in [(store, 12, 48, 93), (crowd, 100, 100, 89)] {
        for session in 0..sessions {
            script.emit(What::Lost { session, writes: 4, whole: true });
        }
        let gone = |age_ms: u64| {
            let view = StageView { now: Nanos(38_100_000_000 + age_ms * 1_000_000), ..VIEW };
            let buffer = drawn(&script.scene, &view, &dark(), 120, 27);
            let cells = buffer.area.positions().filter(|at| at.x > left && at.y > 0 && at.y < 26);
            cells.filter(|&at| buffer[at].symbol() == "✗").count()
        };
        assert_eq!([gone(0), gone(404), gone(801)], [0, items / 2, items]);
    }
}

/// A usual message takes 1.5 s here. Where it takes less than a quarter of a second on the wall nothing says who is where,
/// for nobody could read it; and what is shown does not depend on who is where.
#[test]
fn what_no_eye_can_follow_has_no_name() {
    let scene = after_the_kill(Home::Sticky).scene;
    let lanes = |pace| {
        let buffer = drawn(&scene, &StageView { pace, ..VIEW }, &dark(), 120, 27);
        let lane = |y| (64..89).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        ((0..26).map(lane).collect::<String>(), text(&buffer))
    };
    let (slow, words) = lanes(6.0);
    assert!(slow.contains("eli►") && slow.contains("──dee─") && words.contains("serving dee"), "{words}");
    let (fast, words) = lanes(6.1);
    assert!(!fast.contains(char::is_alphabetic) && !fast.contains('─'), "{words}");
    // Eli's request and jon's reply are under way; dee is inside 1, bob's reply has left.
    assert_eq!((fast.matches('►').count(), fast.matches('◄').count()), (2, 1), "{words}");
    assert!(words.contains("serving 1") && words.contains("serving 0"), "{words}");
}

/// A kill changes nothing about those that live on: no glyph, and no place.
#[test]
fn what_lives_on_stays_as_it_was_until_its_cookie_changes() {
    let mut script = Script::new(12, 3, Home::ReplicateAll);
    for session in 0..12 {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: 4 });
        script.emit(What::Pinned { session, instance: (session % 3) as u16 + 1 });
        for instance in 1..=3 {
            script.store(session, Place::Instance(instance), 3);
        }
    }
    let others = |scene: &Scene| {
        let buffer = drawn(scene, &VIEW, &dark(), 120, 27);
        let inside = |y| (90..118).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (2..7).chain(20..25).map(inside).collect::<Vec<_>>()
    };
    let before = others(&script.scene);
    script.at(38.1).command("kill 2".parse().unwrap()).health(2, Health::Down, 2);
    assert_eq!(others(&script.scene), before);
    script.emit(What::Pinned { session: 1, instance: 3 });
    assert_ne!(others(&script.scene), before);
}

/// Tenths are said while they matter, and no title grows or shrinks by its seconds.
#[test]
fn seconds_in_titles_keep_their_width() {
    let title = |health, until, now| {
        let mut script = Script::new(12, 3, Home::Sticky);
        script.at(30.0).command("kill 2".parse().unwrap());
        script.emit(What::Instance { instance: 2, health, incarnation: 2, until: Nanos::from_secs(until), workers: 2 });
        row(&drawn(&script.scene, &StageView { now: Nanos::from_secs(now), ..VIEW }, &dark(), 120, 27), 10)
    };
    for (age, words) in [(1.34, "1.3 s ago"), (3.4, "  3 s ago"), (75.0, " 75 s ago"), (754.0, "754 s ago")] {
        let title = title(Health::Down, 0.0, 30.0 + age);
        assert!(title.contains(&format!("┌╌ 2 KILLED  {words} ╌")), "{title}");
    }
    for (left, words) in [(29.4, " 29 s left"), (9.93, "9.9 s left")] {
        let title = title(Health::Draining, 70.0, 70.0 - left);
        assert!(title.contains(&format!("draining 2  {words} ")), "{title}");
    }
}

/// What the balancer believes is said in the same words whether somebody's route is in that row or not.
#[test]
fn traffic_changes_no_belief() {
    for (width, height) in [(120, 27), (80, 17)] {
        let beliefs = |scene: &Scene| {
            let buffer = drawn(scene, &VIEW, &dark(), width, height);
            let end = if width == 120 { 62 } else { 40 };
            let right = |y| (end - 6..end).map(|x: u16| buffer[(x, y)].symbol()).collect::<String>();
            (0..height).map(right).collect::<Vec<_>>()
        };
        let mut script = quiet(Home::Sticky);
        script.at(38.0).health(2, Health::Down, 2);
        let calm = beliefs(&script.scene);
        assert!(calm.iter().any(|words| words.contains("2 up?")), "{calm:?}");
        for session in 0..12 {
            let (request, to) = (session + 1, (session % 3) as u16 + 1);
            script.at(38.0).send(session, request, 0, 38.1).at(38.1).route(session, request, to, to, 50.0);
        }
        assert_eq!(beliefs(&script.scene), calm);
    }
}

/// Where a token does not fit into a lane, it is shortened rather than its owner's name; nothing of it is lost.
#[test]
fn a_fat_message_says_whose_it_is() {
    let mut script = quiet(Home::Token);
    script.at(30.0).store(0, Place::Client, 40).send(0, 1, 0, 31.0).at(31.0).route(0, 1, 1, 0, 41.0);
    for (width, lane) in [(80, 41..54), (120, 64..89)] {
        let buffer = drawn(&script.scene, &StageView { now: Nanos::from_secs(40.9), ..VIEW }, &dark(), width, 17);
        let cells = |y| lane.clone().map(|x: u16| buffer[(x, y)].symbol()).collect::<String>();
        let load = (1..16).map(cells).find(|lane| lane.contains('►')).expect("a message");
        assert!(load.contains("ann"), "{load}");
        let squares = load.matches(['□', '■']).count();
        let number: String = load.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(squares + number.parse::<usize>().unwrap(), 40, "{load}");
    }
}

/// Whoever lost something is marked for two seconds on the wall, though logged in again by then.
#[test]
fn who_lost_something_stays_marked() {
    let mut script = Script::new(60, 3, Home::Sticky);
    script.at(1.0).emit(What::SessionStarted { session: 7, warm: true, writes: 4 }).store(7, Place::Instance(1), 4);
    script.at(30.0).health(1, Health::Down, 2).emit(What::Lost { session: 7, writes: 4, whole: true });
    let (request, session, purpose) = (1, 7, RequestKind::Relogin);
    script.at(30.1).emit(What::Issued { request, session, ordinal: 1, purpose, write: 0 });
    let (outcome, wait, since) = (crate::event::Outcome::Ok, crate::event::Wait::Served, Nanos::ZERO);
    script.at(30.2).emit(What::Ended { request, session, outcome, purpose, write: 0, issued: since, wait, since });
    let marked = |now: f64, pace| {
        let view = StageView { now: Nanos::from_secs(now), pace, ..VIEW };
        let buffer = drawn(&script.scene, &view, &dark(), 120, 27);
        (2..19).any(|x| (1..26).any(|y| buffer[(x, y)].symbol() == "✗"))
    };
    assert_eq!(
        [marked(31.9, 1.0), marked(32.1, 1.0), marked(49.0, 10.0), marked(51.0, 10.0)],
        [true, false, true, false]
    );
}

/// Who comes to an open population finds a place that was kept for them, and so does a new instance.
#[test]
fn whoever_comes_moves_nobody() {
    let mut scenario = Scenario { noun: "cart".into(), ..Scenario::default() };
    scenario.workload.population = Population::SessionsPerSecond(2.0);
    scenario.autoscaler.mode = ScaleMode::Utilisation;
    let mut scene = Scene::new(&scenario, Home::Sticky);
    let mut seq = 0;
    let mut take = |scene: &mut Scene, what| {
        seq += 1;
        scene.take(&Event { at: Nanos::from_secs(1.0), seq, cause: 0, root: 0, what });
    };
    let first = |scene: &Scene| {
        let buffer = drawn(scene, &VIEW, &dark(), 120, 27);
        let find = |words: &str| (0..27).position(|y| row(&buffer, y).contains(words)).expect(words);
        (find("  001"), find("─ 1 up ─"))
    };
    let mut seen = Vec::new();
    for count in 1..=4_u16 {
        take(&mut scene, What::SessionStarted { session: u64::from(count), warm: false, writes: 0 });
        let (instance, health, until) = (count, Health::Up, Nanos::ZERO);
        take(&mut scene, What::Instance { instance, health, incarnation: 1, until, workers: 2 });
        seen.push(first(&scene));
    }
    take(
        &mut scene,
        What::Instance { instance: 4, health: Health::Removed, incarnation: 1, until: Nanos::ZERO, workers: 2 },
    );
    seen.push(first(&scene));
    assert!(seen.iter().all(|places| *places == seen[0]), "{seen:?}");
    take(&mut scene, What::SessionStarted { session: 5, warm: false, writes: 0 });
    assert_ne!(first(&scene).0, seen[0].0, "beyond the first four there is room for eight");
}
