//! An event told end to end: a change request takes a deployment down, a clone on another state folder shows what it was,
//! and the commit is undone though later ones touched the same rows. `docs/an-event.md` is this story.

use crate::support::{sandbox::Sandbox, screen::Screen};
use serde_json::Value;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn max_connections(deployment: &Value) -> &Value {
    &deployment["desired"]["settings"]["max_connections"]
}

#[test]
fn a_commit_that_took_a_deployment_down_is_found_on_a_clone_and_undone() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("billing");
    sandbox.create("orders");
    sandbox.ask("set orders max_connections=80 --wait").json();
    let good = text(&sandbox.ask("status").json(), "commit").to_owned();

    // The bad commit: orders is stopped with what nobody uses. Afterwards others go on working on the same rows.
    sandbox.ask("branch create tidy").json();
    sandbox.ask("stop orders --branch tidy").json();
    sandbox.ask("set orders max_connections=5 log_level=error --branch tidy").json();
    sandbox.ask("branch merge tidy --wait").json();
    assert_eq!(sandbox.get("orders")["health"], "stopped", "it is down");
    sandbox.ask("set orders max_connections=120").json();
    sandbox.ask("protect orders").json();
    sandbox.ask("resize billing --volume 20 --wait").json();
    let fleet = sandbox.ask("list").json();

    // On a laptop with a state folder of its own, which stays empty.
    let clone = sandbox.path().join("event-42").display().to_string();
    sandbox.ask(&format!("clone {clone}")).json();
    let elsewhere = sandbox.path().join("laptop");
    let on = |words: &str| sandbox.ask(&format!("--state-dir {} --clone {clone} {words}", elsewhere.display()));
    let blamed = on("blame orders").json();
    let cell = blamed.as_array().expect("cells").iter().find(|it| it["cell"] == "power").expect("it is told").clone();
    let bad = text(&cell, "commit").to_owned();
    let history = on("history orders").json();
    let suspect = history.as_array().expect("commits").iter().find(|it| it["commit"] == bad.as_str()).expect("there");
    assert!(text(suspect, "message").starts_with("Merge tidy"), "{suspect}");
    let before = on(&format!("get orders --at {good}")).json();
    let after = on(&format!("get orders --at {bad}")).json();
    assert_eq!((&before["desired"]["power"], max_connections(&before)), (&"running".into(), &"80".into()));
    assert_eq!((&after["desired"]["power"], max_connections(&after)), (&"stopped".into(), &"5".into()));
    let differs = on(&format!("diff {good} {bad} orders")).json();
    let columns: Vec<&str> =
        differs["changes"].as_array().expect("cells").iter().map(|it| text(it, "column")).collect();
    assert!(columns.contains(&"power") && columns.iter().filter(|it| **it == "value").count() == 2, "{differs}");
    sees_both_moments(&sandbox, &clone, &good, &bad);

    // Tried on the clone: what somebody has changed since is left alone, and named.
    let undo = format!("rollback --commit {bad}");
    let plan = on(&format!("{undo} --dry-run")).json();
    let notes = plan["notes"].to_string();
    assert!(notes.contains("its setting max_connections was changed since and stays 120"), "{notes}");
    on(&undo).json();
    let tried = on("get orders").json();
    assert_eq!((&tried["desired"]["power"], max_connections(&tried)), (&"running".into(), &"120".into()));
    assert_eq!(sandbox.ask("list").json()[1]["desired"], fleet[1]["desired"], "the fleet knows nothing of it");
    assert!(!elsewhere.exists(), "nothing was hosted on the laptop");

    // What was tried is what is done: the same steps, and it is healthy again.
    let steps = |plan: &Value| -> Vec<String> {
        plan["steps"].as_array().expect("steps").iter().map(|step| text(step, "action").to_owned()).collect()
    };
    assert_eq!(steps(&sandbox.ask(&format!("{undo} --dry-run")).json()), steps(&plan));
    sandbox.ask(&format!("{undo} --wait")).json();
    let orders = sandbox.get("orders");
    assert_eq!((text(&orders, "health"), max_connections(&orders)), ("healthy", &"120".into()));
    assert_eq!(orders["desired"]["protected"], true, "what came later stays");
    assert_eq!(sandbox.get("billing")["observed"]["volume_gib"], 20);
}

/// The console on the clone, before and after; the title says of both what they are.
fn sees_both_moments(sandbox: &Sandbox, clone: &str, good: &str, bad: &str) {
    for (commit, is) in [(good, "running"), (bad, "stopped")] {
        let mut screen = Screen::start(sandbox, &format!("--clone {clone} at {commit}"), 160, 40);
        screen.see(&["CLONE of", "PAST", &commit[..8], "orders"]);
        screen.press("j");
        screen.press("\r");
        screen.see(&["› orders", is]);
        screen.press("q");
        assert_eq!(screen.end(), 0);
    }
}
