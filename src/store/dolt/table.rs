//! What all tables have in common: writing a row, and reading its cells by name.

use crate::{model::CommitHash, store::StoreError};
use jiff::{Timestamp, Unit, civil::DateTime, tz::TimeZone};
use mysql_async::{Params, Row, Transaction, Value, prelude::*};
use std::{fmt::Display, str::FromStr};

/// A table that is in commits.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, those of the primary key first.
    pub columns: &'static [&'static str],
    /// How many columns the primary key has.
    pub key: usize,
    /// The column that names the deployment that a row is about.
    pub deployment: Option<&'static str>,
}

impl Table {
    /// Its rows at a commit or, with an empty `at`, as they are now; `rest` follows the table's name.
    pub fn select(&self, at: &str, rest: &str) -> String {
        format!("SELECT {} FROM {}{at} {rest}", self.columns.join(", "), self.name)
    }

    /// Its rows that differ between two commits: as they are after, the key as it was before as `from_…`, and `diff_type`.
    pub fn select_changed(&self, from: &CommitHash, to: &CommitHash) -> String {
        let after = self.columns.iter().map(|column| format!("to_{column} AS {column}"));
        let before = self.columns[..self.key].iter().map(|column| format!("from_{column}"));
        let columns: Vec<String> = after.chain(before).collect();
        format!("SELECT {}, diff_type FROM dolt_diff('{from}', '{to}', '{}')", columns.join(", "), self.name)
    }

    /// The row with this key, as this transaction sees it.
    pub async fn find(
        &self,
        transaction: &mut Transaction<'_>,
        key: impl Into<Params> + Send,
    ) -> Result<Option<Row>, StoreError> {
        let sql = self.select("", &format!("WHERE {}", self.key_is()));
        Ok(transaction.exec_first(sql, key).await?)
    }

    /// Writes a row whose `values` stand in the order of the columns. `exists`: whether its key is there already.
    ///
    /// Every column is named in an update: Dolt merges by a cell's value, so one that is written with the value it had
    /// is not touched. It is no "insert or update": that would take a clash of another unique key for the row itself.
    pub async fn write(
        &self,
        transaction: &mut Transaction<'_>,
        exists: bool,
        mut values: Vec<Value>,
    ) -> Result<(), StoreError> {
        let sql = if exists {
            values.rotate_left(self.key);
            let cells: Vec<String> = self.columns[self.key..].iter().map(|column| format!("{column} = ?")).collect();
            format!("UPDATE {} SET {} WHERE {}", self.name, cells.join(", "), self.key_is())
        } else {
            let marks = vec!["?"; self.columns.len()].join(", ");
            format!("INSERT INTO {} ({}) VALUES ({marks})", self.name, self.columns.join(", "))
        };
        Ok(transaction.exec_drop(sql, values).await?)
    }

    /// Takes away the row with this key.
    pub async fn remove(
        &self,
        transaction: &mut Transaction<'_>,
        key: impl Into<Params> + Send,
    ) -> Result<(), StoreError> {
        Ok(transaction.exec_drop(format!("DELETE FROM {} WHERE {}", self.name, self.key_is()), key).await?)
    }

    fn key_is(&self) -> String {
        let parts: Vec<String> = self.columns[..self.key].iter().map(|column| format!("{column} = ?")).collect();
        parts.join(" AND ")
    }
}

/// A row's cells by column.
pub struct Cells(Row);

impl From<Row> for Cells {
    fn from(row: Row) -> Self {
        Self(row)
    }
}

impl Cells {
    /// The cell of that column.
    pub fn take<T: FromValue>(&mut self, column: &str) -> Result<T, StoreError> {
        match self.0.take_opt(column) {
            Some(Ok(value)) => Ok(value),
            Some(Err(_)) => Err(StoreError::Broken(format!("the column {column} holds what it should not"))),
            None => Err(StoreError::Broken(format!("there is no column {column}"))),
        }
    }

    /// The cell of that column, as the text of something that checks itself.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, column: &str) -> Result<T, StoreError> {
        let text: String = self.take(column)?;
        text.parse().map_err(|error| StoreError::Broken(format!("the column {column}: {error}")))
    }

    /// The cell of that column, as a time.
    pub fn time(&mut self, column: &str) -> Result<Timestamp, StoreError> {
        self.time_or_null(column)?.ok_or_else(|| StoreError::Broken(format!("the column {column} is null")))
    }

    /// Likewise, where it may be null.
    pub fn time_or_null(&mut self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let wrong = || StoreError::Broken(format!("the column {column} holds no time"));
        let time = match self.take::<Value>(column)? {
            Value::NULL => return Ok(None),
            // The text protocol.
            Value::Bytes(text) => {
                String::from_utf8_lossy(&text).replace(' ', "T").parse::<DateTime>().map_err(|_| wrong())?
            }
            // The prepared one.
            Value::Date(year, month, day, hour, minute, second, micros) => {
                let small = |part: u8| i8::try_from(part).map_err(|_| wrong());
                let nanos = i32::try_from(micros).map_err(|_| wrong())?.saturating_mul(1000);
                let year = i16::try_from(year).map_err(|_| wrong())?;
                let (month, day, hour) = (small(month)?, small(day)?, small(hour)?);
                DateTime::new(year, month, day, hour, small(minute)?, small(second)?, nanos).map_err(|_| wrong())?
            }
            _ => return Err(wrong()),
        };
        Ok(Some(time.to_zoned(TimeZone::UTC).map_err(|_| wrong())?.timestamp()))
    }
}

/// A time as the store keeps it: UTC, to the microsecond, which is what MySQL's DATETIME holds.
pub fn time(time: Timestamp) -> Value {
    let rounded = time.round(Unit::Microsecond).unwrap_or(time);
    Value::from(rounded.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

/// The tables that are in commits.
pub const TABLES: &[&Table] = &[
    &super::deployments::TABLE,
    &super::settings::TABLE,
    &super::records::TABLE,
    &super::operations::TABLE,
    &super::client_certificates::TABLE,
    &super::incidents::TABLE,
    &super::incidents::NOTES,
    &super::incidents::REQUESTS,
    &super::pages::TABLE,
    &super::change_requests::TABLE,
    &super::change_requests::APPROVALS,
    &super::change_requests::COMMENTS,
    &super::change_requests::RESOLUTIONS,
    &super::control_plane::TABLE,
    &super::schema::TABLE,
];
