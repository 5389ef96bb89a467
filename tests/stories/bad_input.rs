//! Bad input gets a clear error that names the field, and changes nothing.

use crate::support::sandbox::{Sandbox, send, wait_for};
use doltops::hosted_api::problem::{Kind, Problem};
use doltops_proto::hosted_api::{Change, ChangeRequest, PlanRequest, change};
use serde_json::Value;
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path};

impl Sandbox {
    /// Main's head, read from the store.
    #[track_caller]
    pub fn head(&self) -> Value {
        self.ask("history --limit 1").json()[0]["commit"].clone()
    }

    /// Runs a command that must be refused with this exit code, naming this field, and gives what it said.
    #[track_caller]
    fn refused(&self, words: &[&str], code: i32, field: &str) -> String {
        let before = self.head();
        let said = self.run(words.iter().copied().chain(["-o", "json"]));
        let error = said.refusal(code);
        let named = error["field"].as_str().unwrap_or_default();
        assert_eq!(named, field, "{words:?}: {error}");
        assert_eq!(said.out, "", "{words:?}: no answer beside the error");
        assert_eq!(self.head(), before, "{words:?}: nothing has changed");
        error["message"].as_str().expect("words").to_owned()
    }
}

fn split(words: &str) -> Vec<&str> {
    words.split_whitespace().collect()
}

/// Arguments that are wrong in themselves, or do not fit what is there.
#[test]
fn a_wrong_argument_is_named_and_changes_nothing() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let (label, long) = ("a".repeat(63), "a".repeat(64));
    let absent = "0".repeat(32);
    let history = sandbox.ask("history --limit 1000").json();
    let oldest = history.as_array().and_then(|commits| commits.last()).expect("a commit")["commit"].clone();
    let oldest = oldest.as_str().expect("a hash");

    for (words, code, field) in [
        ("create Orders", 2, "name"),
        ("open deployment/orders", 2, "locator"),
        ("open deployments/orders/metric", 2, "locator"),
        ("create my_orders", 2, "name"),
        ("create orders-", 2, "name"),
        ("create 1orders", 2, "name"),
        ("create orders", 2, "name"),
        (&format!("create {long}"), 2, "name"),
        ("create x --volume 0", 2, "volume"),
        ("create x --volume -1", 2, "volume"),
        ("create x --volume 1000000000000", 2, "volume"),
        ("create x --volume ten", 2, "volume"),
        ("create x --type local.huge", 2, "type"),
        ("create x --certificate webpki", 2, "certificate"),
        ("resize orders --type local.huge", 2, "type"),
        ("resize orders --volume 9", 2, "volume"),
        ("resize orders --volume ten", 2, "volume"),
        ("resize orders", 2, "type"),
        ("plan orders --volume 9", 2, "volume"),
        ("resize other --volume 20", 3, ""),
        (&format!("rollback orders --to {absent}"), 3, "to"),
        (&format!("rollback --all --to {absent}"), 3, "to"),
        (&format!("plan orders --to {absent}"), 3, "to"),
        (&format!("diff {absent}"), 3, "from"),
        (&format!("diff {oldest} {absent}"), 3, "to"),
        ("rollback orders --to 000000", 3, "to"),
        ("plan orders --to 000000", 3, "to"),
        ("diff 000000", 3, "from"),
        (&format!("diff {oldest} orderr"), 3, "to"),
        ("history --before 000000", 3, "before"),
        ("rollback orders --to 00000", 2, "to"),
        ("rollback orders --to yesterday", 2, "to"),
        ("rollback orders --to W0000000000000000000000000000000", 2, "to"),
        ("diff yesterday", 2, "from"),
        (&format!("rollback orders --to {oldest}"), 2, "to"),
        ("delete orders", 2, "confirm"),
        ("delete orders --confirm order", 2, "confirm"),
        ("set orders innodb_buffer_pool_size=1G", 2, "innodb_buffer_pool_size"),
        ("set orders max_connections=0", 2, "max_connections"),
        ("set orders max_connections=many", 2, "max_connections"),
        ("set orders log_level=loud", 2, "log_level"),
        ("set orders", 2, "setting"),
    ] {
        sandbox.refused(&split(words), code, field);
    }
    assert!(sandbox.refused(&split("create orders"), 2, "name").contains("taken"));
    assert!(sandbox.refused(&split("resize orders --volume 9"), 2, "volume").contains("only grows"));
    let old = sandbox.refused(&["rollback", "orders", "--to", oldest], 2, "to");
    assert!(old.contains("before the present schema"), "{old}");
    // The longest name that is one.
    sandbox.ask(&format!("plan {label} --volume 20")).refusal(3);
}

/// A protected deployment is deleted by nobody, by whatever name it is called.
#[test]
fn a_protected_deployment_is_not_deleted() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    sandbox.ask("protect orders --wait").json();
    let said = sandbox.refused(&split("delete orders --confirm orders"), 4, "");
    assert!(said.contains("orders is protected"), "{said}");
    assert_eq!(sandbox.get("orders")["health"], "healthy");
}

/// SQL that fails says what the database said, and which statement it was.
#[test]
fn sql_that_fails_is_told_in_the_databases_words() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    for (sql, words) in [("selec 1", "syntax"), ("select * from nowhere.t", "nowhere"), ("use nowhere", "nowhere")] {
        let said = sandbox.refused(&["connect", "orders", "-e", sql], 1, "sql");
        assert!(said.contains(words), "{sql}: {said}");
    }
}

/// A configuration that cannot be read stops before anything is started, with the line and the key.
#[test]
fn a_corrupt_configuration_names_line_and_key() {
    let sandbox = Sandbox::new();
    let file = sandbox.path().join("doltops.toml");
    for (text, field, words) in [
        ("theme = 'dark'\nfinal_copy_days = 0\n", "final_copy_days", "line 2"),
        ("theme = 'dark'\nlisten = 7\n", "listen", "line 2"),
        ("\n\nthema = 'dark'\n", "thema", "line 3"),
        ("theme = 'dark'\n[[[\n", "config", "line 2"),
    ] {
        fs::write(&file, text).expect("written");
        let error = sandbox.ask(&format!("list --config {}", file.display())).refusal(2);
        assert_eq!(error["field"], field, "{error}");
        assert!(error["message"].as_str().expect("words").contains(words), "{error}");
    }
    assert!(!sandbox.state().exists(), "nothing was started");
}

/// A state folder that cannot be one: below a file, or where nobody may write.
#[test]
fn a_state_folder_that_cannot_be_written_to_is_named() {
    let sandbox = Sandbox::new();
    let file = sandbox.path().join("file");
    fs::write(&file, "").expect("written");
    for folder in [file.join("state"), file, "/proc/doltops".into()] {
        let error = sandbox.ask(&format!("list --state-dir {}", folder.display())).refusal(2);
        assert_eq!(error["field"], "state-dir", "{error}");
        assert!(error["message"].as_str().expect("words").contains(&*folder.to_string_lossy()), "{error}");
    }
}

/// A port that another program has: of a forward, and of a daemon.
#[test]
fn a_port_in_use_is_named() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let said = sandbox.refused(&["forward", "orders", "--port", &address.port().to_string()], 2, "port");
    assert!(said.contains("in use"), "{said}");

    let other = Sandbox::new();
    let error = other.ask(&format!("--daemon --listen {address}")).refusal(2);
    assert_eq!(error["field"], "listen");
    assert!(error["message"].as_str().expect("words").contains(&address.to_string()), "{error}");
    wait_for("what it had begun to end", || other.processes().is_empty().then_some(()));
}

/// A Dolt that Doltops was never tried with is named with its version, and not used.
#[test]
fn a_dolt_too_old_is_named_with_its_version() {
    let sandbox = Sandbox::new();
    let old = program(&sandbox.path().join("dolt"), "echo dolt version 1.50.3");
    let error = sandbox.ask(&format!("list --dolt {old}")).refusal(1);
    assert_eq!(error["field"], "dolt", "{error}");
    let said = error["message"].as_str().expect("words");
    assert!(said.contains("1.50.3") && said.contains(&old), "{said}");
    assert!(error["next"].as_str().is_some_and(|next| next.contains("--dolt")), "{error}");
}

fn program(path: &Path, does: &str) -> String {
    fs::write(path, format!("#!/bin/sh\n{does}\n")).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    path.to_str().expect("text").to_owned()
}

/// The store's server hangs, then dies: the daemon stays up and says so, changes are refused and not lost, and all goes
/// on when the server is back.
#[test]
fn a_store_that_is_down_is_said_and_found_again() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let store = || sandbox.ask("status").json()["store"].as_str().expect("a word").to_owned();
    assert_eq!(store(), "up");

    let server = sandbox.store_server().expect("it runs");
    send(server, "STOP");
    wait_for("the daemon to say so", || (store() != "up").then_some(()));
    assert_eq!(sandbox.ask("list").json()[0]["name"], "orders", "what was known is shown");
    let refused = sandbox.ask("protect orders").refusal(5);
    assert!(refused["message"].as_str().expect("words").contains("store"), "{refused}");
    send(server, "CONT");
    wait_for("the daemon to find it again", || (store() == "up").then_some(()));

    send(server, "KILL");
    wait_for("another server", || sandbox.store_server().filter(|pid| *pid != server));
    wait_for("the daemon to find it again", || {
        (sandbox.ask("resize orders --volume 20 --wait").code == 0).then_some(())
    });
    assert_eq!(sandbox.get("orders")["observed"]["volume_gib"], 20);
    assert_eq!(store(), "up");
}

fn create(name: &str) -> Option<Change> {
    let create = change::Create { name: name.to_owned(), ..Default::default() };
    Some(Change { change: Some(change::Change::Create(create)) })
}

fn resize(name: &str, volume: u64) -> Option<Change> {
    let resize = change::Resize { name: name.to_owned(), instance_type: None, volume_gib: Some(volume) };
    Some(Change { change: Some(change::Change::Resize(resize)) })
}

/// An id is asked for again with another request: the first one stands, and the second is told.
#[tokio::test]
async fn a_request_id_is_for_one_request() {
    let sandbox = Sandbox::with_daemon();
    let mut client = sandbox.client();
    let ask = |change| ChangeRequest { change, request_id: "once".to_owned(), ..Default::default() };

    let first = client.change(ask(create("orders"))).await.expect("done").into_inner();
    let again = client.change(ask(create("orders"))).await.expect("done before").into_inner();
    assert_eq!((&again.commit, &again.operation_id), (&first.commit, &first.operation_id));

    let other = Problem::from(client.change(ask(create("billing"))).await.expect_err("refused"));
    assert_eq!((other.kind, other.field.as_str()), (Kind::Invalid, "request_id"));
    sandbox.ask("get billing").refusal(3);
}

/// Both tries of a request whose answer was late arrive at once: one of them does it, and both say the same.
#[tokio::test]
async fn two_tries_at_once_are_one_request() {
    let sandbox = Sandbox::with_daemon();
    let ask = || ChangeRequest { change: create("orders"), request_id: "once".to_owned(), ..Default::default() };
    let (mut one, mut other) = (sandbox.client(), sandbox.client());
    let (one, other) = tokio::join!(one.change(ask()), other.change(ask()));
    let (one, other) = (one.expect("done").into_inner(), other.expect("the same").into_inner());
    assert_eq!((one.commit, one.operation_id), (other.commit, other.operation_id));
}

/// What was confirmed is not what would be done now: nothing is done, and the new plan is shown.
#[tokio::test]
async fn a_plan_that_has_changed_is_shown_again() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let mut client = sandbox.client();
    let shown = client.plan(PlanRequest { change: resize("orders", 20) }).await.expect("planned").into_inner();
    sandbox.ask("resize orders --volume 15 --wait").json();
    let head = sandbox.head();

    let ask =
        |hash: &str| ChangeRequest { change: resize("orders", 20), plan_hash: hash.to_owned(), ..Default::default() };
    let status = client.change(ask(&shown.plan_hash)).await.expect_err("refused");
    assert_eq!(status.code(), tonic::Code::Aborted);
    let problem = Problem::from(status);
    let now = problem.plan.expect("the new plan");
    assert_eq!(now.changes[0].from.as_deref(), Some("15"));
    let on_the_old_commit = ChangeRequest { base_commit: shown.base_commit, ..ask("") };
    let status = client.change(on_the_old_commit).await.expect_err("refused");
    assert_eq!(status.code(), tonic::Code::Aborted);
    assert_eq!(sandbox.head(), head, "nothing was done");

    client.change(ask(&now.plan_hash)).await.expect("as it was shown");
    assert_eq!(sandbox.get("orders")["desired"]["volume_gib"], 20);
}
