//! `deployments`: what users ask for, but for the settings.

use super::{
    settings,
    table::{Cells, Table},
};
use crate::{
    model::{DeploymentId, Desired, Settings, Spec},
    store::StoreError,
};
use mysql_async::{Row, Transaction, Value};

pub const TABLE: Table = Table {
    name: "deployments",
    columns: &["id", "name", "instance_type", "volume_gib", "certificate", "power", "protected", "paused"],
    key: 1,
    deployment: Some("id"),
};

/// A row, with the settings that go with it.
pub fn read(row: Row, settings: Settings) -> Result<Desired, StoreError> {
    let mut cells = Cells::from(row);
    Ok(Desired {
        id: DeploymentId::new(cells.take::<String>("id")?),
        name: cells.parse("name")?,
        spec: Spec {
            instance_type: cells.take("instance_type")?,
            volume_gib: cells.take("volume_gib")?,
            certificate: cells.parse("certificate")?,
            settings,
        },
        power: cells.parse("power")?,
        protected: cells.take("protected")?,
        paused: cells.take("paused")?,
    })
}

/// Makes the deployment's rows say this. Gives whether anything differed.
pub async fn put(transaction: &mut Transaction<'_>, desired: &Desired) -> Result<bool, StoreError> {
    let id = &desired.id;
    let present = TABLE.find(transaction, (id.as_str(),)).await?;
    let exists = present.is_some();
    let before = match present {
        Some(row) => Some(read(row, settings::of(transaction, id).await?)?),
        None => None,
    };
    if before.as_ref() == Some(desired) {
        return Ok(false);
    }
    TABLE.write(transaction, exists, values(desired)).await?;
    let set = before.map(|before| before.spec.settings).unwrap_or_default();
    settings::put(transaction, id, &set, &desired.spec.settings).await?;
    Ok(true)
}

/// Takes the deployment's rows away. Gives whether there were any.
pub async fn remove(transaction: &mut Transaction<'_>, id: &DeploymentId) -> Result<bool, StoreError> {
    let exists = TABLE.find(transaction, (id.as_str(),)).await?.is_some();
    if exists {
        TABLE.remove(transaction, (id.as_str(),)).await?;
        settings::remove(transaction, id).await?;
    }
    Ok(exists)
}

fn values(desired: &Desired) -> Vec<Value> {
    vec![
        desired.id.as_str().into(),
        desired.name.as_str().into(),
        desired.spec.instance_type.as_str().into(),
        desired.spec.volume_gib.into(),
        desired.spec.certificate.as_str().into(),
        desired.power.as_str().into(),
        desired.protected.into(),
        desired.paused.into(),
    ]
}
