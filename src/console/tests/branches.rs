//! Change requests: the list, one of them, what a person says about it, and its merge.

use super::{Rig, sample, triage};
use crate::{
    console::{
        effect::Effect,
        message::{Answer, Message},
        state::{Layer, Place, Screen, proposal::Proposal, then::Leap},
    },
    hosted_api::problem::{Kind, Problem},
};
use doltops_proto::hosted_api::{
    self as api, ChangeBranchRequest,
    change::Change,
    change_branch_request::{Change as Asked, resolve::Choice},
};

const HOUR: i64 = 3_600_000;

fn text(text: &str) -> String {
    text.to_owned()
}

/// In short: the one with a conflict, one that waits for approval, and one that is over.
pub fn list(closed: bool, now: i64) -> api::ListBranchesResponse {
    let calm = api::BranchSummary {
        name: text("calm"),
        title: text("Fewer connections on search"),
        author: text("op2"),
        opened_ms: now - 26 * HOUR,
        state: text("open"),
        base: sample::hash("78k3nplg"),
        head: sample::hash("c4lm"),
        ahead: 1,
        behind: 4,
        deployments: 1,
        approvals_needed: 1,
        ..api::BranchSummary::default()
    };
    let over = api::BranchSummary {
        name: text("spring"),
        title: text("Older types go"),
        state: text("merged"),
        opened_ms: now - 200 * HOUR,
        closed_ms: now - 90 * HOUR,
        closed_by: text("op1"),
        approvals: 1,
        ..calm.clone()
    };
    let mut branches = vec![summary(1, now), calm];
    branches.extend(Some(over).filter(|_| closed));
    api::ListBranchesResponse { branches, main_commit: sample::hash("8u6nmkpu") }
}

fn summary(conflicts: u32, now: i64) -> api::BranchSummary {
    api::BranchSummary {
        name: text("bigger"),
        title: text("More room for the autumn"),
        author: text("op1"),
        opened_ms: now - 2 * HOUR,
        state: text("open"),
        base: sample::hash("78k3nplg"),
        head: sample::hash("b1gger"),
        ahead: 3,
        behind: 2,
        deployments: 3,
        conflicts,
        approvals: 1,
        approvals_needed: 1,
        comments: 2,
        ..api::BranchSummary::default()
    }
}

fn changed(name: &str, from: &str, to: &str) -> api::CellChange {
    api::CellChange {
        table: text("deployments"),
        key: format!("d-{name}"),
        column: text("instance_type"),
        from: Some(text(from)),
        to: Some(text(to)),
        deployment: text(name),
    }
}

/// Three are to be larger; main has given one of them another type.
pub fn branch(decided: Option<&str>, now: i64) -> api::Branch {
    let names = ["billing", "orders", "sessions"];
    let conflict = api::BranchConflict {
        cell: text("billing.instance_type"),
        deployment: text("billing"),
        column: text("instance_type"),
        base: Some(text("local.small")),
        ours: Some(text("local.large")),
        theirs: Some(text("local.medium")),
        decided: decided.is_some(),
        value: decided.map(text),
        decided_by: decided.map(|_| text("op1")).unwrap_or_default(),
        decided_ms: decided.map_or(0, |_| now),
    };
    let steps = names.map(|name| {
        let instance = format!("i-{name}");
        [
            sample::step(name, "stop-instance", &instance, "its type can change only while it is stopped"),
            sample::step(name, "change-type", &format!("{instance} to local.medium"), "the type differs"),
            sample::step(name, "start-instance", &instance, "it should run"),
        ]
    });
    let plan = api::PlanResponse {
        steps: steps.into_iter().flatten().collect(),
        away_seconds: 40,
        away_least_seconds: 40,
        away_count: 3,
        notes: vec![text("orders keeps max_connections 400, which main has set since")],
        changes: names.map(|name| changed(name, "local.small", "local.medium")).to_vec(),
        base_commit: sample::hash("8u6nmkpu"),
        plan_hash: text("h1"),
        summary: text("Merge bigger: More room for the autumn"),
        ..api::PlanResponse::default()
    };
    let commit = |start: &str, name: &str, ago: i64| api::Commit {
        hash: sample::hash(start),
        author: text("op1"),
        time_ms: now - ago,
        message: format!("Resize {name}: local.small → local.medium"),
        ..api::Commit::default()
    };
    let comment = |author: &str, said: &str, ago: i64| api::BranchComment {
        author: text(author),
        time_ms: now - ago,
        text: text(said),
    };
    let open = decided.is_none();
    api::Branch {
        summary: Some(summary(open.into(), now)),
        changes: names.map(|name| changed(name, "local.small", "local.medium")).to_vec(),
        plan: Some(plan).filter(|_| !open),
        hindrance: if open { text("billing.instance_type was changed on main and on bigger") } else { String::new() },
        next: if open { text("doltops conflicts bigger") } else { String::new() },
        conflicts: vec![conflict],
        approvals: vec![api::BranchApproval {
            author: text("op2"),
            given_ms: now - HOUR,
            head: sample::hash("b1gger"),
            counts: true,
            withdrawn: false,
        }],
        comments: vec![
            comment("op2", "Is orders in use on Sunday night?", HOUR),
            comment("op1", "No: its jobs end at six.", HOUR / 2),
        ],
        commits: vec![
            commit("b1gger", "sessions", HOUR),
            commit("b1g2", "orders", 90 * 60_000),
            commit("b1g1", "billing", 100 * 60_000),
        ],
        main_commit: sample::hash("8u6nmkpu"),
        existed: false,
        // Main has made one of them larger by itself: no conflict, and no longer what it was.
        main_changes: vec![changed("sessions", "local.small", "local.medium")],
        merge_commit: String::new(),
    }
}

/// As it is after this was said.
pub fn after(request: &ChangeBranchRequest, now: i64) -> api::Branch {
    let decided = match request.change.as_ref() {
        Some(Asked::Resolve(resolve)) => match resolve.choice.as_ref() {
            Some(Choice::Ours(_)) => Some("local.large"),
            Some(Choice::Value(value)) => Some(value.as_str()),
            _ => Some("local.medium"),
        },
        _ => None,
    };
    let mut told = branch(decided, now);
    if let Some(Asked::Comment(said)) = request.change.as_ref() {
        told.comments.push(api::BranchComment { author: text("op1"), time_ms: now, text: said.clone() });
    }
    if let (Some(Asked::Discard(_)), Some(summary)) = (request.change.as_ref(), &mut told.summary) {
        (summary.state, summary.closed_by, summary.closed_ms) = (text("discarded"), text("op1"), now);
    }
    told
}

/// The list over the sample fleet.
pub fn listed() -> Rig {
    let mut rig = triage::rig();
    rig.press(&["M"]).answer();
    rig
}

/// The one with a conflict.
pub fn one() -> Rig {
    let mut rig = listed();
    rig.press(&["enter"]).answer();
    rig
}

fn told(name: &str, change: impl Fn(&mut api::Branch)) -> Rig {
    let mut rig = listed();
    rig.press(&["v"]).answer().press(if name == "spring" { &["end"] } else { &["down"] }).press(&["enter"]);
    let Some(Screen::Branch(shown)) = rig.state.screens.last() else { panic!("not there") };
    let ticket = shown.ticket;
    let mut branch = branch(Some("local.medium"), sample::NOW);
    let known = list(true, sample::NOW).branches.into_iter().find(|summary| summary.name == name);
    branch.summary = known;
    change(&mut branch);
    rig.send(Message::Answer(ticket, Answer::Branch(Box::new(Ok(branch)))));
    rig
}

/// One that is open and has no conflict.
pub fn calm() -> Rig {
    told("calm", |branch| branch.conflicts.clear())
}

/// One that was merged.
pub fn merged() -> Rig {
    told("spring", |branch| {
        branch.plan = None;
        branch.merge_commit = sample::hash("m3rged00");
    })
}

/// One that was discarded.
pub fn discarded() -> Rig {
    told("spring", |branch| {
        branch.plan = None;
        if let Some(summary) = &mut branch.summary {
            summary.state = text("discarded");
        }
    })
}

/// The sample fleet on a branch.
pub fn on_branch() -> Rig {
    let mut rig = Rig::connecting();
    rig.state.branch = Some("bigger".parse().expect("a name"));
    let mut watch = sample::watch(sample::NOW);
    watch.commit = sample::hash("b1gger");
    rig.send(Message::Fleet(watch.into()));
    rig.send(Message::Status(Ok(sample::status("operator"))));
    rig
}

/// What the control plane says of a change on a branch.
pub fn prepared(rig: &mut Rig) {
    let Some(Effect::Plan { ticket, .. }) = rig.effects.last() else { panic!("not asked: {:?}", rig.effects) };
    let plan = api::PlanResponse {
        changes: vec![changed("orders", "local.large", "local.medium")],
        notes: vec![text("on the branch bigger: nothing that runs is touched (doltops branch plan bigger)")],
        base_commit: sample::hash("b1gger"),
        plan_hash: text("h1"),
        ..api::PlanResponse::default()
    };
    let message = Message::Answer(*ticket, Answer::Plan(Ok(plan)));
    rig.send(message);
}

impl Rig {
    /// What was said about a change request by the last message, if something was.
    fn said(&self) -> Option<&Asked> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::ChangeBranch { request, .. } => request.change.as_ref(),
            _ => None,
        })
    }
}

#[test]
fn the_conflict_is_under_the_cursor_and_a_key_decides_it() {
    let mut rig = one();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("▲ it cannot be merged now: billing.instance_type was changed on main"), "{screen}");
    let row = screen.lines().find(|line| line.contains("billing")).unwrap_or_default();
    for value in ["local.small", "local.large", "local.medium", "open"] {
        assert!(screen.lines().any(|line| line.contains("▲ instance_type") && line.contains(value)), "{row}\n{screen}");
    }
    rig.press(&["m"]);
    assert!(rig.effects.is_empty() && rig.screen(120, 40).contains("it cannot be merged now: billing"));
    rig.press(&["o"]);
    let Some(Asked::Resolve(resolve)) = rig.said() else { panic!("{:?}", rig.effects) };
    assert_eq!((resolve.cell.as_str(), resolve.choice.as_ref()), ("billing.instance_type", Some(&Choice::Ours(true))));
    rig.answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("billing.instance_type: local.large; no conflict is left"), "{screen}");
    assert!(screen.contains("● instance_type") && screen.contains("Merged now: 9 steps"), "{screen}");
    rig.press(&["down", "t"]);
    assert!(rig.said().is_none(), "{:?}", rig.effects);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("main has not changed orders.instance_type: there is nothing to decide"), "{screen}");
}

#[test]
fn a_value_of_ones_own_is_typed_and_what_is_refused_is_asked_once_more() {
    let mut rig = one();
    rig.press(&["v"]).type_text("huge").press(&["enter"]);
    let Some(Asked::Resolve(resolve)) = rig.said() else { panic!("{:?}", rig.effects) };
    assert_eq!(resolve.choice, Some(Choice::Value(text("huge"))), "in place of what stood there");
    let Some(Effect::ChangeBranch { ticket, request }) = rig.effects.first().cloned() else { panic!("not sent") };
    let problem = Problem::new(Kind::Invalid, "there is no instance type 'huge'");
    rig.send(Message::Answer(ticket, Answer::BranchChanged(Box::new(Err(problem)))));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("there is no instance type 'huge'") && screen.contains("base local.small"), "{screen}");
    rig.press(&["enter"]);
    let Some(Effect::ChangeBranch { request: again, .. }) = rig.effects.first() else { panic!("not sent") };
    assert_eq!(again, &request, "the same again has the same id");
}

#[test]
fn conflicts_are_decided_by_sql_one_after_the_other() {
    let mut rig = one();
    rig.press(&["S"]);
    assert!(rig.screen(120, 40).contains("UPDATE conflicts SET value = theirs WHERE cell = 'billing.instance_type'"));
    assert!(!rig.screen(120, 40).contains('‹') && rig.screen(60, 16).contains('‹'), "{}", rig.screen(60, 16));
    rig.press(&["end"]).type_text(" OR 1").press(&["enter"]);
    assert!(rig.said().is_none() && rig.screen(120, 40).contains("nothing is expected at or"));
    rig.press(&["ctrl-u"]).type_text("update conflicts set value = ours").press(&["enter"]);
    let Some(Asked::Resolve(resolve)) = rig.said() else { panic!("{:?}", rig.effects) };
    assert_eq!((resolve.cell.as_str(), resolve.choice.as_ref()), ("billing.instance_type", Some(&Choice::Ours(true))));
    rig.answer();
    assert!(rig.screen(120, 40).contains("no conflict is left") && rig.said().is_none());
}

#[test]
fn it_is_discarded_after_its_name_was_typed() {
    let mut rig = one();
    rig.press(&["D"]).type_text("bigge").press(&["enter"]);
    assert!(rig.said().is_none() && rig.screen(120, 40).contains("type bigger first"));
    rig.type_text("r").press(&["enter"]);
    assert_eq!(rig.said(), Some(&Asked::Discard(true)));
    rig.answer();
    assert!(rig.screen(120, 40).contains("■ discarded"));
    rig.press(&["a"]);
    assert!(rig.screen(120, 40).contains("bigger was discarded by op1"));
}

#[test]
fn an_approval_is_of_what_was_looked_at_and_ones_own_is_taken_back() {
    let mut rig = one();
    rig.press(&["a", "enter"]);
    let Some(Asked::Approve(approve)) = rig.said() else { panic!("{:?}", rig.effects) };
    assert_eq!((approve.head.clone(), approve.withdraw), (sample::hash("b1gger"), false));
    if let Some(status) = &mut rig.state.status {
        status.user = "op2".to_owned();
    }
    rig.press(&["a"]);
    assert!(rig.screen(120, 40).contains("Withdraw your approval of bigger"));
    rig.press(&["enter"]);
    assert!(matches!(rig.said(), Some(Asked::Approve(approve)) if approve.withdraw), "{:?}", rig.effects);
}

#[test]
fn the_plan_is_shown_again_before_it_is_merged() {
    let mut rig = one();
    rig.press(&["t"]).answer().press(&["m"]);
    assert!(matches!(rig.effects.as_slice(), [Effect::Plan { change: Change::Merge(_), .. }]), "{:?}", rig.effects);
    rig.answer();
    assert!(matches!(rig.state.proposal(), Some(Proposal::Shown(_))) && rig.sent().is_none());
    let screen = rig.screen(120, 40);
    assert!(screen.contains("bigger › Merge") && screen.contains("Enter merge bigger"), "{screen}");
    rig.press(&["enter"]);
    let Some(Change::Merge(merge)) = rig.sent().and_then(|sent| sent.change.clone()?.change) else {
        panic!("not sent")
    };
    assert_eq!(merge.branch, "bigger");
    rig.answer();
    assert_eq!(rig.state.place(), Place::Branch);
}

/// A cell that both have edited alike is no conflict, and main's value is not the one of where the branch was made.
#[test]
fn the_column_of_main_has_mains_value() {
    let screen = one().screen(140, 40);
    let row = screen.lines().find(|line| line.contains("sessions ")).unwrap_or_default().to_owned();
    let values: Vec<&str> = row.split_whitespace().filter(|word| word.starts_with("local.")).collect();
    assert_eq!(values, ["local.small", "local.medium", "local.medium"], "{screen}");
}

#[test]
fn what_is_over_tells_how_it_ended_and_is_not_switched_to() {
    let mut rig = merged();
    let screen = rig.screen(120, 40);
    for said in [
        "How it ended",
        "merged 2026-",
        "by op1: commit m3rged00 of main",
        "approved as it was by op2",
        "billing.instance_type is local.medium (as the branch said; main said local.large): op1, 2026-",
    ] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
    assert!(!screen.contains("Merged now") && !screen.contains("V switch branch"), "{screen}");
    rig.press(&["V"]);
    assert_eq!(rig.state.leap, None);
    assert!(rig.screen(160, 40).contains("spring was merged by op1: what stood on it is on main"));
    let mut rig = discarded();
    assert!(rig.screen(120, 40).contains("by op1: nothing of it came to main"));
    rig.press(&["V"]);
    assert_eq!(rig.state.leap, None);
    let mut rig = triage::rig();
    rig.press(&[":"]).type_text("switch branch spring").press(&["enter"]).answer();
    assert_eq!(rig.state.leap, None, "by its name neither");
    assert!(rig.screen(160, 40).contains("spring was merged by op1"));
}

#[test]
fn a_merge_that_deletes_names_what_goes_where_the_count_is_typed() {
    let mut rig = one();
    rig.press(&["t"]).answer().press(&["m"]);
    let Some(Effect::Plan { ticket, .. }) = rig.effects.last() else { panic!("not asked: {:?}", rig.effects) };
    let gone = |name: &str| api::CellChange { column: text("name"), to: None, ..changed(name, name, "") };
    let also = |name: &str| api::CellChange { to: None, ..changed(name, "local.small", "") };
    let plan = api::PlanResponse {
        changes: vec![gone("billing"), also("billing"), gone("orders"), also("orders"), changed("users", "a", "b")],
        steps: vec![api::PlannedStep { destroys_data: true, ..sample::step("orders", "destroy", "vol-1", "it goes") }],
        ..api::PlanResponse::default()
    };
    let message = Message::Answer(*ticket, Answer::Plan(Ok(plan)));
    rig.send(message);
    let screen = rig.screen(80, 24);
    assert!(screen.contains("▲ Deleted: billing, ") && screen.contains("; orders, "), "{screen}");
    assert!(screen.contains("Type 2 to confirm"), "{screen}");
    assert!(screen.contains("billing          deleted, was local.small"), "one line each: {screen}");
}

/// On a branch nothing is done on an instance: what changes is told all the same.
#[test]
fn the_plan_of_a_change_on_a_branch_has_the_old_and_the_new_values() {
    let mut rig = on_branch();
    rig.press(&["down", "r", "right"]);
    prepared(&mut rig);
    let screen = rig.screen(80, 24);
    assert!(screen.contains("instance_type        local.large → local.medium"), "{screen}");
}

#[test]
fn several_statements_that_are_refused_in_the_midst_name_the_cell_and_are_there_again() {
    let mut rig = one();
    let Some(Screen::Branch(shown)) = rig.state.screens.last_mut() else { panic!("not there") };
    let mut told = branch(None, sample::NOW);
    let other = api::BranchConflict {
        cell: text("orders.instance_type"),
        deployment: text("orders"),
        ..told.conflicts[0].clone()
    };
    told.conflicts.push(other);
    shown.set(Ok(told));
    let typed = "update conflicts set value = 'huge'";
    rig.press(&["S", "ctrl-u"]).type_text(typed).press(&["enter"]);
    let Some(Effect::ChangeBranch { ticket, .. }) = rig.effects.first() else { panic!("{:?}", rig.effects) };
    let problem = Problem::new(Kind::Invalid, "there is no instance type 'huge'");
    let message = Message::Answer(*ticket, Answer::BranchChanged(Box::new(Err(problem))));
    rig.send(message);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("billing.instance_type: there is no instance type 'huge'"), "{screen}");
    assert!(screen.contains("1 cell after it") && screen.contains(typed), "{screen}");
}

#[test]
fn one_is_opened_by_its_name_and_what_it_is_for() {
    let mut rig = listed();
    rig.press(&["n"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("Its name, a space, then its title:") && screen.contains("Enter open it"), "{screen}");
    assert_eq!(screen.matches("Enter ").count(), 1, "one line of keys: {screen}");
    rig.type_text("Bigger x");
    let screen = rig.screen(120, 40);
    assert!(screen.contains("name   ✗ 'B' is not allowed") && screen.contains("title  x"), "{screen}");
    rig.press(&["enter"]);
    assert_eq!((rig.effects.len(), rig.state.layer()), (0, Layer::Prompt), "no name");
    rig.press(&["ctrl-u"]).type_text("calm x").press(&["enter"]);
    assert!(rig.effects.is_empty() && rig.screen(120, 40).contains("calm is taken: a name is used once"));
    rig.press(&["ctrl-u"]).type_text("autumn More room").press(&["enter"]);
    let Some(Effect::OpenBranch { request, .. }) = rig.effects.first() else { panic!("{:?}", rig.effects) };
    assert_eq!((request.name.as_str(), request.title.as_str()), ("autumn", "More room"));
    rig.answer();
    assert!(matches!(rig.state.screens.last(), Some(Screen::Branch(branch)) if branch.name == "autumn"));
}

#[test]
fn the_list_is_read_anew_when_main_moves_and_while_one_looks() {
    let mut rig = listed();
    let reads = |rig: &Rig| rig.effects.iter().any(|effect| matches!(effect, Effect::Branches { .. }));
    rig.send(Message::Tick(sample::NOW + 1_000));
    assert!(!reads(&rig));
    let mut watch = sample::watch(sample::NOW);
    watch.commit = sample::hash("m0ved");
    rig.send(Message::Fleet(watch.clone().into()));
    assert!(reads(&rig));
    rig.answer();
    rig.send(Message::Fleet(watch.into()));
    assert!(!reads(&rig));
    rig.send(Message::Tick(sample::NOW + 7_000));
    assert!(reads(&rig));
}

#[test]
fn a_stream_that_breaks_leaves_what_was_known() {
    let mut rig = one();
    let Some(Screen::Branch(shown)) = rig.state.screens.last() else { panic!("not there") };
    let ticket = shown.ticket;
    let problem = Problem::new(Kind::Unreachable, "connection refused");
    rig.send(Message::Answer(ticket, Answer::Branch(Box::new(Err(problem)))));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("connection refused") && screen.contains("local.medium"), "{screen}");
    rig.press(&["esc"]);
    assert!(rig.effects.contains(&Effect::Cancel(ticket)), "{:?}", rig.effects);
}

#[test]
fn a_key_shows_the_console_on_it_and_the_palette_on_one_by_its_name() {
    let leap = |rig: &Rig| match &rig.state.leap {
        Some(Leap::Branch(name)) => name.to_string(),
        other => format!("{other:?}"),
    };
    let mut rig = one();
    rig.press(&["V"]);
    assert_eq!(leap(&rig), "bigger");
    let mut rig = triage::rig();
    rig.press(&["V"]);
    assert_eq!(rig.state.place(), Place::Branches, "to choose from");
    let mut rig = triage::rig();
    rig.press(&[":"]).type_text("switch branch calm").press(&["enter"]).answer();
    assert_eq!(leap(&rig), "calm");
    let mut rig = triage::rig();
    rig.press(&[":"]).type_text("switch branch nobody").press(&["enter"]).answer();
    assert_eq!(leap(&rig), "None");
    assert!(rig.screen(120, 40).contains("there is no change request nobody; there are bigger, calm"));
    rig.press(&["g", "n"]);
    assert!(rig.screen(120, 40).contains("this is now"));
}

#[test]
fn what_is_changed_on_a_branch_says_so_and_what_is_of_main_is_refused() {
    let mut rig = on_branch();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("⎇ BRANCH bigger") && screen.contains("prepared; Esc: main"), "{screen}");
    for (key, said) in [
        ("l", "logs is about what runs, which is main; this is the branch bigger: Esc goes back"),
        ("x", "connect is about what runs"),
        ("P", "pulse is about what runs"),
        ("u", "undo is of main; this is the branch bigger: change it back, or discard the change request"),
        ("b", "roll back is of main; this is the branch bigger: doltops rollback NAME --to COMMIT --branch B"),
        ("@", "at is about what runs"),
    ] {
        rig.press(&[key]);
        assert!(rig.effects.is_empty() && rig.state.screens.is_empty(), "{key}");
        let screen = rig.screen(160, 40);
        assert!(screen.contains(said), "{key}: {screen}");
    }
    rig.press(&["down", "r", "right"]);
    prepared(&mut rig);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("no step on any instance") && screen.contains(" on bigger"), "{screen}");
    rig.press(&["enter"]).answer();
    assert!(rig.screen(120, 40).contains("of bigger; nothing that runs is touched"));
    let lines: Vec<&str> = rig.state.log.entries().iter().map(|entry| entry.line.as_str()).collect();
    assert!(lines.iter().any(|line| line.contains("resize") && line.ends_with("--branch bigger")), "{lines:?}");
    rig.press(&["esc", "esc"]);
    assert_eq!(rig.state.leap, Some(Leap::Now));
}

#[test]
fn a_merge_of_the_branch_that_is_shown_leads_back_to_main() {
    let mut rig = on_branch();
    rig.press(&["M"]).answer().press(&["enter"]).answer().press(&["t"]).answer().press(&["m"]).answer();
    assert!(rig.screen(120, 40).contains("Enter merge bigger  "), "not on it: to main");
    rig.press(&["enter"]).answer();
    assert_eq!(rig.state.leap, Some(Leap::Now));
    let lines: Vec<&str> = rig.state.log.entries().iter().map(|entry| entry.line.as_str()).collect();
    assert!(lines.contains(&"doltops branch merge bigger"), "{lines:?}");
}

/// The branch deletes what main has protected since, and it was decided that it stays.
#[test]
fn what_was_to_be_deleted_and_stays_says_so() {
    let shown = |decided: bool| {
        told("calm", |branch| {
            let mut gone = changed("sessions", "sessions", "");
            (gone.column, gone.to) = (text("name"), None);
            branch.changes = vec![gone];
            branch.conflicts = vec![api::BranchConflict {
                cell: text("sessions"),
                deployment: text("sessions"),
                column: text("deployment"),
                base: Some(text("there")),
                ours: Some(text("protected 1")),
                theirs: None,
                decided,
                value: Some(text("protected 1")).filter(|_| decided),
                ..api::BranchConflict::default()
            }];
        })
        .screen(120, 40)
    };
    let open = shown(false);
    assert!(open.contains("▲ deployment"), "{open}");
    let decided = shown(true);
    assert!(decided.contains("stays: protected 1") && !decided.contains("sessions → deleted"), "{decided}");
}
