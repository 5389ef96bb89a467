//! Asks the public authority when it wants certificates renewed: it says so early when it has to revoke them.

use super::{Manager, lock};
use crate::model::{CertificateKind, Record};
use std::{sync::Arc, time::Duration};
use tokio::time;

/// The authority's own word is remembered for as long as it says, hours mostly; this is how soon a new certificate's is
/// asked for the first time.
const EVERY: Duration = Duration::from_secs(60);

impl Manager {
    pub(super) async fn ask_wishes(self: Arc<Self>) {
        loop {
            time::sleep(EVERY).await;
            if self.executor.lease.fence().is_none() {
                continue;
            }
            for record in self.with_public_certificates() {
                if self.executor.certificates.ask_wish(&record).await {
                    let now = self.executor.env.elapsed();
                    lock(&self.queue).ask(record.id, now);
                    self.due.notify_one();
                }
            }
        }
    }

    fn with_public_certificates(&self) -> Vec<Record> {
        let Some(snapshot) = lock(&self.snapshot).clone() else { return Vec::new() };
        let public = snapshot.desired.values().filter(|desired| desired.spec.certificate == CertificateKind::WebPki);
        public.filter_map(|desired| snapshot.records.get(&desired.id).cloned()).collect()
    }
}
