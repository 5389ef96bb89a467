//! The past: told by any Dolt from a copy of the control plane's database, without a secret in it, and brought back.

use crate::support::{dolt, sandbox::Sandbox};
use doltops_proto::hosted_api::{Change, ChangeRequest, OpenSqlSessionRequest, change};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A copy of the control plane's database, as somebody has it who wants to know what happened.
struct Copy(PathBuf);

impl Copy {
    fn of(sandbox: &Sandbox) -> Self {
        let copy = sandbox.path().join("copy");
        let made = Command::new("cp").arg("-r").arg(sandbox.state().join("store/data/doltops")).arg(&copy).status();
        assert!(made.expect("cp runs").success());
        Self(copy)
    }

    /// What Dolt itself says in it.
    fn dolt(&self, words: &[&str]) -> String {
        let mut dolt = Command::new(dolt::binary());
        let output = dolt.args(words).current_dir(&self.0).env("DOLT_ROOT_PATH", &self.0).env("HOME", &self.0).output();
        let output = output.expect("it runs");
        assert!(output.status.success(), "dolt {words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Every commit, oldest first.
    fn commits(&self) -> Vec<String> {
        let sql = "select commit_hash from dolt_log";
        let listed = self.dolt(&["sql", "-r", "csv", "-q", sql]);
        let mut hashes: Vec<String> = listed.lines().skip(1).map(str::to_owned).collect();
        hashes.reverse();
        assert!(hashes.len() > 3, "{listed}");
        hashes
    }
}

/// Whoever clones the database to debug the fleet sees who did what and why, and nothing that opens a door. Nor does
/// who lists processes or reads the logs.
#[tokio::test]
async fn a_copy_tells_the_story_and_no_secret() {
    let mut sandbox = Sandbox::new();
    let daemon = sandbox.daemon(&["--listen", "127.0.0.1:0"]);
    sandbox.create("orders");
    let mut secrets = BTreeSet::new();

    let ask = OpenSqlSessionRequest { name: "orders".to_owned(), read_only: false };
    let session = sandbox.client().open_sql_session(ask).await.expect("a session").into_inner();
    secrets.insert(session.password);
    let shown = sandbox.ask("credentials orders").json();
    secrets.insert(shown["password"].as_str().expect("a password").to_owned());
    let identity = sandbox.path().join("otto.pem");
    sandbox.ask(&format!("client-certificate otto --role operator --file {}", identity.display())).json();
    let resize = change::Resize {
        name: "orders".to_owned(),
        instance_type: Some("local.medium".to_owned()),
        volume_gib: Some(20),
    };
    let request = ChangeRequest {
        change: Some(Change { change: Some(change::Change::Resize(resize)) }),
        reason: "the shop was slow on Monday".to_owned(),
        ..ChangeRequest::default()
    };
    sandbox.client().change(request).await.expect("done");
    sandbox.wait_until("orders", "the resize", |it| it["phase"] == "settled" && it["health"] == "healthy");
    sandbox.ask("set orders max_connections=77 --wait").json();

    // Each value has its commit, with the reason that was given for it.
    let blame = |setting: &str| sandbox.ask(&format!("blame orders {setting}")).json()[0].clone();
    let volume = blame("volume_gib");
    assert_eq!((&volume["value"], &volume["reason"]), (&"20".into(), &"the shop was slow on Monday".into()));
    let limit = blame("max_connections");
    assert_eq!((&limit["value"], &limit["author"]), (&"77".into(), &"tester".into()));
    assert_eq!(blame("certificate")["message"], "Create orders: local.small, 10 GiB");

    let arguments = command_lines();
    assert!(arguments.contains("sql-server"), "the servers run");
    sandbox.end_daemon(daemon, "TERM");
    let copy = Copy::of(&sandbox);

    let log = copy.dolt(&["log"]);
    for told in ["Resize orders: local.small → local.medium", "the shop was slow on Monday", "tester", "Create orders"]
    {
        assert!(log.contains(told), "{told} in: {log}");
    }
    let commits = copy.commits();
    let diffs: Vec<String> = commits.windows(2).map(|pair| copy.dolt(&["diff", &pair[0], &pair[1]])).collect();
    let resize = diffs.iter().find(|diff| diff.contains("local.medium")).expect("told cell by cell");
    assert!(resize.contains("local.small") && resize.contains("volume_gib"), "{resize}");

    let keys = keys_and_passwords(&[&sandbox.state(), &identity]);
    assert!(keys.len() > 5, "the authorities', the agent's, the database's, and the passwords");
    secrets.extend(keys);
    let dump = copy.dolt(&["dump", "-f", "--file-name", "all.sql"]);
    let mut places = vec![("the log", log), ("a diff", diffs.concat()), ("the dump", dump), ("arguments", arguments)];
    places.extend(files(&copy.0).into_iter().map(|file| ("the copy", lossy(&file))));
    places.extend(files(&sandbox.state()).into_iter().filter(|file| is_log(file)).map(|file| ("a log", lossy(&file))));
    assert!(
        places.iter().filter(|(what, _)| *what == "a log").count() >= 4,
        "the program's, two servers', the agent's"
    );
    for (what, text) in places {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a secret in {what}");
        }
    }
}

fn command_lines() -> String {
    let all = fs::read_dir("/proc").expect("processes").flatten();
    all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " ") + "\n")
        .collect()
}

fn is_log(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "log")
}

fn lossy(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).expect("read")).into_owned()
}

fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    entries.flatten().flat_map(|entry| files(&entry.path())).collect()
}

/// Every line of every private key below these places, and every secret of the secrets folder that is no key.
fn keys_and_passwords(places: &[&Path]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in places.iter().flat_map(|place| files(place)) {
        let text = lossy(&file);
        let blocks: Vec<&str> = text.split("PRIVATE KEY-----").collect();
        // BEGIN and END: what stands between them is every second one.
        found.extend(blocks.iter().skip(1).step_by(2).flat_map(|block| block.lines()).filter_map(secret_line));
        if blocks.len() == 1 && file.components().any(|part| part.as_os_str() == "secrets") {
            found.insert(text.trim().to_owned());
        }
    }
    found
}

/// A line of a key's body; shorter ones are no secret by themselves.
fn secret_line(line: &str) -> Option<String> {
    let line = line.trim();
    (line.len() >= 16 && !line.starts_with("-----")).then(|| line.to_owned())
}

/// A resize reads as the two cells that were asked for; programs are given every cell, these first.
#[test]
fn what_was_asked_for_comes_first() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let done = sandbox.ask("resize orders --type local.medium --volume 20 --wait").json();
    let commit = done["commit"].as_str().expect("a commit");

    let history = sandbox.ask("history orders").json();
    let resize = history.as_array().and_then(|all| all.iter().find(|it| it["commit"] == commit)).expect("told");
    let tables: Vec<&str> =
        resize["changes"].as_array().expect("cells").iter().map(|cell| cell["table"].as_str().expect("text")).collect();
    assert_eq!(tables[..2], ["deployments", "deployments"]);
    assert!(tables[2..].contains(&"operations") && tables[2..].contains(&"records"), "{tables:?}");

    let text = sandbox.run(["history", "orders"]).out;
    let line = text.lines().find(|line| line.starts_with(commit)).expect("a line");
    assert!(line.split_whitespace().any(|word| word == "2"), "{line}");
    let parent = resize["parent"].as_str().expect("a parent");
    let diff = sandbox.run(["diff", parent, commit]).out;
    // A word that may be a name or the beginning of a hash is a name where there is one.
    assert_eq!(sandbox.run(["diff", &parent[..8], &commit[..8]]).out, diff);
    assert_eq!(sandbox.run(["diff", parent, "orders"]).code, 0);
    let before = sandbox.ask(&format!("history --limit 1 --before {}", &commit[..8])).json();
    assert_eq!(before[0]["commit"].as_str(), Some(parent));
    let lines: Vec<&str> = diff.lines().collect();
    assert!(lines[1].starts_with("deployments  orders ") && !diff.contains("d-"), "{diff}");
    assert!(lines[1].contains("instance_type") && lines[2].contains("volume_gib"), "{diff}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("operations")).count(), 1, "{diff}");
}

/// All goes back at once: what was changed, what was made since, and not what only grows.
#[test]
fn everything_rolls_back_as_its_plan_says() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("billing");
    sandbox.create("orders");
    sandbox.create("reports");
    let good = sandbox.ask("status").json()["commit"].as_str().expect("a commit").to_owned();
    let billing = sandbox.get("billing");
    sandbox.ask("resize orders --type local.medium --volume 20 --wait").json();
    // Another generation than that of orders: a wait for all ends all the same.
    for connections in [40, 41, 42] {
        sandbox.ask(&format!("set reports max_connections={connections} --wait")).json();
    }
    sandbox.create("newer");
    sandbox.create("kept");
    sandbox.ask("protect kept --wait").json();
    let head = sandbox.ask("status").json()["commit"].clone();

    let plan = sandbox.ask(&format!("rollback --all --to {} --dry-run", &good[..10])).json();
    let notes = plan["notes"].to_string();
    assert!(notes.contains("its volume stays 20 GiB"), "{notes}");
    assert!(notes.contains("kept was made since and stays"), "{notes}");
    let destroyed: BTreeSet<_> = plan["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter(|step| step["destroys_data"] == true)
        .map(|step| step["deployment"].as_str().expect("a name"))
        .collect();
    assert_eq!(destroyed, BTreeSet::from(["newer"]), "{plan}");
    assert_eq!(sandbox.ask("status").json()["commit"], head, "a plan changes nothing");

    let refused = sandbox.ask(&format!("rollback --all --to {good}")).refusal(2);
    assert_eq!(refused["field"], "confirm");
    assert_eq!(refused["next"].as_str(), Some(&*format!("doltops rollback --all --to {good} --confirm all")));
    assert_eq!(sandbox.ask("status").json()["commit"], head, "nor does a refusal");

    let done = sandbox.run(["rollback", "--all", "--to", &good, "--confirm", "all", "--wait"]).out;
    assert!(done.contains("deleted, after a final copy: newer"), "{done}");
    let orders = sandbox.get("orders");
    assert_eq!(orders["observed"]["instance_type"], "local.small");
    assert_eq!(orders["observed"]["volume_gib"], 20);
    assert_eq!(sandbox.get("kept")["desired"]["protected"], true);
    sandbox.ask("get newer").refusal(3);
    assert_eq!(sandbox.get("billing")["generation"], billing["generation"], "what is as it was is left alone");
    sandbox.ask(&format!("rollback --all --to {good}")).refusal(4);
}

/// A commit picked too far back would delete the fleet: it stops and asks.
#[test]
fn a_roll_back_that_would_delete_many_stops() {
    let sandbox = Sandbox::with_daemon();
    sandbox.ask("create first").json();
    let good = sandbox.ask("status").json()["commit"].as_str().expect("a commit").to_owned();
    for name in ["a", "b", "c", "d"] {
        sandbox.ask(&format!("create {name}")).json();
    }
    let refused = sandbox.ask(&format!("rollback --all --to {good}")).refusal(4);
    assert!(refused["message"].as_str().expect("words").contains("would delete 4 deployments"), "{refused}");
    assert_eq!(sandbox.ask("list").json().as_array().map(Vec::len), Some(5));

    sandbox.ask("protect d").json();
    let plan = sandbox.ask(&format!("rollback --all --to {good} --dry-run")).json();
    assert!(plan["notes"].to_string().contains("d was made since and stays"), "{plan}");
}

/// Rolled back to before its deletion: it comes back, and its plan says from what.
#[test]
fn what_was_deleted_since_comes_back() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let good = sandbox.ask("status").json()["commit"].as_str().expect("a commit").to_owned();
    sandbox.ask("resize orders --volume 20 --wait").json();
    sandbox.ask("delete orders --confirm orders --wait").json();

    let plan = sandbox.ask(&format!("rollback orders --to {good} --dry-run")).json();
    assert!(plan["notes"].to_string().contains("it comes back from its final copy"), "{plan}");
    sandbox.ask(&format!("rollback orders --to {good} --wait")).json();
    let back = sandbox.get("orders");
    assert_eq!((&back["health"], &back["phase"]), (&Value::from("healthy"), &Value::from("settled")));
    assert_eq!(
        (&back["observed"]["volume_gib"], &back["desired"]["volume_gib"]),
        (&20.into(), &20.into()),
        "it had grown"
    );
}
