//! The metrics of one deployment over a span of time.

use crate::console::state::{Ticket, loaded::Loaded};
use doltops_proto::hosted_api::MetricsResponse;

/// How far back one looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// 15 minutes.
    #[default]
    Quarter,
    /// An hour.
    Hour,
    /// Six hours.
    SixHours,
    /// A day.
    Day,
}

impl Span {
    /// In milliseconds.
    pub fn ms(self) -> i64 {
        let minutes = match self {
            Span::Quarter => 15,
            Span::Hour => 60,
            Span::SixHours => 6 * 60,
            Span::Day => 24 * 60,
        };
        minutes * 60_000
    }

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Span::Quarter => "15 min",
            Span::Hour => "1 h",
            Span::SixHours => "6 h",
            Span::Day => "24 h",
        }
    }

    /// The one after, around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Span::Quarter => Span::Hour,
            Span::Hour => Span::SixHours,
            Span::SixHours => Span::Day,
            Span::Day => Span::Quarter,
        }
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Of which deployment.
    pub name: String,
    /// How far back.
    pub span: Span,
    /// With its source and when that was asked; oldest first.
    pub samples: Loaded<MetricsResponse>,
    /// When they were last asked for (Unix milliseconds).
    pub asked: i64,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}
