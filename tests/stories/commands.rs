//! The commands' words, JSON and exit codes, against a control plane that answers what it is told to.

use crate::support::fake_api::{FakeApi, NOW_MS, Script, deployment};
use doltops::{
    cli::{
        self, Format, Output,
        parse::{Refused, read},
    },
    config::{Config, Folders, Layer, resolve},
    env::Env,
    hosted_api::problem::{Kind, Problem},
};
use doltops_proto::hosted_api::*;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    ffi::OsString,
    fs,
    future::pending,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A clock that stands, and ids that count.
#[derive(Default)]
struct Still(AtomicU64);

impl Env for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(NOW_MS).expect("a time")
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn random(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("whole").clone()).expect("text")
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

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

/// What a command ended with.
pub struct Ended {
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    fn error(&self) -> Value {
        serde_json::from_str::<Value>(&self.err).unwrap_or_else(|error| panic!("{error}: {}", self.err))["error"]
            .clone()
    }
}

fn config() -> Config {
    let folders = Folders { home: "/h".into(), config: "/c".into(), state: "/s".into(), cache: "/k".into() };
    resolve(Layer::default(), Layer::default(), Layer::default(), &folders).expect("resolved")
}

/// Runs a command line as `main` would, with `fake` for a control plane. Words are split at spaces.
async fn doltops(fake: &FakeApi, line: &str) -> Ended {
    let words: Vec<OsString> = std::iter::once("doltops").chain(line.split(' ')).map(OsString::from).collect();
    doltops_words(fake, &words).await
}

/// The same with words as they are.
pub async fn doltops_words(fake: &FakeApi, words: &[OsString]) -> Ended {
    let (out, err) = (Written::default(), Written::default());
    let cli = match read(words) {
        Ok(cli) => cli,
        Err(Refused::Wrong(problem)) => panic!("{words:?}: {problem}"),
        Err(Refused::Shown(text)) => panic!("{text}"),
    };
    let mut output = Output::to(cli.output, Box::new(out.clone()), Box::new(err.clone()));
    let command = cli.command.expect("a command");
    let code = cli::run_until(pending(), command, fake.client(), &config(), &Still::default(), &mut output).await;
    Ended { code, out: out.text(), err: err.text() }
}

fn fleet(deployments: Vec<Deployment>) -> FakeApi {
    FakeApi::that(Script { deployments, ..Script::default() })
}

fn accepted(generation: u64) -> ChangeResponse {
    let step = |action: &str, target: &str, destroys_data| PlannedStep {
        action: action.into(),
        target: target.into(),
        reason: "there is none".into(),
        destroys_data,
        deployment: "orders".into(),
    };
    ChangeResponse {
        operation_id: "op-1".into(),
        commit: "c".repeat(32),
        generation,
        plan: Some(PlanResponse {
            base_commit: "b".repeat(32),
            plan_hash: "h".into(),
            steps: vec![step("create-volume", "10 GiB", false), step("launch-instance", "local.small", false)],
            away_seconds: 40,
            stays_away: false,
            summary: String::new(),
            undoes: String::new(),
            cost: None,
            notes: vec!["the volume stays at 40 GiB".into()],
            changes: vec![CellChange {
                table: "deployments".into(),
                key: "d-1".into(),
                column: "instance_type".into(),
                from: Some("local.small".into()),
                to: None,
                deployment: "orders".into(),
            }],
        }),
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
async fn every_kind_of_refusal_has_its_exit_code() {
    for (problem, code, kind) in [
        (Problem::new(Kind::Failed, "x"), 1, "failed"),
        (Problem::invalid("volume", "5 GiB is less than 10: a volume only grows").next("ask for more"), 2, "invalid"),
        (Problem::new(Kind::NotFound, "x"), 3, "not-found"),
        (Problem::new(Kind::Refused, "orders is protected").next("doltops unprotect orders"), 4, "refused"),
    ] {
        let fake = FakeApi::that(Script { changes: [Err(problem.clone())].into(), ..Script::default() });
        let ended = doltops(&fake, "resize orders --volume 5 -o json").await;
        assert_eq!((ended.code, ended.out.as_str()), (code, ""));
        assert_eq!(
            (ended.error()["kind"].as_str(), ended.error()["message"].as_str()),
            (Some(kind), Some(&*problem.what))
        );
        assert_eq!(ended.error()["field"].as_str().unwrap_or_default(), problem.field);
        assert_eq!(ended.error()["next"].as_str().unwrap_or_default(), problem.next);
        assert_eq!(fake.asked().len(), 1);
    }
}

/// The answer is lost: it is asked for once more, with the same id, so that nothing is done twice.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_id() {
    let lost = || Err(Problem::new(Kind::Unreachable, "the connection was lost"));
    let fake = FakeApi::that(Script { changes: [lost(), Ok(accepted(1))].into(), ..Script::default() });
    let ended = doltops(&fake, "create orders").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let asked = fake.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
    assert!(asked[0].request_id.len() >= 12);

    let fake = FakeApi::that(Script { changes: [lost(), lost(), Ok(accepted(1))].into(), ..Script::default() });
    let ended = doltops(&fake, "create orders").await;
    assert_eq!((ended.code, fake.asked().len()), (5, 2));
}

#[tokio::test]
async fn each_change_asks_for_what_its_words_say() {
    use change::Change as C;
    let hash = "0123456789abcdefghijklmnopqrstuv";
    let name = || "orders".to_owned();
    for (line, expected) in [
        (
            "create orders --type local.large --volume 20 --certificate webpki",
            C::Create(change::Create {
                name: name(),
                instance_type: "local.large".into(),
                volume_gib: Some(20),
                certificate: "webpki".into(),
                ..Default::default()
            }),
        ),
        ("create orders", C::Create(change::Create { name: name(), ..Default::default() })),
        (
            "resize orders --volume 20",
            C::Resize(change::Resize { name: name(), instance_type: None, volume_gib: Some(20) }),
        ),
        (
            "set orders max_connections=40 log_level=",
            C::Set(change::Set {
                name: name(),
                settings: [("max_connections".to_owned(), "40".to_owned()), ("log_level".to_owned(), String::new())]
                    .into(),
            }),
        ),
        ("stop orders", C::Stop(change::Stop { name: name() })),
        ("start orders", C::Start(change::Start { name: name() })),
        ("restart orders", C::Restart(change::Restart { name: name() })),
        ("pause orders", C::Pause(change::Pause { name: name() })),
        ("resume orders", C::Resume(change::Resume { name: name() })),
        ("protect orders", C::Protect(change::Protect { name: name() })),
        ("unprotect orders", C::Unprotect(change::Unprotect { name: name() })),
        ("delete orders --confirm orders", C::Delete(change::Delete { name: name(), confirm: name() })),
        ("undo op-1 --confirm orders", C::Undo(change::Undo { operation_id: "op-1".into(), confirm: name() })),
        ("undo", C::Undo(change::Undo::default())),
        (
            &format!("rollback orders --to {hash}"),
            C::RollBack(change::RollBack { name: name(), to: hash.into(), ..Default::default() }),
        ),
        (
            &format!("rollback --all --to {hash}"),
            C::RollBack(change::RollBack { all: true, to: hash.into(), ..Default::default() }),
        ),
        (
            &format!("rollback --all --to {hash} --confirm all"),
            C::RollBack(change::RollBack { all: true, to: hash.into(), confirm: "all".into(), ..Default::default() }),
        ),
    ] {
        let fake = FakeApi::default();
        assert_eq!(doltops(&fake, line).await.code, 0, "{line}");
        let asked = fake.asked().pop().and_then(|request| request.change).and_then(|change| change.change);
        assert_eq!(asked, Some(expected), "{line}");
    }
}

#[tokio::test]
async fn a_dry_run_is_a_plan_and_changes_nothing() {
    let fake = FakeApi::that(Script { plan: Some(Ok(accepted(1).plan.unwrap())), ..Script::default() });
    let to = "0".repeat(32);
    let ended = doltops(&fake, &format!("rollback orders --to {to} --dry-run")).await;
    insta::assert_snapshot!(ended.out);
    assert_eq!(ended.out, doltops(&fake, &format!("plan orders --to {to}")).await.out);
    assert!(fake.asked().is_empty());
    let plan = doltops(&fake, "plan orders --volume 20 -o json").await.json();
    for field in ["action", "target", "reason", "destroys_data"] {
        assert!(!plan["steps"][0][field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn wait_ends_when_the_deployment_has_settled() {
    let at = |health: &str, phase: &str, generation| Deployment {
        health: health.into(),
        phase: phase.into(),
        ..deployment("orders", generation)
    };
    let script = || Script {
        changes: [Ok(accepted(4))].into(),
        fleets: [
            Ok(vec![at("healthy", "settled", 3)]),
            Ok(vec![at("starting", "launch-instance local.small", 4)]),
            Err(Problem::new(Kind::Unreachable, "the host has ended")),
            Ok(vec![at("starting", "deploy i-1", 4)]),
            Ok(vec![at("healthy", "settled", 4)]),
        ]
        .into(),
        ..Script::default()
    };
    let ended = doltops(&FakeApi::that(script()), "resize orders --type local.small --wait").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    insta::assert_snapshot!(format!("{}--\n{}", ended.out, ended.err));
    let json = doltops(&FakeApi::that(script()), "resize orders --type local.small --wait -o json").await;
    assert_eq!((json.err.as_str(), json.json()["deployment"]["generation"].as_u64()), ("", Some(4)));
    assert_eq!(json.json()["commit"], "c".repeat(32));
}

/// Nothing follows from a protection in the world; and before it is known, its wait says nothing of the deployment.
#[tokio::test]
async fn a_change_without_steps_says_so() {
    let nothing = ChangeResponse { plan: Some(PlanResponse::default()), ..accepted(4) };
    let fleets = [Ok(vec![deployment("orders", 3)]), Ok(vec![deployment("orders", 4)])].into();
    let script = Script { changes: [Ok(nothing)].into(), fleets, ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "protect orders --wait").await;
    assert!(ended.out.ends_with("generation 4, nothing to carry out\n"), "{}", ended.out);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
}

#[tokio::test]
async fn wait_ends_with_1_when_it_failed_and_when_the_time_is_up() {
    let failing = Deployment {
        health: "failed".into(),
        failure: Some(Failure { error: "the disk is full".into(), ..Failure::default() }),
        ..deployment("orders", 4)
    };
    let script = Script { changes: [Ok(accepted(4))].into(), fleets: [Ok(vec![failing])].into(), ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "start orders --wait -o json").await;
    assert_eq!(ended.code, 1);
    assert_eq!(ended.error()["message"], "orders failed: the disk is full");

    let script = Script { changes: [Ok(accepted(4))].into(), ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "start orders --wait --timeout 1s -o json").await;
    assert_eq!(ended.code, 1);
    assert!(ended.error()["message"].as_str().is_some_and(|message| message.starts_with("not settled after 1 s")));
}

#[tokio::test]
async fn a_delete_is_waited_for_until_it_is_gone() {
    let fleets = [Ok(vec![deployment("orders", 4)]), Ok(vec![])].into();
    let script = Script { changes: [Ok(accepted(4))].into(), fleets, ..Script::default() };
    let ended = doltops(&FakeApi::that(script), "delete orders --confirm orders --wait -o json").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.json()["deployment"].is_null());
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

#[tokio::test]
async fn credentials_are_shown_with_a_line_to_connect_and_without_the_password_in_it() {
    let login = CredentialsResponse {
        user: "root".into(),
        password: "hush".into(),
        host: "127.0.0.1".into(),
        port: 41_001,
        ca_pem: "CA".into(),
        host_name: "orders.localhost".into(),
    };
    let fake = FakeApi::that(Script { credentials: Some(login), ..Script::default() });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    let ended = doltops(&fake, &format!("credentials orders --ca-file {}", file.display())).await;
    assert_eq!(fs::read_to_string(&file).expect("written"), "CA");
    let shown = ended.out.replace(&file.display().to_string(), "ca.pem");
    insta::assert_snapshot!(shown);
    let unchecked = doltops(&fake, "credentials orders").await.out;
    assert!(unchecked.contains("mysql -h 127.0.0.1 -P 41001 -u root -p --ssl-mode=REQUIRED"), "{unchecked}");
    assert_eq!(doltops(&fake, "credentials orders -o json").await.json()["password"], "hush");
    assert_eq!(doltops(&FakeApi::default(), "credentials orders").await.code, 4);
}

#[tokio::test]
async fn a_certificate_is_kept_where_only_its_owner_reads_it_and_never_over_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("op1.pem");
    let fake = FakeApi::default();
    let line = format!("client-certificate op1 --role operator --file {}", file.display());
    let ended = doltops(&fake, &line).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(ended.out.contains(&format!("doltops --connect https://HOST:PORT --identity {}", file.display())));
    doltops::config::Identity::read(&file).expect("whole");
    let again = doltops(&fake, &format!("{line} -o json")).await;
    assert_eq!((again.code, again.error()["field"].as_str()), (2, Some("file")));
    assert_eq!(fake.seen().len(), 1, "a second one was issued");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
}

#[tokio::test]
async fn revoking_nobody_is_not_found() {
    assert_eq!(doltops(&FakeApi::default(), "revoke op1").await.code, 3);
    let fake = FakeApi::that(Script { serials: vec!["2a".into()], ..Script::default() });
    assert_eq!(doltops(&fake, "revoke op1 -o json").await.json()["serials"][0], "2a");
    insta::assert_snapshot!(doltops(&fake, "client-certificates").await.out);
    assert_eq!(doltops(&fake, "client-certificates -o json").await.json()[0]["revoked"], true);
}

/// The plan was shown, then someone else changed the deployment: the new plan is in the refusal.
#[tokio::test]
async fn a_plan_that_has_changed_is_shown() {
    let mut problem = Problem::new(Kind::Refused, "the plan has changed since").next("look at it and confirm again");
    problem.plan = accepted(1).plan.map(Box::new);
    let script = || Script { changes: [Err(problem.clone())].into(), ..Script::default() };
    let ended = doltops(&FakeApi::that(script()), "stop orders").await;
    assert_eq!(ended.code, 4);
    insta::assert_snapshot!(ended.err);
    let ended = doltops(&FakeApi::that(script()), "stop orders -o json").await;
    assert_eq!(ended.error()["plan"]["steps"][0]["action"], "create-volume");
}

#[tokio::test]
async fn who_is_on_call_and_until_when() {
    let fake = FakeApi::default();
    insta::assert_snapshot!(doltops(&fake, "oncall").await.out);
    let json = doltops(&fake, "oncall -o json").await.json();
    assert_eq!(json["levels"][0]["until"], "2026-01-09T09:00:00.000Z");
    assert_eq!((&json["levels"][1]["who"], &json["receivers"][0]["kind"]), (&Value::Null, &"pagerduty".into()));
}

#[tokio::test]
async fn a_test_page_tells_what_came_back() {
    let fake = FakeApi::default();
    let ended = doltops(&fake, "page test duty --severity critical").await;
    assert_eq!(ended.out, "duty (pagerduty) has taken it: HTTP 202: Event processed\n");
    assert!(ended.err.contains("doltops page test duty --resolve test-k3x9q2ab"), "{}", ended.err);
    assert!(fake.seen()[0].contains("critical"), "{:?}", fake.seen());
    let broken = doltops(&fake, "page test broken -o json").await;
    assert_eq!(
        (broken.code, broken.error()["message"].as_str()),
        (1, Some("broken has not taken it: HTTP 400: Invalid routing key"))
    );
}
