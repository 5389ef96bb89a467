//! What differs between two commits, cell by cell.

use crate::{
    console::{
        filter::{Filtered, Kind, Named, Value},
        state::{
            Ticket,
            chosen::Chosen,
            history::{DESIRED, cell_name, is_desired, repeats_key},
            loaded::Loaded,
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{CellChange, Commit, DiffResponse};

/// One of the two commits.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Its hash, or as much of it as is known before the answer.
    pub hash: String,
    /// Who made it, when, and what it says; none where it was named by its hash alone.
    pub about: Option<(String, i64, String)>,
}

impl Side {
    /// Of a commit that is known.
    pub fn of(commit: &Commit) -> Self {
        let first = commit.message.lines().next().unwrap_or_default();
        Self { hash: commit.hash.clone(), about: Some((commit.author.clone(), commit.time_ms, first.to_owned())) }
    }
}

/// Two commits side by side.
#[derive(Clone, Debug)]
pub struct Diff {
    /// Of one deployment; none for all.
    pub name: Option<String>,
    /// The older one, at the left.
    pub old: Side,
    /// The newer one.
    pub new: Side,
    /// Every cell that differs.
    pub changes: Loaded<Vec<CellChange>>,
    /// Whether the books (records, operations, …) are shown as well.
    pub books: bool,
    /// The cells that can be shown, what people ask for first.
    rows: Vec<CellChange>,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Diff {
    /// Asked for just now.
    pub fn asked(name: Option<String>, old: Side, new: Side, ticket: Ticket, now: i64) -> Self {
        let (changes, chosen) = (Loaded::asked(now), Chosen::default());
        Self { name, old, new, changes, books: false, rows: Vec::new(), chosen, ticket }
    }

    /// The answer has come.
    pub fn add(&mut self, answer: Result<DiffResponse, Problem>) {
        if let Ok(diff) = &answer {
            (self.old.hash, self.new.hash) = (diff.from.clone(), diff.to.clone());
        }
        let told = |diff: DiffResponse| diff.changes.into_iter().filter(|change| !repeats_key(change)).collect();
        self.changes.set(answer.map(told));
        self.arrange();
    }

    /// Another filter.
    pub fn set_filter(&mut self, text: String) {
        self.chosen.set_text(text);
        self.arrange();
    }

    /// The books are shown as well, or not.
    pub fn arrange(&mut self) {
        let all = self.changes.value.iter().flatten();
        let mut rows: Vec<CellChange> = all.filter(|change| self.books || is_told(change)).cloned().collect();
        let rank =
            |change: &CellChange| DESIRED.iter().position(|table| *table == change.table).unwrap_or(DESIRED.len());
        rows.sort_by_cached_key(|change| {
            (
                !is_desired(&change.table),
                change.deployment.clone(),
                rank(change),
                change.table.clone(),
                change.key.clone(),
            )
        });
        self.rows = rows;
        self.chosen.choose(&self.rows, 0);
    }

    /// The cell at this place of what is shown.
    pub fn at(&self, place: usize) -> Option<&CellChange> {
        self.rows.get(self.chosen.at(place)?)
    }

    /// The cell under the cursor.
    pub fn selected(&self) -> Option<&CellChange> {
        self.at(self.chosen.list.cursor())
    }

    /// How many cells can be shown, and how many are left out because they only keep the books.
    pub fn count(&self) -> (usize, usize) {
        let all = self.changes.value.as_ref().map_or(0, Vec::len);
        (self.rows.len(), all - self.rows.len())
    }
}

/// Whether a cell says something to people: the others keep the books, or repeat the key of a setting's row.
fn is_told(change: &CellChange) -> bool {
    is_desired(&change.table) && (change.table != "settings" || change.column == "value")
}

impl Filtered for CellChange {
    const COLUMNS: &'static [Named] = &[
        Named { word: "deployment", kind: Kind::Text },
        Named { word: "cell", kind: Kind::Text },
        Named { word: "old", kind: Kind::Text },
        Named { word: "new", kind: Kind::Text },
        Named { word: "table", kind: Kind::Text },
    ];

    fn title(&self) -> &str {
        &self.deployment
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        let values = [&self.from, &self.to].into_iter().flatten().map(String::as_str);
        [cell_name(self), self.table.as_str()].into_iter().chain(values)
    }

    fn value(&self, column: usize, _now: i64) -> Value<'_> {
        match column {
            0 => Value::text(&self.deployment),
            1 => Value::text(cell_name(self)),
            2 => Value::text(self.from.as_deref().unwrap_or_default()),
            3 => Value::text(self.to.as_deref().unwrap_or_default()),
            _ => Value::text(&self.table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(table: &str, key: &str, column: &str) -> CellChange {
        let (from, to) = (Some("1".into()), Some("2".into()));
        CellChange {
            table: table.into(),
            key: key.into(),
            column: column.into(),
            from,
            to,
            deployment: "orders".into(),
        }
    }

    #[test]
    fn what_people_ask_for_comes_first_and_the_books_when_they_are_asked_for() {
        let side = |hash: &str| Side { hash: hash.into(), about: None };
        let mut diff = Diff::asked(None, side("a"), side("b"), Ticket(1), 0);
        let changes = vec![
            cell("operations", "op-1", "kind"),
            cell("settings", "d-1/log_level", "name"),
            cell("settings", "d-1/log_level", "value"),
            cell("deployments", "d-1", "volume_gib"),
        ];
        diff.add(Ok(DiffResponse { from: "aaaa".into(), to: "bbbb".into(), changes }));
        let shown = |diff: &Diff| {
            let cells = (0..diff.chosen.list.len()).filter_map(|place| diff.at(place));
            cells.map(cell_name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((shown(&diff).as_str(), diff.count()), ("volume_gib log_level", (2, 1)));
        assert_eq!((diff.old.hash.as_str(), diff.new.hash.as_str()), ("aaaa", "bbbb"));
        diff.books = true;
        diff.arrange();
        assert_eq!(diff.count(), (3, 0));
        diff.set_filter("table:oper".into());
        assert_eq!(shown(&diff), "kind");
    }
}
