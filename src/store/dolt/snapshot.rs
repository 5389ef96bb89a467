//! Main, or desired state, at one commit.
//!
//! Everything is read `AS OF` that commit, in the text protocol: a prepared statement cannot, and a database named
//! `db/COMMIT` would stay in the session's memory for each commit that was looked at. So the reads agree with one
//! another without a transaction, whatever happens to main meanwhile.
//!
//! From one snapshot to the next only the rows that differ are read: what a commit costs its readers follows the size of
//! the commit, not that of the fleet. Dolt itself says which rows those are, so a commit made by hand is seen too.

use super::{
    deployments, error, records, schema, settings,
    table::{Cells, Table},
};
use crate::{
    model::{CommitHash, DeploymentId, Desired, Record, Settings},
    store::{Snapshot, StoreError},
};
use mysql_async::{Conn, Row, prelude::*};
use std::collections::BTreeMap;

/// What was desired at a commit of main.
///
/// # Errors
/// The commit is from before the present shape of the desired tables.
pub async fn desired(connection: &mut Conn, at: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError> {
    let version = match schema::version(connection, &as_of(at)).await {
        Ok(version) => version,
        Err(error) if error::code(&error) == Some(error::NO_TABLE) => 0,
        Err(error) => return Err(error.into()),
    };
    if version < schema::DESIRED_SINCE {
        return Err(StoreError::OldSchema {
            commit: at.to_string(),
            what: format!("its schema is version {version}, and {} is needed", schema::DESIRED_SINCE),
        });
    }
    read_desired(connection, at).await
}

/// What is desired and what is known, by deployment.
pub type State = (BTreeMap<DeploymentId, Desired>, BTreeMap<DeploymentId, Record>);

/// Everything at a commit of main.
pub async fn read(connection: &mut Conn, at: &CommitHash) -> Result<State, StoreError> {
    let desired = read_desired(connection, at).await?;
    let rows: Vec<Row> = connection.query(records::TABLE.select(&as_of(at), "")).await?;
    let records = rows.into_iter().map(|row| records::read(row).map(|record| (record.id.clone(), record)));
    Ok((desired, records.collect::<Result<_, _>>()?))
}

/// Everything at a commit of main, from what was read at an earlier one.
pub async fn advance(connection: &mut Conn, earlier: &Snapshot, at: &CommitHash) -> Result<State, StoreError> {
    let (mut desired, mut records) = (earlier.desired.clone(), earlier.records.clone());
    for change in changes(connection, &deployments::TABLE, &earlier.commit, at).await? {
        match change {
            Change::Gone(mut key) => _ = desired.remove(&DeploymentId::new(key.take::<String>("from_id")?)),
            Change::There(row) => {
                let mut one = deployments::read(row, Settings::default())?;
                if let Some(before) = desired.remove(&one.id) {
                    one.spec.settings = before.spec.settings;
                }
                desired.insert(one.id.clone(), one);
            }
        }
    }
    for change in changes(connection, &settings::TABLE, &earlier.commit, at).await? {
        let (id, name, value) = match change {
            Change::Gone(mut key) => {
                let id = DeploymentId::new(key.take::<String>("from_deployment_id")?);
                (id, key.take::<String>("from_name")?, None)
            }
            Change::There(row) => {
                let (id, (name, value)) = settings::read(row)?;
                (id, name, Some(value))
            }
        };
        // Those of a deployment that has gone go with it.
        let Some(one) = desired.get_mut(&id) else { continue };
        let mut map = one.spec.settings.as_map().clone();
        match value {
            Some(value) => _ = map.insert(name, value),
            None => _ = map.remove(&name),
        }
        one.spec.settings = Settings::stored(map);
    }
    for change in changes(connection, &records::TABLE, &earlier.commit, at).await? {
        match change {
            Change::Gone(mut key) => _ = records.remove(&DeploymentId::new(key.take::<String>("from_id")?)),
            Change::There(row) => {
                let record = records::read(row)?;
                records.insert(record.id.clone(), record);
            }
        }
    }
    Ok((desired, records))
}

/// A row that differs.
enum Change {
    /// It is there, like this.
    There(Row),
    /// It is not any more; its key stands in columns `from_…`.
    Gone(Cells),
}

async fn changes(
    connection: &mut Conn,
    table: &Table,
    from: &CommitHash,
    to: &CommitHash,
) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<Row> = connection.query(table.select_changed(from, to)).await?;
    let gone = |row: &Row| row.get::<String, _>("diff_type").as_deref() == Some("removed");
    Ok(rows.into_iter().map(|row| if gone(&row) { Change::Gone(row.into()) } else { Change::There(row) }).collect())
}

async fn read_desired(connection: &mut Conn, at: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError> {
    let rows: Vec<Row> = connection.query(settings::TABLE.select(&as_of(at), "")).await?;
    let mut settings: BTreeMap<DeploymentId, BTreeMap<String, String>> = BTreeMap::new();
    for row in rows {
        let (id, (name, value)) = settings::read(row)?;
        settings.entry(id).or_default().insert(name, value);
    }
    let rows: Vec<Row> = connection.query(deployments::TABLE.select(&as_of(at), "")).await?;
    let mut desired = BTreeMap::new();
    for row in rows {
        let mut one = deployments::read(row, Settings::default())?;
        one.spec.settings = Settings::stored(settings.remove(&one.id).unwrap_or_default());
        desired.insert(one.id.clone(), one);
    }
    Ok(desired)
}

/// A hash is safe in a text: it has only digits and letters.
fn as_of(commit: &CommitHash) -> String {
    format!(" AS OF '{commit}'")
}
