//! The night of an on-call engineer at the console: a change that looks harmless, an instance that dies by it hours
//! later, the page, the story with the change as the suspect, its roll-back, the end.
//!
//! Everything is real but the machine's memory: thousands of clients are not at hand, so that Dolt is ended as the
//! kernel ends it once there would be as many of them (see [`small_machine`]).

use crate::support::{
    dolt,
    film::Film,
    paged::{KEY, paging_to},
    sandbox::{PATIENCE, Sandbox, send},
    screen::Screen,
};
use doltops_stand_in::receiver::{Posted, Receiver};
use ring::hmac;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const ENTER: &str = "\r";
const END: &str = "\x1b[F";

/// There, when the clients have come.
const RUSH: &str = "rush";

/// Dolt on a machine without the memory for thousands of clients: once they have come, a server that would take as many
/// ends with the words of the Go runtime.
fn small_machine(folder: &Path, dolt: &Path) -> std::path::PathBuf {
    let rush = folder.join(RUSH);
    let text = format!(
        r#"#!/bin/sh
if [ "$1" = sql-server ] && [ -e '{}' ] && /bin/grep -q '"max_connections": 4000' "$3"; then
  now=$(/bin/date -u +%Y-%m-%dT%H:%M:%SZ)
  echo "time=\"$now\" level=warning msg=\"3172 connections are open\"" >&2
  echo "time=\"$now\" level=fatal msg=\"runtime: out of memory: cannot allocate 4194304-byte block\"" >&2
  exit 2
fi
exec '{}' "$@"
"#,
        rush.display(),
        dolt.display()
    );
    let path = folder.join("dolt");
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
    path
}

/// Two receivers at once, and holds so short that a story is soon told.
fn configured(server: &Receiver) -> Sandbox {
    let short = "[incidents]\nheartbeat_seconds = 2\nhealth_seconds = 2\nsettled_seconds = 2\n";
    let mut sandbox = paging_to(server, &[&["duty", "hook"]], short);
    sandbox.set("USER", "op1");
    let dolt = small_machine(sandbox.path(), &dolt::binary());
    sandbox.set("DOLTOPS_DOLT", dolt.display());
    sandbox
}

/// Which incident a page is about.
fn about(page: &Posted) -> Value {
    let told = page.json();
    if page.path == "/hook" { told["incident"]["id"].clone() } else { told["dedup_key"].clone() }
}

/// What has come of the first incident, once it is so much. A busy machine may fall silent for two seconds and have an
/// incident of its own, which is none of this story's.
async fn of_the_first(server: &Receiver, count: usize) -> Vec<Posted> {
    let mut all = count;
    loop {
        let came = server.wait_for(all).await;
        let first = came.first().map(about);
        let ours: Vec<Posted> = came.iter().filter(|page| Some(about(page)) == first).cloned().collect();
        if ours.len() >= count {
            return ours;
        }
        all = came.len() + 1;
    }
}

/// The pages of one step, one to each receiver, once all up to them have come.
async fn paged(server: &Receiver, step: usize, action: &str) -> (Value, Posted) {
    let came = tokio::time::timeout(PATIENCE, of_the_first(server, 2 * step)).await;
    let came = came.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {action}: {:?}", server.posted()));
    assert_eq!(came.len(), 2 * step, "nobody is told twice");
    let (hook, duty): (Vec<Posted>, Vec<Posted>) =
        came[2 * step - 2..].iter().cloned().partition(|page| page.path == "/hook");
    let (hook, duty) = (hook.into_iter().next().expect("a webhook"), duty[0].json());
    assert_eq!((&duty["event_action"], hook.header("x-doltops-event")), (&action.into(), action));
    assert_eq!((&duty["routing_key"], &duty["dedup_key"]), (&KEY.into(), &hook.json()["incident"]["id"]));
    is_signed(&hook);
    (duty, hook)
}

/// By the key, over the time, a dot and the bytes as they came.
#[track_caller]
fn is_signed(page: &Posted) {
    let tag = page.header("x-doltops-signature").strip_prefix("sha256=").expect("a signature");
    let tag: Vec<u8> =
        (0..tag.len()).step_by(2).map(|at| u8::from_str_radix(&tag[at..at + 2], 16).expect("hexadecimal")).collect();
    let signed = [page.header("x-doltops-timestamp").as_bytes(), b".", &page.body].concat();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes()), &signed, &tag).expect("the signature holds");
}

fn pid(of: &Value, key: &str) -> u32 {
    of["observed"][key].as_u64().and_then(|pid| pid.try_into().ok()).expect("a process id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_dies_by_a_change_and_is_well_again_by_its_roll_back() {
    let server = Receiver::start().await.expect("a server");
    let mut sandbox = configured(&server);
    sandbox.host();
    sandbox.create("orders");
    sandbox.create("sessions");
    sandbox.ask("set orders max_connections=4000 --wait").json();
    let orders = sandbox.get("orders");
    let suspect = orders["commit"].as_str().expect("a commit")[..8].to_owned();

    let mut film = Film::new("night");
    let mut screen = Screen::open(&sandbox, 120, 36);
    screen.see(&["orders", "● 2 healthy", "live"]);
    film.shows(&screen, 2, "All is well. max_connections of orders was raised today.");

    // The clients come: the instance dies, and its Dolt with it.
    fs::write(sandbox.path().join(RUSH), "").expect("written");
    send(pid(&orders, "agent_pid"), "KILL");
    send(pid(&orders, "dolt_pid"), "KILL");
    screen.see(&["new incident, critical: orders", "!!! 1 incident"]);
    film.shows(&screen, 3, "An instance dies. An incident opens by itself; whoever is on call is paged.");
    let (duty, hook) = paged(&server, 1, "trigger").await;
    assert_eq!(duty["payload"]["severity"], "critical");
    assert_eq!((&hook.json()["incident"]["deployments"][0], &hook.json()["to"]), (&"orders".into(), &"op1".into()));
    let id = duty["dedup_key"].as_str().expect("an id").to_owned();

    screen.press("I");
    screen.see(&["SEVERITY", "!!! critical", "▲ open", "op1"]);
    film.shows(&screen, 3, "I   what is wrong, the worst first, and who was paged");
    screen.press(ENTER);
    screen.see(&[
        "◀ last change",
        &format!("{suspect} op1: Set max_connections=4000 of orders"),
        "+ 4000",
        "out of memory",
        "health",
        "healthy → ",
        &format!("b undo {suspect} (plan)"),
    ]);
    film.shows(&screen, 5, "Enter   what happened; the last change before it is under the cursor, with its cells");
    screen.press("a");
    screen.see(&[&format!("Acknowledge {id} as op1")]);
    film.shows(&screen, 2, "a   acknowledge: nobody else is paged");
    screen.press(ENTER);
    screen.see(&["acknowledged", "by op1"]);
    paged(&server, 2, "acknowledge").await;
    film.shows(&screen, 2, "Enter   it is yours, and the receivers know");
    screen.press("b");
    screen.see(&["- 4000", "Plan: 1 step", "Enter take back "]);
    film.shows(&screen, 5, "b   the plan that takes it back; nothing has happened yet");
    screen.press(ENTER);
    screen.see(&["● resolved", "● 2 healthy"]);
    paged(&server, 3, "resolve").await;
    screen.press(END);
    screen.see(&["op1: Undo: Set max_connections=4000 of orders", "→ healthy", "deployment-manager: resolved"]);
    film.shows(&screen, 6, "Enter   it is asked for: orders is well again, the incident is over, and so is the page");
    film.write(&screen);
    screen.press("q");
    assert_eq!(screen.end(), 0);
    assert_eq!(sandbox.get("orders")["desired"]["settings"]["max_connections"], Value::Null);
}
