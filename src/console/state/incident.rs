//! One incident: what happened around it, and what a person is about to do about it.
//!
//! Guarantees
//! - The cursor stays on its entry when the story is read anew; at first it is on the suspect, else on the beginning.
//! - Nothing is sent before its line was on the screen and Enter was pressed; a repeat of the same has the same id.

use crate::{
    console::state::{Ticket, list::List, loaded::Loaded},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{
    ChangeIncidentRequest, Incident, TimelineEntry, TimelineResponse, change_incident_request::Change,
};
use tui_input::Input;

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
    pub input: Input,
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
        Self { act, input: Input::new(text), sent: None, last: None, problem: None }
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
        self.list.set_len(self.entries().len());
        let place = |wanted: &dyn Fn(&TimelineEntry) -> bool| self.entries().iter().position(wanted);
        let place = match kept {
            Some(kept) => place(&|entry| identity(entry) == kept),
            None => {
                let suspect = self.suspect().map(identity);
                let opened = self.incident.opened_ms;
                let begins = place(&|entry| entry.kind == "incident" && entry.time_ms >= opened);
                suspect.and_then(|suspect| place(&|entry| identity(entry) == suspect)).or(begins)
            }
        };
        if let Some(place) = place {
            self.list.set_cursor(place);
        }
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
}
