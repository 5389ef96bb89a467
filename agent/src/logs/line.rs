//! One line of Dolt's log.
//!
//! Pure. Dolt writes `time="2026-01-02T03:04:05Z" level=info msg="text" key=value`; what is not of that form, such as
//! a panic's stack, stays as it is.

use jiff::Timestamp;

/// What a line tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Unix milliseconds; 0 where it tells none.
    pub time_ms: i64,
    /// debug, info, warning, error, fatal; empty where it tells none.
    pub level: &'static str,
    /// The rest.
    pub text: String,
}

/// Reads a line.
pub fn parse(line: &str) -> Line {
    regular(line).unwrap_or_else(|| Line { text: line.to_owned(), ..Line::default() })
}

fn regular(line: &str) -> Option<Line> {
    let (time, rest) = line.strip_prefix("time=\"")?.split_once("\" level=")?;
    let (level, rest) = rest.split_once(' ')?;
    let (message, fields) = message(rest.strip_prefix("msg=")?);
    Some(Line {
        time_ms: time.parse::<Timestamp>().ok()?.as_millisecond(),
        level: match level {
            "trace" | "debug" => "debug",
            "info" => "info",
            "warning" => "warning",
            "error" => "error",
            "fatal" | "panic" => "fatal",
            _ => return None,
        },
        text: [&message, fields.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
    })
}

/// The message, quoted or not, and what follows.
fn message(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        return (word.to_owned(), rest);
    };
    let mut message = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (message, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next() {
                // One line stays one line.
                Some((_, 'n' | 't' | 'r')) => message.push(' '),
                Some((_, other)) => message.push(other),
                None => {}
            },
            other => message.push(other),
        }
    }
    (message, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dolts_own_form_is_read() {
        let line = parse(r#"time="2026-11-23T06:23:57Z" level=info msg="Overriding \"host\": %" connectionID=1"#);
        assert_eq!(line.level, "info");
        assert_eq!(line.text, r#"Overriding "host": % connectionID=1"#);
        assert_eq!(line.time_ms, 1_795_415_037_000);
        assert_eq!(parse("time=\"2026-11-23T06:23:57Z\" level=info msg=NewConnection a=b").text, "NewConnection a=b");
    }

    #[test]
    fn what_is_not_of_that_form_stays() {
        for text in ["Starting server with Config HP=x", "goroutine 1 [running]:", "time=\"x\" level=info msg=y", ""] {
            assert_eq!(parse(text), Line { text: text.to_owned(), ..Line::default() });
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(text in "(?s).{0,200}") {
            parse(&text);
        }

        #[test]
        fn nothing_that_looks_like_a_line_makes_it_fail(text in r#"time="2026-11-23T06:23:57Z" level=[a-z]{0,8} msg=["\\a é]{0,12}"#) {
            parse(&text);
        }
    }
}
