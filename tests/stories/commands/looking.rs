//! What is there, what was changed and what goes on: tables for people, JSON for programs.

use super::*;
use crate::support::fake_api::deployment;
use doltops::{
    cli::Format,
    hosted_api::problem::{Kind, Problem},
};

/// A pipe whose reader has gone.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn list_has_the_fields_that_scripts_rely_on() {
    let fake = fleet(vec![deployment("orders", 3)]);
    let ended = doltops(&fake, "list -o json").await;
    assert_eq!(ended.code, 0);
    let one = &ended.json()[0];
    for field in ["name", "id", "health", "phase", "desired", "observed", "generation", "commit"] {
        assert!(!one[field].is_null(), "{field}");
    }
    for field in ["instance_type", "volume_gib", "power"] {
        assert!(!one["desired"][field].is_null(), "{field}");
    }
    for field in ["instance_id", "instance_type", "volume_gib", "address", "port", "dolt_version"] {
        assert!(!one["observed"][field].is_null(), "{field}");
    }
    let get = doltops(&fake, "get orders -o json").await;
    assert_eq!(&get.json(), one);
}

#[tokio::test]
async fn tables_line_up_and_are_clean() {
    let busy = Deployment {
        health: "starting".into(),
        phase: "launch-instance \u{1b}[31mi-2".into(),
        observed: Some(Observed { instance_type: "local.small".into(), ..Observed::default() }),
        desired: Some(Desired {
            instance_type: "local.medium".into(),
            volume_gib: 20,
            protected: true,
            paused: true,
            ..Desired::default()
        }),
        ..deployment("a-much-longer-name", 4)
    };
    let fake = fleet(vec![deployment("orders", 3), busy]);
    insta::assert_snapshot!(doltops(&fake, "list").await.out);
    insta::assert_snapshot!(doltops(&fake, "get orders").await.out);
    let flags = doltops(&fake, "get a-much-longer-name").await.out;
    assert!(flags.lines().any(|line| line.starts_with("flags  ") && line.contains("protected, paused")), "{flags}");
    insta::assert_snapshot!(doltops(&fake, "status").await.out);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let ended = doltops(&fleet(vec![]), "get nothing -o json").await;
    assert_eq!((ended.code, ended.out.as_str()), (3, ""));
    assert_eq!(ended.error()["kind"], "not-found");
    let ended = doltops(&fleet(vec![]), "get nothing").await;
    assert_eq!(ended.err, "doltops: there is no deployment nothing\n");
}

#[tokio::test]
async fn history_and_diff_tell_cell_by_cell() {
    let changes = accepted(1).plan.unwrap().changes;
    let commit = Commit {
        hash: "8".repeat(32),
        author: "op1".into(),
        time_ms: NOW_MS,
        message: "resize orders\n\nit was slow".into(),
        changes: changes.clone(),
        parent: "7".repeat(32),
        parents: vec!["7".repeat(32)],
        brought_in: None,
        joins: Vec::new(),
    };
    let fake = FakeApi::that(Script { history: vec![commit], diff: changes, ..Script::default() });
    insta::assert_snapshot!(doltops(&fake, "history orders").await.out);
    let history = doltops(&fake, "history -o json --limit 5").await.json();
    for field in ["commit", "author", "time", "message", "changes"] {
        assert!(!history[0][field].is_null(), "{field}");
    }
    assert_eq!(history[0]["changes"][0]["from"], "local.small");
    assert!(history[0]["changes"][0]["to"].is_null());
    let (from, to) = ("1".repeat(32), "2".repeat(32));
    insta::assert_snapshot!(doltops(&fake, &format!("diff {from} {to}")).await.out);
    doltops(&fake, &format!("diff {from} orders")).await;
    assert_eq!(fake.seen().last().map(String::as_str), Some(&*format!("({from:?}, \"\", \"orders\")")));
}

#[tokio::test]
async fn what_goes_on_is_a_json_document_a_line() {
    let event = |sequence, text: &str| Event {
        time_ms: NOW_MS,
        deployment: "orders".into(),
        kind: "step".into(),
        text: text.into(),
        author: String::new(),
        sequence,
    };
    let fake = FakeApi::that(Script {
        events: vec![event(1, "launch-instance"), event(2, "deploy\u{7}")],
        logs: vec![LogLine { time_ms: NOW_MS, level: "error".into(), text: "\u{1b}[31mout of memory".into() }],
        samples: vec![Sample { time_ms: NOW_MS, cpu_percent: 12.5, memory_bytes: 93_637_837, ..Sample::default() }],
        fleets: [
            Ok(vec![deployment("orders", 3), deployment("a-longer-name", 1)]),
            Ok(vec![deployment("orders", 3), deployment("a-longer-name", 1)]),
            Err(Problem::new(Kind::Unreachable, "the host has ended")),
            Ok(vec![deployment("a-longer-name", 1), Deployment { health: "degraded".into(), ..deployment("x", 1) }]),
            Err(Problem::new(Kind::Failed, "the end")),
        ]
        .into(),
        ..Script::default()
    });
    let events = doltops(&fake, "events -f -o json").await.out;
    let lines: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).expect("a document")).collect();
    assert_eq!((lines.len(), lines[1]["sequence"].as_u64()), (2, Some(2)));
    insta::assert_snapshot!(doltops(&fake, "events").await.out + &doltops(&fake, "logs orders").await.out);
    insta::assert_snapshot!(doltops(&fake, "metrics orders --since 1h").await.out);
    assert!(fake.seen().last().is_some_and(|seen| seen.contains(&(NOW_MS - 3_600_000).to_string())));
    let watched = doltops(&fake, "watch").await;
    insta::assert_snapshot!(format!("{}--\n{}", watched.out, watched.err));
}

#[tokio::test]
async fn a_reader_that_has_gone_ends_a_command_quietly() {
    let fake = fleet(vec![deployment("orders", 3)]);
    let err = Written::default();
    let mut output = Output::to(Format::Table, Box::new(Broken), Box::new(err.clone()));
    let code =
        cli::run_until(pending(), cli::Command::List, fake.client(), &config(), &Still::default(), &mut output).await;
    assert_eq!((code, err.text().as_str()), (0, ""));
}

#[tokio::test]
async fn an_interruption_ends_a_command_with_130() {
    let fake = fleet(vec![deployment("orders", 3)]);
    let command = || read(&["doltops".into(), "forward".into(), "orders".into()]).expect("read").command.expect("one");
    let mut output = Output::to(Format::Json, Box::new(io::sink()), Box::new(io::sink()));
    let code = cli::run_until(async {}, command(), fake.client(), &config(), &Still::default(), &mut output).await;
    assert_eq!(code, 0, "the ordinary end of a forward");
    let code =
        cli::run_until(async {}, cli::Command::Watch, fake.client(), &config(), &Still::default(), &mut output).await;
    assert_eq!(code, 130);
}
