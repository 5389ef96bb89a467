//! Takes control characters out of everything that comes from outside, before it reaches the state.
//!
//! One place, off the drawing task: a view may show any text of the state as it is. Cells of SQL results alone are kept as
//! they are, because they are copied and exported: `view::connect` cleans those that it draws.

use crate::{
    console::text::clean,
    doctor::Report,
    hosted_api::problem::Problem,
    sql::{Begun, catalog::Catalog},
};
use doltops_proto::hosted_api as api;

/// Something whose texts can be cleaned.
pub trait Incoming: Sized {
    /// The same without control characters.
    #[must_use]
    fn cleaned(self) -> Self;
}

fn wash(texts: &mut [&mut String]) {
    for text in texts {
        if text.chars().any(|c| !(' '..='~').contains(&c)) {
            **text = clean(text);
        }
    }
}

impl Incoming for api::WatchResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.commit, &mut self.store, &mut self.lease, &mut self.acts]);
        self.deployments = self.deployments.into_iter().map(Incoming::cleaned).collect();
        self
    }
}

impl Incoming for api::Deployment {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.name, &mut self.id, &mut self.health, &mut self.phase, &mut self.commit, &mut self.why]);
        wash(&mut [&mut self.connect_command, &mut self.clone_command, &mut self.currency]);
        wash(&mut self.coming.iter_mut().collect::<Vec<_>>());
        for drift in &mut self.drift {
            wash(&mut [&mut drift.what, &mut drift.expected, &mut drift.seen, &mut drift.remedy]);
        }
        self.plan = self.plan.into_iter().map(Incoming::cleaned).collect();
        if let Some(failure) = &mut self.failure {
            wash(&mut [&mut failure.step, &mut failure.error]);
        }
        if let Some(desired) = &mut self.desired {
            wash(&mut [&mut desired.instance_type, &mut desired.power, &mut desired.certificate]);
            desired.settings = std::mem::take(&mut desired.settings)
                .into_iter()
                .map(|(key, value)| (clean(&key), clean(&value)))
                .collect();
        }
        if let Some(certificate) = &mut self.certificate {
            wash(&mut [&mut certificate.stands_in, &mut certificate.failure]);
            wash(&mut certificate.names.iter_mut().collect::<Vec<_>>());
        }
        if let Some(seen) = &mut self.observed {
            wash(&mut [&mut seen.instance_id, &mut seen.instance_type, &mut seen.address, &mut seen.dolt_version]);
            wash(&mut [&mut seen.volume_id, &mut seen.instance_state, &mut seen.last_error, &mut seen.host_name]);
            wash(&mut [&mut seen.zone, &mut seen.certificate_serial, &mut seen.stands_in]);
        }
        self
    }
}

impl Incoming for api::StatusResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.control_plane_id, &mut self.version, &mut self.provider, &mut self.commit]);
        wash(&mut [&mut self.user, &mut self.role, &mut self.host, &mut self.store, &mut self.lease]);
        wash(&mut [&mut self.metrics, &mut self.domain, &mut self.view]);
        wash(&mut [&mut self.acts]);
        for daemon in &mut self.daemons {
            wash(&mut [&mut daemon.name, &mut daemon.host, &mut daemon.address, &mut daemon.state]);
        }
        for instance_type in &mut self.instance_types {
            wash(&mut [&mut instance_type.name]);
        }
        self
    }
}

impl Incoming for api::PlannedStep {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.action, &mut self.target, &mut self.reason, &mut self.deployment]);
        self
    }
}

impl Incoming for api::CellChange {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.table, &mut self.key, &mut self.column, &mut self.deployment]);
        wash(&mut self.from.iter_mut().chain(self.to.iter_mut()).collect::<Vec<_>>());
        self
    }
}

impl Incoming for api::PlanResponse {
    fn cleaned(mut self) -> Self {
        self.steps = self.steps.into_iter().map(Incoming::cleaned).collect();
        self.changes = self.changes.into_iter().map(Incoming::cleaned).collect();
        self.notes.iter_mut().for_each(|note| *note = clean(note));
        wash(&mut [&mut self.summary, &mut self.undoes]);
        if let Some(cost) = &mut self.cost {
            wash(&mut [&mut cost.currency]);
            cost.parts.iter_mut().for_each(|part| *part = clean(part));
        }
        self
    }
}

impl Incoming for api::ChangeResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.operation_id, &mut self.commit]);
        self.plan = self.plan.map(Incoming::cleaned);
        self
    }
}

impl Incoming for api::HistoryResponse {
    fn cleaned(mut self) -> Self {
        for commit in &mut self.commits {
            wash(&mut [&mut commit.hash, &mut commit.author, &mut commit.message, &mut commit.parent]);
            wash(&mut commit.parents.iter_mut().chain(&mut commit.joins).collect::<Vec<_>>());
            if let Some(it) = &mut commit.brought_in {
                wash(&mut [&mut it.branch, &mut it.head, &mut it.base]);
            }
            commit.changes = std::mem::take(&mut commit.changes).into_iter().map(Incoming::cleaned).collect();
        }
        self
    }
}

impl Incoming for api::DiffResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.from, &mut self.to]);
        self.changes = self.changes.cleaned();
        self
    }
}

impl Incoming for api::BlameResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.before]);
        for cell in &mut self.cells {
            wash(&mut [&mut cell.cell, &mut cell.value, &mut cell.commit, &mut cell.author]);
            wash(&mut [&mut cell.message, &mut cell.reason]);
        }
        self
    }
}

impl Incoming for api::MetricsResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.source]);
        wash(&mut self.series.iter_mut().map(|series| &mut series.name).collect::<Vec<_>>());
        self
    }
}

impl Incoming for api::ListOrphansResponse {
    fn cleaned(mut self) -> Self {
        for orphan in &mut self.orphans {
            wash(&mut [&mut orphan.kind, &mut orphan.id, &mut orphan.deployment, &mut orphan.name]);
            wash(&mut [&mut orphan.why, &mut orphan.next]);
        }
        self
    }
}

impl Incoming for Report {
    fn cleaned(mut self) -> Self {
        for finding in &mut self.findings {
            wash(&mut [&mut finding.check, &mut finding.found, &mut finding.next]);
        }
        self
    }
}

impl Incoming for api::IncidentsResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.on_call]);
        self.incidents = self.incidents.into_iter().map(Incoming::cleaned).collect();
        self
    }
}

impl Incoming for api::Incident {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.id, &mut self.rule, &mut self.severity, &mut self.title, &mut self.state]);
        wash(&mut [&mut self.impact, &mut self.description, &mut self.opened_by, &mut self.acknowledged_by]);
        wash(&mut [&mut self.assignee, &mut self.resolved_by, &mut self.runbook]);
        wash(&mut self.deployments.iter_mut().collect::<Vec<_>>());
        for note in &mut self.notes {
            wash(&mut [&mut note.author, &mut note.text]);
        }
        for page in &mut self.pages {
            wash(&mut [&mut page.target, &mut page.kind, &mut page.action, &mut page.to, &mut page.state]);
            wash(&mut [&mut page.error]);
        }
        self
    }
}

impl Incoming for api::TimelineResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.suspect]);
        self.incident = self.incident.map(Incoming::cleaned);
        self.changes = self.changes.cleaned();
        for entry in &mut self.entries {
            wash(&mut [&mut entry.kind, &mut entry.deployment, &mut entry.text, &mut entry.author]);
            wash(&mut [&mut entry.commit, &mut entry.metric]);
            entry.changes = std::mem::take(&mut entry.changes).cleaned();
            entry.lines = std::mem::take(&mut entry.lines).cleaned();
        }
        self
    }
}

impl Incoming for api::ListBranchesResponse {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.main_commit]);
        self.branches = self.branches.cleaned();
        self
    }
}

impl Incoming for api::BranchSummary {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.name, &mut self.title, &mut self.author, &mut self.state, &mut self.base]);
        wash(&mut [&mut self.head, &mut self.closed_by]);
        self
    }
}

impl Incoming for api::Branch {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.hindrance, &mut self.next, &mut self.main_commit, &mut self.merge_commit]);
        self.main_changes = self.main_changes.cleaned();
        self.summary = self.summary.map(Incoming::cleaned);
        self.changes = self.changes.cleaned();
        self.plan = self.plan.map(Incoming::cleaned);
        self.commits = api::HistoryResponse { commits: self.commits }.cleaned().commits;
        for conflict in &mut self.conflicts {
            wash(&mut [&mut conflict.cell, &mut conflict.deployment, &mut conflict.column, &mut conflict.decided_by]);
            let values = [&mut conflict.base, &mut conflict.ours, &mut conflict.theirs, &mut conflict.value];
            wash(&mut values.into_iter().flatten().collect::<Vec<_>>());
        }
        for approval in &mut self.approvals {
            wash(&mut [&mut approval.author, &mut approval.head]);
        }
        for comment in &mut self.comments {
            wash(&mut [&mut comment.author, &mut comment.text]);
        }
        self
    }
}

impl Incoming for api::LogLine {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.level, &mut self.text]);
        self
    }
}

impl Incoming for api::Event {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.deployment, &mut self.kind, &mut self.text, &mut self.author]);
        self
    }
}

impl Incoming for Problem {
    fn cleaned(mut self) -> Self {
        wash(&mut [&mut self.what, &mut self.field, &mut self.next]);
        self.plan = self.plan.map(|plan| Box::new(plan.cleaned()));
        self
    }
}

impl Incoming for Begun {
    fn cleaned(mut self) -> Self {
        wash(&mut self.heads.iter_mut().map(|head| &mut head.name).collect::<Vec<_>>());
        self
    }
}

impl Incoming for Catalog {
    /// A name that cannot be shown is not offered either.
    fn cleaned(mut self) -> Self {
        let shows = |name: &str| clean(name) == name;
        self.databases.retain(|name, _| shows(name));
        for tables in self.databases.values_mut() {
            tables.retain(|name, _| shows(name));
            tables.values_mut().for_each(|columns| columns.retain(|(name, kind)| shows(name) && shows(kind)));
        }
        self
    }
}

impl<T: Incoming> Incoming for Vec<T> {
    fn cleaned(self) -> Self {
        self.into_iter().map(Incoming::cleaned).collect()
    }
}
