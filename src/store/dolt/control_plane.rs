//! `control_plane`: which control plane the database is.

use super::{message, table::Table};
use crate::store::StoreError;
use mysql_async::{Conn, TxOpts, prelude::*};

pub const TABLE: Table = Table { name: "control_plane", columns: &["name", "id"], key: 1, deployment: None };

/// There is one.
const NAME: &str = "doltops";

/// How often a lost race is looked at again: the one that won is there then.
const ROUNDS: usize = 5;

/// See [`super::DoltStore::belongs_to`].
pub async fn belongs_to(connection: &mut Conn) -> Result<Option<String>, StoreError> {
    Ok(connection.exec_first("SELECT id FROM control_plane WHERE name = ?", (NAME,)).await?)
}

/// See [`super::DoltStore::claim`].
pub async fn claim(connection: &mut Conn, id: &str) -> Result<String, StoreError> {
    for _ in 0..ROUNDS {
        if let Some(first) = belongs_to(connection).await? {
            return Ok(first);
        }
        match write(connection, id).await {
            // Two at the same moment.
            Err(StoreError::Conflict) => {}
            other => return other.map(|()| id.to_owned()),
        }
    }
    Err(StoreError::Conflict)
}

async fn write(connection: &mut Conn, id: &str) -> Result<(), StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    transaction.exec_drop("INSERT INTO control_plane (name, id) VALUES (?, ?)", (NAME, id)).await?;
    let text = format!("This is the control plane {id}");
    transaction.exec_drop("CALL dolt_commit('-am', ?, '--author', ?)", (text, message::author("doltops"))).await?;
    Ok(transaction.commit().await?)
}
