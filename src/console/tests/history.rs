//! The past: the graph, two commits side by side, blame.

use super::{Rig, sample};
use crate::console::{
    effect::Effect,
    message::{Answer, Message},
    state::Screen,
};
use doltops_proto::hosted_api::{
    self as api, BlameResponse, BlamedCell, BroughtIn, CellChange, Commit, DiffResponse, HistoryResponse,
};

const HOUR: i64 = 3_600_000;

/// What differs between two commits of the sample.
pub fn diff(from: &str, to: &str) -> DiffResponse {
    let cell = |table: &str, key: &str, column: &str, from: Option<&str>, to: Option<&str>| CellChange {
        table: table.into(),
        key: key.into(),
        column: column.into(),
        from: from.map(Into::into),
        to: to.map(Into::into),
        deployment: "orders".into(),
    };
    DiffResponse {
        from: from.into(),
        to: to.into(),
        changes: vec![
            cell("deployments", "d-1", "instance_type", Some("local.small"), Some("local.large")),
            cell("deployments", "d-1", "volume_gib", Some("20"), Some("40")),
            cell("operations", "op-1", "kind", None, Some("resize")),
            cell("settings", "d-1/max_connections", "value", None, Some("400")),
        ],
    }
}

/// The first answer does not reach back to where the volume is from.
pub fn blame(first: bool, now: i64) -> BlameResponse {
    let cell = |cell: &str, value: &str, start: &str, ago: i64, message: &str, reason: &str| BlamedCell {
        cell: cell.into(),
        value: value.into(),
        commit: if start.is_empty() { String::new() } else { sample::hash(start) },
        author: if start.is_empty() { String::new() } else { "op1".into() },
        time_ms: now - ago,
        message: message.into(),
        reason: reason.into(),
    };
    let volume = if first {
        cell("volume_gib", "40", "", 0, "", "")
    } else {
        cell("volume_gib", "40", "lnq14o1p", 72 * HOUR, "Create orders", "")
    };
    let kept = "the shop was slow on Monday, and the queries that were looked at all waited for memory";
    BlameResponse {
        cells: vec![
            cell("instance_type", "local.large", "8u6nmkpu", 2 * HOUR, "Resize orders", kept),
            volume,
            cell("max_connections", "400", "78k3nplg", 48 * HOUR, "Set max_connections of orders", ""),
        ],
        before: if first { sample::hash("78k3nplg") } else { String::new() },
    }
}

/// Main with a branch that was merged, newest first.
pub fn branched(now: i64) -> HistoryResponse {
    let commit = |start: &str, parents: &[&str], ago: i64, author: &str, message: &str, desired: bool| Commit {
        hash: sample::hash(start),
        author: author.into(),
        time_ms: now - ago * HOUR,
        message: message.into(),
        changes: desired.then(|| diff("", "").changes.swap_remove(1)).into_iter().collect(),
        parent: parents.first().map(|start| sample::hash(start)).unwrap_or_default(),
        parents: parents.iter().map(|start| sample::hash(start)).collect(),
        brought_in: message.starts_with("Merge").then(|| BroughtIn {
            branch: "larger-volumes".into(),
            head: sample::hash("h3ad0001"),
            base: sample::hash("a0000001"),
        }),
        joins: Some(sample::hash("a0000001")).filter(|_| message.starts_with("Merge")).into_iter().collect(),
    };
    HistoryResponse {
        commits: vec![
            commit("m3rged00", &["y0000002"], 1, "op1", "Merge: larger volumes for the shop", true),
            commit("y0000002", &["b0000002"], 2, "op2", "Resize orders: 20 → 40 GiB", true),
            commit("b0000002", &["y0000001"], 3, "reconciler", "orders is there", false),
            commit("y0000001", &["b0000001"], 4, "op2", "Set log_level of orders", true),
            commit("b0000001", &["a0000001"], 5, "op1", "Stop legacy", true),
            commit("a0000001", &[], 6, "op1", "Create orders", true),
        ],
    }
}

/// The history of everything, with a merge in it.
pub fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["H"]);
    let ticket = rig.effects.iter().find_map(|effect| match effect {
        Effect::History { ticket, .. } => Some(*ticket),
        _ => None,
    });
    rig.send(Message::Answer(ticket.expect("asked"), Answer::History(Ok(branched(sample::NOW)))));
    rig
}

#[test]
fn the_graph_follows_the_filter() {
    let mut rig = rig();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("◆─╮") && screen.contains("● │") && screen.contains("●─╯"), "{screen}");
    assert!(screen.contains("brought in the change request larger-volumes"), "{screen}");
    rig.press(&["/"]).type_text("author:op1").press(&["enter"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("filter 'author:op1': 3 of 6") && !screen.contains("log_level"), "{screen}");
    rig.press(&["esc"]);
    assert!(rig.screen(120, 40).contains("log_level"), "Esc takes the filter away first");
}

/// In one deployment's history most parents are about others: each branch ends where it was made all the same.
#[test]
fn a_second_merge_leaves_no_line_open() {
    let mut rig = rig();
    let history = |rig: &mut Rig| {
        let commit = |start: &str, joins: &[&str]| Commit {
            hash: sample::hash(start),
            parent: sample::hash(&format!("o{start}")),
            parents: vec![sample::hash(&format!("o{start}"))],
            joins: joins.iter().map(|start| sample::hash(start)).collect(),
            message: start.into(),
            author: "op1".into(),
            ..Commit::default()
        };
        let commits = vec![
            commit("m2", &["b2"]),
            commit("c2", &[]),
            commit("b2", &[]),
            commit("m1", &["b1"]),
            commit("c1", &[]),
            commit("b1", &[]),
            commit("a1", &[]),
        ];
        let Some(Screen::History(history)) = rig.state.screens.last_mut() else { panic!("no history") };
        history.commits.value = None;
        history.add(Ok(HistoryResponse { commits }), sample::NOW);
        history.graph.clone()
    };
    assert_eq!(history(&mut rig), ["○─╮", "○ │", "○─╯", "○─╮", "○ │", "○─╯", "○"]);
    let Some(Screen::History(history)) = rig.state.screens.last_mut() else { panic!("no history") };
    history.set_filter("!what:b".to_owned(), sample::NOW);
    assert_eq!(history.graph, ["○─╮", "○ ┊", "○─┴─╮", "○   ┊", "○───╯"], "what a filter hides is passed");
}

/// Whichever is marked first, the older one stands at the left.
#[test]
fn two_commits_are_compared_the_older_at_the_left() {
    for keys in [["d", "end", "d"], ["end", "d", "home"]] {
        let mut rig = rig();
        rig.press(&keys);
        if keys[2] == "home" {
            rig.press(&["d"]);
        }
        let asked = rig.effects.iter().find_map(|effect| match effect {
            Effect::Diff { from, to, name: None, .. } => Some((from.clone(), to.clone())),
            _ => None,
        });
        assert_eq!(asked, Some((sample::hash("a0000001"), sample::hash("m3rged00"))));
        rig.answer();
        let screen = rig.screen(120, 40);
        assert!(screen.contains("3 cells differ; 1 more in the books"), "{screen}");
        assert!(screen.contains("OLD a0000001") && screen.contains("NEW m3rged00"), "{screen}");
    }
}

#[test]
fn a_mark_is_taken_away_by_the_same_key() {
    let mut rig = rig();
    rig.press(&["d"]);
    assert!(rig.screen(120, 40).contains("m3rged00*"));
    rig.press(&["d"]);
    assert!(!rig.screen(120, 40).contains("m3rged00*"));
    assert!(rig.effects.is_empty());
}

/// A value leads to its commit, and Esc back to the values.
#[test]
fn blame_leads_to_the_commit() {
    let mut rig = Rig::new();
    rig.press(&["w"]).answer();
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::Blame { before: Some(_), .. })), "asked on");
    rig.answer();
    assert!(!rig.effects.iter().any(|effect| matches!(effect, Effect::Blame { .. })), "until all are known");
    rig.press(&["down", "enter"]).answer();
    let Some(Screen::History(history)) = rig.state.screens.last() else { panic!("no history") };
    assert_eq!(history.selected().map(|commit| commit.hash.clone()), Some(sample::hash("lnq14o1p")));
    rig.press(&["esc"]);
    assert!(matches!(rig.state.screens.last(), Some(Screen::Blame(_))));
}

/// The activity of the fleet, with a run that is over and one that is under way.
pub fn activity() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["A"]);
    let ticket = rig.effects.iter().find_map(|effect| match effect {
        Effect::Events { ticket, name: None, .. } => Some(*ticket),
        _ => None,
    });
    let event = |ago: i64, deployment: &str, kind: &str, text: &str| api::Event {
        time_ms: sample::NOW - ago * 1_000,
        deployment: deployment.into(),
        kind: kind.into(),
        text: text.into(),
        author: if kind == "asked" { "op1".into() } else { String::new() },
        sequence: 0,
    };
    let events = vec![
        event(900, "orders", "asked", "Resize orders: local.small → local.large"),
        event(899, "orders", "step", "stop-instance i-orders: its type can change only while it is stopped"),
        event(895, "orders", "step", "stop-instance i-orders: done in 4.0 s"),
        event(894, "orders", "step", "change-type i-orders: local.large is wanted"),
        event(893, "orders", "step", "change-type i-orders: done in 0.4 s"),
        event(30, "billing", "step", "deploy billing: its settings differ"),
        event(25, "billing", "error", "deploy: the agent does not answer; tried again in 8.0 s"),
        event(20, "billing", "health", "healthy → degraded"),
    ];
    rig.send(Message::Answer(ticket.expect("asked"), Answer::Events(events)));
    rig
}

#[test]
fn activity_tells_what_was_done_and_what_comes() {
    let mut rig = activity();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("● done") && screen.contains("✗ failed") && !screen.contains("healthy →"), "{screen}");
    rig.press(&["/"]).type_text("state:done").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("filter 'state:done': 2 of"));
}

/// The command under the cursor goes to the clipboard; the log begins at its newest line.
#[test]
fn a_command_is_copied() {
    let mut rig = Rig::new();
    rig.press(&["w"]).answer().press(&["!", "y"]);
    let copied = rig.effects.iter().find_map(|effect| match effect {
        Effect::Copy(line) => Some(line.as_str()),
        _ => None,
    });
    assert_eq!(copied, Some("doltops blame search"));
}
