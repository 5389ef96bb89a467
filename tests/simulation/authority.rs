//! The simulated authority of public certificates, behind the product's own trait: it signs for real keys, keeps the
//! limits of Let's Encrypt for the same names, and may want a certificate renewed at any time.
//!
//! Not here: the protocol (ACME) and its challenges, which the stories try on a real server.

use super::{
    gate::{self, Latency},
    schedule::No,
    world::{Shared, World, lock},
};
use async_trait::async_trait;
use doltops::{
    certificates::{
        Chain,
        public::{Order, OrderError, PublicAuthority, Renewal},
    },
    model::Suggested,
};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, IsCa, Issuer, KeyPair, SerialNumber,
};
use rustls_pki_types::CertificateSigningRequestDer;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
    time::Duration,
};

/// An order with its challenge, which every name server must show.
const ORDER: Latency = Latency(1_000, 6_000);
/// Only a question.
const WISH: Latency = Latency(50, 200);

/// Let's Encrypt signs so many for the same names within [`WEEK`], but for those that it wants renewed.
const FOR_THE_SAME_NAMES: usize = 5;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// A certificate's life.
const LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Within this the authority wants renewed what it is going to revoke.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// What the authority knows.
#[derive(Default)]
pub struct Signed {
    /// When the certificates of each name were signed that count towards its limit.
    counted: BTreeMap<Vec<String>, Vec<Duration>>,
    /// What has had a successor signed.
    replaced: BTreeSet<String>,
    /// What it wants renewed, by serial.
    pub wished: BTreeMap<String, Suggested>,
    number: u64,
}

/// The authority as one process reaches it.
pub struct SimAuthority {
    pub world: Shared,
    pub process: usize,
}

/// Who signs; the same for every run.
static ISSUER: LazyLock<(Issuer<'static, KeyPair>, String)> = LazyLock::new(|| {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("signed").pem();
    (Issuer::new(params, key), pem)
});

fn failed(no: No, why: String) -> OrderError {
    match no {
        No::Denied | No::Mismatch => OrderError::Refused(why),
        _ => OrderError::Later(why),
    }
}

fn moment(at: Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.as_second()).expect("a time")
}

impl World {
    /// Until when nothing is signed for these names any more.
    fn limit(&self, names: &[String]) -> Option<Timestamp> {
        let now = self.now();
        let recent = self.signed.counted.get(names)?.iter().filter(|at| **at + WEEK > now);
        let recent: Vec<_> = recent.collect();
        let first = recent.len().checked_sub(FOR_THE_SAME_NAMES).and_then(|at| recent.get(at))?;
        Some(self.clock.stamp() + SignedDuration::try_from(**first + WEEK - now).expect("a week"))
    }

    /// Whether a certificate of the authority's can be had for these names.
    pub fn may_be_signed(&self, names: &[String]) -> bool {
        self.limit(names).is_none()
    }

    fn sign(&mut self, order: &Order) -> Result<Chain, OrderError> {
        let successor = order.replaces.as_ref().map(|chain| chain.serial.clone());
        let due =
            order.renewal == Renewal::Due && successor.as_ref().is_some_and(|it| !self.signed.replaced.contains(it));
        if !due {
            if let Some(until) = self.limit(&order.names) {
                return Err(OrderError::NotBefore { until, why: "too many certificates for these names".to_owned() });
            }
            let now = self.now();
            self.signed.counted.entry(order.names.clone()).or_default().push(now);
        }
        self.signed.replaced.extend(successor);
        self.signed.number += 1;
        self.touches += 1;
        let request = CertificateSigningRequestDer::from(order.request.clone());
        let mut request = CertificateSigningRequestParams::from_der(&request).expect("a request");
        let asked = CertificateParams::new(order.names.clone()).expect("names");
        let stamp = self.clock.stamp();
        request.params.subject_alt_names = asked.subject_alt_names;
        request.params.serial_number = Some(SerialNumber::from(0x5161_0000_0000_0000 + self.signed.number));
        request.params.not_before = moment(stamp - SignedDuration::from_hours(1));
        request.params.not_after = moment(stamp + LIFE);
        let (issuer, top) = &*ISSUER;
        let leaf = request.signed_by(issuer).expect("signed").pem();
        Ok(Chain::read(&format!("{leaf}{top}")).expect("a chain"))
    }

    /// The authority is going to revoke this one, and says so early.
    pub fn wants_renewed(&mut self, serial: &str) {
        let at = self.clock.stamp();
        self.signed.wished.insert(serial.to_owned(), Suggested { at, until: at + SOON });
    }
}

#[async_trait]
impl PublicAuthority for SimAuthority {
    async fn order(&self, order: &Order) -> Result<Chain, OrderError> {
        let (what, order) = (format!("order {}", order.names.join(" ")), order.clone());
        gate::effect(&self.world, self.process, ORDER, &what, failed, move |world| world.sign(&order)).await
    }

    async fn hindrance(&self, names: &[String]) -> Option<OrderError> {
        let until = lock(&self.world).limit(names)?;
        Some(OrderError::NotBefore { until, why: "too many certificates for these names".to_owned() })
    }

    async fn renewal(&self, chain: &Chain) -> Result<Option<Suggested>, OrderError> {
        let serial = chain.serial.clone();
        Ok(gate::read(&self.world, self.process, WISH, move |world| world.signed.wished.get(&serial).copied()).await)
    }
}
