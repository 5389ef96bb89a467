//! One holder at a time, and no write of one that was.

use super::support::{House, desired, id, landing, record};
use doltops::{
    model::{Epoch, Incarnation},
    store::{Edit, Fence, Intent, Lease, Store, StoreError},
};
use std::{sync::Arc, time::Duration};

const LONG: Duration = Duration::from_secs(60);

fn held(lease: Lease) -> Fence {
    match lease {
        Lease::Held(fence) => fence,
        Lease::Taken { .. } => panic!("{lease:?}"),
    }
}

fn intent(name: &str) -> Intent {
    Intent {
        deployment: id(name),
        action: "launch-instance".to_owned(),
        token: "t-1".to_owned(),
        parameters: r#"{"a": "b"}"#.to_owned(),
        incarnation: Incarnation(2),
        at: "2026-01-02T03:04:05.5Z".parse().expect("a time"),
    }
}

/// Six programs reach for it at once, round after round: each time exactly one has it, and the epoch rises by one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_six_that_race_for_the_lease_one_wins() {
    let house = House::start().await;
    let mut programs = Vec::new();
    for _ in 0..6 {
        programs.push(Arc::new(house.store().await));
    }
    for round in 1..=40 {
        let race: Vec<_> = programs
            .iter()
            .enumerate()
            .map(|(number, store)| {
                let store = store.clone();
                tokio::spawn(async move { store.lease(&format!("p{number}"), None, Epoch(0), LONG).await })
            })
            .collect();
        let mut winners = Vec::new();
        for runner in race {
            if let Lease::Held(fence) = runner.await.expect("ran").expect("an answer") {
                winners.push(fence);
            }
        }
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        assert_eq!(winners[0].epoch, Epoch(round));
        programs[0].release(&winners[0]).await.expect("released");
    }
    house.stop().await;
}

#[tokio::test]
async fn a_holder_keeps_its_epoch_and_one_that_comes_back_has_a_higher() {
    let house = House::start().await;
    let store = house.store().await;
    let first = held(store.lease("a", None, Epoch(0), LONG).await.expect("an answer"));
    assert_eq!(held(store.lease("a", Some(first.epoch), Epoch(0), LONG).await.expect("an answer")), first);
    match store.lease("b", None, Epoch(0), LONG).await.expect("an answer") {
        Lease::Taken { holder, left } => assert!(holder == "a" && left <= LONG && left > LONG / 2, "{left:?}"),
        lease @ Lease::Held(_) => panic!("{lease:?}"),
    }
    let again = held(store.lease("a", None, Epoch(0), LONG).await.expect("an answer"));
    assert_eq!(again.epoch, first.epoch.next());
    // The one before the crash is another now.
    assert!(matches!(store.lease("a", Some(first.epoch), Epoch(0), LONG).await, Ok(Lease::Taken { .. })));
    store.release(&again).await.expect("released");
    assert_eq!(held(store.lease("b", None, Epoch(0), LONG).await.expect("an answer")).epoch, again.epoch.next());
    house.stop().await;
}

/// The old holder was asleep while its lease ran out and was taken: none of its writes goes through.
#[tokio::test]
async fn a_writer_whose_lease_was_taken_over_cannot_write() {
    let house = House::start().await;
    let (old, new) = (house.store().await, house.store().await);
    let lost = held(old.lease("old", None, Epoch(0), Duration::ZERO).await.expect("an answer"));
    old.intend(&intent("orders"), &lost).await.expect("nobody has taken it yet");
    let fence = held(new.lease("new", None, Epoch(0), LONG).await.expect("an answer"));

    let head = old.head().await.expect("a head");
    let mut stale = landing(&head, "Facts", vec![Edit::PutRecord(record("orders")), Edit::ClearIntent(id("orders"))]);
    stale.fence = Some(lost.clone());
    assert!(matches!(old.land(stale.clone()).await, Err(StoreError::LeaseLost)));
    assert!(matches!(old.intend(&intent("users"), &lost).await, Err(StoreError::LeaseLost)));
    assert_eq!(old.head().await.expect("a head"), head);
    assert_eq!(new.intents().await.expect("read"), [intent("orders")]);

    stale.fence = Some(fence);
    new.land(stale).await.expect("the new holder writes");
    assert_eq!(new.intents().await.expect("read"), []);
    house.stop().await;
}

/// The takeover commits between the old holder's check and its commit: after it, main does not move.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_takeover_in_the_middle_of_a_write_is_seen_too() {
    let house = House::start().await;
    let (old, new) = (Arc::new(house.store().await), house.store().await);
    for round in 0..5 {
        let lost = held(old.lease("old", None, Epoch(0), Duration::ZERO).await.expect("an answer"));
        let base = old.head().await.expect("a head");
        // Long enough that the takeover falls into it.
        let edits = (0..100).map(|n| Edit::PutDesired(desired(&format!("o{round}-{n}")))).collect();
        let mut write = landing(&base, "Facts", edits);
        write.fence = Some(lost);
        let writer = tokio::spawn({
            let old = old.clone();
            async move { old.land(write).await }
        });
        // Time for it to begin.
        for _ in 0..4 {
            assert_eq!(new.head().await.expect("a head"), base, "it landed too soon for this test");
        }
        let fence = held(new.lease("new", None, Epoch(0), LONG).await.expect("an answer"));
        let at_takeover = new.head().await.expect("a head");
        let wrote = writer.await.expect("ran");
        assert_eq!(new.head().await.expect("a head"), at_takeover, "{wrote:?}");
        assert!(matches!(wrote, Err(StoreError::LeaseLost)), "{wrote:?}");
        new.release(&fence).await.expect("released");
    }
    house.stop().await;
}
