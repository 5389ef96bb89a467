//! Let's Encrypt, played by Pebble.
//!
//! It checks challenges for real, asking the stand-in's DNS server, but always at once: it does not wait between looks,
//! refuses no nonce and forgets every authorization. Its issuing root is new at each start.
//!
//! An order that names no profile gets one of them at random, which is Pebble's way to teach that none can be relied on:
//! name `default` where it matters.

use crate::{
    Error,
    exchange::{get_tls, post_tls},
    program::{Program, installed},
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use std::{
    ffi::OsStr,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
};

/// The certificate profiles: name, what it is, seconds that a certificate is good for.
pub const PROFILES: [(&str, &str, u64); 3] = [
    ("default", "90 days", 90 * 86_400),
    // So that a test can watch one being renewed.
    ("short", "two minutes", 120),
    ("shortlived", "160 hours", 160 * 3_600),
];
/// How often its ports are looked for, as somebody else can take one before Pebble does.
const TRIES: usize = 3;

/// A running Pebble.
#[derive(Debug)]
pub struct Pebble {
    /// The CA of its own TLS certificate: what an ACME client has to trust.
    pub tls_root_pem: String,
    /// The CA of the certificates that it issues: what a client of a database has to trust.
    pub issuing_root_pem: String,
    /// Where its management listens (`/roots/0`, `/set-renewal-info/`), with the same TLS.
    pub management: SocketAddr,
    address: SocketAddr,
    _program: Program,
}

impl Pebble {
    /// Starts one on free ports, its files in `folder`; builds it first where that was not done yet. `dns` is asked for
    /// challenges.
    pub async fn start(folder: &Path, dns: SocketAddr) -> Result<Self, Error> {
        let server = installed("pebble", "DOLTOPS_PEBBLE", "pebble/build").await?;
        let tls_root_pem = write_certificate(folder)?;
        let mut tried = 1;
        loop {
            match Self::try_start(&server, folder, dns, &tls_root_pem).await {
                Err(_) if tried < TRIES => tried += 1,
                result => return result,
            }
        }
    }

    /// The URL of its ACME directory.
    pub fn directory_url(&self) -> String {
        format!("https://localhost:{}/dir", self.address.port())
    }

    /// Has it wish from now on that a certificate that it has signed (PEM, the first of a chain) is renewed between the two (RFC 3339).
    ///
    /// # Errors
    /// When it does not know the certificate.
    pub async fn wish_renewal(&self, certificate_pem: &str, from: &str, until: &str) -> Result<(), Error> {
        let answer = json!({ "suggestedWindow": { "start": from, "end": until } }).to_string();
        let body = json!({ "certificate": certificate_pem, "ariResponse": answer }).to_string();
        post_tls(self.management, "/set-renewal-info/", body.into(), &self.tls_root_pem).await.map(drop)
    }

    async fn try_start(server: &Path, folder: &Path, dns: SocketAddr, tls_root_pem: &str) -> Result<Self, Error> {
        let (address, management) = free_addresses().map_err(Error::io("looking for free ports"))?;
        let config = folder.join("pebble.json");
        fs::write(&config, config_json(folder, address, management).to_string())
            .map_err(Error::io("writing Pebble's configuration"))?;
        let dns = dns.to_string();
        let arguments = [OsStr::new("-config"), config.as_os_str(), OsStr::new("-dnsserver"), OsStr::new(&dns)];
        let environment = [("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0"), ("PEBBLE_AUTHZREUSE", "0")];
        let environment = environment.map(|(name, value)| (name, OsStr::new(value)));
        let mut program = Program::start("pebble", server, arguments, &environment, &folder.join("pebble.log"))?;
        // It says so before it listens, so the first connection is tried until it is taken.
        program.comes_up(|log| log.contains("ACME directory available").then_some(())).await?;
        let root = program.comes_up_with(|| get_tls(management, "/roots/0", tls_root_pem)).await?;
        Ok(Self {
            tls_root_pem: tls_root_pem.to_owned(),
            issuing_root_pem: String::from_utf8_lossy(&root).into_owned(),
            management,
            address,
            _program: program,
        })
    }
}

fn config_json(folder: &Path, address: SocketAddr, management: SocketAddr) -> serde_json::Value {
    let profile = |(name, description, seconds): (&str, &str, u64)| {
        (name.to_owned(), json!({ "description": description, "validityPeriod": seconds }))
    };
    let profiles: serde_json::Map<_, _> = PROFILES.into_iter().map(profile).collect();
    json!({ "pebble": {
        "listenAddress": address,
        "managementListenAddress": management,
        "certificate": folder.join("pebble.pem"),
        "privateKey": folder.join("pebble.key"),
        "httpPort": 5002,
        "tlsPort": 5001,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": false,
        // Seconds that a client is told to wait before it looks again: all is ready long before.
        "retryAfter": { "authz": 1, "order": 1 },
        "keyAlgorithm": "ecdsa",
        "profiles": profiles,
    } })
}

/// Two ports of this machine that are free just now.
fn free_addresses() -> std::io::Result<(SocketAddr, SocketAddr)> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (first, second) = (listen()?, listen()?);
    Ok((first.local_addr()?, second.local_addr()?))
}

/// Writes its own TLS key and certificate; gives the CA's.
fn write_certificate(folder: &Path) -> Result<String, Error> {
    let doing = "making Pebble's certificate";
    let ca_key = KeyPair::generate().map_err(Error::refused(doing))?;
    let mut ca = CertificateParams::new(Vec::new()).map_err(Error::refused(doing))?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).map_err(Error::refused(doing))?.pem();
    let key = KeyPair::generate().map_err(Error::refused(doing))?;
    let names = vec!["localhost".to_owned(), IpAddr::from(Ipv4Addr::LOCALHOST).to_string()];
    let leaf = CertificateParams::new(names).map_err(Error::refused(doing))?;
    let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).map_err(Error::refused(doing))?;
    fs::write(folder.join("pebble.pem"), leaf.pem()).map_err(Error::io(doing))?;
    fs::write(folder.join("pebble.key"), key.serialize_pem()).map_err(Error::io(doing))?;
    Ok(ca_pem)
}
