//! Conflicts decided by SQL: `UPDATE`s of the table that the screen shows, one or several with a `;` between them.
//!
//! `UPDATE conflicts SET value = theirs WHERE column_name = 'instance_type'` decides every cell that it meets. The table
//! has the columns of the screen: `cell`, `deployment`, `column_name`, `base`, `ours`, `theirs`; only `value` is set, to
//! one of the last three, to a text or a number, or to `NULL`, which is a setting's default.
//!
//! Guarantees: pure; what is no such statement is refused with the place where it is none, and then none of them decides
//! anything. Of several that meet one cell the last decides it, as in a database.
//!
//! Not here: a database. The conflicts are no rows of one: they are what main and the branch say when one looks, so that
//! there is nothing that a server could update. `OR`, brackets and functions are not taken for the same reason that a key
//! is enough for most: what they could say is said by two statements.

use doltops_proto::hosted_api::{BranchConflict, change_branch_request::resolve::Choice};
use std::fmt;

/// The columns that a condition can name.
const COLUMNS: [&str; 6] = ["cell", "deployment", "column_name", "base", "ours", "theirs"];

/// A word, a text or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or a keyword, in small letters; a number as it is written.
    Word(String),
    Text(String),
    Sign(&'static str),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(word) => f.write_str(word),
            Token::Text(text) => write!(f, "'{text}'"),
            Token::Sign(sign) => f.write_str(sign),
        }
    }
}

/// Between two statements.
const END: Token = Token::Sign(";");

/// A condition on one column.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    column: &'static str,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Is(String),
    IsNot(String),
    Like(String),
    In(Vec<String>),
    Null(bool),
}

/// What the cells are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Ours,
    Theirs,
    Base,
    Text(String),
}

/// The decisions that statements make about these conflicts, one a cell.
///
/// # Errors
/// What of them is no such statement, or which meets no conflict.
pub fn decisions(statements: &str, conflicts: &[BranchConflict]) -> Result<Vec<(String, Choice)>, String> {
    let tokens = tokens(statements)?;
    let all: Vec<&[Token]> = tokens.split(|token| *token == END).filter(|one| !one.is_empty()).collect();
    if let [] | [_] = all.as_slice() {
        return of_one(all.first().copied().unwrap_or_default(), conflicts);
    }
    let mut decided: Vec<(String, Choice)> = Vec::new();
    for (place, one) in all.into_iter().enumerate() {
        for (cell, choice) in of_one(one, conflicts).map_err(|why| format!("statement {}: {why}", place + 1))? {
            decided.retain(|(earlier, _)| *earlier != cell);
            decided.push((cell, choice));
        }
    }
    Ok(decided)
}

fn of_one(statement: &[Token], conflicts: &[BranchConflict]) -> Result<Vec<(String, Choice)>, String> {
    let (wanted, conditions) = read(statement)?;
    let meets = |conflict: &&BranchConflict| conditions.iter().all(|condition| condition.holds(conflict));
    let met: Vec<(String, Choice)> =
        conflicts.iter().filter(meets).map(|conflict| (conflict.cell.clone(), wanted.choice(conflict))).collect();
    if met.is_empty() { Err("no conflict meets it: nothing is decided".to_owned()) } else { Ok(met) }
}

impl Wanted {
    fn choice(&self, conflict: &BranchConflict) -> Choice {
        match self {
            Wanted::Ours => Choice::Ours(true),
            Wanted::Theirs => Choice::Theirs(true),
            Wanted::Base => Choice::Value(conflict.base.clone().unwrap_or_default()),
            Wanted::Text(text) => Choice::Value(text.clone()),
        }
    }
}

impl Condition {
    fn holds(&self, conflict: &BranchConflict) -> bool {
        let value = match self.column {
            "cell" => Some(conflict.cell.as_str()),
            "deployment" => Some(conflict.deployment.as_str()),
            "column_name" => Some(conflict.column.as_str()),
            "base" => conflict.base.as_deref(),
            "ours" => conflict.ours.as_deref(),
            _ => conflict.theirs.as_deref(),
        };
        match (&self.test, value) {
            (Test::Null(null), value) => value.is_none() == *null,
            // As in SQL: what is not there is neither like nor unlike anything.
            (_, None) => false,
            (Test::Is(text), Some(value)) => value == text,
            (Test::IsNot(text), Some(value)) => value != text,
            (Test::In(texts), Some(value)) => texts.iter().any(|text| text == value),
            (Test::Like(pattern), Some(value)) => like(pattern, value),
        }
    }
}

/// `%` is any text, `_` any character. Each character is looked at once for each `%` before it at most.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // After the last `%`, and from where its text may be longer.
    let mut last: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('%') => {
                last = Some((at + 1, read));
                at += 1;
            }
            Some(one) if *one == '_' || *one == text[read] => (at, read) = (at + 1, read + 1),
            _ => match &mut last {
                Some((after, from)) => {
                    *from += 1;
                    (at, read) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|one| *one == '%')
}

fn read(statement: &[Token]) -> Result<(Wanted, Vec<Condition>), String> {
    let mut tokens = Tokens { all: statement.to_vec(), at: 0 };
    for word in ["update", "conflicts", "set", "value"] {
        tokens.word(word)?;
    }
    tokens.sign("=")?;
    let wanted = match tokens.next("a value")? {
        Token::Word(word) => match word.as_str() {
            "ours" => Wanted::Ours,
            "theirs" => Wanted::Theirs,
            "base" => Wanted::Base,
            "null" | "default" => Wanted::Text(String::new()),
            number if number.parse::<f64>().is_ok() => Wanted::Text(word),
            _ => return Err(format!("'{word}' is no value: ours, theirs, base, NULL, a number or a 'text'")),
        },
        Token::Text(text) => Wanted::Text(text),
        Token::Sign(sign) => return Err(format!("a value is missing before {sign}")),
    };
    let mut conditions = Vec::new();
    if tokens.take("where") {
        loop {
            conditions.push(tokens.condition()?);
            if !tokens.take("and") {
                break;
            }
        }
    }
    match tokens.all.get(tokens.at) {
        None => Ok((wanted, conditions)),
        Some(rest) => Err(format!("nothing is expected at {rest}")),
    }
}

struct Tokens {
    all: Vec<Token>,
    at: usize,
}

impl Tokens {
    fn next(&mut self, what: &str) -> Result<Token, String> {
        let token = self.all.get(self.at).cloned().ok_or_else(|| format!("{what} is missing at the end"))?;
        self.at += 1;
        Ok(token)
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.all.get(self.at) == Some(&Token::Word(word.to_owned()));
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        let wanted = word.to_uppercase();
        match self.next(&wanted)? {
            Token::Word(there) if there == word => Ok(()),
            there => Err(format!("{wanted} is expected at {there}: UPDATE conflicts SET value = … WHERE …")),
        }
    }

    fn sign(&mut self, sign: &str) -> Result<(), String> {
        match self.next(sign)? {
            Token::Sign(there) if there == sign => Ok(()),
            there => Err(format!("{sign} is expected at {there}")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.next("a 'text'")? {
            Token::Text(text) => Ok(text),
            Token::Word(number) if number.parse::<f64>().is_ok() => Ok(number),
            there => Err(format!("a 'text' is expected at {there}")),
        }
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let name = self.next("a column")?;
        let column = COLUMNS.into_iter().find(|column| name == Token::Word((*column).to_owned()));
        let column = column.ok_or_else(|| format!("{name} is no column: there are {}", COLUMNS.join(", ")))?;
        let test = match self.next("a comparison")? {
            Token::Sign("=") => Test::Is(self.text()?),
            Token::Sign("<>") => Test::IsNot(self.text()?),
            Token::Word(word) if word == "like" => Test::Like(self.text()?),
            Token::Word(word) if word == "is" => {
                let not = self.take("not");
                self.word("null")?;
                Test::Null(!not)
            }
            Token::Word(word) if word == "in" => {
                self.sign("(")?;
                let mut texts = vec![self.text()?];
                while self.all.get(self.at) == Some(&Token::Sign(",")) {
                    self.at += 1;
                    texts.push(self.text()?);
                }
                self.sign(")")?;
                Test::In(texts)
            }
            there => return Err(format!("{there} is no comparison: =, <>, LIKE, IN (…), IS NULL")),
        };
        Ok(Condition { column, test })
    }
}

fn tokens(statement: &str) -> Result<Vec<Token>, String> {
    let mut chars = statement.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '\'' => {
                let mut text = String::new();
                loop {
                    match chars.next() {
                        None => return Err("a ' is not closed".to_owned()),
                        // Two are one in the text.
                        Some('\'') if chars.peek() == Some(&'\'') => text.extend(chars.next()),
                        Some('\'') => break,
                        Some(c) => text.push(c),
                    }
                }
                tokens.push(Token::Text(text));
            }
            ';' => tokens.push(END),
            '=' => tokens.push(Token::Sign("=")),
            '(' => tokens.push(Token::Sign("(")),
            ')' => tokens.push(Token::Sign(")")),
            ',' => tokens.push(Token::Sign(",")),
            '<' if chars.next_if_eq(&'>').is_some() => tokens.push(Token::Sign("<>")),
            '!' if chars.next_if_eq(&'=').is_some() => tokens.push(Token::Sign("<>")),
            c if is_word(c) => {
                let mut word = c.to_ascii_lowercase().to_string();
                while let Some(c) = chars.next_if(|c| is_word(*c)) {
                    word.push(c.to_ascii_lowercase());
                }
                tokens.push(Token::Word(word));
            }
            c => return Err(format!("'{}' means nothing here", c.escape_default())),
        }
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn conflicts() -> Vec<BranchConflict> {
        let of = |deployment: &str, column: &str, base: Option<&str>, ours: &str| BranchConflict {
            cell: format!("{deployment}.{column}"),
            deployment: deployment.to_owned(),
            column: column.to_owned(),
            base: base.map(str::to_owned),
            ours: Some(ours.to_owned()),
            theirs: Some("x".to_owned()),
            ..BranchConflict::default()
        };
        vec![
            of("billing", "instance_type", Some("small"), "large"),
            of("orders", "instance_type", Some("small"), "medium"),
            of("orders", "max_connections", None, "40"),
        ]
    }

    #[test]
    fn a_statement_decides_the_cells_that_it_meets() {
        let text = |text: &str| Choice::Value(text.to_owned());
        for (statement, cells, choice) in [
            ("UPDATE conflicts SET value = theirs", vec![0, 1, 2], Choice::Theirs(true)),
            ("update conflicts set value=ours where cell='orders.max_connections';", vec![2], Choice::Ours(true)),
            ("UPDATE conflicts SET value = base WHERE column_name LIKE 'inst%'", vec![0, 1], text("small")),
            ("UPDATE conflicts SET value = 77 WHERE base IS NULL", vec![2], text("77")),
            ("UPDATE conflicts SET value = NULL WHERE base IS NULL", vec![2], text("")),
            ("UPDATE conflicts SET value = 'it''s' WHERE deployment IN ('billing', 'nobody')", vec![0], text("it's")),
            (
                "UPDATE conflicts SET value = theirs WHERE deployment <> 'billing' AND base IS NOT NULL",
                vec![1],
                Choice::Theirs(true),
            ),
        ] {
            let all = conflicts();
            let wanted: Vec<_> = cells.into_iter().map(|at: usize| (all[at].cell.clone(), choice.clone())).collect();
            assert_eq!(decisions(statement, &all), Ok(wanted), "{statement}");
        }
    }

    #[test]
    fn of_several_statements_each_decides_its_cells_and_the_last_one_wins() {
        let all = conflicts();
        let said = "UPDATE conflicts SET value = theirs; \
                    UPDATE conflicts SET value = 'a;b' WHERE cell = 'orders.max_connections';";
        let cell = |at: usize| all[at].cell.clone();
        let text = Choice::Value("a;b".to_owned());
        let wanted = vec![(cell(0), Choice::Theirs(true)), (cell(1), Choice::Theirs(true)), (cell(2), text)];
        assert_eq!(decisions(said, &all), Ok(wanted));
        let why = decisions("UPDATE conflicts SET value = ours; UPDATE conflicts SET value = x", &all);
        assert_eq!(why, Err("statement 2: 'x' is no value: ours, theirs, base, NULL, a number or a 'text'".to_owned()));
    }

    #[test]
    fn what_is_no_such_statement_says_where() {
        for (statement, said) in [
            ("", "UPDATE is missing at the end"),
            ("DELETE FROM conflicts", "UPDATE is expected at delete"),
            ("UPDATE conflicts SET value = maybe", "'maybe' is no value"),
            ("UPDATE conflicts SET value = ours WHERE name = 'a'", "name is no column: there are cell,"),
            ("UPDATE conflicts SET value = ours WHERE cell > 'a'", "'>' means nothing here"),
            ("UPDATE conflicts SET value = ours WHERE cell = 'a' OR cell = 'b'", "nothing is expected at or"),
            ("UPDATE conflicts SET value = 'a", "a ' is not closed"),
            ("UPDATE conflicts SET value = ours WHERE cell = 'nobody'", "no conflict meets it"),
        ] {
            let why = decisions(statement, &conflicts()).expect_err(statement);
            assert!(why.starts_with(said), "{statement}: {why}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_a_text_is_what_was_written(text in "\\PC{0,20}", any in "\\PC{0,40}") {
            let statement = format!("UPDATE conflicts SET value = '{}'", text.replace('\'', "''"));
            let all = decisions(&statement, &conflicts()).expect("a statement");
            prop_assert!(all.iter().all(|(_, choice)| *choice == Choice::Value(text.clone())));
            let _ = decisions(&any, &conflicts());
            let _ = decisions(&format!("UPDATE conflicts SET value = ours WHERE cell {any}"), &conflicts());
        }
    }
}
