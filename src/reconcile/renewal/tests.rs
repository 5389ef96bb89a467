//! Renewals of certificates of any length, with windows and without.

use super::*;
use crate::model::{AgentReport, DeploymentId, DoltState, Epoch, Generation, Ordering, Power, Seen, Settings, Spec};
use proptest::{option, prelude::*};
use std::collections::BTreeMap;

/// Wednesday 2026-11-25 12:00.
const NOW: Timestamp = Timestamp::constant(1_795_608_000, 0);
const DAY: i64 = 86_400;
const ONE: Incarnation = Incarnation(1);

fn desired(certificate: CertificateKind, window: &str) -> Desired {
    Desired {
        id: DeploymentId::new("d-1"),
        name: "orders".parse().expect("a name"),
        spec: Spec {
            instance_type: "local.small".to_owned(),
            volume_gib: 1,
            certificate,
            settings: Settings::default().with("service_window", window).expect("a window"),
        },
        power: Power::Running,
        protected: false,
        paused: false,
    }
}

/// A certificate that began so many seconds before now and ends so many after.
fn applied(age: i64, left: i64) -> Applied {
    Applied {
        settings: BTreeMap::new(),
        restart_id: String::new(),
        volume_bytes: 0,
        certificate_serial: "old".to_owned(),
        certificate_not_before: NOW - SignedDuration::from_secs(age),
        certificate_not_after: NOW + SignedDuration::from_secs(left),
        certificate_names: Vec::new(),
    }
}

fn new() -> Issued {
    Issued {
        incarnation: ONE,
        serial: "new".to_owned(),
        names: Vec::new(),
        not_before: NOW,
        not_after: NOW + SignedDuration::from_hours(90 * 24),
    }
}

fn observed(issued: Option<Issued>) -> Observed {
    Observed { issued, ..Observed::default() }
}

fn due_of(desired: &Desired, applied: &Applied, observed: &Observed) -> Due {
    due(desired, applied, observed, ONE, NOW)
}

#[test]
fn two_thirds_of_any_life() {
    use CertificateKind::{SelfSigned, WebPki};
    for life in [120, 160 * 3_600, 45 * DAY, 90 * DAY] {
        let (young, old) = (applied(life / 3, life * 2 / 3), applied(life * 2 / 3 + 1, life / 3 - 1));
        assert_eq!(due_of(&desired(SelfSigned, ""), &young, &observed(None)), Due::Nothing, "{life}");
        assert_eq!(due_of(&desired(SelfSigned, ""), &old, &observed(None)), Due::Deploy, "{life}");
        assert_eq!(due_of(&desired(WebPki, ""), &young, &observed(None)), Due::Nothing, "{life}");
        assert_eq!(due_of(&desired(WebPki, ""), &old, &observed(None)), Due::Order, "{life}");
        assert_eq!(due_of(&desired(WebPki, ""), &old, &observed(Some(new()))), Due::Deploy, "{life}");
        assert!(!is_late(&old, NOW) && is_late(&applied(life, life / 13), NOW), "{life}");
    }
}

#[test]
fn the_service_window_is_waited_for_but_not_for_ever() {
    let weekly = |kind| desired(kind, "sun 03:00-05:00");
    let old = applied(61 * DAY, 29 * DAY);
    assert_eq!(due_of(&weekly(CertificateKind::SelfSigned), &old, &observed(None)), Due::IfRestarted);
    assert_eq!(
        due_of(&weekly(CertificateKind::WebPki), &old, &observed(None)),
        Due::Order,
        "an order restarts nothing"
    );
    assert_eq!(due_of(&weekly(CertificateKind::WebPki), &old, &observed(Some(new()))), Due::IfRestarted);
    let open = desired(CertificateKind::WebPki, "wed 11:30-12:30");
    assert_eq!(due_of(&open, &old, &observed(Some(new()))), Due::Deploy);
    let ending = applied(80 * DAY, 10 * DAY);
    assert_eq!(due_of(&weekly(CertificateKind::WebPki), &ending, &observed(Some(new()))), Due::Deploy);
}

#[test]
fn an_authority_that_will_revoke_is_heard() {
    let past = Suggested { at: NOW - SignedDuration::from_hours(2), until: NOW - SignedDuration::from_hours(1) };
    let mut seen = observed(None);
    seen.ordering.suggested = Some(past);
    let (weekly, young) = (desired(CertificateKind::WebPki, "sun 03:00-05:00"), applied(DAY, 89 * DAY));
    assert_eq!(due_of(&weekly, &young, &seen), Due::Order);
    seen.issued = Some(new());
    assert_eq!(due_of(&weekly, &young, &seen), Due::Deploy, "what is revoked is worse than a restart");
    // The usual wish is no such thing.
    let usual = Suggested { at: NOW, until: NOW + SignedDuration::from_hours(24) };
    seen.ordering.suggested = Some(usual);
    assert_eq!(due_of(&weekly, &applied(60 * DAY, 30 * DAY), &seen), Due::IfRestarted);
}

#[test]
fn what_was_refused_is_not_ordered_before_its_time() {
    let failure = |hours| OrderFailure {
        error: "the authority is full".to_owned(),
        times: 1,
        since: NOW,
        again: NOW + SignedDuration::from_hours(hours),
    };
    let mut seen = observed(None);
    seen.ordering = Ordering { suggested: None, failure: Some(failure(1)) };
    let (public, old) = (desired(CertificateKind::WebPki, ""), applied(61 * DAY, 29 * DAY));
    assert_eq!(due_of(&public, &old, &seen), Due::Nothing);
    seen.agent = Seen::Present(report(old.clone()));
    let told = coming(Some(&public), &seen, NOW).expect("it is told");
    assert_eq!(told, "certificate: ordered again Wed 13:00 UTC: the authority is full");
    seen.ordering.failure = Some(failure(0));
    assert_eq!(due_of(&public, &old, &seen), Due::Order);
}

fn failure(again: i64) -> OrderFailure {
    let again = NOW + SignedDuration::from_secs(again);
    OrderFailure { error: "5 a week".to_owned(), times: 1, since: NOW, again }
}

/// One of the control plane's own serves only while no public one can be had, and no window is waited for.
#[test]
fn what_stands_in_is_replaced_as_soon_as_a_public_one_can_be_had() {
    let mut own = applied(DAY, 89 * DAY);
    own.certificate_names = vec!["orders.doltops.test".to_owned(), "10.0.0.1".to_owned(), "localhost".to_owned()];
    let public = desired(CertificateKind::WebPki, "sun 03:00-05:00");
    assert!(stands_in(&public, &own) && !stands_in(&desired(CertificateKind::SelfSigned, ""), &own));
    assert!(!stands_in(&public, &applied(DAY, 89 * DAY)));
    let mut seen = observed(None);
    assert_eq!(due_of(&public, &own, &seen), Due::Order);
    seen.ordering.failure = Some(failure(DAY));
    assert_eq!(due_of(&public, &own, &seen), Due::Nothing);
    let ending = Applied { certificate_names: own.certificate_names.clone(), ..applied(61 * DAY, 29 * DAY) };
    assert_eq!(due_of(&public, &ending, &seen), Due::Deploy, "another one of our own");
    seen.agent = Seen::Present(report(own.clone()));
    let told = coming(Some(&public), &seen, NOW).expect("it is told");
    assert_eq!(told, "certificate: ordered again Thu 12:00 UTC: 5 a week");
    seen.issued = Some(new());
    assert_eq!(due_of(&public, &own, &seen), Due::Deploy);
}

/// What is over in a moment is waited for.
#[test]
fn one_stands_in_only_where_the_authority_keeps_waiting() {
    let mut seen = observed(None);
    assert_eq!(stand_in(&seen, NOW), None);
    seen.ordering.failure = Some(failure(30));
    assert_eq!(stand_in(&seen, NOW), None);
    seen.ordering.failure = Some(failure(DAY));
    assert!(stand_in(&seen, NOW).is_some());
}

fn report(applied: Applied) -> AgentReport {
    AgentReport {
        heard: NOW,
        incarnation: ONE,
        enrolled: true,
        agent_version: String::new(),
        epoch: Epoch(1),
        generation: Generation(1),
        dolt: DoltState::Up,
        dolt_since: NOW,
        dolt_version: String::new(),
        dolt_pid: 0,
        dolt_restarts: 0,
        last_error: String::new(),
        disk_used: 0,
        disk_total: 0,
        disk_lost: false,
        applied: Some(applied),
        credentials_until: None,
        trust: None,
    }
}

#[test]
fn what_comes_is_told_a_week_before() {
    let mut seen = observed(None);
    let mut told = |desired: &Desired, applied: Applied| {
        seen.agent = Seen::Present(report(applied));
        coming(Some(desired), &seen, NOW)
    };
    let weekly = desired(CertificateKind::SelfSigned, "sun 03:00-05:00");
    assert_eq!(
        told(&weekly, applied(61 * DAY, 29 * DAY)).expect("it is due"),
        "certificate: renewed Sun 03:00 UTC in the service window; Dolt restarts, about 1 s"
    );
    let any = desired(CertificateKind::SelfSigned, "");
    assert_eq!(told(&any, applied(30 * DAY, 60 * DAY)), None, "a month away");
    assert_eq!(
        told(&any, applied(58 * DAY, 32 * DAY)).expect("in two days"),
        "certificate: renewed Fri 12:00 UTC; Dolt restarts, about 1 s"
    );
    let outside = told(&weekly, applied(88 * DAY, 2 * DAY)).expect("it is urgent");
    assert!(outside.contains("renewed now, outside the service window"), "{outside}");
}

proptest! {
    /// Whatever was wished and whenever the window opens: ordered and deployed before a sixth of its life is left, or now.
    #[test]
    fn nothing_ends_that_can_be_renewed(
        life in 60i64..100 * DAY, age in 0i64..100 * DAY, window in 0usize..3,
        wish in option::of((-100 * DAY..100 * DAY, 0i64..3 * DAY)),
    ) {
        let terms = Terms {
            not_before: NOW - SignedDuration::from_secs(age),
            not_after: NOW + SignedDuration::from_secs(life - age),
            suggested: wish.map(|(at, length)| {
                let at = NOW + SignedDuration::from_secs(at);
                Suggested { at, until: at + SignedDuration::from_secs(length) }
            }),
            window: ["", "sun 03:00-05:00", "daily 23:00-01:00"][window].parse().ok(),
        };
        let last = terms.with_left(AT_LAST);
        prop_assert!(terms.order_at() <= last);
        let ready = terms.order_at().max(NOW);
        let deploy = terms.deploy_at(ready);
        prop_assert!(deploy >= ready && deploy <= last.max(ready));
        prop_assert!(deploy == ready || terms.window.is_some());
    }
}
