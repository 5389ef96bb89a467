//! Snapshots of data volumes.
//!
//! CreateSnapshot has no client token: what our own token made is looked for by its tag first. While a lost answer may
//! still come to light nothing is made; a control plane that also ended in those seconds may make a second snapshot,
//! which is shown as an orphan and harms nothing.

use super::{
    AwsCloud,
    calls::Call,
    errors::Fault,
    read,
    tags::{self, Label, Role},
};
use crate::{
    cloud::CloudError,
    model::{Copy, CopyId, VolumeId},
};
use aws_sdk_ec2::types::{ResourceType, VolumeState};

impl AwsCloud {
    /// A new snapshot; the one that this token made before where there is one.
    pub(super) async fn new_copy(&self, volume: &VolumeId, token: &str) -> Result<Copy, CloudError> {
        if let Some(made) = self.snapshots.made_for_certain(token).await? {
            let failed = || CloudError::Refused(format!("the snapshot of {volume} failed: delete it, then try again"));
            return read::copy(&made).ok_or_else(failed);
        }
        let of = self.volumes.get(volume.as_str()).await?;
        if of.state() == Some(&VolumeState::Creating) {
            return Err(CloudError::Later(format!("{volume} is still being made")));
        }
        let told = read::volume(&of).ok_or_else(|| CloudError::NotFound(format!("volume {volume}")))?;
        let label = Label::new(&self.control_plane, &told.deployment, None, token);
        let label = match tags::value(of.tags(), "Name") {
            Some(name) => label.with("Name", name),
            None => label,
        };
        let call = self
            .clients
            .ec2
            .create_snapshot()
            .volume_id(volume.as_str())
            .description(format!("Final copy of {}", told.deployment))
            .tag_specifications(label.specification(ResourceType::Snapshot, Role::Copy));
        let made = self.calls.make(Call::once("CreateSnapshot"), || call.clone().send()).await.map_err(|fault| {
            self.snapshots.failed(token, &fault);
            fault.seen_before()
        })?;
        self.snapshots.made_just_now(made.snapshot_id());
        let id = made.snapshot_id().ok_or_else(|| CloudError::from(&Call::once("CreateSnapshot")))?;
        let taken = made.start_time().map(|time| read::time(Some(time)));
        Ok(Copy {
            id: CopyId::new(id),
            deployment: told.deployment,
            volume: volume.clone(),
            gib: told.gib,
            completed: false,
            taken: taken.unwrap_or_else(|| self.env.now()),
        })
    }

    pub(super) async fn delete_copy(&self, id: &CopyId) -> Result<(), CloudError> {
        self.snapshots.get(id.as_str()).await?;
        let call = self.clients.ec2.delete_snapshot().snapshot_id(id.as_str());
        let done: Result<_, Fault> = self.calls.make(Call::change("DeleteSnapshot"), || call.clone().send()).await;
        Ok(done.map(drop)?)
    }
}
