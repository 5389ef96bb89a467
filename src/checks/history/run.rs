//! One run: from what is kept to the head of the branch.

use super::{
    constraints,
    graph::{self, Commit},
    kept::Kept,
    read::{self, Tables, Touch},
    table::{Place, Watched, columns, has_key},
    which::no_branch,
};
use crate::{
    checks::rules::Rules,
    hosted_api::problem::{Kind, Problem},
    sql::Session,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// After so many commits what was counted is kept: what an interruption loses is some seconds of work.
const PIECE: usize = 1_000;

/// With fewer new commits each is asked what it touched; with more the whole history is, at once.
const FEW: usize = 100;

/// How far a run is, and what it read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Commits that are new.
    pub commits: usize,
    /// Of them, those that were looked at.
    pub done: usize,
    /// Rows that were read: of diffs, of whole tables, and to be shown.
    pub rows: u64,
}

/// What is looked at.
struct Run<'a> {
    session: &'a mut Session,
    database: &'a str,
    branch: &'a str,
    rules: &'a Rules,
    kept: Kept,
    progress: Progress,
    touches: Option<BTreeMap<(String, String), Touch>>,
}

/// Looks at what is new on a branch. `tell` hears how far it is; `path`: where it is kept.
///
/// # Errors
/// The database's own words; rules that name what is not there.
pub async fn run(
    session: &mut Session,
    (database, branch): (&str, &str),
    rules: &Rules,
    path: &Path,
    tell: impl Fn(Progress),
) -> Result<(Kept, Progress, Vec<String>), Problem> {
    let head = match read::stand_on(session, database, branch).await {
        Ok(head) => head,
        Err(said) => return Err(no_branch(session, database, branch, said).await),
    };
    let tables = read::tables(session, database, &head).await?;
    let notes = notes(rules, &tables)?;
    let watched: Vec<String> = watched(rules, &tables);
    read::stand_on(session, database, branch).await?;
    let kept = Kept::load(path).filter(|kept| kept.counting == rules.counting());
    let (kept, new) = commits(session, kept, &head, rules).await?;
    let mut run = Run { session, database, branch, rules, kept, progress: Progress::default(), touches: None };
    run.progress.commits = new.len();
    for name in &watched {
        let settings = rules.settings(name);
        run.kept.tables.entry(name.clone()).or_insert_with(|| Watched::new(settings.clone())).judge_by(settings);
    }
    for piece in new.chunks(PIECE) {
        run.piece(piece, &tell).await?;
        run.kept.save(path)?;
    }
    let shown = run.show().await?;
    let asked = run.constraints().await?;
    if shown || asked || new.is_empty() {
        run.kept.save(path)?;
    }
    Ok((run.kept, run.progress, notes))
}

/// Tables that are left out, and why.
fn notes(rules: &Rules, tables: &Tables) -> Result<Vec<String>, Problem> {
    if let Some(names) = rules.tables() {
        for name in names {
            let Some(fields) = tables.get(name) else {
                return Err(Problem::new(Kind::NotFound, format!("the rules name the table {name}: there is none")));
            };
            let there: BTreeSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            if let Some(column) = rules.named(name).into_iter().find(|column| !there.contains(column)) {
                let what = format!("the rules name the column {column} of {name}: there is none");
                return Err(Problem::new(Kind::NotFound, what));
            }
            if !has_key(fields) {
                let what = format!("{name} has no primary key: its rows cannot be followed from commit to commit");
                return Err(Problem::invalid("table.name", what).next("watch it by a constraint"));
            }
        }
        return Ok(Vec::new());
    }
    let keyless = tables.iter().filter(|(_, fields)| !has_key(fields));
    Ok(keyless.map(|(name, _)| format!("{name} is left out: it has no primary key")).collect())
}

fn watched(rules: &Rules, tables: &Tables) -> Vec<String> {
    match rules.tables() {
        Some(names) => names.map(str::to_owned).collect(),
        None => tables.iter().filter(|(_, fields)| has_key(fields)).map(|(name, _)| name.clone()).collect(),
    }
}

/// The commits that are new, and what they follow.
async fn commits(
    session: &mut Session,
    kept: Option<Kept>,
    head: &str,
    rules: &Rules,
) -> Result<(Kept, Vec<Commit>), Problem> {
    if let Some(kept) = kept
        && let Some(tip) = kept.tip().map(str::to_owned)
    {
        if tip == head {
            return Ok((kept, Vec::new()));
        }
        // A tip that the database no longer has is an error, and no reason to fail: the history was rewritten.
        let new = read::commits(session, head, Some(&tip)).await.unwrap_or_default();
        if let Some(line) = graph::line(new, head, Some(&tip), usize::MAX) {
            return Ok((kept, line));
        }
    }
    let all = read::commits(session, head, None).await?;
    Ok((Kept::new(rules.counting()), graph::line(all, head, None, rules.commits).unwrap_or_default()))
}

impl Run<'_> {
    async fn piece(&mut self, commits: &[Commit], tell: &impl Fn(Progress)) -> Result<(), Problem> {
        for commit in commits {
            let place = self.kept.commits.len();
            if place == 0 {
                self.begin(commit).await?;
            } else {
                for (table, touch) in self.touched(commit).await? {
                    let at = Place { database: self.database, table: &table, commit, place };
                    let Some(watched) = self.kept.tables.get_mut(&table) else { continue };
                    self.progress.rows += watched.follow(self.session, &at, touch, self.rules).await?;
                    if touch.schema {
                        read::stand_on(self.session, self.database, self.branch).await?;
                    }
                }
            }
            self.kept.commits.push(commit.clone());
            self.progress.done += 1;
            tell(self.progress);
        }
        Ok(())
    }

    /// The oldest commit: everything is counted whole.
    async fn begin(&mut self, commit: &Commit) -> Result<(), Problem> {
        let tables = read::tables(self.session, self.database, &commit.hash).await?;
        for (name, watched) in &mut self.kept.tables {
            let Some(fields) = tables.get(name).filter(|fields| has_key(fields)) else { continue };
            let at = Place { database: self.database, table: name, commit, place: 0 };
            self.progress.rows += watched.begin(self.session, &at, columns(self.rules, name, fields)).await?;
        }
        read::stand_on(self.session, self.database, self.branch).await.map(drop)
    }

    /// Which watched tables a commit touched.
    async fn touched(&mut self, commit: &Commit) -> Result<Vec<(String, Touch)>, Problem> {
        if self.touches.is_none() && self.progress.commits > FEW {
            self.touches = Some(read::touches(self.session).await?);
        }
        let parent = commit.parent.as_deref().unwrap_or_default();
        let of_one = match &self.touches {
            Some(touches) if !commit.merge => {
                let key = |name: &String| (commit.hash.clone(), name.clone());
                let names = self.kept.tables.keys();
                return Ok(names.filter_map(|name| Some((name.clone(), *touches.get(&key(name))?))).collect());
            }
            _ => read::touched(self.session, parent, &commit.hash).await?,
        };
        Ok(of_one.into_iter().filter(|(name, _)| self.kept.tables.contains_key(name)).collect())
    }

    /// Rows for the findings that have none yet; gives whether there was something to read.
    async fn show(&mut self) -> Result<bool, Problem> {
        let mut read = 0;
        for (name, watched) in &mut self.kept.tables {
            read += watched.show(self.session, &self.kept.commits, name).await?;
        }
        self.progress.rows += read;
        Ok(read > 0)
    }

    /// Asks the constraints that were not asked at this head yet; gives whether there was one.
    async fn constraints(&mut self) -> Result<bool, Problem> {
        let head = self.kept.tip().unwrap_or_default().to_owned();
        let wanted: BTreeSet<&str> = self.rules.constraints.iter().map(|constraint| constraint.sql.as_str()).collect();
        self.kept.constraints.retain(|sql, verdict| wanted.contains(sql.as_str()) && verdict.head == head);
        let mut asked = false;
        for constraint in &self.rules.constraints {
            if !self.kept.constraints.contains_key(&constraint.sql) {
                let verdict = constraints::ask(self.session, self.database, constraint, &self.kept.commits).await?;
                self.kept.constraints.insert(constraint.sql.clone(), verdict);
                asked = true;
            }
        }
        Ok(asked)
    }
}
