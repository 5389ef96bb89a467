//! Main, or desired state, at one commit.
//!
//! Everything is read `AS OF` that commit, in the text protocol: a prepared statement cannot, and a database named
//! `db/COMMIT` would stay in the session's memory for each commit that was looked at. So the reads agree with one
//! another without a transaction, whatever happens to main meanwhile.

use super::{deployments, error, records, schema, settings};
use crate::{
    model::{CommitHash, DeploymentId, Desired, Record, Settings},
    store::StoreError,
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

/// The same, without looking whether the commit has it.
pub async fn read_desired(
    connection: &mut Conn,
    at: &CommitHash,
) -> Result<BTreeMap<DeploymentId, Desired>, StoreError> {
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

/// Every deployment's record at a commit of main.
pub async fn read_records(
    connection: &mut Conn,
    at: &CommitHash,
) -> Result<BTreeMap<DeploymentId, Record>, StoreError> {
    let rows: Vec<Row> = connection.query(records::TABLE.select(&as_of(at), "")).await?;
    rows.into_iter().map(|row| records::read(row).map(|record| (record.id.clone(), record))).collect()
}

/// A hash is safe in a text: it has only digits and letters.
fn as_of(commit: &CommitHash) -> String {
    format!(" AS OF '{commit}'")
}
