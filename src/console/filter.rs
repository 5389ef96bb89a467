//! What is typed into the filter of a table: terms, all of which a row must meet.
//!
//! | term | keeps the rows |
//! |---|---|
//! | `ord` | whose name has these letters in this order, or that hold the text elsewhere |
//! | `"is full"` | that hold exactly this, spaces included |
//! | `health:degraded` | whose column holds this |
//! | `disk:>80`, `cert:<14d`, `version:<=2.2` | whose column is more, or less |
//! | `!term` | that do not meet the term |
//!
//! Guarantees: a term that cannot be read hides nothing; it is told instead. The case of letters does not count.
//!
//! Not here: where the line is typed (`action::line`), and which columns a table has ([`Filtered`]).

use crate::console::fuzzy::Fuzzy;
use std::{borrow::Cow, cmp::Ordering};

/// A cell as filters and sorting see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// It is not known.
    None,
    /// A number in the unit that the column shows; spans of time in milliseconds.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// A text; none where it is empty.
    pub fn text(text: &'a str) -> Self {
        if text.is_empty() { Value::None } else { Value::Text(Cow::Borrowed(text)) }
    }

    /// A number, where there is one.
    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Value::None, Value::Number)
    }
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Texts.
    Text,
    /// Numbers.
    Number,
    /// Spans of time; a number without a unit is in days.
    Span,
}

/// A column that a term can name.
#[derive(Debug)]
pub struct Named {
    /// The word for it.
    pub word: &'static str,
    /// What its values are.
    pub kind: Kind,
}

/// A row of a table that can be filtered.
pub trait Filtered {
    /// The columns that terms can name.
    const COLUMNS: &'static [Named];

    /// What a row is called: a word is looked for in it by its letters.
    fn title(&self) -> &str;

    /// What else a row says: a word is looked for in it as it is.
    fn others(&self) -> impl Iterator<Item = &str>;

    /// The value of the column that stands at this place of [`Filtered::COLUMNS`].
    fn value(&self, column: usize, now: i64) -> Value<'_>;
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Holds,
    Is,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The signs, the longer ones first.
const TESTS: [(&str, Test); 5] =
    [(">=", Test::AtLeast), ("<=", Test::AtMost), (">", Test::More), ("<", Test::Less), ("=", Test::Is)];

enum Asks {
    Word(Box<Fuzzy>, String),
    Exactly(String),
    Text { column: usize, test: Test, text: String },
    Number { column: usize, test: Test, number: f64 },
}

struct Term {
    inverse: bool,
    asks: Asks,
}

/// A filter that was read.
#[derive(Default)]
pub struct Filter {
    terms: Vec<Term>,
    /// What could not be read, in words.
    pub wrong: Vec<String>,
}

impl Filter {
    /// Reads a filter for rows of this kind.
    pub fn read<T: Filtered>(text: &str) -> Self {
        let mut filter = Filter::default();
        for word in words(text) {
            match word.and_then(|word| term::<T>(&word)) {
                Ok(term) => filter.terms.extend(term),
                Err(why) => filter.wrong.push(why),
            }
        }
        filter
    }

    /// Whether a row meets all terms.
    pub fn keeps<T: Filtered>(&mut self, row: &T, now: i64) -> bool {
        self.terms.iter_mut().all(|term| term.asks.met_by(row, now) != term.inverse)
    }
}

impl Asks {
    fn met_by<T: Filtered>(&mut self, row: &T, now: i64) -> bool {
        match self {
            Asks::Word(fuzzy, word) => fuzzy.matches(row.title()) || row.others().any(|text| holds(text, word)),
            Asks::Exactly(text) => holds(row.title(), text) || row.others().any(|other| holds(other, text)),
            Asks::Text { column, test, text } => match row.value(*column, now) {
                Value::Text(value) => match test {
                    Test::Holds => holds(&value, text),
                    test => test.allows(natural(&value.to_lowercase(), text)),
                },
                _ => false,
            },
            Asks::Number { column, test, number } => match row.value(*column, now) {
                Value::Number(value) => test.allows(value.total_cmp(number)),
                _ => false,
            },
        }
    }
}

impl Test {
    fn allows(self, order: Ordering) -> bool {
        match self {
            Test::Holds | Test::Is => order.is_eq(),
            Test::Less => order.is_lt(),
            Test::AtMost => order.is_le(),
            Test::More => order.is_gt(),
            Test::AtLeast => order.is_ge(),
        }
    }
}

/// Whether `text` holds `part`, which is in lower case.
fn holds(text: &str, part: &str) -> bool {
    if !(text.is_ascii() && part.is_ascii()) || part.is_empty() {
        return text.to_lowercase().contains(part);
    }
    // Nothing is copied: a fleet of ten thousand is filtered with every key.
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Texts as people order them: numbers in them by their value, so that 1.9 comes before 1.83.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (a, b) = (run(&mut one), run(&mut other));
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let order = if digit(a) && digit(b) {
            // By value without reading it: a number is as long as it likes.
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        } else {
            a.cmp(b)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the digits, or what is none, off the front.
fn run<'a>(text: &mut &'a str) -> &'a str {
    let digits = digit(text);
    // The place of a digit, or of what follows one, is the beginning of a character.
    let end = text.bytes().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    *text = rest;
    run
}

fn digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// The words between spaces, with their quotes; a quote that is not closed is told.
fn words(text: &str) -> Vec<Result<String, String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            words.push(Ok(std::mem::take(&mut word)));
        } else {
            word.push(c);
        }
    }
    words.push(if quoted { Err(format!("{word} has no closing quote")) } else { Ok(word) });
    words
}

/// What a word asks for; none where it is empty.
fn term<T: Filtered>(word: &str) -> Result<Option<Term>, String> {
    let (inverse, rest) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    if rest.is_empty() {
        return Ok(None);
    }
    let asks = match rest.split_once(':') {
        // 127.0.0.1:3306 and 14:02 are texts, as no column is called so.
        Some((column, value)) if !column.is_empty() && column.bytes().all(|b| b.is_ascii_lowercase()) => {
            about::<T>(column, value)?
        }
        _ if rest.starts_with('"') => Asks::Exactly(unquoted(rest)),
        _ => Asks::Word(Box::new(Fuzzy::new(rest)), unquoted(rest)),
    };
    Ok(Some(Term { inverse, asks }))
}

fn unquoted(text: &str) -> String {
    text.replace('"', "").to_lowercase()
}

/// `column:value`.
fn about<T: Filtered>(word: &str, value: &str) -> Result<Asks, String> {
    let Some(column) = T::COLUMNS.iter().position(|column| column.word == word) else {
        let words: Vec<&str> = T::COLUMNS.iter().map(|column| column.word).collect();
        return Err(format!("there is no column {word}; there are {}", words.join(", ")));
    };
    let sign = TESTS.iter().find_map(|(sign, test)| value.strip_prefix(sign).map(|rest| (rest, *test)));
    let (rest, test) = sign.unwrap_or((value, Test::Holds));
    if rest.is_empty() {
        return Err(format!("{word}:{value} needs a value after it"));
    }
    let number = match T::COLUMNS[column].kind {
        Kind::Text => return Ok(Asks::Text { column, test, text: unquoted(rest) }),
        Kind::Number => rest.trim_end_matches('%').parse().ok(),
        Kind::Span => span(rest),
    };
    match number.filter(|number: &f64| number.is_finite()) {
        Some(number) => Ok(Asks::Number { column, test, number }),
        None if T::COLUMNS[column].kind == Kind::Span => {
            Err(format!("{word}:{value} needs a time, such as 90s, 15min, 2h, 14d or 14"))
        }
        None => Err(format!("{word}:{value} needs a number, such as {word}:>80")),
    }
}

/// A span of time in milliseconds.
fn span(text: &str) -> Option<f64> {
    const DAY: f64 = 86_400_000.0;
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit {
        "s" => 1_000.0,
        "m" | "min" => 60_000.0,
        "h" => 3_600_000.0,
        "" | "d" => DAY,
        "w" => 7.0 * DAY,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Book {
        title: &'static str,
        language: &'static str,
        pages: f64,
        age: Option<f64>,
    }

    impl Filtered for Book {
        const COLUMNS: &'static [Named] = &[
            Named { word: "language", kind: Kind::Text },
            Named { word: "pages", kind: Kind::Number },
            Named { word: "age", kind: Kind::Span },
            Named { word: "title", kind: Kind::Text },
        ];

        fn title(&self) -> &str {
            self.title
        }

        fn others(&self) -> impl Iterator<Item = &str> {
            std::iter::once(self.language)
        }

        fn value(&self, column: usize, _: i64) -> Value<'_> {
            match column {
                0 => Value::text(self.language),
                1 => Value::Number(self.pages),
                2 => Value::number(self.age),
                _ => Value::text(self.title),
            }
        }
    }

    const DAY: f64 = 86_400_000.0;
    const BOOKS: [Book; 3] = [
        Book { title: "Persuasion", language: "English", pages: 249.0, age: Some(3.0 * DAY) },
        Book { title: "Effi Briest", language: "German", pages: 351.0, age: None },
        Book { title: "Part 10", language: "", pages: 90.0, age: Some(DAY / 24.0) },
    ];

    fn kept(text: &str) -> String {
        let mut filter = Filter::read::<Book>(text);
        let kept = BOOKS.iter().filter(|book| filter.keeps(*book, 0)).map(|book| &book.title[..1]);
        kept.collect::<Vec<_>>().join("") + &filter.wrong.join("; ")
    }

    #[test]
    fn every_term_must_be_met() {
        for (text, rows) in [
            ("", "PEP"),
            ("  ", "PEP"),
            ("psn", "P"),
            ("GERMAN", "E"),
            ("p language:eng", "P"),
            ("!psn", "EP"),
            ("!", "PEP"),
            ("\"i b\"", "E"),
            ("!\"i b\"", "PP"),
            ("pages:>100 pages:<=249", "P"),
            ("pages:351", "E"),
            ("!pages:351", "PP"),
            ("age:<2", "P"),
            ("age:<2 title:\"part 10\"", "P"),
            ("age:>=72h", "P"),
            ("title:<part", "E"),
            ("title:>\"part 9\" title:=\"part 10\"", "P"),
            ("!language:e", "P"),
        ] {
            assert_eq!(kept(text), rows, "{text}");
        }
    }

    #[test]
    fn a_broken_term_hides_nothing_and_is_told() {
        for (text, said) in [
            ("author:x", "PEPthere is no column author; there are language, pages, age, title"),
            ("pages:", "PEPpages: needs a value after it"),
            ("pages:>", "PEPpages:> needs a value after it"),
            ("pages:many psn", "Ppages:many needs a number, such as pages:>80"),
            ("pages:>nan", "PEPpages:>nan needs a number, such as pages:>80"),
            ("age:<14x", "PEPage:<14x needs a time, such as 90s, 15min, 2h, 14d or 14"),
            ("psn \"i b", "P\"i b has no closing quote"),
        ] {
            assert_eq!(kept(text), said, "{text}");
        }
    }

    #[test]
    fn numbers_in_texts_count_by_their_value() {
        for (less, more) in [("1.9.0", "1.83.2"), ("a", "b"), ("a2", "a10"), ("2.2", "2.2.0"), ("", "a"), ("1", "a")] {
            assert_eq!(
                (natural(less, more), natural(more, less)),
                (Ordering::Less, Ordering::Greater),
                "{less} {more}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_inverse_keeps_what_the_term_hides(word in "[a-z]{1,3}|(language|title|pages|age):[<>=]{0,2}[a-z0-9]{1,3}") {
            let (mut plain, mut inverse) = (Filter::read::<Book>(&word), Filter::read::<Book>(&format!("!{word}")));
            prop_assert_eq!(&plain.wrong, &inverse.wrong);
            for book in &BOOKS {
                let both = (plain.keeps(book, 0), inverse.keeps(book, 0));
                let right = if plain.wrong.is_empty() { both.0 != both.1 } else { both == (true, true) };
                prop_assert!(right, "{both:?}");
            }
        }

        #[test]
        fn whatever_is_typed_is_read(text in "\\PC{0,40}") {
            let mut filter = Filter::read::<Book>(&text);
            for book in &BOOKS {
                filter.keeps(book, 0);
            }
        }

        #[test]
        fn the_order_of_texts_is_one(mut texts in prop::collection::vec("[a-b0-1.]{0,5}", 3)) {
            texts.sort_by(|one, other| natural(one, other));
            prop_assert!(natural(&texts[0], &texts[2]).is_le());
            prop_assert_eq!(natural(&texts[0], &texts[1]), natural(&texts[1], &texts[0]).reverse());
        }
    }
}
