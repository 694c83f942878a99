//! Scenario files: those that are shipped, and those that are broken in every way we could think of.

use statelab::command::{Command, Target};
use statelab::scenario::{Affinity, Dist, Population, Scenario, shipped};

/// What a broken text must be told: where, and words of the message and the hint.
fn told(text: &str) -> Vec<(usize, usize, String)> {
    let faults = Scenario::from_toml("my", "my.toml", text).expect_err(text);
    let spot = |fault: &statelab::scenario::Fault| fault.spot.as_ref().map_or((0, 0), |spot| (spot.line, spot.column));
    faults.0.iter().map(|fault| (spot(fault).0, spot(fault).1, fault.to_string())).collect()
}

#[test]
fn every_shipped_scenario_is_sound_and_stays_so() {
    for shipped in shipped() {
        let scenario = Scenario::load(shipped.name).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(scenario.name, shipped.name);
        assert_eq!(scenario.validate(), Ok(()));
        assert!(!scenario.title.is_empty() && !scenario.about.is_empty());
        assert!(scenario.commands.is_sorted_by(|a, b| a.at_s <= b.at_s));
        assert!(scenario.commands.iter().all(|timed| timed.at_s <= scenario.duration_s));
        assert!(scenario.open_at_s < scenario.duration_s);
    }
}

/// The figures that the contract and the oracles lean on.
#[test]
fn shipped_scenarios_are_what_the_contract_says() {
    let queue = Scenario::load("queue").unwrap();
    let no_limits = [
        queue.session.timeout_s,
        queue.client.timeout_ms,
        queue.network.client_mbit,
        queue.network.backend_mbit,
        queue.balancer.check_interval_ms,
        queue.instance.queue,
        queue.instance.header_limit_bytes,
        queue.instance.memory_mib,
        queue.token.ttl_s,
        queue.store.queue,
        queue.store.timeout_ms,
        queue.store.memory_mib,
    ];
    assert_eq!(no_limits, [None; 12]);
    assert_eq!((queue.instance.count, queue.warm_start, queue.client.retries), (1, false, 0));
    assert_eq!((queue.workload.service_ms, queue.workload.login_ms), (Dist::Exponential(1000.0), None));
    assert_eq!((queue.workload.login_factor, queue.workload.requests_per_session), (1.0, Dist::Fixed(1.0)));

    let cluster = Scenario::load("cluster").unwrap();
    assert_eq!(cluster.workload.population, Population::Users(10_000));
    assert_eq!(cluster.workload.requests_per_session, Dist::Endless);
    let capacity = f64::from(cluster.instance.count) * f64::from(cluster.instance.workers) / 0.010;
    // The request itself takes a little more than its service of 10 ms.
    let rate = 10_000.0 / ((cluster.workload.think_ms.mean() + 14.0) / 1e3);
    assert!((rate / capacity - 0.8).abs() < 0.001, "load {}", rate / capacity);

    let classroom = Scenario::load("classroom").unwrap();
    assert_eq!((classroom.workload.population, classroom.instance.count), (Population::Users(12), 3));
    assert_eq!((classroom.slow_motion, classroom.open_at_s), (100.0, 20.0));
    // Checks are not slowed; with a shorter timeout than their round trip, no instance would ever be up.
    assert!(classroom.balancer.check_timeout_ms > 2.0 * classroom.network.backend_ms.mean());

    let cart = Scenario::load("cart").unwrap();
    let commands: Vec<_> = cart.commands.iter().map(|timed| (timed.at_s, timed.command)).collect();
    let expected = [
        (2100.0, Command::Kill(Target::Instance(2))),
        (3000.0, Command::Kill(Target::Store)),
        (3900.0, Command::Deploy),
    ];
    assert_eq!(commands, expected);
    assert_eq!(Scenario::load("serverless").unwrap().balancer.affinity, Affinity::None);
}

/// What is listed of the fields can be written into a file.
#[test]
fn the_defaults_that_are_listed_are_the_defaults() {
    let fields = statelab::scenario::fields();
    assert!(fields.len() > 80 && fields.iter().all(|field| !field.allowed.is_empty()), "{fields:?}");
    let mut scenario = Scenario::from_toml("x", "x.toml", "").unwrap();
    let default = scenario.clone();
    for field in fields.iter().filter(|field| field.path != "command") {
        let Some(value) = &field.default else { continue };
        scenario.set(&format!("{}={value}", field.path)).unwrap_or_else(|faults| panic!("{faults}"));
    }
    assert_eq!(scenario, default);
    let of = |path: &str| fields.iter().find(|field| field.path == path).expect("it is there");
    let think = of("workload.think_ms");
    assert_eq!((think.unit, think.default.as_deref()), ("milliseconds", Some("{ exponential = 3000 }")));
    assert_eq!(of("instance.count").allowed, "whole, 1 to 1024");
    assert_eq!(of("instance.count").meaning, "How many there are at the start.");
    assert!(of("workload.users").meaning.starts_with("Where visits come from"));
    // One that runs over two lines where it is defined.
    assert!(of("slow_motion").meaning.contains("divided; not think times"), "{:?}", of("slow_motion"));
    assert!(fields.iter().all(|field| field.meaning.ends_with(['.', '…'])), "{fields:?}");
}

#[test]
fn an_empty_file_is_all_defaults() {
    assert_eq!(Scenario::from_toml("custom", "x.toml", ""), Ok(Scenario::default()));
}

/// One broken line each: `(text, line, column, words that the fault must contain)`.
const BROKEN: &[(&str, usize, usize, &str)] = &[
    ("[instance]\nquue = 5", 2, 1, "unknown key `quue` in [instance]; did you mean `queue`?"),
    ("titel = \"x\"", 1, 1, "did you mean `title`?"),
    ("count = 5", 1, 1, "it belongs in [instance]"),
    ("[client]\nseed = 5", 2, 1, "it belongs above the first [table]"),
    ("[instance]\ntimeout_ms = 5", 2, 1, "it belongs in [client] or in [store]"),
    ("[instnce]\ncount = 1", 1, 2, "did you mean [instance]?"),
    ("[instance.more]\nx = 1", 1, 11, "unknown key `more` in [instance]; known here: count,"),
    ("instance = 5", 1, 1, "`instance` is a table; write [instance]"),
    ("[client]\ntimeout = 3", 2, 1, "did you mean `timeout_ms`?"),
    ("[client]\ntimeout_s = 3", 2, 1, "it belongs in [session]"),
    ("[workload]\nthink_s = 3", 2, 1, "did you mean `think_ms`?"),
    ("duration_s = \"90s\"", 1, 14, "a number of seconds, not the text \"90s\"; write 90: the unit is in the key"),
    ("[workload]\nthink_ms = \"3s\"", 2, 12, "write 3000: the unit is in the key"),
    ("slo_ms = \"250\"", 1, 10, "leave out the quotes"),
    ("title = 5", 1, 9, "must be a text in quotes, not 5"),
    ("title = 2020-01-01", 1, 9, "not a date or time of day"),
    ("[instance]\ncount = 2.5", 2, 9, "must be a whole number, not 2.5; write 3"),
    ("[instance]\ncount = 0", 2, 9, "between 1 and 1024, not 0"),
    ("[instance]\ncount = 1_000_000_000", 2, 9, "between 1 and 1024, not 1000000000"),
    ("[instance]\nworkers = 4097", 2, 11, "between 1 and 4096"),
    ("[instance]\nqueue = -1", 2, 9, "between 0 and 10000000, not -1"),
    ("[instance]\nqueue = \"non\"", 2, 9, "a whole number or \"none\", not the text \"non\""),
    ("[workload]\nusers = 20_000_000", 2, 9, "between 1 and 10000000"),
    ("[workload]\nsessions_per_s = 1e8", 2, 18, "between 0.000001 and 10000000 per second"),
    ("[workload]\nusers = 5\nsessions_per_s = 2", 3, 1, "`users` and `sessions_per_s` exclude each other"),
    ("[workload]\nwrite_ratio = 1.5", 2, 15, "between 0 and 1, not 1.5"),
    ("[workload]\nwrite_ratio = nan", 2, 15, "must be finite"),
    ("[workload]\nservice_ms = inf", 2, 14, "must be finite"),
    ("[workload]\nservice_ms = 1e308", 2, 14, "not 1e308"),
    ("[workload]\nservice_ms = { exponential = 1e999 }", 2, 30, "must be finite"),
    ("[workload]\nthink_ms = -1", 2, 12, "not -1"),
    (
        "[workload]\nthink_ms = { exponental = 3 }",
        2,
        14,
        "`exponental` is no distribution; did you mean `exponential`?",
    ),
    ("[workload]\nthink_ms = { lognormal = 3 }", 2, 12, "{ lognormal = MEAN, sigma = S }"),
    ("[workload]\nthink_ms = { uniform = [5, 1] }", 2, 12, "5 is above 1; swap them"),
    ("[workload]\nthink_ms = { uniform = 5 }", 2, 24, "`uniform` takes two numbers"),
    ("[workload]\nthink_ms = {}", 2, 12, "no single distribution"),
    ("[workload]\nthink_ms = \"none\"", 2, 12, "or a distribution such as"),
    ("[workload]\nrequests_per_session = { geometric = 0.5 }", 2, 38, "`geometric` must be between 1 and"),
    ("[workload]\nrequests_per_session = 2.5", 2, 24, "a whole number, not 2.5"),
    ("[workload]\nrequests_per_session = \"none\"", 2, 1, "visits without end need a fixed number of users"),
    ("[workload]\nsessions_per_s = 1e6\nthink_ms = 3_600_000", 3, 1, "visits would be in progress at once"),
    ("[workload]\nusers = 2\nthink_ms = 0\n[network]\nclient_ms = 0", 5, 1, "at one instant; set `think_ms` above 0"),
    ("[workload]\nusers = 1_000_000\nthink_ms = 0.01", 2, 1, "users would ask"),
    ("[workload]\nusers = 5\n[[command]]\nat_s = 1\ndo = \"burst x0.00001 1h\"", 5, 6, "longer than a day"),
    (
        "[workload]\nsessions_per_s = 1e6\n[[command]]\nat_s = 1\ndo = \"burst x20 3s\"",
        5,
        6,
        "a burst brings 20000000 visits",
    ),
    ("title = \"\\u00ad\"", 1, 9, "`title` holds the character \\u{ad}"),
    ("noun = \"\\u3164\"", 1, 8, "`noun` holds the character \\u{3164}"),
    ("[workload]\nbursts = [{ at_s = 1, factr = 2, for_s = 3 }]", 2, 11, "this entry lacks `factor`"),
    (
        "[workload]\nusers = 5\nbursts = [{ at_s = 1, factor = 0, for_s = 3 }]",
        3,
        1,
        "lets users think for longer than a day",
    ),
    (
        "[workload]\ntransport = \"connection\"\n[autoscaler]\nmode = \"per-request\"",
        2,
        1,
        "a function that starts for each request has no connections; set `transport` to \"request\"",
    ),
    (
        "[balancer]\naffinity = \"cookie\"\n[autoscaler]\nmode = \"per-request\"",
        2,
        1,
        "a cookie leads nobody back to a function that starts for each request; set `affinity` to \"auto\"",
    ),
    ("[workload]\nbursts = 3", 2, 10, "must be a list; write bursts = ["),
    (
        "[workload]\nsessions_per_s = 1e6\nbursts = [{ at_s = 1, factor = 20, for_s = 3 }]",
        2,
        1,
        "a burst brings 20000000 visits",
    ),
    ("[balancer]\npolicy = \"round robin\"", 2, 10, "is no policy; did you mean `round-robin`?"),
    ("[balancer]\npolicy = \"best\"", 2, 10, "known: round-robin, random, least-connections, two-choices, hash, ring"),
    ("[balancer]\nredispatch = \"on\"", 2, 14, "must be true or false, not the text \"on\"; write true"),
    ("[balancer]\ncheck_timeout_ms = 0", 2, 20, "between 0.001 and 86400000 milliseconds, not 0"),
    ("[store]\npersistence = false", 2, 15, "must be one of \"none\", \"everysec\", \"always\", not false"),
    ("[autoscaler]\nmin = 9\nmax = 2", 3, 1, "`min` 9 is above its `max` 2"),
    ("[client]\nbackoff_ms = 500\nbackoff_cap_ms = 100", 3, 1, "raise the cap"),
    ("[client]\nbackoff_ms = 0\n[workload]\ntransport = \"connection\"", 2, 1, "set `backoff_ms` to 1 or more"),
    ("[[command]]\nat_s = 3\ndo = \"kil 2\"", 3, 6, "unknown command `kil 2`; did you mean `kill`, as in `kill 2`?"),
    ("[[command]]\nat_s = 3\ndo = \"kill 9\"", 3, 6, "`kill 9` is impossible: there are only 3"),
    ("[[command]]\nat_s = 3\ndo = \"scale 2000\"", 3, 6, "at most 1024 instances"),
    ("[[command]]\ndo = \"kill 2\"", 1, 1, "this entry lacks `at_s`"),
    ("[[command]]\nat_s = -1\ndo = \"kill 2\"", 2, 8, "`at_s` must be between 0 and"),
    ("seed = -1", 1, 8, "between 0 and 18446744073709551615, not -1"),
    ("seed = 1\nseed = 2", 2, 1, "not TOML: duplicate key"),
    ("title = \"x", 1, 11, "not TOML"),
    ("title = \"a\\u202Eb\"", 1, 9, "`title` holds the character \\u{202e}"),
    ("title = \"a\\u001B[2J\"", 1, 9, "`title` holds the character \\u{1b}"),
    ("noun = \"a noun of very many words\"", 1, 8, "longer than 20 characters"),
    ("# a comment \u{202E} that runs backwards", 1, 13, "\\u{202e} cannot be seen"),
    ("about = \"\"\"two\nlines\"\"\"", 1, 9, "end the line with \\"),
];

#[test]
fn each_fault_names_its_place_and_a_remedy() {
    for (text, line, column, words) in BROKEN {
        let faults = told(text);
        let found = faults.iter().any(|(l, c, message)| (l, c) == (line, column) && message.contains(words));
        assert!(found, "{text:?} should say {words:?} at {line}:{column}, but says {faults:#?}");
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_text() {
    let text: String = "titel = 1\nslo_ms = nan\n[client]\nretries = -1\n[instance]\nquue = 5\n".into();
    let lines: Vec<usize> = told(&text).iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [1, 2, 4, 6]);
}

#[test]
fn a_refused_key_brings_no_second_fault() {
    let faults = told("[instance]\ncount = 5000\n[[command]]\nat_s = 1\ndo = \"kill 9\"");
    assert_eq!(faults.len(), 1, "{faults:#?}");
}

#[test]
fn commands_count_what_could_be_there_by_then() {
    let ok = |text: &str| Scenario::from_toml("x", "x", text).map(|_| ());
    let commands = |list: &[(f64, &str)]| -> String {
        list.iter().map(|(at, what)| format!("[[command]]\nat_s = {at}\ndo = \"{what}\"\n")).collect()
    };
    assert_eq!(ok(&commands(&[(1.0, "add"), (2.0, "kill 4")])), Ok(()));
    assert_eq!(ok(&commands(&[(2.0, "kill 5"), (1.0, "scale 5")])), Ok(()));
    assert_eq!(ok(&format!("{}[autoscaler]\nmode = \"utilisation\"", commands(&[(1.0, "kill 60")]))), Ok(()));
    assert!(ok(&commands(&[(3.0, "add"), (2.0, "kill 4")])).is_err(), "added too late");
    assert!(ok(&commands(&[(1.0, "scale 5"), (2.0, "kill 6")])).is_err(), "ids end at 5");
    assert!(ok(&commands(&[(1.0, "kill 1"), (2.0, "scale 3"), (3.0, "kill 4")])).is_ok(), "one took its place");
    assert!(
        ok(&commands(&[(1.0, "kill store"), (2.0, "scale 3"), (3.0, "kill 4")])).is_err(),
        "a store is no instance"
    );
}

#[test]
fn distributions_and_limits_are_read_in_all_their_forms() {
    let text = "[workload]\nthink_ms = { lognormal = 5, sigma = 0.5 }\nservice_ms = { uniform = [1, 2.5] }\n\
                login_ms = 7\nrequests_per_session = { geometric = 4 }\nusers = 3\n[instance]\nqueue = \"none\"\n[replication]\nsync = true";
    let scenario = Scenario::from_toml("x", "x", text).unwrap();
    let work = &scenario.workload;
    assert_eq!(work.think_ms, Dist::Lognormal { mean: 5.0, sigma: 0.5 });
    assert_eq!((work.service_ms, work.login_ms), (Dist::Uniform(1.0, 2.5), Some(Dist::Fixed(7.0))));
    assert_eq!((work.requests_per_session, work.population), (Dist::Geometric(4.0), Population::Users(3)));
    assert_eq!((scenario.instance.queue, scenario.replication.sync), (None, Some(true)));
}

#[test]
fn bombs_are_refused() {
    let bombs = [
        format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x = {}1{}", "{a=".repeat(60_000), "}".repeat(60_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        "#".repeat(300 * 1024),
        (0..20_000).map(|i| format!("k{i} = 1\n")).collect(),
        format!("{} = 1", "k".repeat(200_000)),
        format!("title = \"{}\"", "x".repeat(200_000)),
        "x = \"".repeat(40_000),
    ];
    let deep = Scenario::from_toml("x", "x.toml", &bombs[0]).unwrap_err();
    assert!(deep.0.len() == 1 && deep.0[0].message == "nested too deeply", "{deep}");
    for bomb in &bombs {
        let faults = Scenario::from_toml("x", "x.toml", bomb).unwrap_err();
        assert!(!faults.0.is_empty() && faults.0.len() <= 101);
        assert!(faults.0.iter().all(|fault| fault.to_string().len() < 2000));
    }
}

#[test]
fn what_is_shown_never_holds_a_character_that_does_something() {
    for text in [
        "\"\\u001B[2J\" = 1",
        "x = \"\u{202E}\"",
        "title = \"\\u0007\"",
        "[balancer]\npolicy = \"\\u001B\"",
        "\u{7f} = 1",
    ] {
        let message = Scenario::from_toml("x", "a\u{1b}b.toml", text).unwrap_err().to_string();
        assert!(!message.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202E}'), "{message:?}");
    }
}

#[test]
fn set_reads_toml_or_else_text_and_the_later_wins() {
    let mut scenario = Scenario::load("classroom").unwrap();
    for assignment in [
        "workload.sessions_per_s=3.2",
        "workload.think_ms={ exponential = 5 }",
        "balancer.policy=two-choices",
        "balancer.policy = \"hash\"",
        "instance.queue=none",
        "client.timeout_ms=250",
        "title=Two words",
        "command=[{ at_s = 5, do = \"kill 1\" }]",
    ] {
        scenario.set(assignment).unwrap_or_else(|faults| panic!("{faults}"));
    }
    assert_eq!(scenario.workload.population, Population::SessionsPerSecond(3.2));
    assert_eq!(scenario.workload.think_ms, Dist::Exponential(5.0));
    assert_eq!(scenario.balancer.policy, statelab::scenario::Policy::Hash);
    assert_eq!((scenario.instance.queue, scenario.client.timeout_ms), (None, Some(250.0)));
    assert_eq!((scenario.title.as_str(), scenario.commands.len()), ("Two words", 1));
    scenario.set("workload.users=4").unwrap();
    assert_eq!(scenario.workload.population, Population::Users(4));
}

#[test]
fn set_refuses_what_a_file_refuses_and_changes_nothing() {
    for (assignment, words) in [
        ("workload.user=4", "--set workload.user=4: unknown key `user` in [workload]; did you mean `users`?"),
        ("instance.count=1e9", "between 1 and 1024"),
        ("instance.count=three", "must be a whole number, not the text \"three\""),
        ("balancer.policy=best", "is no policy"),
        ("workload.users", "there is no `=`"),
        ("=3", "is no path"),
        ("a b=3", "is no path"),
        ("workload={ users = 1, sessions_per_s = 2 }", "exclude each other"),
        ("seed=1\ntitle = \"x\"", "must be a whole number"),
        ("title=\u{1b}[2J", "holds the character \\u{1b}"),
        ("workload.write_ratio=inf", "must be finite"),
    ] {
        let mut scenario = Scenario::load("cart").unwrap();
        let faults = scenario.set(assignment).expect_err(assignment).to_string();
        assert!(faults.contains(words), "{assignment}: {faults}");
        assert_eq!(scenario, Scenario::load("cart").unwrap());
    }
}

#[test]
fn rules_that_weigh_several_keys_hold_after_options_too() {
    let mut cart = Scenario::load("cart").unwrap();
    cart.set("instance.count=1").unwrap();
    let faults = cart.validate().unwrap_err().to_string();
    assert!(faults.contains("scenario cart, at 2100 s: `kill 2` is impossible: there is only 1"), "{faults}");
    cart.commands.clear();
    assert_eq!(cart.validate(), Ok(()));
}

#[test]
fn names_and_files_are_told_apart() {
    let unknown = Scenario::load("clasroom").unwrap_err().to_string();
    assert!(unknown.contains("did you mean `classroom`?") && unknown.contains("serverless"), "{unknown}");
    assert!(Scenario::load("./classroom").unwrap_err().to_string().contains("cannot be read"));
    assert!(Scenario::load("classroom.toml").unwrap_err().to_string().contains("cannot be read"));
}
