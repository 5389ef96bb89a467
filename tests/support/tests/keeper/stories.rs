//! What a person would see who looks at the hardware.

use crate::{
    aws::Aws,
    control_plane::{ControlPlane, answers},
    eventually,
};
use aws_sdk_ec2::types::AttributeValue;
use doltops_stand_in::keeper::Agents;
use mysql_async::prelude::Queryable;
use std::net::Ipv4Addr;

/// A deployed instance with a database that has one row.
async fn with_a_row(aws: &Aws, control_plane: &ControlPlane) -> (String, Ipv4Addr, String) {
    let (instance, address) = aws.run(control_plane).await;
    let volume = aws.volume(None).await;
    aws.attach(&volume, &instance).await;
    control_plane.deploy(address).await;
    write(control_plane, address, "CREATE DATABASE orders").await;
    write(control_plane, address, "CREATE TABLE orders.rows (id INT PRIMARY KEY)").await;
    write(control_plane, address, "INSERT INTO orders.rows VALUES (1)").await;
    (instance, address, volume)
}

async fn write(control_plane: &ControlPlane, address: Ipv4Addr, statement: &str) {
    control_plane.sql(address).await.query_drop(statement).await.expect(statement);
}

async fn rows(control_plane: &ControlPlane, address: Ipv4Addr) -> Vec<u32> {
    control_plane.sql(address).await.query("SELECT id FROM orders.rows ORDER BY id").await.expect("rows")
}

async fn silent(address: Ipv4Addr) {
    eventually("nothing answers", || async move { (!answers(address).await).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_and_start_keep_the_data_and_a_new_type_has_its_own_memory() {
    let (aws, control_plane) = (Aws::start().await, ControlPlane::new());
    let (instance, address, _) = with_a_row(&aws, &control_plane).await;
    let before = control_plane.is_up(address).await.machine.expect("told");

    aws.stop(&instance).await;
    silent(address).await;
    assert_eq!(aws.processes(), 0);
    let to = AttributeValue::builder().value("m7g.xlarge").build();
    let call = aws.ec2.modify_instance_attribute().instance_id(&instance).instance_type(to);
    call.send().await.expect("modified");
    aws.start_again(&instance).await;

    let after = control_plane.is_up(address).await.machine.expect("told");
    assert_eq!(rows(&control_plane, address).await, [1]);
    assert!(after.memory_bytes > before.memory_bytes && after.max_connections > before.max_connections);
}

/// Its data volume, which nobody deleted, goes to the deployment's next instance.
#[tokio::test(flavor = "multi_thread")]
async fn terminate_ends_the_instance_and_leaves_the_data_volume() {
    let (aws, control_plane) = (Aws::start().await, ControlPlane::new());
    let (instance, address, volume) = with_a_row(&aws, &control_plane).await;

    aws.terminate(&instance).await;
    silent(address).await;
    let root = aws.keeper().root(&instance);
    eventually("its root volume is gone", || async { (!root.exists()).then_some(()) }).await;

    let control_plane = control_plane.next();
    let (next, address) = aws.run(&control_plane).await;
    aws.attach(&volume, &next).await;
    control_plane.deploy(address).await;
    assert_eq!(rows(&control_plane, address).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_is_detached_takes_the_database_with_it_until_it_is_back() {
    let (aws, control_plane) = (Aws::start().await, ControlPlane::new());
    let (instance, address, volume) = with_a_row(&aws, &control_plane).await;

    aws.detach(&volume, &instance).await;
    silent(address).await;
    aws.attach(&volume, &instance).await;
    control_plane.is_up(address).await;
    assert_eq!(rows(&control_plane, address).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_from_a_copy_has_what_the_volume_held_then() {
    let (aws, control_plane) = (Aws::start().await, ControlPlane::new());
    let (instance, address, volume) = with_a_row(&aws, &control_plane).await;

    let copy = aws.snapshot(&volume).await;
    write(&control_plane, address, "INSERT INTO orders.rows VALUES (2)").await;
    assert_eq!(rows(&control_plane, address).await, [1, 2], "it was held still, and goes on");
    aws.terminate(&instance).await;
    aws.ec2.delete_volume().volume_id(&volume).send().await.expect("deleted");

    let control_plane = control_plane.next();
    let (next, address) = aws.run(&control_plane).await;
    let volume = aws.volume(Some(&copy)).await;
    aws.attach(&volume, &next).await;
    control_plane.deploy(address).await;
    assert_eq!(rows(&control_plane, address).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_when_the_keeper_has_ended() {
    let (mut aws, control_plane) = (Aws::start().await, ControlPlane::new());
    with_a_row(&aws, &control_plane).await;
    assert_eq!(aws.processes(), 2);
    aws.keeper.take();
    assert_eq!(aws.processes(), 0);
}

/// For fleets: no process, and the same answers.
#[tokio::test(flavor = "multi_thread")]
async fn agents_in_this_process_enrol_deploy_stop_and_start() {
    let (aws, control_plane) = (Aws::with(Agents::Library).await, ControlPlane::new());
    let (instance, address) = aws.run(&control_plane).await;
    aws.attach(&aws.volume(None).await, &instance).await;
    control_plane.deploy(address).await;
    assert_eq!(aws.processes(), 0);

    aws.stop(&instance).await;
    silent(address).await;
    aws.start_again(&instance).await;
    let answer = control_plane.is_up(address).await;
    assert_eq!(answer.generation, 1);
    assert_eq!(answer.applied.expect("told").admin_user, "doltops_a");
}
