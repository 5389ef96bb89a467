//! The statements that were run: of this console, and of those before it.
//!
//! Guarantees: at most [`REMEMBERED`] are held; one that was just run is not held twice.

use std::collections::VecDeque;

/// How many statements are remembered: months of them, and less than a megabyte.
pub const REMEMBERED: usize = 2_000;

/// What was run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// On which deployment.
    pub name: String,
    /// When (Unix milliseconds).
    pub at: i64,
    /// The text, which may be several statements.
    pub sql: String,
}

/// All of it, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Past {
    entries: VecDeque<Entry>,
    /// The earlier consoles' were asked for.
    pub asked: bool,
}

impl Past {
    /// Takes what earlier consoles have run: before everything of this one.
    pub fn take_up(&mut self, earlier: Vec<Entry>) {
        for entry in earlier.into_iter().rev() {
            self.entries.push_front(entry);
        }
        self.bound();
    }

    /// Adds one; false when it is what was run last on that deployment.
    pub fn add(&mut self, entry: Entry) -> bool {
        let last = self.entries.iter().rfind(|other| other.name == entry.name);
        if last.is_some_and(|last| last.sql == entry.sql) {
            return false;
        }
        self.entries.push_back(entry);
        self.bound();
        true
    }

    /// Whether there is any.
    pub fn of_any(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Those of a deployment, the newest first.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().rev().filter(move |entry| entry.name == name)
    }

    /// Those that hold every word of `typed`, in whatever case, the newest first and each text once.
    pub fn search(&self, typed: &str) -> Vec<&Entry> {
        let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let mut seen = std::collections::BTreeSet::new();
        let fits = |entry: &&Entry| {
            let lower = entry.sql.to_lowercase();
            words.iter().all(|word| lower.contains(word) || entry.name.contains(word.as_str()))
        };
        self.entries.iter().rev().filter(fits).filter(|entry| seen.insert(entry.sql.as_str())).collect()
    }

    fn bound(&mut self) {
        let gone = self.entries.len().saturating_sub(REMEMBERED);
        self.entries.drain(..gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, sql: &str) -> Entry {
        Entry { name: name.to_owned(), at: 0, sql: sql.to_owned() }
    }

    #[test]
    fn what_was_run_before_comes_before_and_is_found_by_its_words() {
        let mut past = Past::default();
        assert!(past.add(entry("a", "SELECT 2")) && !past.add(entry("a", "SELECT 2")));
        past.take_up(vec![entry("b", "select 1 from Orders"), entry("a", "select 2 from orders")]);
        let found = |typed: &str| past.search(typed).into_iter().map(|entry| entry.sql.as_str()).collect::<Vec<_>>();
        assert_eq!(found("orders SEL"), ["select 2 from orders", "select 1 from Orders"]);
        assert_eq!(
            past.of("a").map(|entry| entry.sql.as_str()).collect::<Vec<_>>(),
            ["SELECT 2", "select 2 from orders"]
        );
        for number in 0..REMEMBERED + 5 {
            past.add(entry("a", &number.to_string()));
        }
        assert_eq!(past.search("").len(), REMEMBERED);
    }
}
