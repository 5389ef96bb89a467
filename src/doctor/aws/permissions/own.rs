//! EC2's actions on what is there, by dry run on this control plane's own: an instance, a volume, an address, a copy.
//!
//! The policy allows them on what carries this control plane's tag alone, so that an invented id would be denied. What
//! there is none of yet is not checked, and the line says so.
//!
//! A dry run changes nothing, whatever it is asked for: EC2 looks at the permissions and answers.

use super::{
    Answer,
    ec2::{ALLOWED, OWNER, tags},
};
use crate::{
    config::AddressKind,
    doctor::aws::{Account, fault::Fault, filter},
};
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, ResourceType, Tag};

/// Actions with what was found out of each.
type Answers = Vec<(&'static str, Answer)>;

/// The control plane writes its notes on instances under this tag, and the policy allows it no other.
const NOTE: &str = "doltops:stands-in";
/// Where a data volume is attached.
const DEVICE: &str = "/dev/sdf";

const ON_INSTANCES: [&str; 6] = [
    "ec2:StartInstances",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "ec2:ModifyInstanceAttribute",
    "ec2:CreateTags",
    "ec2:DeleteTags",
];
const ON_VOLUMES: [&str; 3] = ["ec2:ModifyVolume", "ec2:CreateSnapshot", "ec2:DeleteVolume"];

/// One of each, where there is one; the reason where there is none.
type One = Result<String, String>;

/// All of them.
pub async fn acts(account: &Account<'_>) -> Answers {
    let (instance, volume, copy) = futures::join!(instance(account), volume(account), copy(account));
    let (on_instance, on_volume, attach, delete) = futures::join!(
        on_instance(account, &instance),
        on_volume(account, &volume),
        attach(account, &volume, &instance),
        delete_copy(account, &copy),
    );
    let mut all = [on_instance, on_volume].concat();
    all.extend([("ec2:AttachVolume", attach), ("ec2:DeleteSnapshot", delete)]);
    if account.config.address == AddressKind::Elastic {
        all.extend(on_address(account, &instance).await);
    }
    all
}

/// Of a dry run's result.
macro_rules! dry {
    ($call:expr) => {
        Answer::of($call.dry_run(true).send().await.map(drop).map_err(|error| Fault::of(&error)), ALLOWED)
    };
}

fn unknown<const COUNT: usize>(actions: [&'static str; COUNT], why: &str) -> Answers {
    actions.map(|action| (action, Answer::Unknown(why.to_owned()))).to_vec()
}

async fn on_instance(account: &Account<'_>, instance: &One) -> Answers {
    let (ec2, id) = match instance {
        Ok(id) => (&account.ec2, id),
        Err(why) => return unknown(ON_INSTANCES, why),
    };
    let on = AttributeBooleanValue::builder().value(true).build();
    let note = || Tag::builder().key(NOTE);
    let (start, stop, terminate, modify, tag, untag) = futures::join!(
        async { dry!(ec2.start_instances().instance_ids(id)) },
        async { dry!(ec2.stop_instances().instance_ids(id)) },
        async { dry!(ec2.terminate_instances().instance_ids(id)) },
        async { dry!(ec2.modify_instance_attribute().instance_id(id).disable_api_termination(on)) },
        async { dry!(ec2.create_tags().resources(id).tags(note().value("{}").build())) },
        async { dry!(ec2.delete_tags().resources(id).tags(note().build())) },
    );
    ON_INSTANCES.into_iter().zip([start, stop, terminate, modify, tag, untag]).collect()
}

async fn on_volume(account: &Account<'_>, volume: &One) -> Answers {
    let (ec2, id) = match volume {
        Ok(id) => (&account.ec2, id),
        Err(why) => return unknown(ON_VOLUMES, why),
    };
    let tags = tags(account, ResourceType::Snapshot);
    let (modify, copy, delete) = futures::join!(
        // The largest that gp3 has: what is asked for must be no smaller than what is there.
        async { dry!(ec2.modify_volume().volume_id(id).size(16_384)) },
        async { dry!(ec2.create_snapshot().volume_id(id).tag_specifications(tags)) },
        async { dry!(ec2.delete_volume().volume_id(id)) },
    );
    ON_VOLUMES.into_iter().zip([modify, copy, delete]).collect()
}

async fn attach(account: &Account<'_>, volume: &One, instance: &One) -> Answer {
    match (volume, instance) {
        (Ok(volume), Ok(instance)) => {
            dry!(account.ec2.attach_volume().volume_id(volume).instance_id(instance).device(DEVICE))
        }
        (Err(why), _) | (_, Err(why)) => Answer::Unknown(why.clone()),
    }
}

async fn delete_copy(account: &Account<'_>, copy: &One) -> Answer {
    match copy {
        Ok(id) => dry!(account.ec2.delete_snapshot().snapshot_id(id)),
        Err(why) => Answer::Unknown(why.clone()),
    }
}

async fn on_address(account: &Account<'_>, instance: &One) -> Answers {
    let ec2 = &account.ec2;
    let held = match address(account).await {
        Ok(held) => held,
        Err(why) => return unknown(["ec2:AssociateAddress", "ec2:DisassociateAddress", "ec2:ReleaseAddress"], &why),
    };
    let associate = match instance {
        Ok(id) => dry!(ec2.associate_address().allocation_id(&held.allocation).instance_id(id)),
        Err(why) => Answer::Unknown(why.clone()),
    };
    let disassociate = match &held.association {
        Some(id) => dry!(ec2.disassociate_address().association_id(id)),
        None => Answer::Unknown("no address leads to an instance now".to_owned()),
    };
    let release = dry!(ec2.release_address().allocation_id(&held.allocation));
    vec![
        ("ec2:AssociateAddress", associate),
        ("ec2:DisassociateAddress", disassociate),
        ("ec2:ReleaseAddress", release),
    ]
}

/// Of this control plane's own; none before its first start.
fn own(account: &Account<'_>) -> Result<Filter, String> {
    let owner = account.control_plane.as_ref().ok_or_else(|| absent("instance"))?;
    Ok(filter(&format!("tag:{OWNER}"), std::slice::from_ref(owner)))
}

fn absent(what: &str) -> String {
    format!("there is no {what} yet to try it with; ask again after the first deployment")
}

async fn instance(account: &Account<'_>) -> One {
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let call = account.ec2.describe_instances().filters(filter("instance-state-name", &states));
    let answer = call.filters(own(account)?).send().await;
    let answer = answer.map_err(|error| Fault::of(&error).words("ec2:DescribeInstances"))?;
    let mut all = answer.reservations.unwrap_or_default().into_iter().flat_map(|it| it.instances.unwrap_or_default());
    all.find_map(|it| it.instance_id).ok_or_else(|| absent("instance"))
}

async fn volume(account: &Account<'_>) -> One {
    let answer = account.ec2.describe_volumes().filters(own(account)?).send().await;
    let answer = answer.map_err(|error| Fault::of(&error).words("ec2:DescribeVolumes"))?;
    answer.volumes.unwrap_or_default().into_iter().find_map(|it| it.volume_id).ok_or_else(|| absent("volume"))
}

/// An address, and by what it leads to an instance.
struct Held {
    allocation: String,
    association: Option<String>,
}

async fn address(account: &Account<'_>) -> Result<Held, String> {
    let answer = account.ec2.describe_addresses().filters(own(account)?).send().await;
    let answer = answer.map_err(|error| Fault::of(&error).words("ec2:DescribeAddresses"))?;
    let held = |it: aws_sdk_ec2::types::Address| {
        Some(Held { allocation: it.allocation_id?, association: it.association_id.filter(|id| !id.is_empty()) })
    };
    answer.addresses.unwrap_or_default().into_iter().find_map(held).ok_or_else(|| absent("address"))
}

async fn copy(account: &Account<'_>) -> One {
    let answer = account.ec2.describe_snapshots().owner_ids("self").filters(own(account)?).send().await;
    let answer = answer.map_err(|error| Fault::of(&error).words("ec2:DescribeSnapshots"))?;
    let none = "there is no copy of a volume yet to try it with; ask again after the first deletion";
    answer.snapshots.unwrap_or_default().into_iter().find_map(|it| it.snapshot_id).ok_or_else(|| none.to_owned())
}
