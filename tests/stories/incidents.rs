//! Incidents as an on-call engineer meets them: opened by people, kept through everything.

use crate::support::sandbox::{PATIENCE, Sandbox, send, wait_for};
use doltops::hosted_api::{
    client::Client,
    problem::{Kind, Problem},
};
use doltops_agent::clock;
use doltops_proto::hosted_api::{
    ChangeIncidentRequest, HistoryRequest, Incident, ListIncidentsRequest, OpenIncident,
    change_incident_request::Change,
};
use futures::StreamExt;
use std::{fs, time::Duration};

/// Holds so short that a story is soon told.
const QUICK: &str = "[incidents]\nheartbeat_seconds = 1\nhealth_seconds = 2\nsettled_seconds = 3\nrunbooks = { heartbeat = 'https://wiki.example.com/silent' }\n";

/// A sandbox with this configuration.
pub fn configured(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let folder = sandbox.path().join("config/doltops");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("doltops.toml"), text).expect("written");
    sandbox
}

/// Watches until the list, with those that are over, is as it should be.
async fn until(client: &mut Client, what: &str, fits: impl Fn(&[Incident]) -> bool) -> Vec<Incident> {
    let request = ListIncidentsRequest { resolved: true, limit: 0 };
    let mut lists = client.watch_incidents(request).await.expect("watched").into_inner();
    let mut last = Vec::new();
    let watch = async {
        while let Some(list) = lists.next().await {
            last = list.expect("a list").incidents;
            if fits(&last) {
                return;
            }
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, watch).await;
    assert!(in_time.is_ok(), "not in time: {what}: {last:?}");
    last
}

fn form(deployments: &[&str], title: &str) -> Change {
    Change::Open(OpenIncident {
        deployments: deployments.iter().map(|name| (*name).to_owned()).collect(),
        severity: "error".into(),
        impact: "checkout is slow".into(),
        title: title.into(),
        description: "since the deploy".into(),
    })
}

async fn try_change(client: &mut Client, id: &str, request_id: &str, change: Change) -> Result<Incident, Problem> {
    let request = ChangeIncidentRequest { id: id.into(), request_id: request_id.into(), change: Some(change) };
    client.change_incident(request).await.map(tonic::Response::into_inner).map_err(Problem::from)
}

async fn change(client: &mut Client, id: &str, change: Change) -> Incident {
    try_change(client, id, "", change).await.expect("changed")
}

async fn list(client: &mut Client, resolved: bool) -> Vec<Incident> {
    let request = ListIncidentsRequest { resolved, limit: 0 };
    client.list_incidents(request).await.expect("listed").into_inner().incidents
}

/// The support form, then everything that people do to an incident; each is one commit by its author, and a restart of
/// the host changes nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_write_is_kept() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host();
    sandbox.create("orders");
    let mut client = sandbox.client();
    let mut watched = client.watch_incidents(ListIncidentsRequest::default()).await.expect("watched").into_inner();
    assert!(watched.next().await.expect("now").expect("a list").incidents.is_empty());

    let opened = change(&mut client, "", form(&["orders"], "Orders are slow")).await;
    assert_eq!((opened.state.as_str(), opened.opened_by.as_str()), ("open", "tester"));
    let told = watched.next().await.expect("a change").expect("a list").incidents;
    assert_eq!(told, std::slice::from_ref(&opened));

    let id = opened.id.as_str();
    change(&mut client, id, Change::Acknowledge(true)).await;
    change(&mut client, id, Change::Note("It is the index".into())).await;
    let handed = change(&mut client, id, Change::HandOver("bob".into())).await;
    assert_eq!((handed.state.as_str(), handed.assignee.as_str(), handed.notes.len()), ("acknowledged", "bob", 2));

    sandbox.end_daemon(host, "KILL");
    sandbox.host();
    let mut client = sandbox.client();
    assert_eq!(list(&mut client, false).await, [handed]);
    let resolved = change(&mut client, id, Change::Resolve("The index is back".into())).await;
    assert_eq!((resolved.state.as_str(), resolved.resolved_by.as_str()), ("resolved", "tester"));
    assert_eq!((list(&mut client, false).await, list(&mut client, true).await), (vec![], vec![resolved.clone()]));

    let history = client.history(HistoryRequest { limit: 5, ..Default::default() }).await.expect("told").into_inner();
    let messages: Vec<&str> = history.commits.iter().map(|commit| commit.message.as_str()).collect();
    let expected = ["resolved", "handed over to bob", "noted", "acknowledged", "opened: Orders are slow"];
    assert_eq!(messages, expected.map(|what| format!("Incident {id} {what}")));
    assert!(history.commits.iter().all(|commit| commit.author.starts_with("tester")), "{history:?}");
}

/// A lost answer is asked for again: one incident. Another request under the same id is refused.
#[tokio::test]
async fn a_repeat_opens_no_second_incident() {
    let sandbox = Sandbox::with_daemon();
    let mut client = sandbox.client();
    let first = try_change(&mut client, "", "once", form(&[], "Slow")).await.expect("opened");
    let again = try_change(&mut client, "", "once", form(&[], "Slow")).await.expect("opened before");
    assert_eq!(first, again);
    let other = try_change(&mut client, "", "once", form(&[], "Slower")).await.expect_err("refused");
    assert_eq!((other.kind, other.field.as_str()), (Kind::Invalid, "request_id"));
    assert_eq!(list(&mut client, true).await.len(), 1);
}

/// Nothing of a form that is wrong is kept, and the refusal names the field.
#[tokio::test]
async fn a_wrong_form_names_its_field() {
    let sandbox = Sandbox::with_daemon();
    let mut client = sandbox.client();
    let head = sandbox.head();
    for (ask, field) in [(form(&["ghost"], "Slow"), "deployments"), (form(&[], "two\nlines"), "title")] {
        let refused = try_change(&mut client, "", "", ask).await.expect_err("refused");
        assert_eq!((refused.kind, refused.field.as_str()), (Kind::Invalid, field));
    }
    let missing = try_change(&mut client, "inc-nothere", "", Change::Acknowledge(true)).await.expect_err("refused");
    assert_eq!(missing.kind, Kind::NotFound, "{missing}");
    assert_eq!(sandbox.head(), head, "nothing was written");
}

/// A machine falls silent and its database is killed: one incident, whoever hosts; what people write stays; and it ends by
/// itself when the machine is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_machine_is_one_incident_until_it_is_back() {
    let mut sandbox = configured(QUICK);
    let host = sandbox.host();
    let created = sandbox.create("orders");
    sandbox.create("other");
    let pid = |key: &str| created["observed"][key].as_u64().and_then(|pid| pid.try_into().ok()).expect("a process id");
    send(pid("agent_pid"), "STOP");
    send(pid("dolt_pid"), "KILL");

    let mut client = sandbox.client();
    let opened = until(&mut client, "an incident", |all| !all.is_empty()).await.remove(0);
    println!("opened: {}", opened.title);
    assert_eq!((opened.rule.as_str(), opened.severity.as_str()), ("heartbeat", "critical"));
    assert_eq!(
        (opened.deployments.as_slice(), opened.opened_by.as_str()),
        (&["orders".to_owned()][..], "deployment-manager")
    );
    assert_eq!(opened.runbook, "https://wiki.example.com/silent");
    change(&mut client, &opened.id, Change::Acknowledge(true)).await;
    let refused = try_change(&mut client, &opened.id, "", Change::Resolve(String::new())).await.expect_err("still so");
    assert_eq!(refused.kind, Kind::Refused, "{refused}");

    // Another host finds it in the store, and opens none of its own.
    sandbox.end_daemon(host, "KILL");
    sandbox.host();
    sandbox.wait_until("orders", "the new host to miss it", |now| now["health"] == "starting");
    let began = clock::instant();
    wait_for("some looks", || (clock::instant() - began > Duration::from_secs(8)).then_some(()));
    let mut client = sandbox.client();
    let noted = change(&mut client, &opened.id, Change::Note("The power is out".into())).await;
    assert_eq!((noted.state.as_str(), list(&mut client, true).await.len()), ("acknowledged", 1));

    send(pid("agent_pid"), "CONT");
    let over = until(&mut client, "its end", |all| all.iter().all(|incident| incident.state == "resolved")).await;
    let [over] = &over[..] else { panic!("one incident: {over:?}") };
    assert_eq!((over.id.as_str(), over.resolved_by.as_str()), (opened.id.as_str(), "deployment-manager"));
    assert_eq!(over.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["The power is out"]);
    let events = sandbox.run(["events"]).out;
    assert!(events.contains(&format!("Incident {} resolved", over.id)), "{events}");
    let by_itself =
        client.history(HistoryRequest { limit: 50, ..Default::default() }).await.expect("told").into_inner();
    let of_it = by_itself.commits.iter().filter(|commit| commit.message.contains(&over.id)).count();
    assert_eq!(of_it, 4, "opened, acknowledged, noted, resolved: {by_itself:?}");
}

/// What people switch off, restart, resize or delete is no incident, however short the holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_opens_nothing() {
    let mut sandbox = configured("[incidents]\nheartbeat_seconds = 1\nhealth_seconds = 1\nsettled_seconds = 1\n");
    sandbox.host();
    sandbox.create("orders");
    for command in ["restart orders", "resize orders --type local.large", "stop orders", "start orders"] {
        sandbox.ask(&format!("{command} --wait")).json();
    }
    sandbox.ask("delete orders --confirm orders --wait").json();
    assert_eq!(list(&mut sandbox.client(), true).await, []);
}

/// The store is away for longer than it may: it cannot be written then, and is when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_away_is_told_when_it_is_back() {
    let mut sandbox = configured("[incidents]\nstore_seconds = 1\nsettled_seconds = 1\n");
    sandbox.host();
    sandbox.create("orders");
    let server = sandbox.store_server().expect("it runs");
    send(server, "STOP");
    let away = |now: &serde_json::Value| now["store"].as_str().is_some_and(|store| store.contains("away"));
    wait_for("the store to be missed", || away(&sandbox.ask("status").json()).then_some(()));
    let began = clock::instant();
    wait_for("some looks", || (clock::instant() - began > Duration::from_secs(5)).then_some(()));
    send(server, "CONT");
    let told = until(&mut sandbox.client(), "it to be told", |all| all.iter().any(|one| one.state == "resolved")).await;
    let [told] = &told[..] else { panic!("one incident: {told:?}") };
    assert_eq!((told.rule.as_str(), told.severity.as_str()), ("store", "critical"));
    println!("told: {}", told.title);
}
