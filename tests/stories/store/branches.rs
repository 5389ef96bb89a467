//! Branches of the control plane's database: edits there touch nothing of main, and are never half.

use super::support::{House, desired, id, land, landing, record};
use doltops::{
    model::{Approval, By, Cell, ChangeRequest, Comment, CommitHash, Desired, OperationId, RequestState, Resolution},
    store::{
        Edit, Landing, Store, StoreError,
        branches::{Branches, ReviewEdit},
        dolt::DoltStore,
    },
};
use std::sync::Arc;

fn by(who: &str) -> By {
    By { at: "2026-01-02T03:04:05.678901Z".parse().expect("a time"), who: who.to_owned() }
}

/// Main with `orders` on it, and an open change request.
async fn prepared(store: &DoltStore) -> ChangeRequest {
    let edits = vec![Edit::PutDesired(desired("orders")), Edit::PutRecord(record("orders"))];
    let base = land(store, "Create orders", edits).await.expect("landed");
    let request = ChangeRequest {
        name: "resize-all".parse().expect("a name"),
        title: "More room".to_owned(),
        opened: by("ada"),
        base,
        state: RequestState::Open,
        closed: None,
        closed_at: None,
    };
    land(store, "Open resize-all", vec![Edit::Review(ReviewEdit::Open(request.clone()))]).await.expect("landed");
    request
}

fn larger() -> Desired {
    let mut orders = desired("orders");
    orders.spec.instance_type = "local.large".to_owned();
    orders
}

async fn edit(
    store: &DoltStore,
    request: &ChangeRequest,
    base: &CommitHash,
    to: Desired,
    operation: &str,
) -> Result<CommitHash, StoreError> {
    let landing: Landing = landing(base, "Resize orders", vec![Edit::PutDesired(to)]);
    store.land_on(request, landing, &OperationId::new(operation)).await
}

/// What is prepared stands on the branch alone, with its author; a clone of the past reads it for ever.
#[tokio::test]
async fn an_edit_of_a_branch_is_a_commit_there_and_nothing_on_main() {
    let house = House::start().await;
    let store = house.store().await;
    let request = prepared(&store).await;
    let main = store.head().await.expect("a head");
    let empty = store.branch(&request).await.expect("read");
    assert_eq!((&empty.head, empty.commits.len(), empty.behind), (&request.base, 0, 1), "before its first edit");

    let head = edit(&store, &request, &request.base, larger(), "op-1").await.expect("landed");
    assert_eq!(store.head().await.expect("a head"), main);
    assert_eq!(store.snapshot().await.expect("main").desired[&id("orders")], desired("orders"));
    assert_eq!(store.desired_on(&head).await.expect("the branch")[&id("orders")], larger());
    let branch = store.branch(&request).await.expect("read");
    assert_eq!((&branch.head, branch.commits.len()), (&head, 1));
    let commit = &branch.commits[0];
    assert_eq!((commit.entry.author.as_str(), commit.entry.message.as_str()), ("ada", "Resize orders"));
    assert!(commit.deployments.contains(&id("orders")) && commit.operations.contains(&OperationId::new("op-1")));
    let differs = store.differs(&request.base, &head).await.expect("a diff");
    assert_eq!(differs.len(), 1, "{differs:?}");
    assert_eq!((differs[0].column.as_str(), differs[0].to.as_deref()), ("instance_type", Some("local.large")));

    // Whoever hosts next finds it.
    let again = house.store().await;
    assert_eq!(again.branch(&request).await.expect("read").head, head);
    house.stop().await;
}

/// Two programs edit one branch from one head: one lands, the other learns of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_edits_on_one_head_one_is_a_conflict() {
    let house = House::start().await;
    let (one, other) = (Arc::new(house.store().await), Arc::new(house.store().await));
    let request = prepared(&one).await;
    for round in 0..10 {
        let base = one.branch(&request).await.expect("read").head;
        let attempt = |store: &Arc<DoltStore>, gib: u32| {
            let mut to = larger();
            // Different cells, which Dolt itself would merge.
            if gib.is_multiple_of(2) {
                to.spec.volume_gib = gib;
            } else {
                to.spec.instance_type = format!("local.{gib}");
            }
            let (store, request, base) = (store.clone(), request.clone(), base.clone());
            tokio::spawn(async move { edit(&store, &request, &base, to, &format!("op-{round}-{gib}")).await })
        };
        let (first, second) = (attempt(&one, 20 + 2 * round), attempt(&other, 101 + 2 * round));
        let results = [first.await.expect("ran"), second.await.expect("ran")];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert!(results.iter().any(|result| matches!(result, Err(StoreError::Conflict))), "{results:?}");
    }
    assert_eq!(one.branch(&request).await.expect("read").commits.len(), 10);
    house.stop().await;
}

/// Closing it is tied to where the branch was: an edit that came between is not lost in silence.
#[tokio::test]
async fn it_is_closed_where_its_branch_was_seen_and_once() {
    let house = House::start().await;
    let store = house.store().await;
    let request = prepared(&store).await;
    let twice = land(&store, "Again", vec![Edit::Review(ReviewEdit::Open(request.clone()))]).await;
    assert!(matches!(twice, Err(StoreError::Conflict)), "a name is used once");
    let seen = store.branch(&request).await.expect("read").head;
    let head = edit(&store, &request, &seen, larger(), "op-1").await.expect("landed");
    let closed = |at: &CommitHash| ChangeRequest {
        state: RequestState::Merged,
        closed: Some(by("bea")),
        closed_at: Some(at.clone()),
        ..request.clone()
    };
    let merge = |at: &CommitHash| vec![Edit::PutDesired(larger()), Edit::Review(ReviewEdit::Close(closed(at)))];
    let stale = land(&store, "Merge", merge(&seen)).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    assert_eq!(store.snapshot().await.expect("main").desired[&id("orders")], desired("orders"), "nothing of it");

    let commit = land(&store, "Merge", merge(&head)).await.expect("landed");
    assert_eq!(store.snapshot().await.expect("main").desired[&id("orders")], larger());
    let read = store.review(&request.name, &commit).await.expect("read").expect("there");
    assert_eq!(read.request, closed(&head));
    let again = land(&store, "Merge", merge(&head)).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    assert_eq!(store.branch(&read.request).await.expect("read").commits.len(), 1, "it can be looked at for ever");
    house.stop().await;
}

/// What people said is read as of the commit that is asked about: a decision and what it was made on agree.
#[tokio::test]
async fn what_is_said_of_it_is_read_as_it_was() {
    let house = House::start().await;
    let store = house.store().await;
    let request = prepared(&store).await;
    let name = request.name.clone();
    let approval =
        |withdrawn| Approval { by: by("bea"), head: request.base.clone(), covers: "x".to_owned(), withdrawn };
    let comment = Comment { id: "c-1".to_owned(), by: by("bea"), text: "Why? 'quoted' -- \u{1f600}".to_owned() };
    let resolution = |value: &str| Resolution {
        deployment: id("orders"),
        cell: Cell::Setting("behavior.read_only".to_owned()),
        ours: None,
        theirs: Some("true".to_owned()),
        value: Some(value.to_owned()),
        by: by("ada"),
    };
    let said = vec![
        Edit::Review(ReviewEdit::Approve(name.clone(), approval(false))),
        Edit::Review(ReviewEdit::Comment(name.clone(), comment.clone())),
        Edit::Review(ReviewEdit::Resolve(name.clone(), resolution("true"))),
    ];
    let then = land(&store, "Said", said).await.expect("landed");
    let later = vec![
        Edit::Review(ReviewEdit::Approve(name.clone(), approval(true))),
        // The answer was lost, and it is said again.
        Edit::Review(ReviewEdit::Comment(name.clone(), comment.clone())),
        Edit::Review(ReviewEdit::Resolve(name.clone(), resolution("false"))),
    ];
    let now = land(&store, "Said otherwise", later).await.expect("landed");
    for (at, withdrawn, value) in [(&then, false, "true"), (&now, true, "false")] {
        let read = store.review(&name, at).await.expect("read").expect("there");
        assert_eq!(read.approvals, [approval(withdrawn)]);
        assert_eq!(read.comments, std::slice::from_ref(&comment));
        assert_eq!(read.resolutions, [resolution(value)]);
        assert_eq!(store.reviews(at).await.expect("read"), [read]);
    }
    assert_eq!(store.review(&name, &request.base).await.expect("read"), None, "before it was opened");
    house.stop().await;
}
