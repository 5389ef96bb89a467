//! Stories that a user would tell, against the real servers. One binary: linking is most of a test's build.

mod store;
