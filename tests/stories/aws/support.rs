//! A stand-in for AWS, and the real program on it.

use crate::support::{
    dolt,
    sandbox::{DOLTOPS, Sandbox, wait_for_within},
};
use aws_sdk_ec2::types::Tag;
use aws_sdk_route53::types::RrType;
use doltops_stand_in::{
    Options, StandIn,
    dns::lookup,
    keeper::{Agents, processes},
    settings,
};
use mysql_async::{Opts, OptsBuilder, SslOpts};
use serde_json::Value;
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::runtime::Runtime;

/// An instance boots, a volume is made and attached, a certificate is ordered; all of it on a busy machine of two cores.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// An account, and a control plane on it.
pub struct Aws {
    /// The program's side. Ended before what it speaks to.
    pub sandbox: Sandbox,
    /// AWS's side.
    pub stand_in: StandIn,
    runtime: Runtime,
}

impl Aws {
    /// An empty account, real agents, and a daemon that hosts the control plane.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same; each of `said` is a table, a key and a value, as `doltops.toml` has them.
    pub fn start_with(said: &[(&str, &str, toml::Value)]) -> Self {
        let agents = Agents::Processes { launcher: PathBuf::from(DOLTOPS), dolt: dolt::binary() };
        let mut aws = Self::without_daemon(agents, said);
        aws.sandbox.host();
        aws
    }

    /// An account and a configuration for it; nothing of the program runs.
    pub fn without_daemon(agents: Agents, said: &[(&str, &str, toml::Value)]) -> Self {
        Self::on(Options { agents: Some(agents), ..Options::default() }, said)
    }

    /// The same, on an account that was started with these.
    pub fn on(options: Options, said: &[(&str, &str, toml::Value)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let stand_in = runtime.block_on(StandIn::start(options));
        let stand_in = stand_in.expect("a stand-in");
        let file = settings::write(&stand_in).expect("a configuration");
        let mut table: toml::Table = std::fs::read_to_string(&file).expect("read").parse().expect("valid");
        for (section, key, value) in said {
            let section = table[*section].as_table_mut().expect("a table");
            section.insert((*key).to_owned(), value.clone());
        }
        std::fs::write(&file, table.to_string()).expect("written");
        Self { sandbox: Self::folder(&file), stand_in, runtime }
    }

    /// A state folder for this configuration; nothing runs.
    pub fn folder(configuration: &Path) -> Sandbox {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOLTOPS_CONFIG", configuration.display());
        sandbox.set("AWS_ACCESS_KEY_ID", "testing");
        sandbox.set("AWS_SECRET_ACCESS_KEY", "testing");
        sandbox.set("AWS_EC2_METADATA_DISABLED", "true");
        sandbox
    }

    /// Waits for a look behind the scenes.
    pub fn wait<T>(&self, look: impl Future<Output = T>) -> T {
        self.runtime.block_on(look)
    }

    /// Creates a deployment and waits until it serves.
    #[track_caller]
    pub fn create(&self, words: &str) -> Value {
        let name = words.split_whitespace().next().expect("a name");
        self.sandbox.ask(&format!("create {words} --wait")).json();
        self.sandbox.get(name)
    }

    /// Waits until `get` tells what `fits` accepts.
    #[track_caller]
    pub fn until(&self, name: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        wait_for_within(PATIENCE, what, || {
            let said = self.sandbox.ask(&format!("get {name}"));
            (said.code == 0).then(|| said.json()).filter(&fits)
        })
    }

    /// Waits until it is healthy and nothing is left to do.
    #[track_caller]
    pub fn settled(&self, name: &str) -> Value {
        self.until(name, "it to be settled", |said| said["health"] == "healthy" && said["phase"] == "settled")
    }

    /// Where a host name leads, as any client is told.
    pub fn resolve(&self, host: &str) -> Vec<IpAddr> {
        self.wait(lookup::addresses(self.stand_in.dns.address, host)).expect("an answer")
    }

    /// The same, where there may be no answer just now.
    pub fn look_up(&self, host: &str) -> Option<IpAddr> {
        self.wait(lookup::addresses(self.stand_in.dns.address, host)).ok()?.first().copied()
    }

    /// The names of all records but the zone's own.
    pub fn names(&self) -> Vec<String> {
        let records = self.wait(self.stand_in.records()).expect("told");
        let own = |kind: &RrType| matches!(kind, RrType::Ns | RrType::Soa);
        records.into_iter().filter(|record| !own(record.r#type())).map(|record| record.name).collect()
    }

    /// Agents that run, whatever anybody thinks.
    pub fn agents(&self) -> Vec<u32> {
        processes::agents(&self.hardware()).iter().map(|agent| agent.pid).collect()
    }

    /// The same for the Dolts of deployments.
    pub fn dolts(&self) -> Vec<u32> {
        processes::dolts(&self.hardware()).iter().map(|dolt| dolt.pid).collect()
    }

    /// Where the root volumes of all instances are.
    pub fn hardware(&self) -> PathBuf {
        self.stand_in.keeper.as_ref().expect("there is hardware").root("")
    }

    /// Whose instances and data volumes the account has: an id for each.
    pub fn deployments_in_the_cloud(&self) -> (Vec<String>, Vec<String>) {
        self.wait(async {
            let instances = self.stand_in.instances().await.expect("told");
            let volumes = self.stand_in.data_volumes().await.expect("told");
            let of = |tags: &[Tag]| {
                tags.iter().find(|tag| tag.key() == Some("doltops:deployment"))?.value().map(str::to_owned)
            };
            (
                instances.iter().filter_map(|one| of(one.tags())).collect(),
                volumes.iter().filter_map(|one| of(one.tags())).collect(),
            )
        })
    }

    /// How a customer connects from outside: by host name, the certificate verified against the authority's root. The
    /// address is what the DNS says.
    pub fn customer(&self, name: &str) -> Opts {
        let login = self.sandbox.ask(&format!("credentials {name}")).json();
        let host = login["host_name"].as_str().expect("a host name").to_owned();
        let root = self.stand_in.acme.as_ref().expect("an authority").issuing_root_pem.clone();
        let tls = SslOpts::default().with_root_certs(vec![root.into_bytes().into()]).with_disable_built_in_roots(true);
        OptsBuilder::default()
            .resolved_ips(Some(self.resolve(&host)))
            .ip_or_hostname(host)
            .tcp_port(3306)
            .prefer_socket(false)
            .user(login["user"].as_str())
            .pass(login["password"].as_str())
            .ssl_opts(tls)
            .into()
    }

    /// What the events tell of a deployment, newest last.
    pub fn events(&self, name: &str) -> String {
        self.sandbox.run(["events", name]).out
    }
}
