//! The instance types of this machine.

use crate::model::InstanceType;

/// Smallest first: the first is the default.
///
/// A bare Dolt holds about 90 MiB; 512 MiB is where its garbage collection keeps pace with steady writing, so no type
/// is smaller. Each step doubles memory and connections, so that a resize is felt. An idle connection costs Dolt well
/// under a MiB, which leaves most of the memory to data. The processors are nominal: nothing limits them here.
pub fn offered() -> Vec<InstanceType> {
    [("local.small", 512, 1, 100), ("local.medium", 1024, 2, 200), ("local.large", 2048, 4, 400)]
        .map(|(name, memory_mib, vcpus, max_connections)| InstanceType {
            name: name.to_owned(),
            memory_mib,
            vcpus,
            max_connections,
        })
        .to_vec()
}
