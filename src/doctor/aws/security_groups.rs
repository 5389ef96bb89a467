//! Security groups: the agents' port is open to the control plane and not to the world, Dolt's to its clients.

use super::{Account, fault::Fault, filter};
use crate::{config::AddressKind, doctor::Finding};
use aws_sdk_ec2::types::{IpPermission, SecurityGroup};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, UdpSocket},
};

/// Where agents listen.
const AGENT: u16 = 7443;
/// Where Dolt listens.
const DOLT: u16 = 3306;

/// From where a port is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Open {
    /// Address ranges, as they are written.
    ranges: BTreeSet<String>,
    /// Other security groups and prefix lists: who is in them is not told here.
    groups: BTreeSet<String>,
}

impl Open {
    fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.groups.is_empty()
    }

    fn to_the_world(&self) -> bool {
        self.ranges.iter().any(|range| range == "0.0.0.0/0" || range == "::/0")
    }

    fn to(&self, address: Ipv4Addr) -> bool {
        self.ranges.iter().any(|range| contains(range, address))
    }

    fn words(&self) -> String {
        self.ranges.iter().chain(&self.groups).map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let wanted = &account.config.security_groups;
    let answer = account.ec2.describe_security_groups().filters(filter("group-id", wanted)).send().await;
    let groups = match answer.map_err(|error| Fault::of(&error)) {
        Ok(answer) => answer.security_groups.unwrap_or_default(),
        Err(fault) => return vec![fault.needed("security groups", "ec2:DescribeSecurityGroups")],
    };
    let subnets = account.subnets().await.unwrap_or_default();
    let vpc = subnets.first().and_then(|subnet| subnet.vpc_id());
    let mut findings = there(wanted, &groups, vpc);
    if findings.is_empty() {
        let here = subnets.iter().find_map(|subnet| here(subnet.cidr_block()?));
        findings.push(agents(&open(&groups, AGENT), here));
        findings.push(clients(&open(&groups, DOLT), account.config.address));
    }
    findings
}

/// What is wrong with the groups themselves.
fn there(wanted: &[String], groups: &[SecurityGroup], vpc: Option<&str>) -> Vec<Finding> {
    let judge = |id: &String| {
        let check = format!("security group {id}");
        match groups.iter().find(|group| group.group_id() == Some(id)) {
            None => Some(Finding::missing(
                check,
                "this region has no such security group",
                "correct aws.security_groups: aws ec2 describe-security-groups",
            )),
            Some(group) if vpc.is_some() && group.vpc_id() != vpc => Some(Finding::missing(
                check,
                format!(
                    "it is in {}, the subnets are in {}",
                    group.vpc_id().unwrap_or("no VPC"),
                    vpc.unwrap_or_default()
                ),
                "choose one of the subnets' VPC",
            )),
            Some(_) => None,
        }
    };
    wanted.iter().filter_map(judge).collect()
}

/// From where the groups together open a TCP port.
fn open(groups: &[SecurityGroup], port: u16) -> Open {
    let mut open = Open::default();
    for rule in groups.iter().flat_map(SecurityGroup::ip_permissions).filter(|rule| covers(rule, port)) {
        open.ranges.extend(rule.ip_ranges().iter().filter_map(|range| range.cidr_ip.clone()));
        open.ranges.extend(rule.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6.clone()));
        open.groups.extend(rule.user_id_group_pairs().iter().filter_map(|pair| pair.group_id.clone()));
        open.groups.extend(rule.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id.clone()));
    }
    open
}

fn covers(rule: &IpPermission, port: u16) -> bool {
    let port = i32::from(port);
    match rule.ip_protocol() {
        // Everything.
        Some("-1") => true,
        Some("tcp" | "6") => {
            let from = rule.from_port().unwrap_or(0);
            let to = rule.to_port().unwrap_or(i32::from(u16::MAX));
            (from..=to).contains(&port)
        }
        _ => false,
    }
}

/// The address with which this machine would reach that range. No packet is sent: the system only looks up its routes.
fn here(range: &str) -> Option<Ipv4Addr> {
    let target: Ipv4Addr = range.split('/').next()?.parse().ok()?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((target, AGENT)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn contains(range: &str, address: Ipv4Addr) -> bool {
    let Some((network, bits)) = range.split_once('/') else { return false };
    let (Ok(network), Ok(bits)) = (network.parse::<Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
    bits <= 32 && network.to_bits() & mask == address.to_bits() & mask
}

fn agents(open: &Open, here: Option<Ipv4Addr>) -> Finding {
    let check = "port 7443 (agents)";
    let allow = |from: &str| {
        format!("aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port {AGENT} --cidr {from}")
    };
    if open.is_empty() {
        let from = here.map_or("CONTROL-PLANE/32".to_owned(), |address| format!("{address}/32"));
        return Finding::missing(check, "it is open to nobody: agents would never be heard", allow(&from));
    }
    if open.to_the_world() {
        return Finding::warning(
            check,
            "it is open to the whole world; agents ask for a certificate, but need no other callers",
            "allow it to the control plane's address or security group only, and revoke the rule 0.0.0.0/0",
        );
    }
    match here {
        // Who is in a group is not known here, and an address may be translated on the way.
        Some(address) if open.groups.is_empty() && !open.to(address) => Finding::warning(
            check,
            format!(
                "it is open to {}; this machine would come from {address}, unless that is translated",
                open.words()
            ),
            allow(&format!("{address}/32")),
        ),
        _ => Finding::ok(check, format!("it is open to {}", open.words())),
    }
}

fn clients(open: &Open, address: AddressKind) -> Finding {
    let check = "port 3306 (Dolt)";
    if open.is_empty() {
        return Finding::missing(
            check,
            "it is open to nobody: no client could connect",
            format!(
                "aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port {DOLT} --cidr CLIENTS"
            ),
        );
    }
    if open.to_the_world() && address != AddressKind::Private {
        return Finding::warning(
            check,
            "it is open to the whole world, and instances have public addresses: anyone may try passwords",
            "allow it to the networks of your clients only",
        );
    }
    Finding::ok(check, format!("it is open to {}", open.words()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    fn to(ranges: &[&str]) -> Open {
        Open { ranges: ranges.iter().map(|range| (*range).to_owned()).collect(), groups: BTreeSet::new() }
    }

    #[test]
    fn the_agents_port_is_for_this_machine_only() {
        let here = Some(Ipv4Addr::new(10, 0, 1, 7));
        let of = |ranges: &[&str]| agents(&to(ranges), here).outcome;
        assert_eq!(of(&[]), Outcome::Missing);
        assert_eq!(of(&["0.0.0.0/0"]), Outcome::Warning);
        assert_eq!(of(&["192.168.0.0/16"]), Outcome::Warning);
        assert_eq!(of(&["10.0.0.0/16"]), Outcome::Ok);
        let group = Open { groups: BTreeSet::from(["sg-1".to_owned()]), ..Open::default() };
        assert_eq!(agents(&group, here).outcome, Outcome::Ok);
    }

    #[test]
    fn dolts_port_may_be_open_to_the_world_only_inside_a_vpc() {
        assert_eq!(clients(&to(&[]), AddressKind::Private).outcome, Outcome::Missing);
        assert_eq!(clients(&to(&["0.0.0.0/0"]), AddressKind::Private).outcome, Outcome::Ok);
        assert_eq!(clients(&to(&["0.0.0.0/0"]), AddressKind::Elastic).outcome, Outcome::Warning);
    }

    #[test]
    fn a_rule_covers_its_ports_of_its_protocol() {
        let rule = |protocol: &str, from: i32, to: i32| {
            IpPermission::builder().ip_protocol(protocol).from_port(from).to_port(to).build()
        };
        assert!(covers(&rule("tcp", 7000, 8000), AGENT));
        assert!(!covers(&rule("tcp", 3306, 3306), AGENT));
        assert!(!covers(&rule("udp", 7443, 7443), AGENT));
        assert!(covers(&IpPermission::builder().ip_protocol("-1").build(), AGENT));
    }

    #[test]
    fn ranges_hold_their_addresses() {
        let address = Ipv4Addr::new(10, 1, 2, 3);
        assert!(contains("10.1.2.3/32", address) && contains("10.0.0.0/8", address) && contains("0.0.0.0/0", address));
        assert!(!contains("10.1.2.4/32", address) && !contains("::/0", address) && !contains("10.1.2.3", address));
    }
}
