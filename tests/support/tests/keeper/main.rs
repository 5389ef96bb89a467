//! The keeper with moto's EC2, real agents and a real Dolt.

#![allow(clippy::expect_used, clippy::panic, reason = "in a test that is how it fails")]

mod aws;
mod cloudwatch;
mod control_plane;
mod stories;

use std::{future::Future, time::Duration};
use tokio::time;

/// A loaded machine starts moto, an agent and a Dolt in seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `look` gives something, and fails with what was waited for.
async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            time::sleep(Duration::from_millis(50)).await;
        }
    };
    time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}
