//! Final copies go when the time for which they are kept has passed, and with them the passwords that open them.

use super::executor::{Executor, StepError, gone_is_done};
use crate::{
    model::{RECONCILER, Record},
    store::{Edit, Landing, land},
};
use jiff::Timestamp;

/// Whether a deployment's final copy has been kept for long enough. One that is wanted again is not deleted.
fn is_over(record: &Record, now: Timestamp) -> bool {
    record.deleted && record.final_copy.is_some() && record.final_copy_until.is_some_and(|until| until <= now)
}

impl Executor {
    /// Ends what of `record` was kept for long enough; gives whether there was something.
    ///
    /// # Errors
    /// The cloud's, the store's, and a lost lease: it is tried again at the next resync.
    pub async fn end_retention(&self, record: &Record) -> Result<bool, StepError> {
        let (true, Some(copy)) = (is_over(record, self.env.now()), &record.final_copy) else { return Ok(false) };
        let fence = self.lease.fence().ok_or(StepError::NoLease)?;
        // The record first: a roll-back that lands after this no longer counts on the copy.
        land(self.store.as_ref(), |snapshot| {
            let Some(before) = snapshot.records.get(&record.id) else { return Ok::<_, StepError>(None) };
            if !is_over(before, self.env.now()) {
                return Err(StepError::Gone("final copy"));
            }
            let after = Record { final_copy: None, final_copy_until: None, ..before.clone() };
            Ok(Some(Landing {
                base: snapshot.commit.clone(),
                edits: vec![Edit::PutRecord(after)],
                author: RECONCILER.to_owned(),
                message: format!("End the retention of {}'s final copy", record.name),
                fence: Some(fence.clone()),
            }))
        })
        .await?;
        gone_is_done(self.cloud.destroy_copy(copy).await)?;
        self.secrets.remove(&format!("deployments/{}", record.id)).await?;
        Ok(true)
    }
}
