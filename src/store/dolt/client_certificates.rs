//! `client_certificates`: who was given access, and whether it was taken back. Keys were never here.

use super::table::{Cells, Table, time};
use crate::store::{ClientCertificate, StoreError};
use mysql_async::{Row, Transaction, Value};

pub const TABLE: Table = Table {
    name: "client_certificates",
    columns: &["serial", "name", "role", "not_after", "revoked"],
    key: 1,
    deployment: None,
};

/// A row.
pub fn read(row: Row) -> Result<ClientCertificate, StoreError> {
    let mut cells = Cells::from(row);
    Ok(ClientCertificate {
        serial: cells.take("serial")?,
        name: cells.take("name")?,
        role: cells.take("role")?,
        not_after: cells.time("not_after")?,
        revoked: cells.time_or_null("revoked")?,
    })
}

/// Makes the certificate's row say this. Gives whether anything differed.
pub async fn put(transaction: &mut Transaction<'_>, certificate: &ClientCertificate) -> Result<bool, StoreError> {
    let present = TABLE.find(transaction, (&certificate.serial,)).await?;
    let exists = present.is_some();
    if let Some(row) = present
        && values(&read(row)?) == values(certificate)
    {
        return Ok(false);
    }
    TABLE.write(transaction, exists, values(certificate)).await?;
    Ok(true)
}

fn values(certificate: &ClientCertificate) -> Vec<Value> {
    vec![
        certificate.serial.as_str().into(),
        certificate.name.as_str().into(),
        certificate.role.as_str().into(),
        time(certificate.not_after),
        certificate.revoked.map_or(Value::NULL, time),
    ]
}
