//! The calls of the control plane: one file each, for what is more than a few lines.
//!
//! Every call passes the fence before it does anything. One that is meant for another instance is refused before: it
//! must not raise this one's generation.

mod credentials;
mod deploy;
mod enrol;
mod heartbeat;
mod renew;
mod sql_user;
mod streams;

use crate::{
    agent::Agent,
    metrics::history::thin,
    state::fence::{Refused, Scope},
};
use doltops_proto::instance_manager::{self as proto, instance_manager_server::InstanceManager};
use std::sync::{Arc, PoisonError};
use tokio::sync::Mutex;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use tracing::{info, warn};

/// The Instance Manager's calls.
#[derive(Debug)]
pub struct Service {
    agent: Arc<Agent>,
    // Enrol, Deploy and renewals, one at a time, from their fence on: an older one that was let in first must not be carried
    // out last.
    turn: Mutex<()>,
}

/// A chart is no wider.
const MOST_SAMPLES: usize = 1_000;

impl Service {
    /// The calls of `agent`.
    pub fn new(agent: Arc<Agent>) -> Self {
        Self { agent, turn: Mutex::new(()) }
    }

    async fn admit(&self, fence: Option<proto::Fence>, scope: Scope) -> Result<(), Status> {
        let admitted = self.agent.fence.admit(fence, scope).await;
        if let (Scope::Deployment, Some(proto::Fence { epoch, generation })) = (scope, fence) {
            // Who changed an instance, and whom it did not let, is asked when two control planes met.
            match &admitted {
                Ok(()) => info!(epoch, generation, "a change is let in"),
                Err(refused) => warn!(epoch, generation, %refused, "a change is refused"),
            }
        }
        admitted.map_err(|refused| match refused {
            Refused::Missing => Status::invalid_argument(format!("fence: {refused}")),
            Refused::Epoch { .. } | Refused::Generation { .. } => Status::failed_precondition(refused.to_string()),
            Refused::Disk(_) => Status::internal(refused.to_string()),
        })
    }

    /// Refuses what is meant for another instance.
    fn own(&self, deployment_id: &str, incarnation: u32) -> Result<(), Status> {
        let agent = &self.agent;
        if deployment_id == agent.deployment_id && incarnation == agent.incarnation {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "this is the agent of {} {}, not of {deployment_id} {incarnation}",
            agent.deployment_id, agent.incarnation
        )))
    }
}

#[tonic::async_trait]
impl InstanceManager for Service {
    type LogsStream = ReceiverStream<Result<proto::LogLine, Status>>;
    type TunnelStream = ReceiverStream<Result<proto::TunnelResponse, Status>>;

    async fn enrol(&self, request: Request<proto::EnrolRequest>) -> Result<Response<proto::EnrolResponse>, Status> {
        let request = request.into_inner();
        let _turn = self.turn.lock().await;
        self.own(&request.deployment_id, request.incarnation)?;
        self.admit(request.fence, Scope::Deployment).await?;
        enrol::enrol(&self.agent, request).map(Response::new)
    }

    async fn deploy(&self, request: Request<proto::DeployRequest>) -> Result<Response<proto::DeployResponse>, Status> {
        let request = request.into_inner();
        let _turn = self.turn.lock().await;
        self.own(&request.deployment_id, request.incarnation)?;
        self.admit(request.fence, Scope::Deployment).await?;
        deploy::deploy(&self.agent, request).await.map(Response::new)
    }

    async fn set_credentials(
        &self,
        request: Request<proto::SetCredentialsRequest>,
    ) -> Result<Response<proto::SetCredentialsResponse>, Status> {
        let request = request.into_inner();
        self.admit(request.fence, Scope::Deployment).await?;
        credentials::set(&self.agent, request).await.map(Response::new)
    }

    async fn renew_identity(
        &self,
        request: Request<proto::RenewIdentityRequest>,
    ) -> Result<Response<proto::RenewIdentityResponse>, Status> {
        let request = request.into_inner();
        let _turn = self.turn.lock().await;
        self.own(&request.deployment_id, request.incarnation)?;
        self.admit(request.fence, Scope::Deployment).await?;
        renew::identity(&self.agent, request).map(Response::new)
    }

    async fn renew_logins(
        &self,
        request: Request<proto::RenewLoginsRequest>,
    ) -> Result<Response<proto::RenewLoginsResponse>, Status> {
        let request = request.into_inner();
        let _turn = self.turn.lock().await;
        self.admit(request.fence, Scope::Deployment).await?;
        renew::logins(&self.agent, request).await.map(Response::new)
    }

    async fn heartbeat(
        &self,
        request: Request<proto::HeartbeatRequest>,
    ) -> Result<Response<proto::HeartbeatResponse>, Status> {
        let request = request.into_inner();
        self.admit(request.fence, Scope::Look).await?;
        Ok(Response::new(heartbeat::heartbeat(&self.agent, request.samples_after_ms).await))
    }

    async fn metrics(
        &self,
        request: Request<proto::MetricsRequest>,
    ) -> Result<Response<proto::MetricsResponse>, Status> {
        let request = request.into_inner();
        self.admit(request.fence, Scope::Look).await?;
        let most = usize::try_from(request.max_samples).ok().filter(|most| *most > 0).unwrap_or(MOST_SAMPLES);
        let samples = self.agent.history.lock().unwrap_or_else(PoisonError::into_inner).since(request.since_ms);
        let samples = thin(samples, most).into_iter().map(heartbeat::sample).collect();
        Ok(Response::new(proto::MetricsResponse { samples }))
    }

    async fn logs(&self, request: Request<proto::LogsRequest>) -> Result<Response<Self::LogsStream>, Status> {
        let request = request.into_inner();
        self.admit(request.fence, Scope::Look).await?;
        Ok(Response::new(streams::logs(&self.agent, request.lines, request.follow)))
    }

    async fn open_sql_user(
        &self,
        request: Request<proto::OpenSqlUserRequest>,
    ) -> Result<Response<proto::OpenSqlUserResponse>, Status> {
        let request = request.into_inner();
        self.admit(request.fence, Scope::Instance).await?;
        sql_user::open(&self.agent, request).await.map(Response::new)
    }

    async fn tunnel(
        &self,
        request: Request<Streaming<proto::TunnelRequest>>,
    ) -> Result<Response<Self::TunnelStream>, Status> {
        let mut from = request.into_inner();
        let first =
            from.message().await?.ok_or_else(|| Status::invalid_argument("fence: the tunnel was not opened"))?;
        self.admit(first.fence, Scope::Instance).await?;
        if !first.data.is_empty() {
            return Err(Status::invalid_argument("data: the first message carries none"));
        }
        streams::tunnel(&self.agent, from).await.map(Response::new)
    }
}
