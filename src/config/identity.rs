//! A client certificate as one file: certificate, key, and the CA that the other side is known by.
//!
//! The order is the format: what stands before the private key is the client's own chain, what stands after it is the
//! CA. Any PEM tool can read it, and one file is easier to hand over safely than three.

use crate::{hosted_api::problem::Problem, secrets::Secret};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{PemObject, SectionKind},
};
use std::{fs, path::Path, sync::Arc};

/// Who a person is to a control plane elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The client's chain, leaf first, PEM.
    pub certificate_pem: String,
    /// Its key, PEM.
    pub key_pem: Secret,
    /// The control plane's CA, PEM.
    pub ca_pem: String,
}

impl Identity {
    /// Reads the file that `doltops client-certificate` wrote.
    ///
    /// # Errors
    /// Names `identity`, the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let wrong = |what: String| {
            Problem::invalid("identity", format!("{} {what}", path.display()))
                .next("make one on the control plane's machine: doltops client-certificate NAME --role ROLE")
        };
        let text = fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Self::parse(&text).ok_or_else(|| wrong("does not hold a certificate, its key and a CA, in this order".into()))
    }

    fn parse(text: &str) -> Option<Self> {
        let key_begins = text.find(KEY).and_then(|_| key_block(text))?;
        let (certificate, rest) = text.split_at(key_begins.start);
        let (key, ca) = rest.split_at(key_begins.end - key_begins.start);
        let whole = certificates(certificate)? > 0 && certificates(ca)? > 0;
        whole.then(|| Self {
            certificate_pem: certificate.to_owned(),
            key_pem: Secret::new(key),
            ca_pem: ca.trim_start().to_owned(),
        })
    }

    /// The file's text.
    pub fn to_pem(&self) -> Secret {
        let parts = [&self.certificate_pem, self.key_pem.reveal(), &self.ca_pem];
        Secret::new(parts.map(|part| format!("{}\n", part.trim())).concat())
    }

    /// What a connection to the control plane needs; it checks that the server's certificate is the CA's.
    ///
    /// # Errors
    /// Names `identity` where the certificate or the key cannot be used.
    pub fn tls(&self) -> Result<ClientConfig, Problem> {
        let wrong =
            |what: String| Problem::invalid("identity", format!("the client certificate cannot be used: {what}"));
        let mut roots = RootCertStore::empty();
        for certificate in read(&self.ca_pem).map_err(wrong)? {
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        let chain = read(&self.certificate_pem).map_err(wrong)?;
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.reveal().as_bytes());
        let key = key.map_err(|error| wrong(error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            // The other end is ours, and speaks no other.
            .with_protocol_versions(&[&rustls::version::TLS13])
            .and_then(|config| config.with_root_certificates(roots).with_client_auth_cert(chain, key))
            .map_err(|error| wrong(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

fn read(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|error| error.to_string())
}

const KEY: &str = "PRIVATE KEY-----";

/// From the beginning of the key's first line to the end of its last.
fn key_block(text: &str) -> Option<std::ops::Range<usize>> {
    let label = text.find(KEY)?;
    let start = text[..label].rfind("-----BEGIN ")?;
    let body = label + KEY.len();
    let end = body + text[body..].find(KEY)? + KEY.len();
    Some(start..end)
}

/// How many certificates; `None` where there is something else, or something broken.
fn certificates(text: &str) -> Option<usize> {
    let mut count = 0;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
        match section {
            Ok((SectionKind::Certificate, _)) => count += 1,
            _ => return None,
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Identity {
        let key = rcgen::KeyPair::generate().expect("a key");
        let pem =
            rcgen::CertificateParams::new(vec!["x".into()]).expect("names").self_signed(&key).expect("signed").pem();
        Identity { certificate_pem: pem.clone(), key_pem: Secret::new(key.serialize_pem()), ca_pem: pem }
    }

    #[test]
    fn an_identity_survives_its_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let made = made();
        fs::write(file.path(), made.to_pem().reveal()).expect("written");
        let read = Identity::read(file.path()).expect("read");
        assert_eq!(read.to_pem(), made.to_pem());
        assert_eq!(read.ca_pem.trim(), made.ca_pem.trim());
        assert_eq!(read.tls().expect("usable").alpn_protocols, [b"h2"]);
    }

    #[test]
    fn half_an_identity_is_none() {
        let made = made();
        for text in
            ["", &made.certificate_pem, made.key_pem.reveal(), &format!("{}{}", made.key_pem.reveal(), made.ca_pem)]
        {
            assert_eq!(Identity::parse(text), None, "{text}");
        }
    }
}
