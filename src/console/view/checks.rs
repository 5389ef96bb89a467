//! Checks: a curve for each watched figure over the commits, the flagged ones marked in it, and below the flag that is
//! looked at.

use super::{
    View,
    grid::{self, Column},
    parts, spark,
};
use crate::{
    checks::curves::{Curve, Flag, Of},
    console::{
        action::checks::progress,
        command::Command,
        state::checks::{Checked, Checks, title},
        text,
        theme::Meaning,
    },
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Lines of a finding's words below the list.
const WORDS: usize = 2;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, checks: &Checks, view: View) {
    let above = above(checks, area.width, view);
    let mut below = checks.selected().map_or_else(Vec::new, |curve| meaning(curve, area.width, view));
    if let Some((at, flag)) = checks.flag() {
        let count = checks.selected().map_or(0, |curve| curve.flags.len());
        let own = checks.selected().and_then(|curve| curve.own(flag));
        below.extend(about(flag, own.as_deref(), (at, count), area.width, view));
    }
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    if checks.is_choosing() {
        let columns = [Column::left("DATABASE", usize::from(area.width).saturating_sub(2))];
        grid::draw(frame, body, &columns, &checks.list, view, |place| {
            checks.databases.get(place).map_or_else(Vec::new, |name| vec![view.span(Meaning::Title, name.clone())])
        });
        return;
    }
    let Some(checked) = &checks.checked.value else { return };
    let longest = checked.curves.iter().map(|curve| text::width(&title(curve))).max().unwrap_or_default();
    let columns = columns(area.width, longest);
    let room = columns.last().map_or(0, |column| column.width);
    grid::draw(frame, body, &columns, &checks.chosen.list, view, |place| {
        let mut cells = checks.at(place).map_or_else(Vec::new, |curve| row(curve, checked.commits.0, room, view));
        if is_brief(area.width) && cells.len() > OF {
            cells.remove(OF);
        }
        cells
    });
}

/// The place of the column that says what a figure is of.
const OF: usize = 2;

/// Where it has no room: the line below the list says it as well.
fn is_brief(width: u16) -> bool {
    width < 70
}

/// The names have the room that the longest of them needs, and the curve what is left: at least so much that a flag's
/// place can be told.
fn columns(width: u16, longest: usize) -> Vec<Column> {
    let (curve, heading) = match width {
        0..100 => (12, "OLDEST FIRST"),
        100..150 => (36, "OVER THE COMMITS, OLDEST FIRST"),
        _ => (80, "OVER THE COMMITS, OLDEST FIRST"),
    };
    let mut columns = vec![
        // A constraint has a name of many words and no figure.
        Column::left("WATCHED", 0).flowing(),
        Column::left("FIGURE", 10),
        Column::left("OF", 7),
        Column::right("NOW", 10),
        Column::right("FLAGGED", 7),
        Column::left(heading, 0),
    ];
    if is_brief(width) {
        columns.remove(OF);
    }
    let rest = usize::from(width).saturating_sub(grid::taken(&columns) + 1);
    let name = longest.min(rest.saturating_sub(curve)).max(13).min(rest);
    if let Some(first) = columns.first_mut() {
        first.width = name;
    }
    if let Some(last) = columns.last_mut() {
        last.width = rest - name;
    }
    columns
}

fn row(curve: &Curve, commits: usize, room: usize, view: View) -> Vec<Span<'static>> {
    let flagged = !curve.flags.is_empty();
    let places: Vec<usize> = curve.flags.iter().map(|flag| flag.place).collect();
    let count = if flagged { format!("✗ {}", places.len()) } else { String::new() };
    let is_constraint = curve.of == Of::Nothing;
    let drawn =
        if is_constraint && !flagged { "kept".to_owned() } else { spark::over(&curve.points, &places, commits, room) };
    vec![
        view.span(if flagged { Meaning::Title } else { Meaning::Text }, title(curve).into_owned()),
        view.span(Meaning::Muted, if is_constraint { "" } else { curve.figure }),
        view.span(Meaning::Muted, curve.of.as_str()),
        view.span(Meaning::Text, curve.shown.clone()),
        view.span(Meaning::Bad, count),
        view.span(if flagged { Meaning::Warning } else { Meaning::Chart }, drawn),
    ]
}

/// What the figure under the cursor is, in words.
fn meaning(curve: &Curve, width: u16, view: View) -> Vec<Line<'static>> {
    let what = match curve.of {
        Of::Nothing => "a constraint: SQL that must return nothing at the newest commit",
        Of::Table => "of the whole table, after each commit",
        Of::Commit => "rows of the table, in each commit",
        Of::Came => "of what the commits brought",
        Of::Lengths => "of the lengths, in characters, of the texts that the commits brought",
        Of::Moments => "of the dates that the commits brought",
    };
    let figure = match curve.figure {
        "constraint" => "",
        "q05" => "q05, above which all but a twentieth lie,",
        "q25" => "q25, above which three quarters lie,",
        "q50" => "q50, the median,",
        "q75" => "q75, above which a quarter lies,",
        "q95" => "q95, above which a twentieth lies,",
        figure => figure,
    };
    let said = text::wrap(
        &format!("{}: {figure} {what}{}", title(curve), curve.usually()).replace(":  ", ": "),
        usize::from(width).saturating_sub(2),
    );
    said.into_iter().take(WORDS).map(|line| Line::from(view.span(Meaning::Muted, format!(" {line}")))).collect()
}

/// How far it is, what came of it, and what else is to be known.
fn above(checks: &Checks, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(problem) = &checks.checked.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    if checks.is_choosing() {
        let open = view.state.keymap.way(Command::OpenFlagged);
        lines.push(Line::from(
            view.span(Meaning::Muted, format!(" which database? {open} checks the one under the cursor")),
        ));
    }
    if let Some(since) = checks.checked.since {
        let far = progress(checks.progress).unwrap_or_else(|| "reading the history".to_owned());
        let back = view.state.keymap.way(Command::Back);
        lines.push(parts::loading(view, &format!("{far}; {back} ends it, and what was counted is kept"), since));
    }
    if let Some(checked) = &checks.checked.value {
        lines.extend(said(checked, width, view));
        // The first says what the others are like; all of them are in the command's answer.
        lines.extend(checked.notes.first().map(|note| Line::from(view.span(Meaning::Muted, format!(" {note}")))));
        let counts = (checks.chosen.list.len(), checked.curves.len());
        lines.extend(parts::filtered(view, (checks.chosen.text(), checks.chosen.wrong()), counts));
    }
    lines
}

/// ` shop at 8u6nmkpu: 1000 commits (2 new, 81 rows read)   ✗ 3 findings`
fn said(checked: &Checked, width: u16, view: View) -> Vec<Line<'static>> {
    let (all, new) = checked.commits;
    let of = format!(
        " {} at {}: {} ({new} new, {} read)   ",
        checked.database,
        text::short(&checked.head),
        text::plural(all, "commit"),
        text::plural(checked.rows_read, "row")
    );
    let found = match checked.findings {
        0 => view.span(Meaning::Good, "● nothing found"),
        found => view.span(Meaning::Bad, format!("✗ {}", text::plural(found, "finding"))),
    };
    let mut said = vec![view.span(Meaning::Muted, of), found];
    if checked.accepted == 0 {
        return vec![Line::from(said)];
    }
    let taken: usize = said.iter().map(|span| text::width(&span.content)).sum();
    let accepted = view.span(Meaning::Muted, format!("   {} accepted by the rules", checked.accepted));
    if taken + text::width(&accepted.content) > usize::from(width) {
        return vec![Line::from(said), Line::from(accepted)];
    }
    said.push(accepted);
    vec![Line::from(said)]
}

/// The commit, and what it did.
/// `own`: what the figure that is looked at was there, which comes first.
pub fn about(
    flag: &Flag,
    own: Option<&str>,
    (at, count): (usize, usize),
    width: u16,
    view: View,
) -> Vec<Line<'static>> {
    let which = if count > 1 { format!("   flag {at} of {count}") } else { String::new() };
    let certain = if flag.until.hash == flag.commit.hash {
        String::new()
    } else {
        format!("   certain at {}", text::short(&flag.until.hash))
    };
    let mut lines = vec![Line::from(vec![
        view.span(Meaning::Bad, " ✗ "),
        view.span(Meaning::Key, text::short(&flag.commit.hash).to_owned()),
        // A tenth of a second is no news; a date with its time has 19 characters.
        view.span(Meaning::Muted, format!("   {:.19}   {}   ", flag.commit.date, flag.commit.author)),
        view.span(Meaning::Text, flag.commit.message.clone()),
        view.span(Meaning::Muted, format!("{certain}{which}")),
    ])];
    let place = if flag.table.is_empty() { String::new() } else { format!("{}: ", flag.kind) };
    let own = own.map(|own| format!("{own}; ")).unwrap_or_default();
    let words = text::wrap(&format!("{own}{place}{}", flag.what), usize::from(width).saturating_sub(4));
    lines.extend(words.into_iter().take(WORDS).map(|line| Line::from(view.span(Meaning::Title, format!("   {line}")))));
    lines
}
