//! The commands' words, JSON and exit codes, against a control plane that answers what it is told to.

mod changes;
mod looking;
mod people;

use crate::support::fake_api::{FakeApi, NOW_MS, Script};
use doltops::{
    cli::{
        self, Output,
        parse::{Refused, read},
    },
    config::{Config, Folders, Layer, resolve},
    env::Env,
};
use doltops_proto::hosted_api::*;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    ffi::OsString,
    future::pending,
    io::{self, Write},
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
            away_least_seconds: 40,
            away_count: 1,
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
