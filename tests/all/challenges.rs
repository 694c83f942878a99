//! Every shipped challenge: the designs that should reach it do, those that should not do not, and doing nothing does not.

use super::cli::{Folder, outcome};
use statelab::challenge::{Challenge, Design, May, Unproved, shipped};
use statelab::scenario::Home;

fn challenge(name: &str) -> Challenge {
    Challenge::load(name).unwrap_or_else(|faults| panic!("{faults}"))
}

fn text_of(name: &str) -> &'static str {
    shipped().iter().find(|shipped| shipped.name == name).expect("it is shipped").text
}

/// The challenge with a part of its text replaced.
fn changed(name: &str, from: &str, to: &str) -> Challenge {
    let text = text_of(name);
    assert!(text.contains(from), "{from}");
    Challenge::from_toml("x", "x.toml", &text.replace(from, to)).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn every_shipped_challenge_can_be_reached_in_several_ways_and_not_by_doing_nothing() {
    assert!(shipped().len() >= 7);
    for shipped in shipped() {
        let challenge = challenge(shipped.name);
        challenge.prove().unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
        assert!(challenge.passes.len() >= 2 && challenge.fails.len() >= 2, "{}", shipped.name);
    }
}

#[test]
fn a_challenge_that_is_none_is_found_out() {
    let never = changed("two-at-once", "at_most = 0", "at_most = -1").prove();
    assert!(matches!(never, Err(Unproved::Passes(..))), "{never:?}");
    let nothing = changed("two-at-once", "at_most = 0", "at_most = 99").prove();
    assert!(matches!(nothing, Err(Unproved::Nothing)), "{nothing:?}");
    let reached = changed("two-at-once", "at_most = 0", "at_most = 6").prove();
    assert!(matches!(reached, Err(Unproved::Fails(_))), "{reached:?}");
    let one = changed(
        "two-at-once",
        "  { home = \"store\" },\n  { home = \"replicate-all\" },\n  # The backup is copied anew before the second one dies.\n  { home = \"replicate-backup\", set = [\"network.peer_ms=0.3\"] },\n",
        "  { home = \"token\" },\n",
    );
    assert!(matches!(one.prove(), Err(Unproved::OneWay)));
    let unknown = changed("two-at-once", "run.sessions.lost", "run.sessions.lots").prove().unwrap_err().to_string();
    assert_eq!(unknown, "the goal \"carts lost\": there is no figure `run.sessions.lots`; did you mean `lost`?");
    let twice = changed("two-at-once", "38.2s kill 2", "38.2s kill 1").prove();
    assert!(matches!(twice, Err(Unproved::Rejected(_))), "{twice:?}");
}

#[test]
fn a_verdict_is_the_same_every_time_and_counts_every_seed() {
    let challenge = challenge("two-at-once");
    let sticky = challenge.judge(&Design::default()).unwrap();
    assert_eq!(sticky, challenge.judge(&Design::default()).unwrap());
    assert_eq!((sticky.goals[0].held, sticky.reached), (0, false));
    // Two of three instances are gone, and every seed has its twelve users: most of the carts, but not all.
    let worst = sticky.goals[0].worst.unwrap();
    assert!((6.0..=12.0).contains(&worst), "{worst}");
    // With another name, other seeds judge; the same design may then do otherwise, but never without a loss.
    let other = changed("two-at-once", "seeds = 8", "seeds = 3").judge(&Design::default()).unwrap();
    assert_eq!((other.seeds, other.goals[0].held), (3, 0));
}

#[test]
fn only_what_may_be_changed_is_changed() {
    let mut challenge = challenge("two-at-once");
    challenge.may.retain(|may| *may != May::Home);
    let refused = |design: &Design| challenge.allow(design).unwrap_err().to_string();
    let home = Design { home: Some(Home::Token), ..Design::default() };
    assert!(refused(&home).starts_with("--home token: the home of state may not be changed"), "{}", refused(&home));
    for change in
        ["seed=1", "duration_s=1", "command=[]", "workload.users=1", "workload={users=1}", "instance.workers=9"]
    {
        let design = Design { set: vec![change.into()], ..Design::default() };
        assert!(refused(&design).contains("may not be changed"), "{}", refused(&design));
    }
    let commands = Design { commands: vec![statelab::scenario::parse_timed("1s add").unwrap()], ..Design::default() };
    assert!(refused(&commands).contains("what may be changed: instance.count"), "{}", refused(&commands));
    // The home it has is no change, and what is allowed is done.
    let design = Design { home: Some(Home::Sticky), set: vec!["instance.count=5".into()], ..Design::default() };
    assert_eq!(challenge.allow(&design).unwrap().0.instance.count, 5);
    assert!(challenge.may.contains(&May::Field("replication.".into())));
}

#[test]
fn faults_in_a_challenge_say_where_and_how_to_mend_it() {
    let text = text_of("two-at-once");
    for (from, to, line, message) in [
        ("statelab.challenge/1", "statelab.challenge/9", 3, "this is another format; write format"),
        ("\"classroom\"", "\"clasroom\"", 6, "did you mean"),
        ("38.1s kill 1", "38.1s kil 1", 7, "did you mean `kill`"),
        ("38.1s kill 1", "138.1s kill 1", 7, "after the end; the run ends at 120 s"),
        (
            "instance.count\"",
            "instance.cuont\"",
            9,
            "there is no field `instance.cuont`; did you mean `instance.count`?",
        ),
        ("\"balancer.\"", "\"seed\"", 9, "`seed` is never to be changed; leave it out"),
        ("seeds = 8", "seeds = 1", 10, "`seeds` is 1; 2 to 30 judge a design"),
        ("seeds = 8", "seeds = 8\nsince_s = 500", 11, "not within the run; between 0 and 120"),
        ("{ home = \"token\" }", "{ home = \"tokn\" }", 12, "`tokn` is no home of state; one of: token"),
        ("instance.count=6", "workload.users=6", 20, "`workload.users` may not be changed in this challenge; what may"),
        ("run.sessions.lost", "rum.sessions.lost", 26, "no figure begins with `rum`; a figure begins with one of: run"),
        ("run.sessions.lost", "early.sessions.lost", 26, "it is the instant `since_s`: give that, too"),
        ("run.sessions.lost", "run.sessions.lost +", 26, "a figure or a number must stand here at the end; a formula"),
        ("at_most = 0", "at_most = 0\nat_least = 0", 24, "a goal needs one bound; give it either at_most or at_least"),
        ("at_most = 0", "at_most = 0\nunit = \"%%\"", 28, "`%%` is no unit; %, ms, s or B"),
        ("at_most = 0", "at_moist = 0", 27, "unknown key `at_moist`"),
        (
            "[[goal]]\ntext = \"carts lost\"\nfigure = \"run.sessions.lost\"\nat_most = 0",
            "",
            4,
            "there is no goal; write [[goal]], with text, figure, and at_most or at_least",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let said = Challenge::from_toml("x", "my.toml", &text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(said.contains(message) && said.starts_with(&format!("my.toml:{line}:")), "{from} → {to}: {said}");
    }
}

#[test]
fn the_command_line_lists_asks_and_judges() {
    let (code, out, _) = outcome(&["challenge"]);
    assert!(code == 0 && shipped().iter().all(|shipped| out.contains(shipped.name)), "{out}");

    let (code, out, _) = outcome(&["challenge", "saved"]);
    assert!(code == 0 && out.contains("at most 8400 ms") && out.contains("--set replication.sync=…"), "{out}");
    // What it says to run is a command line, which a shell puts together.
    let whole = out.replace(" \\\n", "");
    let run = whole.lines().find_map(|line| line.trim().strip_prefix("statelab run ")).unwrap();
    let words = run.replace("'38.1s kill 2'", "38.1s~kill~2");
    let words: Vec<String> = words.split_whitespace().map(|word| word.replace('~', " ")).collect();
    let words: Vec<&str> = ["run"].into_iter().chain(words.iter().map(String::as_str)).collect();
    assert_eq!(outcome(&words).0, 0, "{words:?}");

    let (code, out, _) = outcome(&["challenge", "saved", "--set", "replication.sync=true", "--format", "text"]);
    assert!(code == 0 && out.contains("held with 8 of 8") && out.contains("\nReached"), "{out}");
    let (code, out, _) = outcome(&["challenge", "saved", "--home", "store", "--format", "json"]);
    let verdict: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &verdict["schema"], &verdict["reached"]), (1, &"statelab.verdict/1".into(), &false.into()));
    assert_eq!((&verdict["goals"][0]["held"], &verdict["goals"][1]["held"]), (&8.into(), &0.into()));
    let (code, _, err) = outcome(&["challenge", "saved", "--set", "workload.users=1"]);
    assert!(code == 2 && err.contains("what may be changed: home, replication.sync"), "{err}");
    let (_, _, err) = outcome(&["challenge", "store-down", "--do", "500s restart store"]);
    assert!(err.contains("`restart store` at 500 s comes after the end at 120 s\n"), "it has no --duration: {err}");
    let (code, _, err) = outcome(&["challenge", "savd"]);
    assert!(code == 2 && err.contains("did you mean `saved`?"), "{err}");
    assert_eq!(outcome(&["challenge", "saved", "--format", "json"]).0, 2);
}

#[test]
fn a_challenge_of_ones_own_is_handed_in_by_its_file_and_its_name_does_nothing_to_a_terminal() {
    let folder = Folder::new("own-challenge");
    let own = folder.file("own.toml", text_of("saved"));
    let (_, out, _) = outcome(&["challenge", &own]);
    assert!(out.contains(&format!("\n  statelab challenge {own} [--home HOME]")), "{out}");
    let hostile = folder.file("\u{1b}[2J.toml", text_of("saved"));
    // What is to be typed again is as a shell takes it, and names the same file.
    for (design, name) in [(&[][..], "\\U0000001b[2J.toml'"), (&["--home", "store", "--format", "text"], "\\u{1b}[2J")]
    {
        let (_, out, _) = outcome(&[&["challenge", &hostile], design].concat());
        assert!(out.contains(name) && !out.contains('\u{1b}'), "{out}");
    }
}

#[test]
fn check_proves_a_challenge() {
    let folder = Folder::new("challenge");
    let good = folder.file("good.toml", text_of("two-at-once"));
    let (code, out, err) = outcome(&["check", &good]);
    assert_eq!(
        (code, out),
        (0, format!("{good}: ok, a challenge, \"Two instances die at once: lose no cart\"\n")),
        "{err}"
    );
    let easy = folder.file("easy.toml", &text_of("two-at-once").replace("at_most = 0", "at_most = 99"));
    let (code, out, _) = outcome(&["check", &easy]);
    assert!(code == 1 && out.contains("there is nothing to do"), "{out}");
}
