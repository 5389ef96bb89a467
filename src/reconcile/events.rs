//! What people and the reconciler did, as it happens. Bounded; for good it stands in the store's history.

use crate::env::Env;
use jiff::Timestamp;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::broadcast;

/// What is kept: some hours of a busy fleet, about 2 MiB.
const KEPT: usize = 10_000;

/// What a follower may be behind before it misses some.
const BEHIND: usize = 1_024;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Rises by one with each.
    pub sequence: u64,
    /// When.
    pub time: Timestamp,
    /// The deployment's name; empty where it is about none.
    pub deployment: String,
    /// asked, step, health, incident, page, error, control-plane.
    pub kind: &'static str,
    /// What happened, in words.
    pub text: String,
    /// Who did it.
    pub author: String,
}

/// The events of this process's life.
pub struct Events {
    env: Arc<dyn Env>,
    kept: Mutex<VecDeque<Event>>,
    live: broadcast::Sender<Event>,
}

impl Events {
    /// None yet.
    pub fn new(env: Arc<dyn Env>) -> Self {
        Self { env, kept: Mutex::default(), live: broadcast::channel(BEHIND).0 }
    }

    /// Something happened.
    pub fn add(&self, deployment: &str, kind: &'static str, text: impl Into<String>, author: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let event = Event {
            sequence: kept.back().map_or(1, |last| last.sequence + 1),
            time: self.env.now(),
            deployment: deployment.to_owned(),
            kind,
            text: text.into(),
            author: author.to_owned(),
        };
        tracing::info!(deployment, kind, author, "{}", event.text);
        kept.push_back(event.clone());
        if kept.len() > KEPT {
            kept.pop_front();
        }
        // Nobody follows: then nobody misses it.
        let _ = self.live.send(event);
    }

    /// The last `count` of a deployment's, or of all where `deployment` is empty, and those that come.
    pub fn follow(&self, count: usize, deployment: &str) -> (Vec<Event>, broadcast::Receiver<Event>) {
        // Subscribed under the lock, so that none is missed and none comes twice.
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last: Vec<Event> = kept
            .iter()
            .rev()
            .filter(|event| deployment.is_empty() || event.deployment == deployment)
            .take(count)
            .cloned()
            .collect();
        last.reverse();
        (last, self.live.subscribe())
    }
}
