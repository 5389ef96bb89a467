//! The line at the foot: what was said last, a line that is typed, or the keys that are of use here.
//!
//! Guarantee: a key is shown only where it does something (`action::allowed`); elsewhere it says why not, when it is
//! pressed.

use super::{View, parts, which_key};
use crate::console::{
    action::{self, line},
    command::{COMMANDS, Command, Entry},
    state::{
        Layer, Link, Notice, Place, Screen,
        form::Field,
        hits::Target,
        incident::{Act, Story},
        orphans::Orphans,
        overlay::Overlay,
    },
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};

/// Why the last key does nothing yet has at least so many columns, where they are there;
const SHORT: usize = 52;
/// and leaves so many to the keys that lead on: two of them.
const KEYS: usize = 34;

/// Between the hints of what stands over a screen.
const GAP: &str = "   ";

/// A notice takes as many lines at most: the longest that the console itself says fit 60 columns so.
const NOTICE: usize = 4;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    if let Some(Overlay::Question(question)) = &view.state.overlay {
        super::question::draw(frame, area, question, view);
        return;
    }
    if let Some(Overlay::Line(line)) = &view.state.overlay {
        typed(frame, area, line.input.value(), line.input.visual_cursor(), view);
        return;
    }
    match &view.state.notice {
        Some(notice) => told(frame, area, notice, view),
        None => frame.render_widget(Paragraph::new(hints(view, area)), area),
    }
}

/// What was said last, whole: over the lowest lines of the screen where one line does not hold it.
fn told(frame: &mut Frame, area: Rect, notice: &Notice, view: View) {
    let (sign, meaning) = if notice.bad { (" ▲ ", Meaning::Warning) } else { (" ", Meaning::Good) };
    let room = usize::from(area.width).saturating_sub(text::width(sign) + 1);
    let said: Vec<String> = text::wrap(&notice.text, room).into_iter().take(NOTICE).collect();
    let more = u16::try_from(said.len()).unwrap_or(1).saturating_sub(1).min(area.y);
    let over = Rect { y: area.y - more, height: area.height + more, ..area };
    let line = |(at, said): (usize, String)| {
        let before = if at == 0 { sign.to_owned() } else { " ".repeat(text::width(sign)) };
        Line::from(view.span(meaning, before + &said))
    };
    frame.render_widget(Clear, over);
    let lines: Vec<Line> = said.into_iter().enumerate().map(line).collect();
    frame.render_widget(Paragraph::new(lines).style(view.style(Meaning::Text)), over);
}

fn typed(frame: &mut Frame, area: Rect, text: &str, cursor: usize, view: View) {
    let filters = line::listing(view.state).is_some();
    let label = if filters { " filter /" } else { " search /" };
    let mut spans = vec![view.span(Meaning::Key, label), view.span(Meaning::Input, text.to_owned() + " ")];
    match line::wrong(view.state).first() {
        Some(wrong) => spans.push(view.span(Meaning::Bad, format!("   ✗ {wrong}"))),
        None if filters => {
            spans.push(
                view.span(Meaning::Muted, "   Enter keep   Esc as before   ↑ earlier   health:degraded disk:>80 !not"),
            );
        }
        None => {}
    }
    parts::lines(frame, area, vec![Line::from(spans)]);
    let x = area.x + u16::try_from(label.len() + cursor).unwrap_or(0);
    frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
}

/// The keys, as many as fit; help and the way back always do.
fn hints(view: View, area: Rect) -> Line<'static> {
    let width = usize::from(area.width);
    let Layer::Place(place) = view.state.layer() else {
        return overlay_hints(view, width);
    };
    if let Some(prefix) = which_key::prefix(view) {
        return Line::from(vec![
            view.span(Meaning::Key, format!(" {prefix} …")),
            view.span(Meaning::Muted, "   Esc takes it back"),
        ]);
    }
    if matches!(view.state.screens.last(), Some(Screen::Connect(connect)) if connect.suggest.is_some()) {
        return Line::from(view.span(Meaning::Muted, " Tab take it   ↑ ↓ choose   Esc close   Enter a new line"));
    }
    let shown = |entry: &&Entry| {
        entry.hint
            && entry.places.contains(&place)
            && !key(view, entry.command).is_empty()
            && useful(view, entry.command, place)
            && action::allowed(view.state, entry.command).is_ok()
    };
    let (always, others): (Vec<&Entry>, Vec<&Entry>) = COMMANDS
        .iter()
        .filter(shown)
        .partition(|entry| matches!(entry.command, Command::Help | Command::Back | Command::Quit | Command::Palette));
    let room =
        width.saturating_sub(always.iter().map(|entry| hint(view, entry).iter().map(Span::width).sum::<usize>()).sum());
    let mut spans = lead(view, place, room);
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

/// The keys of what stands over the screen: as many as fit, and the last always, which leads away from it.
fn overlay_hints(view: View, width: usize) -> Line<'static> {
    if let Some(Overlay::Prompt(prompt)) = &view.state.overlay {
        return Line::from(vec![
            view.span(Meaning::Key, " Enter"),
            view.span(Meaning::Title, format!(" {}   ", prompt.enter)),
            view.span(Meaning::Key, "Esc"),
            view.span(Meaning::Text, text::fit(" leave everything as it is", width.saturating_sub(14))),
        ]);
    }
    let text = match &view.state.overlay {
        Some(Overlay::Palette(palette)) if palette.searching => {
            " Enter run   Tab edit   Ctrl+R further back   Esc back"
        }
        Some(Overlay::Palette(_)) => " Enter run   Tab complete   ↑ earlier lines   Ctrl+R look for one   Esc back",
        Some(Overlay::Help(_)) => " ↑ ↓ scroll   any other key closes",
        Some(Overlay::Themes(_)) => " ↑ ↓ see   Enter keep   Esc as before",
        Some(Overlay::Columns(_)) => " Space show or hide   J K move   d the usual ones   Enter keep   Esc as before",
        Some(Overlay::Past(_)) => " Enter put it into the text   ↑ ↓ or Ctrl+R choose   Esc back",
        Some(Overlay::Whole(_)) => " ↑ ↓ PgUp PgDn scroll   Esc back",
        _ => " Enter choose   ↑ ↓ move   Esc stay",
    };
    Line::from(view.span(Meaning::Muted, fitting(text, width)))
}

/// As many of the hints as fit, the last in any case; three spaces stand between two.
fn fitting(hints: &str, width: usize) -> String {
    let (others, last) = hints.trim_start().rsplit_once(GAP).unwrap_or(("", hints.trim_start()));
    let mut said = String::new();
    for hint in others.split(GAP).filter(|hint| !hint.is_empty()) {
        if 1 + [said.as_str(), hint, last].map(text::width).iter().sum::<usize>() + GAP.len() > width {
            break;
        }
        said.push_str(hint);
        said.push_str(GAP);
    }
    format!(" {said}{last}")
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
        (Command::Back, None) => !view.state.fleet.filter().is_empty() || !view.state.fleet.marks().is_empty(),
        (Command::Filter, Some(Screen::Orphans(orphans))) => orphans.removing.is_none(),
        // A log has so much of its own that what every screen has must not push out.
        (Command::Connect | Command::Metrics | Command::History, Some(Screen::Logs(_))) => false,
        (Command::Connect | Command::Logs | Command::History, Some(Screen::Metrics(_))) => false,
        // Other screens have so much of their own that what leads to the list is enough there.
        (Command::SwitchBranch, _) => matches!(place, Place::Branches | Place::Branch),
        (Command::Quit, _) => place == Place::Fleet,
        (Command::NextField, Some(Screen::Form(form))) => form.fields.len() > 1 || form.earlier().is_some(),
        (Command::NextChoice, Some(Screen::Form(form))) => form.fields.get(form.focus).is_some_and(Field::is_choice),
        (Command::NextChoice, Some(Screen::Report(form))) => form.fields.get(form.focus).is_some_and(Field::is_choice),
        (Command::NextMatch, Some(Screen::Logs(logs))) => logs.search().is_some(),
        (Command::NextResult, Some(Screen::Connect(connect))) => connect.outcome.pages() > 1,
        (Command::Whole, Some(Screen::Connect(connect))) => !connect.list.is_empty(),
        (Command::Whole, Some(Screen::Logs(logs))) => !logs.list.is_empty(),
        (Command::Whole, Some(Screen::Events(events))) => !events.chosen.list.is_empty(),
        (command, Some(Screen::Incident(story))) => match story.acting {
            // Its keys are part of the text that is typed.
            Some(_) => command == Command::Back,
            None => match command {
                Command::Acknowledge => story.incident.state == "open",
                Command::UndoSuspect | Command::HandOver | Command::Resolve => story.incident.state != "resolved",
                Command::Runbook => !story.incident.runbook.is_empty(),
                _ => true,
            },
        },
        (Command::NewIncident, _) => place == Place::Incidents,
        (Command::OpenIncident, Some(Screen::Incidents(list))) => !list.list.is_empty(),
        (Command::RemoveOrphan | Command::Help, Some(Screen::Orphans(orphans))) => orphans.removing.is_none(),
        (Command::Run | Command::Empty, Some(Screen::Connect(connect))) => {
            place == Place::Connect && !connect.editor.is_empty()
        }
        (Command::PreviousMoment, Some(Screen::Metrics(metrics))) => metrics.moment(false, view.state.now).is_some(),
        (Command::OpenFlagged, Some(Screen::Checks(checks))) if !checks.is_choosing() => checks.flag().is_some(),
        (Command::PreviousFlag, Some(Screen::Checks(checks))) => checks.beside(true).is_some(),
        (Command::SearchPast, _) => view.state.statements.of_any(),
        (Command::Older, Some(Screen::Connect(connect))) => view.state.statements.of(&connect.name).next().is_some(),
        (Command::Explain, Some(Screen::Connect(connect))) => !connect.editor.is_empty(),
        (Command::EndForward | Command::CopyForward, _) => !view.state.forwards.ports.is_empty(),
        (Command::Cell | Command::CopyCell | Command::Again | Command::ExportRows, Some(Screen::Connect(connect))) => {
            !connect.list.is_empty()
        }
        _ => true,
    }
}

/// What the last key would do, in its own words; why it would do nothing in at most `room` columns.
fn lead(view: View, place: Place, room: usize) -> Vec<Span<'static>> {
    let text = match (place, view.state.screens.last()) {
        (Place::Form | Place::RollBack, _) => match super::plan::last_key(view) {
            Some(text) => Some(text),
            None => return not_yet(view, room),
        },
        (Place::Orphans, Some(Screen::Orphans(orphans))) => return removal(orphans, view, room),
        (Place::Report, Some(Screen::Report(report))) => {
            return last_key(report.ready(), "open the incident", room, view);
        }
        (Place::Incident, Some(Screen::Incident(story))) => return about_to(story, view, room),
        // Read on into the next hint: `; Enter or F5 run`.
        (Place::Connect, Some(Screen::Connect(connect))) if !connect.editor.is_empty() => {
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

/// What Enter does about an incident.
fn about_to(story: &Story, view: View, room: usize) -> Vec<Span<'static>> {
    let Some(acting) = &story.acting else { return Vec::new() };
    let words = match acting.act {
        Act::Acknowledge => "acknowledge",
        Act::Note => "write the note down",
        Act::HandOver => "hand over",
        Act::Resolve => "resolve",
        Act::Export => "write",
    };
    let mut spans = last_key(acting.ready(), words, room, view);
    if acting.act == Act::Export {
        spans.extend([view.span(Meaning::Key, " Tab"), view.span(Meaning::Text, " to the clipboard instead  ")]);
    }
    spans
}

fn last_key(ready: Result<(), String>, words: &str, room: usize, view: View) -> Vec<Span<'static>> {
    match ready {
        Ok(()) => vec![view.span(Meaning::Key, " Enter"), view.span(Meaning::Title, format!(" {words}  "))],
        Err(why) => vec![view.span(Meaning::Stale, not_now("Enter", &why, room))],
    }
}

/// What Enter does about an orphan, or why it does nothing yet.
fn removal(orphans: &Orphans, view: View, room: usize) -> Vec<Span<'static>> {
    let Some(removing) = &orphans.removing else { return Vec::new() };
    match removing.ready() {
        Ok(()) => {
            let text = format!(" remove {} {}  ", removing.orphan.kind, removing.orphan.id);
            vec![confirm_key(view), view.span(Meaning::Title, text)]
        }
        Err(why) => vec![view.span(Meaning::Stale, not_now(&view.state.keymap.shown(Command::Confirm), &why, room))],
    }
}

/// Why the last key would do nothing yet.
fn not_yet(view: View, room: usize) -> Vec<Span<'static>> {
    let why = action::confirm::ready(view.state).err().unwrap_or_default();
    // The reason stands in the plan as well; the way back must fit.
    vec![view.span(Meaning::Stale, not_now(&view.state.keymap.shown(Command::Confirm), &why, room))]
}

fn confirm_key(view: View) -> Span<'static> {
    view.span(Meaning::Key, format!(" {}", view.state.keymap.shown(Command::Confirm)))
}

fn not_now(key: &str, why: &str, room: usize) -> String {
    let before = format!(" {key}: ");
    // What is wrong stands in the screen as well: where there is room for both, the keys that mend it are told, too.
    let room = room.min(SHORT.max(room.saturating_sub(KEYS))).saturating_sub(text::width(&before) + 2);
    format!("{before}{}  ", text::fit(why, room))
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
        Command::Whole => match view.state.place() {
            Place::Rows => "whole row",
            Place::Incident => "whole entry",
            Place::Branch => "whole cell",
            _ => "whole line",
        },
        Command::NextField if matches!(view.state.screens.last(), Some(Screen::Form(form)) if form.earlier().is_some()) => {
            "undo the one before it"
        }
        Command::ReadOnly => read_only_word(view),
        Command::ResolvedIncidents => resolved_word(view),
        Command::UndoSuspect => return undo_hint(view, entry),
        Command::Back if view.state.proposal().is_some() => "leave everything as it is",
        Command::Back if view.state.place() == Place::Fleet => {
            if view.state.fleet.filter().is_empty() {
                "take the marks away"
            } else {
                "show all"
            }
        }
        _ => entry.name,
    };
    vec![view.span(Meaning::Key, format!(" {key}")), view.span(Meaning::Text, format!(" {name} "))]
}

fn power_word(view: View) -> &'static str {
    action::verb::next(view.state).as_str()
}

fn resolved_word(view: View) -> &'static str {
    match view.state.screens.last() {
        Some(Screen::Incidents(list)) if list.resolved => "open ones only",
        _ => "those that are over too",
    }
}

/// `b undo 8u6nmkpu (plan)`: which, and that nothing happens yet.
fn undo_hint(view: View, entry: &Entry) -> Vec<Span<'static>> {
    let suspect = match view.state.screens.last() {
        Some(Screen::Incident(story)) => story.suspect(),
        _ => None,
    };
    let key = key(view, entry.command);
    let words = match suspect {
        Some(suspect) => format!(" undo {} (plan) ", text::short(&suspect.commit)),
        None => format!(" {} ", entry.name),
    };
    vec![view.span(Meaning::Key, format!(" {key}")), view.span(Meaning::Text, words)]
}

fn read_only_word(view: View) -> &'static str {
    match view.state.screens.last() {
        Some(Screen::Connect(connect)) if connect.read_only => "allow writes",
        _ => "read-only",
    }
}
