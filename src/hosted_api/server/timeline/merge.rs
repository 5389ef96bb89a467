//! All parts in one list, oldest first, and not too long.

use super::{Window, missing};
use crate::hosted_api::convert;
use doltops_proto::hosted_api::TimelineEntry;
use jiff::Timestamp;

/// Entries at most: an incident of days has thousands of steps, and nobody reads them in a night.
const MOST: usize = 400;

/// The incident's own entries and commits, which always stay, and the others, of which the nearest to its beginning do.
/// Those are chosen by `others` once the first are known.
pub fn merge(
    mut first: Vec<TimelineEntry>,
    others: impl FnOnce(&[TimelineEntry]) -> Vec<TimelineEntry>,
    window: Window,
) -> Vec<TimelineEntry> {
    let mut others = others(&first);
    let (opened, room) = (convert::ms(window.opened), MOST.saturating_sub(first.len()));
    if others.len() > room {
        // What could not be had is said in any case.
        others.sort_by_key(|entry| (!entry.missing, entry.time_ms.abs_diff(opened)));
        let gone = others.split_off(room);
        // Where the first of them would have stood.
        let begin = gone.iter().map(|entry| entry.time_ms).min().unwrap_or(opened);
        let at = Timestamp::from_millisecond(begin).unwrap_or(window.opened);
        others.push(missing(
            "step",
            "",
            at,
            format!("{} more entries far from its beginning are left out", gone.len()),
        ));
    }
    first.extend(others);
    // What is told of the same moment: the change before what came of it, the incident last.
    let rank = |kind: &str| ["commit", "step", "metric", "log", "health", "incident"].iter().position(|it| *it == kind);
    first.sort_by_key(|entry| (entry.time_ms, rank(&entry.kind).unwrap_or(9)));
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(time_ms: i64, kind: &str) -> TimelineEntry {
        TimelineEntry { time_ms, kind: kind.into(), ..TimelineEntry::default() }
    }

    fn window() -> Window {
        let at = |ms| Timestamp::from_millisecond(ms).expect("a time");
        Window { from: at(0), opened: at(50_000), until: at(100_000) }
    }

    proptest! {
        #[test]
        fn it_is_in_order_and_bounded_and_what_matters_stays(
            first in prop::collection::vec(0_i64..100_000, 0..20),
            others in prop::collection::vec(0_i64..100_000, 0..900),
        ) {
            let own: Vec<TimelineEntry> = first.iter().map(|time| entry(*time, "commit")).collect();
            let rest: Vec<TimelineEntry> = others.iter().map(|time| entry(*time, "step")).collect();
            let merged = merge(own, |_| rest, window());
            prop_assert!(merged.windows(2).all(|pair| pair[0].time_ms <= pair[1].time_ms));
            prop_assert!(merged.len() <= MOST + 1);
            prop_assert_eq!(merged.iter().filter(|entry| entry.kind == "commit").count(), first.len());
        }
    }

    #[test]
    fn a_change_stands_before_what_came_of_it() {
        let rest = vec![entry(5, "health"), entry(5, "log"), entry(5, "step")];
        let kinds = merge(vec![entry(5, "incident"), entry(5, "commit")], |_| rest, window());
        let kinds: Vec<&str> = kinds.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["commit", "step", "log", "health", "incident"]);
    }
}
