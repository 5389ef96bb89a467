//! What a line on the screen says, in words.

/// The sign of the row under the cursor.
pub const MARK: char = '▌';

/// Signs that say something, and the word for it; a word that follows anyway is not said twice.
const WORDS: [(char, &str); 7] = [
    ('✓', "marked"),
    ('✗', "alert:"),
    ('◆', "protected"),
    ('‖', "paused"),
    ('≠', "drift:"),
    ('≈', "standing in: "),
    ('▸', "match:"),
];

/// The line as it is read: without what is only drawn, gaps as commas.
pub fn spoken(line: &str) -> String {
    let mut said = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '›' => said.push_str("  "),
            c if is_drawn(c) => said.push(' '),
            c => match WORDS.iter().find(|(sign, _)| *sign == c) {
                Some((_, word)) => said.push_str(word),
                None => said.push(c),
            },
        }
    }
    let parts = said.split("  ").map(str::trim).filter(|part| !part.is_empty() && *part != "–");
    let said = parts.map(without_alert).collect::<Vec<_>>().join(", ");
    said.replace("paused paused", "paused").replace("protected protected", "protected").replace("drift: drift", "drift")
}

/// "alert: failed" and "alert: 1 failed" say one thing twice.
fn without_alert(part: &str) -> &str {
    match part.strip_prefix("alert:").map(str::trim) {
        Some(rest) if rest.split(' ').take(2).any(|word| word == "failed") => rest,
        _ => part,
    }
}

/// Lines, blocks, pictures, and signs beside which the word stands.
fn is_drawn(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' | '●' | '▲' | '◐' | '■' | '◇' | '○' | '◌' | '⊘' | '‹' | '◀')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_said_and_drawings_are_not() {
        assert_eq!(spoken("│ ✗ failed   ▁▂▃▄ 31%  ──  │"), "failed, 31%");
        assert_eq!(spoken(" ‹ local.small ›  1 of 3"), "local.small, 1 of 3");
        assert_eq!(spoken(" doltops › orders › Logs      live"), "doltops, orders, Logs, live");
        assert_eq!(spoken(" ✗ it did not go"), "alert: it did not go");
        assert_eq!(spoken("‖ paused ◆ launch  ≈m6g.large"), "paused protected launch, standing in: m6g.large");
        assert_eq!(spoken(" ⠉⠒⠤⣀ ┌────┐ "), "");
    }
}
