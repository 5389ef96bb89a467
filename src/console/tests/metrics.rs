//! Metrics, key by key.

use super::{Rig, sample};
use crate::{
    console::{
        effect::Effect,
        message::{Answer, Message},
        state::{Screen, metrics::Metrics},
    },
    hosted_api::problem::{Kind, Problem},
};

const MINUTE: i64 = 60_000;

fn opened() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["m"]);
    rig
}

fn metrics(rig: &Rig) -> &Metrics {
    match rig.state.screens.last() {
        Some(Screen::Metrics(metrics)) => metrics,
        other => panic!("no metrics: {other:?}"),
    }
}

/// What was asked for: of whom, and how far back.
fn asked(rig: &Rig) -> Vec<(String, i64)> {
    let of = |effect: &Effect| match effect {
        Effect::Metrics { name, since, .. } => Some((name.clone(), (sample::NOW - since) / MINUTE)),
        _ => None,
    };
    rig.effects.iter().filter_map(of).collect()
}

#[test]
fn only_what_is_on_the_screen_is_asked_for_and_once() {
    let mut rig = opened();
    assert_eq!(asked(&rig), [("search".to_owned(), 15)]);
    rig.answer();
    rig.press(&["left", "left"]);
    assert_eq!(asked(&rig), [], "the crosshair asks for nothing");
    rig.press(&["w"]);
    assert_eq!(asked(&rig), [("search".to_owned(), 60)]);
    rig.answer();
    rig.press(&["W"]);
    assert_eq!(asked(&rig), [], "it is known");
    rig.send(Message::Tick(rig.state.now + 10_000));
    assert_eq!(rig.effects.len(), 1, "it is asked for anew while one looks");
    rig.answer().press(&["esc", "esc"]);
    rig.send(Message::Tick(rig.state.now + 100_000));
    assert!(!rig.effects.iter().any(|effect| matches!(effect, Effect::Metrics { .. })), "{:?}", rig.effects);
}

#[test]
fn the_crosshair_tells_the_time_and_every_value() {
    let mut rig = opened();
    rig.answer();
    rig.screen(120, 40);
    rig.press(&["T"]).type_text("13:50").press(&["enter"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("│ 2026-11-23 13:50:00, 10 min ago"), "{screen}");
    assert!(screen.contains("2 Queries/s 1.0k") && screen.contains("● p50 1.8 ms"), "{screen}");
    rig.press(&["right"]);
    assert!(metrics(&rig).cross().is_some_and(|cross| cross > sample::NOW - 10 * MINUTE));
    rig.press(&["esc"]);
    assert_eq!((metrics(&rig).cross(), rig.state.screens.len()), (None, 1), "first the crosshair goes");
}

#[test]
fn one_zooms_into_what_is_around_the_crosshair_and_back() {
    let mut rig = opened();
    rig.answer().press(&["w", "w"]).answer().press(&["T"]).type_text("2h").press(&["enter"]);
    rig.press(&["+", "+", "+"]);
    let window = metrics(&rig).window(sample::NOW);
    assert_eq!(window.ms(), 45 * MINUTE);
    assert!(window.between().contains(&(sample::NOW - 120 * MINUTE)));
    assert!(rig.screen(120, 40).contains("of it 45 min from"));
    rig.press(&["-", "-", "-"]);
    assert!(!metrics(&rig).is_zoomed());
}

/// A part that is near is asked for anew, as finely as the source has it.
#[test]
fn a_part_is_drawn_from_the_finest_values_that_reach_it() {
    let mut rig = opened();
    rig.answer().press(&["W"]).answer();
    rig.press(&["T"]).type_text("10m").press(&["enter"]).press(&["+"; 9]);
    assert_eq!(asked(&rig), [("search".to_owned(), 60)]);
}

#[test]
fn another_deployment_comes_over_the_first_and_goes_by_its_name() {
    let mut rig = opened();
    rig.answer().press(&["a"]).type_text("orders").press(&["enter"]);
    assert_eq!(asked(&rig), [("orders".to_owned(), 15)]);
    rig.answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains(" ● search  ■ orders") && screen.contains("Latency p99"), "{screen}");
    rig.press(&["a"]).type_text("search").press(&["enter"]);
    assert_eq!(metrics(&rig).names, ["orders"]);
    rig.press(&["a"]).type_text("orders").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("orders is the only one here"));
}

#[test]
fn charts_go_and_come_by_their_numbers_and_one_fills_the_screen() {
    let mut rig = opened();
    rig.answer();
    rig.press(&["1", "4", "5", "6"]);
    let screen = rig.screen(120, 40);
    assert!(!screen.contains("CPU") && screen.contains("2 Queries/s") && screen.contains("3 Latency"), "{screen}");
    rig.press(&["tab", "enter"]);
    let screen = rig.screen(120, 40);
    assert!(!screen.contains("Queries/s") && screen.contains("3 Latency"), "{screen}");
    rig.press(&["esc", "1"]);
    assert!(rig.screen(120, 40).contains("1 CPU"));
}

#[test]
fn commits_are_on_the_axis_with_what_they_were() {
    let mut rig = opened();
    rig.answer();
    rig.press(&["N"]);
    assert!(rig.screen(120, 40).contains("no change and no incident before that in the last 15 min"));
    rig.press(&["w", "w"]).answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("◆ 2026-11-23 12:00:00  8u6nmkpu op1  orders: resize to local.large"), "{screen}");
    rig.press(&["N"]);
    assert_eq!(metrics(&rig).cross(), Some(sample::NOW - 120 * MINUTE));
}

/// A failing source is named, and what is known stays.
#[test]
fn what_is_known_stays_while_the_source_is_away() {
    let mut rig = opened();
    rig.answer();
    rig.send(Message::Tick(rig.state.now + 10_000));
    let Some(Effect::Metrics { ticket, .. }) = rig.effects.last().cloned() else { panic!("{:?}", rig.effects) };
    rig.send(Message::Answer(ticket, Answer::Metrics(Err(Problem::new(Kind::Unreachable, "no agent")))));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("search: no agent; trying again") && screen.contains("1 CPU 37%"), "{screen}");
}

/// An incident is a sign on the axis, a stop of the crosshair, and a line at the foot.
#[test]
fn incidents_stand_on_the_axis_like_commits() {
    let mut rig = super::triage::rig();
    rig.screen(120, 40);
    rig.press(&["down", "m"]).answer().answer();
    let name = rig.state.target().map(|row| row.name.clone()).expect("a deployment");
    let incident = rig.state.incidents.of(&name).cloned().expect("it has an incident");
    rig.press(&["N"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains('▲') && screen.contains(&incident.id), "{screen}");
}

/// No heartbeat tells of the past: its pictures are asked for, of the rows in view and then of the one that is opened, though
/// time stands still there. What only is now is not hinted.
#[test]
fn of_the_past_pictures_are_asked_for() {
    let mut rig = Rig::new();
    let (commit, now) = (sample::hash("8u6nmkpu").parse().expect("a hash"), rig.state.now);
    rig.state.then = Some(crate::console::state::then::Then { commit, time: now, clock: now });
    let screen = rig.screen(200, 60);
    let foot = screen.lines().last().unwrap_or_default();
    for gone in ["connect", "logs", "mark"] {
        assert!(!foot.contains(gone), "{gone}: {foot}");
    }
    rig.send(Message::Tick(now + 2_000));
    let asked = |rig: &Rig| rig.effects.iter().any(|effect| matches!(effect, Effect::Curves { .. }));
    assert!(asked(&rig), "{:?}", rig.effects);
    rig.answer().press(&["enter"]).send(Message::Tick(now + 4_000));
    let one = |effect: &Effect| matches!(effect, Effect::Metrics { since, .. } if *since < now);
    assert!(rig.effects.iter().any(one), "{:?}", rig.effects);
}
