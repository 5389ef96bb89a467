//! Lines come and go; the cursor, the filter and the search stay true.

use super::*;
use proptest::prelude::*;

fn line(time_ms: i64, level: &str, text: &str) -> LogLine {
    LogLine { time_ms, level: level.into(), text: text.into() }
}

fn texts(texts: &[&str]) -> Vec<LogLine> {
    (1..).zip(texts).map(|(time, text)| line(time, "info", text)).collect()
}

fn opened(lines: Vec<LogLine>) -> Logs {
    let mut logs = Logs::asked("a".into(), Ticket(1), 0);
    logs.add(Ticket(1), lines);
    logs
}

fn shown(logs: &Logs) -> Vec<&str> {
    (0..logs.list.len()).filter_map(|row| logs.line(row)).map(|line| &*line.text).collect()
}

fn under_cursor(logs: &Logs) -> &str {
    logs.line(logs.list.cursor()).map_or("", |line| &line.text)
}

#[test]
fn memory_is_bounded_and_the_line_under_the_cursor_stays() {
    let mut logs = opened((0..LIMITS.lines).map(|number| line(1, "info", &number.to_string())).collect());
    logs.follow = false;
    logs.list.set_cursor(500);
    logs.add(Ticket(1), (0..100).map(|_| line(2, "info", "new")).collect());
    assert_eq!((logs.list.len(), under_cursor(&logs), logs.ring().first()), (LIMITS.lines, "500", 100));
    logs.add(Ticket(1), vec![line(3, "info", &"x".repeat(LIMITS.bytes)), line(3, "info", "last")]);
    assert_eq!(logs.list.len(), 1);
}

#[test]
fn a_search_steps_from_match_to_match() {
    let mut logs = opened(texts(&["Error one", "fine", "error two", "fine"]));
    logs.set_search("ERROR");
    assert!(logs.find(false) && under_cursor(&logs) == "error two" && !logs.follow && logs.found() == 2);
    assert!(logs.find(false) && logs.list.cursor() == 0 && !logs.find(false) && logs.find(true));
    assert_eq!(logs.list.cursor(), 2);
}

#[test]
fn a_filter_shows_what_matches_with_lines_around_and_the_search_stays_in_it() {
    let mut logs = opened(texts(&["a", "b", "slow x", "c", "d", "x", "slow y"]));
    logs.set_filter(None, Pattern::new("slow"));
    assert_eq!(shown(&logs), ["slow x", "slow y"]);
    logs.set_search("x");
    assert!(logs.find(false) && under_cursor(&logs) == "slow x", "the x that is not shown is passed over");
    logs.set_around(1);
    assert_eq!(shown(&logs), ["b", "slow x", "c", "x", "slow y"]);
    assert_eq!((under_cursor(&logs), logs.is_hit(0), logs.is_hit(1)), ("slow x", false, true));
    logs.add(Ticket(1), texts(&["slow z"]).into_iter().map(|line| LogLine { time_ms: 20, ..line }).collect());
    assert_eq!((shown(&logs).last(), under_cursor(&logs)), (Some(&"slow z"), "slow x"));
}

#[test]
fn a_level_keeps_the_stack_of_what_failed() {
    let mut logs = opened(vec![
        line(1, "info", "fine"),
        line(2, "", "panic: nil map"),
        line(0, "", "main.go:1"),
        line(3, "info", "restarted"),
        line(4, "warning", "slow"),
    ]);
    logs.set_filter(Some(Level::Warning), None);
    assert_eq!(shown(&logs), ["panic: nil map", "main.go:1", "slow"]);
}

#[test]
fn logs_join_and_part() {
    let mut logs = opened(vec![line(1, "info", "a1"), line(9, "info", "a9")]);
    assert!(logs.join("b".into(), Ticket(2), 0));
    logs.add(Ticket(2), vec![line(5, "info", "b5")]);
    assert_eq!(shown(&logs), ["a1", "b5", "a9"]);
    assert_eq!(logs.part("a"), Some(Ticket(1)));
    assert_eq!(shown(&logs), ["b5"]);
    assert_eq!(logs.part("b"), None, "the last one stays");
}

#[test]
fn a_time_is_gone_to_as_its_lines_come() {
    let mut logs = opened(texts(&["x"]));
    logs.begin_again(Some(5), &[Ticket(2)], 0);
    logs.add(Ticket(1), texts(&["of the stream before"]));
    assert!(logs.list.is_empty());
    logs.add(Ticket(2), vec![line(4, "info", "before")]);
    logs.add(Ticket(2), vec![line(6, "info", "it"), line(7, "info", "after")]);
    assert_eq!(under_cursor(&logs), "it");
    logs.moved();
    logs.list.set_cursor(0);
    logs.add(Ticket(2), vec![line(8, "info", "more")]);
    assert_eq!(under_cursor(&logs), "before");
}

proptest! {
    /// Whatever comes, whatever is asked for: the line under the cursor is the same while it is there and shown.
    #[test]
    fn the_cursor_stays_on_its_line(
        steps in prop::collection::vec((1_u64..3, prop::collection::vec((0_i64..40, "[ab]{1,3}"), 0..6), 0_usize..30, 0_u8..5), 1..25)
    ) {
        let mut logs = opened(texts(&["a"]));
        logs.join("b".into(), Ticket(2), 0);
        logs.follow = false;
        for (source, mut lines, cursor, what) in steps {
            lines.sort();
            match what {
                0 => logs.set_filter(None, Pattern::new("b")),
                1 => logs.set_filter(None, None),
                2 => logs.set_around(cursor % 3),
                _ => logs.list.set_cursor(cursor),
            }
            let before = logs.line(logs.list.cursor()).cloned();
            logs.add(Ticket(source), lines.iter().map(|(time, text)| line(*time, "info", text)).collect());
            prop_assert!(logs.list.is_empty() || logs.line(logs.list.cursor()).is_some());
            // A line that came between may have taken it out of what is around a match.
            let still = |line: &Line| (0..logs.list.len()).any(|row| logs.line(row) == Some(line));
            if let Some(before) = before.filter(still) {
                prop_assert_eq!(logs.line(logs.list.cursor()), Some(&before));
            }
        }
    }
}
