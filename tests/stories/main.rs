//! Stories that a user would tell, one file each. One binary: linking is most of what a test binary costs.

mod local_cloud;
