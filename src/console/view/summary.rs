//! One deployment in lines: what one copies, what runs, and what is being done about it.

use super::{View, incidents, parts};
use crate::console::{state::fleet::disk, text, theme::Meaning};
use doltops_proto::hosted_api::{Deployment, Desired, Drift, Observed};
use ratatui::text::{Line, Span};

/// Labels stand in a column of their own.
pub const LABEL: usize = 10;

/// Enough of a serial number to tell it from others; the whole one is in `doltops get`.
const SERIAL: usize = 16;

/// The lines, in at most `width` columns.
pub fn lines(row: &Deployment, width: u16, view: View) -> Vec<Line<'static>> {
    let desired = row.desired.clone().unwrap_or_default();
    let seen = row.observed.clone().unwrap_or_default();
    let mut lines = vec![health(row, view)];
    lines.extend(entry(view, "connect", &row.connect_command, "y", width));
    lines.extend(entry(view, "clone", &row.clone_command, "Y", width));
    lines.extend(plain(view, "address", &address(&seen), width));
    lines.extend(plain(view, "runs", &runs(row, &seen, view), width));
    lines.extend(plain(view, "stands in", &seen.stands_in, width));
    lines.extend(plain(view, "signed", &certificate(&desired, &seen, view), width));
    lines.extend(plain(view, "storage", &storage(row, &desired, &seen), width));
    lines.extend(plain(view, "wanted", &wanted(row, &desired), width));
    lines.extend(about(row, width, view));
    lines
}

/// What one looks at before a change: how it is, what it runs on, what it holds and what is done about it. What one
/// copies is left out: its keys are letters of a text here.
pub fn before_a_change(row: &Deployment, width: u16, view: View) -> Vec<Line<'static>> {
    let desired = row.desired.clone().unwrap_or_default();
    let seen = row.observed.clone().unwrap_or_default();
    let mut lines = vec![health(row, view)];
    lines.extend(plain(view, "runs", &runs(row, &seen, view), width).into_iter().take(2));
    lines.extend(plain(view, "storage", &storage(row, &desired, &seen), width).into_iter().take(1));
    lines.extend(about(row, width, view).into_iter().take(1));
    lines
}

fn health(row: &Deployment, view: View) -> Line<'static> {
    let mut spans = vec![Span::raw(" "), parts::health_span(view, row)];
    if row.health_since_ms != 0 {
        let since = view.now() - row.health_since_ms;
        spans.push(view.span(Meaning::Muted, format!(" for {}", text::span(since.max(0)))));
    }
    spans
        .push(view.span(Meaning::Muted, format!("   generation {}   seen {}", row.generation, view.when(row.seen_ms))));
    Line::from(spans)
}

/// What is copied stands whole, also over several lines.
fn entry(view: View, label: &str, value: &str, key: &str, width: u16) -> Vec<Line<'static>> {
    if value.is_empty() {
        return Vec::new();
    }
    let mut lines = plain(view, label, value, width);
    if let Some(first) = lines.first_mut() {
        first.spans.push(view.span(Meaning::Key, format!("   {key}")));
        first.spans.push(view.span(Meaning::Muted, " copy"));
    }
    lines
}

fn plain(view: View, label: &str, value: &str, width: u16) -> Vec<Line<'static>> {
    if value.is_empty() {
        return Vec::new();
    }
    // Beside a line to copy stands its key.
    let room = usize::from(width).saturating_sub(LABEL + 12).max(20);
    text::wrap(value, room)
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            let label = if index == 0 { label } else { "" };
            Line::from(vec![
                view.span(Meaning::Muted, format!(" {}", text::left(label, LABEL))),
                view.span(Meaning::Text, value),
            ])
        })
        .collect()
}

fn join(parts: Vec<String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn runs(row: &Deployment, seen: &Observed, view: View) -> String {
    let up = if seen.dolt_since_ms == 0 || row.health == "stopped" {
        String::new()
    } else {
        format!("up {}", text::span(view.now() - seen.dolt_since_ms))
    };
    let dolt = if seen.dolt_version.is_empty() { String::new() } else { format!("Dolt {}", seen.dolt_version) };
    let last = if row.crashed_ms == 0 { String::new() } else { format!(", {}", text::ago(view.now(), row.crashed_ms)) };
    // An instance that was started again has an agent that has counted none.
    let restarts = match seen.dolt_restarts.max(row.crashes) {
        0 => String::new(),
        times => format!("restarted unasked {times}×{last}"),
    };
    // Where more is known of it, it has a line of its own.
    let certificate = match text::left_until(view.now(), seen.certificate_not_after_ms) {
        none if none == "–" || !seen.certificate_serial.is_empty() => String::new(),
        left => format!("certificate {left} left"),
    };
    let zone = seen.zone.clone();
    join(vec![seen.instance_id.clone(), seen.instance_type.clone(), zone, dolt, up, restarts, certificate])
}

/// What its clients use, and where that leads.
fn address(seen: &Observed) -> String {
    if seen.host_name.is_empty() {
        return String::new();
    }
    let leads = if seen.port == 0 { "nowhere yet".to_owned() } else { format!("{}:{}", seen.address, seen.port) };
    format!("{} → {leads}", seen.host_name)
}

/// Its kind, which one it is, from when until when: `webpki, 03ab…, from 2026-11-20 14:00:00 until …, 71 d left`.
fn certificate(desired: &Desired, seen: &Observed, view: View) -> String {
    if seen.certificate_serial.is_empty() {
        return String::new();
    }
    let (begin, end) = (seen.certificate_not_before_ms, seen.certificate_not_after_ms);
    let moment = |ms| text::together(&text::moment(ms, &view.state.zone));
    let from = if begin == 0 { String::new() } else { format!("from {} ", moment(begin)) };
    let left = text::left_until(view.now(), end);
    let serial = text::fit(&seen.certificate_serial, SERIAL);
    join(vec![
        format!("{} certificate", desired.certificate),
        format!("serial {serial}"),
        format!("{from}until {}", moment(end)),
        format!("{left} left"),
    ])
}

fn storage(row: &Deployment, desired: &Desired, seen: &Observed) -> String {
    let gib = if seen.volume_gib == 0 { desired.volume_gib } else { seen.volume_gib };
    let used = match disk(row) {
        percent if percent < 0.0 => String::new(),
        percent => format!("{} used, {percent:.0}%", text::bytes(seen.disk_used_bytes)),
    };
    join(vec![format!("{gib} GiB"), used, seen.volume_id.clone()])
}

fn wanted(row: &Deployment, desired: &Desired) -> String {
    let settings = desired.settings.iter().map(|(key, value)| format!("{key}={value}"));
    let mut wanted = vec![
        desired.instance_type.clone(),
        format!("{} GiB", desired.volume_gib),
        desired.power.clone(),
        format!("{} certificate", desired.certificate),
    ];
    for (set, word) in
        [(desired.protected, "◆ protected"), (desired.paused, "‖ paused"), (desired.deleting, "being deleted")]
    {
        if set {
            wanted.push(word.to_owned());
        }
    }
    wanted.extend(settings);
    wanted.push(format!("commit {}", text::short(&row.commit)));
    join(wanted)
}

/// Why it is not well, what failed, and what comes next.
pub fn about(row: &Deployment, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> =
        view.state.incidents.of(&row.name).map(|it| incidents::line(it, width, view)).into_iter().collect();
    let room = usize::from(width).saturating_sub(3);
    let mut say = |meaning, text: String| {
        lines
            .extend(text::wrap(&text, room).into_iter().map(|line| Line::from(view.span(meaning, format!(" {line}")))));
    };
    if !row.why.is_empty() && row.health != "healthy" {
        say(Meaning::Warning, format!("▲ {}", row.why));
    }
    if let Some(failure) = &row.failure {
        let wait = text::span((failure.next_try_ms - view.now()).max(0));
        say(
            Meaning::Bad,
            format!("✗ {} failed {}×: {}; next try in {wait}", failure.step, failure.times, failure.error),
        );
    }
    for drift in &row.drift {
        let Drift { what, expected, seen, remedy } = drift;
        say(Meaning::Warning, format!("≠ {what}: expected {expected}, seen: {seen}; {remedy}"));
    }
    match row.phase.as_str() {
        "" | "settled" => {}
        "paused" => say(Meaning::Off, "‖ paused: nothing is done about it until it is resumed".to_owned()),
        phase => say(Meaning::Busy, format!("◐ {phase}")),
    }
    for (index, step) in row.plan.iter().enumerate() {
        let action = step.action.replace('-', " ");
        say(Meaning::Text, format!("  {} {action} {}   {}", index + 1, step.target, step.reason));
    }
    for coming in &row.coming {
        say(Meaning::Muted, format!("◷ {coming}"));
    }
    lines
}
