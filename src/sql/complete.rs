//! What can stand at a place in a text: keywords, tables, columns, Dolt's own tables and procedures.
//!
//! Pure. It reads the words around the place, not a grammar: a text that is being typed has none. Wrong offers cost a
//! glance; so what the words before make likely comes first, and nothing is offered within quotes and comments.

use super::{
    catalog::{Catalog, DOLT_BESIDE, DOLT_PROCEDURES, DOLT_ROWS, DOLT_TABLES, FUNCTIONS},
    lex::{Class, KEYWORDS, Token, bare, is_keyword, tokens},
    statements,
};
use std::{collections::BTreeSet, ops::Range};

/// How many are offered: a person types one more letter before looking through more.
const OFFERED: usize = 40;

/// Something that can stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What would be written.
    pub text: String,
    /// What it is, in a word or two.
    pub what: String,
}

/// What can stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The part of the text that it would replace.
    pub range: Range<usize>,
    /// The likeliest first; never empty.
    pub candidates: Vec<Candidate>,
}

/// What can stand at byte `place` of `text`; nothing is offered for an empty word unless `asked`.
pub fn at(text: &str, place: usize, catalog: &Catalog, database: Option<&str>, asked: bool) -> Option<Offer> {
    let all = tokens(text);
    let before = all.iter().take_while(|token| token.range.end <= place).count();
    let inside = all.get(before).filter(|token| token.range.start < place);
    // In the middle of a word, a quote or a comment.
    if inside.is_some_and(|token| token.class != Class::Space) {
        return None;
    }
    let before = all.get(..before).unwrap_or_default();
    let (before, word) = match before.split_last() {
        // What does not reach the place is not what is being typed.
        Some((last, rest)) if last.range.end == place && is_open_name(last, text) => (rest, last.range.clone()),
        Some((last, _)) if last.range.end == place && quiet(last, text) => return None,
        _ => (before, place..place),
    };
    let typed = text.get(word.clone())?;
    let of_a_table = before.last().is_some_and(|token| token.of(text) == ".");
    if typed.is_empty() && !asked && !of_a_table {
        return None;
    }
    let statement = statements::at(text, place).unwrap_or(0..text.len());
    let place = Place { text, before, all: &all, statement, catalog, database };
    let mut finder = Finder::new(typed);
    place.offer(&mut finder);
    let candidates = finder.best();
    (!candidates.is_empty()).then_some(Offer { range: word, candidates })
}

/// Within a comment, or a text that has not ended.
fn quiet(token: &Token, text: &str) -> bool {
    match token.class {
        Class::Comment => !token.of(text).ends_with("*/"),
        Class::Text => {
            let said = token.of(text);
            said.len() < 2 || !said.ends_with(['\'', '"'])
        }
        Class::Number | Class::Variable => true,
        _ => false,
    }
}

/// A word that is being typed, or a name whose backtick is still open.
fn is_open_name(token: &Token, text: &str) -> bool {
    let said = token.of(text);
    token.class == Class::Word || (token.class == Class::Name && (said.len() < 2 || !said.ends_with('`')))
}

/// Where it is asked for.
struct Place<'a> {
    text: &'a str,
    /// What stands before the word that is typed.
    before: &'a [Token],
    all: &'a [Token],
    statement: Range<usize>,
    catalog: &'a Catalog,
    database: Option<&'a str>,
}

impl Place<'_> {
    fn offer(&self, finder: &mut Finder) {
        if self.before.last().is_some_and(|token| token.of(self.text) == ".") {
            return self.after_a_point(finder);
        }
        match self.keyword_before().as_str() {
            "FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE" | "DESCRIBE" | "TRUNCATE" => {
                self.tables(finder);
                finder.all(DOLT_ROWS, "function");
                finder.all(KEYWORDS, "keyword");
            }
            "CALL" => finder.all(DOLT_PROCEDURES, "procedure"),
            "USE" => finder.each(self.catalog.databases.keys(), "database"),
            _ => {
                self.columns(finder);
                finder.all(KEYWORDS, "keyword");
                finder.all(FUNCTIONS, "function");
                self.tables(finder);
            }
        }
    }

    /// `orders.`: its columns; `shop.`: its tables.
    fn after_a_point(&self, finder: &mut Finder) {
        let mut before = self.before.iter().rev().skip(1);
        let Some(owner) = before.next().map(|token| bare(token.of(self.text))) else { return };
        for (_, table) in self.sources().into_iter().filter(|(alias, _)| alias.eq_ignore_ascii_case(&owner)) {
            self.columns_of(&table, finder);
        }
        let database = self.catalog.databases.iter().find(|(name, _)| name.eq_ignore_ascii_case(&owner));
        if let Some((_, tables)) = database {
            finder.each(tables.keys(), "table");
        }
    }

    fn tables(&self, finder: &mut Finder) {
        let names = || self.catalog.tables(self.database).map(|(name, _)| name);
        finder.each(names(), "table");
        finder.each(self.catalog.databases.keys(), "database");
        finder.all(DOLT_TABLES, "Dolt's");
        // Only when they are meant: there are seven for each table.
        if finder.typed.to_lowercase().starts_with("dolt_") {
            for before in DOLT_BESIDE {
                names().for_each(|table| finder.one(&format!("{before}{table}"), "Dolt's"));
            }
        }
    }

    fn columns(&self, finder: &mut Finder) {
        for (_, table) in self.sources() {
            self.columns_of(&table, finder);
        }
    }

    fn columns_of(&self, table: &str, finder: &mut Finder) {
        let found = self.catalog.tables(self.database).chain(self.catalog.tables(None));
        let Some((_, columns)) = found.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(table)) else { return };
        for (name, kind) in columns {
            finder.one(&quoted(name), kind);
        }
    }

    /// The word of SQL's own before the place that says what comes next.
    fn keyword_before(&self) -> String {
        let mut words = self.before.iter().rev().filter(|token| token.counts());
        let mut after_comma = false;
        for token in &mut words {
            let said = token.of(self.text);
            if token.class == Class::Word && is_keyword(said) {
                return said.to_ascii_uppercase();
            }
            // `FROM a, |` is still after FROM; `FROM a |` is not.
            match said {
                "," => after_comma = true,
                _ if !after_comma => return String::new(),
                _ => {}
            }
        }
        String::new()
    }

    /// The tables of the statement by the names that it gives them: aliases, and the names themselves.
    fn sources(&self) -> Vec<(String, String)> {
        let within = |token: &&Token| {
            token.counts() && token.range.start >= self.statement.start && token.range.start < self.statement.end
        };
        let words: Vec<&Token> = self.all.iter().filter(within).collect();
        let said = |at: usize| words.get(at).map_or("", |token| token.of(self.text));
        let is_name = |at: usize| {
            words.get(at).is_some_and(|token| {
                token.class == Class::Name || (token.class == Class::Word && !is_keyword(token.of(self.text)))
            })
        };
        let mut sources = Vec::new();
        let mut in_from = false;
        for at in 0..words.len() {
            let upper = said(at).to_ascii_uppercase();
            in_from = match upper.as_str() {
                "FROM" => true,
                "WHERE" | "GROUP" | "ORDER" | "ON" | "SET" | "LIMIT" | "HAVING" | ")" => false,
                _ => in_from,
            };
            let introduces = matches!(upper.as_str(), "FROM" | "JOIN" | "UPDATE" | "INTO") || (upper == "," && in_from);
            if !introduces || !is_name(at + 1) {
                continue;
            }
            // `shop.orders` is told by its last part.
            let table_at = if said(at + 2) == "." && is_name(at + 3) { at + 3 } else { at + 1 };
            let table = bare(said(table_at));
            let alias_at = table_at + if said(table_at + 1).eq_ignore_ascii_case("as") { 2 } else { 1 };
            if is_name(alias_at) {
                sources.push((bare(said(alias_at)), table.clone()));
            }
            sources.push((table.clone(), table));
        }
        sources
    }
}

/// A name as it must be written.
fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !is_keyword(name);
    if plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// Gathers what begins with what is typed, then what holds it, each in the order in which it was named.
struct Finder {
    typed: String,
    lower: String,
    begins: Vec<Candidate>,
    holds: Vec<Candidate>,
    seen: BTreeSet<String>,
}

impl Finder {
    fn new(typed: &str) -> Self {
        let typed = bare(typed);
        let lower = typed.to_lowercase();
        Self { typed, lower, begins: Vec::new(), holds: Vec::new(), seen: BTreeSet::new() }
    }

    /// Words of SQL's own, in the case in which one types.
    fn all(&mut self, words: &[&str], what: &str) {
        let small = self.typed.chars().next().is_some_and(char::is_lowercase);
        for word in words {
            self.one(&if small { word.to_lowercase() } else { (*word).to_owned() }, what);
        }
    }

    fn each<'n>(&mut self, names: impl Iterator<Item = &'n String>, what: &str) {
        names.for_each(|name| self.one(&quoted(name), what));
    }

    fn one(&mut self, text: &str, what: &str) {
        let lower = bare(text).to_lowercase();
        let (list, fits) = match lower.find(&self.lower) {
            Some(0) => (&mut self.begins, true),
            // Two letters are within half of all words.
            Some(_) => (&mut self.holds, self.lower.len() > 2),
            None => return,
        };
        // What is typed already needs no offer.
        if fits && list.len() < OFFERED && lower != self.lower && self.seen.insert(lower) {
            list.push(Candidate { text: text.to_owned(), what: what.to_owned() });
        }
    }

    fn best(self) -> Vec<Candidate> {
        self.begins.into_iter().chain(self.holds).take(OFFERED).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn catalog() -> Catalog {
        let row = |table: &str, column: &str, kind: &str| {
            [Some("shop"), Some(table), Some(column), Some(kind)].map(|cell| cell.map(str::to_owned)).to_vec()
        };
        Catalog::of(
            &[vec![Some("empty".to_owned())], vec![Some("mysql".to_owned())]],
            &[
                row("items", "id", "int"),
                row("items", "order", "int"),
                row("orders", "customer", "varchar(50)"),
                row("orders", "id", "int"),
            ],
        )
    }

    /// What is offered where `|` stands.
    fn offers(text: &str) -> Vec<String> {
        let place = text.find('|').expect("a place");
        let offer = at(&text.replace('|', ""), place, &catalog(), Some("shop"), true);
        offer.map(|offer| offer.candidates.into_iter().map(|candidate| candidate.text).collect()).unwrap_or_default()
    }

    #[test]
    fn what_the_words_before_make_likely_comes_first() {
        assert_eq!(offers("select * from o|")[0], "orders");
        assert_eq!(offers("select * from items, o|")[0], "orders");
        assert_eq!(offers("select c| from orders")[0], "customer");
        assert_eq!(offers("select o.| from orders as o"), ["customer", "id"]);
        assert_eq!(offers("select * from shop.|"), ["items", "orders"]);
        assert_eq!(offers("select items.o| from items"), ["`order`"]);
        assert_eq!(offers("use |"), ["empty", "shop"]);
        assert_eq!(offers("call dolt_comm|"), ["dolt_commit", "dolt_commit_hash_out"]);
        assert_eq!(offers("SELECT 1; SEL|")[0], "SELECT");
        assert!(offers("select * from dolt_diff_o|").contains(&"dolt_diff_orders".to_owned()));
        assert!(offers("select * from dolt_l|").contains(&"dolt_log".to_owned()));
    }

    #[test]
    fn nothing_is_offered_within_quotes_comments_and_numbers() {
        for text in ["select 'or|", "select 1 -- or|", "select 12|", "select or|ders", "select @or|"] {
            assert!(offers(text).is_empty(), "{text}: {:?}", offers(text));
        }
        assert_eq!(at("select ", 7, &catalog(), None, false), None, "nothing was typed and nothing asked for");
    }

    proptest! {
        #[test]
        fn an_offer_replaces_the_word_before_the_place(text in "[a-z'.,;`( \n]{0,40}|.{0,20}", place in 0_usize..50) {
            let place = (0..=place.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            if let Some(offer) = at(&text, place, &catalog(), None, true) {
                prop_assert!(offer.range.end == place && text.get(offer.range).is_some());
                prop_assert!(!offer.candidates.is_empty() && offer.candidates.len() <= OFFERED);
            }
        }
    }
}
