//! Fuzzy matching of what is typed against names.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// What is typed into a filter or the palette; `!` before it keeps what does not match.
pub struct Filter {
    pattern: Pattern,
    inverse: bool,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Filter {
    /// A filter for this text.
    pub fn new(text: &str) -> Self {
        let (inverse, text) = text.strip_prefix('!').map_or((false, text), |rest| (!rest.is_empty(), rest));
        let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
        Self { pattern, inverse, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    /// How well `text` matches, more is better; `None` when it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        let score = self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher);
        if self.inverse { score.is_none().then_some(0) } else { score }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_match_and_an_exclamation_mark_turns_it_round() {
        assert!(Filter::new("ord").score("orders").is_some());
        assert!(Filter::new("odr").score("orders").is_some());
        assert!(Filter::new("ord").score("billing").is_none());
        assert!(Filter::new("!ord").score("orders").is_none());
        assert!(Filter::new("!ord").score("billing").is_some());
        assert!(Filter::new("!").score("billing").is_some());
    }
}
