//! The pictures of `docs/console.md`: every view, drawn by the console itself over the sample fleet.
//!
//! `tests/pictures` draws them anew. Without that they are compared with what the console draws now, so that a page of
//! old pictures is a failing test.

use super::{Rig, history, incidents, sample, svg};
use crate::{
    console::{
        effect::Effect,
        message::{Answer, Message},
        theme::{Depth, Theme},
        view,
    },
    hosted_api::problem::{Kind, Problem},
    sql::ResultSet,
};
use doltops_proto::hosted_api as api;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use std::{fs, path::PathBuf, time::Duration};

/// Large enough for every column that matters, small enough to be read on a page.
const SIZE: (u16, u16) = (120, 32);

/// What leads to a view.
type Path = fn() -> Rig;

/// Views by the names of their files.
const VIEWS: [(&str, Path); 32] = [
    ("fleet", fleet),
    ("filter", || fleet().with(&["/"], "disk:>50 !legacy")),
    ("columns", || fleet().with(&["C", "down"], "")),
    ("palette", || fleet().with(&[":"], "re")),
    ("help", || fleet().with(&["?"], "")),
    ("two-views", || {
        let mut rig = fleet();
        rig.press(&["down", "|"]).answer().press(&["l"]).answer();
        rig
    }),
    ("deployment", || fleet().with(&["down", "enter"], "")),
    ("pulse", || fleet().with(&["P", "down"], "")),
    ("metrics", metrics),
    ("logs", || {
        let mut rig = fleet();
        rig.press(&["l"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
        rig
    }),
    ("events", events),
    ("history", history::rig),
    ("diff", || {
        let mut rig = history::rig();
        rig.press(&["d", "end", "d"]).answer();
        rig
    }),
    ("blame", || {
        let mut rig = fleet();
        rig.press(&["w"]).answer().answer().press(&["down"]);
        rig
    }),
    ("activity", history::activity),
    ("commands", || {
        let mut rig = fleet();
        rig.press(&["w"]).answer().press(&["esc", "h"]).answer().press(&["esc", "m"]).answer().press(&["esc", "!"]);
        rig
    }),
    ("undo", || {
        let mut rig = fleet();
        rig.press(&["u"]).answer();
        rig
    }),
    ("themes", || fleet().with(&[":"], "theme").with(&["enter", "down", "down"], "")),
    ("roll-back", || {
        let mut rig = fleet();
        rig.press(&["b"]).answer().answer();
        rig
    }),
    ("create", || {
        let mut rig = fleet();
        rig.press(&["c"]).type_text("users").answer().press(&["tab"]);
        rig
    }),
    ("settings", || fleet().with(&["S"], "many")),
    ("delete", || fleet().with(&["D"], "")),
    ("marks", || {
        let mut rig = fleet();
        rig.press(&["down", "space", "down", "space", "space", "s"]).answer();
        rig
    }),
    ("certificates", || {
        let mut rig = Rig::aws();
        rig.resized().answer().press(&["g", "c"]);
        rig
    }),
    ("orphans", || {
        let mut rig = Rig::aws();
        rig.resized().answer().press(&["O"]).answer();
        rig
    }),
    ("incidents", || fleet().with(&["I", "v"], "")),
    ("incident", || story(fleet())),
    ("report", || fleet().with(&["i"], "checkout fails")),
    ("sql", sql),
    ("forwards", || {
        let mut rig = fleet();
        rig.press(&["down", "F", "enter"]).answer().press(&[":"]).type_text("forwards").press(&["enter"]);
        rig
    }),
    ("quit", || fleet().with(&["q"], "")),
    ("stale", || {
        let mut rig = fleet();
        rig.send(Message::FleetLost(Problem::new(Kind::Unreachable, "connection refused")));
        rig.send(Message::Tick(sample::NOW + 40_000));
        rig
    }),
];

impl Rig {
    fn resized(&mut self) -> &mut Self {
        self.send(Message::Resized(SIZE.0, SIZE.1));
        self
    }

    /// After these keys, what they asked for, and this text.
    fn with(mut self, keys: &[&str], text: &str) -> Self {
        self.press(keys).answer().type_text(text);
        self
    }

    /// What is drawn now.
    fn drawn(&mut self, theme: &str) -> Buffer {
        self.resized();
        let theme = Theme::named(theme, Depth::True).expect("a theme").expect("a valid one");
        let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a terminal");
        terminal.draw(|frame| view::draw(frame, &self.state, &theme)).expect("drawn");
        terminal.backend().buffer().clone()
    }
}

/// The sample fleet with its incidents.
fn fleet() -> Rig {
    let mut rig = super::triage::rig();
    rig.resized();
    rig
}

fn story(mut rig: Rig) -> Rig {
    rig.press(&["I", "enter"]).answer();
    rig
}

fn metrics() -> Rig {
    let mut rig = fleet();
    rig.press(&["m"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
    rig.press(&["left"; 6]);
    rig
}

fn events() -> Rig {
    let mut rig = fleet();
    rig.press(&[":"]).type_text("events").press(&["enter"]);
    let Some(Effect::Events { ticket, .. }) = rig.effects.last() else { panic!("not asked: {:?}", rig.effects) };
    let event = |(sequence, ago, kind, text): (u64, i64, &str, &str)| api::Event {
        time_ms: sample::NOW - ago * 1_000,
        deployment: "sessions".to_owned(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        author: if kind == "asked" { "op1" } else { "deployment-manager" }.to_owned(),
        sequence,
    };
    let told = [
        (1, 95, "asked", "resize to local.large"),
        (2, 94, "step", "stop-instance i-sessions, done in 2 s"),
        (3, 91, "step", "change-type i-sessions to local.large, done in 1 s"),
        (4, 90, "step", "start-instance i-sessions"),
    ];
    let answer = Answer::Events(told.map(event).to_vec());
    let message = Message::Answer(*ticket, answer);
    rig.send(message);
    rig
}

fn sql() -> Rig {
    let mut rig = fleet();
    rig.press(&["down", "x"]).answer().type_text("SELECT id, customer, note FROM orders;").press(&["enter"]);
    let rows = ResultSet {
        columns: ["id", "customer", "note"].map(str::to_owned).to_vec(),
        rows: (1..=8).map(|id| vec![Some(id.to_string()), Some(format!("customer {id}")), None]).collect(),
        took: Duration::from_millis(12),
        ..ResultSet::default()
    };
    rig.give(vec![rows], None);
    rig
}

/// The triage story: from the bell to the end.
fn triage() -> Vec<svg::Moment> {
    let mut moments = Vec::new();
    let mut rig = Rig::new();
    rig.resized();
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
    let mut all: Vec<(String, String)> = VIEWS
        .iter()
        .map(|(name, rig)| (format!("{name}.svg"), svg::picture(&rig().drawn("dark"), svg::DARK)))
        .collect();
    all.push(("fleet-light.svg".to_owned(), svg::picture(&fleet().drawn("light"), svg::LIGHT)));
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
