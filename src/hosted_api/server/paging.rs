//! Who is on call, what pages came to, and pages to try a receiver with.

use super::Server;
use crate::{
    hosted_api::{
        access::Caller,
        convert::ms,
        problem::{Kind, Problem},
    },
    incidents::paging::{
        Duty, Settings,
        retry::Outcome,
        settings::{Level, Receiver},
    },
    model::{By, Delivery, Incident, IncidentId, PageAction, PageKey, PageState, Severity},
    reconcile::pager::{ByIncident, Pager},
};
use doltops_proto::hosted_api::{self as wire, OnCallResponse, TestPageRequest, TestPageResponse};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use std::sync::Arc;
use tokio_stream::wrappers::WatchStream;

/// What the names of tests begin with: no incident's does.
const TEST: &str = "test-";

impl Server {
    pub(super) fn who_is_on_call(&self) -> OnCallResponse {
        let Some(pager) = &self.pager else { return OnCallResponse::default() };
        let settings = pager.settings();
        let duties = pager.on_call();
        let levels = settings.levels.iter().zip(&duties).map(|(level, duty)| duty_told(settings, level, duty));
        let receivers = settings.receivers.iter().map(|(name, receiver)| wire::PageReceiver {
            name: name.clone(),
            kind: receiver.kind.as_str().to_owned(),
            min_severity: receiver.min_severity.to_string(),
        });
        OnCallResponse { levels: levels.collect(), receivers: receivers.collect() }
    }

    /// Who is paged first now; empty where no level names anybody.
    pub(super) fn first_on_call(&self) -> String {
        let duties = self.pager.as_ref().map(|pager| pager.on_call()).unwrap_or_default();
        duties.into_iter().map(|duty| duty.who).find(|who| !who.is_empty()).unwrap_or_default()
    }

    /// Tells whenever a page was sent, or what came of one is known; never where nobody is configured.
    pub(super) fn paged(&self) -> BoxStream<'static, ()> {
        match &self.pager {
            Some(pager) => WatchStream::from_changes(pager.changes()).map(drop).boxed(),
            None => stream::empty().boxed(),
        }
    }

    /// The pages about these incidents; none where nobody is configured.
    pub(super) async fn pages_about(&self, incidents: &[Incident]) -> Arc<ByIncident> {
        let Some(pager) = &self.pager else { return Arc::default() };
        let ids: Vec<IncidentId> = incidents.iter().map(|incident| incident.id.clone()).collect();
        pager.about(&ids).await
    }

    /// A page about nothing: whoever sets a receiver up sees whether it rings. It is written down nowhere but in the events.
    pub(super) async fn send_test_page(
        &self,
        caller: &Caller,
        request: TestPageRequest,
    ) -> Result<TestPageResponse, Problem> {
        let (pager, receiver) = self.receiver(&request.target)?;
        let severity = match request.severity.as_str() {
            "" => Severity::Info,
            word => word.parse()?,
        };
        let (id, action) = match request.resolve.as_str() {
            "" => (format!("{TEST}{}", self.manager.executor.env.token(8)), PageAction::Trigger),
            id if id.starts_with(TEST) => (id.to_owned(), PageAction::Resolve),
            id => {
                return Err(Problem::invalid("resolve", format!("{} is no test's name", id.escape_default()))
                    .next("an incident is resolved by its own word, and its receivers are told then"));
            }
        };
        let now = By { at: self.manager.executor.env.now(), who: caller.name.clone() };
        let incident = test(&id, severity, now.clone(), action);
        let page = Delivery {
            key: PageKey { incident: incident.id.clone(), target: request.target.clone(), action, level: 0 },
            kind: receiver.kind.as_str().to_owned(),
            to: caller.name.clone(),
            state: PageState::Waiting,
            tries: 1,
            asked: now.at,
            due: now.at,
            tried: Some(now.at),
            error: String::new(),
        };
        self.manager.events.add("", "asked", format!("Send the test page {id} to {}", request.target), &caller.name);
        let reply = pager.test(&page, &incident).await;
        Ok(TestPageResponse { id, kind: page.kind, taken: reply.outcome == Outcome::Taken, said: reply.said })
    }

    fn receiver(&self, name: &str) -> Result<(&Arc<Pager>, &Receiver), Problem> {
        let pager = self.pager.as_ref().ok_or_else(|| {
            Problem::new(Kind::Refused, "no receiver is configured: there is no [paging] in doltops.toml")
                .next("docs/paging.md leads to the first page")
        })?;
        let receivers = &pager.settings().receivers;
        let receiver = receivers.get(name).ok_or_else(|| {
            let known: Vec<&str> = receivers.keys().map(String::as_str).collect();
            Problem::new(Kind::NotFound, format!("there is no receiver {}", name.escape_default()))
                .next(format!("there are {}", known.join(", ")))
        })?;
        Ok((pager, receiver))
    }
}

fn test(id: &str, severity: Severity, by: By, action: PageAction) -> Incident {
    Incident {
        id: IncidentId::new(id),
        cause: None,
        severity,
        title: format!("Test page of Doltops, asked for by {}", by.who),
        description: "Nothing is wrong: somebody tries whether pages arrive.".to_owned(),
        impact: String::new(),
        deployments: Vec::new(),
        runbook: None,
        resolved: (action == PageAction::Resolve).then(|| by.clone()),
        opened: by,
        acknowledged: None,
        assignee: None,
        gone_since: None,
        returned: 0,
        notes: Vec::new(),
    }
}

fn duty_told(settings: &Settings, level: &Level, duty: &Duty) -> wire::Duty {
    let own = settings.people.get(&duty.who).map_or(&[][..], Vec::as_slice);
    let mut receivers = level.receivers.clone();
    receivers.extend(own.iter().filter(|name| !level.receivers.contains(name)).cloned());
    wire::Duty {
        level: u32::try_from(duty.level + 1).unwrap_or(u32::MAX),
        who: duty.who.clone(),
        rotation: duty.rotation.clone(),
        until_ms: duty.until.map_or(0, ms),
        next: duty.next.clone(),
        receivers,
        wait_minutes: u32::try_from(level.wait.as_mins()).unwrap_or(u32::MAX),
    }
}

/// Pages, as they are sent.
pub(super) fn told(pages: Option<&Vec<Delivery>>) -> Vec<wire::Page> {
    let page = |page: &Delivery| wire::Page {
        target: page.key.target.clone(),
        kind: page.kind.clone(),
        action: page.key.action.to_string(),
        to: page.to.clone(),
        state: page.state.as_str().to_owned(),
        tries: page.tries,
        time_ms: ms(page.tried.unwrap_or(page.asked)),
        error: page.error.clone(),
    };
    pages.into_iter().flatten().map(page).collect()
}
