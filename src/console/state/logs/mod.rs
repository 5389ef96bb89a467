//! The logs of one deployment or several, merged by time, in bounded memory.
//!
//! Guarantees
//! - At most [`LIMITS`] of lines and text are held; what had to go is counted.
//! - The line under the cursor stays there while lines come and go, unless one follows.
//! - What arrives costs what arrives: searching and filtering look at new lines only (see [`index`]).
//!
//! Not here: how a line looks, and how many rows it takes; drawing asks that of the lines in view alone.

pub mod index;
pub mod level;
pub mod pattern;
pub mod ring;

use self::{
    index::{Change, Index},
    level::Level,
    pattern::Pattern,
    ring::{Added, Keep, Limits, Line, Ring},
};
use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::LogLine;

/// What is kept: hours of a chatty Dolt, in memory that nobody notices.
pub const LIMITS: Limits = Limits { lines: 50_000, bytes: 8 * 1024 * 1024 };
/// How many lines are asked for to begin with.
pub const FIRST: u32 = 1_000;
/// How many logs stand side by side: as many as there are looks to tell them apart.
pub const MOST: usize = 6;
/// How many lines around a match are shown at most: more is the whole log.
const MOST_AROUND: usize = 20;

/// How the time of a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamp {
    /// The time of day.
    #[default]
    Clock,
    /// How long ago.
    Age,
    /// Date and time.
    Date,
    /// Not at all.
    Off,
}

impl Stamp {
    /// The one after, around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Stamp::Clock => Stamp::Age,
            Stamp::Age => Stamp::Date,
            Stamp::Date => Stamp::Off,
            Stamp::Off => Stamp::Clock,
        }
    }
}

/// One deployment's log.
#[derive(Clone, Debug)]
pub struct Source {
    /// Whose.
    pub name: String,
    /// By what its lines are known.
    pub id: u8,
    /// Names the stream.
    pub ticket: Ticket,
    /// Why no more lines come.
    pub ended: Option<Problem>,
    /// Since when its first line is awaited; none once one came.
    pub since: Option<i64>,
    /// Time and level of its last line: lines that tell none go with it.
    last: (i64, Level),
}

/// The logs.
#[derive(Clone, Debug)]
pub struct Logs {
    /// At least one.
    pub sources: Vec<Source>,
    ring: Ring,
    /// The lines that are shown; none for all.
    shown: Option<Index>,
    /// The lines that hold what is searched for.
    found: Index,
    /// The cursor over the lines that are shown.
    pub list: List,
    /// The cursor stays on the newest line.
    pub follow: bool,
    /// Long lines take several rows.
    pub wrap: bool,
    /// How times are written.
    pub stamp: Stamp,
    /// Only lines at least this serious are shown.
    least: Option<Level>,
    /// Only lines that hold this are shown.
    only: Option<Pattern>,
    /// How many lines around those are shown as well.
    around: usize,
    /// What is searched for; lines stay in their context, what matches is marked.
    search: Option<Pattern>,
    /// The time that is being gone to, until one moves or the lines around it have come.
    aim: Option<i64>,
}

impl Logs {
    /// Asked for just now.
    pub fn asked(name: String, ticket: Ticket, now: i64) -> Self {
        Self {
            sources: vec![Source::asked(name, 0, ticket, now)],
            ring: Ring::new(LIMITS, Keep::Newest),
            shown: None,
            found: Index::default(),
            list: List::default(),
            follow: true,
            wrap: false,
            stamp: Stamp::default(),
            least: None,
            only: None,
            around: 0,
            search: None,
            aim: None,
        }
    }

    /// The deployment that it was opened for.
    pub fn name(&self) -> &str {
        self.sources.first().map_or("", |source| &source.name)
    }

    /// The lines as they are kept.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// The place among all lines of the one at `row` of those that are shown.
    pub fn place(&self, row: usize) -> Option<usize> {
        match &self.shown {
            None => Some(row),
            Some(shown) => usize::try_from(shown.get(row)?.checked_sub(self.ring.first())?).ok(),
        }
    }

    /// The line at `row` of those that are shown.
    pub fn line(&self, row: usize) -> Option<&Line> {
        self.ring.get(self.place(row)?)
    }

    /// Whether the line at `row` is what the filter asks for, and not one around it.
    pub fn is_hit(&self, row: usize) -> bool {
        self.shown.is_none() || self.line(row).is_some_and(|line| passes(line, self.least, self.only.as_ref()))
    }

    /// Whether what is searched for stands in the line at `row`.
    pub fn is_found(&self, row: usize) -> bool {
        self.place(row).is_some_and(|place| self.found.holds(self.number(place)))
    }

    /// What is searched for.
    pub fn search(&self) -> Option<&Pattern> {
        self.search.as_ref()
    }

    /// How many lines hold it.
    pub fn found(&self) -> usize {
        self.found.len()
    }

    /// By what lines are chosen: how serious at least, what they hold, and how many around are shown.
    pub fn filter(&self) -> (Option<Level>, Option<&Pattern>, usize) {
        (self.least, self.only.as_ref(), self.around)
    }

    /// Takes what came from one of the streams and drops what is too old.
    pub fn add(&mut self, ticket: Ticket, lines: Vec<LogLine>) {
        let Some(source) = self.sources.iter_mut().find(|source| source.ticket == ticket) else { return };
        (source.since, source.ended) = (None, None);
        let batch: Vec<Line> = lines.into_iter().map(|line| source.line(line)).collect();
        let mark = self.place(self.list.cursor()).unwrap_or(0);
        let was_empty = self.list.is_empty();
        let Added { from, mark, .. } = self.ring.add(batch, mark);
        self.look(from);
        let row = if was_empty { 0 } else { mark.map_or(0, |place| self.row_of(place)) };
        self.list.moved(self.rows(), row);
        self.settle();
    }

    /// One of the streams has ended; it is tried again.
    pub fn ended(&mut self, ticket: Ticket, problem: Problem) {
        if let Some(source) = self.sources.iter_mut().find(|source| source.ticket == ticket) {
            source.ended = Some(problem);
        }
    }

    /// Another log beside those that are there; false where there is no room.
    pub fn join(&mut self, name: String, ticket: Ticket, now: i64) -> bool {
        let free = (0..u8::MAX).find(|id| self.sources.iter().all(|source| source.id != *id));
        match free.filter(|_| self.sources.len() < MOST) {
            Some(id) => self.sources.push(Source::asked(name, id, ticket, now)),
            None => return false,
        }
        true
    }

    /// One log less, and its lines with it; gives the stream that ends.
    pub fn part(&mut self, name: &str) -> Option<Ticket> {
        let at = self.sources.iter().position(|source| source.name == name).filter(|_| self.sources.len() > 1)?;
        let source = self.sources.remove(at);
        self.ring.remove(source.id);
        self.look_again();
        Some(source.ticket)
    }

    /// Stays on the newest line from now on, or does no longer. Who follows keeps the newest lines.
    pub fn set_follow(&mut self, follow: bool) {
        self.follow = follow;
        if follow {
            self.ring.set_keep(Keep::Newest);
            self.list.set_cursor(usize::MAX);
        }
    }

    /// Everything is asked for anew, by these tickets: from `time` on, or the end.
    pub fn begin_again(&mut self, time: Option<i64>, tickets: &[Ticket], now: i64) {
        self.ring = Ring::new(LIMITS, if time.is_some() { Keep::Oldest } else { Keep::Newest });
        (self.follow, self.aim) = (time.is_none(), time);
        for (source, ticket) in self.sources.iter_mut().zip(tickets) {
            source.ticket = *ticket;
            (source.since, source.ended, source.last) = (Some(now), None, (0, Level::Unsaid));
        }
        self.found = Index::default();
        self.shown = self.shown.as_ref().map(|_| Index::default());
        self.list.set_len(0);
    }

    /// Another text is searched for.
    pub fn set_search(&mut self, text: &str) {
        self.search = Pattern::new(text);
        self.found = Index::default();
        self.look(0);
    }

    /// Other lines are shown: at least this serious, holding this.
    pub fn set_filter(&mut self, least: Option<Level>, only: Option<Pattern>) {
        (self.least, self.only) = (least, only);
        self.look_again();
    }

    /// More or fewer lines around.
    pub fn set_around(&mut self, around: usize) {
        self.around = around.min(MOST_AROUND);
        self.look_again();
    }

    /// Moves the cursor to the first line that is not older than `time`.
    pub fn go_to(&mut self, time: i64) {
        self.follow = false;
        self.list.set_cursor(self.row_of(self.ring.place_at(time)));
    }

    /// The person has moved: nothing is gone to any more.
    pub fn moved(&mut self) {
        self.aim = None;
    }

    /// Moves the cursor to the next or previous line that matches, of those that are shown; false when there is none.
    pub fn find(&mut self, forward: bool) -> bool {
        let cursor = self.list.cursor();
        let here = self.place(cursor).map_or(0, |place| self.number(place));
        let mut at = self.found.place_of(if forward { here + 1 } else { here });
        let found = loop {
            let next = if forward { Some(at) } else { at.checked_sub(1) };
            let Some(number) = next.and_then(|next| self.found.get(next)) else { break None };
            if self.shown.as_ref().is_none_or(|shown| shown.holds(number)) {
                break Some(number);
            }
            at = if forward { at + 1 } else { at - 1 };
        };
        let Some(number) = found else { return false };
        (self.follow, self.aim) = (false, None);
        let place = usize::try_from(number.saturating_sub(self.ring.first())).unwrap_or(0);
        self.list.set_cursor(self.row_of(place));
        true
    }

    /// The lines that are shown, to be saved.
    pub fn lines_shown(&self) -> Vec<Line> {
        match &self.shown {
            None => self.ring.iter().cloned().collect(),
            Some(shown) => (0..shown.len()).filter_map(|row| self.line(row)).cloned().collect(),
        }
    }

    fn rows(&self) -> usize {
        self.shown.as_ref().map_or(self.ring.len(), Index::len)
    }

    fn number(&self, place: usize) -> u64 {
        self.ring.first() + u64::try_from(place).unwrap_or(0)
    }

    /// The row of a line, or of the next one that is shown.
    fn row_of(&self, place: usize) -> usize {
        self.shown.as_ref().map_or(place, |shown| shown.place_of(self.number(place)))
    }

    /// Looks for matches in what is new.
    fn look(&mut self, from: usize) {
        let (ring, first, len) = (&self.ring, self.ring.first(), self.ring.len());
        let (least, only) = (self.least, &self.only);
        if let Some(shown) = &mut self.shown {
            let hit = |place: usize| ring.get(place).is_some_and(|line| passes(line, least, only.as_ref()));
            shown.update(Change { first, len, from, around: self.around }, hit);
        }
        if let Some(search) = &self.search {
            let hit = |place: usize| ring.get(place).is_some_and(|line| search.matches(&line.text));
            self.found.update(Change { first, len, from, around: 0 }, hit);
        }
    }

    /// What is shown is another choice: the cursor stays on its line, or the next one.
    fn look_again(&mut self) {
        let place = self.place(self.list.cursor()).unwrap_or(0);
        self.shown = (self.least.is_some() || self.only.is_some()).then(Index::default);
        self.found = Index::default();
        self.look(0);
        self.list.set_len(self.rows());
        self.list.set_cursor(self.row_of(place));
        self.settle();
    }

    fn settle(&mut self) {
        if self.follow {
            self.list.set_cursor(self.rows());
        } else if let Some(time) = self.aim {
            self.go_to(time);
        }
    }
}

fn passes(line: &Line, least: Option<Level>, only: Option<&Pattern>) -> bool {
    least.is_none_or(|least| line.level >= least) && only.is_none_or(|only| only.matches(&line.text))
}

impl Source {
    fn asked(name: String, id: u8, ticket: Ticket, now: i64) -> Self {
        Self { name, id, ticket, ended: None, since: Some(now), last: (0, Level::Unsaid) }
    }

    fn line(&mut self, line: LogLine) -> Line {
        let (at, before) = self.last;
        let (level, said) = Level::of(&line.level, &line.text, before);
        self.last = (line.time_ms.max(at), level);
        Line { time: line.time_ms, at: self.last.0, level, said, source: self.id, text: line.text.into() }
    }
}

#[cfg(test)]
mod tests;
