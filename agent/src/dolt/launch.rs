//! With what Dolt is started, and whether what runs is still that.
//!
//! Pure. It compares what was asked for, not the files that are written from it: a newer agent that writes another
//! `config.yaml` for the same wishes must not restart a database that people are connected to.

use crate::{
    machine::Machine,
    state::{
        deployed::{Deployed, READ_ONLY},
        keys::Facts,
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// With what Dolt is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The settings of the last Deploy.
    pub settings: BTreeMap<String, String>,
    /// Its restart id.
    pub restart_id: String,
    /// The database's certificate.
    pub certificate: Facts,
    /// The SQL port.
    pub database: SocketAddr,
    /// The Prometheus endpoint.
    pub metrics: SocketAddr,
    /// Memory for Dolt.
    pub memory_bytes: u64,
    /// Connections, where no setting says otherwise.
    pub max_connections: u32,
    /// The data volume.
    pub data: PathBuf,
}

impl Launch {
    /// What `deployed` asks for on `machine`.
    ///
    /// A database that is to be read-only is writable until its admin user has been made, because nobody can make one
    /// in it afterwards.
    pub fn new(deployed: &Deployed, machine: &Machine) -> Self {
        let mut settings = deployed.settings.clone();
        if !deployed.is_proven() {
            settings.remove(READ_ONLY);
        }
        Self {
            settings,
            restart_id: deployed.restart_id.clone(),
            certificate: deployed.certificate.clone(),
            database: machine.database,
            metrics: machine.metrics,
            memory_bytes: machine.memory_bytes,
            max_connections: machine.max_connections,
            data: machine.data.clone(),
        }
    }

    /// Why a Dolt that was started with `running` must be restarted for this; none when it runs on.
    pub fn restart_reason(&self, running: &Self) -> Option<&'static str> {
        if self.restart_id != running.restart_id {
            Some("a restart was asked for")
        } else if self.settings != running.settings {
            Some("its settings have changed")
        } else if self.certificate != running.certificate {
            Some("its certificate has changed, which Dolt reads only when it starts")
        } else if self != running {
            Some("the machine has changed")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch() -> Launch {
        Launch {
            settings: BTreeMap::new(),
            restart_id: String::new(),
            certificate: Facts { serial: "1".into(), not_before_ms: 0, not_after_ms: 0, names: Vec::new() },
            database: ([127, 0, 0, 1], 1).into(),
            metrics: ([127, 0, 0, 1], 2).into(),
            memory_bytes: 1,
            max_connections: 1,
            data: "/data".into(),
        }
    }

    #[test]
    fn only_what_dolt_reads_when_it_starts_restarts_it() {
        let running = launch();
        assert_eq!(running.restart_reason(&running), None);
        let changes: [fn(&mut Launch); 5] = [
            |launch| launch.restart_id = "r-2".into(),
            |launch| drop(launch.settings.insert("max_connections".into(), "5".into())),
            |launch| launch.certificate.serial = "2".into(),
            |launch| launch.memory_bytes = 2,
            |launch| launch.database = ([127, 0, 0, 1], 9).into(),
        ];
        for change in changes {
            let mut wanted = launch();
            change(&mut wanted);
            assert!(wanted.restart_reason(&running).is_some(), "{wanted:?}");
        }
    }
}
