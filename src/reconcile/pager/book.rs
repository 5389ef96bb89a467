//! What the pager has in memory: the pages of the store, and which of them are under way.
//!
//! No I/O. A book belongs to one epoch of the lease: who holds it anew reads the store again.

use crate::model::{Delivery, Epoch, Incident, IncidentId, PageAction, PageKey};
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

    /// Forgets what is over for everybody: the incident is resolved, whoever may have got a trigger was told so, and all of
    /// it stands in the store.
    pub fn forget(&mut self, known: &[Incident]) {
        for incident in known.iter().filter(|it| it.is_resolved()) {
            let of_it = |key: &PageKey| key.incident == incident.id;
            let pages: Vec<&Delivery> = self.pages.values().filter(|page| of_it(&page.key)).collect();
            let triggered = |page: &&&Delivery| page.key.action == PageAction::Trigger && page.may_have_arrived();
            let told: BTreeSet<&str> = pages
                .iter()
                .filter(|page| page.key.action == PageAction::Resolve)
                .map(|page| page.key.target.as_str())
                .collect();
            let over = pages.iter().all(|page| page.state.is_final())
                && pages.iter().filter(triggered).all(|page| told.contains(page.key.target.as_str()))
                && !self.unwritten.iter().any(of_it)
                && !self.sending.iter().any(|(id, _)| *id == incident.id);
            if over {
                self.pages.retain(|key, _| !of_it(key));
                self.past.remove(&incident.id);
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{By, PageState, Severity};
    use jiff::Timestamp;

    fn page(incident: &str, target: &str, action: PageAction, level: u32) -> Delivery {
        Delivery {
            key: PageKey { incident: IncidentId::new(incident), target: target.to_owned(), action, level },
            kind: "webhook".to_owned(),
            to: String::new(),
            state: PageState::Waiting,
            tries: 0,
            asked: Timestamp::UNIX_EPOCH,
            due: Timestamp::UNIX_EPOCH,
            tried: None,
            error: String::new(),
        }
    }

    fn begin(page: &Delivery) -> Delivery {
        Delivery { tries: page.tries + 1, ..page.clone() }
    }

    /// A trigger that hangs must not be overtaken by its acknowledge: it could arrive after it.
    #[test]
    fn one_page_at_a_time_for_an_incident_and_a_receiver() {
        let mut book = Book::of(Epoch(1), Vec::new());
        let trigger = page("a", "duty", PageAction::Trigger, 0);
        let (written, begun) = book.plan(vec![trigger.clone()], begin);
        assert_eq!((written.len(), begun.len(), begun[0].tries), (1, 1, 1));
        book.note(written);
        book.send(&begun[0]);

        let others = vec![
            page("a", "duty", PageAction::Acknowledge, 0),
            page("a", "all", PageAction::Acknowledge, 0),
            page("b", "duty", PageAction::Trigger, 0),
        ];
        let (written, begun) = book.plan(others, begin);
        assert_eq!(written.len(), 3, "all of them are remembered");
        let begun: Vec<String> = begun.iter().map(|page| page.key.to_string()).collect();
        assert_eq!(begun, ["a/all/acknowledge/0", "b/duty/trigger/0"]);
        book.note(written);

        book.answer(Delivery { state: PageState::Sent, ..begin(&trigger) });
        assert_eq!(book.unwritten().len(), 1);
        let (_, begun) = book.plan(vec![page("a", "duty", PageAction::Acknowledge, 0)], begin);
        assert_eq!(begun.len(), 1, "now it is its turn");
    }

    #[test]
    fn a_storm_is_sent_in_its_turn_and_forgotten_by_nobody() {
        let book = Book::of(Epoch(1), Vec::new());
        let storm = (0..100).map(|number| page(&format!("inc-{number}"), "duty", PageAction::Trigger, 0)).collect();
        let (written, begun) = book.plan(storm, begin);
        assert_eq!((written.len(), begun.len()), (100, AT_ONCE));
    }

    /// The answer of one that is under way is still to come: it may be the one that says it was taken.
    #[test]
    fn what_is_under_way_is_not_dropped() {
        let mut book = Book::of(Epoch(1), vec![page("a", "duty", PageAction::Trigger, 0)]);
        book.send(&page("a", "duty", PageAction::Trigger, 0));
        let dropped = Delivery { state: PageState::Dropped, ..page("a", "duty", PageAction::Trigger, 0) };
        book.drop_moot(vec![dropped.clone()]);
        assert!(book.unwritten().is_empty());
        book.answer(page("a", "duty", PageAction::Trigger, 0));
        book.drop_moot(vec![dropped]);
        assert_eq!(book.unwritten()[0].state, PageState::Dropped);
    }

    #[test]
    fn what_is_over_for_everybody_is_forgotten_and_nothing_sooner() {
        let by = By { at: Timestamp::UNIX_EPOCH, who: "op1".to_owned() };
        let incident = Incident {
            id: IncidentId::new("a"),
            cause: None,
            severity: Severity::Critical,
            title: String::new(),
            description: String::new(),
            impact: String::new(),
            deployments: Vec::new(),
            runbook: None,
            opened: by.clone(),
            acknowledged: None,
            assignee: None,
            resolved: Some(by),
            gone_since: None,
            returned: 0,
            notes: Vec::new(),
        };
        let sent = |action| Delivery { state: PageState::Sent, tries: 1, ..page("a", "duty", action, 0) };
        let mut book = Book::of(Epoch(1), vec![sent(PageAction::Trigger)]);
        book.forget(std::slice::from_ref(&incident));
        assert_eq!(book.pages().len(), 1, "its end was not told");
        book.answer(sent(PageAction::Resolve));
        book.forget(std::slice::from_ref(&incident));
        assert_eq!(book.pages().len(), 2, "that it was is not written down");
        book.written();
        book.forget(&[incident]);
        assert!(book.pages().is_empty());
    }

    #[test]
    fn an_incident_of_the_past_is_looked_up_once() {
        let mut book = Book::of(Epoch(1), vec![page("a", "duty", PageAction::Trigger, 0)]);
        assert_eq!(book.missing(&[]), [IncidentId::new("a")]);
        book.look_up(IncidentId::new("a"), None);
        assert!(book.missing(&[]).is_empty() && book.looked_up(&[]).is_empty());
    }
}
