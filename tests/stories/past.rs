//! The time machine: what was, asked for by a commit or a time.

use crate::support::sandbox::Sandbox;
use doltops::hosted_api::problem::{Kind, Problem};
use std::collections::BTreeSet;
use tonic::{Code, Request, Status, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

/// The calls that are answered for a moment of the past, and for a branch; every other refuses.
const PAST: &[&str] = &["Status"];
const BRANCHES: &[&str] = &[];

/// Whatever is added to the protocol: nothing is told of main to somebody who looks elsewhere, and nothing is done there.
#[tokio::test]
async fn a_call_refuses_each_state_that_it_does_not_know() {
    let sandbox = Sandbox::with_daemon();
    let head = sandbox.ask("status").json()["commit"].as_str().expect("a commit").to_owned();
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
