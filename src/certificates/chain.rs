//! A chain that a public authority has signed: what it says, and whether it is of use.

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use x509_parser::{
    certification_request::X509CertificationRequest,
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

/// A chain, the leaf first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pem: String,
    ders: Vec<Vec<u8>>,
    /// The leaf's: hexadecimal, lower case, without leading zeros.
    pub serial: String,
    /// DNS names that the leaf carries, sorted.
    pub names: Vec<String>,
    /// When the leaf begins.
    pub not_before: Timestamp,
    /// When the leaf ends.
    pub not_after: Timestamp,
    /// The leaf's public key, DER.
    key: Vec<u8>,
}

impl Chain {
    /// Reads a chain (PEM).
    ///
    /// # Errors
    /// In words, when it holds no certificate, or one that cannot be read.
    pub fn read(pem: &str) -> Result<Self, String> {
        let ders: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .map(|der| der.map(|der| der.to_vec()).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?;
        let leaf = ders.first().ok_or("it holds no certificate")?;
        let (_, leaf) = X509Certificate::from_der(leaf).map_err(|error| error.to_string())?;
        let alternative = leaf.subject_alternative_name().map_err(|error| error.to_string())?;
        let general = alternative.as_ref().map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        let time = |seconds| Timestamp::from_second(seconds).map_err(|error| error.to_string());
        let names = general.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        });
        Ok(Self {
            serial: doltops_proto::identity::serial(&leaf),
            names: sorted(names.collect()),
            not_before: time(leaf.validity().not_before.timestamp())?,
            not_after: time(leaf.validity().not_after.timestamp())?,
            key: leaf.public_key().raw.to_vec(),
            pem: pem.to_owned(),
            ders,
        })
    }

    /// As it was read.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// DER, the leaf first.
    pub fn ders(&self) -> &[Vec<u8>] {
        &self.ders
    }

    /// The leaf, DER.
    pub fn leaf(&self) -> &[u8] {
        self.ders.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// The certificate at its end, PEM: whom a client trusts that is to trust the leaf. It is an intermediate where the
    /// authority leaves its root out, as they do.
    pub fn top_pem(&self) -> String {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        self.pem.rfind(BEGIN).map_or_else(String::new, |at| self.pem[at..].trim_end().to_owned() + "\n")
    }

    /// Whether it is for the key of `request` (PKCS#10, DER), for exactly these names, and young at `now`: in the last third
    /// of its life the next order would come at once.
    pub fn fits(&self, request: &[u8], names: &[String], now: Timestamp) -> bool {
        let Ok((_, request)) = X509CertificationRequest::from_der(request) else { return false };
        request.certification_request_info.subject_pki.raw == self.key
            && self.names == sorted(names.to_vec())
            && !self.is_old(now)
    }

    /// Whether it is in the last third of its life at `now`, in which authorities want it renewed.
    pub fn is_old(&self, now: Timestamp) -> bool {
        let third = self.not_after.duration_since(self.not_before).as_millis() / 3;
        self.not_after.duration_since(now) <= SignedDuration::from_millis_i128(third)
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn names() -> Vec<String> {
        vec!["orders.doltops.test".to_owned()]
    }

    fn signed(key: &KeyPair) -> String {
        let mut params = CertificateParams::new(names()).expect("names");
        params.not_before = time::OffsetDateTime::from_unix_timestamp(1_000_000).expect("a time");
        params.not_after = time::OffsetDateTime::from_unix_timestamp(1_000_120).expect("a time");
        params.self_signed(key).expect("signed").pem()
    }

    fn request(key: &KeyPair) -> Vec<u8> {
        CertificateParams::new(names()).expect("names").serialize_request(key).expect("a request").der().to_vec()
    }

    #[test]
    fn it_fits_its_own_key_names_and_time_alone() {
        let (key, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let chain = Chain::read(&signed(&key)).expect("a chain");
        let now = Timestamp::constant(1_000_060, 0);
        assert!(chain.fits(&request(&key), &names(), now));
        assert!(!chain.fits(&request(&other), &names(), now), "another key");
        assert!(!chain.fits(&request(&key), &["else.doltops.test".to_owned()], now), "another name");
        assert!(!chain.fits(&request(&key), &names(), Timestamp::constant(1_000_080, 0)), "in its last third");
        assert!(!chain.fits(b"no request", &names(), now));
    }

    #[test]
    fn the_top_is_the_last() {
        let (leaf, top) = (signed(&KeyPair::generate().expect("a key")), signed(&KeyPair::generate().expect("a key")));
        let chain = Chain::read(&format!("{leaf}\n{top}")).expect("a chain");
        assert_eq!(chain.ders().len(), 2);
        assert_eq!(Chain::read(&chain.top_pem()).expect("one").ders(), Chain::read(&top).expect("one").ders());
        assert!(Chain::read("nothing").is_err());
    }
}
