//! What the state looks like: a title line, the screen on top, a line of keys, and perhaps an overlay.
//!
//! Guarantees: reads the state and nothing else (lists note their window, see `state::list`); builds only the rows in
//! view; draws something readable at any size.

mod chart;
mod connect;
mod deployment;
mod events;
mod fleet;
mod footer;
mod form;
mod grid;
pub mod help;
mod history;
mod linear;
mod logs;
mod metrics;
mod orphans;
mod palette;
mod parts;
mod plan;
mod quit;
mod roll_back;
mod spark;
mod summary;
mod themes;
mod title;
mod too_small;
mod which_key;
pub mod whole;

use crate::console::{
    state::{Layer, Screen, State, overlay::Overlay},
    text,
    theme::{Meaning, Theme},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout},
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
}

impl View<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        self.theme.style(meaning)
    }

    fn span(&self, meaning: Meaning, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(meaning))
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
        paint(frame, View { state, theme, linear: None });
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
    match state.screens.last() {
        None => fleet::draw(frame, body, view),
        Some(Screen::Deployment(details)) => deployment::draw(frame, body, details, view),
        Some(Screen::Metrics(metrics)) => metrics::draw(frame, body, metrics, view),
        Some(Screen::Logs(logs)) => logs::draw(frame, body, logs, view),
        Some(Screen::History(history)) => history::draw(frame, body, history, view),
        Some(Screen::RollBack(roll_back)) => roll_back::draw(frame, body, roll_back, view),
        Some(Screen::Form(form)) => form::draw(frame, body, form, view),
        Some(Screen::Connect(connect)) => connect::draw(frame, body, connect, view),
        Some(Screen::Events(events)) => events::draw(frame, body, events, view),
        Some(Screen::Orphans(list)) => orphans::draw(frame, body, list, view),
    }
    footer::draw(frame, bottom, view);
    match &state.overlay {
        Some(Overlay::Help(list)) => help::draw(frame, body, list, view),
        Some(Overlay::Palette(palette)) => palette::draw(frame, body, palette, view),
        Some(Overlay::Whole(whole)) => whole::draw(frame, body, whole, view),
        Some(Overlay::Themes(themes)) => themes::draw(frame, body, themes, view),
        Some(Overlay::Quit(quit)) => quit::draw(frame, body, quit, view),
        Some(Overlay::Line(_)) | None => which_key::draw(frame, body, view),
    }
}
