//! A painted screen as statements: panel by panel, each from the top down.

use super::spoken::{MARK, spoken};
use crate::console::text;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use std::cell::RefCell;

/// Where panels were painted, and what lies over all of them.
#[derive(Debug, Default)]
pub struct Regions {
    panels: RefCell<Vec<Rect>>,
    popup: RefCell<Option<Rect>>,
}

impl Regions {
    /// A panel was painted there.
    pub fn panel(&self, area: Rect) {
        self.panels.borrow_mut().push(area);
    }

    /// This covers the rest, which is not read then.
    pub fn popup(&self, area: Rect) {
        *self.popup.borrow_mut() = Some(area);
    }
}

/// One line to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// What it says.
    pub text: String,
    /// How far into it the place is where text is typed.
    pub cursor: Option<usize>,
}

/// Everything that there is to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Where one is, and how all is.
    pub title: String,
    /// What is under the cursor.
    pub marked: Option<Statement>,
    /// What else there is.
    pub rest: Vec<Statement>,
    /// The keys, or what was said last.
    pub keys: String,
    /// Where text is typed in that line.
    pub keys_cursor: Option<usize>,
}

impl Page {
    /// Reads what was painted: title above, keys at the foot, panels between; `typed`: where text is typed.
    pub fn read(buffer: &Buffer, regions: &Regions, typed: Option<Position>) -> Self {
        let all = *buffer.area();
        let line = |y: u16, from: u16, to: u16| -> String {
            (from..to).filter_map(|x| buffer.cell((x, y))).map(ratatui::buffer::Cell::symbol).collect()
        };
        let last = all.bottom().saturating_sub(1);
        let typed_in = |y: u16, from: u16, to: u16| {
            let here = typed.filter(|typed| typed.y == y && (from..to).contains(&typed.x))?;
            // What is typed last may end in spaces, which are not read.
            Some(text::width(&spoken(&line(y, from, here.x))))
        };
        let keys = spoken(&line(last, 0, all.width));
        let mut page = Self {
            title: spoken(&line(0, 0, all.width)),
            keys: if keys.is_empty() { keys } else { format!("Keys: {keys}") },
            keys_cursor: typed_in(last, 0, all.width).map(|column| column + text::width("Keys: ")),
            ..Self::default()
        };
        for (y, from, to) in pieces(all, regions) {
            let raw = line(y, from, to);
            let statement = Statement { text: spoken(&raw), cursor: typed_in(y, from, to) };
            if statement.text.is_empty() {
                continue;
            }
            if raw.contains(MARK) && page.marked.is_none() {
                page.marked = Some(statement);
            } else {
                page.rest.push(statement);
            }
        }
        page
    }
}

/// A part of a row: which, from where, to where.
type Piece = (u16, u16, u16);

/// When a piece is read: after this row, and of those in this order.
type Turn = (u16, u16);

/// Rows and where they begin and end, in the order in which they are read: what stands beside a panel is read before it.
fn pieces(all: Rect, regions: &Regions) -> Vec<Piece> {
    let whole = |area: Rect| (area.y..area.bottom()).map(move |y| (y, area.x, area.right()));
    if let Some(popup) = *regions.popup.borrow() {
        return whole(popup.intersection(all)).collect();
    }
    let panels: Vec<Rect> = regions.panels.borrow().iter().map(|area| area.intersection(all)).collect();
    let mut found: Vec<(Turn, Piece)> = Vec::new();
    for y in 1..all.bottom().saturating_sub(1) {
        let mut free = vec![(0, all.width)];
        for panel in panels.iter().filter(|panel| (panel.y..panel.bottom()).contains(&y)) {
            free = free
                .into_iter()
                .flat_map(|(from, to)| [(from, to.min(panel.x)), (from.max(panel.right()), to)])
                .collect();
        }
        found.extend(free.into_iter().filter(|(from, to)| from < to).map(|(from, to)| ((y, 0), (y, from, to))));
    }
    for panel in &panels {
        let at = (panel.bottom().saturating_sub(1), panel.x + 1);
        found.extend(whole(*panel).map(|piece| (at, piece)));
    }
    found.sort_by_key(|(turn, piece)| (*turn, piece.0));
    found.into_iter().map(|(_, piece)| piece).collect()
}
