//! Logs, key by key.

use super::{Rig, sample};
use crate::{
    console::{
        effect::Effect,
        message::{Answer, Message},
        state::{Screen, Ticket, logs::Logs},
    },
    hosted_api::problem::{Kind, Problem},
};
use doltops_proto::hosted_api::LogLine;

fn opened() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["l"]).answer();
    rig
}

fn logs(rig: &Rig) -> &Logs {
    match rig.state.screens.last() {
        Some(Screen::Logs(logs)) => logs,
        other => panic!("no log: {other:?}"),
    }
}

fn stream(rig: &Rig) -> (Ticket, i64) {
    let asked = rig.effects.iter().rev().find_map(|effect| match effect {
        Effect::Logs { ticket, since, .. } => Some((*ticket, *since)),
        _ => None,
    });
    asked.expect("a log was asked for")
}

#[test]
fn another_log_comes_beside_and_goes_by_its_name() {
    let mut rig = opened();
    rig.press(&["a"]).type_text("bil");
    assert!(rig.screen(120, 40).contains("Tab billing"));
    rig.press(&["tab", "enter"]);
    let (ticket, _) = stream(&rig);
    rig.answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("8 lines") && screen.contains("E billing "), "{screen}");
    rig.press(&["a"]).type_text("nobody").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("there is no deployment 'nobody'"));
    rig.press(&["esc", "a"]).type_text("billing").press(&["enter"]);
    assert_eq!(rig.effects, [Effect::Cancel(ticket)]);
    assert_eq!(logs(&rig).ring().len(), 4);
}

#[test]
fn a_search_is_marked_in_place_and_a_filter_keeps_the_lines_around() {
    let mut rig = opened();
    rig.press(&["/"]).type_text("query").press(&["enter"]);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("2 hold 'query'") && screen.contains("▸13:59:02 W slow query"), "{screen}");
    rig.press(&["&"]).type_text("ready").press(&["enter"]);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("1 shown: & 'ready'") && !screen.contains("slow query"), "{screen}");
    rig.press(&["+"]);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("3 shown: & 'ready', 1 line around") && screen.contains("slow query"), "{screen}");
    rig.press(&["&"]).type_text(" and more").press(&["enter"]);
    assert!(rig.screen(100, 20).contains("no line is as asked for: Esc shows all again"));
    rig.press(&["esc", "esc"]);
    assert!(!rig.screen(100, 20).contains("shown:") && logs(&rig).list.len() == 4, "search and filter are gone");
    rig.press(&["esc"]);
    assert!(rig.state.screens.is_empty());
}

#[test]
fn what_is_older_than_the_log_that_is_here_is_asked_for_and_following_goes_back() {
    let mut rig = opened();
    rig.press(&["T"]).type_text("13:59:02").press(&["enter"]);
    assert_eq!((rig.effects.len(), logs(&rig).list.cursor()), (0, 2), "it is here");
    rig.press(&["T"]).type_text("2h").press(&["enter"]);
    let (ticket, since) = stream(&rig);
    assert_eq!(since, sample::NOW - 2 * 3_600_000);
    let line = |ago: i64| LogLine { time_ms: sample::NOW - ago, text: format!("{ago} ago"), ..LogLine::default() };
    rig.send(Message::Answer(ticket, Answer::Log([8_000_000, 7_200_000, 5_000].map(line).to_vec())));
    assert_eq!(logs(&rig).line(logs(&rig).list.cursor()).map(|line| &*line.text), Some("7200000 ago"));
    rig.press(&["f"]);
    assert!(logs(&rig).follow && logs(&rig).list.at_end());
}

#[test]
fn a_log_is_saved_where_one_says_and_a_refusal_asks_again() {
    let mut rig = opened();
    rig.press(&["s"]);
    assert!(rig.screen(120, 40).contains("save to search-2026-11-23T14-00-00.log"));
    rig.press(&["enter"]);
    let Some(Effect::SaveLog { ticket, path, replace, lines, .. }) = rig.effects.last().cloned() else {
        panic!("{:?}", rig.effects)
    };
    assert_eq!((path.as_str(), replace, lines.len()), ("search-2026-11-23T14-00-00.log", false, 4));
    let there = Problem::new(Kind::Refused, "it is there already").next("put ! before it");
    rig.send(Message::Answer(ticket, Answer::Saved(path, Err(there))));
    assert!(rig.screen(120, 40).contains("it is there already; put ! before it"));
    rig.press(&["ctrl-a"]).type_text("!").press(&["enter"]);
    assert!(matches!(rig.effects.last(), Some(Effect::SaveLog { replace: true, .. })), "{:?}", rig.effects);
    rig.answer();
    assert!(rig.screen(120, 40).contains("4 lines saved to search-2026-11-23T14-00-00.log"));
}

/// Long lines over several rows; the last one stays in view, and nothing else is built.
#[test]
fn wrapped_lines_are_whole() {
    let mut rig = opened();
    let (ticket, _) = (logs(&rig).sources[0].ticket, 0);
    let long = LogLine { time_ms: sample::NOW, level: "info".into(), text: format!("{} end", "word ".repeat(60)) };
    rig.send(Message::Answer(ticket, Answer::Log(vec![long; 40])));
    assert!(!rig.screen(80, 24).contains(" end"), "cut off");
    rig.press(&["w"]);
    let screen = rig.screen(80, 24);
    assert_eq!(screen.matches(" end").count(), 4, "{screen}");
    rig.press(&["g", "g"]);
    assert!(rig.screen(80, 24).contains("Starting server"));
}
