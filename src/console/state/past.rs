//! Lines that were typed, to be recalled.
//!
//! Guarantees: at most [`KEPT`], the newest first, none twice, none empty or longer than [`LONGEST`].

/// How many are kept: more than anybody looks through with a key.
pub const KEPT: usize = 50;

/// A longer one was pasted by accident.
const LONGEST: usize = 500;

/// Lines, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past(Vec<String>);

impl Past {
    /// These lines, as far as they are kept.
    pub fn of(lines: Vec<String>) -> Self {
        let mut past = Self::default();
        lines.iter().rev().for_each(|line| past.remember(line));
        past
    }

    /// The newest first.
    pub fn lines(&self) -> &[String] {
        &self.0
    }

    /// This was typed just now.
    pub fn remember(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() || line.len() > LONGEST {
            return;
        }
        self.0.retain(|other| other != line);
        self.0.insert(0, line.to_owned());
        self.0.truncate(KEPT);
    }

    /// What was typed so many lines ago, from 1 on.
    pub fn ago(&self, lines: usize) -> Option<&str> {
        self.0.get(lines.checked_sub(1)?).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_first_and_none_twice() {
        let mut past = Past::default();
        for line in ["a", "b", " a ", "", &"x".repeat(LONGEST + 1)] {
            past.remember(line);
        }
        assert_eq!([1, 2, 3].map(|ago| past.ago(ago)), [Some("a"), Some("b"), None]);
        assert_eq!(Past::of(past.lines().to_vec()), past);
        (0..2 * KEPT).for_each(|number| past.remember(&number.to_string()));
        assert_eq!((past.lines().len(), past.ago(0), past.ago(1)), (KEPT, None, Some("99")));
    }
}
