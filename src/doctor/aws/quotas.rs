//! The account's limits against what the types on offer need, and what is used of them.

use super::{Account, fault::Fault, filter};
use crate::{config::AddressKind, doctor::Finding};
use std::collections::BTreeMap;

/// "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", in vCPUs.
const STANDARD: (&str, &str) = ("ec2", "L-1216C47A");
/// The families that it counts.
const STANDARD_FAMILIES: &[char] = &['a', 'c', 'd', 'h', 'i', 'm', 'r', 't', 'z'];
/// "EC2-VPC Elastic IPs".
const ADDRESSES: (&str, &str) = ("ec2", "L-0263D0A3");
/// "Storage for General Purpose SSD (gp3) volumes, in TiB".
const GP3: (&str, &str) = ("ebs", "L-7A658B76");
/// "Snapshots per Region".
const SNAPSHOTS: (&str, &str) = ("ebs", "L-309BACF6");

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let client = aws_sdk_servicequotas::Client::new(&account.sdk);
    let (processors, addresses, storage, snapshots) = futures::join!(
        processors(account, &client),
        addresses(account, &client),
        limit(&client, GP3),
        limit(&client, SNAPSHOTS),
    );
    let told = |check: &str, limit: Result<f64, Fault>, unit: &str| match limit {
        Ok(most) => Finding::ok(check, format!("{most} {unit} at most in this region")),
        Err(fault) => fault.finding(check, "servicequotas:GetServiceQuota"),
    };
    let mut findings = vec![processors];
    findings.extend(addresses);
    findings.push(told("quota of volumes", storage, "TiB of gp3"));
    findings.push(told("quota of snapshots", snapshots, "snapshots"));
    findings
}

async fn limit(client: &aws_sdk_servicequotas::Client, (service, code): (&str, &str)) -> Result<f64, Fault> {
    let answer = client.get_service_quota().service_code(service).quota_code(code).send().await;
    let answer = answer.map_err(|error| Fault::of(&error))?;
    let value = answer.quota.and_then(|quota| quota.value);
    value.ok_or_else(|| Fault::Unknown(format!("{service} {code} has no value")))
}

async fn processors(account: &Account<'_>, client: &aws_sdk_servicequotas::Client) -> Finding {
    let check = "quota of vCPUs";
    let most = match limit(client, STANDARD).await {
        Ok(most) => most,
        Err(fault) => return fault.finding(check, "servicequotas:GetServiceQuota"),
    };
    let types = match account.types().await {
        Ok(types) => types,
        Err(fault) => return fault.finding(check, "ec2:DescribeInstanceTypes"),
    };
    let needs: BTreeMap<String, i32> = types
        .iter()
        .filter_map(|info| {
            let name = info.instance_type()?.as_str().to_owned();
            Some((name, info.v_cpu_info()?.default_v_cpus()?))
        })
        .filter(|(name, _)| account.config.types.contains(name) && name.starts_with(STANDARD_FAMILIES))
        .collect();
    match running(account).await {
        Ok(used) => judge(most, used, &needs),
        Err(fault) => fault.finding(check, "ec2:DescribeInstances"),
    }
}

/// vCPUs of every standard instance of the account that runs, whoever's it is: the quota is the account's.
async fn running(account: &Account<'_>) -> Result<i32, Fault> {
    let states = ["pending", "running"].map(str::to_owned);
    let call = account.ec2.describe_instances().filters(filter("instance-state-name", &states));
    let mut pages = call.into_paginator().send();
    let mut used = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Fault::of(&error))?;
        let instances = page.reservations().iter().flat_map(|reservation| reservation.instances());
        used += instances
            .filter(|instance| instance.instance_type().is_some_and(|it| it.as_str().starts_with(STANDARD_FAMILIES)))
            .filter_map(|instance| instance.cpu_options())
            .map(|cpu| cpu.core_count().unwrap_or(0) * cpu.threads_per_core().unwrap_or(1))
            .sum::<i32>();
    }
    Ok(used)
}

fn judge(most: f64, used: i32, needs: &BTreeMap<String, i32>) -> Finding {
    let check = "quota of vCPUs";
    let found = format!("{used} of {most} vCPUs are in use");
    let more = format!(
        "aws service-quotas request-service-quota-increase --service-code {} --quota-code {} --desired-value N",
        STANDARD.0, STANDARD.1
    );
    let free = most - f64::from(used);
    let too_large = |times: i32| {
        let names = needs.iter().filter(|(_, vcpus)| f64::from(**vcpus * times) > free).map(|(name, _)| name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    match (too_large(1), too_large(2)) {
        (none, twice) if none.is_empty() && twice.is_empty() => Finding::ok(check, found),
        (none, twice) if none.is_empty() => {
            // A replacement is launched while the one before it is still ending.
            Finding::warning(check, format!("{found}; there is no room for two of: {twice}"), more)
        }
        (once, _) => Finding::missing(check, format!("{found}; there is no room for: {once}"), more),
    }
}

async fn addresses(account: &Account<'_>, client: &aws_sdk_servicequotas::Client) -> Option<Finding> {
    if account.config.address != AddressKind::Elastic {
        return None;
    }
    let check = "quota of addresses";
    let most = match limit(client, ADDRESSES).await {
        Ok(most) => most,
        Err(fault) => return Some(fault.finding(check, "servicequotas:GetServiceQuota")),
    };
    Some(match account.ec2.describe_addresses().send().await {
        Ok(answer) => elastic(most, answer.addresses().len()),
        Err(error) => Fault::of(&error).finding(check, "ec2:DescribeAddresses"),
    })
}

fn elastic(most: f64, used: usize) -> Finding {
    let check = "quota of addresses";
    let found = format!("{used} of {most} elastic addresses are in use; each deployment takes one");
    let more = format!(
        "aws service-quotas request-service-quota-increase --service-code {} --quota-code {} --desired-value N",
        ADDRESSES.0, ADDRESSES.1
    );
    let free = most - f64::from(u32::try_from(used).unwrap_or(u32::MAX));
    if free < 1.0 {
        Finding::missing(check, found, more)
    } else if free < 3.0 {
        Finding::warning(check, found, more)
    } else {
        Finding::ok(check, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_type_that_does_not_fit_is_named() {
        let needs = BTreeMap::from([("m7g.large".to_owned(), 2), ("m7g.2xlarge".to_owned(), 8)]);
        assert_eq!(judge(32.0, 0, &needs).outcome, Outcome::Ok);
        assert_eq!(judge(32.0, 20, &needs).outcome, Outcome::Warning);
        let full = judge(5.0, 2, &needs);
        assert_eq!(full.outcome, Outcome::Missing);
        assert!(full.found.ends_with("no room for: m7g.2xlarge"), "{full:?}");
    }

    #[test]
    fn the_last_addresses_are_a_warning() {
        assert_eq!(
            [elastic(5.0, 0), elastic(5.0, 3), elastic(5.0, 5)].map(|it| it.outcome),
            [Outcome::Ok, Outcome::Warning, Outcome::Missing]
        );
    }
}
