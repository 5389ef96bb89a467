//! What is there: the fleet and its events.

use super::{Server, Stream};
use crate::{
    hosted_api::{access::Caller, convert, cost, problem::Problem, view::View},
    model::{InstanceState, Seen, price::Prices},
    reconcile::fleet::{FleetView, Row},
};
use doltops_proto::hosted_api::{Deployment, Event, EventsRequest, StatusResponse, WatchResponse};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use std::{ops::Range, sync::Arc, time::Duration};
use tokio::time;
use tokio_stream::wrappers::{BroadcastStream, WatchStream, errors::BroadcastStreamRecvError};
use tonic::Status;

/// A control plane that has just started answers with what it knows after this.
const READY: Duration = Duration::from_secs(5);

/// An agent answers in some milliseconds; one that does not is shown as it is.
const FIRST_WORD: Duration = Duration::from_secs(2);

/// A host that is older has heard whoever answers.
const YOUNG: SignedDuration = SignedDuration::from_secs(5);

/// Events that a follower begins with when it does not say.
const EVENTS: u32 = 100;

impl Server {
    /// Returns when the store was read and the cloud looked at, or when that takes too long. A control plane that was
    /// hosted for this very call waits for the agents' first word too: without it nobody would seem to be well.
    pub(super) async fn ready(&self) {
        let mut fleet = self.manager.fleet();
        let known = fleet.wait_for(|fleet| is_known(fleet) || !fleet.store.is_empty());
        let _ = time::timeout(READY, known).await;
        if self.manager.executor.env.now().duration_since(self.info.started) < YOUNG {
            let _ = time::timeout(FIRST_WORD, fleet.wait_for(|fleet| is_heard(fleet))).await;
        }
    }

    pub(super) async fn read_status(&self, caller: &Caller, view: &View) -> Result<StatusResponse, Problem> {
        if let View::Branch(name) = view {
            let fleet = self.manager.fleet().borrow().clone();
            let commit = self.books().branch_head(name).await?.to_string();
            return Ok(StatusResponse { commit, view: view.to_string(), ..self.status_now(caller, &fleet) });
        }
        let past = self.books().then(view).await?;
        let fleet = self.manager.fleet().borrow().clone();
        let head = fleet.commit.as_ref().map(ToString::to_string);
        let status = self.status_now(caller, &fleet);
        Ok(match past {
            None => StatusResponse { commit: head.unwrap_or_default(), view: view.to_string(), ..status },
            Some(past) => StatusResponse {
                commit: past.hash.to_string(),
                view: format!("at:{}", past.hash),
                view_time_ms: convert::ms(past.time),
                // Of those of then nobody knows.
                orphans: 0,
                ..status
            },
        })
    }

    /// The control plane itself, which is as it is whatever is looked at.
    fn status_now(&self, caller: &Caller, fleet: &FleetView) -> StatusResponse {
        let executor = &self.manager.executor;
        StatusResponse {
            control_plane_id: self.info.control_plane.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            provider: executor.cloud.provider().to_owned(),
            user: caller.name.clone(),
            role: caller.role.to_string(),
            host: self.info.host.to_owned(),
            host_pid: std::process::id(),
            store: store_word(fleet),
            lease: lease_word(fleet),
            epoch: executor.lease.epoch().0,
            attached: self.attached(),
            instance_types: executor
                .cloud
                .types()
                .iter()
                .enumerate()
                .map(|(i, t)| convert::instance_type(i, t))
                .collect(),
            now_ms: convert::ms(executor.env.now()),
            started_ms: convert::ms(self.info.started),
            metrics: self.source().to_owned(),
            orphans: u32::try_from(self.manager.orphans_seen()).unwrap_or(u32::MAX),
            webpki: executor.cloud.site().names,
            domain: Some(executor.cloud.site())
                .filter(|site| site.names)
                .map(|site| site.domain.clone())
                .unwrap_or_default(),
            acts: self.acting().map(|acting| acting.to_string()).unwrap_or_default(),
            daemons: self.daemons(),
            ..StatusResponse::default()
        }
    }

    pub(super) async fn read_fleet(&self) -> WatchResponse {
        self.ready().await;
        let fleet = self.manager.fleet().borrow().clone();
        watch_response(&fleet, fleet.rows.values(), self.prices.as_ref(), false)
    }

    /// The fleet whenever it is another, at most so many deployments a message; 0: all of them.
    pub(super) fn watch_fleet(&self, part: u32) -> Stream<WatchResponse> {
        let started = |fleet: &Arc<FleetView>| {
            let ready = fleet.commit.is_some() || !fleet.store.is_empty();
            std::future::ready(ready)
        };
        let fleets = WatchStream::new(self.manager.fleet()).filter(started);
        let prices = self.prices.clone().map(Arc::new);
        Box::pin(fleets.flat_map(move |fleet| stream::iter(in_parts(fleet, prices.clone(), part).map(Ok))))
    }

    pub(super) fn follow_events(&self, request: EventsRequest) -> Stream<Event> {
        let count = if request.last == 0 { EVENTS } else { request.last };
        let (last, live) = self.manager.events.follow(count as usize, &request.name);
        let last = stream::iter(last.into_iter().map(|event| Ok(convert::event(&event))));
        if !request.follow {
            return Box::pin(last);
        }
        let name = request.name;
        let live = BroadcastStream::new(live).filter_map(move |event| {
            let event = match event {
                Ok(event) if name.is_empty() || event.deployment == name => Some(Ok(convert::event(&event))),
                Ok(_) => None,
                Err(BroadcastStreamRecvError::Lagged(missed)) => {
                    Some(Err(Status::data_loss(format!("{missed} events came faster than they were read"))))
                }
            };
            std::future::ready(event)
        });
        Box::pin(last.chain(live))
    }
}

/// The store was read, and the cloud looked at for every deployment.
fn is_known(fleet: &FleetView) -> bool {
    fleet.commit.is_some() && fleet.rows.values().all(|row| row.observed.instance != Seen::Unknown)
}

/// Every instance that runs has been heard.
fn is_heard(fleet: &FleetView) -> bool {
    let silent = |row: &Row| {
        let runs = row.observed.instance.present().is_some_and(|instance| instance.state == InstanceState::Running);
        runs && row.observed.agent.present().is_none()
    };
    !fleet.rows.values().any(|row| silent(row))
}

pub(super) fn store_word(fleet: &FleetView) -> String {
    if fleet.store.is_empty() { "up".to_owned() } else { fleet.store.clone() }
}

pub(super) fn lease_word(fleet: &FleetView) -> String {
    if fleet.leads { "held" } else { "waiting" }.to_owned()
}

/// A deployment with what it costs.
pub(super) fn deployment(row: &Row, prices: Option<&Prices>) -> Deployment {
    let cost = prices.zip(row.desired.as_ref()).and_then(|(prices, desired)| cost::of_one(desired, prices));
    let currency = prices.filter(|_| cost.is_some()).map(|prices| prices.currency.clone()).unwrap_or_default();
    Deployment { month_cost: cost, currency, ..convert::deployment(row) }
}

/// The parts of a fleet; each is made when it is sent.
fn in_parts(fleet: Arc<FleetView>, prices: Option<Arc<Prices>>, part: u32) -> impl Iterator<Item = WatchResponse> {
    let all = fleet.rows.len();
    parts(all, part as usize).map(move |part| {
        let rows = fleet.rows.values().skip(part.start).take(part.len());
        watch_response(&fleet, rows, prices.as_deref(), part.end < all)
    })
}

/// The places of `all` in parts of at most so many; 0: in one. Of nothing there is one part too: that is told as well.
fn parts(all: usize, part: usize) -> impl Iterator<Item = Range<usize>> {
    let part = if part == 0 { all.max(1) } else { part };
    (0..all.max(1)).step_by(part).map(move |from| from..all.min(from + part))
}

fn watch_response<'a>(
    fleet: &FleetView,
    rows: impl Iterator<Item = &'a Arc<Row>>,
    prices: Option<&Prices>,
    more: bool,
) -> WatchResponse {
    WatchResponse {
        deployments: rows.map(|row| deployment(row, prices)).collect(),
        commit: fleet.commit.as_ref().map(ToString::to_string).unwrap_or_default(),
        as_of_ms: convert::ms(fleet.as_of),
        store: store_word(fleet),
        lease: lease_word(fleet),
        more,
        acts: fleet.other.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_all_of_it_in_order_and_none_is_too_large(all in 0_usize..50, part in 0_usize..60) {
            let parts: Vec<Range<usize>> = parts(all, part).collect();
            prop_assert!(!parts.is_empty());
            prop_assert!(parts.iter().all(|it| part == 0 || it.len() <= part));
            prop_assert_eq!(parts.into_iter().flatten().collect::<Vec<_>>(), (0..all).collect::<Vec<_>>());
        }
    }
}
