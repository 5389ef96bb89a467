//! One mTLS channel to each agent, and the calls on it.

use super::{
    calls::{AgentCalls, AgentError, Answer, Deploy, Requests, Target},
    report,
};
use crate::{
    certificates::Authorities,
    env::Env,
    model::{Epoch, Generation, InstanceId, error::causes},
};
use async_trait::async_trait;
use doltops_proto::{
    MESSAGE_LIMIT,
    identity::{self, Caller},
    instance_manager::{
        DeployRequest, EnrolRequest, Fence, HeartbeatRequest, SetCredentialsRequest, SqlLogin,
        instance_manager_client::InstanceManagerClient,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tonic::{
    Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

/// The client of one agent.
pub type AgentClient = InstanceManagerClient<Channel>;

/// An agent answers from memory; what takes longer is a dead peer or a lost packet.
const CALL_LIMIT: Duration = Duration::from_secs(3);

/// Enrolment makes two keys and deploying syncs files: more than a look, still seconds.
const CHANGE_LIMIT: Duration = Duration::from_secs(15);

/// The control plane's own client certificate is made anew when it is this old: a third of its life.
const IDENTITY_AGE: SignedDuration = SignedDuration::from_hours(10 * 24);

struct Open {
    channel: Channel,
    enrolled: bool,
    address: SocketAddr,
    opened: Timestamp,
}

/// Every agent of the fleet.
pub struct Agents {
    authorities: Arc<Authorities>,
    env: Arc<dyn Env>,
    open: Mutex<HashMap<InstanceId, Open>>,
}

impl Agents {
    /// Speaks to agents as the control plane that these authorities belong to.
    pub fn new(authorities: Arc<Authorities>, env: Arc<dyn Env>) -> Self {
        Self { authorities, env, open: Mutex::default() }
    }

    /// The client of an agent, for calls that stream.
    ///
    /// # Errors
    /// When the agent does not answer in time.
    pub async fn client(&self, target: &Target) -> Result<AgentClient, AgentError> {
        Ok(self.connect(target).await?.0)
    }

    fn forget(&self, instance: &InstanceId) {
        self.lock().remove(instance);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<InstanceId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call with its limit; after a failure the next one connects anew, in case the agent's identity has changed.
    async fn within<T>(
        &self,
        limit: Duration,
        target: &Target,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, AgentError> {
        let result = match tokio::time::timeout(limit, call).await {
            Ok(result) => result.map(tonic::Response::into_inner).map_err(AgentError::from),
            Err(_) => Err(AgentError::Away(format!("no answer within {} s", limit.as_secs()))),
        };
        if matches!(result, Err(AgentError::Away(_))) {
            self.forget(&target.instance);
        }
        result
    }

    /// The open channel, or a new one. The flag tells whether the agent has shown its own certificate.
    async fn connect(&self, target: &Target) -> Result<(AgentClient, bool), AgentError> {
        if let Some(open) = self.lock().get(&target.instance) {
            let young = self.env.now().duration_since(open.opened) < IDENTITY_AGE;
            if young && open.address == target.address {
                return Ok((client(open.channel.clone()), open.enrolled));
            }
        }
        let own = self.open_as(target, identity::agent_name(target.deployment.as_str())).await;
        let (channel, enrolled) = match own {
            Ok(channel) => (channel, true),
            Err(error) if target.enrolled => return Err(error),
            Err(_) => {
                let name = identity::bootstrap_name(target.deployment.as_str(), target.incarnation.0);
                (self.open_as(target, name).await?, false)
            }
        };
        let open = Open { channel: channel.clone(), enrolled, address: target.address, opened: self.env.now() };
        self.lock().insert(target.instance.clone(), open);
        Ok((client(channel), enrolled))
    }

    async fn open_as(&self, target: &Target, name: String) -> Result<Channel, AgentError> {
        let own = self.authorities.client(&Caller::ControlPlane, self.env.as_ref())?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.authorities.control.certificate_pem()))
            .identity(Identity::from_pem(&own.certificate_pem, own.key_pem.reveal()))
            .domain_name(name);
        let away = |error: tonic::transport::Error| AgentError::Away(causes(&error));
        let endpoint = Endpoint::from_shared(format!("https://{}", target.address))
            .and_then(|endpoint| endpoint.tls_config(tls))
            .map_err(away)?
            .connect_timeout(CALL_LIMIT)
            .tcp_nodelay(true);
        tokio::time::timeout(CALL_LIMIT, endpoint.connect())
            .await
            .map_err(|_| AgentError::Away(format!("no answer within {} s", CALL_LIMIT.as_secs())))?
            .map_err(away)
    }
}

#[async_trait]
impl AgentCalls for Agents {
    async fn heartbeat(&self, target: &Target, epoch: Epoch, after: Option<Timestamp>) -> Result<Answer, AgentError> {
        let (mut client, enrolled) = self.connect(target).await?;
        let request = HeartbeatRequest {
            fence: Some(Fence { epoch: epoch.0, generation: 0 }),
            samples_after_ms: after.map_or(0, Timestamp::as_millisecond),
        };
        let answer = self.within(CALL_LIMIT, target, client.heartbeat(request)).await?;
        if answer.deployment_id != target.deployment.as_str() {
            return Err(AgentError::Refused(format!("it says that it runs {}", answer.deployment_id)));
        }
        Ok(report::read(answer, enrolled, self.env.now()))
    }

    async fn enrol(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        names: Vec<String>,
    ) -> Result<Requests, AgentError> {
        let (mut client, _) = self.connect(target).await?;
        let request = EnrolRequest {
            fence: Some(Fence { epoch: epoch.0, generation: generation.0 }),
            deployment_id: target.deployment.to_string(),
            incarnation: target.incarnation.0,
            database_names: names,
        };
        let answer = self.within(CHANGE_LIMIT, target, client.enrol(request)).await?;
        Ok(Requests { agent: answer.agent_csr, database: answer.database_csr })
    }

    async fn deploy(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        deploy: Deploy,
    ) -> Result<(), AgentError> {
        let (mut client, _) = self.connect(target).await?;
        let fence = Some(Fence { epoch: epoch.0, generation: generation.0 });
        let enrols = deploy.chains.is_some();
        let (agent_chain, database_chain) =
            deploy.chains.map_or_else(Default::default, |chains| (chains.agent, chains.database));
        let request = DeployRequest {
            fence,
            deployment_id: target.deployment.to_string(),
            name: deploy.name,
            incarnation: target.incarnation.0,
            volume_bytes: deploy.volume_bytes,
            settings: deploy.settings,
            restart_id: deploy.restart_id,
            agent_chain,
            database_chain,
            deployment_ca: self.authorities.deployment.certificate_der().to_vec(),
            root: Some(SqlLogin { user: "root".to_owned(), password: deploy.root.reveal().to_owned() }),
            admin: Some(SqlLogin { user: deploy.admin.0, password: deploy.admin.1.reveal().to_owned() }),
        };
        self.within(CHANGE_LIMIT, target, client.deploy(request)).await?;
        if enrols {
            // The agent answers to its own name from now on.
            self.forget(&target.instance);
        }
        Ok(())
    }

    async fn set_credentials(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        credentials: SetCredentialsRequest,
    ) -> Result<(), AgentError> {
        let (mut client, _) = self.connect(target).await?;
        let fence = Some(Fence { epoch: epoch.0, generation: generation.0 });
        let request = SetCredentialsRequest { fence, ..credentials };
        self.within(CHANGE_LIMIT, target, client.set_credentials(request)).await.map(drop)
    }

    fn keep_only(&self, live: &HashSet<InstanceId>) {
        self.lock().retain(|instance, _| live.contains(instance));
    }
}

fn client(channel: Channel) -> AgentClient {
    AgentClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT)
}
