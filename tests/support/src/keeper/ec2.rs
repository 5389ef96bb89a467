//! Asks EC2 what there is.
//!
//! Three lists of everything, without filters: moto walks its whole state for each filter of each call. In pages: moto
//! gives 100 instances where none are asked for, and no word of the rest.

use super::duty::{Instance, Power, Seen, Snapshot, Volume};
use aws_sdk_ec2::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::DisplayErrorContext,
    types::{self, InstanceAttributeName, InstanceStateName, Tag},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::collections::BTreeMap;

/// The tag that tells what a resource is for.
const ROLE: &str = "doltops:role";

/// EC2, as the hardware sees it.
#[derive(Clone, Debug)]
pub struct Ec2(Client);

impl Ec2 {
    /// The EC2 at `endpoint`.
    pub fn new(endpoint: &str, region: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new(region.to_owned()))
            // The next look is the retry.
            .retry_config(RetryConfig::disabled())
            .credentials_provider(Credentials::new("testing", "testing", None, None, "stand-in"))
            .build();
        Self(Client::from_conf(config))
    }

    /// What there is now.
    ///
    /// Volumes are asked for before snapshots: a volume that is missing has been deleted, so every snapshot that was
    /// made of it is in the second answer.
    ///
    /// # Errors
    /// In words.
    pub async fn look(&self) -> Result<Seen, String> {
        let volumes = self.volumes().await?;
        Ok(Seen { snapshots: self.snapshots().await?, instances: self.instances().await?, volumes })
    }

    async fn instances(&self) -> Result<BTreeMap<String, Instance>, String> {
        let pages = self.0.describe_instances().into_paginator().send().try_collect();
        let pages = pages.await.map_err(words("DescribeInstances"))?.into_iter();
        let reservations = pages.flat_map(|page| page.reservations.unwrap_or_default());
        let all = reservations.flat_map(|one| one.instances.unwrap_or_default());
        Ok(all.filter_map(|one| Some((one.instance_id.clone()?, instance(one)?))).collect())
    }

    async fn volumes(&self) -> Result<BTreeMap<String, Volume>, String> {
        let pages = self.0.describe_volumes().into_paginator().send().try_collect();
        let pages = pages.await.map_err(words("DescribeVolumes"))?.into_iter();
        let all = pages.flat_map(|page| page.volumes.unwrap_or_default());
        let data = all.filter(|volume| role(volume.tags()) == Some("data"));
        Ok(data.filter_map(|one| Some((one.volume_id.clone()?, volume(one)))).collect())
    }

    async fn snapshots(&self) -> Result<BTreeMap<String, Snapshot>, String> {
        let pages = self.0.describe_snapshots().into_paginator().send().try_collect();
        let pages = pages.await.map_err(words("DescribeSnapshots"))?.into_iter();
        let all = pages.flat_map(|page| page.snapshots.unwrap_or_default());
        Ok(all.filter_map(|one| Some((one.snapshot_id?, Snapshot { volume: one.volume_id? }))).collect())
    }

    /// What the instance was given at its launch.
    ///
    /// # Errors
    /// In words; the user data is in none of them.
    pub async fn user_data(&self, instance: &str) -> Result<String, String> {
        let call = self.0.describe_instance_attribute().instance_id(instance);
        let answer = call.attribute(InstanceAttributeName::UserData).send().await;
        let answer = answer.map_err(words("DescribeInstanceAttribute"))?;
        let encoded = answer.user_data.and_then(|value| value.value).unwrap_or_default();
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| "its user data is not base64".to_owned())?;
        String::from_utf8(bytes).map_err(|_| "its user data is no text".to_owned())
    }

    /// The memory of an instance type, MiB.
    ///
    /// # Errors
    /// In words.
    pub async fn memory_mib(&self, instance_type: &str) -> Result<u64, String> {
        let call = self.0.describe_instance_types().instance_types(instance_type.into());
        let answer = call.send().await.map_err(words("DescribeInstanceTypes"))?;
        let memory = answer.instance_types().first().and_then(|one| one.memory_info()?.size_in_mib());
        let memory = memory.and_then(|mib| u64::try_from(mib).ok());
        memory.ok_or_else(|| format!("EC2 tells no memory of the type {instance_type}"))
    }
}

fn instance(one: types::Instance) -> Option<Instance> {
    let power = match one.state?.name? {
        InstanceStateName::Pending | InstanceStateName::Running => Power::On,
        InstanceStateName::Stopping | InstanceStateName::Stopped => Power::Off,
        _ => Power::Gone,
    };
    Some(Instance {
        power,
        // A terminated instance has none any more, and needs none.
        address: one.private_ip_address.and_then(|text| text.parse().ok()).unwrap_or(std::net::Ipv4Addr::UNSPECIFIED),
        instance_type: one.instance_type?.as_str().to_owned(),
    })
}

fn volume(one: types::Volume) -> Volume {
    let attached_to = one.attachments().first().and_then(|attachment| attachment.instance_id()).map(str::to_owned);
    Volume { attached_to, from: one.snapshot_id.filter(|id| !id.is_empty()) }
}

fn role(tags: &[Tag]) -> Option<&str> {
    tags.iter().find(|tag| tag.key() == Some(ROLE)).and_then(Tag::value)
}

fn words<E: std::error::Error>(call: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{call}: {}", DisplayErrorContext(&error))
}
