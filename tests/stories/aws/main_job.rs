//! The main job on AWS: what a person does on the first day, by commands and by keys.

use super::support::Aws;
use crate::support::{sandbox::wait_for_within, screen::Screen};
use doltops_stand_in::sdk_config;
use mysql_async::{Conn, prelude::Queryable};
use std::time::Duration;

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const TAB: &str = "\t";
const RIGHT: &str = "\x1b[C";
const F5: &str = "\x1b[15~";

/// The agent sends once a minute; twice that, and what a busy machine needs.
const METRICS: Duration = Duration::from_secs(180);

/// A certificate of a public authority, a name, SQL without a tunnel, metrics, a resize, a roll-back, and nothing left.
#[test]
fn the_main_job_by_commands() {
    let aws = Aws::start_with(&[("acme", "profile", "default".into())]);
    let created = aws.create("orders --certificate webpki");
    assert_eq!((&created["health"], &created["phase"]), (&"healthy".into(), &"settled".into()), "{created}");
    let address = created["observed"]["address"].as_str().expect("an address").to_owned();
    assert_eq!(aws.resolve("orders.doltops.test"), [address.parse::<std::net::IpAddr>().expect("an address")]);

    let customer = aws.customer("orders");
    let answer = aws.wait(async {
        let mut connection = Conn::new(customer).await.expect("connected by name, and verified");
        connection.query_drop("create database shop").await.expect("made");
        connection.query_drop("create table shop.t (id int primary key)").await.expect("made");
        connection.query_drop("insert into shop.t values (1), (2)").await.expect("written");
        connection.query_first::<u32, _>("select count(*) from shop.t").await.expect("read")
    });
    assert_eq!(answer, Some(2));

    let good = aws.sandbox.ask("status").json()["commit"].as_str().expect("a commit").to_owned();
    aws.sandbox.ask("resize orders --type t4g.medium --volume 20 --wait").json();
    let resized = aws.sandbox.get("orders");
    assert_eq!(
        (&resized["observed"]["instance_type"], &resized["observed"]["volume_gib"]),
        (&"t4g.medium".into(), &20.into())
    );
    assert_eq!(resized["observed"]["instance_id"], created["observed"]["instance_id"], "the same instance");
    metrics_come_back(&aws);

    aws.sandbox.ask(&format!("rollback orders --to {good} --wait")).json();
    let back = aws.sandbox.get("orders");
    assert_eq!(
        (&back["observed"]["instance_type"], &back["observed"]["volume_gib"]),
        (&"t4g.small".into(), &20.into())
    );

    aws.sandbox.ask("delete orders --confirm orders --wait").json();
    nothing_is_left(&aws, "orders");
}

/// The same by keys, in the console.
#[test]
fn the_main_job_by_keys() {
    let aws = Aws::start_with(&[("acme", "profile", "default".into())]);
    let sandbox = &aws.sandbox;
    let mut screen = Screen::open(sandbox, 140, 40);
    screen.see(&["There is no deployment yet", "aws", "live"]);

    screen.press("c");
    screen.see(&["A new deployment"]);
    screen.press("orders");
    screen.press(&[TAB, TAB, TAB, RIGHT].concat());
    screen.see(&["clients use orders.doltops.test", "order certificate orders.doltops.test", "Enter create orders"]);
    screen.press(ENTER);
    screen.see(&["● healthy", "from CloudWatch"]);

    screen.press("x");
    screen.see(&["● connected"]);
    screen.press("select 6 * 7 as answer");
    screen.press(F5);
    screen.see(&["answer", "42"]);
    screen.press(ESCAPE);
    screen.see(&["NAME", "DOING"]);

    screen.press("r");
    screen.see(&["choose another type or a larger volume"]);
    screen.press(RIGHT);
    screen.press(TAB);
    screen.press("20");
    screen.see(&["t4g.small", "to t4g.medium", "to 20 GiB", "Enter resize orders"]);
    screen.press(ENTER);
    aws.until("orders", "the resize", |seen| {
        seen["observed"]["instance_type"] == "t4g.medium" && seen["phase"] == "settled"
    });
    screen.see(&["NAME", "t4g.medium", "20 GiB", "● healthy"]);

    let made = sandbox.ask("history orders").json();
    let made = made.as_array().and_then(|commits| commits.last()?["commit"].as_str().map(str::to_owned));
    screen.press("b");
    screen.see(&["To which commit", "Create orders"]);
    screen.press("j");
    screen.see(&[&format!("Enter roll back orders to {}", &made.expect("a commit")[..8]), "a volume only grows"]);
    screen.press(ENTER);
    aws.until("orders", "the roll-back", |seen| {
        seen["observed"]["instance_type"] == "t4g.small" && seen["phase"] == "settled"
    });
    screen.see(&["NAME", "t4g.small", "● healthy"]);

    screen.press("D");
    screen.see(&["orders"]);
    screen.press("orders");
    screen.see(&["Enter delete orders"]);
    screen.press(ENTER);
    screen.see(&["There is no deployment yet"]);
    nothing_is_left(&aws, "orders");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

#[track_caller]
fn metrics_come_back(aws: &Aws) {
    let said = wait_for_within(METRICS, "metrics from CloudWatch", || {
        let said = aws.sandbox.ask("metrics orders").json();
        (said[0]["source"] == "cloudwatch").then_some(said)
    });
    assert!(said[0]["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{said}");
}

/// Instances, volumes, records, challenges and secrets; only the final snapshot stays, and the passwords that open it.
#[track_caller]
pub fn nothing_is_left(aws: &Aws, name: &str) {
    aws.wait(async {
        let stand_in = &aws.stand_in;
        assert!(stand_in.instances_of(name).await.expect("told").is_empty(), "instances");
        let data = |volume: &&aws_sdk_ec2::types::Volume| {
            volume.tags().iter().any(|tag| tag.key() == Some("doltops:role") && tag.value() == Some("data"))
        };
        assert_eq!(stand_in.volumes_of(name).await.expect("told").iter().filter(data).count(), 0, "volumes");
        assert_eq!(stand_in.snapshots_of(name).await.expect("told").len(), 1, "the final snapshot");
        let records = stand_in.records().await.expect("told");
        let records: Vec<_> = records.iter().map(|record| record.name()).filter(|n| n.contains(name)).collect();
        assert!(records.is_empty(), "{records:?}");
        let secrets = aws_sdk_secretsmanager::Client::new(&sdk_config(stand_in.moto_url()));
        let secrets = secrets.list_secrets().send().await.expect("told");
        let names: Vec<_> = secrets.secret_list().iter().filter_map(|secret| secret.name()).collect();
        let of_deployment: Vec<_> = names.iter().filter(|name| name.contains("/deployments/")).collect();
        let opens_the_copy = |name: &&&str| name.ends_with("/root") || name.ends_with("/doltops-a");
        assert!(of_deployment.iter().all(opens_the_copy), "{of_deployment:?}");
    });
}
