//! `live_intents`: what the executor is about to do, one at a time for a deployment. In no commit.

use super::{
    lease,
    table::{Cells, time},
};
use crate::{
    model::{DeploymentId, Incarnation},
    store::{Fence, Intent, StoreError},
};
use mysql_async::{Conn, Row, Transaction, TxOpts, prelude::*};

/// Writes an intent down, in place of an earlier one of that deployment, under the lease.
pub async fn put(connection: &mut Conn, intent: &Intent, fence: &Fence) -> Result<(), StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    lease::touch(&mut transaction, fence).await?;
    remove(&mut transaction, &intent.deployment).await?;
    let sql = "INSERT INTO live_intents (deployment_id, action, token, parameters, incarnation, written) \
               VALUES (?, ?, ?, ?, ?, ?)";
    let values = (
        intent.deployment.as_str(),
        &intent.action,
        &intent.token,
        &intent.parameters,
        intent.incarnation.0,
        time(intent.at),
    );
    transaction.exec_drop(sql, values).await?;
    match transaction.commit().await.map_err(StoreError::from) {
        Err(StoreError::Conflict) => Err(lease::why_lost(connection, fence).await?),
        other => other,
    }
}

/// Takes a deployment's intent away.
pub async fn remove(transaction: &mut Transaction<'_>, id: &DeploymentId) -> Result<(), StoreError> {
    Ok(transaction.exec_drop("DELETE FROM live_intents WHERE deployment_id = ?", (id.as_str(),)).await?)
}

/// Every intent, by deployment.
pub async fn all(connection: &mut Conn) -> Result<Vec<Intent>, StoreError> {
    let sql = "SELECT deployment_id, action, token, parameters, incarnation, written FROM live_intents \
               ORDER BY deployment_id";
    let rows: Vec<Row> = connection.query(sql).await?;
    rows.into_iter().map(read).collect()
}

fn read(row: Row) -> Result<Intent, StoreError> {
    let mut cells = Cells::from(row);
    Ok(Intent {
        deployment: DeploymentId::new(cells.take::<String>("deployment_id")?),
        action: cells.take("action")?,
        token: cells.take("token")?,
        parameters: cells.take("parameters")?,
        incarnation: Incarnation(cells.take("incarnation")?),
        at: cells.time("written")?,
    })
}
