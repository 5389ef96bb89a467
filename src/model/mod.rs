//! Plain types of the fleet and their validation.
//!
//! Guarantees: nothing here reads a clock, a file or a network; a value that exists is valid. Not here: decisions
//! (see `reconcile`) and how a thing is kept (see `store`) or shown (see `console`, `cli`).

pub mod branch;
pub mod cell;
pub mod change;
pub mod change_request;
pub mod diff;
pub mod drift;
pub mod error;
pub mod fleet;
pub mod ids;
pub mod incident;
pub mod machine;
pub mod moment;
pub mod name;
pub mod observed;
pub mod operation;
pub mod orphan;
pub mod page;
pub mod price;
pub mod record;
pub mod settings;
pub mod site;
pub mod spec;
pub mod step;
pub mod window;

pub use branch::BranchName;
pub use cell::Cell;
pub use change::Change;
pub use change_request::{Approval, ChangeRequest, Comment, RequestState, Resolution};
pub use diff::{CellChange, CommitEntry, DESIRED_TABLES};
pub use drift::Drift;
pub use error::Refusal;
pub use fleet::{Crashes, FleetView, Health, Row, Tries, Work};
pub use ids::{
    AddressId, CommitHash, CommitPrefix, CopyId, DeploymentId, Epoch, Generation, Incarnation, InstanceId, OperationId,
    VolumeId,
};
pub use incident::{By, Cause, Incident, IncidentId, Note, Severity};
pub use machine::InstanceType;
pub use moment::{Moment, When};
pub use name::DeploymentName;
pub use observed::{
    Address, AgentReport, Applied, Copy, DoltState, Instance, InstanceState, Issued, NameRecord, Observed,
    OrderFailure, Ordering, Sample, Seen, StandsIn, Suggested, Trust, Volume,
};
pub use operation::{Operation, RECONCILER};
pub use orphan::OrphanPolicy;
pub use page::{Delivery, PageAction, PageKey, PageState};
pub use record::Record;
pub use settings::{OFFERED, Settings};
pub use site::Site;
pub use spec::{CertificateKind, Desired, Power, Spec};
pub use step::{Plan, PlannedStep, Step};
pub use window::Window;
