//! Over which time, from which source and how old; what the source does not keep; who is who.

use super::picture::{AGENT, AGENT_KEEPS};
use crate::console::{
    state::metrics::Metrics,
    text,
    theme::Meaning,
    view::{View, chart, parts},
};
use crate::hosted_api::problem::Problem;
use ratatui::text::{Line, Span};

/// Said in place of metrics on a clone.
pub const NONE_IN_A_CLONE: &str = "a clone holds no metrics: agents and CloudWatch keep them";

/// Said in place of metrics of a moment of which there are none.
pub const NOT_KEPT: &str =
    "nobody has kept what was measured then: agents remember 24 hours, from the start of their instance on";

/// Older than this, values look stale: two are missing then, where they come once a minute.
const STALE: i64 = 180_000;

/// The lines.
pub fn lines(metrics: &Metrics, view: View) -> Vec<Line<'static>> {
    let mut lines = vec![first(metrics, view)];
    if metrics.names.len() > 1 {
        lines.push(legend(metrics, view));
    }
    lines.extend(problems(metrics, view));
    lines.extend(not_kept(metrics, view));
    lines
}

fn first(metrics: &Metrics, view: View) -> Line<'static> {
    let now = view.now();
    let mut spans = vec![view.span(Meaning::Muted, format!(" the last {}", metrics.range.as_str()))];
    if metrics.is_zoomed() {
        let window = metrics.window(now);
        let part = format!(", of it {} from {}", text::span(window.ms()), text::moment(window.from, &view.state.zone));
        spans.push(view.span(Meaning::Warning, part));
    }
    if let Some(cross) = metrics.cross() {
        let moment = text::moment(cross, &view.state.zone);
        spans.push(view.span(Meaning::Title, format!("   │ {moment}, {}", text::ago(now, cross))));
    }
    spans.push(Span::raw("   "));
    let needed = metrics.needed(now);
    let known = metrics.store.best(metrics.name(), needed);
    match (known, metrics.store.get(metrics.name(), needed)) {
        (Some(answer), _) => {
            let newest = answer.samples.last().map(|sample| sample.time_ms);
            spans.push(origin(&answer.source, answer.as_of_ms, newest, view));
        }
        (None, Some(asked)) if asked.problem.is_none() => {
            spans.extend(parts::loading(view, "reading the metrics", asked.asked).spans);
        }
        (None, _) => {}
    }
    Line::from(spans)
}

/// `● orders  ■ billing`.
fn legend(metrics: &Metrics, view: View) -> Line<'static> {
    let one =
        |(place, name): (usize, &String)| view.span(chart::look(place), format!(" {} {name} ", chart::sign(place)));
    Line::from(metrics.names.iter().enumerate().map(one).collect::<Vec<_>>())
}

fn problems(metrics: &Metrics, view: View) -> Vec<Line<'static>> {
    let needed = metrics.needed(view.now());
    let problem = |name: &String| {
        let problem = metrics.store.get(name, needed)?.problem.as_ref()?;
        Some(Line::from(view.span(Meaning::Bad, format!(" ▲ {name}: {}{}", problem.what, again(problem)))))
    };
    metrics.names.iter().filter_map(problem).collect()
}

/// What is asked for reaches further back than its source.
fn not_kept(metrics: &Metrics, view: View) -> Option<Line<'static>> {
    let now = view.now();
    let by_agent =
        |name: &String| metrics.store.best(name, metrics.needed(now)).is_some_and(|answer| answer.source == AGENT);
    let missing = metrics.window(now).from < now - AGENT_KEEPS && metrics.names.iter().any(by_agent);
    let text =
        " ▲ agents remember 24 h, and from the start of their instance on: before that, dotted, nothing is known";
    missing.then(|| Line::from(view.span(Meaning::Warning, text)))
}

/// What is said behind why there is no answer: what is not there does not come by asking again.
pub fn again(problem: &Problem) -> &'static str {
    if problem.is_for_good() { "" } else { "; trying again" }
}

/// Where values are from, when that was asked, and how old the newest of them is.
pub fn origin(source: &str, as_of: i64, newest: Option<i64>, view: View) -> Span<'static> {
    let now = view.now();
    let newest = newest.map_or_else(String::new, |time| format!(", newest value {}", text::ago(now, time)));
    let kept_elsewhere = view.state.keeps_metrics_apart() && source == AGENT;
    if view.state.then.is_some() {
        // In the past nothing is asked: what is told is how much of it is kept.
        let keeps = if source == AGENT { ", which remembers 24 hours" } else { "" };
        return view.span(Meaning::Muted, format!("{}{keeps}{newest}", source_name(source)));
    }
    let said = format!("{}, asked {}{newest}", source_name(source), text::ago(now, as_of));
    if now - as_of > STALE {
        return view.span(Meaning::Stale, format!("▲ {said}"));
    }
    if kept_elsewhere {
        return view.span(Meaning::Warning, format!("▲ {said}: CloudWatch has no answer"));
    }
    view.span(Meaning::Muted, said)
}

fn source_name(source: &str) -> String {
    match source {
        AGENT => "from the agent".to_owned(),
        "cloudwatch" => "from CloudWatch".to_owned(),
        other => format!("from {other}"),
    }
}
