//! Asks a server what it is, and tells it what to be.

use super::{Replication, Role, Seen, Standing};
use crate::store::{StoreError, dolt::Address};
use futures::future::join_all;
use mysql_async::{Conn, Row, prelude::*};
use std::time::Duration;
use tokio::time;

/// What a server says of itself, and of its copy of this database.
pub async fn ask(connection: &mut Conn, database: &str) -> Result<Standing, StoreError> {
    let rows: Vec<Row> = connection.query("SHOW GLOBAL VARIABLES LIKE 'dolt_cluster_%'").await?;
    let value = |name: &str| {
        let row = rows.iter().find(|row| row.get::<String, _>(0).as_deref() == Some(name));
        row.and_then(|row| row.get::<String, _>(1))
    };
    let number = |name: &str| value(name).and_then(|text| text.parse().ok()).unwrap_or_default();
    let Some(role) = value("dolt_cluster_role") else {
        let replication = Replication::default();
        return Ok(Standing { role: Role::Alone, epoch: 0, acks_seconds: 0, replication });
    };
    Ok(Standing {
        role: Role::of(&role),
        epoch: number("dolt_cluster_role_epoch"),
        acks_seconds: number("dolt_cluster_ack_writes_timeout_secs"),
        replication: replication(connection, database).await?,
    })
}

/// The worst of the database's standbys.
async fn replication(connection: &mut Conn, database: &str) -> Result<Replication, StoreError> {
    let sql = "SELECT replication_lag_millis, cast(last_update AS CHAR), current_error FROM \
               dolt_cluster.dolt_cluster_status WHERE `database` = ?";
    type Told = (Option<i64>, Option<String>, Option<String>);
    let told: Vec<Told> = connection.exec(sql, (database,)).await?;
    let one = |(lag, last_update, error): Told| Replication {
        lag_ms: lag.and_then(|lag| u64::try_from(lag).ok()),
        last_update: last_update.unwrap_or_default(),
        error: error.unwrap_or_default(),
    };
    let worst = told.into_iter().map(one).max_by_key(|it| (!it.error.is_empty(), it.lag_ms));
    Ok(worst.unwrap_or_default())
}

/// It is the primary from now on, in this epoch.
pub async fn assume(address: &Address, epoch: u64) -> Result<(), StoreError> {
    let mut connection = Conn::new(address.options(false)).await?;
    Ok(connection.query_drop(format!("CALL dolt_assume_cluster_role('primary', {epoch})")).await?)
}

/// It is a standby from now on, in this epoch, once one other server has all that it has; or nothing has changed.
pub async fn step_down(address: &Address, epoch: u64) -> Result<(), StoreError> {
    let mut connection = Conn::new(address.options(false)).await?;
    Ok(connection.query_drop(format!("CALL dolt_cluster_transition_to_standby({epoch}, 1)")).await?)
}

/// All that the database holds, as one hash: what is in no commit too.
pub async fn content(address: &Address) -> Result<String, StoreError> {
    let mut connection = Conn::new(address.options(true)).await?;
    let hash: Option<String> = connection.query_first("SELECT dolt_hashof_db()").await?;
    Ok(hash.unwrap_or_default())
}

/// A server that has not said what it is by then is away.
const LIMIT: Duration = Duration::from_secs(5);

/// In the words of the driver alone: that the store is away is not what one server's silence means.
pub fn why(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(what) | StoreError::Broken(what) => what.replace("Input/output error: ", ""),
        other => other.to_string(),
    }
}

/// What the servers say, asked at once.
pub async fn look(addresses: &[Address]) -> Vec<Seen> {
    let one = |address: &Address| {
        let address = address.clone();
        async move {
            let said = time::timeout(LIMIT, async {
                let mut connection = Conn::new(address.options(false)).await?;
                ask(&mut connection, address.database()).await
            });
            let silent = |_| Err(StoreError::Unavailable(format!("no answer in {} seconds", LIMIT.as_secs())));
            Seen { at: address.place(), said: said.await.unwrap_or_else(silent).map_err(why) }
        }
    };
    join_all(addresses.iter().map(one)).await
}
