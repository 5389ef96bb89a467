//! Every call to AWS goes through here: under a token bucket for its API, tried again where that is safe.
//!
//! Guarantees
//! - A call that AWS has not refused for certain is repeated only where it carries a client token or has the same effect
//!   twice. [`Call::once`] is for the others: who asks looks by tag first, the next time.
//! - Throttling slows down every later call of that API, whoever makes it.
//! - A call ends within [`TRIES`] attempts and their waits, or says that it is for later.
//!
//! Why not the SDK's own retries: it would repeat CreateSnapshot after a dropped connection, which makes two snapshots,
//! and it slows down alone for itself without telling.

use super::{
    bucket::{Bucket, Limits},
    errors::{Fault, Verdict},
};
use crate::{cloud::CloudError, env::Env};
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use std::{
    collections::BTreeMap,
    error::Error,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time;

/// As the SDK does by default: a second failure in a row is seldom, a third says that it lasts.
const TRIES: u32 = 3;

/// Before the second attempt; doubled before each later one. As the SDK does for what is not throttling.
const BACKOFF: Duration = Duration::from_millis(250);

/// A look at a large fleet waits rather than fails.
const PATIENCE_TO_READ: Duration = Duration::from_secs(30);

/// The lease was checked just before a change and must still hold when it is sent: rather come again.
const PATIENCE_TO_CHANGE: Duration = Duration::from_secs(3);

/// What AWS counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// EC2's calls that only read.
    Read,
    /// EC2's calls that change something.
    Change,
    /// RunInstances and StartInstances.
    Run,
    /// Route 53.
    Names,
    /// STS.
    Sts,
}

impl Api {
    const ALL: [Api; 5] = [Api::Read, Api::Change, Api::Run, Api::Names, Api::Sts];

    /// AWS's own defaults for an account and region ("Request throttling for the Amazon EC2 API"), and less where others
    /// in the account need their share too.
    fn limits(self) -> Limits {
        match self {
            // Filtered or paginated reads.
            Api::Read => Limits { burst: 100.0, rate: 20.0 },
            Api::Change => Limits { burst: 50.0, rate: 5.0 },
            Api::Run => Limits { burst: 5.0, rate: 2.0 },
            // The account's, for all zones: 10 a second by the newer pages, 5 by the older.
            Api::Names => Limits { burst: 10.0, rate: 5.0 },
            Api::Sts => Limits { burst: 50.0, rate: 20.0 },
        }
    }

    fn service(self) -> &'static str {
        match self {
            Api::Read | Api::Change | Api::Run => "ec2",
            Api::Names => "route53",
            Api::Sts => "sts",
        }
    }
}

/// One of AWS's operations, as it is used here.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    name: &'static str,
    api: Api,
    repeatable: bool,
    patience: Duration,
}

impl Call {
    /// Reads.
    pub const fn read(name: &'static str) -> Self {
        Self { name, api: Api::Read, repeatable: true, patience: PATIENCE_TO_READ }
    }

    /// Changes, and has the same effect when it is done twice.
    pub const fn change(name: &'static str) -> Self {
        Self { name, api: Api::Change, repeatable: true, patience: PATIENCE_TO_CHANGE }
    }

    /// Makes something each time that it is done.
    pub const fn once(name: &'static str) -> Self {
        Self { name, api: Api::Change, repeatable: false, patience: PATIENCE_TO_CHANGE }
    }

    /// Has instances run.
    pub const fn run(name: &'static str) -> Self {
        Self { name, api: Api::Run, repeatable: true, patience: PATIENCE_TO_CHANGE }
    }

    /// Of Route 53.
    pub const fn names(name: &'static str) -> Self {
        Self { name, api: Api::Names, repeatable: true, patience: PATIENCE_TO_READ }
    }

    /// Of STS.
    pub const fn sts(name: &'static str) -> Self {
        Self { name, api: Api::Sts, repeatable: true, patience: PATIENCE_TO_CHANGE }
    }

    /// As a policy names it.
    pub fn action(&self) -> String {
        format!("{}:{}", self.api.service(), self.name)
    }
}

/// Makes calls.
pub struct Calls {
    env: Arc<dyn Env>,
    buckets: BTreeMap<Api, Mutex<Bucket>>,
}

impl Calls {
    /// With full buckets: AWS's are, or it says so.
    pub fn new(env: Arc<dyn Env>) -> Self {
        let now = env.elapsed();
        let buckets = Api::ALL.into_iter().map(|api| (api, Mutex::new(Bucket::new(api.limits(), now)))).collect();
        Self { env, buckets }
    }

    /// Makes `call`; `send` sends it, each time anew.
    ///
    /// # Errors
    /// What AWS said last, or that it would take too long until it may be asked.
    pub async fn make<T, E, F>(&self, call: Call, send: impl Fn() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let mut attempt = 1;
        loop {
            self.wait(call).await?;
            let fault = match send().await {
                Ok(done) => return Ok(done),
                Err(error) => Fault::of(&call.action(), &error),
            };
            tracing::debug!(
                call = fault.call,
                code = fault.code,
                message = fault.message,
                attempt,
                "AWS did not do it"
            );
            if fault.verdict == Verdict::Throttled {
                self.with(call.api, |bucket, now| bucket.throttled(now));
            }
            if attempt == TRIES || !may_repeat(call, &fault) {
                return Err(fault);
            }
            time::sleep(backoff(attempt, self.env.random())).await;
            attempt += 1;
        }
    }

    async fn wait(&self, call: Call) -> Result<(), Fault> {
        match self.with(call.api, |bucket, now| bucket.take(now, call.patience)) {
            Some(Err(wait)) => Err(Fault {
                call: call.action(),
                code: String::new(),
                message: format!("{} s until the next call may be made", wait.as_secs().max(1)),
                answered: true,
                verdict: Verdict::Throttled,
            }),
            Some(Ok(wait)) if !wait.is_zero() => {
                time::sleep(wait).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn with<T>(&self, api: Api, act: impl FnOnce(&mut Bucket, Duration) -> T) -> Option<T> {
        let mut bucket = self.buckets.get(&api)?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(act(&mut bucket, self.env.elapsed()))
    }
}

/// Whether the same call may be sent again at once. States change in seconds, not in a quarter of one: that is for the
/// next look.
fn may_repeat(call: Call, fault: &Fault) -> bool {
    match fault.verdict {
        Verdict::Throttled => true,
        Verdict::Later => call.repeatable && !fault.answered,
        Verdict::NoCapacity | Verdict::NotFound | Verdict::Refused => false,
    }
}

/// Between half and all of what doubles each time: those who failed together do not come back together.
fn backoff(attempt: u32, random: u64) -> Duration {
    let whole = BACKOFF * 2_u32.saturating_pow(attempt.saturating_sub(1));
    whole / 2 + whole / 2 * u32::try_from(random % 1024).unwrap_or_default() / 1024
}

impl From<&Call> for CloudError {
    fn from(call: &Call) -> Self {
        CloudError::Later(format!("{}: AWS gave an answer without what it was asked for", call.action()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(verdict: Verdict, answered: bool) -> Fault {
        Fault { call: String::new(), code: String::new(), message: String::new(), answered, verdict }
    }

    #[test]
    fn what_makes_something_each_time_is_not_repeated_after_a_lost_answer() {
        let (change, once) = (Call::change("CreateVolume"), Call::once("CreateSnapshot"));
        assert!(may_repeat(change, &fault(Verdict::Later, false)));
        assert!(!may_repeat(once, &fault(Verdict::Later, false)));
        assert!(may_repeat(once, &fault(Verdict::Throttled, true)), "it was not begun");
        assert!(!may_repeat(change, &fault(Verdict::Later, true)), "a state does not change at once");
        assert!(!may_repeat(change, &fault(Verdict::Refused, true)));
    }

    #[test]
    fn waits_double_and_never_vanish() {
        for attempt in 1..=TRIES {
            let whole = BACKOFF * 2_u32.pow(attempt - 1);
            for random in [0, 511, 1023, u64::MAX] {
                assert!((whole / 2..=whole).contains(&backoff(attempt, random)));
            }
        }
    }
}
