//! Stories that a user would tell, against the real servers. One binary: linking is most of what a test binary costs.

mod local_cloud;
mod store;
