//! A merge of a change request that is cut off at each of its steps: whole or not there, and known to whoever asks again.
//!
//! The steps are taken from a merge without a fault, command by command as they go to the database. Then each is cut off
//! twice: before the database hears it, and after it has answered, with the answer lost.

use super::{
    support::{House, desired, env, id, land, landing, operation, record},
    wire::{Cut, Wire},
};
use doltops::{
    model::{By, ChangeRequest, CommitHash, Desired, Generation, OperationId, RequestState},
    secrets::Secrets,
    store::{
        Edit, Landing, Store,
        branches::{Branches, ReviewEdit},
        dolt::{Address, DoltStore},
    },
};

const NAMES: [&str; 3] = ["a", "b", "c"];

fn by(who: &str) -> By {
    By { at: "2026-01-02T03:04:05.678901Z".parse().expect("a time"), who: who.to_owned() }
}

fn larger(name: &str, gib: u32) -> Desired {
    let mut desired = desired(name);
    desired.spec.volume_gib = gib;
    desired
}

/// A change request that makes all of them so large, on a branch of its own.
async fn prepared(store: &DoltStore, round: u32) -> (ChangeRequest, CommitHash) {
    let request = ChangeRequest {
        name: format!("round-{round}").parse().expect("a name"),
        title: "More room".to_owned(),
        opened: by("ada"),
        base: store.head().await.expect("a head"),
        state: RequestState::Open,
        closed: None,
        closed_at: None,
    };
    land(store, "Open", vec![Edit::Review(ReviewEdit::Open(request.clone()))]).await.expect("landed");
    let edits = NAMES.map(|name| Edit::PutDesired(larger(name, 20 + round)));
    let edit = landing(&request.base, "Resize all", edits.to_vec());
    let head = store.land_on(&request, edit, &OperationId::new(format!("edit-{round}"))).await.expect("landed");
    (request, head)
}

/// What the Hosted API lands for a merge.
async fn merge(store: &DoltStore, round: u32, request: &ChangeRequest, head: &CommitHash) -> Landing {
    let mut edits = vec![Edit::PutOperation(operation(&format!("merge-{round}"), "a", "merge"))];
    for name in NAMES {
        let mut record = record(name);
        record.generation = Generation(u64::from(round) + 2);
        edits.extend([Edit::PutDesired(larger(name, 20 + round)), Edit::PutRecord(record)]);
    }
    edits.push(Edit::Review(ReviewEdit::Close(ChangeRequest {
        state: RequestState::Merged,
        closed: Some(by("ada")),
        closed_at: Some(head.clone()),
        ..request.clone()
    })));
    landing(&store.head().await.expect("a head"), &format!("Merge {}", request.name), edits)
}

/// Whether the merge is there: all of it, or nothing of it.
async fn is_merged(store: &DoltStore, round: u32, request: &ChangeRequest) -> bool {
    let main = store.snapshot().await.expect("main");
    let review = store.review(&request.name, &main.commit).await.expect("read").expect("it is there");
    let operation = store.operation(&OperationId::new(format!("merge-{round}"))).await.expect("read");
    let mut told = vec![review.request.state == RequestState::Merged, operation.is_some()];
    for name in NAMES {
        told.push(main.desired[&id(name)].spec.volume_gib == 20 + round);
        told.push(main.records[&id(name)].generation == Generation(u64::from(round) + 2));
    }
    assert!(told.iter().all(|it| *it == told[0]), "half of it is there: {told:?}");
    told[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_that_is_cut_off_at_any_step_is_whole_or_not_there() {
    let house = House::start().await;
    let store = house.store().await;
    let edits = NAMES.iter().flat_map(|name| [Edit::PutDesired(desired(name)), Edit::PutRecord(record(name))]);
    land(&store, "Create all", edits.collect()).await.expect("landed");
    let password = house.secrets.get("store/root").await.expect("read").expect("there");

    let (mut cuts, mut round, mut landed) = (vec![None], 0, 0);
    while let Some(cut) = cuts.get(round as usize).copied() {
        let wire = Wire::to(house.port()).await;
        let url = format!("mysql://root:{}@127.0.0.1:{}/doltops", password.reveal(), wire.port());
        let theirs = DoltStore::connect(&Address::parse(&url).expect("an address"), env()).await.expect("it opens");
        let (request, head) = prepared(&store, round).await;
        let asked = merge(&store, round, &request, &head).await;
        wire.cut(cut);
        let answer = theirs.land(asked.clone()).await;
        let Some(cut) = cut else {
            answer.expect("nothing was cut");
            let steps = wire.commands();
            assert!(steps > 10, "a merge has more steps than {steps}");
            cuts.extend((1..=steps).flat_map(|step| [Some(Cut::Before(step)), Some(Cut::After(step))]));
            assert!(is_merged(&store, round, &request).await);
            round += 1;
            continue;
        };
        let merged = is_merged(&store, round, &request).await;
        assert!(merged || answer.is_err(), "{cut:?}: told as landed, and is not there");
        let branch = store.branch(&request).await.expect("read");
        assert_eq!(branch.head, head, "{cut:?}: the branch stays where it was");
        if !merged {
            // Nothing is left of it that stands in the way, and main has not moved: it lands as it was decided.
            store.land(asked).await.unwrap_or_else(|error| panic!("{cut:?}: {error}"));
            assert!(is_merged(&store, round, &request).await);
        }
        landed += u32::from(merged);
        round += 1;
    }
    assert!(landed > 0, "one of them was cut off after it had landed");
    store.close().await;
    house.stop().await;
}
