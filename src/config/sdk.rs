//! How AWS is reached: the one place that turns `[aws]` into what every service's client is made from.

use super::AwsConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use doltops_agent::cloudwatch::https;

impl AwsConfig {
    /// Region, credentials and address of the services. Credentials are looked for when they are first needed: in the
    /// environment, the profile, the instance's own role.
    pub async fn sdk(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .http_client(https::client());
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        loader.load().await
    }
}
