//! The time machine: what was, asked for by a commit or a time.

use crate::support::{sandbox::Sandbox, screen::Screen};
use doltops::hosted_api::problem::{Kind, Problem};
use serde_json::Value;
use std::collections::BTreeSet;
use tonic::{Code, Request, Status, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

/// The calls that are answered for a moment of the past, and for a branch; every other refuses.
const PAST: &[&str] = &[
    "Status",
    "ListDeployments",
    "GetDeployment",
    "Watch",
    "History",
    "Diff",
    "Blame",
    "ListIncidents",
    "WatchIncidents",
    "Timeline",
    "Metrics",
];
const BRANCHES: &[&str] = &["Status", "ListDeployments", "GetDeployment", "Watch", "Plan", "Change", "History", "Diff"];

/// Whatever is added to the protocol: nothing is told of main to somebody who looks elsewhere, and nothing is done there.
#[tokio::test]
async fn a_call_refuses_each_state_that_it_does_not_know() {
    let sandbox = Sandbox::with_daemon();
    // The first answer of a host that has just started may come before it has read its store.
    sandbox.ask("list").json();
    let head = head(&sandbox);
    let protocol = include_str!("../../proto/hosted_api.proto");
    let calls: BTreeSet<&str> =
        protocol.lines().filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next()).collect();
    assert!(calls.len() > 20 && calls.contains("RemoveOrphan"), "{calls:?}");
    for call in calls {
        for (view, answered) in [(format!("at:{head}"), PAST), ("branch:other".to_owned(), BRANCHES)] {
            let told = call_of(&sandbox, call, &view).await;
            if answered.contains(&call) {
                assert!(!told.is_err_and(|status| status.code() == Code::FailedPrecondition), "{call} on {view}");
                continue;
            }
            let status = told.expect_err(call);
            assert_eq!(status.code(), Code::FailedPrecondition, "{call} on {view}: {status:?}");
            assert!(!Problem::from(status).next.is_empty(), "{call} on {view}");
        }
        let nonsense = call_of(&sandbox, call, "at:yesterday").await.expect_err(call);
        assert_eq!(Problem::from(nonsense).kind, Kind::Invalid, "{call}");
    }
}

/// The first word of an answer to an empty request, on a view.
async fn call_of(sandbox: &Sandbox, call: &str, view: &str) -> Result<(), Status> {
    let mut api = Grpc::new(sandbox.channel());
    api.ready().await.expect("it listens");
    let mut request = Request::new(());
    request.metadata_mut().insert("doltops-view", view.parse().expect("a text"));
    let path = PathAndQuery::try_from(format!("/doltops.hosted_api.v1.HostedApi/{call}")).expect("a path");
    let told = api.server_streaming(request, path, ProstCodec::<(), ()>::default()).await?;
    told.into_inner().message().await.map(drop)
}

/// A moment becomes a commit of main once, and is told back; one that there is not is refused by the name of the flag.
#[test]
fn a_moment_is_told_back_as_a_commit() {
    let sandbox = Sandbox::with_daemon();
    let first = sandbox.ask("status").json();
    assert_eq!(first["view"], "main");
    sandbox.create("orders");
    let commits = sandbox.ask("history").json();
    let (newest, oldest) = (&commits[0], commits.as_array().and_then(|all| all.last()).expect("commits"));

    for commit in [newest, oldest] {
        let hash = commit["commit"].as_str().expect("a hash");
        for when in [hash, &hash[..8], commit["time"].as_str().expect("a time")] {
            let status = sandbox.ask(&format!("status --at {when}")).json();
            assert_eq!(status["commit"], commit["commit"], "{when}");
            assert_eq!(status["view"], format!("at:{hash}"), "{when}");
            assert_eq!(status["view_time"], commit["time"], "{when}");
        }
    }
    for (when, code) in [("2000-01-01", 3), ("vvvvvv", 3), ("2999-01-01", 2), ("soon", 2)] {
        assert_eq!(sandbox.ask(&format!("status --at {when}")).refusal(code)["field"], "at", "{when}");
    }
    let said = sandbox.run(["--at", "1s", "status"]);
    assert!(said.out.contains("the past: as of") && said.err.contains("as of "), "{said:?}");
}

/// Each command answers for then: what was desired, what was written down, what was wrong; and nothing of today.
#[test]
fn what_was_is_told_as_it_was() {
    let sandbox = Sandbox::with_daemon();
    let created = sandbox.create("orders");
    sandbox.ask("incident open slow --deployment orders").json();
    let then = head(&sandbox);
    let opened = sandbox.ask("incidents").json()[0]["id"].as_str().expect("an id").to_owned();
    sandbox.ask(&format!("incident resolve {opened} cold-cache")).json();
    sandbox.ask("resize orders --type local.medium --volume 20 --wait").json();
    sandbox.ask("set orders max_connections=77 --wait").json();
    sandbox.ask("create billing --wait").json();

    let list = sandbox.ask(&format!("list --at {then}")).json();
    let names: Vec<_> = list.as_array().expect("a list").iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["orders"], "billing was not there yet");
    let orders = sandbox.ask(&format!("get orders --at {then}")).json();
    let wanted = |it: &Value| (it["desired"]["instance_type"].clone(), it["desired"]["volume_gib"].clone());
    assert_eq!(wanted(&orders), wanted(&created), "{orders}");
    assert_eq!(orders["observed"]["instance_id"], created["observed"]["instance_id"]);
    assert_eq!(orders["observed"]["instance_type"], created["observed"]["instance_type"]);
    assert_eq!(orders["health"], "unknown", "nobody keeps how it was");
    assert!(orders["why"].as_str().is_some_and(|why| why.contains("slow")), "{orders}");
    assert!(orders["desired"]["settings"].as_object().is_some_and(serde_json::Map::is_empty), "{orders}");
    assert_eq!(wanted(&sandbox.get("orders")), ("local.medium".into(), 20.into()), "now is as it was");

    let state = |at: &str| {
        let told = sandbox.ask(&format!("incidents --resolved {at}")).json();
        told.as_array().and_then(|all| all.first()).map(|it| it["state"].clone())
    };
    assert_eq!((state(&format!("--at {then}")), state("")), (Some("open".into()), Some("resolved".into())));
    assert_eq!(state(&format!("--at {}", oldest(&sandbox))), None);
    let story = sandbox.ask(&format!("incident show {opened} --at {then}")).json();
    assert!(!story.to_string().contains("local.medium") && !story.to_string().contains("cold-cache"), "{story}");

    let history = sandbox.ask(&format!("history --at {then}")).json();
    assert_eq!(history[0]["commit"], then, "it ends there");
    let blamed = sandbox.ask(&format!("blame orders volume_gib --at {then}")).json();
    assert_eq!(blamed[0]["value"], created["desired"]["volume_gib"].to_string());
    assert_eq!(blamed[0]["message"], "Create orders: local.small, 10 GiB");
    let metrics = sandbox.ask(&format!("metrics orders --since 1h --at {then}")).json();
    let status = sandbox.ask(&format!("status --at {then}")).json();
    let newest =
        metrics.as_array().expect("a list").last().map(|it| it["time"].as_str().unwrap_or_default().to_owned());
    assert!(newest.unwrap_or_default().as_str() <= status["view_time"].as_str().expect("a time"), "{metrics}");

    // Between two moments, by commit or by time.
    let now = head(&sandbox);
    let by_commit = sandbox.ask(&format!("diff {then} {now} orders")).json();
    let by_time = sandbox.ask(&format!("diff {} 0.001s orders", status["view_time"].as_str().expect("a time"))).json();
    assert_eq!(by_time["from"], then);
    assert_eq!(by_time["changes"], by_commit["changes"]);
    assert!(by_commit["changes"].to_string().contains("local.medium"), "{by_commit}");
    assert_eq!(sandbox.ask("diff 2999-01-01").refusal(2)["field"], "from");
}

/// The console on then: marked, changing nothing, and a key from now.
#[test]
fn the_console_opens_on_then_and_goes_back_to_now() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("orders");
    let then = head(&sandbox);
    sandbox.ask("resize orders --type local.medium --wait").json();

    let mut screen = Screen::start(&sandbox, &format!("at {then}"), 140, 40);
    screen.see(&["PAST", &then[..8], "orders", "unknown", "as it was"]);
    screen.press(ENTER);
    screen.see(&["PAST", "local.small", "Last changes", "Create orders"]);
    assert!(!screen.text().contains("local.medium"), "{}", screen.text());
    screen.press("s");
    screen.see(&["this is the past", "Esc goes back"]);
    screen.press("l");
    screen.see(&["are not in the history; its agent has the last of them"]);
    screen.press(ESCAPE);
    screen.see(&["Fleet", "PAST"]);
    screen.press(ESCAPE);
    screen.see(&["doltops › Fleet", "live", "healthy"]);
    assert!(!screen.text().contains("PAST"), "{}", screen.text());

    // From the history of now, at the commit under the cursor.
    screen.press("h");
    screen.see(&["doltops › orders › History", "Create orders"]);
    screen.press("G");
    screen.press("@");
    screen.see(&["PAST", "orders"]);
    screen.press("@");
    screen.see(&[" at "]);
    screen.press("soon");
    screen.press(ENTER);
    screen.see(&["is no moment"]);
    screen.press(ESCAPE);
    screen.idle();
    assert!(!screen.text().contains("is no moment"), "{}", screen.text());
    screen.press("g");
    screen.press("n");
    screen.see(&["doltops › orders › History", "live"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);

    assert_eq!(sandbox.run(["at", "vvvvvv"]).code, 3, "before a terminal is asked for");
}

fn head(sandbox: &Sandbox) -> String {
    // From the store itself: the status tells the fleet as it was published last.
    sandbox.ask("history --limit 1").json()[0]["commit"].as_str().expect("a commit").to_owned()
}

fn oldest(sandbox: &Sandbox) -> String {
    let commits = sandbox.ask("history --limit 1000").json();
    let last = commits.as_array().and_then(|all| all.last()).expect("commits");
    last["commit"].as_str().expect("a hash").to_owned()
}
