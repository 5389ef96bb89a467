//! What people do to an incident: open, acknowledge, note, hand over, resolve.
//!
//! Guarantees
//! - Nothing that was written is changed: notes are only added, and whoever acknowledged first stays.
//! - An incident that a rule opened is not resolved by a word while its cause is there: it would open again at once,
//!   and page once more. Acknowledging is what ends the paging.
//! - Every text has a bound: it stands in a table and in a commit for ever.

use crate::model::{By, DeploymentName, Incident, IncidentId, Note, Refusal, Severity};

/// A title is a line: it stands in lists, pages and commits.
pub const LONGEST_TITLE: usize = 200;
/// What it means for users takes some sentences.
pub const LONGEST_IMPACT: usize = 1_000;
/// A page of text.
pub const LONGEST_DESCRIPTION: usize = 4_000;
/// Half a page; who has more to say writes two.
pub const LONGEST_NOTE: usize = 2_000;
/// A person's name or address.
pub const LONGEST_NAME: usize = 100;
/// More deployments are an incident of the whole fleet: none is named then.
pub const MOST_DEPLOYMENTS: usize = 50;
/// A long night has fewer; more is a program that writes in a circle.
pub const MOST_NOTES: usize = 500;

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Ask {
    /// The support form.
    Open {
        /// Which deployments; none: it is about the control plane or everything.
        deployments: Vec<String>,
        /// How bad.
        severity: String,
        /// What it means for those who use it.
        impact: String,
        /// What is wrong, in a line.
        title: String,
        /// What is wrong, at length.
        description: String,
    },
    /// I have seen it.
    Acknowledge,
    /// Something to know.
    Note(String),
    /// Somebody else has it from now on.
    HandOver(String),
    /// It is over; what was the matter, or nothing.
    Resolve(String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The incident after it.
    pub incident: Incident,
    /// What happened, in a line: for the commit and the event.
    pub message: String,
}

/// Opens an incident under the name `id`. `is_there` tells whether there is a deployment of that name.
///
/// # Errors
/// Names the field that is wrong.
pub fn open(ask: &Ask, id: IncidentId, by: By, is_there: impl Fn(&DeploymentName) -> bool) -> Result<Told, Refusal> {
    let Ask::Open { deployments, severity, impact, title, description } = ask else {
        return Err(Refusal::invalid("id", "an incident is needed for this: see doltops incidents"));
    };
    let title = line("title", title, LONGEST_TITLE)?;
    if deployments.len() > MOST_DEPLOYMENTS {
        let what = format!("at most {MOST_DEPLOYMENTS}; name none where it is about all of them");
        return Err(Refusal::invalid("deployments", what));
    }
    let mut names: Vec<DeploymentName> = Vec::new();
    for name in deployments {
        let shown: String = name.chars().take(80).flat_map(char::escape_default).collect();
        let parsed = name.parse().ok().filter(|name| is_there(name));
        let known = parsed.ok_or_else(|| {
            Refusal::invalid("deployments", format!("there is no deployment {shown}: see doltops list"))
        })?;
        if !names.contains(&known) {
            names.push(known);
        }
    }
    let incident = Incident {
        cause: None,
        severity: severity.parse::<Severity>()?,
        description: text("description", description, LONGEST_DESCRIPTION)?,
        impact: text("impact", impact, LONGEST_IMPACT)?,
        deployments: names,
        runbook: None,
        opened: by,
        acknowledged: None,
        assignee: None,
        resolved: None,
        gone_since: None,
        returned: 0,
        notes: Vec::new(),
        title,
        id,
    };
    let message = format!("Incident {} opened: {}", incident.id, incident.title);
    Ok(Told { incident, message })
}

/// What `ask` makes of an incident.
///
/// # Errors
/// Names the field that is wrong, or what forbids it.
pub fn change(ask: &Ask, mut incident: Incident, by: By) -> Result<Told, Refusal> {
    let id = incident.id.clone();
    if incident.is_resolved() && !matches!(ask, Ask::Note(_)) {
        return Err(Refusal::forbidden(format!("{id} is resolved"), "add a note, or open another"));
    }
    let message = match ask {
        Ask::Open { .. } => return Err(Refusal::invalid("id", "an incident that is opened has no name yet")),
        Ask::Acknowledge => {
            incident.assignee.get_or_insert_with(|| by.who.clone());
            incident.acknowledged.get_or_insert(by);
            format!("Incident {id} acknowledged")
        }
        Ask::Note(note) => {
            let note = filled("note", note, LONGEST_NOTE)?;
            write(&mut incident, by, note)?;
            format!("Incident {id} noted")
        }
        Ask::HandOver(to) => {
            let to = line("hand_over", to, LONGEST_NAME)?;
            write(&mut incident, by, format!("Handed over to {to}"))?;
            incident.assignee = Some(to.clone());
            format!("Incident {id} handed over to {to}")
        }
        Ask::Resolve(why) => {
            let why = text("resolve", why, LONGEST_NOTE)?;
            if incident.cause.is_some() && incident.gone_since.is_none() {
                return Err(Refusal::forbidden(
                    format!("the cause of {id} is still there: {}", incident.title),
                    "acknowledge it: it resolves by itself when its cause is gone; a rule can be switched off in [incidents]",
                ));
            }
            if !why.is_empty() {
                write(&mut incident, by.clone(), why)?;
            }
            incident.resolved = Some(by);
            incident.gone_since = None;
            format!("Incident {id} resolved")
        }
    };
    Ok(Told { incident, message })
}

fn write(incident: &mut Incident, by: By, text: String) -> Result<(), Refusal> {
    if incident.notes.len() >= MOST_NOTES {
        return Err(Refusal::forbidden(format!("{} has {MOST_NOTES} notes", incident.id), "write elsewhere"));
    }
    incident.notes.push(Note { by, text });
    Ok(())
}

/// A text that must say something, in one line.
fn line(field: &str, given: &str, longest: usize) -> Result<String, Refusal> {
    let text = filled(field, given, longest)?;
    if text.chars().any(char::is_control) {
        return Err(Refusal::invalid(field, "it is one line, without control characters"));
    }
    Ok(text)
}

/// A text that must say something.
fn filled(field: &str, given: &str, longest: usize) -> Result<String, Refusal> {
    let text = text(field, given, longest)?;
    if text.is_empty() { Err(Refusal::invalid(field, "it says nothing")) } else { Ok(text) }
}

/// A text, without the white space around it.
fn text(field: &str, given: &str, longest: usize) -> Result<String, Refusal> {
    let text = given.trim();
    match text.chars().count() {
        count if count > longest => {
            Err(Refusal::invalid(field, format!("it has {count} characters, and at most {longest} are kept")))
        }
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
