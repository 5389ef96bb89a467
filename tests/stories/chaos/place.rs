//! One cloud with a control plane's folder on it: what runs there, and what there is of each deployment.

use crate::support::{sandbox::Sandbox, writer};
#[cfg(feature = "aws")]
use crate::{
    aws::Aws,
    support::{dolt, sandbox::DOLTOPS},
};
#[cfg(feature = "aws")]
use doltops_stand_in::{Options, keeper::Agents, wire::Cuts};
use mysql_async::Opts;
use serde_json::Value;
use std::collections::BTreeMap;

/// The instance types that people choose from on a cloud.
pub type Types = [&'static str; 2];

/// What there is of one deployment in the cloud, or of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Instances that are not terminated.
    pub instances: usize,
    /// Data volumes.
    pub volumes: usize,
}

/// A cloud, and a state folder on which anybody may host.
pub enum Place {
    Sandbox(Sandbox),
    #[cfg(feature = "aws")]
    Aws(Box<Aws>),
}

impl Place {
    pub fn sandbox() -> Self {
        Self::Sandbox(Sandbox::new())
    }

    /// The sandbox, with its control plane's database on a server of somebody else.
    pub fn sandbox_on(store: &str) -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOLTOPS_STORE", store);
        Self::Sandbox(sandbox)
    }

    /// The stand-in; with cuts, connections to agents break by plan.
    #[cfg(feature = "aws")]
    pub fn aws(cuts: Option<Cuts>) -> Self {
        let agents = Agents::Processes { launcher: DOLTOPS.into(), dolt: dolt::binary() };
        let options = Options { agents: Some(agents), cuts, ..Options::default() };
        Self::Aws(Box::new(Aws::on(options, &[])))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sandbox(_) => "sandbox",
            #[cfg(feature = "aws")]
            Self::Aws(_) => "aws stand-in",
        }
    }

    /// The state folder, and what is started on it.
    pub fn folder(&self) -> &Sandbox {
        match self {
            Self::Sandbox(sandbox) => sandbox,
            #[cfg(feature = "aws")]
            Self::Aws(aws) => &aws.sandbox,
        }
    }

    pub fn types(&self) -> Types {
        match self {
            Self::Sandbox(_) => ["local.small", "local.medium"],
            #[cfg(feature = "aws")]
            Self::Aws(_) => ["t4g.small", "t4g.medium"],
        }
    }

    /// Agents that run, whatever anybody thinks.
    pub fn agents(&self) -> Vec<u32> {
        match self {
            Self::Sandbox(sandbox) => sandbox.agents(),
            #[cfg(feature = "aws")]
            Self::Aws(aws) => aws.agents(),
        }
    }

    /// The same for the Dolts of deployments.
    pub fn dolts(&self) -> Vec<u32> {
        match self {
            Self::Sandbox(sandbox) => sandbox.dolts(),
            #[cfg(feature = "aws")]
            Self::Aws(aws) => aws.dolts(),
        }
    }

    /// How a deployment's customer connects; none while nobody can say so.
    pub fn customer(&self, name: &str) -> Option<Opts> {
        let said = self.folder().ask(&format!("credentials {name}"));
        let login = (said.code == 0).then(|| said.json())?;
        let host = login["host"].as_str()?;
        let address = match self {
            Self::Sandbox(_) => host.parse().ok()?,
            // As the DNS says at this moment.
            #[cfg(feature = "aws")]
            Self::Aws(aws) => aws.look_up(host)?,
        };
        Some(writer::options(&login, address))
    }

    /// All deployments, as `list` tells them; none while nobody answers.
    pub fn list(&self) -> Option<Vec<Value>> {
        let said = self.folder().ask("list");
        (said.code == 0).then(|| said.json().as_array().cloned().unwrap_or_default())
    }

    /// Names that the DNS has, of whatever kind.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Sandbox(_) => Vec::new(),
            #[cfg(feature = "aws")]
            Self::Aws(aws) => aws.names(),
        }
    }

    /// What the cloud has, by the deployments' ids: behind the control plane's back.
    pub fn cloud(&self) -> BTreeMap<String, Count> {
        let mut counts = BTreeMap::<String, Count>::new();
        let (instances, volumes) = match self {
            Self::Sandbox(sandbox) => {
                let of = |all: Vec<Value>| {
                    all.iter()
                        .filter_map(|one| one["tags"]["deployment"].as_str().map(str::to_owned))
                        .collect::<Vec<_>>()
                };
                (of(sandbox.instances()), of(sandbox.records("volumes")))
            }
            #[cfg(feature = "aws")]
            Self::Aws(aws) => aws.deployments_in_the_cloud(),
        };
        for id in instances {
            counts.entry(id).or_default().instances += 1;
        }
        for id in volumes {
            counts.entry(id).or_default().volumes += 1;
        }
        counts
    }
}
