//! The night of an on-call engineer, by commands: a change, a database that dies, an incident, its story with the change
//! as the suspect, the roll-back, the end, the post-mortem.

use crate::{
    commands::{Ended, doltops_words},
    incidents::configured,
    support::{
        fake_api::{FakeApi, NOW_MS, Script},
        sandbox::{Sandbox, send, wait_for},
    },
};
use doltops::hosted_api::problem::{Kind, Problem};
use doltops_agent::clock;
use doltops_proto::hosted_api::{
    Incident, OpenIncident, TimelineEntry, TimelineResponse, change_incident_request::Change,
};
use serde_json::Value;
use std::{ffi::OsString, fs, time::Duration};

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
    let key = format!("{}/max_connections", orders["id"].as_str().expect("an id"));
    assert_eq!((&cell["key"], &cell["to"]), (&key.into(), &"40".into()));
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

fn known() -> Script {
    let incident = Incident {
        id: "inc-4f2k9qwe".into(),
        severity: "critical".into(),
        state: "open".into(),
        title: "billing is \u{1b}[31maway".into(),
        deployments: vec!["billing".into()],
        opened_ms: NOW_MS - 360_000,
        ..Incident::default()
    };
    let entry = |kind: &str, text: &str| TimelineEntry {
        time_ms: NOW_MS,
        kind: kind.into(),
        deployment: "billing".into(),
        text: text.into(),
        ..TimelineEntry::default()
    };
    let entries = vec![
        TimelineEntry { commit: "8u6nmkpu".into(), author: "op2".into(), ..entry("commit", "Set max_connections") },
        TimelineEntry { missing: true, ..entry("log", "its log cannot be read") },
    ];
    let timeline = TimelineResponse {
        incident: Some(incident.clone()),
        entries,
        suspect: "8u6nmkpu".into(),
        ..TimelineResponse::default()
    };
    Script { incidents: vec![incident], timeline, ..Script::default() }
}

async fn doltops(fake: &FakeApi, words: &[&str]) -> Ended {
    let words: Vec<OsString> = std::iter::once(&"doltops").chain(words).map(OsString::from).collect();
    doltops_words(fake, &words).await
}

#[tokio::test]
async fn lists_and_stories_are_told_to_people_and_to_programs() {
    let fake = FakeApi::that(known());
    let list = doltops(&fake, &["incidents"]).await.out;
    assert!(list.contains("inc-4f2k9qwe  critical  open   6 min  –           billing      billing is away"), "{list}");
    let all = doltops(&fake, &["incidents", "-o", "json"]).await.json();
    assert_eq!((&all[0]["id"], &all[0]["assignee"]), (&"inc-4f2k9qwe".into(), &Value::Null));
    let story = doltops(&fake, &["incident", "show", "inc-4f2k9qwe"]).await.out;
    assert!(story.contains("commit 8u6nmkpu: Set max_connections  (op2)"), "{story}");
    assert!(story.contains("◀ the last change before it"), "{story}");
    let story = doltops(&fake, &["incident", "show", "inc-4f2k9qwe", "-o", "json"]).await.json();
    assert_eq!((&story["suspect"], &story["entries"][1]["missing"]), (&"8u6nmkpu".into(), &true.into()));
    let text = doltops(&fake, &["incident", "export", "inc-4f2k9qwe"]).await.out;
    assert!(text.starts_with("# billing is"), "{text}");
}

#[tokio::test]
async fn each_change_of_an_incident_asks_for_what_its_words_say() {
    let id = "inc-4f2k9qwe";
    let form = OpenIncident {
        deployments: vec!["billing".into(), "orders".into()],
        severity: "warning".into(),
        impact: "slow".into(),
        title: "Checkout".into(),
        description: String::new(),
    };
    let words = ["open", "Checkout", "--severity", "warning", "--deployment", "billing", "--deployment", "orders"];
    let open = [&words[..], &["--impact", "slow"]].concat();
    for (words, of, change) in [
        (open, "", Change::Open(form)),
        (vec!["acknowledge", id], id, Change::Acknowledge(true)),
        (vec!["note", id, "seen"], id, Change::Note("seen".into())),
        (vec!["hand-over", id, "bob"], id, Change::HandOver("bob".into())),
        (vec!["resolve", id], id, Change::Resolve(String::new())),
    ] {
        let fake = FakeApi::that(known());
        let ended = doltops(&fake, &[&["incident"], &words[..]].concat()).await;
        assert_eq!(ended.code, 0, "{}", ended.err);
        let asked = fake.0.lock().expect("whole").incidents_asked.clone();
        assert_eq!((asked[0].id.as_str(), asked[0].change.clone()), (of, Some(change)));
    }
}

/// The answer is lost: the same is asked for once more, with its id; a refusal ends with its own code.
#[tokio::test]
async fn a_lost_answer_about_an_incident_is_asked_for_again_with_its_id() {
    let lost = Problem::new(Kind::Unreachable, "the connection was lost");
    let fake = FakeApi::that(Script { incident_changes: [Err(lost)].into(), ..known() });
    assert_eq!(doltops(&fake, &["incident", "note", "inc-4f2k9qwe", "seen"]).await.code, 0);
    let asked = fake.0.lock().expect("whole").incidents_asked.clone();
    assert_eq!((asked.len(), &asked[0]), (2, &asked[1]));
    assert!(asked[0].request_id.len() >= 12);
    let over = Problem::new(Kind::Refused, "inc-4f2k9qwe is resolved");
    let fake = FakeApi::that(Script { incident_changes: [Err(over)].into(), ..known() });
    assert_eq!(doltops(&fake, &["incident", "acknowledge", "inc-4f2k9qwe"]).await.code, 4);
}
