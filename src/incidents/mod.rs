//! Incidents: what is wrong, who has it, when it is over, and who is told of it.
//!
//! Pure but for `paging::send`: plain data in, plain data out. [`people`] decides what a person's word makes of an
//! incident, [`paging`] which pages are due.
//!
//! Not here: keeping them (`store`), looking and writing (`reconcile::manager`, `reconcile::pager`), and who may ask
//! (`hosted_api`).

pub mod paging;
pub mod people;
