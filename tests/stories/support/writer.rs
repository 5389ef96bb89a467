//! A customer's program: it writes numbered rows over one direct connection and counts what was acknowledged.

use super::sandbox::{Sandbox, wait_for};
use doltops_agent::clock;
use mysql_async::{Conn, Opts, OptsBuilder, SslOpts, prelude::Queryable};
use serde_json::Value;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{runtime::Builder, time};

/// No sooner is a write lost than this: a busy machine of two cores is slow, not broken.
const ANSWER: Duration = Duration::from_secs(20);

/// Between two writes: some hundred a second would be all that the machine does.
const PAUSE: Duration = Duration::from_millis(5);

/// A writer at work.
pub struct Writer {
    options: Opts,
    written: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    work: JoinHandle<Result<Duration, String>>,
}

/// How a customer of whom `credentials` tells connects: to `address`, with the name in the certificate verified.
pub fn options(login: &Value, address: IpAddr) -> Opts {
    let text = |key: &str| login[key].as_str().expect("a text").to_owned();
    let tls =
        SslOpts::default().with_root_certs(vec![text("ca_pem").into_bytes().into()]).with_disable_built_in_roots(true);
    OptsBuilder::default()
        .ip_or_hostname(text("host_name"))
        .resolved_ips(Some(vec![address]))
        .tcp_port(login["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port"))
        .prefer_socket(false)
        .user(Some(text("user")))
        .pass(Some(text("password")))
        .ssl_opts(tls)
        .into()
}

/// The same to the address that `credentials` tells.
pub fn direct(login: &Value) -> Opts {
    options(login, login["host"].as_str().and_then(|host| host.parse().ok()).expect("an address"))
}

impl Writer {
    /// Connects to a deployment and begins to write.
    pub fn start(sandbox: &Sandbox, name: &str) -> Self {
        let options = direct(&sandbox.ask(&format!("credentials {name}")).json());
        let (written, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let work = {
            let (options, written, stop) = (options.clone(), written.clone(), stop.clone());
            thread::spawn(move || run(write(options, &written, &stop)))
        };
        let writer = Self { options, written, stop, work };
        writer.goes_on();
        writer
    }

    /// Waits until more was written.
    #[track_caller]
    pub fn goes_on(&self) {
        let before = self.written.load(Ordering::Relaxed);
        wait_for("more rows", || {
            let alive = !self.work.is_finished();
            (!alive || self.written.load(Ordering::Relaxed) > before + 5).then_some(())
        });
    }

    /// What it wrote is counted as whoever may come in now.
    pub fn counted_as_now(self, sandbox: &Sandbox, name: &str) -> Self {
        Self { options: direct(&sandbox.ask(&format!("credentials {name}")).json()), ..self }
    }

    /// Ends it: not one write failed on its one connection, and every acknowledged row is there. Gives how many there
    /// are, and the longest that one write took.
    #[track_caller]
    pub fn lost_nothing(self) -> (u64, Duration) {
        self.stop.store(true, Ordering::Relaxed);
        let longest = self.work.join().expect("no panic").unwrap_or_else(|why| panic!("interrupted: {why}"));
        let written = self.written.load(Ordering::Relaxed);
        let options = self.options;
        let counted = run(async move {
            let mut connection = Conn::new(options).await.expect("connected");
            connection.query_first::<(u64, u64), _>("SELECT count(*), max(n) FROM diary.t").await.expect("read")
        });
        assert_eq!(counted, Some((written, written)), "a row is missing");
        (written, longest)
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

async fn write(options: Opts, written: &AtomicU64, stop: &AtomicBool) -> Result<Duration, String> {
    let mut connection = Conn::new(options).await.map_err(|error| error.to_string())?;
    connection.query_drop("CREATE DATABASE diary").await.map_err(|error| error.to_string())?;
    connection.query_drop("CREATE TABLE diary.t (n BIGINT PRIMARY KEY)").await.map_err(|error| error.to_string())?;
    let mut longest = Duration::ZERO;
    for n in 1.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let began = clock::instant();
        let wrote = time::timeout(ANSWER, connection.query_drop(format!("INSERT INTO diary.t VALUES ({n})"))).await;
        wrote.map_err(|_| format!("row {n}: no answer"))?.map_err(|error| format!("row {n}: {error}"))?;
        longest = longest.max(clock::instant() - began);
        written.store(n, Ordering::Relaxed);
        time::sleep(PAUSE).await;
    }
    Ok(longest)
}
