//! Whatever is pressed in the past and on a clone. The same on now and on a branch is in `any_order`.

use super::{
    Rig,
    any_order::{Act, VIEWS, act, check_screen, start, step},
    sample,
};
use crate::{
    console::{
        desk,
        effect::Effect,
        keymap::{Keymap, Remap, Set},
        locator::Locator,
        message::{Answer, Message},
        state::{
            Screen, State,
            clone_of::CloneOf,
            curves::Curves,
            then::{Leap, Then, reaches_now},
        },
    },
    hosted_api::problem::{Kind, Problem},
    model::Moment,
};
use doltops_proto::hosted_api as api;
use proptest::prelude::*;

/// Half an hour before the sample's now.
fn then() -> Then {
    let commit = sample::hash("8u6nmkpu").parse().expect("a hash");
    Then { commit, time: sample::NOW - 30 * 60_000, clock: sample::NOW }
}

/// In the past, from what another console shows, with the fleet of then.
fn past(then: Then, before: &State) -> Rig {
    let time = then.time;
    let mut rig = Rig { state: desk::state_of("t".to_owned(), then, before), effects: Vec::new() };
    rig.send(Message::Fleet(sample::watch(time).into()));
    rig.send(Message::Status(Ok(sample::aws_status("admin"))));
    rig
}

/// On a clone, at what another console shows where there is such a view.
fn clone(before: &State) -> Rig {
    let mut rig = Rig::connecting();
    let commit = sample::hash("8u6nmkpu").parse().expect("a hash");
    rig.state.clone_of = Some(CloneOf { commit, taken: sample::NOW });
    rig.state.size = before.size;
    rig.state.opening = Some(Locator::of(before));
    rig.send(Message::Status(Ok(sample::status("admin"))));
    rig.send(Message::Fleet(sample::watch(sample::NOW).into()));
    rig
}

/// What a clone has no answer to and the console is not to ask: what runs, who is told, what is in the cloud. A log and
/// events are asked for where they are one part of a screen; the clone says that there are none.
fn not_in_a_clone(effect: &Effect) -> bool {
    let part_of_a_screen = matches!(effect, Effect::Logs { .. } | Effect::Events { .. });
    let of_a_fleet = matches!(
        effect,
        Effect::RemoveOrphan { .. } | Effect::ChangeIncident { .. } | Effect::Metrics { .. } | Effect::Curves { .. }
    );
    of_a_fleet || (reaches_now(effect) && !part_of_a_screen)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Nothing changes the past and nothing in it reaches now, also with keys of one's own; however often one goes to
    /// another moment.
    #[test]
    fn in_the_past_nothing_that_changes_goes_out(
        from in 0..VIEWS,
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut before = start(from);
        let lines = [("create", "f"), ("confirm", "f6"), ("read-only", "f2")].map(|(command, key)| Remap {
            command: command.to_owned(), keys: vec![key.to_owned()], at: String::new(),
        });
        before.state.keymap = Keymap::new(Set::Default, &lines).0;
        let mut rig = past(then(), &before.state);
        let mut waiting = std::mem::take(&mut rig.effects);
        for act in acts.iter().chain([&Act::Key("@".to_owned())]) {
            step(&mut rig, &mut waiting, act);
            let out = waiting.iter().find(|effect| effect.changes() || reaches_now(effect));
            prop_assert!(out.is_none(), "{act:?}: {out:?}");
            prop_assert!(rig.state.then.is_some() && rig.state.read_only);
            check_screen(&mut rig);
            if rig.state.exit.is_some() {
                break;
            }
            if let Some(leap) = rig.state.leap.take() {
                let to = if let Leap::Then(to) = leap { to } else { then() };
                rig = past(to, &rig.state);
                waiting = std::mem::take(&mut rig.effects);
            }
        }
    }

    /// On a clone a change is tried as everywhere; what it cannot know is not asked for.
    #[test]
    fn on_a_clone_nothing_that_it_has_not_is_asked_for(
        from in 0..VIEWS,
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut rig = clone(&start(from).state);
        let mut waiting = std::mem::take(&mut rig.effects);
        for act in &acts {
            step(&mut rig, &mut waiting, act);
            let out = waiting.iter().find(|effect| not_in_a_clone(effect));
            prop_assert!(out.is_none(), "{act:?}: {out:?}");
            check_screen(&mut rig);
            if rig.state.exit.is_some() {
                break;
            }
        }
    }
}

/// Who asks for a log of then is told why there is none, and where it is.
#[test]
fn the_past_says_where_its_logs_are() {
    let mut rig = past(then(), &Rig::new().state);
    let group = "/doltops/cp-1/d-";
    if let Some(status) = &mut rig.state.status {
        status.control_plane_id = "cp-1".to_owned();
    }
    rig.press(&["l"]);
    let screen = rig.screen(160, 40);
    assert!(screen.contains("not in the history") && screen.contains(group), "{screen}");
    assert!(screen.contains("l and then T reads from a time on"), "{screen}");
    if let Some(status) = &mut rig.state.status {
        status.metrics = "agent".to_owned();
    }
    rig.press(&["l"]);
    let screen = rig.screen(160, 40);
    assert!(screen.contains("its agent has the last of them") && !screen.contains(group), "{screen}");
}

fn moment(text: &str) -> Moment {
    text.parse().expect("a moment")
}

/// What is typed at `@` stays until it is known which commit it is: the keys after a mistake mend it, and ask for nothing.
#[test]
fn a_moment_that_is_none_stays_to_be_mended() {
    let mut rig = Rig::new();
    for asked in [&["@"][..], &[":", "a", "t", "space"]] {
        rig.press(asked);
        rig.press(&["s", "o", "o", "n", "enter"]);
        let screen = rig.screen(140, 40);
        assert!(screen.contains("at soon") && screen.contains("no moment"), "{screen}");
        rig.press(&["D"]);
        assert!(rig.state.screens.is_empty() && rig.screen(140, 40).contains("at soonD"), "no command");
        rig.press(&["esc"]);
        assert!(rig.state.overlay.is_none());
    }
    rig.press(&["@", "v", "v", "v", "v", "v", "v", "enter"]);
    let asked = rig.effects.iter().any(|effect| matches!(effect, Effect::Resolve(_)));
    assert!(asked && rig.screen(140, 40).contains("at vvvvvv"), "{}", rig.screen(140, 40));
    let none = Problem::new(Kind::NotFound, "no commit begins with vvvvvv");
    rig.send(Message::Resolved(Err(none.clone())));
    let screen = rig.screen(140, 40);
    assert!(screen.contains("at vvvvvv") && screen.contains("no commit begins with vvvvvv"), "{screen}");
    // Whoever has left it meanwhile goes nowhere.
    rig.press(&["enter", "esc"]);
    rig.send(Message::Resolved(Ok((moment("vvvvvv"), sample::hash("vvvvvv"), sample::NOW))));
    assert!(rig.state.leap.is_none());
    rig.press(&["@", "1", "0", "m", "enter"]);
    rig.send(Message::Resolved(Ok((moment("2026-11-23T14:02:00Z"), sample::hash("8u6nmkpu"), sample::NOW))));
    assert!(matches!(rig.state.leap, Some(Leap::Then(_))) && rig.state.overlay.is_none());
}

/// The cursor waits for its deployment, whatever else is there first and in whichever order.
#[test]
fn the_cursor_stays_with_its_deployment_at_another_moment() {
    let mut now = Rig::new();
    now.press(&["G"]);
    let name = now.state.fleet.selected().map(|row| row.name.clone()).expect("a row");
    let mut then = Rig { state: desk::state_of("t".to_owned(), then(), &now.state), effects: Vec::new() };
    // Before its fleet is known, it goes on to another one.
    then = Rig { state: desk::state_of("u".to_owned(), self::then(), &then.state), effects: Vec::new() };
    let mut told = sample::watch(sample::NOW);
    told.deployments.iter_mut().for_each(|row| row.health = "unknown".to_owned());
    then.send(Message::Fleet(told.into()));
    assert_eq!(then.state.fleet.selected().map(|row| row.name.as_str()), Some(name.as_str()));
}

/// A sandbox has no CloudWatch: nothing of it is said where the agents' own memory is all there is.
#[test]
fn the_past_says_where_its_metrics_are_from() {
    let mut rig = past(then(), &Rig::new().state);
    if let Some(status) = &mut rig.state.status {
        status.metrics = "agent".to_owned();
    }
    rig.screen(140, 40);
    rig.send(Message::Tick(sample::NOW + 61_000));
    let asked = rig.effects.iter().rev().find_map(|effect| match effect {
        Effect::Curves { ticket, .. } => Some(*ticket),
        _ => None,
    });
    let ticket = asked.expect("asked for");
    let answer = |series| api::MetricsResponse {
        series,
        source: "agent".to_owned(),
        as_of_ms: then().time,
        ..api::MetricsResponse::default()
    };
    rig.send(Message::Answer(ticket, Answer::Metrics(Ok(answer(Vec::new())))));
    let screen = rig.screen(140, 40);
    assert!(screen.contains("nobody has kept what was measured then"), "{screen}");
    rig.state.curves = Curves::default();
    rig.send(Message::Tick(sample::NOW + 122_000));
    let asked = rig.effects.iter().rev().find_map(|effect| match effect {
        Effect::Curves { ticket, names, .. } => Some((*ticket, names.clone())),
        _ => None,
    });
    let (ticket, names) = asked.expect("asked for again");
    let samples = vec![api::Sample { time_ms: then().time, ..api::Sample::default() }];
    let series = names.into_iter().map(|name| api::Series { name, samples: samples.clone() }).collect();
    rig.send(Message::Answer(ticket, Answer::Metrics(Ok(answer(series)))));
    let screen = rig.screen(140, 40);
    assert!(screen.contains("from the agent, which remembers 24 hours"), "{screen}");
    assert!(!screen.contains("CloudWatch") && !screen.contains("asked"), "{screen}");
}

/// A clone has none, of now as of then, and does not try again.
#[test]
fn a_clone_says_that_it_holds_no_metrics() {
    let mut rig = clone(&Rig::new().state);
    let screen = rig.screen(140, 40);
    assert!(screen.contains("CPU and queries: a clone holds no metrics"), "{screen}");
    rig.press(&["enter"]);
    let screen = rig.screen(140, 40);
    assert!(screen.contains("a clone holds no metrics") && !screen.contains("nothing was measured"), "{screen}");
    assert!(!screen.contains("trying again"), "{screen}");
    let mut before = past(then(), &rig.state);
    before.screen(140, 40);
    before.send(Message::Tick(sample::NOW + 61_000));
    let asks = before.effects.iter().any(|effect| matches!(effect, Effect::Curves { .. } | Effect::Metrics { .. }));
    assert!(!asks && before.screen(140, 40).contains("a clone holds no metrics"));
}

/// What is said of a change request is of the clone alone, so all of it is offered there.
#[test]
fn change_requests_and_marks_are_there_on_a_clone() {
    let mut rig = clone(&Rig::new().state);
    rig.press(&["space"]);
    assert_eq!(rig.state.fleet.marks().len(), 1);
    rig.press(&["esc", "M"]);
    assert!(matches!(rig.state.screens.last(), Some(Screen::Branches(_))));
    rig.press(&["esc", "g", "r"]);
    assert!(matches!(rig.state.screens.last(), Some(Screen::Branches(_))));
}

/// Nobody knows who is connected to what a clone tells of, and nothing ends before the branch is merged.
#[test]
fn a_deletion_on_a_clone_claims_nothing_of_what_runs() {
    let mut rig = clone(&Rig::new().state);
    let mut told = sample::watch(sample::NOW);
    for row in &mut told.deployments {
        row.health = "unknown".to_owned();
        row.samples.clear();
        row.desired.iter_mut().for_each(|desired| desired.protected = false);
    }
    rig.send(Message::Fleet(told.into()));
    rig.press(&["D"]);
    let screen = rig.screen(140, 40);
    assert!(screen.contains("who is connected is not known") && !screen.contains("nobody is"), "{screen}");
    rig.state.branch = Some("bigger".parse().expect("a name"));
    let screen = rig.screen(140, 40);
    assert!(screen.contains("ends it once bigger is merged"), "{screen}");
}

/// On a branch of a clone, main has what runs as little: nobody is sent there.
#[test]
fn what_a_clone_has_not_is_not_on_its_main_either() {
    let mut rig = clone(&Rig::new().state);
    rig.state.branch = Some("bigger".parse().expect("a name"));
    for key in ["l", "m", "x"] {
        rig.press(&[key]);
        let screen = rig.screen(140, 40);
        assert!(screen.contains("this is a clone") && !screen.contains("which is main"), "{key}: {screen}");
    }
    rig.press(&["enter"]);
    let screen = rig.screen(140, 40);
    assert!(screen.contains("the log: this is a clone") && !screen.contains("which is main"), "{screen}");
}
