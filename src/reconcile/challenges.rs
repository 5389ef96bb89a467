//! An authority's challenges, answered in the cloud's own DNS: what keeps `certificates` from knowing the cloud.

use crate::{certificates::public::Challenges, cloud::Cloud};
use async_trait::async_trait;
use std::sync::Arc;

/// Text records of the cloud's hosted zone.
pub struct CloudChallenges(pub Arc<dyn Cloud>);

#[async_trait]
impl Challenges for CloudChallenges {
    async fn set(&self, name: &str, values: &[String]) -> Result<(), String> {
        self.0.set_challenge(name, values).await.map_err(|error| error.to_string())
    }

    async fn clear(&self, name: &str) -> Result<(), String> {
        self.set(name, &[]).await
    }
}
