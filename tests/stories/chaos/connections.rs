//! Connections that break in the middle: to agents, and to the store; after so many bytes, one way or the other.
//!
//! The first bytes of a connection are TLS's, the next a heartbeat's or a Deploy's: with a step of some tens of bytes over
//! the first thousands, and something always under way, each call is cut in its request and in its answer.

use super::{length, place::Place, run::run, seed};
use crate::support::dolt::{Dolt, PASSWORD};
use doltops_agent::clock;
use doltops_stand_in::wire::{Cut, Cuts, Way, Wire};
use std::{net::Ipv4Addr, thread, time::Duration};
use tokio::runtime::Runtime;

/// Between two cuts: a heartbeat, and time to do something.
const PAUSE: Duration = Duration::from_millis(700);

/// Behind it a connection to an agent has carried its handshake, a heartbeat and a Deploy with its chains.
const LAST: usize = 12_000;

/// From one cut to the next in a long run: less than the smallest record on the wire.
const STEP: usize = 61;

/// Where the run that everyone makes cuts: in the handshake, behind it, within the calls.
const FEW: [usize; 4] = [0, 900, 2_900, 5_000];

/// A long run gives this part of its time to each kind of connection.
const PART: u32 = 4;

/// Where connections break one after the other; for ever where a length is asked for.
fn places() -> Box<dyn Iterator<Item = Cut>> {
    let both = |after| [Way::There, Way::Back].map(|way| Cut { way, after });
    match length() {
        None => Box::new(FEW.into_iter().flat_map(both)),
        Some(_) => Box::new((0..LAST).step_by(STEP).flat_map(both).cycle()),
    }
}

/// Breaks what is open again and again; what is opened next breaks where it is its turn. Gives how many broke.
fn cut(cuts: &Cuts) -> usize {
    let until = length().map(|length| clock::instant() + length / PART);
    for place in places() {
        if until.is_some_and(|until| clock::instant() > until) {
            break;
        }
        cuts.plan([place]);
        cuts.now();
        thread::park_timeout(PAUSE);
    }
    cuts.clear();
    cuts.made()
}

/// Enrolment, heartbeats, deploys: each is broken off somewhere, and comes to what it would have come to.
#[cfg(feature = "aws")]
#[test]
fn a_connection_to_an_agent_that_breaks_anywhere_costs_nothing() {
    if super::is_asked("aws") {
        let cuts = Cuts::default();
        run(&Place::aws(Some(cuts.clone())), seed(), true, |_| cut(&cuts));
    }
}

/// A commit whose answer is lost may have landed: it is looked at, and nothing is done twice.
#[test]
fn a_connection_to_the_store_that_breaks_anywhere_costs_nothing() {
    if super::is_asked("sandbox") {
        let runtime = Runtime::new().expect("a runtime");
        let (store, cuts) = (runtime.block_on(Dolt::start()), Cuts::default());
        let here = (Ipv4Addr::LOCALHOST, 0).into();
        let wire = runtime.block_on(Wire::between(here, store.address, cuts.clone())).expect("it listens");
        let encrypted = "require_ssl=true&verify_ca=false&verify_identity=false";
        let url = format!("mysql://root:{PASSWORD}@{}/doltops?{encrypted}", wire.address);
        run(&Place::sandbox_on(&url), seed(), true, |_| cut(&cuts));
    }
}
