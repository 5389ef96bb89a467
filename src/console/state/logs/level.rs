//! How serious a line of a log is.
//!
//! Guarantees: what ends a Go program is fatal, though it says no level; a line that says none otherwise goes with the
//! one before it, so that a filter by level keeps a stack with what it explains.

/// From the least serious to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It says none, and follows on none.
    #[default]
    Unsaid,
    /// For those who write Dolt.
    Debug,
    /// What goes on.
    Info,
    /// It should be looked at.
    Warning,
    /// Something failed.
    Error,
    /// It ended because of it.
    Fatal,
}

/// How the Go runtime begins to say that a program ends.
const ENDS: [&str; 3] = ["panic:", "fatal error:", "goroutine "];

impl Level {
    /// From which level on lines can be shown, by the words that people type.
    pub const CHOICES: [(&'static str, Option<Level>); 3] =
        [("all", None), ("warning", Some(Level::Warning)), ("error", Some(Level::Error))];

    /// Of a line that says `word` and `text`; `before` is that of the line before. False with it where the line itself
    /// says none.
    pub fn of(word: &str, text: &str, before: Level) -> (Self, bool) {
        let said = match word {
            w if is(w, &["trace", "debug"]) => Level::Debug,
            w if is(w, &["info"]) => Level::Info,
            w if is(w, &["warning", "warn"]) => Level::Warning,
            w if is(w, &["error"]) => Level::Error,
            w if is(w, &["fatal", "panic"]) => Level::Fatal,
            _ if ENDS.iter().any(|start| text.starts_with(start)) => Level::Fatal,
            _ => return (before, false),
        };
        (said, true)
    }

    /// One letter: colour is never the only sign.
    pub fn letter(self) -> &'static str {
        match self {
            Level::Unsaid => " ",
            Level::Debug => "D",
            Level::Info => "I",
            Level::Warning => "W",
            Level::Error => "E",
            Level::Fatal => "F",
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Unsaid => "",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }
}

fn is(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_goes_with_what_it_explains() {
        assert_eq!(Level::of("warn", "slow", Level::Info), (Level::Warning, true));
        assert_eq!(Level::of("", "panic: runtime error", Level::Info), (Level::Fatal, true));
        assert_eq!(Level::of("", "main.go:12", Level::Fatal), (Level::Fatal, false));
        assert_eq!(Level::of("", "Starting server", Level::Unsaid), (Level::Unsaid, false));
        assert!(Level::Error > Level::Warning && Level::Warning > Level::Unsaid);
    }
}
