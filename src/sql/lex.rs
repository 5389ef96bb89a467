//! The pieces of a SQL text, as MySQL's own rules cut them.
//!
//! Guarantees: the tokens cover the text without a gap or an overlap, whatever it holds: a quote or a comment that is still
//! being typed reaches to the end.
//!
//! Not here: what the pieces mean together (`statements`, `complete`, `place`).
//!
//! Why our own and not a crate: one cut must serve the colours, the end of statements, completion and the place of an
//! error. `syntect` knows colours only and loads a grammar before it does; `sqlparser`'s tokenizer gives up at the first
//! open quote, which is the usual state of a text that is being typed.

use std::ops::Range;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// White space.
    Space,
    /// `-- …`, `# …` or `/* … */`.
    Comment,
    /// A quoted text.
    Text,
    /// A name in backticks.
    Name,
    /// A number.
    Number,
    /// A keyword, a function's or another name.
    Word,
    /// `@mine` or `@@theirs`.
    Variable,
    /// Anything else, one character each.
    Sign,
}

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub class: Class,
    /// Where, in bytes.
    pub range: Range<usize>,
}

impl Token {
    /// Its text.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether it is this word, in whatever case.
    pub fn is(&self, text: &str, word: &str) -> bool {
        self.class == Class::Word && self.of(text).eq_ignore_ascii_case(word)
    }

    /// Whether it says something to the server.
    pub fn counts(&self) -> bool {
        !matches!(self.class, Class::Space | Class::Comment)
    }
}

/// The pieces of a text.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (class, length) = first(rest);
        tokens.push(Token { class, range: at..at + length });
        at += length;
    }
    tokens
}

/// What `rest`, which is not empty, begins with, and how long that is.
fn first(rest: &str) -> (Class, usize) {
    let run = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let Some(c) = rest.chars().next() else { return (Class::Sign, 0) };
    match c {
        c if c.is_whitespace() => (Class::Space, run(char::is_whitespace)),
        '#' => (Class::Comment, line(rest)),
        // MySQL's own rule: `a--1` is a sum.
        '-' if rest.starts_with("--") && rest[2..].chars().next().is_none_or(char::is_whitespace) => {
            (Class::Comment, line(rest))
        }
        '/' if rest.starts_with("/*") => (Class::Comment, rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
        '\'' | '"' => (Class::Text, quoted(rest, c)),
        '`' => (Class::Name, quoted(rest, c)),
        '@' => (Class::Variable, run(|c| in_word(c) || matches!(c, '@' | '.'))),
        c if c.is_ascii_digit() => (Class::Number, run(|c| c.is_ascii_alphanumeric() || c == '.')),
        c if in_word(c) => (Class::Word, run(in_word)),
        c => (Class::Sign, c.len_utf8()),
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn line(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Up to the quote that ends it: a doubled one does not, nor one after a backslash, which is plain in a name.
fn quoted(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// A name without its backticks.
pub fn bare(name: &str) -> String {
    match name.strip_prefix('`') {
        Some(inner) => inner.strip_suffix('`').unwrap_or(inner).replace("``", "`"),
        None => name.to_owned(),
    }
}

/// Whether a word is one of SQL's own.
pub fn is_keyword(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    KEYWORDS.binary_search(&upper.as_str()).is_ok()
}

/// The words that are coloured and offered, in order; rare ones are left out, so that those in use are found at once.
pub const KEYWORDS: &[&str] = &[
    "ADD",
    "AFTER",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "AUTO_INCREMENT",
    "BEGIN",
    "BETWEEN",
    "BIGINT",
    "BINARY",
    "BLOB",
    "BOOLEAN",
    "BY",
    "CALL",
    "CASCADE",
    "CASE",
    "CHANGE",
    "CHAR",
    "CHARACTER",
    "CHARSET",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "COLUMNS",
    "COMMENT",
    "COMMIT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT_TIMESTAMP",
    "DATABASE",
    "DATABASES",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "DECLARE",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DIV",
    "DO",
    "DOUBLE",
    "DROP",
    "DUPLICATE",
    "ELSE",
    "END",
    "ENUM",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FIRST",
    "FLOAT",
    "FOR",
    "FOREIGN",
    "FORMAT",
    "FROM",
    "FULL",
    "FULLTEXT",
    "FUNCTION",
    "GLOBAL",
    "GRANT",
    "GRANTS",
    "GROUP",
    "HAVING",
    "IF",
    "IGNORE",
    "IN",
    "INDEX",
    "INDEXES",
    "INNER",
    "INSERT",
    "INT",
    "INTEGER",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "ISOLATION",
    "JOIN",
    "JSON",
    "KEY",
    "KEYS",
    "KILL",
    "LATERAL",
    "LEFT",
    "LEVEL",
    "LIKE",
    "LIMIT",
    "LOCK",
    "LONGBLOB",
    "LONGTEXT",
    "MEDIUMTEXT",
    "MOD",
    "MODIFY",
    "NATURAL",
    "NOT",
    "NULL",
    "OF",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRIMARY",
    "PRIVILEGES",
    "PROCEDURE",
    "PROCESSLIST",
    "READ",
    "RECURSIVE",
    "REFERENCES",
    "REGEXP",
    "RENAME",
    "REPLACE",
    "REVOKE",
    "RIGHT",
    "ROLLBACK",
    "ROW",
    "ROWS",
    "SAVEPOINT",
    "SCHEMA",
    "SELECT",
    "SESSION",
    "SET",
    "SHOW",
    "SMALLINT",
    "START",
    "STATUS",
    "TABLE",
    "TABLES",
    "TEMPORARY",
    "TEXT",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TINYINT",
    "TO",
    "TRANSACTION",
    "TRIGGER",
    "TRUE",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UNLOCK",
    "UNSIGNED",
    "UPDATE",
    "USE",
    "USER",
    "USING",
    "VALUES",
    "VARBINARY",
    "VARCHAR",
    "VARIABLES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WORK",
    "WRITE",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<(Class, &str)> {
        tokens(text)
            .iter()
            .filter(|token| token.class != Class::Space)
            .map(|token| (token.class, token.of(text)))
            .collect()
    }

    #[test]
    fn mysqls_own_rules() {
        use Class as C;
        assert_eq!(
            cut("select `a``b`, 'it''s \\' so', 1.5e3 -- done\nfrom t--1 # more"),
            [
                (C::Word, "select"),
                (C::Name, "`a``b`"),
                (C::Sign, ","),
                (C::Text, "'it''s \\' so'"),
                (C::Sign, ","),
                (C::Number, "1.5e3"),
                (C::Comment, "-- done"),
                (C::Word, "from"),
                (C::Word, "t"),
                (C::Sign, "-"),
                (C::Sign, "-"),
                (C::Number, "1"),
                (C::Comment, "# more"),
            ]
        );
        assert_eq!(
            cut("@@global.x /* a ; b */ 'open ;"),
            [(C::Variable, "@@global.x"), (C::Comment, "/* a ; b */"), (C::Text, "'open ;"),]
        );
    }

    #[test]
    fn keywords_are_in_order_and_found_in_any_case() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("Select") && !is_keyword("orders"));
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "[a-z0-9'\"`@;#*/\\\\ \n.é-]{0,60}|.{0,40}") {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert_eq!(token.range.start, end);
                prop_assert!(token.range.end > end);
                end = token.range.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
