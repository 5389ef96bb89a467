use super::*;
use doltops_proto::hosted_api::LogLine;

/// 2026-11-23 14:00:00 UTC.
const OPENED: i64 = 1_795_442_400_000;

fn entry(seconds: i64, kind: &str, text: &str) -> TimelineEntry {
    TimelineEntry {
        time_ms: OPENED + seconds * 1_000,
        kind: kind.into(),
        deployment: "billing".into(),
        text: text.into(),
        ..TimelineEntry::default()
    }
}

fn timeline() -> TimelineResponse {
    let commit = "8u6nmkpu000000000000000000000000".to_owned();
    let cell = CellChange {
        table: "settings".into(),
        key: "d-1/max_connections".into(),
        column: "value".into(),
        from: Some("400".into()),
        to: Some("4000".into()),
        deployment: "billing".into(),
    };
    let line = LogLine { time_ms: OPENED - 2_000, level: "fatal".into(), text: "out of memory ```".into() };
    TimelineResponse {
        incident: Some(Incident {
            id: "inc-4f2k9qwe".into(),
            severity: "critical".into(),
            state: "resolved".into(),
            title: "billing is away".into(),
            impact: "invoices | are late".into(),
            deployments: vec!["billing".into()],
            opened_ms: OPENED,
            opened_by: "deployment-manager".into(),
            resolved_ms: OPENED + 4_000_000,
            resolved_by: "op1".into(),
            pages: vec![Page {
                target: "team".into(),
                kind: "pagerduty".into(),
                action: "trigger".into(),
                to: "op1".into(),
                state: "sent".into(),
                tries: 2,
                time_ms: OPENED + 1_000,
                error: String::new(),
            }],
            ..Incident::default()
        }),
        entries: vec![
            TimelineEntry {
                commit: commit.clone(),
                author: "op2".into(),
                changes: vec![cell.clone()],
                ..entry(-300, "commit", "set max_connections")
            },
            TimelineEntry { values: vec![10.0, 70.0, 98.0], ..entry(-60, "metric", "memory 71% → 98% in 5 min") },
            TimelineEntry { lines: vec![line], ..entry(-2, "log", "fatal: out of memory") },
            TimelineEntry { missing: true, ..entry(-1, "metric", "the agent does not answer") },
            entry(0, "incident", "opened"),
        ],
        changes: vec![cell],
        suspect: commit,
    }
}

#[test]
fn a_story_reads_as_a_post_mortem() {
    insta::assert_snapshot!(markdown(&timeline()));
}

#[test]
fn an_empty_story_is_a_form_to_fill_in() {
    let text = markdown(&TimelineResponse::default());
    assert!(text.contains("Nothing that anybody asked for.") && text.contains("## Causes"), "{text}");
}

/// Text from outside stays text: no table, link or heading is made of it.
#[test]
fn what_comes_from_outside_stays_text() {
    let mut told = timeline();
    told.entries[0].text = "a | b\n# c [x](y)".into();
    let text = markdown(&told);
    let row = text.lines().find(|line| line.contains("commit `8u6nmkpu`")).expect("told");
    assert!(row.contains(r"a \| b \# c \[x\](y)"), "{row}");
}
