//! What is done to instances.
//!
//! Each call first finds the instance as it is now. What EC2 would refuse is refused here, in words that say what to do.

use super::{
    AwsCloud,
    calls::Call,
    errors::{Fault, Verdict},
    images::Image,
    options::Reach,
    read,
    subnets::{self, Subnet},
    tags::{self, Label, Role, tag},
};
use crate::{
    cloud::{CloudError, LaunchRequest},
    model::{Instance, InstanceId, InstanceState, StandsIn},
};
use aws_sdk_ec2::{
    operation::run_instances::builders::RunInstancesFluentBuilder,
    types::{
        AttributeBooleanValue, AttributeValue, BlockDeviceMapping, EbsBlockDevice, HttpTokensState,
        Instance as Ec2Instance, InstanceMetadataEndpointState, InstanceMetadataOptionsRequest,
        InstanceNetworkInterfaceSpecification, InstanceType as Ec2Type, ResourceType, ShutdownBehavior, VolumeType,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

impl AwsCloud {
    /// A new instance; the one that this token made before where there is one.
    ///
    /// It is looked for first because a repeat can differ from the first call where EC2 does not allow it: its user data
    /// hold an identity that is made anew each time, and the newest image may be a newer one.
    pub(super) async fn run(&self, request: &LaunchRequest, user_data: &str) -> Result<Instance, CloudError> {
        if let Some(made) = self.instances.made(&request.token).await? {
            return self.told(&made);
        }
        let architecture = self.kinds.get(&request.instance_type)?.architecture;
        let subnet = subnets::of_zone(&self.subnets, request.zone.as_deref())?;
        let image = self.images.of(architecture).await?;
        let call = self.run_instances(request, user_data, subnet, &image);
        match self.calls.make(Call::run("RunInstances"), || call.clone().send()).await {
            Ok(done) => {
                let made = done.instances().first().ok_or_else(|| CloudError::from(&Call::run("RunInstances")))?;
                self.instances.made_just_now(made.instance_id());
                self.told(made)
            }
            Err(fault) if fault.code.starts_with("Idempotent") => match self.instances.made(&request.token).await? {
                Some(made) => self.told(&made),
                // EC2 shows a terminated instance for about an hour, and knows its token for longer.
                None if fault.code == "IdempotentInstanceTerminated" => {
                    Err(CloudError::Spent(format!("what was launched under this token is gone: {}", fault.message)))
                }
                None => {
                    Err(CloudError::Later(format!("the instance of this token is not shown yet: {}", fault.message)))
                }
            },
            // An image or a security group; not the instance.
            Err(fault) if fault.verdict == Verdict::NotFound => {
                Err(Fault { verdict: Verdict::Refused, ..fault }.into())
            }
            Err(fault) => Err(fault.into()),
        }
    }

    fn run_instances(
        &self,
        request: &LaunchRequest,
        user_data: &str,
        subnet: &Subnet,
        image: &Image,
    ) -> RunInstancesFluentBuilder {
        let label = Label::new(&self.control_plane, &request.deployment, Some(&request.name), &request.token)
            .with(tags::INCARNATION, request.incarnation.to_string());
        let mut own = label.clone().with(tags::PROTECTED, request.protected.to_string());
        if let Some(stands_in) = &request.stands_in {
            own = own.with(tags::STANDS_IN, tags::stands_in(stands_in));
        }
        // Version 2 alone: a request that is forged through the database cannot have the token. One hop: neither can
        // what runs in a container.
        let metadata = InstanceMetadataOptionsRequest::builder()
            .http_tokens(HttpTokensState::Required)
            .http_put_response_hop_limit(1)
            .http_endpoint(InstanceMetadataEndpointState::Enabled);
        let network = InstanceNetworkInterfaceSpecification::builder()
            .device_index(0)
            .subnet_id(&subnet.id)
            .set_groups(Some(self.options.security_groups.clone()))
            .associate_public_ip_address(self.options.reach == Reach::Public)
            .delete_on_termination(true);
        let disk = EbsBlockDevice::builder()
            .volume_type(VolumeType::Gp3)
            .volume_size(image.root_gib)
            .encrypted(true)
            .set_kms_key_id(self.options.kms_key.clone())
            .delete_on_termination(true);
        self.clients
            .ec2
            .run_instances()
            .client_token(&request.token)
            .min_count(1)
            .max_count(1)
            .image_id(&image.id)
            .instance_type(Ec2Type::from(request.instance_type.as_str()))
            .user_data(BASE64.encode(user_data))
            .metadata_options(metadata.build())
            .network_interfaces(network.build())
            .block_device_mappings(BlockDeviceMapping::builder().device_name(&image.root).ebs(disk.build()).build())
            .disable_api_termination(request.protected)
            // Whoever shuts the machine down from inside must not destroy it.
            .instance_initiated_shutdown_behavior(ShutdownBehavior::Stop)
            .tag_specifications(own.specification(ResourceType::Instance, Role::Instance))
            .tag_specifications(label.specification(ResourceType::Volume, Role::Root))
            .tag_specifications(label.specification(ResourceType::NetworkInterface, Role::Instance))
    }

    pub(super) async fn stop_instance(&self, id: &InstanceId) -> Result<(), CloudError> {
        match read::state(&self.instance(id).await?) {
            InstanceState::Stopping | InstanceState::Stopped => return Ok(()),
            InstanceState::Pending => {
                return Err(CloudError::Later(format!("{id} still starts; it can be stopped once it runs")));
            }
            InstanceState::Running => {}
            state => return Err(ended(id, state)),
        }
        let call = self.clients.ec2.stop_instances().instance_ids(id.as_str());
        let done = self.calls.make(Call::change("StopInstances"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    pub(super) async fn start_instance(&self, id: &InstanceId) -> Result<(), CloudError> {
        match read::state(&self.instance(id).await?) {
            InstanceState::Pending | InstanceState::Running => return Ok(()),
            InstanceState::Stopping => {
                return Err(CloudError::Later(format!(
                    "{id} is still stopping; it can be started once it has stopped"
                )));
            }
            InstanceState::Stopped => {}
            state => return Err(ended(id, state)),
        }
        let call = self.clients.ec2.start_instances().instance_ids(id.as_str());
        let done = self.calls.make(Call::run("StartInstances"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    /// The tag first, then the type: a tag that tells of another type than the present one says nothing, so a crash
    /// between the two leaves no untruth.
    pub(super) async fn set_type(
        &self,
        id: &InstanceId,
        to: &str,
        stands_in: Option<&StandsIn>,
    ) -> Result<(), CloudError> {
        let instance = self.instance(id).await?;
        let wanted = self.kinds.get(to)?;
        let is = instance.instance_type().map(|name| name.as_str()).unwrap_or_default();
        let is_other = is != to;
        match read::state(&instance) {
            state @ (InstanceState::ShuttingDown | InstanceState::Terminated) => return Err(ended(id, state)),
            InstanceState::Stopped => {}
            state if is_other => {
                let state = state.as_str();
                return Err(CloudError::Refused(format!("{id} is {state}; stop it before its type is changed")));
            }
            _ => {}
        }
        let has = instance.architecture().map(|of| of.as_str()).unwrap_or_default();
        if is_other && !has.is_empty() && has != wanted.architecture.as_str() {
            let runs = wanted.architecture.as_str();
            return Err(CloudError::Refused(format!("{id} has the image of {has}, and {to} runs {runs} only")));
        }
        self.tell_stands_in(&instance, id, stands_in).await?;
        if !is_other {
            return Ok(());
        }
        let to = AttributeValue::builder().value(to).build();
        let call = self.clients.ec2.modify_instance_attribute().instance_id(id.as_str()).instance_type(to);
        let done = self.calls.make(Call::change("ModifyInstanceAttribute"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    async fn tell_stands_in(
        &self,
        instance: &Ec2Instance,
        id: &InstanceId,
        stands_in: Option<&StandsIn>,
    ) -> Result<(), CloudError> {
        let (told, wanted) = (tags::value(instance.tags(), tags::STANDS_IN), stands_in.map(tags::stands_in));
        match (told, wanted) {
            (told, Some(wanted)) if told != Some(wanted.as_str()) => self.set_tag(id, tags::STANDS_IN, wanted).await,
            (Some(_), None) => {
                let call = self.clients.ec2.delete_tags().resources(id.as_str()).tags(tag_key(tags::STANDS_IN));
                let done = self.calls.make(Call::change("DeleteTags"), || call.clone().send()).await;
                done.map(drop).map_err(Fault::seen_before)
            }
            _ => Ok(()),
        }
    }

    /// The tag is there only while EC2 does refuse: it is set after, and taken off before.
    pub(super) async fn set_protection(&self, id: &InstanceId, on: bool) -> Result<(), CloudError> {
        match read::state(&self.instance(id).await?) {
            state @ (InstanceState::ShuttingDown | InstanceState::Terminated) => Err(ended(id, state)),
            _ if on => {
                self.disable_termination(id, true).await?;
                self.set_tag(id, tags::PROTECTED, "true".to_owned()).await
            }
            _ => {
                self.set_tag(id, tags::PROTECTED, "false".to_owned()).await?;
                self.disable_termination(id, false).await
            }
        }
    }

    pub(super) async fn terminate_instance(&self, id: &InstanceId) -> Result<(), CloudError> {
        let instance = self.instance(id).await?;
        if matches!(read::state(&instance), InstanceState::ShuttingDown | InstanceState::Terminated) {
            return Ok(());
        }
        if tags::protected(instance.tags()) {
            self.disable_termination(id, false).await?;
        }
        let call = self.clients.ec2.terminate_instances().instance_ids(id.as_str());
        let terminate = || self.calls.make(Call::change("TerminateInstances"), || call.clone().send());
        match terminate().await {
            // The tag does not say so: somebody has protected it by hand, or we stopped between the two.
            Err(fault) if fault.code == "OperationNotPermitted" => {
                self.disable_termination(id, false).await?;
                Ok(terminate().await.map(drop)?)
            }
            done => Ok(done.map(drop)?),
        }
    }

    async fn disable_termination(&self, id: &InstanceId, on: bool) -> Result<(), CloudError> {
        let value = AttributeBooleanValue::builder().value(on).build();
        let call = self.clients.ec2.modify_instance_attribute().instance_id(id.as_str()).disable_api_termination(value);
        let done = self.calls.make(Call::change("ModifyInstanceAttribute"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    async fn set_tag(&self, id: &InstanceId, key: &str, value: String) -> Result<(), CloudError> {
        let call = self.clients.ec2.create_tags().resources(id.as_str()).tags(tag(key, value));
        let done = self.calls.make(Call::change("CreateTags"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    pub(super) async fn instance(&self, id: &InstanceId) -> Result<Ec2Instance, CloudError> {
        self.instances.get(id.as_str()).await
    }

    fn told(&self, instance: &Ec2Instance) -> Result<Instance, CloudError> {
        let told = read::instance(instance, self.options.reach, None);
        told.ok_or_else(|| CloudError::Later("the new instance is not shown with its tags yet".to_owned()))
    }
}

/// A tag to be deleted, whatever its value.
fn tag_key(key: &str) -> aws_sdk_ec2::types::Tag {
    aws_sdk_ec2::types::Tag::builder().key(key).build()
}

/// What is ended does not come back: EC2 refuses, other clouds might not.
fn ended(id: &InstanceId, state: InstanceState) -> CloudError {
    CloudError::Refused(format!("{id} is {}: it is ended for ever", state.as_str()))
}
