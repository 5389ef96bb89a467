//! What deployments need of an AWS account.
//!
//! The credentials come first: without them nothing else can be asked, and one line says so instead of thirty.

mod acme;
mod clock;
mod dns;
mod fault;
mod hosted_zone;
mod http;
mod identity;
mod image;
mod offerings;
mod permissions;
mod quotas;
mod role;
mod secrets;
mod security_groups;
mod subnets;

use super::{Check, Finding, Outcome, run};
use crate::{
    config::{AcmeConfig, AwsConfig, Config},
    env::Env,
};
use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_ec2::types::{Filter, Image, InstanceTypeInfo, Subnet};
use fault::Fault;
use std::{fs, path::Path, time::Duration};
use tokio::sync::OnceCell;

/// A call that was not answered by then is tried again; three tries fit into a check's time limit.
const CALL: Duration = Duration::from_secs(6);
/// A region's own endpoint answers within 300 ms across the world.
const CONNECT: Duration = Duration::from_secs(3);

/// An answer that several checks need: asked for once.
type Shared<T> = OnceCell<Result<Vec<T>, Fault>>;

/// The account, and what is wanted of it.
struct Account<'a> {
    config: &'a AwsConfig,
    acme: &'a AcmeConfig,
    env: &'a dyn Env,
    /// This control plane's id, where it has one already.
    control_plane: Option<String>,
    sdk: SdkConfig,
    ec2: aws_sdk_ec2::Client,
    types: Shared<InstanceTypeInfo>,
    subnets: Shared<Subnet>,
    images: Shared<Image>,
}

/// Looks at the account.
pub async fn examine(aws: &AwsConfig, config: &Config, env: &dyn Env) -> Vec<Finding> {
    let account = Account::of(aws, config, env).await;
    let first = vec![
        Check::new("credentials", identity::check(&account)),
        Check::new("clock against AWS", clock::check(&account)),
        Check::new("acme directory", acme::check(&account)),
    ];
    let mut findings = run(first).await;
    // The line of the credentials tells; no other call would be answered.
    if findings.iter().any(|finding| {
        finding.check == "credentials" && matches!(finding.outcome, Outcome::Missing | Outcome::NotChecked)
    }) {
        findings.push(Finding::not_checked("the account", "no call is answered without credentials"));
        return findings;
    }
    findings.extend(run(account.checks()).await);
    findings
}

impl<'a> Account<'a> {
    async fn of(aws: &'a AwsConfig, config: &'a Config, env: &'a dyn Env) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(CALL).build();
        let sdk = aws.sdk().await.into_builder();
        let sdk = sdk.timeout_config(timeouts).retry_config(RetryConfig::standard()).build();
        Self {
            config: aws,
            acme: &config.acme,
            env,
            control_plane: control_plane(&config.state_dir),
            ec2: aws_sdk_ec2::Client::new(&sdk),
            sdk,
            types: OnceCell::new(),
            subnets: OnceCell::new(),
            images: OnceCell::new(),
        }
    }

    fn checks(&self) -> Vec<Check<'_>> {
        vec![
            Check::new("image", image::check(self)),
            Check::new("instance types", offerings::check(self)),
            Check::new("subnets", subnets::check(self)),
            Check::new("security groups", security_groups::check(self)),
            Check::new("hosted zone", hosted_zone::check(self)),
            Check::new("instance role", role::check(self)),
            Check::new("secrets", secrets::check(self)),
            Check::new("quotas", quotas::check(self)),
            Check::new("permissions for EC2", permissions::ec2::check(self)),
            Check::new("permissions for other services", permissions::services::check(self)),
        ]
    }

    /// The types on offer, and those that stand in for them, that this region knows.
    async fn types(&self) -> Result<&[InstanceTypeInfo], Fault> {
        let ask = async {
            let wanted = offerings::every(&self.config.types, &self.config.alternatives);
            let wanted: Vec<String> = wanted.into_iter().collect();
            // By filter: asked for by name, one that is unknown fails the whole call.
            let call = self.ec2.describe_instance_types().filters(filter("instance-type", &wanted));
            let answer = call.send().await.map_err(|error| Fault::of(&error))?;
            Ok(answer.instance_types.unwrap_or_default())
        };
        shared(self.types.get_or_init(|| ask).await)
    }

    /// The configured subnets that are there.
    async fn subnets(&self) -> Result<&[Subnet], Fault> {
        let ask = async {
            let call = self.ec2.describe_subnets().filters(filter("subnet-id", &self.config.subnets));
            let answer = call.send().await.map_err(|error| Fault::of(&error))?;
            Ok(answer.subnets.unwrap_or_default())
        };
        shared(self.subnets.get_or_init(|| ask).await)
    }

    /// The images that the configuration names.
    async fn images(&self) -> Result<&[Image], Fault> {
        let ask = async {
            let call = self.ec2.describe_images();
            let call = match &self.config.image {
                Some(id) => call.filters(filter("image-id", std::slice::from_ref(id))),
                None => call
                    .owners(&self.config.image_owner)
                    .filters(filter("name", std::slice::from_ref(&self.config.image_name))),
            };
            let answer = call.send().await.map_err(|error| Fault::of(&error))?;
            Ok(answer.images.unwrap_or_default())
        };
        shared(self.images.get_or_init(|| ask).await)
    }
}

fn shared<T>(answer: &Result<Vec<T>, Fault>) -> Result<&[T], Fault> {
    answer.as_deref().map_err(Clone::clone)
}

fn filter(name: &str, values: &[String]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.to_vec())).build()
}

/// As the control plane has written it into its state folder; none before its first start.
fn control_plane(state_dir: &Path) -> Option<String> {
    let id = fs::read_to_string(state_dir.join("control-plane-id")).ok()?;
    let id = id.trim();
    (!id.is_empty()).then(|| id.to_owned())
}
