//! The title: where one is, the fleet's state in numbers, and how new all of it is.

use super::{View, parts};
use crate::console::{
    command::Command,
    state::{Link, Place, Screen, State, clone_of::CloneOf, panes::SPLIT_FROM, then::Then},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    style::Stylize,
    text::{Line, Span},
    widgets::Paragraph,
};

/// More steps than this are cut off at the front: the state of the fleet beside them is worth more.
const CRUMBS: usize = 4;

/// From this width on there is room for when a clone was taken, beside where one is.
const ROOMY: u16 = 100;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    let left = crumbs(view);
    let room = usize::from(area.width).saturating_sub(left.width() + 2);
    frame.render_widget(Paragraph::new(left), area);
    frame.render_widget(Paragraph::new(right(view, room)).alignment(Alignment::Right), area);
}

/// `doltops › orders › Roll back`; the nearest steps where there are many.
fn crumbs(view: View) -> Line<'static> {
    let mut names = way(&view.state.screens);
    if names.len() > CRUMBS {
        names.drain(..names.len() - CRUMBS);
        names.insert(0, "…".to_owned());
    }
    let mut spans = vec![Span::raw(" ")];
    let (then, branch, of) = (&view.state.then, &view.state.branch, &view.state.clone_of);
    if then.is_none() && branch.is_none() && of.is_none() {
        names.insert(0, "doltops".to_owned());
    }
    let on = |branch| view.span(Meaning::Busy, format!(" ⎇ BRANCH {branch} ")).reversed();
    let places =
        [of.as_ref().map(|of| clone(of, view)), then.as_ref().map(|then| past(then, view)), branch.as_ref().map(on)];
    for place in places {
        spans.extend(place.into_iter().flat_map(|place| [place, view.span(Meaning::Muted, " › ")]));
    }
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            spans.push(view.span(Meaning::Muted, " › "));
        }
        let meaning = if index + 1 == names.len() { Meaning::Title } else { Meaning::Muted };
        spans.push(view.span(meaning, text::fit(name, 32)));
    }
    if let Some(beside) = view.state.beside.as_ref().filter(|_| view.state.size.0 < SPLIT_FROM || view.linear.is_some())
    {
        let other = way(&beside.screens).pop().unwrap_or_default();
        spans.push(view.span(Meaning::Muted, format!("  (beside: {other})")));
    }
    Line::from(spans)
}

/// `◷ PAST 2026-11-23 14:02:07 8u6nmkpu`, light on dark or dark on light: nobody takes it for now.
fn past(then: &Then, view: View) -> Span<'static> {
    let when = text::moment(then.time, &view.state.zone);
    view.span(Meaning::Warning, format!(" ◷ PAST {when} {} ", then.commit.short())).reversed()
}

/// `⧉ CLONE of 8u6nmkpu, taken 2026-11-23 14:02:07`, as the past: nobody takes it for the fleet that runs. Where there is
/// little room, or the moment of the past says more, without the time.
fn clone(of: &CloneOf, view: View) -> Span<'static> {
    let roomy = view.state.size.0 >= ROOMY && view.state.then.is_none();
    let taken = if roomy { format!(", taken {}", text::moment(of.taken, &view.state.zone)) } else { String::new() };
    view.span(Meaning::Warning, format!(" ⧉ CLONE of {}{taken} ", of.commit.short())).reversed()
}

/// The names of what is passed on the way to the top of a stack. What is about the whole fleet is not inside the deployment
/// from which it was opened: the way to it begins anew.
pub fn way(stack: &[Screen]) -> Vec<String> {
    let mut names = Vec::new();
    let mut last = None;
    for screen in stack {
        let name = screen.name().map(str::to_owned);
        if name.is_none() && last.is_some() {
            names.clear();
        }
        names.extend(name.clone().filter(|_| name != last));
        last = name;
        names.extend(word(screen));
    }
    if names.is_empty() {
        names.push("Fleet".to_owned());
    }
    names
}

fn word(screen: &Screen) -> Option<String> {
    let word = match screen {
        Screen::Deployment(_) => return None,
        Screen::Metrics(_) => "Metrics",
        Screen::Logs(_) => "Logs",
        Screen::History(_) => "History",
        Screen::Diff(diff) => {
            return Some(format!("Diff {} {}", text::short(&diff.old.hash), text::short(&diff.new.hash)));
        }
        Screen::Blame(_) => "Blame",
        Screen::Activity(_) => "Activity",
        Screen::Commands(_) => "Commands",
        Screen::RollBack(_) => "Roll back",
        Screen::Connect(_) => "SQL",
        Screen::Events(_) => "Events",
        Screen::Orphans(_) => "Orphans",
        Screen::Certificates(_) => "Certificates",
        Screen::Doctor(_) => "Doctor",
        Screen::Branches(_) => "Change requests",
        Screen::Branch(branch) => return Some(branch.name.clone()),
        Screen::Checks(checks) => {
            let database =
                checks.database.as_ref().map_or_else(String::new, |database| format!(" of {}", text::clean(database)));
            return Some(format!("Checks{database}"));
        }
        Screen::Finding(finding) => return Some(text::short(&finding.flag.commit.hash).to_owned()),
        Screen::Forwards => "Forwarded",
        Screen::Pulse(_) => "Pulse",
        Screen::Incidents(_) => "Incidents",
        Screen::Incident(story) => return Some(story.incident.title.clone()),
        Screen::Report(_) => "New incident",
        Screen::Form(form) => {
            let mut chars = form.kind.as_str().chars();
            let word: Option<String> = chars.next().map(|first| first.to_uppercase().chain(chars).collect());
            let of = form.several.as_ref().map_or_else(String::new, |of| format!(" of {}", of.names.len()));
            return word.map(|word| word + &of);
        }
    };
    Some(word.to_owned())
}

/// As much as there is room for, from the right: how new it is first, the provider last.
fn right(view: View, room: usize) -> Line<'static> {
    let mut parts = vec![vec![freshness(view, room)]];
    if view.state.read_only && view.state.then.is_none() {
        parts.push(vec![view.span(Meaning::Warning, "read-only")]);
    }
    parts.extend(Some(marked(view)).filter(|part| !part.is_empty()));
    if view.state.fleet.known {
        // An empty part would take the room of its gap.
        parts.extend(Some(incidents(view)).filter(|part| !part.is_empty()));
        parts.push(counts(view));
        parts.push(forwarded(view));
        parts.push(orphans(view));
        if !view.state.fleet.commit.is_empty() && view.state.then.is_none() {
            let of = if view.state.branch.is_some() { "head" } else { "main" };
            parts.push(vec![view.span(Meaning::Muted, format!("{of} {}", text::short(&view.state.fleet.commit)))]);
        }
        parts.push(vec![view.span(Meaning::Muted, provider(view.state))]);
    }
    let mut used = 0;
    let mut kept: Vec<Vec<Span>> = Vec::new();
    for part in parts {
        let width = part.iter().map(Span::width).sum::<usize>() + 2;
        if used + width > room {
            break;
        }
        used += width;
        if width > 2 {
            kept.push(part);
        }
    }
    // The counts stand first, what is always there last.
    kept.reverse();
    Line::from(kept.into_iter().flat_map(|part| part.into_iter().chain([Span::raw("  ")])).collect::<Vec<_>>())
}

fn provider(state: &State) -> String {
    match state.status.as_ref().map(|status| status.provider.as_str()) {
        Some("local") => "sandbox".to_owned(),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}

/// `3 marked, 1 hidden`, where marks are acted on.
fn marked(view: View) -> Vec<Span<'static>> {
    let marks = view.state.fleet.marks();
    if view.state.place() != Place::Fleet || marks.is_empty() {
        return Vec::new();
    }
    let hidden = if marks.hidden() > 0 { format!(", {} hidden", marks.hidden()) } else { String::new() };
    vec![view.span(Meaning::Title, format!("{} marked{hidden}", marks.len()))]
}

/// `● 11 healthy  ▲ 1 degraded`, what needs a person first.
fn counts(view: View) -> Vec<Span<'static>> {
    view.state
        .fleet
        .counts()
        .enumerate()
        .map(|(index, (health, count))| {
            let (sign, meaning) = parts::health(health);
            view.span(meaning, format!("{}{sign} {count} {health}", if index > 0 { "  " } else { "" }))
        })
        .collect()
}

/// `⇄ 2 ports, 3 open`, where a port leads to a database.
fn forwarded(view: View) -> Vec<Span<'static>> {
    let said = match (view.state.forwards.ports.len(), view.state.forwards.open()) {
        (0, _) => return Vec::new(),
        (ports, open) => format!("⇄ {}, {open} open", text::plural(ports, "port")),
    };
    vec![view.span(Meaning::Busy, said)]
}

/// `!!! 2 incidents`, by the worst of them, where there are any.
fn incidents(view: View) -> Vec<Span<'static>> {
    let board = &view.state.incidents;
    let (sign, meaning) = super::incidents::severity(board.worst());
    match board.open().len() {
        0 => Vec::new(),
        open => vec![view.span(meaning, format!("{sign} {}", text::plural(open, "incident")))],
    }
}

/// `⊘ 2 orphans`, where there are any.
fn orphans(view: View) -> Vec<Span<'static>> {
    match view.state.status.as_ref().map_or(0, |status| status.orphans) {
        0 => Vec::new(),
        orphans => vec![view.span(Meaning::Warning, format!("⊘ {}", text::plural(orphans, "orphan")))],
    }
}

fn freshness(view: View, room: usize) -> Span<'static> {
    let store = view.state.fleet.store.as_str();
    match &view.state.link {
        Link::Connecting(since) => view.span(Meaning::Busy, format!("◌ connecting{}", view.waiting(*since))),
        Link::Lost(since, problem) => {
            let how_long = match view.state.now - since {
                short if short < 1_000 => String::new(),
                long => format!(" for {}", text::span(long)),
            };
            let long = format!("▲ no answer{how_long}: {}", problem.what);
            view.span(Meaning::Bad, text::fit(&long, room.saturating_sub(2)))
        }
        Link::Live if !matches!(store, "" | "up") => {
            view.span(Meaning::Bad, text::fit(&format!("▲ the store is away: {store}"), room.saturating_sub(2)))
        }
        Link::Live if view.state.then.is_some() => {
            let back = view.state.keymap.way(Command::Back);
            view.span(Meaning::Warning, format!("as it was; {back}: now"))
        }
        Link::Live if view.state.branch.is_some() => {
            let back = view.state.keymap.way(Command::Back);
            view.span(Meaning::Busy, format!("prepared; {back}: main"))
        }
        Link::Live if view.state.clone_of.is_some() => view.span(Meaning::Warning, "nothing runs"),
        // What is shown is true; what would be changed is refused.
        Link::Live if !view.state.fleet.acts.is_empty() => {
            let said = format!("◇ standing by: {} acts", view.state.fleet.acts);
            view.span(Meaning::Warning, text::fit(&said, room.saturating_sub(2)))
        }
        Link::Live => view.span(Meaning::Good, "live"),
    }
}
