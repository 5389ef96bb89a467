//! A Hosted API that answers from memory, over an in-memory stream.

use super::{incidents, sample};
use doltops_proto::hosted_api::{self as api, hosted_api_server::HostedApi, hosted_api_server::HostedApiServer};
use hyper_util::rt::TokioIo;
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};
use tokio_stream::{Stream, StreamExt};
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint, Server},
};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

type Answer<'t, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 't>>;

/// What it remembers.
#[derive(Clone, Default)]
pub struct Fake {
    /// Changes that were asked for.
    pub changes: Arc<Mutex<Vec<api::ChangeRequest>>>,
    /// Changes of incidents that were asked for.
    pub incidents: Arc<Mutex<Vec<api::ChangeIncidentRequest>>>,
    /// The time that it tells, and the fleet that it begins with.
    pub now: i64,
}

fn one_and_wait<T: Send + 'static>(items: Vec<T>) -> Answers<T> {
    Box::pin(tokio_stream::iter(items.into_iter().map(Ok)).chain(tokio_stream::pending()))
}

/// Calls that the console does not make. Written out as `async_trait` would: it does not look into macros.
macro_rules! not_here {
    ($($name:ident: $request:ident -> $response:ident),+ $(,)?) => {
        $(
            fn $name<'a, 't>(&'a self, _: Request<api::$request>) -> Answer<'t, api::$response>
            where
                'a: 't,
            {
                Box::pin(async { Err(Status::unimplemented("not here")) })
            }
        )+
    };
}

#[tonic::async_trait]
impl HostedApi for Fake {
    type WatchStream = Answers<api::WatchResponse>;
    type EventsStream = Answers<api::Event>;
    type LogsStream = Answers<api::LogLine>;
    type TunnelStream = Answers<api::TunnelResponse>;
    type WatchIncidentsStream = Answers<api::IncidentsResponse>;
    type WatchBranchStream = Answers<api::Branch>;
    type CloneDatabaseStream = Answers<api::ClonePart>;

    async fn list_incidents(
        &self,
        _: Request<api::ListIncidentsRequest>,
    ) -> Result<Response<api::IncidentsResponse>, Status> {
        Ok(Response::new(incidents::all(self.now)))
    }

    async fn watch_incidents(
        &self,
        _: Request<api::ListIncidentsRequest>,
    ) -> Result<Response<Self::WatchIncidentsStream>, Status> {
        Ok(Response::new(one_and_wait(vec![incidents::all(self.now)])))
    }

    async fn change_incident(
        &self,
        request: Request<api::ChangeIncidentRequest>,
    ) -> Result<Response<api::Incident>, Status> {
        let request = request.into_inner();
        let incident = incidents::changed(&request, self.now);
        if let Ok(mut asked) = self.incidents.lock() {
            asked.push(request);
        }
        Ok(Response::new(incident))
    }

    async fn timeline(&self, _: Request<api::TimelineRequest>) -> Result<Response<api::TimelineResponse>, Status> {
        Ok(Response::new(incidents::timeline(self.now)))
    }

    async fn status(&self, _: Request<api::StatusRequest>) -> Result<Response<api::StatusResponse>, Status> {
        Ok(Response::new(sample::status("operator")))
    }

    async fn watch(&self, _: Request<api::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(one_and_wait(vec![sample::watch(self.now)])))
    }

    async fn events(&self, _: Request<api::EventsRequest>) -> Result<Response<Self::EventsStream>, Status> {
        let event = |sequence: u64, kind: &str, text: &str| api::Event {
            time_ms: self.now,
            deployment: "orders".to_owned(),
            kind: kind.to_owned(),
            text: text.to_owned(),
            author: "op1".to_owned(),
            sequence,
        };
        let events =
            vec![event(1, "asked", "resize to local.large"), event(2, "step", "stop-instance i-orders, done in 2 s")];
        Ok(Response::new(one_and_wait(events)))
    }

    async fn plan(&self, request: Request<api::PlanRequest>) -> Result<Response<api::PlanResponse>, Status> {
        let change = request.into_inner().change.and_then(|change| change.change);
        Ok(Response::new(sample::plan(&change.ok_or_else(|| Status::invalid_argument("no change"))?)))
    }

    async fn change(&self, request: Request<api::ChangeRequest>) -> Result<Response<api::ChangeResponse>, Status> {
        let request = request.into_inner();
        let operation_id = request.request_id.clone();
        if let Ok(mut changes) = self.changes.lock() {
            changes.push(request);
        }
        let commit = sample::hash("n3wc0mm1");
        Ok(Response::new(api::ChangeResponse { operation_id, commit, plan: None, generation: 8 }))
    }

    async fn history(&self, _: Request<api::HistoryRequest>) -> Result<Response<api::HistoryResponse>, Status> {
        Ok(Response::new(sample::history(self.now)))
    }

    async fn list_orphans(
        &self,
        _: Request<api::ListOrphansRequest>,
    ) -> Result<Response<api::ListOrphansResponse>, Status> {
        Ok(Response::new(api::ListOrphansResponse::default()))
    }

    async fn on_call(&self, _: Request<api::OnCallRequest>) -> Result<Response<api::OnCallResponse>, Status> {
        Ok(Response::new(api::OnCallResponse::default()))
    }

    async fn test_page(&self, _: Request<api::TestPageRequest>) -> Result<Response<api::TestPageResponse>, Status> {
        Err(Status::permission_denied("nobody is paged from here"))
    }

    async fn remove_orphan(
        &self,
        _: Request<api::RemoveOrphanRequest>,
    ) -> Result<Response<api::RemoveOrphanResponse>, Status> {
        Err(Status::permission_denied("nothing is removed here"))
    }

    async fn metrics(&self, _: Request<api::MetricsRequest>) -> Result<Response<api::MetricsResponse>, Status> {
        Ok(Response::new(sample::metrics("orders", &None, self.now)))
    }

    async fn logs(&self, _: Request<api::LogsRequest>) -> Result<Response<Self::LogsStream>, Status> {
        Ok(Response::new(one_and_wait(sample::log(self.now))))
    }

    async fn tunnel(
        &self,
        _: Request<tonic::Streaming<api::TunnelRequest>>,
    ) -> Result<Response<Self::TunnelStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn watch_branch(
        &self,
        _: Request<api::GetBranchRequest>,
    ) -> Result<Response<Self::WatchBranchStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn clone_database(
        &self,
        _: Request<api::CloneRequest>,
    ) -> Result<Response<Self::CloneDatabaseStream>, Status> {
        Err(Status::permission_denied("nothing is cloned from here"))
    }

    not_here! {
        list_deployments: ListDeploymentsRequest -> ListDeploymentsResponse,
        get_deployment: GetDeploymentRequest -> Deployment,
        diff: DiffRequest -> DiffResponse,
        blame: BlameRequest -> BlameResponse,
        credentials: CredentialsRequest -> CredentialsResponse,
        open_sql_session: OpenSqlSessionRequest -> OpenSqlSessionResponse,
        issue_client_certificate: IssueClientCertificateRequest -> IssueClientCertificateResponse,
        revoke_client_certificate: RevokeClientCertificateRequest -> RevokeClientCertificateResponse,
        list_client_certificates: ListClientCertificatesRequest -> ListClientCertificatesResponse,
        rotate: RotateRequest -> RotateResponse,
        renew_own_certificate: RenewOwnCertificateRequest -> IssueClientCertificateResponse,
        suspend: SuspendRequest -> SuspendResponse,
        list_branches: ListBranchesRequest -> ListBranchesResponse,
        get_branch: GetBranchRequest -> Branch,
        create_branch: CreateBranchRequest -> Branch,
        change_branch: ChangeBranchRequest -> Branch,
    }
}

/// Serves it, and gives a channel to it. Must be called on a runtime.
pub fn serve(fake: Fake) -> Channel {
    let (sender, incoming) = tokio::sync::mpsc::channel::<Result<tokio::io::DuplexStream, std::io::Error>>(4);
    let streams = tokio_stream::wrappers::ReceiverStream::new(incoming);
    tokio::spawn(Server::builder().add_service(HostedApiServer::new(fake)).serve_with_incoming(streams));
    Endpoint::from_static("http://console").connect_with_connector_lazy(tower::service_fn(move |_| {
        let sender = sender.clone();
        async move {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            sender.send(Ok(theirs)).await.map_err(|_| std::io::Error::other("the fake has ended"))?;
            Ok::<_, std::io::Error>(TokioIo::new(ours))
        }
    }))
}
