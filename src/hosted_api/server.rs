//! The Hosted API's server: one method a call, each in the file of what it is about.
//!
//! Every call begins by asking who the caller is (see `access`), and on which state it is to be answered (see `view`): on
//! main, unless it says that it takes others.

pub(in crate::hosted_api) mod asked;
mod blame;
pub(in crate::hosted_api) mod books;
pub(in crate::hosted_api) mod branches;
mod certificates;
mod change;
mod clone;
mod history;
mod incidents;
mod orphans;
mod own_sql;
mod paging;
pub(in crate::hosted_api) mod past;
mod read;
mod rotate;
mod sql;
mod standing;
mod telemetry;
mod timeline;
mod undo;

pub use clone::CloneSource;

use super::{
    access, heir,
    problem::{Kind, Problem},
    serve::Counted,
    view::View,
};
use crate::{
    change_requests,
    instances::{AgentClient, AgentError, Agents, Target},
    model::{Instance, InstanceState, Record, price::Prices},
    reconcile::{executor, fleet::Row, manager::Manager, pager::Pager, peers::Peers},
    store::{branches::Branches, readers::Readers},
    telemetry::Telemetry,
};
use books::Books;
use doltops_proto::{hosted_api::*, identity::Role, instance_manager as agent};
use futures::StreamExt;
use jiff::Timestamp;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tonic::{Request, Response, Status, Streaming};

/// What the host tells of itself.
#[derive(Clone, Debug)]
pub struct HostInfo {
    /// Of this control plane, for ever.
    pub control_plane: String,
    /// console, daemon, command.
    pub host: &'static str,
    /// When it began.
    pub started: Timestamp,
}

/// The Hosted API on one control plane.
#[derive(Clone)]
pub struct Server {
    manager: Arc<Manager>,
    /// For what streams.
    agents: Arc<Agents>,
    info: HostInfo,
    /// Connections over `api.sock` and TCP.
    attached: Arc<AtomicUsize>,
    /// Watchers that host as soon as this host ends.
    heirs: Arc<AtomicUsize>,
    revocations: access::Revocations,
    /// Where instances' measurements and logs are kept besides their agents.
    telemetry: Option<Arc<dyn Telemetry>>,
    /// Who pages people; absent: nobody is configured.
    pager: Option<Arc<Pager>>,
    /// What things cost; absent: nothing is said of it.
    prices: Option<Prices>,
    /// Where branches are kept.
    branches: Arc<dyn Branches>,
    /// What a change request needs before it is merged.
    change_requests: change_requests::settings::Settings,
    /// What clones are made from; absent: the store is not this host's own.
    clones: Option<CloneSource>,
    /// Who may read the store by SQL; absent: the store is not this host's own.
    readers: Option<Arc<dyn Readers>>,
    /// The daemons of the store; absent: no other can be on it.
    peers: Option<Arc<Peers>>,
}

type Result<T> = std::result::Result<T, Status>;
type Stream<T> = Pin<Box<dyn futures::Stream<Item = Result<T>> + Send>>;

impl Server {
    /// Answers for `manager`.
    pub fn new(
        manager: Arc<Manager>,
        agents: Arc<Agents>,
        branches: Arc<dyn Branches>,
        info: HostInfo,
        attached: Arc<AtomicUsize>,
        heirs: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            manager,
            agents,
            info,
            attached,
            heirs,
            revocations: access::Revocations::default(),
            telemetry: None,
            pager: None,
            prices: None,
            branches,
            change_requests: change_requests::settings::Settings::default(),
            clones: None,
            readers: None,
            peers: None,
        }
    }

    /// With what a change request needs before it is merged.
    #[must_use]
    pub fn with_change_requests(self, change_requests: change_requests::settings::Settings) -> Self {
        Self { change_requests, ..self }
    }

    /// With a place where instances' measurements and logs are kept besides their agents.
    #[must_use]
    pub fn with_telemetry(self, telemetry: Option<Arc<dyn Telemetry>>) -> Self {
        Self { telemetry, ..self }
    }

    /// With what pages people.
    #[must_use]
    pub fn with_pager(self, pager: Option<Arc<Pager>>) -> Self {
        Self { pager, ..self }
    }

    /// With what clones are made from.
    #[must_use]
    pub fn with_clones(self, clones: Option<CloneSource>) -> Self {
        Self { clones, ..self }
    }

    /// With those who may read the store by SQL.
    #[must_use]
    pub fn with_readers(self, readers: Option<Arc<dyn Readers>>) -> Self {
        Self { readers, ..self }
    }

    /// With the other daemons of the store.
    #[must_use]
    pub fn with_peers(self, peers: Option<Arc<Peers>>) -> Self {
        Self { peers, ..self }
    }

    /// With a table of prices.
    #[must_use]
    pub fn with_prices(self, prices: Option<Prices>) -> Self {
        Self { prices, ..self }
    }

    /// Who asks, of a call that is answered for main alone: every other view is refused.
    async fn caller<T>(&self, request: &Request<T>, needed: Role) -> Result<access::Caller> {
        let (caller, view) = self.caller_and_view(request, needed).await?;
        view.main_only(needed)?;
        Ok(caller)
    }

    /// Who asks, and for which state, of a call that is answered for others than main too. It refuses those that it does
    /// not know.
    async fn caller_and_view<T>(&self, request: &Request<T>, needed: Role) -> Result<(access::Caller, View)> {
        let executor = &self.manager.executor;
        let caller = access::caller(request, executor.store.as_ref(), executor.env.now(), needed).await?;
        let view = View::of(request)?;
        // Whatever a viewer may not ask for changes something.
        if needed > Role::Viewer {
            self.acts_here()?;
        }
        Ok((caller, view))
    }

    fn books(&self) -> Books {
        let executor = &self.manager.executor;
        Books {
            store: executor.store.clone(),
            branches: self.branches.clone(),
            needs: self.change_requests.clone(),
            env: executor.env.clone(),
        }
    }

    fn row(&self, name: &str) -> std::result::Result<Arc<Row>, Problem> {
        let fleet = self.manager.fleet().borrow().clone();
        if fleet.commit.is_none() {
            return Err(Problem::new(Kind::Unreachable, "the control plane is starting").next("try again in a moment"));
        }
        fleet.rows.get(name).cloned().ok_or_else(|| super::convert::not_found(name).into())
    }

    /// The agent that serves a deployment.
    async fn agent(&self, name: &str) -> std::result::Result<(AgentClient, agent::Fence), Problem> {
        let (target, _) = self.target(name).await?;
        let client = self.agents.client(&target).await?;
        Ok((client, agent::Fence { epoch: self.manager.executor.lease.epoch().0, generation: 0 }))
    }

    async fn target(&self, name: &str) -> std::result::Result<(Target, Record), Problem> {
        self.ready().await;
        let row = self.row(name)?;
        let runs = |instance: &&Instance| instance.state == InstanceState::Running;
        let instance = row.observed.instance.present().filter(runs).ok_or_else(|| {
            Problem::new(Kind::Unreachable, format!("{name} is {}", row.health))
                .next(format!("see: doltops get {name}"))
        })?;
        Ok((executor::target(&row.record, instance), row.record.clone()))
    }
}

impl From<AgentError> for Problem {
    fn from(error: AgentError) -> Self {
        let kind = if matches!(error, AgentError::Away(_)) { Kind::Unreachable } else { Kind::Failed };
        Problem::new(kind, error.to_string())
    }
}

#[tonic::async_trait]
impl hosted_api_server::HostedApi for Server {
    type WatchStream = Stream<WatchResponse>;
    type EventsStream = Stream<Event>;
    type LogsStream = Stream<LogLine>;
    type TunnelStream = Stream<TunnelResponse>;
    type WatchIncidentsStream = Stream<IncidentsResponse>;
    type WatchBranchStream = Stream<Branch>;
    type CloneDatabaseStream = Stream<ClonePart>;

    async fn status(&self, request: Request<StatusRequest>) -> Result<Response<StatusResponse>> {
        let (caller, view) = self.caller_and_view(&request, Role::Viewer).await?;
        Ok(Response::new(self.read_status(&caller, &view).await?))
    }

    async fn list_deployments(
        &self,
        request: Request<ListDeploymentsRequest>,
    ) -> Result<Response<ListDeploymentsResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.list_on_branch(name).await?));
        }
        let fleet = match self.books().then(&view).await? {
            Some(then) => self.books().fleet_then(&then).await?,
            None => self.read_fleet().await,
        };
        let WatchResponse { deployments, commit, as_of_ms, .. } = fleet;
        Ok(Response::new(ListDeploymentsResponse { deployments, commit, as_of_ms }))
    }

    async fn get_deployment(&self, request: Request<GetDeploymentRequest>) -> Result<Response<Deployment>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.get_on_branch(name, &request.into_inner().name).await?));
        }
        if let Some(then) = self.books().then(&view).await? {
            let name = request.into_inner().name;
            let found = self.books().fleet_then(&then).await?.deployments.into_iter().find(|it| it.name == name);
            return Ok(Response::new(found.ok_or_else(|| Problem::from(super::convert::not_found(&name)))?));
        }
        self.ready().await;
        let row = self.row(&request.into_inner().name)?;
        Ok(Response::new(read::deployment(&row, self.prices.as_ref())))
    }

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>> {
        let (caller, view) = self.caller_and_view(&request, Role::Viewer).await?;
        if let View::Branch(name) = &view {
            let fleets = self.watch_on_branch(name.clone(), request.get_ref().part).await?;
            return Ok(Response::new(self.revocations.end(&caller, fleets)));
        }
        if let Some(then) = self.books().then(&view).await? {
            let fleet = past::for_ever(past::in_parts(self.books().fleet_then(&then).await?, request.get_ref().part));
            return Ok(Response::new(self.revocations.end(&caller, fleet)));
        }
        let heir = heir::is_heir(&request).then(|| Counted::new(self.heirs.clone()));
        let fleets = self.watch_fleet(request.get_ref().part).inspect(move |_| {
            let _with_the_stream = &heir;
        });
        Ok(Response::new(self.revocations.end(&caller, Box::pin(fleets))))
    }

    async fn events(&self, request: Request<EventsRequest>) -> Result<Response<Self::EventsStream>> {
        let caller = self.caller(&request, Role::Viewer).await?;
        Ok(Response::new(self.revocations.end(&caller, self.follow_events(request.into_inner()))))
    }

    async fn plan(&self, request: Request<PlanRequest>) -> Result<Response<PlanResponse>> {
        let (caller, view) = self.caller_and_view(&request, Role::Viewer).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books().plan_on_branch(self, name, request.into_inner()).await?));
        }
        view.main_only(Role::Viewer)?;
        Ok(Response::new(self.plan_change(&caller, request.into_inner()).await?))
    }

    async fn change(&self, request: Request<ChangeRequest>) -> Result<Response<ChangeResponse>> {
        let (caller, view) = self.caller_and_view(&request, Role::Operator).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books().change_on_branch(self, &caller, name, request.into_inner()).await?));
        }
        view.main_only(Role::Operator)?;
        Ok(Response::new(self.land_change(&caller, request.into_inner()).await?))
    }

    async fn list_branches(&self, request: Request<ListBranchesRequest>) -> Result<Response<ListBranchesResponse>> {
        self.caller(&request, Role::Viewer).await?;
        Ok(Response::new(self.books().list_branches_of(request.into_inner()).await?))
    }

    async fn get_branch(&self, request: Request<GetBranchRequest>) -> Result<Response<Branch>> {
        self.caller(&request, Role::Viewer).await?;
        let name = super::convert::branch(&request.into_inner().name).map_err(Problem::from)?;
        Ok(Response::new(self.whole(&name).await?))
    }

    async fn watch_branch(&self, request: Request<GetBranchRequest>) -> Result<Response<Self::WatchBranchStream>> {
        let caller = self.caller(&request, Role::Viewer).await?;
        let name = super::convert::branch(&request.into_inner().name).map_err(Problem::from)?;
        let states = self.books().watch_branch_of(name, self.clone()).await?;
        Ok(Response::new(self.revocations.end(&caller, states)))
    }

    async fn create_branch(&self, request: Request<CreateBranchRequest>) -> Result<Response<Branch>> {
        let caller = self.caller(&request, Role::Operator).await?;
        Ok(Response::new(self.books().create_branch_of(self, &caller, request.into_inner()).await?))
    }

    async fn change_branch(&self, request: Request<ChangeBranchRequest>) -> Result<Response<Branch>> {
        let caller = self.caller(&request, Role::Operator).await?;
        Ok(Response::new(self.books().change_branch_of(self, &caller, request.into_inner()).await?))
    }

    async fn history(&self, request: Request<HistoryRequest>) -> Result<Response<HistoryResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books().history_on_branch(name, request.into_inner()).await?));
        }
        Ok(Response::new(self.books().read_history(request.into_inner(), &view).await?))
    }

    async fn diff(&self, request: Request<DiffRequest>) -> Result<Response<DiffResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        if let View::Branch(name) = &view {
            return Ok(Response::new(self.books().diff_on_branch(name, request.into_inner()).await?));
        }
        Ok(Response::new(self.books().read_diff(request.into_inner(), &view).await?))
    }

    async fn blame(&self, request: Request<BlameRequest>) -> Result<Response<BlameResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        Ok(Response::new(self.books().read_blame(request.into_inner(), &view).await?))
    }

    async fn list_orphans(&self, request: Request<ListOrphansRequest>) -> Result<Response<ListOrphansResponse>> {
        self.caller(&request, Role::Viewer).await?;
        Ok(Response::new(self.read_orphans().await?))
    }

    async fn remove_orphan(&self, request: Request<RemoveOrphanRequest>) -> Result<Response<RemoveOrphanResponse>> {
        let caller = self.caller(&request, Role::Admin).await?;
        Ok(Response::new(self.remove_orphan_of(&caller, request.into_inner()).await?))
    }

    async fn list_incidents(&self, request: Request<ListIncidentsRequest>) -> Result<Response<IncidentsResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        let request = request.into_inner();
        Ok(Response::new(match self.books().then(&view).await? {
            Some(then) => self.books().incidents_then(&request, &then).await?,
            None => self.list_incidents_of(&request).await?,
        }))
    }

    async fn watch_incidents(
        &self,
        request: Request<ListIncidentsRequest>,
    ) -> Result<Response<Self::WatchIncidentsStream>> {
        let (caller, view) = self.caller_and_view(&request, Role::Viewer).await?;
        let lists = match self.books().then(&view).await? {
            Some(then) => past::for_ever([self.books().incidents_then(&request.into_inner(), &then).await?]),
            None => self.watch_incidents_of(request.into_inner()).await?,
        };
        Ok(Response::new(self.revocations.end(&caller, lists)))
    }

    async fn change_incident(&self, request: Request<ChangeIncidentRequest>) -> Result<Response<Incident>> {
        let caller = self.caller(&request, Role::Operator).await?;
        Ok(Response::new(self.change_incident_of(&caller, request.into_inner()).await?))
    }

    async fn timeline(&self, request: Request<TimelineRequest>) -> Result<Response<TimelineResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        let then = self.books().then(&view).await?;
        Ok(Response::new(self.read_timeline(request.into_inner(), then).await?))
    }

    async fn on_call(&self, request: Request<OnCallRequest>) -> Result<Response<OnCallResponse>> {
        self.caller(&request, Role::Viewer).await?;
        Ok(Response::new(self.who_is_on_call()))
    }

    async fn test_page(&self, request: Request<TestPageRequest>) -> Result<Response<TestPageResponse>> {
        let caller = self.caller(&request, Role::Operator).await?;
        Ok(Response::new(self.send_test_page(&caller, request.into_inner()).await?))
    }

    async fn metrics(&self, request: Request<MetricsRequest>) -> Result<Response<MetricsResponse>> {
        let (_, view) = self.caller_and_view(&request, Role::Viewer).await?;
        let then = self.books().then(&view).await?;
        Ok(Response::new(self.read_metrics(request.into_inner(), then).await?))
    }

    async fn logs(&self, request: Request<LogsRequest>) -> Result<Response<Self::LogsStream>> {
        let caller = self.caller(&request, Role::Viewer).await?;
        let lines = self.read_logs(request.into_inner()).await?;
        Ok(Response::new(self.revocations.end(&caller, lines)))
    }

    async fn credentials(&self, request: Request<CredentialsRequest>) -> Result<Response<CredentialsResponse>> {
        let caller = self.caller(&request, Role::Operator).await?;
        Ok(Response::new(self.show_credentials(&caller, &request.into_inner().name).await?))
    }

    async fn open_sql_session(
        &self,
        request: Request<OpenSqlSessionRequest>,
    ) -> Result<Response<OpenSqlSessionResponse>> {
        let caller = self.caller(&request, Role::Viewer).await?;
        self.acts_here()?;
        Ok(Response::new(self.open_session(&caller, request.into_inner()).await?))
    }

    async fn tunnel(&self, request: Request<Streaming<TunnelRequest>>) -> Result<Response<Self::TunnelStream>> {
        let caller = self.caller(&request, Role::Viewer).await?;
        self.acts_here()?;
        let bytes = self.open_tunnel(&caller, request.into_inner()).await?;
        Ok(Response::new(self.revocations.end(&caller, bytes)))
    }

    async fn issue_client_certificate(
        &self,
        request: Request<IssueClientCertificateRequest>,
    ) -> Result<Response<IssueClientCertificateResponse>> {
        let caller = self.caller(&request, Role::Admin).await?;
        Ok(Response::new(self.issue_certificate(&caller, request.into_inner()).await?))
    }

    async fn revoke_client_certificate(
        &self,
        request: Request<RevokeClientCertificateRequest>,
    ) -> Result<Response<RevokeClientCertificateResponse>> {
        let caller = self.caller(&request, Role::Admin).await?;
        Ok(Response::new(self.revoke_certificate(&caller, &request.into_inner().name).await?))
    }

    async fn list_client_certificates(
        &self,
        request: Request<ListClientCertificatesRequest>,
    ) -> Result<Response<ListClientCertificatesResponse>> {
        self.caller(&request, Role::Admin).await?;
        Ok(Response::new(self.list_certificates().await?))
    }

    async fn rotate(&self, request: Request<RotateRequest>) -> Result<Response<RotateResponse>> {
        let caller = self.caller(&request, rotate::needed(request.get_ref())).await?;
        Ok(Response::new(self.rotate_for(&caller, request.into_inner()).await?))
    }

    async fn renew_own_certificate(
        &self,
        request: Request<RenewOwnCertificateRequest>,
    ) -> Result<Response<IssueClientCertificateResponse>> {
        let caller = self.caller(&request, Role::Viewer).await?;
        Ok(Response::new(self.renew_own(&caller, request.into_inner()).await?))
    }

    async fn clone_database(&self, request: Request<CloneRequest>) -> Result<Response<Self::CloneDatabaseStream>> {
        let caller = self.caller(&request, Role::Admin).await?;
        let parts = self.clone_for(&caller).await?;
        Ok(Response::new(self.revocations.end(&caller, parts)))
    }

    async fn suspend(&self, request: Request<SuspendRequest>) -> Result<Response<SuspendResponse>> {
        let caller = self.caller(&request, Role::Admin).await?;
        access::local_only(&caller)?;
        let stopped = self.manager.executor.cloud.suspend().await;
        let instances = stopped.map_err(|error| Problem::new(Kind::Failed, error.to_string()))?;
        Ok(Response::new(SuspendResponse { instances: u32::try_from(instances).unwrap_or(u32::MAX) }))
    }
}

impl Server {
    fn attached(&self) -> u32 {
        u32::try_from(self.attached.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }
}
