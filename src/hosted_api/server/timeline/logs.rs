//! Log lines around it: what was said at warning and above, with a few lines around each.

use super::{Window, in_time, missing};
use crate::hosted_api::{convert, problem::Problem, server::Server};
use doltops_proto::hosted_api::{LogLine, LogsRequest, TimelineEntry};
use futures::StreamExt;
use jiff::SignedDuration;

/// How much before and after its beginning is read: what kills a database says so within minutes.
const BEFORE: SignedDuration = SignedDuration::from_mins(15);
const AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Lines that are looked through: hours of a chatty Dolt, some megabytes at worst.
const MOST_LINES: usize = 10_000;

/// Lines shown before and after.
const AROUND: usize = 3;

/// Bad lines that follow on one another within this are one entry.
const TOGETHER: i64 = 5_000;

/// Entries of one deployment's log, those nearest to its beginning.
const MOST_ENTRIES: usize = 12;

/// Lines of one entry: an error that repeats itself a thousand times says it once.
const MOST_SHOWN: usize = 20;

impl Server {
    pub(super) async fn logs_around(&self, name: &str, window: Window) -> Vec<TimelineEntry> {
        let from = window.opened.checked_sub(BEFORE).unwrap_or(window.opened).max(window.from);
        let until = window.opened.checked_add(AFTER).unwrap_or(window.opened);
        let mut lines = Vec::new();
        let read = in_time(self.read_lines(name, (convert::ms(from), convert::ms(until)), &mut lines)).await;
        // What was read before it broke is told.
        let mut entries = tell(&lines, name, convert::ms(window.opened));
        entries.extend(read.err().map(|why| {
            let what = if lines.is_empty() { "cannot be read" } else { "cannot be read further" };
            missing("log", name, window.opened, format!("the log of {name} {what}: {why}"))
        }));
        entries
    }

    async fn read_lines(
        &self,
        name: &str,
        (from_ms, until_ms): (i64, i64),
        lines: &mut Vec<LogLine>,
    ) -> Result<(), Problem> {
        let request = LogsRequest { name: name.to_owned(), lines: 0, follow: false, since_ms: from_ms };
        let mut stream = self.read_logs(request).await?;
        while let Some(line) = stream.next().await {
            let line = line.map_err(Problem::from)?;
            if line.time_ms > until_ms || lines.len() == MOST_LINES {
                break;
            }
            lines.push(line);
        }
        Ok(())
    }
}

fn is_bad(line: &LogLine) -> bool {
    rank(&line.level) > 0
}

/// How bad a level is.
fn rank(level: &str) -> u8 {
    match level.to_ascii_lowercase().as_str() {
        "fatal" | "panic" => 3,
        "error" => 2,
        "warn" | "warning" => 1,
        _ => 0,
    }
}

/// What was said at warning and above, each with the lines around it; the nearest to its beginning.
fn tell(lines: &[LogLine], name: &str, opened: i64) -> Vec<TimelineEntry> {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| is_bad(line)) {
        match groups.last_mut() {
            Some((_, last)) if line.time_ms - lines[*last].time_ms <= TOGETHER => *last = index,
            _ => groups.push((index, index)),
        }
    }
    groups.sort_by_key(|(first, _)| lines[*first].time_ms.abs_diff(opened));
    groups.truncate(MOST_ENTRIES);
    groups.into_iter().map(|(first, last)| entry(lines, first, last, name)).collect()
}

fn entry(lines: &[LogLine], first: usize, last: usize, name: &str) -> TimelineEntry {
    // The first of the worst: what follows on it is often its consequence.
    let group = &lines[first..=last];
    let worst = group.iter().map(|line| rank(&line.level)).max().unwrap_or(0);
    let told = group.iter().find(|line| rank(&line.level) == worst).unwrap_or(&lines[first]);
    let more = match group.iter().filter(|line| is_bad(line)).count() {
        0 | 1 => String::new(),
        many => format!(" (and {} more)", many - 1),
    };
    let begin = first.saturating_sub(AROUND);
    let end = (last + 1 + AROUND).min(lines.len()).min(begin + MOST_SHOWN);
    TimelineEntry {
        time_ms: told.time_ms,
        kind: "log".to_owned(),
        deployment: name.to_owned(),
        text: format!("{}: {}{more}", told.level, told.text),
        lines: lines[begin..end].to_vec(),
        ..TimelineEntry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: i64, level: &str, text: &str) -> LogLine {
        LogLine { time_ms: second * 1_000, level: level.into(), text: text.into() }
    }

    #[test]
    fn bad_lines_together_are_one_entry_with_the_lines_around_it() {
        let mut lines: Vec<LogLine> = (0..10).map(|second| line(second, "info", "fine")).collect();
        lines.push(line(10, "warning", "no memory"));
        lines.push(line(11, "fatal", "out of memory"));
        lines.extend((12..60).map(|second| line(second, "info", "fine")));
        lines.push(line(60, "error", "alone"));
        let told = tell(&lines, "orders", 12_000);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].text, "fatal: out of memory (and 1 more)");
        assert_eq!(
            told[0].lines.iter().map(|line| line.time_ms / 1_000).collect::<Vec<_>>(),
            (7..=14).collect::<Vec<_>>()
        );
        assert_eq!((told[1].text.as_str(), told[1].lines.len()), ("error: alone", 4));
    }

    #[test]
    fn a_flood_stays_bounded() {
        let flood: Vec<LogLine> = (0..5_000).map(|second| line(second * 10, "error", "again")).collect();
        assert_eq!(tell(&flood, "orders", 0).len(), MOST_ENTRIES);
        let burst: Vec<LogLine> = (0..5_000).map(|_| line(1, "error", "again")).collect();
        let told = tell(&burst, "orders", 0);
        assert_eq!((told.len(), told[0].lines.len()), (1, MOST_SHOWN));
        assert!(told[0].text.ends_with("(and 4999 more)"));
    }
}
