//! Settings that users may change, and their bounds: Dolt's own, and a few of the control plane's.
//!
//! A setting that is not in [`OFFERED`] is refused: an unknown key is fatal to Dolt's start, and some keys belong to
//! the control plane (ports, folders, certificates).
//!
//! The control plane's own stand in the same table, so that they are branched, merged and rolled back like the rest;
//! they are never sent to an agent: [`Settings::of_dolt`] is what Dolt is started with.

use crate::model::{Refusal, Window};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings by key; each is offered and in its bounds. A key that is absent has Dolt's own default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, String>);

/// What a setting's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// A whole number between the two, both included.
    Whole(u64, u64),
    /// One of the words.
    Words(&'static [&'static str]),
    /// A service window.
    Window,
}

/// When what interrupts the database may be done.
pub const SERVICE_WINDOW: &str = "service_window";

/// Settings that the control plane itself follows.
const OWN: [&str; 1] = [SERVICE_WINDOW];

/// A setting on offer.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// Its name here.
    pub key: &'static str,
    /// What it may be.
    pub bounds: Bounds,
    /// What it does, in a line.
    pub help: &'static str,
}

const SWITCH: Bounds = Bounds::Words(&["true", "false"]);

/// Every setting that can be changed. Keys are Dolt's own, a section's with a dot; the last is the control plane's.
pub const OFFERED: &[Offered] = &[
    // Above some thousands the limit is the machine's memory; Dolt itself takes any number. One is the agent's, and a
    // person who looks takes another: below four there may be none left for a client.
    Offered {
        key: "max_connections",
        bounds: Bounds::Whole(4, 100_000),
        help: "SQL connections at once; the instance type's number unless set",
    },
    Offered { key: "back_log", bounds: Bounds::Whole(0, 10_000), help: "connections that may wait for a free one" },
    // Under a second a slow network looks like a dead client; a day is MySQL's own order of magnitude.
    Offered {
        key: "read_timeout_millis",
        bounds: Bounds::Whole(1_000, 86_400_000),
        help: "idle time before a client is dropped",
    },
    Offered {
        key: "write_timeout_millis",
        bounds: Bounds::Whole(1_000, 86_400_000),
        help: "time a client may take to accept an answer",
    },
    Offered {
        key: "log_level",
        bounds: Bounds::Words(&["trace", "debug", "info", "warning", "error", "fatal"]),
        help: "how much Dolt writes to its log",
    },
    Offered { key: "behavior.read_only", bounds: SWITCH, help: "refuse every write" },
    Offered { key: "behavior.autocommit", bounds: SWITCH, help: "each statement is a SQL transaction of its own" },
    Offered { key: "behavior.dolt_transaction_commit", bounds: SWITCH, help: "each SQL commit is a Dolt commit too" },
    Offered { key: "behavior.event_scheduler", bounds: Bounds::Words(&["ON", "OFF"]), help: "run scheduled events" },
    Offered {
        key: SERVICE_WINDOW,
        bounds: Bounds::Window,
        help: "when Dolt may be restarted for a new certificate, UTC: sun 03:00-05:00, daily 02:00-04:00",
    },
];

impl Settings {
    /// Takes what the store holds; it was checked when it was asked for.
    pub fn stored(map: BTreeMap<String, String>) -> Self {
        Self(map)
    }

    /// The settings by key.
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Those that Dolt is started with.
    pub fn of_dolt(&self) -> BTreeMap<String, String> {
        let own = |key: &str| OWN.contains(&key);
        self.0.iter().filter(|(key, _)| !own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// When what interrupts the database may be done; none: at any time.
    pub fn service_window(&self) -> Option<Window> {
        self.0.get(SERVICE_WINDOW)?.parse().ok()
    }

    /// With `key` set to `value`, or back at its default where `value` is empty.
    ///
    /// # Errors
    /// Names the key and what it may be.
    pub fn with(mut self, key: &str, value: &str) -> Result<Self, Refusal> {
        let offered = OFFERED.iter().find(|offered| offered.key == key).ok_or_else(|| {
            let keys: Vec<&str> = OFFERED.iter().map(|offered| offered.key).collect();
            Refusal::invalid(key, format!("is no setting that can be changed; there are {}", keys.join(", ")))
        })?;
        if value.is_empty() {
            self.0.remove(key);
            return Ok(self);
        }
        let value = match offered.bounds {
            Bounds::Whole(least, most) => value
                .parse::<u64>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(|number| number.to_string())
                .ok_or_else(|| Refusal::invalid(key, format!("'{value}' is no whole number from {least} to {most}")))?,
            Bounds::Window => value.parse::<Window>()?.to_string(),
            Bounds::Words(words) if words.contains(&value) => value.to_owned(),
            Bounds::Words(words) => {
                return Err(Refusal::invalid(key, format!("'{value}' is none of: {}", words.join(", "))));
            }
        };
        self.0.insert(key.to_owned(), value);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_bounds_is_refused_by_its_key() {
        for (key, value) in [
            ("max_connections", "3"),
            ("max_connections", "many"),
            ("log_level", "loud"),
            ("data_dir", "/"),
            ("service_window", "sunday"),
        ] {
            let error = Settings::default().with(key, value).expect_err(key);
            assert!(matches!(&error, Refusal::Invalid { field, .. } if field == key), "{error}");
        }
    }

    #[test]
    fn the_control_planes_own_are_not_dolts() {
        let set = Settings::default().with("service_window", "SUN 03:00-05:00").expect("a window");
        let set = set.with("log_level", "debug").expect("a word");
        assert_eq!(set.of_dolt().into_keys().collect::<Vec<_>>(), ["log_level"]);
        assert_eq!(set.service_window().expect("set").to_string(), "sun 03:00-05:00");
    }

    #[test]
    fn an_empty_value_takes_a_setting_back() {
        let set = Settings::default().with("max_connections", "0400").expect("in bounds");
        assert_eq!(set.as_map()["max_connections"], "400");
        assert_eq!(set.with("max_connections", "").expect("known"), Settings::default());
    }
}
