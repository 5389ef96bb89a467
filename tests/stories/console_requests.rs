//! Change requests in a real pseudo-terminal: prepared on a branch by keys, merged where main has moved on.

use crate::support::{sandbox::Sandbox, screen::Screen};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const RIGHT: &str = "\x1b[C";

fn types(sandbox: &Sandbox, room: &str) -> Vec<String> {
    let of = |name: &str| sandbox.get(name)[room]["instance_type"].as_str().unwrap_or_default().to_owned();
    ["billing", "orders", "users"].map(of).to_vec()
}

/// Three are made larger on a branch. Meanwhile one of them gets other settings on main, which merges, and one another
/// type, which does not: the conflict is seen, decided by a key, merged with its plan, and the fleet follows.
#[test]
fn three_resizes_are_prepared_decided_and_merged_by_keys() {
    let sandbox = Sandbox::with_daemon();
    for name in ["billing", "orders", "users"] {
        sandbox.create(name);
    }
    let mut screen = Screen::open(&sandbox, 140, 40);
    screen.see(&["doltops › Fleet", "live", "● 3 healthy"]);
    screen.press("M");
    screen.see(&["no change request is open: n opens one"]);
    screen.press("n");
    screen.see(&["New change request"]);
    screen.press("bigger More room for the autumn");
    screen.press(ENTER);
    screen.see(&["Change requests › bigger", "nothing was changed on bigger yet", "More room for the autumn"]);

    screen.press("V");
    screen.see(&["BRANCH bigger", "prepared; Esc: main", "billing", "users"]);
    for name in ["billing", "orders", "users"] {
        screen.press(":");
        screen.press(&format!("resize {name}"));
        screen.see(&[&format!("resize {name}")]);
        screen.press(ENTER);
        screen.see(&["choose another type or a larger volume", name]);
        screen.press(RIGHT);
        screen.see(&["no step on any instance", &format!("Enter resize {name} on bigger")]);
        screen.press(ENTER);
        screen.see(&[&format!("{name}: resize, commit"), "of bigger; nothing that runs is touched"]);
    }
    screen.press("l");
    screen.see(&["logs is about what runs, which is main; this is the branch bigger: Esc goes back"]);
    screen.press("u");
    screen.see(&["undo is of main", "change it back, or discard the change request"]);
    assert_eq!(types(&sandbox, "observed"), ["local.small"; 3], "nothing that runs is touched");
    assert_eq!(types(&sandbox, "desired"), ["local.small"; 3]);

    // As the branch would have it, and back to main with what it would do.
    screen.press("g");
    screen.press("n");
    screen.see(&["Change requests › bigger", "Merged now: 9 steps", "local.small → local.medium", "live"]);
    assert!(!screen.text().contains("⎇ BRANCH"), "{}", screen.text());

    sandbox.ask("set orders max_connections=40 --wait").json();
    sandbox.ask("resize billing --type local.large --wait").json();
    screen.see(&["it cannot be merged now", "billing.instance_type", "▲ 1 open", "OURS (MAIN)", "local.large"]);
    screen.press("m");
    screen.see(&["merge", "it cannot be merged now"]);
    screen.press("t");
    screen.see(&["billing.instance_type: local.medium; no conflict is left", "● instance_type", "conflicts none"]);
    screen.press("m");
    screen.see(&["What stands on bigger comes to main in one commit", "Plan: 9 steps", "Enter merge bigger"]);
    assert_eq!(types(&sandbox, "desired"), ["local.large", "local.small", "local.small"], "not before it is confirmed");
    screen.press(ENTER);
    screen.see(&["Merge bigger: More room for the autumn, commit", "● merged"]);
    // What was decided stays with it.
    screen.see(&["How it ended", "of main", "billing.instance_type is local.medium (as the branch said; main said"]);
    let told = sandbox.ask("branch show bigger").json();
    assert!(told["merge_commit"].is_string(), "{told}");
    assert_eq!(told["conflicts"][0]["ours"], "local.large", "as it was then: {told}");
    screen.press("V");
    screen.see(&["bigger was merged by", "nothing is prepared on it any more"]);
    for name in ["billing", "orders", "users"] {
        sandbox.wait_until(name, "the resize", |seen| {
            seen["observed"]["instance_type"] == "local.medium" && seen["phase"] == "settled"
        });
    }
    assert_eq!(sandbox.get("orders")["desired"]["settings"]["max_connections"], "40", "main's own stays");
    screen.press(ESCAPE);
    screen.see(&["no change request is open"]);
    screen.press(ESCAPE);
    screen.see(&["doltops › Fleet", "local.medium", "● 3 healthy"]);
    assert!(!screen.text().contains("local.small"), "{}", screen.text());
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
