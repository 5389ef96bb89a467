//! What of a console is kept between two starts: the last view, the order and columns of the fleet, filters, and the
//! lines of the palette.
//!
//! Guarantees
//! - The file is replaced whole (written beside, then renamed), with mode 0600.
//! - One that cannot be read, is too large or of another version is left out, and that is told; nothing else fails.
//! - What is restored asks for nothing by itself but what the last view shows: SQL is not connected anew.
//!
//! Not here: drafts of SQL, which may hold data, and anything that was half done: a change is prepared anew.
//!
//! Written once, when the console ends in whatever way but a kill: two consoles on one folder do not fight, the last to
//! end is remembered.

use crate::console::{
    locator::{Aspect, Locator},
    state::{
        State,
        columns::{Column, Sort},
        past::Past,
        recall::{Listing, Typed},
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{DirBuilder, File},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
};
use thiserror::Error;

/// Of the file's form: a change that older programs would misread has another.
const VERSION: u32 = 1;

/// The largest file that is read: ten times what all the bounded parts can take.
const LARGEST: u64 = 1024 * 1024;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    version: u32,
    /// The locator of the last view.
    view: String,
    sort: Order,
    /// The words of the columns that are shown.
    columns: Vec<String>,
    /// By the word of the list.
    filters: BTreeMap<String, Filters>,
    /// The lines of the palette, the newest first.
    palette: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Order {
    column: String,
    descending: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Filters {
    last: String,
    past: Vec<String>,
}

/// Why a file is left out.
#[derive(Debug, Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("the last session is left out: {0}")]
    Unreadable(#[from] io::Error),
    /// It is not what was written.
    #[error("the last session is left out: its file is damaged ({0})")]
    Damaged(#[from] serde_json::Error),
    /// It is not of this program's.
    #[error("the last session is left out: its file has the version {0}, not {VERSION}")]
    Version(u32),
}

impl Session {
    /// What is kept of this state.
    pub fn of(state: &State) -> Self {
        let sort = state.fleet.sort();
        let filters = Listing::ALL.into_iter().map(|listing| {
            let typed = state.recall.typed(listing);
            let last = if listing == Listing::Fleet { state.fleet.filter().to_owned() } else { typed.last };
            (listing.word().to_owned(), Filters { last, past: typed.past.lines().to_vec() })
        });
        Self {
            version: VERSION,
            view: Locator::of(state).to_string(),
            sort: Order { column: sort.column.word().to_owned(), descending: sort.descending },
            columns: state.fleet.columns.iter().map(|column| column.word().to_owned()).collect(),
            filters: filters.collect(),
            palette: state.past.lines().to_vec(),
        }
    }

    /// Takes it up. A word that this program does not know is passed over.
    pub fn restore(self, state: &mut State) {
        state.opening = self.view.parse().ok().map(quiet);
        if let Ok(column) = self.sort.column.parse() {
            state.fleet.set_sort(Sort { column, descending: self.sort.descending });
        }
        let mut columns: Vec<Column> = Vec::new();
        for column in self.columns.iter().filter_map(|word| word.parse().ok()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        if columns.contains(&Column::Name) {
            state.fleet.columns = columns;
        }
        for listing in Listing::ALL {
            if let Some(filters) = self.filters.get(listing.word()) {
                let typed = Typed { last: filters.last.clone(), past: Past::of(filters.past.clone()) };
                state.recall.restore(listing, typed);
            }
        }
        state.fleet.set_filter(state.recall.last(Listing::Fleet));
        state.past = Past::of(self.palette);
    }
}

/// Nobody asked for a connection to a database at this start.
fn quiet(locator: Locator) -> Locator {
    match locator {
        Locator::Deployment(name, Aspect::Sql) => Locator::Deployment(name, Aspect::Whole),
        other => other,
    }
}

/// Reads the file; `None` where there is none.
///
/// # Errors
/// See [`Unusable`].
pub fn load(path: &Path) -> Result<Option<Session>, Unusable> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text)?;
    let session: Session = serde_json::from_str(&text)?;
    if session.version == VERSION { Ok(Some(session)) } else { Err(Unusable::Version(session.version)) }
}

/// Writes the file.
///
/// # Errors
/// When its folder cannot be written to.
pub fn save(session: &Session, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, session)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Hosting;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn state() -> State {
        State::new(0, TimeZone::UTC, "s".to_owned(), Hosting::default())
    }

    #[test]
    fn what_is_written_is_restored() {
        let mut before = state();
        before.fleet.set_sort(Sort { column: Column::Disk, descending: false });
        before.fleet.columns = vec![Column::Name, Column::Zone, Column::Health];
        before.fleet.set_filter("!health:healthy \"a b\"".to_owned());
        before.recall.remember(Listing::Fleet, "!health:healthy \"a b\"");
        before.recall.remember(Listing::Events, "kind:error");
        before.past.remember("logs orders");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/console.json");
        save(&Session::of(&before), &path).expect("saved");
        let mut after = state();
        load(&path).expect("readable").expect("there").restore(&mut after);
        assert_eq!(Session::of(&after), Session::of(&before));
        assert_eq!((after.fleet.filter(), after.opening), ("!health:healthy \"a b\"", Some(Locator::Deployments)));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("console.json");
        assert!(load(&path).expect("none is fine").is_none());
        for (text, said) in [
            ("{", "damaged"),
            ("[]", "has the version 0"),
            ("{\"version\": 2}", "has the version 2, not 1"),
            ("{}", "has the version 0"),
            ("{\"version\": 1, \"columns\": 7}", "damaged"),
        ] {
            std::fs::write(&path, text).expect("written");
            let why = load(&path).expect_err(text).to_string();
            assert!(why.contains(said), "{text}: {why}");
        }
        std::fs::write(&path, vec![b' '; 2 * 1024 * 1024]).expect("written");
        assert!(load(&path).is_err(), "too large");
    }

    #[test]
    fn a_database_is_not_connected_to_by_itself() {
        let mut after = state();
        let view = "deployments/orders/sql".to_owned();
        Session { version: VERSION, view, ..Session::default() }.restore(&mut after);
        assert_eq!(after.opening.map(|locator| locator.to_string()).as_deref(), Some("deployments/orders"));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_it_is_taken_up_or_passed_over(
            view in "\\PC{0,20}",
            columns in prop::collection::vec("name|disk|\\PC{0,5}", 0..40),
            filter in "\\PC{0,20}",
            palette in prop::collection::vec("\\PC{0,20}", 0..200),
        ) {
            let filters = [("fleet".to_owned(), Filters { last: filter, past: palette.clone() })].into();
            let session = Session { version: VERSION, view, columns, filters, palette, ..Session::default() };
            let mut after = state();
            session.restore(&mut after);
            prop_assert!(after.fleet.columns.contains(&Column::Name));
            prop_assert!(after.past.lines().len() <= crate::console::state::past::KEPT);
        }
    }
}
