//! What a person does, key by key, and what is asked of the control plane for it.

use super::{Rig, sample};
use crate::{
    console::{
        Exit, Hosting,
        effect::Effect,
        message::{Answer, Message},
        state::{Link, Place, proposal::Proposal},
    },
    hosted_api::problem::{Kind, Problem},
};
use doltops_proto::hosted_api::change::{self, Change};

/// A change carries the commit and the hash of the plan that was shown, and happens with the last key only.
#[test]
fn create_asks_for_its_plan_while_one_types_and_sends_it_when_confirmed() {
    let mut rig = Rig::new();
    rig.press(&["c"]).type_text("users");
    let Some(Effect::Plan { change: Change::Create(create), after, .. }) = rig.effects.last().cloned() else {
        panic!("no plan was asked for: {:?}", rig.effects)
    };
    assert_eq!(
        (create.name.as_str(), create.instance_type.as_str(), create.volume_gib),
        ("users", "local.small", Some(10))
    );
    assert!(!after.is_zero());
    rig.press(&["enter"]);
    assert!(rig.sent().is_none(), "the plan is not there yet");
    rig.send(Message::Key(super::key("backspace")));
    rig.type_text("s").answer().press(&["enter"]);
    let sent = rig.sent().expect("confirmed").clone();
    assert_eq!((sent.base_commit, sent.plan_hash.as_str()), (sample::hash("8u6nmkpu"), "h1"));
    rig.press(&["enter"]);
    assert!(rig.sent().is_none(), "a second Enter sends nothing");
}

#[test]
fn after_a_change_the_screen_before_is_back_and_says_so() {
    let mut rig = Rig::new();
    rig.press(&["c"]).type_text("users").answer().press(&["enter"]).answer();
    assert_eq!(rig.state.place(), Place::Fleet);
    assert!(rig.screen(120, 40).contains("users: create, commit n3wc0mm1"));
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_asks_for_no_plan() {
    for (field, text, error) in [
        (0, "Users", "'U' is not allowed"),
        (0, "orders", "'orders' is taken"),
        (2, "0", "0 GiB is out of bounds"),
        (2, "ten", "'ten' is no whole number"),
        (2, "-1", "'-1' is no whole number"),
        (2, "1000000000000", "out of bounds"),
    ] {
        let mut rig = Rig::new();
        rig.press(&["c"]).type_text("fine");
        for _ in 0..field {
            rig.press(&["tab"]);
        }
        rig.press(&["backspace", "backspace", "backspace", "backspace"]).type_text(text);
        let asked = rig.effects.iter().any(|effect| matches!(effect, Effect::Plan { .. }));
        assert!(!asked, "{text}: {:?}", rig.effects);
        let screen = rig.screen(120, 40);
        assert!(screen.contains(error), "{text}: {screen}");
        rig.press(&["enter"]);
        assert!(rig.sent().is_none(), "{text}");
    }
}

#[test]
fn a_volume_cannot_be_asked_to_shrink() {
    let mut rig = Rig::new();
    rig.press(&["r", "tab", "backspace", "backspace"]).type_text("20");
    assert!(rig.screen(120, 40).contains("a volume only grows, and it has 40 GiB"));
    rig.press(&["enter"]);
    assert!(rig.sent().is_none());
}

/// The plan has changed since it was shown: the new one is on the screen, and it has an id of its own.
#[test]
fn a_plan_that_has_changed_is_shown_and_must_be_confirmed_again() {
    let mut rig = Rig::new();
    rig.press(&["s"]).answer().press(&["enter"]);
    let first = rig.sent().expect("sent").clone();
    let Some(Proposal::Sending { ticket, shown, .. }) = rig.state.proposal().cloned() else { panic!("not sending") };
    let mut problem =
        Problem::new(Kind::Refused, "the plan has changed").next("look at the new plan and confirm again");
    problem.plan = Some(Box::new(doltops_proto::hosted_api::PlanResponse { plan_hash: "h2".into(), ..shown.plan }));
    rig.send(Message::Answer(ticket, Answer::Changed(Err(problem))));
    assert!(rig.screen(120, 40).contains("the plan has changed"));
    rig.press(&["enter"]);
    let second = rig.sent().expect("sent again");
    assert_eq!(second.plan_hash, "h2");
    assert_ne!(second.request_id, first.request_id);
}

/// The answer is lost: the same request goes again with the same id, so that it cannot happen twice.
#[test]
fn a_change_whose_answer_was_lost_is_repeated_with_its_id() {
    let mut rig = Rig::new();
    rig.press(&["s"]).answer().press(&["enter"]);
    let first = rig.sent().expect("sent").clone();
    let Some(Proposal::Sending { ticket, .. }) = rig.state.proposal().cloned() else { panic!("not sending") };
    rig.send(Message::Answer(ticket, Answer::Changed(Err(Problem::new(Kind::Unreachable, "nobody answers")))));
    rig.press(&["enter"]);
    assert_eq!(rig.sent(), Some(&first));
}

#[test]
fn an_early_enter_is_told_to_wait_no_longer_than_it_has_to() {
    let mut rig = Rig::new();
    rig.press(&["s", "enter"]);
    assert!(rig.sent().is_none());
    assert!(rig.screen(120, 40).contains("the plan is still being worked out"));
    let Some(Proposal::Planning { ticket, change, .. }) = rig.state.proposal().cloned() else { panic!("not planning") };
    rig.send(Message::Answer(ticket, Answer::Plan(Ok(super::sample::plan(&change)))));
    assert!(!rig.screen(120, 40).contains("the plan is still being worked out"));
}

#[test]
fn delete_works_only_with_the_name_typed() {
    let mut rig = Rig::new();
    rig.press(&["D"]).answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("holds 24.0 GiB of data") && screen.contains("destroys data"), "{screen}");
    rig.press(&["enter"]);
    assert!(rig.sent().is_none());
    rig.type_text("searc").press(&["enter"]);
    assert!(rig.sent().is_none());
    rig.type_text("h").press(&["enter"]);
    let Some(Change::Delete(delete)) = rig.sent().and_then(|sent| sent.change.clone()?.change) else {
        panic!("not sent")
    };
    assert_eq!((delete.name.as_str(), delete.confirm.as_str()), ("search", "search"));
}

#[test]
fn roll_back_plans_the_commit_under_the_cursor() {
    let mut rig = Rig::new();
    rig.press(&["b"]).answer().answer();
    let Some(Change::RollBack(change)) = rig.state.proposal().and_then(Proposal::change).cloned() else {
        panic!("no change")
    };
    assert_eq!((change.to, change.all), (sample::hash("78k3nplg"), false), "the one before the last change");
    rig.press(&["down"]).answer();
    assert!(rig.screen(120, 40).contains("Enter roll back search to lnq14o1p"));
    rig.press(&["enter"]);
    assert!(rig.sent().is_some());
}

/// The same screen takes back what one commit changed; with one marked in the history, from the older to the newer.
#[test]
fn tab_takes_back_the_commit_under_the_cursor_and_a_marked_range() {
    fn asked(rig: &Rig) -> change::Revert {
        match rig.state.proposal().and_then(Proposal::change).cloned() {
            Some(Change::Revert(change)) => change,
            other => panic!("no revert: {other:?}"),
        }
    }
    let mut rig = Rig::new();
    rig.press(&["b"]).answer().answer().press(&["tab"]).answer();
    let change = asked(&rig);
    assert_eq!(
        (change.commit, change.after, change.name.as_str()),
        (sample::hash("78k3nplg"), String::new(), "search")
    );
    let screen = rig.screen(120, 40);
    assert!(
        screen.contains("Which commit to take back") && screen.contains("Enter take back what 78k3nplg"),
        "{screen}"
    );
    rig.press(&["tab"]).answer();
    assert!(matches!(rig.state.proposal().and_then(Proposal::change), Some(Change::RollBack(_))));

    let mut rig = Rig::new();
    rig.press(&["h"]).answer().press(&["d", "down", "b"]).answer().answer();
    assert!(rig.screen(120, 40).contains("from * to here"), "a mark says that a range is meant");
}

#[test]
fn a_roll_back_that_deletes_works_only_with_the_word_typed() {
    let mut rig = Rig::new();
    rig.press(&["B"]).answer().answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("Type all to confirm") && screen.contains("DATA IS DESTROYED"), "{screen}");
    rig.press(&["enter"]);
    assert!(rig.sent().is_none());
    assert!(rig.screen(120, 40).contains("type all first"));
    rig.type_text("alk").press(&["enter", "backspace"]).type_text("l");
    // Another commit is another plan, for which the word is typed again.
    rig.press(&["down"]).answer().press(&["enter"]);
    assert!(rig.sent().is_none());
    rig.type_text("all").press(&["enter"]);
    let Some(Change::RollBack(sent)) = rig.sent().and_then(|sent| sent.change.clone()?.change) else {
        panic!("not sent")
    };
    assert_eq!((sent.all, sent.confirm.as_str()), (true, "all"));
    assert_eq!(rig.state.proposal().map(|proposal| matches!(proposal, Proposal::Sending { .. })), Some(true));
}

#[test]
fn a_viewer_is_told_why_nothing_can_be_changed() {
    let mut rig = Rig::role("viewer");
    for name in ["c", "r", "b", "s", "D", "S"] {
        rig.press(&[name]);
        assert_eq!(rig.state.place(), Place::Fleet, "{name}");
        assert!(rig.screen(120, 40).contains("your role is viewer"), "{name}");
    }
}

#[test]
fn a_protected_deployment_says_so_before_delete() {
    let mut rig = Rig::new();
    let mut fleet = sample::watch(sample::NOW);
    fleet.deployments.iter_mut().for_each(|row| row.desired.get_or_insert_default().protected = true);
    rig.send(Message::Fleet(fleet.into()));
    rig.press(&["D"]);
    assert!(rig.screen(120, 40).contains("is protected: unprotect it first"));
}

#[test]
fn the_palette_runs_a_command_on_the_deployment_that_is_named() {
    let mut rig = Rig::new();
    rig.press(&[":"]).type_text("logs orders").press(&["enter"]);
    assert_eq!(rig.state.place(), Place::Logs);
    assert!(matches!(rig.effects.last(), Some(Effect::Logs { name, .. }) if name == "orders"), "{:?}", rig.effects);
    rig.press(&["esc", ":"]).type_text("pause billing").press(&["enter"]);
    assert!(
        matches!(rig.state.proposal().and_then(Proposal::change), Some(Change::Pause(pause)) if pause.name == "billing")
    );
}

#[test]
fn leaving_a_screen_ends_what_it_asked_for() {
    let mut rig = Rig::new();
    rig.press(&["l"]);
    let Some(Effect::Logs { ticket, .. }) = rig.effects.last().cloned() else { panic!("no log") };
    rig.press(&["esc"]);
    assert_eq!(rig.effects, vec![Effect::Cancel(ticket)]);
}

#[test]
fn quitting_asks_about_the_instances_only_when_they_are_ours_to_decide() {
    let mut rig = Rig::new();
    rig.press(&["q"]);
    assert!(rig.screen(120, 40).contains("stop them; the next start brings them back"));
    rig.press(&["enter"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: true }), "the default stops them");

    let mut rig = Rig::new();
    rig.press(&["q", "l"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: false }));

    let mut rig = Rig::new();
    rig.send(Message::Hosting(Hosting { hosts: true, heirs: 1, ..Hosting::default() }));
    rig.press(&["q"]);
    assert!(rig.screen(120, 40).contains("takes the control plane over"));
    rig.press(&["enter"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: false }));

    let mut rig = Rig::new();
    rig.send(Message::Hosting(Hosting::default()));
    rig.press(&["q"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: false }), "attached: nothing to ask");

    let mut rig = Rig::new();
    rig.state.status.as_mut().expect("loaded").provider = "aws".to_owned();
    rig.press(&["q"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: false }), "no machine of ours is switched off");
}

#[test]
fn a_log_line_opens_whole() {
    let mut rig = Rig::new();
    rig.press(&["l"]).answer();
    assert!(rig.screen(120, 40).contains("Enter whole line"));
    rig.press(&["enter"]);
    let screen = rig.screen(60, 16);
    assert!(screen.contains("13:59:03, error") && screen.contains("table not found: odrers"), "{screen}");
    rig.press(&["esc"]);
    assert_eq!((rig.state.place(), rig.state.overlay.is_none()), (Place::Logs, true));
}

#[test]
fn a_types_size_stands_beside_its_choice() {
    let mut rig = Rig::new();
    rig.press(&["c", "tab"]);
    assert!(rig.screen(120, 40).contains("512 MiB, 1 CPU, 100 connections"));
    rig.press(&["right"]);
    assert!(rig.screen(80, 24).contains("1 GiB, 2 CPUs, 200 connections"));
    rig.press(&["esc", "r"]);
    assert!(rig.screen(120, 40).contains("512 MiB, 1 CPU, 100 connections; as it is now"));
    rig.press(&["right"]);
    assert!(rig.screen(80, 24).contains("1 GiB, 2 CPUs, 200 connections; now local.small"));
}

/// A form that was opened before the types were known.
#[test]
fn a_form_gets_the_types_when_they_come() {
    let mut rig = Rig::connecting();
    rig.send(Message::Fleet(sample::watch(sample::NOW).into()));
    rig.press(&["c", "tab"]);
    rig.send(Message::Status(Ok(sample::status("operator"))));
    assert!(rig.screen(120, 40).contains("‹ local.small ›  1 of 3"));
}

#[test]
fn what_is_protected_or_paused_has_a_sign_and_a_word_in_the_table() {
    let mut rig = Rig::new();
    let mut fleet = sample::watch(sample::NOW);
    for row in &mut fleet.deployments {
        let desired = row.desired.get_or_insert_default();
        (desired.protected, desired.paused) = match row.name.as_str() {
            "orders" => (true, false),
            "legacy" => (false, true),
            "search" => (true, true),
            _ => (false, false),
        };
    }
    rig.send(Message::Fleet(fleet.into()));
    let screen = rig.screen(200, 60);
    let begins = |line: &&str, name: &str| line.trim_start_matches(['▌', ' ']).starts_with(name);
    let line = |name: &str| screen.lines().find(|line| begins(line, name)).unwrap_or_default();
    assert!(line("orders").contains("◆ protected"), "{screen}");
    assert!(line("legacy").contains("‖ paused"), "{screen}");
    assert!(line("search").contains("‖ paused ◆ launch-"), "{screen}");
}

#[test]
fn an_empty_fleet_offers_what_can_be_done_with_it() {
    let mut rig = Rig::connecting();
    rig.send(Message::Fleet(Default::default()));
    let screen = rig.screen(100, 20);
    let foot = screen.lines().last().unwrap_or_default();
    assert_eq!(foot, " c create  : command  ? help  q quit");
}

/// A habit must not stop databases: Ctrl+C twice is out, with what runs left running.
#[test]
fn a_second_ctrl_c_leaves_the_instances_running() {
    let mut rig = Rig::new();
    rig.press(&["ctrl-c"]);
    assert!(rig.screen(120, 40).contains("Ctrl+C leaves them running"));
    rig.press(&["ctrl-c"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: false }));
}

#[test]
fn a_control_plane_that_goes_leaves_its_rows_marked_stale_and_is_named() {
    let mut rig = Rig::new();
    rig.send(Message::FleetLost(Problem::new(Kind::Unreachable, "connection refused")));
    rig.send(Message::Tick(sample::NOW + 12_000));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("no answer for 12 s: connection refused") && screen.contains("healthy?"), "{screen}");
    rig.send(Message::Fleet(sample::watch(sample::NOW + 13_000).into()));
    assert_eq!(rig.state.link, Link::Live);
}

#[test]
fn a_store_that_is_down_is_named_in_the_title() {
    let mut rig = Rig::new();
    let fleet =
        doltops_proto::hosted_api::WatchResponse { store: "connection refused".into(), ..sample::watch(sample::NOW) };
    rig.send(Message::Fleet(fleet.into()));
    assert!(rig.screen(120, 40).contains("the store is away: connection refused"));
}

/// The daemon that the console is on is not the one that acts: it is seen before a change is refused.
#[test]
fn a_daemon_that_stands_by_is_named_in_the_title() {
    let mut rig = Rig::new();
    let fleet = doltops_proto::hosted_api::WatchResponse { acts: "ops-a-3f2a91".into(), ..sample::watch(sample::NOW) };
    rig.send(Message::Fleet(fleet.into()));
    assert!(rig.screen(120, 40).contains("standing by: ops-a-3f2a91 acts"));
    let why = crate::console::action::allowed(&rig.state, crate::console::command::Command::Create)
        .expect_err("it would be refused");
    assert!(why.contains("ops-a-3f2a91 acts"), "{why}");
    rig.send(Message::Fleet(sample::watch(sample::NOW + 1_000).into()));
    assert!(rig.screen(120, 40).contains("live"));
}

#[test]
fn a_filter_follows_what_is_typed_and_esc_takes_it_back() {
    let mut rig = Rig::new();
    rig.press(&["/"]).type_text("ord");
    assert_eq!(rig.state.fleet.list.len(), 1);
    rig.press(&["enter"]);
    assert_eq!(rig.state.target().map(|row| row.name.as_str()), Some("orders"));
    rig.press(&["esc"]);
    assert_eq!(rig.state.fleet.list.len(), 6);
}

#[test]
fn in_a_terminal_that_is_too_small_only_the_way_out_works() {
    let mut rig = Rig::new();
    assert!(rig.screen(20, 5).contains("too small"));
    rig.press(&["c"]);
    assert_eq!(rig.state.place(), Place::Fleet);
    rig.press(&["q"]);
    insta::assert_snapshot!(rig.screen(20, 5), @r"
    Quit? Enter or s
    stops 5 here, l
    leaves them running,
    Esc stays.
    ");
    rig.press(&["esc", "q", "l"]);
    assert_eq!(rig.state.exit, Some(Exit::Quit { suspend: false }));
}
