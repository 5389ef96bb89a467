//! A person takes back what they did: the last first, after a restart too, and one that is named.

use crate::support::sandbox::Sandbox;
use serde_json::Value;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

/// The last two changes go back one after the other, by whoever hosts then; the undo of an undo does it again.
#[test]
fn the_last_changes_go_back_across_a_restart_and_forth_again() {
    let mut sandbox = Sandbox::new();
    let first = sandbox.daemon(&[]);
    sandbox.create("orders");
    sandbox.ask("set orders max_connections=40 --wait").json();
    let resize = sandbox.ask("resize orders --type local.medium --volume 20 --wait").json();
    sandbox.ask("protect orders --wait").json();
    sandbox.ask("unprotect orders --wait").json();
    sandbox.ask("undo --wait").json();
    assert_eq!(sandbox.get("orders")["desired"]["protected"], true, "protected again");
    sandbox.ask("undo --wait").json();
    assert_eq!(sandbox.get("orders")["desired"]["protected"], false, "and as before that");
    sandbox.end_daemon(first, "TERM");
    sandbox.daemon(&[]);

    let plan = sandbox.ask("undo --dry-run").json();
    assert_eq!(text(&plan, "undoes"), text(&resize, "operation_id"));
    assert!(plan["notes"].to_string().contains("its volume stays 20 GiB (it had 10 before)"), "{plan}");
    let done = sandbox.ask("undo --wait").json();
    let orders = sandbox.get("orders");
    assert_eq!(
        (&orders["observed"]["instance_type"], &orders["observed"]["volume_gib"]),
        (&"local.small".into(), &20.into())
    );
    assert_eq!(orders["desired"]["settings"]["max_connections"], "40", "what came before it stays");

    let again = sandbox.ask(&format!("undo {} --wait", text(&done, "operation_id"))).json();
    assert!(text(&again["plan"], "summary").starts_with("Redo: Resize orders"), "{again}");
    assert_eq!(sandbox.get("orders")["observed"]["instance_type"], "local.medium");
    let log = sandbox.run(["history", "orders"]).out;
    assert!(log.contains("Undo: Resize orders") && log.contains("Redo: Resize orders"), "{log}");
}

/// Undoing a creation deletes, after a typed name and a final copy; undoing that deletion brings it back from the copy.
#[test]
fn a_creation_is_undone_by_its_name_and_a_deletion_from_its_copy() {
    let sandbox = Sandbox::with_daemon();
    let made = sandbox.ask("create orders --wait").json();
    sandbox.run(["connect", "orders", "-e", "create database shop"]);
    let refused = sandbox.ask("undo").refusal(2);
    assert_eq!((text(&refused, "field"), sandbox.get("orders")["health"].as_str()), ("confirm", Some("healthy")));
    assert!(text(&refused, "next").ends_with("--confirm orders"), "{refused}");
    // By its commit, as history shows it.
    let commit = &text(&made, "commit")[..10];
    let gone = sandbox.ask(&format!("undo {commit} --confirm orders --wait")).json();
    sandbox.ask("get orders").refusal(3);
    let twice = sandbox.ask(&format!("undo {commit} --confirm orders")).refusal(4);
    assert!(text(&twice, "message").contains("was undone already"), "{twice}");

    sandbox.ask(&format!("undo {} --wait", text(&gone, "operation_id"))).json();
    let shown = sandbox.run(["connect", "orders", "-e", "show databases"]).out;
    assert!(shown.contains("shop"), "its data is back: {shown}");
}

/// A restart cannot be undone; what came before it is named.
#[test]
fn what_cannot_be_undone_names_what_can() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let set = sandbox.ask("set orders max_connections=40 --wait").json();
    sandbox.ask("restart orders --wait").json();
    let refused = sandbox.ask("undo").refusal(4);
    assert!(text(&refused, "message").contains("a restart is over"), "{refused}");
    assert!(text(&refused, "next").contains(text(&set, "operation_id")), "{refused}");
    sandbox.ask("set orders max_connections=50 --wait").json();
    let since = sandbox.ask(&format!("undo {}", text(&set, "operation_id"))).refusal(4);
    assert!(text(&since, "message").contains("was changed since and stays 50"), "{since}");
    sandbox.ask("undo op-nothing").refusal(3);
}

/// A commit of two deployments is taken back as a whole although a later one touched the same row, and who changed what
/// stays is told; then a range, in which one was made.
#[test]
fn commits_in_the_middle_of_history_are_taken_back() {
    let sandbox = Sandbox::with_daemon();
    sandbox.ask("create billing --stopped").json();
    sandbox.ask("create orders --stopped").json();
    let head = || text(&sandbox.ask("status").json(), "commit").to_owned();
    let file = sandbox.path().join("both.yaml");
    let both = "doltops: 1\nname: orders\ninstance_type: local.medium\nsettings: {log_level: debug}\n---\n\
                doltops: 1\nname: billing\ninstance_type: local.medium\n";
    std::fs::write(&file, both).expect("written");
    let bad = text(&sandbox.ask(&format!("apply -f {}", file.display())).json(), "commit").to_owned();
    let later = text(&sandbox.ask("set orders log_level=info").json(), "commit").to_owned();

    let plan = sandbox.ask(&format!("rollback --commit {} --dry-run", &bad[..8])).json();
    let told = format!("its setting log_level was changed since and stays info (tester in {}: Set", &later[..8]);
    assert!(plan["notes"].to_string().contains(&told), "{plan}");
    let done = sandbox.ask(&format!("rollback --commit {bad}")).json();
    assert_eq!(text(&done["plan"], "base_commit").len(), 32);
    for name in ["billing", "orders"] {
        assert_eq!(sandbox.get(name)["desired"]["instance_type"], "local.small", "{name}");
        assert_eq!(sandbox.get(name)["commit"], done["commit"], "one commit for both");
    }
    assert_eq!(sandbox.get("orders")["desired"]["settings"]["log_level"], "info");
    let twice = sandbox.ask(&format!("rollback --commit {bad}")).refusal(4);
    assert!(text(&twice, "message").contains("was undone already"), "{twice}");

    let older = head();
    sandbox.ask("set billing max_connections=40 log_level=debug").json();
    sandbox.ask("create extra --stopped").json();
    sandbox.ask("resize orders --volume 20").json();
    let newer = text(&sandbox.ask("protect extra").json(), "commit").to_owned();
    sandbox.ask("set billing log_level=info").json();
    let range = format!("rollback --range {}..{}", &older[..8], &newer[..8]);
    let refused = sandbox.ask(&format!("rollback --range {newer}..{older}")).refusal(2);
    assert_eq!(text(&refused, "field"), "after");
    let plan = sandbox.ask(&format!("{range} --dry-run")).json();
    let notes = plan["notes"].to_string();
    for told in
        ["extra stays: it is protected", "its volume stays 20 GiB", "log_level was changed since and stays info"]
    {
        assert!(notes.contains(told), "{told}: {notes}");
    }
    let alone = sandbox.ask(&format!("rollback orders --range {older}..{newer}")).refusal(4);
    assert!(text(&alone, "message").contains("its volume stays 20 GiB"), "{alone}");
    sandbox.ask("unprotect extra").json();
    let refused = sandbox.ask(&range).refusal(2);
    assert!(text(&refused, "next").ends_with("--confirm extra"), "{refused}");
    sandbox.ask(&format!("{range} --confirm extra --wait")).json();
    assert_eq!(sandbox.get("billing")["desired"]["settings"], serde_json::json!({ "log_level": "info" }));
    sandbox.ask("get extra").refusal(3);
}
