//! One change request: its cells against main, the plan of merging it, and what was said about it.
//!
//! Guarantees
//! - What is shown is one answer of the control plane: cells, plan and review are of one commit of main and one of the
//!   branch.
//! - The cursor stays with its cell while main and the branch move on.
//! - What was sent is sent again with the same id, so that a lost answer says nothing twice.

pub mod sql;

use crate::{
    console::state::{
        Ticket, branches::is_open, history::cell_name, list::List, loaded::Loaded, prompt::Prompt, proposal::Shown,
        scroll::Scroll,
    },
    hosted_api::{desired_diff::said_of, problem::Problem},
};
use doltops_proto::hosted_api::{
    Branch as Told, BranchConflict, BranchSummary, CellChange, ChangeBranchRequest, CreateBranchRequest,
    change::{self, Change},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The cell of a conflict about a deployment as a whole.
pub const DEPLOYMENT: &str = "deployment";

/// A cell that the branch changes, or that main and the branch disagree on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The deployment.
    pub deployment: String,
    /// Its column or setting.
    pub name: String,
    /// What it was where the branch was made.
    pub base: Option<String>,
    /// What main says.
    pub ours: Option<String>,
    /// What the branch says.
    pub theirs: Option<String>,
    /// Where main says otherwise.
    pub conflict: Option<BranchConflict>,
}

impl Cell {
    /// How it is called where it is decided: `NAME.COLUMN`.
    pub fn address(&self) -> String {
        match &self.conflict {
            Some(conflict) => conflict.cell.clone(),
            None => format!("{}.{}", self.deployment, self.name),
        }
    }

    /// One of its values in words.
    pub fn said(&self, value: &Option<String>) -> String {
        said_of(&self.name, self.base.as_deref(), value.as_deref())
    }

    /// What was decided about its conflict, in words: what was to be deleted stays, with what main has edited.
    pub fn settled(&self, conflict: &BranchConflict) -> String {
        match &conflict.value {
            Some(edits) if self.name == DEPLOYMENT => format!("stays: {edits}"),
            value => self.said(value),
        }
    }

    /// Whether somebody must still decide it.
    pub fn is_open(&self) -> bool {
        self.conflict.as_ref().is_some_and(|conflict| !conflict.decided)
    }
}

/// What stands beside the cells, or below them where there is no room for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// What merging it now would do.
    #[default]
    Plan,
    /// Who approved it, what was said, its commits.
    Review,
}

/// One change request's screen.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// All there is to decide.
    pub told: Loaded<Told>,
    /// What merging it now would do, where that can be planned.
    pub planned: Option<Shown>,
    /// Conflicts first.
    cells: Vec<Cell>,
    /// The cursor over them.
    pub list: List,
    /// Which part the keys scroll.
    pub part: Part,
    /// How far the plan is scrolled.
    pub plan: Scroll,
    /// How far the review is.
    pub review: Scroll,
    /// Names the stream.
    pub ticket: Ticket,
}

impl Branch {
    /// Asked for just now.
    pub fn asked(name: String, ticket: Ticket, now: i64) -> Self {
        Self {
            name,
            told: Loaded::asked(now),
            planned: None,
            cells: Vec::new(),
            list: List::default(),
            part: Part::default(),
            plan: Scroll::default(),
            review: Scroll::default(),
            ticket,
        }
    }

    /// It is as this answer says.
    pub fn set(&mut self, answer: Result<Told, Problem>) {
        let under = self.selected().map(|cell| (cell.deployment.clone(), cell.name.clone()));
        let first = self.told.value.is_none();
        self.told.set(answer);
        self.cells = self.told.value.as_ref().map(cells).unwrap_or_default();
        self.planned = self.told.value.as_mut().and_then(|told| told.plan.take()).map(|plan| {
            let change = Change::Merge(change::Merge { branch: self.name.clone(), confirm: String::new() });
            Shown { change, plan, request_id: String::new(), problem: None, confirm: String::new() }
        });
        self.list.set_len(self.cells.len());
        let place = |wanted: &dyn Fn(&Cell) -> bool| self.cells.iter().position(wanted);
        let place = match under {
            Some((deployment, name)) => place(&|cell| cell.deployment == deployment && cell.name == name),
            None if first => place(&Cell::is_open),
            None => None,
        };
        if let Some(place) = place {
            self.list.set_cursor(place);
        }
    }

    /// Its cells, conflicts first.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cell under the cursor.
    pub fn selected(&self) -> Option<&Cell> {
        self.cells.get(self.list.cursor())
    }

    /// In short, once it is known.
    pub fn summary(&self) -> Option<&BranchSummary> {
        self.told.value.as_ref()?.summary.as_ref()
    }

    /// Whether it can still be decided about.
    ///
    /// # Errors
    /// How it ended, or that it is not known yet.
    pub fn open(&self) -> Result<&BranchSummary, String> {
        let summary = self.summary().ok_or_else(|| format!("{} is not read yet", self.name))?;
        match is_open(summary) {
            true => Ok(summary),
            false => Err(format!("{} was {} by {}", summary.name, summary.state, summary.closed_by)),
        }
    }

    /// The next cell after the cursor that must be decided, around.
    pub fn next_open(&self) -> Option<usize> {
        let from = self.list.cursor() + 1;
        (from..self.cells.len()).chain(0..self.cells.len().min(from)).find(|place| self.cells[*place].is_open())
    }

    /// The scroll of the part that is looked at.
    pub fn scroll(&self) -> &Scroll {
        match self.part {
            Part::Plan => &self.plan,
            Part::Review => &self.review,
        }
    }
}

/// The branch's cells with the conflicts among them, and the conflicts that are about no cell of its own.
fn cells(told: &Told) -> Vec<Cell> {
    // A setting's row has its key as well: the value says all.
    let tells = |change: &&CellChange| change.table != "settings" || change.column == "value";
    // Of a deployment that goes its name says all, too.
    let goes = |it: &&CellChange| it.table == "deployments" && it.column == "name" && it.to.is_none();
    let gone: BTreeSet<&str> = told.changes.iter().filter(goes).map(|it| it.deployment.as_str()).collect();
    // And where main has edited what goes, or deleted what the branch edits, the conflict is told of the deployment.
    let whole = |it: &&BranchConflict| it.column == DEPLOYMENT;
    let decided: BTreeSet<&str> = told.conflicts.iter().filter(whole).map(|it| it.deployment.as_str()).collect();
    let repeats = |change: &&CellChange| {
        let whose = change.deployment.as_str();
        decided.contains(whose) || (!goes(change) && gone.contains(whose))
    };
    let mut conflicts: Vec<BranchConflict> = told.conflicts.clone();
    let of = |change: &CellChange, conflicts: &mut Vec<BranchConflict>| of(change, conflicts, &told.main_changes);
    let mut cells: Vec<Cell> = told
        .changes
        .iter()
        .filter(tells)
        .filter(|change| !repeats(change))
        .map(|change| of(change, &mut conflicts))
        .collect();
    cells.extend(conflicts.into_iter().map(|conflict| Cell {
        deployment: conflict.deployment.clone(),
        name: conflict.column.clone(),
        base: conflict.base.clone(),
        ours: conflict.ours.clone(),
        theirs: conflict.theirs.clone(),
        conflict: Some(conflict),
    }));
    cells.sort_by(|one, other| {
        let key = |cell: &Cell| (cell.conflict.is_none(), cell.deployment.clone());
        key(one).cmp(&key(other))
    });
    cells
}

fn of(change: &CellChange, conflicts: &mut Vec<BranchConflict>, main: &[CellChange]) -> Cell {
    let name = cell_name(change).to_owned();
    let whose = if change.deployment.is_empty() { &change.key } else { &change.deployment };
    let about = conflicts.iter().position(|it| it.deployment == *whose && it.column == name);
    let conflict = about.map(|at| conflicts.remove(at));
    let key = |it: &CellChange| (it.table.clone(), it.key.clone(), it.column.clone());
    let on_main = main.iter().find(|it| key(it) == key(change));
    // Main says as the branch was made from, unless it is told otherwise.
    let ours = match (&conflict, on_main) {
        (Some(conflict), _) => conflict.ours.clone(),
        (None, Some(on_main)) => on_main.to.clone(),
        (None, None) => change.from.clone(),
    };
    Cell { deployment: whose.clone(), name, base: change.from.clone(), ours, theirs: change.to.clone(), conflict }
}

/// What a person says about a change request.
#[derive(Clone, Debug, PartialEq)]
pub enum Saying {
    /// A new one.
    Open(CreateBranchRequest),
    /// About one that is there.
    Change(ChangeBranchRequest),
}

impl Saying {
    /// Which change request.
    pub fn name(&self) -> &str {
        match self {
            Saying::Open(request) => &request.name,
            Saying::Change(request) => &request.name,
        }
    }
}

/// What was said and is not answered yet.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// With the question that it answered, which is asked once more where it is refused.
    waiting: BTreeMap<Ticket, (Saying, Option<Box<Prompt>>)>,
    /// What is said after that, one after the other: each is a commit of main.
    next: VecDeque<Saying>,
    /// What was refused last: the same again has its id.
    last: Option<ChangeBranchRequest>,
}

impl Said {
    /// This is sent now; where it is what was refused last, with the id of then.
    pub fn send(&mut self, ticket: Ticket, mut saying: Saying, prompt: Option<Box<Prompt>>) -> Saying {
        if let (Saying::Change(request), Some(last)) = (&mut saying, &self.last)
            && (&request.name, &request.change) == (&last.name, &last.change)
        {
            request.request_id.clone_from(&last.request_id);
        }
        self.waiting.insert(ticket, (saying.clone(), prompt));
        saying
    }

    /// These are said once what was sent is answered.
    pub fn queue(&mut self, sayings: impl IntoIterator<Item = Saying>) {
        self.next.extend(sayings);
    }

    /// How much waits for what was sent.
    pub fn waits_behind(&self) -> usize {
        self.next.len()
    }

    /// What is to be said next; nothing more where the one before was refused.
    pub fn next(&mut self, well: bool) -> Option<Saying> {
        if !well {
            self.next.clear();
        }
        self.next.pop_front()
    }

    /// It was answered: what it was, and the question to ask once more where it was refused.
    pub fn answered(&mut self, ticket: Ticket, well: bool) -> Option<(Saying, Option<Box<Prompt>>)> {
        let (saying, prompt) = self.waiting.remove(&ticket)?;
        if let Saying::Change(request) = &saying {
            self.last = (!well).then(|| request.clone());
        }
        Some((saying, prompt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(deployment: &str, table: &str, key: &str, column: &str) -> CellChange {
        let text = str::to_owned;
        CellChange {
            table: text(table),
            key: text(key),
            column: text(column),
            deployment: text(deployment),
            from: Some(text("a")),
            to: Some(text("b")),
        }
    }

    fn conflict(deployment: &str, column: &str, decided: bool) -> BranchConflict {
        let cell = format!("{deployment}.{column}");
        BranchConflict {
            cell,
            deployment: deployment.into(),
            column: column.into(),
            decided,
            ..BranchConflict::default()
        }
    }

    fn told(changes: Vec<CellChange>, conflicts: Vec<BranchConflict>) -> Result<Told, Problem> {
        let summary = Some(BranchSummary { state: "open".into(), ..BranchSummary::default() });
        Ok(Told { summary, changes, conflicts, ..Told::default() })
    }

    fn names(branch: &Branch) -> Vec<String> {
        branch
            .cells()
            .iter()
            .map(|cell| format!("{}{}", cell.address(), if cell.is_open() { "!" } else { "" }))
            .collect()
    }

    #[test]
    fn a_conflict_is_its_cell_and_stands_first_and_the_cursor_stays() {
        let mut branch = Branch::asked("bigger".into(), Ticket(1), 0);
        let changes = || {
            vec![
                change("billing", "deployments", "d-1", "instance_type"),
                change("orders", "settings", "d-2/max_connections", "value"),
                change("orders", "settings", "d-2/max_connections", "setting"),
                change("users", "deployments", "d-3", "volume_gib"),
            ]
        };
        branch.set(told(changes(), vec![conflict("orders", "max_connections", false), conflict("new", "name", true)]));
        assert_eq!(
            names(&branch),
            ["new.name", "orders.max_connections!", "billing.instance_type", "users.volume_gib"]
        );
        assert_eq!(
            branch.selected().map(Cell::address).as_deref(),
            Some("orders.max_connections"),
            "what is to decide"
        );
        assert_eq!(branch.next_open(), Some(1));
        branch.list.set_cursor(3);
        branch.set(told(changes(), vec![]));
        assert_eq!(branch.selected().map(Cell::address).as_deref(), Some("users.volume_gib"));
        assert_eq!(branch.next_open(), None);
        branch.set(Err(Problem::invalid("branch", "gone")));
        assert_eq!(branch.cells().len(), 3, "what was known stays");
    }

    #[test]
    fn a_deployment_that_goes_is_one_line() {
        let mut branch = Branch::asked("away".into(), Ticket(1), 0);
        let gone =
            |table: &str, key: &str, column: &str| CellChange { to: None, ..change("users", table, key, column) };
        let cells = vec![
            gone("deployments", "d-3", "name"),
            gone("deployments", "d-3", "volume_gib"),
            gone("settings", "d-3/max_connections", "value"),
            change("orders", "deployments", "d-2", "volume_gib"),
        ];
        branch.set(told(cells, vec![]));
        assert_eq!(names(&branch), ["orders.volume_gib", "users.name"]);
    }

    /// What both edited alike is no conflict, and no longer what it was where the branch was made.
    #[test]
    fn main_says_what_main_says() {
        let mut branch = Branch::asked("bigger".into(), Ticket(1), 0);
        let cells = vec![
            change("billing", "deployments", "d-1", "volume_gib"),
            change("orders", "settings", "d-2/max_connections", "value"),
            change("users", "deployments", "d-3", "power"),
        ];
        let on_main =
            vec![CellChange { to: Some("c".into()), ..cells[0].clone() }, CellChange { to: None, ..cells[1].clone() }];
        branch.set(told(cells, vec![]).map(|told| Told { main_changes: on_main, ..told }));
        let ours: Vec<Option<&str>> = branch.cells().iter().map(|cell| cell.ours.as_deref()).collect();
        assert_eq!(ours, [Some("c"), None, Some("a")]);
    }

    #[test]
    fn the_same_after_a_refusal_has_the_same_id() {
        use doltops_proto::hosted_api::change_branch_request::Change;
        let mut said = Said::default();
        let comment = |id: &str, text: &str| {
            let (name, request_id, change) = ("a".to_owned(), id.to_owned(), Some(Change::Comment(text.to_owned())));
            Saying::Change(ChangeBranchRequest { name, request_id, change })
        };
        said.send(Ticket(1), comment("1", "x"), None);
        assert!(said.answered(Ticket(1), false).is_some() && said.answered(Ticket(1), false).is_none());
        assert_eq!(said.send(Ticket(2), comment("2", "x"), None), comment("1", "x"));
        said.answered(Ticket(2), true);
        assert_eq!(said.send(Ticket(3), comment("3", "x"), None), comment("3", "x"), "said once more on purpose");
    }
}
