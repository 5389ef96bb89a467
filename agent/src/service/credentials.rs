//! SetCredentials: checked, kept, and handed on to the CloudWatch Agent.
//!
//! Kept first: a crash before the CloudWatch Agent's files are written leaves a failed call, which is made again, and
//! the next start writes them anyhow.

use crate::{
    agent::Agent,
    clock,
    cloudwatch::files,
    state::credentials::{Credentials, Destination},
};
use doltops_proto::instance_manager::{SetCredentialsRequest, SetCredentialsResponse};
use jiff::Timestamp;
use tonic::Status;
use tracing::info;

/// CloudWatch's own limit for a namespace.
const LONGEST_NAMESPACE: usize = 255;
/// CloudWatch Logs' own limit for a log group.
const LONGEST_LOG_GROUP: usize = 512;
/// Far above what STS gives (a session token has some 1,000 characters); what is longer is no credential.
const LONGEST_KEY: usize = 16 * 1024;

pub(super) async fn set(agent: &Agent, request: SetCredentialsRequest) -> Result<SetCredentialsResponse, Status> {
    if agent.machine.aws.is_none() {
        return Err(Status::failed_precondition("this instance sends no metrics: its machine.toml has no [aws]"));
    }
    let given = read(request, clock::now()).map_err(Status::invalid_argument)?;
    let internal = |error: std::io::Error| Status::internal(error.to_string());
    let kept = agent.credentials.take(given).await.map_err(internal)?;
    info!(until = %kept.until, namespace = kept.destination.namespace, "credentials for metrics and logs were kept");
    let (machine, folder) = (agent.machine.clone(), agent.folder.clone());
    let written = tokio::task::spawn_blocking(move || files::write(&machine, &folder, &kept)).await;
    written.map_err(std::io::Error::from).and_then(|written| written).map_err(internal)?;
    Ok(SetCredentialsResponse {})
}

/// The request, checked; what is refused is named and never quoted.
fn read(request: SetCredentialsRequest, now: Timestamp) -> Result<Credentials, String> {
    let until = Timestamp::from_millisecond(request.expires_ms).map_err(|_| "expires_ms: no time")?;
    if until <= now {
        return Err("expires_ms: they have ended already".to_owned());
    }
    // They are written into a file of lines.
    let key = |text: &str| (1..=LONGEST_KEY).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
    let name = |text: &str, most: usize, others: &str| {
        (1..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    let url =
        |text: &str| text.is_empty() || key(text) && (text.starts_with("https://") || text.starts_with("http://"));
    let fields = [
        ("access_key_id", key(&request.access_key_id)),
        ("secret_access_key", key(&request.secret_access_key)),
        ("session_token", key(&request.session_token)),
        ("region", name(&request.region, 64, "-")),
        ("endpoint_url", url(&request.endpoint_url)),
        ("namespace", name(&request.namespace, LONGEST_NAMESPACE, "._-/#:") && !request.namespace.starts_with(':')),
        ("log_group", name(&request.log_group, LONGEST_LOG_GROUP, "._-/#")),
        ("instance_id", name(&request.instance_id, 64, "-")),
    ];
    if let Some((field, _)) = fields.iter().find(|(_, good)| !good) {
        return Err(format!("{field}: empty, too long, or with characters that it cannot have"));
    }
    Ok(Credentials {
        access_key_id: request.access_key_id,
        secret_access_key: request.secret_access_key,
        session_token: request.session_token,
        until,
        destination: Destination {
            region: request.region,
            endpoint_url: Some(request.endpoint_url).filter(|url| !url.is_empty()),
            namespace: request.namespace,
            log_group: request.log_group,
            instance_id: request.instance_id,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SetCredentialsRequest {
        SetCredentialsRequest {
            fence: None,
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "a/b+c=".into(),
            session_token: "t/o+k==".into(),
            expires_ms: 10_000,
            region: "eu-central-1".into(),
            endpoint_url: String::new(),
            namespace: "Doltops/cp-1/d-1".into(),
            log_group: "/doltops/cp-1/d-1".into(),
            instance_id: "i-0123".into(),
        }
    }

    type Change = fn(&mut SetCredentialsRequest);

    #[test]
    fn what_is_wrong_is_named_and_not_quoted() {
        assert!(read(request(), Timestamp::UNIX_EPOCH).is_ok());
        let changes: [(&str, Change); 8] = [
            ("expires_ms", |request| request.expires_ms = 0),
            ("access_key_id", |request| request.access_key_id.clear()),
            ("secret_access_key", |request| request.secret_access_key.push_str("\nhush = 1")),
            ("session_token", |request| request.session_token = "hush hush".into()),
            ("region", |request| request.region = "hush/".into()),
            ("endpoint_url", |request| request.endpoint_url = "file:///hush".into()),
            ("namespace", |request| request.namespace = ":hush".into()),
            ("instance_id", |request| request.instance_id = "hush\n".into()),
        ];
        for (field, change) in changes {
            let mut wrong = request();
            change(&mut wrong);
            let refusal = read(wrong, Timestamp::UNIX_EPOCH).expect_err(field);
            assert!(refusal.starts_with(field) && !refusal.contains("hush"), "{refusal}");
        }
    }
}
