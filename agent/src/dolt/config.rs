//! Dolt's `config.yaml`.
//!
//! Guarantees: only keys that Dolt knows are written (an unknown one is fatal to its start), and no text in it is
//! taken for a placeholder by Dolt, which replaces `${VAR}` before it parses.
//!
//! It is written as JSON, which is YAML too: one crate less, and nothing to quote by hand.

use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// What a Dolt server is told.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    /// The SQL port.
    pub listener: Listener,
    /// Where the databases are; Dolt wants it to be there.
    pub data_dir: PathBuf,
    /// Where Dolt keeps its own files.
    pub cfg_dir: PathBuf,
    /// Users and their grants.
    pub privilege_file: PathBuf,
    /// Who may write to which branch.
    pub branch_control_file: PathBuf,
    /// The Prometheus endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Server variables.
    pub system_variables: BTreeMap<String, String>,
    /// Settings by key, over all of the above: a section's with a dot, the listener's also without.
    #[serde(skip)]
    pub settings: BTreeMap<String, String>,
}

/// The SQL port.
#[derive(Clone, Debug, Serialize)]
pub struct Listener {
    /// Its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The socket for local clients.
    pub socket: PathBuf,
    /// SQL connections at once.
    pub max_connections: u32,
    /// The certificate's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// The certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// Whether a client without TLS is refused.
    pub require_secure_transport: bool,
}

/// The Prometheus endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct Metrics {
    /// Its address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Metrics {
    /// At `address`.
    pub fn at(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

/// Settings of the listener's, which users name without the section.
const LISTENER: [&str; 4] = ["max_connections", "back_log", "read_timeout_millis", "write_timeout_millis"];

impl Config {
    /// A server whose files are all under `data`, without TLS and metrics.
    pub fn new(database: SocketAddr, socket: PathBuf, max_connections: u32, data: PathBuf) -> Self {
        let own = data.join(".doltcfg");
        Self {
            listener: Listener {
                host: database.ip().to_string(),
                port: database.port(),
                socket,
                max_connections,
                tls_key: None,
                tls_cert: None,
                require_secure_transport: false,
            },
            privilege_file: own.join("privileges.db"),
            branch_control_file: own.join("branch_control.db"),
            cfg_dir: own,
            data_dir: data,
            metrics: None,
            // No folder of that name: SQL reads and writes no file of the machine's.
            system_variables: BTreeMap::from([("secure_file_priv".to_owned(), "/nonexistent".to_owned())]),
            settings: BTreeMap::new(),
        }
    }

    /// The file's content.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_yaml(&self) -> Result<String, serde_json::Error> {
        let mut root = match serde_json::to_value(self)? {
            Value::Object(root) => root,
            _ => Map::new(),
        };
        for (key, value) in &self.settings {
            let (section, key) = match key.split_once('.') {
                Some((section, key)) => (Some(section), key),
                None if LISTENER.contains(&key.as_str()) => (Some("listener"), key.as_str()),
                None => (None, key.as_str()),
            };
            let target = match section {
                None => Some(&mut root),
                Some(section) => root.entry(section).or_insert_with(|| json!({})).as_object_mut(),
            };
            if let Some(target) = target {
                target.insert(key.to_owned(), scalar(value));
            }
        }
        // Dolt turns `$${` back into `${`.
        Ok(serde_json::to_string_pretty(&root)?.replace("${", "$${"))
    }
}

fn scalar(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(config: &Config) -> Value {
        serde_json::from_str(&config.to_yaml().expect("written")).expect("JSON")
    }

    fn config() -> Config {
        Config::new(([127, 0, 0, 1], 3306).into(), "/run/dolt.sock".into(), 100, "/data".into())
    }

    #[test]
    fn settings_go_to_their_sections_and_win() {
        let settings = [
            ("max_connections", "7"),
            ("log_level", "debug"),
            ("behavior.read_only", "true"),
            ("behavior.event_scheduler", "OFF"),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let value = parsed(&Config { settings, ..config() });
        assert_eq!(value["listener"]["max_connections"], 7);
        assert_eq!(value["listener"]["port"], 3306);
        assert_eq!(value["log_level"], "debug");
        assert_eq!(value["behavior"], json!({ "read_only": true, "event_scheduler": "OFF" }));
    }

    #[test]
    fn a_path_is_no_placeholder() {
        let config = Config { data_dir: "/a/${HOME}".into(), ..config() };
        assert!(config.to_yaml().expect("written").contains("/a/$${HOME}"));
    }
}
