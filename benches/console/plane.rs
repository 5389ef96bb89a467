//! A control plane with as many deployments as are wanted, on a state folder's socket, that can hang.
//!
//! It hangs as a whole: its one thread stops, so that not even the connection is read any more.

use crate::fake_api::{FakeApi, NOW_MS, Script, deployment};
use doltops_proto::hosted_api::{
    Commit, Deployment, Event, Incident, LogLine, Sample, TimelineEntry, TimelineResponse,
    hosted_api_server::HostedApiServer,
};
use std::{path::Path, sync::mpsc, thread};
use tokio::{net::UnixListener, sync::oneshot};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;

const MINUTE: i64 = 60_000;

/// Every time that is told is older: a view's ages then stand still for half an hour (`console::text::age`).
const LONG_AGO: i64 = NOW_MS - 90 * MINUTE;

/// What an agent remembers for the fleet's pictures: 15 minutes, four a minute.
const SAMPLES: i32 = 60;

/// How many entries lists have that are not the fleet.
const ENTRIES: i64 = 1_000;

/// One that runs until it is dropped.
pub struct Plane {
    hang: Option<oneshot::Sender<()>>,
    _until: mpsc::Sender<()>,
}

impl Plane {
    /// Listens in this folder.
    pub fn start(folder: &Path, script: Script) -> Self {
        let (hang, hung) = oneshot::channel();
        let (until, ended) = mpsc::channel();
        let (ready, listens) = mpsc::channel();
        let socket = folder.join("api.sock");
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let incoming = UnixListenerStream::new(UnixListener::bind(socket).expect("a socket"));
                let server = Server::builder().add_service(HostedApiServer::new(FakeApi::that(script)));
                tokio::spawn(server.serve_with_incoming(incoming));
                ready.send(()).expect("somebody waits");
                // Dropped without a word: it ends.
                if hung.await.is_ok() {
                    let _: Result<(), _> = ended.recv();
                }
            });
        });
        listens.recv().expect("it listens");
        Self { hang: Some(hang), _until: until }
    }

    /// From now on it does nothing any more.
    pub fn hang(&mut self) {
        self.hang.take().expect("once").send(()).expect("it runs");
    }
}

/// The name of a deployment; the first stands at the top.
pub fn name(number: u32) -> String {
    format!("db-{number:05}")
}

/// A fleet with its metrics, told so many times, and something in every other view.
pub fn script(deployments: u32, times: usize) -> Script {
    let fleet: Vec<Deployment> = (0..deployments).map(row).collect();
    Script {
        fleets: std::iter::repeat_n(fleet, times).map(Ok).collect(),
        history: (0..ENTRIES).map(commit).collect(),
        events: (0..ENTRIES).map(event).collect(),
        logs: (0..ENTRIES).map(line).collect(),
        samples: samples(),
        incidents: (0..20).map(incident).collect(),
        timeline: TimelineResponse {
            incident: Some(incident(0)),
            entries: (0..100).map(entry).collect(),
            ..TimelineResponse::default()
        },
        stays: true,
        ..Script::default()
    }
}

fn row(number: u32) -> Deployment {
    let mut row = deployment(&name(number), 3);
    row.health_since_ms = LONG_AGO;
    row.seen_ms = LONG_AGO;
    row.samples = samples();
    row
}

fn samples() -> Vec<Sample> {
    let sample = |number: i32| Sample {
        time_ms: LONG_AGO - i64::from(SAMPLES - number) * 15_000,
        cpu_percent: f64::from(number % 7) * 12.0,
        memory_bytes: 300 << 20,
        disk_bytes: 1 << 30,
        connections: 12,
        queries_per_second: 900.0 + f64::from(number % 11) * 40.0,
        latency_p50_ms: 1.5,
        latency_p99_ms: 8.0,
    };
    (0..SAMPLES).map(sample).collect()
}

fn commit(number: i64) -> Commit {
    Commit {
        hash: format!("{number:0>32}"),
        author: "op1".into(),
        message: format!("Set max_connections={number} of db-00000"),
        time_ms: LONG_AGO - number * MINUTE,
        ..Commit::default()
    }
}

fn event(number: i64) -> Event {
    Event {
        time_ms: LONG_AGO - (ENTRIES - number) * 1_000,
        deployment: name(0),
        kind: "step".into(),
        text: format!("deploy db-00000: done, {number} ms"),
        author: "op1".into(),
        sequence: u64::try_from(number).unwrap_or_default() + 1,
    }
}

fn line(number: i64) -> LogLine {
    LogLine {
        time_ms: LONG_AGO - (ENTRIES - number) * 1_000,
        level: "info".into(),
        text: format!("connection {number} opened"),
    }
}

fn incident(number: i64) -> Incident {
    Incident {
        id: format!("inc-{number:08}"),
        rule: "health".into(),
        severity: "warning".into(),
        title: "db-00000 is slow".into(),
        deployments: vec![name(0)],
        state: "open".into(),
        opened_ms: LONG_AGO - number * MINUTE,
        opened_by: "deployment-manager".into(),
        ..Incident::default()
    }
}

fn entry(number: i64) -> TimelineEntry {
    TimelineEntry {
        time_ms: LONG_AGO - (100 - number) * 1_000,
        kind: "step".into(),
        deployment: name(0),
        text: format!("deploy db-00000: done, {number} ms"),
        ..TimelineEntry::default()
    }
}
