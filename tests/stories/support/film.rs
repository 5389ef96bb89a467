//! A recording of a story, made while it is told: moments with what is said to them as one SVG, and every byte that the
//! program sent as an asciicast, for a terminal to play.
//!
//! Nothing is kept and nothing is written unless `DOLTOPS_FILM` is there: `tests/record` sets it. The files are not
//! compared with anything, since the times in them are those of the night on which they were made.

use super::{screen::Screen, svg};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};
use serde_json::json;
use std::{fs, path::Path, time::Duration};

/// Whether stories are to be recorded.
const WANTED: &str = "DOLTOPS_FILM";

/// A player does not show longer pauses than this: what the story waits for is another's time.
const LONGEST_PAUSE: f64 = 2.0;

/// A story's moments.
pub struct Film {
    name: &'static str,
    moments: Option<Vec<svg::Moment>>,
}

impl Film {
    /// To be written to `docs/pictures/NAME.svg` and `NAME.cast`.
    pub fn new(name: &'static str) -> Self {
        Self { name, moments: std::env::var_os(WANTED).map(|_| Vec::new()) }
    }

    /// Keeps what is on the screen now, to be shown for so long with these words under it.
    pub fn shows(&mut self, screen: &Screen, seconds: u64, says: &str) {
        if let Some(moments) = &mut self.moments {
            let holds = Duration::from_secs(seconds);
            moments.push(svg::Moment { drawn: screen.read(drawn), says: says.to_owned(), holds });
        }
    }

    /// Writes both files.
    pub fn write(self, screen: &Screen) {
        let Some(moments) = self.moments else { return };
        let file = |ending| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{}.{ending}", self.name));
        fs::write(file("svg"), svg::recording(&moments, svg::DARK)).expect("written");
        fs::write(file("cast"), cast(screen)).expect("written");
    }
}

/// The cells of a terminal, as ratatui has them.
fn drawn(screen: &vt100::Screen) -> Buffer {
    let (rows, columns) = screen.size();
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let Some(cell) = screen.cell(row, column).filter(|cell| cell.has_contents()) else { continue };
        let set = |on: bool, modifier: Modifier| if on { modifier } else { Modifier::empty() };
        let modifier = set(cell.bold(), Modifier::BOLD)
            | set(cell.dim(), Modifier::DIM)
            | set(cell.italic(), Modifier::ITALIC)
            | set(cell.underline(), Modifier::UNDERLINED)
            | set(cell.inverse(), Modifier::REVERSED);
        let style = Style::new().fg(colour(cell.fgcolor())).bg(colour(cell.bgcolor())).add_modifier(modifier);
        buffer.set_string(column, row, cell.contents(), style);
    }
    buffer
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

/// Version 2 of asciinema's format: a line for the terminal, and one for each time that the program wrote.
fn cast(screen: &Screen) -> String {
    let (rows, columns) = screen.read(vt100::Screen::size);
    let head = json!({
        "version": 2, "width": columns, "height": rows, "idle_time_limit": LONGEST_PAUSE,
        "title": "Doltops: from the page to the roll-back", "env": { "TERM": "xterm-256color" },
    });
    let mut lines = vec![head.to_string()];
    // A character may come in two parts: the rest of one waits for the next.
    let mut bytes = Vec::new();
    for (at, part) in screen.told() {
        bytes.extend(part);
        let whole = match std::str::from_utf8(&bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text: Vec<u8> = bytes.drain(..whole).collect();
        lines.push(json!([at.as_secs_f64(), "o", String::from_utf8_lossy(&text)]).to_string());
    }
    lines.join("\n") + "\n"
}
