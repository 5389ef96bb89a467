//! One run: a fleet with clients, people who change it, kills; then quiet, and the count.

use super::{
    clients::{Client, Rows},
    killer::Killer,
    people::{Asked, People},
    place::Place,
    tally::Tally,
};
use crate::simulation::random::Random;
use doltops_agent::clock;
use serde_json::Value;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// Once nothing is killed any more, all settles within this: a step that has failed often waits for half a minute, and an
/// agent that never answers is given up after five.
const BOUND: Duration = Duration::from_secs(400);

/// Between two looks at the fleet at the end.
const LOOK: Duration = Duration::from_millis(200);

/// All of it has to fit for so long: a host that has just begun shows what was so before it looked.
const STAYS: Duration = Duration::from_secs(2);

/// Those with clients.
const STEADY: [&str; 2] = ["orders", "billing"];

/// Runs it, prints its table and judges it. `trouble` is made while clients write and, where so is wanted, people ask; it
/// gives how many connections it broke.
#[track_caller]
pub fn run(place: &Place, seed: u64, people_ask: bool, trouble: impl FnOnce(&mut Killer<'_>) -> usize) {
    let mut random = Random::new(seed);
    let mut killer = Killer::new(place, Random::new(random.next()));
    for name in STEADY {
        place.folder().ask(&format!("create {name} --wait")).json();
    }
    let clients = STEADY.map(Client::new);
    let mut tally = Tally { cloud: place.name(), seed, ..Tally::default() };
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| client.run(|| place.customer(&client.deployment)));
        }
        // Whatever goes wrong from here on, they have to end before the scope does.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            clients.iter().for_each(Client::goes_on);
            let people = People::new(place, Random::new(random.next()), STEADY.map(str::to_owned).to_vec());
            let asking = scope.spawn(|| if people_ask { people.run(&stop) } else { Asked::default() });
            let began = clock::instant();
            tally.cuts = trouble(&mut killer);
            tally.length = clock::instant() - began;
            stop.store(true, Ordering::Relaxed);
            tally.asked = asking.join().unwrap_or_else(|_| Asked::default());
            tally.kills = killer.kills.clone();
            settle(place, &mut tally);
            for client in clients.iter().filter(|client| !client.is_back()) {
                let now = place.folder().ask(&format!("get {}", client.deployment));
                tally.hung.push(format!("{} takes no rows: {}; {now:?}", client.deployment, client.refused()));
            }
        }));
        stop.store(true, Ordering::Relaxed);
        clients.iter().for_each(Client::stop);
        if let Err(panic) = done {
            std::panic::resume_unwind(panic);
        }
    });
    if !tally.hung.is_empty() {
        // Rows cannot be read back from what does not serve.
        tally.print();
        let events = place.folder().run(["events"]).out;
        panic!("{:#?}\n{events}", tally.hung);
    }
    for client in &clients {
        let rows = client.count(|| place.customer(&client.deployment));
        tally.rows = Rows {
            acknowledged: tally.rows.acknowledged + rows.acknowledged,
            lost: tally.rows.lost + rows.lost,
            unclear: tally.rows.unclear + rows.unclear,
            connections: tally.rows.connections + rows.connections,
        };
    }
    tally.print();
    tally.holds();
}

/// Waits until nothing is left to do, starts what was stopped, waits again, and counts.
fn settle(place: &Place, tally: &mut Tally) {
    let (list, took) =
        settled(place, |it| it["phase"] == "settled" && (it["health"] == "healthy" || it["health"] == "stopped"));
    tally.settled = took;
    for name in list.iter().filter(|it| it["desired"]["power"] == "stopped").filter_map(|it| it["name"].as_str()) {
        place.folder().ask(&format!("start {name}"));
    }
    let well = |it: &Value| it["phase"] == "settled" && it["health"] == "healthy";
    let (list, _) = settled(place, well);
    let words =
        |it: &Value| format!("{} is {}, {}: {} {}", it["name"], it["health"], it["phase"], it["why"], it["failure"]);
    tally.hung.extend(list.iter().filter(|it| !well(it)).map(words));
    tally.count(place, &list);
}

/// The fleet once all of it fits and stays so, or as it is when the time is over; and how long that took.
fn settled(place: &Place, fits: impl Fn(&Value) -> bool) -> (Vec<Value>, Duration) {
    let began = clock::instant();
    let (mut last, mut since) = (Vec::new(), None);
    while clock::instant() < began + BOUND {
        let list = place.list();
        let now = clock::instant();
        since = list.as_ref().filter(|list| list.iter().all(&fits)).and(since.or(Some(now)));
        last = list.unwrap_or(last);
        match since {
            Some(since) if now - since > STAYS => return (last, since - began),
            _ => thread::park_timeout(LOOK),
        }
    }
    (last, BOUND)
}
