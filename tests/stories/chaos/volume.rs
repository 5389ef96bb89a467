//! A volume without room: a real filesystem of a fixed size under a deployment's Dolt, and a client that fills it.
//!
//! The daemon runs in a user and mount namespace of its own, where everybody may mount a tmpfs; what it starts is in it
//! too. Where the machine allows no such namespaces, the story says so and is over.

use super::{clients::Client, place::Place};
use crate::support::sandbox::{DOLTOPS, Sandbox, wait_for, wait_for_within};
use doltops_agent::clock;
use serde_json::Value;
use std::{path::Path, process::Command, thread, time::Duration};

/// What the volume has, and later has: a client fills it in seconds.
const SMALL: &str = "size=48m";
const LARGE: &str = "size=400m";

/// The bytes of a row: some hundred fill the volume.
const ROW: usize = 128 * 1024;

/// The agent looks at its volume every ten seconds, and Dolt may have to be started again a few times.
const SOON: Duration = Duration::from_secs(150);

/// Incidents are over as soon as their cause is.
const SHORT: &str = "[incidents]\nsettled_seconds = 1\n";

fn namespaces_are_allowed() -> bool {
    Command::new("unshare").args(["-Urm", "true"]).status().is_ok_and(|status| status.success())
}

/// A daemon whose volumes are on a small filesystem; gives its process id.
fn daemon(sandbox: &mut Sandbox, volumes: &Path) -> u32 {
    let script = format!("mount -t tmpfs -o {SMALL} tmpfs \"$1\" && shift && exec \"$@\"");
    let mut command = sandbox.program_at(Path::new("unshare"));
    command.args(["-Urm", "sh", "-c", &script, "sh"]).arg(volumes).arg(DOLTOPS);
    let pid = sandbox.start_daemon(command);
    sandbox.wait_until_hosts(pid);
    pid
}

/// As when somebody grows the volume: here from outside, since the sandbox's volumes are folders.
fn make_room(daemon: u32, volumes: &Path) {
    let remount = format!("remount,{LARGE}");
    let mut command = Command::new("nsenter");
    command.args(["--preserve-credentials", "-U", "-m", "-t", &daemon.to_string(), "mount", "-o", &remount]);
    assert!(command.arg(volumes).status().expect("it runs").success());
}

/// Open incidents about a full volume.
fn incidents(sandbox: &Sandbox) -> Vec<Value> {
    let said = sandbox.ask("incidents");
    let all = if said.code == 0 { said.json() } else { Value::Null };
    let is_ours = |it: &&Value| it["rule"] == "disk-full" && it["state"] != "resolved";
    all.as_array().into_iter().flatten().filter(is_ours).cloned().collect()
}

/// It is named, nothing that was acknowledged is lost, and with room again it goes on by itself.
#[test]
fn a_full_volume_loses_no_row_and_recovers_when_there_is_room() {
    if !super::is_asked("sandbox") {
        return;
    }
    if !namespaces_are_allowed() {
        println!("not shown: this machine allows no user namespaces");
        return;
    }
    let mut sandbox = Sandbox::new();
    let file = sandbox.path().join("doltops.toml");
    std::fs::write(&file, SHORT).expect("written");
    sandbox.set("DOLTOPS_CONFIG", file.display());
    let volumes = sandbox.state().join("cloud/volumes");
    std::fs::create_dir_all(&volumes).expect("made");
    let host = daemon(&mut sandbox, &volumes);
    sandbox.create("orders");
    let place = Place::Sandbox(sandbox);
    let sandbox = place.folder();

    let client = Client::with("orders", ROW);
    thread::scope(|scope| {
        scope.spawn(|| client.run(|| place.customer("orders")));
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let began = clock::instant();
            let incident = wait_for_within(SOON, "an incident", || incidents(sandbox).pop());
            println!("after {:?}: {}: {}", clock::instant() - began, incident["severity"], incident["title"]);
            assert_eq!(incident["deployments"][0], "orders", "{incident}");
            wait_for("the client to be refused", || (!client.refused().is_empty()).then_some(()));
            let now = sandbox.get("orders");
            println!("orders is {}: {}", now["health"], now["why"]);

            make_room(host, &volumes);
            let began = clock::instant();
            client.goes_on();
            println!("it takes rows {:?} after there was room", clock::instant() - began);
            wait_for_within(SOON, "the incident to be over", || incidents(sandbox).is_empty().then_some(()));
            sandbox
                .wait_until("orders", "it to be well", |now| now["health"] == "healthy" && now["phase"] == "settled");
        }));
        client.stop();
        if let Err(panic) = told {
            std::panic::resume_unwind(panic);
        }
    });
    let rows = client.count(|| place.customer("orders"));
    println!("{rows:?}");
    assert!(rows.acknowledged > 0 && rows.lost == 0, "{rows:?}");
}
