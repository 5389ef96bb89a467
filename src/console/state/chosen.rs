//! The rows of a list that its filter lets through, and the cursor over them.
//!
//! Guarantees: the list is as long as there are rows to show; the cursor stays with its row for as long as that is
//! shown, else with its place.

use crate::console::{
    filter::{Filter, Filtered},
    state::list::List,
};

/// A filter, what it lets through, and the cursor.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    text: String,
    wrong: Vec<String>,
    /// Places in the whole list, in order.
    places: Vec<usize>,
    /// The cursor over what is let through.
    pub list: List,
}

impl Chosen {
    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What of it cannot be read.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Which row stands at this place of what is shown.
    pub fn at(&self, place: usize) -> Option<usize> {
        self.places.get(place).copied()
    }

    /// Puts the cursor on a row of the whole list; false where the filter hides it.
    pub fn show(&mut self, row: usize) -> bool {
        let place = self.places.binary_search(&row);
        place.map(|place| self.list.set_cursor(place)).is_ok()
    }

    /// Which row the cursor is on.
    pub fn under_cursor(&self) -> Option<usize> {
        self.at(self.list.cursor())
    }

    /// Chooses by another filter; [`Chosen::choose`] must follow.
    pub fn set_text(&mut self, text: String) {
        self.text = text;
    }

    /// The first `gone` rows have gone.
    pub fn drop_first(&mut self, gone: usize) {
        let shown = self.places.partition_point(|place| *place < gone);
        self.places.drain(..shown);
        self.places.iter_mut().for_each(|place| *place -= gone);
        self.list.drop_first(shown);
    }

    /// Chooses anew among these rows.
    pub fn choose<'a, T: Filtered + 'a>(&mut self, rows: impl IntoIterator<Item = &'a T>, now: i64) {
        let row = self.under_cursor();
        let mut filter = Filter::read::<T>(&self.text);
        let kept = rows.into_iter().enumerate().filter(|(_, row)| filter.keeps(*row, now));
        self.places = kept.map(|(place, _)| place).collect();
        self.wrong = filter.wrong;
        self.list.set_len(self.places.len());
        if let Some(place) = row.and_then(|row| self.places.binary_search(&row).ok()) {
            self.list.set_cursor(place);
        }
    }
}
