//! What is printed for people fits a terminal of 80 columns.

use crate::cli::outcome;
use statelab::scenario::{Home, shipped};
use unicode_width::UnicodeWidthStr;

/// Runs a command, and looks for a line that is too wide.
fn fits(line: &str) {
    let (code, out, err) = outcome(&crate::readme::words(line).iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, 0, "{line}: {err}");
    assert!(out.lines().count() > 5, "{line}: {out}");
    let wide: Vec<&str> = out.lines().filter(|line| line.width() > 80).collect();
    assert!(wide.is_empty(), "{line}\n{}", wide.join("\n"));
}

#[test]
fn a_run_fits_in_every_home() {
    for scenario in shipped() {
        for home in Home::ALL {
            let name = scenario.name;
            let faults = "--do '1.001s kill 1' --do '1.25s kill store' --do '1.5s deploy'";
            fits(&format!("run {name} --home {home} --duration 2s {faults} --format text"));
        }
    }
}

#[test]
fn a_comparison_fits() {
    for scenario in ["rest", "classroom"] {
        let faults = "--do '38.1s kill 2' --do '45s kill store'";
        let runs = "--runs 2 --duration 60s --variant-runs 0 --no-capacity";
        fits(&format!("compare {scenario} {runs} {faults} --format text"));
    }
    fits("compare classroom --runs 2 --duration 30s --variant-runs 1 --format text");
}

#[test]
fn a_sweep_fits() {
    fits("sweep classroom --sizes 1,2 --runs 2 --format text");
    fits("sweep queue --homes token,replicate-backup --sizes 1,2,4,8,16 --runs 2 --format text");
    fits("sweep rest --over client.retries=0,1,2,3,4,5 --runs 2 --duration 40s --format text");
}

#[test]
fn a_validation_fits_and_long_parameters_have_their_own_line() {
    for only in ["'no session'", "replication", "'request-ns'"] {
        fits(&format!("validate --quick --only {only} --format text"));
    }
}

#[test]
fn lists_and_tasks_fit() {
    for line in ["list", "list --fields", "lesson", "challenge"] {
        fits(line);
    }
    for challenge in statelab::challenge::shipped() {
        fits(&format!("challenge {}", challenge.name));
    }
}
