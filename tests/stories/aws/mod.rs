//! The same fleet on AWS, as far as it can stand on one machine: moto with AWS's own refusals, Pebble, a DNS server, and
//! a real agent with a real Dolt for every instance.

mod account;
mod calls;
mod certificates;
mod daemons;
mod doctor;
mod drift;
mod driver;
mod lost_answers;
mod main_job;
mod own_certificate;
mod renewal;
mod support;

pub use support::Aws;
