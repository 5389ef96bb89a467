//! What a text of SQL consists of, and what a statement does to the connection that runs it.
//!
//! Guarantees: pure; in doubt a statement is taken to change something, and to hold a secret.
//!
//! Not here: whether it is valid. The server's own parser says that.

use super::lex::{Class, Token, bare, tokens};
use std::ops::Range;

/// The statements of a text, without the semicolons between them; what only comments is none.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        let end = ends(text, rest);
        let (statement, after) = rest.split_at(end);
        let counts = |token: &&Token| token.counts();
        if let (Some(first), Some(last)) = (statement.iter().find(counts), statement.iter().rfind(counts)) {
            found.push(first.range.start..last.range.end);
        }
        rest = after.get(1..).unwrap_or_default();
    }
    found
}

/// Which of the tokens is the semicolon that ends the first statement; their number where none does.
fn ends(text: &str, tokens: &[Token]) -> usize {
    let counting = tokens.iter().enumerate().filter(|(_, token)| token.counts());
    let mut words = counting.clone().take(8);
    let stored = words.clone().next().is_some_and(|(_, token)| token.is(text, "create"))
        && words
            .any(|(_, token)| ["procedure", "function", "trigger", "event"].iter().any(|word| token.is(text, word)));
    // Within the body of what is stored a semicolon ends one of its own statements.
    let (mut depth, mut after_end) = (0_usize, false);
    for (index, token) in counting {
        let opens = token.is(text, "begin") || token.is(text, "case");
        let is_end = token.is(text, "end");
        if stored && opens && !after_end {
            depth += 1;
        }
        // `END IF`, `END LOOP` and their like end what no word of ours has opened.
        let of_a_block = ["if", "loop", "while", "repeat"].iter().any(|word| token.is(text, word));
        if after_end && !of_a_block {
            depth = depth.saturating_sub(1);
        }
        if token.class == Class::Sign && token.of(text) == ";" && depth == 0 {
            return index;
        }
        after_end = stored && is_end;
    }
    tokens.len()
}

/// The statement at a place: the one that holds it, else the last before it, else the first.
pub fn at(text: &str, place: usize) -> Option<Range<usize>> {
    let all = split(text);
    all.iter().rfind(|range| range.start <= place).or(all.first()).cloned()
}

/// Whether the last statement of the text has its semicolon.
pub fn is_complete(text: &str) -> bool {
    let Some(last) = split(text).pop() else { return false };
    let after = text.get(last.end..).unwrap_or_default();
    tokens(after).iter().any(|token| token.counts() && token.of(after) == ";")
}

/// The words of a statement that count, in lower case, names without their backticks.
fn words(statement: &str) -> Vec<String> {
    let tokens = tokens(statement);
    let counts = tokens.iter().filter(|token| token.counts());
    counts.map(|token| bare(token.of(statement)).to_lowercase()).collect()
}

/// Whether it only reads, so that it can be run again or be cut short.
pub fn reads(statement: &str) -> bool {
    let words = words(statement);
    let Some(first) = words.iter().find(|word| *word != "(") else { return false };
    // Of what is only quoted nothing counts: quotes stay around texts.
    let writes = ["into", "insert", "update", "delete", "replace", "set"];
    match first.as_str() {
        // `EXPLAIN ANALYZE` runs what it explains.
        "show" | "describe" | "desc" | "explain" => !words.iter().any(|word| word == "analyze"),
        "select" | "table" | "values" => !words.iter().any(|word| word == "into"),
        "with" => !words.iter().any(|word| writes.contains(&word.as_str())),
        _ => false,
    }
}

/// Whether tables or columns may be others after it.
pub fn changes_names(statement: &str) -> bool {
    let words = words(statement);
    let Some(first) = words.first() else { return false };
    let dolt = first == "call" && words.get(1).is_some_and(|name| name.starts_with("dolt_"));
    dolt || ["create", "alter", "drop", "rename"].contains(&first.as_str())
}

/// What marks a text that may hold a secret: MySQL's own words for passwords, and what people name such columns.
const SECRETS: &[&str] = &[
    "identified",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "token",
    "private_key",
    "api_key",
    "apikey",
];

/// Whether it may hold a secret, and so is never written down.
pub fn may_hold_a_secret(statement: &str) -> bool {
    let lower = statement.to_lowercase();
    let with_login = lower.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '\'', '"', ' ']).next().unwrap_or_default();
        authority.split_once('@').is_some_and(|(user, _)| user.contains(':'))
    });
    with_login || SECRETS.iter().any(|word| lower.contains(word))
}

/// What a connection holds that goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The database that `USE` has chosen.
    pub database: Option<String>,
    /// A transaction is open, and would be rolled back.
    pub transaction: bool,
    /// Every statement opens one, until it is committed.
    pub manual: bool,
}

impl Standing {
    /// After a statement that was carried out.
    pub fn after(&mut self, statement: &str) {
        let words = words(statement);
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        match (word(0), word(1)) {
            ("use", database) => self.database = Some(database_of(statement).unwrap_or_else(|| database.to_owned())),
            ("begin", _) | ("start", "transaction") => self.transaction = true,
            ("rollback", "to") | ("savepoint" | "release", _) => {}
            ("commit" | "rollback", _) => self.transaction = words.iter().any(|word| word == "chain"),
            // These end the transaction that is open; the first of them commits it under Dolt's own history.
            ("call", "dolt_commit" | "dolt_merge" | "dolt_reset" | "dolt_checkout" | "dolt_pull")
            | ("create" | "alter" | "drop" | "rename" | "truncate" | "grant" | "revoke", _) => self.transaction = false,
            ("set", _) if words.iter().any(|word| word.ends_with("autocommit")) => {
                self.manual = matches!(words.last().map(String::as_str), Some("0" | "off" | "false"));
                self.transaction &= self.manual;
            }
            ("", _) | ("set", _) => {}
            _ => self.transaction |= self.manual,
        }
    }
}

/// The name after `USE`, in its own case.
fn database_of(statement: &str) -> Option<String> {
    let tokens = tokens(statement);
    let name = tokens.iter().filter(|token| token.counts()).nth(1)?;
    // `USE shop/branch` is a name too.
    let rest = statement.get(name.range.start..)?.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    Some(bare(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_statement_ends_at_a_semicolon_outside_of_everything() {
        assert_eq!(parts("select ';'; -- a;\n select `;` /* ; */;;"), ["select ';'", "select `;`"]);
        assert_eq!(parts(" ; -- nothing"), Vec::<&str>::new());
        for text in
            ["select 1;", "select 1; ", "select ';';", "select 1; -- done", "a; b;", "select '\\';';", "x /* ; */ ;"]
        {
            assert!(is_complete(text), "{text}");
        }
        for text in ["", "select 1", "select ';", "select 1 -- ;", "a; b", "select `;", "x /* ;", "select '\\';"] {
            assert!(!is_complete(text), "{text}");
        }
    }

    #[test]
    fn what_is_stored_keeps_its_own_semicolons() {
        let body = "create procedure p() begin if 1 then select case a when 1 then 2 end; end if; select 2; end";
        assert_eq!(parts(&format!("{body}; select 3")), [body, "select 3"]);
        assert_eq!(parts("begin; select 1; commit"), ["begin", "select 1", "commit"]);
    }

    #[test]
    fn the_statement_at_a_place_is_the_one_before_it() {
        let text = "select 1;\nselect 2; ";
        let found = |place| at(text, place).map(|range| &text[range]);
        assert_eq!(
            (found(0), found(9), found(12), found(20)),
            (Some("select 1"), Some("select 1"), Some("select 2"), Some("select 2"))
        );
        assert_eq!(at("  ", 1), None);
    }

    #[test]
    fn what_only_reads_can_be_run_again() {
        for sql in [
            "select 1",
            "(select 1)",
            "TABLE t",
            "with a as (select 1) select * from a",
            "show tables",
            "select ' into '",
        ] {
            assert!(reads(sql), "{sql}");
        }
        for sql in [
            "",
            "call p()",
            "insert into t select 1",
            "select 1 INTO @x",
            "with a as (select 1) delete from t",
            "explain analyze delete from t",
        ] {
            assert!(!reads(sql), "{sql}");
        }
    }

    #[test]
    fn secrets_are_seen() {
        for sql in [
            "create user a identified by 'x'",
            "SET PASSWORD = 'x'",
            "update users set api_key = 'x'",
            "call dolt_remote('add', 'o', 'https://op:x@host/db')",
        ] {
            assert!(may_hold_a_secret(sql), "{sql}");
        }
        for sql in ["select * from orders", "call dolt_remote('add', 'o', 'https://host/a@b:c')"] {
            assert!(!may_hold_a_secret(sql), "{sql}");
        }
    }

    #[test]
    fn a_transaction_is_followed() {
        let open = |statements: &[&str]| {
            let mut standing = Standing::default();
            statements.iter().for_each(|statement| standing.after(statement));
            standing.transaction
        };
        assert!(open(&["start transaction", "update t set a = 1", "savepoint s", "rollback to s"]));
        assert!(open(&["set autocommit = 0", "select 1"]) && open(&["begin", "commit and chain"]));
        for ended in
            ["commit", "rollback", "create table t (a int)", "call dolt_commit('-am', 'x')", "set @@autocommit = 1"]
        {
            assert!(!open(&["begin", ended]), "{ended}");
        }
        assert!(!open(&["select 1"]));
        let mut standing = Standing::default();
        standing.after("USE `Shop/main`;");
        assert_eq!(standing.database.as_deref(), Some("Shop/main"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_split_in_order(text in "[a-z';\"`#/* \n-]{0,50}|.{0,40}", place in 0_usize..60) {
            let mut end = 0;
            for range in split(&text) {
                prop_assert!(range.start >= end && range.end > range.start);
                prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
                end = range.end;
            }
            let _ = (at(&text, place), is_complete(&text), reads(&text), changes_names(&text));
            Standing::default().after(&text);
        }
    }
}
