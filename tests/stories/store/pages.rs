//! Pages in the store: what waits is in no commit, what is over is in one, and only the lease's holder writes.

use super::support::{House, land, operation};
use doltops::{
    model::{Delivery, Epoch, IncidentId, PageAction, PageKey, PageState},
    store::{Edit, Fence, Lease, Store, StoreError, dolt::DoltStore, pages::Pages},
};
use jiff::Timestamp;
use std::time::Duration;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).expect("a time")
}

fn page(incident: &str, target: &str, action: PageAction) -> Delivery {
    Delivery {
        key: PageKey { incident: IncidentId::new(incident), target: target.to_owned(), action, level: 0 },
        kind: "webhook".to_owned(),
        to: "op1".to_owned(),
        state: PageState::Waiting,
        tries: 1,
        asked: at(1),
        due: at(5),
        tried: Some(at(2)),
        error: "HTTP 503: é, 'quoted'".to_owned(),
    }
}

fn sent(page: &Delivery) -> Delivery {
    Delivery { state: PageState::Sent, error: String::new(), ..page.clone() }
}

async fn fence(store: &DoltStore) -> Fence {
    match store.lease("a", None, Epoch(0), Duration::from_secs(60)).await.expect("an answer") {
        Lease::Held(fence) => fence,
        taken => panic!("{taken:?}"),
    }
}

/// A page that is tried ten times makes one commit: its last.
#[tokio::test]
async fn what_waits_is_in_no_commit_and_what_is_over_in_one() {
    let house = House::start().await;
    let store = house.store().await;
    let fence = fence(&store).await;
    let before = store.head().await.expect("a head");
    let waiting = page("inc-a", "duty", PageAction::Trigger);
    store.write_down(std::slice::from_ref(&waiting), "", &fence).await.expect("written");
    let again = Delivery { tries: 2, due: at(9), ..waiting.clone() };
    store.write_down(std::slice::from_ref(&again), "", &fence).await.expect("written");
    assert_eq!(store.head().await.expect("a head"), before);
    assert_eq!(store.unsettled().await.expect("read"), std::slice::from_ref(&again));

    let done = [sent(&again), page("inc-a", "hook", PageAction::Trigger)];
    store.write_down(&done, "Page: one is sent", &fence).await.expect("written");
    let after = store.head().await.expect("a head");
    assert_ne!(after, before);
    store.write_down(&done, "Page: one is sent", &fence).await.expect("written again");
    assert_eq!(store.head().await.expect("a head"), after, "the same is no commit");
    assert_eq!(store.about(&[IncidentId::new("inc-a")]).await.expect("read"), done);
    assert!(store.about(&[]).await.expect("read").is_empty());
    house.stop().await;
}

/// After a restart only what somebody is still to be told of is looked at.
#[tokio::test]
async fn a_receiver_that_was_told_the_end_is_settled() {
    let house = House::start().await;
    let store = house.store().await;
    let fence = fence(&store).await;
    let trigger = |target| sent(&page("inc-a", target, PageAction::Trigger));
    let ends = sent(&page("inc-a", "duty", PageAction::Resolve));
    store.write_down(&[trigger("duty"), trigger("hook"), ends], "Pages", &fence).await.expect("written");
    assert_eq!(store.unsettled().await.expect("read"), [trigger("hook")]);
    house.stop().await;
}

/// A host that was taken over from must not say what became of a page.
#[tokio::test]
async fn who_has_lost_the_lease_writes_nothing() {
    let house = House::start().await;
    let store = house.store().await;
    let old = fence(&store).await;
    fence(&store).await;
    let waiting = page("inc-a", "duty", PageAction::Trigger);
    let refused = store.write_down(std::slice::from_ref(&waiting), "", &old).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    assert!(store.unsettled().await.expect("read").is_empty());
    house.stop().await;
}

/// What becomes of pages and what people ask for land at the same time, and both do.
#[tokio::test]
async fn a_page_and_a_landing_do_not_hurt_each_other() {
    let house = House::start().await;
    let (ours, theirs) = (house.store().await, house.store().await);
    let fence = fence(&ours).await;
    for number in 0..10 {
        let done = [sent(&page(&format!("inc-{number}"), "duty", PageAction::Trigger))];
        let asked = vec![Edit::PutOperation(operation(&format!("op-{number}"), "orders", "resize"))];
        // Whoever decided on the head before the page must decide again: that is what the guard is for.
        let landing = async {
            loop {
                match land(&theirs, "Asked", asked.clone()).await {
                    Err(StoreError::Conflict) => {}
                    done => return done,
                }
            }
        };
        let (written, landed) = tokio::join!(ours.write_down(&done, "Page", &fence), landing);
        written.expect("written");
        landed.expect("landed");
    }
    let ids: Vec<IncidentId> = (0..10).map(|number| IncidentId::new(format!("inc-{number}"))).collect();
    assert_eq!(ours.about(&ids).await.expect("read").len(), 10);
    house.stop().await;
}
