//! Incidents: what is wrong, who has it, when it is over, and who is told of it.
//!
//! Pure but for `paging::send`: plain data in, plain data out. [`rules`] say what is wrong with the fleet, [`lifecycle`]
//! what becomes of incidents by that, [`people`] what a person's word makes of one, and [`paging`] which pages are due.
//! [`settings`] are `[incidents]` of `doltops.toml`, [`paging::settings`] its `[paging]`.
//!
//! Not here: keeping them (`store`), looking and writing (`reconcile::manager`, `reconcile::pager`), and who may ask
//! (`hosted_api`).

pub mod lifecycle;
pub mod paging;
pub mod people;
pub mod rules;
pub mod settings;
