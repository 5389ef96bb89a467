//! Whatever is pressed and answered, in whatever order.

use super::{Rig, incidents, key, sample};
use crate::{
    console::{
        action::propose,
        effect::Effect,
        keymap::{Keymap, Remap, Set},
        message::{Answer, Exported, Message, Mouse, Pointed},
        state::{
            Screen, State,
            form::Kind as FormKind,
            proposal::{Proposal, Shown},
        },
        update::update,
    },
    hosted_api::problem::{Kind, Problem},
};
use doltops_proto::hosted_api::{
    ChangeRequest,
    change::{self, Change},
    change_incident_request::Change as Asked,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Act {
    Key(&'static str),
    Type(String),
    Paste(String),
    /// Answers one of the requests that wait, well or not.
    Answer(usize, bool),
    Fleet(usize),
    Incidents(usize),
    Lost,
    Tick(i64),
    Mouse(u8, u16, u16),
    Size(u16, u16),
}

const KEYS: [&str; 96] = [
    "enter",
    "enter",
    "enter",
    "esc",
    "esc",
    "tab",
    "up",
    "down",
    "left",
    "right",
    "pagedown",
    "end",
    "backspace",
    "f1",
    "f2",
    "f4",
    "f5",
    "f6",
    "F",
    "E",
    "X",
    "ctrl-r",
    "ctrl-space",
    "v",
    "Y",
    "R",
    "f8",
    "ctrl-z",
    "ctrl-p",
    "ctrl-n",
    "ctrl-l",
    "ctrl-r",
    "alt-enter",
    "c",
    "r",
    "b",
    "B",
    "x",
    "s",
    "S",
    "D",
    "l",
    "m",
    "h",
    "H",
    "e",
    "O",
    "/",
    ":",
    "?",
    "y",
    "o",
    "t",
    "n",
    "w",
    "f",
    "g",
    "L",
    "&",
    "+",
    "-",
    "T",
    "a",
    "ctrl-s",
    "N",
    "W",
    "1",
    "P",
    "3",
    "I",
    "i",
    "R",
    "u",
    "v",
    "J",
    "|",
    "f6",
    "f6",
    "ctrl-w",
    "L",
    "[",
    "[",
    "]",
    "]",
    "C",
    "space",
    "A",
    "!",
    "d",
    "d",
    "j",
    "space",
    "space",
    "space",
    "*",
    "ctrl-a",
];

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => prop::sample::select(KEYS.to_vec()).prop_map(Act::Key),
        2 => "[a-z0-9 -]{1,8}|orders|search|all|1|2|3|4|5|6|disk:>80|!o|kind:step|open events|logs orders|deployments/orders/sql|sort disk|\\PC{0,4}".prop_map(Act::Type),
        1 => ".{0,20}".prop_map(Act::Paste),
        8 => (any::<usize>(), prop::bool::weighted(0.8)).prop_map(|(which, well)| Act::Answer(which, well)),
        1 => (0_usize..8).prop_map(Act::Fleet),
        2 => (0_usize..4).prop_map(Act::Incidents),
        1 => Just(Act::Lost),
        1 => (0_i64..100_000).prop_map(Act::Tick),
        3 => (0_u8..4, 0_u16..140, 0_u16..50).prop_map(|(what, column, row)| Act::Mouse(what, column, row)),
        2 => (0_u16..140, 0_u16..50).prop_map(|(columns, rows)| Act::Size(columns, rows)),
    ]
}

/// A failing answer, or none where the request has none.
fn failed(effect: &Effect) -> Option<Message> {
    let problem = Problem::invalid("name", "it did not go").next("try again");
    let (ticket, answer) = match effect {
        Effect::Plan { ticket, .. } => (*ticket, Answer::Plan(Err(problem))),
        Effect::History { ticket, .. } => (*ticket, Answer::History(Err(problem))),
        Effect::Orphans { ticket } => (*ticket, Answer::Orphans(Err(problem))),
        Effect::RemoveOrphan { ticket, .. } => (*ticket, Answer::OrphanRemoved(Err(problem))),
        Effect::Metrics { ticket, .. } | Effect::Curves { ticket, .. } => (*ticket, Answer::Metrics(Err(problem))),
        Effect::Incidents { ticket } => (*ticket, Answer::Incidents(Err(problem))),
        Effect::Timeline { ticket, .. } => (*ticket, Answer::Timeline(Box::new(Err(problem)))),
        Effect::ChangeIncident { ticket, .. } => (*ticket, Answer::IncidentChanged(Box::new(Err(problem)))),
        Effect::Write { ticket, .. } => (*ticket, Answer::Written(Err(problem))),
        Effect::Logs { ticket, .. } => (*ticket, Answer::LogEnded(problem)),
        Effect::SaveLog { ticket, path, .. } => (*ticket, Answer::Saved(path.clone(), Err(problem))),
        Effect::Events { ticket, .. } => (*ticket, Answer::EventsEnded(problem)),
        Effect::SqlOpen { ticket, .. } => (*ticket, Answer::SqlOpened(Err(problem))),
        Effect::SqlExport { ticket, .. } => (*ticket, Answer::SqlExport(Exported::Exists(problem))),
        Effect::Forward { ticket, .. } => (*ticket, Answer::Forwarding(Err(problem))),
        Effect::SqlRun { ticket, .. } => (*ticket, Answer::SqlDone(Some((0, problem)))),
        Effect::Change { ticket, request } => {
            let plan =
                request.change.clone().and_then(|change| change.change).map(|change| Box::new(sample::plan(&change)));
            (*ticket, Answer::Changed(Err(Problem { plan, ..problem })))
        }
        _ => return None,
    };
    Some(Message::Answer(ticket, answer))
}

/// A change goes out only by Enter, and it is the one whose plan was on the screen.
fn check_change(before: Option<&Proposal>, typed: Option<String>, act: &Act, effects: &[Effect]) {
    for effect in effects {
        let Effect::Change { request, .. } = effect else { continue };
        assert!(matches!(act, Act::Key("enter")), "sent by {act:?}");
        let Some(Proposal::Shown(shown)) = before else { panic!("no plan was shown: {before:?}") };
        assert_eq!(**request, shown.request());
        assert!(!shown.does_nothing());
        if let Change::Delete(delete) = &shown.change {
            assert_eq!(typed.as_deref(), Some(delete.name.as_str()), "the name was not typed");
        }
        if let Change::Batch(batch) = &shown.change {
            check_batch(batch, shown, request);
        }
        let destroys = shown.plan.steps.iter().any(|step| step.destroys_data);
        if let (Change::RollBack(_), true) = (&shown.change, destroys) {
            let Some(Change::RollBack(sent)) = request.change.clone().and_then(|change| change.change) else {
                panic!("another change was sent: {request:?}")
            };
            assert_eq!((shown.confirm.as_str(), sent.confirm.as_str()), ("all", "all"), "the word was not typed");
        }
    }
}

/// Each deployment once, nothing that is asked for alone, and where any goes, how many go was typed.
fn check_batch(batch: &change::Batch, shown: &Shown, request: &ChangeRequest) {
    let changes: Vec<&Change> = batch.changes.iter().filter_map(|change| change.change.as_ref()).collect();
    let names: BTreeSet<&str> = changes.iter().map(|change| propose::described(change).0).collect();
    assert_eq!(names.len(), changes.len());
    assert!(!changes.iter().any(|it| matches!(it, Change::RollBack(_) | Change::Undo(_) | Change::Batch(_))));
    let Some(Change::Batch(sent)) = request.change.clone().and_then(|change| change.change) else {
        panic!("another change was sent: {request:?}")
    };
    let go = changes.iter().filter(|change| matches!(change, Change::Delete(_))).count();
    let word = if go > 0 { go.to_string() } else { String::new() };
    assert_eq!((shown.confirm.as_str(), sent.confirm.as_str()), (word.as_str(), word.as_str()), "the number");
}

/// An incident is changed only by Enter, and by what stood on the screen; it needs no plan, as it touches no database.
fn check_incident(before: Option<Asked>, act: &Act, effects: &[Effect]) {
    for effect in effects {
        let Effect::ChangeIncident { request, .. } = effect else { continue };
        assert!(matches!(act, Act::Key("enter")), "sent by {act:?}");
        assert_eq!(request.change, before, "another change was on the screen");
    }
}

/// The change of an incident that is on the screen, if one is.
fn about_to(state: &State) -> Option<Asked> {
    match state.screens.last()? {
        Screen::Incident(story) => story.acting.as_ref()?.change(),
        Screen::Report(report) => Some(Asked::Open(report.open())),
        _ => None,
    }
}

fn typed_name(state: &State) -> Option<String> {
    match state.screens.last() {
        Some(Screen::Form(form)) if form.kind == FormKind::Delete && form.several.is_none() => {
            Some(form.get("confirm").to_owned())
        }
        _ => None,
    }
}

fn step(rig: &mut Rig, waiting: &mut Vec<Effect>, act: &Act) {
    let before = rig.state.proposal().cloned();
    let typed = typed_name(&rig.state);
    let incident = about_to(&rig.state);
    perform(rig, waiting, act);
    check_change(before.as_ref(), typed, act, &rig.effects);
    check_incident(incident, act, &rig.effects);
    waiting.append(&mut rig.effects);
}

/// What it asks for is in the rig's effects afterwards.
fn perform(rig: &mut Rig, waiting: &mut Vec<Effect>, act: &Act) {
    rig.effects.clear();
    match act {
        Act::Key(name) => rig.send(Message::Key(key(name))),
        Act::Type(text) => {
            let messages = text.chars().map(|c| {
                let code = crossterm::event::KeyCode::Char(c);
                Message::Key(crossterm::event::KeyEvent::new(code, crossterm::event::KeyModifiers::NONE))
            });
            rig.effects = messages.flat_map(|message| update(&mut rig.state, message)).collect();
        }
        Act::Paste(text) => rig.send(Message::Paste(text.clone())),
        Act::Answer(which, well) if !waiting.is_empty() => {
            let effect = waiting.remove(which % waiting.len());
            if *well {
                rig.effects = vec![effect];
                rig.answer();
            } else if let Some(message) = failed(&effect) {
                rig.send(message);
            }
        }
        Act::Answer(..) => {}
        Act::Fleet(rows) => {
            let mut fleet = sample::watch(sample::NOW);
            let by = rows % fleet.deployments.len();
            fleet.deployments.rotate_left(by);
            fleet.deployments.truncate(*rows);
            rig.send(Message::Fleet(fleet.into()));
        }
        Act::Incidents(count) => {
            let mut board = incidents::all(sample::NOW);
            board.incidents.truncate(*count);
            rig.send(Message::Incidents(board));
        }
        Act::Lost => rig.send(Message::FleetLost(Problem::new(Kind::Unreachable, "gone"))),
        Act::Tick(by) => rig.send(Message::Tick(rig.state.now + by)),
        Act::Mouse(what, column, row) => {
            let what = [Pointed::Press, Pointed::Double, Pointed::WheelUp, Pointed::WheelDown][usize::from(*what)];
            rig.send(Message::Mouse(Mouse { what, column: *column, row: *row }));
        }
        Act::Size(columns, rows) => rig.send(Message::Resized(*columns, *rows)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_no_change_goes_out_unconfirmed(acts in prop::collection::vec(act(), 1..60)) {
        let mut rig = Rig::new();
        let mut waiting = Vec::new();
        for act in &acts {
            step(&mut rig, &mut waiting, act);
            prop_assert!(rig.state.fleet.list.cursor() < rig.state.fleet.list.len().max(1));
            prop_assert_eq!(rig.state.fleet.marked().count(), rig.state.fleet.marks().len());
            for _ in 0..2 {
                // In both panes, where there are two.
                prop_assert!(rig.state.list().is_none_or(|list| list.cursor() < list.len().max(1)));
                rig.state.swap_panes();
            }
            if rig.state.exit.is_some() {
                break;
            }
            let (columns, rows) = rig.state.size;
            if columns > 0 && rows > 0 {
                rig.screen(columns, rows);
            }
        }
    }

    /// Read-only mode holds whatever is pressed, also with keys of one's own, and whatever was prepared before it.
    #[test]
    fn in_read_only_mode_nothing_that_changes_goes_out(
        before in prop::collection::vec(act(), 0..12),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let mut rig = Rig::role("admin");
        let lines = [("create", "f"), ("confirm", "f6"), ("read-only", "f2")].map(|(command, key)| Remap {
            command: command.to_owned(), keys: vec![key.to_owned()], at: String::new(),
        });
        rig.state.keymap = Keymap::new(Set::Default, &lines).0;
        let mut waiting = Vec::new();
        for act in before.iter().filter(|act| !matches!(act, Act::Key("enter"))) {
            perform(&mut rig, &mut waiting, act);
            waiting.append(&mut rig.effects);
        }
        rig.state.read_only = true;
        for act in &acts {
            perform(&mut rig, &mut waiting, act);
            prop_assert!(!rig.effects.iter().any(Effect::changes), "{act:?}: {:?}", rig.effects);
            waiting.append(&mut rig.effects);
        }
    }
}
