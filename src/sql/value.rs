//! A cell of the text protocol as text.

use super::session::{Head, Kind};
use mysql_async::{
    Column, Value,
    consts::{ColumnFlags, ColumnType},
};

/// The character set that MySQL calls `binary`: the column holds bytes, not characters.
const BINARY: u16 = 63;

/// The cell as text; `None` is NULL. Bytes that are no text are hexadecimal.
pub fn text(column: &Column, value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) if holds_bytes(column) => Some(hexadecimal(&bytes)),
        Value::Bytes(bytes) => Some(String::from_utf8(bytes).unwrap_or_else(|error| hexadecimal(error.as_bytes()))),
        // Not in the text protocol, but a value all the same: SQL's own form of it, without quotes.
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}

/// What is shown of a column.
pub fn head(column: &Column) -> Head {
    use ColumnType as T;
    let kind = match column.column_type() {
        T::MYSQL_TYPE_JSON => Kind::Json,
        T::MYSQL_TYPE_TINY
        | T::MYSQL_TYPE_SHORT
        | T::MYSQL_TYPE_INT24
        | T::MYSQL_TYPE_LONG
        | T::MYSQL_TYPE_LONGLONG
        | T::MYSQL_TYPE_FLOAT
        | T::MYSQL_TYPE_DOUBLE
        | T::MYSQL_TYPE_DECIMAL
        | T::MYSQL_TYPE_NEWDECIMAL
        | T::MYSQL_TYPE_YEAR => Kind::Number,
        _ if holds_bytes(column) => Kind::Bytes,
        _ => Kind::Text,
    };
    Head { name: column.name_str().into_owned(), kind }
}

/// Numbers and times carry the character set `binary` too, but their text is text.
fn holds_bytes(column: &Column) -> bool {
    use ColumnType as T;
    match column.column_type() {
        T::MYSQL_TYPE_GEOMETRY | T::MYSQL_TYPE_BIT => true,
        T::MYSQL_TYPE_STRING
        | T::MYSQL_TYPE_VAR_STRING
        | T::MYSQL_TYPE_VARCHAR
        | T::MYSQL_TYPE_BLOB
        | T::MYSQL_TYPE_TINY_BLOB
        | T::MYSQL_TYPE_MEDIUM_BLOB
        | T::MYSQL_TYPE_LONG_BLOB => {
            column.character_set() == BINARY
                && !column.flags().intersects(ColumnFlags::ENUM_FLAG | ColumnFlags::SET_FLAG)
        }
        _ => false,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::from("0x"), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(of: ColumnType, charset: u16) -> Column {
        Column::new(of).with_character_set(charset)
    }

    #[test]
    fn bytes_are_hexadecimal_and_everything_else_is_text() {
        let utf8 = 255;
        for (column, bytes, shown) in [
            (column(ColumnType::MYSQL_TYPE_VAR_STRING, utf8), b"caf\xc3\xa9".as_slice(), "café"),
            (column(ColumnType::MYSQL_TYPE_VAR_STRING, BINARY), b"\x00\xff", "0x00ff"),
            (column(ColumnType::MYSQL_TYPE_VAR_STRING, utf8), b"\xff", "0xff"),
            (column(ColumnType::MYSQL_TYPE_LONG, BINARY), b"-7", "-7"),
            (column(ColumnType::MYSQL_TYPE_DATETIME, BINARY), b"2026-11-23 06:22:35", "2026-11-23 06:22:35"),
            (column(ColumnType::MYSQL_TYPE_BLOB, BINARY), b"", "0x"),
        ] {
            assert_eq!(text(&column, Value::Bytes(bytes.to_vec())).as_deref(), Some(shown));
        }
        assert_eq!(text(&column(ColumnType::MYSQL_TYPE_LONG, BINARY), Value::NULL), None);
    }
}
