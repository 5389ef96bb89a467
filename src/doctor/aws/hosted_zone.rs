//! The hosted zone: it is there, holds the configured domain, and the DNS leads to it.

use super::{
    Account,
    dns::{self, Delegation},
    fault::Fault,
};
use crate::doctor::Finding;
use std::collections::BTreeSet;

/// A hosted zone, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Zone {
    /// Without the last dot.
    name: String,
    private: bool,
    /// Its name servers, in lower case, without the last dot; a private zone has none.
    servers: BTreeSet<String>,
}

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let (id, domain) = (&account.config.hosted_zone, &account.config.domain);
    let client = aws_sdk_route53::Client::new(&account.sdk);
    let zone = match client.get_hosted_zone().id(id).send().await {
        Ok(answer) => {
            let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
            let servers = answer.delegation_set.map(|set| set.name_servers).unwrap_or_default();
            let zone = answer.hosted_zone;
            Zone {
                name: zone.as_ref().map(|zone| plain(zone.name())).unwrap_or_default(),
                private: zone.and_then(|zone| zone.config).is_some_and(|config| config.private_zone),
                servers: servers.iter().map(|server| plain(server)).collect(),
            }
        }
        Err(error) => return vec![absent(id, Fault::of(&error))],
    };
    let mut findings = vec![fits(id, domain, &zone)];
    findings.push(match &account.config.endpoint_url {
        Some(url) => Finding::not_checked("delegation", format!("{url} is no AWS: the DNS does not know its zones")),
        None if zone.private => Finding::warning(
            "delegation",
            format!("{} is a private zone: names resolve in its VPCs only", zone.name),
            "public authorities cannot see its challenges: choose the control plane's own certificates, or a public zone",
        ),
        None => delegated(&zone, dns::delegation(&zone.name, account.env.random()).await),
    });
    findings
}

fn absent(id: &str, fault: Fault) -> Finding {
    match fault {
        Fault::Refused(code, _) if code == "NoSuchHostedZone" || code == "InvalidInput" => Finding::missing(
            "hosted zone",
            format!("this account has no hosted zone {id}"),
            "correct aws.hosted_zone: aws route53 list-hosted-zones",
        ),
        fault => fault.finding("hosted zone", "route53:GetHostedZone"),
    }
}

fn fits(id: &str, domain: &str, zone: &Zone) -> Finding {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let inside = domain == zone.name || domain.strip_suffix(&zone.name).is_some_and(|rest| rest.ends_with('.'));
    match inside {
        true => Finding::ok("hosted zone", format!("{id} holds {} and with it {domain}", zone.name)),
        false => Finding::missing(
            "hosted zone",
            format!("{id} holds {}, which {domain} is not inside", zone.name),
            "set aws.hosted_zone to the zone of aws.domain: aws route53 list-hosted-zones",
        ),
    }
}

fn delegated(zone: &Zone, answer: Result<Delegation, String>) -> Finding {
    let (check, name) = ("delegation", &zone.name);
    let wanted = zone.servers.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let next = format!("at the registrar, or in the zone above, set the NS records of {name} to: {wanted}");
    match answer {
        Ok(Delegation::To(servers)) if servers == zone.servers => {
            Finding::ok(check, format!("the DNS leads {name} to this zone's name servers"))
        }
        Ok(Delegation::To(servers)) if servers.is_disjoint(&zone.servers) => {
            let servers = servers.into_iter().collect::<Vec<_>>().join(", ");
            Finding::missing(check, format!("the DNS leads {name} elsewhere: {servers}"), next)
        }
        // A change of name servers under way, or a list that was typed by hand.
        Ok(Delegation::To(_)) => Finding::warning(
            check,
            format!("the DNS knows some of {name}'s name servers, and not all or others too"),
            next,
        ),
        Ok(Delegation::Nobody) => Finding::missing(check, format!("the DNS leads {name} nowhere"), next),
        Err(why) => Finding::not_checked(check, format!("{why}; dig NS {name} must name {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    fn zone() -> Zone {
        Zone { name: "example.com".to_owned(), private: false, servers: BTreeSet::from(["ns-1".into(), "ns-2".into()]) }
    }

    #[test]
    fn the_domain_is_in_the_zone() {
        let of = |domain| fits("Z1", domain, &zone()).outcome;
        assert_eq!((of("example.com"), of("db.Example.com.")), (Outcome::Ok, Outcome::Ok));
        assert_eq!((of("badexample.com"), of("example.org")), (Outcome::Missing, Outcome::Missing));
    }

    #[test]
    fn the_dns_must_lead_to_the_zone() {
        let to = |servers: &[&str]| {
            let servers = servers.iter().map(|server| (*server).to_owned()).collect();
            delegated(&zone(), Ok(Delegation::To(servers)))
        };
        assert_eq!(to(&["ns-1", "ns-2"]).outcome, Outcome::Ok);
        assert_eq!(to(&["ns-1"]).outcome, Outcome::Warning);
        assert_eq!(to(&["elsewhere"]).outcome, Outcome::Missing);
        let nobody = delegated(&zone(), Ok(Delegation::Nobody));
        assert_eq!(nobody.outcome, Outcome::Missing);
        assert!(nobody.next.contains("ns-1, ns-2"));
        assert_eq!(delegated(&zone(), Err("no answer".into())).outcome, Outcome::NotChecked);
    }
}
