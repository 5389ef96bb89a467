//! Text for a terminal: clean, measured, and in the units people read.

use jiff::Timestamp;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// `1 row`, `3 rows`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Text from outside as it may be shown: terminal sequences, control characters and marks that turn the direction of
/// writing are gone; a line break or a tab is a space.
pub fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\t' => shown.push(' '),
            // A control sequence ends with a letter or one of @[\]^_`{|}~ (ECMA-48, 5.4).
            '\u{1b}' if rest.peek() == Some(&'[') => {
                rest.next();
                while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                rest.next_if(|c| matches!(c, '@'..='~'));
            }
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => {}
            c => shown.push(c),
        }
    }
    shown
}

/// How many columns it takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A moment, in UTC to the second; `–` for none.
pub fn moment(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(time) if ms != 0 => time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        _ => "–".to_owned(),
    }
}

/// A moment for programs, RFC 3339; `None` for none.
pub fn rfc3339(ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(ms).ok().filter(|_| ms != 0)?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// A time span in its largest unit: `41 s`, `3 min`, `2 h`, `12 d`.
pub fn span(span: Duration) -> String {
    match span.as_secs() {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

/// The time from one moment to another; `–` where the first is none.
pub fn age(from_ms: i64, now_ms: i64) -> String {
    if from_ms == 0 {
        return "–".to_owned();
    }
    span(Duration::from_millis(u64::try_from(now_ms.saturating_sub(from_ms)).unwrap_or(0)))
}

/// Bytes in the largest unit that leaves a number above 1, to three digits.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = if unit == 0 || value >= 100.0 { 0 } else { 1 };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// Part of a whole; `–` where there is no whole.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{:.0}%", part as f64 * 100.0 / whole as f64)
}

/// `–` for an empty text.
pub fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_from_outside_moves_the_cursor() {
        for (text, shown) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("a\u{1b}]0;title\u{7}b", "a]0;titleb"),
            ("a\r\nb\tc", "a b c"),
            ("\u{202e}evil", "evil"),
            ("日本 é", "日本 é"),
        ] {
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn numbers_have_the_unit_that_people_read() {
        assert_eq!(["0 B", "1.0 KiB", "89.3 MiB"].as_slice(), [bytes(0), bytes(1024), bytes(93_637_837)].as_slice());
        assert_eq!(span(Duration::from_secs(59)), "59 s");
        assert_eq!(span(Duration::from_secs(3_600)), "1 h");
        assert_eq!(age(0, 5), "–");
        assert_eq!(moment(1_732_342_955_000), "2024-11-23 06:22:35Z");
        assert_eq!(rfc3339(1_732_342_955_007).as_deref(), Some("2024-11-23T06:22:35.007Z"));
        assert_eq!(percent(1, 0), "–");
    }

    proptest! {
        #[test]
        fn what_is_shown_holds_no_control_character(text in ".{0,60}") {
            let shown = clean(&text);
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert_eq!(clean(&shown), shown);
        }
    }
}
