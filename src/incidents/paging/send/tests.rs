//! Senders against a real server on this machine.

use super::{super::sample, *};
use crate::{
    incidents::paging::settings::KeySource,
    model::{Cause, PageAction, Severity},
    secrets::{Secret, folder::Folder},
};
use doltops_stand_in::receiver::{Answer, Posted, Receiver as Server};
use ring::hmac;
use serde_json::{Value, json};
use tempfile::TempDir;

const KEY: &str = "0123456789abcdef0123456789abcdef";

struct Bench {
    server: Server,
    sender: Sender,
    /// Holds the keys.
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let server = Server::start().await.expect("a server");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pagerduty.key");
        std::fs::write(&file, format!("{KEY}\n")).expect("written");
        let secrets = Folder::new(folder.path().join("secrets"));
        secrets.put("paging/hook", &Secret::new(KEY)).await.expect("kept");
        let receiver = |kind| Receiver { kind, min_severity: Severity::Info };
        let duty = Kind::PagerDuty { url: server.url(), key: KeySource::File(file) };
        let hook = |url, secret: &str| Kind::Webhook { url, key: KeySource::Secret(secret.to_owned()) };
        let receivers = [
            ("duty".to_owned(), receiver(duty)),
            ("hook".to_owned(), receiver(hook(format!("{}/pages?for=us", server.url()), "paging/hook"))),
            ("keyless".to_owned(), receiver(hook(server.url(), "paging/none"))),
            // Port 9 is for discarding; nobody listens there.
            ("away".to_owned(), receiver(hook("http://127.0.0.1:9/".to_owned(), "paging/hook"))),
        ];
        let link = Some("https://ops.example.com/".to_owned());
        let settings = Settings { receivers: receivers.into(), link, ..sample::settings() };
        let sender = Sender::new("cp-1", Arc::new(settings), Arc::new(secrets)).expect("a sender");
        Self { server, sender, _folder: folder }
    }

    async fn send(&self, target: &str, action: PageAction) -> Reply {
        self.send_about(target, action, &incident()).await
    }

    async fn send_about(&self, target: &str, action: PageAction, incident: &Incident) -> Reply {
        let mut page = sample::trigger(target, 1);
        page.key.action = action;
        self.sender.send(&page, incident, sample::time(0)).await
    }

    /// The last request.
    fn last(&self) -> Posted {
        self.server.posted().pop().expect("something was posted")
    }
}

fn incident() -> Incident {
    let cause = Cause { rule: "heartbeat".to_owned(), deployment: Some("orders".parse().expect("a name")) };
    Incident { cause: Some(cause), ..sample::incident(Severity::Critical) }
}

#[track_caller]
fn fits(schema: &str, body: &Value) {
    let schema: Value = serde_json::from_str(schema).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let wrong: Vec<String> = validator.iter_errors(body).map(|it| format!("{}: {it}", it.instance_path)).collect();
    assert!(wrong.is_empty(), "{wrong:#?} in {body:#}");
}

const PAGERDUTY: &str = include_str!("../../../../tests/schemas/pagerduty-events-v2.json");
const PAGE: &str = include_str!("../../../../docs/paging.schema.json");

#[tokio::test]
async fn pagerduty_is_told_in_its_own_schema() {
    let bench = Bench::new().await;
    for action in [PageAction::Trigger, PageAction::Acknowledge, PageAction::Resolve] {
        let reply = bench.send("duty", action).await;
        assert_eq!(reply, Reply::taken("HTTP 202: Event processed"));
        let posted = bench.last();
        assert_eq!(posted.path, "/v2/enqueue");
        assert_eq!(posted.header("content-type"), "application/json");
        let event = posted.json();
        fits(PAGERDUTY, &event);
        assert_eq!(event["dedup_key"], "inc-k3x9q2ab");
        assert_eq!(event["routing_key"], KEY);
        assert_eq!(event["event_action"], action.as_str());
    }
    bench.send("duty", PageAction::Trigger).await;
    let event = bench.last().json();
    assert_eq!(event["payload"]["severity"], "critical");
    assert_eq!(event["payload"]["component"], "orders");
    assert_eq!(event["payload"]["class"], "heartbeat");
    assert_eq!(event["payload"]["custom_details"]["on_call"], "op1");
    assert_eq!(event["links"], json!([{ "href": "https://runbooks.example.com/away", "text": "Runbook" }]));
    assert_eq!((&event["client"], &event["client_url"]), (&json!("Doltops"), &json!("https://ops.example.com/")));
}

/// Whatever stands in an incident fits the schema: no text is too long, no list too empty.
#[tokio::test]
async fn odd_incidents_fit_the_schemas_too() {
    let bench = Bench::new().await;
    let long = "é\u{1b}[31m\n".repeat(3_000);
    let odd = Incident {
        title: long.clone(),
        description: long.clone(),
        impact: long,
        deployments: Vec::new(),
        runbook: None,
        acknowledged: sample::by(1),
        resolved: sample::by(2),
        ..sample::incident(Severity::Info)
    };
    bench.send_about("duty", PageAction::Trigger, &odd).await;
    fits(PAGERDUTY, &bench.last().json());
    bench.send_about("hook", PageAction::Trigger, &odd).await;
    fits(PAGE, &bench.last().json());
}

#[tokio::test]
async fn a_webhook_is_signed_and_every_try_carries_the_same_key() {
    let bench = Bench::new().await;
    bench.server.next(Answer::Lose);
    assert!(matches!(bench.send("hook", PageAction::Trigger).await.outcome, Outcome::Later { .. }));
    assert_eq!(bench.send("hook", PageAction::Trigger).await.outcome, Outcome::Taken);
    let [first, second] = bench.server.posted().try_into().expect("two tries");
    assert_eq!(first.header("idempotency-key"), "inc-k3x9q2ab/hook/trigger/1");
    assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"));
    assert_eq!(first.body, second.body);
    assert_eq!(second.path, "/pages?for=us");
    assert_eq!(second.header("x-doltops-event"), "trigger");
    fits(PAGE, &second.json());

    // As a receiver checks it.
    let time = second.header("x-doltops-timestamp");
    assert_eq!(time, sample::time(0).as_second().to_string());
    let signed = [time.as_bytes(), b".", &second.body].concat();
    let hex = second.header("x-doltops-signature").strip_prefix("sha256=").expect("the scheme");
    let tag: Vec<u8> =
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes()), &signed, &tag).expect("the signature holds");
}

#[tokio::test]
async fn what_a_receiver_answers_decides_what_follows() {
    let bench = Bench::new().await;
    let after = vec![("retry-after", "30".to_owned())];
    bench.server.next(Answer::Say(429, after, String::new()));
    let why = "HTTP 429".to_owned();
    let half_a_minute = Some(jiff::SignedDuration::from_secs(30));
    let later = Outcome::Later { why, after: half_a_minute };
    assert_eq!(bench.send("duty", PageAction::Trigger).await.outcome, later);

    bench.server.next(Answer::status(500));
    assert_eq!(bench.send("duty", PageAction::Trigger).await, Reply::later("HTTP 500"));

    let invalid = format!(r#"{{"status":"invalid event","message":"Event object is invalid","errors":["{KEY}?"]}}"#);
    bench.server.next(Answer::Say(400, Vec::new(), invalid));
    let refused = bench.send("duty", PageAction::Trigger).await;
    assert_eq!(refused, Reply::refused("HTTP 400: Event object is invalid; …?"));

    bench.server.next(Answer::Say(307, vec![("location", "http://127.0.0.1:9/".to_owned())], String::new()));
    assert!(matches!(bench.send("duty", PageAction::Trigger).await.outcome, Outcome::Refused { .. }));
    assert_eq!(bench.server.posted().len(), 4, "one call is one try");

    let away = bench.send("away", PageAction::Trigger).await;
    assert!(matches!(away.outcome, Outcome::Later { .. }) && away.said.contains("refused"), "{}", away.said);
}

#[tokio::test]
async fn a_receiver_that_hangs_is_given_up() {
    let mut bench = Bench::new().await;
    bench.sender.limit = Duration::from_millis(50);
    bench.server.next(Answer::Hang);
    let reply = bench.send("hook", PageAction::Trigger).await;
    assert_eq!(reply, Reply::later("no answer in 50ms"));
}

/// Somebody has to put the key there; until then it is tried again, and the error says where.
#[tokio::test]
async fn a_key_that_is_not_there_is_named() {
    let bench = Bench::new().await;
    let reply = bench.send("keyless", PageAction::Trigger).await;
    assert_eq!(reply, Reply::later("there is no secret paging/none in the secret store"));
    assert!(bench.server.posted().is_empty());
}

#[cfg(feature = "aws")]
mod sns {
    use super::*;
    use crate::incidents::paging::send::sns::{message, subject};

    /// SNS refuses a subject that is not ASCII, or longer than 100.
    #[test]
    fn a_subject_is_plain_and_short_and_the_text_is_for_people() {
        let mut incident = incident();
        incident.title = format!("Größe\n{}", "x".repeat(200));
        let delivery = sample::trigger("phone-op1", 0);
        let page = Page { delivery: &delivery, incident: &incident, control_plane: "cp-1", link: None };
        let subject = subject(&page);
        assert!(subject.len() == 100 && subject.starts_with("[critical] Gr??e?x"), "{subject}");

        let message: Value = serde_json::from_str(&message(&page)).expect("JSON");
        let text = message["default"].as_str().expect("text");
        assert!(text.contains("\nImpact: Nobody can order.\n") && text.contains("\nOn call: op1\n"), "{text}");
        assert!(message["sms"].as_str().is_some_and(|it| it.chars().count() <= 140));
        let inner: Value = serde_json::from_str(message["sqs"].as_str().expect("JSON in JSON")).expect("JSON");
        fits(PAGE, &inner);
    }
}
