//! What the state looks like: a title line, the screen on top, a line of keys, and perhaps an overlay.
//!
//! Guarantees: reads the state and nothing else (lists note their window, see `state::list`); builds only the rows in
//! view; draws something readable at any size.

mod activity;
mod blame;
mod branch;
mod branches;
mod certificates;
mod chart;
mod checks;
mod columns;
mod commands;
mod connect;
mod deployment;
mod diff;
mod doctor;
mod events;
mod finding;
mod fleet;
mod footer;
mod form;
mod forwards;
mod grid;
pub mod help;
mod history;
pub mod incident;
mod incidents;
mod linear;
mod logs;
mod members;
mod metrics;
mod orphans;
mod paint;
mod palette;
mod panes;
mod parts;
mod past;
mod plan;
mod prompt;
mod pulse;
mod question;
mod quit;
mod report;
mod roll_back;
mod spark;
mod summary;
mod themes;
mod title;
mod too_small;
mod typed;
mod which_key;
pub mod whole;

use crate::console::{
    state::{Layer, Screen, State, overlay::Overlay},
    text,
    theme::{Meaning, Theme},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
    text::Span,
    widgets::Block,
};

/// What every view needs at hand.
#[derive(Clone, Copy)]
struct View<'a> {
    state: &'a State,
    theme: &'a Theme,
    /// Where panels are noted that are read instead of seen; see `linear`.
    linear: Option<&'a linear::Regions>,
    /// Whether the keys go to what is drawn: only there stands the terminal's cursor.
    focused: bool,
}

impl View<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        self.theme.style(meaning)
    }

    fn span(&self, meaning: Meaning, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(meaning))
    }

    /// Puts the terminal's cursor there, where the keys go.
    fn cursor(&self, frame: &mut Frame, at: Position) {
        if self.focused {
            frame.set_cursor_position(at);
        }
    }

    /// Now, by the control plane's clock.
    fn now(&self) -> i64 {
        self.state.now + self.state.ahead
    }

    /// A time as its age, or as a date when that is asked for.
    fn when(&self, ms: i64) -> String {
        if self.state.absolute_times { text::moment(ms, &self.state.zone) } else { text::age(self.now(), ms) }
    }

    /// How long something that began at `since` (by our clock) has lasted, from a second on.
    fn waiting(&self, since: i64) -> String {
        match self.state.now - since {
            short if short < 1_000 => String::new(),
            long => format!(", {}", text::span(long)),
        }
    }
}

/// Draws the state.
pub fn draw(frame: &mut Frame, state: &State, theme: &Theme) {
    if state.screen_reader {
        linear::draw(frame, state, theme);
    } else {
        paint(frame, View { state, theme, linear: None, focused: true });
    }
}

fn paint(frame: &mut Frame, view: View) {
    let state = view.state;
    state.hits.clear();
    let area = frame.area();
    frame.render_widget(Block::new().style(view.style(Meaning::Text)), area);
    let layer = state.layer();
    let small = area.width < crate::console::state::SMALLEST.0 || area.height < crate::console::state::SMALLEST.1;
    if small || layer == Layer::TooSmall {
        too_small::draw(frame, area, view);
        return;
    }
    let [top, body, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(area);
    title::draw(frame, top, view);
    panes::draw(frame, body, view);
    footer::draw(frame, bottom, view);
    match &state.overlay {
        Some(Overlay::Help(list)) => help::draw(frame, body, list, view),
        Some(Overlay::Palette(palette)) => palette::draw(frame, body, palette, view),
        Some(Overlay::Whole(whole)) => whole::draw(frame, body, whole, view),
        Some(Overlay::Prompt(prompt)) => prompt::draw(frame, body, prompt, view),
        Some(Overlay::Past(search)) => past::draw(frame, body, search, view),
        Some(Overlay::Columns(picker)) => columns::draw(frame, body, picker, view),
        Some(Overlay::Quit(quit)) => quit::draw(frame, body, quit, view),
        Some(Overlay::Themes(themes)) => themes::draw(frame, body, themes, view),
        Some(Overlay::Line(_) | Overlay::Question(_)) | None => which_key::draw(frame, body, view),
    }
}

/// Draws the screen on top of a stack; the fleet lies below all.
fn top_of(stack: &[Screen], frame: &mut Frame, body: Rect, view: View) {
    match stack.last() {
        None => fleet::draw(frame, body, view),
        Some(Screen::Deployment(details)) => deployment::draw(frame, body, details, view),
        Some(Screen::Metrics(metrics)) => metrics::draw(frame, body, metrics, view),
        Some(Screen::Logs(logs)) => logs::draw(frame, body, logs, view),
        Some(Screen::History(history)) => history::draw(frame, body, history, view),
        Some(Screen::Diff(diff)) => diff::draw(frame, body, diff, view),
        Some(Screen::Activity(activity)) => activity::draw(frame, body, activity, view),
        Some(Screen::Commands(commands)) => commands::draw(frame, body, commands, view),
        Some(Screen::Certificates(list)) => certificates::draw(frame, body, list, view),
        Some(Screen::Doctor(found)) => doctor::draw(frame, body, found, view),
        Some(Screen::Branches(list)) => branches::draw(frame, body, list, view),
        Some(Screen::Branch(branch)) => branch::draw(frame, body, branch, view),
        Some(Screen::Blame(blame)) => blame::draw(frame, body, blame, view),
        Some(Screen::Checks(checks)) => checks::draw(frame, body, checks, view),
        Some(Screen::Finding(finding)) => finding::draw(frame, body, finding, view),
        Some(Screen::RollBack(roll_back)) => roll_back::draw(frame, body, roll_back, view),
        Some(Screen::Form(form)) => form::draw(frame, body, form, view),
        Some(Screen::Connect(connect)) => connect::draw(frame, body, connect, view),
        Some(Screen::Events(events)) => events::draw(frame, body, events, view),
        Some(Screen::Forwards) => forwards::draw(frame, body, view),
        Some(Screen::Pulse(pulse)) => pulse::draw(frame, body, pulse, view),
        Some(Screen::Orphans(list)) => orphans::draw(frame, body, list, view),
        Some(Screen::Incidents(list)) => incidents::draw(frame, body, list, view),
        Some(Screen::Incident(story)) => incident::draw(frame, body, story, view),
        Some(Screen::Report(form)) => report::draw(frame, body, form, view),
    }
}
