//! Aligned tables: columns as wide as their widest cell, two spaces between, numbers at the right.

use super::{
    output::Tone,
    text::{clean, width},
};

/// A column's title and where its cells stand.
#[derive(Clone, Copy, Debug)]
pub enum Column {
    /// Words begin together.
    Left(&'static str),
    /// Numbers end together.
    Right(&'static str),
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell that is shown in a colour, where there are colours.
    pub fn toned(text: impl AsRef<str>, tone: Tone) -> Self {
        Self { text: clean(text.as_ref()), tone }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

/// Rows under titles. A table without rows is its titles.
#[derive(Clone, Debug)]
pub struct Table {
    titles: Vec<Cell>,
    right: Vec<bool>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// With these columns.
    pub fn new(columns: &[Column]) -> Self {
        let (titles, right) = columns
            .iter()
            .map(|column| match column {
                Column::Left(title) => (Cell::toned(title, Tone::Faint), false),
                Column::Right(title) => (Cell::toned(title, Tone::Faint), true),
            })
            .unzip();
        Self { titles, right, rows: Vec::new() }
    }

    /// With columns that are known only now, such as those of a query.
    pub fn of_titles(titles: &[String]) -> Self {
        let right = vec![false; titles.len()];
        Self { titles: titles.iter().map(|title| Cell::toned(title, Tone::Faint)).collect(), right, rows: Vec::new() }
    }

    /// One more row; cells beyond the columns are left out.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().take(self.titles.len()).collect());
    }

    /// As text, a line a row, the titles first.
    pub fn render(&self, colour: bool) -> String {
        let widths = self.widths(&[]);
        self.lines(std::iter::once(&self.titles).chain(&self.rows), &widths, colour)
    }

    /// One part of a longer table: `widths` are those of the columns so far, and grow.
    pub fn render_part(&self, titles: bool, widths: &mut Vec<usize>, colour: bool) -> String {
        *widths = self.widths(widths);
        let titles = titles.then_some(&self.titles);
        self.lines(titles.into_iter().chain(&self.rows), widths, colour)
    }

    fn widths(&self, least: &[usize]) -> Vec<usize> {
        let every = || std::iter::once(&self.titles).chain(&self.rows);
        let widest = |column: usize| every().filter_map(|row| row.get(column)).map(|cell| width(&cell.text)).max();
        let least = |column: usize| least.get(column).copied().unwrap_or(0);
        (0..self.titles.len()).map(|column| widest(column).unwrap_or(0).max(least(column))).collect()
    }

    fn lines<'a>(&self, rows: impl Iterator<Item = &'a Vec<Cell>>, widths: &[usize], colour: bool) -> String {
        // Nothing trails: a copied line ends where its text does.
        rows.map(|row| self.line(row, widths, colour).trim_end().to_owned() + "\n").collect()
    }

    fn line(&self, row: &[Cell], widths: &[usize], colour: bool) -> String {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[index].saturating_sub(width(&cell.text)));
            let text = cell.tone.paint(&cell.text, colour);
            let last = index + 1 == row.len();
            match (self.right[index], last) {
                (true, _) => line.extend([gap.as_str(), &text]),
                (false, false) => line.extend([text.as_str(), &gap]),
                (false, true) => line.push_str(&text),
            }
            if !last {
                line.push_str("  ");
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_characters_and_numbers_line_up() {
        let mut table = Table::new(&[Column::Left("NAME"), Column::Right("GIB"), Column::Left("DOING")]);
        table.row(["日本".into(), "8".into(), "deploy".into()]);
        table.row(["orders".into(), "120".into(), "".into()]);
        assert_eq!(table.render(false), "NAME    GIB  DOING\n日本      8  deploy\norders  120\n");
        let mut widths = Vec::new();
        table.render_part(false, &mut widths, false);
        assert_eq!(widths, [6, 3, 6]);
    }

    proptest! {
        #[test]
        fn columns_line_up_whatever_stands_in_them(rows in proptest::collection::vec(".{0,12}", 1..6)) {
            let mut table = Table::new(&[Column::Left("A"), Column::Right("B")]);
            for row in &rows {
                table.row([row.into(), "x".into()]);
            }
            let text = table.render(false);
            let widths: Vec<usize> = text.lines().map(width).collect();
            prop_assert_eq!(widths.len(), rows.len() + 1);
            prop_assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", text);
        }
    }
}
