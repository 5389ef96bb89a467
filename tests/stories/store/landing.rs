//! Changes of main: whole or not at all, and never on a state that has moved on.

use super::support::{House, desired, id, land, landing, operation, record};
use doltops::{
    model::{Generation, Settings},
    store::{ClientCertificate, Edit, Store, StoreError, dolt::DoltStore},
};
use std::sync::Arc;

/// Two programs decide on the same commit: one lands, the other learns of it, and nothing of it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_landings_on_one_base_one_is_a_conflict() {
    let house = House::start().await;
    // Two programs, as far as the database can tell: each has a queue of its own.
    let (one, other) = (Arc::new(house.store().await), Arc::new(house.store().await));
    for round in 0..20 {
        let base = one.head().await.expect("a head");
        let attempt = |store: &Arc<DoltStore>, who: &str| {
            let name = format!("{who}-{round}");
            let edits = vec![
                Edit::PutDesired(desired(&name)),
                Edit::PutRecord(record(&name)),
                Edit::PutOperation(operation(&name, &name, "create")),
            ];
            let (store, landing) = (store.clone(), landing(&base, &name, edits));
            tokio::spawn(async move { store.land(landing).await })
        };
        let (first, second) = (attempt(&one, "one"), attempt(&other, "other"));
        let results = [("one", first.await.expect("ran")), ("other", second.await.expect("ran"))];
        let won: Vec<&str> = results.iter().filter(|(_, result)| result.is_ok()).map(|(who, _)| *who).collect();
        assert_eq!(won.len(), 1, "{results:?}");
        for (who, result) in &results {
            let name = format!("{who}-{round}");
            let snapshot = one.snapshot().await.expect("a snapshot");
            let operation = one.operation(&operation(&name, &name, "create").id).await.expect("an answer");
            let is_there = result.is_ok();
            assert!(is_there || matches!(result, Err(StoreError::Conflict)), "{result:?}");
            assert_eq!(snapshot.desired.contains_key(&id(&name)), is_there);
            assert_eq!(snapshot.records.contains_key(&id(&name)), is_there);
            assert_eq!(operation.map(|(_, commit)| commit).as_ref(), result.as_ref().ok());
        }
    }
    house.stop().await;
}

/// A landing that asks for what is so already makes no commit, unless somebody asked for it.
#[tokio::test]
async fn what_changes_nothing_is_no_commit_but_an_operation_is() {
    let house = House::start().await;
    let store = house.store().await;
    let edits = vec![Edit::PutDesired(desired("orders")), Edit::PutRecord(record("orders"))];
    let created = land(&store, "Create orders", edits.clone()).await.expect("landed");
    assert_eq!(land(&store, "Create orders", edits.clone()).await.expect("landed"), created);

    let asked = edits.into_iter().chain([Edit::PutOperation(operation("op-1", "orders", "restart"))]).collect();
    let commit = land(&store, "Restart orders", asked).await.expect("landed");
    assert_ne!(commit, created);
    let (read, at) = store.operation(&operation("op-1", "", "").id).await.expect("an answer").expect("it is there");
    assert_eq!((read, at), (operation("op-1", "orders", "restart"), commit));
    // The restart changed nothing of what is desired.
    assert_eq!(store.snapshot().await.expect("a snapshot").last_change[&id("orders")], created);
    house.stop().await;
}

#[tokio::test]
async fn a_taken_name_or_operation_is_a_conflict_and_nothing_is_done() {
    let house = House::start().await;
    let store = house.store().await;
    let edits = vec![Edit::PutDesired(desired("orders")), Edit::PutOperation(operation("op-1", "orders", "create"))];
    let head = land(&store, "Create orders", edits).await.expect("landed");

    let mut thief = desired("orders");
    thief.id = id("thief");
    let clash = land(&store, "Create orders", vec![Edit::PutRecord(record("thief")), Edit::PutDesired(thief.clone())]);
    assert!(matches!(clash.await, Err(StoreError::Conflict)));
    let again = land(&store, "Again", vec![Edit::PutOperation(operation("op-1", "orders", "create"))]);
    assert!(matches!(again.await, Err(StoreError::Conflict)));
    let snapshot = store.snapshot().await.expect("a snapshot");
    assert_eq!((&snapshot.commit, snapshot.records.len()), (&head, 0));

    // The name passes on when its holder goes, in whatever order that is written.
    let edits = vec![Edit::PutDesired(thief.clone()), Edit::RemoveDesired(id("orders"))];
    land(&store, "Give orders to another", edits).await.expect("landed");
    let snapshot = store.snapshot().await.expect("a snapshot");
    assert_eq!(snapshot.desired.values().collect::<Vec<_>>(), [&thief]);
    house.stop().await;
}

/// Every column and setting comes back as it went in, and goes when it goes.
#[tokio::test]
async fn what_is_put_is_what_is_read() {
    let house = House::start().await;
    let store = house.store().await;
    let mut wanted = desired("orders");
    let mut known = record("orders");
    for (step, settings) in [&[("max_connections", "50"), ("log_level", "debug")][..], &[("log_level", "info")], &[]]
        .into_iter()
        .enumerate()
    {
        let pairs = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        wanted.spec.settings = Settings::stored(pairs.collect());
        wanted.protected = step == 1;
        wanted.paused = step == 2;
        known.generation = Generation(u64::MAX >> step);
        known.final_copy_until = (step == 1).then(|| "2026-03-04T05:06:07.000001Z".parse().expect("a time"));
        known.instance = None;
        let edits = vec![Edit::PutDesired(wanted.clone()), Edit::PutRecord(known.clone())];
        land(&store, "Change orders", edits).await.expect("landed");
        let snapshot = store.snapshot().await.expect("a snapshot");
        assert_eq!((&snapshot.desired[&id("orders")], &snapshot.records[&id("orders")]), (&wanted, &known));
    }
    land(&store, "Delete orders", vec![Edit::RemoveDesired(id("orders"))]).await.expect("landed");
    let snapshot = store.snapshot().await.expect("a snapshot");
    assert!(snapshot.desired.is_empty() && snapshot.records.len() == 1);

    let mut certificate = ClientCertificate {
        serial: "0a1b".to_owned(),
        name: "ci@example.com".to_owned(),
        role: "viewer".to_owned(),
        not_after: "2026-03-04T05:06:07Z".parse().expect("a time"),
        revoked: None,
    };
    for revoked in [None, Some("2026-03-01T00:00:00Z".parse().expect("a time"))] {
        certificate.revoked = revoked;
        let edits = vec![Edit::PutClientCertificate(certificate.clone())];
        land(&store, "Change a certificate", edits).await.expect("landed");
        assert_eq!(store.client_certificates().await.expect("read"), [certificate.clone()]);
    }
    house.stop().await;
}
