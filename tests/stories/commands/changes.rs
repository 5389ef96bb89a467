//! What changes a deployment: its words, its plan, its refusals, and the wait for its end.

use super::*;
use crate::support::fake_api::deployment;
use doltops::hosted_api::problem::{Kind, Problem};

#[tokio::test]
async fn every_kind_of_refusal_has_its_exit_code() {
    for (problem, code, kind) in [
        (Problem::new(Kind::Failed, "x"), 1, "failed"),
        (Problem::invalid("volume", "5 GiB is less than 10: a volume only grows").next("ask for more"), 2, "invalid"),
        (Problem::new(Kind::NotFound, "x"), 3, "not-found"),
        (Problem::new(Kind::Refused, "orders is protected").next("doltops unprotect orders"), 4, "refused"),
    ] {
        let fake = FakeApi::that(Script { changes: [Err(problem.clone())].into(), ..Script::default() });
        let ended = doltops(&fake, "resize orders --volume 5 -o json").await;
        assert_eq!((ended.code, ended.out.as_str()), (code, ""));
        assert_eq!(
            (ended.error()["kind"].as_str(), ended.error()["message"].as_str()),
            (Some(kind), Some(&*problem.what))
        );
        assert_eq!(ended.error()["field"].as_str().unwrap_or_default(), problem.field);
        assert_eq!(ended.error()["next"].as_str().unwrap_or_default(), problem.next);
        assert_eq!(fake.asked().len(), 1);
    }
}

/// The answer is lost: it is asked for once more, with the same id, so that nothing is done twice.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_id() {
    let lost = || Err(Problem::new(Kind::Unreachable, "the connection was lost"));
    let fake = FakeApi::that(Script { changes: [lost(), Ok(accepted(1))].into(), ..Script::default() });
    let ended = doltops(&fake, "create orders").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let asked = fake.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
    assert!(asked[0].request_id.len() >= 12);

    let fake = FakeApi::that(Script { changes: [lost(), lost(), Ok(accepted(1))].into(), ..Script::default() });
    let ended = doltops(&fake, "create orders").await;
    assert_eq!((ended.code, fake.asked().len()), (5, 2));
}

#[tokio::test]
async fn each_change_asks_for_what_its_words_say() {
    use change::Change as C;
    let hash = "0123456789abcdefghijklmnopqrstuv";
    let name = || "orders".to_owned();
    for (line, expected) in [
        (
            "create orders --type local.large --volume 20 --certificate webpki",
            C::Create(change::Create {
                name: name(),
                instance_type: "local.large".into(),
                volume_gib: Some(20),
                certificate: "webpki".into(),
                ..Default::default()
            }),
        ),
        ("create orders", C::Create(change::Create { name: name(), ..Default::default() })),
        (
            "resize orders --volume 20",
            C::Resize(change::Resize { name: name(), instance_type: None, volume_gib: Some(20) }),
        ),
        (
            "set orders max_connections=40 log_level=",
            C::Set(change::Set {
                name: name(),
                settings: [("max_connections".to_owned(), "40".to_owned()), ("log_level".to_owned(), String::new())]
                    .into(),
            }),
        ),
        ("stop orders", C::Stop(change::Stop { name: name() })),
        ("start orders", C::Start(change::Start { name: name() })),
        ("restart orders", C::Restart(change::Restart { name: name() })),
        ("pause orders", C::Pause(change::Pause { name: name() })),
        ("resume orders", C::Resume(change::Resume { name: name() })),
        ("protect orders", C::Protect(change::Protect { name: name() })),
        ("unprotect orders", C::Unprotect(change::Unprotect { name: name() })),
        ("delete orders --confirm orders", C::Delete(change::Delete { name: name(), confirm: name() })),
        ("undo op-1 --confirm orders", C::Undo(change::Undo { operation_id: "op-1".into(), confirm: name() })),
        ("undo", C::Undo(change::Undo::default())),
        (
            &format!("rollback orders --to {hash}"),
            C::RollBack(change::RollBack { name: name(), to: hash.into(), ..Default::default() }),
        ),
        (
            &format!("rollback --all --to {hash}"),
            C::RollBack(change::RollBack { all: true, to: hash.into(), ..Default::default() }),
        ),
        (
            &format!("rollback --all --to {hash} --confirm all"),
            C::RollBack(change::RollBack { all: true, to: hash.into(), confirm: "all".into(), ..Default::default() }),
        ),
    ] {
        let fake = FakeApi::default();
        assert_eq!(doltops(&fake, line).await.code, 0, "{line}");
        let asked = fake.asked().pop().and_then(|request| request.change).and_then(|change| change.change);
        assert_eq!(asked, Some(expected), "{line}");
    }
}

#[tokio::test]
async fn a_dry_run_is_a_plan_and_changes_nothing() {
    let fake = FakeApi::that(Script { plan: Some(Ok(accepted(1).plan.unwrap())), ..Script::default() });
    let to = "0".repeat(32);
    let ended = doltops(&fake, &format!("rollback orders --to {to} --dry-run")).await;
    insta::assert_snapshot!(ended.out);
    assert_eq!(ended.out, doltops(&fake, &format!("plan orders --to {to}")).await.out);
    assert!(fake.asked().is_empty());
    let plan = doltops(&fake, "plan orders --volume 20 -o json").await.json();
    for field in ["action", "target", "reason", "destroys_data"] {
        assert!(!plan["steps"][0][field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn wait_ends_when_the_deployment_has_settled() {
    let at = |health: &str, phase: &str, generation| Deployment {
        health: health.into(),
        phase: phase.into(),
        ..deployment("orders", generation)
    };
    let script = || Script {
        changes: [Ok(accepted(4))].into(),
        fleets: [
            Ok(vec![at("healthy", "settled", 3)]),
            Ok(vec![at("starting", "launch-instance local.small", 4)]),
            Err(Problem::new(Kind::Unreachable, "the host has ended")),
            Ok(vec![at("starting", "deploy i-1", 4)]),
            Ok(vec![at("healthy", "settled", 4)]),
        ]
        .into(),
        ..Script::default()
    };
    let ended = doltops(&FakeApi::that(script()), "resize orders --type local.small --wait").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    insta::assert_snapshot!(format!("{}--\n{}", ended.out, ended.err));
    let json = doltops(&FakeApi::that(script()), "resize orders --type local.small --wait -o json").await;
    assert_eq!((json.err.as_str(), json.json()["deployment"]["generation"].as_u64()), ("", Some(4)));
    assert_eq!(json.json()["commit"], "c".repeat(32));
}

/// Nothing follows from a protection in the world; and before it is known, its wait says nothing of the deployment.
#[tokio::test]
async fn a_change_without_steps_says_so() {
    let nothing = ChangeResponse { plan: Some(PlanResponse::default()), ..accepted(4) };
    let fleets = [Ok(vec![deployment("orders", 3)]), Ok(vec![deployment("orders", 4)])].into();
    let script = Script { changes: [Ok(nothing)].into(), fleets, ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "protect orders --wait").await;
    assert!(ended.out.ends_with("generation 4, nothing to carry out\n"), "{}", ended.out);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
}

#[tokio::test]
async fn wait_ends_with_1_when_it_failed_and_when_the_time_is_up() {
    let failing = Deployment {
        health: "failed".into(),
        failure: Some(Failure { error: "the disk is full".into(), ..Failure::default() }),
        ..deployment("orders", 4)
    };
    let script = Script { changes: [Ok(accepted(4))].into(), fleets: [Ok(vec![failing])].into(), ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "start orders --wait -o json").await;
    assert_eq!(ended.code, 1);
    assert_eq!(ended.error()["message"], "orders failed: the disk is full");

    let script = Script { changes: [Ok(accepted(4))].into(), ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "start orders --wait --timeout 1s -o json").await;
    assert_eq!(ended.code, 1);
    assert!(ended.error()["message"].as_str().is_some_and(|message| message.starts_with("not settled after 1 s")));
}

#[tokio::test]
async fn a_delete_is_waited_for_until_it_is_gone() {
    let fleets = [Ok(vec![deployment("orders", 4)]), Ok(vec![])].into();
    let script = Script { changes: [Ok(accepted(4))].into(), fleets, ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "delete orders --confirm orders --wait -o json").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.json()["deployment"].is_null());
}

/// The plan was shown, then someone else changed the deployment: the new plan is in the refusal.
#[tokio::test]
async fn a_plan_that_has_changed_is_shown() {
    let mut problem = Problem::new(Kind::Refused, "the plan has changed since").next("look at it and confirm again");
    problem.plan = accepted(1).plan.map(Box::new);
    let script = || Script { changes: [Err(problem.clone())].into(), ..Script::default() };
    let ended = doltops(&FakeApi::that(script()), "stop orders").await;
    assert_eq!(ended.code, 4);
    insta::assert_snapshot!(ended.err);
    let ended = doltops(&FakeApi::that(script()), "stop orders -o json").await;
    assert_eq!(ended.error()["plan"]["steps"][0]["action"], "create-volume");
}
