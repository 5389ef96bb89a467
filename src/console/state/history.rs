//! Commits, newest first, of one deployment or of the whole control plane.

pub mod graph;

use self::graph::{Link, Node};
use crate::console::{
    filter::{Filtered, Kind, Named, Value},
    state::{Ticket, chosen::Chosen, loaded::Loaded},
};
use doltops_proto::hosted_api::{Commit, HistoryResponse};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};

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
        let shown: Vec<usize> = (0..self.chosen.list.len())
            .filter_map(|place| self.chosen.at(place))
            .filter(|at| *at < known.len())
            .collect();
        let way = Way::of(known, &shown);
        let nodes: Vec<Node> = shown
            .iter()
            .map(|at| Node { hash: &known[*at].hash, links: way.links(*at), sign: sign(&known[*at]) })
            .collect();
        self.graph = graph::rows(&nodes);
    }
}

/// The ways down from commit to commit, past those that are not shown.
///
/// A commit's own line goes on with its first parent; where that is not of this history (it is about another
/// deployment), with the next that is. Its other lines lead where `joins` says. A branch's own commits are no part of
/// main's history: the line from the merge to where it was made stands for them.
struct Way<'a> {
    known: &'a [Commit],
    places: HashMap<&'a str, usize>,
    shown: HashSet<usize>,
}

impl<'a> Way<'a> {
    fn of(known: &'a [Commit], shown: &[usize]) -> Self {
        let places = known.iter().enumerate().map(|(at, commit)| (commit.hash.as_str(), at)).collect();
        Self { known, places, shown: shown.iter().copied().collect() }
    }

    fn links(&self, at: usize) -> Vec<Link<'a>> {
        let own = self.down(at).and_then(|(to, near)| self.visible(to, !near));
        let joins = self.known[at].joins.iter().filter_map(|to| match self.places.get(to.as_str()) {
            Some(place) => self.visible(*place, false),
            // Older than all that is loaded: to the foot.
            None => Some(Link { to, gap: false }),
        });
        own.into_iter().chain(joins).collect()
    }

    /// Where a commit's own line goes on, and whether that is its parent.
    fn down(&self, at: usize) -> Option<(usize, bool)> {
        let parent = &self.known[at].parent;
        match self.places.get(parent.as_str()) {
            // The other way round it would lead nowhere.
            Some(place) if *place > at => Some((*place, true)),
            _ if parent.is_empty() || at + 1 >= self.known.len() => None,
            _ => Some((at + 1, false)),
        }
    }

    /// From there on the first that is shown.
    fn visible(&self, mut at: usize, mut gap: bool) -> Option<Link<'a>> {
        while !self.shown.contains(&at) {
            (at, gap) = (self.down(at)?.0, true);
        }
        Some(Link { to: &self.known[at].hash, gap })
    }
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
