//! The log of one deployment, in bounded memory.
//!
//! Guarantees: at most [`KEPT_LINES`] lines and [`KEPT_BYTES`] of text are held, the newest; a line in view stays in
//! view while older ones go.

use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::LogLine;
use std::collections::VecDeque;

/// How many lines are kept: hours of a chatty Dolt.
pub const KEPT_LINES: usize = 10_000;
/// How much text is kept, for lines that are very long.
pub const KEPT_BYTES: usize = 4 * 1024 * 1024;
/// How many lines are asked for to begin with.
pub const FIRST: u32 = 1_000;

/// A log.
#[derive(Clone, Debug)]
pub struct Logs {
    /// Whose.
    pub name: String,
    lines: VecDeque<LogLine>,
    bytes: usize,
    /// The cursor's line.
    pub list: List,
    /// The cursor stays on the newest line.
    pub follow: bool,
    /// What is searched for; lines stay in their context, those that match are marked.
    pub search: String,
    /// Why no more lines come.
    pub ended: Option<Problem>,
    /// Since when the first line is awaited; none once one came.
    pub since: Option<i64>,
    /// A moment to look at once its lines are there (Unix milliseconds).
    moment: Option<i64>,
    /// Names the stream.
    pub ticket: Ticket,
}

impl Logs {
    /// Asked for just now.
    pub fn asked(name: String, ticket: Ticket, now: i64) -> Self {
        Self {
            name,
            lines: VecDeque::new(),
            bytes: 0,
            list: List::default(),
            follow: true,
            search: String::new(),
            ended: None,
            since: Some(now),
            moment: None,
            ticket,
        }
    }

    /// Looks at a moment, and does not follow.
    pub fn look_at(&mut self, moment: i64) {
        (self.follow, self.moment) = (false, Some(moment));
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// Takes what came and drops what is too old.
    pub fn add(&mut self, lines: Vec<LogLine>) {
        self.since = None;
        self.bytes += lines.iter().map(|line| line.text.len()).sum::<usize>();
        self.lines.extend(lines);
        let mut gone = 0;
        while self.lines.len() > KEPT_LINES || self.bytes > KEPT_BYTES {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.text.len();
            gone += 1;
        }
        self.list.drop_first(gone);
        self.list.set_len(self.lines.len());
        if self.follow {
            self.list.set_cursor(self.lines.len());
        }
        if let Some(moment) = self.moment {
            let at = self.lines.iter().position(|line| line.time_ms >= moment);
            // Until a line of that time has come, the last is the nearest.
            self.list.set_cursor(at.unwrap_or(self.lines.len()));
            self.moment = self.moment.filter(|_| at.is_none());
        }
    }

    /// Whether this line is searched for; letters' case does not count.
    pub fn matches(&self, line: &LogLine) -> bool {
        !self.search.is_empty() && line.text.to_lowercase().contains(&self.search.to_lowercase())
    }

    /// Moves the cursor to the next or previous line that matches; false when there is none.
    pub fn find(&mut self, forward: bool) -> bool {
        let cursor = self.list.cursor();
        let found = if forward {
            (cursor + 1..self.lines.len()).find(|index| self.matches(&self.lines[*index]))
        } else {
            (0..cursor).rev().find(|index| self.matches(&self.lines[*index]))
        };
        if let Some(index) = found {
            self.follow = false;
            self.list.set_cursor(index);
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { text: text.into(), ..LogLine::default() }
    }

    #[test]
    fn memory_is_bounded_and_the_line_under_the_cursor_stays() {
        let mut logs = Logs::asked("a".into(), Ticket(1), 0);
        logs.add((0..KEPT_LINES).map(|number| line(&number.to_string())).collect());
        logs.follow = false;
        logs.list.set_cursor(500);
        logs.add((0..100).map(|_| line("new")).collect());
        assert_eq!((logs.lines().len(), logs.lines()[logs.list.cursor()].text.as_str()), (KEPT_LINES, "500"));
        logs.add(vec![line(&"x".repeat(KEPT_BYTES)), line("last")]);
        assert_eq!(logs.lines().len(), 1);
    }

    #[test]
    fn a_search_steps_from_match_to_match() {
        let mut logs = Logs::asked("a".into(), Ticket(1), 0);
        logs.add(["Error one", "fine", "error two", "fine"].map(line).to_vec());
        logs.search = "ERROR".into();
        assert!(logs.find(false) && logs.list.cursor() == 2 && !logs.follow);
        assert!(logs.find(false) && logs.list.cursor() == 0 && !logs.find(false) && logs.find(true));
        assert_eq!(logs.list.cursor(), 2);
    }
}
