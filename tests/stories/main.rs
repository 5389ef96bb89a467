//! Stories that a user would tell, against the real servers. One binary: linking is most of a test's build.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on says so and ends")]

mod store;
