//! How far a text is scrolled whose length only drawing knows.
//!
//! Guarantees: after drawing, no line below the last is in view while one above the first is not. Drawing writes where
//! it begins, as in `list`: only drawing knows the height.

use std::{cell::Cell, ops::Range};

/// A place in a text.
#[derive(Clone, Debug, Default)]
pub struct Scroll {
    top: Cell<usize>,
    height: Cell<usize>,
}

impl Scroll {
    /// By so many windows, with a line in common.
    pub fn by_pages(&self, pages: isize) {
        let page = isize::try_from(self.height.get().saturating_sub(1).max(1)).unwrap_or(1);
        self.top.set(self.top.get().saturating_add_signed(pages.saturating_mul(page)));
    }

    /// The lines in view where `height` of `len` fit.
    pub fn window(&self, len: usize, height: usize) -> Range<usize> {
        let top = self.top.get().min(len.saturating_sub(height));
        self.top.set(top);
        self.height.set(height);
        top..(top + height).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_the_text_whatever_its_length_becomes() {
        let scroll = Scroll::default();
        assert_eq!(scroll.window(10, 4), 0..4);
        scroll.by_pages(1);
        assert_eq!(scroll.window(10, 4), 3..7);
        scroll.by_pages(9);
        assert_eq!(scroll.window(10, 4), 6..10);
        assert_eq!(scroll.window(5, 4), 1..5);
        scroll.by_pages(-3);
        assert_eq!(scroll.window(5, 4), 0..4);
        assert_eq!(scroll.window(2, 4), 0..2);
    }
}
