//! What was ordered in the last week, whatever process ordered it.
//!
//! It stands among the secrets, which outlive the control plane's machine just as the account does whose limits it counts:
//! the deployments' records know only the certificate that each has now, and nothing of an order that failed or of a
//! deployment that is gone. One entry a day, so that none outgrows what a secret store takes (64 KiB: some 500 orders).
//!
//! An order is written down before it is made: a crash makes the count too high and never too low.

use super::limits::{self, NotBefore, Ordered, Outcome, WEEK};
use crate::{
    certificates::public::Renewal,
    env::Env,
    secrets::{Secret, SecretError, Secrets},
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Days whose orders may still count: the week, and the one that began in its middle.
const DAYS: i64 = 8;

/// Days have places in turn, so that nothing has to be cleared away. As many as [`DAYS`] would do; twice that keeps what an
/// operator may want to see.
const PLACES: i64 = 16;

/// The orders of one account.
pub struct Ledger {
    secrets: Arc<dyn Secrets>,
    env: Arc<dyn Env>,
    prefix: String,
    /// Read, decided and written by one order at a time.
    turn: Mutex<()>,
}

impl Ledger {
    /// The orders that are kept under the secret `prefix`.
    pub fn new(secrets: Arc<dyn Secrets>, env: Arc<dyn Env>, prefix: String) -> Self {
        Self { secrets, env, prefix, turn: Mutex::new(()) }
    }

    /// Writes down that `names` are about to be ordered, unless a limit forbids it.
    ///
    /// # Errors
    /// The limit's, in the inner result; the secrets' own, in the outer.
    pub async fn begin(
        &self,
        mut names: Vec<String>,
        renewal: Renewal,
        per_week: u32,
    ) -> Result<Result<Ordered, NotBefore>, SecretError> {
        let _turn = self.turn.lock().await;
        names.sort();
        let now = self.env.now();
        if let Err(wait) = limits::may_order(&self.week(now).await?, &names, renewal, per_week, now) {
            return Ok(Err(wait));
        }
        let order = Ordered { at: now, names, outcome: Outcome::Open, renewal };
        let mut day = self.day(now).await?;
        day.push(order.clone());
        self.keep(now, &day).await?;
        Ok(Ok(order))
    }

    /// Why `names` could not be ordered now for the first time; none: they could.
    ///
    /// # Errors
    /// The secrets' own.
    pub async fn hindrance(&self, names: &[String], per_week: u32) -> Result<Option<NotBefore>, SecretError> {
        let _turn = self.turn.lock().await;
        let now = self.env.now();
        Ok(limits::may_order(&self.week(now).await?, names, Renewal::New, per_week, now).err())
    }

    /// Writes down what has become of `order`.
    ///
    /// # Errors
    /// The secrets' own.
    pub async fn end(&self, order: &Ordered, outcome: Outcome) -> Result<(), SecretError> {
        let _turn = self.turn.lock().await;
        let mut day = self.day(order.at).await?;
        if let Some(kept) = day.iter_mut().find(|kept| *kept == order) {
            kept.outcome = outcome;
        }
        self.keep(order.at, &day).await
    }

    async fn week(&self, now: Timestamp) -> Result<Vec<Ordered>, SecretError> {
        let mut all = Vec::new();
        for days in 0..DAYS {
            let Ok(day) = now.checked_sub(SignedDuration::from_hours(24 * days)) else { continue };
            all.extend(self.day(day).await?);
        }
        all.retain(|order| now.duration_since(order.at) < WEEK);
        Ok(all)
    }

    async fn day(&self, time: Timestamp) -> Result<Vec<Ordered>, SecretError> {
        let name = self.name(time);
        let Some(text) = self.secrets.get(&name).await? else { return Ok(Vec::new()) };
        let wrong = |error: serde_json::Error| SecretError { name, what: "read", why: error.to_string() };
        let mut orders: Vec<Ordered> = serde_json::from_str(text.reveal()).map_err(wrong)?;
        // What the place held the last time it was this day's turn.
        orders.retain(|order| number(order.at) == number(time));
        Ok(orders)
    }

    async fn keep(&self, time: Timestamp, day: &[Ordered]) -> Result<(), SecretError> {
        let name = self.name(time);
        let text = serde_json::to_string(day).map_err(|error| SecretError {
            name: name.clone(),
            what: "kept",
            why: error.to_string(),
        })?;
        self.secrets.put(&name, &Secret::new(text)).await
    }

    fn name(&self, time: Timestamp) -> String {
        format!("{}/{}", self.prefix, number(time).rem_euclid(PLACES))
    }
}

/// The day's number.
fn number(time: Timestamp) -> i64 {
    time.as_second().div_euclid(24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{env::System, secrets::folder::Folder};

    fn ledger(folder: &tempfile::TempDir) -> Ledger {
        Ledger::new(Arc::new(Folder::new(folder.path())), Arc::new(System::new()), "acme/orders".to_owned())
    }

    fn names() -> Vec<String> {
        vec!["orders.doltops.test".to_owned()]
    }

    /// The process dies after each order: another one knows of them all.
    #[tokio::test]
    async fn limits_survive_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = ledger(&folder).begin(names(), Renewal::New, 2).await.expect("kept").expect("allowed");
        ledger(&folder).begin(names(), Renewal::New, 2).await.expect("kept").expect("allowed");
        let refused = ledger(&folder).begin(names(), Renewal::New, 2).await.expect("read").expect_err("the limit");
        assert_eq!(refused.until, first.at + WEEK);
        ledger(&folder).begin(names(), Renewal::Due, 2).await.expect("kept").expect("renewals are exempt");
        ledger(&folder).end(&first, Outcome::Failed).await.expect("kept");
        ledger(&folder).begin(names(), Renewal::New, 2).await.expect("kept").expect("one of them was not signed");
    }
}
