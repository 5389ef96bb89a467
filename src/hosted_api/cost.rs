//! What the deployments that a plan changes cost a month, about, before and after.
//!
//! Pure, from the table of prices. An instance costs while it should run, a volume always; what depends on use (final
//! copies, logs, metrics, traffic) is left out. Where one price is not known there is no sum: half of one misleads.

use super::decide::Decision;
use crate::{
    model::{Desired, Power, price::Prices},
    store::Snapshot,
};
use doltops_proto::hosted_api as wire;

/// Hours of a month, as cloud bills count them.
const HOURS: f64 = 730.0;

/// A smaller difference is none: it is less than half a hundredth.
const NOTHING: f64 = 0.005;

/// About so much a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Before the change.
    pub before: f64,
    /// After it.
    pub after: f64,
    /// Of both.
    pub currency: String,
    /// How `after` comes together.
    pub parts: Vec<String>,
}

/// What a decision costs; none where the sum stays as it is.
///
/// # Errors
/// Which price is not known, in words.
pub fn cost(decision: &Decision, snapshot: &Snapshot, prices: &Prices) -> Result<Option<Cost>, String> {
    let mut cost = Cost { before: 0.0, after: 0.0, currency: prices.currency.clone(), parts: Vec::new() };
    for after in &decision.after {
        if let Some(before) = snapshot.desired.get(&after.record.id) {
            let (instance, volumes) = month(before, prices)?;
            cost.before += instance + volumes;
        }
        let Some(desired) = &after.desired else { continue };
        let (instance, volumes) = month(desired, prices)?;
        cost.after += instance + volumes;
        let spec = &desired.spec;
        let gib = spec.volume_gib.saturating_add(prices.root_gib);
        let running = if desired.power == Power::Running { "" } else { ", stopped" };
        cost.parts
            .push(format!("{}: {}{running} {instance:.2}, {gib} GiB {volumes:.2}", desired.name, spec.instance_type));
    }
    Ok(Some(cost).filter(|cost| (cost.after - cost.before).abs() >= NOTHING))
}

/// What a deployment costs a month as it is wanted; none where a price is not known.
pub fn of_one(desired: &Desired, prices: &Prices) -> Option<f64> {
    month(desired, prices).ok().map(|(instance, volumes)| instance + volumes)
}

/// Its instance and its volumes.
fn month(desired: &Desired, prices: &Prices) -> Result<(f64, f64), String> {
    let kind = &desired.spec.instance_type;
    let hour = prices.instance_hour.get(kind).ok_or_else(|| format!("there is no price of {kind} in [prices]"))?;
    let instance = if desired.power == Power::Running { hour.value() * HOURS } else { 0.0 };
    let gib = f64::from(desired.spec.volume_gib) + f64::from(prices.root_gib);
    Ok((instance, gib * prices.gib_month.value()))
}

/// A cost in a line, for people.
pub fn in_words(cost: &wire::Cost) -> String {
    let wire::Cost { before, after, currency, .. } = cost;
    let (sign, more) = if after < before { ("−", before - after) } else { ("+", after - before) };
    format!("about {before:.2} → {after:.2} {currency} a month ({sign}{more:.2})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hosted_api::decide::After,
        model::{CertificateKind, DeploymentId, Record, Settings, Spec},
    };
    use std::collections::BTreeMap;

    fn desired(kind: &str, gib: u32, power: Power) -> Desired {
        Desired {
            id: DeploymentId::new("d-orders"),
            name: "orders".parse().expect("a name"),
            spec: Spec {
                instance_type: kind.to_owned(),
                volume_gib: gib,
                certificate: CertificateKind::SelfSigned,
                settings: Settings::default(),
            },
            power,
            protected: false,
            paused: false,
        }
    }

    fn of(before: Option<Desired>, after: Option<Desired>) -> Result<Option<Cost>, String> {
        let either = after.clone().or(before.clone()).expect("one of them");
        let record = Record::new(either.id.clone(), either.name);
        let snapshot = Snapshot {
            commit: "0".repeat(32).parse().expect("a hash"),
            desired: before.into_iter().map(|it| (either.id.clone(), it)).collect(),
            records: BTreeMap::new(),
            last_change: BTreeMap::new(),
        };
        let decision = Decision { after: vec![After { desired: after, record }], ..Decision::default() };
        cost(&decision, &snapshot, &Prices::aws())
    }

    /// As the table of `docs/aws.md` has it: 14.02 for the instance, 0.95 for each 10 GiB.
    #[test]
    fn a_month_is_its_instance_while_it_runs_and_its_volumes() {
        let small = || desired("t4g.small", 10, Power::Running);
        let told = |before, after| {
            let cost = of(before, after).expect("known").expect("it changes");
            (format!("{:.2} {:.2}", cost.before, cost.after), cost.parts)
        };
        let made = told(None, Some(small()));
        assert_eq!(made, ("0.00 15.92".to_owned(), vec!["orders: t4g.small 14.02, 20 GiB 1.90".to_owned()]));
        assert_eq!(told(Some(small()), None), ("15.92 0.00".to_owned(), Vec::new()));
        assert_eq!(told(Some(small()), Some(desired("t4g.small", 10, Power::Stopped))).0, "15.92 1.90");
        assert_eq!(told(Some(small()), Some(desired("m7g.large", 20, Power::Running))).0, "15.92 74.25");
    }

    #[test]
    fn a_deployment_alone_costs_what_it_costs_in_a_plan() {
        let month = |kind, power| of_one(&desired(kind, 10, power), &Prices::aws()).map(|cost| format!("{cost:.2}"));
        assert_eq!(month("t4g.small", Power::Running).as_deref(), Some("15.92"));
        assert_eq!(month("t4g.small", Power::Stopped).as_deref(), Some("1.90"));
        assert_eq!(month("x9.huge", Power::Running), None);
    }

    #[test]
    fn what_stays_as_it_is_and_what_is_not_known_give_no_sum() {
        let small = || desired("t4g.small", 10, Power::Running);
        let protected = Desired { protected: true, ..small() };
        assert_eq!(of(Some(small()), Some(protected)), Ok(None));
        let refused = of(Some(small()), Some(desired("x9.huge", 10, Power::Running))).expect_err("no price");
        assert!(refused.contains("x9.huge"), "{refused}");
    }

    #[test]
    fn a_cost_reads_as_a_line() {
        let cost = |before, after| wire::Cost { before, after, currency: "USD".to_owned(), parts: Vec::new() };
        assert_eq!(in_words(&cost(15.92, 74.25)), "about 15.92 → 74.25 USD a month (+58.33)");
        assert_eq!(in_words(&cost(15.92, 0.0)), "about 15.92 → 0.00 USD a month (−15.92)");
    }
}
