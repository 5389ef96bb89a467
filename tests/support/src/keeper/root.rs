//! An instance's root volume: a folder with what the machine gives its agent, and what the agent keeps.
//!
//! ```text
//! instances/i-…/   machine.toml  user-data.toml  agent.log  agent/  cloudwatch-agent/
//! ```
//!
//! It is kept over stop and start, and goes with the instance.

use super::ec2::Ec2;
use doltops_agent::{
    machine::{Aws, Machine},
    state::files,
};
use std::{
    collections::BTreeSet,
    fs, io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

/// The agent's port on every instance, as others reach it.
pub const AGENT_PORT: u16 = 7443;
/// Where it listens itself when what comes to the other is carried here over a wire that can break.
pub const BEHIND_THE_WIRE: u16 = 17443;
/// Dolt's port on every instance.
pub const DATABASE_PORT: u16 = 3306;
/// Dolt's metrics; on an address that no other machine reaches, as all of these are.
const METRICS_PORT: u16 = 11228;

/// What the rest of the machine keeps of its memory, MiB: the system, the agent, the CloudWatch Agent.
const SYSTEM_MIB: u64 = 512;
/// Memory for each SQL connection, MiB: as the smallest type of the local cloud has it, rounded up.
const MIB_A_CONNECTION: u64 = 8;

/// The folder of every root volume.
#[derive(Clone, Debug)]
pub struct Roots(PathBuf);

/// One root volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(PathBuf);

/// What a machine is made of at its boot.
#[derive(Clone, Debug)]
pub struct Hardware {
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its type's memory, MiB.
    pub memory_mib: u64,
    /// Where its data volume is.
    pub data: PathBuf,
    /// The Dolt binary.
    pub dolt: PathBuf,
    /// Whether the CloudWatch Agent is on its image.
    pub aws: bool,
    /// Where its agent listens.
    pub agent_port: u16,
}

impl Roots {
    /// The folders in `root`.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(root: &Path) -> io::Result<Self> {
        let folder = root.join("instances");
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The root volume of an instance.
    pub fn of(&self, instance: &str) -> Root {
        Root(self.0.join(instance))
    }

    /// The instances that have one.
    pub fn ids(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Root {
    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// What the machine gives.
    pub fn machine(&self) -> PathBuf {
        self.0.join("machine.toml")
    }

    /// What the instance was launched with.
    pub fn user_data(&self) -> PathBuf {
        self.0.join("user-data.toml")
    }

    /// What the agent writes to its standard error.
    ///
    /// # Errors
    /// The disk's.
    pub fn log(&self) -> io::Result<fs::File> {
        fs::File::options().create(true).append(true).open(self.0.join("agent.log"))
    }

    /// Makes it ready for a boot. The user data is read from EC2 at the first: the agent takes the secrets out of it.
    ///
    /// # Errors
    /// In words.
    pub async fn prepare(&self, ec2: &Ec2, instance: &str, hardware: Hardware) -> Result<Machine, String> {
        let at = |error: io::Error| format!("{}: {error}", self.0.display());
        let machine = self.give(hardware);
        fs::create_dir_all(self.0.join("cloudwatch-agent")).map_err(at)?;
        if !self.user_data().exists() {
            let text = ec2.user_data(instance).await?;
            files::write(&self.user_data(), text.as_bytes()).map_err(at)?;
        }
        let text = toml::to_string(&machine).map_err(|error| error.to_string())?;
        files::write(&self.machine(), text.as_bytes()).map_err(at)?;
        Ok(machine)
    }

    fn give(&self, hardware: Hardware) -> Machine {
        let address = hardware.address;
        let memory_mib = hardware.memory_mib.saturating_sub(SYSTEM_MIB).max(hardware.memory_mib / 2);
        let connections = hardware.memory_mib / MIB_A_CONNECTION;
        let cloudwatch = self.0.join("cloudwatch-agent");
        Machine {
            agent: (address, hardware.agent_port).into(),
            database: (address, DATABASE_PORT).into(),
            metrics: (address, METRICS_PORT).into(),
            memory_bytes: memory_mib << 20,
            max_connections: u32::try_from(connections).unwrap_or(u32::MAX),
            folder: self.0.join("agent"),
            data: hardware.data,
            dolt: hardware.dolt,
            aws: hardware.aws.then(|| Aws {
                cloudwatch_agent_config: cloudwatch.join("config.json"),
                credentials_file: cloudwatch.join("credentials"),
                ..Aws::default()
            }),
        }
    }

    /// Removes it.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
