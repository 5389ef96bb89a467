//! `records`: what is known for good of each deployment, deleted ones included.

use super::table::{Cells, Table, time};
use crate::{
    model::{CopyId, DeploymentId, Generation, Incarnation, InstanceId, OperationId, Record, VolumeId},
    store::StoreError,
};
use mysql_async::{Row, Transaction, Value};

pub const TABLE: Table = Table {
    name: "records",
    columns: &[
        "id",
        "name",
        "generation",
        "incarnation",
        "instance",
        "volume",
        "address",
        "port",
        "host_name",
        "instance_type",
        "zone",
        "certificate_serial",
        "certificate_not_after",
        "restart_id",
        "deletion",
        "deleted",
        "final_copy",
        "final_copy_until",
        "identity_wanted",
        "identity_floor",
        "logins_wanted",
        "logins_done",
    ],
    key: 1,
    deployment: Some("id"),
};

/// A row.
pub fn read(row: Row) -> Result<Record, StoreError> {
    let mut cells = Cells::from(row);
    Ok(Record {
        id: DeploymentId::new(cells.take::<String>("id")?),
        name: cells.parse("name")?,
        generation: Generation(cells.take("generation")?),
        incarnation: Incarnation(cells.take("incarnation")?),
        instance: cells.take::<Option<String>>("instance")?.map(InstanceId::new),
        volume: cells.take::<Option<String>>("volume")?.map(VolumeId::new),
        address: cells.take("address")?,
        port: cells.take("port")?,
        host_name: cells.take("host_name")?,
        instance_type: cells.take("instance_type")?,
        zone: cells.take("zone")?,
        certificate_serial: cells.take("certificate_serial")?,
        certificate_not_after: cells.time_or_null("certificate_not_after")?,
        restart_id: cells.take("restart_id")?,
        deletion: cells.take::<Option<String>>("deletion")?.map(OperationId::new),
        deleted: cells.take("deleted")?,
        final_copy: cells.take::<Option<String>>("final_copy")?.map(CopyId::new),
        final_copy_until: cells.time_or_null("final_copy_until")?,
        identity_wanted: cells.take("identity_wanted")?,
        identity_floor: cells.take("identity_floor")?,
        logins_wanted: cells.take("logins_wanted")?,
        logins_done: cells.take("logins_done")?,
    })
}

/// Makes the deployment's record say this. Gives whether anything differed.
pub async fn put(transaction: &mut Transaction<'_>, record: &Record) -> Result<bool, StoreError> {
    let present = TABLE.find(transaction, (record.id.as_str(),)).await?;
    let exists = present.is_some();
    if let Some(row) = present
        && values(&read(row)?) == values(record)
    {
        return Ok(false);
    }
    TABLE.write(transaction, exists, values(record)).await?;
    Ok(true)
}

fn values(record: &Record) -> Vec<Value> {
    vec![
        record.id.as_str().into(),
        record.name.as_str().into(),
        record.generation.0.into(),
        record.incarnation.0.into(),
        record.instance.as_ref().map(InstanceId::as_str).into(),
        record.volume.as_ref().map(VolumeId::as_str).into(),
        record.address.as_str().into(),
        record.port.into(),
        record.host_name.as_str().into(),
        record.instance_type.as_str().into(),
        record.zone.as_str().into(),
        record.certificate_serial.as_str().into(),
        record.certificate_not_after.map_or(Value::NULL, time),
        record.restart_id.as_str().into(),
        record.deletion.as_ref().map(OperationId::as_str).into(),
        record.deleted.into(),
        record.final_copy.as_ref().map(CopyId::as_str).into(),
        record.final_copy_until.map_or(Value::NULL, time),
        record.identity_wanted.into(),
        record.identity_floor.into(),
        record.logins_wanted.as_str().into(),
        record.logins_done.as_str().into(),
    ]
}
