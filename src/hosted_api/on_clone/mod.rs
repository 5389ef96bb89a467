//! The Hosted API on a clone: what happened is told, a change is tried, and nothing runs.
//!
//! Guarantees
//! - It cannot touch a fleet: it has the clone's store and plain data about the cloud, and nothing else. No cloud, no
//!   agents, no authorities, no secrets, no reconciler: there is no field that could hold one.
//! - A change lands in the clone alone, on its main or on a branch of it. Its plan is what the reconciler would do from where everything that was asked for
//!   by then had been done.
//! - What is asked of something that runs is refused, and says why.
//!
//! Why a server of its own and not the other one with a switch: a switch can be wrong.

mod change;

use super::{
    access::{self, Caller},
    as_of, convert,
    problem::Problem,
    server::{books::Books, past},
    view::View,
};
use crate::{
    change_requests::settings::Settings,
    env::Env,
    model::{BranchName, CommitEntry, CommitHash, CommitPrefix, DeploymentId, InstanceType, Moment, Site},
    store::{IncidentQuery, Store, branches::Branches},
};
use doltops_proto::{hosted_api::*, identity::Role};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use std::{collections::BTreeSet, pin::Pin, sync::Arc};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tonic::{Request, Response, Status, Streaming};

type Result<T> = std::result::Result<T, Status>;
type Stream<T> = Pin<Box<dyn futures::Stream<Item = Result<T>> + Send>>;

/// What a clone knows of the place that it is a clone of.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The control plane's id.
    pub control_plane: String,
    /// Main's head when it was taken.
    pub commit: CommitHash,
    /// local, aws.
    pub provider: String,
    /// What was on offer there.
    pub types: Vec<InstanceType>,
    /// What its cloud was like.
    pub site: Site,
}

/// The Hosted API on one clone.
#[derive(Clone)]
pub struct OnClone {
    books: Books,
    facts: Arc<Facts>,
    /// When it was opened.
    opened: Timestamp,
    /// Something has landed.
    landed: watch::Sender<()>,
}

impl OnClone {
    /// Answers from `store`, which is a clone.
    pub fn new(store: Arc<dyn Store>, branches: Arc<dyn Branches>, env: Arc<dyn Env>, facts: Facts) -> Self {
        // How many must approve is in the control plane's settings, and not in its database.
        let books = Books { store, branches, needs: Settings::default(), env };
        let opened = books.env.now();
        Self { books, facts: Arc::new(facts), opened, landed: watch::Sender::default() }
    }

    async fn caller<T>(&self, request: &Request<T>) -> Result<(Caller, View)> {
        let caller = access::caller(request, self.books.store.as_ref(), self.books.env.now(), Role::Viewer).await?;
        Ok((caller, View::of(request)?))
    }

    /// The commit that is looked at, and whether it is the newest.
    async fn looked_at(&self, view: &View) -> std::result::Result<(CommitEntry, bool), Problem> {
        if let Some(then) = self.books.then(view).await? {
            return Ok((then, false));
        }
        let head = CommitPrefix::from(self.books.store.head().await?);
        Ok((self.books.store.moment(&Moment::Commit(head)).await?, true))
    }

    async fn fleet(&self, view: &View) -> std::result::Result<WatchResponse, Problem> {
        if let View::Branch(name) = view {
            return self.fleet_on(name).await;
        }
        let (commit, newest) = self.looked_at(view).await?;
        let fleet = self.books.fleet_then(&commit).await?;
        // Ages on a clone are by the clock of who looks at it; those of a moment by that moment's.
        Ok(if newest { WatchResponse { as_of_ms: convert::ms(self.books.env.now()), ..fleet } } else { fleet })
    }

    /// What is prepared on a branch, over what was written down.
    async fn fleet_on(&self, name: &BranchName) -> std::result::Result<WatchResponse, Problem> {
        let at = self.books.on_branch(name).await?;
        let main = self.books.store.snapshot().await?;
        let now = self.books.env.now();
        let open = self.books.store.incidents_at(IncidentQuery::Open { or_resolved_since: now }, &main.commit).await?;
        let mut deployments = as_of::deployments(&at.snapshot, &open);
        let on_main: BTreeSet<&str> = main.desired.keys().map(DeploymentId::as_str).collect();
        for one in deployments.iter_mut().filter(|one| !on_main.contains(one.id.as_str())) {
            one.phase = format!("only on {name}");
        }
        Ok(WatchResponse {
            deployments,
            commit: at.branch.head.to_string(),
            as_of_ms: convert::ms(now),
            store: "up".to_owned(),
            ..WatchResponse::default()
        })
    }

    async fn incidents(
        &self,
        request: &ListIncidentsRequest,
        view: &View,
    ) -> std::result::Result<IncidentsResponse, Problem> {
        let (commit, _) = self.looked_at(view).await?;
        self.books.incidents_then(request, &commit).await
    }

    async fn read_status(&self, caller: &Caller, view: &View) -> std::result::Result<StatusResponse, Problem> {
        if let View::Branch(name) = view {
            let commit = self.books.branch_head(name).await?.to_string();
            let status = Box::pin(self.read_status(caller, &View::Main)).await?;
            return Ok(StatusResponse { commit, view: view.to_string(), ..status });
        }
        let (commit, newest) = self.looked_at(view).await?;
        let facts = &self.facts;
        Ok(StatusResponse {
            control_plane_id: facts.control_plane.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            provider: facts.provider.clone(),
            commit: commit.hash.to_string(),
            user: caller.name.clone(),
            role: caller.role.to_string(),
            host: format!("a clone of {}", facts.commit),
            host_pid: std::process::id(),
            store: "up".to_owned(),
            lease: "none: nothing is reconciled on a clone".to_owned(),
            instance_types: facts.types.iter().enumerate().map(|(i, t)| convert::instance_type(i, t)).collect(),
            now_ms: convert::ms(self.books.env.now()),
            started_ms: convert::ms(self.opened),
            webpki: facts.site.names,
            domain: if facts.site.names { facts.site.domain.clone() } else { String::new() },
            view: if newest { "main".to_owned() } else { format!("at:{}", commit.hash) },
            view_time_ms: if newest { 0 } else { convert::ms(commit.time) },
            ..StatusResponse::default()
        })
    }
}

/// Why there is no answer to what is asked of something that runs.
fn nothing_runs(what: &str) -> Problem {
    Problem::never_on_a_clone(format!("this is a clone: {what}"))
}

#[tonic::async_trait]
impl hosted_api_server::HostedApi for OnClone {
    type WatchStream = Stream<WatchResponse>;
    type EventsStream = Stream<Event>;
    type LogsStream = Stream<LogLine>;
    type TunnelStream = Stream<TunnelResponse>;
    type WatchIncidentsStream = Stream<IncidentsResponse>;
    type WatchBranchStream = Stream<Branch>;
    type CloneDatabaseStream = Stream<ClonePart>;

    async fn status(&self, request: Request<StatusRequest>) -> Result<Response<StatusResponse>> {
        let (caller, view) = self.caller(&request).await?;
        Ok(Response::new(self.read_status(&caller, &view).await?))
    }

    async fn list_deployments(
        &self,
        request: Request<ListDeploymentsRequest>,
    ) -> Result<Response<ListDeploymentsResponse>> {
        let (_, view) = self.caller(&request).await?;
        let WatchResponse { deployments, commit, as_of_ms, .. } = self.fleet(&view).await?;
        Ok(Response::new(ListDeploymentsResponse { deployments, commit, as_of_ms }))
    }

    async fn get_deployment(&self, request: Request<GetDeploymentRequest>) -> Result<Response<Deployment>> {
        let (_, view) = self.caller(&request).await?;
        let name = request.into_inner().name;
        let found = self.fleet(&view).await?.deployments.into_iter().find(|it| it.name == name);
        Ok(Response::new(found.ok_or_else(|| Problem::from(convert::not_found(&name)))?))
    }

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>> {
        let (_, view) = self.caller(&request).await?;
        let part = request.get_ref().part;
        if matches!(view, View::At(_)) {
            return Ok(Response::new(past::for_ever(past::in_parts(self.fleet(&view).await?, part))));
        }
        let server = self.clone();
        let fleets = WatchStream::new(self.landed.subscribe()).then(move |()| {
            let (server, view) = (server.clone(), view.clone());
            async move { server.fleet(&view).await }
        });
        let parts: Stream<WatchResponse> = Box::pin(fleets.flat_map(move |fleet| {
            let parts = fleet.map(|fleet| past::in_parts(fleet, part));
            let (parts, failed) = match parts {
                Ok(parts) => (parts, None),
                Err(problem) => (Vec::new(), Some(Err(Status::from(problem)))),
            };
            stream::iter(parts.into_iter().map(Ok).chain(failed))
        }));
        Ok(Response::new(parts))
    }

    async fn events(&self, request: Request<EventsRequest>) -> Result<Response<Self::EventsStream>> {
        self.caller(&request).await?;
        // Nothing happens here, and who follows it waits for nothing.
        let follows = request.into_inner().follow;
        let events: Stream<Event> = if follows { Box::pin(stream::pending()) } else { Box::pin(stream::empty()) };
        Ok(Response::new(events))
    }

    async fn plan(&self, request: Request<PlanRequest>) -> Result<Response<PlanResponse>> {
        let (caller, view) = self.caller(&request).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books.plan_on_branch(self, name, request.into_inner()).await?));
        }
        view.main_only(Role::Operator)?;
        Ok(Response::new(self.plan_change(&caller, request.into_inner()).await?))
    }

    async fn change(&self, request: Request<ChangeRequest>) -> Result<Response<ChangeResponse>> {
        let (caller, view) = self.caller(&request).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.land_on_branch(&caller, name, request.into_inner()).await?));
        }
        view.main_only(Role::Operator)?;
        Ok(Response::new(self.land_change(&caller, request.into_inner()).await?))
    }

    async fn history(&self, request: Request<HistoryRequest>) -> Result<Response<HistoryResponse>> {
        let (_, view) = self.caller(&request).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books.history_on_branch(name, request.into_inner()).await?));
        }
        Ok(Response::new(self.books.read_history(request.into_inner(), &view).await?))
    }

    async fn diff(&self, request: Request<DiffRequest>) -> Result<Response<DiffResponse>> {
        let (_, view) = self.caller(&request).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books.diff_on_branch(name, request.into_inner()).await?));
        }
        Ok(Response::new(self.books.read_diff(request.into_inner(), &view).await?))
    }

    async fn blame(&self, request: Request<BlameRequest>) -> Result<Response<BlameResponse>> {
        let (_, view) = self.caller(&request).await?;
        Ok(Response::new(self.books.read_blame(request.into_inner(), &view).await?))
    }

    async fn list_branches(&self, request: Request<ListBranchesRequest>) -> Result<Response<ListBranchesResponse>> {
        self.caller(&request).await?;
        Ok(Response::new(self.books.list_branches_of(request.into_inner()).await?))
    }

    async fn get_branch(&self, request: Request<GetBranchRequest>) -> Result<Response<Branch>> {
        self.caller(&request).await?;
        let name = convert::branch(&request.into_inner().name).map_err(Problem::from)?;
        Ok(Response::new(self.books.whole(&name, self).await?))
    }

    async fn watch_branch(&self, request: Request<GetBranchRequest>) -> Result<Response<Self::WatchBranchStream>> {
        self.caller(&request).await?;
        let name = convert::branch(&request.into_inner().name).map_err(Problem::from)?;
        let states = self.books.watch_branch_of(name, self.clone()).await?;
        Ok(Response::new(Box::pin(states)))
    }

    async fn create_branch(&self, request: Request<CreateBranchRequest>) -> Result<Response<Branch>> {
        let (caller, view) = self.caller(&request).await?;
        view.main_only(Role::Operator)?;
        Ok(Response::new(self.books.create_branch_of(self, &caller, request.into_inner()).await?))
    }

    async fn change_branch(&self, request: Request<ChangeBranchRequest>) -> Result<Response<Branch>> {
        let (caller, view) = self.caller(&request).await?;
        view.main_only(Role::Operator)?;
        Ok(Response::new(self.books.change_branch_of(self, &caller, request.into_inner()).await?))
    }

    async fn list_incidents(&self, request: Request<ListIncidentsRequest>) -> Result<Response<IncidentsResponse>> {
        let (_, view) = self.caller(&request).await?;
        Ok(Response::new(self.incidents(&request.into_inner(), &view).await?))
    }

    async fn watch_incidents(
        &self,
        request: Request<ListIncidentsRequest>,
    ) -> Result<Response<Self::WatchIncidentsStream>> {
        let (_, view) = self.caller(&request).await?;
        // Nobody changes an incident here.
        Ok(Response::new(past::for_ever([self.incidents(&request.into_inner(), &view).await?])))
    }

    async fn list_orphans(&self, request: Request<ListOrphansRequest>) -> Result<Response<ListOrphansResponse>> {
        self.caller(&request).await?;
        Ok(Response::new(ListOrphansResponse::default()))
    }

    async fn on_call(&self, request: Request<OnCallRequest>) -> Result<Response<OnCallResponse>> {
        self.caller(&request).await?;
        Ok(Response::new(OnCallResponse::default()))
    }

    async fn logs(&self, _: Request<LogsRequest>) -> Result<Response<Self::LogsStream>> {
        Err(nothing_runs("logs are not in it").into())
    }

    async fn metrics(&self, _: Request<MetricsRequest>) -> Result<Response<MetricsResponse>> {
        Err(nothing_runs("what was measured is not in it").into())
    }

    async fn timeline(&self, request: Request<TimelineRequest>) -> Result<Response<TimelineResponse>> {
        let (_, view) = self.caller(&request).await?;
        let (then, _) = self.looked_at(&view).await?;
        let why = "this is a clone: what was logged and measured around it is not in it";
        Ok(Response::new(self.books.story_then(request.into_inner(), &then, why).await?))
    }

    async fn tunnel(&self, _: Request<Streaming<TunnelRequest>>) -> Result<Response<Self::TunnelStream>> {
        Err(nothing_runs("no database is to be reached from it").into())
    }

    async fn open_sql_session(&self, _: Request<OpenSqlSessionRequest>) -> Result<Response<OpenSqlSessionResponse>> {
        Err(nothing_runs("no database is to be reached from it").into())
    }

    async fn credentials(&self, _: Request<CredentialsRequest>) -> Result<Response<CredentialsResponse>> {
        Err(nothing_runs("it holds no secret").into())
    }

    async fn clone_database(&self, _: Request<CloneRequest>) -> Result<Response<Self::CloneDatabaseStream>> {
        Err(nothing_runs("copy its folder instead").into())
    }

    async fn change_incident(&self, _: Request<ChangeIncidentRequest>) -> Result<Response<Incident>> {
        Err(nothing_runs("incidents are told as they were").into())
    }

    async fn remove_orphan(&self, _: Request<RemoveOrphanRequest>) -> Result<Response<RemoveOrphanResponse>> {
        Err(nothing_runs("it has no cloud").into())
    }

    async fn test_page(&self, _: Request<TestPageRequest>) -> Result<Response<TestPageResponse>> {
        Err(nothing_runs("nobody is paged from it").into())
    }

    async fn issue_client_certificate(
        &self,
        _: Request<IssueClientCertificateRequest>,
    ) -> Result<Response<IssueClientCertificateResponse>> {
        Err(nothing_runs("it has no authority").into())
    }

    async fn revoke_client_certificate(
        &self,
        _: Request<RevokeClientCertificateRequest>,
    ) -> Result<Response<RevokeClientCertificateResponse>> {
        Err(nothing_runs("it has no authority").into())
    }

    async fn list_client_certificates(
        &self,
        _: Request<ListClientCertificatesRequest>,
    ) -> Result<Response<ListClientCertificatesResponse>> {
        Err(nothing_runs("it has no authority").into())
    }

    async fn rotate(&self, _: Request<RotateRequest>) -> Result<Response<RotateResponse>> {
        Err(nothing_runs("it holds no secret").into())
    }

    async fn renew_own_certificate(
        &self,
        _: Request<RenewOwnCertificateRequest>,
    ) -> Result<Response<IssueClientCertificateResponse>> {
        Err(nothing_runs("it has no authority").into())
    }

    async fn suspend(&self, _: Request<SuspendRequest>) -> Result<Response<SuspendResponse>> {
        Err(nothing_runs("nothing runs on it").into())
    }
}
