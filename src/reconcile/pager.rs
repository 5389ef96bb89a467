//! Pages people: the loop around `incidents::paging`, which decides.
//!
//! Each round: what is not needed any more is dropped, what is due is written down as tried, sent, and written down again
//! when it is answered.
//!
//! Guarantees
//! - Nothing is sent without the lease, and nothing before it was written down under it. A store that is away therefore
//!   pages nobody: what cannot be remembered would be sent again and again.
//! - One page at a time for an incident and a receiver: an acknowledge never overtakes its trigger, and a trigger never
//!   comes after the resolve.
//! - A receiver that hangs holds up no other.
//!
//! Caveat: see `incidents::paging` for an answer that is lost.

mod book;

use super::{events::Events, lease::LeaseKeeper};
use crate::{
    env::Env,
    incidents::paging::{
        self, Duty, Settings,
        retry::{self, Outcome},
        send::{Reply, Sender},
    },
    model::{Delivery, Incident, IncidentId, PageAction, PageState},
    store::{Fence, IncidentQuery, Store, StoreError, pages::Pages},
};
use book::Book;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time,
};

/// How often it is looked what is due: a level's time is told in minutes, a retry's in seconds.
const TICK: Duration = Duration::from_secs(1);

/// What a pager works with.
pub struct Parts {
    /// Where incidents are looked up that have been over for long.
    pub store: Arc<dyn Store>,
    /// Where pages are written down.
    pub pages: Arc<dyn Pages>,
    /// Incidents that are open or have just ended, now and as they change.
    pub incidents: watch::Receiver<Arc<Vec<Incident>>>,
    /// Who may send.
    pub lease: Arc<LeaseKeeper>,
    /// Time.
    pub env: Arc<dyn Env>,
    /// Where people see that somebody was paged.
    pub events: Arc<Events>,
    /// Who is told of what.
    pub settings: Arc<Settings>,
    /// How.
    pub sender: Sender,
}

/// Pages by the incident that they are about.
pub type ByIncident = BTreeMap<IncidentId, Vec<Delivery>>;

/// Pages people.
pub struct Pager {
    parts: Parts,
    /// Counts what was written down.
    changes: watch::Sender<u64>,
    /// What was read last: shown while the store is away.
    read: Mutex<Arc<ByIncident>>,
}

/// One try that has ended.
type Tried = (Delivery, Reply);

impl Pager {
    /// Ready; `run` begins.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self { parts, changes: watch::channel(0).0, read: Mutex::default() })
    }

    /// Who is told of what.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// Who is asked at each level now.
    pub fn on_call(&self) -> Vec<Duty> {
        paging::on_call(&self.parts.settings, self.parts.env.now())
    }

    /// Changes whenever what a page has come to was written down.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The pages about these incidents; while the store is away, as they were read last.
    pub async fn about(&self, incidents: &[IncidentId]) -> Arc<ByIncident> {
        match self.parts.pages.about(incidents).await {
            Ok(pages) => {
                let mut found = ByIncident::new();
                for page in pages {
                    found.entry(page.key.incident.clone()).or_default().push(page);
                }
                let found = Arc::new(found);
                *self.read.lock().unwrap_or_else(PoisonError::into_inner) = found.clone();
                found
            }
            Err(_) => self.read.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Sends a page that is about no incident of the store's, once, and writes nothing down.
    pub async fn test(&self, page: &Delivery, incident: &Incident) -> Reply {
        self.parts.sender.send(page, incident, self.parts.env.now()).await
    }

    /// Pages until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut incidents = self.parts.incidents.clone();
        let (mut book, mut sending) = (Book::default(), JoinSet::new());
        loop {
            tokio::select! {
                () = time::sleep(TICK) => {}
                // When the manager has gone, this loop goes with it: only the tick is left until then.
                Ok(()) = incidents.changed() => {}
                Some(ended) = sending.join_next(), if !sending.is_empty() => self.ended(ended, &mut book),
            }
            let Some(fence) = self.parts.lease.fence() else {
                // Another may page now. What is under way is not ours to write down any more.
                (book, sending) = (Book::default(), JoinSet::new());
                continue;
            };
            if let Err(error) = self.round(&fence, &mut book, &mut sending).await {
                tracing::warn!(%error, "pages wait for the store");
            }
        }
    }

    async fn round(
        self: &Arc<Self>,
        fence: &Fence,
        book: &mut Book,
        sending: &mut JoinSet<Tried>,
    ) -> Result<(), StoreError> {
        let now = self.parts.env.now();
        if !book.is_of(fence.epoch) {
            let pages = self.parts.pages.unsettled().await?;
            (*book, *sending) = (Book::of(fence.epoch, pages), JoinSet::new());
        }
        let incidents = self.known(book).await?;
        book.drop_moot(paging::moot(&incidents, &book.pages(), &self.parts.settings));
        self.write_ended(book, fence).await?;
        book.forget(&incidents);
        let due = paging::due(&incidents, &book.pages(), &self.parts.settings, now);
        let (written, begun) = book.plan(due, |page| retry::begun(page, now));
        if written.is_empty() {
            return Ok(());
        }
        self.parts.pages.write_down(&written, "", fence).await?;
        book.note(written);
        self.changes.send_modify(|count| *count += 1);
        for page in begun {
            let Some(incident) = incidents.iter().find(|it| it.id == page.key.incident).cloned() else { continue };
            book.send(&page);
            let pager = self.clone();
            sending.spawn(async move {
                let reply = pager.parts.sender.send(&page, &incident, pager.parts.env.now()).await;
                (page, reply)
            });
        }
        Ok(())
    }

    /// Incidents that the manager tells of, and those that have been over for longer and of which somebody was not told.
    async fn known(&self, book: &mut Book) -> Result<Vec<Incident>, StoreError> {
        let mut known: Vec<Incident> = self.parts.incidents.borrow().to_vec();
        for id in book.missing(&known) {
            let found = self.parts.store.incidents(IncidentQuery::One(id.clone())).await?.pop();
            // One that is nowhere is not asked for again.
            book.look_up(id, found);
        }
        known.extend(book.looked_up(&known));
        Ok(known)
    }

    /// A try has ended; what it came to is written down with the next round.
    fn ended(&self, ended: Result<Tried, JoinError>, book: &mut Book) {
        let (page, reply) = match ended {
            Ok(tried) => tried,
            Err(error) => {
                // Which it was is not known; it is due again when its time has passed, after this.
                tracing::error!(%error, "sending a page ended in a fault of this program");
                return book.all_ended();
            }
        };
        let done = retry::answered(&page, reply.outcome.clone(), self.parts.env.now());
        self.tell(&done, &reply);
        book.answer(done);
    }

    async fn write_ended(&self, book: &mut Book, fence: &Fence) -> Result<(), StoreError> {
        let ended = book.unwritten();
        if ended.is_empty() {
            return Ok(());
        }
        self.parts.pages.write_down(&ended, &message(&ended), fence).await?;
        book.written();
        self.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// People see whom it woke, and whom it could not reach.
    fn tell(&self, page: &Delivery, reply: &Reply) {
        let incidents = self.parts.incidents.borrow();
        let about = incidents.iter().find(|it| it.id == page.key.incident);
        let deployment = about.and_then(|it| it.deployments.first()).map_or("", |name| name.as_str());
        let words = words(page);
        match (&reply.outcome, page.state) {
            (Outcome::Taken, _) => self.parts.events.add(deployment, "page", format!("{words}: sent"), ""),
            (_, PageState::Waiting) => tracing::warn!(page = %page.key, said = reply.said, "a page was not taken yet"),
            (_, state) => {
                let text = format!("{words}: {} after {} tries: {}", state.as_str(), page.tries, reply.said);
                self.parts.events.add(deployment, "error", text, "");
            }
        }
    }
}

/// A page in words: `page op1 through duty about inc-…`.
fn words(page: &Delivery) -> String {
    let what = match page.key.action {
        PageAction::Trigger => "page",
        PageAction::Acknowledge => "acknowledge to",
        PageAction::Resolve => "resolve to",
    };
    let whom = match page.to.as_str() {
        "" => page.key.target.clone(),
        name => format!("{name} through {}", page.key.target),
    };
    format!("{what} {whom} about {}", page.key.incident)
}

/// The message of the commit that writes these down.
fn message(pages: &[Delivery]) -> String {
    if let [one] = pages {
        return format!("Page: {}: {}", words(one), one.state.as_str());
    }
    let mut text = format!("Pages: {}", pages.len());
    for page in pages {
        text.push_str(&format!("\n{}: {}", words(page), page.state.as_str()));
    }
    text
}
