//! `live_daemons`: see [`crate::store::daemons`].

use super::table::{Cells, time};
use crate::store::{
    StoreError,
    daemons::{Daemon, Told},
};
use jiff::SignedDuration;
use mysql_async::{Conn, Row, TxOpts, prelude::*};

/// One that has said nothing for so long is forgotten: it is another machine by now, and people have seen it go.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// See [`crate::store::daemons::Daemons::tell`].
pub async fn tell(connection: &mut Conn, me: &Daemon) -> Result<Vec<Told>, StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    let sql = "SELECT name, host, process, address, seen, utc_timestamp(6) AS moment FROM live_daemons ORDER BY name";
    let rows: Vec<Row> = transaction.query(sql).await?;
    let others = rows.into_iter().map(read).filter(|told| !told.as_ref().is_ok_and(|told| told.daemon.name == me.name));
    let mut told = others.collect::<Result<Vec<_>, _>>()?;
    for old in told.extract_if(.., |told| told.silent > FORGOTTEN) {
        transaction.exec_drop("DELETE FROM live_daemons WHERE name = ?", (old.daemon.name,)).await?;
    }
    let row: Option<Row> = transaction.query_first("SELECT utc_timestamp(6) AS moment").await?;
    let now = row.ok_or_else(|| StoreError::Broken("no answer to a question for the time".to_owned()))?;
    let seen = Cells::from(now).time("moment")?;
    let sql = "REPLACE INTO live_daemons (name, host, process, address, seen) VALUES (?, ?, ?, ?, ?)";
    transaction.exec_drop(sql, (&me.name, &me.host, me.process, &me.address, time(seen))).await?;
    transaction.commit().await?;
    told.push(Told { daemon: me.clone(), seen, silent: SignedDuration::ZERO });
    told.sort_by(|a, b| a.daemon.name.cmp(&b.daemon.name));
    Ok(told)
}

/// See [`crate::store::daemons::Daemons::leave`].
pub async fn leave(connection: &mut Conn, name: &str) -> Result<(), StoreError> {
    Ok(connection.exec_drop("DELETE FROM live_daemons WHERE name = ?", (name,)).await?)
}

fn read(row: Row) -> Result<Told, StoreError> {
    let mut cells = Cells::from(row);
    let (seen, now) = (cells.time("seen")?, cells.time("moment")?);
    let daemon = Daemon {
        name: cells.take("name")?,
        host: cells.take("host")?,
        process: cells.take("process")?,
        address: cells.take("address")?,
    };
    Ok(Told { daemon, seen, silent: now.duration_since(seen) })
}
