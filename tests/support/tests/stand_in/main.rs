//! The stand-in against the real SDKs: one moto and one Pebble for all of these tests.

#![allow(clippy::expect_used, clippy::panic, reason = "in a test that is how it fails")]

mod acme;
mod dns;
mod faults;
mod metrics;
mod refusals;
mod services;
mod tokens;

use aws_sdk_ec2::types::{InstanceType, ResourceType, Tag, TagSpecification, VolumeType};
use doltops_stand_in::{Options, StandIn, moto::AMI_ARM64, sdk_config};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// The one stand-in. It is never dropped: its programs end when this process does.
static STAND_IN: OnceCell<StandIn> = OnceCell::const_new();
/// Who counts calls or makes rules has the proxy alone.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn stand_in() -> &'static StandIn {
    STAND_IN.get_or_init(|| async { StandIn::start(Options::default()).await.expect("it starts") }).await
}

/// The stand-in with nobody else at the proxy.
async fn alone() -> (&'static StandIn, MutexGuard<'static, ()>) {
    let stand_in = stand_in().await;
    let guard = ALONE.lock().await;
    stand_in.proxy.clear_faults();
    stand_in.proxy.calls.forget();
    (stand_in, guard)
}

/// EC2 as doltops sees it: through the proxy.
fn ec2(stand_in: &StandIn) -> aws_sdk_ec2::Client {
    aws_sdk_ec2::Client::new(&sdk_config(stand_in.endpoint_url()))
}

/// A request for one instance in eu-central-1a, under a name.
fn run(
    stand_in: &StandIn,
    name: &str,
    token: &str,
) -> aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder {
    let tag = Tag::builder().key("Name").value(name).build();
    ec2(stand_in)
        .run_instances()
        .image_id(AMI_ARM64)
        .instance_type(InstanceType::M7gLarge)
        .subnet_id(&stand_in.seeded.subnets["eu-central-1a"])
        .min_count(1)
        .max_count(1)
        .client_token(token)
        .tag_specifications(TagSpecification::builder().resource_type(ResourceType::Instance).tags(tag).build())
}

/// A running instance under a name; its id.
async fn instance(stand_in: &StandIn, name: &str) -> String {
    let made = run(stand_in, name, name).send().await.expect("it runs");
    made.instances()[0].instance_id().expect("it has an id").to_owned()
}

/// A volume of 10 GiB in a zone; its id.
async fn volume(stand_in: &StandIn, zone: &str) -> String {
    let request = ec2(stand_in).create_volume().availability_zone(zone).size(10).volume_type(VolumeType::Gp3);
    request.send().await.expect("it is made").volume_id().expect("it has an id").to_owned()
}

/// The code that AWS refused with.
fn code<E: aws_sdk_ec2::error::ProvideErrorMetadata>(error: &E) -> &str {
    error.code().unwrap_or("no code")
}
