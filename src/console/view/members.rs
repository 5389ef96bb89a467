//! The deployments of an incident that several share, each with how it is now: who is not well yet stands first.

use super::{View, parts};
use crate::console::{state::fleet, text, theme::Meaning};
use doltops_proto::hosted_api::Deployment;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// How one is that is not there any more.
const GONE: &str = "deleted";

/// `2 of 4 are well: ◇ billing unreachable  ◐ search starting  ● orders  ● users`; none where it is about one alone.
pub(super) fn line(names: &[String], width: usize, view: View) -> Option<Line<'static>> {
    if names.len() < 2 {
        return None;
    }
    // The fleet is gone through once: it may have thousands.
    let mut now: BTreeMap<&str, &str> = names.iter().map(|name| (name.as_str(), GONE)).collect();
    let rows: &[Deployment] = view.state.fleet.rows();
    for row in rows {
        if let Some(health) = now.get_mut(row.name.as_str()) {
            *health = &row.health;
        }
    }
    let is_well = |health: &str| matches!(health, "healthy" | "stopped" | GONE);
    let mut all: Vec<(&str, &str)> = now.into_iter().collect();
    all.sort_by_key(|(_, health)| (is_well(health), fleet::rank(health)));
    let well = all.iter().filter(|(_, health)| is_well(health)).count();
    let mut spans = vec![view.span(Meaning::Text, format!(" {well} of {} are well:", all.len()))];
    let mut left = width.saturating_sub(spans.iter().map(Span::width).sum());
    for (shown, (name, health)) in all.iter().enumerate() {
        let (sign, meaning) = parts::health(health);
        let word = if *health == "healthy" { String::new() } else { format!(" {health}") };
        let span = view.span(meaning, format!("  {sign} {name}{word}"));
        let more = format!("  … {} more", all.len() - shown);
        let is_last = shown + 1 == all.len();
        if span.width() + if is_last { 0 } else { text::width(&more) } > left {
            spans.push(view.span(Meaning::Muted, more));
            break;
        }
        left -= span.width();
        spans.push(span);
    }
    Some(Line::from(spans))
}
