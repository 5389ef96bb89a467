//! The control plane's side of one deployment: its authorities, and its calls to an agent.

use crate::eventually;
use doltops_agent::user_data::UserData;
use doltops_proto::{
    identity::{Caller, agent_name, bootstrap_name},
    instance_manager::{self as proto, dolt::State, instance_manager_client::InstanceManagerClient},
};
use mysql_async::{Conn, OptsBuilder, SslOpts};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use std::{net::Ipv4Addr, time::Duration};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

const DEPLOYMENT: &str = "d-0123456789ab";
const PASSWORD: &str = "root-password";

type Client = InstanceManagerClient<Channel>;

pub struct ControlPlane {
    issuer: Issuer<'static, KeyPair>,
    ca_pem: String,
    ca_der: Vec<u8>,
    incarnation: u32,
}

impl ControlPlane {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key).expect("signed");
        let (ca_pem, ca_der) = (certificate.pem(), certificate.der().to_vec());
        Self { ca_pem, ca_der, issuer: Issuer::new(params, key), incarnation: 1 }
    }

    /// The same control plane, for the deployment's next instance.
    pub fn next(self) -> Self {
        Self { incarnation: self.incarnation + 1, ..self }
    }

    pub fn user_data(&self) -> String {
        let mut params = CertificateParams::new(vec![bootstrap_name(DEPLOYMENT, self.incarnation)]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let (certificate_pem, key_pem) = self.sign(&params);
        toml::to_string(&UserData {
            deployment_id: DEPLOYMENT.into(),
            incarnation: self.incarnation,
            control_ca_pem: self.ca_pem.clone(),
            certificate_pem,
            key_pem,
        })
        .expect("TOML")
    }

    /// Enrols the agent at `address`, deploys, and waits until the database is up.
    pub async fn deploy(&self, address: Ipv4Addr) {
        let name = bootstrap_name(DEPLOYMENT, self.incarnation);
        let mut first = eventually("the agent answers", || self.connect(address, &name)).await;
        let names = vec!["orders.localhost".to_owned(), "localhost".to_owned()];
        let (deployment_id, incarnation) = (DEPLOYMENT.to_owned(), self.incarnation);
        let request = proto::EnrolRequest { fence: fence(), deployment_id, incarnation, database_names: names };
        let asked = first.enrol(request).await.expect("enrolled").into_inner();
        let request = proto::DeployRequest {
            fence: fence(),
            deployment_id: DEPLOYMENT.into(),
            name: "orders".into(),
            incarnation: self.incarnation,
            volume_bytes: 10 << 30,
            agent_chain: vec![self.answer(asked.agent_csr)],
            database_chain: vec![self.answer(asked.database_csr)],
            deployment_ca: self.ca_der.clone(),
            root: Some(proto::SqlLogin { user: "root".into(), password: PASSWORD.into() }),
            admin: Some(proto::SqlLogin { user: "doltops_a".into(), password: "admin-password".into() }),
            ..proto::DeployRequest::default()
        };
        first.deploy(request).await.expect("deployed");
        self.is_up(address).await;
    }

    /// Waits until the enrolled agent at `address` says that its Dolt is up, and gives what it says.
    pub async fn is_up(&self, address: Ipv4Addr) -> proto::HeartbeatResponse {
        eventually("Dolt is up", || async move {
            let mut client = self.connect(address, &agent_name(DEPLOYMENT)).await?;
            let request = proto::HeartbeatRequest { fence: fence(), samples_after_ms: 0 };
            let answer = client.heartbeat(request).await.ok()?.into_inner();
            (answer.dolt.as_ref()?.state() == State::Up).then_some(answer)
        })
        .await
    }

    /// A connection to the database, as its owner.
    pub async fn sql(&self, address: Ipv4Addr) -> Conn {
        let ca = self.ca_pem.clone().into_bytes();
        let tls = SslOpts::default().with_root_certs(vec![ca.into()]).with_disable_built_in_roots(true);
        let options = OptsBuilder::default()
            .ip_or_hostname("orders.localhost")
            .resolved_ips(Some(vec![address.into()]))
            .tcp_port(3306)
            .prefer_socket(false)
            .user(Some("root"))
            .pass(Some(PASSWORD))
            .ssl_opts(tls);
        Conn::new(options).await.expect("the database answers")
    }

    async fn connect(&self, address: Ipv4Addr, name: &str) -> Option<Client> {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.subject_alt_names = vec![SanType::URI(Caller::ControlPlane.uri().try_into().expect("a URI"))];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let (certificate, key) = self.sign(&params);
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.ca_pem)).domain_name(name);
        let tls = tls.identity(Identity::from_pem(certificate, key));
        let endpoint = Endpoint::from_shared(format!("https://{address}:7443")).expect("an address");
        let endpoint = endpoint.connect_timeout(Duration::from_secs(2)).tls_config(tls).expect("TLS");
        Some(InstanceManagerClient::new(endpoint.connect().await.ok()?))
    }

    fn answer(&self, request: Vec<u8>) -> Vec<u8> {
        let mut request = CertificateSigningRequestParams::from_der(&request.into()).expect("a request");
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        request.signed_by(&self.issuer).expect("signed").der().to_vec()
    }

    fn sign(&self, params: &CertificateParams) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        (certificate.pem(), key.serialize_pem())
    }
}

fn fence() -> Option<proto::Fence> {
    Some(proto::Fence { epoch: 1, generation: 1 })
}

/// Whether anything listens on the agent's or the database's port.
pub async fn answers(address: Ipv4Addr) -> bool {
    for port in [7443, 3306] {
        if tokio::net::TcpStream::connect((address, port)).await.is_ok() {
            return true;
        }
    }
    false
}
