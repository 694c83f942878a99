use super::*;
use crate::experiment::run_headless;
use crate::scenario::{Scenario, TimedCommand};
use std::sync::atomic::AtomicBool;

fn figures(home: Home, kill: bool) -> RunReport {
    let mut scenario = Scenario { duration_s: 60.0, noun: "cart".into(), ..Scenario::default() };
    if kill {
        scenario.commands.push(TimedCommand { at_s: 30.0, command: "kill 2".parse().unwrap() });
    }
    run_headless(&scenario, home, &AtomicBool::new(false), None).unwrap().report
}

fn table(stateful: Home, kill: bool) -> Vec<Row> {
    let (token, other) = (figures(Home::Token, kill), figures(stateful, kill));
    let column = |home, figures| Column { home, figures, capacities: &[], progress: (0, 21) };
    summary(&[column(Home::Token, &token), column(stateful, &other)])
}

#[test]
fn before_a_fault_nothing_is_claimed_about_faults() {
    let rows = table(Home::Sticky, false);
    assert_eq!(rows[1].cells[0].word, None);
    assert!(matches!(rows[1].verdict, Verdict::Open(_)));
    assert_eq!(rows[0].cells[0].text, "measuring 0/21");
}

#[test]
fn the_verdict_follows_the_figures_and_not_the_textbook() {
    assert_eq!(table(Home::Sticky, true)[1].verdict, Verdict::Agrees);
    // Replicated state survives: here the textbook's "low" for stateful is wrong, and the reason is this run's figure.
    let rows = table(Home::ReplicateAll, true);
    let Verdict::Differs(reason) = &rows[1].verdict else { panic!("{:?}", rows[1]) };
    assert!(reason.contains(&rows[1].cells[1].text), "{reason}");
}

#[test]
fn cells_fit_their_column() {
    for home in Home::ALL.into_iter().filter(|home| home.stateful()) {
        for row in table(home, true) {
            for cell in row.cells {
                assert!(cell.text.chars().count() <= CELL_WIDTH, "{}", cell.text);
            }
        }
    }
}

/// A crash empties a memory; the service is as complex as before.
#[test]
fn a_death_makes_no_design_simpler() {
    for home in Home::ALL {
        let parts = |commands: &[&str]| {
            let mut scenario = Scenario { duration_s: 31.0, ..Scenario::default() };
            let timed = |command: &&str| TimedCommand { at_s: 30.0, command: command.parse().unwrap() };
            scenario.commands.extend(commands.iter().map(timed));
            let run = run_headless(&scenario, home, &AtomicBool::new(false), None).unwrap();
            let measured = Measured::of(home, &run.report);
            (measured.stateful_parts, measured.parts)
        };
        let before = parts(&[]);
        assert_eq!(before.0 > 0.0, home.stateful(), "{home}");
        assert_eq!(parts(&["kill 2"]), before, "{home}");
        assert_eq!(parts(&["kill 2", "restart 2"]), before, "{home}");
        assert_eq!(parts(&["kill 1", "kill 2", "kill store"]), before, "{home}");
    }
}
