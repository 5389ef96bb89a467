//! Commits of earlier schemas, read by the columns that they have.

use super::support::House;
use doltops::{
    model::{CommitPrefix, Moment},
    store::{IncidentQuery, Store},
};

/// A database that a first version of this program made: its commits are told, with what was not kept then left empty.
#[tokio::test]
async fn a_commit_from_before_a_migration_is_read() {
    let house = House::start().await;
    let first = include_str!("../../../src/store/dolt/migrations/0001_first.sql");
    house.sql("CREATE DATABASE doltops").await;
    let rows = "CREATE TABLE schema_migrations (version INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL, \
                applied DATETIME(6) NOT NULL); \
                INSERT INTO schema_migrations VALUES (1, 'first', now(6)); \
                INSERT INTO deployments VALUES ('d-1', 'orders', 'local.small', 10, 'self-signed', 'running', false, false); \
                INSERT INTO settings VALUES ('d-1', 'max_connections', '40'); \
                INSERT INTO records VALUES ('d-1', 'orders', 3, 1, 'i-1', 'v-1', '10.0.0.1', 3306, '', NULL, false, NULL, NULL); \
                CALL dolt_commit('-Am', 'as it was once')";
    house.sql(&format!("USE doltops; {first} {rows}")).await;

    let store = house.store().await;
    let commits = store.history(doltops::store::HistoryQuery { limit: 10, ..Default::default() }).await.expect("read");
    let old = commits.iter().find(|commit| commit.message == "as it was once").expect("there");
    let then = store.snapshot_at(&old.hash).await.expect("read as it was");
    let (desired, record) = (then.desired.values().next().expect("one"), then.records.values().next().expect("one"));
    assert_eq!((desired.spec.volume_gib, desired.spec.settings.as_map().len()), (10, 1));
    assert_eq!((record.generation.0, record.port, record.host_name.as_str()), (3, 3306, ""));
    assert!(record.certificate_not_after.is_none());
    assert!(store.incidents_at(IncidentQuery::Newest(10), &old.hash).await.expect("none yet").is_empty());

    // Before there was any table of ours.
    let init = commits.last().expect("Dolt's own");
    assert!(store.snapshot_at(&init.hash).await.expect("read").desired.is_empty());
    // And a moment is the commit that was there by then.
    let at = |moment: Moment| {
        let store = &store;
        async move { store.moment(&moment).await.expect("one").hash }
    };
    assert_eq!(at(Moment::Time(old.time)).await, old.hash);
    assert_eq!(at(Moment::Commit(CommitPrefix::from(old.hash.clone()))).await, old.hash);
    assert_eq!(at(Moment::Time(jiff::Timestamp::MAX)).await, commits[0].hash);
    store.close().await;
    house.stop().await;
}
