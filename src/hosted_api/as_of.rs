//! Deployments as they were written down at a commit.
//!
//! Guarantees: only what stands in the commit is told. Health, samples, the agent's word and what the reconciler was about
//! are kept by nobody: they are told as not known, never as they are today.
//!
//! Not here: which commit that is, and reading it (`store`).

use crate::{
    hosted_api::convert,
    model::{Desired, Incident, Record},
    store::Snapshot,
};
use doltops_proto::hosted_api as wire;

/// The word for a health that nobody has kept.
pub const UNKNOWN: &str = "unknown";

/// What is said of one that nobody wants any more, and that was still there: whether anything was being done about it is
/// not known.
const DELETED: &str = "deleted, and not gone yet";

/// All that were there, by name. `incidents` are those that stood in the same commit.
pub fn deployments(snapshot: &Snapshot, incidents: &[Incident]) -> Vec<wire::Deployment> {
    let mut found: Vec<wire::Deployment> = snapshot
        .records
        .values()
        .filter_map(|record| {
            let desired = snapshot.desired.get(&record.id);
            // As the fleet of today is made: what should be, and what is being deleted.
            let there = desired.is_some() || (record.deletion.is_some() && !record.deleted);
            there.then(|| deployment(snapshot, record, desired, incidents))
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn deployment(
    snapshot: &Snapshot,
    record: &Record,
    desired: Option<&Desired>,
    incidents: &[Incident],
) -> wire::Deployment {
    wire::Deployment {
        name: record.name.to_string(),
        id: record.id.to_string(),
        health: UNKNOWN.to_owned(),
        phase: if desired.is_none() { DELETED.to_owned() } else { String::new() },
        why: why(record, incidents),
        desired: Some(desired.map_or_else(convert::deleting, convert::desired)),
        observed: Some(written(record)),
        generation: record.generation.0,
        commit: snapshot.last_change.get(&record.id).map(ToString::to_string).unwrap_or_default(),
        ..wire::Deployment::default()
    }
}

/// What is said of how one was, and what follows where no incident was open, and before those that were.
const NOT_KEPT: &str = "how it was is not kept; ";
const NO_INCIDENT: &str = "no incident was open";
const OPEN: &str = "open was: ";

/// The same where there is little room: what was open, else that nothing is kept; `None` for what is not said here.
pub fn brief(why: &str) -> Option<&str> {
    match why.strip_prefix(NOT_KEPT)? {
        NO_INCIDENT => Some("not kept"),
        open => Some(open.strip_prefix(OPEN).unwrap_or(open)),
    }
}

/// What is known of how it was: the incidents that were open.
fn why(record: &Record, incidents: &[Incident]) -> String {
    let about = |incident: &&Incident| !incident.is_resolved() && incident.deployments.contains(&record.name);
    let open: Vec<&str> = incidents.iter().filter(about).map(|incident| incident.title.as_str()).collect();
    match open.as_slice() {
        [] => format!("{NOT_KEPT}{NO_INCIDENT}"),
        open => format!("{NOT_KEPT}{OPEN}{}", open.join("; ")),
    }
}

/// What was written down of what ran.
fn written(record: &Record) -> wire::Observed {
    wire::Observed {
        instance_id: record.instance.as_ref().map(ToString::to_string).unwrap_or_default(),
        instance_type: record.instance_type.clone(),
        volume_id: record.volume.as_ref().map(ToString::to_string).unwrap_or_default(),
        address: record.address.clone(),
        port: record.port.into(),
        host_name: record.host_name.clone(),
        zone: record.zone.clone(),
        certificate_serial: record.certificate_serial.clone(),
        certificate_not_after_ms: record.certificate_not_after.map_or(0, convert::ms),
        ..wire::Observed::default()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn where_there_is_little_room_what_was_open_is_said() {
        assert_eq!(brief(&format!("{NOT_KEPT}{NO_INCIDENT}")), Some("not kept"));
        assert_eq!(brief(&format!("{NOT_KEPT}{OPEN}billing is away")), Some("billing is away"));
        assert_eq!(brief("the disk is full"), None);
    }

    use super::*;
    use crate::{
        incidents::people::Ask,
        model::{By, CertificateKind, DeploymentId, IncidentId, InstanceId, Power, Settings, Spec},
    };
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    fn record(name: &str) -> Record {
        let name = name.parse().expect("a name");
        Record { instance: Some(InstanceId::new("i-1")), port: 3306, ..Record::new(DeploymentId::new("d-1"), name) }
    }

    fn snapshot(record: Record, desired: bool) -> Snapshot {
        let one = Desired {
            id: record.id.clone(),
            name: record.name.clone(),
            spec: Spec {
                instance_type: "local.small".into(),
                volume_gib: 10,
                certificate: CertificateKind::SelfSigned,
                settings: Settings::default(),
            },
            power: Power::Running,
            protected: false,
            paused: false,
        };
        Snapshot {
            commit: "0".repeat(32).parse().expect("a hash"),
            desired: desired.then(|| (one.id.clone(), one)).into_iter().collect(),
            records: [(record.id.clone(), record)].into(),
            last_change: BTreeMap::new(),
        }
    }

    fn incident(deployment: &str) -> Incident {
        let by = By { at: Timestamp::UNIX_EPOCH, who: "op1".into() };
        let ask = Ask::Open {
            deployments: vec![deployment.into()],
            severity: "error".into(),
            impact: String::new(),
            title: "the shop is slow".into(),
            description: String::new(),
        };
        crate::incidents::people::open(&ask, IncidentId::new("inc-1"), by, |_| true).expect("opened").incident
    }

    #[test]
    fn nothing_live_is_told() {
        let told = deployments(&snapshot(record("orders"), true), &[]);
        let [one] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((one.name.as_str(), one.health.as_str(), one.phase.as_str()), ("orders", UNKNOWN, ""));
        assert_eq!((one.seen_ms, one.health_since_ms, one.samples.len()), (0, 0, 0));
        assert!(one.connect_command.is_empty(), "it leads to what is there today");
        let seen = one.observed.as_ref().expect("written down");
        assert_eq!((seen.instance_id.as_str(), seen.port, seen.dolt_since_ms), ("i-1", 3306, 0));
    }

    #[test]
    fn what_was_wrong_is_told_of_whom_it_was_about() {
        let mut resolved = incident("orders");
        resolved.resolved = Some(resolved.opened.clone());
        let why = |incidents: &[Incident]| deployments(&snapshot(record("orders"), true), incidents)[0].why.clone();
        assert!(why(&[incident("orders")]).contains("the shop is slow"));
        assert!(why(&[incident("billing"), resolved]).ends_with("no incident was open"));
    }

    #[test]
    fn what_was_deleted_by_then_is_not_there_and_what_was_being_deleted_is() {
        let gone = Record { deleted: true, ..record("orders") };
        assert!(deployments(&snapshot(gone, false), &[]).is_empty());
        assert!(deployments(&snapshot(record("orders"), false), &[]).is_empty());
        let going = Record { deletion: Some(crate::model::OperationId::new("op-1")), ..record("orders") };
        let told = deployments(&snapshot(going, false), &[]);
        assert!(told[0].desired.as_ref().is_some_and(|desired| desired.deleting));
        assert_eq!(told[0].phase, "deleted, and not gone yet");
    }
}
