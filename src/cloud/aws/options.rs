//! What the driver is told of the account.

use std::collections::BTreeMap;

/// Where in AWS deployments live, and from what they are made. The configuration's words, checked for their form there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsOptions {
    /// `eu-central-1`.
    pub region: String,
    /// A profile of the AWS configuration files; none: the environment's own credentials.
    pub profile: Option<String>,
    /// Another address of the services than the region's own.
    pub endpoint_url: Option<String>,
    /// An image by id, for types of its architecture only.
    pub image: Option<String>,
    /// Otherwise the newest image of that name,
    pub image_name: String,
    /// and owner, for each architecture.
    pub image_owner: String,
    /// One a zone, the preferred zone first.
    pub subnets: Vec<String>,
    /// For every instance.
    pub security_groups: Vec<String>,
    /// What is offered; the first is the default.
    pub types: Vec<String>,
    /// What is launched, in order, where a type cannot be had.
    pub alternatives: BTreeMap<String, Vec<String>>,
    /// The key for volumes; none: the account's own.
    pub kms_key: Option<String>,
    /// What a deployment's host name leads to.
    pub reach: Reach,
    /// Deployments are NAME.domain.
    pub domain: String,
    /// The hosted zone that holds the domain.
    pub hosted_zone: String,
    /// Seconds for which resolvers may keep a record.
    pub ttl: u32,
    /// The role of which instances get credentials; none: they get none.
    pub instance_role: Option<String>,
}

/// By which address an instance is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one in the VPC.
    Private,
    /// The one that AWS gives while the instance runs.
    Public,
    /// The one that the deployment keeps.
    Elastic,
}
