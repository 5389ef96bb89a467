//! What was, and what differs.

use super::support::{House, desired, id, land, operation, record};
use doltops::{
    model::{CommitHash, Settings},
    store::{Edit, HistoryQuery, Store, StoreError},
};
use std::sync::Arc;

fn query(name: Option<&str>, before: Option<&CommitHash>, limit: usize) -> HistoryQuery {
    HistoryQuery { deployment: name.map(id), before: before.cloned(), until: None, limit }
}

#[tokio::test]
async fn history_goes_back_page_by_page_and_deployment_by_deployment() {
    let house = House::start().await;
    let store = house.store().await;
    let mut commits = Vec::new();
    for number in 0..5 {
        let name = if number % 2 == 0 { "even" } else { "odd" };
        let mut wanted = desired(name);
        wanted.spec.volume_gib = 10 + number;
        let message = format!("Resize {name}\n\nRound {number}.");
        commits.push(land(&store, &message, vec![Edit::PutDesired(wanted)]).await.expect("landed"));
    }
    commits.push(land(&store, "Note even", vec![Edit::PutRecord(record("even"))]).await.expect("landed"));

    // One that has followed every commit, and one that comes cold.
    for store in [&store, &house.store().await] {
        let hashes = async |asked| -> Vec<CommitHash> {
            let page = store.history(asked).await.expect("a page");
            page.into_iter().map(|entry| entry.hash).collect()
        };
        let picked = |numbers: &[usize]| -> Vec<CommitHash> { numbers.iter().map(|n| commits[*n].clone()).collect() };
        assert_eq!(hashes(query(None, None, 3)).await, picked(&[5, 4, 3]));
        assert_eq!(hashes(query(None, Some(&commits[3]), 2)).await, picked(&[2, 1]));
        assert_eq!(hashes(query(Some("even"), None, 10)).await, picked(&[5, 4, 2, 0]));
        assert_eq!(hashes(query(Some("odd"), Some(&commits[3]), 10)).await, picked(&[1]));
        let snapshot = store.snapshot().await.expect("a snapshot");
        assert_eq!((&snapshot.last_change[&id("even")], &snapshot.last_change[&id("odd")]), (&commits[4], &commits[3]));

        let entry = store.history(query(None, Some(&commits[2]), 1)).await.expect("a page").remove(0);
        assert_eq!((entry.author.as_str(), entry.message.as_str()), ("ada", "Resize odd\n\nRound 1."));
        assert_eq!(entry.parent.as_ref(), Some(&commits[0]));
        let all = store.history(query(None, None, 100)).await.expect("a page");
        assert_eq!(all.last().and_then(|first| first.parent.clone()), None);
    }
    house.stop().await;
}

#[tokio::test]
async fn a_diff_shows_each_cell_and_what_was_is_read_again() {
    let house = House::start().await;
    let store = house.store().await;
    let first = store.head().await.expect("a head");
    let mut wanted = desired("orders");
    wanted.spec.settings = Settings::default().with("log_level", "debug").expect("offered");
    let edits = vec![Edit::PutDesired(wanted.clone()), Edit::PutOperation(operation("op-1", "orders", "create"))];
    let created = land(&store, "Create orders", edits).await.expect("landed");
    let was = store.snapshot().await.expect("a snapshot");
    let mut resized = wanted.clone();
    resized.spec.instance_type = "local.large".to_owned();
    resized.spec.settings = Settings::default();
    let changed = land(&store, "Resize orders", vec![Edit::PutDesired(resized)]).await.expect("landed");
    let gone = land(&store, "Delete orders", vec![Edit::RemoveDesired(id("orders"))]).await.expect("landed");

    let cells = async |from: &CommitHash, to: &CommitHash| -> Vec<String> {
        let changes = store.diff(from, to).await.expect("a diff");
        assert!(changes.iter().all(|change| change.deployment == Some(id("orders"))));
        let text = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "-".to_owned());
        changes
            .iter()
            .map(|c| format!("{} {} {} {} {}", c.table, c.key, c.column, text(&c.from), text(&c.to)))
            .collect()
    };
    let resize = [
        "deployments d-orders instance_type local.small local.large",
        "settings d-orders/log_level deployment_id d-orders -",
        "settings d-orders/log_level name log_level -",
        "settings d-orders/log_level value debug -",
    ];
    assert_eq!(cells(&created, &changed).await, resize);
    assert_eq!(cells(&created, &changed).await, resize, "from the cache");
    assert_eq!(cells(&changed, &created).await[0], "deployments d-orders instance_type local.large local.small");
    assert_eq!(cells(&first, &first).await, [""; 0]);
    assert!(cells(&first, &created).await.contains(&"operations op-1 reason - because".to_owned()));
    assert!(cells(&changed, &gone).await.contains(&"deployments d-orders volume_gib 10 -".to_owned()));

    assert_eq!(store.desired_at(&created).await.expect("it was"), was.desired);
    assert_eq!(store.desired_at(&gone).await.expect("it was").len(), 0);
    assert!(Arc::ptr_eq(&store.snapshot().await.expect("read"), &store.snapshot().await.expect("read")));
    house.stop().await;
}

#[tokio::test]
async fn a_commit_that_is_not_there_or_too_old_is_told_apart() {
    let house = House::start().await;
    let store = house.store().await;
    let all = store.history(query(None, None, 10)).await.expect("a page");
    let oldest = &all.last().expect("Dolt's own first commit").hash;
    assert!(matches!(store.desired_at(oldest).await, Err(StoreError::OldSchema { .. })));
    let none: CommitHash = "0123456789abcdefghijklmnopqrstuv".parse().expect("well formed");
    let head = store.head().await.expect("a head");
    assert!(matches!(store.desired_at(&none).await, Err(StoreError::NoSuchCommit(_))));
    assert!(matches!(store.diff(&none, &head).await, Err(StoreError::NoSuchCommit(_))));
    assert!(matches!(store.history(query(None, Some(&none), 1)).await, Err(StoreError::NoSuchCommit(_))));
    let resolve = async |text: &str| store.resolve(&text.parse().expect("a beginning")).await;
    assert_eq!(resolve(&head.as_str()[..10]).await.expect("the only one"), head);
    assert_eq!(resolve(head.as_str()).await.expect("whole"), head);
    assert!(matches!(resolve("000000").await, Err(StoreError::NoSuchCommit(_))));
    // From the first commit on, everything is new; the schema's own rows belong to no deployment.
    let since = store.diff(oldest, &head).await.expect("a diff");
    assert!(since.iter().all(|change| change.table == "schema_migrations" && change.deployment.is_none()), "{since:?}");
    house.stop().await;
}
