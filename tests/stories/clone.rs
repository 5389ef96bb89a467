//! A clone: a whole copy without a secret, made from a running control plane, and nothing left behind.

use crate::support::{
    dolt,
    sandbox::{Sandbox, send, wait_for},
    screen::{Screen, command},
};
use doltops_agent::process::Process;
use portable_pty::{PtySize, native_pty_system};
use serde_json::Value;
use std::{
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const RIGHT: &str = "\x1b[C";

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

/// A laptop: the clone is opened, a change is planned and tried on it, and the fleet does not know.
#[test]
fn a_change_is_tried_on_a_clone_and_the_fleet_stays_as_it_is() {
    let sandbox = Sandbox::with_daemon();
    let before = sandbox.create("orders");
    sandbox.ask("branch create bigger").json();
    sandbox.ask("resize orders --volume 30 --branch bigger").json();
    let clone = sandbox.path().join("laptop");
    let made = sandbox.ask(&format!("clone {}", clone.display())).json();
    let head = made["commit"].as_str().expect("a hash").to_owned();
    let on = |words: &str| sandbox.ask(&format!("--clone {} {words}", clone.display()));

    assert_eq!(on("status").json()["commit"], head);
    assert_eq!(on("list").json()[0]["name"], "orders");
    assert_eq!(on("history orders").json()[0]["commit"], sandbox.ask("history orders").json()[0]["commit"]);
    // The plan is the one that the control plane itself would make.
    let steps = |plan: &Value| -> Vec<Value> {
        plan["steps"].as_array().expect("steps").iter().map(|step| step["action"].clone()).collect()
    };
    let words = "resize orders --type local.medium --dry-run";
    let (here, there) = (on(words).json(), sandbox.ask(words).json());
    assert_eq!(steps(&here), steps(&there), "{here} {there}");
    assert!(!steps(&here).is_empty());
    let (here, there) = (on("branch plan bigger").json(), sandbox.ask("branch plan bigger").json());
    assert_eq!(steps(&here), steps(&there), "{here} {there}");
    assert_eq!(on("get orders --branch bigger").json()["desired"]["volume_gib"], 30);
    on("resize orders --volume 40 --branch bigger").json();
    assert_eq!(on("get orders --branch bigger").json()["desired"]["volume_gib"], 40);
    assert_eq!(
        sandbox.ask("get orders --branch bigger").json()["desired"]["volume_gib"],
        30,
        "the fleet's is as it was"
    );
    // Whoever asks for what runs is told that nothing does.
    for refused in ["credentials orders", "incident open slow", "orphans remove i-1 --confirm i-1"] {
        let said = on(refused).refusal(4);
        assert!(said["message"].as_str().is_some_and(|what| what.contains("this is a clone")), "{refused}: {said}");
    }

    let mut screen = Screen::start(&sandbox, &format!("--clone {}", clone.display()), 140, 40);
    screen.see(&["CLONE of", &head[..8], "orders", "unknown"]);
    let busy = on("list").refusal(4);
    assert_eq!(busy["field"], "clone", "one at a time");
    assert!(busy["message"].as_str().is_some_and(|what| what.contains("process")), "it says who: {busy}");
    screen.press("D");
    screen.see(&["Delete"]);
    screen.press(ESCAPE);
    screen.see(&["Fleet"]);
    screen.press("h");
    screen.see(&["History", "Create orders"]);
    screen.press(ESCAPE);
    screen.see(&["Fleet"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);

    on("resize orders --type local.medium --volume 20").json();
    assert_eq!(on("get orders").json()["desired"]["instance_type"], "local.medium");
    assert_ne!(on("status").json()["commit"], head, "it is a commit of the clone");
    let after = sandbox.get("orders");
    assert_eq!(after["desired"], before["desired"]);
    assert_eq!(after["observed"]["instance_id"], before["observed"]["instance_id"]);
    assert_eq!(sandbox.ask("history").json()[0]["commit"], head, "the fleet has no commit more");

    assert_eq!(sandbox.ask(&format!("--clone {} list", sandbox.state().display())).refusal(2)["field"], "clone");
}

/// The console on a clone prepares a branch, sees what merging it would do, and merges it: all of it in the clone.
#[test]
fn a_change_request_is_prepared_and_merged_on_a_clone_alone() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let clone = sandbox.path().join("laptop");
    let made = sandbox.ask(&format!("clone {}", clone.display())).json();
    let mut screen = Screen::start(&sandbox, &format!("--clone {}", clone.display()), 140, 40);
    screen.see(&["CLONE of", "orders"]);
    screen.press("M");
    screen.see(&["no change request is open: n opens one"]);
    screen.press("n");
    screen.see(&["New change request"]);
    screen.press("bigger More room");
    screen.press(ENTER);
    screen.see(&["Change requests › bigger", "nothing was changed on bigger yet"]);
    screen.press("V");
    screen.see(&["CLONE of", "BRANCH bigger", "orders"]);
    screen.press(":");
    screen.press("resize orders");
    screen.see(&["resize orders"]);
    screen.press(ENTER);
    screen.see(&["choose another type or a larger volume"]);
    screen.press(RIGHT);
    screen.see(&["no step on any instance", "Enter resize orders on bigger"]);
    screen.press(ENTER);
    screen.see(&["orders: resize, commit", "of bigger; nothing that runs is touched"]);
    screen.press("g");
    screen.press("n");
    screen.see(&["CLONE of", "Merged now: ", "local.small → local.medium"]);
    assert!(!screen.text().contains("⎇ BRANCH"), "{}", screen.text());
    screen.press("m");
    screen.see(&["What stands on bigger comes to main in one commit", "Enter merge bigger"]);
    screen.press(ENTER);
    screen.see(&["Merge bigger: More room, commit", "● merged"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);

    let on = |words: &str| sandbox.ask(&format!("--clone {} {words}", clone.display()));
    assert_eq!(on("get orders").json()["desired"]["instance_type"], "local.medium");
    assert_eq!(sandbox.get("orders")["desired"]["instance_type"], "local.small");
    assert_eq!(
        sandbox.ask("branch list --all").json()["branches"].as_array().map(Vec::len),
        Some(0),
        "the fleet knows of none"
    );
    assert_eq!(sandbox.ask("history").json()[0]["commit"], made["commit"], "and has no commit more");
}

/// Told to end while the clone's server starts: it goes too, and nothing of it stands in the way of the next.
#[test]
fn what_is_told_to_end_while_it_opens_leaves_no_server() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let clone = sandbox.path().join("laptop");
    sandbox.ask(&format!("clone {}", clone.display())).json();
    // A Dolt whose server never answers.
    let (slow, pid_of) = (sandbox.path().join("slow-dolt"), sandbox.path().join("server.pid"));
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = sql-server ]; then echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600; fi\nexec {1} \"$@\"\n",
        pid_of.display(),
        dolt::binary().display()
    );
    fs::write(&slow, script).expect("written");
    fs::set_permissions(&slow, fs::Permissions::from_mode(0o700)).expect("made executable");
    for (words, signal, code) in [("", "TERM", 143), ("list", "TERM", 143), ("", "INT", 130)] {
        let mut opening = sandbox.program();
        opening.env("DOLTOPS_DOLT", &slow).args(["--clone".as_ref(), clone.as_os_str()]).args(words.split_whitespace());
        let mut opening = opening.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let server = wait_for("its server to start", || fs::read_to_string(&pid_of).ok()?.trim().parse().ok());
        let server = Process::of(server).expect("it runs");
        send(opening.id(), signal);
        assert_eq!(opening.wait().expect("it ends").code(), Some(code), "{words} {signal}");
        assert!(!server.is_alive(), "{words} {signal}");
        fs::remove_file(&pid_of).expect("there");
    }
    assert_eq!(sandbox.ask(&format!("--clone {} list", clone.display())).json()[0]["name"], "orders");
}

/// The terminal's window is closed: all that the program says from then on goes nowhere, and its server goes with it.
#[test]
fn a_terminal_that_goes_leaves_no_server() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let clone = sandbox.path().join("laptop");
    sandbox.ask(&format!("clone {}", clone.display())).json();
    let (watched, pid_of) = (sandbox.path().join("watched-dolt"), sandbox.path().join("server.pid"));
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = sql-server ]; then echo $$ > {0}.new; mv {0}.new {0}; fi\nexec {1} \"$@\"\n",
        pid_of.display(),
        dolt::binary().display()
    );
    fs::write(&watched, script).expect("written");
    fs::set_permissions(&watched, fs::Permissions::from_mode(0o700)).expect("made executable");

    let size = PtySize { rows: 30, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut console = command(&sandbox, &format!("--clone {}", clone.display()));
    console.env("DOLTOPS_DOLT", &watched);
    let mut console = pair.slave.spawn_command(console).expect("it starts");
    drop(pair.slave);
    let mut output = pair.master.try_clone_reader().expect("a reader");
    let (mut said, mut bytes) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&said).contains("orders") {
        let count = output.read(&mut bytes).expect("the console is there");
        said.extend_from_slice(&bytes[..count]);
    }
    let server = fs::read_to_string(&pid_of).expect("its server runs");
    let server = Process::of(server.trim().parse().expect("a number")).expect("it runs");
    drop((output, pair.master));
    wait_for("the console's end", || console.try_wait().expect("it is ours"));
    assert!(!server.is_alive());
}
