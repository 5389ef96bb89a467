//! Commits, newest first, of one deployment or of the whole control plane.

pub mod graph;

use self::graph::Node;
use crate::console::{
    filter::{Filtered, Kind, Named, Value},
    state::{Ticket, chosen::Chosen, loaded::Loaded},
};
use doltops_proto::hosted_api::{Commit, HistoryResponse};
use std::{borrow::Cow, collections::BTreeSet};

/// How many commits are asked for at a time: more than any screen is high, and quick to read.
pub const PAGE: u32 = 100;

/// Whether a commit changed what people ask for; the others write down what came of it.
pub fn changes_desired(commit: &Commit) -> bool {
    commit.changes.iter().any(|change| is_desired(&change.table))
}

/// Whether a table holds what people ask for.
pub fn is_desired(table: &str) -> bool {
    DESIRED.contains(&table)
}

/// The tables that a roll-back takes back, in the order in which they are shown.
pub const DESIRED: [&str; 2] = ["deployments", "settings"];

/// A list of commits.
#[derive(Clone, Debug)]
pub struct History {
    /// Of which deployment; none for all.
    pub name: Option<String>,
    /// What was loaded, oldest last.
    pub commits: Loaded<Vec<Commit>>,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// The graph of those that are shown, a row each; see [`History::choose`].
    pub graph: Vec<String>,
    /// The first line in view of what the commit under the cursor changed.
    pub scroll: usize,
    /// Put the cursor on the newest commit that begins so, once it is loaded.
    pub wanted: Option<String>,
    /// The commit that another one is to be compared with.
    pub marked: Option<Box<Commit>>,
    /// There may be older ones.
    pub more: bool,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl History {
    /// Asked for just now.
    pub fn asked(name: Option<String>, ticket: Ticket, now: i64) -> Self {
        Self {
            name,
            commits: Loaded::asked(now),
            chosen: Chosen::default(),
            graph: Vec::new(),
            scroll: 0,
            wanted: None,
            marked: None,
            more: false,
            ticket,
        }
    }

    /// The commit at this place of what is shown.
    pub fn at(&self, place: usize) -> Option<&Commit> {
        self.commits.value.as_ref()?.get(self.chosen.at(place)?)
    }

    /// The commit under the cursor.
    pub fn selected(&self) -> Option<&Commit> {
        self.at(self.chosen.list.cursor())
    }

    /// Whether the first stands above the second: it is the newer one.
    pub fn is_newer(&self, one: &str, other: &str) -> bool {
        let place = |hash: &str| self.commits.value.iter().flatten().position(|commit| commit.hash == hash);
        place(one) < place(other)
    }

    /// Puts the cursor on the commit that is wanted, if it is loaded; a filter that hides it is taken away.
    pub fn arrive(&mut self, now: i64) {
        let Some(start) = &self.wanted else { return };
        let known = self.commits.value.as_deref().unwrap_or_default();
        let Some(place) = known.iter().position(|commit| commit.hash.starts_with(start.as_str())) else { return };
        if !self.chosen.show(place) {
            self.set_filter(String::new(), now);
            self.chosen.show(place);
        }
        self.scroll = 0;
        self.wanted = None;
    }

    /// After which commit the next page begins, when the cursor has come to the end and one may be there.
    pub fn next_page(&self) -> Option<String> {
        let wanted = self.more && self.commits.since.is_none() && self.chosen.list.at_end();
        wanted.then(|| self.commits.value.as_ref()?.last().map(|commit| commit.hash.clone())).flatten()
    }

    /// A page has come: the first, or the one after what is there.
    pub fn add(&mut self, answer: Result<HistoryResponse, crate::hosted_api::problem::Problem>, now: i64) {
        let known = self.commits.value.take().unwrap_or_default();
        match answer {
            Ok(mut page) => {
                self.more = page.commits.len() >= PAGE as usize;
                page.commits.iter_mut().for_each(|commit| commit.changes.retain(|change| !repeats_key(change)));
                self.commits.set(Ok(known.into_iter().chain(page.commits).collect()));
            }
            Err(problem) => {
                self.commits.value = Some(known).filter(|known| !known.is_empty());
                self.commits.set(Err(problem));
            }
        }
        self.choose(now);
    }

    /// Shows those that a filter lets through.
    pub fn set_filter(&mut self, text: String, now: i64) {
        self.chosen.set_text(text);
        self.choose(now);
        self.scroll = 0;
    }

    fn choose(&mut self, now: i64) {
        let known = self.commits.value.as_deref().unwrap_or_default();
        self.chosen.choose(known, now);
        let shown = (0..self.chosen.list.len()).filter_map(|place| known.get(self.chosen.at(place)?));
        let nodes: Vec<Node> =
            shown.map(|commit| Node { hash: &commit.hash, parents: from(commit), sign: sign(commit) }).collect();
        self.graph = graph::rows(&nodes);
    }
}

/// Where its lines lead to: its parents, and where the branch that it brought in was made from. The branch's own commits
/// are no part of main's history: the line from there to here stands for them.
fn from(commit: &Commit) -> Vec<&str> {
    let base = commit.brought_in.iter().map(|it| it.base.as_str());
    commit.parents.iter().map(String::as_str).chain(base).collect()
}

/// What stands for a commit: whether it brought others in, changed what people ask for, or only wrote something down.
fn sign(commit: &Commit) -> char {
    match commit.parents.len() {
        2.. => '◆',
        _ if commit.brought_in.is_some() => '◆',
        _ if changes_desired(commit) => '●',
        _ => '○',
    }
}

impl Filtered for Commit {
    const COLUMNS: &'static [Named] = &[
        Named { word: "author", kind: Kind::Text },
        Named { word: "deployment", kind: Kind::Text },
        Named { word: "table", kind: Kind::Text },
        Named { word: "cell", kind: Kind::Text },
        Named { word: "what", kind: Kind::Text },
        Named { word: "hash", kind: Kind::Text },
        Named { word: "age", kind: Kind::Span },
    ];

    /// Who: letters in order would be found in nearly every message.
    fn title(&self) -> &str {
        &self.author
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        let cells = self.changes.iter().flat_map(|change| [&*change.deployment, &*change.column, &*change.key]);
        [self.hash.as_str(), self.message.as_str()].into_iter().chain(cells)
    }

    fn value(&self, column: usize, now: i64) -> Value<'_> {
        let each = |texts: BTreeSet<&str>| Value::Text(Cow::Owned(texts.into_iter().collect::<Vec<_>>().join(" ")));
        let of =
            |text: fn(&doltops_proto::hosted_api::CellChange) -> &str| each(self.changes.iter().map(text).collect());
        match column {
            0 => Value::text(&self.author),
            1 => of(|change| &change.deployment),
            2 => of(|change| &change.table),
            3 => of(cell_name),
            4 => Value::text(&self.message),
            5 => Value::text(&self.hash),
            _ => Value::Number((now - self.time_ms) as f64),
        }
    }
}

/// Whether a cell only repeats its row's key: Dolt tells the key of a setting that comes or goes as cells too, and the
/// value says which setting of which deployment it is.
pub fn repeats_key(change: &doltops_proto::hosted_api::CellChange) -> bool {
    change.table == "settings" && change.column != "value"
}

/// What people call a cell: a setting by its own name, which stands in the row's key, else the column.
pub fn cell_name(change: &doltops_proto::hosted_api::CellChange) -> &str {
    match change.table.as_str() {
        "settings" => change.key.rsplit('/').next().unwrap_or_default(),
        _ => &change.column,
    }
}
