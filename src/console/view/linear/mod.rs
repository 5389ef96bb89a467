//! The console for a screen reader: the same state, one statement a line, from the top down.
//!
//! Guarantees
//! - No lines around panels, no pictures, nothing side by side; a sign that says something is said as a word.
//! - The row under the cursor comes first, with the terminal's cursor on it, where a reader begins; what has changed by
//!   itself comes last.
//! - Every screen is read, also one that knows nothing of this: it is painted where nobody sees it, and read from there.
//!
//! Why not a second view of every screen: the two would drift apart, and who relies on this one would find out first.

mod page;
mod spoken;

pub use page::Regions;
pub use spoken::spoken;

use super::{View, paint};
use crate::console::{
    state::{Layer, State},
    text,
    theme::{Meaning, Theme},
};
use page::{Page, Statement};
use ratatui::{
    Frame, Terminal,
    backend::TestBackend,
    layout::Position,
    text::Line,
    widgets::{Block, Paragraph},
};

/// The columns of what is painted where nobody sees it: wide enough for every column of a table and details beside it.
const WIDTH: u16 = 480;
/// The rows of it at least, so that a panel below another has some too.
const HEIGHT: u16 = 40;

/// Draws the state.
pub fn draw(frame: &mut Frame, state: &State, theme: &Theme) {
    let regions = Regions::default();
    let view = View { state, theme, linear: Some(&regions), focused: true };
    let area = frame.area();
    frame.render_widget(Block::new().style(view.style(Meaning::Text)), area);
    let page = if state.layer() == Layer::TooSmall { None } else { read(view, &regions, area.height) };
    // Nothing stands where it was painted.
    state.hits.clear();
    let Some(page) = page else {
        super::too_small::draw(frame, area, view);
        return;
    };
    let (lines, cursor) = set(&page, &state.announced, usize::from(area.width), usize::from(area.height));
    let look = |marked| view.style(if marked { Meaning::Selected } else { Meaning::Text });
    let lines: Vec<Line> = lines.into_iter().map(|(line, marked)| Line::styled(line, look(marked))).collect();
    frame.render_widget(Paragraph::new(lines), area);
    let at = |place: usize, end: u16| u16::try_from(place).unwrap_or(u16::MAX).min(end.saturating_sub(1));
    frame.set_cursor_position(Position::new(at(cursor.0, area.width), at(cursor.1, area.height)));
}

/// Paints the screen where nobody sees it, and reads it.
fn read(view: View, regions: &Regions, height: u16) -> Option<Page> {
    let mut unseen = Terminal::new(TestBackend::new(WIDTH, height.max(HEIGHT))).ok()?;
    unseen.draw(|frame| paint(frame, view)).ok()?;
    let typed = unseen.backend().cursor_visible().then(|| unseen.backend().cursor_position());
    Some(Page::read(unseen.backend().buffer(), regions, typed))
}

/// The lines of a screen, with whether the cursor is on them, and the place of the terminal's cursor.
type Set = (Vec<(String, bool)>, (usize, usize));

/// Sets the page in `width` columns and `height` rows: title, the row under the cursor, the rest, keys, what has changed.
fn set(page: &Page, announced: &[String], width: usize, height: usize) -> Set {
    let plain = |statement: &Statement| wrapped(&statement.text, width, false);
    let mut above = wrapped(&page.title, width, false);
    let first = above.len();
    above.extend(page.marked.iter().flat_map(|marked| wrapped(&format!("Selected: {}", marked.text), width, true)));
    let mut below = wrapped(&page.keys, width, false);
    below.extend(announced.iter().flat_map(|change| wrapped(&format!("Changed: {change}"), width, false)));
    let mut middle: Vec<(String, bool)> = page.rest.iter().flat_map(plain).collect();
    let room = height.saturating_sub(above.len() + below.len());
    if middle.len() > room && room > 0 {
        let hidden = middle.len() - (room - 1);
        middle.truncate(room - 1);
        middle.push((format!("and {hidden} more lines"), false));
    }
    middle.truncate(room);
    let typed_in = |statement: &&Statement| statement.cursor.is_some();
    let cursor = match (page.marked.iter().chain(&page.rest).find(typed_in), page.keys_cursor) {
        (_, Some(column)) => (column, above.len() + middle.len()),
        (Some(field), None) => place(field, page, first, &above, &middle),
        (None, None) => (0, first),
    };
    above.extend(middle);
    above.extend(below);
    above.truncate(height);
    (above, cursor)
}

/// Where the text that is typed stands.
fn place(
    field: &Statement,
    page: &Page,
    first: usize,
    above: &[(String, bool)],
    middle: &[(String, bool)],
) -> (usize, usize) {
    let column = field.cursor.unwrap_or(0);
    if page.marked.as_ref() == Some(field) {
        return (column + text::width("Selected: "), first);
    }
    let row = middle.iter().position(|(line, _)| field.text.starts_with(line.as_str())).unwrap_or(0);
    (column, above.len() + row)
}

fn wrapped(text: &str, width: usize, marked: bool) -> Vec<(String, bool)> {
    if text.is_empty() {
        return Vec::new();
    }
    text::wrap(text, width).into_iter().map(|line| (line, marked)).collect()
}
