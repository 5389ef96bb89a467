//! What starts and ends again and again, quicker than a rule of how long sees.

use super::*;
use proptest::prelude::*;

/// Ends so many seconds ago, oldest first; it serves now.
fn ended(ago: &[i64]) -> Row {
    changed(|row| row.crashes.times = ago.iter().map(|ago| at(NOW - ago)).collect())
}

#[test]
fn five_ends_in_ten_minutes_are_a_loop() {
    assert!(said(ended(&[500, 400, 300, 200])).0.is_empty(), "four are none");
    let (rule, severity, title) = only(ended(&[590, 450, 300, 150, 10]));
    assert_eq!((rule.as_str(), severity), ("crash-loop", Severity::Critical));
    assert_eq!(title, "orders crashes again and again: 5 times in 9 min");
    assert!(said(ended(&[700, 450, 300, 150, 10])).0.is_empty(), "not within ten minutes");
    let down = changed(|row| {
        row.crashes.times = vec![at(NOW - 3); 5];
        agent(row, |report| {
            (report.dolt, report.last_error) = (DoltState::Down, "it ended (exit status: 2): out of memory".into());
        });
    });
    assert_eq!(
        only(down).2,
        "orders crashes again and again: 5 times in 3 s: it ended (exit status: 2): out of memory"
    );
}

/// The agent waits twice as long each time: that is not the end of it.
#[test]
fn it_is_over_when_it_has_run_for_longer_than_between_any_two_ends() {
    let crash = |row: Row| {
        let (found, unclear) = said(row);
        (found.iter().any(|(rule, ..)| rule == "crash-loop"), unclear.contains(&"crash-loop".to_owned()))
    };
    let ends = |last: i64| ended(&[last + 15, last + 14, last + 12, last + 8, last]);
    assert_eq!(crash(ends(23)), (true, false), "the next would come after 16");
    assert_eq!(crash(ends(24)), (false, false));
    // What ends at once, again and again, is seen as one moment.
    assert_eq!(crash(ended(&[9; 5])), (true, false));
    assert_eq!(crash(ended(&[10; 5])), (false, false));
}

/// Its ends are in the memory of the host: a new one has none, and ends no incident for that.
#[test]
fn a_new_host_does_not_end_it() {
    let new = |seconds| changed(|row| row.crashes = Crashes { since: Some(at(NOW - seconds)), times: Vec::new() });
    assert_eq!(said(new(599)).1, ["crash-loop"]);
    assert_eq!(said(new(600)).1, [""; 0]);
    assert_eq!(said(ended(&[30])).1, ["crash-loop"], "it goes on");
}

/// It ends for seconds each time, which no other rule sees; and where another sees it too, it is told once.
#[test]
fn of_a_loop_one_rule_tells() {
    let looping = changed(|row| {
        row.crashes.times = vec![at(NOW - 3); 5];
        agent(row, |report| report.dolt = DoltState::Down);
        (row.health, row.health_since, row.why) = (Health::Degraded, at(NOW - 300), "Dolt does not answer".into());
    });
    assert_eq!(only(looping).0, "crash-loop");
}

proptest! {
    /// Whatever the ends: told only where there are enough within the span, and never for ever.
    #[test]
    fn it_is_told_of_enough_ends_and_ends_by_itself(mut ago in prop::collection::vec(0i64..2_000, 0..32)) {
        ago.sort_unstable_by(|a, b| b.cmp(a));
        let settings = Settings::default();
        let (found, _) = asked(ended(&ago), &settings, &[]);
        let newest = ago.last().copied().unwrap_or_default();
        let within = ago.iter().filter(|ago| **ago <= newest + 600).count();
        prop_assert!(found.is_empty() || within >= 5, "{found:?}");
        let later: Vec<i64> = ago.iter().map(|ago| ago + 1_800).collect();
        prop_assert!(asked(ended(&later), &settings, &[]).0.is_empty());
    }
}
