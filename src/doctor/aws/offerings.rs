//! The types on offer: known to the region, and to be had in the zones of the subnets.

use super::{Account, fault::Fault, filter};
use crate::doctor::Finding;
use aws_sdk_ec2::types::LocationType;
use std::collections::{BTreeMap, BTreeSet};

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let zones: BTreeSet<String> = match account.subnets().await {
        Ok(subnets) => subnets.iter().filter_map(|subnet| subnet.availability_zone.clone()).collect(),
        Err(fault) => return vec![fault.finding("instance types", "ec2:DescribeSubnets")],
    };
    if zones.is_empty() {
        return vec![Finding::not_checked("instance types", "none of the subnets is there, so no zone is known")];
    }
    match offered(account).await {
        Ok(offered) => judge(&account.config.types, &account.config.alternatives, &zones, &offered),
        Err(fault) => vec![fault.finding("instance types", "ec2:DescribeInstanceTypeOfferings")],
    }
}

/// The zones in which each type can be had.
async fn offered(account: &Account<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, Fault> {
    let wanted: Vec<String> = every(&account.config.types, &account.config.alternatives).into_iter().collect();
    let call = account.ec2.describe_instance_type_offerings().location_type(LocationType::AvailabilityZone);
    let mut pages = call.filters(filter("instance-type", &wanted)).into_paginator().send();
    let mut offered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Fault::of(&error))?;
        for offering in page.instance_type_offerings.unwrap_or_default() {
            if let (Some(name), Some(zone)) = (offering.instance_type, offering.location) {
                offered.entry(name.as_str().to_owned()).or_default().insert(zone);
            }
        }
    }
    Ok(offered)
}

/// What is on offer, and what stands in for it.
pub fn every(types: &[String], alternatives: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    types.iter().chain(alternatives.values().flatten()).cloned().collect()
}

fn judge(
    types: &[String],
    alternatives: &BTreeMap<String, Vec<String>>,
    zones: &BTreeSet<String>,
    offered: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in every(types, alternatives) {
        let check = format!("instance type {name}");
        let here: BTreeSet<&String> =
            offered.get(&name).map(|had| had.intersection(zones).collect()).unwrap_or_default();
        let lacking: Vec<&str> = zones.iter().filter(|zone| !here.contains(zone)).map(String::as_str).collect();
        match (here.is_empty(), lacking.is_empty()) {
            (true, _) => found.push(Finding::missing(
                check,
                format!("it is offered in none of {}", list(zones)),
                "take it out of aws.types and aws.alternatives, or add a subnet in a zone that has it: \
                 aws ec2 describe-instance-type-offerings --location-type availability-zone",
            )),
            (false, false) => found.push(Finding::warning(
                check,
                format!("it is not offered in {}", lacking.join(", ")),
                "a volume in that zone cannot be served by this type; the other zones have it",
            )),
            (false, true) => {}
        }
    }
    if found.is_empty() {
        found.push(Finding::ok("instance types", format!("{} are offered in {}", types.join(", "), list(zones))));
    }
    found
}

fn list(zones: &BTreeSet<String>) -> String {
    zones.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_type_of_no_zone_is_missing_and_one_of_some_is_a_warning() {
        let zones = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        let offered = BTreeMap::from([
            ("t4g.small".to_owned(), zones.clone()),
            ("m7g.large".to_owned(), BTreeSet::from(["a".to_owned()])),
        ]);
        let of = |types: &[&str]| {
            let types: Vec<String> = types.iter().map(|name| (*name).to_owned()).collect();
            judge(&types, &BTreeMap::new(), &zones, &offered)
        };
        assert_eq!(of(&["t4g.small"])[0].outcome, Outcome::Ok);
        let found = of(&["t4g.small", "m7g.large", "x9.large"]);
        assert_eq!(found.iter().map(|it| it.outcome).collect::<Vec<_>>(), [Outcome::Warning, Outcome::Missing]);
    }
}
