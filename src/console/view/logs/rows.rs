//! A line of a log in rows, and what of them is marked.
//!
//! Pure. Guarantees: no more rows are looked at than fit, however long the line is; rows and marks split the text at
//! characters, and put together again they are the text.

use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// Where the rows of a text begin and end (bytes), at most `most` of them, each at most `width` columns; and whether
/// that is all of it.
pub fn rows(text: &str, width: usize, most: usize) -> (Vec<Range<usize>>, bool) {
    let (mut rows, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width && at > start {
            rows.push(start..at);
            if rows.len() == most {
                return (rows, false);
            }
            (start, used) = (at, 0);
        }
        used += wide;
    }
    rows.push(start..text.len());
    (rows, true)
}

/// A row in parts, each with whether it is marked; `marks` ascend and do not overlap.
pub fn parts(row: Range<usize>, marks: &[Range<usize>]) -> Vec<(Range<usize>, bool)> {
    let mut parts = Vec::new();
    let mut at = row.start;
    for mark in marks {
        let (start, end) = (mark.start.max(at), mark.end.min(row.end));
        if start >= end {
            continue;
        }
        if at < start {
            parts.push((at..start, false));
        }
        parts.push((start..end, true));
        at = end;
    }
    if at < row.end {
        parts.push((at..row.end, false));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::text;
    use proptest::prelude::*;

    #[test]
    fn rows_end_where_the_width_does() {
        assert_eq!(rows("abcdef", 4, 9), (vec![0..4, 4..6], true));
        let (cut, whole) = rows("abcdef", 4, 1);
        assert_eq!((cut.first().map(|row| row.end), cut.len(), whole), (Some(4), 1, false));
        assert_eq!(rows("数据库", 5, 9), (vec![0..6, 6..9], true));
        assert_eq!(rows("", 4, 9).0.len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(line in "\\PC{0,40}", width in 2_usize..12, marks in prop::collection::btree_set(0_usize..60, 0..8)) {
            let line = text::clean(&line);
            let (found, whole) = rows(&line, width, usize::MAX);
            prop_assert!(whole && found.iter().all(|row| text::width(&line[row.clone()]) <= width));
            prop_assert_eq!(found.iter().map(|row| &line[row.clone()]).collect::<String>(), line.clone());
            let bounds: Vec<usize> = marks.into_iter().filter(|at| line.is_char_boundary(*at)).collect();
            let marks: Vec<Range<usize>> = bounds.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            let again: String = found.into_iter().flat_map(|row| parts(row, &marks)).map(|(part, _)| &line[part]).collect();
            prop_assert_eq!(again, line);
        }
    }
}
