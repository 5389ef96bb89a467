//! Incidents: what is wrong, since when, who has it, and what was said about it.
//!
//! Pure. What opens and ends them by themselves is decided in `incidents`.

use crate::model::{DeploymentName, Refusal};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An incident for ever: `inc-` and 8 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(String);

impl IncidentId {
    /// Takes a text that the store gave.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How bad it is. The words are those of the PagerDuty Events API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Will be trouble if nobody does anything.
    Warning,
    /// Something does not work.
    Error,
    /// A database is away, or data is in danger.
    Critical,
}

impl Severity {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Severity {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let known = [Self::Critical, Self::Error, Self::Warning, Self::Info];
        known
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| Refusal::invalid("severity", format!("'{text}' is none of critical, error, warning, info")))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule found: an incident has one, and one cause has at most one incident that is not over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Which rule.
    pub rule: String,
    /// Of which deployment; absent: of the control plane itself.
    pub deployment: Option<DeploymentName>,
}

impl fmt::Display for Cause {
    /// `heartbeat of orders`, or the rule alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.deployment {
            Some(name) => write!(f, "{} of {name}", self.rule),
            None => f.write_str(&self.rule),
        }
    }
}

/// By whom, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// When.
    pub at: Timestamp,
    /// A person, or the reconciler.
    pub who: String,
}

/// Something that a person wrote about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When and who.
    pub by: By,
    /// What.
    pub text: String,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// What a rule found; absent where a person opened it.
    pub cause: Option<Cause>,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, in a line.
    pub title: String,
    /// What is wrong, at length; may be empty.
    pub description: String,
    /// What it means for those who use it, in a person's words; may be empty.
    pub impact: String,
    /// Which deployments.
    pub deployments: Vec<DeploymentName>,
    /// Where it is written what to do about it.
    pub runbook: Option<String>,
    /// Its beginning.
    pub opened: By,
    /// Somebody has seen it.
    pub acknowledged: Option<By>,
    /// Who has it now.
    pub assignee: Option<String>,
    /// Its end.
    pub resolved: Option<By>,
    /// The cause is away since then; it is resolved when that has lasted.
    pub gone_since: Option<Timestamp>,
    /// How often the cause went away and came back.
    pub returned: u32,
    /// What people wrote, oldest first.
    pub notes: Vec<Note>,
}

impl Incident {
    /// Whether it is over.
    pub fn is_resolved(&self) -> bool {
        self.resolved.is_some()
    }

    /// open, acknowledged or resolved.
    pub fn state(&self) -> &'static str {
        match (&self.resolved, &self.acknowledged) {
            (Some(_), _) => "resolved",
            (None, Some(_)) => "acknowledged",
            (None, None) => "open",
        }
    }
}
