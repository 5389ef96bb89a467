//! The kinds of world: like this machine, and like AWS with or without addresses that are kept.

use doltops::model::{InstanceType, Site};
use std::{collections::BTreeMap, sync::LazyLock};

/// What a world is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No zones, no names, a volume before its instance.
    Local,
    /// Zones, names, protection, capacity that runs out; an instance has another address after each start.
    Aws,
    /// The same; each deployment has an address of its own, and its agent credentials for metrics.
    Elastic,
}

impl Kind {
    /// Two seeds of three are like this machine.
    pub fn of(seed: u64) -> Self {
        match seed % 6 {
            2 => Kind::Aws,
            5 => Kind::Elastic,
            _ => Kind::Local,
        }
    }

    pub fn site(self) -> &'static Site {
        match self {
            Kind::Local => &LOCAL,
            Kind::Aws => &AWS,
            Kind::Elastic => &ELASTIC,
        }
    }

    pub fn types(self) -> &'static [InstanceType] {
        if self == Kind::Local { &TYPES[..2] } else { &TYPES }
    }
}

/// The last only stands in for others, and only in a world like AWS.
pub static TYPES: LazyLock<Vec<InstanceType>> = LazyLock::new(|| {
    [("sim.small", 1), ("sim.large", 2), ("sim.other", 2)]
        .map(|(name, vcpus)| InstanceType { name: name.to_owned(), memory_mib: 512, vcpus, max_connections: 100 })
        .to_vec()
});

pub const ZONES: [&str; 2] = ["1a", "1b"];

static LOCAL: LazyLock<Site> = LazyLock::new(|| Site { domain: "localhost".to_owned(), ..Site::default() });

static AWS: LazyLock<Site> = LazyLock::new(|| Site {
    domain: "db.test".to_owned(),
    names: true,
    volume_follows: true,
    protects: true,
    alternatives: ["sim.small", "sim.large"]
        .map(|wanted| (wanted.to_owned(), vec!["sim.other".to_owned()]))
        .into_iter()
        .collect::<BTreeMap<_, _>>(),
    zones: ZONES.map(str::to_owned).to_vec(),
    ..Site::default()
});

static ELASTIC: LazyLock<Site> = LazyLock::new(|| Site { elastic: true, credentials: true, ..AWS.clone() });
