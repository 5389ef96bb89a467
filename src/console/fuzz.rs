//! What the console parses, and what it draws of others' texts, fed any text: see the room `fuzz`, which lists them.

use super::{
    action::{invoke, sort, time},
    filter::Filter,
    keymap::{Chord, Keymap, Remap, Set},
    locator::Locator,
    state::branch::sql,
    text as drawn,
    theme::{Depth, Theme},
};
use crate::{
    checks::curves::Curve,
    model::{When, Window},
};
use doltops_proto::hosted_api::BranchConflict;
use jiff::{Timestamp, tz::TimeZone};
use std::hint::black_box;

/// Noon of a day in 2026, Unix milliseconds.
const NOW: i64 = 1_795_435_200_000;

/// An UPDATE of a change request's conflicts.
pub fn conflicts_sql(text: &str) {
    let conflict = |cell: &str, base: Option<&str>| BranchConflict {
        cell: cell.to_owned(),
        base: base.map(str::to_owned),
        ours: Some("small".to_owned()),
        theirs: Some("large".to_owned()),
        ..BranchConflict::default()
    };
    let conflicts = [conflict("billing.instance_type", Some("tiny")), conflict("orders.max_connections", None)];
    if let Ok(decided) = sql::decisions(text, &conflicts) {
        let known = |cell: &str| conflicts.iter().any(|conflict| conflict.cell == cell);
        assert!(!decided.is_empty() && decided.iter().all(|(cell, _)| known(cell)), "{decided:?}");
    }
}

/// A filter, an order, a line of the palette, the name of a view.
pub fn filter(text: &str) {
    let row =
        Curve { table: "orders".into(), column: text.chars().take(9).collect(), now: Some(4.0), ..Curve::default() };
    black_box(Filter::read::<Curve>(text).keeps(&row, NOW));
    drop(black_box((sort::read(text), invoke::read(text))));
    if let Ok(locator) = text.parse::<Locator>() {
        let said = locator.to_string();
        assert_eq!(said.parse::<Locator>().ok().as_ref(), Some(&locator), "{said:?}");
    }
}

/// A chord, and lines that give commands other keys.
pub fn keys(text: &str) {
    let line = |(at, line): (usize, &str)| {
        let (command, keys) = line.split_once('=').unwrap_or((line, ""));
        let keys = keys.split(',').filter(|key| !key.trim().is_empty()).map(str::to_owned).collect();
        Remap { command: command.trim().to_owned(), keys, at: format!("line {at}") }
    };
    for chord in text.lines().filter_map(|line| Chord::parse(line).ok()) {
        assert!(!chord.keys().is_empty() && !chord.shown().is_empty());
    }
    let lines: Vec<Remap> = text.lines().take(40).enumerate().map(line).collect();
    let (_, findings) = Keymap::new(Set::Default, &lines);
    assert!(findings.iter().all(|finding| !finding.is_empty()));
}

/// Moments and times, as people type them.
pub fn moments(text: &str) {
    let zone = TimeZone::get("Europe/Vienna").unwrap_or(TimeZone::UTC);
    if let Ok(time) = time::parse(text, NOW, &zone) {
        assert!(time <= NOW, "{time} is still to come");
    }
    if let (Ok(when), Ok(now)) = (text.parse::<When>(), Timestamp::from_millisecond(NOW)) {
        drop(when.moment(&now.to_zoned(zone)));
    }
    if let Ok(window) = text.parse::<Window>() {
        assert_eq!(window.to_string().parse::<Window>().ok(), Some(window));
    }
}

/// Others' texts on the screen: nothing that moves the cursor, and no line that is wider than its place.
pub fn screen(text: &str, width: usize) {
    let clean = drawn::clean(text);
    assert!(!clean.chars().any(char::is_control), "{clean:?}");
    assert_eq!(drawn::clean(&clean), clean, "cleaned twice it is another");
    assert!(!drawn::visible(text).chars().any(char::is_control));
    assert!(drawn::width(&drawn::fit(&clean, width)) <= width);
    assert_eq!(drawn::width(&drawn::left(&clean, width)), width, "{clean:?}");
    assert_eq!(drawn::width(&drawn::right(&clean, width)), width, "{clean:?}");
    let wide = width.max(2);
    for line in drawn::wrap(&clean, wide) {
        assert!(drawn::width(&line) <= wide, "{line:?} is wider than {wide}");
    }
    assert_eq!(drawn::pieces(&clean, wide).concat(), clean, "a letter is lost");
}

/// A file of colours.
pub fn theme(text: &str) {
    for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
        if let Err(error) = Theme::of_text("mine.toml", text, depth) {
            assert!(error.to_string().contains("mine.toml"), "{error}");
        }
    }
}
