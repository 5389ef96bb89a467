//! The story of an incident as Markdown: what a post-mortem begins with.
//!
//! Pure: the same answer gives the same text. The console and the commands share it, and it holds nothing that they do
//! not show. Times are UTC, as those who read it may be anywhere.
//!
//! Why not blame: it says which change came last, not that it was the cause; that is for people to write below.

use doltops_proto::hosted_api::{CellChange, Incident, Page, TimelineEntry, TimelineResponse};
use jiff::Timestamp;
use std::fmt::Write;

/// Bars of a curve, from nothing to the most that it was.
/// Points of a curve of the story at most.
pub const POINTS: usize = 24;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The story, ready to be filed.
pub fn markdown(timeline: &TimelineResponse) -> String {
    let incident = timeline.incident.clone().unwrap_or_default();
    let mut text = format!("# {}\n\n", plain(&incident.title));
    head(&mut text, &incident);
    for (title, said) in [("Impact", &incident.impact), ("Description", &incident.description)] {
        if !said.is_empty() {
            text += &format!("## {title}\n\n{}\n\n", plain(said));
        }
    }
    text += "## Timeline\n\nTimes are UTC.\n\n| time | what | deployment | |\n|---|---|---|---|\n";
    for entry in &timeline.entries {
        text += &row(entry, &timeline.suspect);
    }
    changes(&mut text, timeline);
    logs(&mut text, timeline);
    text += "## Causes\n\n\n## What we do about it\n\n";
    text
}

fn head(text: &mut String, incident: &Incident) {
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "- **{name}**: {value}");
        }
    };
    line("Incident", format!("`{}`, {}, {}", incident.id, plain(&incident.severity), plain(&incident.state)));
    line("Deployments", incident.deployments.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", "));
    line("Opened", by(incident.opened_ms, &incident.opened_by));
    line("Acknowledged", by(incident.acknowledged_ms, &incident.acknowledged_by));
    line("Resolved", by(incident.resolved_ms, &incident.resolved_by));
    line("Lasted", lasted(incident));
    line("Last had by", plain(&incident.assignee));
    line("Runbook", plain(&incident.runbook));
    text.push('\n');
}

fn lasted(incident: &Incident) -> String {
    match incident.resolved_ms {
        0 => String::new(),
        end => span(end - incident.opened_ms),
    }
}

fn row(entry: &TimelineEntry, suspect: &str) -> String {
    let mark = if !suspect.is_empty() && entry.commit == suspect { "**last change before it**" } else { "" };
    let what = if entry.missing { format!("_{}_", plain(&entry.text)) } else { plain(&entry.text) };
    let commit = if entry.commit.is_empty() { String::new() } else { format!(" `{}`", short(&entry.commit)) };
    let by = if entry.author.is_empty() { String::new() } else { format!(" ({})", plain(&entry.author)) };
    let curve = curve(&entry.values);
    let (time, kind, whose) = (clock(entry.time_ms), plain(&entry.kind), plain(&entry.deployment));
    format!("| {time} | {kind}{commit}: {what}{by}{curve} | {whose} | {mark} |\n")
}

fn curve(values: &[f64]) -> String {
    if values.is_empty() { String::new() } else { format!(" `{}`", bars(values)) }
}

/// A curve as a row of bars, full at its highest.
pub fn bars(values: &[f64]) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| {
        let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7, clamped")]
        let place = (share * 7.0).round() as usize;
        BARS[place.min(7)]
    };
    values.iter().map(bar).collect()
}

fn changes(text: &mut String, timeline: &TimelineResponse) {
    *text += "\n## What was changed in the hour before\n\n";
    if timeline.changes.is_empty() {
        *text += "Nothing that anybody asked for.\n\n";
        return;
    }
    *text += "| deployment | what | from | to |\n|---|---|---|---|\n";
    for change in &timeline.changes {
        let cell = |value: &Option<String>| value.as_deref().map_or("–".to_owned(), plain);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            plain(&change.deployment),
            plain(&place(change)),
            cell(&change.from),
            cell(&change.to)
        );
    }
    text.push('\n');
}

/// The column, or the setting's own name, which stands in its row's key.
pub fn place(change: &CellChange) -> String {
    match change.table.as_str() {
        "settings" => change.key.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => change.column.clone(),
    }
}

fn logs(text: &mut String, timeline: &TimelineResponse) {
    let with_lines = timeline.entries.iter().filter(|entry| !entry.lines.is_empty());
    let mut first = true;
    for entry in with_lines {
        if std::mem::take(&mut first) {
            *text += "## Log\n\n";
        }
        let _ = writeln!(text, "{} {}\n\n```text", clock(entry.time_ms), plain(&entry.deployment));
        for line in &entry.lines {
            // A fence inside would end ours.
            let said = one_line(&line.text).replace("```", "'''");
            let _ = writeln!(text, "{} {:<7} {said}", clock(line.time_ms), one_line(&line.level));
        }
        *text += "```\n\n";
    }
}

/// A page in words: `pagerduty database-team, to op1: trigger, sent`.
pub fn paged_words(page: &Page) -> String {
    let to = if page.to.is_empty() { String::new() } else { format!(", to {}", page.to) };
    let tries = if page.tries > 1 { format!(" at try {}", page.tries) } else { String::new() };
    let error = if page.error.is_empty() { String::new() } else { format!(": {}", page.error) };
    format!("{} {}{to}: {}, {}{tries}{error}", page.kind, page.target, page.action, page.state)
}

fn by(ms: i64, who: &str) -> String {
    if ms == 0 { String::new() } else { format!("{} by {}", moment(ms), plain(who)) }
}

/// One line, without what Markdown would read as its own: a text from outside must not become a table or a link.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

fn moment(ms: i64) -> String {
    strftime(ms, "%Y-%m-%d %H:%M:%S UTC")
}

fn clock(ms: i64) -> String {
    strftime(ms, "%Y-%m-%d %H:%M:%S")
}

fn strftime(ms: i64, format: &str) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(time) if ms != 0 => time.strftime(format).to_string(),
        _ => "–".to_owned(),
    }
}

fn span(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests;
