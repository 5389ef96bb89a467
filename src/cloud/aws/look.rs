//! What is there: the whole fleet, or some deployments of it.
//!
//! Guarantees: the number of calls follows the number of pages, not of deployments: four and those of the names for a
//! fleet of up to 1,000, however many of it are in flight.

use super::{
    AwsCloud,
    batch::MOST,
    describe::by_tag,
    read::{self, Told},
    tags,
};
use crate::{
    cloud::{CloudError, View},
    model::DeploymentId,
};
use aws_sdk_ec2::types::Filter;
use std::collections::BTreeSet;

impl AwsCloud {
    /// Everything of this control plane's.
    pub(super) async fn look_at_all(&self) -> Result<View, CloudError> {
        let (told, names) = tokio::try_join!(self.tell(Vec::new()), self.zone.names())?;
        Ok(read::view(&told, names, self.options.reach))
    }

    /// What belongs to these deployments; all names, which are read at most once in a while.
    pub(super) async fn look_at(&self, deployments: &BTreeSet<DeploymentId>) -> Result<View, CloudError> {
        let ids: Vec<&str> = deployments.iter().map(DeploymentId::as_str).collect();
        let names = self.zone.names();
        let all = async {
            let mut all = Told::default();
            for some in ids.chunks(MOST) {
                let told = self.tell(vec![by_tag(tags::DEPLOYMENT, some.iter().copied())]).await?;
                all.instances.extend(told.instances);
                all.volumes.extend(told.volumes);
                all.snapshots.extend(told.snapshots);
                all.addresses.extend(told.addresses);
            }
            Ok(all)
        };
        let (told, names) = tokio::try_join!(all, names)?;
        Ok(read::view(&told, names, self.options.reach))
    }

    async fn tell(&self, filters: Vec<Filter>) -> Result<Told, CloudError> {
        let (instances, volumes, snapshots, addresses) = tokio::try_join!(
            self.reader.all(filters.clone()),
            self.reader.all(filters.clone()),
            self.reader.all(filters.clone()),
            self.reader.all(filters),
        )?;
        Ok(Told { instances, volumes, snapshots, addresses })
    }
}
