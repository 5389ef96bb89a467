//! Incidents: what is wrong, and who is told of it.

pub mod paging;
