//! Decides what the hardware has to do next. Pure.
//!
//! What EC2 says on one side, what runs here on the other; for each instance at most one duty comes out, and after it
//! is done everything is looked at again.
//!
//! A boot waits for the data volume, as it does on the image: the agent is started once its volume is mounted, never
//! before, so that no database can begin on the root volume by mistake. A volume that is taken away behind the back of
//! its instance takes the agent and Dolt with it, as a mount unit does whose device is gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// What EC2 says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Instances by their ids.
    pub instances: BTreeMap<String, Instance>,
    /// Data volumes by their ids.
    pub volumes: BTreeMap<String, Volume>,
    /// Snapshots by their ids.
    pub snapshots: BTreeMap<String, Snapshot>,
}

/// An instance, as EC2 tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// What it is to do.
    pub power: Power,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its type's name.
    pub instance_type: String,
}

/// Whether an instance is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs, or is about to.
    On,
    /// It is stopped, or is about to be: its root volume stays.
    Off,
    /// It is terminated, or is about to be.
    Gone,
}

/// A data volume, as EC2 tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The snapshot that it is made from.
    pub from: Option<String>,
    /// The instance that has it.
    pub attached_to: Option<String>,
}

/// A snapshot, as EC2 tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The volume that it is of.
    pub volume: String,
}

/// What is here of an instance that was booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// The data volume that it was booted with.
    pub volume: String,
    /// How it is.
    pub now: Now,
}

/// How a booted instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// Its agent runs.
    Runs,
    /// Its agent has ended unasked.
    Ended,
    /// It is being booted or ended.
    Changing,
}

/// What to do for one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Start its agent, with this data volume; also when only the agent has ended, as the image's service manager does.
    Boot {
        /// The volume's id.
        volume: String,
    },
    /// End its agent and its Dolt in order.
    ShutDown,
    /// End both at once.
    Cut,
    /// Remove its root volume.
    Remove,
}

/// What to do, by instance. `roots` are the instances that have a root volume here; `ready` are the data volumes whose
/// content is here.
pub fn decide(
    seen: &Seen,
    here: &BTreeMap<String, Here>,
    roots: &BTreeSet<String>,
    ready: &BTreeSet<String>,
) -> BTreeMap<String, Duty> {
    let ids: BTreeSet<&String> = seen.instances.keys().chain(here.keys()).chain(roots).collect();
    let attached: BTreeMap<&String, &String> = seen
        .volumes
        .iter()
        .filter(|(volume, _)| ready.contains(*volume))
        .filter_map(|(id, volume)| Some((volume.attached_to.as_ref()?, id)))
        .collect();
    // A volume is free once everything that had it has ended, whatever EC2 says meanwhile.
    let held: BTreeMap<&String, &String> = here.iter().map(|(id, here)| (&here.volume, id)).collect();
    let one = |id: &String| {
        let power = seen.instances.get(id).map_or(Power::Gone, |instance| instance.power);
        let volume = attached.get(id).copied();
        let free = |volume: &&String| held.get(*volume).is_none_or(|holder| *holder == id);
        match (power, here.get(id)) {
            (_, Some(Here { now: Now::Changing, .. })) | (Power::Off, None) => None,
            (Power::Gone, None) => roots.contains(id).then_some(Duty::Remove),
            (Power::Gone, Some(_)) => Some(Duty::Cut),
            (Power::Off, Some(_)) => Some(Duty::ShutDown),
            (Power::On, Some(here)) if volume != Some(&here.volume) => Some(Duty::Cut),
            (Power::On, Some(Here { now: Now::Runs, .. })) => None,
            (Power::On, _) => volume.filter(free).map(|volume| Duty::Boot { volume: volume.clone() }),
        }
    };
    ids.into_iter().filter_map(|id| Some((id.clone(), one(id)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(power: Power, attached_to: Option<&str>) -> Seen {
        let instance = Instance { power, address: Ipv4Addr::LOCALHOST, instance_type: "m7g.large".into() };
        let volume = Volume { from: None, attached_to: attached_to.map(str::to_owned) };
        Seen {
            instances: BTreeMap::from([("i-1".to_owned(), instance)]),
            volumes: BTreeMap::from([("vol-1".to_owned(), volume)]),
            snapshots: BTreeMap::new(),
        }
    }

    fn here(id: &str, now: Now) -> BTreeMap<String, Here> {
        BTreeMap::from([(id.to_owned(), Here { volume: "vol-1".into(), now })])
    }

    fn duty(seen: &Seen, here: &BTreeMap<String, Here>) -> Option<Duty> {
        let (roots, ready) = (BTreeSet::from(["i-1".to_owned()]), BTreeSet::from(["vol-1".to_owned()]));
        decide(seen, here, &roots, &ready).remove("i-1")
    }

    fn boot() -> Option<Duty> {
        Some(Duty::Boot { volume: "vol-1".into() })
    }

    #[test]
    fn what_runs_follows_what_ec2_says() {
        let with = Some("i-1");
        for (power, attached, now, expected) in [
            (Power::On, with, None, boot()),
            (Power::On, with, Some(Now::Runs), None),
            (Power::On, with, Some(Now::Ended), boot()),
            (Power::On, None, None, None),
            (Power::On, None, Some(Now::Runs), Some(Duty::Cut)),
            (Power::On, None, Some(Now::Ended), Some(Duty::Cut)),
            (Power::Off, with, None, None),
            (Power::Off, with, Some(Now::Runs), Some(Duty::ShutDown)),
            (Power::Off, None, Some(Now::Ended), Some(Duty::ShutDown)),
            (Power::Gone, with, Some(Now::Runs), Some(Duty::Cut)),
            (Power::Gone, None, None, Some(Duty::Remove)),
            (Power::Gone, with, Some(Now::Changing), None),
            (Power::On, with, Some(Now::Changing), None),
        ] {
            let here = now.map(|now| here("i-1", now)).unwrap_or_default();
            assert_eq!(duty(&seen(power, attached), &here), expected, "{power:?} {attached:?} {now:?}");
        }
    }

    #[test]
    fn an_instance_that_ec2_does_not_know_any_more_is_cut() {
        assert_eq!(duty(&Seen::default(), &here("i-1", Now::Runs)), Some(Duty::Cut));
    }

    /// Two Dolts on one folder would be what EBS never allows.
    #[test]
    fn a_volume_is_not_used_while_another_instance_still_ends_with_it() {
        assert_eq!(duty(&seen(Power::On, Some("i-1")), &here("i-0", Now::Changing)), None);
    }

    #[test]
    fn a_volume_without_its_content_is_not_there_yet() {
        let seen = seen(Power::On, Some("i-1"));
        assert!(decide(&seen, &BTreeMap::new(), &BTreeSet::new(), &BTreeSet::new()).is_empty());
    }
}
