//! How fast time moves on.
//!
//! Guarantees
//! - Every second while something happens, and for [`QUIET`] after the last news: ages and waits are shown in seconds then.
//! - After that every [`SLOW`], so that an idle console hardly wakes up: what is shown goes in steps of a minute and more.
//! - News finds the right time, however long nothing has happened: see [`Pace::news`].

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// Ages are shown in steps of seconds and more.
const FAST: Duration = Duration::from_secs(1);
/// No age and no wait is shown in seconds after a minute.
const QUIET: Duration = Duration::from_mins(1);
/// A step of a minute may come this much late, and nobody sees it.
const SLOW: Duration = Duration::from_secs(5);

/// What the one who tells the time and the one who hears the news know together.
#[derive(Debug, Default)]
pub struct Pace {
    inner: Mutex<Inner>,
    hurry: Notify,
}

#[derive(Clone, Copy, Debug, Default)]
struct Inner {
    /// When there was news last, by [`crate::env::Env::elapsed`].
    news: Duration,
    /// Time is told slowly.
    slow: bool,
}

impl Pace {
    /// Something has come. Gives whether time was told slowly: then what is known of it is old, and it is to be told
    /// before the news.
    pub fn news(&self, now: Duration) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let slow = std::mem::replace(&mut *inner, Inner { news: now, slow: false }).slow;
        if slow {
            self.hurry.notify_one();
        }
        slow
    }

    /// How long until time is told next.
    fn next(&self, now: Duration) -> Duration {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.slow = now.saturating_sub(inner.news) >= QUIET;
        if inner.slow { SLOW } else { FAST }
    }

    /// Waits until time is to be told next; news ends a long wait.
    pub async fn rest(&self, now: Duration) {
        match self.next(now) {
            FAST => sleep(FAST).await,
            // Either way it is time.
            slow => {
                let _ = timeout(slow, self.hurry.notified()).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_slowly_after_a_quiet_minute_and_news_is_told_so_once() {
        let pace = Pace::default();
        let at = Duration::from_secs;
        assert!(!pace.news(at(10)));
        assert_eq!((pace.next(at(69)), pace.next(at(70))), (FAST, SLOW));
        assert!(pace.news(at(72)));
        assert!(!pace.news(at(72)));
        assert_eq!(pace.next(at(73)), FAST);
    }

    #[tokio::test]
    async fn news_ends_a_long_wait() {
        let pace = Pace::default();
        let mut rest = std::pin::pin!(pace.rest(QUIET));
        assert!(futures::poll!(&mut rest).is_pending());
        pace.news(QUIET + FAST);
        assert!(futures::poll!(&mut rest).is_ready());
    }
}
