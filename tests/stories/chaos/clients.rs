//! A customer's program that nothing discourages: it writes numbered rows, and connects again when it is cut off.
//!
//! A row is *acknowledged* when the COMMIT of its transaction was answered. One whose answer did not come may be there or
//! not; its number is never used again, so that nothing else can stand in for it.

use crate::{simulation::random::Random, support::sandbox::wait_for_within};
use doltops_agent::clock;
use mysql_async::{Conn, Opts, prelude::Queryable};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Builder, time};

/// A server that says nothing for so long is as good as gone to a program.
const ANSWER: Duration = Duration::from_secs(5);

/// Between two rows: the machine is to do more than this.
const PAUSE: Duration = Duration::from_millis(5);

/// Between two tries to connect.
const AGAIN: Duration = Duration::from_millis(100);

/// How long a database may take to come back at the end.
const BACK: Duration = Duration::from_secs(120);

/// One program, and what it knows.
pub struct Client {
    pub deployment: String,
    acknowledged: Mutex<BTreeSet<u64>>,
    tried: AtomicU64,
    connected: AtomicU64,
    stop: AtomicBool,
    /// Why its last try failed; empty: it did not.
    refused: Mutex<String>,
    /// Bytes of each row that nothing makes smaller.
    filling: usize,
}

/// What became of a client's rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rows {
    pub acknowledged: u64,
    /// Acknowledged and not there.
    pub lost: u64,
    /// Tried, and never answered.
    pub unclear: u64,
    /// How often it connected.
    pub connections: u64,
}

impl Client {
    pub fn new(deployment: &str) -> Self {
        Self::with(deployment, 0)
    }

    /// One whose rows are large.
    pub fn with(deployment: &str, filling: usize) -> Self {
        Self {
            filling,
            deployment: deployment.to_owned(),
            acknowledged: Mutex::default(),
            tried: AtomicU64::new(0),
            connected: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            refused: Mutex::default(),
        }
    }

    /// Writes until it is stopped. `customer` tells how to connect.
    pub fn run(&self, customer: impl Fn() -> Option<Opts>) {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        while !self.stop.load(Ordering::Relaxed) {
            // Its address may be another since it was away.
            if let Some(options) = customer() {
                let wrote = runtime.block_on(self.write(options));
                *self.refused() = wrote.err().map(|error| error.to_string()).unwrap_or_default();
            }
            std::thread::park_timeout(AGAIN);
        }
    }

    async fn write(&self, options: Opts) -> Result<(), mysql_async::Error> {
        let mut connection = within(Conn::new(options)).await?;
        let mut random = Random::new(self.tried.load(Ordering::Relaxed));
        let table = "CREATE TABLE IF NOT EXISTS diary.t (n BIGINT PRIMARY KEY, filling LONGTEXT NOT NULL)";
        for sql in ["CREATE DATABASE IF NOT EXISTS diary", table] {
            within(connection.query_drop(sql)).await?;
        }
        self.connected.fetch_add(1, Ordering::Relaxed);
        while !self.stop.load(Ordering::Relaxed) {
            let n = self.tried.fetch_add(1, Ordering::Relaxed);
            let filling: String = (0..self.filling / 8).map(|_| format!("{:016x}", random.next())).collect();
            within(connection.query_drop("START TRANSACTION")).await?;
            within(connection.query_drop(format!("INSERT INTO diary.t VALUES ({n}, '{filling}')"))).await?;
            within(connection.query_drop("COMMIT")).await?;
            self.rows().insert(n);
            self.refused().clear();
            time::sleep(PAUSE).await;
        }
        Ok(())
    }

    fn rows(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it writes again, now that all is well.
    pub fn is_back(&self) -> bool {
        let (before, until) = (self.rows().len(), clock::instant() + BACK);
        while self.rows().len() == before && clock::instant() < until {
            std::thread::park_timeout(AGAIN);
        }
        self.rows().len() > before
    }

    /// Waits until it does.
    #[track_caller]
    pub fn goes_on(&self) {
        assert!(self.is_back(), "{} takes no rows: {}", self.deployment, self.refused());
    }

    /// Why a row was not taken, or why it could not connect, just now; empty: nothing was refused.
    pub fn refused(&self) -> MutexGuard<'_, String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it: what has become of its rows is asked once it has stopped.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Reads all rows back.
    #[track_caller]
    pub fn count(&self, customer: impl Fn() -> Option<Opts>) -> Rows {
        let there = wait_for_within(BACK, &format!("the rows of {}", self.deployment), || {
            let options = customer()?;
            let runtime = Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = within(Conn::new(options)).await.ok()?;
                let rows: Vec<u64> = within(connection.query("SELECT n FROM diary.t")).await.ok()?;
                Some(rows.into_iter().collect::<BTreeSet<_>>())
            })
        });
        let acknowledged = self.rows();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        if !lost.is_empty() {
            println!("{}: rows that were acknowledged and are not there: {lost:?}", self.deployment);
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Rows {
            acknowledged: count(acknowledged.len()),
            lost: count(lost.len()),
            unclear: self.tried.load(Ordering::Relaxed).saturating_sub(count(acknowledged.len())),
            connections: self.connected.load(Ordering::Relaxed),
        }
    }
}

/// The call, or an error when its answer does not come.
async fn within<T>(call: impl Future<Output = Result<T, mysql_async::Error>>) -> Result<T, mysql_async::Error> {
    let late = || mysql_async::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
    time::timeout(ANSWER, call).await.unwrap_or_else(|_| Err(late()))
}
