//! Certificate authorities of a test's own.

use doltops_proto::identity::Caller;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};

/// Signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
    pub der: Vec<u8>,
}

/// A certificate with its key, PEM.
#[derive(Clone)]
pub struct Signed {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = ca("a root");
        let certificate = params.self_signed(&key).expect("signed");
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), issuer: Issuer::new(params, key) }
    }

    /// As public authorities are: a root, and who signs for it.
    pub fn with_intermediate() -> (Self, Self) {
        let root = Self::new();
        let key = KeyPair::generate().expect("a key");
        let params = ca("an intermediate");
        let certificate = params.signed_by(&key, &root.issuer).expect("signed");
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        (root, Self { pem, der, issuer: Issuer::new(params, key) })
    }

    /// For a client only, naming `caller`.
    pub fn client(&self, caller: &Caller) -> Signed {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.subject_alt_names = vec![SanType::URI(caller.uri().try_into().expect("a URI"))];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
    }

    /// For a server only.
    pub fn server(&self, name: &str) -> Signed {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    /// What an agent asked for, for a server only.
    pub fn answer(&self, request: Vec<u8>) -> Vec<u8> {
        let mut request = CertificateSigningRequestParams::from_der(&request.into()).expect("a request");
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        request.signed_by(&self.issuer).expect("signed").der().to_vec()
    }

    fn sign(&self, params: &CertificateParams) -> Signed {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        Signed { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}
