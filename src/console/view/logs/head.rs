//! What a log shows, and what it leaves out and why.

use super::{LOOKS, View, parts};
use crate::console::{
    command::Command,
    state::logs::{LIMITS, Logs, ring::Keep},
    text,
    theme::Meaning,
};
use ratatui::text::{Line, Span};

/// One line, and one for each log of which no lines come.
pub fn lines(logs: &Logs, view: View) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(summary(logs, view))];
    for source in &logs.sources {
        if let Some(problem) = &source.ended {
            let text = format!(" ▲ the log of {} is away: {}; trying again", source.name, problem.what);
            lines.push(Line::from(view.span(Meaning::Bad, text)));
        }
    }
    lines
}

fn summary(logs: &Logs, view: View) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    if logs.sources.len() > 1 {
        for (source, look) in logs.sources.iter().zip(LOOKS) {
            spans.push(view.span(look, format!("{}  ", source.name)));
        }
    }
    let waits = logs.sources.iter().find_map(|source| source.since.filter(|_| source.ended.is_none()));
    if let Some(since) = waits {
        spans.extend(parts::loading(view, "reading the log   ", since).spans);
    }
    spans.push(view.span(Meaning::Muted, counted(logs)));
    let text = format!(", from the time that was asked for: {} follows again", view.state.keymap.way(Command::Follow));
    spans.push(match (logs.follow, logs.ring().keep()) {
        (true, _) => view.span(Meaning::Good, ", following"),
        (false, Keep::Newest) => view.span(Meaning::Muted, ", not following"),
        (false, Keep::Oldest) => view.span(Meaning::Muted, text),
    });
    spans.extend(chosen(logs, view));
    if let Some(search) = logs.search() {
        let text = format!("   {} hold '{}'", logs.found(), search.as_str());
        spans.push(view.span(Meaning::Warning, text));
    }
    spans
}

/// How many lines are here, of how many that can be, and what went.
fn counted(logs: &Logs) -> String {
    let ring = logs.ring();
    let bytes = |count: usize| text::bytes(u64::try_from(count).unwrap_or(u64::MAX));
    let mut text = format!("{} {}", thousands(ring.len() as u64), if ring.len() == 1 { "line" } else { "lines" });
    // What can be held is of interest once it is being used.
    if ring.len() > LIMITS.lines / 2 || ring.bytes() > LIMITS.bytes / 2 {
        let most = thousands(LIMITS.lines as u64);
        text.push_str(&format!(" of at most {most}, {} of {}", bytes(ring.bytes()), bytes(LIMITS.bytes)));
    }
    if ring.first() > 0 {
        text.push_str(&format!(", {} older ones dropped", thousands(ring.first())));
    }
    if ring.left_out() > 0 {
        text.push_str(&format!(", {} newer ones left out", thousands(ring.left_out())));
    }
    text
}

fn chosen(logs: &Logs, view: View) -> Option<Span<'static>> {
    let (least, only, around) = logs.filter();
    if least.is_none() && only.is_none() {
        return None;
    }
    let mut text = format!("   {} shown:", thousands(logs.list.len() as u64));
    if let Some(least) = least {
        text.push_str(&format!(" {} and above", least.as_str()));
    }
    if let Some(only) = only {
        text.push_str(&format!(" & '{}'", only.as_str()));
    }
    match around {
        0 => {}
        lines => text.push_str(&format!(", {} around", text::plural(lines, "line"))),
    }
    Some(view.span(Meaning::Warning, text))
}

/// `12345` as `12,345`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands).join(" "), "0 999 1,000 1,234,567");
    }
}
