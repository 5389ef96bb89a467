//! A control plane that answers what it is told to, behind the real protocol: for the commands' words and exit codes.
//!
//! Not for what a control plane does: those stories run against the real one.

use doltops::hosted_api::{client, client::Client, problem::Problem};
use doltops_proto::hosted_api::{
    hosted_api_server::{HostedApi, HostedApiServer},
    *,
};
use hyper_util::rt::TokioIo;
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    net::TcpStream,
    sync::mpsc,
};
use tokio_stream::{Stream, StreamExt, wrappers::UnboundedReceiverStream};
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Endpoint, Server},
};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What it answers, and what it was asked.
#[derive(Default)]
pub struct Script {
    /// The fleet, for `list` and `get`.
    pub deployments: Vec<Deployment>,
    /// What `watch` tells, one after another; it breaks off after each `Err`.
    pub fleets: VecDeque<Result<Vec<Deployment>, Problem>>,
    /// What changes give, one after another; then an empty acceptance.
    pub changes: VecDeque<Result<ChangeResponse, Problem>>,
    pub plan: Option<Result<PlanResponse, Problem>>,
    pub history: Vec<Commit>,
    pub diff: Vec<CellChange>,
    pub events: Vec<Event>,
    pub logs: Vec<LogLine>,
    pub samples: Vec<Sample>,
    pub credentials: Option<CredentialsResponse>,
    pub serials: Vec<String>,
    pub session: Option<OpenSqlSessionResponse>,
    /// Where tunnels lead.
    pub database: Option<SocketAddr>,
    /// The changes that were asked for.
    pub asked: Vec<ChangeRequest>,
    pub incidents: Vec<Incident>,
    pub timeline: TimelineResponse,
    /// What changes of incidents give, one after another; then the first of `incidents`.
    pub incident_changes: VecDeque<Result<Incident, Problem>>,
    /// The changes of incidents that were asked for.
    pub incidents_asked: Vec<ChangeIncidentRequest>,
    /// Other requests, as text.
    pub seen: Vec<String>,
    /// Streams stay open when all was told, as those of a real one do.
    pub stays: bool,
    /// So many lines follow those of `logs`, a millisecond apart.
    pub chatter: u32,
}

/// The server, and the way to it.
#[derive(Clone, Default)]
pub struct FakeApi(pub Arc<Mutex<Script>>);

impl FakeApi {
    /// One that answers this.
    pub fn that(script: Script) -> Self {
        Self(Arc::new(Mutex::new(script)))
    }

    /// A client to it; the connection is made anew as often as it breaks.
    pub fn client(&self) -> Client {
        let (connect, incoming) = mpsc::unbounded_channel::<DuplexStream>();
        let server = Server::builder().add_service(HostedApiServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(UnboundedReceiverStream::new(incoming).map(Ok::<_, io::Error>)));
        let connector = tower::service_fn(move |_| {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let sent = connect.send(theirs).map_err(|_| io::Error::other("the fake has ended"));
            async move { sent.map(|()| TokioIo::new(ours)) }
        });
        client::on(Endpoint::from_static("http://fake").connect_with_connector_lazy(connector))
    }

    /// The changes that were asked for.
    pub fn asked(&self) -> Vec<ChangeRequest> {
        self.0.lock().expect("whole").asked.clone()
    }

    /// The other requests that were made.
    pub fn seen(&self) -> Vec<String> {
        self.0.lock().expect("whole").seen.clone()
    }

    fn script<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.0.lock().expect("whole"))
    }

    fn note(&self, request: impl std::fmt::Debug) {
        self.script(|script| script.seen.push(format!("{request:?}")));
    }

    fn all<I>(&self, items: I) -> Response<Answers<I::Item>>
    where
        I: IntoIterator<IntoIter: Send + 'static, Item: Send + 'static>,
    {
        self.told(tokio_stream::iter(items.into_iter().map(Ok)))
    }

    fn told<T: Send + 'static>(
        &self,
        items: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> Response<Answers<T>> {
        let stays = self.script(|script| script.stays);
        Response::new(if stays { Box::pin(items.chain(tokio_stream::pending())) } else { Box::pin(items) })
    }
}

/// What `watch` answers with these, so many a message; 0: all of them.
fn in_parts(deployments: Vec<Deployment>, part: usize) -> Vec<Result<WatchResponse, Status>> {
    let answer = |deployments: Vec<Deployment>, more| {
        Ok(WatchResponse { deployments, as_of_ms: NOW_MS, store: "up".into(), more, ..WatchResponse::default() })
    };
    if part == 0 || deployments.is_empty() {
        return vec![answer(deployments, false)];
    }
    let parts = deployments.len().div_ceil(part);
    deployments.chunks(part).enumerate().map(|(at, rows)| answer(rows.to_vec(), at + 1 < parts)).collect()
}

#[tonic::async_trait]
impl HostedApi for FakeApi {
    async fn status(&self, _: Request<StatusRequest>) -> Result<Response<StatusResponse>, Status> {
        Ok(Response::new(StatusResponse {
            control_plane_id: "cp-1".into(),
            version: "0.1.0".into(),
            provider: "local".into(),
            commit: "8u6nmkpu8u6nmkpu8u6nmkpu8u6nmkpu".into(),
            user: "op1".into(),
            role: "admin".into(),
            host: "command".into(),
            host_pid: 7,
            store: "up".into(),
            lease: "held".into(),
            epoch: 3,
            attached: 1,
            started_ms: 1_732_342_955_000,
            instance_types: vec![InstanceType {
                name: "local.small".into(),
                memory_mib: 256,
                vcpus: 1,
                max_connections: 50,
                default: true,
            }],
            ..StatusResponse::default()
        }))
    }

    async fn list_deployments(
        &self,
        _: Request<ListDeploymentsRequest>,
    ) -> Result<Response<ListDeploymentsResponse>, Status> {
        let deployments = self.script(|script| script.deployments.clone());
        Ok(Response::new(ListDeploymentsResponse { deployments, as_of_ms: NOW_MS, ..Default::default() }))
    }

    async fn get_deployment(&self, request: Request<GetDeploymentRequest>) -> Result<Response<Deployment>, Status> {
        let name = request.into_inner().name;
        let found = self.script(|script| script.deployments.iter().find(|it| it.name == name).cloned());
        let missing = || doltops::model::Refusal::NotFound(format!("there is no deployment {name}"));
        found.map(Response::new).ok_or_else(|| Problem::from(missing()).into())
    }

    type WatchStream = Answers<WatchResponse>;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let fake = self.clone();
        let part = request.get_ref().part as usize;
        let fleets = std::iter::from_fn(move || fake.script(|script| script.fleets.pop_front()));
        let fleets = fleets.flat_map(move |fleet| match fleet {
            Ok(deployments) => in_parts(deployments, part),
            Err(problem) => vec![Err(Status::from(problem))],
        });
        Ok(self.told(tokio_stream::iter(fleets)))
    }

    type EventsStream = Answers<Event>;

    async fn events(&self, request: Request<EventsRequest>) -> Result<Response<Self::EventsStream>, Status> {
        self.note(request.into_inner());
        Ok(self.all(self.script(|script| script.events.clone())))
    }

    async fn plan(&self, request: Request<PlanRequest>) -> Result<Response<PlanResponse>, Status> {
        self.note(request.into_inner());
        let plan = self.script(|script| script.plan.clone()).unwrap_or_else(|| Ok(PlanResponse::default()));
        Ok(Response::new(plan?))
    }

    async fn change(&self, request: Request<ChangeRequest>) -> Result<Response<ChangeResponse>, Status> {
        let answer = self.script(|script| {
            script.asked.push(request.into_inner());
            script.changes.pop_front()
        });
        Ok(Response::new(answer.unwrap_or_else(|| Ok(ChangeResponse::default()))?))
    }

    async fn history(&self, request: Request<HistoryRequest>) -> Result<Response<HistoryResponse>, Status> {
        self.note(request.into_inner());
        Ok(Response::new(HistoryResponse { commits: self.script(|script| script.history.clone()) }))
    }

    async fn diff(&self, request: Request<DiffRequest>) -> Result<Response<DiffResponse>, Status> {
        let DiffRequest { from, to, name } = request.into_inner();
        self.note((&from, &to, name));
        Ok(Response::new(DiffResponse { from, to, changes: self.script(|script| script.diff.clone()) }))
    }

    async fn blame(&self, request: Request<BlameRequest>) -> Result<Response<BlameResponse>, Status> {
        let BlameRequest { name, setting, before } = request.into_inner();
        self.note((&name, &setting, &before));
        // Two answers: the first does not know where the volume is from.
        let volume = if before.is_empty() { String::new() } else { "7".repeat(32) };
        let cell = |cell: &str, value: &str, commit: String| BlamedCell {
            cell: cell.into(),
            value: value.into(),
            author: if commit.is_empty() { String::new() } else { "op1".into() },
            time_ms: if commit.is_empty() { 0 } else { NOW_MS },
            message: if commit.is_empty() { String::new() } else { "resize orders".into() },
            reason: if commit.is_empty() { String::new() } else { "it was slow".into() },
            commit,
        };
        let cells = vec![cell("instance_type", "local.large", "8".repeat(32)), cell("volume_gib", "40", volume)];
        Ok(Response::new(BlameResponse { cells, before: if before.is_empty() { "8".repeat(32) } else { before } }))
    }

    async fn list_orphans(&self, _: Request<ListOrphansRequest>) -> Result<Response<ListOrphansResponse>, Status> {
        Ok(Response::new(ListOrphansResponse::default()))
    }

    async fn list_incidents(&self, _: Request<ListIncidentsRequest>) -> Result<Response<IncidentsResponse>, Status> {
        let incidents = self.script(|script| script.incidents.clone());
        Ok(Response::new(IncidentsResponse { incidents, as_of_ms: NOW_MS, ..IncidentsResponse::default() }))
    }

    async fn watch_incidents(
        &self,
        _: Request<ListIncidentsRequest>,
    ) -> Result<Response<Self::WatchIncidentsStream>, Status> {
        let incidents = self.script(|script| script.incidents.clone());
        Ok(self.all([IncidentsResponse { incidents, as_of_ms: NOW_MS, ..IncidentsResponse::default() }]))
    }

    async fn change_incident(&self, request: Request<ChangeIncidentRequest>) -> Result<Response<Incident>, Status> {
        let answer = self.script(|script| {
            script.incidents_asked.push(request.into_inner());
            let first = script.incidents.first().cloned().unwrap_or_default();
            script.incident_changes.pop_front().unwrap_or(Ok(first))
        });
        answer.map(Response::new).map_err(Status::from)
    }

    async fn timeline(&self, _: Request<TimelineRequest>) -> Result<Response<TimelineResponse>, Status> {
        Ok(Response::new(self.script(|script| script.timeline.clone())))
    }

    async fn on_call(&self, request: Request<OnCallRequest>) -> Result<Response<OnCallResponse>, Status> {
        self.note(request.into_inner());
        Ok(Response::new(OnCallResponse {
            levels: vec![
                Duty {
                    level: 1,
                    who: "op1".into(),
                    rotation: "primary".into(),
                    until_ms: 1_767_949_200_000,
                    next: "op2".into(),
                    receivers: vec!["duty".into(), "phone-op1".into()],
                    wait_minutes: 10,
                },
                Duty { level: 2, receivers: vec!["all".into()], wait_minutes: 20, ..Default::default() },
            ],
            receivers: vec![PageReceiver {
                name: "duty".into(),
                kind: "pagerduty".into(),
                min_severity: "info".into(),
            }],
        }))
    }

    async fn test_page(&self, request: Request<TestPageRequest>) -> Result<Response<TestPageResponse>, Status> {
        let request = request.into_inner();
        self.note(request.clone());
        let taken = request.target != "broken";
        let said = if taken { "HTTP 202: Event processed" } else { "HTTP 400: Invalid routing key" };
        Ok(Response::new(TestPageResponse {
            id: "test-k3x9q2ab".into(),
            kind: "pagerduty".into(),
            taken,
            said: said.into(),
        }))
    }

    async fn remove_orphan(&self, _: Request<RemoveOrphanRequest>) -> Result<Response<RemoveOrphanResponse>, Status> {
        Err(Status::permission_denied("nothing is removed here"))
    }

    async fn metrics(&self, request: Request<MetricsRequest>) -> Result<Response<MetricsResponse>, Status> {
        self.note(request.into_inner());
        Ok(Response::new(MetricsResponse {
            samples: self.script(|script| script.samples.clone()),
            ..MetricsResponse::default()
        }))
    }

    type LogsStream = Answers<LogLine>;

    async fn logs(&self, request: Request<LogsRequest>) -> Result<Response<Self::LogsStream>, Status> {
        self.note(request.into_inner());
        let (lines, chatter) = self.script(|script| (script.logs.clone(), script.chatter));
        Ok(self.all(lines.into_iter().chain((0..chatter).map(chat))))
    }

    async fn credentials(&self, _: Request<CredentialsRequest>) -> Result<Response<CredentialsResponse>, Status> {
        let login = self.script(|script| script.credentials.clone());
        login.map(Response::new).ok_or_else(|| Status::permission_denied("a viewer does not see credentials"))
    }

    async fn open_sql_session(
        &self,
        request: Request<OpenSqlSessionRequest>,
    ) -> Result<Response<OpenSqlSessionResponse>, Status> {
        self.note(request.into_inner());
        let session = self.script(|script| script.session.clone());
        session.map(Response::new).ok_or_else(|| Status::not_found("there is no deployment of that name"))
    }

    type TunnelStream = Answers<TunnelResponse>;
    type CloneDatabaseStream = Answers<ClonePart>;
    type WatchIncidentsStream = Answers<IncidentsResponse>;

    async fn tunnel(&self, request: Request<Streaming<TunnelRequest>>) -> Result<Response<Self::TunnelStream>, Status> {
        let mut frames = request.into_inner();
        let opening = frames.message().await?.ok_or_else(|| Status::invalid_argument("no opening"))?;
        self.note((&opening.name, opening.data.len()));
        let database = self.script(|script| script.database);
        let database = database.ok_or_else(|| Status::unavailable("the instance is stopped"))?;
        let socket = TcpStream::connect(database).await.map_err(|error| Status::unavailable(error.to_string()))?;
        let (mut reader, mut writer) = socket.into_split();
        tokio::spawn(async move {
            while let Ok(Some(frame)) = frames.message().await {
                if writer.write_all(&frame.data).await.is_err() {
                    return;
                }
            }
            let _ = writer.shutdown().await;
        });
        let (answers, stream) = mpsc::channel(4);
        tokio::spawn(async move {
            let mut data = vec![0; doltops_proto::TUNNEL_FRAME];
            while let Ok(read @ 1..) = reader.read(&mut data).await {
                if answers.send(Ok(TunnelResponse { data: data[..read].to_vec() })).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(tokio_stream::wrappers::ReceiverStream::new(stream))))
    }

    async fn issue_client_certificate(
        &self,
        request: Request<IssueClientCertificateRequest>,
    ) -> Result<Response<IssueClientCertificateResponse>, Status> {
        self.note(request.into_inner());
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate =
            rcgen::CertificateParams::new(Vec::new()).expect("no names").self_signed(&key).expect("signed");
        Ok(Response::new(IssueClientCertificateResponse {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            ca_pem: certificate.pem(),
            serial: "2a".into(),
            not_after_ms: NOW_MS,
        }))
    }

    async fn revoke_client_certificate(
        &self,
        request: Request<RevokeClientCertificateRequest>,
    ) -> Result<Response<RevokeClientCertificateResponse>, Status> {
        self.note(request.into_inner());
        Ok(Response::new(RevokeClientCertificateResponse { serials: self.script(|script| script.serials.clone()) }))
    }

    async fn list_client_certificates(
        &self,
        _: Request<ListClientCertificatesRequest>,
    ) -> Result<Response<ListClientCertificatesResponse>, Status> {
        let revoked = ClientCertificate {
            name: "op1".into(),
            role: "operator".into(),
            serial: "2a".into(),
            not_after_ms: NOW_MS,
            revoked: true,
        };
        Ok(Response::new(ListClientCertificatesResponse { certificates: vec![revoked] }))
    }

    type WatchBranchStream = Answers<Branch>;

    async fn list_branches(&self, _: Request<ListBranchesRequest>) -> Result<Response<ListBranchesResponse>, Status> {
        Err(Status::unimplemented("the fake has no branches"))
    }

    async fn get_branch(&self, _: Request<GetBranchRequest>) -> Result<Response<Branch>, Status> {
        Err(Status::unimplemented("the fake has no branches"))
    }

    async fn watch_branch(&self, _: Request<GetBranchRequest>) -> Result<Response<Self::WatchBranchStream>, Status> {
        Err(Status::unimplemented("the fake has no branches"))
    }

    async fn create_branch(&self, _: Request<CreateBranchRequest>) -> Result<Response<Branch>, Status> {
        Err(Status::unimplemented("the fake has no branches"))
    }

    async fn change_branch(&self, _: Request<ChangeBranchRequest>) -> Result<Response<Branch>, Status> {
        Err(Status::unimplemented("the fake has no branches"))
    }

    async fn clone_database(&self, _: Request<CloneRequest>) -> Result<Response<Self::CloneDatabaseStream>, Status> {
        Err(Status::unimplemented("the fake has no database"))
    }

    async fn rotate(&self, _: Request<RotateRequest>) -> Result<Response<RotateResponse>, Status> {
        Err(Status::unimplemented("the fake has no keys"))
    }

    async fn renew_own_certificate(
        &self,
        _: Request<RenewOwnCertificateRequest>,
    ) -> Result<Response<IssueClientCertificateResponse>, Status> {
        Err(Status::unimplemented("the fake has no keys"))
    }

    async fn suspend(&self, _: Request<SuspendRequest>) -> Result<Response<SuspendResponse>, Status> {
        Err(Status::unimplemented("the fake has nothing to suspend"))
    }
}

/// A line as Dolt writes it.
fn chat(number: u32) -> LogLine {
    LogLine {
        time_ms: NOW_MS + i64::from(number),
        level: "info".into(),
        text: format!("connection {number} ran a query of three tables that gave 12 rows in 4 ms"),
    }
}

/// When every fake answer was given.
pub const NOW_MS: i64 = 1_732_343_000_000;

/// A deployment that is well.
pub fn deployment(name: &str, generation: u64) -> Deployment {
    Deployment {
        name: name.into(),
        id: format!("d-{name}"),
        health: "healthy".into(),
        phase: "settled".into(),
        desired: Some(Desired {
            instance_type: "local.small".into(),
            volume_gib: 10,
            power: "running".into(),
            certificate: "self-signed".into(),
            settings: BTreeMap::from([("max_connections".into(), "40".into())]),
            ..Desired::default()
        }),
        observed: Some(Observed {
            instance_id: "i-1".into(),
            instance_type: "local.small".into(),
            volume_gib: 10,
            address: "127.0.0.1".into(),
            port: 41_001,
            dolt_version: "2.2.0".into(),
            volume_id: "vol-1".into(),
            instance_state: "running".into(),
            disk_used_bytes: 1 << 30,
            disk_total_bytes: 10 << 30,
            host_name: format!("{name}.localhost"),
            ..Observed::default()
        }),
        generation,
        commit: "8u6nmkpu8u6nmkpu8u6nmkpu8u6nmkpu".into(),
        health_since_ms: NOW_MS - 7_200_000,
        seen_ms: NOW_MS - 2_000,
        ..Deployment::default()
    }
}
