//! What the pager has in memory: the pages of the store, and which of them are under way.
//!
//! No I/O. A book belongs to one epoch of the lease: who holds it anew reads the store again.

use crate::model::{Delivery, Epoch, Incident, IncidentId, PageKey};
use std::collections::{BTreeMap, BTreeSet};

/// Pages under way at once: a storm of incidents must not open a thousand connections.
const AT_ONCE: usize = 16;

/// See the module.
#[derive(Default)]
pub struct Book {
    epoch: Option<Epoch>,
    pages: BTreeMap<PageKey, Delivery>,
    /// Not in the store as they are here.
    unwritten: BTreeSet<PageKey>,
    /// Incident and receiver of each page that is under way.
    sending: BTreeSet<(IncidentId, String)>,
    /// Incidents that the manager does not tell of any more; `None`: they are nowhere.
    past: BTreeMap<IncidentId, Option<Incident>>,
}

fn lane(page: &Delivery) -> (IncidentId, String) {
    (page.key.incident.clone(), page.key.target.clone())
}

impl Book {
    /// What the store has.
    pub fn of(epoch: Epoch, pages: Vec<Delivery>) -> Self {
        let pages = pages.into_iter().map(|page| (page.key.clone(), page)).collect();
        Self { epoch: Some(epoch), pages, ..Self::default() }
    }

    /// Whether it is of this epoch.
    pub fn is_of(&self, epoch: Epoch) -> bool {
        self.epoch == Some(epoch)
    }

    /// All of it.
    pub fn pages(&self) -> Vec<Delivery> {
        self.pages.values().cloned().collect()
    }

    /// Incidents with pages that are not among `known` and were not looked up yet.
    pub fn missing(&self, known: &[Incident]) -> Vec<IncidentId> {
        let with_pages: BTreeSet<&IncidentId> = self.pages.keys().map(|key| &key.incident).collect();
        let is_known = |id: &IncidentId| known.iter().any(|it| it.id == *id) || self.past.contains_key(id);
        with_pages.into_iter().filter(|id| !is_known(id)).cloned().collect()
    }

    /// What the store has of one of those.
    pub fn look_up(&mut self, id: IncidentId, found: Option<Incident>) {
        self.past.insert(id, found);
    }

    /// What was looked up and is not among `known`. An incident that is told of again is not of the past.
    pub fn looked_up(&mut self, known: &[Incident]) -> Vec<Incident> {
        self.past.retain(|id, _| !known.iter().any(|it| it.id == *id));
        self.past.values().flatten().cloned().collect()
    }

    /// These are not needed any more; one that is under way is left until it is answered.
    pub fn drop_moot(&mut self, moot: Vec<Delivery>) {
        for page in moot.into_iter().filter(|page| !self.sending.contains(&lane(page))).collect::<Vec<_>>() {
            self.change(page);
        }
    }

    /// Of what is due: what is to be written down now, and what of it is to be sent. A new page whose receiver is busy with
    /// the same incident is written down with the others of its level and sent later.
    pub fn plan(&self, due: Vec<Delivery>, begin: impl Fn(&Delivery) -> Delivery) -> (Vec<Delivery>, Vec<Delivery>) {
        let (mut written, mut begun) = (Vec::new(), Vec::new());
        let mut busy = self.sending.clone();
        for page in due {
            if busy.len() < AT_ONCE && busy.insert(lane(&page)) {
                begun.push(begin(&page));
            } else if !self.pages.contains_key(&page.key) {
                written.push(page);
            }
        }
        written.extend(begun.iter().cloned());
        (written, begun)
    }

    /// These stand in the store now.
    pub fn note(&mut self, written: Vec<Delivery>) {
        self.pages.extend(written.into_iter().map(|page| (page.key.clone(), page)));
    }

    /// This one is under way.
    pub fn send(&mut self, page: &Delivery) {
        self.sending.insert(lane(page));
    }

    /// It was answered.
    pub fn answer(&mut self, page: Delivery) {
        self.sending.remove(&lane(&page));
        self.change(page);
    }

    /// Nothing is known of what was under way any more; each is due again when its time has passed.
    pub fn all_ended(&mut self) {
        self.sending.clear();
    }

    /// What is to be written down.
    pub fn unwritten(&self) -> Vec<Delivery> {
        self.unwritten.iter().filter_map(|key| self.pages.get(key)).cloned().collect()
    }

    /// It stands in the store now.
    pub fn written(&mut self) {
        self.unwritten.clear();
    }

    fn change(&mut self, page: Delivery) {
        self.unwritten.insert(page.key.clone());
        self.pages.insert(page.key.clone(), page);
    }
}
