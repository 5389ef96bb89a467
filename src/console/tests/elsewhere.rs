//! Whatever is pressed in the past and on a clone. The same on now and on a branch is in `any_order`.

use super::{
    Rig,
    any_order::{Act, VIEWS, act, check_screen, start, step},
    sample,
};
use crate::console::{
    desk,
    effect::Effect,
    keymap::{Keymap, Remap, Set},
    locator::Locator,
    message::Message,
    state::{
        State,
        clone_of::CloneOf,
        then::{Leap, Then, reaches_now},
    },
};
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
