//! Certificates of a public authority, from the order to the wish for a renewal: a real Pebble, moto's Route 53 with AWS's
//! own refusals, a real DNS server between the two. Without instances: an agent's key is this story's own.

use doltops::{
    certificates::{
        Chain,
        acme::{Acme, AcmeOptions},
        public::{Order, OrderError, PublicAuthority, Renewal},
    },
    cloud::aws::AwsCloud,
    config::{Flags, load},
    env::{Env, System},
    hosting::{AwsProvider, Provider},
    model::{DeploymentId, Generation, Incarnation, Issued, Observed, Record},
    reconcile::{certificates::Certificates, challenges::CloudChallenges},
    secrets::{Secrets, folder::Folder},
};
use doltops_stand_in::{Options, StandIn, sdk_config, settings};
use jiff::SignedDuration;
use rcgen::{CertificateParams, KeyPair};
use std::sync::Arc;

const HOST: &str = "orders.doltops.test";

/// A control plane's side of an authority, over and over on the same account: each is as after a restart.
struct Place {
    stand_in: StandIn,
    aws: Box<AwsProvider>,
    folder: tempfile::TempDir,
    env: Arc<System>,
}

impl Place {
    async fn new() -> Self {
        let stand_in = StandIn::start(Options::default()).await.expect("a stand-in");
        let file = settings::write(&stand_in).expect("a configuration");
        let config = load(&Flags { config: Some(file), ..Flags::default() }).expect("valid");
        let Provider::Aws(mut aws) = Provider::of(&config).expect("a provider") else { panic!("it says aws") };
        aws.acme.profile = Some("default".to_owned());
        let folder = tempfile::tempdir().expect("a folder");
        Self { stand_in, aws, folder, env: Arc::new(System::new()) }
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        Arc::new(Folder::new(self.folder.path()))
    }

    async fn acme(&self, options: AcmeOptions) -> Arc<Acme> {
        let sdk = sdk_config(self.stand_in.endpoint_url());
        let cloud = AwsCloud::open(&sdk, self.aws.cloud.clone(), "cp-story".to_owned(), self.env.clone()).await;
        let challenges = Arc::new(CloudChallenges(Arc::new(cloud.expect("the account"))));
        Arc::new(Acme::new(options, self.secrets(), self.env.clone(), challenges))
    }

    /// As a control plane has them that has just been started.
    async fn certificates(&self) -> Certificates {
        let acme = self.acme(self.aws.acme.clone()).await;
        Certificates::new(Some(acme), self.secrets(), self.env.clone())
    }

    /// The challenges that stand in the hosted zone.
    async fn challenges(&self) -> Vec<String> {
        let records = self.stand_in.records().await.expect("moto answers");
        let names = records.into_iter().map(|record| record.name);
        names.filter(|name| name.starts_with("_acme-challenge.")).collect()
    }

    async fn kept(&self) -> Chain {
        let pem = self.secrets().get("deployments/d-1/certificate").await.expect("read").expect("it is kept");
        Chain::read(pem.reveal()).expect("a chain")
    }
}

fn record() -> Record {
    Record::new(DeploymentId::new("d-1"), "orders".parse().expect("a name"))
}

fn names() -> Vec<String> {
    vec![HOST.to_owned()]
}

/// What an agent asks to be signed.
fn request(name: &str) -> Vec<u8> {
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    params.serialize_request(&KeyPair::generate().expect("a key")).expect("a request").der().to_vec()
}

fn order(name: &str) -> Order {
    Order { names: vec![name.to_owned()], request: request(name), replaces: None, renewal: Renewal::New }
}

fn known(certificates: &Certificates) -> Observed {
    let mut observed = Observed::default();
    certificates.add_to(&mut observed, &record());
    observed
}

fn issued(certificates: &Certificates) -> Issued {
    known(certificates).issued.expect("it was signed")
}

/// The control plane dies between order and deploy: the next one deploys what was signed, and nothing is left in the DNS.
#[tokio::test]
async fn a_crash_between_order_and_deploy_costs_no_second_order() {
    let place = Place::new().await;
    let request = request(HOST);
    let first = place.certificates().await;
    first.order(&record(), Incarnation(1), request.clone(), names(), None).await.expect("signed");
    let signed = issued(&first);
    assert_eq!(signed.names, names());
    assert_eq!(place.challenges().await, [""; 0], "the challenge is over");
    let changes = place.stand_in.proxy.calls.of("ChangeResourceRecordSets");
    drop(first);

    let second = place.certificates().await;
    second.order(&record(), Incarnation(1), request.clone(), names(), None).await.expect("it is kept");
    assert_eq!(issued(&second), signed);
    assert_eq!(place.stand_in.proxy.calls.of("ChangeResourceRecordSets"), changes, "nothing was ordered");
    let chain = second.fitting(&record(), &request, &names()).await.expect("it fits the agent's key");
    assert_eq!(chain.serial, signed.serial);
    assert!(chain.ders().len() > 1, "the authority signs with an intermediate");
    let trusted = second.trusted(&record().id).await.expect("read").expect("there");
    assert!(trusted.contains("BEGIN CERTIFICATE"));
}

/// The limit is asked before the authority, also by a process that has ordered nothing itself.
#[tokio::test]
async fn a_limit_refuses_before_the_order() {
    let place = Place::new().await;
    let two = AcmeOptions { certificates_per_week: 2, ..place.aws.acme.clone() };
    for host in ["a.doltops.test", "b.doltops.test"] {
        place.acme(two.clone()).await.order(&order(host)).await.expect("within the limit");
    }
    let changes = place.stand_in.proxy.calls.of("ChangeResourceRecordSets");
    let refused = place.acme(two.clone()).await.order(&order(HOST)).await.expect_err("the third of two");
    let OrderError::NotBefore { until, why } = refused else { panic!("{refused}") };
    assert!(until.duration_since(place.env.now()) > SignedDuration::from_hours(6 * 24), "{until}");
    assert!(why.contains("2 new certificates a week") && why.contains("acme.certificates_per_week"), "{why}");
    assert_eq!(place.stand_in.proxy.calls.of("ChangeResourceRecordSets"), changes, "nothing was asked of anybody");
}

/// A renewal says what it replaces, so that no limit counts it; the authority's wish for one is heard.
#[tokio::test]
async fn a_renewal_is_wished_for_and_exempt() {
    let place = Place::new().await;
    let mut one = place.aws.acme.clone();
    one.certificates_per_week = 1;
    let authority = place.acme(one).await;
    let certificates = Certificates::new(Some(authority), place.secrets(), place.env.clone());
    certificates.order(&record(), Incarnation(1), request(HOST), names(), None).await.expect("signed");
    let first = place.kept().await;
    let serves = Record { certificate_serial: first.serial.clone(), ..record() };
    assert!(certificates.ask_wish(&serves).await, "its usual time is news");
    let usual = known(&certificates).ordering.suggested.expect("Pebble says so");
    assert!(first.not_before < usual.at && usual.at < first.not_after);

    // It will be revoked: the wish lies in the past.
    let past = |hours| (place.env.now() - SignedDuration::from_hours(hours)).to_string();
    let acme = place.stand_in.acme.as_ref().expect("an authority");
    acme.wish_renewal(first.pem(), &past(2), &past(1)).await.expect("Pebble knows it");
    let again = place.certificates().await;
    assert!(again.ask_wish(&serves).await);
    assert!(known(&again).ordering.suggested.expect("a wish").until < place.env.now());

    let serial = first.serial.clone();
    certificates.order(&record(), Incarnation(1), request(HOST), names(), Some(&serial)).await.expect("it is exempt");
    assert_ne!(place.kept().await.serial, serial);
    certificates.order(&record(), Incarnation(2), request(HOST), names(), None).await.expect("its key was lost");
    let other = vec!["other.doltops.test".to_owned()];
    let new = certificates.order(&record(), Incarnation(3), request(&other[0]), other, None).await;
    assert!(new.is_err_and(|error| error.to_string().contains("a week")), "a new one is not");
}

/// The account's key is made once: another process comes back to the same account.
#[tokio::test]
async fn the_account_is_found_again() {
    let place = Place::new().await;
    for host in ["a.doltops.test", "b.doltops.test"] {
        place.acme(place.aws.acme.clone()).await.order(&order(host)).await.expect("signed");
    }
    let keys = std::fs::read_dir(place.folder.path().join("acme")).expect("there");
    let keys = keys.filter_map(Result::ok).filter(|file| file.file_name().to_string_lossy().starts_with("account-"));
    assert_eq!(keys.count(), 1);
}

/// The authority cannot see the name: it is said what to look at, told on the deployment, and a change asks anew.
#[tokio::test]
async fn a_name_that_is_not_ours_is_refused_with_words() {
    let place = Place::new().await;
    let certificates = place.certificates().await;
    // Outside the hosted zone: nothing that is set there is seen by the authority.
    let outside = "orders.elsewhere.test".to_owned();
    let refused = certificates.order(&record(), Incarnation(1), request(&outside), vec![outside.clone()], None).await;
    let error = refused.expect_err("it is not ours").to_string();
    assert!(error.contains(&outside), "{error}");
    let failure = known(&certificates).ordering.failure.expect("it is told");
    assert!(failure.again > place.env.now() && failure.error == error);
    let changed = Record { generation: Generation(9), ..record() };
    let mut observed = Observed::default();
    certificates.add_to(&mut observed, &changed);
    assert_eq!(observed.ordering.failure, None);
}
