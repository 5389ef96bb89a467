//! Keys of one's own, chords, and read-only mode.

use super::Rig;
use crate::console::{
    command::{COMMANDS, Command},
    effect::Effect,
    keymap::{Keymap, Remap, Set},
    state::Place,
};

/// The sample fleet with these keys.
fn keyed(set: Set, lines: &[(&str, &[&str])]) -> Rig {
    let mut rig = Rig::new();
    let remap = |(command, keys): &(&str, &[&str])| Remap {
        command: (*command).to_owned(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        at: "doltops.toml, line 1".to_owned(),
    };
    rig.state.keymap = Keymap::new(set, &lines.iter().map(remap).collect::<Vec<_>>()).0;
    rig
}

#[test]
fn a_prefix_shows_what_may_follow_and_the_next_key_asks_for_it() {
    let mut rig = Rig::new();
    rig.press(&["g"]);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("which_key", rig.screen(100, 20));
    });
    rig.press(&["e"]);
    assert_eq!((rig.state.place(), rig.state.pending.len()), (Place::Events, 0));
}

#[test]
fn a_prefix_is_taken_back_by_esc_and_an_unknown_end_says_so() {
    let mut rig = Rig::new();
    rig.press(&["/"]).type_text("ord").press(&["enter", "g", "esc"]);
    assert_eq!(rig.state.fleet.filter(), "ord", "Esc took back the prefix alone");
    rig.press(&["g", "x"]);
    assert_eq!(rig.state.place(), Place::Fleet);
    assert!(rig.screen(100, 20).contains("g x asks for nothing here"));
}

#[test]
fn a_chord_of_ones_own_works_and_is_what_footer_help_and_palette_show() {
    let mut rig = keyed(Set::Default, &[("metrics", &["ctrl-t"]), ("logs", &["g l"])]);
    let screen = rig.screen(200, 20);
    let foot = screen.lines().last().unwrap_or_default();
    assert!(foot.contains("Ctrl+T metrics") && foot.contains("g l logs"), "{foot}");
    assert!(rig.press(&["?"]).screen(120, 60).contains("Ctrl+T "));
    assert!(rig.press(&["esc", ":"]).type_text("metr").screen(120, 40).contains("Ctrl+T"));
    rig.press(&["esc", "m"]);
    assert_eq!(rig.state.place(), Place::Fleet, "the key of the registry is gone");
    rig.press(&["g", "l"]);
    assert_eq!(rig.state.place(), Place::Logs);
    rig.press(&["esc", "ctrl-t"]);
    assert_eq!(rig.state.place(), Place::Metrics);
}

/// What says "press c" must follow the keys as well.
#[test]
fn what_is_said_names_the_keys_in_force() {
    let mut rig = keyed(Set::Plain, &[]);
    rig.state.fleet.set_rows(Vec::new(), super::sample::NOW);
    assert!(rig.screen(100, 20).contains("Press Alt+c to create one"), "{}", rig.screen(100, 20));
    rig.press(&["m"]);
    assert!(rig.effects.is_empty(), "a letter does nothing by itself");
    assert!(rig.screen(100, 20).contains("nothing is on m here; F1 shows the keys"), "{}", rig.screen(100, 20));
    rig.press(&["n"]);
    assert!(rig.state.notice.is_none(), "told once, not for each of a row of them");
    rig.press(&["alt-m"]);
    assert!(rig.screen(100, 20).contains("there is no deployment yet: Alt+c creates one"));
    assert!(rig.screen(20, 5).contains("Ctrl+Q"));
}

#[test]
fn in_the_editor_characters_are_text_whatever_they_ask_for_elsewhere() {
    let mut rig = keyed(Set::Vi, &[("run", &["f6"])]);
    rig.press(&["down", "x"]).answer().type_text("gg yy SELECT 1");
    assert!(rig.screen(120, 40).contains("gg yy SELECT 1"));
    rig.press(&["f6"]);
    assert!(matches!(rig.effects.first(), Some(Effect::SqlRun { .. })), "{:?}", rig.effects);
}

#[test]
fn read_only_mode_offers_nothing_that_changes_and_says_why() {
    let mut rig = Rig::role("admin");
    rig.state.read_only = true;
    let screen = rig.screen(200, 60);
    let foot = screen.lines().last().unwrap_or_default().to_owned();
    assert!(screen.lines().next().unwrap_or_default().contains("read-only"), "{screen}");
    assert!(foot.contains("logs") && !foot.contains("create") && !foot.contains("delete"), "{foot}");
    rig.press(&["D"]);
    assert_eq!(rig.state.place(), Place::Fleet);
    assert!(rig.screen(100, 20).contains("read-only mode changes nothing: start without --read-only"));
    let palette = rig.press(&[":"]).type_text("delete").screen(100, 20);
    assert!(!palette.contains("end the deployment"), "{palette}");
    rig.press(&["esc", "down", "x"]);
    let opened = rig.effects.first().cloned();
    rig.press(&["esc"]).state.fleet.set_rows(Vec::new(), super::sample::NOW);
    assert!(rig.screen(100, 20).contains("This console is read-only"));
    assert!(matches!(opened, Some(Effect::SqlOpen { read_only: true, .. })));
    assert!(!crate::console::action::offered(&rig.state, crate::console::command::entry(Command::ReadOnly)));
}

/// What read-only mode leaves of an incident: to look at it, and to write its story down.
#[test]
fn in_read_only_mode_an_incident_is_exported_and_not_changed() {
    let mut rig = super::triage::story();
    rig.state.read_only = true;
    let foot = rig.screen(200, 60).lines().last().unwrap_or_default().to_owned();
    assert!(foot.contains("export") && !foot.contains("acknowledge") && !foot.contains("note"), "{foot}");
    for key in ["a", "n", "H", "R", "b"] {
        rig.press(&[key, "enter", "esc"]);
        assert!(!rig.effects.iter().any(Effect::changes), "{key}: {:?}", rig.effects);
        rig = super::triage::story();
        rig.state.read_only = true;
    }
    rig.press(&["e", "enter"]);
    assert!(matches!(rig.effects.last(), Some(Effect::Write { .. })), "{:?}", rig.effects);
}

/// A client of one's own, and a port, are for looking too: the login can only read.
#[test]
fn in_read_only_mode_ones_own_client_only_reads() {
    let mut rig = Rig::new();
    rig.state.read_only = true;
    rig.press(&["down", "X"]);
    assert!(matches!(rig.effects.last(), Some(Effect::Client { read_only: true, .. })), "{:?}", rig.effects);
}

/// Every command that a set takes a key from has another, and none that a terminal cannot send.
#[test]
fn every_set_has_a_key_for_every_command_that_has_one() {
    for set in Set::ALL {
        let keymap = Keymap::new(set, &[]).0;
        for entry in COMMANDS.iter().filter(|entry| !entry.keys.is_empty()) {
            let keys = keymap.keys(entry.command);
            assert!(!keys.is_empty(), "{}: {}", set.as_str(), entry.id());
            assert!(keys.iter().all(|chord| !matches!(chord.keys()[0].as_str(), "alt-[" | "alt-O")), "{}", entry.id());
        }
    }
}
