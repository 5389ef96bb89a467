//! What really is in moto: past the proxy, uncounted and without faults.

use crate::{Error, REGION, StandIn, proxy::World};
use aws_sdk_ec2::{
    config::{BehaviorVersion, Credentials, Region},
    types::{Filter, Instance, Snapshot, Volume},
};
use aws_sdk_route53::types::ResourceRecordSet;
use std::net::SocketAddr;

/// What an SDK's client needs to speak to `endpoint_url`.
pub fn sdk_config(endpoint_url: String) -> aws_config::SdkConfig {
    aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(endpoint_url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(aws_sdk_ec2::config::SharedCredentialsProvider::new(Credentials::new(
            "testing", "testing", None, None, "stand-in",
        )))
        .build()
}

pub(crate) fn world(moto: SocketAddr) -> World {
    let config = sdk_config(format!("http://{moto}"));
    World { ec2: aws_sdk_ec2::Client::new(&config), route53: aws_sdk_route53::Client::new(&config) }
}

impl StandIn {
    /// moto's EC2, on the caller's runtime.
    pub fn ec2(&self) -> aws_sdk_ec2::Client {
        aws_sdk_ec2::Client::new(&sdk_config(self.moto_url()))
    }

    /// moto's Route 53, on the caller's runtime.
    pub fn route53(&self) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&sdk_config(self.moto_url()))
    }

    /// The instances of a deployment that are not terminated.
    ///
    /// # Errors
    /// When moto does not answer.
    pub async fn instances_of(&self, name: &str) -> Result<Vec<Instance>, Error> {
        let all = self.instances().await?;
        Ok(all.into_iter().filter(|instance| tag(instance, "Name") == Some(name)).collect())
    }

    /// All instances that are not terminated.
    ///
    /// # Errors
    /// When moto does not answer.
    pub async fn instances(&self) -> Result<Vec<Instance>, Error> {
        let answer = self.ec2().describe_instances().send().await.map_err(Error::aws("listing instances"))?;
        let reservations = answer.reservations.unwrap_or_default();
        let instances = reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default());
        Ok(instances.filter(|instance| !is_terminated(instance)).collect())
    }

    /// All data volumes.
    ///
    /// # Errors
    /// When moto does not answer.
    pub async fn data_volumes(&self) -> Result<Vec<Volume>, Error> {
        let data = Filter::builder().name("tag:doltops:role").values("data").build();
        let answer = self.ec2().describe_volumes().filters(data).send().await;
        Ok(answer.map_err(Error::aws("listing volumes"))?.volumes.unwrap_or_default())
    }

    /// The volumes of a deployment, root volumes too.
    ///
    /// # Errors
    /// When moto does not answer.
    pub async fn volumes_of(&self, name: &str) -> Result<Vec<Volume>, Error> {
        let answer = self.ec2().describe_volumes().filters(named(name)).send().await;
        Ok(answer.map_err(Error::aws("listing volumes"))?.volumes.unwrap_or_default())
    }

    /// The snapshots of a deployment.
    ///
    /// # Errors
    /// When moto does not answer.
    pub async fn snapshots_of(&self, name: &str) -> Result<Vec<Snapshot>, Error> {
        let answer = self.ec2().describe_snapshots().owner_ids("self").filters(named(name)).send().await;
        Ok(answer.map_err(Error::aws("listing snapshots"))?.snapshots.unwrap_or_default())
    }

    /// All records of the hosted zone, its own NS and SOA too.
    ///
    /// # Errors
    /// When moto does not answer.
    pub async fn records(&self) -> Result<Vec<ResourceRecordSet>, Error> {
        let world = World { ec2: self.ec2(), route53: self.route53() };
        world.records(&self.seeded.hosted_zone).await
    }
}

/// The value of an instance's tag.
pub fn tag<'a>(instance: &'a Instance, key: &str) -> Option<&'a str> {
    instance.tags().iter().find(|tag| tag.key() == Some(key))?.value()
}

fn named(name: &str) -> Filter {
    Filter::builder().name("tag:Name").values(name).build()
}

fn is_terminated(instance: &Instance) -> bool {
    let state = instance.state().and_then(|state| state.name());
    state.is_some_and(|state| matches!(state.as_str(), "terminated" | "shutting-down"))
}
