//! What is searched for in a log: a regular expression, or the text itself where it is none.
//!
//! Guarantees: the time that a search takes follows the text's length, whatever is typed (see the regex crate); the case
//! of letters does not count.

use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// A compiled expression takes no more bytes than this: it is typed by hand, and compiled with each key.
const LARGEST: usize = 256 * 1024;

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// What was typed; none where that is nothing.
    pub fn new(text: &str) -> Option<Self> {
        let compile = |text: &str| RegexBuilder::new(text).case_insensitive(true).size_limit(LARGEST).build();
        let regex = compile(text).or_else(|_| compile(&regex::escape(text))).ok()?;
        (!text.is_empty()).then(|| Self { text: text.to_owned(), regex })
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a line holds it.
    pub fn matches(&self, line: &str) -> bool {
        self.regex.is_match(line)
    }

    /// Where it stands in a line, as bytes; nothing is found where it stands for nothing, such as `a*` in `b`.
    pub fn places<'a>(&'a self, line: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex.find_iter(line).map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_or_the_text_itself() {
        let places = |text: &str, line: &str| Pattern::new(text).map(|p| p.places(line).collect::<Vec<_>>());
        assert_eq!(places("err|warn", "Warn: ERR"), Some(vec![0..4, 6..9]));
        assert_eq!(places("f(", "f(x) F("), Some(vec![0..2, 5..7]));
        assert_eq!(places("x*", "ab"), Some(vec![]));
        assert_eq!(places("", "ab"), None);
    }
}
