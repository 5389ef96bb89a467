//! The rules of a check, from TOML.
//!
//! Guarantees: what is wrong is refused with the key, the file's name and the line, before anything is read or touched. A
//! key that is not known is wrong: a slip must not leave a table unwatched.
//!
//! Without a file everything is watched as the defaults say.

mod kept;

use crate::{
    checks::judge::{Bound, FIGURES, Figure, Settings},
    hosted_api::problem::Problem,
};
use serde::Deserialize;
use std::{collections::BTreeSet, ops::Range, path::Path};
use toml::Spanned;

/// Batches that are compared with: enough for a median of distances, few enough to follow a season.
const WINDOW: usize = 100;

/// Spreads that are too far. A table of ten columns asks some hundred questions a commit: of a normal distribution six is
/// one in 10^9, and what commits bring has longer tails than that; with five, every few hundred commits were a false alarm.
/// `docs/checks.md` has what it finds and what not.
const THRESHOLD: f64 = 6.0;

/// What the control plane's own database is said to be of. No deployment can be called so.
pub const CONTROL_PLANE: &str = "control plane";

/// Commits that are looked at, the newest ones.
const COMMITS: usize = 10_000;

/// The rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// So many of the newest commits are looked at.
    pub commits: usize,
    /// SQL that must return nothing.
    pub constraints: Vec<Constraint>,
    /// Departures that are known and accepted: the beginning of a commit's hash, and why.
    pub accepted: Vec<Accepted>,
    window: usize,
    threshold: f64,
    /// None: every table is watched.
    tables: Option<Vec<TableRule>>,
    bounds: Vec<(String, Bound)>,
}

/// SQL that must return nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// What it is called.
    pub name: String,
    /// The statement.
    pub sql: String,
}

/// A commit whose findings are no news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// How its hash begins.
    pub commit: String,
    /// In this table; none: in all.
    pub table: Option<String>,
    /// Why.
    pub reason: String,
}

/// A watched table.
#[derive(Clone, Debug, Default, PartialEq)]
struct TableRule {
    name: String,
    columns: Option<BTreeSet<String>>,
    without: BTreeSet<String>,
    threshold: Option<f64>,
    window: Option<usize>,
    repeats: Repeats,
}

/// What makes a row a repetition of another.
#[derive(Clone, Debug, Default, PartialEq)]
enum Repeats {
    /// The same in everything but the key.
    #[default]
    All,
    /// Nothing does.
    Never,
    /// The same in these.
    Of(BTreeSet<String>),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    window: Option<Spanned<i64>>,
    threshold: Option<Spanned<f64>>,
    commits: Option<Spanned<i64>>,
    constraint: Vec<RawConstraint>,
    table: Option<Vec<RawTable>>,
    bound: Vec<Spanned<RawBound>>,
    accept: Vec<RawAccept>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConstraint {
    name: Spanned<String>,
    sql: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    name: Spanned<String>,
    columns: Option<BTreeSet<String>>,
    #[serde(default)]
    without: BTreeSet<String>,
    threshold: Option<Spanned<f64>>,
    window: Option<Spanned<i64>>,
    repeats: Option<RawRepeats>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawRepeats {
    Whether(bool),
    Of(BTreeSet<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBound {
    table: String,
    column: Option<String>,
    figure: Spanned<String>,
    min: Option<f64>,
    max: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccept {
    commit: Spanned<String>,
    table: Option<String>,
    reason: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            commits: COMMITS,
            constraints: Vec::new(),
            accepted: Vec::new(),
            window: WINDOW,
            threshold: THRESHOLD,
            tables: None,
            bounds: Vec::new(),
        }
    }
}

impl Rules {
    /// What is asked of the control plane's own database unless a file says otherwise.
    ///
    /// # Errors
    /// None that its test would not have met.
    fn control_plane() -> Result<Self, Problem> {
        Self::parse(include_str!("control_plane.toml"), Path::new("the control plane's rules"))
    }

    /// Reads the text of the file at `path`.
    ///
    /// # Errors
    /// Names the key, the file and the line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Problem> {
        let file = File { text, path };
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let key = error.span().map(|span| file.key(&span)).unwrap_or_default();
            file.wrong(&key, error.span(), error.message())
        })?;
        let mut names = BTreeSet::new();
        let constraint = |raw: RawConstraint| file.constraint(raw, &mut names);
        let constraints = raw.constraint.into_iter().map(constraint).collect::<Result<_, _>>()?;
        let mut names = BTreeSet::new();
        let table = |raw: RawTable| file.table(raw, &mut names);
        let tables = raw.table.map(|tables| tables.into_iter().map(table).collect::<Result<_, _>>()).transpose()?;
        Ok(Self {
            commits: file.whole("commits", raw.commits, 2..1_000_000)?.unwrap_or(COMMITS),
            window: file.whole("window", raw.window, 20..10_000)?.unwrap_or(WINDOW),
            threshold: file.spreads("threshold", raw.threshold)?.unwrap_or(THRESHOLD),
            constraints,
            tables,
            bounds: raw.bound.into_iter().map(|bound| file.bound(bound)).collect::<Result<_, _>>()?,
            accepted: raw.accept.into_iter().map(|accept| file.accept(accept)).collect::<Result<_, _>>()?,
        })
    }

    /// The tables that must be there; none: all that are there are watched.
    pub fn tables(&self) -> Option<impl Iterator<Item = &str>> {
        self.tables.as_ref().map(|tables| tables.iter().map(|table| table.name.as_str()))
    }

    /// Whether a column's figures are told, and whether it is part of what makes a row a repetition; `key`: it is part of
    /// the primary key.
    pub fn column(&self, table: &str, column: &str, key: bool) -> (bool, bool) {
        let default = TableRule::default();
        let rule = self.rule(table).unwrap_or(&default);
        let watched = match &rule.columns {
            Some(columns) => columns.contains(column),
            // What numbers the rows is told by how many there are.
            None => !key && !rule.without.contains(column),
        };
        let repeats = match &rule.repeats {
            Repeats::All => !key,
            Repeats::Never => false,
            Repeats::Of(columns) => columns.contains(column),
        };
        (watched, repeats)
    }

    /// The columns of a table that the rules name: they must be there.
    pub fn named(&self, table: &str) -> BTreeSet<&str> {
        let rule = self.rule(table);
        let columns = rule.and_then(|rule| rule.columns.as_ref()).into_iter().flatten();
        let without = rule.map(|rule| &rule.without).into_iter().flatten();
        let repeats = rule.into_iter().filter_map(|rule| match &rule.repeats {
            Repeats::Of(columns) => Some(columns),
            Repeats::All | Repeats::Never => None,
        });
        let bounds =
            self.bounds.iter().filter(|(name, _)| name == table).filter_map(|(_, bound)| bound.column.as_ref());
        columns.chain(without).chain(repeats.flatten()).chain(bounds).map(String::as_str).collect()
    }

    /// Everything that decides what is counted: what was counted by other rules is of no use.
    pub fn counting(&self) -> String {
        let of = |rule: &TableRule| format!("{:?} {:?} {:?} {:?}", rule.name, rule.columns, rule.without, rule.repeats);
        let tables = self.tables.as_ref().map(|tables| tables.iter().map(of).collect::<Vec<_>>());
        format!("{} {tables:?}", self.commits)
    }

    /// How a table is judged.
    pub fn settings(&self, table: &str) -> Settings {
        let rule = self.rule(table);
        let bounds = self.bounds.iter().filter(|(name, _)| name == table).map(|(_, bound)| bound.clone());
        Settings {
            window: rule.and_then(|rule| rule.window).unwrap_or(self.window),
            threshold: rule.and_then(|rule| rule.threshold).unwrap_or(self.threshold),
            bounds: bounds.collect(),
        }
    }

    fn rule(&self, table: &str) -> Option<&TableRule> {
        self.tables.iter().flatten().find(|rule| rule.name == table)
    }
}

struct File<'a> {
    text: &'a str,
    path: &'a Path,
}

impl File<'_> {
    fn wrong(&self, key: &str, span: Option<Range<usize>>, what: &str) -> Problem {
        let start = span.map_or(0, |span| span.start).min(self.text.len());
        let line = self.text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let key = if key.is_empty() { "rules" } else { key };
        Problem::invalid(key, format!("{}, line {line}: {}", self.path.display(), what.trim()))
            .next("docs/checks.md has every key of the rules")
    }

    /// The key on the line where a value is wrong.
    fn key(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or_default();
        let begins = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text.get(begins..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        line.split_once('=').map_or_else(String::new, |(key, _)| key.trim().to_owned())
    }

    fn whole(&self, key: &str, value: Option<Spanned<i64>>, bounds: Range<i64>) -> Result<Option<usize>, Problem> {
        let Some(value) = value else { return Ok(None) };
        if !bounds.contains(value.get_ref()) {
            let what = format!("{} is out of bounds: {} to {}", value.get_ref(), bounds.start, bounds.end - 1);
            return Err(self.wrong(key, Some(value.span()), &what));
        }
        Ok(usize::try_from(*value.get_ref()).ok())
    }

    fn spreads(&self, key: &str, value: Option<Spanned<f64>>) -> Result<Option<f64>, Problem> {
        let Some(value) = value else { return Ok(None) };
        if !(2.0..=1_000.0).contains(value.get_ref()) {
            let what = format!("{} is out of bounds: 2 to 1000 spreads", value.get_ref());
            return Err(self.wrong(key, Some(value.span()), &what));
        }
        Ok(Some(*value.get_ref()))
    }

    fn constraint(&self, raw: RawConstraint, names: &mut BTreeSet<String>) -> Result<Constraint, Problem> {
        let (name_at, sql_at) = (raw.name.span(), raw.sql.span());
        let (name, sql) = (raw.name.into_inner(), raw.sql.into_inner());
        let (name, sql) = (name.trim().to_owned(), sql.trim().trim_end_matches(';').to_owned());
        if name.is_empty() || !names.insert(name.clone()) {
            let what = if name.is_empty() { "it needs a name" } else { "there is another constraint of that name" };
            return Err(self.wrong("constraint.name", Some(name_at), what));
        }
        if crate::sql::statements::split(&sql).len() != 1 || !crate::sql::statements::reads(&sql) {
            return Err(self.wrong("constraint.sql", Some(sql_at), "it must be one statement that only reads"));
        }
        Ok(Constraint { name, sql })
    }

    fn table(&self, raw: RawTable, names: &mut BTreeSet<String>) -> Result<TableRule, Problem> {
        if !names.insert(raw.name.get_ref().clone()) {
            return Err(self.wrong("table.name", Some(raw.name.span()), "the table is named twice"));
        }
        Ok(TableRule {
            threshold: self.spreads("table.threshold", raw.threshold)?,
            window: self.whole("table.window", raw.window, 20..10_000)?,
            name: raw.name.into_inner(),
            columns: raw.columns,
            without: raw.without,
            repeats: match raw.repeats {
                None | Some(RawRepeats::Whether(true)) => Repeats::All,
                Some(RawRepeats::Whether(false)) => Repeats::Never,
                Some(RawRepeats::Of(columns)) => Repeats::Of(columns),
            },
        })
    }

    fn bound(&self, raw: Spanned<RawBound>) -> Result<(String, Bound), Problem> {
        let span = raw.span();
        let raw = raw.into_inner();
        let at = raw.figure.span();
        let name = raw.figure.into_inner();
        let Some((figure, _)) = FIGURES.iter().find(|(_, known)| *known == name) else {
            let known: Vec<&str> = FIGURES.iter().map(|(_, name)| *name).collect();
            return Err(self.wrong("bound.figure", Some(at), &format!("'{name}' is none of {}", known.join(", "))));
        };
        if raw.min.is_none() && raw.max.is_none() {
            return Err(self.wrong("bound", Some(span), "it needs min, max or both"));
        }
        if Figure::is_of_table(*figure) != raw.column.is_none() {
            let what = if raw.column.is_none() {
                format!("'{name}' is a figure of a column: name it")
            } else {
                format!("'{name}' is a figure of the table: leave the column out")
            };
            return Err(self.wrong("bound.column", Some(at), &what));
        }
        Ok((raw.table, Bound { column: raw.column, figure: *figure, min: raw.min, max: raw.max }))
    }

    fn accept(&self, raw: RawAccept) -> Result<Accepted, Problem> {
        let span = raw.commit.span();
        let commit = raw.commit.into_inner();
        // As short as this it is still one of thousands.
        if commit.len() < 6 || !commit.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v')) {
            let what = format!("'{commit}' is not the beginning of a commit's hash, of six characters at least");
            return Err(self.wrong("accept.commit", Some(span), &what));
        }
        Ok(Accepted { commit, table: raw.table, reason: raw.reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Rules, String> {
        Rules::parse(text, Path::new("checks.toml")).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_control_planes_own_rules_can_be_read() {
        let rules = Rules::control_plane().expect("they are ours");
        assert!(rules.constraints.len() >= 9 && rules.tables().is_some_and(|tables| tables.count() >= 6));
    }

    #[test]
    fn a_mistake_is_told_with_its_key_and_line() {
        for (text, said) in [
            ("window = 100\nthreshold = 1", "threshold: checks.toml, line 2: 1 is out of bounds: 2 to 1000 spreads"),
            ("\n[[table]]\nname = 'orders'\ncolumn = ['a']", "column: checks.toml, line 4: unknown field `column`"),
            (
                "[[constraint]]\nname = 'a'\nsql = 'delete from t'",
                "constraint.sql: checks.toml, line 3: it must be one",
            ),
            ("[[constraint]]\nname = 'a'\nsql = 'select 1; select 2'", "constraint.sql: checks.toml, line 3"),
            ("[[bound]]\ntable='t'\nfigure='nuls'\nmax=0", "bound.figure: checks.toml, line 3: 'nuls' is none of rows"),
            (
                "[[bound]]\ntable='t'\nfigure='nulls'\nmax=0",
                "bound.column: checks.toml, line 3: 'nulls' is a figure of",
            ),
            ("[[bound]]\ntable='t'\nfigure='rows'", "bound: checks.toml, line 1: it needs min, max or both"),
            ("[[accept]]\ncommit='xyz'\nreason=''", "accept.commit: checks.toml, line 2"),
            ("window = 'a'", "window: checks.toml, line 1: invalid type"),
            (
                "[[constraint]]\nname = 'a'\nsql = 'select 1'\n[[constraint]]\nname = ' a '\nsql = 'select 2'",
                "constraint.name: checks.toml, line 5: there is another constraint of that name",
            ),
            (
                "[[table]]\nname = 'orders'\n[[table]]\nname = 'orders'",
                "table.name: checks.toml, line 4: the table is named twice",
            ),
        ] {
            let problem = parse(text).expect_err(text);
            assert!(problem.starts_with(said), "{problem}");
        }
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let rules = parse("").expect("valid");
        assert_eq!(rules, Rules::default());
        assert!(rules.tables().is_none());
        assert_eq!(rules.column("t", "id", true), (false, false));
        assert_eq!(rules.column("t", "a", false), (true, true));
    }

    #[test]
    fn a_table_has_rules_of_its_own() {
        let text = "threshold = 9.0\n[[table]]\nname = 'orders'\ncolumns = ['id', 'amount']\nwindow = 50\n\
                    repeats = ['amount', 'customer']\n[[bound]]\ntable = 'orders'\ncolumn = 'email'\n\
                    figure = 'null_share'\nmax = 0.1\n[[constraint]]\nname = 'paid'\nsql = 'select 1 where false;'\n";
        let rules = parse(text).expect("valid");
        assert_eq!(rules.column("orders", "id", true), (true, false));
        assert_eq!(rules.column("orders", "customer", false), (false, true));
        let settings = rules.settings("orders");
        assert_eq!((settings.window, settings.threshold, settings.bounds.len()), (50, 9.0, 1));
        assert_eq!(rules.settings("other").window, 100);
        assert_eq!(rules.named("orders"), BTreeSet::from(["amount", "customer", "email", "id"]));
        assert_eq!(rules.constraints[0].sql, "select 1 where false");
    }

    proptest! {
        #[test]
        fn whatever_the_file_holds_is_read_or_refused(text in ".{0,60}") {
            let _ = parse(&text);
        }
    }
}
