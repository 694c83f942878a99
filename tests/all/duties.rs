//! What a client has to do for its state, counted by hand.

use crate::homes::quiet;
use crate::runs::events;
use statelab::event::{Event, InstanceId, What};
use statelab::ledger::{Duties, Events, Ledger, RunReport};
use statelab::scenario::{Home, Population, Scenario};
use statelab::units::Nanos;

fn report(scenario: &Scenario, home: Home, events: &[Event]) -> RunReport {
    let mut ledger = Ledger::new();
    events.iter().for_each(|event| statelab::event::Sink::take(&mut ledger, event));
    ledger.report(scenario, home, Nanos::from_secs(scenario.duration_s), Events { count: 0, sha256: String::new() })
}

fn largest_context(events: &[Event]) -> Option<u32> {
    let context = |event: &Event| match event.what {
        What::Sent { context_bytes, .. } | What::Returned { context_bytes, .. } => Some(context_bytes),
        _ => None,
    };
    events.iter().filter_map(context).max()
}

/// A login at 100 s, and a write of 100 bytes at 200, 300 and 400 s.
#[test]
fn a_token_that_grows_is_put_away_anew_and_its_beginning_sent_again() {
    let scenario = Scenario { duration_s: 450.0, ..quiet() };
    let run = events(&scenario, Home::Token, &[]);
    let token = report(&scenario, Home::Token, &run);
    // 123 bytes, and four thirds of 300 more after the last write: a token that was received and not sent yet.
    assert_eq!(token.bytes.client_peak, 123 + 400);
    assert_eq!(Some(token.bytes.client_peak), largest_context(&run).map(u64::from));
    assert_eq!(token.duties, Duties { stores: 4, resends: 2, ..Duties::default() });
    // A cookie has 32 bytes, and never changes.
    let store = report(&scenario, Home::Store, &events(&scenario, Home::Store, &[]));
    assert_eq!((store.bytes.client_peak, store.duties), (32, Duties { resends: 2, ..Duties::default() }));
}

/// Tokens live for 150 s, and the user asks every 100 s.
#[test]
fn a_token_that_has_expired_is_refreshed_and_a_write_is_no_refresh() {
    let mut scenario = Scenario { duration_s: 550.0, ..quiet() };
    scenario.token.ttl_s = Some(150.0);
    let duties = |scenario: &Scenario| {
        let duties = report(scenario, Home::Token, &events(scenario, Home::Token, &[])).duties;
        (duties.stores, duties.refreshes)
    };
    assert_eq!(duties(&scenario), (5, 0), "each write brings a new one");
    scenario.workload.write_ratio = 0.0;
    assert_eq!(duties(&scenario), (3, 2), "those of 300 and 500 s");
}

#[test]
fn whoever_has_no_answer_tries_again_if_its_client_does() {
    for (tries_again, at_a_time) in [(0, 0), (2, 2)] {
        let mut scenario = Scenario { duration_s: 450.0, ..quiet() };
        scenario.client.retries = tries_again;
        scenario.instance.count = 1;
        scenario.instance.start_ms = 50_000.0;
        // The request of 200 s finds nobody, nor does it within the few hundred milliseconds in which it is tried again.
        let run = events(&scenario, Home::Token, &[(150.0, "kill 1"), (210.0, "restart 1")]);
        let duties = report(&scenario, Home::Token, &run).duties;
        // The same token each time, and one more of 300 and 400 s each.
        assert_eq!((duties.retries, duties.resends), (at_a_time, 2 + at_a_time));
    }
}

#[test]
fn those_who_were_connected_to_the_dead_connect_anew() {
    let mut scenario = Scenario::load("chat").expect("a shipped scenario");
    scenario.workload.population = Population::Users(40);
    scenario.commands.clear();
    scenario.duration_s = 20.0;
    for home in Home::ALL {
        let reconnects = |commands: &[(f64, &str)]| {
            let run = events(&scenario, home, commands);
            let to = |event: &Event| matches!(event.what, What::Connected { .. });
            (report(&scenario, home, &run).duties.reconnects, run.iter().filter(|event| to(event)).count() as u64, run)
        };
        let (none, connected, _) = reconnects(&[]);
        assert_eq!(none, 0, "{home}: {connected} of new visits");
        let (cut, _, run) = reconnects(&[(10.0, "kill 2")]);
        let on = |id: InstanceId, event: &&Event| match event.what {
            What::Disconnected { instance, .. } => instance == id,
            _ => false,
        };
        let lost = run.iter().filter(|event| on(2, event)).count() as u64;
        assert!(lost >= 8, "{home}: {lost}");
        assert_eq!(cut, lost, "{home}");
    }
}
