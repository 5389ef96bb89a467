use super::*;
use crate::model::{
    AgentReport, Applied, CertificateKind, Crashes, DeploymentId, Desired, DoltState, Drift, Epoch, Generation,
    Incarnation, Instance, InstanceId, InstanceState, Observed, OrderFailure, Record, Sample, Seen,
    Settings as DoltSettings, Spec, Tries, Work,
};
use std::sync::Arc;

mod crash;
mod shared;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// All rules are asked at this second.
const NOW: i64 = 10_000;

/// A deployment that is well, with a quarter of an hour of quiet samples.
fn well() -> Row {
    let name: crate::model::DeploymentName = "orders".parse().expect("a name");
    let id = DeploymentId::new("d-a");
    let instance = Instance {
        id: InstanceId::new("i-a"),
        deployment: id.clone(),
        incarnation: Incarnation(1),
        instance_type: "m".into(),
        stands_in: None,
        zone: String::new(),
        protected: false,
        state: InstanceState::Running,
        volume: None,
        agent: ([127, 0, 0, 1], 1).into(),
        database: ([127, 0, 0, 1], 2).into(),
        launched: at(0),
        started: at(0),
        agent_pid: None,
    };
    let samples = (0..180).map(|n| Sample {
        time: at(NOW - 900 + n * 5),
        cpu_percent: 10.0,
        memory_bytes: 100 << 20,
        disk_bytes: 1 << 30,
        connections: 1,
        queries_per_second: 5.0,
        latency_p50_ms: 1.0,
        latency_p99_ms: 5.0,
    });
    Row {
        desired: Some(Desired {
            id: id.clone(),
            name: name.clone(),
            spec: Spec {
                instance_type: "m".into(),
                volume_gib: 10,
                certificate: CertificateKind::SelfSigned,
                settings: DoltSettings::default(),
            },
            power: Power::Running,
            protected: false,
            paused: false,
        }),
        record: Record::new(id, name),
        observed: Observed {
            instance: Seen::Present(instance),
            volume: Seen::Absent,
            agent: Seen::Present(report()),
            ..Observed::default()
        },
        health: Health::Healthy,
        why: String::new(),
        health_since: at(0),
        phase: "settled".into(),
        plan: Vec::new(),
        tries: Tries::default(),
        work: None,
        samples: samples.collect(),
        host_name: String::new(),
        clients_host: String::new(),
        drift: Vec::new(),
        drift_since: None,
        crashes: Crashes { since: Some(at(0)), times: Vec::new() },
        coming: Vec::new(),
        last_change: None,
    }
}

fn report() -> AgentReport {
    AgentReport {
        heard: at(NOW),
        incarnation: Incarnation(1),
        enrolled: true,
        agent_version: String::new(),
        epoch: Epoch(1),
        generation: Generation(1),
        dolt: DoltState::Up,
        dolt_since: at(0),
        dolt_version: String::new(),
        dolt_pid: 1,
        dolt_restarts: 0,
        last_error: String::new(),
        disk_used: 1 << 30,
        disk_total: 10 << 30,
        disk_lost: false,
        applied: Some(Applied {
            settings: Default::default(),
            restart_id: String::new(),
            volume_bytes: 10 << 30,
            certificate_serial: String::new(),
            certificate_not_before: at(0),
            certificate_not_after: at(90 * 86_400),
            certificate_names: Vec::new(),
        }),
        credentials_until: None,
        trust: None,
    }
}

fn types() -> Vec<InstanceType> {
    vec![InstanceType { name: "m".into(), memory_mib: 1_024, vcpus: 2, max_connections: 100 }]
}

fn fleet(row: Row) -> FleetView {
    let rows = [("orders".to_owned(), Arc::new(row))].into();
    FleetView { rows, commit: Some("0".repeat(32).parse().expect("a hash")), ..FleetView::default() }
}

/// What is found of this deployment, and what of all rules cannot be told.
fn said(row: Row) -> (Vec<(String, Severity, String)>, Vec<String>) {
    asked(row, &Settings::default(), &every())
}

fn every() -> Vec<Cause> {
    let rules = AVAILABILITY.iter().chain(&OTHERS);
    let deployment = Some("orders".parse().expect("a name"));
    rules.map(|rule| Cause { rule: rule.as_str().into(), deployment: deployment.clone() }).collect()
}

fn asked(row: Row, settings: &Settings, open: &[Cause]) -> (Vec<(String, Severity, String)>, Vec<String>) {
    let (fleet, types) = (fleet(row), types());
    let findings = look(Sight { fleet: &fleet, types: &types, settings, now: at(NOW) }, &named(open));
    let found = findings.found.into_iter().map(|(cause, finding)| (cause.rule, finding.severity, finding.title));
    (found.collect(), findings.unclear.into_iter().map(|cause| cause.rule).collect())
}

/// Incidents of these causes, of which each names its own deployment.
fn named(open: &[Cause]) -> Open<'_> {
    open.iter().map(|cause| (cause, cause.deployment.as_slice())).collect()
}

/// The only thing that is found.
#[track_caller]
fn only(row: Row) -> (String, Severity, String) {
    let (mut found, _) = asked(row, &Settings::default(), &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn agent(row: &mut Row, change: impl FnOnce(&mut AgentReport)) {
    let mut report = report();
    change(&mut report);
    row.observed.agent = Seen::Present(report);
}

fn changed(change: impl FnOnce(&mut Row)) -> Row {
    let mut row = well();
    change(&mut row);
    row
}

fn silent(seconds: i64) -> Row {
    changed(|row| {
        row.health = Health::Unreachable;
        agent(row, |report| report.heard = at(NOW - seconds));
    })
}

#[test]
fn what_is_well_has_no_cause_and_all_is_clear() {
    assert_eq!(said(well()), (vec![], vec![]));
}

#[test]
fn a_silent_agent_is_told_after_its_time() {
    let (found, unclear) = said(silent(59));
    assert!(found.is_empty() && unclear.contains(&"heartbeat".to_owned()), "{unclear:?}");
    let (rule, severity, title) = only(silent(125));
    assert_eq!((rule.as_str(), severity), ("heartbeat", Severity::Critical));
    assert_eq!(title, "orders does not answer: its agent has been silent for 2 min");
    // What it would say of load, disk and certificate is not known.
    let (_, unclear) = said(silent(125));
    for rule in ["cpu", "disk-full", "certificate", "health"] {
        assert!(unclear.contains(&rule.to_owned()), "{rule}: {unclear:?}");
    }
}

/// A new host has heard nobody, and an agent that was silent for hours is not mended by that.
#[test]
fn a_new_host_neither_finds_nor_clears() {
    let unheard = changed(|row| {
        row.observed.agent = Seen::Absent;
        row.samples.clear();
        (row.health, row.health_since) = (Health::Unreachable, at(NOW - 5));
    });
    let (found, unclear) = said(unheard);
    assert!(found.is_empty());
    for rule in ["heartbeat", "health", "cpu", "memory", "connections", "latency", "disk-full", "certificate"] {
        assert!(unclear.contains(&rule.to_owned()), "{rule}: {unclear:?}");
    }
    let unseen = changed(|row| row.observed.instance = Seen::Unknown);
    assert!(said(unseen).1.contains(&"heartbeat".to_owned()));
}

#[test]
fn what_was_asked_for_is_given_its_time() {
    let work = |since: i64| {
        let (step, since) = ("stop-instance", at(since));
        Some(Work { step, step_since: since, since, asked: true })
    };
    let resized = |since| {
        changed(|row| {
            (row.health, row.health_since, row.work) = (Health::Starting, at(NOW - 300), work(since));
        })
    };
    assert!(said(resized(NOW - 300)).0.is_empty());
    let (rule, _, title) = only(resized(NOW - 3_000));
    assert_eq!((rule.as_str(), title.as_str()), ("health", "orders has not served for 5 min"));
    // What broke by itself has no such time.
    let broken = changed(|row| {
        row.why = "it has no instance yet".into();
        (row.health, row.health_since) = (Health::Starting, at(NOW - 100));
        row.work = work(NOW - 100).map(|work| Work { asked: false, ..work });
    });
    assert_eq!(only(broken).2, "orders has not served for 100 s: it has no instance yet");
}

#[test]
fn what_takes_too_long_is_stuck() {
    let at_work = |step, step_since: i64, since: i64| {
        let work = Work { step, step_since: at(NOW - step_since), since: at(NOW - since), asked: true };
        changed(|row| row.work = Some(work))
    };
    assert!(said(at_work("deploy", 800, 3_000)).0.is_empty());
    assert_eq!(
        only(at_work("deploy", 900, 900)).2,
        "orders: the step deploy has run for 15 min, and should take 15 min at most"
    );
    assert_eq!(
        only(at_work("deploy", 10, 3_600)).2,
        "orders: a change is not done after 60 min; it is at the step deploy"
    );
    assert!(said(at_work("take-final-copy", 9_000, 9_000)).0.is_empty(), "a copy takes its time");
}

#[test]
fn a_failing_step_is_worse_where_nobody_is_served() {
    let failing = |up| {
        changed(|row| {
            let since = Some(at(NOW - 200));
            row.tries = Tries { failures: 7, since, error: "no\ncapacity".into(), step: "deploy".into(), next: None };
            agent(row, |report| report.dolt = if up { DoltState::Up } else { DoltState::Down });
            row.health = Health::Failed;
        })
    };
    assert_eq!(only(failing(true)).1, Severity::Warning);
    let (rule, severity, title) = only(failing(false));
    assert_eq!((rule.as_str(), severity), ("failing", Severity::Critical));
    assert_eq!(title, "orders: the step deploy has failed 7 times in 3 min: no capacity");
    let blocked = changed(|row| (row.health, row.why) = (Health::Failed, "its volume is gone".into()));
    assert_eq!(only(blocked).2, "orders cannot go on without a person: its volume is gone");
}

/// The one connection of `max_connections=1`, as older stores may hold it, is the agent's: nobody else's is open, and nobody is woken for it.
#[test]
fn the_agents_own_connection_is_no_load() {
    let limited = |connections: u32| {
        changed(|row| {
            let desired = row.desired.as_mut().expect("it is there");
            desired.spec.settings = DoltSettings::stored([("max_connections".to_owned(), "1".to_owned())].into());
            row.samples.iter_mut().for_each(|sample| sample.connections = connections);
        })
    };
    assert_eq!(said(limited(0)), (vec![], vec![]));
    assert_eq!(only(limited(1)).2, "orders has 1 of 1 connections open (median of 2 min)");
}

/// Paging four times for one dead machine helps nobody; what was told already is still told.
#[test]
fn of_what_follows_from_one_another_the_first_is_told() {
    let dead = || {
        let mut row = silent(600);
        row.tries = Tries { failures: 9, since: Some(at(0)), error: "away".into(), step: "deploy".into(), next: None };
        row.work = Some(Work { step: "deploy", step_since: at(0), since: at(0), asked: false });
        row
    };
    let rules = |open: &[Cause]| -> Vec<String> {
        asked(dead(), &Settings::default(), open).0.into_iter().map(|(rule, ..)| rule).collect()
    };
    assert_eq!(rules(&[]), ["heartbeat"]);
    assert_eq!(rules(&every()), ["failing", "heartbeat", "stuck"]);
    // After a restart of the host, which has heard nobody: the silence is open, and no second one for what it does.
    let unheard = || {
        changed(|row| {
            row.observed.agent = Seen::Absent;
            (row.health, row.health_since) = (Health::Starting, at(NOW - 200));
        })
    };
    let heartbeat = &every()[..1];
    assert!(asked(unheard(), &Settings::default(), heartbeat).0.is_empty());
    assert_eq!(only(unheard()).0, "health");
}

#[test]
fn what_a_person_stopped_has_no_cause() {
    let off = |change: fn(&mut Desired)| {
        let mut row = silent(6_000);
        (row.health, row.health_since, row.why) = (Health::Starting, at(0), "its instance is stopped".into());
        row.desired.as_mut().map(change).expect("it is there");
        said(row)
    };
    assert_eq!(off(|desired| desired.power = Power::Stopped), (vec![], vec![]));
    assert!(off(|desired| desired.paused = true).0.is_empty());
    let deleted = changed(|row| (row.desired, row.health) = (None, Health::Stopped));
    assert_eq!(said(deleted), (vec![], vec![]));
    // That its deletion takes for ever is one.
    let stuck = changed(|row| {
        (row.desired, row.health) = (None, Health::Stopped);
        row.work = Some(Work { step: "terminate-instance", step_since: at(0), since: at(0), asked: true });
    });
    assert_eq!(only(stuck).2, "orders: the step terminate-instance has run for 2 h, and should take 15 min at most");
    // The machine's power switch: nothing was mended by it.
    let (found, unclear) = said(changed(|row| row.health = Health::Stopped));
    assert!(found.is_empty() && unclear.len() == every().len(), "{unclear:?}");
}

#[test]
fn load_is_judged_by_its_middle() {
    let loaded = |from: usize, change: fn(&mut Sample)| changed(|row| row.samples[from..].iter_mut().for_each(change));
    // All of both processors for the last minute of ten, and for more than half.
    assert!(said(loaded(168, |sample| sample.cpu_percent = 200.0)).0.is_empty());
    assert_eq!(
        only(loaded(100, |sample| sample.cpu_percent = 190.0)).2,
        "orders uses 95% of its 2 processors (median of 10 min)"
    );
    assert_eq!(
        only(loaded(100, |sample| sample.memory_bytes = 1_000 << 20)).2,
        "orders uses 98% of its 1024 MiB of memory (median of 5 min)"
    );
    assert_eq!(
        only(loaded(100, |sample| sample.connections = 95)).2,
        "orders has 95 of 99 connections open (median of 2 min)"
    );
    assert_eq!(
        only(loaded(60, |sample| sample.latency_p99_ms = 1_500.0)).2,
        "orders is slow: 1 query in 100 takes 1500 ms or longer (median of 10 min)"
    );
    // Just below is told neither way, and what is idle is not slow.
    assert_eq!(said(loaded(0, |sample| sample.cpu_percent = 175.0)).1, ["cpu"]);
    let idle = loaded(0, |sample| (sample.latency_p99_ms, sample.queries_per_second) = (9_000.0, 0.0));
    assert_eq!(said(idle), (vec![], vec![]));
    assert_eq!(said(changed(|row| drop(row.samples.drain(..150)))).1.len(), 3, "too few samples for five minutes");
}

#[test]
fn a_volume_is_full_now_or_soon() {
    let used = |gib_tenths: u64| changed(|row| agent(row, |report| report.disk_used = (gib_tenths << 30) / 10));
    assert_eq!(only(used(91)).2, "orders: its volume of 10.0 GiB is 91% full");
    assert_eq!(only(used(98)).1, Severity::Critical);
    assert_eq!(said(used(88)).1, ["disk-full"]);
    let growing = changed(|row| {
        for (number, sample) in (0u64..).zip(&mut row.samples) {
            sample.disk_bytes = (number * 5) << 19;
        }
    });
    let (_, severity, title) = only(growing);
    assert_eq!(title, "orders: its volume of 10.0 GiB is full in 5 h at this pace; now 10% are used");
    assert_eq!(severity, Severity::Warning);
}

#[test]
fn a_certificate_is_judged_by_its_own_life() {
    let ends = |life: i64, left: i64, failure: Option<&str>| {
        changed(|row| {
            agent(row, |report| {
                let applied = report.applied.as_mut().expect("it is there");
                applied.certificate_not_after = at(NOW + left);
                applied.certificate_not_before = at(NOW + left - life);
            });
            row.observed.ordering.failure =
                failure.map(|error| OrderFailure { error: error.into(), times: 3, since: at(0), again: at(NOW + 60) });
        })
    };
    const DAY: i64 = 86_400;
    assert!(said(ends(90 * DAY, 8 * DAY, None)).0.is_empty());
    assert_eq!(only(ends(90 * DAY, 7 * DAY, None)).2, "orders: its certificate expires in 7 days");
    assert!(said(ends(6 * DAY, 2 * DAY, None)).0.is_empty(), "it lives for six days");
    let failing = only(ends(90 * DAY, 20 * DAY, Some("rate limited")));
    assert_eq!(failing.2, "orders: its certificate expires in 20 days; its renewal fails: rate limited");
    let (_, severity, title) = only(ends(90 * DAY, -7_300, None));
    assert_eq!(severity, Severity::Critical);
    assert_eq!(title, "orders: its certificate expired 2 h ago; clients that check it refuse to connect");
}

#[test]
fn what_others_changed_is_told_when_it_stays() {
    let drifted = |what, seconds: i64| {
        changed(|row| {
            let (expected, seen, remedy) = ("m".into(), "l".into(), "it is changed back".into());
            (row.drift, row.drift_since) = (vec![Drift { what, expected, seen, remedy }], Some(at(NOW - seconds)));
        })
    };
    assert!(said(drifted("type", 599)).0.is_empty());
    let (rule, severity, title) = only(drifted("type", 600));
    assert_eq!((rule.as_str(), severity), ("drift", Severity::Warning));
    assert_eq!(title, "orders: its type was changed outside Doltops: expected m, found l");
    assert_eq!(only(drifted("volume", 600)).1, Severity::Critical);
}

#[test]
fn a_rule_can_be_off_and_has_its_runbook() {
    let settings: Settings =
        toml::from_str("off = ['cpu']\nrunbooks = { heartbeat = 'https://wiki.example.com/silent' }").expect("valid");
    let mut row = silent(600);
    row.samples.iter_mut().for_each(|sample| sample.cpu_percent = 200.0);
    let (fleet, types) = (fleet(row), types());
    let findings = look(Sight { fleet: &fleet, types: &types, settings: &settings, now: at(NOW) }, &named(&every()));
    let runbooks: Vec<_> = findings.found.values().map(|finding| finding.runbook.as_deref()).collect();
    assert_eq!(runbooks, [Some("https://wiki.example.com/silent")]);
    assert!(findings.unclear.iter().all(|cause| cause.rule != "cpu"), "what is off ends");
}

#[test]
fn the_control_plane_is_looked_at_too() {
    let (types, settings) = (types(), Settings::default());
    let told = |fleet: &FleetView| -> Vec<String> {
        let findings = look(Sight { fleet, types: &types, settings: &settings, now: at(NOW) }, &Open::new());
        findings.found.into_values().map(|finding| finding.title).collect()
    };
    let store = |seconds: i64| FleetView {
        store: "the store is away: no answer".into(),
        store_since: Some(at(NOW - seconds)),
        ..fleet(well())
    };
    assert!(told(&store(29)).is_empty());
    assert_eq!(
        told(&store(30)),
        ["The control plane's store did not answer for 30 s or more: the store is away: no answer"]
    );
    let single = |seconds: i64| FleetView {
        standby: Some(("b:3306 does not answer".into(), at(NOW - seconds))),
        ..fleet(well())
    };
    assert!(told(&single(59)).is_empty());
    assert_eq!(told(&single(60)), ["The store's standby has not followed for 60 s: b:3306 does not answer"]);
    let blind = |seconds: i64| {
        fleet(changed(|row| {
            (row.observed.instance, row.health) = (Seen::Unknown, Health::Unreachable);
            row.health_since = at(NOW - seconds);
        }))
    };
    assert!(told(&blind(299)).is_empty());
    assert_eq!(told(&blind(300)), ["The cloud has not told for 5 min how it is with 1 deployment"]);
}
