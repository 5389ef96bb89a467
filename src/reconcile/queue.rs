//! When each deployment is looked at next.
//!
//! Pure: time comes in. One run a key at a time; asked for again while it runs, it runs again afterwards; the earliest
//! time wins; failures move a key away with a backoff of its own, so that one that fails costs the others nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Deployments that are worked on at once: a laptop's processes start one by one anyhow, a cloud's calls do not.
pub const AT_ONCE: usize = 16;

/// The first failure is tried again after this long, as kube-rs does.
const FIRST_BACKOFF: Duration = Duration::from_millis(800);
/// And no failure waits longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Keys with the time at which each is due.
#[derive(Clone, Debug)]
pub struct Queue<K> {
    due: BTreeMap<K, Duration>,
    running: BTreeMap<K, Option<Duration>>,
    failures: BTreeMap<K, u32>,
    anew: BTreeSet<K>,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self { due: BTreeMap::new(), running: BTreeMap::new(), failures: BTreeMap::new(), anew: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Queue<K> {
    /// The key is due at `at`, or earlier if it already was.
    pub fn ask(&mut self, key: K, at: Duration) {
        let slot = match self.running.get_mut(&key) {
            Some(again) => again.get_or_insert(at),
            None => self.due.entry(key).or_insert(at),
        };
        *slot = at.min(*slot);
    }

    /// What is wanted of the key has changed: it is due at `at`, whatever it failed at before.
    pub fn ask_anew(&mut self, key: K, at: Duration) {
        self.failures.remove(&key);
        if self.running.contains_key(&key) {
            self.anew.insert(key.clone());
        } else {
            self.due.insert(key.clone(), at);
        }
        self.ask(key, at);
    }

    /// Begins what is due at `now`, the longest waiting first, while fewer than [`AT_ONCE`] run.
    pub fn begin(&mut self, now: Duration) -> Vec<K> {
        let room = AT_ONCE.saturating_sub(self.running.len());
        let order: BTreeSet<(Duration, K)> =
            self.due.iter().filter(|(_, at)| **at <= now).map(|(key, at)| (*at, key.clone())).collect();
        let begun: Vec<K> = order.into_iter().take(room).map(|(_, key)| key).collect();
        for key in &begun {
            self.due.remove(key);
            self.anew.remove(key);
            self.running.insert(key.clone(), None);
        }
        begun
    }

    /// A run has ended well; it is due again after `again`, or when asked for meanwhile.
    pub fn done(&mut self, key: &K, again: Option<Duration>, now: Duration) {
        self.failures.remove(key);
        self.finish(key, again.map(|after| now + after));
    }

    /// A run has failed; gives how long it waits. `jitter` is a number that nobody foresees.
    pub fn failed(&mut self, key: &K, now: Duration, jitter: u64) -> Duration {
        if self.anew.remove(key) {
            self.finish(key, Some(now));
            return Duration::ZERO;
        }
        let failures = self.failures.entry(key.clone()).or_insert(0);
        let wait = backoff(*failures, jitter);
        *failures = failures.saturating_add(1);
        // Being asked for meanwhile does not shorten a backoff: the reason of the failure is most likely still there.
        self.running.insert(key.clone(), None);
        self.finish(key, Some(now + wait));
        wait
    }

    /// When something is due next, if there is room for it.
    pub fn next(&self) -> Option<Duration> {
        if self.running.len() >= AT_ONCE { None } else { self.due.values().min().copied() }
    }

    fn finish(&mut self, key: &K, at: Option<Duration>) {
        let asked = self.running.remove(key).flatten();
        if let Some(at) = [asked, at].into_iter().flatten().min() {
            self.due.insert(key.clone(), at);
        }
    }
}

/// Doubling from [`FIRST_BACKOFF`] to [`LONGEST_BACKOFF`], the last quarter of it by chance.
fn backoff(failures: u32, jitter: u64) -> Duration {
    let full = FIRST_BACKOFF.saturating_mul(2u32.saturating_pow(failures)).min(LONGEST_BACKOFF);
    let quarter = u64::try_from(full.as_millis() / 4).unwrap_or(0).max(1);
    full - Duration::from_millis(jitter % quarter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_earliest_time_wins_and_one_runs_at_a_time() {
        let mut queue = Queue::default();
        queue.ask("a", 5 * SECOND);
        queue.ask("a", 2 * SECOND);
        queue.ask("a", 9 * SECOND);
        assert!(queue.begin(SECOND).is_empty());
        assert_eq!(queue.begin(2 * SECOND), ["a"]);
        queue.ask("a", 3 * SECOND);
        assert!(queue.begin(4 * SECOND).is_empty(), "it still runs");
        queue.done(&"a", None, 4 * SECOND);
        assert_eq!(queue.begin(4 * SECOND), ["a"]);
    }

    #[test]
    fn a_change_does_not_wait_for_the_backoff_of_what_it_mends() {
        let mut queue = Queue::default();
        queue.ask("a", Duration::ZERO);
        queue.begin(Duration::ZERO);
        queue.failed(&"a", Duration::ZERO, 0);
        queue.ask_anew("a", Duration::ZERO);
        assert_eq!(queue.begin(Duration::ZERO), ["a"], "asked for while it waits");
        queue.ask_anew("a", Duration::ZERO);
        assert_eq!(queue.failed(&"a", Duration::ZERO, 0), Duration::ZERO);
        assert_eq!(queue.begin(Duration::ZERO), ["a"], "asked for while it ran");
    }

    #[test]
    fn one_that_fails_leaves_the_others_alone() {
        let mut queue = Queue::default();
        for key in 0..20 {
            queue.ask(key, Duration::ZERO);
        }
        let mut now = Duration::ZERO;
        let mut runs = [0; 20];
        for _ in 0..100 {
            for key in queue.begin(now) {
                runs[key] += 1;
                if key == 0 {
                    queue.failed(&key, now, 7);
                } else {
                    queue.done(&key, Some(SECOND), now);
                }
            }
            now += SECOND / 2;
        }
        assert!(runs[0] < 10, "{runs:?}");
        assert!(runs[1..].iter().all(|runs| *runs > 40), "{runs:?}");
    }

    proptest! {
        #[test]
        fn a_backoff_stays_in_its_bounds(failures in 0u32..100, jitter: u64) {
            let wait = backoff(failures, jitter);
            prop_assert!(wait >= FIRST_BACKOFF * 3 / 4 && wait <= LONGEST_BACKOFF);
        }

        #[test]
        fn nothing_that_was_asked_for_is_lost(asks in prop::collection::vec((0u8..8, 0u64..50), 1..60)) {
            let mut queue = Queue::default();
            let mut waiting = BTreeSet::new();
            for (key, at) in asks {
                queue.ask(key, Duration::from_secs(at));
                waiting.insert(key);
            }
            let mut seen = BTreeSet::new();
            while let Some(at) = queue.next() {
                for key in queue.begin(at) {
                    seen.insert(key);
                    queue.done(&key, None, at);
                }
            }
            prop_assert_eq!(seen, waiting);
        }
    }
}
