//! An account for the driver alone: no agents, no control plane.

use doltops::{
    cloud::aws::{AwsCloud, AwsOptions, Reach},
    env::System,
};
use doltops_stand_in::{DOMAIN, Options, REGION, StandIn, sdk_config};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// One for all stories of the driver. It is never dropped: its programs end when this process does.
static STAND_IN: OnceCell<StandIn> = OnceCell::const_new();

/// Who counts calls or makes rules has the proxy alone.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The stand-in with nobody else at the proxy.
pub async fn alone() -> (&'static StandIn, MutexGuard<'static, ()>) {
    let start = async { StandIn::start(Options { acme: false, ..Options::default() }).await.expect("it starts") };
    let stand_in = STAND_IN.get_or_init(|| start).await;
    let guard = ALONE.lock().await;
    stand_in.proxy.clear_faults();
    stand_in.proxy.calls.forget();
    (stand_in, guard)
}

pub fn options(stand_in: &StandIn) -> AwsOptions {
    AwsOptions {
        region: REGION.to_owned(),
        profile: None,
        endpoint_url: Some(stand_in.endpoint_url()),
        image: None,
        image_name: "doltops-*".to_owned(),
        image_owner: "123456789012".to_owned(),
        subnets: stand_in.seeded.subnets.values().cloned().collect(),
        security_groups: vec![stand_in.seeded.security_group.clone()],
        types: ["t4g.small", "m7g.large"].map(str::to_owned).to_vec(),
        alternatives: BTreeMap::from([("m7g.large".to_owned(), vec!["m6g.large".to_owned()])]),
        kms_key: None,
        reach: Reach::Private,
        domain: DOMAIN.to_owned(),
        hosted_zone: stand_in.seeded.hosted_zone.clone(),
        ttl: 60,
        instance_role: Some(stand_in.role_arn()),
    }
}

/// The driver for a control plane that no other story has.
pub async fn open(stand_in: &StandIn, control_plane: &str, options: AwsOptions) -> AwsCloud {
    let config = sdk_config(stand_in.endpoint_url());
    let opened = AwsCloud::open(&config, options, control_plane.to_owned(), Arc::new(System::new())).await;
    opened.expect("the account is as it is configured")
}
