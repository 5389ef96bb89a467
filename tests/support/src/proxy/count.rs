//! Which calls were made, in order, and how many of each.

use super::call::Call;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// One call that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The service as requests are signed for it.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// What it was about: ids and names.
    pub about: Vec<String>,
}

/// The calls since the start, or since they were forgotten.
#[derive(Debug, Default)]
pub struct Calls {
    log: Mutex<Vec<Logged>>,
}

impl Calls {
    pub(super) fn add(&self, call: &Call) {
        let logged = Logged { service: call.service.clone(), operation: call.operation.clone(), about: call.about() };
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(logged);
    }

    /// How many calls of an operation came in; retries count, as they do for AWS.
    pub fn of(&self, operation: &str) -> usize {
        self.counts().get(operation).copied().unwrap_or_default()
    }

    /// How many calls came in, by operation.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for logged in self.log() {
            *counts.entry(logged.operation).or_default() += 1;
        }
        counts
    }

    /// All calls, the oldest first.
    pub fn log(&self) -> Vec<Logged> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins to count at zero.
    pub fn forget(&self) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
