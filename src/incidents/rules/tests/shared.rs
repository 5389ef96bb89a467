//! One cause behind the trouble of many: told once, with everybody's name, until the last of them is well.

use super::*;
use crate::{
    incidents::{
        lifecycle::{self, Change},
        rules::shared::symptom,
    },
    model::{Incident, IncidentId},
};
use proptest::prelude::*;

/// How one of the fleet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Well,
    /// Its agent says nothing for so many seconds.
    Silent(i64),
    /// The cloud has no instance for it since then.
    Without(i64),
    /// The authority refuses, and the old certificate is near its end.
    Refused,
    /// It fails at something of its own.
    Broken,
}

fn row(name: &str, zone: &str, is: Is) -> Row {
    let mut row = well();
    row.record.name = name.parse().expect("a name");
    let Seen::Present(instance) = &mut row.observed.instance else { panic!("an instance") };
    instance.zone = zone.to_owned();
    let fails = |step: &str, error: &str, seconds| Tries {
        failures: 4,
        since: Some(at(NOW - seconds)),
        error: error.into(),
        step: step.into(),
        next: None,
    };
    match is {
        Is::Well => {}
        Is::Silent(seconds) => {
            row.health = Health::Unreachable;
            agent(&mut row, |report| report.heard = at(NOW - seconds));
        }
        Is::Without(seconds) => {
            row.observed.instance = Seen::Absent;
            row.tries = fails("launch-instance", "m could not be had in 1a: InsufficientInstanceCapacity", seconds);
            (row.health, row.health_since) = (Health::Starting, at(NOW - seconds));
        }
        Is::Refused => {
            let failure = OrderFailure { error: "rate limited".into(), times: 3, since: at(0), again: at(NOW + 60) };
            row.observed.ordering.failure = Some(failure);
            agent(&mut row, |report| {
                let applied = report.applied.as_mut().expect("it is there");
                applied.certificate_not_before = at(NOW - 10 * 86_400);
                applied.certificate_not_after = at(NOW + 86_400);
            });
        }
        Is::Broken => row.tries = fails("grow-volume", "it was grown an hour ago", 600),
    }
    row
}

/// By name, zone and how each is.
fn fleet_of(all: &[(&str, &str, Is)]) -> FleetView {
    let rows = all.iter().map(|(name, zone, is)| ((*name).to_owned(), Arc::new(row(name, zone, *is))));
    FleetView { rows: rows.collect(), ..fleet(well()) }
}

fn asked_of(fleet: &FleetView, settings: &Settings, incidents: &[Incident]) -> Findings {
    let open = incidents.iter().filter(|incident| !incident.is_resolved());
    let open = open.filter_map(|incident| Some((incident.cause.as_ref()?, incident.deployments.as_slice())));
    look(Sight { fleet, types: &types(), settings, now: at(NOW) }, &open.collect())
}

fn told(fleet: &FleetView) -> Vec<(String, String, usize)> {
    let found = asked_of(fleet, &Settings::default(), &[]).found;
    found.into_iter().map(|(cause, it)| (cause.to_string(), it.title, it.deployments.len())).collect()
}

/// The first would be told of after a minute; the others are silent too, if for less.
#[test]
fn a_zone_that_is_away_is_one_incident_and_another_zone_has_its_own() {
    let silent = |seconds| Is::Silent(seconds);
    let all = [
        ("a", "1a", silent(61)),
        ("b", "1a", silent(58)),
        ("c", "1a", silent(57)),
        ("d", "1a", Is::Well),
        ("e", "1b", silent(61)),
        ("f", "1b", Is::Well),
    ];
    let zone = ("zone".to_owned(), "3 deployments in 1a do not answer".to_owned(), 3);
    let own = ("heartbeat of e".to_owned(), "e does not answer: its agent has been silent for 61 s".to_owned(), 0);
    assert_eq!(told(&fleet_of(&all)), [own, zone]);
    // Three of six are no zone.
    let mut half = all;
    half.iter_mut().for_each(|(_, zone, _)| *zone = "1a");
    half[4].2 = Is::Well;
    assert_eq!(told(&fleet_of(&half)).iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["heartbeat of a"]);
    // And two are chance.
    assert_eq!(told(&fleet_of(&all[..2])).len(), 1);
}

#[test]
fn no_capacity_and_a_refusing_authority_are_one_incident_each() {
    let all = [
        ("a", "", Is::Without(200)),
        ("b", "", Is::Without(20)),
        ("c", "", Is::Without(20)),
        ("d", "", Is::Refused),
        ("e", "", Is::Refused),
        ("f", "", Is::Refused),
        ("g", "", Is::Broken),
    ];
    let told = told(&fleet_of(&all));
    assert_eq!(
        told.iter().map(|(cause, _, count)| (cause.as_str(), *count)).collect::<Vec<_>>(),
        [("authority", 3), ("capacity", 3), ("failing of g", 0)]
    );
    assert_eq!(told[0].1, "The certificate authority refuses 3 deployments: rate limited");
    assert_eq!(
        told[1].1,
        "The cloud gives no instances to 3 deployments: m could not be had in 1a: InsufficientInstanceCapacity"
    );
}

#[test]
fn it_can_be_off_and_then_each_has_its_own() {
    let settings: Settings = toml::from_str("off = ['zone']").expect("valid");
    let all = fleet_of(&[("a", "", Is::Silent(61)), ("b", "", Is::Silent(61)), ("c", "", Is::Silent(61))]);
    assert_eq!(asked_of(&all, &settings, &[]).found.len(), 3);
    assert_eq!(asked_of(&all, &Settings::default(), &[]).found.len(), 1);
}

/// The store, as far as incidents need one.
#[derive(Default)]
struct House {
    incidents: Vec<Incident>,
}

impl House {
    fn see(&mut self, fleet: &FleetView, second: i64) -> Vec<Change> {
        let findings = asked_of(fleet, &Settings::default(), &self.incidents);
        let mut made = self.incidents.len();
        let new_id = || {
            made += 1;
            IncidentId::new(format!("inc-{made}"))
        };
        let settled = SignedDuration::from_secs(120);
        let changes = lifecycle::step(&self.incidents, &findings, settled, at(second), new_id);
        for change in &changes {
            match self.incidents.iter_mut().find(|known| known.id == change.incident().id) {
                Some(known) => known.clone_from(change.incident()),
                None => self.incidents.push(change.incident().clone()),
            }
        }
        changes
    }

    /// Causes of what is open, with whom each names.
    fn open(&self) -> Vec<(String, Vec<&str>)> {
        let open = self.incidents.iter().filter(|incident| !incident.is_resolved());
        let named = |it: &Incident| it.cause.as_ref().map_or_else(String::new, ToString::to_string);
        open.map(|it| (named(it), it.deployments.iter().map(|name| name.as_str()).collect())).collect()
    }
}

/// From three to four to one: the same incident, which names all of them, and ends with the last.
#[test]
fn it_grows_and_is_over_with_the_last_of_them() {
    let is = |a, b, c, d| fleet_of(&[("a", "", a), ("b", "", b), ("c", "", c), ("d", "", d)]);
    let silent = Is::Silent(90);
    let mut house = House::default();
    assert!(matches!(&house.see(&is(silent, silent, silent, Is::Well), 0)[..], [Change::Open(_)]));
    let wider = house.see(&is(silent, silent, silent, silent), 10);
    let [change @ Change::Widen(incident)] = &wider[..] else { panic!("{wider:?}") };
    assert_eq!(
        change.message().expect("told"),
        "Incident inc-1 has come to 4 deployments: 4 deployments do not answer"
    );
    assert_eq!(incident.impact, "Its clients may not be served.");
    // One of four is left: no incident of its own, and this one stays.
    for second in [20, 200, 400] {
        assert!(house.see(&is(Is::Well, Is::Well, Is::Well, silent), second).is_empty());
    }
    assert_eq!(house.open(), [("zone".to_owned(), vec!["a", "b", "c", "d"])]);
    house.see(&is(Is::Well, Is::Well, Is::Well, Is::Well), 500);
    let over = house.see(&is(Is::Well, Is::Well, Is::Well, Is::Well), 620);
    assert!(matches!(&over[..], [Change::Resolve(_)]), "{over:?}");
}

/// One that was told of before keeps its incident; another's own trouble is no part of it.
#[test]
fn what_was_told_of_before_and_what_is_another_trouble_have_their_own() {
    let silent = Is::Silent(90);
    let mut house = House::default();
    house.see(&fleet_of(&[("a", "", silent), ("b", "", Is::Well), ("c", "", Is::Well), ("d", "", Is::Well)]), 0);
    house.see(&fleet_of(&[("a", "", silent), ("b", "", silent), ("c", "", silent), ("d", "", Is::Broken)]), 10);
    let mut open = house.open();
    open.sort();
    assert_eq!(
        open.iter().map(|(cause, names)| (cause.as_str(), names.len())).collect::<Vec<_>>(),
        [("failing of d", 1), ("heartbeat of a", 1), ("zone", 3)]
    );
}

fn any_is() -> impl Strategy<Value = Is> {
    prop_oneof![
        3 => Just(Is::Well),
        3 => prop_oneof![Just(12i64), Just(59), Just(60), Just(600)].prop_map(Is::Silent),
        2 => prop_oneof![Just(10i64), Just(600)].prop_map(Is::Without),
        1 => Just(Is::Refused),
        1 => Just(Is::Broken),
    ]
}

proptest! {
    /// However a fleet goes up and down: who is named by an open cause and has its symptom is not told of alone, a cause
    /// is open once, nobody who is named is forgotten, and all of it ends when all are well.
    #[test]
    fn a_shared_cause_is_one_incident_until_the_last_is_well(
        story in prop::collection::vec((prop::array::uniform6(any_is()), 1i64..200), 1..40)
    ) {
        let names = ["a", "b", "c", "d", "e", "f"];
        let zones = ["1a", "1a", "1a", "1a", "1b", "1b"];
        let of = |is: [Is; 6]| {
            let rows: Vec<(&str, &str, Is)> =
                names.iter().zip(zones).zip(is).map(|((name, zone), is)| (*name, zone, is)).collect();
            fleet_of(&rows)
        };
        let mut house = House::default();
        let mut now = 0;
        for (is, lasts) in story {
            now += lasts;
            let before: Vec<(IncidentId, usize)> =
                house.incidents.iter().map(|it| (it.id.clone(), it.deployments.len())).collect();
            let was_open: Vec<(String, Vec<String>)> = house
                .open()
                .into_iter()
                .map(|(cause, names)| (cause, names.into_iter().map(str::to_owned).collect()))
                .collect();
            let fleet = of(is);
            let changes = house.see(&fleet, now);
            for change in &changes {
                let incident = change.incident();
                let alone = incident.cause.as_ref().and_then(|cause| cause.deployment.as_ref());
                if let (Change::Open(_), Some(name)) = (change, alone) {
                    let symptom = symptom(&fleet.rows[name.as_str()]);
                    let rule = incident.cause.as_ref().map(|cause| cause.rule.clone()).unwrap_or_default();
                    let part = symptom.is_some_and(|symptom| {
                        was_open.iter().any(|(cause, names)| {
                            *cause == symptom.rule.as_str() && names.iter().any(|named| named == name.as_str())
                        })
                    });
                    prop_assert!(!part, "{rule} of {name} beside {was_open:?}");
                }
                if let (Change::Resolve(_), None) = (change, alone) {
                    let rule = incident.cause.as_ref().map(|cause| cause.rule.clone()).unwrap_or_default();
                    let ill = incident.deployments.iter().find(|name| {
                        symptom(&fleet.rows[name.as_str()]).is_some_and(|it| it.rule.as_str() == rule)
                            && !house.open().iter().any(|(cause, _)| cause.ends_with(&format!(" of {name}")))
                    });
                    prop_assert!(ill.is_none(), "{rule} was resolved while {ill:?} is ill");
                }
            }
            for (id, count) in before {
                let after = house.incidents.iter().find(|it| it.id == id).expect("none is lost");
                prop_assert!(after.deployments.len() >= count, "somebody was forgotten");
            }
            let mut causes: Vec<String> = house.open().into_iter().map(|(cause, _)| cause).collect();
            causes.sort();
            prop_assert!(causes.windows(2).all(|two| two[0] != two[1]), "{causes:?}");
        }
        house.see(&of([Is::Well; 6]), now + 1);
        house.see(&of([Is::Well; 6]), now + 121);
        prop_assert!(house.open().is_empty(), "{:?}", house.open());
    }
}
