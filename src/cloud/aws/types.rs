//! What the configured instance types have.
//!
//! Asked once, when the driver is opened: a type never changes.

use super::{
    calls::{Call, Calls},
    describe::filter,
    options::AwsOptions,
};
use crate::{cloud::CloudError, model::InstanceType};
use aws_sdk_ec2::{
    Client,
    types::{ArchitectureType, InstanceTypeInfo},
};
use std::collections::{BTreeMap, BTreeSet};

/// What programs an image holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Architecture {
    /// Graviton.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// EC2's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::Arm64 => "arm64",
            Architecture::X86_64 => "x86_64",
        }
    }
}

/// A type and what it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As the cloud offers it.
    pub offered: InstanceType,
    /// Which images it boots.
    pub architecture: Architecture,
}

/// All types that may be launched here, by name.
#[derive(Clone, Debug, Default)]
pub struct Kinds(BTreeMap<String, Kind>);

impl Kinds {
    /// Asks AWS for those of `options`, with their alternatives.
    ///
    /// # Errors
    /// AWS's; names types that the region does not have, or that no image of ours boots.
    pub async fn ask(ec2: &Client, calls: &Calls, options: &AwsOptions) -> Result<Self, CloudError> {
        let alternatives = options.alternatives.iter().flat_map(|(of, others)| others.iter().chain([of]));
        let named: BTreeSet<&String> = options.types.iter().chain(alternatives).collect();
        let ask = ec2.describe_instance_types().filters(filter("instance-type", named.iter().copied()));
        let (mut known, mut from) = (BTreeMap::new(), None);
        loop {
            let page = ask.clone().set_next_token(from);
            let page = calls.make(Call::read("DescribeInstanceTypes"), || page.clone().send()).await?;
            known.extend(page.instance_types().iter().filter_map(kind).map(|kind| (kind.offered.name.clone(), kind)));
            match page.next_token {
                Some(token) if !token.is_empty() => from = Some(token),
                _ => break,
            }
        }
        let missing: Vec<&str> =
            named.into_iter().filter(|name| !known.contains_key(*name)).map(String::as_str).collect();
        if missing.is_empty() {
            return Ok(Self(known));
        }
        let (region, missing) = (&options.region, missing.join(", "));
        Err(CloudError::Refused(format!(
            "{region} has no instance type {missing}: correct `types` and `alternatives` in [aws]"
        )))
    }

    /// One of them.
    ///
    /// # Errors
    /// A refusal that names those that there are.
    pub fn get(&self, name: &str) -> Result<&Kind, CloudError> {
        self.0.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            CloudError::Refused(format!(
                "the instance type {name} is not configured here; there are {}",
                known.join(", ")
            ))
        })
    }

    /// Those that are offered, in the order of the configuration.
    pub fn offered(&self, names: &[String]) -> Vec<InstanceType> {
        names.iter().filter_map(|name| self.0.get(name)).map(|kind| kind.offered.clone()).collect()
    }
}

/// None where something is missing without which it cannot be offered.
fn kind(told: &InstanceTypeInfo) -> Option<Kind> {
    let runs = told.processor_info()?.supported_architectures();
    let architecture = if runs.contains(&ArchitectureType::Arm64) {
        Architecture::Arm64
    } else if runs.contains(&ArchitectureType::X8664) {
        Architecture::X86_64
    } else {
        return None;
    };
    let memory_mib = u32::try_from(told.memory_info()?.size_in_mib()?).ok()?;
    Some(Kind {
        offered: InstanceType {
            name: told.instance_type()?.as_str().to_owned(),
            memory_mib,
            vcpus: u32::try_from(told.v_cpu_info()?.default_v_cpus()?).ok()?,
            max_connections: connections(memory_mib),
        },
        architecture,
    })
}

/// As many as the local types have for their memory: 100 for each 512 MiB. An idle connection costs Dolt well under a
/// MiB; above 5,000 the machine's threads, not its memory, are what runs out.
fn connections(memory_mib: u32) -> u32 {
    (memory_mib / 512 * 100).clamp(100, 5_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{InstanceType as Ec2Type, MemoryInfo, ProcessorInfo, VCpuInfo};

    #[test]
    fn a_type_has_what_ec2_says_or_is_not_offered() {
        let runs = ProcessorInfo::builder().supported_architectures(ArchitectureType::Arm64).build();
        let told = InstanceTypeInfo::builder().instance_type(Ec2Type::from("m7g.large")).processor_info(runs);
        assert_eq!(kind(&told.clone().build()), None, "its memory is missing");
        let told = told.memory_info(MemoryInfo::builder().size_in_mib(8192).build());
        let told = told.v_cpu_info(VCpuInfo::builder().default_v_cpus(2).build()).build();
        let offered = InstanceType { name: "m7g.large".into(), memory_mib: 8192, vcpus: 2, max_connections: 1600 };
        assert_eq!(kind(&told), Some(Kind { offered, architecture: Architecture::Arm64 }));
    }

    #[test]
    fn connections_have_bounds() {
        assert_eq!([256, 512, 2048, 1 << 20].map(connections), [100, 100, 400, 5_000]);
    }
}
