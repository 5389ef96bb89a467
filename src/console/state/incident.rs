//! One incident: what happened around it, and what a person is about to do about it.
//!
//! Guarantees
//! - The cursor stays on its entry when the story is read anew; at first it is on the suspect, else on the beginning.
//! - Nothing is sent before its line was on the screen and Enter was pressed; a repeat of the same has the same id.

use crate::{
    console::state::{Ticket, list::List, loaded::Loaded, typed::Typed},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{
    CellChange, ChangeIncidentRequest, Incident, TimelineEntry, TimelineResponse, change_incident_request::Change,
};

/// What a person does about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// They have seen it.
    Acknowledge,
    /// They write something down.
    Note,
    /// Somebody else has it from now on.
    HandOver,
    /// It is over.
    Resolve,
    /// The story goes to a file or to the clipboard.
    Export,
}

/// What is about to be done: from its line to the answer.
#[derive(Clone, Debug)]
pub struct Acting {
    /// What.
    pub act: Act,
    /// What is typed with it.
    pub input: Typed,
    /// Names the answer, once it was sent, and since when it is awaited.
    pub sent: Option<(Ticket, i64)>,
    /// The last that was sent: the same again has its id.
    pub last: Option<ChangeIncidentRequest>,
    /// Why the last try did not go.
    pub problem: Option<Problem>,
}

impl Acting {
    /// Nothing was sent yet.
    pub fn new(act: Act, text: String) -> Self {
        Self { act, input: Typed::offered(text), sent: None, last: None, problem: None }
    }

    /// What is typed, without spaces around.
    pub fn text(&self) -> &str {
        self.input.value().trim()
    }

    /// What is asked of the control plane; none for an export.
    pub fn change(&self) -> Option<Change> {
        let text = self.text().to_owned();
        Some(match self.act {
            Act::Acknowledge => Change::Acknowledge(true),
            Act::Note => Change::Note(text),
            Act::HandOver => Change::HandOver(text),
            Act::Resolve => Change::Resolve(text),
            Act::Export => return None,
        })
    }

    /// Whether it can be sent.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn ready(&self) -> Result<(), String> {
        let empty = self.text().is_empty();
        match self.act {
            _ if self.sent.is_some() => Err("it was sent; the answer is awaited".to_owned()),
            Act::Note if empty => Err("type the note first".to_owned()),
            Act::HandOver if empty => Err("type who has it from now on".to_owned()),
            Act::Export if empty => Err("type a file's name".to_owned()),
            _ => Ok(()),
        }
    }
}

/// One incident's screen.
#[derive(Clone, Debug)]
pub struct Story {
    /// The incident as it was seen last.
    pub incident: Incident,
    /// What happened.
    pub timeline: Loaded<TimelineResponse>,
    /// When it was last asked for (Unix milliseconds).
    pub asked: i64,
    /// The cursor over its entries.
    pub list: List,
    /// The first line in view of the details.
    pub scroll: usize,
    /// What is about to be done.
    pub acting: Option<Acting>,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Story {
    /// Asked for just now.
    pub fn asked(incident: Incident, ticket: Ticket, now: i64) -> Self {
        Self {
            incident,
            timeline: Loaded::asked(now),
            asked: now,
            list: List::default(),
            scroll: 0,
            acting: None,
            ticket,
        }
    }

    /// What happened, oldest first.
    pub fn entries(&self) -> &[TimelineEntry] {
        self.timeline.value.as_ref().map_or(&[], |timeline| &timeline.entries)
    }

    /// The entry under the cursor.
    pub fn selected(&self) -> Option<&TimelineEntry> {
        self.entries().get(self.list.cursor())
    }

    /// The commit that changed one of its deployments last before it.
    pub fn suspect(&self) -> Option<&TimelineEntry> {
        let suspect = self.timeline.value.as_ref().map(|timeline| timeline.suspect.as_str())?;
        self.entries().iter().find(|entry| !suspect.is_empty() && entry.commit == suspect)
    }

    /// The deployment that a command acts on: the entry's, else the incident's first.
    pub fn deployment(&self) -> Option<&str> {
        let of_entry = self.selected().map(|entry| entry.deployment.as_str()).filter(|name| !name.is_empty());
        of_entry.or_else(|| self.incident.deployments.first().map(String::as_str))
    }

    /// The story has come, or not.
    pub fn set(&mut self, answer: Result<TimelineResponse, Problem>) {
        let kept = self.selected().map(identity);
        if let Some(incident) = answer.as_ref().ok().and_then(|timeline| timeline.incident.clone()) {
            self.incident = incident;
        }
        self.timeline.set(answer);
        let len = self.entries().len();
        let place = |wanted: &dyn Fn(&TimelineEntry) -> bool| self.entries().iter().position(wanted);
        if let Some(kept) = kept {
            // What has come before it moves what is in view, and not the row under one's eyes.
            let place = place(&|entry| identity(entry) == kept).unwrap_or(self.list.cursor());
            self.list.moved(len, place);
            return;
        }
        let suspect = self.suspect().map(identity);
        let opened = self.incident.opened_ms;
        let begins = place(&|entry| entry.kind == "incident" && entry.time_ms >= opened);
        let suspect = suspect.and_then(|suspect| place(&|entry| identity(entry) == suspect));
        self.list.set_len(len);
        if let Some(cursor) = suspect.or(begins) {
            self.list.open_on(cursor, begins.unwrap_or(cursor));
        }
    }

    /// The commit by which what the suspect changed is again as it was before: there is nothing left of it to take back.
    pub fn taken_back(&self) -> Option<&TimelineEntry> {
        let suspect = self.suspect()?;
        let after: Vec<&TimelineEntry> =
            self.entries().iter().skip_while(|entry| entry.commit != suspect.commit).skip(1).collect();
        let last = |cell: &CellChange| {
            let same = |it: &&CellChange| (&it.table, &it.key, &it.column) == (&cell.table, &cell.key, &cell.column);
            let changed = |entry: &&TimelineEntry| entry.changes.iter().find(same).map(|it| it.to == cell.from);
            let newest = after.iter().rev().find_map(|entry| Some((*entry, changed(entry)?)));
            newest.filter(|(_, as_before)| *as_before).map(|(entry, _)| entry)
        };
        suspect.changes.iter().map(last).collect::<Option<Vec<_>>>()?.into_iter().max_by_key(|entry| entry.time_ms)
    }
}

/// What tells an entry from all others.
fn identity(entry: &TimelineEntry) -> (i64, String, String, String, String) {
    let TimelineEntry { time_ms, kind, deployment, text, commit, .. } = entry;
    // A curve's words change as it goes on.
    let text = if kind == "metric" { entry.metric.clone() } else { text.clone() };
    (*time_ms, kind.clone(), deployment.clone(), text, commit.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(time_ms: i64, kind: &str, commit: &str) -> TimelineEntry {
        TimelineEntry { time_ms, kind: kind.into(), commit: commit.into(), ..TimelineEntry::default() }
    }

    #[test]
    fn the_cursor_begins_on_the_suspect_and_stays_on_its_entry() {
        let mut story = Story::asked(Incident { opened_ms: 50, ..Incident::default() }, Ticket(1), 0);
        let entries = vec![entry(10, "commit", "a"), entry(20, "commit", "b"), entry(50, "incident", "")];
        let timeline =
            |entries, suspect: &str| Ok(TimelineResponse { entries, suspect: suspect.into(), ..Default::default() });
        story.set(timeline(entries.clone(), "b"));
        assert_eq!(story.selected().map(|entry| entry.commit.as_str()), Some("b"));
        story.list.set_cursor(0);
        story.set(timeline([vec![entry(5, "step", "")], entries.clone()].concat(), "b"));
        assert_eq!(story.selected().map(|entry| entry.commit.as_str()), Some("a"));
        let mut story = Story::asked(Incident { opened_ms: 50, ..Incident::default() }, Ticket(1), 0);
        story.set(timeline(entries, ""));
        assert_eq!(story.selected().map(|entry| entry.kind.as_str()), Some("incident"));
    }

    #[test]
    fn the_suspect_is_taken_back_once_all_of_it_is_as_it_was() {
        let cell = |column: &str, from: &str, to: &str| CellChange {
            column: column.into(),
            from: Some(from.into()),
            to: Some(to.into()),
            ..CellChange::default()
        };
        let commit = |time_ms, commit: &str, changes: &[CellChange]| TimelineEntry {
            changes: changes.to_vec(),
            ..entry(time_ms, "commit", commit)
        };
        let by = |later: Vec<TimelineEntry>| {
            let mut story = Story::asked(Incident::default(), Ticket(1), 0);
            let first = commit(10, "a", &[cell("type", "small", "large"), cell("volume", "10", "20")]);
            let entries = [vec![first], later].concat();
            story.set(Ok(TimelineResponse { entries, suspect: "a".into(), ..Default::default() }));
            story.taken_back().map(|entry| entry.commit.clone())
        };
        let (kind, size) = (cell("type", "large", "small"), cell("volume", "20", "10"));
        assert_eq!(by(vec![]), None);
        assert_eq!(by(vec![commit(20, "b", std::slice::from_ref(&kind))]), None, "one of two");
        assert_eq!(by(vec![commit(20, "b", &[kind.clone(), size.clone()])]).as_deref(), Some("b"));
        let again = commit(30, "c", &[cell("type", "small", "large")]);
        assert_eq!(by(vec![commit(20, "b", &[kind, size]), again]), None, "and once more the other way");
    }
}
