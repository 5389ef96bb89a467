//! One instance, and the control plane's side of it.

use super::{
    authority::{Authority, Signed},
    eventually,
};
use doltops_agent::{machine::Machine, process::Process, user_data::UserData};
use doltops_proto::{
    identity::{Caller, agent_name, bootstrap_name},
    instance_manager::{self as proto, dolt::State, instance_manager_client::InstanceManagerClient},
};
use rand::Rng;
use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tonic::{
    Code, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

pub type Client = InstanceManagerClient<Channel>;

pub const DEPLOYMENT: &str = "d-0123456789ab";
pub const INCARNATION: u32 = 3;
/// Where every story begins.
pub const EPOCH: u64 = 10;

/// An instance whose agent and Dolt end with it.
pub struct Instance {
    pub control: Authority,
    pub deployment: Authority,
    pub machine: Machine,
    pub control_plane: Signed,
    pub first: Signed,
    folder: tempfile::TempDir,
    agent: Option<Child>,
}

impl Instance {
    /// Booted, with its agent running.
    pub async fn boot() -> Self {
        Self::boot_as(|_, _| {}).await
    }

    /// The same on a machine that `prepare` has changed; it is told the folder that ends with the instance.
    pub async fn boot_as(prepare: impl FnOnce(&Path, &mut Machine)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let control = Authority::new();
        let first = control.server(&bootstrap_name(DEPLOYMENT, INCARNATION));
        let mut machine = Machine {
            agent: free_port(),
            database: free_port(),
            metrics: free_port(),
            memory_bytes: 512 << 20,
            max_connections: 50,
            folder: folder.path().join("agent"),
            data: folder.path().join("data"),
            dolt: dolt(),
            aws: None,
        };
        prepare(folder.path(), &mut machine);
        let mut instance = Self {
            control_plane: control.client(&Caller::ControlPlane),
            control,
            deployment: Authority::new(),
            machine,
            first,
            folder,
            agent: None,
        };
        instance.write_inputs();
        instance.start_agent().await;
        instance
    }

    fn write_inputs(&self) {
        let user_data = UserData {
            deployment_id: DEPLOYMENT.into(),
            incarnation: INCARNATION,
            control_ca_pem: self.control.pem.clone(),
            certificate_pem: self.first.certificate.clone(),
            key_pem: self.first.key.clone(),
        };
        fs::write(self.path("machine.toml"), toml::to_string(&self.machine).expect("TOML")).expect("written");
        fs::write(self.user_data(), toml::to_string(&user_data).expect("TOML")).expect("written");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn user_data(&self) -> PathBuf {
        self.path("user-data.toml")
    }

    /// Starts the agent and waits until its port answers.
    pub async fn start_agent(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.path("agent.log")).expect("a log");
        let agent = Command::new(env!("CARGO_BIN_EXE_doltops-agent"))
            .arg("--machine")
            .arg(self.path("machine.toml"))
            .arg("--user-data")
            .arg(self.user_data())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the agent starts");
        self.agent = Some(agent);
        let address = self.machine.agent;
        eventually("the agent's port answers", || async move { tokio::net::TcpStream::connect(address).await.ok() })
            .await;
    }

    /// `kill -9`.
    pub fn kill_agent(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            agent.kill().expect("killed");
            agent.wait().expect("reaped");
        }
    }

    /// SIGTERM; gives whether it ended well.
    pub async fn terminate_agent(&mut self) -> bool {
        let mut agent = self.agent.take().expect("it runs");
        let pid = rustix::process::Pid::from_child(&agent);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("told");
        let status = tokio::task::spawn_blocking(move || agent.wait()).await.expect("waited").expect("ended");
        status.success()
    }

    /// The Dolt that the agent has written down.
    pub fn dolt(&self) -> Option<Process> {
        let text = fs::read_to_string(self.machine.folder.join("dolt.json")).ok()?;
        serde_json::from_value(serde_json::from_str::<serde_json::Value>(&text).ok()?.get("process")?.clone()).ok()?
    }

    /// A connection to the agent, as `caller`, that wants the agent to be `name`.
    pub async fn connect_as(&self, caller: Option<&Signed>, name: &str) -> Result<Client, Status> {
        self.connect_to(caller, name, &self.control.pem).await
    }

    async fn connect_to(&self, caller: Option<&Signed>, name: &str, ca: &str) -> Result<Client, Status> {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)).domain_name(name);
        if let Some(Signed { certificate, key }) = caller {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        let endpoint = Endpoint::from_shared(format!("https://{}", self.machine.agent)).expect("an address");
        let endpoint = endpoint.connect_timeout(Duration::from_secs(10)).tls_config(tls).expect("TLS");
        let channel = endpoint.connect().await.map_err(|error| Status::unavailable(format!("{error:?}")))?;
        Ok(InstanceManagerClient::new(channel))
    }

    /// The control plane's connection to the agent that was enrolled.
    pub async fn client(&self) -> Client {
        self.connect_as(Some(&self.control_plane), &agent_name(DEPLOYMENT)).await.expect("its own certificate")
    }

    /// The control plane's connection to an agent that was not enrolled yet.
    pub async fn first_client(&self) -> Client {
        let name = bootstrap_name(DEPLOYMENT, INCARNATION);
        self.connect_as(Some(&self.control_plane), &name).await.expect("the first certificate")
    }

    /// What Enrol gives, signed: the agent's chain, and the database's.
    pub async fn enrol(&self, client: &mut Client, fence: proto::Fence) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let answer = client.enrol(enrol_request(fence)).await.expect("enrolled").into_inner();
        (vec![self.control.answer(answer.agent_csr)], vec![self.deployment.answer(answer.database_csr)])
    }

    /// Enrolled, deployed and up.
    pub async fn up() -> (Self, Client) {
        Self::boot().await.deployed().await
    }

    /// The same of one that has booted.
    pub async fn deployed(self) -> (Self, Client) {
        let instance = self;
        let mut first = instance.first_client().await;
        let (agent_chain, database_chain) = instance.enrol(&mut first, fence(1)).await;
        let request = proto::DeployRequest { agent_chain, database_chain, ..instance.deploy_request(1) };
        first.deploy(request).await.expect("deployed");
        let mut client = instance.client().await;
        until(&mut client, "Dolt is up", is_up).await;
        (instance, client)
    }

    /// A Deploy that keeps the certificates.
    pub fn deploy_request(&self, generation: u64) -> proto::DeployRequest {
        proto::DeployRequest {
            fence: Some(fence(generation)),
            deployment_id: DEPLOYMENT.into(),
            name: "orders".into(),
            incarnation: INCARNATION,
            volume_bytes: 1 << 30,
            deployment_ca: self.deployment.der.clone(),
            root: Some(login("root", "root-password")),
            admin: Some(login("doltops_a", "admin-password")),
            ..proto::DeployRequest::default()
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill_agent();
        if let Some(dolt) = self.dolt()
            && dolt.is_alive()
        {
            let pid = i32::try_from(dolt.pid).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
        }
        if std::thread::panicking() {
            for log in [self.path("agent.log"), self.machine.folder.join("dolt.log")] {
                eprintln!("--- {}\n{}", log.display(), fs::read_to_string(&log).unwrap_or_default());
            }
        }
    }
}

pub fn fence(generation: u64) -> proto::Fence {
    proto::Fence { epoch: EPOCH, generation }
}

pub fn login(user: &str, password: &str) -> proto::SqlLogin {
    proto::SqlLogin { user: user.into(), password: password.into() }
}

pub fn enrol_request(fence: proto::Fence) -> proto::EnrolRequest {
    let names = ["orders.localhost", "localhost", "127.0.0.1"];
    proto::EnrolRequest {
        fence: Some(fence),
        deployment_id: DEPLOYMENT.into(),
        incarnation: INCARNATION,
        database_names: names.map(str::to_owned).into(),
    }
}

pub async fn heartbeat(client: &mut Client) -> Result<proto::HeartbeatResponse, Status> {
    let request = proto::HeartbeatRequest { fence: Some(fence(0)), samples_after_ms: 0 };
    Ok(client.heartbeat(request).await?.into_inner())
}

/// Waits for a heartbeat that `holds`.
pub async fn until(
    client: &mut Client,
    what: &str,
    holds: impl Fn(&proto::HeartbeatResponse) -> bool,
) -> proto::HeartbeatResponse {
    eventually(what, || {
        let mut client = client.clone();
        let holds = &holds;
        async move { heartbeat(&mut client).await.ok().filter(|answer| holds(answer)) }
    })
    .await
}

pub fn is_up(answer: &proto::HeartbeatResponse) -> bool {
    dolt_of(answer).state() == State::Up
}

pub fn dolt_of(answer: &proto::HeartbeatResponse) -> &proto::Dolt {
    answer.dolt.as_ref().expect("every heartbeat tells of Dolt")
}

/// The code of an error; a call that was not refused fails the test.
pub fn code<T>(result: Result<T, Status>) -> Code {
    match result {
        Ok(_) => panic!("the call was not refused"),
        Err(status) => status.code(),
    }
}

/// Below the ports that the system hands out for connections: such a one could be taken while Dolt is away.
fn free_port() -> SocketAddr {
    loop {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, rand::rng().random_range(12_000..32_000)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

fn dolt() -> PathBuf {
    if let Some(path) = env::var_os("DOLTOPS_DOLT") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "DOLTOPS_DOLT names {}, which is no file", path.display());
        return path;
    }
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths)
        .map(|folder| folder.join("dolt"))
        .find(|path: &PathBuf| Path::is_file(path))
        .expect("these tests need a real Dolt: set DOLTOPS_DOLT, or put dolt on PATH")
}
