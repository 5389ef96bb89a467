//! Plays the CloudWatch Agent that runs beside ours on an instance.
//!
//! It waits for the configuration that our agent writes, checks it as strictly as the real one (see [`config`]), and
//! then sends host metrics and log files with the credentials that our agent writes beside it; both are read anew when
//! they change. What it refuses, and what CloudWatch refuses, it writes into `amazon-cloudwatch-agent.log` beside its
//! configuration, for tests to look at: the file is not there while all is well.
//!
//! Not here: everything that a configuration of ours does not use.

pub mod config;
pub mod credentials;
pub mod logs;
pub mod metrics;

use config::Config;
use credentials::Keys;
use doltops_agent::{clock, machine::Aws, state::files};
use logs::Tail;
use metrics::Ticks;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{self, Instant};
use tracing::warn;

/// The file that it writes errors into, beside its configuration.
pub const LOG: &str = "amazon-cloudwatch-agent.log";

/// How often it looks for a configuration, and for what there is to be sent.
const LOOK: Duration = Duration::from_millis(500);
/// Between two sends of log lines where the configuration gives none: the real agent's.
const FLUSH: u64 = 5;
/// Between two samples where the configuration gives none: the real agent's.
const INTERVAL: u64 = 60;

/// With what it works until something of it changes.
struct Setup {
    texts: (String, String),
    config: Config,
    logs: aws_sdk_cloudwatchlogs::Client,
    metrics: aws_sdk_cloudwatch::Client,
}

/// Runs for `instance` until its future is dropped; `data` is where the data volume is.
pub async fn run(instance: String, aws: Aws, data: PathBuf) {
    let folder = aws.cloudwatch_agent_config.parent().unwrap_or(Path::new(".")).to_owned();
    let mut tail = Tail::open(folder.join("positions.json"));
    let mut setup: Option<Setup> = None;
    let (mut flushed, mut measured) = (None, None);
    let mut ticks: Option<Ticks> = None;
    let mut refused = (String::new(), String::new());
    loop {
        time::sleep(LOOK).await;
        let Some(texts) = read(&aws) else { continue };
        if setup.as_ref().is_none_or(|setup| setup.texts != texts) && refused != texts {
            match Setup::new(texts.clone()) {
                Ok(new) => setup = Some(new),
                Err(why) => {
                    say(&folder, &instance, &why);
                    (setup, refused) = (None, texts);
                }
            }
        }
        let Some(setup) = &setup else { continue };
        if let Some(logs) = &setup.config.logs
            && due(&mut flushed, logs.force_flush_interval.unwrap_or(FLUSH))
        {
            for file in &logs.logs_collected.files.collect_list {
                if let Err(why) = tail.send(&setup.logs, &instance, file).await {
                    say(&folder, &instance, &why);
                }
            }
        }
        if let Some(wanted) = &setup.config.metrics
            && due(&mut measured, setup.config.agent.metrics_collection_interval.unwrap_or(INTERVAL))
            && let Err(why) = metrics::send(&setup.metrics, &instance, &data, wanted, &mut ticks).await
        {
            say(&folder, &instance, &why);
        }
    }
}

/// The configuration and the credentials; none until both are there.
fn read(aws: &Aws) -> Option<(String, String)> {
    let config = files::read(&aws.cloudwatch_agent_config).ok()??;
    Some((config, files::read(&aws.credentials_file).ok()??))
}

/// Whether `seconds` have passed since it was last due, which it then is now.
fn due(last: &mut Option<Instant>, seconds: u64) -> bool {
    let due = last.is_none_or(|last| last.elapsed() >= Duration::from_secs(seconds));
    if due {
        *last = Some(Instant::now());
    }
    due
}

fn say(folder: &Path, instance: &str, why: &str) {
    warn!(instance, why, "the CloudWatch Agent");
    let line = format!("{} E! {why}\n", clock::now());
    let log = fs::File::options().create(true).append(true).open(folder.join(LOG));
    if let Err(error) = log.and_then(|mut log| log.write_all(line.as_bytes())) {
        warn!(%error, "the CloudWatch Agent's log cannot be written");
    }
}

impl Setup {
    fn new(texts: (String, String)) -> Result<Self, String> {
        use aws_sdk_cloudwatch::config as shared;
        let config = Config::parse(&texts.0)?;
        let keys = Keys::parse(&texts.1).ok_or("the credentials file has no profile AmazonCloudWatchAgent")?;
        let Keys { access_key_id, secret_access_key, session_token } = keys;
        let keys = shared::Credentials::new(access_key_id, secret_access_key, session_token, None, "profile");
        // The real one would ask the metadata service, which is not played here.
        let region = config.agent.region.clone().ok_or("the configuration names no region")?;
        // The stand-in's services speak HTTP only.
        let http = aws_smithy_http_client::Builder::new().build_http();
        let mut logs = aws_sdk_cloudwatchlogs::Config::builder()
            .behavior_version(shared::BehaviorVersion::latest())
            .region(shared::Region::new(region.clone()))
            .http_client(http.clone())
            .credentials_provider(keys.clone());
        logs.set_endpoint_url(config.logs.as_ref().and_then(|logs| logs.endpoint_override.clone()));
        let mut metrics = aws_sdk_cloudwatch::Config::builder()
            .behavior_version(shared::BehaviorVersion::latest())
            .region(shared::Region::new(region))
            .http_client(http)
            .credentials_provider(keys);
        metrics.set_endpoint_url(config.metrics.as_ref().and_then(|own| own.endpoint_override.clone()));
        Ok(Self {
            texts,
            config,
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(logs.build()),
            metrics: aws_sdk_cloudwatch::Client::from_conf(metrics.build()),
        })
    }
}
