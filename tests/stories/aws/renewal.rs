//! A certificate of two minutes' life is renewed while customers work.

use super::support::Aws;
use crate::support::sandbox::wait_for_within;
use doltops_agent::clock;
use mysql_async::{Conn, Opts, prelude::Queryable};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Four lives of the certificate: three renewals are due within three, and a busy machine may be late.
const RENEWALS: Duration = Duration::from_secs(480);

/// Customers who work without pause.
const CUSTOMERS: usize = 8;

/// What they met, all together.
#[derive(Debug, Default)]
struct Met {
    queries: AtomicU64,
    failed: AtomicU64,
    reconnects: AtomicU64,
    /// The longest time that one of them had no connection, milliseconds.
    away: AtomicU64,
}

/// Tells what the control plane said and did, where the story fails.
struct Tells<'a>(&'a Aws);

impl Drop for Tells<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for asked in ["get orders", "events orders", "incidents"] {
                println!("{asked}: {:?}", self.0.sandbox.ask(asked));
            }
        }
    }
}

/// Three renewals, eight connections: what fails is counted and printed, and each customer works on afterwards.
#[test]
fn a_short_certificate_is_renewed_while_customers_work() {
    let aws = Aws::start_with(&[("acme", "profile", "short".into())]);
    let _tells = Tells(&aws);
    aws.create("orders --certificate webpki");
    let met = Arc::new(Met::default());
    let stop = Arc::new(AtomicBool::new(false));
    let options = aws.customer("orders");
    let customers: Vec<_> = (0..CUSTOMERS)
        .map(|_| {
            let (options, met, stop) = (options.clone(), met.clone(), stop.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(work(options, &met, &stop));
            })
        })
        .collect();

    let mut serials = BTreeSet::new();
    wait_for_within(RENEWALS, "three renewals", || {
        let said = aws.sandbox.ask("get orders");
        let serial =
            (said.code == 0).then(|| said.json()["observed"]["certificate_serial"].as_str().map(str::to_owned));
        serials.extend(serial.flatten().filter(|serial| !serial.is_empty()));
        (serials.len() >= 4).then_some(())
    });
    let before = met.queries.load(Ordering::Relaxed);
    wait_for_within(Duration::from_secs(60), "work to go on", || {
        (met.queries.load(Ordering::Relaxed) > before + 100).then_some(())
    });
    stop.store(true, Ordering::Relaxed);
    for customer in customers {
        customer.join().expect("no panic");
    }
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    println!(
        "{} renewals, {CUSTOMERS} connections: {} queries, {} failed, {} reconnects, away {:.1} s at most",
        serials.len() - 1,
        count(&met.queries),
        count(&met.failed),
        count(&met.reconnects),
        Duration::from_millis(count(&met.away)).as_secs_f64(),
    );
    // Dolt restarts for each: every connection is broken off once, and comes back.
    let renewals = serials.len() as u64 - 1;
    assert!(count(&met.reconnects) <= (renewals + 1) * CUSTOMERS as u64, "{met:?}");
}

/// Queries without pause; a connection that breaks is made again at once.
async fn work(options: Opts, met: &Met, stop: &AtomicBool) {
    let mut connection = Conn::new(options.clone()).await.expect("connected");
    while !stop.load(Ordering::Relaxed) {
        match connection.query_drop("select 1").await {
            Ok(()) => {
                met.queries.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {
                met.failed.fetch_add(1, Ordering::Relaxed);
                let gone = clock::instant();
                connection = loop {
                    match Conn::new(options.clone()).await {
                        Ok(connection) => break connection,
                        Err(_) if stop.load(Ordering::Relaxed) => return,
                        // Between two tries of a customer's pool.
                        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                    }
                };
                met.reconnects.fetch_add(1, Ordering::Relaxed);
                let away = u64::try_from(gone.elapsed().as_millis()).unwrap_or(u64::MAX);
                met.away.fetch_max(away, Ordering::Relaxed);
            }
        }
    }
}
