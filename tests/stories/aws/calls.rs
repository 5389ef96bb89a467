//! What a settled fleet costs in calls of AWS: the look at everything, and nothing else.

use super::support::Aws;
use crate::support::sandbox::wait_for_within;
use doltops_stand_in::keeper::Agents;
use std::{collections::BTreeMap, time::Duration};

/// A birth is paced by AWS's own limits: two instances a second, and moto is slow with many.
const BIRTHS: Duration = Duration::from_secs(1_200);

/// Two passes: the resync is every 30 s.
const PASSES: Duration = Duration::from_secs(65);

/// 10 deployments, settled, for two passes.
#[test]
fn a_settled_fleet_of_10_is_looked_at_and_left_alone() {
    settled(10);
}

/// 100 of them. Minutes, because AWS lets two instances begin in a second; run it with `--ignored`.
#[test]
#[ignore = "takes minutes; the figures stand in docs/aws.md"]
fn a_settled_fleet_of_100_is_looked_at_and_left_alone() {
    settled(100);
}

/// 400 of them.
#[test]
#[ignore = "takes a quarter of an hour; the figures stand in docs/aws.md"]
fn a_settled_fleet_of_400_is_looked_at_and_left_alone() {
    settled(400);
}

/// Creates so many with agents of the real library and no Dolt, waits until they are settled, and counts.
fn settled(count: usize) {
    let mut aws = Aws::without_daemon(Agents::Library, &[]);
    aws.sandbox.host();
    for number in 0..count {
        aws.sandbox.ask(&format!("create d{number}")).json();
    }
    wait_for_within(BIRTHS, "all to be settled", || {
        let all = aws.sandbox.ask("list").json();
        let is_settled = |it: &&serde_json::Value| it["phase"] == "settled" && it["health"] == "healthy";
        (all.as_array()?.iter().filter(is_settled).count() == count).then_some(())
    });
    // What the births have left under way has its pass.
    wait(PASSES / 2);
    aws.stand_in.proxy.calls.forget();
    wait(PASSES);
    let calls: BTreeMap<String, usize> = aws.stand_in.proxy.calls.counts();
    println!("{count} deployments, settled, two passes: {calls:?}");
    let changes: Vec<_> = calls.keys().filter(|call| !is_look(call)).collect();
    assert!(changes.is_empty(), "a settled fleet is changed: {changes:?}");
    // A page has a thousand: the calls of a pass do not grow with the fleet.
    assert!(calls.values().sum::<usize>() <= 30, "{calls:?}");
}

/// A call that changes nothing. What agents send of their metrics is no call of the control plane's.
fn is_look(call: &str) -> bool {
    ["Describe", "List", "Get", "PutMetricData", "AssumeRole"].iter().any(|start| call.starts_with(start))
}

/// Nothing is waited for here but time itself: passes come by the clock.
fn wait(time: Duration) {
    let until = doltops_agent::clock::instant() + time;
    while doltops_agent::clock::instant() < until {
        std::thread::park_timeout(Duration::from_millis(100));
    }
}
