//! A copy of the database tells the whole story to whoever opens it with Dolt, and no secret.

use super::support::{House, desired, dolt, id, land, operation};
use doltops::{
    model::Epoch,
    secrets::Secrets,
    store::{Edit, Store},
};
use std::{path::Path, process::Command, time::Duration};

fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(dolt())
        .args(arguments)
        .current_dir(folder)
        .env("DOLT_ROOT_PATH", folder)
        .env("DOLT_DISABLE_EVENT_FLUSH", "true")
        .output()
        .expect("Dolt runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn a_copy_of_the_database_tells_the_story_and_no_secret() {
    let mut house = House::start().await;
    let store = house.store().await;
    store.lease("host", None, Epoch(0), Duration::from_secs(60)).await.expect("an answer");
    let edits = vec![Edit::PutDesired(desired("orders")), Edit::PutOperation(operation("op-1", "orders", "create"))];
    land(&store, "Create orders", edits).await.expect("landed");
    let mut large = desired("orders");
    large.spec.instance_type = "local.large".to_owned();
    land(&store, "Resize orders to local.large\n\nBlack Friday.", vec![Edit::PutDesired(large)]).await.expect("landed");
    let password = house.secrets.get("store/root").await.expect("read").expect("there");

    // As somebody does who debugs it: a copy of the folder, pushed and cloned from there.
    let database = house.store_folder().join("data/doltops");
    let folder = tempfile::tempdir().expect("a folder");
    let remote = format!("file://{}", folder.path().join("remote").display());
    house.stopped().await;
    std::fs::create_dir(folder.path().join("remote")).expect("made");
    told(&database, &["remote", "add", "elsewhere", &remote]);
    told(&database, &["push", "elsewhere", "main"]);
    told(folder.path(), &["clone", &remote, "copy"]);
    let copy = folder.path().join("copy");

    let log = told(&copy, &["log"]);
    for line in
        ["Create orders", "Resize orders to local.large", "Black Friday.", "ada <ada@doltops>", id("orders").as_str()]
    {
        assert!(log.contains(line), "{line} in\n{log}");
    }
    let diff = told(&copy, &["diff", "HEAD~1", "HEAD"]);
    assert!(diff.contains("local.small") && diff.contains("local.large"), "{diff}");
    let tables = told(&copy, &["sql", "-r", "csv", "-q", "SHOW TABLES"]);
    assert!(tables.contains("deployments") && !tables.contains("live_"), "{tables}");
    // Every row that ever was, in SQL: the password is in none, and nothing volatile.
    let dump = told(&copy, &["diff", "-r", "sql", "HEAD~2", "HEAD"]);
    assert!(dump.contains("op-1") && !dump.contains(password.reveal()) && !dump.contains("live_lease"), "{dump}");
}
