//! The policies in `packaging/iam` allow what the code calls, and nothing else.
//!
//! The calls are found in the sources: the SDKs' clients begin each with `.the_operation()`. A call that is new there
//! needs a line in [`CALLS`] and an action in a policy; the tests say which and where.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const CONTROL_PLANE: &str = "control-plane.json";
const INSTANCE: &str = "instance.json";
const IMAGE_BUILD: &str = "image-build.json";
const TRUST: &str = "instance-trust.json";

/// What a call needs: mostly the action of its own name; more where it tags what it makes.
const CALLS: &[(&str, &[&str])] = &[
    ("allocate_address", &["ec2:AllocateAddress", "ec2:CreateTags"]),
    ("associate_address", &["ec2:AssociateAddress"]),
    ("assume_role", &["sts:AssumeRole"]),
    ("attach_volume", &["ec2:AttachVolume"]),
    ("change_resource_record_sets", &["route53:ChangeResourceRecordSets"]),
    ("create_secret", &["secretsmanager:CreateSecret", "secretsmanager:TagResource"]),
    ("create_snapshot", &["ec2:CreateSnapshot", "ec2:CreateTags"]),
    ("create_tags", &["ec2:CreateTags"]),
    ("create_volume", &["ec2:CreateVolume", "ec2:CreateTags"]),
    ("delete_secret", &["secretsmanager:DeleteSecret"]),
    ("delete_snapshot", &["ec2:DeleteSnapshot"]),
    ("delete_tags", &["ec2:DeleteTags"]),
    ("delete_volume", &["ec2:DeleteVolume"]),
    ("describe_addresses", &["ec2:DescribeAddresses"]),
    ("describe_images", &["ec2:DescribeImages"]),
    ("describe_instance_type_offerings", &["ec2:DescribeInstanceTypeOfferings"]),
    ("describe_instance_types", &["ec2:DescribeInstanceTypes"]),
    ("describe_instances", &["ec2:DescribeInstances"]),
    ("describe_route_tables", &["ec2:DescribeRouteTables"]),
    ("describe_security_groups", &["ec2:DescribeSecurityGroups"]),
    ("describe_snapshots", &["ec2:DescribeSnapshots"]),
    ("describe_subnets", &["ec2:DescribeSubnets"]),
    ("describe_volumes", &["ec2:DescribeVolumes"]),
    ("disassociate_address", &["ec2:DisassociateAddress"]),
    ("filter_log_events", &["logs:FilterLogEvents"]),
    // Everybody may ask who he is.
    ("get_caller_identity", &[]),
    ("get_change", &["route53:GetChange"]),
    ("get_hosted_zone", &["route53:GetHostedZone"]),
    ("get_log_events", &["logs:GetLogEvents"]),
    ("get_metric_data", &["cloudwatch:GetMetricData"]),
    ("get_secret_value", &["secretsmanager:GetSecretValue"]),
    ("get_service_quota", &["servicequotas:GetServiceQuota"]),
    ("list_resource_record_sets", &["route53:ListResourceRecordSets"]),
    ("list_secrets", &["secretsmanager:ListSecrets"]),
    ("modify_instance_attribute", &["ec2:ModifyInstanceAttribute"]),
    ("modify_volume", &["ec2:ModifyVolume"]),
    ("put_metric_data", &["cloudwatch:PutMetricData"]),
    ("put_secret_value", &["secretsmanager:PutSecretValue"]),
    ("release_address", &["ec2:ReleaseAddress"]),
    ("run_instances", &["ec2:RunInstances", "ec2:CreateTags"]),
    ("start_instances", &["ec2:StartInstances"]),
    ("stop_instances", &["ec2:StopInstances"]),
    ("terminate_instances", &["ec2:TerminateInstances"]),
];

/// What sounds like an operation, in a source that deals with AWS, and is none.
const NO_CALLS: &[&str] = &[
    "change_info",
    "enable_all",
    "enable_http1",
    "get_or_insert_default",
    "request_id",
    "set_identifier",
    "start_time",
];

/// How the names of AWS's operations begin.
const VERBS: &[&str] = &[
    "accept",
    "add",
    "allocate",
    "assign",
    "associate",
    "assume",
    "attach",
    "authorize",
    "batch",
    "cancel",
    "change",
    "copy",
    "create",
    "delete",
    "deregister",
    "describe",
    "detach",
    "disable",
    "disassociate",
    "enable",
    "export",
    "filter",
    "get",
    "import",
    "invoke",
    "list",
    "lock",
    "modify",
    "move",
    "put",
    "reboot",
    "register",
    "reject",
    "release",
    "remove",
    "replace",
    "request",
    "reset",
    "restore",
    "revoke",
    "rotate",
    "run",
    "search",
    "send",
    "set",
    "simulate",
    "start",
    "stop",
    "tag",
    "terminate",
    "test",
    "unassign",
    "unlock",
    "unmonitor",
    "untag",
    "update",
    "validate",
];

/// What a launch uses and leaves as it is: the network, and for the image build a key.
const USED_ONLY: &[&str] = &["image", "key-pair", "network-interface", "security-group", "subnet", "vpc"];

#[test]
fn the_control_plane_may_do_what_it_calls_and_nothing_else() {
    let needed = needed("src");
    assert!(needed.contains_key("ec2:RunInstances"), "the sources were not found");
    compare(&needed, CONTROL_PLANE, "src/");
}

/// The agent's own calls, and the CloudWatch Agent's: those that the session policy of its credentials names.
#[test]
fn an_instance_may_do_what_it_calls_and_nothing_else() {
    const SESSION: &str = "src/cloud/aws/credentials.rs";
    let mut needed = needed("agent/src");
    let text = read(SESSION);
    let words = text.split('"').skip(1).step_by(2);
    let actions: Vec<&str> =
        words.filter(|word| word.starts_with("logs:") || word.starts_with("cloudwatch:P")).collect();
    assert!(!actions.is_empty(), "{SESSION} names no action");
    for action in needed.keys() {
        assert!(actions.contains(&action.as_str()), "{SESSION}: add \"{action}\" to the session policy");
    }
    needed.extend(actions.into_iter().map(|action| (action.to_owned(), SESSION.to_owned())));
    compare(&needed, INSTANCE, "agent/src/ and the session policy");
}

/// Whatever goes wrong in the control plane or with its credentials, what is not its own stays as it is.
#[test]
fn what_changes_something_is_limited_to_what_is_tagged() {
    for (file, key) in [(CONTROL_PLANE, "doltops:control-plane"), (IMAGE_BUILD, "doltops:image-build")] {
        for statement in statements(file) {
            let changes: Vec<String> = actions(&statement).into_iter().filter(|action| changes(action)).collect();
            let used_only = changes.iter().all(|it| it == "ec2:RunInstances" || it == "ec2:CreateSecurityGroup")
                && resources(&statement)
                    .iter()
                    .all(|arn| USED_ONLY.iter().any(|kind| arn.ends_with(&format!(":{kind}/*"))));
            if changes.is_empty() || used_only {
                continue;
            }
            let condition = statement["Condition"].to_string();
            let tagged = ["aws:ResourceTag/", "aws:RequestTag/"]
                .iter()
                .any(|tag| condition.contains(&format!("\"{tag}{key}\"")));
            let sid = &statement["Sid"];
            assert!(
                tagged,
                "packaging/iam/{file}: {sid} allows {changes:?} on what has no tag; add a condition on \
                 aws:ResourceTag/{key}, or aws:RequestTag/{key} for what is made"
            );
            assert!(!resources(&statement).contains(&"*".to_owned()), "packaging/iam/{file}: {sid} names no resources");
        }
    }
}

/// A tag is what the other conditions believe: one that could be put on anything would open everything.
#[test]
fn tags_are_put_on_what_is_made_or_is_ours() {
    for statement in statements(CONTROL_PLANE) {
        let tags = actions(&statement).iter().any(|action| action == "ec2:CreateTags" || action == "ec2:DeleteTags");
        if !tags {
            continue;
        }
        let condition = &statement["Condition"];
        let when_made = !condition["StringEquals"]["ec2:CreateAction"].is_null();
        let keys = condition["ForAllValues:StringEquals"]["aws:TagKeys"].as_array();
        // Without keys DeleteTags takes all of them away, and "for all values" holds of none.
        let of_ours = !condition["StringLike"]["aws:ResourceTag/doltops:control-plane"].is_null()
            && keys.is_some_and(|keys| keys.iter().all(|key| key != "doltops:control-plane"))
            && condition["Null"]["aws:TagKeys"] == "false";
        assert!(when_made || of_ours, "packaging/iam/{CONTROL_PLANE}: {} tags anything", statement["Sid"]);
    }
}

#[test]
fn policies_are_policies() {
    /// AWS's limits, without white space: of a managed policy, of a trust policy.
    const LIMITS: [(&str, usize); 4] = [(CONTROL_PLANE, 6144), (INSTANCE, 6144), (IMAGE_BUILD, 6144), (TRUST, 2048)];
    const PLACES: [&str; 4] = ["ACCOUNT", "REGION", "HOSTED_ZONE", "CONTROL_PLANE_ROLE"];
    for (file, most) in LIMITS {
        let policy = policy(file);
        assert_eq!(policy["Version"], "2012-10-17", "{file}");
        let text = policy.to_string();
        assert!(text.len() <= most, "{file} has {} characters, and AWS takes {most}", text.len());
        for rest in text.split("${").skip(1) {
            let name = rest.split('}').next().unwrap_or_default();
            assert!(PLACES.contains(&name), "{file}: ${{{name}}} is not replaced by what docs/aws.md says");
        }
        let mut sids = BTreeSet::new();
        for statement in statements(file) {
            assert_eq!(statement["Effect"], "Allow", "{file}");
            let sid = statement["Sid"].as_str().unwrap_or_default();
            let named = !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric());
            assert!(named && sids.insert(sid.to_owned()), "{file}: a statement needs a Sid of its own: {sid:?}");
            for action in actions(&statement) {
                assert!(!action.contains('*'), "{file}: {sid} allows {action}: name each action");
            }
            assert_eq!(file == TRUST, !statement["Principal"].is_null(), "{file}: {sid}");
        }
    }
}

#[test]
fn calls_are_found_however_they_are_written() {
    let text = "self.ec2\n    .run_instances()\n// .stop_instances()\nx.create_tags().send(); own.attach_volume(id); info.change_info()";
    assert_eq!(calls_in(text), [(2, "run_instances"), (4, "create_tags"), (4, "change_info")]);
}

/// The actions that the sources under `folder` need, with where one of the calls is.
fn needed(folder: &str) -> BTreeMap<String, String> {
    let mut needed = BTreeMap::new();
    for file in sources(&root().join(folder)) {
        let text = fs::read_to_string(&file).expect("read");
        let place = file.strip_prefix(root()).expect("in the repository").display().to_string();
        let deals_with_aws = text.contains("aws_sdk_") || place.contains("aws") || place.contains("cloudwatch");
        if !deals_with_aws {
            continue;
        }
        for (line, call) in calls_in(&text).into_iter().filter(|(_, call)| !NO_CALLS.contains(call)) {
            let known = CALLS.iter().find(|(name, _)| *name == call);
            let (_, actions) = known.unwrap_or_else(|| {
                panic!(
                    "{place}:{line}: .{call}() looks like a call to AWS. Add it to CALLS in tests/stories/iam.rs with \
                     the actions that it needs, and those to packaging/iam; if it is no call, add it to NO_CALLS"
                )
            });
            needed.extend(actions.iter().map(|action| ((*action).to_owned(), format!("{place}:{line}"))));
        }
    }
    needed
}

fn compare(needed: &BTreeMap<String, String>, file: &str, by: &str) {
    let allowed: BTreeSet<String> = statements(file).iter().flat_map(actions).collect();
    let lacking = needed.iter().filter(|(action, _)| !allowed.contains(*action));
    let lacking: Vec<String> =
        lacking.map(|(action, place)| format!("add \"{action}\" to packaging/iam/{file}: {place} needs it")).collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    let idle = allowed.iter().filter(|action| !needed.contains_key(*action));
    let idle: Vec<String> =
        idle.map(|action| format!("take \"{action}\" out of packaging/iam/{file}: nothing in {by} needs it")).collect();
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

/// `.name()` where the name begins as AWS's operations do, with its line; comments are passed over.
fn calls_in(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (end, _) in code.match_indices("()") {
            let begin = code[..end].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            let name = &code[begin..end];
            let verb = name.split_once('_').map(|(verb, _)| verb);
            if code[..begin].ends_with('.') && verb.is_some_and(|verb| VERBS.contains(&verb)) {
                found.push((number + 1, name));
            }
        }
    }
    found
}

/// Whether an action of EC2's does more than read.
fn changes(action: &str) -> bool {
    action.strip_prefix("ec2:").is_some_and(|name| !name.starts_with("Describe") && !name.starts_with("Get"))
}

fn policy(file: &str) -> Value {
    let text = read(&format!("packaging/iam/{file}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("packaging/iam/{file}: {error}"))
}

fn statements(file: &str) -> Vec<Value> {
    policy(file)["Statement"].as_array().expect("statements").clone()
}

fn actions(statement: &Value) -> Vec<String> {
    one_or_more(&statement["Action"])
}

fn resources(statement: &Value) -> Vec<String> {
    one_or_more(&statement["Resource"])
}

fn one_or_more(value: &Value) -> Vec<String> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
