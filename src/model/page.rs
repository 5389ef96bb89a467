//! Pages: what one receiver was told, or is to be told, about one incident.
//!
//! Pure. What is due is decided in `incidents::paging`; how it is kept is for `store` to know.

use crate::model::IncidentId;
use jiff::Timestamp;
use std::{fmt, str::FromStr};

/// What a receiver is told. The words are those of the PagerDuty Events API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageAction {
    /// There is an incident: this is what wakes people.
    Trigger,
    /// Somebody has it.
    Acknowledge,
    /// It is over.
    Resolve,
}

impl PageAction {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Acknowledge => "acknowledge",
            Self::Resolve => "resolve",
        }
    }
}

impl fmt::Display for PageAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PageAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Trigger, Self::Acknowledge, Self::Resolve];
        all.into_iter().find(|action| action.as_str() == text).ok_or_else(|| format!("'{text}' is no page's action"))
    }
}

/// What has become of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageState {
    /// It is to be sent, or sent again.
    Waiting,
    /// The receiver has taken it.
    Sent,
    /// It was given up after many tries. One of them may have arrived all the same.
    Failed,
    /// The receiver has said that it will never take it.
    Refused,
    /// It was not needed any more before it was sent.
    Dropped,
}

impl PageState {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }

    /// Whether nothing of it changes any more.
    pub fn is_final(self) -> bool {
        self != Self::Waiting
    }
}

impl FromStr for PageState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Waiting, Self::Sent, Self::Failed, Self::Refused, Self::Dropped];
        all.into_iter().find(|state| state.as_str() == text).ok_or_else(|| format!("'{text}' is no page's state"))
    }
}

/// Which page, for ever: about one incident a receiver is told each action of a level once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageKey {
    /// About which incident.
    pub incident: IncidentId,
    /// The receiver's name in the configuration.
    pub target: String,
    /// What it is told.
    pub action: PageAction,
    /// How far the incident has been escalated, from 0. Acknowledge and resolve are told once, at 0.
    pub level: u32,
}

impl fmt::Display for PageKey {
    /// The idempotency key: the same for every try of this page, and for no other page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.incident, self.target, self.action, self.level)
    }
}

/// A page and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub key: PageKey,
    /// pagerduty, webhook, sns: what the receiver was when it was asked for.
    pub kind: String,
    /// Who was on call; empty where the level names nobody.
    pub to: String,
    /// What has become of it.
    pub state: PageState,
    /// How often it was sent, answered or not.
    pub tries: u32,
    /// Since when it is wanted.
    pub asked: Timestamp,
    /// Not to be sent before.
    pub due: Timestamp,
    /// The last try.
    pub tried: Option<Timestamp>,
    /// Why the last try was not taken; empty: it was, or there is no answer yet.
    pub error: String,
}

impl Delivery {
    /// Whether the receiver may know of it: it was taken, or a try may have arrived whose answer was lost.
    pub fn may_have_arrived(&self) -> bool {
        match self.state {
            PageState::Sent => true,
            PageState::Waiting | PageState::Failed | PageState::Dropped => self.tries > 0,
            PageState::Refused => false,
        }
    }
}
