//! An instance.

use super::time;
use crate::{
    cloud::aws::{options::Reach, tags},
    model::{Instance, InstanceId, InstanceState},
};
use aws_sdk_ec2::{
    primitives::DateTime,
    types::{EbsInstanceBlockDevice, Instance as Ec2Instance, InstanceStateName, Placement},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the image's agent listens.
const AGENT: u16 = 7443;

/// Where the image's Dolt listens: MySQL's own port.
const DATABASE: u16 = 3306;

/// As the model has it; none where it cannot be told whose it is. Its data volume is told by the volume (see `view`).
///
/// `kept` is the elastic address that leads to it.
pub fn instance(told: &Ec2Instance, reach: Reach, kept: Option<IpAddr>) -> Option<Instance> {
    let instance_type = told.instance_type().map(|name| name.as_str()).unwrap_or_default();
    let parsed = |text: Option<&str>| text.and_then(|text| text.parse::<IpAddr>().ok());
    let address = match reach {
        Reach::Private => parsed(told.private_ip_address()),
        Reach::Public => parsed(told.public_ip_address()),
        Reach::Elastic => kept,
    };
    let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let started = time(told.launch_time());
    Some(Instance {
        id: InstanceId::new(told.instance_id()?),
        deployment: tags::deployment(told.tags())?,
        incarnation: tags::incarnation(told.tags()),
        instance_type: instance_type.to_owned(),
        stands_in: tags::told_stands_in(told.tags(), instance_type),
        zone: told.placement().and_then(Placement::availability_zone).unwrap_or_default().to_owned(),
        protected: tags::protected(told.tags()),
        state: state(told),
        volume: None,
        agent: SocketAddr::new(address, AGENT),
        database: SocketAddr::new(address, DATABASE),
        // LaunchTime is that of the last start; its root volume has been attached since the first.
        launched: root_attached(told).map_or(started, |first| time(Some(first)).min(started)),
        started,
        agent_pid: None,
    })
}

/// Where it is in its life. What cannot be read is on its way: nothing is decided on it.
pub fn state(told: &Ec2Instance) -> InstanceState {
    match told.state().and_then(|state| state.name()) {
        Some(InstanceStateName::Running) => InstanceState::Running,
        Some(InstanceStateName::Stopping) => InstanceState::Stopping,
        Some(InstanceStateName::Stopped) => InstanceState::Stopped,
        Some(InstanceStateName::ShuttingDown) => InstanceState::ShuttingDown,
        Some(InstanceStateName::Terminated) => InstanceState::Terminated,
        _ => InstanceState::Pending,
    }
}

fn root_attached(told: &Ec2Instance) -> Option<&DateTime> {
    let root = told.root_device_name()?;
    let device = told.block_device_mappings().iter().find(|device| device.device_name() == Some(root))?;
    device.ebs().and_then(EbsInstanceBlockDevice::attach_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Incarnation;
    use aws_sdk_ec2::types::{InstanceBlockDeviceMapping, InstanceState as Ec2State};
    use tags::{DEPLOYMENT, INCARNATION, tag};

    fn told() -> aws_sdk_ec2::types::builders::InstanceBuilder {
        let told = Ec2Instance::builder().instance_id("i-1").private_ip_address("10.0.0.4");
        told.tags(tag(DEPLOYMENT, "d-1")).tags(tag(INCARNATION, "3"))
    }

    #[test]
    fn it_is_reached_by_the_configured_address_only() {
        let told = told().public_ip_address("198.51.100.7").build();
        let at = |reach, kept| instance(&told, reach, kept).expect("complete").database.to_string();
        assert_eq!(at(Reach::Private, None), "10.0.0.4:3306");
        assert_eq!(at(Reach::Public, None), "198.51.100.7:3306");
        assert_eq!(at(Reach::Elastic, None), "0.0.0.0:3306", "a passing public address is not the one that is kept");
        assert_eq!(at(Reach::Elastic, "198.51.100.9".parse().ok()), "198.51.100.9:3306");
    }

    #[test]
    fn it_was_launched_when_its_root_was_attached_and_started_when_ec2_says() {
        let root = EbsInstanceBlockDevice::builder().attach_time(DateTime::from_secs(100)).build();
        let device = InstanceBlockDeviceMapping::builder().device_name("/dev/xvda").ebs(root).build();
        let told = told().root_device_name("/dev/xvda").block_device_mappings(device);
        let read =
            instance(&told.launch_time(DateTime::from_secs(900)).build(), Reach::Private, None).expect("complete");
        assert_eq!((read.launched.as_second(), read.started.as_second()), (100, 900));
        assert_eq!(read.incarnation, Incarnation(3));
    }

    #[test]
    fn every_state_is_read_and_a_new_one_decides_nothing() {
        let of = |name: &str| {
            let state = Ec2State::builder().name(InstanceStateName::from(name)).build();
            super::state(&told().state(state).build())
        };
        for state in ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"] {
            assert_eq!(of(state).as_str(), state);
        }
        assert_eq!(of("hibernating"), InstanceState::Pending);
        assert_eq!(instance(&Ec2Instance::builder().build(), Reach::Private, None), None);
    }
}
