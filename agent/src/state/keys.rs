//! The agent's and the database's keys: made here, and never sent anywhere.
//!
//! A key is *pending* from Enrol until a Deploy brings a chain for it; then key and chain are written to one file and
//! are an *identity*. One file, so that a crash cannot leave a key with another's chain.
//!
//! Guarantees
//! - Enrol gives the same keys again until a Deploy brings a chain for them, so that a lost answer costs nothing and a
//!   certificate that a public authority has signed meanwhile is of use. Only what is older than [`PENDING`] is made anew:
//!   whoever wanted it signed has given up.
//! - A chain is promoted only when its leaf has the public key of the pending key, or of the identity that is there:
//!   a Deploy that is sent twice finds its chain promoted already.

use super::files;
use crate::clock;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::{crypto::ring, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{fs, io, path::Path};
use thiserror::Error;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// How long a key waits for its chain. Longer than the authorities' limits last, which are of a week at most, is no wait
/// any more: a key that its authority refuses is gone by then.
const PENDING: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Why there is no key or identity.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// Names that no certificate can carry, or a key that cannot be made.
    #[error("no signing request can be made: {0}")]
    Request(#[from] rcgen::Error),
    /// The chain is for another key.
    #[error("the {what}'s certificate chain is for none of its keys here: enrol again and deploy the new chain")]
    OtherKey {
        /// agent, database.
        what: &'static str,
    },
    /// A file or a chain that cannot be read.
    #[error("the {what}'s identity cannot be read: {why}")]
    Unreadable {
        /// agent, database.
        what: &'static str,
        /// Why, without the content.
        why: String,
    },
}

/// The kept pending key, or a new one that is kept from now on.
///
/// # Errors
/// The disk's.
pub fn pending(path: &Path) -> Result<KeyPair, KeyError> {
    if let Some(pem) = files::read(path)?
        && !is_given_up(path)?
    {
        return Ok(KeyPair::from_pem(&pem)?);
    }
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    files::write(path, key.serialize_pem().as_bytes())?;
    Ok(key)
}

/// Whether a pending key is older than anybody waits. One from the future is as good as new: clocks are set.
fn is_given_up(path: &Path) -> Result<bool, KeyError> {
    let written = Timestamp::try_from(fs::metadata(path)?.modified()?).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(clock::now().duration_since(written) > PENDING)
}

/// A signing request (PKCS#10, DER) for `names`: DNS names and addresses.
///
/// # Errors
/// A name that no certificate can carry.
pub fn request(key: &KeyPair, names: Vec<String>) -> Result<Vec<u8>, KeyError> {
    let mut subject = DistinguishedName::new();
    // Names count; the subject is for people who look, and has 64 characters at most.
    subject.push(DnType::CommonName, names.first().filter(|name| name.len() <= 64).map_or("doltops", String::as_str));
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = subject;
    Ok(params.serialize_request(key)?.der().to_vec())
}

/// A key with its chain.
#[derive(Clone, Debug)]
pub struct Identity {
    /// As rustls serves it.
    pub certified: CertifiedKey,
    pem: String,
}

impl Identity {
    /// The identity in a file; none where there is no file.
    ///
    /// # Errors
    /// When the file is there and holds no key with its chain.
    pub fn read(path: &Path, what: &'static str) -> Result<Option<Self>, KeyError> {
        files::read(path)?.map(|pem| Self::parse(pem.clone(), &pem, what)).transpose()
    }

    /// From PEM: the chain, and the key.
    ///
    /// # Errors
    /// When they cannot be read or do not belong together.
    pub fn parse(chain: String, key: &str, what: &'static str) -> Result<Self, KeyError> {
        let unreadable = |why: String| KeyError::Unreadable { what, why };
        let parsed: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|e| unreadable(e.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| unreadable("it has no key".into()))?;
        if parsed.is_empty() {
            return Err(unreadable("it has no certificate".into()));
        }
        let certified =
            CertifiedKey::from_der(parsed, key, &ring::default_provider()).map_err(|e| unreadable(e.to_string()))?;
        Ok(Self { certified, pem: chain })
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, path: &Path, readers: files::Readers) -> Result<(), KeyError> {
        Ok(files::write_for(readers, path, self.pem.as_bytes())?)
    }

    /// The certificate at the end of its chain, PEM; none where the chain is the leaf alone.
    pub fn chain_top(&self) -> Option<String> {
        let (_leaf, rest) = self.certified.cert.split_first()?;
        rest.last().map(|top| pem::encode(&pem::Pem::new("CERTIFICATE", top.as_ref())))
    }

    /// What is told of its leaf.
    ///
    /// # Errors
    /// When the leaf cannot be read.
    pub fn facts(&self) -> Result<Facts, String> {
        Facts::of(self.certified.cert.first().map(AsRef::as_ref).unwrap_or_default())
    }
}

/// The identity that `chain` makes with the pending key, or with the key of the identity that is there.
///
/// # Errors
/// [`KeyError::OtherKey`] when it belongs to neither.
pub fn identity(chain: &[Vec<u8>], pending: &Path, current: &Path, what: &'static str) -> Result<Identity, KeyError> {
    let chain: String = chain.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.clone()))).collect();
    for path in [pending, current] {
        let Some(text) = files::read(path)? else { continue };
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| KeyError::Unreadable { what, why: format!("{} holds no key", path.display()) })?;
        let key = pem::encode(&pem::Pem::new("PRIVATE KEY", key.secret_der()));
        // The key last: Dolt and rustls take both from one file in any order.
        if let Ok(mut identity) = Identity::parse(chain.clone(), &key, what) {
            identity.pem = format!("{chain}{key}");
            return Ok(identity);
        }
    }
    Err(KeyError::OtherKey { what })
}

/// What is told of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Hexadecimal.
    pub serial: String,
    /// When it begins, Unix milliseconds; 0 in a file of an earlier version.
    #[serde(default)]
    pub not_before_ms: i64,
    /// Unix milliseconds.
    pub not_after_ms: i64,
    /// DNS names and addresses.
    pub names: Vec<String>,
}

impl Facts {
    fn of(leaf: &[u8]) -> Result<Self, String> {
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|error| error.to_string())?;
        let names = parsed.subject_alternative_name().map_err(|error| error.to_string())?;
        Ok(Self {
            serial: doltops_proto::identity::serial(&parsed),
            not_before_ms: parsed.validity().not_before.timestamp().saturating_mul(1000),
            not_after_ms: parsed.validity().not_after.timestamp().saturating_mul(1000),
            names: names.map(|names| names.value.general_names.iter().filter_map(name).collect()).unwrap_or_default(),
        })
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }
    }

    fn chain(key: &KeyPair) -> Vec<Vec<u8>> {
        let params = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).expect("names");
        vec![params.self_signed(key).expect("signed").der().to_vec()]
    }

    #[test]
    fn a_lost_answer_to_enrol_costs_no_key() {
        let place = Place::new();
        let path = place.path("pending");
        let first = pending(&path).expect("made");
        assert_eq!(first.serialize_pem(), pending(&path).expect("kept").serialize_pem());
        let long_ago = std::time::SystemTime::from(clock::now() - PENDING - SignedDuration::from_hours(1));
        fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(long_ago)).expect("aged");
        assert_ne!(first.serialize_pem(), pending(&path).expect("made anew").serialize_pem());
    }

    #[test]
    fn the_same_chain_twice_is_one_identity_and_another_keys_is_refused() {
        let place = Place::new();
        let key = pending(&place.path("pending")).expect("made");
        let chain = chain(&key);
        let one = identity(&chain, &place.path("pending"), &place.path("current"), "database").expect("its own");
        one.write(&place.path("current"), files::Readers::Owner).expect("kept");
        files::remove(&place.path("pending")).expect("promoted");
        pending(&place.path("pending")).expect("a later enrolment");
        let two =
            identity(&chain, &place.path("pending"), &place.path("current"), "database").expect("promoted already");
        assert_eq!(one.pem, two.pem);
        assert_eq!(two.facts().expect("read").names, ["localhost", "127.0.0.1"]);
        let kept = Identity::read(&place.path("current"), "database").expect("read").expect("there");
        assert_eq!(kept.facts(), one.facts());

        let other = KeyPair::generate().expect("a key");
        let error = identity(&self::chain(&other), &place.path("pending"), &place.path("current"), "database");
        assert!(matches!(error, Err(KeyError::OtherKey { .. })), "{error:?}");
    }

    #[test]
    fn a_request_carries_the_names() {
        let key = KeyPair::generate().expect("a key");
        let der = request(&key, vec!["orders.localhost".into(), "127.0.0.1".into()]).expect("made");
        let parsed = rcgen::CertificateSigningRequestParams::from_der(&der.into()).expect("a request");
        assert_eq!(parsed.params.subject_alt_names.len(), 2);
    }
}
