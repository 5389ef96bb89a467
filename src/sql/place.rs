//! Where in a statement an error of the server's is: so that it can be pointed at.
//!
//! Dolt tells a syntax error's position, and of most others the name that it does not know. Where neither fits, there is
//! no place, and the error's words must do.

use super::lex::{Class, Token, bare, tokens};
use std::ops::Range;

/// What stands before a name that is not known, and what ends it.
const NAMED: &[(&str, &str)] = &[
    ("table not found: ", ",\n"),
    ("database not found: ", ",\n"),
    ("does not have column \"", "\""),
    ("column \"", "\""),
    ("column '", "'"),
    ("function: '", "'"),
    ("procedure \"", "\""),
];

/// The piece of `statement` that the message is about.
pub fn of(message: &str, statement: &str) -> Option<Range<usize>> {
    let tokens = tokens(statement);
    position(message, statement.len(), &tokens).or_else(|| named(message, statement, &tokens))
}

/// `syntax error at position 13 near 'frm'`: the parser stood behind the token that it could not take, counted from 1.
fn position(message: &str, length: usize, tokens: &[Token]) -> Option<Range<usize>> {
    let after = message.split("at position ").nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let end = digits.parse::<usize>().ok()?.saturating_sub(1).clamp(1, length.max(1));
    tokens.iter().rfind(|token| token.counts() && token.range.start < end).map(|token| token.range.clone())
}

fn named(message: &str, statement: &str, tokens: &[Token]) -> Option<Range<usize>> {
    let name = NAMED.iter().find_map(|(before, end)| {
        let rest = message.split(before).nth(1)?;
        Some(rest.split(|c| end.contains(c)).next()?.trim())
    })?;
    // Of `shop.orders` the last part is what is missing.
    let name = name.rsplit('.').next().unwrap_or(name);
    let says = |token: &&Token| {
        matches!(token.class, Class::Word | Class::Name) && bare(token.of(statement)).eq_ignore_ascii_case(name)
    };
    tokens.iter().find(says).map(|token| token.range.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dolts_own_messages_have_their_place() {
        for (message, statement, at) in [
            ("syntax error at position 13 near 'frm'", "select * frm orders", "frm"),
            ("syntax error at position 35 near 'id'", "select * from orders where\n id = = 3", "="),
            ("syntax error at position 12 near 'abc'", "select 'abc", "'abc"),
            ("column \"nope\" could not be found in any table in scope", "select Nope from orders", "Nope"),
            ("table not found: nowhere", "select * from `nowhere`", "`nowhere`"),
            ("table \"o\" does not have column \"zzz\"", "select o.zzz from orders o", "zzz"),
            ("Unknown column 'zz' in 'orders'", "insert into orders (id, zz) values (1, 2)", "zz"),
            ("function: 'foo' not found", "select foo(1)", "foo"),
            ("stored procedure \"nope\" does not exist", "call nope()", "nope"),
        ] {
            assert_eq!(of(message, statement).map(|range| &statement[range]), Some(at), "{message}");
        }
        assert_eq!(of("syntax error at position 35 near 'id'", "a = = 3").map(|range| range.start), Some(6));
        assert_eq!(of("duplicate primary key given: [1]", "insert into t values (1)"), None);
    }

    proptest! {
        #[test]
        fn a_place_is_in_the_statement(message in "(syntax error at position [0-9]{0,3} near 'a'|.{0,20})", statement in ".{0,30}") {
            if let Some(range) = of(&message, &statement) {
                prop_assert!(statement.get(range).is_some());
            }
        }
    }
}
