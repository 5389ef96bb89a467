//! Whatever is pressed and answered, in whatever order.

use super::{Rig, incidents, key, sample, views};
use crate::{
    console::{
        action::propose,
        command::COMMANDS,
        effect::Effect,
        keymap::{Keymap, Remap, Set},
        message::{Answer, Checking, Exported, Message, Mouse, Part, Pointed},
        state::{
            Place, Screen, State,
            form::Kind as FormKind,
            history::History,
            list::List,
            on_branch::reaches_main,
            overlay::Overlay,
            proposal::{Proposal, Shown},
        },
        update::update,
    },
    hosted_api::problem::{Kind, Problem},
    sql::{self, Begun, Head},
};
use doltops_proto::hosted_api::{
    self as api, ChangeRequest,
    change::{self, Change},
    change_branch_request::Change as Said,
    change_incident_request::Change as Asked,
};
use proptest::prelude::*;
use std::{collections::BTreeSet, time::Duration};

#[derive(Clone, Debug)]
enum Act {
    Key(String),
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

/// Every key that any command has, those of chords one by one, and keys that texts take. What leads on is pressed more
/// often than the rest.
fn keys() -> Vec<String> {
    let often =
        ["enter", "enter", "enter", "enter", "esc", "esc", "tab", "up", "down", "down", "f6", "ctrl-w", "|", "["];
    let texts = ["backspace", "delete", "home", "ctrl-u", "ctrl-a", "ctrl-z", "insert", "f9", "alt-x"];
    let asked = COMMANDS.iter().flat_map(|entry| entry.keys).flat_map(|chord| chord.split(' '));
    often.into_iter().chain(texts).chain(asked).map(str::to_owned).collect()
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => prop::sample::select(keys()).prop_map(Act::Key),
        2 => "[a-z0-9 -]{1,8}|orders|search|all|disk:>80|!o|kind:step|open events|logs orders|switch branch calm|theme|pulse|undo|diff|deployments/orders/sql|sort disk|\\PC{0,4}".prop_map(Act::Type),
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
        Effect::Diff { ticket, .. } => (*ticket, Answer::Diff(Err(problem))),
        Effect::Blame { ticket, .. } => (*ticket, Answer::Blame(Err(problem))),
        Effect::Check { ticket, .. } => (*ticket, Answer::Check(Checking::Done(Err(problem)))),
        Effect::CheckRows { ticket, .. } => (*ticket, Answer::CheckRows(Err(problem))),
        Effect::Orphans { ticket } => (*ticket, Answer::Orphans(Err(problem))),
        Effect::RemoveOrphan { ticket, .. } => (*ticket, Answer::OrphanRemoved(Err(problem))),
        Effect::Metrics { ticket, .. } | Effect::Curves { ticket, .. } => (*ticket, Answer::Metrics(Err(problem))),
        Effect::Incidents { ticket } => (*ticket, Answer::Incidents(Err(problem))),
        Effect::Timeline { ticket, .. } => (*ticket, Answer::Timeline(Box::new(Err(problem)))),
        Effect::ChangeIncident { ticket, .. } => (*ticket, Answer::IncidentChanged(Box::new(Err(problem)))),
        Effect::Branches { ticket, .. } => (*ticket, Answer::Branches(Err(problem))),
        Effect::Branch { ticket, .. } => (*ticket, Answer::Branch(Box::new(Err(problem)))),
        Effect::OpenBranch { ticket, .. } | Effect::ChangeBranch { ticket, .. } => {
            (*ticket, Answer::BranchChanged(Box::new(Err(problem))))
        }
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

/// What comes in parts: the events that are followed, the rows of a statement.
fn streamed(effect: &Effect) -> Option<Vec<Message>> {
    match effect {
        Effect::Events { ticket, .. } => {
            let event = |(sequence, kind, text): (u64, &str, &str)| api::Event {
                time_ms: sample::NOW,
                deployment: "orders".to_owned(),
                kind: kind.to_owned(),
                text: text.to_owned(),
                author: "op1".to_owned(),
                sequence,
            };
            let told = [(1, "asked", "Resize orders"), (2, "step", "stop-instance i-orders: done in 2.0 s")];
            Some(vec![Message::Answer(*ticket, Answer::Events(told.map(event).to_vec()))])
        }
        Effect::SqlRun { ticket, .. } => {
            let head = Head { name: "id".to_owned(), kind: sql::Kind::Number };
            let parts = [
                Part::Begun(0, Begun { heads: vec![head], affected: 0 }),
                Part::Rows((0..3).map(|id| vec![Some(id.to_string())]).collect()),
                Part::Ended(Duration::from_millis(3), false),
                Part::CarriedOut(0),
            ];
            let parts = parts.map(Answer::Sql).into_iter().chain([Answer::SqlDone(None)]);
            Some(parts.map(|part| Message::Answer(*ticket, part)).collect())
        }
        _ => None,
    }
}

/// A change goes out only by Enter, and it is the one whose plan was on the screen.
fn check_change(before: Option<&Proposal>, typed: Option<String>, act: &Act, effects: &[Effect]) {
    for effect in effects {
        let Effect::Change { request, .. } = effect else { continue };
        assert!(is_enter(act), "sent by {act:?}");
        let Some(Proposal::Shown(shown)) = before else { panic!("no plan was shown: {before:?}") };
        assert_eq!(**request, shown.request());
        assert!(!shown.does_nothing());
        if let Change::Delete(delete) = &shown.change {
            assert_eq!(typed.as_deref(), Some(delete.name.as_str()), "the name was not typed");
        }
        if let Change::Batch(batch) = &shown.change {
            check_batch(batch, shown, request);
        }
        let destroys = shown.plan.steps.iter().find(|step| step.destroys_data);
        let (word, sent) = match (&shown.change, request.change.clone().and_then(|change| change.change), destroys) {
            (Change::RollBack(_), Some(Change::RollBack(sent)), Some(_)) => ("all", sent.confirm),
            (Change::Undo(_), Some(Change::Undo(sent)), Some(step)) => (step.deployment.as_str(), sent.confirm),
            (Change::RollBack(_) | Change::Undo(_), _, Some(_)) => panic!("another change was sent: {request:?}"),
            _ => continue,
        };
        assert_eq!((shown.confirm.as_str(), sent.as_str()), (word, word), "the word was not typed");
    }
}

fn is_enter(act: &Act) -> bool {
    matches!(act, Act::Key(name) if name == "enter")
}

/// An orphan is removed only by Enter, and after its id was typed.
fn check_removal(before: Option<(String, String)>, act: &Act, effects: &[Effect]) {
    for effect in effects {
        let Effect::RemoveOrphan { id, confirm, .. } = effect else { continue };
        assert!(is_enter(act), "sent by {act:?}");
        assert_eq!(before.as_ref(), Some(&(id.clone(), confirm.clone())), "another one was on the screen");
        assert_eq!(id, confirm, "its id was not typed");
    }
}

/// The orphan that is about to be removed, and what was typed.
fn removing(state: &State) -> Option<(String, String)> {
    match state.screens.last()? {
        Screen::Orphans(orphans) => {
            orphans.removing.as_ref().map(|removing| (removing.orphan.id.clone(), removing.typed.clone()))
        }
        _ => None,
    }
}

/// Where one is, and what its rows are, each by what it is known by; none where rows have no name of their own.
fn rows(state: &State) -> Option<(Place, usize, Vec<String>)> {
    let all = |count: usize, name: &dyn Fn(usize) -> Option<String>| (0..count).filter_map(name).collect();
    let commit = |history: &History, place| history.at(place).map(|commit| commit.hash.clone());
    let (list, names): (&List, Vec<String>) = match state.screens.last() {
        // Where it was to go, or was before its row went, it goes as soon as that is there.
        None if state.fleet.claim().is_some() => return None,
        None => {
            let fleet = &state.fleet;
            (&fleet.list, all(fleet.list.len(), &|place| fleet.row(place).map(|row| row.name.clone())))
        }
        Some(Screen::Pulse(pulse)) => {
            (&pulse.list, all(pulse.list.len(), &|place| pulse.name(place).map(str::to_owned)))
        }
        Some(Screen::Incidents(incidents)) => {
            (&incidents.list, incidents.rows().iter().map(|incident| incident.id.clone()).collect())
        }
        Some(Screen::Branches(branches)) => {
            let list = &branches.chosen.list;
            (list, all(list.len(), &|place| branches.at(place).map(|branch| branch.name.clone())))
        }
        Some(Screen::Orphans(orphans)) => {
            let list = &orphans.chosen.list;
            (list, all(list.len(), &|place| orphans.orphan(place).map(|orphan| orphan.id.clone())))
        }
        Some(Screen::History(history)) => {
            (&history.chosen.list, all(history.chosen.list.len(), &|place| commit(history, place)))
        }
        // On its last line it goes on with what comes.
        Some(Screen::Commands(commands)) if !commands.chosen.list.at_end() => {
            let list = &commands.chosen.list;
            (list, all(list.len(), &|place| commands.at(place, &state.log).map(|entry| entry.line.clone())))
        }
        _ => return None,
    };
    Some((state.place(), list.cursor(), names))
}

/// What comes by itself moves no cursor off a row that is still there.
fn check_cursor(before: Option<(Place, usize, Vec<String>)>, state: &State, act: &Act) {
    let by_itself =
        matches!(act, Act::Fleet(_) | Act::Incidents(_) | Act::Answer(..) | Act::Lost | Act::Tick(_) | Act::Size(..));
    let (Some((place, cursor, rows)), Some((now, at, then))) = (before, rows(state)) else { return };
    let Some(row) = rows.get(cursor) else { return };
    if by_itself && place == now && then.contains(row) {
        // Two commands may be alike: then either will do.
        assert_eq!(then.get(at), Some(row), "the cursor has left its row: {act:?}");
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
        assert!(is_enter(act), "sent by {act:?}");
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

/// What is said about a change request is said by Enter, or by the key that decides a cell; its end after its name was
/// typed.
fn check_branch(typed: Option<String>, act: &Act, effects: &[Effect]) {
    for effect in effects {
        let Effect::ChangeBranch { request, .. } = effect else { continue };
        match &request.change {
            Some(Said::Discard(_)) => assert_eq!(typed.as_deref(), Some(request.name.as_str()), "not typed"),
            Some(Said::Resolve(_)) => assert!(matches!(act, Act::Key(_) | Act::Type(_) | Act::Mouse(..)), "{act:?}"),
            _ => assert!(is_enter(act), "sent by {act:?}"),
        }
    }
}

/// What stands in the question, where one is open.
fn in_prompt(state: &State) -> Option<String> {
    match &state.overlay {
        Some(Overlay::Prompt(prompt)) => prompt.input.as_ref().map(|input| input.value().trim().to_owned()),
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
    let (orphan, list, depth) = (removing(&rig.state), rows(&rig.state), rig.state.screens.len());
    let typed = typed_name(&rig.state);
    let (incident, prompt) = (about_to(&rig.state), in_prompt(&rig.state));
    perform(rig, waiting, act);
    check_change(before.as_ref(), typed, act, &rig.effects);
    check_incident(incident, act, &rig.effects);
    check_branch(prompt, act, &rig.effects);
    check_removal(orphan, act, &rig.effects);
    // An answer that leads away says where the cursor is to be.
    check_cursor(list.filter(|_| depth == rig.state.screens.len()), &rig.state, act);
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
            if *well && let Some(messages) = streamed(&effect) {
                rig.effects = messages.into_iter().flat_map(|message| update(&mut rig.state, message)).collect();
            } else if *well {
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

const VIEWS: usize = views::PICTURED.len() + views::OTHERS.len();

/// At one of all views, by an admin: nobody may do more.
fn start(view: usize) -> Rig {
    let (_, rig) = views::all().nth(view).expect("one of all");
    let mut rig = rig();
    if let Some(status) = &mut rig.state.status {
        status.role = "admin".to_owned();
    }
    rig
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// From every view that there is, so that no screen is too far away to be reached by chance.
    #[test]
    fn nothing_panics_no_cursor_is_lost_and_no_change_goes_out_unconfirmed(
        from in 0..VIEWS,
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut rig = start(from);
        let mut waiting = std::mem::take(&mut rig.effects);
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
        from in 0..VIEWS,
        before in prop::collection::vec(act(), 0..6),
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut rig = start(from);
        let lines = [("create", "f"), ("confirm", "f6"), ("read-only", "f2")].map(|(command, key)| Remap {
            command: command.to_owned(), keys: vec![key.to_owned()], at: String::new(),
        });
        rig.state.keymap = Keymap::new(Set::Default, &lines).0;
        let mut waiting = std::mem::take(&mut rig.effects);
        for act in before.iter().filter(|act| !is_enter(act)) {
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

    /// On a branch nothing reaches what it has not, whatever is pressed and whatever was prepared before.
    #[test]
    fn on_a_branch_nothing_of_mains_goes_out(
        from in 0..VIEWS,
        before in prop::collection::vec(act(), 0..6),
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut rig = start(from);
        let mut waiting = std::mem::take(&mut rig.effects);
        for act in &before {
            perform(&mut rig, &mut waiting, act);
            waiting.append(&mut rig.effects);
        }
        rig.state.branch = Some("bigger".parse().expect("a name"));
        for act in &acts {
            perform(&mut rig, &mut waiting, act);
            prop_assert!(!rig.effects.iter().any(reaches_main), "{act:?}: {:?}", rig.effects);
            waiting.append(&mut rig.effects);
        }
    }
}
