//! Incidents in the store: what people wrote stays, one cause has one that is open, and flapping makes no commits.

use super::support::{House, land};
use doltops::{
    model::{By, Cause, Incident, IncidentId, Note, Severity},
    store::{Edit, IncidentQuery, IncidentRequest, Store, StoreError, dolt::DoltStore},
};
use jiff::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).expect("a time")
}

fn by(who: &str, second: i64) -> By {
    By { at: at(second), who: who.to_owned() }
}

fn incident(id: &str, second: i64) -> Incident {
    Incident {
        id: IncidentId::new(id),
        cause: Some(Cause { rule: "heartbeat".into(), deployment: Some("orders".parse().expect("a name")) }),
        severity: Severity::Critical,
        title: "orders does not answer: é, 'quoted'".into(),
        description: "x".repeat(4_000),
        impact: "checkout".into(),
        deployments: vec!["orders".parse().expect("a name"), "billing".parse().expect("a name")],
        runbook: Some("https://wiki.example.com/heartbeat".into()),
        opened: by("deployment-manager", second),
        acknowledged: None,
        assignee: None,
        resolved: None,
        gone_since: None,
        returned: 0,
        notes: Vec::new(),
    }
}

fn resolved(incident: &Incident, second: i64) -> Incident {
    Incident { resolved: Some(by("ann", second)), gone_since: None, ..incident.clone() }
}

async fn open(store: &DoltStore, since: i64) -> Vec<Incident> {
    store.incidents(IncidentQuery::Open { or_resolved_since: at(since) }).await.expect("read")
}

/// Every column comes back as it went in, and notes are added to those that are there.
#[tokio::test]
async fn what_is_written_about_an_incident_is_read() {
    let house = House::start().await;
    let store = house.store().await;
    let mut wanted = incident("inc-a", 1);
    let opened = land(&store, "Opened", vec![Edit::PutIncident(wanted.clone())]).await.expect("landed");
    assert_eq!(open(&store, 0).await, [wanted.clone()]);
    let again = land(&store, "Opened", vec![Edit::PutIncident(wanted.clone())]).await.expect("landed");
    assert_eq!(again, opened, "the same is no commit");

    wanted.acknowledged = Some(by("ann", 2));
    wanted.assignee = Some("bob".into());
    for number in 0..3 {
        wanted.notes.push(Note { by: by("ann", number), text: format!("note {number}\nin two lines") });
        land(&store, "Noted", vec![Edit::PutIncident(wanted.clone())]).await.expect("landed");
    }
    let one = IncidentQuery::One(wanted.id.clone());
    assert_eq!(store.incidents(one).await.expect("read"), [wanted.clone()]);

    wanted = resolved(&wanted, 10);
    land(&store, "Resolved", vec![Edit::PutIncident(wanted.clone())]).await.expect("landed");
    assert_eq!((open(&store, 11).await, open(&store, 10).await), (vec![], vec![wanted.clone()]));
    assert_eq!(store.incidents(IncidentQuery::Newest(5)).await.expect("read"), [wanted]);
    house.stop().await;
}

/// The database itself refuses a second open incident of a cause, whoever decided on it.
#[tokio::test]
async fn a_cause_has_one_open_incident() {
    let house = House::start().await;
    let store = house.store().await;
    let (first, second) = (incident("inc-a", 1), incident("inc-b", 2));
    land(&store, "Opened", vec![Edit::PutIncident(first.clone())]).await.expect("landed");
    let refused = land(&store, "Opened", vec![Edit::PutIncident(second.clone())]).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");

    land(&store, "Resolved", vec![Edit::PutIncident(resolved(&first, 3))]).await.expect("landed");
    land(&store, "Opened", vec![Edit::PutIncident(second.clone())]).await.expect("landed");
    assert_eq!(open(&store, 4).await, [second]);
    // Those that people open have no cause, and may be as many as they are.
    let by_people = ["inc-c", "inc-d"].map(|id| Edit::PutIncident(Incident { cause: None, ..incident(id, 5) }));
    land(&store, "Opened", by_people.to_vec()).await.expect("landed");
    assert_eq!(open(&store, 4).await.len(), 3);
    house.stop().await;
}

/// A cause that flaps all night leaves no commit for each time, and its count is kept over a restart of the store.
#[tokio::test]
async fn flapping_makes_no_commit() {
    let mut house = House::start().await;
    let store = house.store().await;
    let mut flapping = incident("inc-a", 1);
    let head = land(&store, "Opened", vec![Edit::PutIncident(flapping.clone())]).await.expect("landed");
    for times in 1..5 {
        (flapping.returned, flapping.gone_since) = (times, Some(at(times.into())));
        let marked = land(&store, "Marked", vec![Edit::MarkIncident(flapping.clone())]).await.expect("landed");
        assert_eq!(marked, head);
    }
    store.close().await;
    house.stopped().await;
    house.host().await;
    let store = house.store().await;
    assert_eq!(open(&store, 0).await, [flapping.clone()]);
    let over = resolved(&flapping, 9);
    land(&store, "Resolved", vec![Edit::PutIncident(over.clone())]).await.expect("landed");
    assert_eq!(store.incidents(IncidentQuery::Newest(1)).await.expect("read"), [over]);
    house.stop().await;
}

#[tokio::test]
async fn a_request_is_known_again() {
    let house = House::start().await;
    let store = house.store().await;
    let request = IncidentRequest { id: "once".into(), incident: IncidentId::new("inc-a"), digest: "d".into() };
    let edits = vec![Edit::PutIncidentRequest(request.clone()), Edit::PutIncident(incident("inc-a", 1))];
    land(&store, "Opened", edits).await.expect("landed");
    assert_eq!(store.incident_request("once").await.expect("read"), Some(request.clone()));
    assert_eq!(store.incident_request("twice").await.expect("read"), None);
    let again = land(&store, "Again", vec![Edit::PutIncidentRequest(request)]).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    house.stop().await;
}
