//! `compare` and `merge`, through the real binary: what they answer never depends on how the work was done.

use crate::cli::{Folder, outcome, statelab};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What is printed, if all is well.
fn printed(arguments: &[&str]) -> String {
    let output = statelab(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(&[arguments, &["--format", "json"]].concat())).expect("JSON")
}

/// The complaint, if it ends with 2 and prints nothing.
fn complaint(arguments: &[&str]) -> String {
    let output = statelab(arguments);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// Two seconds of a workload, with its variants, without capacities.
const SMALL: [&str; 12] = [
    "compare",
    "rest",
    "--no-commands",
    "--duration",
    "2s",
    "--runs",
    "3",
    "--variant-runs",
    "2",
    "--no-capacity",
    "--set",
    "workload.bursts=[]",
];

fn small(more: &[&'static str]) -> Vec<&'static str> {
    SMALL.iter().chain(more).copied().collect()
}

#[test]
fn the_answer_is_the_same_for_any_number_of_threads() {
    for format in ["json", "markdown"] {
        let one = printed(&small(&["--format", format, "--jobs", "1"]));
        assert_eq!(one, printed(&small(&["--format", format, "--jobs", "3"])), "{format}");
    }
}

#[test]
fn three_merged_shards_are_the_whole_byte_for_byte() {
    let folder = Folder::new("shards");
    // With a study of capacity; the variants have a test of their own.
    let study = |more: &[&str]| -> Vec<String> {
        let all = ["compare", "--duration", "20s", "--runs", "4", "--homes", "token"];
        all.iter().chain(more).map(|&word| word.to_owned()).collect()
    };
    let run = |more: &[&str]| printed(&study(more).iter().map(String::as_str).collect::<Vec<_>>());
    let parts: Vec<String> = (1..=3).map(|i| folder.path(&format!("{i}.json"))).collect();
    for (i, part) in (1..).zip(&parts) {
        run(&["--shard", &format!("{i}/3"), "--out", part]);
    }
    for format in ["json", "text"] {
        let merged = printed(&["merge", &parts[2], &parts[0], &parts[1], "--format", format]);
        assert_eq!(merged, run(&["--format", format]), "{format}");
    }

    assert!(complaint(&["merge", &parts[0], &parts[2]]).contains("shard 2 of 3 missing"));
    assert!(complaint(&["merge", &parts[0], &parts[1], &parts[1]]).contains("both shard 2/3"));
    let other = folder.path("other.json");
    run(&["--shard", "2/3", "--seed", "9", "--no-capacity", "--out", &other]);
    assert!(complaint(&["merge", &parts[0], &other, &parts[2]]).contains("is of another study"));
    let claims = fs::read_to_string(&parts[0]).expect("a part").replace("\"runs\":4", "\"runs\":4000000000");
    fs::write(&other, claims.replace("\"of\":3", "\"of\":1")).expect("a file");
    assert!(complaint(&["merge", &other]).contains("do not hold what their outline says"));
    // What an older program left out is not guessed.
    let mut older: Value = serde_json::from_str(&fs::read_to_string(&parts[0]).expect("a part")).expect("JSON");
    older["outline"]["studies"][0].as_object_mut().expect("a study").remove("knobs");
    older["shard"]["of"] = 1.into();
    fs::write(&other, older.to_string()).expect("a file");
    assert!(complaint(&["merge", &other]).contains("missing field `knobs`"));
    let whole = folder.path("whole.json");
    run(&["--format", "json", "--no-capacity", "--out", &whole]);
    assert!(complaint(&["merge", &whole]).contains("whole.json is no part of a study"));
    assert!(complaint(&["merge", "/nowhere"]).contains("/nowhere cannot be read"));
}

#[test]
fn variants_are_sharded_too() {
    let folder = Folder::new("variants");
    let parts = ["1/2", "2/2"].map(|shard| {
        let part = folder.path(&shard.replace('/', "of"));
        printed(&[small(&["--homes", "token,sticky"]), vec!["--shard", shard, "--out", &part]].concat());
        part
    });
    let merged = printed(&["merge", &parts[0], &parts[1], "--format", "json"]);
    assert_eq!(merged, printed(&small(&["--homes", "token,sticky", "--format", "json"])));
}

#[test]
fn homes_that_cannot_differ_do_not() {
    let arguments = ["compare", "--homes", "memory,sticky,token", "--set", "balancer.affinity=none", "--runs", "5"];
    let report = json(&[&arguments[..], &["--duration", "60s", "--no-capacity"]].concat());
    let study = &report["studies"][0];
    assert_eq!(study["reference"], "token");
    let figures = |home: usize| study["homes"][home]["figures"].as_object().expect("figures");
    let (memory, sticky) = (figures(0), figures(1));
    assert_eq!(memory, sticky);
    assert!(memory["sessions.lost"]["mean"].as_f64() > Some(0.0));
    assert_eq!(memory["sessions.lost"]["difference"]["verdict"], "higher");
    assert_eq!(memory["sessions.created"]["difference"]["low"].as_f64(), Some(0.0));
    assert_eq!(memory["sessions.created"]["difference"]["verdict"], "no difference");
    assert!(figures(2)["sessions.lost"]["difference"].is_null());
}

#[test]
fn the_report_has_its_schema_and_no_undefined_number() {
    let report = json(&small(&[]));
    assert_eq!(report["schema"], "statelab.compare/1");
    assert_eq!(report["partial"], false);
    let study = &report["studies"][0];
    assert_eq!(study["seeds"], serde_json::json!([7, 8, 9]));
    assert_eq!((study["warmup_s"].as_f64(), study["duration_s"].as_f64()), (Some(0.2), Some(2.0)));
    let homes = study["homes"].as_array().expect("homes");
    assert_eq!(homes.len(), 6);
    for home in homes {
        let figures = home["figures"].as_object().expect("figures");
        for name in ["requests.issued", "wait_ms.p99", "bytes.redundant_ratio", "little.sum_ns", "events.count"] {
            let figure = &figures[name];
            assert!(figure["low"].as_f64() <= figure["mean"].as_f64(), "{name}: {figure}");
            assert!(figure["mean"].is_null() || figure["defined"] == 3, "{name}: {figure}");
        }
        assert!(!figures.contains_key("seed") && !figures.contains_key("instances.1.id"));
    }
    let titles: Vec<&Value> = study["table"].as_array().expect("rows").iter().map(|row| &row["title"]).collect();
    assert_eq!(titles, ["Scalability", "Fault tolerance", "Complexity", "Client responsibility"]);
    for (home, cell) in homes.iter().zip(study["table"][2]["cells"].as_array().expect("cells")) {
        let inputs = cell["inputs"].as_array().expect("inputs");
        let said = inputs.iter().find(|input| input[0] == "knobs set").and_then(|input| input[1].as_str());
        let counted = home["figures"]["derived.knobs"]["mean"].as_f64().expect("a figure");
        assert!(
            counted > 4.0 && said.expect("an input").starts_with(&format!("{counted}: balancer.policy, ")),
            "{cell}"
        );
    }
    let good_for = &study["good_for"];
    assert_eq!(good_for["advice"], "REST → stateless");
    let variants = good_for["variants"].as_array().expect("variants");
    assert_eq!(
        (variants.len(), &variants[0]["parameter"], &variants[0]["factor"]),
        (16, &"traffic".into(), &0.5.into())
    );
    assert!(variants.iter().all(|variant| variant["flips"].is_boolean() != variant["impossible"].is_string()));
}

#[test]
fn one_run_claims_nothing() {
    let report = json(&["compare", "--runs", "1", "--duration", "20s", "--no-capacity", "--homes", "token,store"]);
    let figure = &report["studies"][0]["homes"][1]["figures"]["bytes.store"];
    assert!(figure["mean"].is_number() && figure["low"].is_null());
    assert!(figure["difference"]["mean"].is_number() && figure["difference"]["verdict"].is_null());
    assert_eq!(report["studies"][0]["good_for"]["verdict"]["winners"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_first_run_without_warm_up_has_the_figures_of_run() {
    let run = json(&["run", "--home", "store", "--duration", "20s", "--do", "0s slow 1 x2"]);
    let study = json(&[
        "compare",
        "--homes",
        "store",
        "--runs",
        "1",
        "--duration",
        "20s",
        "--do",
        "0s slow 1 x2",
        "--no-capacity",
    ]);
    let figures = &study["studies"][0]["homes"][0]["figures"];
    assert_eq!(study["studies"][0]["warmup_s"].as_f64(), Some(0.0));
    for (pointer, name) in [
        ("/requests/issued", "requests.issued"),
        ("/wait_ms/p50", "wait_ms.p50"),
        ("/instances/2/busy_ratio", "instances.3.busy_ratio"),
        ("/store/operations", "store.operations"),
        ("/little/integral_ns", "little.integral_ns"),
        ("/events/count", "events.count"),
    ] {
        assert_eq!(run.pointer(pointer).and_then(Value::as_f64), figures[name]["mean"].as_f64(), "{name}");
    }
}

#[test]
fn text_fits_a_hundred_columns_and_csv_has_a_row_for_each_figure() {
    let text = printed(&small(&["--format", "text"]));
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(100), "{text}");
    assert!(text.contains("warm-up") && text.contains("Good for") && text.contains("REST → stateless"), "{text}");
    let rows = printed(&small(&["--format", "csv", "--homes", "token,sticky"]));
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a row")).collect();
    let figures = |home: &str| records.iter().filter(|record| &record[1] == home).count();
    assert!(figures("token") > 50 && figures("token") == figures("sticky"), "{rows}");
}

#[test]
fn each_home_is_judged_by_a_fault_that_hit_it() {
    let kills = ["--duration", "60s", "--do", "30s kill 2", "--do", "40s kill store", "--homes", "sticky,store"];
    let arguments = [&["compare", "--runs", "2", "--no-capacity"], &kills[..]].concat();
    let report = json(&arguments);
    let cells = &report["studies"][0]["table"][1]["cells"];
    for (cell, fault) in [(&cells[0], "kill 2 at 30.0 s"), (&cells[1], "kill store at 40.0 s")] {
        assert_eq!(cell["inputs"][0], serde_json::json!(["fault", fault]));
    }
    for format in ["text", "markdown"] {
        let shown = printed(&[&arguments[..], &["--format", format]].concat());
        assert!(shown.contains("kill 2 at 30.0 s") && shown.contains("no store"), "{shown}");
    }
}

#[test]
fn lines_above_the_tables_are_paragraphs_in_markdown() {
    let shown = printed(&small(&["--format", "markdown"]));
    assert!(shown.contains("where its interval spans zero\n\nwhat happened in none of these runs"), "{shown}");
}

#[test]
fn a_command_that_one_home_rejects_does_not_shift_the_others() {
    let kills = ["--do", "30s kill store", "--do", "40s kill store", "--do", "50s kill 2"];
    // What is stored outlives its store, so that somebody is there to be hit.
    let persistent = ["--set", "store.persistence=always"];
    let what = ["compare", "--homes", "token,store", "--duration", "60s", "--runs", "2", "--no-capacity"];
    let arguments = [&what[..], &persistent, &kills].concat();
    let study = &json(&arguments)["studies"][0];
    assert_eq!(study["faults"], serde_json::json!(["kill store", "kill store", "kill 2"]));
    for (home, hits) in [(0, [2, 2, 2]), (1, [2, 0, 2])] {
        let defined =
            |number: usize| study["homes"][home]["figures"][format!("faults.{number}.at_s")]["defined"].as_u64();
        assert_eq!([1, 2, 3].map(defined), hits.map(Some), "{}", study["homes"][home]["home"]);
        assert_eq!(study["homes"][home]["figures"]["faults.3.at_s"]["mean"].as_f64(), Some(50.0));
        assert_eq!(study["table"][1]["cells"][home]["inputs"][0][1], "kill 2 at 50.0 s");
    }
    let text = printed(&[&arguments[..], &["--format", "text"]].concat());
    assert!(text.contains("What `kill 2` at 50 s did") && text.contains("no fault in 2 of 2"), "{text}");
    let rows = printed(&[&arguments[..], &["--format", "csv"]].concat());
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let command = reader.headers().expect("heads").iter().position(|head| head == "command").expect("a column");
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a row")).collect();
    let of = |figure: &str| records.iter().filter(|row| &row[2] == figure).map(|row| row[command].to_owned()).collect();
    assert_eq!(
        (of("faults.3.requests_failed"), of("requests.issued")),
        (vec!["kill 2".to_owned(); 2], vec![String::new(); 2])
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    for (arguments, words) in [
        (vec!["--homes", "token,stiky"], "a similar value exists: 'sticky'"),
        (vec!["--runs", "0"], "it must be a whole number from 1 to 100000"),
        (vec!["--jobs", "0"], "it must be a whole number from 1 to 1024"),
        (vec!["--shard", "4/3"], "I goes from 1 to N"),
        (vec!["--shard", "1"], "write it as I/N"),
        (vec!["--shard", "1/2", "--format", "text"], "cannot be used with"),
        (vec!["cart", "--workloads"], "cannot be used with"),
        (vec!["cart", "--instances", "1"], "`kill 2` is impossible"),
        (vec!["clasroom"], "did you mean `classroom`?"),
    ] {
        let arguments: Vec<&str> = ["compare"].into_iter().chain(arguments).collect();
        let why = complaint(&arguments);
        assert!(why.starts_with("statelab: ") && why.contains(words), "{arguments:?}: {why}");
    }
    assert!(complaint(&["merge"]).contains("FILE"));
}

#[test]
fn what_did_not_come_within_the_run_is_told_from_what_does_not_apply() {
    let kills = ["--homes", "memory,store", "--do", "30s kill 2", "--do", "40s kill store", "--duration", "60s"];
    let text = printed(&[&["compare", "--runs", "1", "--no-capacity", "--format", "text"], &kills[..]].concat());
    let row = |fault: &str, home: &str| {
        let table = &text[text.find(fault).unwrap_or_else(|| panic!("{text}"))..];
        let line = table.lines().find(|line| line.trim_start().starts_with(home)).expect("a row").to_owned();
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    // Nobody watches the store, so that nobody can notice; what it held is gone for good.
    assert_eq!(row("What `kill store`", "store")[5..], ["–", "not seen"], "{text}");
    assert!(
        !text.contains("never") && row("What `kill 2`", "memory").iter().all(|cell| !cell.ends_with(".000")),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn an_interruption_before_the_first_seed_leaves_the_old_report_alone() {
    let folder = Folder::new("spared");
    let out = folder.file("keep.json", "what was there");
    // One seed takes longer than anybody waits.
    let long =
        ["compare", "cluster", "--runs", "3", "--duration", "10000s", "--homes", "token,sticky", "--no-capacity"];
    let child = Command::new(env!("CARGO_BIN_EXE_statelab"))
        .args(long)
        .args(["--out", &out])
        .stderr(std::process::Stdio::piped())
        .spawn();
    let child = child.expect("the binary starts");
    std::thread::sleep(std::time::Duration::from_millis(700));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(err.contains("keep.json is left as it was"), "{err}");
    assert_eq!(fs::read_to_string(&out).expect("the file"), "what was there");
}

#[cfg(unix)]
#[test]
fn an_interrupted_comparison_reports_complete_pairs() {
    use std::thread::sleep;
    use std::time::Duration;
    let folder = Folder::new("interrupted");
    let long = ["compare", "--runs", "100000", "--homes", "token,sticky", "--no-capacity", "--jobs", "2"];
    for (more, shard) in [(vec!["--format", "json"], false), (vec!["--shard", "1/2"], true)] {
        let out = folder.path("out.json");
        let child = Command::new(env!("CARGO_BIN_EXE_statelab")).args(long).args(more).args(["--out", &out]).spawn();
        let mut child = child.expect("the binary starts");
        sleep(Duration::from_millis(700));
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(130));
        let report: Value = serde_json::from_str(&fs::read_to_string(&out).expect("a report")).expect("JSON");
        assert_eq!(report["partial"], true);
        if shard {
            assert!(complaint(&["merge", &out]).contains("run shard 1/2 again"));
            continue;
        }
        let study = &report["studies"][0];
        let seeds = study["seeds"].as_array().expect("seeds").len();
        assert!((1..100_000).contains(&seeds), "{seeds}");
        for home in study["homes"].as_array().expect("homes") {
            assert_eq!(home["figures"]["requests.issued"]["defined"], seeds);
        }
    }
}

mod batch {
    use super::{PathBuf, fs};
    use saphyr::{LoadableYamlNode, Yaml};
    use std::process::Command;

    fn asset(name: &str) -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/batch").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Lets a shell read a line as the batch system would, and our program understand it; then help is all that is asked for.
    fn understood(line: &str, variable: (&str, &str)) {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_statelab"));
        let folder = program.parent().expect("a folder").display().to_string();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .args(["-c", &format!("{line} --help")])
            .env("PATH", path)
            .env("SLURM_CPUS_PER_TASK", "2")
            .env(variable.0, variable.1)
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn the_kubernetes_job_has_as_many_pods_as_shards() {
        let text = asset("kubernetes-job.yaml");
        let documents = Yaml::load_from_str(&text).expect("YAML");
        assert_eq!(documents.len(), 1);
        let job = &documents[0];
        assert_eq!((job["kind"].as_str(), job["apiVersion"].as_str()), (Some("Job"), Some("batch/v1")));
        let spec = &job["spec"];
        assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
        let container = &spec["template"]["spec"]["containers"][0];
        let script = container["command"][2].as_str().expect("a script");
        let pods = spec["completions"].as_integer().expect("a number");
        assert!(script.contains(&format!("/{pods}\" ")), "{script}");
        for index in [0, pods - 1] {
            understood(script, ("JOB_COMPLETION_INDEX", &index.to_string()));
        }
        let mount = container["volumeMounts"][0]["mountPath"].as_str().expect("a path");
        assert!(script.contains(&format!("--out \"{mount}/part-")));
    }

    #[test]
    fn the_one_liners_are_command_lines() {
        let slurm = asset("slurm.sh");
        understood(slurm.lines().last().expect("a line"), ("SLURM_ARRAY_TASK_ID", "10"));
        let parallel = asset("parallel.sh");
        let line = parallel.lines().last().expect("a line");
        let line = line.split_once("statelab").expect("our program").1.split(":::").next().expect("a command");
        understood(&format!("statelab{}", line.replace("{}", "1")), ("NONE", ""));
    }
}

#[test]
fn a_command_that_was_rejected_is_told_of() {
    let small = ["--homes", "token", "--runs", "1", "--variant-runs", "0", "--no-capacity", "--duration", "20s"];
    let run = |second: &str| {
        let commands = ["compare", "classroom", "--no-commands", "--do", "10s kill 2", "--do", second];
        outcome(&[&commands[..], &small[..]].concat())
    };
    let (code, out, err) = run("11s kill 2");
    assert!(code == 0 && err.contains("a command of classroom was rejected"), "{err}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["studies"][0]["homes"][0]["figures"]["derived.commands_rejected"]["mean"], 1.0);
    assert_eq!(run("11s kill 1").2, "");
}

/// With half the instances there is no fourth to kill: who has not lived through it wins nothing by that.
#[test]
fn a_variant_in_which_a_command_is_impossible_turns_no_verdict() {
    let arguments =
        ["--homes", "token,sticky", "--runs", "1", "--variant-runs", "1", "--no-capacity", "--duration", "12s"];
    let commands = ["compare", "rest", "--no-commands", "--do", "8s kill 4"];
    let (_, out, err) = outcome(&[&commands[..], &arguments[..]].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {err}"));
    let variants = report["studies"][0]["good_for"]["variants"].as_array().expect("a list").clone();
    let halved = variants.iter().filter(|variant| variant["parameter"] == "instances" && variant["factor"] == 0.5);
    let halved: Vec<_> = halved.collect();
    assert_eq!(halved.len(), 1, "{variants:?}");
    assert!(halved[0]["impossible"].is_string() && halved[0]["flips"].is_null(), "{}", halved[0]);
}

#[test]
fn where_nobody_failed_no_wait_is_said_to_have() {
    let classroom = ["compare", "classroom", "--no-commands", "--duration", "10s", "--homes", "token,store"];
    let quick = ["--runs", "1", "--variant-runs", "0", "--no-capacity", "--format", "text"];
    let (_, text, _) = outcome(&[&classroom[..], &quick].concat());
    let waits = text.split("\n\n").find(|part| part.starts_with("Wait for success")).expect("the table");
    assert!(waits.contains("store") && !waits.contains("failed"), "with the store nobody has an answer yet: {waits}");
}
