use super::*;
use doltops_proto::hosted_api::{CellChange, Desired, PlannedStep};

fn deployment(health: &str, phase: &str, generation: u64) -> Deployment {
    Deployment {
        name: "orders".into(),
        health: health.into(),
        phase: phase.into(),
        generation,
        desired: Some(Desired::default()),
        ..Deployment::default()
    }
}

fn target(until: Until) -> Target {
    let accepted = ChangeResponse { generation: 4, ..ChangeResponse::default() };
    Target::new(Some("orders"), &accepted, &PlanResponse::default(), until)
}

fn verdict(until: Until, fleet: &[Deployment], seen_before: bool) -> &'static str {
    let seen = seen_before.then(|| "orders".to_owned()).into_iter().collect();
    match target(until).verdict(fleet, &seen) {
        Verdict::NotYet => "not yet",
        Verdict::Reached => "reached",
        Verdict::Lost(_) => "lost",
    }
}

#[test]
fn only_what_is_at_the_generation_counts() {
    assert_eq!(verdict(Until::Settled, &[deployment("healthy", "settled", 3)], true), "not yet");
    assert_eq!(verdict(Until::Settled, &[deployment("failed", "deploy", 3)], true), "not yet");
    assert_eq!(verdict(Until::Settled, &[deployment("healthy", "settled", 4)], true), "reached");
    assert_eq!(verdict(Until::Settled, &[deployment("healthy", "settled", 5)], true), "reached");
    assert_eq!(verdict(Until::Noted, &[deployment("healthy", "deploy", 3)], true), "not yet");
    assert_eq!(verdict(Until::Noted, &[deployment("healthy", "deploy", 4)], true), "reached");
}

#[test]
fn settled_means_up_or_as_down_as_desired() {
    for (health, expected) in [
        ("healthy", "reached"),
        ("stopped", "reached"),
        ("degraded", "reached"),
        ("starting", "not yet"),
        ("unreachable", "not yet"),
        ("failed", "lost"),
    ] {
        assert_eq!(verdict(Until::Settled, &[deployment(health, "settled", 4)], true), expected, "{health}");
    }
    assert_eq!(verdict(Until::Settled, &[deployment("healthy", "deploy", 4)], true), "not yet");
}

#[test]
fn absence_ends_a_delete_and_nothing_else() {
    assert_eq!(verdict(Until::Gone, &[], false), "reached");
    assert_eq!(verdict(Until::Gone, &[deployment("stopped", "settled", 4)], true), "not yet");
    assert_eq!(verdict(Until::Settled, &[], false), "not yet");
    assert_eq!(verdict(Until::Settled, &[], true), "lost");
}

#[test]
fn a_paused_deployment_is_not_waited_for() {
    let desired = Some(Desired { paused: true, ..Desired::default() });
    let paused = Deployment { desired, ..deployment("healthy", "paused", 4) };
    assert_eq!(verdict(Until::Settled, std::slice::from_ref(&paused), true), "lost");
    assert_eq!(verdict(Until::Noted, &[paused], true), "reached");
}

#[test]
fn a_roll_back_of_all_waits_for_those_that_its_plan_names() {
    let step = |name: &str| PlannedStep { deployment: name.into(), ..PlannedStep::default() };
    // One that never ran holds no data: that it goes is told by its name, which goes.
    let gone = CellChange {
        table: "deployments".to_owned(),
        column: "name".to_owned(),
        from: Some("new".to_owned()),
        ..CellChange::default()
    };
    let plan =
        PlanResponse { steps: vec![step("orders"), step("new")], changes: vec![gone], ..PlanResponse::default() };
    let accepted = ChangeResponse { generation: 4, ..ChangeResponse::default() };
    let target = Target::new(None, &accepted, &plan, Until::Settled);
    let seen = BTreeSet::from(["orders".to_owned(), "new".to_owned()]);
    let done = [deployment("healthy", "settled", 4)];
    assert!(matches!(target.verdict(&done, &seen), Verdict::Reached));
    assert!(matches!(target.verdict(&[deployment("healthy", "deploy", 4)], &seen), Verdict::NotYet));
}
