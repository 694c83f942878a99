use super::*;
use crate::event::Health;
use crate::ledger::{
    Bytes, Duties, Events, FaultFigures, InstanceFigures, Little, Logouts, Messages, Outcomes, Percentiles, Replays,
    Requests, SCHEMA, Sessions,
};
use crate::scenario::Home;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// A report whose figures are all different, so that a figure in the wrong place is found.
fn report() -> RunReport {
    let times = |k: f64| Percentiles {
        mean: Some(k + 0.5),
        p50: Some(k),
        p90: Some(k * 2.0),
        p95: Some(k * 3.0),
        p99: Some(k * 4.0),
        p999: None,
        max: None,
    };
    RunReport {
        schema: SCHEMA,
        version: "0.1.0",
        scenario: "my|cart".into(),
        home: Home::ReplicateAll,
        seed: 7,
        duration_s: 120.0,
        slow_motion: 1.0,
        settings: BTreeMap::new(),
        commands: Vec::new(),
        rejected: Vec::new(),
        partial: false,
        requests: Requests {
            issued: 12_345,
            ended: 12_340,
            in_flight: 5,
            attempts: 12_400,
            logins: 340,
            followups: 12_000,
            followups_lost: 60,
            outcomes: Outcomes {
                ok: 12_200,
                stale: 1,
                lost: 60,
                refused: 2,
                died: 3,
                timeout: 4,
                overload: 70,
                too_large: 0,
            },
        },
        sessions: Sessions {
            created: 300,
            completed: 200,
            lost: 40,
            abandoned: 10,
            active: 50,
            relogins: 45,
            acked_writes_lost: 99,
        },
        logouts: Logouts { issued: 8, ended: 7, served: 6 },
        replays: Replays {
            issued: 29,
            accepted: 14,
            accepted_old: 9,
            accepted_after_logout: 11,
            refused: 12,
            refused_after_logout: 10,
            unanswered: 3,
        },
        duties: Duties { stores: 410, resends: 11_900, refreshes: 21, retries: 61, reconnects: 17 },
        latency_ms: times(20.0),
        wait_ms: times(25.0),
        throughput_per_s: 101.675,
        bytes: Bytes {
            up: 5_000_000,
            down: 9_000_000,
            context: 800_000,
            redundant: 600_000,
            redundant_ratio: Some(0.12),
            replication: 70,
            store: 0,
            client_peak: 732,
        },
        messages: Messages { client: 24_690, backend: 24_688, replication: 11, store: 0, health: 180 },
        instances: vec![InstanceFigures {
            id: 1,
            state: Health::Up,
            requests: 6000,
            busy_ratio: Some(0.625),
            sessions: 25,
            state_bytes: 9100,
            absorbed_s: None,
        }],
        store: None,
        faults: vec![FaultFigures {
            at_s: 30.0,
            command: "kill 2".parse().unwrap(),
            sessions_alive: 48,
            sessions_intact: 32,
            sessions_exposed: Some(16),
            sessions_touched: 19,
            sessions_lost: 16,
            sessions_reverted: 0,
            sessions_affected: 17,
            requests_failed: 21,
            acked_writes_lost: 99,
            detected_s: Some(5.25),
            recovered_s: None,
        }],
        little: Little { integral_ns: 5_000_000_000, sum_ns: 5_000_000_000, started_empty: true, ended_empty: false },
        events: Events { count: 99_999, sha256: "ab".repeat(32) },
    }
}

/// The keys of the contract, in its order, and what every run has before what is in lists.
const CONTRACT: &str = "schema version scenario home seed duration_s slow_motion partial \
    requests.issued requests.ended requests.in_flight requests.attempts requests.logins requests.followups requests.followups_lost \
    requests.outcomes.ok requests.outcomes.stale requests.outcomes.lost requests.outcomes.refused requests.outcomes.died \
    requests.outcomes.timeout requests.outcomes.overload requests.outcomes.too_large \
    sessions.created sessions.completed sessions.lost sessions.abandoned sessions.active sessions.relogins sessions.acked_writes_lost \
    latency_ms.mean latency_ms.p50 latency_ms.p90 latency_ms.p95 latency_ms.p99 latency_ms.p999 latency_ms.max \
    wait_ms.mean wait_ms.p50 wait_ms.p90 wait_ms.p95 wait_ms.p99 wait_ms.p999 wait_ms.max throughput_per_s \
    bytes.up bytes.down bytes.context bytes.redundant bytes.redundant_ratio bytes.replication bytes.store bytes.client_peak \
    messages.client messages.backend messages.replication messages.store messages.health \
    store.state store.operations store.sessions store.state_bytes store.revoked store.replica \
    little.integral_ns little.sum_ns little.started_empty little.ended_empty events.count events.sha256 \
    logouts.issued logouts.ended logouts.served replays.issued replays.accepted replays.accepted_old \
    replays.accepted_after_logout replays.refused replays.refused_after_logout replays.unanswered \
    duties.stores duties.resends duties.refreshes duties.retries duties.reconnects \
    instances.1.id instances.1.state instances.1.requests instances.1.busy_ratio instances.1.sessions instances.1.state_bytes instances.1.absorbed_s \
    faults.1.at_s faults.1.command faults.1.sessions_alive faults.1.sessions_intact faults.1.sessions_exposed faults.1.sessions_touched faults.1.sessions_lost faults.1.sessions_reverted faults.1.sessions_affected \
    faults.1.requests_failed faults.1.acked_writes_lost faults.1.detected_s faults.1.recovered_s";

#[test]
fn csv_has_the_keys_of_the_contract_and_rows_of_all_homes_share_them() {
    let text = report().render(Format::Csv).unwrap();
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(headers, CONTRACT.split_whitespace().collect::<Vec<_>>());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    let cell = |name: &str| &rows[0][headers.iter().position(|header| header == name).unwrap()];
    assert_eq!(cell("store.operations"), "", "there is none");
    assert_eq!((cell("latency_ms.p99"), cell("latency_ms.p999"), cell("faults.1.command")), ("80.0", "", "kill 2"));
}

#[test]
fn json_reads_back_and_undefined_figures_are_null() {
    let value: serde_json::Value = serde_json::from_str(&report().render(Format::Json).unwrap()).unwrap();
    assert_eq!(value["home"], "replicate-all");
    assert_eq!(value["instances"][0]["state"], "up");
    assert!(value["wait_ms"]["max"].is_null() && value["store"].is_null());
    assert_eq!(value["partial"], false);
    let partial = RunReport { partial: true, ..report() }.render(Format::Json).unwrap();
    assert!(partial.contains("\"partial\": true"));
}

#[test]
fn not_a_number_never_appears() {
    let broken = RunReport { throughput_per_s: f64::NAN, ..report() };
    assert!(broken.render(Format::Json).unwrap().contains("\"throughput_per_s\": null"));
}

#[test]
fn sums_beyond_64_bits_keep_every_digit() {
    let little = Little { sum_ns: u128::MAX, ..report().little };
    let large = RunReport { little, ..report() };
    for format in [Format::Json, Format::Csv] {
        assert!(large.render(format).unwrap().contains(&u128::MAX.to_string()));
    }
}

#[test]
fn text_is_aligned_and_fits_a_terminal() {
    let text = report().render(Format::Text).unwrap();
    assert!(text.lines().all(|line| line.width() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn where_nobody_failed_no_wait_is_said_to_have() {
    let waits = |outcomes: Outcomes| {
        let report = RunReport {
            wait_ms: Percentiles::default(),
            requests: Requests { outcomes, ..report().requests },
            ..report()
        };
        let text = report.render(Format::Text).unwrap();
        text.lines().find(|line| line.contains("wait for success")).unwrap().to_owned()
    };
    assert!(!waits(Outcomes { ok: 1, stale: 1, ..Outcomes::default() }).contains("failed"), "only a logout has ended");
    assert!(waits(Outcomes { ok: 1, died: 1, ..Outcomes::default() }).contains("failed"));
}

#[test]
fn heads_of_faults_and_of_what_keeps_sessions_are_in_the_glossary() {
    let store =
        StoreFigures { state: Health::Up, operations: 1, sessions: 1, state_bytes: 1, revoked: 0, replica: false };
    let sections = RunReport { store: Some(store), ..report() }.sections();
    let told = |section: &&sections::Section| ["Faults", "Store", "Instances"].contains(&&*section.title);
    let heads: Vec<&String> = sections.iter().filter(told).flat_map(|section| &section.heads).collect();
    assert!(heads.len() > 15, "{heads:?}");
    for word in
        heads.into_iter().map(String::as_str).chain(["warm-up", "transport", "at-once", "imbalance", "bandwidth"])
    {
        assert!(crate::glossary::find(word).is_some(), "`{word}` is not explained");
    }
}

#[test]
fn markdown_tables_have_even_rows() {
    let text = report().render(Format::Markdown).unwrap();
    assert!(text.starts_with("# my\\|cart"));
    for table in text.split("\n## ").skip(1) {
        let bars: Vec<usize> =
            table.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count()).collect();
        assert!(bars.len() >= 3 && bars.iter().all(|n| *n == bars[0]), "{table}");
    }
}
