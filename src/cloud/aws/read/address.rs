//! An elastic address.

use crate::{
    cloud::aws::tags,
    model::{Address, AddressId, InstanceId},
};
use aws_sdk_ec2::types::Address as Ec2Address;

/// As the model has it; none where it cannot be told whose it is, or has no address.
pub fn address(told: &Ec2Address) -> Option<Address> {
    Some(Address {
        id: AddressId::new(told.allocation_id()?),
        deployment: tags::deployment(told.tags())?,
        ip: told.public_ip()?.parse().ok()?,
        instance: told.instance_id().filter(|id| !id.is_empty()).map(InstanceId::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::aws::tags::{DEPLOYMENT, tag};

    #[test]
    fn an_address_that_leads_nowhere_has_no_instance() {
        let told = Ec2Address::builder().allocation_id("eipalloc-1").public_ip("198.51.100.7").instance_id("");
        let read = address(&told.tags(tag(DEPLOYMENT, "d-1")).build()).expect("complete");
        assert_eq!((read.ip.to_string().as_str(), read.instance), ("198.51.100.7", None));
        assert_eq!(address(&Ec2Address::builder().build()), None);
    }
}
