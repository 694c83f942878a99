//! The program: the dashboard over a scenario.

use std::process::ExitCode;

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_else(|| "classroom".into());
    match statelab::scenario::Scenario::load(&word) {
        Ok(scenario) => statelab::tui::run(scenario, statelab::tui::Options::default()),
        Err(faults) => {
            eprintln!("statelab: {faults}");
            ExitCode::from(2)
        }
    }
}
