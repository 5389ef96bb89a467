//! Deaths of every kind: what runs goes on, what was asked for is carried out, and nothing is doubled or left over.

use crate::support::{
    sandbox::{Moment, Sandbox, as_soon_as, send, wait_for},
    writer::Writer,
};
use doltops_agent::clock;
use serde_json::Value;
use std::time::Duration;

fn is_well(deployment: &Value) -> bool {
    deployment["health"] == "healthy" && deployment["phase"] == "settled"
}

fn pid(deployment: &Value, key: &str) -> u32 {
    deployment["observed"][key].as_u64().and_then(|pid| pid.try_into().ok()).expect("a process id")
}

/// One instance, one volume, one agent and one Dolt.
#[track_caller]
fn is_single(sandbox: &Sandbox, when: &str) {
    let counts =
        [sandbox.instances().len(), sandbox.records("volumes").len(), sandbox.agents().len(), sandbox.dolts().len()];
    assert_eq!(counts, [1, 1, 1, 1], "instances, volumes, agents and Dolts; killed when {when}");
}

/// `kill -9` of one Dolt: healthy again without help, and the restart is counted.
#[test]
fn a_killed_dolt_comes_back() {
    let sandbox = Sandbox::with_daemon();
    let before = sandbox.create("orders");
    let began = clock::instant();
    send(pid(&before, "dolt_pid"), "KILL");
    let after = sandbox
        .wait_until("orders", "another Dolt to be well", |now| is_well(now) && now["observed"]["dolt_restarts"] == 1);
    println!("a killed Dolt is back after {:?}", clock::instant() - began);
    assert_ne!(pid(&before, "dolt_pid"), pid(&after, "dolt_pid"));
    is_single(&sandbox, "it served");
}

/// `kill -9` of one agent: its Dolt runs on and a direct connection notices nothing, while another agent takes over.
#[test]
fn a_killed_agent_breaks_no_connection() {
    let sandbox = Sandbox::with_daemon();
    let before = sandbox.create("orders");
    let writer = Writer::start(&sandbox, "orders");
    let began = clock::instant();
    send(pid(&before, "agent_pid"), "KILL");
    let other = |now: &Value| now["observed"]["agent_pid"] != before["observed"]["agent_pid"];
    let after = sandbox.wait_until("orders", "another agent", |now| other(now) && is_well(now));
    println!("a killed agent is back after {:?}", clock::instant() - began);
    writer.goes_on();
    let (rows, longest) = writer.lost_nothing();
    println!("{rows} rows meanwhile, the longest write {longest:?}");
    assert_eq!(pid(&before, "dolt_pid"), pid(&after, "dolt_pid"));
    is_single(&sandbox, "it served");
}

/// `kill -9` of the control plane at any moment of a create: the next one ends it well, and nothing is doubled.
#[test]
fn a_create_survives_the_control_plane() {
    let moments: [(&str, Moment); 8] = [
        ("it is acknowledged", |_| true),
        ("a volume's folder exists", |it| !it.records("volumes").is_empty()),
        ("an instance's folder exists", |it| !it.instances().is_empty()),
        ("the agent runs", |it| !it.agents().is_empty()),
        ("the agent has made its keys", |it| it.agent_has("agent.pending.pem") || it.agent_has("agent.pem")),
        ("the agent is enrolled", |it| it.agent_has("agent.pem")),
        ("it is deployed", |it| it.agent_has("deploy.json")),
        ("Dolt starts", |it| !it.dolts().is_empty()),
    ];
    for (when, holds) in moments {
        let mut sandbox = Sandbox::new();
        let first = sandbox.host();
        sandbox.ask("create orders").json();
        as_soon_as(when, || holds(&sandbox));
        sandbox.end_daemon(first, "KILL");

        let began = clock::instant();
        sandbox.host();
        sandbox.wait_until("orders", "the create to end well", is_well);
        println!("killed when {when}: well {:?} after the next start", clock::instant() - began);
        is_single(&sandbox, when);
    }
}

/// The same for a resize of type and volume.
#[test]
fn a_resize_survives_the_control_plane() {
    fn in_state(it: &Sandbox, states: &[&str]) -> bool {
        it.instances().iter().any(|instance| states.iter().any(|state| instance["state"] == *state))
    }
    let moments: [(&str, &str, Moment); 5] = [
        ("it is acknowledged", "local.medium", |_| true),
        ("the volume has grown", "local.large", |it| it.records("volumes").iter().any(|v| v["gib"] == 12)),
        ("the instance stops", "local.small", |it| in_state(it, &["stopping", "stopped"])),
        ("the type is another", "local.medium", |it| {
            it.instances().iter().any(|i| i["instance_type"] == "local.medium")
        }),
        ("it starts again", "local.large", |it| {
            it.instances().iter().any(|i| i["instance_type"] == "local.large" && i["state"] != "stopped")
        }),
    ];
    let mut sandbox = Sandbox::new();
    let mut host = sandbox.host();
    let created = sandbox.create("orders");
    for (number, (when, to, holds)) in moments.into_iter().enumerate() {
        let gib = 11 + number;
        sandbox.ask(&format!("resize orders --type {to} --volume {gib}")).json();
        as_soon_as(when, || holds(&sandbox));
        sandbox.end_daemon(host, "KILL");

        let began = clock::instant();
        host = sandbox.host();
        let resized = |now: &Value| now["observed"]["instance_type"] == to && now["observed"]["volume_gib"] == gib;
        let now = sandbox.wait_until("orders", "the resize to end well", |now| resized(now) && is_well(now));
        println!("killed when {when}: resized {:?} after the next start", clock::instant() - began);
        assert_eq!(now["observed"]["instance_id"], created["observed"]["instance_id"]);
        is_single(&sandbox, when);
    }
}

/// The same for a delete: in the end nothing is left but the final copy.
#[test]
fn a_delete_survives_the_control_plane() {
    fn no_instance_runs(it: &Sandbox) -> bool {
        it.instances().iter().all(|instance| instance["state"] == "stopped")
    }
    let moments: [(&str, Moment); 6] = [
        ("it is acknowledged", |_| true),
        ("the instance is stopped", no_instance_runs),
        ("a copy is begun", |it| !it.records("copies").is_empty()),
        ("the copy is completed", |it| it.records("copies").iter().any(|copy| copy["completed"] == true)),
        ("the instance ends", |it| it.instances().iter().all(|instance| instance["state"] == "shutting-down")),
        ("the volume is gone", |it| it.records("volumes").is_empty()),
    ];
    let mut sandbox = Sandbox::new();
    let mut host = sandbox.host();
    for (number, (when, holds)) in moments.into_iter().enumerate() {
        sandbox.create("orders");
        sandbox.ask("delete orders --confirm orders").json();
        // Copies of those before are still there.
        let copies = sandbox.records("copies").len();
        let new_copy = |it: &Sandbox| when != "a copy is begun" || it.records("copies").len() > copies.min(number);
        as_soon_as(when, || holds(&sandbox) && new_copy(&sandbox));
        sandbox.end_daemon(host, "KILL");

        let began = clock::instant();
        host = sandbox.host();
        let gone = || sandbox.ask("list").json().as_array().is_some_and(Vec::is_empty);
        wait_for("the delete to end well", || gone().then_some(()));
        println!("killed when {when}: deleted {:?} after the next start", clock::instant() - began);
        assert_eq!((sandbox.instances(), sandbox.records("volumes")), (vec![], vec![]), "killed when {when}");
        assert_eq!((sandbox.agents(), sandbox.dolts()), (vec![], vec![]), "killed when {when}");
        let copies = sandbox.records("copies");
        assert_eq!(copies.len(), number + 1, "killed when {when}: {copies:?}");
        assert!(copies.iter().all(|copy| copy["completed"] == true), "killed when {when}: {copies:?}");
    }
}

/// `kill -9` of the store's own server: the daemon stays up, commands work again, and nothing is lost.
#[test]
fn the_store_server_comes_back() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host();
    sandbox.create("orders");
    for round in 0..3 {
        let (killed, began) = (sandbox.store_server().expect("it runs"), clock::instant());
        send(killed, "KILL");
        let status = sandbox.ask("status").json();
        println!("just after the kill the store is: {}", status["store"]);
        assert_eq!(status["host_pid"], host, "the daemon stays");

        let name = format!("orders-{round}");
        wait_for("commands to work again", || (sandbox.ask(&format!("create {name}")).code == 0).then_some(()));
        println!("a change was acknowledged {:?} after the kill", clock::instant() - began);
        sandbox.wait_until(&name, "it to be well", is_well);
    }
    assert_eq!(sandbox.ask("list").json().as_array().map(Vec::len), Some(4));
    assert_eq!(sandbox.get("orders")["health"], "healthy");
}

/// The store hangs for longer than a lease: the daemon says so, a change is refused and not swallowed, the databases are
/// still watched and stay well, and afterwards everything goes on.
#[test]
fn a_store_that_hangs_is_said_and_ails_no_deployment() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host();
    sandbox.create("orders");
    let server = sandbox.store_server().expect("it runs");
    send(server, "STOP");
    let began = clock::instant();
    let refused = sandbox.ask("resize orders --volume 11").refusal(5);
    println!("refused after {:?}: {}", clock::instant() - began, refused["message"]);
    let status = sandbox.ask("status").json();
    assert!(status["store"].as_str().is_some_and(|store| store.contains("away")), "{status}");
    wait_for("the lease to end", || (sandbox.ask("status").json()["lease"] == "waiting").then_some(()));
    // Longer than an agent may be silent.
    wait_for("some heartbeats", || (clock::instant() - began > 2 * Duration::from_secs(10)).then_some(()));
    let now = sandbox.get("orders");
    assert!(is_well(&now), "{now}");

    send(server, "CONT");
    wait_for("the lease to be back", || (sandbox.ask("status").json()["lease"] == "held").then_some(()));
    println!("it reconciles again {:?} after the store hung", clock::instant() - began);
    sandbox.ask("resize orders --volume 12 --wait").json();
    assert_eq!(sandbox.ask("status").json()["host_pid"], host);
    let events = sandbox.run(["events"]).out;
    assert!(!events.contains("unreachable") && !events.contains("failed"), "{events}");
}

/// The control plane is stopped, started and upgraded under a customer's connection: no interruption, no lost row.
#[test]
fn a_client_does_not_notice_the_control_plane() {
    let mut sandbox = Sandbox::new();
    let mut host = sandbox.host();
    let created = sandbox.create("orders");
    let writer = Writer::start(&sandbox, "orders");

    for signal in ["TERM", "KILL"] {
        sandbox.end_daemon(host, signal);
        writer.goes_on();
        host = sandbox.host();
        writer.goes_on();
    }
    sandbox.end_daemon(host, "TERM");
    let upgraded = sandbox.path().join("doltops-next");
    std::fs::copy(crate::support::sandbox::DOLTOPS, &upgraded).expect("copied");
    let next = sandbox.start_daemon(sandbox.program_at(&upgraded));
    sandbox.wait_until_hosts(next);
    let now = sandbox.wait_until("orders", "it to be well", is_well);
    writer.goes_on();

    let (rows, longest) = writer.lost_nothing();
    println!("{rows} rows, the longest write {longest:?}");
    assert_eq!(
        (pid(&now, "dolt_pid"), pid(&now, "agent_pid")),
        (pid(&created, "dolt_pid"), pid(&created, "agent_pid"))
    );
}

/// The power goes: afterwards what ran runs again with its rows, and what was stopped stays stopped.
#[test]
fn a_reboot_brings_back_what_ran() {
    let mut sandbox = Sandbox::new();
    sandbox.host();
    for name in ["orders", "idle"] {
        sandbox.create(name);
    }
    sandbox.ask("stop idle --wait").json();
    let writer = Writer::start(&sandbox, "orders");
    writer.lost_nothing();

    sandbox.cut_power();
    let began = clock::instant();
    sandbox.host();
    sandbox.wait_until("orders", "it to be well", is_well);
    println!("well {:?} after the reboot", clock::instant() - began);
    let rows = sandbox.run(["connect", "orders", "-e", "select count(*) > 5 as kept from diary.t", "-o", "json"]);
    assert_eq!(rows.code, 0, "{rows:?}");
    assert_eq!(sandbox.get("idle")["health"], "stopped");
    is_running_once(&sandbox);
}

#[track_caller]
fn is_running_once(sandbox: &Sandbox) {
    assert_eq!((sandbox.agents().len(), sandbox.dolts().len()), (1, 1));
}

/// An agent that is alive and says nothing: it is called unreachable, the others are not touched by it, and it is well
/// again as soon as it speaks.
#[test]
fn a_frozen_agent_is_unreachable_and_comes_back() {
    let sandbox = Sandbox::with_daemon();
    let frozen = pid(&sandbox.create("orders"), "agent_pid");
    sandbox.create("other");
    let began = clock::instant();
    send(frozen, "STOP");
    sandbox.wait_until("orders", "it to be unreachable", |now| now["health"] == "unreachable");
    println!("unreachable after {:?}", clock::instant() - began);

    let began = clock::instant();
    sandbox.ask("resize other --type local.medium --wait").json();
    println!("another was resized meanwhile in {:?}", clock::instant() - began);
    assert_eq!(sandbox.get("other")["health"], "healthy");
    assert_eq!(sandbox.agents().len(), 2, "it is not replaced");

    let began = clock::instant();
    send(frozen, "CONT");
    sandbox.wait_until("orders", "it to be well again", is_well);
    println!("well {:?} after it went on", clock::instant() - began);
}

/// A restart that someone asked for is on its way to serving, and nothing is wrong with it.
#[test]
fn a_restart_that_was_asked_for_is_not_degraded() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    sandbox.ask("restart orders --wait").json();
    sandbox.ask("set orders max_connections=42 --wait").json();
    let events = sandbox.run(["events"]).out;
    assert!(events.contains("health") && !events.contains("degraded"), "{events}");
}
