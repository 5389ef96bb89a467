//! Crashes, refusals and repeats around one order, with an authority that counts.

use super::*;
use crate::{env::System, model::DeploymentName, secrets::folder::Folder};
use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, IsCa, Issuer, KeyPair};
use std::sync::atomic::{AtomicU32, Ordering as Atomic};

const ONE: Incarnation = Incarnation(1);

/// Signs what it is asked for, or says why not.
struct Counting {
    issuer: Issuer<'static, KeyPair>,
    orders: AtomicU32,
    replaced: AtomicU32,
    renewals: Mutex<Vec<Renewal>>,
    refuses: Mutex<Option<OrderError>>,
    /// The serial of what it wants renewed.
    revokes: Mutex<Option<String>>,
}

const WISH: Suggested =
    Suggested { at: Timestamp::constant(1_800_000_000, 0), until: Timestamp::constant(1_800_003_600, 0) };

impl Counting {
    fn new() -> Arc<Self> {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = Issuer::new(params, KeyPair::generate().expect("a key"));
        Arc::new(Self {
            issuer,
            orders: AtomicU32::new(0),
            replaced: AtomicU32::new(0),
            renewals: Mutex::default(),
            refuses: Mutex::new(None),
            revokes: Mutex::new(None),
        })
    }
}

#[async_trait]
impl PublicAuthority for Counting {
    async fn order(&self, order: &Order) -> Result<Chain, OrderError> {
        self.orders.fetch_add(1, Atomic::Relaxed);
        self.replaced.fetch_add(u32::from(order.replaces.is_some()), Atomic::Relaxed);
        self.renewals.lock().expect("ours").push(order.renewal);
        if let Some(error) = self.refuses.lock().expect("ours").take() {
            return Err(error);
        }
        let request = CertificateSigningRequestParams::from_der(&order.request.clone().into()).expect("a request");
        Ok(Chain::read(&request.signed_by(&self.issuer).expect("signed").pem()).expect("a chain"))
    }

    async fn hindrance(&self, _: &[String]) -> Option<OrderError> {
        self.refuses.lock().expect("ours").take()
    }

    async fn renewal(&self, chain: &Chain) -> Result<Option<Suggested>, OrderError> {
        Ok((self.revokes.lock().expect("ours").as_ref() == Some(&chain.serial)).then_some(WISH))
    }
}

fn names() -> Vec<String> {
    vec!["orders.doltops.test".to_owned()]
}

fn request() -> Vec<u8> {
    let key = KeyPair::generate().expect("a key");
    CertificateParams::new(names()).expect("names").serialize_request(&key).expect("a request").der().to_vec()
}

fn record() -> Record {
    let name: DeploymentName = "orders".parse().expect("a name");
    Record::new(DeploymentId::new("d-1"), name)
}

fn certificates(folder: &tempfile::TempDir, authority: &Arc<Counting>) -> Certificates {
    let secrets = Arc::new(Folder::new(folder.path()));
    Certificates::new(Some(authority.clone()), secrets, Arc::new(System::new()))
}

fn known(certificates: &Certificates, record: &Record) -> Observed {
    let mut observed = Observed::default();
    certificates.add_to(&mut observed, record);
    observed
}

/// The process dies after the order: the next one finds what was signed, and orders nothing.
#[tokio::test]
async fn a_crash_after_the_order_costs_no_second() {
    let (folder, authority, request) = (tempfile::tempdir().expect("a folder"), Counting::new(), request());
    let first = certificates(&folder, &authority);
    first.order(&record(), ONE, request.clone(), names(), None).await.expect("signed");
    let issued = known(&first, &record()).issued.expect("known");
    drop(first);

    let second = certificates(&folder, &authority);
    assert_eq!(known(&second, &record()).issued, None, "it is looked for when it is needed");
    second.order(&record(), ONE, request.clone(), names(), None).await.expect("kept");
    assert_eq!(known(&second, &record()).issued, Some(issued.clone()));
    assert_eq!(authority.orders.load(Atomic::Relaxed), 1);
    let chain = second.fitting(&record(), &request, &names()).await.expect("it fits");
    assert_eq!(chain.serial, issued.serial);
}

/// The authority revokes what is served; its successor is signed and kept, and the process dies before it is deployed. It
/// went on being served until two thirds of its life: of the successor the authority wishes nothing.
#[tokio::test]
async fn the_wish_is_asked_for_what_is_served() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Counting::new());
    let first = certificates(&folder, &authority);
    first.order(&record(), ONE, request(), names(), None).await.expect("signed");
    let serves = known(&first, &record()).issued.expect("known").serial;
    let record = Record { certificate_serial: serves.clone(), ..record() };
    *authority.revokes.lock().expect("ours") = Some(serves.clone());
    assert!(first.ask_wish(&record).await);
    first.order(&record, ONE, request(), names(), Some(&serves)).await.expect("renewed");
    assert!(!first.ask_wish(&record).await, "its successor waits to be deployed");

    let second = certificates(&folder, &authority);
    assert!(second.ask_wish(&record).await);
    assert_eq!(known(&second, &record).ordering.suggested, Some(WISH));
    // The successor was for a key that is gone: what is served stays known all the same.
    second.order(&record, ONE, request(), names(), Some(&serves)).await.expect("renewed again");
    assert!(certificates(&folder, &authority).ask_wish(&record).await);
}

/// A renewal names what it replaces, and both are trusted while either may be served.
#[tokio::test]
async fn a_renewal_names_what_it_replaces() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Counting::new());
    let certificates = certificates(&folder, &authority);
    certificates.order(&record(), ONE, request(), names(), None).await.expect("signed");
    let serves = known(&certificates, &record()).issued.expect("known").serial;
    certificates.order(&record(), ONE, request(), names(), Some(&serves)).await.expect("renewed");
    assert_eq!((authority.orders.load(Atomic::Relaxed), authority.replaced.load(Atomic::Relaxed)), (2, 1));
    let trusted = certificates.trusted(&record().id).await.expect("read").expect("there");
    assert_eq!(trusted.matches("BEGIN CERTIFICATE").count(), 2);
}

/// Its instance is gone, and its key with it: the next one names it all the same, and is no new one to the authority.
#[tokio::test]
async fn the_certificate_of_a_lost_instance_is_replaced() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Counting::new());
    let certificates = certificates(&folder, &authority);
    certificates.order(&record(), ONE, request(), names(), None).await.expect("signed");
    certificates.order(&record(), Incarnation(2), request(), names(), None).await.expect("replaced");
    certificates
        .order(&record(), Incarnation(3), request(), vec!["other.doltops.test".to_owned()], None)
        .await
        .expect("new");
    assert_eq!(*authority.renewals.lock().expect("ours"), [Renewal::New, Renewal::Early, Renewal::New]);
    assert_eq!(authority.replaced.load(Atomic::Relaxed), 1);
}

/// The key that it was signed for is gone: what was known of it is, too.
#[tokio::test]
async fn what_does_not_fit_is_ordered_again() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Counting::new());
    let certificates = certificates(&folder, &authority);
    certificates.order(&record(), ONE, request(), names(), None).await.expect("signed");
    assert!(certificates.fitting(&record(), &request(), &names()).await.is_err());
    assert_eq!(known(&certificates, &record()).issued, None);
}

#[tokio::test]
async fn a_refusal_is_told_and_a_change_asks_anew() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Counting::new());
    let certificates = certificates(&folder, &authority);
    let refuse = |error| *authority.refuses.lock().expect("ours") = Some(error);
    refuse(OrderError::Refused("no such name".to_owned()));
    certificates.order(&record(), ONE, request(), names(), None).await.expect_err("refused");
    let failure = known(&certificates, &record()).ordering.failure.expect("told");
    assert!(failure.error.contains("no such name") && failure.again > failure.since);
    let changed = Record { generation: Generation(2), ..record() };
    assert_eq!(known(&certificates, &changed).ordering.failure, None);

    let until = Timestamp::constant(4_000_000_000, 0);
    refuse(OrderError::NotBefore { until, why: "50 a week".to_owned() });
    certificates.order(&changed, ONE, request(), names(), None).await.expect_err("a limit");
    let again = Record { generation: Generation(3), ..record() };
    assert_eq!(known(&certificates, &again).ordering.failure.expect("no change lifts a limit").again, until);
    certificates.order(&again, ONE, request(), names(), None).await.expect("signed");
    assert_eq!(known(&certificates, &again).ordering.failure, None);
}

/// What a plan says before anybody orders.
#[tokio::test]
async fn what_stands_in_the_way_of_a_first_one_is_told_without_an_order() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Counting::new());
    let certificates = certificates(&folder, &authority);
    assert_eq!(certificates.hindrance(&names()).await, None);
    let until = Timestamp::constant(4_000_000_000, 0);
    *authority.refuses.lock().expect("ours") = Some(OrderError::NotBefore { until, why: "50 a week".to_owned() });
    let told = certificates.hindrance(&names()).await.expect("it is told");
    assert!(told.starts_with("not before 2096") && told.contains("50 a week"), "{told}");
    assert_eq!(authority.orders.load(Atomic::Relaxed), 0);
    let none = Certificates::new(None, certificates.secrets.clone(), certificates.env.clone());
    assert!(none.hindrance(&names()).await.expect("it is told").contains("[acme]"));
}

#[test]
fn refusals_are_left_alone_for_ever_longer() {
    let now = Timestamp::constant(1_800_000_000, 0);
    let minutes = |times| later(now, FIRST_REFUSAL, LONGEST_REFUSAL, times).duration_since(now).as_mins();
    assert_eq!([1, 2, 3, 7, 40, u32::MAX].map(minutes), [15, 30, 60, 720, 720, 720]);
}
