//! The agent as a whole: what it is told at its start, what it keeps, and the tasks that it runs.

use crate::{
    cloudwatch::{
        self,
        buffer::Buffer,
        minute::MINUTE_MS,
        sender::{self, Sender},
    },
    disk,
    dolt::{log, supervisor::Supervisor},
    growth::Growth,
    health::{Health, Report},
    machine::Machine,
    metrics::{
        history::History,
        journal::Journal,
        poller::{Outgoing, Poller},
    },
    server::{identity::Served, trust::Trust},
    sql::{
        access::{Access, reachable},
        people::People,
    },
    state::{
        credentials::CredentialsStore,
        deployed::Deployments,
        fence::Fence,
        files,
        folder::Folder,
        keys::{Identity, KeyError},
    },
    tunnel,
    user_data::UserData,
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use thiserror::Error;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tracing::{info, warn};

/// A log grows by some KiB between two looks.
const LOG_LOOK: Duration = Duration::from_secs(30);

/// Why an agent cannot start.
#[derive(Debug, Error)]
pub enum AgentError {
    /// The disk, or another agent.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A key or a chain.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What the machine says and what the folder holds are not of one instance.
    #[error("the folder {folder} is that of {found}, and the user data names {named}")]
    OtherInstance {
        /// The agent's folder.
        folder: String,
        /// Whose state is in it.
        found: String,
        /// Whom the user data names.
        named: String,
    },
    /// The first identity has been used up and no other is there.
    #[error("the user data holds no identity any more, and the folder holds none yet: make a new instance")]
    NoIdentity,
    /// The control CA.
    #[error("the control CA that was kept, or control_ca_pem in the user data: {0}")]
    ControlCa(String),
}

/// Everything that calls read.
#[derive(Debug)]
pub struct Agent {
    /// Whose instance this is.
    pub deployment_id: String,
    /// Which of its instances.
    pub incarnation: u32,
    /// What the machine gives.
    pub machine: Arc<Machine>,
    /// Where everything is kept.
    pub folder: Arc<Folder>,
    /// Whose calls are too old.
    pub fence: Fence,
    /// What was deployed.
    pub deployments: Arc<Deployments>,
    /// The certificate that is served.
    pub served: Arc<Served>,
    /// Who signs callers, and the agent's own certificate.
    pub trust: Arc<Trust>,
    /// How Dolt is.
    pub health: watch::Receiver<Report>,
    /// SQL as the admin user.
    pub access: Arc<Access>,
    /// Bytes used on the data volume.
    pub disk: watch::Receiver<u64>,
    /// What keeps the data volume's filesystem from growing; empty: nothing.
    pub growth: watch::Receiver<String>,
    /// What metrics and logs are sent with.
    pub credentials: Arc<CredentialsStore>,
    /// Samples of the last day.
    pub history: Arc<Mutex<History>>,
    /// SQL users that end by themselves.
    pub people: Arc<People>,
    /// Places for tunnels.
    pub tunnels: Arc<Semaphore>,
    user_data: PathBuf,
}

impl Agent {
    /// Reads what is kept and begins the tasks, which end with the returned set.
    ///
    /// # Errors
    /// When something that is kept cannot be read, or another agent has the folder.
    pub fn start(machine: Machine, user_data: UserData, path: &Path) -> Result<(Arc<Self>, JoinSet<()>), AgentError> {
        let machine = Arc::new(machine);
        let folder = Arc::new(Folder::open(&machine)?);
        let fence = Fence::open(folder.fence())?;
        let deployments = Arc::new(Deployments::open(folder.deploy())?);
        same_instance(&folder, &deployments, &user_data)?;
        let enrolled = Identity::read(&folder.agent_identity(), "agent")?;
        let served = Arc::new(Served::new(&match &enrolled {
            Some(own) => own.clone(),
            None => first_identity(&user_data)?,
        }));
        let trust = Trust::open(folder.control_ca(), &user_data.control_ca_pem, Arc::clone(&served));
        let trust = Arc::new(trust.map_err(AgentError::ControlCa)?);

        let (supervisor, situation) = Supervisor::new(Arc::clone(&folder), Arc::clone(&machine), deployments.follow());
        let access = Arc::new(Access::new(&machine, Arc::clone(&deployments)));
        let (health, report) = Health::new(situation.clone(), deployments.follow(), Arc::clone(&access));
        let (used, disk) = watch::channel(0);
        let history = Arc::new(Mutex::new(History::default()));
        // Dolt sees a connection from this machine come from the address that it went to.
        let host = reachable(machine.database).ip();
        let people = Arc::new(People::open(folder.people(), host, Arc::clone(&access))?);
        let journal = Journal::new(machine.folder.join("metrics.0"));

        let mut tasks = JoinSet::new();
        let credentials = Arc::new(CredentialsStore::open(folder.credentials())?);
        let outgoing = machine.aws.is_some().then(|| send_metrics(&mut tasks, &machine, &folder, &credentials));
        let looked_at = Arc::clone(&machine);
        let poller = Poller::new(
            looked_at,
            situation,
            disk.clone(),
            Arc::clone(&access),
            Arc::clone(&history),
            journal,
            outgoing,
        );
        let growth = grow(&mut tasks, &machine, &deployments);
        tasks.spawn(supervisor.supervise());
        tasks.spawn(health.watch());
        tasks.spawn(disk::watch(Arc::clone(&machine), used));
        tasks.spawn(poller.poll());
        let sweeper = Arc::clone(&people);
        tasks.spawn(async move { sweeper.sweep().await });
        tasks.spawn(bound_log(Arc::clone(&folder)));

        let agent = Self {
            deployment_id: user_data.deployment_id,
            incarnation: user_data.incarnation,
            machine,
            folder,
            fence,
            deployments,
            served,
            trust,
            health: report,
            access,
            disk,
            growth,
            credentials,
            history,
            people,
            tunnels: Arc::new(Semaphore::new(tunnel::MOST)),
            user_data: path.to_owned(),
        };
        if enrolled.is_some() {
            agent.forget_first_identity()?;
        }
        Ok((Arc::new(agent), tasks))
    }

    /// Keeps `identity` as the agent's own, serves it from now on, and forgets the one that it booted with.
    ///
    /// # Errors
    /// The disk's.
    pub fn take_identity(&self, identity: &Identity) -> Result<(), KeyError> {
        identity.write(&self.folder.agent_identity(), files::Readers::Owner)?;
        self.served.swap(identity);
        info!("the agent's own certificate is served from now on");
        Ok(self.forget_first_identity()?)
    }

    /// Takes the first identity out of the user data, which stays for the rest that it tells.
    fn forget_first_identity(&self) -> io::Result<()> {
        let Some(text) = files::read(&self.user_data)? else { return Ok(()) };
        let mut kept = user_data(&text, &self.user_data)?;
        if kept.key_pem.is_empty() && kept.certificate_pem.is_empty() {
            return Ok(());
        }
        kept.key_pem.clear();
        kept.certificate_pem.clear();
        let text = toml::to_string(&kept).map_err(io::Error::other)?;
        files::write(&self.user_data, text.as_bytes())
    }
}

/// Reads user data. An error names the place and never the content, which is secret.
///
/// # Errors
/// When it is not what it should be.
pub fn user_data(text: &str, path: &Path) -> io::Result<UserData> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
        io::Error::new(io::ErrorKind::InvalidData, format!("{} is not valid near line {line}", path.display()))
    })
}

fn same_instance(folder: &Folder, deployments: &Deployments, user_data: &UserData) -> Result<(), AgentError> {
    match deployments.newest() {
        Some(deployed)
            if (&deployed.deployment_id, deployed.incarnation) != (&user_data.deployment_id, user_data.incarnation) =>
        {
            Err(AgentError::OtherInstance {
                folder: folder.root().display().to_string(),
                found: format!("{} {}", deployed.deployment_id, deployed.incarnation),
                named: format!("{} {}", user_data.deployment_id, user_data.incarnation),
            })
        }
        _ => Ok(()),
    }
}

fn first_identity(user_data: &UserData) -> Result<Identity, AgentError> {
    if user_data.key_pem.is_empty() {
        return Err(AgentError::NoIdentity);
    }
    Ok(Identity::parse(user_data.certificate_pem.clone(), &user_data.key_pem, "first")?)
}

/// Begins to send Dolt's metrics, and has the CloudWatch Agent send the rest; gives where samples go.
fn send_metrics(
    tasks: &mut JoinSet<()>,
    machine: &Machine,
    folder: &Folder,
    credentials: &CredentialsStore,
) -> Outgoing {
    if let Some(kept) = credentials.newest()
        && let Err(error) = cloudwatch::files::write(machine, folder, &kept)
    {
        // Credentials that are given later write them again; the database does not wait for that.
        warn!(%error, "the CloudWatch Agent's files cannot be written");
    }
    let buffer = Arc::new(Mutex::new(Buffer::default()));
    let sender = Sender::new(Arc::clone(&buffer), credentials.follow(), folder.metrics_sent());
    tasks.spawn(sender.send());
    Outgoing { buffer, from_ms: sender::sent_until(&folder.metrics_sent()).saturating_add(MINUTE_MS) }
}

/// Lets the filesystem follow the volume where it can; gives what goes wrong.
fn grow(tasks: &mut JoinSet<()>, machine: &Machine, deployments: &Deployments) -> watch::Receiver<String> {
    let Some(command) = machine.grow_command() else { return watch::channel(String::new()).1 };
    let (growth, trouble) = Growth::new(command.to_vec(), machine.data.clone(), deployments.follow());
    tasks.spawn(growth.follow());
    trouble
}

async fn bound_log(folder: Arc<Folder>) {
    loop {
        let (from, to) = (folder.dolt_log(), folder.dolt_log().with_extension("log.1"));
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || log::bound(&from, &to)).await {
            warn!(%error, "Dolt's log cannot be cut");
        }
        tokio::time::sleep(LOG_LOOK).await;
    }
}
