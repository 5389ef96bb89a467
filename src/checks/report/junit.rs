//! A report as JUnit XML: a suite for the constraints and one for each table, a case for each constraint, column and table.

use super::{FindingReport, Report, place};
use crate::hosted_api::problem::{Kind, Problem};
use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};
use std::fmt::Write;

/// The report as XML.
///
/// # Errors
/// When it cannot be written as XML.
pub fn junit(report: &Report) -> Result<String, Problem> {
    let mut xml = Xml::new(format!("doltops check {}/{}", report.source, report.database));
    if !report.constraints.is_empty() {
        let mut suite = TestSuite::new("constraints");
        for constraint in &report.constraints {
            let text = match (&constraint.failed, constraint.kept) {
                (Some(why), _) => Some(why.clone()),
                (None, true) => None,
                (None, false) => Some(format!("it returned rows: {}", constraint.sql)),
            };
            suite.add_test_case(case(&constraint.name, "constraint", &text.into_iter().collect::<Vec<_>>()));
        }
        xml.add_test_suite(suite);
    }
    for table in &report.tables {
        let mut suite = TestSuite::new(table.name.clone());
        let names = std::iter::once(None).chain(table.columns.iter().map(Some));
        for column in names {
            let found = report.findings.iter().filter(|finding| {
                finding.table == table.name && finding.column.as_ref() == column && finding.accepted.is_none()
            });
            let texts: Vec<String> = found.map(text).collect();
            suite.add_test_case(case(column.map_or("rows", String::as_str), &table.name, &texts));
        }
        xml.add_test_suite(suite);
    }
    xml.to_string().map_err(|error| Problem::new(Kind::Failed, format!("the report is no XML: {error}")))
}

/// A case: one failure with all that was found, since a JUnit case has at most one.
fn case(name: &str, class: &str, texts: &[String]) -> TestCase {
    let status = match texts.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(first.lines().next().unwrap_or_default()).set_description(texts.join("\n\n"));
            status
        }
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

/// A finding with its commit and rows.
fn text(finding: &FindingReport) -> String {
    let commit = &finding.commit;
    let mut text = format!(
        "{}: {}\ncommit {} by {}: {}",
        place(finding),
        finding.what,
        commit.hash,
        commit.author,
        commit.message
    );
    if let Some(counted) = super::counted(&finding.evidence) {
        let _ = write!(text, "\n{counted}:");
    }
    for row in &finding.evidence.rows {
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
                match row.change.as_str() {
                    "modified" if cell.before != cell.after => {
                        format!("{}={}→{}", cell.column, shown(&cell.before), shown(&cell.after))
                    }
                    "removed" => format!("{}={}", cell.column, shown(&cell.before)),
                    _ => format!("{}={}", cell.column, shown(&cell.after)),
                }
            })
            .collect();
        let _ = write!(text, "\n  {} {}", row.change, cells.join(" "));
    }
    if let Some(diff) = finding.diff.as_ref().filter(|_| finding.evidence.has_more()) {
        let _ = write!(text, "\nall of them: {diff}");
    }
    text
}
