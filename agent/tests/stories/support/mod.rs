//! What the stories are told with: authorities, an instance, its control plane.

pub mod authority;
pub mod cloudwatch;
pub mod instance;
pub mod sql;
pub mod tunnel;

use std::{future::Future, time::Duration};
use tokio::time;

/// A loaded machine starts a Dolt in seconds.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `look` gives something, and fails with what was waited for.
pub async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}
