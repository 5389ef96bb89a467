//! One mTLS channel to each agent, and the calls on it.

use super::{
    calls::{AgentCalls, AgentError, Answer, Deploy, Logins, Requests, Target},
    connection::{self, Shown, Wanted},
    report,
};
use crate::{
    certificates::{Authorities, For},
    env::Env,
    model::{Epoch, Generation, InstanceId, error::causes},
};
use async_trait::async_trait;
use doltops_proto::{
    MESSAGE_LIMIT, identity,
    instance_manager::{
        DeployRequest, EnrolRequest, Fence, HeartbeatRequest, RenewIdentityRequest, RenewLoginsRequest,
        SetCredentialsRequest, SqlLogin, instance_manager_client::InstanceManagerClient,
    },
};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tonic::{
    Status,
    transport::{Channel, Endpoint, Uri},
};
use tower::service_fn;

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
    /// Which identities count.
    floor: u64,
    /// By its last handshake: the channel connects anew by itself.
    shown: Arc<Mutex<Shown>>,
}

/// An open channel.
struct Connected {
    client: AgentClient,
    /// Whether the agent has shown its own certificate.
    enrolled: bool,
    shown: Shown,
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
        Ok(self.connect(target).await?.client)
    }

    /// Whether the agent of an instance trusts whom we trust now, and has shown a certificate that stays good, in its last
    /// handshake; none: it is not connected.
    pub fn in_step(&self, instance: &InstanceId) -> Option<bool> {
        let shown = self.lock().get(instance).filter(|open| open.enrolled).map(connected)?.shown;
        Some(shown.is_in_step(&self.authorities.control.now()))
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

    /// The open channel, or a new one.
    async fn connect(&self, target: &Target) -> Result<Connected, AgentError> {
        if let Some(open) = self.lock().get(&target.instance) {
            let young = self.env.now().duration_since(open.opened) < IDENTITY_AGE;
            if young && open.address == target.address && open.floor == target.floor {
                return Ok(connected(open));
            }
        }
        let own = self.open_as(target, identity::agent_name(target.deployment.as_str()), target.floor).await;
        let (channel, shown, enrolled) = match own {
            Ok((channel, shown)) => (channel, shown, true),
            Err(error) if target.enrolled => return Err(error),
            Err(_) => {
                let name = identity::bootstrap_name(target.deployment.as_str(), target.incarnation.0);
                // Good for minutes and one use: no floor is under it.
                let (channel, shown) = self.open_as(target, name, 0).await?;
                (channel, shown, false)
            }
        };
        let (address, opened, floor) = (target.address, self.env.now(), target.floor);
        let open = Open { channel, enrolled, address, opened, floor, shown };
        let connected = connected(&open);
        self.lock().insert(target.instance.clone(), open);
        Ok(connected)
    }

    async fn open_as(
        &self,
        target: &Target,
        name: String,
        floor: u64,
    ) -> Result<(Channel, Arc<Mutex<Shown>>), AgentError> {
        let wanted = Arc::new(Wanted { address: target.address, name, floor });
        let shown: Arc<Mutex<Shown>> = Arc::default();
        let (authorities, env, tell) = (self.authorities.clone(), self.env.clone(), shown.clone());
        let connector = service_fn(move |_: Uri| {
            let (wanted, authorities, env, tell) = (wanted.clone(), authorities.clone(), env.clone(), tell.clone());
            async move {
                let (stream, shown) = connection::open(&wanted, &authorities, env.as_ref()).await?;
                *tell.lock().unwrap_or_else(PoisonError::into_inner) = shown;
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        });
        let away = |error: tonic::transport::Error| AgentError::Away(causes(&error));
        // The address is never resolved and the scheme never looked at: the connector alone decides.
        let endpoint = Endpoint::from_static("http://agent").connect_timeout(CALL_LIMIT);
        let channel = tokio::time::timeout(CALL_LIMIT, endpoint.connect_with_connector(connector))
            .await
            .map_err(|_| AgentError::Away(format!("no answer within {} s", CALL_LIMIT.as_secs())))?
            .map_err(away)?;
        Ok((channel, shown))
    }
}

fn connected(open: &Open) -> Connected {
    let shown = open.shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Connected { client: client(open.channel.clone()), enrolled: open.enrolled, shown }
}

#[async_trait]
impl AgentCalls for Agents {
    async fn heartbeat(&self, target: &Target, epoch: Epoch, after: Option<Timestamp>) -> Result<Answer, AgentError> {
        let Connected { mut client, enrolled, shown } = self.connect(target).await?;
        let request = HeartbeatRequest {
            fence: Some(Fence { epoch: epoch.0, generation: 0 }),
            samples_after_ms: after.map_or(0, Timestamp::as_millisecond),
        };
        let answer = self.within(CALL_LIMIT, target, client.heartbeat(request)).await?;
        if answer.deployment_id != target.deployment.as_str() {
            return Err(AgentError::Refused(format!("it says that it runs {}", answer.deployment_id)));
        }
        let mut answer = report::read(answer, enrolled, self.env.now());
        if let Some(trust) = answer.report.trust.as_mut() {
            trust.number = shown.number();
            let (deployment, applied) = (self.authorities.deployment.now(), answer.report.applied.as_ref());
            trust.database = applied.is_none_or(|applied| deployment.stays(&applied.certificate_serial));
            trust.in_step = shown.is_in_step(&self.authorities.control.now());
        }
        Ok(answer)
    }

    async fn enrol(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        names: Vec<String>,
    ) -> Result<Requests, AgentError> {
        let Connected { mut client, shown, .. } = self.connect(target).await?;
        let request = EnrolRequest {
            fence: Some(Fence { epoch: epoch.0, generation: generation.0 }),
            deployment_id: target.deployment.to_string(),
            incarnation: target.incarnation.0,
            database_names: names,
        };
        let answer = self.within(CHANGE_LIMIT, target, client.enrol(request)).await?;
        let known = For { after: shown.number(), trusts: shown.trusts };
        Ok(Requests { agent: answer.agent_csr, database: answer.database_csr, known })
    }

    async fn deploy(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        deploy: Deploy,
    ) -> Result<(), AgentError> {
        let mut client = self.client(target).await?;
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
            // Beside the top of the chain, where that is another one: see `Authorities::database`.
            deployment_ca: self.authorities.deployment.now().oldest().certificate_der().to_vec(),
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
        let mut client = self.client(target).await?;
        let fence = Some(Fence { epoch: epoch.0, generation: generation.0 });
        let request = SetCredentialsRequest { fence, ..credentials };
        self.within(CHANGE_LIMIT, target, client.set_credentials(request)).await.map(drop)
    }

    async fn renew_identity(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        after: u64,
    ) -> Result<(), AgentError> {
        let Connected { mut client, shown, .. } = self.connect(target).await?;
        let control = self.authorities.control.now();
        let request = RenewIdentityRequest {
            fence: Some(Fence { epoch: epoch.0, generation: generation.0 }),
            deployment_id: target.deployment.to_string(),
            incarnation: target.incarnation.0,
            ..RenewIdentityRequest::default()
        };
        let control_cas = if control.is_known(&shown.trusts) { Vec::new() } else { control.trusted_ders() };
        let first = RenewIdentityRequest { control_cas, ..request.clone() };
        let asked = self.within(CHANGE_LIMIT, target, client.renew_identity(first)).await?.agent_csr;
        let known = For { after: shown.number().max(after), trusts: Vec::new() };
        let leaf = self.authorities.agent(&asked, target.deployment.as_str(), &known, self.env.as_ref())?;
        let second = RenewIdentityRequest { agent_chain: vec![leaf], ..request };
        self.within(CHANGE_LIMIT, target, client.renew_identity(second)).await?;
        // Proven by a handshake of its own, which also tells what the next look is to see.
        self.forget(&target.instance);
        let shown = self.connect(target).await?.shown;
        if shown.number() <= known.after || !shown.is_in_step(&self.authorities.control.now()) {
            return Err(AgentError::Refused("it does not show the identity that it was given".to_owned()));
        }
        Ok(())
    }

    async fn renew_logins(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        logins: &Logins,
    ) -> Result<(), AgentError> {
        let mut client = self.client(target).await?;
        let request = RenewLoginsRequest {
            fence: Some(Fence { epoch: epoch.0, generation: generation.0 }),
            root_password: logins.root.reveal().to_owned(),
            admin: Some(SqlLogin { user: logins.admin.0.clone(), password: logins.admin.1.reveal().to_owned() }),
        };
        self.within(CHANGE_LIMIT, target, client.renew_logins(request)).await.map(drop)
    }

    fn keep_only(&self, live: &HashSet<InstanceId>) {
        self.lock().retain(|instance, _| live.contains(instance));
    }
}

fn client(channel: Channel) -> AgentClient {
    AgentClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT)
}
