//! The pictures of `docs/console.md`: the views that it shows, drawn by the console itself over the sample fleet.
//!
//! `tests/pictures` draws them anew. Without that they are compared with what the console draws now, so that a page of
//! old pictures is a failing test.

use super::{Rig, incidents, svg, views};
use crate::console::{
    message::Message,
    theme::{Depth, Theme},
    view,
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use std::{fs, path::PathBuf, time::Duration};

impl Rig {
    /// What is drawn now.
    fn drawn(&mut self, theme: &str) -> Buffer {
        let (width, height) = views::SIZE;
        self.send(Message::Resized(width, height));
        let theme = Theme::named(theme, Depth::True).expect("a theme").expect("a valid one");
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        terminal.draw(|frame| view::draw(frame, &self.state, &theme)).expect("drawn");
        terminal.backend().buffer().clone()
    }
}

/// The triage story: from the bell to the end.
fn triage() -> Vec<svg::Moment> {
    let mut moments = Vec::new();
    let mut rig = Rig::new();
    let mut show = |rig: &mut Rig, seconds: u64, says: &str| {
        let (drawn, says) = (rig.drawn("dark"), says.to_owned());
        moments.push(svg::Moment { drawn, says, holds: Duration::from_secs(seconds) });
    };
    let mut board = incidents::now();
    let billing = board.incidents.remove(0);
    rig.send(Message::Incidents(board.clone()));
    board.incidents.insert(0, billing);
    rig.send(Message::Incidents(board));
    show(&mut rig, 3, "An incident opens; whoever is on call has been paged.");
    rig.press(&["I"]);
    show(&mut rig, 3, "I   what is wrong, the worst first");
    rig.press(&["enter"]).answer();
    show(&mut rig, 5, "Enter   what happened; the last change before it is under the cursor, with its cells");
    rig.press(&["a"]);
    show(&mut rig, 2, "a   acknowledge: nobody else is paged");
    rig.press(&["enter"]).answer().answer();
    show(&mut rig, 2, "Enter");
    rig.press(&["down", "down", "down"]);
    show(&mut rig, 3, "↓   the log around the moment");
    rig.press(&["up", "up", "up", "b"]).answer().answer();
    show(&mut rig, 5, "b   the plan of the roll-back; nothing has happened yet");
    rig.press(&["enter"]).answer().answer();
    show(&mut rig, 3, "Enter   it is asked for, and the story goes on");
    rig.press(&["R"]).type_text("max_connections was too high");
    show(&mut rig, 3, "R   why it is over; one of a rule resolves by itself, too");
    rig.press(&["enter"]).answer().answer();
    show(&mut rig, 3, "Enter   resolved, and so is the page");
    moments
}

fn pictures() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = views::PICTURED
        .iter()
        .map(|(name, rig)| (format!("{name}.svg"), svg::picture(&rig().drawn("dark"), svg::DARK)))
        .collect();
    all.push(("fleet-light.svg".to_owned(), svg::picture(&views::fleet().drawn("light"), svg::LIGHT)));
    all.push(("triage.svg".to_owned(), svg::recording(&triage(), svg::DARK)));
    all
}

#[test]
fn the_pictures_of_the_page_show_what_the_console_draws() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let draw = std::env::var_os("DOLTOPS_PICTURES").is_some();
    if draw {
        fs::create_dir_all(&folder).expect("a folder");
    }
    let mut old = Vec::new();
    for (name, picture) in pictures() {
        let path = folder.join(&name);
        if draw {
            fs::write(&path, &picture).expect("written");
        } else if fs::read_to_string(&path).ok().as_ref() != Some(&picture) {
            old.push(name);
        }
    }
    assert!(old.is_empty(), "out of date: {}; tests/pictures draws them anew", old.join(", "));
}
