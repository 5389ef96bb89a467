//! The console for a screen reader.

use super::{Rig, incidents, sample};
use crate::console::message::Message;
use crate::hosted_api::problem::{Kind, Problem};

fn reader() -> Rig {
    let mut rig = Rig::new();
    rig.state.screen_reader = true;
    rig
}

fn picture(name: &str, rig: &mut Rig) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("linear_{name}"), rig.screen(100, 30));
    });
}

#[test]
fn the_main_screens_in_words() {
    let mut rig = reader();
    rig.press(&["down", "down", "down"]);
    picture("fleet", &mut rig);
    rig.press(&["enter"]).answer();
    picture("deployment", &mut rig);
    rig.press(&["m"]).answer();
    picture("metrics", &mut rig);
    rig.press(&["esc", "l"]).answer();
    picture("logs", &mut rig);
    rig.press(&["esc", "h"]).answer();
    picture("history", &mut rig);
}

#[test]
fn what_is_wrong_in_words() {
    let mut rig = reader();
    rig.send(Message::Incidents(incidents::now()));
    rig.press(&["I"]);
    picture("incidents", &mut rig);
    rig.press(&["enter"]).answer();
    picture("incident", &mut rig);
    rig.press(&["esc", "esc", "P"]);
    picture("pulse", &mut rig);
}

#[test]
fn a_change_in_words() {
    let mut rig = reader();
    rig.press(&["c"]).type_text("users").answer();
    picture("create", &mut rig);
    let mut rig = reader();
    rig.press(&["b"]).answer().answer();
    picture("roll_back", &mut rig);
}

#[test]
fn what_lies_over_all_in_words() {
    let mut rig = reader();
    rig.press(&[":"]).type_text("log");
    picture("palette", &mut rig);
    rig.press(&["esc", "q"]);
    picture("quit", &mut rig);
    rig.press(&["esc", "g"]);
    picture("which_key", &mut rig);
}

#[test]
fn what_changes_by_itself_is_announced_at_the_end() {
    let mut rig = reader();
    let mut fleet = sample::watch(sample::NOW);
    let orders = fleet.deployments.iter_mut().find(|row| row.name == "orders").expect("in the sample");
    orders.health = "degraded".to_owned();
    rig.send(Message::Fleet(fleet.into()));
    let screen = rig.screen(80, 24);
    assert_eq!(screen.lines().rfind(|line| !line.is_empty()), Some("Changed: orders: healthy → degraded"), "{screen}");
    rig.send(Message::FleetLost(Problem::new(Kind::Unreachable, "connection refused")));
    assert!(rig.screen(80, 24).contains("Changed: no answer: connection refused"));
}

/// Nothing that is only drawn is left, on any screen.
#[test]
fn nothing_is_drawn() {
    let screens: [&[&str]; 17] = [
        &["enter"],
        &["m"],
        &["l"],
        &["h"],
        &["e"],
        &["O"],
        &["b"],
        &["S"],
        &["D"],
        &["?"],
        &["down", "x"],
        &["I"],
        &["I", "enter"],
        &["i"],
        &["P"],
        &["C"],
        &["|"],
    ];
    for keys in screens {
        let mut rig = reader();
        rig.send(Message::Incidents(incidents::now()));
        rig.screen(120, 40);
        rig.press(keys).answer().answer();
        let screen = rig.screen(120, 40);
        let drawn = |c: char| matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}');
        assert!(!screen.contains(drawn), "{keys:?}\n{screen}");
    }
}
