//! `operations`: what was asked for, by whom, and why.

use super::table::{Cells, Table, time};
use crate::{
    model::{CommitHash, DeploymentId, Operation, OperationId},
    store::StoreError,
};
use mysql_async::{Conn, Row, Transaction, Value, prelude::*};
use std::collections::HashMap;

pub const TABLE: Table = Table {
    name: "operations",
    columns: &["id", "deployment_id", "kind", "summary", "author", "asked", "reason", "request"],
    key: 1,
    deployment: Some("deployment_id"),
};

/// A row.
pub fn read(row: Row) -> Result<Operation, StoreError> {
    let mut cells = Cells::from(row);
    Ok(Operation {
        id: OperationId::new(cells.take::<String>("id")?),
        deployment: cells.take::<Option<String>>("deployment_id")?.map(DeploymentId::new),
        kind: cells.take("kind")?,
        summary: cells.take("summary")?,
        author: cells.take("author")?,
        asked: cells.time("asked")?,
        reason: cells.take("reason")?,
        request: cells.take("request")?,
    })
}

/// The operations that these commits wrote down, in their order.
pub async fn of(
    connection: &mut Conn,
    written: Vec<(OperationId, CommitHash)>,
) -> Result<Vec<(Operation, CommitHash)>, StoreError> {
    if written.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; written.len()].join(", ");
    let sql = TABLE.select("", &format!("WHERE id IN ({marks})"));
    let ids: Vec<Value> = written.iter().map(|(id, _)| id.as_str().into()).collect();
    let rows: Vec<Row> = connection.exec(sql, ids).await?;
    let read = rows.into_iter().map(|row| read(row).map(|operation| (operation.id.clone(), operation)));
    let mut found = read.collect::<Result<HashMap<OperationId, Operation>, StoreError>>()?;
    Ok(written.into_iter().filter_map(|(id, commit)| Some((found.remove(&id)?, commit))).collect())
}

/// Writes down a new operation.
///
/// # Errors
/// A conflict where its id is there already: it was asked for before.
pub async fn put(transaction: &mut Transaction<'_>, operation: &Operation) -> Result<(), StoreError> {
    TABLE.write(transaction, false, values(operation)).await
}

fn values(operation: &Operation) -> Vec<Value> {
    vec![
        operation.id.as_str().into(),
        operation.deployment.as_ref().map(DeploymentId::as_str).into(),
        operation.kind.as_str().into(),
        operation.summary.as_str().into(),
        operation.author.as_str().into(),
        time(operation.asked),
        operation.reason.as_str().into(),
        operation.request.as_str().into(),
    ]
}
