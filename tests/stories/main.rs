//! Stories that a user would tell, against real servers. One binary: linking is the dearest part of a test build.
