use super::{
    super::{
        retry::{self, Outcome},
        sample,
        settings::QuietHours,
    },
    *,
};
use crate::model::Severity;
use jiff::{SignedDuration, civil::Weekday, tz::TimeZone};
use proptest::prelude::*;

/// What a world of pages does in one go: everything due is written down, sent, and answered by `answer`.
struct World {
    settings: Settings,
    incident: Incident,
    told: BTreeMap<PageKey, Delivery>,
    /// Every page that left the house, with the time.
    sent: Vec<(PageKey, Timestamp)>,
}

impl World {
    fn new(severity: Severity, settings: Settings) -> Self {
        Self { settings, incident: sample::incident(severity), told: BTreeMap::new(), sent: Vec::new() }
    }

    fn pages(&self) -> Vec<Delivery> {
        self.told.values().cloned().collect()
    }

    fn tick(&mut self, now: Timestamp, mut answer: impl FnMut(&Delivery) -> Option<Outcome>) -> Vec<String> {
        let incidents = [self.incident.clone()];
        for page in moot(&incidents, &self.pages(), &self.settings) {
            self.told.insert(page.key.clone(), page);
        }
        let mut left = Vec::new();
        for page in due(&incidents, &self.pages(), &self.settings, now) {
            let page = retry::begun(&page, now);
            self.told.insert(page.key.clone(), page.clone());
            self.sent.push((page.key.clone(), now));
            left.push(format!("{} {} {}", page.key.target, page.key.action, page.key.level));
            if let Some(outcome) = answer(&page) {
                self.told.insert(page.key.clone(), retry::answered(&page, outcome, now));
            }
        }
        left
    }
}

fn taken(_: &Delivery) -> Option<Outcome> {
    Some(Outcome::Taken)
}

fn refused(_: &Delivery) -> Option<Outcome> {
    Some(Outcome::Refused { why: "400".to_owned() })
}

fn night(then: Quiet) -> QuietHours {
    QuietHours {
        from: "12:30".parse().expect("a time"),
        until: "14:00".parse().expect("a time"),
        days: vec![Weekday::Friday],
        severities: vec![Severity::Info, Severity::Warning, Severity::Error],
        then,
        zone: TimeZone::UTC,
    }
}

const MINUTE: i64 = 60;

#[test]
fn levels_are_asked_one_after_the_other_and_then_again() {
    let mut world = World::new(Severity::Critical, sample::settings());
    assert_eq!(world.tick(sample::time(0), taken), ["duty trigger 0", "phone-op1 trigger 0"]);
    assert_eq!(world.tick(sample::time(10 * MINUTE - 1), taken), [""; 0]);
    assert_eq!(world.tick(sample::time(10 * MINUTE), taken), ["all trigger 1", "duty trigger 1"]);
    assert_eq!(world.tick(sample::time(20 * MINUTE), taken), ["duty trigger 2", "phone-op1 trigger 2"]);
    assert_eq!(world.tick(sample::time(30 * MINUTE), taken), ["all trigger 3", "duty trigger 3"]);
    assert_eq!(world.tick(sample::time(90 * MINUTE), taken), [""; 0], "all rounds are over");
    assert_eq!(
        world.told.values().find(|page| page.key.target == "phone-op1").map(|page| page.to.as_str()),
        Some("op1")
    );
}

#[test]
fn acknowledge_and_resolve_go_to_whoever_was_triggered_and_end_it() {
    let mut world = World::new(Severity::Critical, sample::settings());
    world.tick(sample::time(0), |page| if page.key.target == "duty" { taken(page) } else { refused(page) });
    world.incident.acknowledged = sample::by(60);
    assert_eq!(world.tick(sample::time(60), taken), ["duty acknowledge 0"]);
    assert_eq!(world.tick(sample::time(60 * MINUTE), taken), [""; 0], "no level after an acknowledge");
    world.incident.resolved = sample::by(61 * MINUTE);
    assert_eq!(world.tick(sample::time(61 * MINUTE), taken), ["duty resolve 0"]);
    assert_eq!(world.tick(sample::time(62 * MINUTE), taken), [""; 0]);
}

/// The answer to a trigger was lost: it may ring, so its end must be told; but it is not sent again.
#[test]
fn what_may_have_arrived_is_resolved_and_not_repeated() {
    let mut world = World::new(Severity::Critical, sample::settings());
    world.tick(sample::time(0), |_| None);
    world.incident.resolved = sample::by(1);
    assert_eq!(world.tick(sample::time(60), taken), ["duty resolve 0", "phone-op1 resolve 0"]);
    let dropped = world.told.values().filter(|page| page.state == PageState::Dropped).count();
    assert_eq!(dropped, 2);
}

/// Neither is anybody told of the end of what they never heard of.
#[test]
fn a_receiver_that_took_nothing_hears_of_no_end() {
    let mut world = World::new(Severity::Critical, sample::settings());
    world.tick(sample::time(0), refused);
    world.incident.resolved = sample::by(1);
    assert_eq!(world.tick(sample::time(60), taken), [""; 0]);
}

#[test]
fn a_level_that_cannot_be_delivered_is_passed_at_once_but_a_round_is_not() {
    let mut world = World::new(Severity::Critical, sample::settings());
    world.tick(sample::time(0), refused);
    assert_eq!(world.tick(sample::time(1), refused), ["all trigger 1", "duty trigger 1"]);
    assert_eq!(world.tick(sample::time(2), refused), [""; 0]);
    assert_eq!(world.tick(sample::time(1 + 10 * MINUTE), taken), ["duty trigger 2", "phone-op1 trigger 2"]);
}

#[test]
fn who_does_not_hear_of_so_little_is_not_waited_for() {
    let mut settings = sample::settings();
    settings.levels.swap(0, 1);
    settings.levels[0].receivers = vec!["all".to_owned()];
    let mut world = World::new(Severity::Warning, settings);
    assert_eq!(world.tick(sample::time(0), taken), ["duty trigger 1", "phone-op1 trigger 1"]);
}

#[test]
fn quiet_hours_hold_back_or_drop() {
    let quiet = |then| Settings { quiet: vec![night(then)], ..sample::settings() };
    let mut waits = World::new(Severity::Error, quiet(Quiet::Wait));
    waits.incident.opened.at = sample::time(31 * MINUTE);
    assert_eq!(waits.tick(sample::time(31 * MINUTE), taken), [""; 0]);
    assert_eq!(waits.tick(sample::time(120 * MINUTE), taken), ["duty trigger 0", "phone-op1 trigger 0"]);

    let mut dropped = World::new(Severity::Error, quiet(Quiet::Drop));
    dropped.incident.opened.at = sample::time(31 * MINUTE);
    assert_eq!(dropped.tick(sample::time(31 * MINUTE), taken), [""; 0]);
    assert_eq!(dropped.tick(sample::time(300 * MINUTE), taken), [""; 0]);

    let mut critical = World::new(Severity::Critical, quiet(Quiet::Drop));
    critical.incident.opened.at = sample::time(31 * MINUTE);
    assert_eq!(critical.tick(sample::time(31 * MINUTE), taken).len(), 2);
}

/// PagerDuty closes an incident silently; a text message would wake whoever slept on.
#[test]
fn in_quiet_hours_an_end_is_told_only_where_it_is_silent() {
    let mut world = World::new(Severity::Error, Settings { quiet: vec![night(Quiet::Wait)], ..sample::settings() });
    world.tick(sample::time(0), taken);
    world.incident.resolved = sample::by(40 * MINUTE);
    assert_eq!(world.tick(sample::time(40 * MINUTE), taken), ["duty resolve 0"]);
    assert_eq!(world.tick(sample::time(120 * MINUTE), taken), ["phone-op1 resolve 0"]);
}

#[test]
fn a_receiver_that_is_gone_from_the_settings_is_given_up() {
    let mut world = World::new(Severity::Critical, sample::settings());
    world.tick(sample::time(0), |_| None);
    world.settings.receivers.remove("duty");
    world.settings.levels[1].receivers = vec!["all".to_owned()];
    assert_eq!(world.tick(sample::time(MINUTE), taken), ["phone-op1 trigger 0"]);
    assert!(world.told.values().any(|page| page.key.target == "duty" && page.state == PageState::Dropped));
}

#[derive(Clone, Debug)]
enum Event {
    Acknowledge,
    Resolve,
    Pass(i64),
}

fn events() -> impl Strategy<Value = Vec<(Event, u8)>> {
    let event = prop_oneof![
        1 => Just(Event::Acknowledge),
        1 => Just(Event::Resolve),
        12 => (1i64..900).prop_map(Event::Pass),
    ];
    proptest::collection::vec((event, any::<u8>()), 1..60)
}

fn any_answer(seed: u8) -> Option<Outcome> {
    match seed % 5 {
        0 => None,
        1 => Some(Outcome::Refused { why: "400".to_owned() }),
        2 => Some(Outcome::Later { why: "429".to_owned(), after: Some(SignedDuration::from_secs(seed.into())) }),
        _ => Some(Outcome::Taken),
    }
}

proptest! {
    /// Whatever happens, in whatever order, with whatever answers.
    #[test]
    fn the_promises_hold(events in events(), severity in 0usize..4, quiet: bool, opened in 0i64..7_200) {
        let severity = [Severity::Info, Severity::Warning, Severity::Error, Severity::Critical][severity];
        let quiet = if quiet { vec![night(Quiet::Wait)] } else { Vec::new() };
        let mut world = World::new(severity, Settings { quiet, ..sample::settings() });
        world.incident.opened.at = sample::time(opened);
        let (mut now, mut acknowledged, mut resolved) = (sample::time(opened), None, None);
        for (event, seed) in events {
            match event {
                Event::Acknowledge => {
                    acknowledged = acknowledged.or(Some(now));
                    world.incident.acknowledged = world.incident.acknowledged.take().or(sample::by(0));
                }
                Event::Resolve => {
                    resolved = resolved.or(Some(now));
                    world.incident.resolved = sample::by(0);
                }
                Event::Pass(seconds) => now += SignedDuration::from_secs(seconds),
            }
            let (before, first) = (world.told.clone(), world.sent.len());
            let mut turn = seed;
            world.tick(now, |_| {
                turn = turn.wrapping_mul(31).wrapping_add(7);
                any_answer(turn)
            });
            for (key, _) in &world.sent[first..] {
                prop_assert!(before.get(key).is_none_or(|page| !page.state.is_final()), "{key} was over");
                prop_assert_eq!(&key.incident, &world.incident.id);
            }
        }
        for (key, at) in &world.sent {
            match key.action {
                PageAction::Trigger => {
                    prop_assert!(acknowledged.is_none_or(|moment| *at <= moment) && resolved.is_none_or(|moment| *at <= moment));
                    prop_assert!(super::quiet::at(&world.settings, severity, *at).is_none(), "quiet hours are kept");
                }
                PageAction::Acknowledge => prop_assert!(acknowledged.is_some() && resolved.is_none_or(|moment| *at <= moment)),
                PageAction::Resolve => prop_assert!(resolved.is_some_and(|moment| moment <= *at)),
            }
        }
    }

    /// The same question, asked twice before anything is written down, has the same answer; and after all was answered
    /// there is nothing left to do at that moment.
    #[test]
    fn asking_again_at_once_pages_nobody_again(after in 0i64..4_000) {
        let mut world = World::new(Severity::Critical, sample::settings());
        let now = sample::time(after);
        let ask = |world: &World| due(std::slice::from_ref(&world.incident), &world.pages(), &world.settings, now);
        prop_assert_eq!(ask(&world), ask(&world));
        world.tick(now, taken);
        prop_assert!(ask(&world).is_empty());
    }
}
