//! A clone: a whole copy without a secret, made from a running control plane, and nothing left behind.

use crate::support::{dolt, sandbox::Sandbox};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

/// What Dolt says in a clone's database.
fn asked(clone: &Path, sql: &str) -> String {
    let database = clone.join("database/data/doltops");
    let mut dolt = Command::new(dolt::binary());
    dolt.args(["sql", "-r", "csv", "-q", sql]).current_dir(&database);
    let output = dolt.env("DOLT_ROOT_PATH", clone).env("HOME", clone).output().expect("it runs");
    assert!(output.status.success(), "{sql}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_clone_has_all_commits_and_nothing_else() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let clone = sandbox.path().join("event-42");
    let made = sandbox.ask(&format!("clone {}", clone.display())).json();
    let status = sandbox.ask("status").json();
    assert_eq!((&made["commit"], &made["control_plane_id"]), (&status["commit"], &status["control_plane_id"]));

    let mode = fs::metadata(&clone).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "only an admin may have it");
    let head = made["commit"].as_str().expect("a hash");
    assert!(asked(&clone, "select hashof('main')").contains(head));
    assert!(asked(&clone, "select name from deployments").contains("orders"));
    let tables = asked(&clone, "show tables");
    assert!(tables.contains("records") && !tables.contains("live_"), "{tables}");
    let mine: Vec<String> = fs::read_dir(&clone)
        .expect("there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert!(mine.iter().all(|name| ["clone.json", "database"].contains(&name.as_str())), "{mine:?}");
    assert_eq!(asked(&clone, "select count(*) from dolt_remotes").lines().nth(1), Some("0"), "it leads nowhere");

    // Neither in the store nor in the state folder is anything left of it.
    let left = fs::read_dir(sandbox.state().join("clones")).map(|entries| entries.count()).unwrap_or_default();
    assert_eq!(left, 0);
    let again = sandbox.path().join("again");
    assert_eq!(sandbox.ask(&format!("clone {}", again.display())).code, 0, "a second one is made as the first");
}

#[test]
fn a_clone_is_for_admins_and_for_an_empty_folder() {
    let mut sandbox = Sandbox::new();
    let url = sandbox.listening_daemon();
    let taken = sandbox.path().join("taken");
    fs::create_dir(&taken).expect("made");
    fs::write(taken.join("mine"), "mine").expect("written");
    let refused = sandbox.ask(&format!("clone {}", taken.display())).refusal(2);
    assert_eq!(refused["field"], "dir");
    assert_eq!(fs::read_dir(&taken).expect("there").count(), 1, "it is as it was");

    let identity = sandbox.path().join("otto.pem");
    sandbox.ask(&format!("client-certificate otto --role operator --file {}", identity.display())).json();
    let clone = sandbox.path().join("clone");
    let words = format!("--connect {url} --identity {} clone {}", identity.display(), clone.display());
    sandbox.ask(&words).refusal(4);
    assert!(!clone.exists());
    let beside: Vec<_> = fs::read_dir(sandbox.path()).expect("there").flatten().map(|it| it.file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().contains("doltops-clone")), "{beside:?}");
}
