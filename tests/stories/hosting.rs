//! Who hosts the control plane of a folder, and how one host follows another.

use crate::support::{
    sandbox::{Moment, Sandbox, as_soon_as, send, wait_for},
    screen::Screen,
};
use doltops_agent::clock;
use serde_json::Value;
use std::{fs, os::unix::net::UnixStream};

/// Who hosts and reconciles, once someone does.
fn leader(sandbox: &Sandbox, pid: u32) -> Value {
    wait_for(&format!("{pid} to reconcile"), || {
        let said = sandbox.ask("status");
        let status: Value = serde_json::from_str(&said.out).ok()?;
        (status["host_pid"] == pid && status["lease"] == "held").then_some(status)
    })
}

/// A host ends, in order or by `kill -9`: the attached daemon hosts and reconciles under a higher epoch, and commands
/// that are started meanwhile succeed or say that nobody answers.
#[test]
fn an_attached_daemon_takes_over() {
    for signal in ["TERM", "KILL"] {
        let mut sandbox = Sandbox::new();
        let first = sandbox.host();
        sandbox.create("orders");
        let epoch = leader(&sandbox, first)["epoch"].as_u64();
        let second = sandbox.start_daemon(sandbox.program());
        wait_for("the second to be attached", || {
            (sandbox.ask("status").json()["attached"].as_u64() > Some(1)).then_some(())
        });

        let began = clock::instant();
        let commands = std::thread::scope(|scope| {
            let asking = scope.spawn(|| (0..10).map(|_| sandbox.ask("get orders")).collect::<Vec<_>>());
            send(first, signal);
            sandbox.wait_until_hosts(second);
            println!("SIG{signal}: the second hosts after {:?}", clock::instant() - began);
            asking.join().expect("no panic")
        });
        sandbox.end_daemon(first, signal);
        let status = leader(&sandbox, second);
        println!("commands meanwhile ended with {:?}", commands.iter().map(|said| said.code).collect::<Vec<_>>());
        assert!(status["epoch"].as_u64() > epoch, "{status}");
        assert!(commands.iter().all(|said| [0, 5].contains(&said.code)), "{commands:?}");
        sandbox.ask("resize orders --volume 11 --wait").json();
    }
}

/// A change whose host dies at any moment is done once or not at all, and the command says which.
#[test]
fn a_change_outlives_its_host() {
    let mut sandbox = Sandbox::new();
    let mut host = sandbox.host();
    let mut next = sandbox.start_daemon(sandbox.program());
    let mut acknowledged = Vec::new();
    for round in 0..4 {
        let name = format!("orders-{round}");
        // One that was not acknowledged may have none.
        let volumes = sandbox.records("volumes").len();
        let said = std::thread::scope(|scope| {
            let asking = scope.spawn(|| sandbox.ask(&format!("create {name} --wait")));
            if round % 2 == 0 {
                as_soon_as("a volume of it", || sandbox.records("volumes").len() > volumes);
            }
            send(host, "KILL");
            asking.join().expect("no panic")
        });
        println!("round {round}: exit {}", said.code);
        assert!([0, 5].contains(&said.code), "{said:?}");
        acknowledged.extend((said.code == 0).then_some(name));
        sandbox.end_daemon(host, "KILL");
        sandbox.wait_until_hosts(next);
        host = next;
        next = sandbox.start_daemon(sandbox.program());
    }
    let list = sandbox.ask("list").json();
    let names: Vec<_> = list.as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(acknowledged.iter().all(|name| names.contains(&name.as_str())), "{acknowledged:?} of {names:?}");
    assert_eq!(sandbox.records("volumes").len(), names.len());
}

/// Nobody hosts: a command does, and stays for another that is attached to it, but not beside a daemon, which can host
/// itself.
#[test]
fn a_command_lingers_for_another_but_not_for_a_daemon() {
    let mut sandbox = Sandbox::new();
    let mut creating = sandbox.program().args(["create", "orders", "--wait"]).spawn().expect("it starts");
    wait_for("it to host", || sandbox.state().join("api.sock").exists().then_some(()));
    let watching = sandbox.program().arg("watch").stdout(std::process::Stdio::piped()).spawn();
    let mut watching = watching.expect("it starts");
    sandbox.wait_until("orders", "it to be well", |now| now["health"] == "healthy");
    assert_eq!(sandbox.ask("status").json()["host_pid"], creating.id());
    wait_for("the first command to linger", || (sandbox.get("orders")["phase"] == "settled").then_some(()));
    assert!(creating.try_wait().expect("asked").is_none(), "the watcher would lose its control plane");

    let daemon = sandbox.start_daemon(sandbox.program());
    sandbox.wait_until_hosts(daemon);
    assert!(creating.wait().expect("it ends").success());
    watching.kill().expect("killed");
    watching.wait().expect("it ends");
    leader(&sandbox, daemon);
}

/// What a crash leaves lying about — a socket, a lock file, a store server — does not keep the next host from its work,
/// and it takes its own lease back at once.
#[test]
fn what_a_crash_leaves_does_not_matter() {
    let mut sandbox = Sandbox::new();
    let first = sandbox.host();
    let epoch = leader(&sandbox, first)["epoch"].as_u64();
    let server = sandbox.store_server().expect("it runs");
    sandbox.end_daemon(first, "KILL");
    assert!(sandbox.state().join("api.sock").exists() && sandbox.state().join("host.lock").exists());
    assert_eq!(sandbox.store_server(), Some(server), "an orphan");

    let began = clock::instant();
    let second = sandbox.host();
    let status = leader(&sandbox, second);
    println!("hosts and reconciles {:?} after its start, beside an orphan", clock::instant() - began);
    assert!(status["epoch"].as_u64() > epoch);
    assert_ne!(sandbox.store_server(), Some(server), "the orphan has ended");
    let servers = sandbox.processes().iter().filter(|(_, line)| line.contains(" sql-server ")).count();
    assert_eq!(servers, 1);
}

/// Killed in the middle of its first start, at any moment: the next start is a first start like any other.
#[test]
fn a_first_start_that_was_killed_begins_again() {
    let moments: [(&str, Moment); 4] = [
        ("the store's configuration is written", |it| it.state().join("store/config.yaml").exists()),
        ("the store's server is started", |it| it.store_server().is_some()),
        ("the store has its users", |it| it.state().join("store/privileges.db").exists()),
        ("the store has a database", |it| it.state().join("store/data/doltops").exists()),
    ];
    for (when, holds) in moments {
        let mut sandbox = Sandbox::new();
        let first = sandbox.start_daemon(sandbox.program());
        as_soon_as(when, || holds(&sandbox));
        sandbox.end_daemon(first, "KILL");
        let began = clock::instant();
        let second = sandbox.host();
        leader(&sandbox, second);
        println!("killed when {when}: hosts {:?} after the next start", clock::instant() - began);
    }
}

/// Asked to end in the middle of its first start, a daemon or a command ends what it has started.
#[test]
fn a_start_that_is_broken_off_leaves_nothing_running() {
    for (words, signal) in [("--daemon", "TERM"), ("list", "TERM"), ("list", "INT")] {
        let sandbox = Sandbox::new();
        let mut first = sandbox.program().arg(words).spawn().expect("it starts");
        as_soon_as("the store's server", || sandbox.store_server().is_some());
        let began = clock::instant();
        send(first.id(), signal);
        let code = first.wait().expect("it ends").code();
        println!("{words} ended with {code:?} {:?} after SIG{signal}", clock::instant() - began);
        assert_eq!(sandbox.processes(), vec![], "{words}, SIG{signal}");
    }
}

/// A port that is taken is an error that names it, and leaves nothing running.
#[test]
fn a_host_that_cannot_listen_leaves_nothing_running() {
    let sandbox = Sandbox::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = taken.local_addr().expect("bound").to_string();
    let said = sandbox.run(["--daemon", "--listen", &address, "-o", "json"]);
    assert!(said.refusal(2)["message"].as_str().is_some_and(|text| text.contains(&address)), "{said:?}");
    assert_eq!(sandbox.processes(), vec![]);
}

/// Socket paths are short, state folders need not be.
#[test]
fn a_long_state_folder_works() {
    let mut sandbox = Sandbox::at(&format!("{}/state", "long".repeat(30)));
    assert!(sandbox.state().as_os_str().len() > 110);
    sandbox.host();
    sandbox.create("orders");
    let one = sandbox.run(["connect", "orders", "-e", "select 1 as n", "-o", "json"]);
    assert_eq!(one.code, 0, "{one:?}");
    assert!(!fs::exists(sandbox.state().join("api.sock")).expect("looked"));
}

/// Two deployments that serve, until the console that hosts them is left with "stop them".
fn left_with_stop_them() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["There is no deployment yet", "live"]);
    sandbox.create("orders");
    sandbox.create("billing");
    screen.see(&["● 2 healthy"]);
    screen.press("q");
    screen.see(&["stop them; the next start"]);
    screen.press("s");
    assert_eq!(screen.end(), 0);
    assert_eq!(sandbox.processes(), vec![], "everything has ended");
    sandbox
}

/// Who only looks sees that everything is stopped, and starts nothing; the next host brings all of it back.
#[test]
fn a_reading_command_starts_nothing_that_was_stopped() {
    let mut sandbox = left_with_stop_them();
    let seen = sandbox.wait_until("orders", "the look", |it| it["health"] == "stopped");
    assert_eq!(seen["observed"]["instance_state"], "stopped", "{seen}");
    assert!(seen["phase"].as_str().is_some_and(|phase| phase.starts_with("resting")), "{seen}");
    let history = sandbox.ask("history").json();
    let oldest = history.as_array().and_then(|all| all.last()?["commit"].as_str()).expect("a commit");
    let reading = [
        "list",
        "get billing",
        "status",
        "events",
        "history",
        &format!("diff {oldest}"),
        "plan orders --volume 11",
        "client-certificates",
    ];
    for words in reading {
        let said = sandbox.ask(words);
        assert_eq!(said.code, 0, "{words}: {said:?}");
        assert_eq!(sandbox.processes(), vec![], "after {words}");
        // A plan is of what will be done, with the fleet back.
        assert!(!said.out.contains("start-instance"), "{words}: {said:?}");
    }

    sandbox.host();
    for name in ["orders", "billing"] {
        sandbox.wait_until(name, "it to be well again", |it| it["health"] == "healthy" && it["phase"] == "settled");
    }
    assert_eq!((sandbox.agents().len(), sandbox.dolts().len()), (2, 2));
}

/// Somebody watches a fleet that rests, and hosts; a change through that host brings the fleet back and is done.
#[test]
fn a_change_brings_back_what_rests() {
    let sandbox = left_with_stop_them();
    let watching = sandbox.program().arg("watch").stdout(std::process::Stdio::null()).spawn();
    let mut watching = watching.expect("it starts");
    // Else the command that asks could host, and linger for the one that watches.
    wait_for("it to host", || UnixStream::connect(sandbox.state().join("api.sock")).is_ok().then_some(()));
    sandbox.wait_until("orders", "the look", |it| it["health"] == "stopped");
    assert_eq!(sandbox.ask("status").json()["host_pid"], watching.id());
    assert_eq!(sandbox.agents(), Vec::<u32>::new());

    sandbox.ask("resize orders --volume 11 --wait").json();
    sandbox.wait_until("billing", "it to be well again", |it| it["health"] == "healthy");
    assert_eq!(sandbox.get("orders")["observed"]["volume_gib"], 11);
    watching.kill().expect("killed");
    watching.wait().expect("it ends");
}
