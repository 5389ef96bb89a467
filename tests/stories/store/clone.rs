//! Copies of the store: what a crash leaves of one is in nobody's way.

use super::support::House;
use doltops::store::{Store, clones::Clones};

const ADD: &str = "USE doltops; CALL dolt_remote('add', 'doltops-clone', 'file:///nowhere')";

#[tokio::test]
async fn what_a_crash_left_of_a_copy_goes_before_the_next() {
    let house = House::start().await;
    let store = house.store().await;
    house.sql(ADD).await;
    let folder = tempfile::tempdir().expect("a folder");
    let head = store.push(folder.path()).await.expect("pushed");
    assert_eq!(head, store.head().await.expect("read"));
    assert!(folder.path().join("manifest").is_file(), "as Dolt keeps a remote");
    // The name is free again after a copy, and after a start that cleans: it could not be added otherwise.
    house.sql(ADD).await;
    store.clean().await.expect("cleaned");
    house.sql(ADD).await;
    // Where it cannot be written nothing stays behind either.
    assert!(store.push(std::path::Path::new("/proc/nowhere")).await.is_err());
    house.sql(ADD).await;
    store.close().await;
    house.stop().await;
}
