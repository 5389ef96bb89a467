//! How long the main job takes, beside what cannot be less: a bare `dolt sql-server`'s own time to its first query.
//!
//! `cargo bench --bench main_job` prints the figures and their ratios from one run on one machine; none is asserted.
//! Needs a Dolt, as the tests do.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot go on says so and ends")]
#![allow(dead_code, reason = "the stories use more of their support than this does")]

#[path = "../tests/stories/support/dolt.rs"]
mod dolt;
#[path = "../tests/stories/support/sandbox.rs"]
mod sandbox;
#[path = "../tests/stories/support/screen.rs"]
mod screen;

use doltops_agent::clock;
use sandbox::Sandbox;
use screen::Screen;
use std::time::Duration;

/// Enough for a median on a noisy machine, and half a minute in all.
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let bare = median(|| {
        let began = clock::instant();
        let server = runtime.block_on(dolt::Dolt::start());
        let took = began.elapsed();
        drop(server);
        took
    });
    println!("bare dolt sql-server, start to first connection   {bare:>8.0?}");

    let mut live = Vec::new();
    let frame = median(|| {
        let sandbox = Sandbox::new();
        let began = clock::instant();
        let screen = Screen::open(&sandbox, 120, 40);
        screen.see(&["doltops › Fleet"]);
        let took = began.elapsed();
        screen.see(&["There is no deployment yet"]);
        live.push(began.elapsed());
        took
    });
    live.sort();
    let live = live[live.len() / 2];
    println!("console, start to first frame                     {frame:>8.0?}");
    println!("console, start to a control plane that answers     {live:>8.0?}   {:.1} × bare", ratio(live, bare));

    let sandbox = Sandbox::with_daemon();
    let mut names = (0..).map(|number| format!("bench-{number}"));
    let healthy = median(|| {
        let name = names.next().expect("without end");
        let began = clock::instant();
        let said = sandbox.run(["create", &name, "--wait"]);
        assert_eq!(said.code, 0, "{said:?}");
        began.elapsed()
    });
    println!("create, confirm to healthy                         {healthy:>8.0?}   {:.1} × bare", ratio(healthy, bare));

    let resized = median(|| {
        let to = if sandbox.get("bench-0")["observed"]["instance_type"] == "local.small" {
            "local.medium"
        } else {
            "local.small"
        };
        let began = clock::instant();
        assert_eq!(sandbox.run(["resize", "bench-0", "--type", to, "--wait"]).code, 0);
        began.elapsed()
    });
    println!("resize of the type, confirm to healthy             {resized:>8.0?}   {:.1} × bare", ratio(resized, bare));
}

fn median(mut once: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<Duration> = (0..ROUNDS).map(|_| once()).collect();
    all.sort();
    all[ROUNDS / 2]
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
