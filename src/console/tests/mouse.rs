//! Clicks and the wheel, and choosing a theme.

use super::Rig;
use crate::console::{
    effect::Effect,
    message::{Message, Mouse, Pointed},
    state::{
        Place,
        columns::{Column, Sort},
        look::Wanted,
    },
    theme::Meaning,
};

impl Rig {
    /// Points at the first place on a screen of 120×40 that shows the text.
    fn point(&mut self, what: Pointed, text: &str) {
        let screen = self.screen(120, 40);
        let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect("on the screen");
        let before = &line[..line.find(text).expect("in the line")];
        let column = u16::try_from(crate::console::text::width(before)).expect("small");
        self.send(Message::Mouse(Mouse { what, column, row: u16::try_from(row).expect("small") }));
    }
}

#[test]
fn a_click_selects_a_row_and_a_second_one_opens_it() {
    let mut rig = Rig::new();
    rig.point(Pointed::Press, "orders ");
    assert_eq!(rig.state.target().map(|row| row.name.as_str()), Some("orders"));
    rig.point(Pointed::Double, "orders ");
    assert_eq!(rig.state.place(), Place::Deployment);
}

#[test]
fn a_hint_a_heading_and_the_wheel_do_what_their_keys_do() {
    let mut rig = Rig::new();
    rig.point(Pointed::Press, "NAME");
    assert_eq!(rig.state.fleet.sort(), Sort::by(Column::Name));
    let first = rig.state.fleet.list.cursor();
    rig.point(Pointed::WheelDown, "NAME");
    assert_eq!(rig.state.fleet.list.cursor(), (first + 3).min(5));
    rig.press(&["l"]);
    rig.answer().press(&["esc"]);
    rig.point(Pointed::Press, "l logs");
    assert_eq!(rig.state.place(), Place::Logs);
}

/// What covers something keeps it from being pointed at, and no click is the last key of a change.
#[test]
fn a_click_goes_to_what_lies_on_top_and_confirms_nothing() {
    let mut rig = Rig::new();
    rig.screen(120, 40);
    rig.press(&["?"]);
    rig.screen(120, 40);
    rig.send(Message::Mouse(Mouse { what: Pointed::Press, column: 3, row: 39 }));
    assert!(rig.state.overlay.is_some() && rig.state.screens.is_empty());
    let mut rig = Rig::new();
    rig.press(&["b"]).answer().answer();
    for column in 0..120 {
        for row in 0..40 {
            rig.screen(120, 40);
            let before = rig.state.screens.len();
            rig.send(Message::Mouse(Mouse { what: Pointed::Double, column, row }));
            assert!(!rig.effects.iter().any(Effect::changes), "at {column}, {row}");
            if rig.state.screens.len() != before {
                // The hint for the way back.
                rig.press(&["b"]).answer().answer();
            }
        }
    }
}

/// A second click on a heading turns the order round; what a column is called beside its sign does not matter.
#[test]
fn any_column_sorts_by_its_heading() {
    let mut rig = Rig::new();
    rig.point(Pointed::Press, "DISK");
    assert_eq!(rig.state.fleet.sort(), Sort::by(Column::Disk));
    rig.point(Pointed::Press, "DISK↓");
    assert_eq!(rig.state.fleet.sort(), Sort { column: Column::Disk, descending: false });
    rig.point(Pointed::Press, "DOLT");
    assert_eq!(rig.state.fleet.sort().column, Column::Version);
}

#[test]
fn a_click_puts_the_cursor_on_a_line_of_a_log() {
    let mut rig = Rig::new();
    rig.press(&["l"]).answer();
    rig.point(Pointed::Press, "slow query");
    assert!(rig.screen(120, 40).lines().any(|line| line.starts_with('▌') && line.contains("slow query")));
    rig.point(Pointed::Double, "slow query");
    assert!(rig.state.overlay.is_some(), "the line whole");
}

/// Of two views the one that is clicked takes the keys; nothing else in it is hit by that click.
#[test]
fn a_click_moves_the_keys_to_the_view_beside() {
    let mut rig = Rig::new();
    rig.screen(120, 40);
    rig.press(&["H", "|"]);
    assert_eq!(rig.state.place(), Place::Fleet);
    rig.screen(120, 40);
    rig.send(Message::Mouse(Mouse { what: Pointed::Double, column: 5, row: 8 }));
    assert_eq!(rig.state.place(), Place::History);
    let cursor = rig.state.fleet.list.cursor();
    rig.screen(120, 40);
    rig.send(Message::Mouse(Mouse { what: Pointed::Press, column: 70, row: 8 }));
    assert_eq!((rig.state.place(), rig.state.fleet.list.cursor()), (Place::Fleet, cursor));
}

#[test]
fn a_prefix_can_be_ended_by_a_click() {
    let mut rig = Rig::new();
    rig.press(&["g"]);
    rig.point(Pointed::Press, "orphans");
    assert_eq!((rig.state.place(), rig.state.pending.len()), (Place::Orphans, 0));
}

#[test]
fn a_theme_is_seen_while_it_is_chosen_and_esc_brings_the_old_one_back() {
    let mut rig = Rig::new();
    let before = rig.state.look.theme.clone();
    rig.press(&[":"]).type_text("theme").press(&["enter", "down", "down"]);
    assert_ne!(rig.state.look.theme, before);
    assert!(rig.screen(100, 20).contains("high-contrast"), "{}", rig.screen(100, 20));
    rig.press(&["esc"]);
    assert_eq!((rig.state.look.name(), &rig.state.look.theme), ("dark", &before));
    rig.press(&[":"]).type_text("theme").press(&["enter", "end", "enter"]);
    assert_eq!(rig.state.look.name(), "dracula");
    assert!(rig.screen(100, 20).contains("theme = \"dracula\" in doltops.toml"));
}

#[test]
fn a_theme_that_changes_on_disk_is_drawn_and_a_mistake_in_it_is_said() {
    let mut rig = Rig::new();
    let wanted = |text: &str| Wanted { name: "/t.toml".to_owned(), text: Some(text.to_owned()) };
    rig.send(Message::Look(Ok(wanted("good = { fg = \"#123456\" }"))));
    let good = rig.state.look.theme.style(Meaning::Good).fg;
    assert_eq!(good, Some(ratatui::style::Color::Rgb(0x12, 0x34, 0x56)));
    rig.send(Message::Look(Ok(wanted("good = { fg = \"grean\" }"))));
    assert_eq!(rig.state.look.theme.style(Meaning::Good).fg, good);
    assert!(rig.screen(120, 20).contains("'grean' is no colour"));
}
