//! At three in the morning: what is wrong, what happened, what was changed before it, and what is done about it.

use super::{Rig, incidents, sample};
use crate::{
    console::{
        effect::Effect,
        message::{Answer, Message},
        state::{Place, Screen, proposal::Proposal},
    },
    hosted_api::problem::{Kind, Problem},
};
use doltops_proto::hosted_api::{ChangeIncidentRequest, change::Change, change_incident_request::Change as Asked};

/// The sample fleet with its incidents.
pub fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.send(Message::Incidents(incidents::now()));
    rig
}

/// The story of the worst of them.
pub fn story() -> Rig {
    let mut rig = rig();
    rig.press(&["I", "enter"]).answer();
    rig
}

impl Rig {
    /// The change of an incident that the last message sent, if it did.
    fn asked(&self) -> Option<&ChangeIncidentRequest> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::ChangeIncident { request, .. } => Some(request.as_ref()),
            _ => None,
        })
    }
}

#[test]
fn every_screen_counts_the_open_incidents_and_rows_show_theirs() {
    let mut rig = rig();
    assert!(rig.screen(120, 40).contains("!!! 2 incidents"));
    let screen = rig.screen(200, 60);
    let row = screen.lines().find(|line| line.contains(" billing ")).unwrap_or_default();
    assert!(row.contains("!!!"), "{screen}");
    rig.press(&["H"]);
    assert!(rig.screen(120, 40).contains("!!! 2 incidents"));
}

#[test]
fn a_new_incident_is_announced_once_with_a_bell_and_none_of_the_first() {
    let mut rig = Rig::new();
    let mut board = incidents::now();
    let new = board.incidents.remove(0);
    rig.send(Message::Incidents(board.clone()));
    assert_eq!((rig.effects.len(), rig.state.notice.is_none()), (0, true));
    board.incidents.push(new);
    rig.send(Message::Incidents(board.clone()));
    assert_eq!(rig.effects, [Effect::Bell]);
    assert!(rig.screen(120, 40).contains("new incident, critical: billing is away"));
    rig.send(Message::Incidents(board));
    assert!(rig.effects.is_empty());
}

/// Between two looks a database may end, start and serve: its health never changed, and it is told all the same.
#[test]
fn a_database_that_ended_unasked_is_told_once_and_its_row_says_so() {
    let mut rig = Rig::new();
    let told = |crashed_ms: i64, crashes: u32| {
        let mut fleet = sample::watch(sample::NOW);
        let row = fleet.deployments.iter_mut().find(|row| row.name == "orders").expect("it is there");
        (row.crashed_ms, row.crashes) = (crashed_ms, crashes);
        Message::Fleet(fleet.into())
    };
    let row = |rig: &mut Rig| {
        let screen = rig.screen(120, 40);
        screen.lines().find(|line| line.contains(" orders ")).unwrap_or_default().to_owned()
    };
    assert!(!row(&mut rig).contains("↻"));
    let crashed = sample::NOW - 125_000;
    rig.send(told(crashed, 1));
    assert!(row(&mut rig).contains("↻ 2 min ago"), "{}", row(&mut rig));
    let said = "orders: the database ended unasked and is started again";
    assert!(rig.screen(160, 40).contains(said), "{}", rig.screen(160, 40));
    rig.press(&["esc"]).send(told(crashed, 1));
    assert!(!rig.screen(160, 40).contains(said), "once");
    rig.send(told(sample::NOW, 3));
    assert!(row(&mut rig).contains("↻ just now 3×"), "{}", row(&mut rig));
    rig.send(told(sample::NOW - 15 * 60_000, 3));
    assert!(!row(&mut rig).contains("↻"), "it is no news any more");
}

/// From the list to the story: the last change before it is under the cursor, with its cells.
#[test]
fn the_story_begins_at_the_suspect() {
    let mut rig = story();
    assert_eq!(rig.state.place(), Place::Incident);
    let screen = rig.screen(120, 40);
    for part in ["◀ last change", "max_connections", "400 → 4000", "memory 71% → 98% in 5 min"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert!(screen.contains("b undo 8u6nmkpu (plan)"), "{screen}");
}

/// One key leads to the plan that takes the suspect back; the last key is still the person's.
#[test]
fn the_roll_back_of_the_suspect_is_one_key_away_and_shows_its_plan() {
    let mut rig = story();
    rig.press(&["b"]).answer().answer();
    let proposed = |rig: &Rig| rig.state.proposal().and_then(Proposal::change).cloned();
    let Some(Change::Revert(change)) = proposed(&rig) else { panic!("no change: {:?}", rig.state.place()) };
    assert_eq!((change.name.as_str(), change.commit.as_str()), ("billing", sample::hash("8u6nmkpu").as_str()));
    assert_eq!(change.after, "", "it alone");
    // The other way, and back again: what the suspect did goes either way.
    rig.press(&["tab"]).answer();
    let Some(Change::RollBack(whole)) = proposed(&rig) else { panic!("no change: {:?}", rig.state.place()) };
    assert_eq!((whole.name.as_str(), whole.to), ("billing", sample::hash("78k3nplg")), "the commit before it");
    rig.press(&["tab"]).answer();
    assert_eq!(proposed(&rig), Some(Change::Revert(change)));
    assert!(rig.sent().is_none());
    rig.press(&["enter"]);
    assert!(rig.sent().is_some());
    rig.answer();
    assert_eq!(rig.state.place(), Place::Incident, "back at the incident");
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::Timeline { .. })), "and it is read anew");
}

/// What is over needs nobody: no key is hinted that would do nothing, and each says why.
#[test]
fn what_is_over_offers_no_remedy() {
    let mut rig = story();
    let over = doltops_proto::hosted_api::Incident { state: "resolved".into(), ..story_of(&rig).incident.clone() };
    if let Some(Screen::Incident(story)) = rig.state.screens.last_mut() {
        story.incident = over;
    }
    let screen = rig.screen(160, 40);
    let foot = screen.lines().last().unwrap_or_default();
    assert!(!foot.contains("undo") && !foot.contains("acknowledge") && !foot.contains("resolve"), "{foot}");
    rig.press(&["b"]);
    assert_eq!(rig.state.place(), Place::Incident);
    assert!(rig.screen(120, 40).contains("it is over: h shows the history"));
}

fn story_of(rig: &Rig) -> &crate::console::state::incident::Story {
    match rig.state.screens.last() {
        Some(Screen::Incident(story)) => story,
        _ => panic!("no incident"),
    }
}

#[test]
fn acknowledging_takes_two_keys_and_tells_who_has_it() {
    let mut rig = story();
    rig.press(&["a"]);
    assert!(rig.asked().is_none());
    assert!(rig.screen(120, 40).contains("Acknowledge inc-4f2k9qwe as op1: nobody else is paged"));
    rig.press(&["esc"]);
    rig.press(&["enter"]);
    assert!(rig.asked().is_none(), "Esc took it back");
    rig.press(&["esc", "a", "enter"]);
    assert_eq!(rig.asked().and_then(|asked| asked.change.clone()), Some(Asked::Acknowledge(true)));
    rig.press(&["enter"]);
    assert!(rig.asked().is_none(), "a second Enter sends nothing");
}

#[test]
fn an_answer_changes_the_list_at_once_and_reads_the_story_anew() {
    let mut rig = story();
    rig.press(&["a", "enter"]).answer();
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::Timeline { .. })), "{:?}", rig.effects);
    assert_eq!(rig.state.incidents.find("inc-4f2k9qwe").map(|it| it.state.as_str()), Some("acknowledged"));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("billing is away: acknowledged"), "{screen}");
    rig.press(&["a"]);
    assert!(rig.screen(120, 40).contains("op1 has acknowledged it already"));
}

#[test]
fn a_note_a_hand_over_and_an_end_are_sent_with_their_words() {
    for (key, text, asked) in [
        ("n", "looking", Asked::Note("looking".into())),
        ("H", "op2", Asked::HandOver("op2".into())),
        ("R", "too many connections", Asked::Resolve("too many connections".into())),
    ] {
        let mut rig = story();
        rig.press(&[key]).type_text(text).press(&["enter"]);
        assert_eq!(rig.asked().and_then(|asked| asked.change.clone()), Some(asked));
    }
    let mut rig = story();
    rig.press(&["n", "enter"]);
    assert!(rig.asked().is_none() && rig.screen(120, 40).contains("type the note first"));
}

/// The answer is lost: the same goes again with the same id, so that no note is there twice; another has its own.
#[test]
fn a_repeat_has_its_id_and_a_refusal_stands_in_place() {
    let mut rig = story();
    rig.press(&["n"]).type_text("a").press(&["enter"]);
    let first = rig.asked().expect("sent").clone();
    let fail = |rig: &mut Rig, problem: Problem| {
        let Some(Effect::ChangeIncident { ticket, .. }) = rig.effects.last().cloned() else { panic!("not sent") };
        rig.send(Message::Answer(ticket, Answer::IncidentChanged(Box::new(Err(problem)))));
    };
    fail(&mut rig, Problem::new(Kind::Unreachable, "nobody answers"));
    assert!(rig.screen(120, 40).contains("nobody answers"));
    rig.press(&["enter"]);
    assert_eq!(rig.asked(), Some(&first));
    fail(&mut rig, Problem::new(Kind::Refused, "it is over"));
    rig.type_text("b").press(&["enter"]);
    let third = rig.asked().expect("sent");
    assert_ne!(third.request_id, first.request_id);
}

/// `@` begins with when it was opened: what is typed is another moment, and an arrow keeps it.
#[test]
fn the_moment_that_is_offered_is_replaced_by_what_is_typed() {
    let mut rig = story();
    rig.press(&["@"]).type_text("10m");
    assert!(rig.screen(120, 40).contains(" at 10m "), "{}", rig.screen(120, 40));
    rig.press(&["esc", "@", "end"]).type_text("Z");
    assert!(!rig.screen(120, 40).contains(" at Z"), "{}", rig.screen(120, 40));
}

#[test]
fn the_story_is_exported_to_a_file_or_to_the_clipboard() {
    let mut rig = story();
    rig.press(&["e"]);
    assert!(rig.screen(120, 40).contains("post-mortem-inc-4f2k9qwe.md"));
    rig.press(&["enter"]);
    let Some(Effect::Write { path, text, .. }) = rig.effects.last() else { panic!("not written: {:?}", rig.effects) };
    assert_eq!(path, "post-mortem-inc-4f2k9qwe.md");
    assert!(text.starts_with("# billing is away"), "{text}");
    let mut rig = story();
    rig.press(&["e", "tab"]);
    assert!(matches!(rig.effects.last(), Some(Effect::Copy(text)) if text.starts_with("# billing is away")));
}

#[test]
fn logs_open_at_the_moment_under_the_cursor() {
    let mut rig = story();
    rig.press(&["down", "l"]);
    let Some(Effect::Logs { name, since, .. }) = rig.effects.last() else { panic!("no log: {:?}", rig.effects) };
    assert_eq!((name.as_str(), *since > 0), ("billing", true));
    rig.answer();
    let Some(Screen::Logs(logs)) = rig.state.screens.last() else { panic!("no log") };
    assert!(!logs.follow);
}

#[test]
fn an_incident_is_opened_by_a_form_and_its_story_takes_the_forms_place() {
    let mut rig = rig();
    rig.press(&["i", "enter"]);
    assert!(rig.asked().is_none() && rig.screen(120, 40).contains("say what is wrong"));
    rig.type_text("checkout fails").press(&["tab", "right", "tab", "end"]).type_text(" nope");
    assert!(rig.screen(120, 40).contains("there is no deployment nope"));
    rig.press(&["enter"]);
    assert!(rig.asked().is_none());
    rig.press(&["backspace", "backspace", "backspace", "backspace", "enter"]);
    let Some(Asked::Open(open)) = rig.asked().and_then(|asked| asked.change.clone()) else { panic!("not sent") };
    assert_eq!((open.title.as_str(), open.severity.as_str()), ("checkout fails", "warning"));
    assert_eq!(open.deployments, ["search"], "the row under the cursor");
    rig.answer();
    assert_eq!(rig.state.place(), Place::Incident);
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::Timeline { .. })));
    assert!(rig.screen(120, 40).contains("opened: checkout fails"));
}

#[test]
fn those_that_are_over_are_a_key_away() {
    let mut rig = rig();
    rig.press(&["I"]);
    assert!(!rig.screen(120, 40).contains("checkout is slow"));
    rig.press(&["v"]).answer();
    assert!(rig.screen(120, 40).contains("checkout is slow"));
    rig.press(&["v"]);
    assert!(!rig.screen(120, 40).contains("checkout is slow"));
}

#[test]
fn a_viewer_reads_the_story_and_is_told_why_nothing_can_be_done() {
    let mut rig = Rig::role("viewer");
    rig.send(Message::Incidents(incidents::now()));
    rig.press(&["I", "enter"]).answer();
    for key in ["a", "n", "H", "R", "b"] {
        rig.press(&[key]);
        assert!(rig.screen(120, 40).contains("your role is viewer"), "{key}");
    }
}

/// The filter of the list is the filter of every list, and is there again the next time.
#[test]
fn incidents_are_filtered_and_the_filter_is_recalled() {
    let mut rig = rig();
    rig.press(&["I", "/"]).type_text("severity:warning").press(&["enter"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("filter 'severity:warning': 1 of 2") && screen.contains("search: the volume"), "{screen}");
    // To the fleet with the filter in force: Esc would take it away first.
    rig.press(&[":"]).type_text("open deployments").press(&["enter"]);
    rig.press(&["I"]);
    assert!(rig.screen(120, 40).contains("filter 'severity:warning'"));
    rig.press(&["esc"]);
    assert!(rig.screen(120, 40).contains("billing is away"));
}
