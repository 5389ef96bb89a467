//! `incidents`, `incident_notes` and `incident_requests`; and `live_incidents`, which is in no commit.
//!
//! What an incident is and what people did stands in commits. That its cause went away, came back and how often changes
//! with every flap: while it is open this stands in the live table, and the last of it is written down with its end.

use super::table::{Cells, Table, time};
use crate::{
    model::{By, Cause, DeploymentName, Incident, IncidentId, Note, Refusal, Severity},
    store::{IncidentQuery, IncidentRequest, StoreError},
};
use mysql_async::{Conn, Params, Row, Transaction, Value, prelude::*};
use std::collections::BTreeMap;

pub const TABLE: Table = Table {
    name: "incidents",
    columns: &[
        "id",
        "rule",
        "subject",
        "open_cause",
        "severity",
        "title",
        "description",
        "impact",
        "deployments",
        "runbook",
        "opened",
        "opened_by",
        "acknowledged",
        "acknowledged_by",
        "assignee",
        "resolved",
        "resolved_by",
        "returned",
    ],
    key: 1,
    deployment: None,
};

pub const NOTES: Table = Table {
    name: "incident_notes",
    columns: &["incident_id", "number", "written", "author", "note"],
    key: 2,
    deployment: None,
};

pub const REQUESTS: Table =
    Table { name: "incident_requests", columns: &["id", "incident_id", "digest"], key: 1, deployment: None };

/// More are never read at once: a console shows some hundreds, and a storm must not fill the memory.
const MOST: usize = 2_000;

/// Incidents, the newest first.
pub async fn read(connection: &mut Conn, query: &IncidentQuery) -> Result<Vec<Incident>, StoreError> {
    let (rest, params): (String, Params) = match query {
        IncidentQuery::Open { or_resolved_since: since } => {
            let rest = format!(
                "WHERE resolved IS NULL OR resolved >= ? ORDER BY resolved IS NULL DESC, opened DESC, id LIMIT {MOST}"
            );
            (rest, vec![time(*since)].into())
        }
        IncidentQuery::Newest(count) => {
            (format!("ORDER BY opened DESC, id LIMIT {}", (*count).min(MOST)), Params::Empty)
        }
        IncidentQuery::One(id) => ("WHERE id = ?".to_owned(), (id.as_str(),).into()),
    };
    let rows: Vec<Row> = connection.exec(TABLE.select("", &rest), params).await?;
    let mut found = rows.into_iter().map(incident).collect::<Result<Vec<_>, _>>()?;
    newest_first(&mut found);
    add_marks(connection, &mut found).await?;
    add_notes(connection, &mut found).await?;
    Ok(found)
}

/// Whether an id is safe in a text, as ours all are.
pub fn is_plain(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// What follows the table's name in a statement that takes no parameters.
pub fn rest(query: &IncidentQuery) -> String {
    match query {
        IncidentQuery::Open { .. } => format!("WHERE resolved IS NULL ORDER BY opened DESC, id LIMIT {MOST}"),
        IncidentQuery::Newest(count) => format!("ORDER BY opened DESC, id LIMIT {}", (*count).min(MOST)),
        IncidentQuery::One(id) if is_plain(id.as_str()) => format!("WHERE id = '{id}'"),
        IncidentQuery::One(_) => "LIMIT 0".to_owned(),
    }
}

/// The order in which they are told.
pub fn newest_first(found: &mut [Incident]) {
    found.sort_by(|a, b| (b.opened.at, &b.id).cmp(&(a.opened.at, &a.id)));
}

/// A row, without its notes.
pub fn incident(row: Row) -> Result<Incident, StoreError> {
    let mut cells = Cells::from(row);
    let subject = cells.take::<Option<String>>("subject")?.map(|name| name_of(&name)).transpose()?;
    let rule: Option<String> = cells.take("rule")?;
    let severity: String = cells.take("severity")?;
    let deployments: String = cells.take("deployments")?;
    let names = deployments.split(',').filter(|name| !name.is_empty());
    Ok(Incident {
        id: IncidentId::new(cells.take::<String>("id")?),
        cause: rule.map(|rule| Cause { rule, deployment: subject }),
        severity: severity.parse::<Severity>().map_err(|error| broken("severity", &error))?,
        title: cells.take("title")?,
        description: cells.take("description")?,
        impact: cells.take("impact")?,
        deployments: names.map(name_of).collect::<Result<_, _>>()?,
        runbook: cells.take("runbook")?,
        opened: By { at: cells.time("opened")?, who: cells.take("opened_by")? },
        acknowledged: by(&mut cells, "acknowledged", "acknowledged_by")?,
        assignee: cells.take("assignee")?,
        resolved: by(&mut cells, "resolved", "resolved_by")?,
        gone_since: None,
        returned: cells.take("returned")?,
        notes: Vec::new(),
    })
}

/// A row of the notes.
pub fn note(cells: &mut Cells) -> Result<Note, StoreError> {
    let by = By { at: cells.time("written")?, who: cells.take("author")? };
    Ok(Note { by, text: cells.take("note")? })
}

fn by(cells: &mut Cells, at: &str, who: &str) -> Result<Option<By>, StoreError> {
    let who = cells.take::<Option<String>>(who)?.unwrap_or_default();
    Ok(cells.time_or_null(at)?.map(|at| By { at, who }))
}

fn name_of(text: &str) -> Result<DeploymentName, StoreError> {
    text.parse().map_err(|error: Refusal| broken("deployments", &error))
}

fn broken(column: &str, error: &Refusal) -> StoreError {
    StoreError::Broken(format!("the column {column}: {error}"))
}

/// What is known of flapping goes over what stood in the commit.
async fn add_marks(connection: &mut Conn, found: &mut [Incident]) -> Result<(), StoreError> {
    if found.iter().all(Incident::is_resolved) {
        return Ok(());
    }
    let rows: Vec<Row> = connection.query("SELECT incident_id, gone_since, returned FROM live_incidents").await?;
    let mut marks = BTreeMap::new();
    for row in rows {
        let mut cells = Cells::from(row);
        marks.insert(
            cells.take::<String>("incident_id")?,
            (cells.time_or_null("gone_since")?, cells.take::<u32>("returned")?),
        );
    }
    for incident in found.iter_mut().filter(|incident| !incident.is_resolved()) {
        if let Some((gone_since, returned)) = marks.remove(incident.id.as_str()) {
            (incident.gone_since, incident.returned) = (gone_since, returned);
        }
    }
    Ok(())
}

async fn add_notes(connection: &mut Conn, found: &mut [Incident]) -> Result<(), StoreError> {
    // Thousands of names in one statement would make it too long.
    for some in found.chunks_mut(500) {
        let marks = vec!["?"; some.len()].join(", ");
        let sql = NOTES.select("", &format!("WHERE incident_id IN ({marks}) ORDER BY incident_id, number"));
        let ids: Vec<Value> = some.iter().map(|incident| incident.id.as_str().into()).collect();
        let rows: Vec<Row> = connection.exec(sql, ids).await?;
        let mut notes: BTreeMap<String, Vec<Note>> = BTreeMap::new();
        for row in rows {
            let mut cells = Cells::from(row);
            let note = note(&mut cells)?;
            notes.entry(cells.take("incident_id")?).or_default().push(note);
        }
        for incident in some {
            incident.notes = notes.remove(incident.id.as_str()).unwrap_or_default();
        }
    }
    Ok(())
}

/// Makes the incident's row say this, and adds the notes that are not there yet. Gives whether anything differed that
/// is in commits.
pub async fn put(transaction: &mut Transaction<'_>, wanted: &Incident) -> Result<bool, StoreError> {
    let key = wanted.id.as_str();
    let present = TABLE.find(transaction, (key,)).await?;
    let exists = present.is_some();
    let same = match present {
        Some(row) => values(&incident(row)?) == values(wanted),
        None => false,
    };
    if !same {
        TABLE.write(transaction, exists, values(wanted)).await?;
    }
    if wanted.is_resolved() {
        transaction.exec_drop("DELETE FROM live_incidents WHERE incident_id = ?", (key,)).await?;
    }
    let sql = "SELECT count(*) FROM incident_notes WHERE incident_id = ?";
    let there: Option<usize> = transaction.exec_first(sql, (key,)).await?;
    let there = there.unwrap_or_default();
    for (number, note) in wanted.notes.iter().enumerate().skip(there) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let row =
            vec![key.into(), number.into(), time(note.by.at), note.by.who.as_str().into(), note.text.as_str().into()];
        NOTES.write(transaction, false, row).await?;
    }
    Ok(!same || wanted.notes.len() > there)
}

/// Writes down whether an open incident's cause is away, and how often it came back. In no commit.
pub async fn mark(transaction: &mut Transaction<'_>, incident: &Incident) -> Result<(), StoreError> {
    let sql = "INSERT INTO live_incidents (incident_id, gone_since, returned) VALUES (?, ?, ?) \
               ON DUPLICATE KEY UPDATE gone_since = VALUES(gone_since), returned = VALUES(returned)";
    let row = (incident.id.as_str(), incident.gone_since.map_or(Value::NULL, time), incident.returned);
    Ok(transaction.exec_drop(sql, row).await?)
}

/// Writes down a new request.
///
/// # Errors
/// A conflict where its id is there already: it was asked for before.
pub async fn put_request(transaction: &mut Transaction<'_>, request: &IncidentRequest) -> Result<(), StoreError> {
    let row = vec![request.id.as_str().into(), request.incident.as_str().into(), request.digest.as_str().into()];
    REQUESTS.write(transaction, false, row).await
}

/// What was asked for under this id.
pub async fn request(connection: &mut Conn, id: &str) -> Result<Option<IncidentRequest>, StoreError> {
    let row: Option<Row> = connection.exec_first(REQUESTS.select("", "WHERE id = ?"), (id,)).await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::from(row);
    Ok(Some(IncidentRequest {
        id: cells.take("id")?,
        incident: IncidentId::new(cells.take::<String>("incident_id")?),
        digest: cells.take("digest")?,
    }))
}

fn values(incident: &Incident) -> Vec<Value> {
    let subject = incident.cause.as_ref().and_then(|cause| cause.deployment.as_ref());
    let open_cause = incident.cause.as_ref().filter(|_| !incident.is_resolved()).map(ToString::to_string);
    let names: Vec<&str> = incident.deployments.iter().map(DeploymentName::as_str).collect();
    let at = |by: &Option<By>| by.as_ref().map_or(Value::NULL, |by| time(by.at));
    let who = |by: &Option<By>| Value::from(by.as_ref().map(|by| by.who.as_str()));
    vec![
        incident.id.as_str().into(),
        incident.cause.as_ref().map(|cause| cause.rule.as_str()).into(),
        subject.map(DeploymentName::as_str).into(),
        open_cause.into(),
        incident.severity.as_str().into(),
        incident.title.as_str().into(),
        incident.description.as_str().into(),
        incident.impact.as_str().into(),
        names.join(",").into(),
        incident.runbook.as_deref().into(),
        time(incident.opened.at),
        incident.opened.who.as_str().into(),
        at(&incident.acknowledged),
        who(&incident.acknowledged),
        incident.assignee.as_deref().into(),
        at(&incident.resolved),
        who(&incident.resolved),
        incident.returned.into(),
    ]
}
