//! Reads metrics: from the cache, else with as few calls as can be.
//!
//! Guarantees
//! - Whoever asks while a call is under way waits for that call and does not make another one.
//! - A throttled or silent CloudWatch is left alone for a while (see `pace`); what is known is shown meanwhile with its
//!   age, and only when it is older than [`STALE`] is there no answer.
//!
//! Why one call at a time: all that is missing is asked in one go anyway, and a second asker mostly misses the same.

use super::{
    batch::{self, Call},
    cache::{Ask, Cache, Part},
    pace::Pace,
    series::Key,
};
use crate::{
    env::Env,
    telemetry::{TelemetryError, period::Window},
};
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync, time};

/// Seconds for which an earlier answer is shown while there is no new one: two values are missing then.
const STALE: i64 = 180;

/// Pages of one call, at most: a call is made so that its answer fits into one; a service that never ends is no service.
const MOST_PAGES: usize = 20;

/// What a page says of one curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// By the curve's place in the call.
    pub parts: Vec<(usize, Part)>,
    /// Asks for the next one.
    pub next: Option<String>,
}

/// CloudWatch's GetMetricData.
#[async_trait]
pub trait Service: Send + Sync {
    /// The first page of a call, or the one after.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    async fn page(&self, call: &Call, token: Option<String>) -> Result<Page, TelemetryError>;
}

/// Reads metrics.
pub struct Reader {
    service: Box<dyn Service>,
    env: Arc<dyn Env>,
    cache: Mutex<Cache>,
    /// Whoever holds it makes the calls.
    turn: sync::Mutex<Pace>,
}

impl Reader {
    /// Of this service.
    pub fn new(service: Box<dyn Service>, env: Arc<dyn Env>) -> Self {
        let pace = Pace::new(env.elapsed());
        Self { service, env, cache: Mutex::default(), turn: sync::Mutex::new(pace) }
    }

    /// Makes sure that `keys` are known over `window`, as well as can be; gives when they were asked for (Unix seconds).
    ///
    /// # Errors
    /// When nothing is known that is new enough to be shown.
    pub async fn refresh(&self, keys: &[Key], window: Window) -> Result<i64, TelemetryError> {
        let mut outcome = Ok(());
        if !self.missing(keys, window).is_empty() {
            let mut pace = self.turn.lock().await;
            // Whoever had the turn before may have asked for the same.
            let asks = self.missing(keys, window);
            if !asks.is_empty() {
                outcome = self.ask(asks, &mut pace).await;
            }
        }
        let now = self.now();
        let as_of = self.lock().as_of(keys);
        match (outcome, as_of) {
            (Ok(()), as_of) => Ok(as_of.unwrap_or(now)),
            (Err(_), Some(as_of)) if now - as_of < STALE => Ok(as_of),
            (Err(error), _) => Err(error),
        }
    }

    /// What is known of a curve.
    pub fn points(&self, key: &Key, window: Window) -> Vec<(i64, f64)> {
        self.lock().points(key, window)
    }

    async fn ask(&self, asks: Vec<Ask>, pace: &mut Pace) -> Result<(), TelemetryError> {
        if let Some(left) = pace.pause(self.env.elapsed()) {
            let seconds = left.as_secs() + 1;
            return Err(TelemetryError::Away(format!("CloudWatch is left alone for {seconds} s after it refused")));
        }
        for call in batch::calls(asks) {
            let asked = self.now();
            let answer = self.pages(&call, pace).await;
            let (parts, failed) = match answer {
                Ok(parts) => (parts, None),
                Err((parts, error)) => (parts, Some(error)),
            };
            let mut cache = self.lock();
            for (key, part) in call.keys.iter().zip(parts) {
                // Of a call that failed, only what came is taken in.
                if failed.is_none() || !part.points.is_empty() {
                    let ask = Ask { key: key.clone(), from: call.from, to: call.to };
                    cache.take(&ask, part, asked);
                }
            }
            cache.prune(asked);
            drop(cache);
            match failed {
                None => pace.answered(),
                Some(error) => {
                    pace.refused(self.env.elapsed(), self.env.random());
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// All pages of a call, put together; with an error also what came before it, marked as not complete.
    async fn pages(&self, call: &Call, pace: &mut Pace) -> Result<Vec<Part>, (Vec<Part>, TelemetryError)> {
        let mut whole: BTreeMap<usize, Part> = BTreeMap::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            while let Err(wait) = pace.take(self.env.elapsed()) {
                time::sleep(wait).await;
            }
            match self.service.page(call, token).await {
                Ok(page) => {
                    for (place, part) in page.parts {
                        let known = whole.entry(place).or_default();
                        known.points.extend(part.points);
                        // The last word on a curve counts: a page in between says that it is partial.
                        known.complete = part.complete;
                    }
                    token = page.next;
                }
                Err(error) => return Err((spread(whole, call.keys.len(), false), error)),
            }
            if token.is_none() {
                return Ok(spread(whole, call.keys.len(), true));
            }
        }
        Ok(spread(whole, call.keys.len(), false))
    }

    fn missing(&self, keys: &[Key], window: Window) -> Vec<Ask> {
        let now = self.now();
        self.lock().missing(keys, window, now)
    }

    fn now(&self) -> i64 {
        self.env.now().as_second()
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One part for each curve of the call, in order.
fn spread(mut whole: BTreeMap<usize, Part>, count: usize, ended: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = (0..count).map(|place| whole.remove(&place).unwrap_or_default()).collect();
    parts.iter_mut().for_each(|part| part.complete &= ended);
    parts
}

#[cfg(test)]
mod tests;
