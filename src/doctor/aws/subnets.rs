//! Subnets: they are there, in one VPC, in different zones, with free addresses and the way out that `address` needs.

use super::{Account, fault::Fault, filter};
use crate::{config::AddressKind, doctor::Finding};
use aws_sdk_ec2::types::RouteTable;
use std::collections::{BTreeMap, BTreeSet};

/// A deployment takes an address, two while its instance is replaced.
const FEW: i32 = 10;

/// A subnet, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    id: String,
    vpc: String,
    zone: String,
    free: i32,
    /// Whether its route table leads to an Internet gateway; none: it could not be found out.
    public: Option<bool>,
}

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let subnets = match account.subnets().await {
        Ok(subnets) => subnets,
        Err(fault) => return vec![fault.needed("subnets", "ec2:DescribeSubnets")],
    };
    let vpcs: BTreeSet<String> = subnets.iter().filter_map(|subnet| subnet.vpc_id.clone()).collect();
    let tables = match account.config.address {
        AddressKind::Private => Vec::new(),
        AddressKind::Public | AddressKind::Elastic => match tables(account, vpcs).await {
            Ok(tables) => tables,
            Err(fault) => return vec![fault.finding("subnets", "ec2:DescribeRouteTables")],
        },
    };
    let found = subnets.iter().map(|subnet| {
        let (id, vpc) = (subnet.subnet_id.clone().unwrap_or_default(), subnet.vpc_id.clone().unwrap_or_default());
        Found {
            public: is_public(&id, &vpc, &tables),
            zone: subnet.availability_zone.clone().unwrap_or_default(),
            free: subnet.available_ip_address_count.unwrap_or_default(),
            id,
            vpc,
        }
    });
    judge(&account.config.subnets, &found.collect::<Vec<_>>(), account.config.address)
}

async fn tables(account: &Account<'_>, vpcs: BTreeSet<String>) -> Result<Vec<RouteTable>, Fault> {
    let vpcs: Vec<String> = vpcs.into_iter().collect();
    let answer = account.ec2.describe_route_tables().filters(filter("vpc-id", &vpcs)).send().await;
    Ok(answer.map_err(|error| Fault::of(&error))?.route_tables.unwrap_or_default())
}

/// By its own table, or else by its VPC's main one.
fn is_public(subnet: &str, vpc: &str, tables: &[RouteTable]) -> Option<bool> {
    let own = tables.iter().find(|table| table.associations().iter().any(|it| it.subnet_id() == Some(subnet)));
    let main = || {
        let of_vpc = tables.iter().filter(|table| table.vpc_id() == Some(vpc));
        of_vpc.into_iter().find(|table| table.associations().iter().any(|it| it.main() == Some(true)))
    };
    let table = own.or_else(main)?;
    Some(table.routes().iter().any(|route| route.gateway_id().is_some_and(|id| id.starts_with("igw-"))))
}

fn judge(wanted: &[String], found: &[Found], address: AddressKind) -> Vec<Finding> {
    let mut findings: Vec<Finding> = wanted
        .iter()
        .map(|id| match found.iter().find(|subnet| subnet.id == *id) {
            Some(subnet) => of_one(subnet, address),
            None => Finding::missing(
                format!("subnet {id}"),
                "this region has no such subnet",
                "correct aws.subnets or aws.region: aws ec2 describe-subnets",
            ),
        })
        .collect();
    findings.extend(together(found));
    findings
}

fn of_one(subnet: &Found, address: AddressKind) -> Finding {
    let check = format!("subnet {}", subnet.id);
    let facts = format!("{}, {} free addresses", subnet.zone, subnet.free);
    let more = "use a larger subnet, or end what is not needed in it: aws ec2 describe-network-interfaces";
    match subnet.free {
        ..=0 => return Finding::missing(check, format!("{}, no free address", subnet.zone), more),
        1..FEW => return Finding::warning(check, facts, more),
        _ => {}
    }
    match (address, subnet.public) {
        (AddressKind::Public | AddressKind::Elastic, Some(false)) => Finding::missing(
            check,
            format!("{facts}; no route to an Internet gateway, so a public address is not reached"),
            "add a route 0.0.0.0/0 to an Internet gateway: aws ec2 create-route; or set address = \"private\"",
        ),
        _ => Finding::ok(check, facts),
    }
}

/// What only shows of all of them.
fn together(found: &[Found]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let vpcs: BTreeSet<&str> = found.iter().map(|subnet| subnet.vpc.as_str()).collect();
    if vpcs.len() > 1 {
        findings.push(Finding::missing(
            "subnets",
            format!("they are in several VPCs: {}", vpcs.into_iter().collect::<Vec<_>>().join(", ")),
            "choose subnets of one VPC: security groups belong to one",
        ));
    }
    let mut by_zone: BTreeMap<&str, u32> = BTreeMap::new();
    found.iter().for_each(|subnet| *by_zone.entry(&subnet.zone).or_default() += 1);
    if let Some((zone, _)) = by_zone.iter().find(|(_, count)| **count > 1) {
        findings.push(Finding::missing(
            "subnets",
            format!("{zone} has more than one: with those no control plane starts"),
            "name one subnet a zone in aws.subnets",
        ));
    }
    if by_zone.len() == 1 {
        findings.push(Finding::warning(
            "subnets",
            "all are in one zone: where it has no capacity, nothing can be launched",
            "add a subnet in another zone",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;
    use AddressKind::{Private, Public};

    fn subnet(id: &str, zone: &str, free: i32) -> Found {
        Found { id: id.to_owned(), vpc: "vpc-1".to_owned(), zone: zone.to_owned(), free, public: None }
    }

    #[test]
    fn a_full_subnet_and_one_that_is_not_there_are_missing() {
        assert_eq!(of_one(&subnet("s", "a", 0), Private).outcome, Outcome::Missing);
        assert_eq!(of_one(&subnet("s", "a", 5), Private).outcome, Outcome::Warning);
        assert_eq!(of_one(&subnet("s", "a", 50), Private).outcome, Outcome::Ok);
        let found = judge(&["t".to_owned()], &[], Private);
        assert_eq!((found[0].check.as_str(), found[0].outcome), ("subnet t", Outcome::Missing));
    }

    #[test]
    fn public_addresses_need_a_way_out() {
        let closed = Found { public: Some(false), ..subnet("s", "a", 50) };
        assert_eq!(of_one(&closed, Public).outcome, Outcome::Missing);
        assert_eq!(of_one(&closed, Private).outcome, Outcome::Ok);
    }

    #[test]
    fn one_zone_alone_is_a_warning_and_twice_is_refused_as_the_driver_does() {
        let twice = [subnet("s", "a", 50), subnet("t", "a", 50)];
        let outcomes: Vec<Outcome> = together(&twice).iter().map(|finding| finding.outcome).collect();
        assert_eq!(outcomes, [Outcome::Missing, Outcome::Warning]);
        assert!(together(&[subnet("s", "a", 50), subnet("t", "b", 50)]).is_empty());
        let other = Found { vpc: "vpc-2".to_owned(), ..subnet("t", "b", 50) };
        assert_eq!(together(&[subnet("s", "a", 50), other])[0].outcome, Outcome::Missing);
    }
}
