//! What a provider brings to a control plane: the cloud, and where secrets, measurements and public certificates are.

use super::control_plane::failed;
#[cfg(feature = "aws")]
use crate::config::AwsConfig;
use crate::{
    certificates::public::PublicAuthority,
    cloud::{
        Cloud,
        local::{LocalCloud, LocalOptions},
    },
    config::{self, Config},
    hosted_api::problem::Problem,
    reconcile::orphans::Rules,
    secrets::Secrets,
    telemetry::Telemetry,
};
use std::sync::Arc;

/// Where deployments live.
#[derive(Clone, Debug)]
pub enum Provider {
    /// This machine.
    Local,
    /// An AWS account.
    #[cfg(feature = "aws")]
    Aws(Box<AwsProvider>),
}

/// An AWS account, and how it is used.
#[cfg(feature = "aws")]
#[derive(Clone, Debug)]
pub struct AwsProvider {
    /// How the services are reached.
    pub sdk: AwsConfig,
    /// The cloud's own.
    pub cloud: crate::cloud::aws::AwsOptions,
    /// Where certificates of a public authority come from.
    pub acme: crate::certificates::acme::AcmeOptions,
    /// What becomes of what belongs to nothing.
    pub orphans: Rules,
}

/// What a control plane is put together from.
pub(super) struct Provided {
    pub cloud: Arc<dyn Cloud>,
    /// The same, where it is this machine.
    pub local: Option<Arc<LocalCloud>>,
    pub secrets: Arc<dyn Secrets>,
    pub telemetry: Option<Arc<dyn Telemetry>>,
    pub authority: Option<Arc<dyn PublicAuthority>>,
    pub orphans: Rules,
}

impl Provider {
    /// What the configuration names.
    ///
    /// # Errors
    /// When this program was built without that provider.
    pub fn of(config: &Config) -> Result<Self, Problem> {
        match (config.provider, &config.aws) {
            (config::Provider::Local, _) => Ok(Provider::Local),
            #[cfg(feature = "aws")]
            (config::Provider::Aws, Some(aws)) => Ok(Provider::Aws(Box::new(account(config, aws)))),
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

    /// In which of all places deployments live: what a state folder belongs to for good.
    pub fn place(&self) -> String {
        match self {
            Provider::Local => "local".to_owned(),
            #[cfg(feature = "aws")]
            Provider::Aws(aws) => format!("aws {}", aws.cloud.region),
        }
    }

    /// Opens it. `folder` is where secrets are without a better place.
    ///
    /// # Errors
    /// What cannot be used, and what to do about it.
    pub(super) async fn open(&self, local: LocalOptions, folder: Arc<dyn Secrets>) -> Result<Provided, Problem> {
        match self {
            Provider::Local => {
                let cloud = LocalCloud::open(local).await.map_err(|error| failed("this machine's instances", error))?;
                let cloud = Arc::new(cloud);
                Ok(Provided {
                    cloud: cloud.clone(),
                    local: Some(cloud),
                    secrets: folder,
                    telemetry: None,
                    authority: None,
                    orphans: Rules::default(),
                })
            }
            #[cfg(feature = "aws")]
            Provider::Aws(aws) => aws::open(aws, local, folder).await,
        }
    }
}

#[cfg(feature = "aws")]
fn account(config: &Config, aws: &AwsConfig) -> AwsProvider {
    use crate::certificates::acme::AcmeOptions;

    let acme = &config.acme;
    AwsProvider {
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
fn options(aws: &AwsConfig) -> crate::cloud::aws::AwsOptions {
    use crate::{
        cloud::aws::{AwsOptions, Reach},
        config::AddressKind,
    };

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

#[cfg(feature = "aws")]
mod aws {
    use super::{AwsProvider, Provided};
    use crate::{
        certificates::acme::Acme,
        cloud::{Cloud, aws::AwsCloud, local::LocalOptions},
        config::SecretsKind,
        hosted_api::problem::Problem,
        hosting::control_plane::failed,
        reconcile::challenges::CloudChallenges,
        secrets::{Secrets, aws::SecretsManager},
        telemetry::cloudwatch::CloudWatch,
    };
    use std::sync::Arc;

    pub(super) async fn open(
        aws: &AwsProvider,
        local: LocalOptions,
        folder: Arc<dyn Secrets>,
    ) -> Result<Provided, Problem> {
        let LocalOptions { control_plane_id, env, .. } = local;
        let sdk = aws.sdk.sdk().await;
        let opened = AwsCloud::open(&sdk, aws.cloud.clone(), control_plane_id.clone(), env.clone()).await;
        let cloud: Arc<dyn Cloud> = Arc::new(opened.map_err(|error| {
            failed("the AWS account cannot be used", error).next("`doltops doctor` tells what is missing")
        })?);
        let secrets = match aws.sdk.secrets {
            SecretsKind::Folder => folder,
            SecretsKind::SecretsManager => Arc::new(SecretsManager::new(&sdk, &control_plane_id, env.clone())),
        };
        let names = Arc::new(CloudChallenges(cloud.clone()));
        Ok(Provided {
            authority: Some(Arc::new(Acme::new(aws.acme.clone(), secrets.clone(), env.clone(), names))),
            telemetry: Some(Arc::new(CloudWatch::new(&sdk, &control_plane_id, env))),
            cloud,
            local: None,
            secrets,
            orphans: aws.orphans,
        })
    }
}
