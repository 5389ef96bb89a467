//! What is drawn of a history: a curve for each watched figure over the commits, and the commits that are flagged in it.
//!
//! Pure: from what is kept and the report of it.
//!
//! A curve shows what was judged. Of a column that is what commits *brought*, batch by batch: in a table of a million rows
//! a bad commit moves no figure of the whole table. Only nulls and different values are those of the table; rows are, and
//! how many came, went and were changed. [`Of`] says of each curve which it is.

use super::{
    figures::{Batch, Class, Column, ColumnRecord, Record},
    history::{Evidence, Kept, Part, Shown, ShownCell, Watched},
    judge::{FIGURES, Figure, QUANTILES, Sign},
    report::{CommitReport, ConstraintReport, FindingReport, Report, amount},
};
use std::{collections::HashMap, sync::Arc};

/// Points of a curve that are kept: twice the columns of a wide terminal. Of those that fall together the farthest from
/// what is usual stays, as it is looked for.
const POINTS: usize = 400;

/// What a figure is of: those of the whole table and those of what a commit brought stand side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// Of nothing: a constraint.
    #[default]
    Nothing,
    /// The whole table, after each commit.
    Table,
    /// A commit.
    Commit,
    /// The values that commits brought.
    Came,
    /// The lengths of the texts that commits brought.
    Lengths,
    /// The moments that commits brought.
    Moments,
}

impl Of {
    /// A word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Of::Nothing => "",
            Of::Table => "table",
            Of::Commit => "commit",
            Of::Came => "came",
            Of::Lengths => "lengths",
            Of::Moments => "dates",
        }
    }

    fn figure(figure: Figure, class: Class) -> Self {
        match (figure, class) {
            (Figure::Rows | Figure::Nulls | Figure::Distinct, _) => Of::Table,
            (Figure::Added | Figure::Removed | Figure::Modified, _) => Of::Commit,
            (figure, Class::Text) if figure.is_measured() => Of::Lengths,
            (figure, Class::Time) if figure.is_measured() => Of::Moments,
            _ => Of::Came,
        }
    }
}

/// A figure over the commits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Of which table; empty: it is a constraint.
    pub table: String,
    /// Of which column; empty: of the table. The name of a constraint.
    pub column: String,
    /// Which figure; `constraint`.
    pub figure: &'static str,
    /// What it is of.
    pub of: Of,
    /// Its values by the commit's place, oldest first.
    pub points: Points,
    /// The last one.
    pub now: Option<f64>,
    /// It as people say it.
    pub shown: String,
    /// What it usually is: between these, in eight commits of ten.
    pub usual: Option<(String, String)>,
    /// The commits in which it departs, oldest first.
    pub flags: Vec<Arc<Flag>>,
    /// What it was there, as people say it; empty where it had no value.
    pub flagged: Vec<String>,
}

impl Curve {
    /// What it was at a flag of its own and what it usually is; none where the flag's words say that themselves.
    pub fn own(&self, flag: &Flag) -> Option<String> {
        let at = self.flags.iter().position(|own| own.as_ref() == flag)?;
        let value = self.flagged.get(at).filter(|value| !value.is_empty() && !flag.what.starts_with(self.figure))?;
        Some(format!("{} {value}{}", self.figure, self.usually()))
    }

    /// `, usually 940 to 1010`
    pub fn usually(&self) -> String {
        match &self.usual {
            Some((low, high)) if low == high => format!(", usually {low}"),
            Some((low, high)) => format!(", usually {low} to {high}"),
            None => String::new(),
        }
    }

    fn said(&self, value: f64) -> String {
        let figure = FIGURES.iter().find(|(_, name)| *name == self.figure).map_or(Figure::Rows, |(figure, _)| *figure);
        amount(figure, if self.of == Of::Moments { Class::Time } else { Class::Number }, value)
    }

    /// With what it usually is, and what it was where it is flagged; of its points as many as can be drawn.
    fn finished(mut self, place: impl Fn(&CommitReport) -> usize) -> Self {
        // What was gathered of several commits stands at the last of them.
        let at = |flag: &Flag| {
            let (from, until) = (flag.place, place(&flag.until));
            self.points.iter().find(|(at, _)| (from..=until).contains(at)).map(|(_, value)| self.said(*value))
        };
        let flagged = self.flags.iter().map(|flag| at(flag).unwrap_or_default()).collect();
        let usual = usual(&self.points).map(|(low, high)| (self.said(low), self.said(high)));
        (self.flagged, self.usual) = (flagged, usual);
        self.points = thin(&self.points);
        self
    }
}

/// Between what a figure lies when the lowest and the highest tenth are left out; none of too few.
fn usual(points: &[(usize, f64)]) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    values.sort_unstable_by(f64::total_cmp);
    let out = values.len() / 10;
    if out == 0 { None } else { Some((*values.get(out)?, *values.get(values.len() - 1 - out)?)) }
}

/// A commit that did something to a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// The commit's place in the history.
    pub place: usize,
    /// It.
    pub commit: CommitReport,
    /// The commit at which it was certain: the same, unless several commits were judged together.
    pub until: CommitReport,
    /// In which table; empty: a constraint names none.
    pub table: String,
    /// In which column; empty: in the table.
    pub column: String,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// It in words.
    pub what: String,
    /// Rows that did it: a few, and of how many.
    pub evidence: Evidence,
    /// By what they are told from the commit's other rows; a constraint has none.
    pub sign: Option<Sign>,
    /// The columns that the table had then.
    pub columns: Vec<Column>,
    /// All that the commit changed in the table, in SQL.
    pub diff: Option<String>,
}

/// The curves of all that is watched, constraints first. What is accepted is not flagged.
pub fn curves(kept: &Kept, report: &Report) -> Vec<Curve> {
    let places: HashMap<&str, usize> =
        kept.commits.iter().enumerate().map(|(place, commit)| (commit.hash.as_str(), place)).collect();
    let place = |commit: &CommitReport| places.get(commit.hash.as_str()).copied().unwrap_or_default();
    let mut curves: Vec<Curve> = report.constraints.iter().map(|it| of_constraint(it, place)).collect();
    let flags: Vec<(&FindingReport, Arc<Flag>)> = report
        .findings
        .iter()
        .filter(|finding| finding.accepted.is_none())
        .map(|finding| (finding, Arc::new(of_finding(finding, place(&finding.commit)))))
        .collect();
    for (table, watched) in &kept.tables {
        let mut of_table = of_watched(table, watched);
        for (finding, flag) in flags.iter().filter(|(finding, _)| finding.table == *table) {
            for figure in figures(finding) {
                curve(&mut of_table, finding, figure).flags.push(flag.clone());
            }
        }
        curves.extend(of_table.into_iter().map(|curve| curve.finished(place)));
    }
    curves
}

/// The figures that a finding shows in, each once.
fn figures(finding: &FindingReport) -> Vec<Figure> {
    let shown = |sign: &Sign| match sign.figure {
        // A value that is in no row any more is one value less.
        Figure::Rows if finding.column.is_some() => Figure::Distinct,
        figure => figure,
    };
    let mut figures: Vec<Figure> = finding.signs.iter().map(shown).collect();
    figures.sort_unstable();
    figures.dedup();
    figures
}

fn curve<'c>(curves: &'c mut Vec<Curve>, finding: &FindingReport, figure: Figure) -> &'c mut Curve {
    let column = finding.column.as_deref().unwrap_or_default();
    let is_it = |curve: &Curve| curve.column == column && curve.figure == figure.as_str();
    let at = curves.iter().position(is_it).unwrap_or_else(|| {
        let class = finding.columns.iter().find(|known| known.name == column).map_or(Class::Number, |it| it.class);
        let (table, column) = (finding.table.clone(), column.to_owned());
        let of = Of::figure(figure, class);
        curves.push(Curve { table, column, figure: figure.as_str(), of, ..Curve::default() });
        curves.len() - 1
    });
    &mut curves[at]
}

fn of_finding(finding: &FindingReport, place: usize) -> Flag {
    Flag {
        place,
        commit: finding.commit.clone(),
        until: finding.seen.clone().unwrap_or_else(|| finding.commit.clone()),
        table: finding.table.clone(),
        column: finding.column.clone().unwrap_or_default(),
        kind: finding.kind,
        what: finding.what.clone(),
        evidence: finding.evidence.clone(),
        sign: finding.signs.first().cloned(),
        columns: finding.columns.clone(),
        diff: finding.diff.clone(),
    }
}

fn of_constraint(constraint: &ConstraintReport, place: impl Fn(&CommitReport) -> usize) -> Curve {
    let row = |cells: &Vec<Option<String>>| Shown {
        change: "returned".to_owned(),
        cells: constraint
            .columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| ShownCell { column: column.clone(), before: None, after: cell.clone() })
            .collect(),
    };
    let what = constraint.failed.clone().unwrap_or_else(|| "it returns rows".to_owned());
    let since = constraint.since.clone().unwrap_or_default();
    let flag = Flag {
        place: place(&since),
        until: since.clone(),
        commit: since,
        table: String::new(),
        column: constraint.name.clone(),
        kind: "constraint",
        what,
        evidence: Evidence {
            rows: constraint.rows.iter().map(row).collect(),
            of: constraint.rows.len(),
            counted: !constraint.more,
            part: Part::Each,
        },
        sign: None,
        columns: Vec::new(),
        diff: None,
    };
    let flags = if constraint.kept { Vec::new() } else { vec![Arc::new(flag)] };
    Curve { column: constraint.name.clone(), figure: "constraint", flags, ..Curve::default() }
}

/// A column, empty where it is the table's own, a figure of it, and how its values are measured.
type Key = (String, Figure, Class);

/// Values by the commit's place.
pub type Points = Vec<(usize, f64)>;

/// Every figure of a table that has a value.
fn of_watched(table: &str, watched: &Watched) -> Vec<Curve> {
    let mut values: Vec<(Key, Points)> = Vec::new();
    let mut at: HashMap<Key, usize> = HashMap::new();
    for (columns, record) in watched.records() {
        let of_table =
            of_record(record).into_iter().map(|(figure, value)| ((String::new(), figure, Class::Number), value));
        let of_columns = record.columns.iter().filter_map(|(place, of)| Some((columns.get(*place)?, of)));
        let of_columns = of_columns.filter(|(column, _)| column.watched).flat_map(|(column, of)| {
            of_column(of).into_iter().map(|(figure, value)| ((column.name.clone(), figure, column.class), value))
        });
        for (key, value) in of_table.chain(of_columns) {
            let place = *at.entry(key.clone()).or_insert_with(|| {
                values.push((key, Vec::new()));
                values.len() - 1
            });
            values[place].1.push((record.commit, value));
        }
    }
    let curve = |((column, figure, class), values): (Key, Points)| Curve {
        table: table.to_owned(),
        column,
        figure: figure.as_str(),
        of: Of::figure(figure, class),
        now: values.last().map(|(_, value)| *value),
        shown: values.last().map_or_else(String::new, |(_, value)| amount(figure, class, *value)),
        points: values,
        ..Curve::default()
    };
    values.into_iter().map(curve).collect()
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn of_record(record: &Record) -> Vec<(Figure, f64)> {
    let mut of = vec![
        (Figure::Rows, record.rows as f64),
        (Figure::Added, record.added as f64),
        (Figure::Removed, record.removed as f64),
        (Figure::Modified, record.modified as f64),
    ];
    let share = |(again, of): (u64, u64)| again as f64 / of.max(1) as f64;
    of.extend(record.repeated.map(|repeated| (Figure::Repeated, share(repeated))));
    of
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn of_column(record: &ColumnRecord) -> Vec<(Figure, f64)> {
    let mut of = vec![(Figure::Nulls, record.figures.nulls as f64), (Figure::Distinct, record.figures.distinct)];
    // A column is filled by new rows or by changes, hardly ever by both: one curve shows it.
    of.extend(record.added.as_ref().or(record.changed.as_ref()).map(of_batch).unwrap_or_default());
    of
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn of_batch(batch: &Batch) -> Vec<(Figure, f64)> {
    let there = (batch.values - batch.nulls).max(1) as f64;
    let mut of = vec![(Figure::NullShare, batch.nulls as f64 / batch.values.max(1) as f64)];
    of.extend(batch.most.map(|most| (Figure::TopShare, f64::from(most) / there)));
    if let Some(measures) = batch.measures {
        let known = [
            (Figure::Min, measures.min),
            (Figure::Max, measures.max),
            (Figure::Mean, measures.mean),
            (Figure::Deviation, measures.deviation),
        ];
        of.extend(known.into_iter().chain(QUANTILES.into_iter().zip(measures.quantiles)));
    }
    of
}

/// At most [`POINTS`] of them.
fn thin(values: &[(usize, f64)]) -> Points {
    let each = values.len().div_ceil(POINTS).max(1);
    let usual = median(values.iter().map(|(_, value)| *value).collect());
    let farthest = |some: &[(usize, f64)]| {
        some.iter().copied().max_by(|one, other| (one.1 - usual).abs().total_cmp(&(other.1 - usual).abs()))
    };
    values.chunks(each).filter_map(farthest).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_points_the_farthest_stay() {
        let values: Vec<(usize, f64)> = (0..10_000).map(|at| (at, if at == 7_777 { 900.0 } else { 5.0 })).collect();
        let thinned = thin(&values);
        assert_eq!(thinned.len(), POINTS);
        assert!(thinned.contains(&(7_777, 900.0)));
        assert_eq!(thin(&values[..10]), values[..10]);
    }

    #[test]
    fn a_figure_says_what_it_was_at_its_flag_and_what_it_usually_is() {
        let flag = |place: usize, what: &str| {
            Arc::new(Flag {
                place,
                commit: CommitReport::default(),
                until: CommitReport { hash: (place + 1).to_string(), ..CommitReport::default() },
                table: "items".into(),
                column: "amount".into(),
                kind: "shifted",
                what: what.into(),
                evidence: Evidence::default(),
                sign: None,
                columns: Vec::new(),
                diff: None,
            })
        };
        let points: Points = (0..50).map(|at| (at * 2, if at == 20 { 4_000.0 } else { 100.0 + at as f64 })).collect();
        let flags = vec![flag(39, "q05 of what came is 341.65, usually 40"), flag(40, "max is 4000, usually 120")];
        let curve = Curve { figure: "max", of: Of::Came, points, flags: flags.clone(), ..Curve::default() };
        let curve = curve.finished(|commit| commit.hash.parse().unwrap_or_default());
        assert_eq!(curve.own(&flags[0]).as_deref(), Some("max 4000, usually 105 to 145"));
        assert_eq!(curve.own(&flags[1]), None, "its words say it");
    }

    #[test]
    fn a_finding_is_flagged_in_each_figure_that_shows_it() {
        let sign = |figure| Sign {
            kind: crate::checks::judge::Kind::Shifted,
            figure,
            value: 1.0,
            usual: 0.0,
            score: None,
            about: None,
        };
        let mut finding = FindingReport {
            table: "orders".into(),
            column: Some("amount".into()),
            kind: "shifted",
            what: String::new(),
            commit: CommitReport::default(),
            seen: None,
            signs: vec![sign(Figure::Q50), sign(Figure::Mean), sign(Figure::Q50)],
            evidence: Evidence::default(),
            diff: None,
            columns: Vec::new(),
            accepted: None,
        };
        assert_eq!(figures(&finding), [Figure::Mean, Figure::Q50]);
        finding.signs = vec![sign(Figure::Rows)];
        assert_eq!(figures(&finding), [Figure::Distinct], "a value has vanished");
    }

    /// Figures of the table, of a commit and of what it brought stand side by side: each says which it is.
    #[test]
    fn a_figure_says_what_it_is_of() {
        for (figure, class, of) in [
            (Figure::Rows, Class::Number, "table"),
            (Figure::Nulls, Class::Text, "table"),
            (Figure::Distinct, Class::Time, "table"),
            (Figure::Added, Class::Number, "commit"),
            (Figure::NullShare, Class::Text, "came"),
            (Figure::Mean, Class::Number, "came"),
            (Figure::Mean, Class::Text, "lengths"),
            (Figure::Q95, Class::Time, "dates"),
        ] {
            assert_eq!(Of::figure(figure, class).as_str(), of, "{figure:?} {class:?}");
        }
    }
}
