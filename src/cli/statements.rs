//! Where the statements of a text end: at a `;` that is not quoted and not in a comment.
//!
//! Only for a person who types line by line: a text that is sent goes as a whole, and the server's own parser takes it
//! apart.

/// Whether the text ends a statement.
pub fn is_complete(text: &str) -> bool {
    let mut inside = Inside::Nothing;
    let mut ended = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        inside = match (inside, c) {
            (Inside::Nothing, '\'' | '"' | '`') => Inside::Quote(c),
            (Inside::Nothing, '#') => Inside::Line,
            (Inside::Nothing, '-') if next == Some('-') => Inside::Line,
            (Inside::Nothing, '/') if next == Some('*') => Inside::Block,
            (Inside::Nothing, ';') => {
                ended = true;
                continue;
            }
            (Inside::Quote('\'' | '"'), '\\') => {
                rest.next();
                inside
            }
            (Inside::Quote(quote), c) if c == quote => Inside::Nothing,
            (Inside::Line, '\n') => Inside::Nothing,
            (Inside::Block, '*') if next == Some('/') => {
                rest.next();
                Inside::Nothing
            }
            (inside, _) => inside,
        };
        let counts = !matches!(inside, Inside::Line | Inside::Block) && !c.is_whitespace() && c != '/';
        ended = ended && !counts;
    }
    ended && !matches!(inside, Inside::Quote(_) | Inside::Block)
}

#[derive(Clone, Copy)]
enum Inside {
    Nothing,
    Quote(char),
    Line,
    Block,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_outside_of_everything() {
        for text in
            ["select 1;", "select 1; ", "select ';';", "select 1; -- done", "a; b;", "select '\\';';", "x /* ; */ ;"]
        {
            assert!(is_complete(text), "{text}");
        }
        for text in ["", "select 1", "select ';", "select 1 -- ;", "a; b", "select `;", "x /* ;", "select '\\';"] {
            assert!(!is_complete(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_has_an_answer(text in ".{0,60}") {
            let _ = is_complete(&text);
        }
    }
}
