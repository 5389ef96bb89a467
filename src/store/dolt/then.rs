//! Main as it was at a commit, whatever schema it had then.
//!
//! Guarantees
//! - A column that a later migration added reads as the migration filled it in for the rows that were there; a table that
//!   was not there yet is empty. Both are told by the migrations' own text, so they cannot drift from it.
//! - Nothing of a `live_` table is told: it is in no commit.
//!
//! Everything is read `AS OF` the commit in the text protocol; see `snapshot` for why.

use super::{
    deployments, error, incidents, records, schema, settings,
    table::{Cells, Table},
};
use crate::{
    model::{CommitHash, DeploymentId, Incident, Settings},
    store::{IncidentQuery, StoreError},
};
use mysql_async::{Conn, Row, prelude::*};
use std::collections::BTreeMap;

/// One commit, and the schema that it has.
pub struct Then<'a> {
    commit: &'a CommitHash,
    version: u32,
}

impl<'a> Then<'a> {
    /// Looks which schema the commit has; 0: none yet.
    pub async fn open(connection: &mut Conn, commit: &'a CommitHash) -> Result<Self, StoreError> {
        let version = match schema::version(connection, &as_of(commit)).await {
            Ok(version) => version,
            Err(error) if error::code(&error) == Some(error::NO_TABLE) => 0,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { commit, version })
    }

    /// What was desired, and what was known for good.
    pub async fn state(&self, connection: &mut Conn) -> Result<super::snapshot::State, StoreError> {
        let mut set: BTreeMap<DeploymentId, BTreeMap<String, String>> = BTreeMap::new();
        for row in self.rows(connection, &settings::TABLE, "").await? {
            let (id, (name, value)) = settings::read(row)?;
            set.entry(id).or_default().insert(name, value);
        }
        let mut desired = BTreeMap::new();
        for row in self.rows(connection, &deployments::TABLE, "").await? {
            let mut one = deployments::read(row, Settings::default())?;
            one.spec.settings = Settings::stored(set.remove(&one.id).unwrap_or_default());
            desired.insert(one.id.clone(), one);
        }
        let rows = self.rows(connection, &records::TABLE, "").await?;
        let records = rows.into_iter().map(|row| records::read(row).map(|record| (record.id.clone(), record)));
        Ok((desired, records.collect::<Result<_, _>>()?))
    }

    /// Incidents with their notes, the newest first.
    pub async fn incidents(&self, connection: &mut Conn, query: &IncidentQuery) -> Result<Vec<Incident>, StoreError> {
        let rows = self.rows(connection, &incidents::TABLE, &incidents::rest(query)).await?;
        let mut found = rows.into_iter().map(incidents::incident).collect::<Result<Vec<_>, _>>()?;
        incidents::newest_first(&mut found);
        let ids = found.iter().map(|incident| incident.id.as_str()).filter(|id| incidents::is_plain(id));
        let ids: Vec<String> = ids.map(|id| format!("'{id}'")).collect();
        if ids.is_empty() {
            return Ok(found);
        }
        let rest = format!("WHERE incident_id IN ({}) ORDER BY incident_id, number", ids.join(", "));
        for row in self.rows(connection, &incidents::NOTES, &rest).await? {
            let mut cells = Cells::from(row);
            let (note, of) = (incidents::note(&mut cells)?, cells.take::<String>("incident_id")?);
            if let Some(incident) = found.iter_mut().find(|incident| incident.id.as_str() == of) {
                incident.notes.push(note);
            }
        }
        Ok(found)
    }

    async fn rows(&self, connection: &mut Conn, table: &Table, rest: &str) -> Result<Vec<Row>, StoreError> {
        if self.version < schema::since(table.name) {
            return Ok(Vec::new());
        }
        let columns = table.columns.iter().map(|column| match schema::added(table.name, column) {
            Some((since, before)) if self.version < since => format!("{before} AS {column}"),
            _ => (*column).to_owned(),
        });
        let columns: Vec<String> = columns.collect();
        let sql = format!("SELECT {} FROM {}{} {rest}", columns.join(", "), table.name, as_of(self.commit));
        Ok(connection.query(sql).await?)
    }
}

/// A hash is safe in a text: it has only digits and letters.
fn as_of(commit: &CommitHash) -> String {
    format!(" AS OF '{commit}'")
}
