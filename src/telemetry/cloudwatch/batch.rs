//! Few calls for many curves.
//!
//! Pure. Guarantees: every ask is in exactly one call; no call is larger than CloudWatch takes.

use super::{cache::Ask, series::Key};
use std::collections::BTreeMap;

/// Curves in a call of GetMetricData, at most: AWS's limit.
pub const MOST_SERIES: usize = 500;

/// Values in a call's answer, at most: AWS's limit. More come in pages, and a page counts as a call.
const MOST_POINTS: i64 = 100_800;

/// One call: curves over the same span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Unix seconds, included.
    pub from: i64,
    /// Unix seconds, not included.
    pub to: i64,
    /// Which curves.
    pub keys: Vec<Key>,
}

/// The calls that answer `asks`.
pub fn calls(asks: Vec<Ask>) -> Vec<Call> {
    // By period too: it decides how many values come.
    let mut spans: BTreeMap<(i64, i64, i64), Vec<Key>> = BTreeMap::new();
    for Ask { key, from, to } in asks {
        spans.entry((from, to, key.period)).or_default().push(key);
    }
    let mut calls = Vec::new();
    for ((from, to, period), keys) in spans {
        let points = ((to - from) / period.max(1)).max(1);
        let fit = usize::try_from(MOST_POINTS / points).unwrap_or(MOST_SERIES).clamp(1, MOST_SERIES);
        calls.extend(keys.chunks(fit).map(|keys| Call { from, to, keys: keys.to_vec() }));
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::cloudwatch::series::{FULL, Metric};
    use proptest::prelude::*;

    pub fn key(instance: usize, metric: Metric, period: i64) -> Key {
        Key { namespace: "Doltops/cp/d".into(), instance: format!("i-{instance}").into(), metric, period }
    }

    proptest! {
        #[test]
        fn every_ask_is_in_one_call_that_aws_takes(
            wanted in prop::collection::vec((0_usize..400, 0_usize..10, 0_usize..3, 0_i64..3, 1_i64..1_500), 0..2_000)
        ) {
            let asks: Vec<Ask> = wanted
                .iter()
                .map(|(instance, metric, period, from, points)| {
                    let period = [60, 300, 3_600][*period];
                    let from = from * 3_600;
                    Ask { key: key(*instance, FULL[*metric], period), from, to: from + points * period }
                })
                .collect();
            let calls = calls(asks.clone());
            let mut answered = Vec::new();
            for call in &calls {
                prop_assert!(!call.keys.is_empty() && call.keys.len() <= MOST_SERIES);
                let points: i64 = call.keys.iter().map(|key| (call.to - call.from) / key.period).sum();
                prop_assert!(points <= MOST_POINTS);
                answered.extend(call.keys.iter().map(|key| (key.clone(), call.from, call.to)));
            }
            let mut asked: Vec<_> = asks.into_iter().map(|ask| (ask.key, ask.from, ask.to)).collect();
            asked.sort();
            answered.sort();
            prop_assert_eq!(asked, answered);
        }
    }

    #[test]
    fn a_screen_of_a_list_is_one_call() {
        let asks: Vec<Ask> = (0..250)
            .flat_map(|row| [Metric::Cpu, Metric::Queries].map(|metric| (row, metric)))
            .map(|(row, metric)| Ask { key: key(row, metric, 60), from: 0, to: 900 })
            .collect();
        assert_eq!(calls(asks).len(), 1);
    }
}
