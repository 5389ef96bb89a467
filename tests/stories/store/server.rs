//! The host's own server: killed, left behind, started again.

use super::support::{House, desired, env, id, land, landing, until};
use doltops::{
    secrets::{Secret, Secrets},
    store::{Edit, Store, StoreError, dolt::DoltStore},
};
use rustix::process::Signal;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Kill -9 right after each answer: what was acknowledged is there, and the same store object works again.
#[tokio::test]
async fn an_acknowledged_change_survives_the_death_of_the_server() {
    let house = House::start().await;
    let store = house.store().await;
    for round in 0..3 {
        let name = format!("orders-{round}");
        let commit = land(&store, "Create", vec![Edit::PutDesired(desired(&name))]).await.expect("landed");
        house.signal(Signal::KILL);
        let snapshot = until("the server is back", async || store.snapshot().await.ok()).await;
        assert!(snapshot.desired.contains_key(&id(&name)));
        assert_eq!(snapshot.commit, commit);
    }
    house.stop().await;
}

#[tokio::test]
async fn a_store_that_is_down_says_so_and_works_again_when_it_is_back() {
    let mut house = House::start().await;
    let store = house.store().await;
    let (base, address) = (store.head().await.expect("a head"), house.address());
    house.stopped().await;
    assert!(matches!(store.snapshot().await, Err(StoreError::Unavailable(_))));
    let edits = vec![Edit::PutDesired(desired("orders"))];
    let landed = store.land(landing(&base, "Create orders", edits.clone())).await;
    assert!(matches!(landed, Err(StoreError::Unavailable(_))), "{landed:?}");
    assert!(matches!(DoltStore::connect(&address, env()).await, Err(StoreError::Unavailable(_))));
    house.host().await;
    assert_eq!(store.head().await.expect("a head"), base);
    store.land(landing(&base, "Create orders", edits)).await.expect("landed");
    house.stop().await;
}

/// A host of another version, or a slip in `--store`: the database stays as it is.
#[tokio::test]
async fn a_database_that_is_not_for_this_program_is_refused() {
    let house = House::start().await;
    house.store().await;
    house.sql("INSERT INTO doltops.schema_migrations VALUES (9999, 'later', now())").await;
    let error = DoltStore::connect(&house.address(), env()).await.expect_err("a newer schema").to_string();
    assert!(error.contains("9999") && error.contains("newer doltops"), "{error}");
    house.sql("DROP DATABASE doltops").await;
    house.sql("CREATE DATABASE doltops").await;
    house.sql("CREATE TABLE doltops.shop (id INT PRIMARY KEY)").await;
    let error = DoltStore::connect(&house.address(), env()).await.expect_err("somebody else's").to_string();
    assert!(error.contains("shop") && error.contains("another database"), "{error}");
    house.stop().await;
}

/// The host was killed and left its server: the next one ends it and keeps port and data.
#[tokio::test]
async fn the_next_host_ends_what_the_last_one_left() {
    let mut house = House::start().await;
    let store = house.store().await;
    land(&store, "Create orders", vec![Edit::PutDesired(desired("orders"))]).await.expect("landed");
    let address = house.address();
    for lose_note in [false, true] {
        let left = house.process();
        house.server = None;
        if lose_note {
            // As when the host died between the start and the note.
            std::fs::remove_file(house.store_folder().join("process.json")).expect("it was there");
        }
        house.host().await;
        assert!(!left.is_alive());
        assert!(house.store().await.snapshot().await.expect("a snapshot").desired.contains_key(&id("orders")));
        if !lose_note {
            assert_eq!(house.address().to_string(), address.to_string());
        }
    }
    house.stop().await;
}

/// Its first start was cut short before the password was set, or the password was lost.
#[tokio::test]
async fn a_server_that_refuses_the_password_gets_its_users_anew() {
    let mut house = House::start().await;
    let store = house.store().await;
    land(&store, "Create orders", vec![Edit::PutDesired(desired("orders"))]).await.expect("landed");
    house.stopped().await;
    house.secrets.put("store/root", &Secret::new("another")).await.expect("kept");
    house.host().await;
    assert!(house.store().await.snapshot().await.expect("a snapshot").desired.contains_key(&id("orders")));
    house.stop().await;
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn the_password_is_in_no_file_and_no_argument_list() {
    let house = House::start().await;
    let store = house.store().await;
    land(&store, "Create orders", vec![Edit::PutDesired(desired("orders"))]).await.expect("landed");
    let password = house.secrets.get("store/root").await.expect("read").expect("there");
    let holds = |bytes: &[u8]| bytes.windows(32).any(|part| part == password.reveal().as_bytes());
    for file in files(&house.store_folder()) {
        // The socket is a file that cannot be read.
        assert!(!holds(&std::fs::read(&file).unwrap_or_default()), "{}", file.display());
    }
    let arguments = Command::new("ps").args(["-ww", "-o", "args=", "-p", &house.process().pid.to_string()]).output();
    let arguments = arguments.expect("ps runs").stdout;
    assert!(!holds(&arguments) && String::from_utf8_lossy(&arguments).contains("sql-server"));
    assert_eq!(std::fs::metadata(house.store_folder()).expect("there").permissions().mode() & 0o777, 0o700);
    house.stop().await;
}

/// Linux lets another address of the loopback be bound while the port is taken on 127.0.0.1 alone.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_listens_on_loopback_alone() {
    let house = House::start().await;
    let address = house.address().to_string();
    let port: u16 = address.rsplit(':').next().and_then(|rest| rest.split('/').next()?.parse().ok()).expect("a port");
    std::net::TcpListener::bind(("127.0.0.2", port)).expect("nobody is there");
    std::net::TcpListener::bind(("127.0.0.1", port)).expect_err("the server is there");
    house.stop().await;
}

#[tokio::test]
async fn two_that_open_an_empty_store_at_once_make_one_schema() {
    let house = House::start().await;
    let opened = futures::future::join_all((0..4).map(|_| house.store())).await;
    let all = opened[0].history(doltops::store::HistoryQuery { limit: 10, ..Default::default() }).await.expect("read");
    let messages: Vec<&str> = all.iter().map(|entry| entry.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "Schema 7: rotation",
            "Schema 6: control-plane",
            "Schema 5: change-requests",
            "Schema 4: pages",
            "Schema 3: incidents",
            "Schema 2: facts",
            "Schema 1: first",
            "Initialize data repository"
        ]
    );
    house.stop().await;
}
