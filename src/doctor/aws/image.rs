//! The machine image: one for each architecture of the types on offer, recent, its root encrypted.

use super::{Account, fault::Fault};
use crate::doctor::Finding;
use aws_sdk_ec2::types::{Image, ImageState, InstanceTypeInfo};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// An image without three months of security updates should be built anew.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 90);

/// How an image is made for an architecture.
fn build(architecture: &str) -> String {
    format!(
        "packer build -var arch={architecture} -var version=VERSION -var subnet=SUBNET packaging/image (docs/aws.md, \"The \
         image\")"
    )
}

/// What to do where the image that is named by its id is not the right one.
const CORRECT: &str =
    "correct aws.image: aws ec2 describe-images --owners self; or leave it out, and name aws.image_name";

/// An image, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    id: String,
    name: String,
    architecture: String,
    available: bool,
    created: Option<Timestamp>,
    /// None: it does not say.
    encrypted: Option<bool>,
}

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let (types, images) = futures::join!(account.types(), account.images());
    let (types, images) = match (types, images) {
        (Ok(types), Ok(images)) => (types, images),
        (Err(fault), _) => return vec![fault.needed("image", "ec2:DescribeInstanceTypes")],
        (_, Err(Fault::Refused(code, said))) if code.starts_with("InvalidAMIID") => {
            return vec![Finding::missing("image", said, CORRECT)];
        }
        (_, Err(fault)) => return vec![fault.needed("image", "ec2:DescribeImages")],
    };
    let wanted = match &account.config.image {
        Some(id) => id.clone(),
        None => format!("{} of owner {}", account.config.image_name, account.config.image_owner),
    };
    let found: Vec<Found> = images.iter().map(Found::of).collect();
    let single = account.config.image.is_some();
    // One image by id is of one architecture: types of the other are then not on offer, and `offerings` says so. What
    // stands in for one is launched all the same.
    let wanted_for = match found.first() {
        Some(image) if single => {
            let stands_in = |info: &&InstanceTypeInfo| {
                let name = info.instance_type().map(|name| name.as_str().to_owned()).unwrap_or_default();
                !account.config.types.contains(&name)
            };
            let mut all = architectures(types.iter().filter(stands_in));
            all.insert(image.architecture.clone());
            all
        }
        _ => architectures(types),
    };
    let fix = |architecture: &str| if single { CORRECT.to_owned() } else { build(architecture) };
    let judged = |architecture: &String| judge(architecture, &wanted, &found, &fix(architecture), account.env.now());
    wanted_for.iter().map(judged).collect()
}

/// Those of the types; the first that a type names is the one it boots.
fn architectures<'a>(types: impl IntoIterator<Item = &'a InstanceTypeInfo>) -> BTreeSet<String> {
    let of = |info: &InstanceTypeInfo| {
        let supported = info.processor_info()?.supported_architectures().iter().map(|it| it.as_str().to_owned());
        supported.into_iter().find(|it| it == "arm64" || it == "x86_64")
    };
    types.into_iter().filter_map(of).collect()
}

impl Found {
    fn of(image: &Image) -> Self {
        let root = image.root_device_name();
        let mapping = image.block_device_mappings().iter().find(|mapping| mapping.device_name() == root);
        Self {
            id: image.image_id().unwrap_or_default().to_owned(),
            name: image.name().unwrap_or_default().to_owned(),
            architecture: image.architecture().map(|it| it.as_str().to_owned()).unwrap_or_default(),
            available: image.state() == Some(&ImageState::Available),
            created: image.creation_date().and_then(|date| date.parse().ok()),
            encrypted: mapping.and_then(|mapping| mapping.ebs()?.encrypted()),
        }
    }
}

fn judge(architecture: &str, wanted: &str, images: &[Found], fix: &str, now: Timestamp) -> Finding {
    let check = format!("image {architecture}");
    let fitting = images.iter().filter(|image| image.architecture == architecture && image.available);
    let Some(newest) = fitting.max_by_key(|image| image.created) else {
        return Finding::missing(check, format!("there is no image {wanted} for {architecture}"), fix);
    };
    let age = newest.created.map(|created| now.duration_since(created));
    let days = age.map_or("of unknown age".to_owned(), |age| format!("{} days old", age.as_hours().max(0) / 24));
    let found = format!("{} ({}), {days}", newest.id, newest.name);
    if age.is_some_and(|age| age > OLD) {
        return Finding::warning(
            check,
            format!("{found}: its packages are as old"),
            format!("build a new one: {}", build(architecture)),
        );
    }
    if newest.encrypted == Some(false) {
        return Finding::warning(
            check,
            format!("{found}; its root is not encrypted (that of an instance is, whatever the image's)"),
            "build it with encrypt_boot = true",
        );
    }
    Finding::ok(check, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    fn image(id: &str, days_old: i64) -> Found {
        Found {
            id: id.to_owned(),
            name: format!("doltops-{id}"),
            architecture: "arm64".to_owned(),
            available: true,
            created: Some(now() - SignedDuration::from_hours(24 * days_old)),
            encrypted: Some(true),
        }
    }

    fn now() -> Timestamp {
        "2026-03-02T10:00:00Z".parse().expect("a time")
    }

    #[test]
    fn the_newest_that_is_available_counts() {
        let broken = Found { available: false, ..image("broken", 1) };
        let images = [image("old", 200), image("new", 3), broken];
        let found = judge("arm64", "doltops-*", &images, "", now());
        assert_eq!((found.outcome, found.found.as_str()), (Outcome::Ok, "new (doltops-new), 3 days old"));
        assert_eq!(judge("arm64", "doltops-*", &images[..1], "", now()).outcome, Outcome::Warning);
    }

    #[test]
    fn none_for_an_architecture_is_missing() {
        let found = judge("x86_64", "doltops-*", &[image("new", 3)], &build("x86_64"), now());
        assert_eq!((found.check.as_str(), found.outcome), ("image x86_64", Outcome::Missing));
        assert!(found.next.starts_with("packer build -var arch=x86_64 -var version="), "{}", found.next);
        // A mistyped id is not mended by a build.
        let found = judge("x86_64", "ami-0", &[], CORRECT, now());
        assert!(found.next.starts_with("correct aws.image"), "{}", found.next);
    }

    #[test]
    fn an_open_root_is_a_warning() {
        let open = Found { encrypted: Some(false), ..image("open", 3) };
        assert_eq!(judge("arm64", "x", &[open], "", now()).outcome, Outcome::Warning);
    }
}
