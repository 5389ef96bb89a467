//! The main job by commands: create, use, resize, look at the change, roll it back, delete.

use crate::support::sandbox::Sandbox;

/// What a person does on the first day, in the form that scripts rely on.
#[test]
fn the_main_job_by_commands() {
    let sandbox = Sandbox::with_daemon();
    let created = sandbox.create("orders");
    assert_eq!((&created["health"], &created["phase"]), (&"healthy".into(), &"settled".into()));
    assert_eq!(created["observed"]["instance_type"], "local.small");

    let sql = "create database shop; use shop; create table t (id int primary key); insert into t values (1), (2)";
    assert_eq!(sandbox.run(["connect", "orders", "-e", sql]).code, 0);

    sandbox.ask("resize orders --type local.medium --volume 20 --wait").json();
    let resized = sandbox.get("orders");
    assert_eq!(resized["observed"]["instance_type"], "local.medium");
    assert_eq!(resized["observed"]["volume_gib"], 20);
    assert_eq!(resized["observed"]["instance_id"], created["observed"]["instance_id"], "the same instance");
    assert_eq!(resized["observed"]["port"], created["observed"]["port"], "the same connection line");

    let history = sandbox.ask("history orders").json();
    let commits = history.as_array().expect("a list");
    let resize = commits.iter().find(|c| c["message"].as_str().is_some_and(|m| m.starts_with("Resize"))).expect("told");
    let change = |column: &str| {
        let changes = resize["changes"].as_array().expect("a list");
        let cell = changes.iter().find(|cell| cell["table"] == "deployments" && cell["column"] == column);
        cell.map(|cell| (cell["from"].clone(), cell["to"].clone())).expect("changed")
    };
    assert_eq!(change("instance_type"), ("local.small".into(), "local.medium".into()));
    assert_eq!(change("volume_gib"), ("10".into(), "20".into()));

    let before = resize["parent"].as_str().expect("a parent");
    let plan = sandbox.ask(&format!("plan orders --to {before}")).json();
    let actions: Vec<_> = plan["steps"].as_array().expect("steps").iter().map(|s| s["action"].clone()).collect();
    assert_eq!(actions, ["stop-instance", "change-type", "start-instance"]);
    sandbox.ask(&format!("rollback orders --to {before} --wait")).json();
    let back = sandbox.get("orders");
    assert_eq!(back["observed"]["instance_type"], "local.small");
    assert_eq!(back["observed"]["volume_gib"], 20, "a volume only grows");

    let rows = sandbox.run(["connect", "orders", "-e", "select count(*) as n from shop.t", "-o", "json"]);
    assert!(rows.out.contains('2'), "{rows:?}");

    sandbox.ask("delete orders --confirm orders --wait").json();
    assert_eq!(sandbox.ask("list").json().as_array().map(Vec::len), Some(0));
    assert_eq!((sandbox.agents(), sandbox.dolts()), (vec![], vec![]), "nothing of it is left");
}

/// Deleted by mistake: rolling back brings it back from its final copy, with its rows.
#[test]
fn a_deleted_deployment_comes_back_from_its_final_copy() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let sql = "create database shop; create table shop.t (id int primary key); insert into shop.t values (7)";
    assert_eq!(sandbox.run(["connect", "orders", "-e", sql]).code, 0);
    let good = sandbox.ask("status").json()["commit"].as_str().expect("a commit").to_owned();
    sandbox.ask("delete orders --confirm orders --wait").json();

    sandbox.ask(&format!("rollback orders --to {good} --wait")).json();
    let rows = sandbox.run(["connect", "orders", "-e", "select id from shop.t", "-o", "json"]);
    assert!(rows.code == 0 && rows.out.contains('7'), "{rows:?}");
}

/// No console and no daemon: each command hosts the control plane for as long as it needs, and works at once.
#[test]
fn every_command_works_without_a_control_plane() {
    let sandbox = Sandbox::new();
    sandbox.create("orders");
    let answer = sandbox.run(["connect", "orders", "-e", "select 6 * 7 as answer", "-o", "json"]);
    assert!(answer.code == 0 && answer.out.contains("42"), "{answer:?}");
    assert_eq!(sandbox.get("orders")["health"], "healthy");
    for words in ["credentials orders", "logs orders", "metrics orders", "history orders", "list", "status"] {
        assert_eq!(sandbox.ask(words).code, 0, "{words}");
    }
}
