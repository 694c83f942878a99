//! Every shipped lesson is played from beginning to end: whatever it says and calls right must be true.

use super::cli::{Folder, outcome};
use statelab::lesson::step::Step;
use statelab::lesson::{Facts, Given, Lesson, PlayFault, Sheet, Truth, next_seed, play, shipped};
use statelab::scenario::Home;
use std::sync::Arc;

/// A small lesson of the tests' own: the shipped ones may change their words.
const SMALL: &str = include_str!("../lesson.toml");

fn small(text: &str) -> Arc<Lesson> {
    Arc::new(Lesson::from_toml("small", "my.toml", text).unwrap_or_else(|faults| panic!("{faults}")))
}

fn lesson(name: &str) -> Arc<Lesson> {
    Arc::new(Lesson::load(name).unwrap_or_else(|faults| panic!("{faults}")))
}

#[test]
fn every_shipped_lesson_holds() {
    for shipped in shipped() {
        let lesson = lesson(shipped.name);
        let played = play(&lesson, &Sheet::default()).unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
        assert!(played.goals.iter().all(|goal| goal.reached), "{}", shipped.name);
        for (step, said) in played.said() {
            assert!(!said.contains('–') && !said.contains('{'), "{} step {step}: {said}", shipped.name);
        }
    }
}

/// Else a goal could read as reached by what the lesson itself has done.
#[test]
fn what_a_goal_counts_begins_with_it() {
    for shipped in shipped() {
        let lesson = lesson(shipped.name);
        let Some(at) = lesson.steps.iter().position(|step| matches!(step, Step::Try(_))) else { continue };
        let Step::Try(goal) = &lesson.steps[at] else { unreachable!() };
        let set = lesson.steps[..at].iter().rposition(|step| matches!(step, Step::Again(_))).map_or(0, |set| set + 1);
        let untouched =
            !lesson.steps[set..at].iter().any(|step| matches!(step, Step::Do(_) | Step::Run(..) | Step::Until(_)));
        let mut paths = Vec::new();
        goal.goal.paths(&mut paths);
        let of = |root: &str| paths.iter().any(|path| path[0] == root);
        let newest = paths.iter().any(|path| path.ends_with(&["last".to_owned(), "command".to_owned()]));
        assert!(untouched || of("before") || newest, "{}", shipped.name);
    }
}

#[test]
fn right_answers_come_from_the_run_and_wrong_ones_are_told() {
    let lesson = small(SMALL);
    let sheet = |choice| Sheet { answers: [("lost".to_owned(), Given::Choice(choice))].into(), ..Sheet::default() };
    let judged = |choice| play(&lesson, &sheet(choice)).unwrap().answers[0].right();
    assert_eq!([1, 2, 3].map(judged), [Some(false), Some(true), Some(false)]);
}

#[test]
fn a_lesson_that_says_what_is_not_so_is_found_out() {
    let broken = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        play(&small(&SMALL.replace(from, to)), &Sheet::default()).unwrap_err()
    };
    let always = broken("sticky.faults.last.sessions_lost == 0\"", "1 == 1\"");
    assert_eq!(always.fault, PlayFault::Choices(2, "lost".into()));
    let never = broken(
        "{ when = \"sticky.faults.last.sessions_lost > 0\"",
        "{ when = \"sticky.faults.last.sessions_lost > 90\"",
    );
    assert_eq!(never.fault, PlayFault::Untrue);
    assert!(matches!(broken("outcome == 'lost'", "outcome == 'stale'").fault, PlayFault::NotSeen(_)));
    assert!(matches!(broken("show replicate-backup", "show memory").fault, PlayFault::Missed(_)));
    assert!(matches!(broken("sticky.sessions.lost\"", "sticky.sessions.lots\"").fault, PlayFault::Unknown(_)));
    assert!(matches!(broken("do = \"kill 2\"", "do = \"kill 9\"").fault, PlayFault::Command(..)));
}

#[test]
fn a_lesson_that_does_not_hold_with_a_seed_does_not_begin_and_names_the_next_that_will_do() {
    let text = SMALL
        .replace("when = \"sticky.faults.last.sessions_lost > 0\"", "when = \"sticky.faults.last.sessions_lost == 4\"");
    let seeded = |seed| {
        let mut lesson = (*small(&text)).clone();
        lesson.set_seed(seed);
        Arc::new(lesson)
    };
    let holds = |seed| play(&seeded(seed), &Sheet::default()).is_ok();
    let odd = (1..40).find(|&seed| !holds(seed) && !holds(seed + 1)).unwrap();
    let next = next_seed(&seeded(odd)).unwrap();
    assert!(next > odd + 1 && holds(next) && (odd..next).all(|seed| !holds(seed)), "{odd} {next}");

    let folder = Folder::new("odd-seed");
    let file = folder.0.join("my.toml");
    std::fs::write(&file, &text).unwrap();
    let (file, odd) = (file.display().to_string(), odd.to_string());
    for how in [&["--no-save"][..], &["--transcript"], &["--worksheet"]] {
        let (code, out, err) = outcome(&[&["lesson", &file, "--seed", &odd][..], how].concat());
        let told = format!("does not hold with seed {odd}: step ");
        assert!(err.contains(&told) && err.contains(&format!("with --seed {next} it does")), "{err}");
        assert_eq!((code, out.as_str()), (2, ""), "{how:?}");
    }
}

#[test]
fn what_speaks_of_an_event_says_nothing_without_one() {
    let lesson = lesson("redispatch");
    let after = lesson.steps.iter().position(|step| matches!(step, Step::Until(_))).unwrap() + 1;
    let Step::Say(text) = &lesson.steps[after] else { panic!("{:?}", lesson.steps[after]) };
    let facts = Facts::new(Vec::new(), Home::Sticky, Home::Token, Home::Sticky);
    assert_eq!(text.say(&facts), Ok(None));
    let event = serde_json::json!({ "who": "ann" });
    assert!(text.say(&Facts { event, ..facts }).unwrap().unwrap().starts_with("ann"));
}

#[test]
fn an_observation_is_judged_by_the_event_log() {
    let lesson = small(SMALL);
    let played = play(&lesson, &Sheet::default()).unwrap();
    let count = played.answers.iter().find(|answer| answer.question == "count").unwrap();
    // Recomputed by other means: the same run, headless, up to the same instant, says the same.
    let Some(Truth::Number(Some(lost), _)) = count.truth else { panic!("{count:?}") };
    let lost_events = {
        use statelab::command::Command;
        use statelab::event::{Event, What};
        use statelab::scenario::Home;
        use statelab::sim::World;
        use statelab::units::Nanos;
        let mut world = World::new(&lesson.scenario, Home::Sticky);
        let mut events: Vec<Event> = Vec::new();
        world.run_until(Nanos::from_secs(lesson.scenario.open_at_s), &mut |event: &Event| events.push(*event));
        world.command("kill 2".parse::<Command>().unwrap(), &mut |event: &Event| events.push(*event)).unwrap();
        let lost = |event: &&Event| matches!(event.what, What::Lost { whole: true, .. });
        events.iter().filter(lost).count()
    };
    assert_eq!(lost, lost_events as f64);
}

#[test]
fn a_fault_is_told_where_it_stands() {
    let line = |text: &str, words: &str| 1 + text.lines().position(|line| line.contains(words)).expect("it is there");
    let twice = SMALL.replacen("id = \"count\"", "id = \"lost\"", 1);
    let said = Lesson::from_toml("x", "my.toml", &twice).unwrap_err().to_string();
    let second = 1 + twice.lines().enumerate().filter(|(_, line)| *line == "id = \"lost\"").nth(1).expect("a second").0;
    assert!(said.starts_with(&format!("my.toml:{second}:")), "{said}");

    let open = format!("{SMALL}\n[[step]]\npredict = \"And now?\"\nid = \"now\"\nnumber = \"1\"\n");
    let said = Lesson::from_toml("x", "my.toml", &open).unwrap_err().to_string();
    let step = line(&open, "And now?") - 1;
    assert!(said.starts_with(&format!("my.toml:{step}:")) && said.contains("never settled"), "{said}");

    // What is predicted is looked up when it is settled, steps later.
    let mistyped = SMALL.replacen("sticky.faults.last.sessions_lost == 0", "sticky.faults.last.sesions_lost == 0", 1);
    let error = play(&small(&mistyped), &Sheet::default()).unwrap_err();
    let said = error.in_file(&small(&mistyped), "my.toml", &mistyped).to_string();
    let start = format!("my.toml:{}:", line(&mistyped, "sesions_lost"));
    assert!(
        said.starts_with(&start) && said.contains("step 3: ") && said.contains("did you mean `sessions_lost`?"),
        "{said}"
    );
}

#[test]
fn faults_in_a_lesson_say_where_and_how_to_mend_it() {
    let faults = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        Lesson::from_toml("x", "my.toml", &SMALL.replacen(from, to, 1)).unwrap_err().to_string()
    };
    for (from, to, message) in [
        ("until = \"ended\"", "until = \"endet\"", "`endet` is no kind of event; did you mean `ended`?"),
        (
            "sticky.sessions.active:carts",
            "stiky.sessions.active:carts",
            "no figure begins with `stiky`; did you mean `sticky`?",
        ),
        ("id = \"count\"", "id = \"lost\"", "two questions are called `lost`"),
        ("do = \"kill 2\"", "do = \"kil 2\"", "kil 2"),
        ("about = \"instances\"", "abuot = \"instances\"", "unknown key `abuot`; did you mean `about`?"),
        ("scenario = \"classroom\"", "scenario = \"clasroom\"", "did you mean"),
        ("sticky.sessions.lost\"", "sticky.sessions.lost +\"", "a figure or a number must stand here at the end"),
        ("statelab.lesson/1", "statelab.lesson/9", "this is another format"),
        ("unit = \"carts\"", "way = [\"dance\"]", "`way` has no place in a step with `observe`"),
        ("minutes = 6", "minutes = \"five\"", "this must be a whole number from 0 to 65535, not the text \"five\""),
        ("predict = ", "predct = ", "unknown key `predct`; did you mean `predict`?"),
        ("unit = \"carts\"", "within = -1", "`within` must be 0 or more"),
        ("say = \"A cookie ties", "say = \"\" #", "there is nothing to read; write a sentence"),
    ] {
        let said = faults(from, to);
        assert!(said.contains(message) && said.starts_with("my.toml:"), "{said}");
    }
}

#[test]
fn one_fault_in_a_lesson_hides_no_other_and_brings_no_false_one() {
    let told = |text: &str| -> Vec<String> {
        let faults = Lesson::from_toml("x", "my.toml", text).unwrap_err();
        faults.0.into_iter().map(|fault| fault.message).collect()
    };
    for (changes, messages) in [
        // Of one question, of all explanations, of one event, of one goal.
        (
            [
                ("sticky.faults.last.sessions_lost == 0", "first.lost"),
                ("in instance 2\", when = \"sticky", "\", when = \"second"),
            ],
            ["no figure begins with `first`", "no figure begins with `second`"],
        ),
        (
            [("{sticky.faults.last.sessions_lost:carts} of", "{first} of"), ("{token.faults.last", "{second")],
            ["no figure begins with `first`", "no figure begins with `second`"],
        ),
        (
            [("until = \"ended\"", "until = \"endet\""), ("in = \"sticky\"", "in = \"stiky\"")],
            ["`endet` is no kind of event", "`stiky` is no world"],
        ),
        (
            [("id = \"safe\"", "id = \"Safe\""), ("\"kill 3\", \"wait 5\"", "\"show tokn\"")],
            ["an `id` is small letters, digits and _", "no home of state is called that; one of: "],
        ),
    ] {
        let text = changes.iter().fold(SMALL.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let told = told(&text);
        let as_expected = told.iter().zip(messages).all(|(told, message)| told.starts_with(message));
        assert!(told.len() == messages.len() && as_expected, "{told:?}");
    }
    let (head, _) = SMALL.split_once("[[step]]").unwrap();
    assert_eq!(told(&format!("{head}[[step]]\nsay = \"{{first}}\"")), ["no figure begins with `first`"]);
}

/// Whoever logs in again has no cookie that could have asked for an instance.
#[test]
fn a_redispatch_is_told_of_a_request_with_a_cookie() {
    for seed in 1..=5 {
        let mut lesson = Lesson::load("redispatch").unwrap_or_else(|faults| panic!("{faults}"));
        lesson.set_seed(seed);
        let played = play(&Arc::new(lesson), &Sheet::default()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let said: Vec<_> = played.said().filter(|(_, said)| said.contains("The cookie had asked for")).collect();
        assert_eq!(said.len(), 1, "seed {seed}");
        assert!(!said[0].1.contains("asked for 0"), "seed {seed}: {}", said[0].1);
    }
}

/// What a goal's sentence rules out must not reach it.
#[test]
fn a_goal_is_not_reached_in_a_way_that_its_sentence_rules_out() {
    for (name, goal, way) in [
        // Not three instances all the time.
        ("balancer", "policy", r#"["again instance.count=1", "wait 60", "wait 60"]"#),
        ("balancer", "policy", r#"["scale 1", "wait 60", "scale 3", "wait 10"]"#),
        // Nothing was scaled out.
        ("scaling", "work", r#"["again instance.count=6", "show sticky", "wait 60"]"#),
        // The carts are not in the instances.
        ("drain", "patience", r#"["show store", "drain 2", "wait 60"]"#),
        // Other instances than the goal names.
        ("copies", "cheaper", r#"["again instance.count=4", "show replicate-backup", "kill 2", "wait 2"]"#),
        ("http", "mended", r#"["again instance.count=2", "show replicate-all", "kill 1", "wait 2"]"#),
        // Nobody has logged out; no copy was sent.
        ("logout", "expiry", r#"["again token.ttl_s=5", "replay cho", "wait 40"]"#),
        ("logout", "expiry", r#"["again token.ttl_s=5", "logout bob", "wait 40"]"#),
    ] {
        let lesson = lesson(name);
        let sheet = Sheet::from_toml(&lesson, "sheet.toml", &format!("{goal} = {way}")).unwrap();
        let played = play(&lesson, &sheet).unwrap_or_else(|error| panic!("{name}: {error}"));
        let attempt = played.goals.iter().find(|attempt| attempt.id == goal).unwrap();
        assert!(!attempt.reached && attempt.impossible.is_none(), "{name} {way} {:?}", attempt.impossible);
    }
}

/// Somebody's last answer may be the one at which time stands still.
#[test]
fn whoever_has_just_left_is_still_called_by_name() {
    for (name, seeds) in [
        ("acknowledged", &[26, 37][..]),
        ("balancer", &[14, 41]),
        ("drain", &[3, 27]),
        ("http", &[33, 35]),
        ("redispatch", &[8, 25]),
        ("state", &[20, 52]),
        ("sticky", &[47]),
        ("store", &[37]),
    ] {
        for &seed in seeds {
            let mut lesson = (*lesson(name)).clone();
            lesson.set_seed(seed);
            let played = play(&Arc::new(lesson), &Sheet::default()).unwrap_or_else(|e| panic!("{name} {seed}: {e}"));
            for (step, said) in played.said() {
                assert!(!said.contains('–'), "{name} with seed {seed}, step {step}: {said}");
            }
        }
    }
}

#[test]
fn another_seed_compares_homes_with_other_users() {
    let (head, _) = SMALL.split_once("[[step]]").unwrap();
    let compared = "[[step]]\ncompare = \"classroom\"\nruns = 2\n\n[[step]]\nsay = \"{compare.p50_ms.token:ms}\"\n";
    let said = |seed| {
        let mut lesson = (*small(&format!("{head}{compared}"))).clone();
        lesson.set_seed(seed);
        let played = play(&Arc::new(lesson), &Sheet::default()).unwrap();
        played.said().map(|(_, said)| said.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(said(1), said(1));
    assert_ne!(said(1), said(30));
}
