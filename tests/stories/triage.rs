//! The night of an on-call engineer, by commands: a change, a database that dies, an incident, its story with the change
//! as the suspect, the roll-back, the end, the post-mortem.

use crate::{
    incidents::configured,
    support::sandbox::{Sandbox, send, wait_for},
};
use doltops_agent::clock;
use serde_json::Value;
use std::{fs, time::Duration};

/// Holds so short that a story is soon told.
const QUICK: &str = "[incidents]\nheartbeat_seconds = 1\nhealth_seconds = 2\nsettled_seconds = 2\n";

/// A person does not wait longer for the story, whatever does not answer; a busy machine of two cores is slower.
const SOON: Duration = Duration::from_secs(20);

fn pid(of: &Value, key: &str) -> u32 {
    of["observed"][key].as_u64().and_then(|pid| pid.try_into().ok()).expect("a process id")
}

fn the_incident(sandbox: &Sandbox, arguments: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    wait_for(what, || {
        let said = sandbox.ask(&format!("incidents {arguments}"));
        let all = (said.code == 0).then(|| said.json())?;
        all.as_array()?.iter().find(|incident| fits(incident)).cloned()
    })
}

fn entries<'a>(story: &'a Value, kind: &str) -> Vec<&'a Value> {
    story["entries"].as_array().expect("a list").iter().filter(|entry| entry["kind"] == kind).collect()
}

#[test]
fn a_night_from_the_change_to_the_post_mortem() {
    let mut sandbox = configured(QUICK);
    sandbox.host();
    sandbox.create("orders");
    sandbox.ask("set orders max_connections=40 --wait").json();
    let orders = sandbox.get("orders");
    let suspect = orders["commit"].as_str().expect("a commit").to_owned();
    send(pid(&orders, "agent_pid"), "STOP");
    send(pid(&orders, "dolt_pid"), "KILL");

    let incident = the_incident(&sandbox, "", "an incident", |incident| incident["state"] == "open");
    let id = incident["id"].as_str().expect("an id").to_owned();
    let seen = sandbox.ask(&format!("incident acknowledge {id}")).json();
    assert_eq!((&seen["state"], &seen["assignee"]), (&"acknowledged".into(), &"tester".into()));
    assert_eq!(sandbox.run(["incident", "note", &id, "max_connections was changed before"]).code, 0);

    // Its agent answers nobody: the story is told all the same, and says what is missing.
    let began = clock::instant();
    let story = sandbox.ask(&format!("incident show {id}")).json();
    assert!(clock::instant() - began < SOON, "it waited for what does not answer");
    assert_eq!(story["suspect"], suspect.as_str());
    let commit = entries(&story, "commit").into_iter().find(|it| it["commit"] == suspect.as_str()).expect("told");
    let cell = &commit["changes"][0];
    assert_eq!(
        (&cell["key"], &cell["to"]),
        (&format!("{}/max_connections", orders["id"].as_str().unwrap()).into(), &"40".into())
    );
    assert!(story["changes"].as_array().expect("a list").iter().any(|cell| cell["to"] == "40"), "{story}");
    assert_eq!(entries(&story, "note")[0]["text"], "max_connections was changed before");
    assert!(!entries(&story, "step").is_empty() && !entries(&story, "incident").is_empty(), "{story}");
    assert!(entries(&story, "log").iter().any(|entry| entry["missing"] == true), "its log is away: {story}");

    send(pid(&orders, "agent_pid"), "CONT");
    sandbox.wait_until("orders", "it to be back", |now| now["health"] == "healthy");
    let history = sandbox.ask("history orders").json();
    let parent = history.as_array().expect("a list").iter().find(|it| it["commit"] == suspect.as_str()).expect("told");
    let parent = parent["parent"].as_str().expect("a parent").to_owned();
    sandbox.ask(&format!("rollback orders --to {parent} --wait")).json();
    assert_eq!(sandbox.get("orders")["desired"]["settings"]["max_connections"], Value::Null);

    the_incident(&sandbox, "--resolved", "its end", |incident| incident["state"] == "resolved");
    let story = sandbox.ask(&format!("incident show {id}")).json();
    assert!(entries(&story, "log").iter().all(|entry| entry["missing"] == false), "its log is back: {story}");
    assert!(entries(&story, "commit").len() >= 2, "the roll-back is part of the story: {story}");

    let file = sandbox.path().join("post-mortem.md");
    let file = file.to_str().expect("a path");
    assert_eq!(sandbox.run(["incident", "export", &id, "--file", file]).code, 0);
    let text = fs::read_to_string(file).expect("written");
    assert!(text.contains("**last change before it**") && text.contains("max\\_connections"), "{text}");
    assert_eq!(sandbox.run(["incident", "export", &id, "--file", file]).code, 1, "nothing is written over");
    assert_eq!(sandbox.run(["incident", "show", "inc-nothere"]).code, 3);
}

/// After a restart the story still has what the store keeps, and says what it has not.
#[test]
fn a_story_survives_a_restart_and_says_what_it_lost() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host();
    sandbox.create("orders");
    let opened = sandbox.run(["incident", "open", "Orders are slow", "--deployment", "orders", "-o", "json"]).json();
    let id = opened["id"].as_str().expect("an id").to_owned();
    sandbox.end_daemon(host, "KILL");
    sandbox.host();
    let story = sandbox.ask(&format!("incident show {id}")).json();
    assert_eq!(entries(&story, "incident")[0]["text"], "opened: Orders are slow");
    assert!(!entries(&story, "commit").is_empty(), "the store keeps them: {story}");
    let lost =
        |entry: &&Value| entry["missing"] == true && entry["text"].as_str().is_some_and(|it| it.contains("started"));
    assert!(entries(&story, "step").iter().any(lost), "{story}");
}
