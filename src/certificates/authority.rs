//! One certificate authority.

use super::{
    CLIENT_LIFETIME, SKEW,
    serial::{self, Tag},
};
use crate::{
    env::Env,
    secrets::{Secret, SecretError, Secrets},
};
use doltops_proto::identity::Caller;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use rustls_pki_types::CertificateSigningRequestDer;
use thiserror::Error;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

/// An authority's own certificate: longer than any deployment lives without being upgraded.
const AUTHORITY_LIFETIME: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// Why a certificate was not made.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The authority's key could not be read or kept.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A key, a request or a name is not what it should be.
    #[error("a certificate cannot be made: {0}")]
    Crypto(#[from] rcgen::Error),
    /// A name is not allowed in a certificate.
    #[error("'{0}' cannot stand in a certificate")]
    Name(String),
    /// What was made cannot be served.
    #[error("a certificate cannot be used: {0}")]
    Unusable(String),
}

/// A certificate authority with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    certificate_der: Vec<u8>,
    subject: Vec<u8>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(…)")
    }
}

/// A certificate with its key, as PEM.
pub struct Identity {
    /// The certificate; anyone may see it.
    pub certificate_pem: String,
    /// The key.
    pub key_pem: Secret,
    /// The serial number, hexadecimal and lower case without leading zeros.
    pub serial: String,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What a certificate at the end of a chain says.
#[derive(Clone, Debug)]
pub struct Leaf {
    names: Vec<SanText>,
    purpose: ExtendedKeyUsagePurpose,
    lifetime: SignedDuration,
    after: u64,
}

#[derive(Clone, Debug)]
enum SanText {
    Host(String),
    Uri(String),
}

impl Leaf {
    /// For a server that is reached by these names and addresses.
    pub fn server(names: Vec<String>, lifetime: SignedDuration) -> Self {
        let names = names.into_iter().map(SanText::Host).collect();
        Self { names, purpose: ExtendedKeyUsagePurpose::ServerAuth, lifetime, after: 0 }
    }

    /// With an issue number above this one.
    #[must_use]
    pub fn after(self, number: u64) -> Self {
        Self { after: number, ..self }
    }

    /// For a client.
    pub fn client(caller: &Caller) -> Self {
        Self {
            names: vec![SanText::Uri(caller.uri())],
            purpose: ExtendedKeyUsagePurpose::ClientAuth,
            lifetime: CLIENT_LIFETIME,
            after: 0,
        }
    }

    fn params(&self, tag: Tag, env: &dyn Env) -> Result<CertificateParams, CertificateError> {
        let mut params = dated(self.lifetime, env);
        // Rises with time, and also where the clock was set back.
        let number = u64::try_from(env.now().as_millisecond()).unwrap_or_default().max(self.after.saturating_add(1));
        params.serial_number = Some(SerialNumber::from_slice(&serial::make(tag, number, env.random())));
        params.subject_alt_names = self.names.iter().map(SanText::name).collect::<Result<_, _>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![self.purpose.clone()];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }
}

impl SanText {
    fn name(&self) -> Result<SanType, CertificateError> {
        let (text, uri) = match self {
            SanText::Host(text) => (text, false),
            SanText::Uri(text) => (text, true),
        };
        if let (false, Ok(address)) = (uri, text.parse()) {
            return Ok(SanType::IpAddress(address));
        }
        let ascii = text.as_str().try_into().map_err(|_| CertificateError::Name(text.clone()))?;
        Ok(if uri { SanType::URI(ascii) } else { SanType::DnsName(ascii) })
    }
}

/// Parameters with the lifetime, from [`SKEW`] ago.
fn dated(lifetime: SignedDuration, env: &dyn Env) -> CertificateParams {
    let moment =
        |time: Timestamp| OffsetDateTime::from_unix_timestamp(time.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = moment(env.now() - SKEW);
    params.not_after = moment(env.now() + lifetime);
    params
}

impl Authority {
    /// Takes the authority of that name from the secrets, or makes it.
    ///
    /// # Errors
    /// When the secret cannot be read or kept, or is no authority.
    pub async fn open(
        secrets: &dyn Secrets,
        name: &str,
        common_name: &str,
        env: &dyn Env,
    ) -> Result<Self, CertificateError> {
        // One secret holds both, so that a crash never leaves a key without its certificate.
        let pem = match secrets.get(name).await? {
            Some(pem) => pem,
            None => {
                // Two daemons that start at once go on with the same.
                secrets.put_new(name, &Secret::new(Self::make(common_name, env)?)).await?
            }
        };
        Self::read(pem.reveal())
    }

    /// From its certificate and key, PEM.
    ///
    /// # Errors
    /// When it is no authority.
    pub fn read(pem: &str) -> Result<Self, CertificateError> {
        let (certificate_pem, key_pem) = split(pem);
        let issuer = Issuer::from_ca_cert_pem(&certificate_pem, KeyPair::from_pem(&key_pem)?)?;
        let certificate_der = der(&certificate_pem)?;
        let subject = X509Certificate::from_der(&certificate_der).map(|(_, parsed)| parsed.subject().as_raw().to_vec());
        let subject = subject.map_err(|error| CertificateError::Unusable(error.to_string()))?;
        Ok(Self { issuer, certificate_pem, certificate_der, subject })
    }

    /// Its certificate and key, PEM.
    pub fn to_pem(&self) -> Secret {
        Secret::new(format!("{}\n{}", self.certificate_pem.trim(), self.issuer.key().serialize_pem()))
    }

    /// A new one, PEM: its certificate and its key.
    ///
    /// # Errors
    /// When a key cannot be made.
    pub fn make(common_name: &str, env: &dyn Env) -> Result<String, CertificateError> {
        make(common_name, env)
    }

    /// By which it is told from others in a handshake: its name, DER.
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// What the serial numbers of its certificates begin with.
    pub fn tag(&self) -> Tag {
        Tag::of(&self.certificate_der)
    }

    /// The authority's own certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The same, DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// Makes a key and its certificate.
    ///
    /// # Errors
    /// When a name is not allowed in a certificate.
    pub fn identity(&self, leaf: &Leaf, env: &dyn Env) -> Result<Identity, CertificateError> {
        let key = KeyPair::generate()?;
        let params = leaf.params(self.tag(), env)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity {
            certificate_pem: certificate.pem(),
            key_pem: Secret::new(key.serialize_pem()),
            serial: serial_of(&params),
            not_after: env.now() + leaf.lifetime,
        })
    }

    /// Signs the public key of a signing request (DER) and gives the certificate (DER).
    ///
    /// # Errors
    /// When the request cannot be read, or its own signature is wrong.
    pub fn sign(&self, request: &[u8], leaf: &Leaf, env: &dyn Env) -> Result<Vec<u8>, CertificateError> {
        let request = CertificateSigningRequestDer::from(request);
        let key = CertificateSigningRequestParams::from_der(&request)?.public_key;
        self.certify(&key, leaf, env)
    }

    fn certify(&self, key: &impl PublicKeyData, leaf: &Leaf, env: &dyn Env) -> Result<Vec<u8>, CertificateError> {
        Ok(leaf.params(self.tag(), env)?.signed_by(key, &self.issuer)?.der().to_vec())
    }
}

fn serial_of(params: &CertificateParams) -> String {
    let bytes = params.serial_number.as_ref().map(SerialNumber::to_bytes).unwrap_or_default();
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.trim_start_matches('0').to_owned()
}

fn make(common_name: &str, env: &dyn Env) -> Result<String, CertificateError> {
    let key = KeyPair::generate()?;
    let mut params = dated(AUTHORITY_LIFETIME, env);
    // 127 bits, positive (RFC 5280, 4.1.2.2).
    let mut serial = [env.random().to_be_bytes(), env.random().to_be_bytes()].concat();
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(format!("{}{}", params.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// The certificate and the key of one text.
fn split(pem: &str) -> (String, String) {
    const END: &str = "-----END CERTIFICATE-----";
    let at = pem.find(END).map_or(0, |at| at + END.len());
    (pem[..at].to_owned(), pem[at..].trim_start().to_owned())
}

fn der(certificate_pem: &str) -> Result<Vec<u8>, CertificateError> {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    CertificateDer::from_pem_slice(certificate_pem.as_bytes())
        .map(|der| der.to_vec())
        .map_err(|error| CertificateError::Name(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::{Authorities, For, Held};
    use super::*;
    use crate::{env::System, secrets::folder::Folder};
    use doltops_proto::identity::{self, Role};

    #[tokio::test]
    async fn an_authority_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let (secrets, env) = (Folder::new(folder.path()), System::new());
        let first = Authorities::open(&secrets, &env).await.expect("made");
        let again = Authorities::open(&secrets, &env).await.expect("read");
        let pem = |held: &Held| held.now().signer().certificate_pem().to_owned();
        assert_eq!(pem(&first.control), pem(&again.control));
        assert_ne!(pem(&first.control), pem(&first.deployment));
    }

    #[tokio::test]
    async fn only_the_key_of_a_request_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let (secrets, env) = (Folder::new(folder.path()), System::new());
        let authorities = Authorities::open(&secrets, &env).await.expect("made");
        let key = KeyPair::generate().expect("a key");
        let wish = CertificateParams::new(vec!["elsewhere.example.com".to_owned()]).expect("valid");
        let request = wish.serialize_request(&key).expect("a request");
        let signed = authorities.agent(request.der(), "d-1", &For::default(), &env).expect("signed");
        let (_, certificate) = X509Certificate::from_der(&signed).expect("a certificate");
        let names = format!("{:?}", certificate.subject_alternative_name().expect("one").expect("there").value);
        assert!(names.contains(&identity::agent_name("d-1")) && !names.contains("elsewhere"), "{names}");
        let usage = certificate.extended_key_usage().expect("one").expect("there").value;
        assert!(usage.server_auth && !usage.client_auth);
    }

    #[tokio::test]
    async fn a_client_certificate_tells_its_holder_and_serial() {
        let folder = tempfile::tempdir().expect("a folder");
        let (secrets, env) = (Folder::new(folder.path()), System::new());
        let authorities = Authorities::open(&secrets, &env).await.expect("made");
        let caller = Caller::Person { name: "op1".into(), role: Role::Operator };
        let made = authorities.client(&caller, &env).expect("made");
        let peer = identity::peer(&der(&made.certificate_pem).expect("der")).expect("one of ours");
        assert_eq!((peer.caller, peer.serial), (caller, made.serial));
    }
}
