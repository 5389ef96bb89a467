//! Several deployments marked, one plan, one change.

use super::{Rig, sample};
use crate::{
    console::{effect::Effect, message::Message},
    hosted_api::decide::MOST_AT_ONCE,
};
use doltops_proto::hosted_api::change::{Batch, Change};

/// The change whose plan was asked for last.
fn planned(rig: &Rig) -> Batch {
    let asked = rig.effects.iter().find_map(|effect| match effect {
        Effect::Plan { change: Change::Batch(batch), .. } => Some(batch.clone()),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("no plan of several was asked for: {:?}", rig.effects))
}

fn each(batch: &Batch) -> Vec<Change> {
    batch.changes.iter().filter_map(|change| change.change.clone()).collect()
}

fn names(batch: &Batch) -> String {
    let names: Vec<String> =
        each(batch).iter().map(|change| crate::console::action::propose::described(change).0.to_owned()).collect();
    names.join(" ")
}

/// Of search, billing, events-eu, sessions, orders and legacy, in this order.
fn marked(keys: &[&str]) -> Rig {
    let mut rig = Rig::new();
    rig.press(keys);
    rig
}

#[test]
fn three_are_stopped_by_one_plan_and_one_change() {
    let mut rig = marked(&["space", "space", "down", "space"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("3 marked") && screen.contains("✓ billing"), "{screen}");
    rig.press(&["s"]);
    assert_eq!(names(&planned(&rig)), "billing orders search");
    rig.answer();
    let screen = rig.screen(120, 40);
    for text in [
        "Stop of 3",
        "3 marked: billing, orders, search",
        "cost of all: about 47.76 → 14.25 USD a month",
        "billing   a month: local.small, stopped 0.00",
        "stop instance i-orders",
        "databases are away until they are started again",
        "Enter stop 3 deployments",
    ] {
        assert!(screen.contains(text), "{text}: {screen}");
    }
    rig.press(&["enter"]);
    let Some(Change::Batch(sent)) = rig.sent().and_then(|sent| sent.change.clone()?.change) else { panic!("not sent") };
    assert_eq!(names(&sent), "billing orders search");
    rig.answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("stop 3 deployments, commit n3wc0mm1") && !screen.contains("marked"), "{screen}");
}

#[test]
fn what_a_change_does_not_fit_is_left_out_by_name() {
    let mut rig = marked(&["ctrl-a", "s"]);
    assert_eq!(names(&planned(&rig)), "billing events-eu orders search sessions");
    assert!(rig.screen(120, 40).contains("left out: legacy is stopped already"));
    // None of them is paused.
    rig.press(&["esc", ":"]).type_text("resume").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("billing is not paused; events-eu is not paused"));
}

#[test]
fn a_deletion_of_several_asks_for_their_number() {
    let mut rig = marked(&["space", "space", "D"]);
    rig.answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("Deleting 2 ends them") && screen.contains("Type 2 to confirm"), "{screen}");
    rig.press(&["enter"]);
    assert!(rig.sent().is_none());
    rig.type_text("3").press(&["enter"]);
    assert!(rig.sent().is_none());
    rig.press(&["backspace"]).type_text("2").press(&["enter"]);
    let Some(Change::Batch(sent)) = rig.sent().and_then(|sent| sent.change.clone()?.change) else { panic!("not sent") };
    assert_eq!((names(&sent).as_str(), sent.confirm.as_str()), ("billing search", "2"));
}

#[test]
fn a_single_mark_is_a_change_of_that_one_wherever_the_cursor_is() {
    let mut rig = marked(&["space", "down", "D"]);
    let Some(Effect::Plan { change: Change::Delete(delete), .. }) = rig.effects.last() else {
        panic!("no plan: {:?}", rig.effects)
    };
    assert_eq!(delete.name, "search");
    rig.answer();
    assert!(rig.screen(120, 40).contains("type search to delete it"));
}

#[test]
fn settings_and_sizes_of_several_change_only_what_is_filled_in() {
    let mut rig = marked(&["space", "space", "S"]);
    assert!(rig.screen(120, 40).contains("fill in a setting"));
    rig.type_text("200");
    for change in each(&planned(&rig)) {
        let Change::Set(set) = change else { panic!("{change:?}") };
        assert_eq!(set.settings.into_iter().collect::<Vec<_>>(), [("max_connections".to_owned(), "200".to_owned())]);
    }
    rig.press(&["esc", "r", "tab"]).type_text("30");
    assert!(rig.screen(120, 40).contains("30 GiB is less than the 40 GiB of billing"));
    rig.press(&["backspace", "backspace"]).type_text("60");
    for change in each(&planned(&rig)) {
        let Change::Resize(resize) = change else { panic!("{change:?}") };
        assert_eq!((resize.instance_type, resize.volume_gib), (None, Some(60)));
    }
    rig.press(&["backspace", "backspace"]);
    // Both are local.small: after `as it is` comes what is something else.
    rig.press(&["up", "right"]);
    for change in each(&planned(&rig)) {
        let Change::Resize(resize) = change else { panic!("{change:?}") };
        assert_eq!((resize.instance_type.as_deref(), resize.volume_gib), (Some("local.medium"), None));
    }
}

#[test]
fn what_acts_on_one_says_so_and_a_name_that_is_typed_is_the_one() {
    let mut rig = marked(&["space", "space", "b"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("roll back acts on one deployment: Esc takes the marks away"), "{screen}");
    rig.press(&[":"]).type_text("stop/start orders").press(&["enter"]);
    let Some(Effect::Plan { change: Change::Stop(stop), .. }) = rig.effects.last() else {
        panic!("no plan: {:?}", rig.effects)
    };
    assert_eq!(stop.name, "orders");
    rig.press(&["esc"]);
    assert!(rig.screen(120, 40).contains("2 marked"), "the marks stay");
}

/// Esc shows all rows before it lets marks go, so that nobody loses what is out of sight.
#[test]
fn escape_takes_the_filter_away_first_and_then_the_marks() {
    let mut rig = marked(&["space", "space", "/"]);
    rig.type_text("orders").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("2 marked, 2 hidden"));
    rig.press(&["esc"]);
    assert!(rig.screen(120, 40).contains("2 marked "));
    rig.press(&["esc"]);
    assert!(!rig.screen(120, 40).contains("marked"));
}

#[test]
fn more_than_the_control_plane_takes_at_once_are_refused_before_anything() {
    let mut rig = Rig::new();
    let mut fleet = sample::watch(sample::NOW);
    let many = MOST_AT_ONCE + 1;
    fleet.deployments = (0..many).map(|number| sample::deployment(&format!("d{number}"), sample::NOW)).collect();
    rig.send(Message::Fleet(fleet.into()));
    rig.press(&["*", "s"]);
    assert!(rig.effects.is_empty());
    let said = format!("{many} are marked, and at most {MOST_AT_ONCE} are changed at once");
    assert!(rig.screen(120, 40).contains(&said));
}

/// A plan that is longer than its room can be read to its end.
#[test]
fn a_long_plan_is_scrolled() {
    let mut rig = marked(&["ctrl-a", "s"]);
    rig.answer();
    let screen = rig.screen(80, 20);
    assert!(screen.contains("lines 1 to ") && !screen.contains("i-sessions"), "{screen}");
    for _ in 0..4 {
        rig.press(&["pagedown"]);
        rig.screen(80, 20);
    }
    let screen = rig.screen(80, 20);
    assert!(screen.contains("i-sessions"), "{screen}");
}
