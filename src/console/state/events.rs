//! What the reconciler and people did, as it happens.

use crate::{
    console::{
        filter::{Filtered, Kind, Named, Value},
        state::{Ticket, chosen::Chosen},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::Event;
use std::collections::VecDeque;

/// How many are kept: a day of a busy fleet, in under a megabyte.
pub const KEPT: usize = 2_000;

/// The events of one deployment, or all.
#[derive(Clone, Debug)]
pub struct Events {
    /// Of which deployment; none for all.
    pub name: Option<String>,
    /// Oldest first, at most [`KEPT`].
    pub lines: VecDeque<Event>,
    /// Those that are shown, and the cursor over them; on the last one it follows.
    pub chosen: Chosen,
    /// Why no more come.
    pub ended: Option<Problem>,
    /// Since when the first is awaited; none once one came.
    pub since: Option<i64>,
    /// Names the stream.
    pub ticket: Ticket,
}

impl Events {
    /// Takes what came.
    pub fn add(&mut self, events: Vec<Event>) {
        let follows = self.chosen.list.at_end();
        self.since = None;
        self.lines.extend(events);
        let gone = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..gone);
        self.chosen.drop_first(gone);
        self.chosen.choose(&self.lines, 0);
        if follows {
            self.chosen.list.set_cursor(usize::MAX);
        }
    }

    /// Shows those that a filter lets through.
    pub fn set_filter(&mut self, text: String) {
        self.chosen.set_text(text);
        self.chosen.choose(&self.lines, 0);
    }

    /// The event at this place of what is shown.
    pub fn event(&self, place: usize) -> Option<&Event> {
        self.chosen.at(place).and_then(|place| self.lines.get(place))
    }
}

impl Filtered for Event {
    const COLUMNS: &'static [Named] = &[
        Named { word: "kind", kind: Kind::Text },
        Named { word: "deployment", kind: Kind::Text },
        Named { word: "by", kind: Kind::Text },
        Named { word: "what", kind: Kind::Text },
    ];

    fn title(&self) -> &str {
        &self.deployment
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        [&self.text, &self.kind, &self.author].into_iter().map(String::as_str)
    }

    fn value(&self, column: usize, _now: i64) -> Value<'_> {
        let texts = [&self.kind, &self.deployment, &self.author, &self.text];
        texts.get(column).map_or(Value::None, |text| Value::text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize) -> Event {
        let kind = if number.is_multiple_of(10) { "error" } else { "step" };
        Event { kind: kind.into(), text: number.to_string(), ..Event::default() }
    }

    fn events() -> Events {
        let (lines, chosen) = (VecDeque::new(), Chosen::default());
        Events { name: None, lines, chosen, ended: None, since: None, ticket: Ticket(1) }
    }

    /// The oldest go, others come, a filter hides most: the cursor stays on its event, and follows where it stood last.
    #[test]
    fn the_cursor_stays_with_its_event() {
        let mut events = events();
        events.add((0..KEPT).map(event).collect());
        assert_eq!(events.event(events.chosen.list.cursor()).map(|event| event.text.as_str()), Some("1999"));
        events.set_filter("kind:error".into());
        assert_eq!(events.chosen.list.len(), KEPT / 10);
        events.chosen.list.set_cursor(50);
        events.add((KEPT..KEPT + 25).map(event).collect());
        assert_eq!(events.event(events.chosen.list.cursor()).map(|event| event.text.as_str()), Some("500"));
        events.set_filter(String::new());
        assert_eq!(events.event(events.chosen.list.cursor()).map(|event| event.text.as_str()), Some("500"));
        assert_eq!((events.lines.len(), events.chosen.list.len()), (KEPT, KEPT));
    }
}
