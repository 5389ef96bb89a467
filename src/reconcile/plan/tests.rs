//! Whatever is wanted and whatever was seen, the plan keeps its promises: one file a topic.

mod any;
mod life;
mod mended;
mod promises;
mod world;

use super::*;
use crate::{
    model::{
        Address, AddressId, AgentReport, Applied, CertificateKind, Copy, CopyId, DeploymentId, DoltState, Epoch,
        Generation, InstanceId, NameRecord, OperationId, OrderFailure, Settings, Spec, StandsIn, Volume, VolumeId,
    },
    reconcile::{
        health::{Health, Tries, health},
        preview::{Preview, preview},
    },
};
use proptest::{option, prelude::*};
use std::collections::BTreeMap;
pub(in crate::reconcile) use world::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
