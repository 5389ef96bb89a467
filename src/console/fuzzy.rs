//! Fuzzy matching: the letters of what is typed, in their order.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

/// A pattern and what it takes to look for it.
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Fuzzy {
    /// Looks for this text; every word of it must match.
    pub fn new(text: &str) -> Self {
        let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        Self { pattern, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    /// How well `text` matches, more is better; `None` when it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_match_whatever_their_case() {
        assert!(Fuzzy::new("ord").score("orders").is_some());
        assert!(Fuzzy::new("ODR").score("orders").is_some());
        assert!(Fuzzy::new("ord").score("billing").is_none());
        assert!(Fuzzy::new("ro al").score("roll back everything").is_none());
        assert!(Fuzzy::new("ro eve").score("roll back everything").is_some());
        assert!(Fuzzy::new("").score("anything").is_some());
    }
}
