//! An AWS account as a cloud: EC2, EBS, elastic addresses, Route 53, STS.
//!
//! Guarantees, beside those of every [`Cloud`]
//! - Every resource carries this control plane's tag from the call on that makes it. Before a change it is looked for by
//!   that tag, as it is now; what lacks it does not exist here.
//! - What EC2 would refuse is refused before the call, in words that say what to do.
//! - A call whose answer was lost is repeated only under a client token, or where twice is as once.
//! - A look costs as many calls as its pages, whatever the number of deployments; each API stays under a token bucket
//!   that slows down when AWS throttles.
//!
//! Not here: deciding what to do, and trying again what is for later (`reconcile`).
//!
//! Every file is one idea: `read` turns EC2's types into the model's, `finder` and `batch` ask for many at once, `calls`
//! and `bucket` pace them, `errors` is the table of AWS's codes.

mod addresses;
mod batch;
mod bucket;
mod calls;
mod clients;
mod credentials;
mod describe;
mod errors;
mod finder;
mod images;
mod instances;
mod look;
mod names;
mod options;
mod read;
mod snapshots;
mod subnets;
mod tags;
mod types;
mod volumes;

pub use options::{AwsOptions, Reach};

use self::{
    calls::Calls,
    clients::Clients,
    describe::Reader,
    finder::Finder,
    images::Images,
    names::{Zone, ZoneOptions},
    subnets::Subnet,
    types::Kinds,
};
use super::{AddressRequest, Cloud, CloudError, Credentials, LaunchRequest, View, VolumeRequest};
use crate::{
    env::Env,
    model::{
        Address, AddressId, Copy, CopyId, DeploymentId, Instance, InstanceId, InstanceType, Site, StandsIn, Volume,
        VolumeId,
    },
};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_ec2::types as ec2;
use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

/// An AWS account as a cloud. It keeps no state of its own: all of it is in the account.
pub struct AwsCloud {
    options: Arc<AwsOptions>,
    control_plane: String,
    env: Arc<dyn Env>,
    clients: Clients,
    calls: Arc<Calls>,
    reader: Arc<Reader>,
    instances: Finder<ec2::Instance>,
    volumes: Finder<ec2::Volume>,
    snapshots: Finder<ec2::Snapshot>,
    addresses: Finder<ec2::Address>,
    images: Images,
    zone: Zone,
    kinds: Kinds,
    types: Vec<InstanceType>,
    subnets: Vec<Subnet>,
    site: Site,
}

impl AwsCloud {
    /// Opens the account for the control plane of that id. Types and subnets are asked for; nothing is changed.
    ///
    /// # Errors
    /// AWS's, and what of the configuration the account does not hold.
    pub async fn open(
        config: &SdkConfig,
        options: AwsOptions,
        control_plane: String,
        env: Arc<dyn Env>,
    ) -> Result<Self, CloudError> {
        let options = Arc::new(options);
        let clients = Clients::new(config);
        let calls = Arc::new(Calls::new(Arc::clone(&env)));
        let (kinds, subnets) =
            tokio::try_join!(Kinds::ask(&clients.ec2, &calls, &options), subnets::ask(&clients.ec2, &calls, &options))?;
        let reader = Arc::new(Reader {
            ec2: clients.ec2.clone(),
            calls: Arc::clone(&calls),
            control_plane: control_plane.clone(),
        });
        let zone = ZoneOptions {
            id: options.hosted_zone.clone(),
            domain: options.domain.clone(),
            ttl: options.ttl,
            control_plane: control_plane.clone(),
        };
        Ok(Self {
            instances: Finder::new(Arc::clone(&reader), Arc::clone(&env)),
            volumes: Finder::new(Arc::clone(&reader), Arc::clone(&env)),
            snapshots: Finder::new(Arc::clone(&reader), Arc::clone(&env)),
            addresses: Finder::new(Arc::clone(&reader), Arc::clone(&env)),
            images: Images::new(clients.ec2.clone(), Arc::clone(&calls), Arc::clone(&env), Arc::clone(&options)),
            zone: Zone::new(clients.route53.clone(), Arc::clone(&calls), Arc::clone(&env), zone),
            types: kinds.offered(&options.types),
            site: site(&options, &subnets),
            options,
            control_plane,
            env,
            clients,
            calls,
            reader,
            kinds,
            subnets,
        })
    }
}

/// EC2 takes up to a minute to stop an instance and as long to start it; the boot, the agent and Dolt come on top.
const AWAY_FOR_A_STOP: u32 = 150;

fn site(options: &AwsOptions, subnets: &[Subnet]) -> Site {
    Site {
        domain: options.domain.clone(),
        names: true,
        volume_follows: true,
        elastic: options.reach == Reach::Elastic,
        away_for_a_stop: AWAY_FOR_A_STOP,
        moves: options.reach == Reach::Public,
        protects: true,
        credentials: options.instance_role.is_some(),
        alternatives: options.alternatives.clone(),
        zones: subnets.iter().map(|subnet| subnet.zone.clone()).collect(),
    }
}

#[async_trait]
impl Cloud for AwsCloud {
    fn provider(&self) -> &'static str {
        "aws"
    }

    fn types(&self) -> &[InstanceType] {
        &self.types
    }

    fn site(&self) -> &Site {
        &self.site
    }

    async fn look(&self) -> Result<View, CloudError> {
        self.look_at_all().await
    }

    async fn look_of(&self, deployments: &BTreeSet<DeploymentId>) -> Result<View, CloudError> {
        self.look_at(deployments).await
    }

    async fn create_volume(&self, request: &VolumeRequest) -> Result<Volume, CloudError> {
        self.new_volume(request).await
    }

    async fn launch(&self, request: &LaunchRequest, user_data: &str) -> Result<Instance, CloudError> {
        self.run(request, user_data).await
    }

    async fn attach(&self, volume: &VolumeId, instance: &InstanceId) -> Result<(), CloudError> {
        self.attach_volume(volume, instance).await
    }

    async fn protect(&self, instance: &InstanceId, on: bool) -> Result<(), CloudError> {
        self.set_protection(instance, on).await
    }

    async fn stop(&self, instance: &InstanceId) -> Result<(), CloudError> {
        self.stop_instance(instance).await
    }

    async fn start(&self, instance: &InstanceId) -> Result<(), CloudError> {
        self.start_instance(instance).await
    }

    async fn change_type(
        &self,
        instance: &InstanceId,
        to: &str,
        stands_in: Option<&StandsIn>,
    ) -> Result<(), CloudError> {
        self.set_type(instance, to, stands_in).await
    }

    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError> {
        self.terminate_instance(instance).await
    }

    async fn grow(&self, volume: &VolumeId, gib: u32) -> Result<(), CloudError> {
        self.grow_volume(volume, gib).await
    }

    async fn copy(&self, volume: &VolumeId, token: &str) -> Result<Copy, CloudError> {
        self.new_copy(volume, token).await
    }

    async fn destroy_volume(&self, volume: &VolumeId) -> Result<(), CloudError> {
        self.delete_volume(volume).await
    }

    async fn destroy_copy(&self, copy: &CopyId) -> Result<(), CloudError> {
        self.delete_copy(copy).await
    }

    async fn allocate_address(&self, request: &AddressRequest) -> Result<Address, CloudError> {
        self.new_address(request).await
    }

    async fn associate_address(&self, address: &AddressId, instance: &InstanceId) -> Result<(), CloudError> {
        self.lead_address(address, instance).await
    }

    async fn release_address(&self, address: &AddressId) -> Result<(), CloudError> {
        self.give_back_address(address).await
    }

    async fn publish(&self, name: &str, to: IpAddr, deployment: &DeploymentId) -> Result<(), CloudError> {
        self.zone.publish(name, to, deployment).await
    }

    async fn mark(&self, name: &str, to: IpAddr, deployment: &DeploymentId) -> Result<(), CloudError> {
        self.zone.mark(name, to, deployment).await
    }

    async fn withdraw(&self, name: &str, deployment: &DeploymentId) -> Result<(), CloudError> {
        self.zone.withdraw(name, deployment).await
    }

    async fn set_challenge(&self, name: &str, values: &[String]) -> Result<(), CloudError> {
        self.zone.challenge(name, values).await
    }

    async fn credentials(&self, deployment: &DeploymentId) -> Result<Credentials, CloudError> {
        self.new_credentials(deployment).await
    }
}
