//! Change requests by commands: prepared apart while main moves on, reviewed, merged, and never half.

use crate::support::sandbox::{Sandbox, wait_for};
use serde_json::Value;
use std::{fs, process::Stdio, time::Duration};

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn desired<'a>(deployment: &'a Value, field: &str) -> &'a Value {
    &deployment["desired"][field]
}

/// Three are made larger together. Meanwhile one of them gets other settings on main, which merges, and one another
/// type, which does not: that is seen, decided and merged, and the fleet follows. Undone, it is as it was.
#[test]
fn three_resizes_are_prepared_apart_and_merged_where_main_moved_on() {
    let sandbox = Sandbox::with_daemon();
    for name in ["billing", "orders", "users"] {
        sandbox.create(name);
    }
    let made = sandbox.run(["branch", "create", "bigger", "--title", "More room for the autumn"]);
    assert_eq!(made.code, 0, "{made:?}");
    let main = sandbox.ask("branch list").json()["main_commit"].clone();
    for name in ["billing", "orders", "users"] {
        let plan = sandbox.ask(&format!("resize {name} --type local.medium --branch bigger --dry-run")).json();
        assert_eq!(
            (plan["steps"].as_array().map(Vec::len), plan["changes"].as_array().map(Vec::len)),
            (Some(0), Some(1))
        );
        sandbox.ask(&format!("resize {name} --type local.medium --branch bigger")).json();
        assert_eq!(desired(&sandbox.get(name), "instance_type"), "local.small", "nothing that runs is touched");
        let there = sandbox.ask(&format!("get {name} --branch bigger")).json();
        assert_eq!((desired(&there, "instance_type"), &there["health"]), (&"local.medium".into(), &"healthy".into()));
    }
    let list = sandbox.ask("branch list").json();
    assert_eq!(list["main_commit"], main, "no commit on main");
    assert_eq!((&list["branches"][0]["ahead"], &list["branches"][0]["deployments"]), (&3.into(), &3.into()));
    let history = sandbox.ask("history --branch bigger").json();
    assert_eq!(history[2]["message"], "Resize billing: local.small → local.medium");
    assert_eq!(history[3]["commit"], history[2]["parent"], "three of its own, and main's before them");
    let of = |words: &str| {
        let commits = sandbox.ask(words).json();
        let messages = commits.as_array().expect("commits").iter().map(|it| text(it, "message").to_owned());
        messages.collect::<Vec<_>>()
    };
    assert_eq!(of("history orders --branch bigger")[0], "Resize orders: local.small → local.medium", "its own first");
    assert_eq!(
        of("history orders --branch bigger").last().map(String::as_str),
        Some("Create orders: local.small, 10 GiB")
    );

    sandbox.ask("set orders max_connections=40 --wait").json();
    sandbox.ask("resize billing --type local.large --wait").json();
    let told = sandbox.ask("conflicts bigger").json();
    let conflicts = told["conflicts"].as_array().expect("a list");
    assert_eq!((conflicts.len(), &told["open"]), (1, &1.into()), "settings of another cell merge: {told}");
    let [cell, base, ours, theirs] = ["cell", "base", "ours", "theirs"].map(|field| text(&conflicts[0], field));
    assert_eq!([cell, base, ours, theirs], ["billing.instance_type", "local.small", "local.large", "local.medium"]);
    let refused = sandbox.ask("branch merge bigger").refusal(4);
    assert!(text(&refused, "message").contains("billing.instance_type"), "{refused}");
    assert_eq!(text(&refused, "next"), "doltops conflicts bigger");
    sandbox.ask("conflicts bigger resolve orders.max_connections ours").refusal(3);
    sandbox.ask("conflicts bigger resolve billing.instance_type huge").refusal(2);
    sandbox.ask("conflicts bigger resolve billing.instance_type theirs").json();

    let plan = sandbox.ask("branch plan bigger").json();
    let notes = plan["notes"].to_string();
    assert!(notes.contains("main says local.large, the branch local.medium; tester decided local.medium"), "{notes}");
    let done = sandbox.ask("branch merge bigger --wait").json();
    for name in ["billing", "orders", "users"] {
        assert_eq!(sandbox.get(name)["observed"]["instance_type"], "local.medium", "{name} follows");
    }
    assert_eq!(sandbox.get("orders")["desired"]["settings"]["max_connections"], "40", "main's own stays");
    let log = sandbox.run(["history"]).out;
    assert!(log.contains("Merge bigger: More room for the autumn"), "{log}");
    assert_eq!(sandbox.ask("branch show bigger").json()["summary"]["state"], "merged");
    let again = sandbox.ask("resize users --type local.large --branch bigger").refusal(4);
    assert!(text(&again, "message").contains("bigger was merged by tester already"), "{again}");

    sandbox.ask(&format!("undo {} --wait", text(&done, "operation_id"))).json();
    let kinds = ["billing", "orders", "users"].map(|name| desired(&sandbox.get(name), "instance_type").clone());
    assert_eq!(kinds, ["local.large", "local.small", "local.small"].map(Value::from));
}

/// What only a branch has, what it deletes, and what is not for a branch.
#[test]
fn a_branch_makes_and_deletes_and_main_has_the_last_word() {
    let sandbox = Sandbox::with_daemon();
    for name in ["old", "kept"] {
        sandbox.ask(&format!("create {name}")).json();
    }
    sandbox.ask("branch create tidy").json();
    let other = sandbox.ask("branch create tidy --title other").refusal(2);
    assert!(text(&other, "message").contains("a name is used once"), "{other}");
    let again = sandbox.ask("branch create tidy").refusal(2);
    assert!(text(&again, "message").contains("'tidy' is there already, and yours"), "{again}");
    assert!(text(&again, "next").contains("doltops branch show tidy"), "{again}");
    let open = sandbox.ask("branch list").json();
    assert_eq!(open["branches"].as_array().map(Vec::len), Some(1), "no second one was made: {open}");
    sandbox.ask("create new --branch tidy").json();
    sandbox.ask("delete old --confirm old --branch tidy").json();
    sandbox.ask("delete kept --confirm kept --branch tidy").json();
    let list = sandbox.ask("list --branch tidy").json();
    let names: Vec<&str> = list.as_array().expect("a list").iter().map(|it| text(it, "name")).collect();
    assert_eq!(names, ["new"]);
    sandbox.ask("get new").refusal(3);
    for (words, code) in [
        ("restart new --branch tidy", 2),
        ("stop new --wait --branch tidy", 2),
        ("set new max_connections=none --branch tidy", 2),
        ("resize nobody --type local.large --branch tidy", 3),
        ("stop old --branch nobody", 3),
        ("branch merge nobody", 3),
    ] {
        sandbox.ask(words).refusal(code);
    }

    sandbox.ask("protect kept").json();
    let told = sandbox.ask("conflicts tidy").json();
    assert_eq!(told["conflicts"][0]["cell"], "kept", "protected since, so it was edited: {told}");
    sandbox.ask("conflicts tidy resolve kept theirs").json();
    let refused = sandbox.ask("branch merge tidy").refusal(4);
    assert!(text(&refused, "message").contains("deletes kept, which is protected"), "{refused}");
    sandbox.ask("conflicts tidy resolve kept ours").json();
    let refused = sandbox.ask("branch merge tidy").refusal(2);
    assert!(text(&refused, "message").contains("it deletes old; type 1"), "{refused}");
    sandbox.ask("branch merge tidy --confirm 1").json();
    sandbox.get("new");
    assert_eq!(sandbox.get("kept")["desired"]["protected"], true);
    wait_for("old to go", || (sandbox.ask("get old").code == 3).then_some(()));

    sandbox.ask("branch create never").json();
    sandbox.run(["branch", "comment", "never", "Not now."]);
    sandbox.ask("branch discard never").json();
    sandbox.ask("branch discard never").json();
    sandbox.ask("branch merge never").refusal(4);
    let all = sandbox.ask("branch list --all").json();
    let states: Vec<&str> = all["branches"].as_array().expect("a list").iter().map(|it| text(it, "state")).collect();
    assert_eq!(states, ["discarded", "merged"]);
}

/// Files are applied to a branch as to main: its plan is shown, nothing that runs is touched, and the second time nothing
/// changes.
#[test]
fn files_are_applied_to_a_branch() {
    let sandbox = Sandbox::with_daemon();
    sandbox.ask("create orders").json();
    sandbox.ask("branch create files").json();
    let file = sandbox.path().join("orders.yaml");
    let two = "doltops: 1\nname: orders\nvolume_gib: 20\n---\ndoltops: 1\nname: new\nvolume_gib: 1\npower: stopped\n";
    fs::write(&file, two).expect("written");
    let apply = format!("apply -f {} --branch files", file.display());

    let plan = sandbox.ask(&format!("{apply} --dry-run")).json();
    assert_eq!((&plan["created"], &plan["commit"]), (&1.into(), &Value::Null), "{plan}");
    assert_eq!(plan["plan"]["steps"].as_array().map(Vec::len), Some(0), "no step on any instance: {plan}");
    sandbox.ask(&apply).json();
    sandbox.ask("get new").refusal(3);
    assert_eq!(desired(&sandbox.get("orders"), "volume_gib"), &10, "main is as it was");
    let again = sandbox.ask(&format!("{apply} --prune --exit-code"));
    assert_eq!((again.code, &again.json()["changed"]), (0, &false.into()), "the branch is as the files say");
    assert_eq!(sandbox.ask("branch show files").json()["summary"]["deployments"], 2);

    sandbox.ask("branch merge files").json();
    assert_eq!(desired(&sandbox.get("orders"), "volume_gib"), &20);
    assert_eq!(desired(&sandbox.get("new"), "power"), "stopped");
    let refused = sandbox.ask(&format!("{apply} --wait")).refusal(2);
    assert!(text(&refused, "message").contains("files") || text(&refused, "message").contains("wait"), "{refused}");
}

/// Where two must agree, the author's own word is not enough, and an approval is for what was seen.
#[test]
fn what_needs_an_approval_is_not_merged_without_one() {
    let mut sandbox = Sandbox::new();
    let file = sandbox.path().join("config/doltops/doltops.toml");
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    fs::write(&file, "[change_requests]\napprovals = 1\n").expect("written");
    let url = sandbox.listening_daemon();
    sandbox.ask("create orders").json();
    let identity = sandbox.path().join("bea.pem").display().to_string();
    sandbox.ask(&format!("client-certificate bea --role operator --file {identity}")).json();
    let bea = |words: &str| sandbox.ask(&format!("{words} --connect {url} --identity {identity}"));

    sandbox.ask("branch create bigger").json();
    sandbox.ask("resize orders --volume 20 --branch bigger").json();
    let plan = sandbox.ask("branch plan bigger").json();
    assert!(!plan["steps"].as_array().expect("a list").is_empty(), "a plan is shown without it");
    sandbox.ask("branch approve bigger").json();
    let refused = sandbox.ask("branch merge bigger").refusal(4);
    assert!(text(&refused, "message").contains("lacks 1 approval of 1"), "one's own does not count: {refused}");

    let seen = text(&bea("branch show bigger").json()["summary"], "head").to_owned();
    sandbox.ask("set orders max_connections=40 --branch bigger").json();
    bea(&format!("branch approve bigger --head {seen}")).refusal(4);
    let approved = bea("branch approve bigger").json();
    assert_eq!((&approved["summary"]["approvals"], &approved["hindrance"]), (&1.into(), &Value::Null));
    sandbox.ask("stop orders --branch bigger").json();
    sandbox.ask("branch merge bigger").refusal(4);
    bea("branch approve bigger").json();
    sandbox.ask("branch merge bigger").json();
    let orders = sandbox.get("orders");
    assert_eq!((desired(&orders, "volume_gib"), desired(&orders, "power")), (&20.into(), &"stopped".into()));
}

/// The power goes at any moment of an edit or a merge: the branch and main have all of it or nothing.
#[test]
fn a_merge_that_is_cut_off_is_whole_or_not_there() {
    let mut sandbox = Sandbox::with_daemon();
    for name in ["a", "b", "c"] {
        sandbox.ask(&format!("create {name}")).json();
        sandbox.ask(&format!("pause {name}")).json();
    }
    let mut merged = 0;
    for round in 0..6_u64 {
        let (branch, gib) = (format!("round-{round}"), 20 + round);
        sandbox.ask(&format!("branch create {branch}")).json();
        for name in ["a", "b", "c"] {
            sandbox.ask(&format!("resize {name} --volume {gib} --branch {branch}")).json();
        }
        let mut merge = sandbox.program();
        merge.args(["branch", "merge", &branch]).stdout(Stdio::null()).stderr(Stdio::null());
        sandbox.start(merge);
        // From before it is asked for to after it has landed.
        std::thread::park_timeout(Duration::from_millis(15 * round));
        sandbox.cut_power();
        sandbox.daemon(&[]);
        let told = sandbox.ask(&format!("branch show {branch}")).json();
        let is_merged = told["summary"]["state"] == "merged";
        let sizes = ["a", "b", "c"].map(|name| desired(&sandbox.get(name), "volume_gib").as_u64() == Some(gib));
        assert_eq!(sizes, [is_merged; 3], "round {round}: {told}");
        if !is_merged {
            sandbox.ask(&format!("branch merge {branch}")).json();
        }
        merged += u32::from(is_merged);
    }
    eprintln!("{merged} of 6 had landed before the power went");
}
