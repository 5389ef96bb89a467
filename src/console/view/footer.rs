//! The line at the foot: what was said last, a line that is typed, or the keys that are of use here.

use super::{View, which_key};
use crate::console::{
    action,
    command::{COMMANDS, Command, Entry},
    state::{Layer, Link, Place, Screen, hits::Target, orphans::Orphans, overlay::Overlay},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    if let Some(Overlay::Line(line)) = &view.state.overlay {
        typed(frame, area, line.input.value(), line.input.visual_cursor(), view);
        return;
    }
    let line = match &view.state.notice {
        Some(notice) if notice.bad => Line::from(view.span(Meaning::Warning, format!(" ▲ {}", notice.text))),
        Some(notice) => Line::from(view.span(Meaning::Good, format!(" {}", notice.text))),
        None => hints(view, area),
    };
    frame.render_widget(Paragraph::new(line), area);
}

fn typed(frame: &mut Frame, area: Rect, text: &str, cursor: usize, view: View) {
    let label = if matches!(view.state.screens.last(), Some(Screen::Logs(_))) { " search /" } else { " filter /" };
    let help = view.span(Meaning::Muted, "   Enter keep   Esc as before   ! before it turns it round");
    let mut spans = vec![view.span(Meaning::Key, label), view.span(Meaning::Input, text.to_owned() + " ")];
    if view.state.place() == Place::Fleet {
        spans.push(help);
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    let x = area.x + u16::try_from(label.len() + cursor).unwrap_or(0);
    frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
}

/// The keys, as many as fit; help and the way back always do.
fn hints(view: View, area: Rect) -> Line<'static> {
    let width = usize::from(area.width);
    let Layer::Place(place) = view.state.layer() else {
        return overlay_hints(view);
    };
    if let Some(prefix) = which_key::prefix(view) {
        return Line::from(vec![
            view.span(Meaning::Key, format!(" {prefix} …")),
            view.span(Meaning::Muted, "   Esc takes it back"),
        ]);
    }
    let shown = |entry: &&Entry| {
        entry.hint
            && entry.places.contains(&place)
            && action::offered(view.state, entry)
            && !key(view, entry.command).is_empty()
            && useful(view, entry.command, place)
    };
    let (always, others): (Vec<&Entry>, Vec<&Entry>) = COMMANDS
        .iter()
        .filter(shown)
        .partition(|entry| matches!(entry.command, Command::Help | Command::Back | Command::Quit | Command::Palette));
    let mut spans = lead(view, place);
    let room =
        width.saturating_sub(always.iter().map(|entry| hint(view, entry).iter().map(Span::width).sum::<usize>()).sum());
    let mut used = spans.iter().map(Span::width).sum::<usize>();
    let mut fits = |entry: &&Entry| {
        let with = used + hint(view, entry).iter().map(Span::width).sum::<usize>();
        used = if with <= room { with } else { used };
        with <= room
    };
    let kept: Vec<&Entry> = others.into_iter().filter(|entry| fits(entry)).collect();
    for entry in kept.into_iter().chain(always) {
        let hint = hint(view, entry);
        let before = u16::try_from(spans.iter().map(Span::width).sum::<usize>()).unwrap_or(u16::MAX);
        let wide = u16::try_from(hint.iter().map(Span::width).sum::<usize>()).unwrap_or(u16::MAX);
        let room = Rect { x: area.x.saturating_add(before), width: wide, ..area }.intersection(area);
        view.state.hits.add(room, Target::Hint(entry.command));
        spans.extend(hint);
    }
    Line::from(spans)
}

fn overlay_hints(view: View) -> Line<'static> {
    let text = match view.state.overlay {
        Some(Overlay::Palette(_)) => " Enter run   ↑ ↓ choose   Esc back   a deployment's name may follow",
        Some(Overlay::Help(_)) => " ↑ ↓ scroll   any other key closes",
        Some(Overlay::Themes(_)) => " ↑ ↓ see   Enter keep   Esc as before",
        Some(Overlay::Whole(_)) => " ↑ ↓ PgUp PgDn scroll   Esc back",
        _ => " Enter choose   ↑ ↓ move   Esc stay",
    };
    Line::from(view.span(Meaning::Muted, text))
}

/// A command that could not do anything here is not worth a hint.
fn useful(view: View, command: Command, place: Place) -> bool {
    // Without a deployment one can make the first one, once somebody answers.
    if place == Place::Fleet && view.state.fleet.rows().is_empty() {
        return match command {
            Command::Create => view.state.link == Link::Live,
            Command::Palette | Command::Help | Command::Quit => true,
            _ => false,
        };
    }
    match (command, view.state.screens.last()) {
        (Command::Back, None) => !view.state.fleet.filter().is_empty(),
        (Command::Quit, _) => place == Place::Fleet,
        (Command::NextField, Some(Screen::Form(form))) => form.fields.len() > 1,
        (Command::NextMatch, Some(Screen::Logs(logs))) => !logs.search.is_empty(),
        (Command::NextResult, Some(Screen::Connect(connect))) => connect.outcome.pages() > 1,
        (Command::Run, _) => place == Place::Connect,
        (Command::Whole, Some(Screen::Connect(connect))) => !connect.list.is_empty(),
        (Command::Whole, Some(Screen::Logs(logs))) => !logs.list.is_empty(),
        (Command::Whole, Some(Screen::Events(events))) => !events.list.is_empty(),
        (Command::RemoveOrphan | Command::Help, Some(Screen::Orphans(orphans))) => orphans.removing.is_none(),
        (Command::Older, Some(Screen::Connect(connect))) => !connect.history.is_empty(),
        _ => true,
    }
}

/// What the last key would do, in its own words.
fn lead(view: View, place: Place) -> Vec<Span<'static>> {
    let text = match (place, view.state.screens.last()) {
        (Place::Form | Place::RollBack, _) => match super::plan::last_key(view) {
            Some(text) => Some(text),
            None => return not_yet(view),
        },
        (Place::Orphans, Some(Screen::Orphans(orphans))) => return removal(orphans, view),
        // Read on into the next hint: `; Enter or F5 run`.
        (Place::Connect, _) => {
            let ended = view.state.keymap.shown(Command::RunEnded);
            if ended.is_empty() {
                return Vec::new();
            }
            return vec![view.span(Meaning::Key, format!(" ; {ended}")), view.span(Meaning::Text, " or")];
        }
        (Place::Rows, _) => {
            let key = |command| view.state.keymap.shown(command);
            let both = |one, other, what: &str| {
                let keys = format!(" {} {}", key(one), key(other));
                [view.span(Meaning::Key, keys), view.span(Meaning::Text, format!(" {what} "))]
            };
            let rows = both(Command::Up, Command::Down, "rows");
            return [rows, both(Command::ColumnLeft, Command::ColumnRight, "columns")].concat();
        }
        _ => None,
    };
    match text {
        Some(text) => vec![confirm_key(view), view.span(Meaning::Title, format!(" {text}  "))],
        None => Vec::new(),
    }
}

/// What Enter does about an orphan, or why it does nothing yet.
fn removal(orphans: &Orphans, view: View) -> Vec<Span<'static>> {
    let Some(removing) = &orphans.removing else { return Vec::new() };
    match removing.ready() {
        Ok(()) => {
            let text = format!(" remove {} {}  ", removing.orphan.kind, removing.orphan.id);
            vec![confirm_key(view), view.span(Meaning::Title, text)]
        }
        Err(why) => vec![view.span(Meaning::Stale, not_now(view, &why))],
    }
}

/// Why the last key would do nothing yet.
fn not_yet(view: View) -> Vec<Span<'static>> {
    let why = action::confirm::ready(view.state).err().unwrap_or_default();
    // The reason stands in the plan as well; the way back must fit.
    vec![view.span(Meaning::Stale, not_now(view, &why))]
}

fn confirm_key(view: View) -> Span<'static> {
    view.span(Meaning::Key, format!(" {}", view.state.keymap.shown(Command::Confirm)))
}

fn not_now(view: View, why: &str) -> String {
    format!(" {}: {}  ", view.state.keymap.shown(Command::Confirm), text::fit(why, 44))
}

/// The key to show for a command here: in a text a character is a character.
fn key(view: View, command: Command) -> String {
    match view.state.place() {
        Place::Connect => view.state.keymap.shown_in_text(command),
        _ => view.state.keymap.shown(command),
    }
}

fn hint(view: View, entry: &Entry) -> Vec<Span<'static>> {
    let key = key(view, entry.command);
    let name = match entry.command {
        Command::Power => power_word(view),
        Command::SwitchHalf => {
            if view.state.place() == Place::Rows {
                "text"
            } else {
                "rows"
            }
        }
        Command::Whole => {
            if view.state.place() == Place::Rows {
                "whole row"
            } else {
                "whole line"
            }
        }
        Command::ReadOnly => read_only_word(view),
        Command::Back if view.state.proposal().is_some() => "leave everything as it is",
        _ => entry.name,
    };
    let meaning = if action::allowed(view.state, entry.command).is_ok() { Meaning::Key } else { Meaning::Stale };
    let text = if meaning == Meaning::Key { Meaning::Text } else { Meaning::Stale };
    vec![view.span(meaning, format!(" {key}")), view.span(text, format!(" {name} "))]
}

fn power_word(view: View) -> &'static str {
    let stopped =
        view.state.target().and_then(|row| row.desired.as_ref()).is_some_and(|desired| desired.power == "stopped");
    if stopped { "start" } else { "stop" }
}

fn read_only_word(view: View) -> &'static str {
    match view.state.screens.last() {
        Some(Screen::Connect(connect)) if connect.read_only => "allow writes",
        _ => "read-only",
    }
}
