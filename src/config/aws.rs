//! `[aws]` and `[acme]` of `doltops.toml`: only in the file, because they belong together and change seldom.
//!
//! What is said here is checked for its form; whether the account holds it is for `doltops doctor` to tell.

use crate::model::OrphanPolicy;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Where in AWS deployments live, and from what they are made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AwsConfig {
    /// `eu-central-1`.
    pub region: String,
    /// A profile of the AWS configuration files; absent: the environment's own credentials.
    pub profile: Option<String>,
    /// Another address of the services than the region's own: a stand-in's.
    pub endpoint_url: Option<String>,
    /// An image by id, for types of its architecture only.
    pub image: Option<String>,
    /// The newest image of that name (`*` stands for anything) and owner, for each architecture.
    #[serde(default = "image_name")]
    pub image_name: String,
    /// An account, `self` or `amazon`.
    #[serde(default = "image_owner")]
    pub image_owner: String,
    /// One a zone, the preferred zone first.
    pub subnets: Vec<String>,
    /// For every instance: SQL clients, and the agents' port from the control plane.
    pub security_groups: Vec<String>,
    /// What is offered; the first is the default.
    #[serde(default = "types")]
    pub types: Vec<String>,
    /// What is launched, in order, where a type cannot be had.
    #[serde(default)]
    pub alternatives: BTreeMap<String, Vec<String>>,
    /// The key for volumes; absent: the account's own.
    pub kms_key: Option<String>,
    /// What a deployment's host name leads to.
    #[serde(default)]
    pub address: AddressKind,
    /// Deployments are NAME.domain; the hosted zone holds it.
    pub domain: String,
    /// The hosted zone's id.
    pub hosted_zone: String,
    /// Seconds for which resolvers may keep a record.
    #[serde(default = "ttl")]
    pub ttl: u32,
    /// The role of which instances get credentials for their metrics and logs; absent: they send none.
    pub instance_role: Option<String>,
    /// Where passwords and keys are kept.
    #[serde(default)]
    pub secrets: SecretsKind,
    /// What becomes of resources that belong to nothing.
    #[serde(default)]
    pub orphans: OrphanPolicy,
    /// Minutes for which something may belong to nothing before it counts as an orphan.
    #[serde(default = "orphan_grace_minutes")]
    pub orphan_grace_minutes: u32,
}

/// What a deployment's host name leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressKind {
    /// The address in the VPC: clients are in it, or come by VPN.
    #[default]
    Private,
    /// The address that AWS gives while the instance runs; another after each stop.
    Public,
    /// An elastic address, which stays.
    Elastic,
}

/// Where passwords and keys are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretsKind {
    /// AWS Secrets Manager: they outlive the control plane's machine.
    #[default]
    SecretsManager,
    /// The state folder.
    Folder,
}

/// Where certificates of a public authority come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeConfig {
    /// The directory's URL.
    #[serde(default = "directory")]
    pub directory: String,
    /// `mailto:ops@example.com`; the authority writes there before something expires or changes.
    pub contact: Option<String>,
    /// One of the authority's profiles; absent: its default.
    pub profile: Option<String>,
    /// PEM of the CA that the directory itself is known by; absent: the public ones.
    pub root: Option<PathBuf>,
    /// New certificates that the authority allows for the domain in 7 days.
    #[serde(default = "certificates_per_week")]
    pub certificates_per_week: u32,
}

impl Default for AcmeConfig {
    fn default() -> Self {
        Self {
            directory: directory(),
            contact: None,
            profile: None,
            root: None,
            certificates_per_week: certificates_per_week(),
        }
    }
}

/// Let's Encrypt.
fn directory() -> String {
    "https://acme-v02.api.letsencrypt.org/directory".to_owned()
}

/// Let's Encrypt's own limit for a registered domain.
fn certificates_per_week() -> u32 {
    50
}

fn image_name() -> String {
    "doltops-*".to_owned()
}

fn image_owner() -> String {
    "self".to_owned()
}

/// Graviton is the cheapest memory; a bare Dolt is at home in 1 GiB, and each step doubles it.
fn types() -> Vec<String> {
    ["t4g.small", "t4g.medium", "m7g.medium", "m7g.large", "m7g.xlarge", "m7g.2xlarge", "r7g.large", "r7g.xlarge"]
        .map(str::to_owned)
        .to_vec()
}

/// After a change of address clients find the new one within a minute; Route 53 charges by the query.
fn ttl() -> u32 {
    60
}

/// Longer than a control plane takes to write down what it has made, and than any of its own tries last.
fn orphan_grace_minutes() -> u32 {
    30
}
