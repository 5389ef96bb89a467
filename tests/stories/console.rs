//! The main job by keys, in a real pseudo-terminal of 120×40.

use crate::support::{sandbox::Sandbox, screen::Screen};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const TAB: &str = "\t";
const RIGHT: &str = "\x1b[C";
const F5: &str = "\x1b[15~";

/// The commit that made the only deployment, as people read it.
fn first_commit(sandbox: &Sandbox) -> String {
    let history = sandbox.ask("history orders").json();
    let hash = history.as_array().and_then(|commits| commits.last()?["commit"].as_str().map(str::to_owned));
    hash.expect("a commit")[..8].to_owned()
}

/// Create, healthy, SQL through the tunnel, resize, the diff on the screen, roll back, the old type again, delete.
#[test]
fn the_main_job_by_keys() {
    let sandbox = Sandbox::new();
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["There is no deployment yet", "live"]);

    screen.press("c");
    screen.see(&["A new deployment"]);
    screen.press("orders");
    screen.see(&["Plan: 3 steps", "launch instance", "Enter create orders"]);
    screen.press(ENTER);
    screen.see(&["● healthy", "● 1 healthy"]);

    screen.press("x");
    screen.see(&["● connected"]);
    screen.press("select 6 * 7 as answer");
    screen.press(F5);
    screen.see(&["answer", "42"]);
    screen.press(ESCAPE);
    screen.see(&["NAME", "DOING"]);

    screen.press("r");
    screen.see(&["choose another type or a larger volume"]);
    screen.press(RIGHT);
    screen.press(TAB);
    // It takes the place of the 10 that stands there.
    screen.press("20");
    screen.see(&["Plan: 5 steps", "local.small to local.medium", "to 20 GiB", "Enter resize orders"]);
    screen.press(ENTER);
    screen.see(&["NAME", "local.medium", "20 GiB"]);
    sandbox.wait_until("orders", "the resize", |seen| {
        seen["observed"]["instance_type"] == "local.medium" && seen["phase"] == "settled"
    });

    screen.press("h");
    // The newest is what was written down of it.
    screen.see(&["Commits of orders", "Write down orders"]);
    screen.press("j");
    screen.see(&["instance_type", "local.small → local.medium", "10 → 20"]);
    screen.press(ESCAPE);
    screen.idle();
    assert!(screen.text().contains("DOING"), "{}", screen.text());

    screen.press("b");
    screen.see(&["To which commit", "Create orders"]);
    screen.press("j");
    // With its hash: the line names the commit before until the plan of this one has come.
    let confirm = format!("Enter roll back orders to {}", first_commit(&sandbox));
    screen.see(&["local.medium → local.small", "a volume only grows", &confirm]);
    screen.press(ENTER);
    screen.see(&["NAME", "local.small", "● healthy"]);
    sandbox.wait_until("orders", "the roll-back", |seen| {
        seen["observed"]["instance_type"] == "local.small" && seen["phase"] == "settled"
    });

    screen.press("D");
    screen.see(&["orders"]);
    screen.press("orders");
    screen.see(&["Enter delete orders"]);
    screen.press(ENTER);
    screen.see(&["There is no deployment yet"]);
    assert_eq!((sandbox.agents(), sandbox.dolts()), (vec![], vec![]), "nothing of it is left");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
