//! The configured subnets and their zones: asked once, when the driver is opened. A subnet never changes its zone.

use super::{
    calls::{Call, Calls},
    describe::filter,
    options::AwsOptions,
};
use crate::cloud::CloudError;
use aws_sdk_ec2::Client;

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// `subnet-…`.
    pub id: String,
    /// `eu-central-1a`.
    pub zone: String,
}

/// The subnets of `options`, in their order.
///
/// # Errors
/// AWS's; names one that is not there, and two of one zone.
pub async fn ask(ec2: &Client, calls: &Calls, options: &AwsOptions) -> Result<Vec<Subnet>, CloudError> {
    let ask = ec2.describe_subnets().filters(filter("subnet-id", &options.subnets));
    let told = calls.make(Call::read("DescribeSubnets"), || ask.clone().send()).await?;
    let told: Vec<Subnet> = told
        .subnets()
        .iter()
        .filter_map(|one| Some(Subnet { id: one.subnet_id()?.to_owned(), zone: one.availability_zone()?.to_owned() }))
        .collect();
    in_order(&told, &options.subnets)
}

fn in_order(told: &[Subnet], ids: &[String]) -> Result<Vec<Subnet>, CloudError> {
    let mut subnets: Vec<Subnet> = Vec::new();
    for id in ids {
        let found = told.iter().find(|one| one.id == *id);
        let found = found.ok_or_else(|| {
            CloudError::Refused(format!(
                "there is no subnet {id} in this account and region: correct `subnets` in [aws]"
            ))
        })?;
        if let Some(other) = subnets.iter().find(|other| other.zone == found.zone) {
            return Err(CloudError::Refused(format!(
                "the subnets {} and {id} are both in {}: name one a zone in `subnets` of [aws]",
                other.id, found.zone
            )));
        }
        subnets.push(found.clone());
    }
    Ok(subnets)
}

/// The subnet of a zone; the preferred one where no zone is named.
///
/// # Errors
/// A refusal that names the zones that there are.
pub fn of_zone<'a>(subnets: &'a [Subnet], zone: Option<&str>) -> Result<&'a Subnet, CloudError> {
    let found = match zone {
        Some(zone) => subnets.iter().find(|subnet| subnet.zone == zone),
        None => subnets.first(),
    };
    found.ok_or_else(|| {
        let zones: Vec<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
        let zone = zone.unwrap_or("any zone");
        CloudError::Refused(format!("no subnet is configured for {zone}; there are {}", zones.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(id: &str, zone: &str) -> Subnet {
        Subnet { id: id.to_owned(), zone: zone.to_owned() }
    }

    #[test]
    fn they_keep_the_order_of_preference_and_each_has_a_zone_of_its_own() {
        let told = [subnet("subnet-1", "a"), subnet("subnet-2", "b"), subnet("subnet-3", "b")];
        let named = |ids: &[&str]| in_order(&told, &ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        let subnets = named(&["subnet-2", "subnet-1"]).expect("both are there");
        assert_eq!(of_zone(&subnets, None).expect("preferred").id, "subnet-2");
        assert_eq!(of_zone(&subnets, Some("a")).expect("named").id, "subnet-1");
        assert!(of_zone(&subnets, Some("c")).is_err());
        assert!(named(&["subnet-9"]).is_err());
        assert!(named(&["subnet-2", "subnet-3"]).is_err());
    }
}
