//! Incidents as an on-call engineer meets them: opened by people, kept through everything.

use crate::support::sandbox::Sandbox;
use doltops::hosted_api::{
    client::Client,
    problem::{Kind, Problem},
};
use doltops_proto::hosted_api::{
    ChangeIncidentRequest, HistoryRequest, Incident, ListIncidentsRequest, OpenIncident,
    change_incident_request::Change,
};
use futures::StreamExt;

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
