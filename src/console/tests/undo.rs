//! `u`: the plan of the undo of the last operation, and what stands before it is sent.

use super::*;
use doltops_proto::hosted_api::change::{self, Change};

/// The form with the plan of an undo of this operation.
fn shown(undoes: &str) -> Rig {
    let mut rig = Rig::new();
    rig.press(&["u"]);
    let Some(Effect::Plan { ticket, change: Change::Undo(undo), .. }) = rig.effects.last().cloned() else {
        panic!("no plan was asked for: {:?}", rig.effects)
    };
    assert_eq!(undo.operation_id, "", "the control plane knows which was the last");
    let of = change::Undo { operation_id: undoes.to_owned(), ..Default::default() };
    rig.send(Message::Answer(ticket, Answer::Plan(Ok(sample::plan(&Change::Undo(of))))));
    rig
}

fn sent(rig: &Rig) -> change::Undo {
    match rig.sent().and_then(|sent| sent.change.clone()?.change) {
        Some(Change::Undo(undo)) => undo,
        other => panic!("not sent: {other:?}"),
    }
}

#[test]
fn u_shows_what_would_be_taken_back_and_sends_just_that() {
    let mut rig = shown("");
    let screen = rig.screen(120, 40);
    for told in ["Undo: Resize orders: local.small → local.large", "instance_type", "Enter undo it"] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
    rig.press(&["enter"]);
    assert_eq!(sent(&rig).operation_id, "op-resize", "what was shown, whatever came after it");
}

#[test]
fn an_undo_that_deletes_asks_for_the_name() {
    let mut rig = shown("op-create");
    let screen = rig.screen(120, 40);
    assert!(screen.contains("Type orders to confirm") && screen.contains("DATA IS DESTROYED"), "{screen}");
    rig.press(&["enter"]);
    assert!(rig.sent().is_none());
    assert!(rig.screen(120, 40).contains("type orders first"));
    rig.type_text("orderq").press(&["backspace"]).type_text("s").press(&["enter"]);
    assert_eq!((sent(&rig).operation_id.as_str(), sent(&rig).confirm.as_str()), ("op-create", "orders"));
}

#[test]
fn what_cannot_be_undone_says_why_and_what_could_be() {
    let mut rig = Rig::new();
    rig.press(&["u"]);
    let Some(Effect::Plan { ticket, .. }) = rig.effects.last().cloned() else { panic!("no plan was asked for") };
    let problem = Problem::new(crate::hosted_api::problem::Kind::Refused, "'Restart orders' cannot be undone")
        .next("doltops undo op-7 undoes what came before it: Stop billing");
    rig.send(Message::Answer(ticket, Answer::Plan(Err(problem))));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("'Restart orders' cannot be undone") && screen.contains("doltops undo op-7"), "{screen}");
    // One key leads on to that one; its plan is asked for, and nothing is sent.
    assert!(screen.contains("undo the one before it"), "{screen}");
    rig.press(&["tab"]);
    let Some(Effect::Plan { change: Change::Undo(undo), .. }) = rig.effects.last() else { panic!("{:?}", rig.effects) };
    assert_eq!(undo.operation_id, "op-7");
    assert!(rig.sent().is_none() && !rig.screen(120, 40).contains("undo the one before it"));
}

#[test]
fn a_viewer_undoes_nothing() {
    let mut rig = Rig::role("viewer");
    rig.press(&["u"]);
    assert!(rig.effects.is_empty() && rig.screen(120, 40).contains("your role is viewer"));
}
