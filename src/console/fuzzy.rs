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
    /// The letters in lower case, where they are one word of ASCII: then whether they match is seen without a score.
    letters: Option<Vec<u8>>,
}

impl Fuzzy {
    /// Looks for this text; every word of it must match.
    pub fn new(text: &str) -> Self {
        let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let letters = plain.then(|| text.to_ascii_lowercase().into_bytes());
        Self { pattern, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new(), letters }
    }

    /// Whether `text` matches at all: a tenth of the work of a score, as a fleet of ten thousand is asked with every key.
    pub fn matches(&mut self, text: &str) -> bool {
        match &self.letters {
            Some(letters) if text.is_ascii() => {
                let mut rest = text.bytes();
                letters.iter().all(|letter| rest.any(|byte| byte.to_ascii_lowercase() == *letter))
            }
            _ => self.score(text).is_some(),
        }
    }

    /// How well `text` matches, more is better; `None` when it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_matches_is_what_has_a_score(pattern in "[ a-cA-Cé.\\\\]{0,4}", text in "[ a-cA-Cé.]{0,8}") {
            let mut fuzzy = Fuzzy::new(&pattern);
            prop_assert_eq!(fuzzy.matches(&text), fuzzy.score(&text).is_some());
        }
    }

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
