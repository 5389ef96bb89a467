//! Several deployments marked in a real pseudo-terminal: one plan, one commit, and the same for their end.

use crate::support::{sandbox::Sandbox, screen::Screen};

const ENTER: &str = "\r";
const CTRL_A: &str = "\x01";

/// The messages of the commits that begin so.
fn commits(sandbox: &Sandbox, word: &str) -> Vec<String> {
    let history = sandbox.ask("history").json();
    let commits = history.as_array().expect("commits").iter();
    let messages = commits.filter_map(|commit| commit["message"].as_str()).map(str::to_owned);
    messages.filter(|message| message.starts_with(word)).collect()
}

#[test]
fn three_that_are_marked_are_stopped_by_one_plan_and_one_commit_and_end_by_their_number() {
    let sandbox = Sandbox::with_daemon();
    let names = ["billing", "orders", "users"];
    for name in names {
        sandbox.create(name);
    }
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["● 3 healthy"]);
    screen.press("   ");
    screen.see(&["3 marked", "✓ billing", "✓ orders", "✓ users"]);
    screen.press("s");
    screen.see(&["Stop of 3", "3 marked: billing, orders, users", "Enter stop 3 deployments"]);
    screen.press(ENTER);
    screen.see(&["stop 3 deployments, commit"]);
    for name in names {
        sandbox.wait_until(name, "the stop", |seen| seen["health"] == "stopped" && seen["phase"] == "settled");
    }
    let stops = commits(&sandbox, "Stop ");
    assert_eq!(stops.len(), 1, "{stops:?}");
    assert!(names.iter().all(|name| stops[0].contains(name)), "{stops:?}");

    screen.press(CTRL_A);
    screen.see(&["3 marked"]);
    screen.press("D");
    screen.see(&["Deleting 3 ends them", "Type 3 to confirm", "DATA IS DESTROYED"]);
    screen.press("3");
    screen.see(&["Enter delete 3 deployments"]);
    screen.press(ENTER);
    screen.see(&["There is no deployment yet"]);
    let ends = commits(&sandbox, "Delete ");
    assert_eq!(ends.len(), 1, "{ends:?}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
