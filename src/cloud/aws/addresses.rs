//! Elastic addresses.
//!
//! AllocateAddress has no client token: see `snapshots`, which has the same trouble and the same answer.

use super::{
    AwsCloud,
    calls::Call,
    errors::Fault,
    read,
    tags::{Label, Role},
};
use crate::{
    cloud::{AddressRequest, CloudError},
    model::{Address, AddressId, InstanceId, InstanceState},
};
use aws_sdk_ec2::types::{Address as Ec2Address, DomainType, ResourceType};

impl AwsCloud {
    /// A new address; the one that this token made before where there is one.
    pub(super) async fn new_address(&self, request: &AddressRequest) -> Result<Address, CloudError> {
        let unreadable = || CloudError::from(&Call::once("AllocateAddress"));
        if let Some(made) = self.addresses.made_for_certain(&request.token).await? {
            return read::address(&made).ok_or_else(unreadable);
        }
        let label = Label::new(&self.control_plane, &request.deployment, Some(&request.name), &request.token);
        let tags = label.specification(ResourceType::ElasticIp, Role::Address);
        let call = self.clients.ec2.allocate_address().domain(DomainType::Vpc).tag_specifications(tags);
        let made = self.calls.make(Call::once("AllocateAddress"), || call.clone().send()).await.map_err(|fault| {
            self.addresses.failed(&request.token, &fault);
            CloudError::from(fault)
        })?;
        self.addresses.made_just_now(made.allocation_id());
        let ip = made.public_ip().and_then(|ip| ip.parse().ok());
        Ok(Address {
            id: AddressId::new(made.allocation_id().ok_or_else(unreadable)?),
            deployment: request.deployment.clone(),
            ip: ip.ok_or_else(unreadable)?,
            instance: None,
        })
    }

    pub(super) async fn lead_address(&self, id: &AddressId, to: &InstanceId) -> Result<(), CloudError> {
        let (address, instance) = tokio::try_join!(self.address(id), self.instance(to))?;
        if address.instance_id() == Some(to.as_str()) {
            return Ok(());
        }
        match read::state(&instance) {
            InstanceState::Running | InstanceState::Stopped => {}
            state @ (InstanceState::Pending | InstanceState::Stopping) => {
                return Err(CloudError::Later(format!("{to} is {}; an address can lead to it soon", state.as_str())));
            }
            state => return Err(CloudError::Refused(format!("{to} is {}: it is ended for ever", state.as_str()))),
        }
        let call = self.clients.ec2.associate_address().allocation_id(id.as_str()).instance_id(to.as_str());
        // Away from whatever it led to before: that is what is asked for.
        let call = call.allow_reassociation(true);
        let done = self.calls.make(Call::change("AssociateAddress"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    pub(super) async fn give_back_address(&self, id: &AddressId) -> Result<(), CloudError> {
        let address = self.address(id).await?;
        if let Some(association) = address.association_id().filter(|id| !id.is_empty()) {
            let call = self.clients.ec2.disassociate_address().association_id(association);
            self.calls
                .make(Call::change("DisassociateAddress"), || call.clone().send())
                .await
                .map_err(Fault::seen_before)?;
        }
        let call = self.clients.ec2.release_address().allocation_id(id.as_str());
        Ok(self.calls.make(Call::change("ReleaseAddress"), || call.clone().send()).await.map(drop)?)
    }

    async fn address(&self, id: &AddressId) -> Result<Ec2Address, CloudError> {
        self.addresses.get(id.as_str()).await
    }
}
