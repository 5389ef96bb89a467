//! A cursor in a list, and the part of the list that is in view.
//!
//! Guarantees: the cursor is within the list, or 0 where the list is empty; the cursor is in view after drawing.

use std::{cell::Cell, ops::Range};

/// A cursor and a window.
///
/// The window is the one thing that drawing writes: only drawing knows the height, and a window that stays where it was
/// while the cursor is in it is what keeps the list from jumping.
#[derive(Clone, Debug, Default)]
pub struct List {
    cursor: usize,
    len: usize,
    top: Cell<usize>,
    height: Cell<usize>,
    /// Where the list is opened in the middle: the line that is to be in view beside the cursor's, until it was drawn.
    beside: Cell<Option<usize>>,
}

impl List {
    /// Where the cursor is.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// How long the list is.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the cursor is on the last line.
    pub fn at_end(&self) -> bool {
        self.cursor + 1 >= self.len
    }

    /// The list has another length; the cursor stays if it can.
    pub fn set_len(&mut self, len: usize) {
        self.len = len;
        self.set_cursor(self.cursor);
    }

    /// The first `count` lines have gone; the cursor and the window stay on what they were on.
    pub fn drop_first(&mut self, count: usize) {
        self.len = self.len.saturating_sub(count);
        self.top.set(self.top.get().saturating_sub(count));
        self.set_cursor(self.cursor.saturating_sub(count));
    }

    /// Lines have come or gone, and the one under the cursor is at `to` now: the window moves with it.
    pub fn moved(&mut self, len: usize, to: usize) {
        let top = self.top.get().saturating_add(to).saturating_sub(self.cursor);
        self.top.set(top);
        self.len = len;
        self.set_cursor(to);
    }

    /// Puts the cursor there, or on the last line.
    pub fn set_cursor(&mut self, cursor: usize) {
        self.cursor = cursor.min(self.len.saturating_sub(1));
    }

    /// Opens it in the middle: the cursor goes to `cursor`, and stands a third of the window from the top when it is drawn
    /// next; higher, where only so the line `beside` is in view as well.
    pub fn open_on(&mut self, cursor: usize, beside: usize) {
        self.set_cursor(cursor);
        self.beside.set(Some(beside.min(self.len.saturating_sub(1))));
    }

    /// Moves the cursor by so many lines.
    pub fn move_by(&mut self, lines: isize) {
        self.set_cursor(self.cursor.saturating_add_signed(lines));
    }

    /// Moves the cursor by so many windows, with a line in common.
    pub fn move_by_pages(&mut self, pages: isize) {
        let page = isize::try_from(self.height.get().saturating_sub(1).max(1)).unwrap_or(1);
        self.move_by(pages.saturating_mul(page));
    }

    /// The lines that were in view when it was last drawn.
    pub fn in_view(&self) -> Range<usize> {
        let top = self.top.get().min(self.len);
        top..(top + self.height.get()).min(self.len)
    }

    /// The lines in view where each takes as many rows as `rows` says, with the cursor among them.
    ///
    /// Only lines near the cursor are asked for: what a long list would take as a whole is never known.
    pub fn window_by(&self, height: usize, rows: impl Fn(usize) -> usize) -> Range<usize> {
        let rows = |line: usize| rows(line).max(1);
        if self.is_empty() || height == 0 {
            return 0..0;
        }
        // The highest line from which the cursor's is in view whole.
        let (mut highest, mut used) = (self.cursor, rows(self.cursor));
        while highest > 0 && used + rows(highest - 1) <= height {
            highest -= 1;
            used += rows(highest);
        }
        let mut top = self.top.get().clamp(highest, self.cursor);
        let (mut end, mut used) = (top, 0);
        while end < self.len && used < height {
            used += rows(end);
            end += 1;
        }
        // The end of the list stands at the foot.
        while end == self.len && top > highest && used + rows(top - 1) <= height {
            top -= 1;
            used += rows(top);
        }
        self.top.set(top);
        self.height.set(end - top);
        top..end
    }

    /// The lines in view when `height` of them fit, with the cursor among them.
    pub fn window(&self, height: usize) -> Range<usize> {
        if let Some(beside) = self.beside.take() {
            let with_beside = (beside + 1).saturating_sub(height);
            self.top.set(self.cursor.saturating_sub(height / 3).max(with_beside).min(self.cursor));
        }
        let lowest = (self.cursor + 1).saturating_sub(height);
        let highest = self.len.saturating_sub(height).min(self.cursor);
        let top = self.top.get().clamp(lowest.min(highest), highest.max(lowest));
        self.top.set(top);
        self.height.set(height);
        top..(top + height).min(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_that_is_opened_in_the_middle_shows_what_came_before_and_after() {
        let opened = |cursor, beside, height| {
            let mut list = List::default();
            list.set_len(60);
            list.open_on(cursor, beside);
            list.window(height)
        };
        assert_eq!(opened(30, 33, 9), 27..36, "a third from the top");
        assert_eq!(opened(30, 37, 9), 29..38, "so that the other is in view");
        assert_eq!(opened(30, 50, 9), 30..39, "as far as both can be");
        assert_eq!(opened(1, 2, 9), 0..9);
        assert_eq!(opened(58, 59, 9), 51..60);
    }

    proptest! {
        #[test]
        fn the_cursor_is_in_the_list_and_in_view(
            moves in prop::collection::vec((-30_isize..30, 0_usize..60, 1_usize..20), 1..40)
        ) {
            let mut list = List::default();
            for (by, len, height) in moves {
                list.set_len(len);
                list.move_by(by);
                let window = list.window(height);
                prop_assert!(list.is_empty() || window.contains(&list.cursor()), "{list:?} {window:?}");
                prop_assert!(window.len() == len.min(height), "{list:?} {window:?}");
                let rows = |line: usize| 1 + line % 3;
                let window = list.window_by(height, rows);
                prop_assert!(list.is_empty() || window.contains(&list.cursor()), "{list:?} {window:?}");
                let up_to_cursor: usize = (window.start..=list.cursor()).map(rows).sum();
                prop_assert!(up_to_cursor <= height.max(rows(list.cursor())) || list.is_empty(), "{list:?} {window:?}");
                let all: usize = window.clone().map(rows).sum();
                prop_assert!(all >= height || window.end == len, "{list:?} {window:?}");
            }
        }
    }
}
