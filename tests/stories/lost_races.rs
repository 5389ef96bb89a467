//! Changes that are asked for at once: each lands on the state that it was decided on, is decided again, or is refused with
//! the new plan. None is lost in silence.

use crate::support::sandbox::Sandbox;
use serde_json::Value;
use std::{collections::BTreeMap, thread};

fn commits(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let all = sandbox.ask("history --limit 200").json();
    let all = all.as_array().expect("commits").clone();
    all.into_iter().map(|it| (it["commit"].as_str().expect("a hash").to_owned(), it)).collect()
}

/// Two people at once, on one deployment: both changes stand, each in its own commit, and none has taken the other's back.
#[test]
fn two_changes_of_one_deployment_at_once_both_stand_or_one_is_told() {
    let sandbox = Sandbox::with_daemon();
    sandbox.ask("create orders").json();
    sandbox.ask("pause orders").json();
    for round in 0..8 {
        let (connections, gib) = (40 + round, 20 + round);
        let (set, resize) = thread::scope(|scope| {
            let set = scope.spawn(|| sandbox.ask(&format!("set orders max_connections={connections}")));
            let resize = scope.spawn(|| sandbox.ask(&format!("resize orders --volume {gib}")));
            (set.join().expect("ran"), resize.join().expect("ran"))
        });
        let orders = sandbox.get("orders");
        let commits = commits(&sandbox);
        let is = (
            orders["desired"]["settings"]["max_connections"] == connections.to_string().as_str(),
            orders["desired"]["volume_gib"] == gib,
        );
        for (said, stands) in [(set, is.0), (resize, is.1)] {
            if said.code == 0 {
                let commit = said.json()["commit"].as_str().expect("a hash").to_owned();
                assert!(stands && commits.contains_key(&commit), "round {round}: told as done, and lost: {orders}");
            } else {
                let told = said.refusal(4);
                assert!(!stands && told["message"].as_str().is_some_and(|it| it.contains("plan")), "{told}");
            }
        }
    }
}

/// A merge and an edit of the same cell on main, at once: whichever is second has seen the first. The merge is either of what
/// main said before, or a conflict that is shown.
#[test]
fn a_merge_and_a_change_of_the_same_cell_at_once_hide_nothing() {
    let sandbox = Sandbox::with_daemon();
    sandbox.ask("create orders").json();
    sandbox.ask("pause orders").json();
    for round in 0..8 {
        let (prepared, asked) = (20 + 2 * round, 21 + 2 * round);
        let branch = format!("round-{round}");
        sandbox.ask(&format!("branch create {branch}")).json();
        sandbox.ask(&format!("resize orders --volume {prepared} --branch {branch}")).json();
        let (merge, resize) = thread::scope(|scope| {
            let merge = scope.spawn(|| sandbox.ask(&format!("branch merge {branch}")));
            let resize = scope.spawn(|| sandbox.ask(&format!("resize orders --volume {asked}")));
            (merge.join().expect("ran"), resize.join().expect("ran"))
        });
        let gib = sandbox.get("orders")["desired"]["volume_gib"].as_u64();
        let state = sandbox.ask(&format!("branch show {branch}")).json();
        let is_merged = state["summary"]["state"] == "merged";
        // A volume never shrinks, so of two that landed the edit was the second.
        let is = if resize.code == 0 { asked } else { prepared };
        assert_eq!(gib, Some(is), "round {round}: {resize:?} {state}");
        assert!(resize.code == 0 || (resize.code == 4 && is_merged), "round {round}: {resize:?} {state}");
        assert_eq!(is_merged, merge.code == 0, "round {round}: {merge:?} {state}");
        if !is_merged {
            assert_eq!(state["summary"]["conflicts"], 1, "it is shown: {state}");
            sandbox.ask(&format!("branch discard {branch}")).json();
        }
    }
}
