//! A snapshot of a data volume.

use super::{gib, time};
use crate::{
    cloud::aws::tags,
    model::{Copy, CopyId, VolumeId},
};
use aws_sdk_ec2::types::{Snapshot, SnapshotState};

/// As the model has it; none where it cannot be told whose it is, or where it failed: nothing can come back from it.
pub fn copy(told: &Snapshot) -> Option<Copy> {
    if matches!(told.state(), Some(SnapshotState::Error)) {
        return None;
    }
    Some(Copy {
        id: CopyId::new(told.snapshot_id()?),
        deployment: tags::deployment(told.tags())?,
        volume: VolumeId::new(told.volume_id().unwrap_or_default()),
        gib: gib(told.volume_size()),
        completed: told.state() == Some(&SnapshotState::Completed),
        taken: time(told.start_time()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::aws::tags::{DEPLOYMENT, tag};

    fn told(state: Option<SnapshotState>) -> Snapshot {
        let told = Snapshot::builder().snapshot_id("snap-1").volume_id("vol-1").volume_size(10).set_state(state);
        told.tags(tag(DEPLOYMENT, "d-1")).build()
    }

    #[test]
    fn only_a_completed_snapshot_counts_as_a_copy() {
        assert!(copy(&told(Some(SnapshotState::Completed))).expect("it is").completed);
        for state in [Some(SnapshotState::Pending), Some(SnapshotState::Recoverable), None] {
            assert!(!copy(&told(state)).expect("it is begun").completed);
        }
        assert_eq!(copy(&told(Some(SnapshotState::Error))), None);
        assert_eq!(copy(&Snapshot::builder().build()), None);
    }
}
