//! `doltops doctor`: what an account lacks is told before anything is created.

use super::support::Aws;
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use doltops_stand_in::keeper::Agents;
use serde_json::Value;

fn findings(aws: &Aws) -> Vec<Value> {
    let said = aws.sandbox.ask("doctor");
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    told["findings"].as_array().expect("findings").clone()
}

#[track_caller]
fn missing(findings: &[Value]) -> Vec<String> {
    let missing = findings.iter().filter(|finding| finding["outcome"] == "missing");
    missing.map(|finding| format!("{}: {}", finding["check"], finding["found"])).collect()
}

/// An account that has everything: nothing is missing, and what cannot be looked at here says so.
#[test]
fn a_good_account_lacks_nothing() {
    let aws = Aws::without_daemon(Agents::Library, &[]);
    let all = findings(&aws);
    assert_eq!(missing(&all), Vec::<String>::new(), "{all:#?}");
}

/// Each thing that is taken away is told by its own line, with what to do.
#[test]
fn what_is_missing_is_told_by_name() {
    for (key, value, check) in [
        ("image_name", "no-such-image-*".into(), "image"),
        ("subnets", toml::Value::Array(vec!["subnet-00000000".into()]), "subnet "),
        ("security_groups", toml::Value::Array(vec!["sg-00000000".into()]), "security group "),
        ("hosted_zone", "Z0000000000000".into(), "hosted zone"),
    ] {
        let aws = Aws::without_daemon(Agents::Library, &[("aws", key, value)]);
        let all = findings(&aws);
        let line = all.iter().find(|finding| {
            finding["outcome"] == "missing" && finding["check"].as_str().is_some_and(|name| name.contains(check))
        });
        assert!(line.is_some_and(|line| !line["next"].is_null()), "{key}: {all:#?}");
    }
}

/// What may be asked of an instance, a volume and a copy. Agents of the stand-in cannot be reached by an elastic address.
const ON_WHAT_IS_THERE: [&str; 11] = [
    "AttachVolume",
    "CreateSnapshot",
    "CreateTags",
    "DeleteSnapshot",
    "DeleteTags",
    "DeleteVolume",
    "ModifyInstanceAttribute",
    "ModifyVolume",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
];

/// Once there is something, each action on it is tried without any effect, and each that is denied has a line.
#[test]
fn what_may_not_be_done_to_what_is_there_is_told_action_by_action() {
    let aws = Aws::start();
    let orders = aws.create("orders");
    copy_of(&aws, orders["observed"]["volume_id"].as_str().expect("a volume"));
    let before = aws.sandbox.get("orders");
    let good = findings(&aws);
    assert_eq!(missing(&good), Vec::<String>::new(), "{good:#?}");
    let unasked = |all: &[Value]| -> Vec<Value> {
        let of = |finding: &&Value| finding["check"] == "permissions for EC2" && finding["outcome"] != "ok";
        all.iter().filter(of).cloned().collect()
    };
    assert_eq!(unasked(&good), Vec::<Value>::new());

    let refuse = |action: &&str| aws.stand_in.proxy.refuse(action, "UnauthorizedOperation", "no").until_removed();
    let rules: Vec<_> = ON_WHAT_IS_THERE.iter().map(refuse).collect();
    let told = missing(&findings(&aws));
    let lines = ON_WHAT_IS_THERE.map(|action| format!("\"permission ec2:{action}\": \"these credentials may not\""));
    assert_eq!(told.iter().collect::<std::collections::BTreeSet<_>>(), lines.iter().collect(), "{told:#?}");
    rules.iter().for_each(doltops_stand_in::proxy::faults::Made::remove);

    let after = aws.settled("orders");
    for key in ["instance_id", "volume_id", "volume_gib", "address"] {
        assert_eq!(after["observed"][key], before["observed"][key], "{key}: a dry run has changed it");
    }
}

/// A copy of this control plane's own, as a deletion leaves it.
fn copy_of(aws: &Aws, volume: &str) {
    let owner = std::fs::read_to_string(aws.sandbox.state().join("control-plane-id")).expect("its id");
    let tag = Tag::builder().key("doltops:control-plane").value(owner.trim()).build();
    let tags = TagSpecification::builder().resource_type(ResourceType::Snapshot).tags(tag).build();
    aws.wait(async {
        let call = aws.stand_in.ec2().create_snapshot().volume_id(volume).tag_specifications(tags);
        call.send().await.expect("made");
    });
}
