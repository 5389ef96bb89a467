//! What `doctor` gives.

use super::known;
use crate::doctor::{Finding, Outcome, Report};
use serde::Serialize;

/// `doctor`.
#[derive(Debug, Serialize)]
pub struct Examination {
    /// Nothing is missing.
    pub well: bool,
    pub findings: Vec<Found>,
}

/// One line of it.
#[derive(Debug, Serialize)]
pub struct Found {
    pub check: String,
    /// `ok`, `not-checked`, `warning`, `missing`.
    pub outcome: Outcome,
    pub found: String,
    pub next: Option<String>,
}

impl From<&Report> for Examination {
    fn from(report: &Report) -> Self {
        Self { well: report.is_well(), findings: report.findings.iter().map(Found::from).collect() }
    }
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        Self {
            check: finding.check.clone(),
            outcome: finding.outcome,
            found: finding.found.clone(),
            next: known(&finding.next),
        }
    }
}
