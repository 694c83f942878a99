//! The page about the reports says what stands in them, no more and no less.

use crate::cli::statelab;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every key of a document, but for those that the scenario or the figures give names to.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            into.insert(name.clone());
            match name.as_str() {
                "settings" | "inputs" => {}
                "figures" => value.as_object().expect("figures").values().for_each(|figure| keys(figure, into)),
                _ => keys(value, into),
            }
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, into)),
        _ => {}
    }
}

/// All keys of what these command lines print.
fn printed(lines: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for line in lines {
        let output = statelab(&line.split_whitespace().chain(["--format", "json"]).collect::<Vec<_>>());
        assert!(output.status.code() < Some(2), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        keys(&serde_json::from_slice(&output.stdout).expect("JSON"), &mut all);
    }
    all
}

/// The names in code type of one part of the page.
fn documented(schema: &str) -> BTreeSet<String> {
    let page = include_str!("../../assets/reports.md");
    let part = page.split("\n## ").find(|part| part.starts_with(&format!("`{schema}`"))).expect("a part of the page");
    let names = part.lines().skip(1).flat_map(|line| line.split('`').skip(1).step_by(2));
    let key = |name: &&str| {
        let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        letters && name.starts_with(|c: char| c.is_ascii_lowercase())
    };
    names.filter(key).map(str::to_owned).collect()
}

/// Words in code type that are values, or stand in another report.
const VALUES: [&str; 9] = ["draining", "down", "field", "higher", "hung", "lower", "removed", "starting", "token"];

#[test]
fn the_page_names_every_figure_that_follows_from_others() {
    let names = |text: &str| -> BTreeSet<String> {
        let name =
            |rest: &str| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap_or("").to_owned();
        text.split("derived.").skip(1).map(name).filter(|name| !name.is_empty()).collect()
    };
    let line = "compare rest --homes token,store --runs 2 --variant-runs 2 --no-capacity --duration 45s --format json";
    let output =
        statelab(&line.split(' ').chain(["--do", "10s add", "--set", "instance.start_ms=1000"]).collect::<Vec<_>>());
    let printed = names(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(names(include_str!("../../assets/reports.md")), printed);
}

#[test]
fn the_page_names_every_key_of_every_report() {
    for (schema, lines) in [
        (
            "statelab.run/1",
            &[
                "run cart --home store --duration 40s",
                "run rest --home sticky --duration 45s",
                "run --home store --set token.denylist=true",
            ][..],
        ),
        (
            "statelab.compare/1",
            &[
                "compare rest --duration 3s --runs 2 --variant-runs 2 --no-capacity",
                "compare cart --duration 20s --runs 3 --variant-runs 3 --no-capacity --quiet",
            ],
        ),
        (
            "statelab.sweep/1",
            &[
                "sweep rest --sizes 1,2,3,4 --homes memory,store --runs 2",
                "sweep --over workload.users=6,12 --homes memory --runs 2 --duration 20s",
            ],
        ),
        ("statelab.validate/1", &["validate --quick --only Little", "validate --quick --only M/M/1 --skew 2"]),
    ] {
        let (documented, printed) = (documented(schema), printed(lines));
        let missing: Vec<_> = printed.difference(&documented).collect();
        let (values, idle): (Vec<_>, Vec<_>) =
            documented.difference(&printed).partition(|name| VALUES.contains(&name.as_str()));
        assert!(missing.is_empty(), "{schema}: the page does not tell of {missing:?}");
        assert!(idle.is_empty(), "{schema}: the page tells of {idle:?} (and of {values:?}), which do not occur");
    }
}
