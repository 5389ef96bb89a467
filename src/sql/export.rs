//! A result as a file: CSV (RFC 4180) or JSON lines.
//!
//! Guarantees
//! - The file has its name only once it is whole, its mode is 0600, and one that is there is replaced only when that is
//!   meant.
//! - In CSV, NULL is an empty field and an empty text is `""`, so that the two differ. In JSON lines numbers and JSON are
//!   values, NULL is `null`, and columns of the same name get a number.

use super::{Head, Kind, Row};
use crate::hosted_api::problem::{Kind as Trouble, Problem};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line of names, then a line a row.
    Csv,
    /// An object a line.
    JsonLines,
}

impl Format {
    /// What the file's name asks for.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json" | "jsonl" | "ndjson") => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

/// Writes rows.
pub struct Writer<W> {
    out: W,
    format: Format,
    heads: Vec<Head>,
    /// Rows that were written.
    pub rows: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with the columns' names.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(mut out: W, format: Format, heads: &[Head]) -> io::Result<Self> {
        let heads = if format == Format::JsonLines { told_apart(heads) } else { heads.to_vec() };
        if format == Format::Csv {
            csv(&mut out, heads.iter().map(|head| Some(head.name.as_str())))?;
        }
        Ok(Self { out, format, heads, rows: 0 })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        self.rows += 1;
        if self.format == Format::Csv {
            return csv(&mut self.out, row.iter().map(Option::as_deref));
        }
        let cells =
            self.heads.iter().zip(row).map(|(head, cell)| (head.name.clone(), value(head.kind, cell.as_deref())));
        serde_json::to_writer(&mut self.out, &cells.collect::<Map<_, _>>())?;
        self.out.write_all(b"\n")
    }
}

fn csv<'c>(out: &mut impl Write, cells: impl Iterator<Item = Option<&'c str>>) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let Some(cell) = cell else { continue };
        // Spaces at an end are the cell's own, and some readers take them off where they are not quoted.
        let plain = !cell.is_empty() && !cell.contains(['"', ',', '\r', '\n']) && cell.trim() == cell;
        if plain {
            out.write_all(cell.as_bytes())?;
        } else {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        }
    }
    out.write_all(b"\r\n")
}

fn value(kind: Kind, cell: Option<&str>) -> Value {
    let Some(cell) = cell else { return Value::Null };
    let parsed = match kind {
        Kind::Json => serde_json::from_str(cell).ok(),
        // A number that JSON's readers would round stays a text.
        Kind::Number => serde_json::from_str(cell)
            .ok()
            .filter(|value: &Value| value.is_number() && format!("{value}").as_str() == cell),
        Kind::Text | Kind::Bytes => None,
    };
    parsed.unwrap_or_else(|| Value::String(cell.to_owned()))
}

/// An object holds each name once.
fn told_apart(heads: &[Head]) -> Vec<Head> {
    let mut seen = BTreeSet::new();
    let mut apart = Vec::new();
    for head in heads {
        let mut name = head.name.clone();
        let mut number = 2;
        while !seen.insert(name.clone()) {
            name = format!("{}_{number}", head.name);
            number += 1;
        }
        apart.push(Head { name, kind: head.kind });
    }
    apart
}

/// A file that is being written beside its place.
pub struct Target {
    file: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl Target {
    /// Begins one; refused when there is a file of that name, unless it is to be replaced.
    ///
    /// # Errors
    /// Names the path and why.
    pub fn begin(path: &Path, replace: bool) -> Result<Self, Problem> {
        if !replace && let Ok(there) = fs::symlink_metadata(path) {
            return Err(exists(path, there.len()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder).map_err(|error| failed(path, &error))?;
        Ok(Self { file, path: path.to_owned(), replace })
    }

    /// Where rows go.
    pub fn out(&self) -> io::Result<BufWriter<fs::File>> {
        Ok(BufWriter::new(self.file.as_file().try_clone()?))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When a file of that name has come meanwhile, or it cannot be renamed.
    pub fn finish(self) -> Result<(), Problem> {
        let Self { file, path, replace } = self;
        let ended = if replace { file.persist(&path) } else { file.persist_noclobber(&path) };
        ended.map(drop).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&path, 0),
            _ => failed(&path, &error.error),
        })
    }
}

fn exists(path: &Path, size: u64) -> Problem {
    Problem::new(Trouble::Refused, format!("{} is there already ({size} bytes)", path.display()))
}

/// Why it could not be written.
pub fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::new(Trouble::Failed, format!("{} cannot be written: {error}", path.display()))
        .next("choose another path, or make room")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn head(name: &str, kind: Kind) -> Head {
        Head { name: name.to_owned(), kind }
    }

    fn written(format: Format, heads: &[Head], rows: &[Row]) -> String {
        let mut out = Vec::new();
        let mut writer = Writer::begin(&mut out, format, heads).expect("written");
        rows.iter().for_each(|row| writer.row(row).expect("written"));
        String::from_utf8(out).expect("UTF-8")
    }

    fn row(cells: &[Option<&str>]) -> Row {
        cells.iter().map(|cell| cell.map(str::to_owned)).collect()
    }

    #[test]
    fn csv_tells_null_from_an_empty_text_and_quotes_what_must_be() {
        let heads = [head("id", Kind::Number), head("a,b", Kind::Text)];
        let rows =
            [row(&[Some("1"), None]), row(&[Some("2"), Some("")]), row(&[Some("3"), Some("he said \"x\",\r\n y")])];
        assert_eq!(
            written(Format::Csv, &heads, &rows),
            "id,\"a,b\"\r\n1,\r\n2,\"\"\r\n3,\"he said \"\"x\"\",\r\n y\"\r\n"
        );
    }

    #[test]
    fn json_lines_hold_values() {
        let heads =
            [head("id", Kind::Number), head("id", Kind::Number), head("doc", Kind::Json), head("t", Kind::Text)];
        let rows = [
            row(&[Some("1"), Some("1.50"), Some("{\"a\":[1]}"), Some("7")]),
            row(&[None, Some("18446744073709551616"), None, Some("")]),
        ];
        assert_eq!(
            written(Format::JsonLines, &heads, &rows),
            "{\"doc\":{\"a\":[1]},\"id\":1,\"id_2\":\"1.50\",\"t\":\"7\"}\n{\"doc\":null,\"id\":null,\"id_2\":\"18446744073709551616\",\"t\":\"\"}\n"
        );
    }

    #[test]
    fn a_file_is_replaced_only_when_that_is_meant_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        Target::begin(&path, false).expect("begun").finish().expect("there");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(Target::begin(&path, false).err().map(|problem| problem.kind), Some(Trouble::Refused));
        Target::begin(&path, true).expect("begun").finish().expect("replaced");
        drop(Target::begin(&folder.path().join("b.csv"), false).expect("begun"));
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "what was given up leaves nothing");
    }

    /// Reads CSV back as its standard says.
    fn parsed(text: &str) -> Vec<Row> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), None::<String>, false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.get_or_insert_default().push('"'),
                '"' => {
                    quoted = !quoted;
                    cell.get_or_insert_default();
                }
                ',' if !quoted => row.push(cell.take()),
                '\r' if !quoted => {
                    chars.next();
                    row.push(cell.take());
                    rows.push(std::mem::take(&mut row));
                }
                c => cell.get_or_insert_default().push(c),
            }
        }
        rows
    }

    proptest! {
        #[test]
        fn csv_reads_back_as_it_was(rows in prop::collection::vec(prop::collection::vec(prop::option::of("[a\"', \r\n;é]{0,6}"), 2), 0..6)) {
            let heads = [head("a", Kind::Text), head("b", Kind::Text)];
            let text = written(Format::Csv, &heads, &rows);
            prop_assert_eq!(&parsed(&text)[1..], &rows[..]);
        }
    }
}
