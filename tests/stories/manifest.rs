//! The fleet as files: a hundred deployments from a folder, and again, and fewer; and what stops a slip.

use crate::support::sandbox::Sandbox;
use serde_json::Value;
use std::{fmt::Write, fs};

/// So many deployments are kept in files.
const MANY: usize = 100;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn commits(sandbox: &Sandbox) -> usize {
    sandbox.ask("history --limit 1000").json().as_array().expect("a list").len()
}

/// A hundred deployments in ten files, at rest but for one; the second time nothing changes, and the exit code says so.
/// What is in no file goes only by count, and never while it is protected.
#[test]
fn a_hundred_deployments_come_from_files_and_stay() {
    let sandbox = Sandbox::with_daemon();
    let folder = sandbox.path().join("fleet");
    fs::create_dir_all(folder.join("team")).expect("made");
    for file in 0..10 {
        let mut documents = String::from("# ten of them\n");
        for number in 0..MANY / 10 {
            let power = if (file, number) == (0, 0) { "running" } else { "stopped" };
            let name = format!("db-{file}{number}");
            write!(documents, "---\ndoltops: 1\nname: {name}\nvolume_gib: 1\npower: {power}\n").expect("a text");
            if number == 1 {
                documents += "settings: {max_connections: 40}\n";
            }
        }
        let place = if file < 5 { format!("{file}.yaml") } else { format!("team/{file}.yml") };
        fs::write(folder.join(place), documents).expect("written");
    }
    let apply = format!("apply -f {}", folder.display());

    let plan = sandbox.ask(&format!("{apply} --dry-run --exit-code"));
    assert_eq!(plan.code, 10, "{}", plan.err);
    let plan: Value = serde_json::from_str(&plan.out).expect("JSON");
    assert_eq!((plan["created"].as_u64(), &plan["commit"]), (Some(MANY as u64), &Value::Null));
    let launched: Vec<&Value> = plan["plan"]["steps"].as_array().expect("steps").iter().collect();
    assert!(launched.iter().all(|step| step["deployment"] == "db-00"), "the others rest: {launched:?}");
    assert_eq!(sandbox.ask("list").json().as_array().map(Vec::len), Some(0), "a plan changes nothing");

    let done = sandbox.ask(&format!("{apply} --wait")).json();
    let commit = text(&done, "commit");
    let list = sandbox.ask("list").json();
    let of = |name: &str| list.as_array().and_then(|all| all.iter().find(|it| it["name"] == name)).expect("there");
    assert_eq!(list.as_array().map(Vec::len), Some(MANY));
    assert_eq!((text(of("db-00"), "health"), text(of("db-99"), "health")), ("healthy", "stopped"));
    assert_eq!(of("db-31")["desired"]["settings"]["max_connections"], "40");
    assert!(list.as_array().expect("all").iter().all(|it| it["commit"] == commit), "one commit made all of them");
    assert_eq!(sandbox.dolts().len(), 1, "one runs");

    let before = commits(&sandbox);
    let again = sandbox.ask(&format!("{apply} --prune --exit-code"));
    assert_eq!((again.code, again.json()["changed"].as_bool()), (0, Some(false)));
    assert_eq!(commits(&sandbox), before, "no commit");
    assert!(sandbox.run(apply.split(' ')).out.contains("nothing changes"));

    prune(&sandbox, &folder, &apply);
}

/// Five go: named while one is protected, counted when none is.
fn prune(sandbox: &Sandbox, folder: &std::path::Path, apply: &str) {
    let file = folder.join("team/9.yml");
    let kept = fs::read_to_string(&file).expect("there");
    let half: Vec<&str> = kept.split("---\n").take(6).collect();
    fs::write(&file, half.join("---\n")).expect("written");
    sandbox.ask("protect db-97").json();
    sandbox.ask("protect db-99").json();
    let refused = sandbox.ask(&format!("{apply} --prune --confirm 5")).refusal(4);
    assert!(text(&refused, "message").contains("in no file, and protected: db-97, db-99"), "{refused}");
    sandbox.ask("unprotect db-97").json();
    sandbox.ask("unprotect db-99").json();

    assert_eq!(sandbox.ask(apply).json()["changed"], false, "without --prune nobody goes");
    let before = commits(sandbox);
    for wrong in ["", " --confirm 4"] {
        let refused = sandbox.ask(&format!("{apply} --prune{wrong}")).refusal(2);
        assert_eq!(text(&refused, "field"), "confirm");
        assert!(text(&refused, "next").ends_with("--confirm 5"), "{refused}");
    }
    assert_eq!(commits(sandbox), before, "a refusal changes nothing");
    let shown = sandbox.run(apply.split(' ').chain(["--prune", "--confirm", "5", "--wait"]));
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("0 to create, 0 to change, 5 to delete"), "{}", shown.out);
    assert!(shown.out.contains("deleted, after a final copy: db-95, db-96"), "{}", shown.out);
    assert_eq!(sandbox.ask("list").json().as_array().map(Vec::len), Some(MANY - 5));
}

/// What was exported is applied without a change; an edit lands whole or not at all, and a slip names its line.
#[test]
fn a_fleet_is_exported_edited_and_applied_whole() {
    let sandbox = Sandbox::with_daemon();
    sandbox.ask("create orders --stopped --volume 20").json();
    sandbox.ask("set orders max_connections=40 log_level=debug").json();
    sandbox.ask("create billing --stopped").json();
    sandbox.ask("protect billing").json();
    let folder = sandbox.path().join("fleet");
    let export = format!("export -f {}/", folder.display());
    let kept = sandbox.ask(&export).json();
    assert_eq!(kept["files"].as_array().map(Vec::len), Some(2));
    assert!(sandbox.ask(&export).json()["files"].as_array().expect("two").iter().all(|it| it["unchanged"] == true));
    let stream = sandbox.run(["export", "orders"]).out;
    assert_eq!(stream, fs::read_to_string(folder.join("orders.yaml")).expect("there"));
    sandbox.ask("export nobody").refusal(3);

    let apply = format!("apply -f {} --prune", folder.display());
    assert_eq!(sandbox.ask(&apply).json()["changed"], false);

    let edited = stream.replace("local.small", "local.medium").replace("  log_level: debug\n", "").replace("40", "50");
    fs::write(folder.join("orders.yaml"), edited.replace("volume_gib: 20", "volume_gib: 19")).expect("written");
    let billing = fs::read_to_string(folder.join("billing.yaml")).expect("there");
    fs::write(folder.join("billing.yaml"), billing.replace("protected: true", "protected: false")).expect("written");
    let before = commits(&sandbox);
    let refused = sandbox.ask(&apply).refusal(2);
    assert_eq!(text(&refused, "field"), "volume_gib");
    assert!(text(&refused, "message").contains("orders.yaml:4: 19 GiB is less than the 20 GiB"), "{refused}");
    assert_eq!((commits(&sandbox), &sandbox.get("billing")["desired"]["protected"]), (before, &true.into()));

    fs::write(folder.join("orders.yaml"), edited).expect("written");
    let done = sandbox.ask(&apply).json();
    assert_eq!((done["edited"].as_u64(), commits(&sandbox)), (Some(2), before + 1));
    let orders = sandbox.get("orders");
    assert_eq!(orders["desired"]["instance_type"], "local.medium");
    assert_eq!(orders["desired"]["settings"], serde_json::json!({ "max_connections": "50" }));
    assert_eq!(sandbox.get("billing")["desired"]["protected"], false);
    // All of it goes back at once, as any operation does.
    sandbox.ask(&format!("undo {}", text(&done, "operation_id"))).json();
    assert_eq!(sandbox.get("orders")["desired"]["settings"]["log_level"], "debug");
}
