//! What goes deeper, key by key, and as whole screens.

use super::{request, visit};
use crate::insight::{Look, Sight};
use crate::lesson::Lesson;
use crate::scenario::{Home, Scenario};
use crate::tui::still::{Desk, Shot, Still, take, take_lesson};
use crate::tui::theme::{Palette, Theme};
use crate::tui::views::View;
use crate::units::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn shot(size: (u16, u16), home: Home, at: f64, keys: &str) -> Shot {
    Shot {
        size,
        home,
        beside: None,
        at: Some(Nanos::from_secs(at)),
        view: View::Stage,
        keys: keys.split_whitespace().map(str::to_owned).collect(),
        palette: Palette::Dark,
        ascii: false,
        study: false,
    }
}

fn classroom(home: Home, at: f64, keys: &str) -> Still {
    take(Scenario::load("classroom").unwrap(), &shot((120, 40), home, at, keys)).unwrap()
}

#[test]
fn why_leads_to_the_key_and_enter_to_its_instant() {
    let still = classroom(Home::Sticky, 38.0, "k 2 8s w");
    let text = still.text();
    assert!(text.contains("you: kill 2") && text.contains("it began with your kill 2"), "{text}");
    assert!(still.title.ends_with("00:46.0"));
    let there = classroom(Home::Sticky, 38.0, "k 2 8s w Down Down Down Enter");
    assert!(there.title.ends_with("00:38.0"), "{}", there.title);
    assert!(there.text().contains("you: kill 2"), "the answer stays open on the way");
    assert!(classroom(Home::Token, 30.0, "w").text().contains("no failure, loss or delay in this world"));
    assert!(classroom(Home::Sticky, 38.0, "k 2 8s w w").text().contains("INSTANCES"), "the same key closes it");
}

#[test]
fn a_command_of_the_scenario_is_not_called_yours() {
    let mut scenario = Scenario::load("classroom").unwrap();
    scenario.schedule([crate::scenario::parse_timed("38.0s kill 2").unwrap()]);
    let text = take(scenario, &shot((120, 40), Home::Sticky, 46.0, "w")).unwrap().text();
    assert!(text.contains("it began with the scenario's kill 2") && !text.contains("you: kill"), "{text}");
}

#[test]
fn what_the_autoscaler_took_away_began_with_it() {
    let mut scenario = Scenario::load("classroom").unwrap();
    for field in ["mode='utilisation'", "interval_s=10", "down_after_s=10"] {
        scenario.set(&format!("autoscaler.{field}")).unwrap();
    }
    let text = take(scenario, &shot((120, 40), Home::Sticky, 50.0, "w")).unwrap().text();
    assert!(text.contains("it began with the autoscaler") && text.contains("draining"), "{text}");
}

#[test]
fn a_chosen_line_of_the_journal_is_explained() {
    let chosen = "k 2 2s Tab Tab Tab / i n s t a n c e Space 2 Space d o w n Enter w";
    let text = classroom(Home::Sticky, 38.0, chosen).text();
    let first = text.lines().find(|line| line.contains('▸')).unwrap();
    assert!(first.contains("instance 2 is down"), "{text}");
}

#[test]
fn the_microscope_toggles_and_goes_from_a_request_to_its_visit_and_back() {
    let request = classroom(Home::Token, 30.0, "i").text();
    assert!(request.contains("request 24 of cho") && request.contains("verifies"), "{request}");
    assert!(!classroom(Home::Token, 30.0, "i i").text().contains("request 24"));
    assert!(!classroom(Home::Token, 30.0, "i Esc").text().contains("request 24"));
    let earlier = classroom(Home::Token, 30.0, "i Left").text();
    assert!(earlier.contains("request 23 of"), "{earlier}");
    assert_eq!(classroom(Home::Token, 30.0, "i Left Right").text(), request);
    let visit = classroom(Home::Token, 30.0, "i Enter").text();
    assert!(visit.contains("the story of cho") && visit.contains("is open"), "{visit}");
    assert_eq!(classroom(Home::Token, 30.0, "i Enter Enter").text(), request);
    let later = classroom(Home::Token, 30.0, "i 6s").text();
    assert!(later.contains("request 24 of cho"), "however many come after it: {later}");
    let other = classroom(Home::Token, 30.0, "i m").text();
    assert!(other.contains("of cho") && other.contains("Cookie: sid="), "the same user in the other world: {other}");
}

#[test]
fn a_visit_that_has_not_begun_is_not_said_to_be_forgotten() {
    let mut scenario = Scenario::load("classroom").unwrap();
    scenario.set("workload.requests_per_session=1").unwrap();
    let still = |keys| take(scenario.clone(), &shot((120, 40), Home::Sticky, 39.1, keys)).unwrap().text();
    let now = still("i Enter");
    assert!(now.contains("the story of gus · visit 90") && now.contains("comes"), "{now}");
    let before = still(&format!("i Enter {}", ", ".repeat(15)));
    assert!(before.contains("the story of visit 90 ─"), "{before}");
    assert!(before.contains("at this instant it has not begun, or is no longer kept"), "{before}");
}

/// What has no room in a line is told in the next one.
#[test]
fn a_story_says_the_same_in_a_narrow_window() {
    let story = |size: (u16, u16), home, keys: &str| -> String {
        let text = take(Scenario::load("classroom").unwrap(), &shot(size, home, 38.0, keys)).unwrap().text();
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix('│')?.strip_suffix('│'));
        lines.flat_map(|line| line.trim_start_matches('▸').split_whitespace()).collect::<Vec<_>>().join(" ")
    };
    for (home, say) in
        [(Home::Sticky, "lost: session unknown after"), (Home::ReplicateAll, "the cookie asks for instance")]
    {
        let mut said = String::new();
        for visit in 0..12 {
            let keys = format!("k 2 30s Tab {} i", "Right ".repeat(visit));
            let [narrow, wide] = [(80, 40), (120, 40)].map(|size| story(size, home, &keys));
            assert_eq!(narrow, wide);
            said += &wide;
        }
        assert!(said.contains(say), "{said}");
    }
}

#[test]
fn nothing_is_said_to_be_forgotten_before_it_was_looked_for() {
    let mut desk = Desk::new(Scenario::load("classroom").unwrap(), &shot((120, 40), Home::Sticky, 38.0, ""));
    desk.press("i").unwrap();
    let mut arm = desk.app().snapshot.as_ref().unwrap().arm(Home::Sticky).unwrap().clone();
    let looked = std::sync::Arc::unwrap_or_clone(arm.sight.take().unwrap());
    arm.sight = Some(std::sync::Arc::new(Sight { look: Look::Instance(1), ..looked }));
    let snapshot = desk.app().snapshot.as_ref().unwrap();
    for page in [request::page(snapshot, &arm, 100), visit::page(&arm, 1, 100)] {
        let said: Vec<&str> = page.lines.iter().flatten().map(|words| words.0.as_str()).collect();
        assert!(said.contains(&"looking for it …"), "{said:?}");
    }
}

#[test]
fn an_instance_shows_belief_beside_truth() {
    let wrong = classroom(Home::Sticky, 38.0, "2 k 2.5s i").text();
    assert!(wrong.contains("down, since 00:38.0 (2.5 s)") && wrong.contains("wrong for 2.5 s"), "{wrong}");
    let right = classroom(Home::Sticky, 38.0, "2 k 9s i").text();
    assert!(right.contains("believes it not usable") && right.contains("(health checks), rightly"), "{right}");
    assert!(classroom(Home::Sticky, 38.0, "2 i Right").text().contains("inside instance 3"));
    let long = classroom(Home::Sticky, 720.0, "2 i").text();
    assert!(long.contains("up, since 00:00.0 (12 min)"), "{long}");
    let store = classroom(Home::Store, 38.0, "0 i").text();
    assert!(store.contains("inside the store") && store.contains("not answered yet"), "{store}");
}

#[test]
fn the_pages_are_as_they_were() {
    let pages = [
        ("why", Home::Sticky, "k 2 8s w"),
        ("request", Home::Token, "i Left Left Left Left Left Left"),
        ("visit", Home::Sticky, "k 2 Tab Right Right Right Right 20s i"),
        ("instance", Home::Sticky, "2 k 2.5s i"),
    ];
    for (name, home, keys) in pages {
        for size in [(80, 24), (120, 40)] {
            let still = take(Scenario::load("classroom").unwrap(), &shot(size, home, 38.0, keys)).unwrap();
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), still.text());
        }
    }
}

#[test]
fn keys_in_any_order_lead_somewhere_that_can_be_drawn() {
    const KEYS: [&str; 34] = [
        "w",
        "i",
        "Enter",
        "Up",
        "Down",
        "Left",
        "Right",
        "PgUp",
        "PgDn",
        "Home",
        "End",
        "Esc",
        "m",
        "v",
        "Tab",
        "Shift-Tab",
        "Space",
        "k",
        "2",
        "3",
        "0",
        "r",
        "u",
        ".",
        ",",
        "'",
        ";",
        "}",
        "{",
        ")",
        "(",
        "?",
        "0.7s",
        "3s",
    ];
    for seed in 1..=8u64 {
        let size = if seed % 2 == 0 { (80, 24) } else { (120, 40) };
        let start = shot(size, Home::Sticky, 24.0, "");
        let mut desk = Desk::new(Scenario::load("classroom").unwrap(), &start);
        let (mut number, mut pressed) = (seed, Vec::new());
        for _ in 0..60 {
            // Knuth's MMIX generator: any will do.
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = KEYS[(number >> 33) as usize % KEYS.len()];
            pressed.push(key);
            desk.press(key).unwrap_or_else(|why| panic!("{pressed:?}: {why}"));
            let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
            desk.draw(&Theme::new(Palette::Plain, true), &mut buffer);
            let strange = buffer.content.iter().find(|cell| !cell.symbol().is_ascii());
            assert_eq!(strange, None, "{pressed:?}");
        }
    }
}

#[test]
fn the_key_for_pause_says_what_it_does_now() {
    let footer = |still: Still| still.text().lines().last().unwrap().to_owned();
    for (keys, does) in [("i", "pause"), ("2 k 12s Left w", "go on"), ("Left i", "go on"), ("Space i", "go on")] {
        let footer = footer(classroom(Home::Sticky, 38.1, keys));
        assert!(footer.contains(does) && footer.contains("pause") == (does == "pause"), "{footer}");
    }
    // There it would do nothing.
    let lesson = std::sync::Arc::new(Lesson::load("sticky").unwrap());
    let footer = footer(take_lesson(lesson, &Shot { at: None, ..shot((120, 40), Home::Sticky, 0.0, "i") }).unwrap());
    assert!(footer.contains("close") && !footer.contains("space"), "{footer}");
}

#[test]
fn what_has_not_begun_is_not_said_to_be_forgotten() {
    let back = format!("3s i {}", ", ".repeat(8));
    let said = |keys: &str| classroom(Home::Sticky, 38.1, &format!("{back}{keys}")).text();
    assert!(said("").contains("it has not begun at this instant"), "{}", said(""));
    assert!(said("w").contains("that request has not begun at this instant"), "{}", said("w"));
}
