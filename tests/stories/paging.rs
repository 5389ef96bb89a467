//! Pages of the real program to a real server on this machine: once, in order, and to the end.

use crate::support::{
    paged::{KEY, paging_to},
    sandbox::{PATIENCE, Sandbox},
};
use doltops::hosted_api::client::Client;
use doltops_proto::hosted_api::{
    ChangeIncidentRequest, Incident, ListIncidentsRequest, OpenIncident, change_incident_request::Change,
};
use doltops_stand_in::receiver::{Answer, Posted, Receiver};
use futures::StreamExt;
use std::{collections::BTreeSet, fs, path::Path};

/// A state folder with `[paging]` to `server`: PagerDuty first, then everybody through a webhook.
fn sandbox(server: &Receiver) -> Sandbox {
    paging_to(server, &[&["duty"], &["hook"]], "")
}

async fn change(client: &mut Client, id: &str, change: Change) -> Incident {
    let request = ChangeIncidentRequest { id: id.into(), request_id: String::new(), change: Some(change) };
    client.change_incident(request).await.expect("changed").into_inner()
}

async fn open(client: &mut Client) -> Incident {
    let form = OpenIncident {
        deployments: Vec::new(),
        severity: "critical".into(),
        impact: "Nobody can order.".into(),
        title: "Orders are away".into(),
        description: "Since the deploy.".into(),
    };
    change(client, "", Change::Open(form)).await
}

/// Waits until the incident is told with what `fits` accepts.
async fn until(client: &mut Client, what: &str, fits: impl Fn(&Incident) -> bool) -> Incident {
    let request = ListIncidentsRequest { resolved: true, limit: 0 };
    let mut lists = client.watch_incidents(request).await.expect("watched").into_inner();
    let found = async {
        while let Some(list) = lists.next().await {
            if let Some(found) = list.expect("a list").incidents.into_iter().find(&fits) {
                return found;
            }
        }
        panic!("the lists ended before {what}")
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}

fn all_sent(count: usize) -> impl Fn(&Incident) -> bool {
    move |incident| incident.pages.len() == count && incident.pages.iter().all(|page| page.state == "sent")
}

fn actions(posted: &[Posted]) -> Vec<String> {
    posted.iter().map(|it| it.json()["event_action"].as_str().unwrap_or("none").to_owned()).collect()
}

async fn arrive(server: &Receiver, count: usize) -> Vec<Posted> {
    let posted = tokio::time::timeout(PATIENCE, server.wait_for(count)).await;
    posted.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {count} pages: {:?}", actions(&server.posted())))
}

/// Trigger, acknowledge and resolve arrive, each once, while the host is killed between any two of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_is_paged_once_and_its_end_is_told_whoever_hosts() {
    let server = Receiver::start().await.expect("a server");
    let mut sandbox = sandbox(&server);
    let mut host = sandbox.host();
    let mut client = sandbox.client();
    let opened = open(&mut client).await;
    let paged = until(&mut client, "the page to be sent", all_sent(1)).await;
    assert_eq!((paged.pages[0].target.as_str(), paged.pages[0].to.as_str()), ("duty", "op1"));
    let on_call = client.list_incidents(ListIncidentsRequest::default()).await.expect("listed").into_inner().on_call;
    assert_eq!(on_call, "op1");

    let steps = [
        (Change::Acknowledge(true), "the acknowledge to be told"),
        (Change::Resolve("It was the index.".into()), "the resolve to be told"),
    ];
    for (number, (step, what)) in steps.into_iter().enumerate() {
        sandbox.end_daemon(host, "KILL");
        host = sandbox.host();
        client = sandbox.client();
        change(&mut client, &opened.id, step).await;
        until(&mut client, what, all_sent(number + 2)).await;
    }
    sandbox.end_daemon(host, "KILL");
    sandbox.host();
    until(&mut sandbox.client(), "the incident to be read again", all_sent(3)).await;

    let posted = server.posted();
    assert_eq!(actions(&posted), ["trigger", "acknowledge", "resolve"]);
    assert!(posted.iter().all(|it| it.json()["dedup_key"] == *opened.id && it.json()["routing_key"] == *KEY));
    no_file_holds(&sandbox.state(), KEY);
}

/// The host dies while a page is under way: nobody knows whether it arrived, so it is sent again under the same key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_died_with_the_host_is_asked_for_again_with_the_same_key() {
    let server = Receiver::start().await.expect("a server");
    server.next(Answer::Hang);
    let mut sandbox = sandbox(&server);
    let host = sandbox.host();
    open(&mut sandbox.client()).await;
    arrive(&server, 1).await;
    sandbox.end_daemon(host, "KILL");
    sandbox.host();
    let paged = until(&mut sandbox.client(), "the page to be sent again", all_sent(1)).await;
    assert_eq!(paged.pages[0].tries, 2);
    let posted = server.posted();
    let keys: BTreeSet<String> = posted.iter().map(|it| it.json()["dedup_key"].to_string()).collect();
    assert_eq!((posted.len(), keys.len()), (2, 1), "one incident to the receiver");
}

/// A receiver that is busy is asked again when it says; one that refuses is passed over for the next level.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_receiver_is_asked_again_and_a_broken_one_is_passed_over() {
    let server = Receiver::start().await.expect("a server");
    server.next(Answer::Say(429, vec![("retry-after", "1".to_owned())], String::new()));
    server.next(Answer::Say(400, Vec::new(), r#"{"message":"Invalid routing key"}"#.to_owned()));
    let mut sandbox = sandbox(&server);
    sandbox.host();
    let mut client = sandbox.client();
    let opened = open(&mut client).await;
    let escalated =
        |incident: &Incident| incident.pages.iter().any(|page| page.target == "hook" && page.state == "sent");
    let paged = until(&mut client, "the next level to be asked", escalated).await;
    let duty = paged.pages.iter().find(|page| page.target == "duty").expect("it was asked");
    assert_eq!((duty.state.as_str(), duty.tries), ("refused", 2));
    assert_eq!(duty.error, "HTTP 400: Invalid routing key");

    change(&mut client, &opened.id, Change::Resolve(String::new())).await;
    until(&mut client, "the resolve to be told", |it| {
        it.pages.iter().any(|page| page.action == "resolve" && page.state == "sent")
    })
    .await;
    let posted = server.posted();
    assert_eq!(posted.len(), 4, "two tries, one page, one resolve; nothing to who has refused");
    assert_eq!(posted[3].header("x-doltops-event"), "resolve");
    assert_eq!(posted[3].header("idempotency-key"), format!("{}/hook/resolve/0", opened.id));
}

/// Whoever sets it up sees who is on call, and whether a receiver answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_on_call_is_told_and_a_receiver_can_be_tried() {
    let server = Receiver::start().await.expect("a server");
    let mut sandbox = sandbox(&server);
    sandbox.host();
    let on_call = sandbox.ask("oncall").json();
    assert_eq!(on_call["levels"][0]["who"], "op1");
    assert_eq!(on_call["receivers"][1]["kind"], "webhook");

    let tried = sandbox.ask("page test duty --severity critical").json();
    assert_eq!((&tried["taken"], &tried["said"]), (&true.into(), &"HTTP 202: Event processed".into()));
    sandbox.run(["page", "test", "duty", "--resolve", tried["id"].as_str().expect("an id")]);
    let posted = server.posted();
    assert_eq!(actions(&posted), ["trigger", "resolve"]);
    assert_eq!(posted[0].json()["payload"]["severity"], "critical");
    assert_eq!(posted[0].json()["dedup_key"], posted[1].json()["dedup_key"]);

    server.next(Answer::status(401));
    assert_eq!(sandbox.ask("page test hook").refusal(1)["message"], "hook has not taken it: HTTP 401");
    assert_eq!(sandbox.ask("page test nobody").refusal(3)["next"], "there are duty, hook");
}

#[track_caller]
fn no_file_holds(folder: &Path, secret: &str) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            no_file_holds(&path, secret);
        } else if let Ok(bytes) = fs::read(&path) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds the key", path.display());
        }
    }
}

/// A topic of SNS, as moto plays it, with a subscriber of our own.
#[cfg(feature = "aws")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_of_sns_is_told_in_text_and_in_json() {
    use doltops_stand_in::{moto::Moto, sdk_config};

    let folder = tempfile::tempdir().expect("a folder");
    let moto = Moto::start(folder.path()).await.expect("moto");
    let endpoint = format!("http://{}", moto.address);
    let sns = aws_sdk_sns::Client::new(&sdk_config(endpoint.clone()));
    let topic = sns.create_topic().name("pages").send().await.expect("a topic").topic_arn.expect("its name");
    let subscriber = Receiver::start().await.expect("a server");
    let subscribe = sns.subscribe().topic_arn(&topic).protocol("http").endpoint(subscriber.url());
    // Of what comes without the attribute it would hear nothing.
    let subscribe = subscribe.attributes("FilterPolicy", r#"{"severity":["critical"]}"#);
    subscribe.send().await.expect("subscribed");

    let mut sandbox = Sandbox::new();
    let receiver = format!("kind = 'sns'\ntopic = '{topic}'\nendpoint_url = '{endpoint}'");
    let text = format!("[paging.receivers.phones]\n{receiver}\n[[paging.levels]]\nreceivers = ['phones']\n");
    let file = sandbox.path().join("doltops.toml");
    fs::write(&file, text).expect("written");
    sandbox.set("DOLTOPS_CONFIG", file.display());
    sandbox.set("AWS_ACCESS_KEY_ID", "testing");
    sandbox.set("AWS_SECRET_ACCESS_KEY", "testing");
    sandbox.set("AWS_EC2_METADATA_DISABLED", "true");
    sandbox.host();
    let mut client = sandbox.client();
    let opened = open(&mut client).await;
    until(&mut client, "the page to be sent", all_sent(1)).await;
    let posted = arrive(&subscriber, 1).await;
    let notification = posted[0].json();
    assert_eq!(notification["Type"], "Notification");
    assert_eq!(notification["Subject"], "[critical] Orders are away");
    let page: serde_json::Value =
        serde_json::from_str(notification["Message"].as_str().expect("a message")).expect("JSON for programs");
    assert_eq!((&page["action"], &page["incident"]["id"]), (&"trigger".into(), &opened.id.as_str().into()));

    sns.delete_topic().topic_arn(&topic).send().await.expect("deleted");
    let said = sandbox.ask("page test phones").refusal(1);
    assert!(said["message"].as_str().is_some_and(|it| it.contains("SNS: NotFound")), "{said}");
}
