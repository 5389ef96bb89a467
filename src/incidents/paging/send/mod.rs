//! Sends one page to one receiver, and tells what came back. The only part of paging that touches the world.
//!
//! Guarantees
//! - One call is one try: nothing is retried here, nothing is written down here.
//! - It ends within [`LIMIT`] and a little, whatever the receiver does.
//! - What a receiver answers is cut, cleaned of control characters and of the key before anybody sees it.
//!
//! Not here: whether a page is due (`due`) and when it is tried again (`retry`).

mod content;
mod http;
mod key;
mod pagerduty;
#[cfg(feature = "aws")]
mod sns;
mod webhook;

use super::{
    retry::Outcome,
    settings::{Kind, Receiver, Settings},
};
use crate::{
    model::{Delivery, Incident},
    secrets::Secrets,
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// How long one try may take. PagerDuty answers in a second; whoever needs longer than this is asked again.
const LIMIT: Duration = Duration::from_secs(10);

/// What a receiver made of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What follows from it.
    pub outcome: Outcome,
    /// Its own words, for people.
    pub said: String,
}

impl Reply {
    fn taken(said: impl Into<String>) -> Self {
        Self { outcome: Outcome::Taken, said: said.into() }
    }

    fn later(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { said: why.clone(), outcome: Outcome::Later { why, after: None } }
    }

    fn refused(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { said: why.clone(), outcome: Outcome::Refused { why } }
    }
}

/// One page, with everything that its text is made from.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Which page.
    pub delivery: &'a Delivery,
    /// About what.
    pub incident: &'a Incident,
    /// The control plane's id.
    pub control_plane: &'a str,
    /// A page about the control plane that receivers link to.
    pub link: Option<&'a str>,
}

/// Sends pages.
pub struct Sender {
    control_plane: String,
    settings: Arc<Settings>,
    secrets: Arc<dyn Secrets>,
    http: http::Client,
    limit: Duration,
    #[cfg(feature = "aws")]
    topics: sns::Topics,
}

impl Sender {
    /// To the receivers of these settings.
    ///
    /// # Errors
    /// When this machine's trusted certificates cannot be read, or this program was built without what a receiver needs.
    pub fn new(
        control_plane: impl Into<String>,
        settings: Arc<Settings>,
        secrets: Arc<dyn Secrets>,
    ) -> Result<Self, String> {
        let of_sns = |receiver: &Receiver| matches!(receiver.kind, Kind::Sns(_));
        if cfg!(not(feature = "aws")) && settings.receivers.values().any(of_sns) {
            return Err(
                "a receiver is of the kind sns, and this doltops was built without the cargo feature aws".into()
            );
        }
        Ok(Self {
            control_plane: control_plane.into(),
            settings,
            secrets,
            http: http::Client::new()?,
            limit: LIMIT,
            #[cfg(feature = "aws")]
            topics: sns::Topics::default(),
        })
    }

    /// One try. `now` is in the signatures.
    pub async fn send(&self, delivery: &Delivery, incident: &Incident, now: Timestamp) -> Reply {
        let name = &delivery.key.target;
        let Some(receiver) = self.settings.receivers.get(name) else {
            return Reply::refused(format!("there is no receiver '{name}' in [paging]"));
        };
        let (control_plane, link) = (self.control_plane.as_str(), self.settings.link.as_deref());
        let page = Page { delivery, incident, control_plane, link };
        let trying = self.try_one(receiver, &page, now);
        let silent = || Reply::later(format!("no answer in {:?}", self.limit));
        tokio::time::timeout(self.limit, trying).await.unwrap_or_else(|_| silent())
    }

    async fn try_one(&self, receiver: &Receiver, page: &Page<'_>, now: Timestamp) -> Reply {
        match &receiver.kind {
            Kind::PagerDuty { url, key } => match key::read(key, self.secrets.as_ref()).await {
                Ok(key) => pagerduty::send(&self.http, url, &key, page, now).await,
                Err(why) => Reply::later(why),
            },
            Kind::Webhook { url, key } => match key::read(key, self.secrets.as_ref()).await {
                Ok(key) => webhook::send(&self.http, url, &key, page, now).await,
                Err(why) => Reply::later(why),
            },
            #[cfg(feature = "aws")]
            Kind::Sns(sns) => self.topics.send(sns, page).await,
            #[cfg(not(feature = "aws"))]
            Kind::Sns(_) => Reply::refused("this doltops was built without the cargo feature aws"),
        }
    }
}

#[cfg(test)]
mod tests;
