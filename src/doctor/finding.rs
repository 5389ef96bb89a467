//! What a check found.

use serde::Serialize;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It could not be found out: why stands in the finding.
    NotChecked,
    /// It works, and may not for long, or not for everybody.
    Warning,
    /// Something will fail until it is mended.
    Missing,
}

impl Outcome {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::NotChecked => "not checked",
            Outcome::Warning => "warning",
            Outcome::Missing => "missing",
        }
    }

    /// A sign beside the word, for the eye.
    pub fn symbol(self) -> &'static str {
        match self {
            Outcome::Ok => "✓",
            Outcome::NotChecked => "?",
            Outcome::Warning => "▲",
            Outcome::Missing => "✗",
        }
    }
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub outcome: Outcome,
    /// What was found, or why nothing was.
    pub found: String,
    /// What to do about it; empty where there is nothing to do.
    pub next: String,
}

impl Finding {
    fn new(check: impl Into<String>, outcome: Outcome, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check: check.into(), outcome, found: found.into(), next: next.into() }
    }

    /// As it should be.
    pub fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(check, Outcome::Ok, found, "")
    }

    /// It works, and may not for long, or not for everybody.
    pub fn warning(check: impl Into<String>, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(check, Outcome::Warning, found, next)
    }

    /// Something will fail until it is mended.
    pub fn missing(check: impl Into<String>, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(check, Outcome::Missing, found, next)
    }

    /// It could not be found out.
    pub fn not_checked(check: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(check, Outcome::NotChecked, why, "")
    }
}

/// All that was found, in the order of the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Line by line.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is missing: deployments can be made.
    pub fn is_well(&self) -> bool {
        self.count(Outcome::Missing) == 0
    }

    /// How many findings are like that.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// What somebody should look at: missing things first, then warnings.
    pub fn troubles(&self) -> Vec<&Finding> {
        let of = |outcome| self.findings.iter().filter(move |finding| finding.outcome == outcome);
        of(Outcome::Missing).chain(of(Outcome::Warning)).collect()
    }

    /// The whole in a line: "2 missing, 1 warning, 9 ok, 3 not checked".
    pub fn summary(&self) -> String {
        [Outcome::Missing, Outcome::Warning, Outcome::Ok, Outcome::NotChecked]
            .into_iter()
            .map(|outcome| (self.count(outcome), outcome))
            .filter(|(count, _)| *count > 0)
            .map(|(count, outcome)| format!("{count} {}", outcome.as_str()))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_things_come_first_and_warnings_do_not_fail() {
        let (warning, missing) = (Finding::warning("a", "", ""), Finding::missing("b", "", ""));
        let report = Report { findings: vec![Finding::ok("c", ""), warning.clone(), missing.clone()] };
        assert_eq!(report.troubles(), [&missing, &warning]);
        assert_eq!(report.summary(), "1 missing, 1 warning, 1 ok");
        assert!(!report.is_well());
        assert!(Report { findings: vec![warning] }.is_well());
    }
}
