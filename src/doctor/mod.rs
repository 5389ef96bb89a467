//! `doltops doctor`: tells what is missing before anything is created, and how to mend it.
//!
//! Guarantees
//! - Nothing is made, changed or removed: what asks is a read, a dry run, or a call on something that cannot be there.
//! - What cannot be found out is `not checked`, with the reason; it is never an error and never silence.
//! - Every check ends within a time limit, and all run at once: an answer takes seconds, also where a service hangs.
//! - No secret is part of a finding.
//!
//! Not here: how it is shown (`cli::doctor`, `console`).
//!
//! Each check is a file: it asks, and a pure function of what was found gives the findings. It needs no control plane,
//! the configuration alone: it is for the moment in which a control plane cannot start yet.

#[cfg(feature = "aws")]
mod aws;
mod finding;
mod machine;

pub use finding::{Finding, Outcome, Report};

use crate::{
    config::{Config, Provider},
    env::Env,
};
use futures::future::join_all;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use tokio::time;

/// No check takes longer. A call to AWS takes well below a second; three tries of one that is throttled take some seconds.
const LIMIT: Duration = Duration::from_secs(20);

/// One check that is under way: its name, and what it will find.
struct Check<'a> {
    name: &'static str,
    finding: Pin<Box<dyn Future<Output = Vec<Finding>> + Send + 'a>>,
}

impl<'a> Check<'a> {
    fn new(name: &'static str, finding: impl Future<Output = Vec<Finding>> + Send + 'a) -> Self {
        Self { name, finding: Box::pin(finding) }
    }
}

/// Looks at this machine, and at the account where deployments are to live in one.
pub async fn examine(config: &Config, env: Arc<dyn Env>) -> Report {
    let machine = run(machine::checks(config, env.as_ref()));
    let cloud = cloud(config, env.as_ref());
    let (mut findings, cloud) = futures::join!(machine, cloud);
    findings.extend(cloud);
    Report { findings }
}

#[cfg(feature = "aws")]
async fn cloud(config: &Config, env: &dyn Env) -> Vec<Finding> {
    match (config.provider, &config.aws) {
        (Provider::Aws, Some(aws)) => aws::examine(aws, config, env).await,
        _ => Vec::new(),
    }
}

#[cfg(not(feature = "aws"))]
async fn cloud(config: &Config, _env: &dyn Env) -> Vec<Finding> {
    match config.provider {
        Provider::Aws => vec![Finding::missing(
            "provider",
            "this doltops was built without the feature aws",
            "build it with its default features, or set provider = \"local\"",
        )],
        Provider::Local => Vec::new(),
    }
}

/// All at once; the findings in the order of the checks.
async fn run(checks: Vec<Check<'_>>) -> Vec<Finding> {
    run_within(LIMIT, checks).await
}

async fn run_within(limit: Duration, checks: Vec<Check<'_>>) -> Vec<Finding> {
    let limited = checks.into_iter().map(|check| async move {
        let late = || Finding::not_checked(check.name, format!("there was no answer within {} s", limit.as_secs()));
        time::timeout(limit, check.finding).await.unwrap_or_else(|_| vec![late()])
    });
    join_all(limited).await.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that hangs costs its own line and nobody else's.
    #[tokio::test]
    async fn a_check_that_hangs_is_not_checked() {
        let hangs = Check::new("hangs", std::future::pending());
        let answers = Check::new("answers", async { vec![Finding::ok("answers", "it does")] });
        let found = run_within(Duration::from_millis(50), vec![hangs, answers]).await;
        let outcomes: Vec<_> = found.iter().map(|finding| (finding.check.as_str(), finding.outcome)).collect();
        assert_eq!(outcomes, [("hangs", Outcome::NotChecked), ("answers", Outcome::Ok)]);
    }
}
