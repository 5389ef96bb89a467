//! A topic of Amazon SNS: text for people, JSON for programs, in one message.
//!
//! Subscribers by mail, text message or push get the text; HTTP, SQS, Lambda and Firehose get the JSON of a webhook.
//! Attributes let a subscription filter by severity, action and rule.
//!
//! Caveat: a standard topic does not know a page again that comes twice; one whose name ends in `.fifo` does, for five
//! minutes.

use super::{LIMIT, Page, Reply, content};
use crate::incidents::paging::settings::Sns;
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sns::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
    types::MessageAttributeValue,
};
use doltops_agent::cloudwatch::https;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tokio::sync::Mutex;

/// SNS's own limit for a subject.
const LONGEST_SUBJECT: usize = 100;

/// One text message of the GSM alphabet: more would come in parts, and be paid by the part.
const LONGEST_SMS: usize = 140;

/// Clients by what they are made from. Credentials are looked for when the first page is sent.
#[derive(Default)]
pub struct Topics(Mutex<BTreeMap<String, Client>>);

impl Topics {
    /// Publishes one page.
    pub async fn send(&self, sns: &Sns, page: &Page<'_>) -> Reply {
        let client = self.client(sns).await;
        let mut call = client
            .publish()
            .topic_arn(&sns.topic)
            .subject(subject(page))
            .message_structure("json")
            .message(message(page));
        for (name, value) in attributes(page) {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let Ok(value) = value else { continue };
            call = call.message_attributes(name, value);
        }
        if sns.topic.ends_with(".fifo") {
            let once: String =
                Sha256::digest(page.delivery.key.to_string()).iter().map(|b| format!("{b:02x}")).collect();
            call = call.message_group_id(page.incident.id.as_str()).message_deduplication_id(once);
        }
        match call.send().await {
            Ok(done) => Reply::taken(format!("SNS message {}", done.message_id().unwrap_or_default())),
            Err(error) => meaning(&error),
        }
    }

    async fn client(&self, sns: &Sns) -> Client {
        let mut clients = self.0.lock().await;
        if let Some(client) = clients.get(&sns.topic) {
            return client.clone();
        }
        // One try a call: when the next comes is decided with everything else that is retried here.
        let limit = TimeoutConfig::builder().operation_timeout(LIMIT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(sns.region().to_owned()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(limit)
            .http_client(https::client());
        if let Some(profile) = &sns.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &sns.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let client = Client::new(&loader.load().await);
        clients.insert(sns.topic.clone(), client.clone());
        client
    }
}

/// What the service says about itself or the moment is tried again; what it says about the request is not.
fn meaning(error: &SdkError<PublishError>) -> Reply {
    let SdkError::ServiceError(answer) = error else {
        return Reply::later(format!("SNS: {}", DisplayErrorContext(error)));
    };
    let code = answer.err().code().unwrap_or("an error without a code");
    let said = format!("SNS: {code}: {}", answer.err().message().unwrap_or_default());
    let status = answer.raw().status().as_u16();
    let passing = status >= 500 || status == 429 || code.starts_with("Throttl") || code.starts_with("KMSThrottling");
    if passing { Reply::later(said) } else { Reply::refused(said) }
}

/// ASCII without control characters, at most 100.
pub(super) fn subject(page: &Page<'_>) -> String {
    let plain = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' };
    content::line(page).chars().map(plain).take(LONGEST_SUBJECT).collect()
}

/// What each kind of subscriber gets.
pub(super) fn message(page: &Page<'_>) -> String {
    let (text, json) = (content::text(page), content::json(page).to_string());
    let sms = content::cut(&format!("{} {}", content::line(page), page.incident.id), LONGEST_SMS);
    let message = json!({
        "default": text,
        "sms": sms,
        "http": json,
        "https": json,
        "sqs": json,
        "lambda": json,
        "firehose": json,
    });
    message.to_string()
}

fn attributes(page: &Page<'_>) -> Vec<(&'static str, String)> {
    let rule = page.incident.cause.as_ref().map(|cause| ("rule", cause.rule.clone()));
    let always = [
        ("severity", page.incident.severity.to_string()),
        ("action", page.delivery.key.action.to_string()),
        ("incident", page.incident.id.to_string()),
    ];
    always.into_iter().chain(rule).filter(|(_, value)| !value.is_empty()).collect()
}
