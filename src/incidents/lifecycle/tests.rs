use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const SETTLED: SignedDuration = SignedDuration::from_secs(120);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

fn cause(number: u8) -> Cause {
    Cause { rule: "health".into(), deployment: Some(format!("d{number}").parse().expect("a name")) }
}

fn finding(severity: Severity) -> Finding {
    Finding {
        severity,
        title: format!("it is {severity}"),
        description: String::new(),
        runbook: None,
        deployments: Vec::new(),
    }
}

/// The store, as far as a lifecycle needs one.
#[derive(Default)]
struct House {
    incidents: Vec<Incident>,
    made: u32,
}

impl House {
    fn step(&mut self, findings: &Findings, second: i64) -> Vec<Change> {
        let made = &mut self.made;
        let new_id = || {
            *made += 1;
            IncidentId::new(format!("inc-{made}"))
        };
        let changes = step(&self.incidents, findings, SETTLED, at(second), new_id);
        for change in &changes {
            match self.incidents.iter_mut().find(|known| known.id == change.incident().id) {
                Some(known) => known.clone_from(change.incident()),
                None => self.incidents.push(change.incident().clone()),
            }
        }
        changes
    }

    fn open(&self) -> Vec<&Incident> {
        self.incidents.iter().filter(|incident| !incident.is_resolved()).collect()
    }
}

fn found(numbers: &[u8]) -> Findings {
    let found = numbers.iter().map(|number| (cause(*number), finding(Severity::Error)));
    Findings { found: found.collect(), unclear: BTreeSet::new() }
}

#[test]
fn a_cause_that_comes_back_is_the_same_incident() {
    let mut house = House::default();
    for (second, there) in [(0, true), (10, false), (60, true), (70, false), (189, false)] {
        house.step(&found(if there { &[1] } else { &[] }), second);
    }
    let [open] = house.open()[..] else { panic!("one is open") };
    assert_eq!((open.returned, open.gone_since), (1, Some(at(70))));
    house.step(&found(&[]), 190);
    assert!(house.open().is_empty());
    // After that it is another one.
    house.step(&found(&[1]), 200);
    assert_eq!((house.incidents.len(), house.open().len()), (2, 1));
}

/// A new host has heard nobody yet: what it cannot tell is neither mended nor broken again.
#[test]
fn what_cannot_be_told_is_left_as_it_is() {
    let mut house = House::default();
    house.step(&found(&[1]), 0);
    let unclear = Findings { found: BTreeMap::new(), unclear: [cause(1)].into() };
    for second in [10, 1_000, 100_000] {
        assert!(house.step(&unclear, second).is_empty());
    }
    house.step(&found(&[]), 100_010);
    house.step(&unclear, 100_020);
    house.step(&found(&[]), 100_100);
    house.step(&found(&[]), 100_200);
    assert_eq!(house.open().len(), 1, "its time away began anew");
}

#[test]
fn what_gets_worse_is_raised_and_never_lowered() {
    let mut house = House::default();
    let is = |severity| Findings { found: [(cause(1), finding(severity))].into(), unclear: BTreeSet::new() };
    house.step(&is(Severity::Warning), 0);
    let raised = house.step(&is(Severity::Critical), 10);
    assert!(matches!(&raised[..], [Change::Raise(incident)] if incident.title == "it is critical"), "{raised:?}");
    assert!(house.step(&is(Severity::Warning), 20).is_empty());
    assert_eq!(house.open()[0].severity, Severity::Critical);
}

#[test]
fn what_people_open_is_theirs() {
    let mut house = House::default();
    house.step(&found(&[1]), 0);
    house.incidents[0].cause = None;
    assert!(house.step(&found(&[]), 100_000).is_empty());
}

/// A storm must not fill the store; the worst are told.
#[test]
fn a_storm_is_bounded() {
    let mut findings = Findings::default();
    for number in 0..2 * MOST_OPEN {
        let cause = Cause { rule: format!("rule-{number:05}"), deployment: None };
        let severity = if number % 2 == 0 { Severity::Info } else { Severity::Critical };
        findings.found.insert(cause, finding(severity));
    }
    let mut house = House::default();
    house.step(&findings, 0);
    house.step(&findings, 2);
    assert_eq!(house.open().len(), MOST_OPEN);
    assert!(house.open().iter().all(|incident| incident.severity == Severity::Critical));
}

/// What a rule says of one cause for some seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Found,
    Fine,
    Unclear,
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![Just(Says::Found), Just(Says::Fine), Just(Says::Unclear)]
}

proptest! {
    /// Whatever comes, and however long it lasts.
    #[test]
    fn a_cause_has_one_incident_and_it_ends_with_its_cause(
        story in prop::collection::vec((prop::array::uniform3(says()), 1i64..200), 1..60)
    ) {
        let mut house = House::default();
        let mut now = 0;
        let mut seen_until = [None; 3];
        for (says, lasts) in story {
            now += lasts;
            let mut findings = Findings::default();
            for (number, says) in (0u8..).zip(says) {
                match says {
                    Says::Found => drop(findings.found.insert(cause(number), finding(Severity::Error))),
                    Says::Unclear => drop(findings.unclear.insert(cause(number))),
                    Says::Fine => {}
                }
                if says != Says::Fine {
                    seen_until[usize::from(number)] = Some(now);
                }
            }
            let changes = house.step(&findings, now);
            for change in &changes {
                let cause_of = change.incident().cause.clone().expect("a rule's");
                let there = findings.found.contains_key(&cause_of) || findings.unclear.contains(&cause_of);
                if matches!(change, Change::Resolve(_)) {
                    let number = (0u8..3).find(|number| cause(*number) == cause_of).expect("one of the three");
                    let away = now - seen_until[usize::from(number)].expect("it was there");
                    prop_assert!(!there && away >= 120, "resolved after {away} s");
                }
            }
            for number in 0..3 {
                let of = house.open().into_iter().filter(|open| open.cause == Some(cause(number))).count();
                prop_assert!(of <= 1, "{of} are open");
                prop_assert!(of == 1 || !findings.found.contains_key(&cause(number)), "none is open");
            }
        }
        // It stays away: each ends, and nothing happens any more.
        house.step(&Findings::default(), now + 1);
        house.step(&Findings::default(), now + 121);
        prop_assert!(house.open().is_empty());
        prop_assert!(house.step(&Findings::default(), now + 1_000).is_empty());
    }
}
