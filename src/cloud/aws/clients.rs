//! The SDK's clients, with our time limits.
//!
//! The SDK tries nothing again by itself: see `calls`.

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use std::time::Duration;

/// AWS's endpoints answer in milliseconds or not at all.
const CONNECT: Duration = Duration::from_secs(3);

/// A page of a thousand instances takes some seconds.
const ANSWER: Duration = Duration::from_secs(15);

/// One client a service.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Instances, volumes, snapshots, addresses.
    pub ec2: aws_sdk_ec2::Client,
    /// Names.
    pub route53: aws_sdk_route53::Client,
    /// Credentials of instances.
    pub sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Clients as `config` says, but for the time limits and that the SDK tries nothing again.
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ANSWER).build();
        let config = config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts).build();
        Self {
            ec2: aws_sdk_ec2::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        }
    }
}
