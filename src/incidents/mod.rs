//! Incidents: what is wrong, who has it, and when it is over.
//!
//! Pure: plain data in, plain data out. [`people`] decides what a person's word makes of an incident.
//!
//! Not here: keeping them (`store`), looking and writing (`reconcile::manager`), and who may ask (`hosted_api`).

pub mod people;
