//! What a landing costs in time and on disk, against a real Dolt.
//!
//! `cargo bench --bench store` prints the figures of one run; none is asserted. `DEPLOYMENTS` and `LANDINGS` say how many.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot go on says so and ends")]
#![allow(dead_code, reason = "the stories use more of their support than this does")]

#[path = "../tests/stories/support/dolt.rs"]
mod dolt;
#[path = "../tests/stories/store/support.rs"]
mod house;

mod support {
    pub(crate) use crate::dolt;
}

use doltops::store::{Edit, HistoryQuery, Store};
use house::{House, desired, env, id, land, operation};
use std::{path::Path, time::Duration};

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(file) if file.is_dir() => size(&entry.path()),
            Ok(file) => file.len(),
            Err(_) => 0,
        })
        .sum()
}

#[tokio::main]
async fn main() {
    let count = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (deployments, landings) = (count("DEPLOYMENTS", 200), count("LANDINGS", 6_000));
    let house = House::start().await;
    let store = house.store().await;
    let clock = env();
    let timed = async |what: &str, call: &mut dyn AsyncCall| {
        let began = clock.elapsed();
        call.call().await;
        println!("{what}: {:?}", clock.elapsed() - began);
    };
    let all = (0..deployments).map(|n| Edit::PutDesired(desired(&format!("n{n}")))).collect();
    land(&store, "Create all", all).await.expect("landed");
    let data = house.store_folder().join("data");
    let before = size(&data);
    let mut took: Vec<Duration> = Vec::new();
    for round in 0..landings {
        let mut wanted = desired(&format!("n{}", round % deployments));
        wanted.spec.volume_gib = 11 + u32::try_from(round).expect("small");
        let name = wanted.id.as_str().trim_start_matches("d-").to_owned();
        let edits =
            vec![Edit::PutDesired(wanted), Edit::PutOperation(operation(&format!("op-{round}"), &name, "resize"))];
        let base = store.head().await.expect("a head");
        let began = clock.elapsed();
        store.land(house::landing(&base, "Resize", edits)).await.expect("landed");
        took.push(clock.elapsed() - began);
        if (round + 1) % 500 == 0 {
            println!("{} landings: {} KiB on disk", round + 1, size(&data) >> 10);
        }
    }
    println!("a landing took up to {} KiB", (size(&data).saturating_sub(before) >> 10) / landings as u64);
    took.sort();
    println!(
        "landing: p50 {:?}, p99 {:?}, max {:?}",
        took[landings / 2],
        took[landings * 99 / 100],
        took[landings - 1]
    );
    let cold = house.store().await;
    timed("cold snapshot", &mut async || drop(cold.snapshot().await.expect("read"))).await;
    land(&store, "One more", vec![Edit::RemoveDesired(id("n0"))]).await.expect("landed");
    timed("next snapshot", &mut async || drop(cold.snapshot().await.expect("read"))).await;
    timed("same snapshot", &mut async || drop(cold.snapshot().await.expect("read"))).await;
    let query = HistoryQuery { deployment: Some(id("n1")), before: None, until: None, limit: 20 };
    timed("history of one", &mut async || drop(cold.history(query.clone()).await.expect("read"))).await;
    let collected = &mut async || house.sql("USE doltops; CALL dolt_gc()").await;
    timed("a collection", collected).await;
    let lease_before = size(&data);
    let Ok(doltops::store::Lease::Held(fence)) =
        store.lease("a", None, doltops::model::Epoch(0), Duration::from_secs(60)).await
    else {
        panic!()
    };
    let began = clock.elapsed();
    for _ in 0..1000 {
        store.lease("a", Some(fence.epoch), doltops::model::Epoch(0), Duration::from_secs(60)).await.expect("kept");
    }
    println!(
        "a renewal: {:?}, {} bytes",
        (clock.elapsed() - began) / 1000,
        (size(&data).saturating_sub(lease_before)) / 1000
    );
    house.stop().await;
}

trait AsyncCall {
    fn call(&mut self) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;
}

impl<F: AsyncFnMut()> AsyncCall for F {
    fn call(&mut self) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(self())
    }
}
