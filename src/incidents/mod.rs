//! Incidents: what is wrong, who has it, and when it is over.
//!
//! Pure: plain data in, plain data out. [`rules`] say what is wrong with the fleet, [`lifecycle`] what becomes of
//! incidents by that, and [`people`] what a person's word makes of one. [`settings`] are `[incidents]` of `doltops.toml`.
//!
//! Not here: keeping them (`store`), looking and writing (`reconcile::manager`), and who may ask (`hosted_api`).

pub mod lifecycle;
pub mod people;
pub mod rules;
pub mod settings;
