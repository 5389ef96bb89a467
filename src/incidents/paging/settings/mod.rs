//! `[paging]` of `doltops.toml`: who is told of an incident, through what, and when.
//!
//! Guarantees: settings that exist fit together. Every receiver, rotation and person that is named is there, every time
//! zone is known, somebody is reached at every level.
//!
//! No secret is in it: a key is named by its file, its variable or its name in the secret store, and read when it is
//! needed.

mod check;
mod raw;
mod receiver;

pub use receiver::{KeySource, Kind, Receiver, Sns};

use crate::model::Severity;
use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Who is told of an incident, through what, and when.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "raw::Paging")]
pub struct Settings {
    /// By name.
    pub receivers: BTreeMap<String, Receiver>,
    /// Receivers of a person's own, by the person's name.
    pub people: BTreeMap<String, Vec<String>>,
    /// By name.
    pub rotations: BTreeMap<String, Rotation>,
    /// Who is asked first, and who when nobody acknowledges. Never empty.
    pub levels: Vec<Level>,
    /// How often the levels are gone through again.
    pub repeat: u32,
    /// When only what is urgent is paged.
    pub quiet: Vec<QuietHours>,
    /// A page about the control plane that receivers link to; absent: none.
    pub link: Option<String>,
}

impl Settings {
    /// With paths as a file in `folder` means them: relative ones begin there, `~/` in `home`.
    #[must_use]
    pub fn under(mut self, folder: &Path, home: &Path) -> Self {
        let place = |path: &PathBuf| match path.strip_prefix("~") {
            Ok(rest) => home.join(rest),
            Err(_) => folder.join(path),
        };
        for receiver in self.receivers.values_mut() {
            let (Kind::PagerDuty { key, .. } | Kind::Webhook { key, .. }) = &mut receiver.kind else { continue };
            if let KeySource::File(path) = key {
                *path = place(path);
            }
        }
        self
    }
}

/// People who take turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// In their order. Never empty.
    pub people: Vec<String>,
    /// Days of a turn.
    pub days: i64,
    /// The day on which the first person's first turn begins; of a weekly rotation it gives the day of the week.
    pub since: Date,
    /// The time of day at which turns begin.
    pub handover: Time,
    /// Where that time is.
    pub zone: TimeZone,
    /// Who stands in; of two that overlap the later in the list counts.
    pub overrides: Vec<Override>,
}

/// Somebody stands in for whoever would be on call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Local time of the rotation.
    pub from: DateTime,
    /// Likewise; not included.
    pub until: DateTime,
    /// Who.
    pub who: String,
}

/// Who is asked at one level of escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Who; absent: nobody by name, only the receivers.
    pub who: Option<Who>,
    /// Told at this level, whoever is on call.
    pub receivers: Vec<String>,
    /// How long it has until the next level is asked as well.
    pub wait: SignedDuration,
}

/// How a level names a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever is on call in this rotation.
    Rotation(String),
    /// Always the same.
    Person(String),
}

/// Hours in which pages of some severities are held back. Never critical ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// They begin at this time,
    pub from: Time,
    /// and end at this one, on the next day where it is not later.
    pub until: Time,
    /// The days of the week on which they begin.
    pub days: Vec<Weekday>,
    /// What is held back.
    pub severities: Vec<Severity>,
    /// What becomes of it.
    pub then: Quiet,
    /// Where that time is.
    pub zone: TimeZone,
}

/// What becomes of an incident's pages in quiet hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quiet {
    /// They are sent when the quiet hours end, if the incident is still open then.
    #[default]
    Wait,
    /// What is opened in them is never paged.
    Drop,
}

#[cfg(test)]
mod tests;
