//! The keys at the foot: each does something where it is shown.

use super::{Rig, branches, views};
use crate::console::{
    command::{Command, entry},
    message::Message,
    state::{Place, hits::Target},
};

/// Wide enough for all hints of any screen.
const WIDE: (u16, u16) = (320, 60);

/// What the views leave out: what is over, and what has nothing in it.
const MORE: [views::View; 6] = [
    ("branch-merged", branches::merged),
    ("branch-discarded", branches::discarded),
    ("branch-no-conflict", branches::calm),
    ("fleet-on-branch", branches::on_branch),
    ("branch-on-branch", || {
        let mut rig = branches::on_branch();
        rig.press(&["M"]).answer().press(&["enter"]).answer();
        rig
    }),
    ("fleet-viewer", || Rig::role("viewer")),
];

/// Whether anything moves depends on how long the texts are on this screen, or is what the key finds out.
const FINDS_OUT: [Command; 3] = [Command::Wrap, Command::DiffDown, Command::NextMatch];

/// The commands whose keys stand at the foot.
fn hinted(rig: &mut Rig) -> Vec<Command> {
    rig.screen(WIDE.0, WIDE.1);
    let mut found: Vec<Command> = Vec::new();
    for column in 0..WIDE.0 {
        if let Some((Target::Hint(command), _)) = rig.state.hits.at(column, WIDE.1 - 1)
            && !found.contains(&command)
        {
            found.push(command);
        }
    }
    found
}

/// Presses its key: what it does, or why that is nothing.
fn pressed(rig: &mut Rig, command: Command) -> Result<(), String> {
    let before = rig.screen(WIDE.0, WIDE.1);
    let keys = entry(command).keys;
    // In a text a character is a character.
    let typed = rig.state.place() == Place::Connect;
    let keys = keys.iter().find(|keys| !typed || keys.len() > 1).copied().unwrap_or_default();
    let mut asked = false;
    for name in keys.split(' ') {
        rig.send(Message::Key(super::key(name)));
        asked |= !rig.effects.is_empty();
    }
    match &rig.state.notice {
        Some(notice) if notice.bad => return Err(notice.text.clone()),
        _ => {}
    }
    let leads_away = rig.state.leap.is_some() || rig.state.exit.is_some();
    let seen = rig.screen(WIDE.0, WIDE.1) != before;
    if asked || leads_away || seen { Ok(()) } else { Err("nothing".to_owned()) }
}

#[test]
fn each_key_that_is_shown_does_something() {
    let mut wrong = Vec::new();
    for (name, rig) in views::all().chain(MORE) {
        for command in hinted(&mut rig()).into_iter().filter(|command| !FINDS_OUT.contains(command)) {
            if let Err(why) = pressed(&mut rig(), command) {
                wrong.push(format!("{name}, {command:?}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn on_a_small_screen_an_open_request_without_conflict_offers_what_can_be_done() {
    let screen = branches::calm().screen(80, 24);
    let foot = screen.lines().last().unwrap_or_default().to_owned();
    for hint in ["m merge", "a approve", "n comment"] {
        assert!(foot.contains(hint), "{foot}");
    }
    for hint in ["o ours", "t theirs", "S by SQL"] {
        assert!(!foot.contains(hint), "{foot}");
    }
    let foot = branches::one().screen(80, 24);
    assert!(foot.lines().last().is_some_and(|foot| foot.contains("o ours") && foot.contains("t theirs")), "{foot}");
}
