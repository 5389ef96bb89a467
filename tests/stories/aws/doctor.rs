//! `doltops doctor`: what an account lacks is told before anything is created.

use super::support::Aws;
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
