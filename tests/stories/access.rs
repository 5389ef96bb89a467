//! Who may do what, from elsewhere: the daemon over TCP, with certificates as `doltops client-certificate` makes them.

use crate::support::sandbox::{Said, Sandbox, wait_for};
use doltops::{
    certificates::{Authorities, Authority, Identity, Leaf, SERVER_LIFETIME},
    config::{self, Remote},
    env::System,
    hosted_api::{
        client::{self, Client},
        problem::{Kind, Problem},
    },
    secrets::folder::Folder,
    start::remote,
};
use doltops_proto::{
    hosted_api::{StatusRequest, WatchRequest, hosted_api_server::SERVICE_NAME},
    identity::{Caller, HOSTED_API_NAME, Role},
};
use serde_json::Value;
use std::{ffi::OsString, fs, path::PathBuf};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

/// A daemon that listens, and the people who come from elsewhere.
struct Elsewhere {
    sandbox: Sandbox,
    url: String,
}

impl Elsewhere {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let url = sandbox.listening_daemon();
        Self { sandbox, url }
    }

    fn identity(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(format!("{name}.pem"))
    }

    /// Gives `name` a certificate, as somebody does at the machine itself.
    fn admit(&self, name: &str, role: &str) {
        let file = self.identity(name);
        let file = file.to_str().expect("text");
        let made = self.sandbox.ask(&format!("client-certificate {name} --role {role} --file {file}")).json();
        assert_eq!((&made["name"], &made["role"]), (&name.into(), &role.into()));
    }

    /// What `name` is told, asking from elsewhere.
    fn ask(&self, name: &str, words: &str) -> Said {
        self.run(name, words.split_whitespace())
    }

    fn run<'a>(&self, name: &str, words: impl IntoIterator<Item = &'a str>) -> Said {
        let identity = self.identity(name).into_os_string();
        let way =
            ["--connect".into(), self.url.clone().into(), "--identity".into(), identity, "-o".into(), "json".into()];
        self.sandbox.run(way.into_iter().chain(words.into_iter().map(OsString::from)))
    }

    /// A client as the program has it, whose connection stays open.
    fn client(&self, name: &str) -> Client {
        let remote = Remote { urls: vec![self.url.parse().expect("a URL")], identity: self.identity(name) };
        remote::client(&remote, &self.certificate(name)).expect("usable")
    }

    fn certificate(&self, name: &str) -> config::Identity {
        config::Identity::read(&self.identity(name)).expect("an identity")
    }

    /// Writes an identity of the same form, with a certificate and key from wherever.
    fn forge(&self, name: &str, made: &Identity) {
        let ca_pem = self.certificate("vera").ca_pem;
        let identity =
            config::Identity { certificate_pem: made.certificate_pem.clone(), key_pem: made.key_pem.clone(), ca_pem };
        fs::write(self.identity(name), identity.to_pem().reveal()).expect("written");
    }

    /// The control plane's own authorities, as whoever has its secrets has them.
    async fn authorities(&self) -> Authorities {
        let secrets = Folder::new(self.sandbox.state().join("secrets"));
        Authorities::open(&secrets, &System::new()).await.expect("authorities")
    }
}

/// A viewer sees all that goes on and changes nothing: neither the fleet, nor the data, nor who has access.
#[test]
fn a_viewer_reads_and_changes_nothing() {
    let it = Elsewhere::new();
    it.sandbox.create("orders");
    it.admit("vera", "viewer");

    let listed = it.ask("vera", "list").json();
    assert_eq!(listed[0]["name"], "orders");
    assert_eq!(it.ask("vera", "get orders").json()["health"], "healthy");
    assert_eq!(it.ask("vera", "history orders").json()[0]["author"], "deployment-manager");
    assert_eq!(it.ask("vera", "logs orders --lines 3").code, 0);
    assert_eq!(it.ask("vera", "metrics orders").code, 0);
    let status = it.ask("vera", "status").json();
    assert_eq!((&status["user"], &status["role"]), (&"vera".into(), &"viewer".into()));
    let plan = it.ask("vera", "plan orders --type local.medium").json();
    assert_eq!(plan["steps"].as_array().map(Vec::len), Some(3), "what would happen may be looked at");

    let head = status["commit"].clone();
    for words in [
        "create billing",
        "resize orders --volume 20",
        "delete orders --confirm orders",
        "credentials orders",
        "client-certificate eve --role admin --file eve.pem",
        "client-certificates",
        "revoke vera",
    ] {
        let refused = it.ask("vera", words).refusal(4);
        let said = refused["message"].as_str().expect("words");
        assert!(said.contains("vera has the role viewer; this needs"), "{words}: {said}");
    }
    assert_eq!(it.ask("vera", "status").json()["commit"], head, "nothing was changed");

    let rows = it.run("vera", ["connect", "orders", "-e", "select current_user() as me"]).json();
    assert!(rows[0]["rows"][0][0].as_str().expect("a user").contains("vera"), "{rows}");
    for sql in ["create database theirs", "create user eve identified by 'x'", "call dolt_gc()"] {
        assert_eq!(it.run("vera", ["connect", "orders", "-e", sql]).code, 1, "{sql}");
    }
}

/// An operator runs the fleet but gives nobody access; an admin does. Each stands in the history by name.
#[test]
fn an_operator_creates_and_an_admin_gives_access() {
    let it = Elsewhere::new();
    it.admit("otto", "operator");
    it.admit("ada", "admin");

    it.ask("otto", "create orders --wait").json();
    it.ask("otto", "client-certificate eve --role viewer --file eve.pem").refusal(4);
    let shown = it.ask("otto", "credentials orders").json();
    let password = shown["password"].as_str().expect("a password").to_owned();
    let made = it.run("otto", ["connect", "orders", "-e", "create database shop"]);
    assert_eq!(made.code, 0, "{made:?}");

    let file = it.identity("vera");
    it.ask("ada", &format!("client-certificate vera --role viewer --file {}", file.display())).json();
    assert_eq!(it.ask("vera", "list").code, 0);
    let listed = it.ask("ada", "client-certificates").json();
    assert!(listed.as_array().expect("a list").iter().any(|one| one["name"] == "vera" && one["role"] == "viewer"));

    let history = it.ask("ada", "history");
    let commits = history.json();
    let of = |words: &str| {
        let commits = commits.as_array().expect("a list");
        let found = commits.iter().find(|commit| commit["message"].as_str().is_some_and(|m| m.starts_with(words)));
        found.map(|commit| commit["author"].clone()).unwrap_or(Value::Null)
    };
    assert_eq!(of("Create orders"), "otto");
    assert_eq!(of("Show the credentials of orders"), "otto");
    assert_eq!(of("Issue a client certificate to vera"), "ada");
    assert!(!history.out.contains(&password), "who saw a password is told, the password is not");
}

/// Somebody leaves: a certificate that is revoked ends at once, also on connections that are open and calls that stream.
#[tokio::test]
async fn a_revoked_certificate_ends_at_once() {
    let it = Elsewhere::new();
    it.admit("vera", "viewer");
    let mut open = it.client("vera");
    open.status(StatusRequest {}).await.expect("let in");
    let mut watch = open.watch(WatchRequest::default()).await.expect("let in").into_inner();
    watch.message().await.expect("open").expect("the fleet");

    it.sandbox.ask("revoke vera").json();

    let problem = Problem::from(open.status(StatusRequest {}).await.expect_err("shut out"));
    assert_eq!(problem.kind, Kind::Refused);
    assert!(problem.what.contains("the certificate of vera was revoked"), "{problem}");
    let last = loop {
        match watch.message().await {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert_eq!(last.expect_err("ended").code(), tonic::Code::PermissionDenied);
    assert!(it.ask("vera", "list").refusal(4)["message"].as_str().expect("words").contains("revoked"));
    it.sandbox.ask("revoke vera").refusal(3);
}

/// Whoever was not let in here is told that it is the certificate: none, another authority's, a server's, one that was
/// signed and never written down, and an identity for another control plane.
#[tokio::test]
async fn a_wrong_certificate_is_refused_and_says_so() {
    let it = Elsewhere::new();
    it.admit("vera", "viewer");
    let env = System::new();
    let admin = Leaf::client(&Caller::Person { name: "eve".to_owned(), role: Role::Admin });

    let ca = Certificate::from_pem(it.certificate("vera").ca_pem);
    let tls = ClientTlsConfig::new().ca_certificate(ca).domain_name(HOSTED_API_NAME);
    let nobody = Endpoint::from_shared(it.url.clone()).expect("a URL").tls_config(tls).expect("usable");
    // The program itself does not even try without one.
    let none = client::on(nobody.connect_lazy()).status(StatusRequest {}).await;
    assert!(none.is_err(), "{none:?}");

    let elsewhere = Folder::new(it.sandbox.path().join("elsewhere"));
    let theirs = Authorities::open(&elsewhere, &env).await.expect("authorities").control.now().signer().clone();
    it.forge("another-ca", &theirs.identity(&admin, &env).expect("signed"));
    let ours = it.authorities().await.control.now().signer().clone();
    let server = Leaf::server(vec![HOSTED_API_NAME.to_owned()], SERVER_LIFETIME);
    it.forge("a-server", &ours.identity(&server, &env).expect("signed"));
    for name in ["another-ca", "a-server"] {
        let refused = it.ask(name, "list").refusal(4);
        assert_eq!(refused["field"], "identity", "{name}: {refused}");
        assert!(refused["message"].as_str().expect("words").contains("certificate"), "{name}: {refused}");
        assert!(refused["next"].as_str().expect("words").contains("doltops client-certificate"), "{name}: {refused}");
    }

    it.forge("unknown", &ours.identity(&admin, &env).expect("signed"));
    let refused = it.ask("unknown", "list").refusal(4);
    assert!(refused["message"].as_str().expect("words").contains("was not issued here"), "{refused}");
    it.forge("control-plane", &control_plane(&ours, &env));
    it.ask("control-plane", "list").refusal(4);

    let foreign = config::Identity { ca_pem: theirs.certificate_pem().to_owned(), ..it.certificate("vera") };
    fs::write(it.identity("foreign"), foreign.to_pem().reveal()).expect("written");
    let refused = it.ask("foreign", "list").refusal(4);
    assert!(refused["message"].as_str().expect("words").contains("not the control plane"), "{refused}");

    let nobody = Elsewhere { url: "https://127.0.0.1:1".to_owned(), ..it };
    let refused = nobody.ask("vera", "list").refusal(5);
    assert!(refused["message"].as_str().expect("words").contains("refused"), "{refused}");
}

fn control_plane(authority: &Authority, env: &System) -> Identity {
    authority.identity(&Leaf::client(&Caller::ControlPlane), env).expect("signed")
}

/// Standard tools work: a load balancer's health check, and grpcurl without our proto files.
#[tokio::test]
async fn health_checks_and_reflection_answer() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let sandbox = Sandbox::with_daemon();
    let channel = sandbox.channel();

    let mut health = HealthClient::new(channel.clone());
    for service in ["", SERVICE_NAME] {
        let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await.expect("answered");
        assert_eq!(answer.into_inner().status, 1, "'{service}' serves");
    }

    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let answers = reflection.server_reflection_info(tokio_stream::iter([list])).await.expect("answered");
    let first = answers.into_inner().message().await.expect("open").expect("an answer");
    let Some(MessageResponse::ListServicesResponse(services)) = first.message_response else {
        panic!("no list: {first:?}")
    };
    assert!(services.service.iter().any(|service| service.name == SERVICE_NAME), "{services:?}");
}

/// A script that starts a daemon on any free port learns which it is.
#[test]
fn a_daemon_says_where_it_listens_to_programs_too() {
    use std::io::{BufRead, BufReader};
    let mut sandbox = Sandbox::new();
    let mut daemon = sandbox.program();
    daemon.args(["--daemon", "--listen", "127.0.0.1:0", "-o", "json"]).stdout(std::process::Stdio::piped());
    let out = sandbox.start(daemon).expect("its output");
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).expect("said");
    let said: Value = serde_json::from_str(&line).expect("JSON");
    assert!(said["listen"].as_str().is_some_and(|address| !address.ends_with(":0")), "{said}");
    wait_for("the socket that it named", || fs::metadata(said["socket"].as_str()?).ok());
}
