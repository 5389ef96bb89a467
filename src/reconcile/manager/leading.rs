//! Keeps the lease, or waits for it: told in the events and in the log whenever that changes.

use super::{Calls, Manager};
use crate::reconcile::lease;
use std::sync::Arc;
use tokio::time;

/// What was last told.
#[derive(Default)]
struct Told {
    held: bool,
    other: Option<String>,
}

impl Manager {
    pub(super) async fn keep_lease(self: Arc<Self>) {
        let mut told = Told::default();
        loop {
            let renewed = self.executor.lease.renew(self.executor.store.as_ref()).await;
            self.tell_of_store(Calls::Writes, renewed.as_ref().err());
            let again = match renewed {
                Ok(true) => lease::RENEWAL,
                Ok(false) => lease::WAITING,
                Err(_) => lease::RETRY,
            };
            // One that could not be renewed may still be ours, until its time has passed.
            let held = renewed.unwrap_or_else(|_| self.executor.lease.fence().is_some());
            self.tell_who_leads(&mut told, Told { held, other: self.executor.lease.other() }).await;
            time::sleep(again).await;
        }
    }

    async fn tell_who_leads(&self, last: &mut Told, now: Told) {
        if now.held != last.held {
            self.tell_of_lease(if now.held {
                "this process reconciles"
            } else {
                "the lease is not held: reconciling rests"
            });
            if now.held {
                // Another host may have rotated them.
                self.read_authorities().await;
                self.ask_all().await;
            }
        }
        if now.other != last.other
            && let Some(other) = &now.other
        {
            self.tell_of_lease(&format!("standing by: {other} acts"));
        }
        *last = now;
    }

    fn tell_of_lease(&self, text: &str) {
        tracing::info!("{text}");
        self.events.add("", "control-plane", text, "");
        self.dirty.notify_one();
    }
}
