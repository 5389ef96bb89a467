//! What is in the account before doltops comes: a network, a zone, a role. The images moto reads from a file.

use crate::{Error, exchange::send, network::Network, proxy::World};
use aws_sdk_ec2::types::IpPermission;
use bytes::Bytes;
use http::{Request, header};
use std::{collections::BTreeMap, net::SocketAddr};

/// The region.
pub const REGION: &str = "eu-central-1";
/// The hosted zone.
pub const DOMAIN: &str = "doltops.test";
/// The role that instances' short-lived credentials are of.
pub const ROLE: &str = "doltops-instance";

/// What was made, by the ids that moto gave it.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The VPC.
    pub vpc: String,
    /// The subnets by zone.
    pub subnets: BTreeMap<String, String>,
    /// The security group: agent and SQL from everywhere.
    pub security_group: String,
    /// The hosted zone of [`DOMAIN`].
    pub hosted_zone: String,
}

/// Makes it all.
pub async fn seed(world: &World, moto: SocketAddr, network: &Network) -> Result<Seeded, Error> {
    let missing = |what: &str| Error::Refused { doing: format!("making a {what}"), why: "moto gave no id".to_owned() };
    let vpc = world.ec2.create_vpc().cidr_block(network.block()).send().await.map_err(Error::aws("making a VPC"))?;
    let vpc = vpc.vpc.and_then(|vpc| vpc.vpc_id).ok_or_else(|| missing("VPC"))?;
    let mut subnets = BTreeMap::new();
    for (zone, block) in network.subnets() {
        let request = world.ec2.create_subnet().vpc_id(&vpc).cidr_block(block).availability_zone(zone);
        let made = request.send().await.map_err(Error::aws("making a subnet"))?;
        let id = made.subnet.and_then(|subnet| subnet.subnet_id).ok_or_else(|| missing("subnet"))?;
        subnets.insert(zone.to_owned(), id);
    }
    let security_group = security_group(world, &vpc).await?.ok_or_else(|| missing("security group"))?;
    let zone = world.route53.create_hosted_zone().name(DOMAIN).caller_reference("stand-in");
    let zone = zone.send().await.map_err(Error::aws("making a hosted zone"))?;
    let hosted_zone = zone.hosted_zone.map(|zone| zone.id.trim_start_matches("/hostedzone/").to_owned());
    role(moto).await?;
    Ok(Seeded { vpc, subnets, security_group, hosted_zone: hosted_zone.ok_or_else(|| missing("hosted zone"))? })
}

async fn security_group(world: &World, vpc: &str) -> Result<Option<String>, Error> {
    let group = world.ec2.create_security_group().group_name("doltops").description("Dolt and its agent").vpc_id(vpc);
    let group = group.send().await.map_err(Error::aws("making a security group"))?.group_id;
    for port in [3306, 7443] {
        let range = aws_sdk_ec2::types::IpRange::builder().cidr_ip("127.0.0.0/8").build();
        let rule = IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port).ip_ranges(range).build();
        let request = world.ec2.authorize_security_group_ingress().set_group_id(group.clone()).ip_permissions(rule);
        request.send().await.map_err(Error::aws("opening a port"))?;
    }
    Ok(group)
}

/// One call of IAM, whose SDK would be large for it.
async fn role(moto: SocketAddr) -> Result<(), Error> {
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{}:root", crate::moto::ACCOUNT) },
            "Action": "sts:AssumeRole",
        }],
    });
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "CreateRole"), ("Version", "2010-05-08"), ("RoleName", ROLE)])
        .append_pair("AssumeRolePolicyDocument", &trust.to_string())
        .finish();
    let request = Request::post("/")
        .header(header::HOST, "iam.amazonaws.com")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::CONTENT_LENGTH, body.len())
        // moto finds the service by what a request was signed for, and does not look at the signature.
        .header(
            header::AUTHORIZATION,
            "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(Bytes::from(body))
        .map_err(Error::refused("making a role"))?;
    let answer = send(moto, request).await?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Error::Refused {
        doing: format!("making the role {ROLE}"),
        why: String::from_utf8_lossy(answer.body()).into_owned(),
    })
}
