//! `settings`: Dolt's server settings that differ from the defaults, a row each.

use super::table::{Cells, Table};
use crate::{
    model::{DeploymentId, Settings},
    store::StoreError,
};
use mysql_async::{Row, Transaction, prelude::*};

pub const TABLE: Table =
    Table { name: "settings", columns: &["deployment_id", "name", "value"], key: 2, deployment: Some("deployment_id") };

/// A row: whose, and the setting.
pub fn read(row: Row) -> Result<(DeploymentId, (String, String)), StoreError> {
    let mut cells = Cells::from(row);
    let id = DeploymentId::new(cells.take::<String>("deployment_id")?);
    Ok((id, (cells.take("name")?, cells.take("value")?)))
}

/// A deployment's settings, as this transaction sees them.
pub async fn of(transaction: &mut Transaction<'_>, id: &DeploymentId) -> Result<Settings, StoreError> {
    let rows: Vec<Row> = transaction.exec(TABLE.select("", "WHERE deployment_id = ?"), (id.as_str(),)).await?;
    let pairs = rows.into_iter().map(|row| read(row).map(|(_, pair)| pair)).collect::<Result<_, _>>()?;
    Ok(Settings::stored(pairs))
}

/// Turns the rows of `before` into those of `after`; a setting that stays is not touched.
pub async fn put(
    transaction: &mut Transaction<'_>,
    id: &DeploymentId,
    before: &Settings,
    after: &Settings,
) -> Result<(), StoreError> {
    let (before, after) = (before.as_map(), after.as_map());
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        TABLE.remove(transaction, (id.as_str(), name)).await?;
    }
    for (name, value) in after.iter().filter(|(name, value)| before.get(*name) != Some(value)) {
        let row = vec![id.as_str().into(), name.into(), value.into()];
        TABLE.write(transaction, before.contains_key(name), row).await?;
    }
    Ok(())
}

/// Takes all of a deployment's settings away.
pub async fn remove(transaction: &mut Transaction<'_>, id: &DeploymentId) -> Result<(), StoreError> {
    Ok(transaction.exec_drop("DELETE FROM settings WHERE deployment_id = ?", (id.as_str(),)).await?)
}
