//! The configuration's provider, as hosting takes it.

use crate::{
    config::{self, Config},
    hosted_api::problem::Problem,
    hosting::Provider,
};

/// Where deployments live.
///
/// # Errors
/// When this program was built without that provider.
pub fn of(config: &Config) -> Result<Provider, Problem> {
    match (config.provider, &config.aws) {
        (config::Provider::Local, _) => Ok(Provider::Local),
        #[cfg(feature = "aws")]
        (config::Provider::Aws, Some(aws)) => Ok(Provider::Aws(Box::new(provider(config, aws)))),
        #[cfg(not(feature = "aws"))]
        (config::Provider::Aws, Some(_)) => {
            Err(Problem::invalid("provider", "this doltops was built without the provider aws")
                .next("build it with the cargo feature aws (it is on by default), or set provider = \"local\""))
        }
        (config::Provider::Aws, None) => {
            Err(Problem::invalid("aws", "the provider aws needs the table [aws] in doltops.toml"))
        }
    }
}

#[cfg(feature = "aws")]
fn provider(config: &Config, aws: &config::AwsConfig) -> crate::hosting::AwsProvider {
    use crate::{certificates::acme::AcmeOptions, reconcile::orphans::Rules};

    let acme = &config.acme;
    crate::hosting::AwsProvider {
        sdk: aws.clone(),
        cloud: options(aws),
        acme: AcmeOptions {
            directory: acme.directory.clone(),
            contact: acme.contact.clone(),
            profile: acme.profile.clone(),
            root: acme.root.clone(),
            certificates_per_week: acme.certificates_per_week,
        },
        orphans: Rules { policy: aws.orphans, grace: jiff::SignedDuration::from_mins(aws.orphan_grace_minutes.into()) },
    }
}

#[cfg(feature = "aws")]
fn options(aws: &config::AwsConfig) -> crate::cloud::aws::AwsOptions {
    use crate::cloud::aws::{AwsOptions, Reach};
    use config::AddressKind;

    AwsOptions {
        region: aws.region.clone(),
        profile: aws.profile.clone(),
        endpoint_url: aws.endpoint_url.clone(),
        image: aws.image.clone(),
        image_name: aws.image_name.clone(),
        image_owner: aws.image_owner.clone(),
        subnets: aws.subnets.clone(),
        security_groups: aws.security_groups.clone(),
        types: aws.types.clone(),
        alternatives: aws.alternatives.clone(),
        kms_key: aws.kms_key.clone(),
        reach: match aws.address {
            AddressKind::Private => Reach::Private,
            AddressKind::Public => Reach::Public,
            AddressKind::Elastic => Reach::Elastic,
        },
        domain: aws.domain.clone(),
        hosted_zone: aws.hosted_zone.clone(),
        ttl: aws.ttl,
        instance_role: aws.instance_role.clone(),
    }
}
