//! What a table is like after each commit, and what each commit brought, told by numbers.
//!
//! Guarantees
//! - A [`Table`] that followed the changes of any history equals one that was counted from the last state, up to how
//!   finely it counts ([`Numbers`], [`Values`] say how): nothing of what went is left.
//! - It is as large as the bounds of its counts, whatever the size of the table.
//!
//! Two kinds of figures come out of each commit. Those *of the table* are what bounds are set on and curves are drawn of.
//! Those *of what came* ([`Batch`]) are what is judged: in a table of a million rows a commit of fifty bad ones moves no
//! mean, but among what commits usually bring they stand out at once. Where commits bring less than [`LEAST`] values of a
//! column, they are gathered until there are as many.

mod arrived;
mod numbers;
mod table;
mod values;

pub use arrived::{Batch, LEAST};
pub use numbers::{Measures, Numbers, SHARES};
pub use table::Table;
pub use values::{Hash, Values, hash};

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// A cell as text; `None` is NULL.
pub type Cell = Option<String>;

/// How a column's values are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// As the number that they are.
    Number,
    /// As seconds since 1970.
    Time,
    /// By their length in characters.
    Text,
    /// Not at all: bytes, JSON. They are told apart and counted.
    Other,
}

impl Class {
    /// Of a type as `information_schema` names it.
    pub fn of(data_type: &str) -> Self {
        match data_type.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float" | "double" | "year" => {
                Class::Number
            }
            "date" | "time" | "datetime" | "timestamp" => Class::Time,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" => Class::Text,
            _ => Class::Other,
        }
    }

    /// The number that stands for a value.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a text's length, and seconds of this millennium, are far below 2^52"
    )]
    pub fn measure(self, value: &str) -> Option<f64> {
        match self {
            Class::Number => value.parse().ok().filter(|number: &f64| number.is_finite()),
            Class::Time => seconds(value),
            Class::Text => Some(value.chars().count() as f64),
            Class::Other => None,
        }
    }
}

/// `2026-11-23 06:22:35.5`, or only the date.
#[allow(clippy::cast_precision_loss, reason = "seconds of this millennium are far below 2^52")]
fn seconds(value: &str) -> Option<f64> {
    let moment: DateTime = match value.parse() {
        Ok(moment) => moment,
        Err(_) => value.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
    };
    let whole = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(whole.as_millisecond() as f64 / 1_000.0)
}

/// A watched column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How its values are measured.
    pub class: Class,
    /// Whether its figures are told; otherwise it is only part of what makes a row a repetition.
    pub watched: bool,
    /// Whether rows that agree in this and the others of its kind are repetitions.
    pub repeats: bool,
}

/// What a commit did to one row: its cells in the order of the columns, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Before; none: the row is new.
    pub before: Option<Vec<Cell>>,
    /// After; none: the row is gone.
    pub after: Option<Vec<Cell>>,
}

/// What one commit made of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Which commit, by its place in the history.
    pub commit: usize,
    /// Rows there were.
    pub before: u64,
    /// Rows there are.
    pub rows: u64,
    /// Rows that came.
    pub added: u64,
    /// Rows that went.
    pub removed: u64,
    /// Rows that were changed.
    pub modified: u64,
    /// Of the rows that came, as far as they were told apart: how many were there already, and how many were looked at.
    pub repeated: Option<(u64, u64)>,
    /// Of each column that the commit touched, by the column's place.
    pub columns: Vec<(usize, ColumnRecord)>,
}

/// What one commit made of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnRecord {
    /// Of the whole table.
    pub figures: Figures,
    /// The least and the greatest of what came.
    pub reach: Option<(f64, f64)>,
    /// What came in new rows, where it was enough to be judged, also together with earlier commits.
    pub added: Option<Batch>,
    /// What came into rows that were there: often quite other values, a status of `paid` where new rows have `open`.
    pub changed: Option<Batch>,
    /// Values that were common and are in no row any more, and how many had them.
    pub vanished: Vec<(String, u32)>,
}

/// Figures of a column over the whole table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Rows without a value.
    pub nulls: u64,
    /// How many different values there are; an estimate above some ten thousand.
    pub distinct: f64,
    /// How many rows have the most common value.
    pub most: u32,
    /// Of the values, or of their lengths.
    pub measures: Option<Measures>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_measured_by_their_kind() {
        assert_eq!(Class::of("DECIMAL").measure("12.50"), Some(12.5));
        assert_eq!(Class::of("datetime").measure("1970-01-02 00:00:01.500"), Some(86_401.5));
        assert_eq!(Class::of("date").measure("1970-01-02"), Some(86_400.0));
        assert_eq!(Class::of("varchar").measure("café"), Some(4.0));
        assert_eq!(Class::of("json").measure("{}"), None);
        assert_eq!(Class::of("date").measure("0000-00-00"), None);
    }
}
