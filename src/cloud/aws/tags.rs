//! The tags that every resource carries from the call on that makes it.
//!
//! They are the driver's only memory: what a resource is for is read from them alone, so a control plane that lost
//! everything else finds its fleet again. What lacks [`CONTROL_PLANE`] with our id is never told and never touched.

use crate::model::{DeploymentId, DeploymentName, Incarnation, StandsIn};
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

/// Whose: the control plane's id.
pub const CONTROL_PLANE: &str = "doltops:control-plane";
/// Whose: the deployment's id.
pub const DEPLOYMENT: &str = "doltops:deployment";
/// Which of the deployment's instances.
pub const INCARNATION: &str = "doltops:incarnation";
/// What it is for: one of [`Role`].
pub const ROLE: &str = "doltops:role";
/// What the request carried: by it a repeat finds what the first call made.
pub const TOKEN: &str = "doltops:token";
/// The type is not the one that was wanted: JSON.
pub const STANDS_IN: &str = "doltops:stands-in";
/// Whether EC2 refuses to terminate it: DescribeInstances does not tell, and to ask for each would cost a call each.
pub const PROTECTED: &str = "doltops:protected";
/// What the AWS console shows.
pub const NAME: &str = "Name";

/// EC2's limit for a tag's value.
const LONGEST: usize = 256;

/// What a resource is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An instance, and its network interface.
    Instance,
    /// An instance's own volume, which goes with it.
    Root,
    /// A data volume.
    Data,
    /// A snapshot of a data volume.
    Copy,
    /// An elastic address.
    Address,
}

impl Role {
    /// The word for it in the tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Instance => "instance",
            Role::Root => "root",
            Role::Data => "data",
            Role::Copy => "copy",
            Role::Address => "address",
        }
    }
}

/// A tag.
pub fn tag(key: &str, value: impl Into<String>) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// What a new resource is tagged with.
#[derive(Clone, Debug)]
pub struct Label {
    tags: Vec<(&'static str, String)>,
}

impl Label {
    /// Of a deployment's resource.
    pub fn new(control_plane: &str, deployment: &DeploymentId, name: Option<&DeploymentName>, token: &str) -> Self {
        let mut tags = vec![
            (CONTROL_PLANE, control_plane.to_owned()),
            (DEPLOYMENT, deployment.to_string()),
            (TOKEN, token.to_owned()),
        ];
        tags.extend(name.map(|name| (NAME, name.to_string())));
        Self { tags }
    }

    /// One more.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.tags.push((key, value.into()));
        self
    }

    /// As a creating call takes it.
    pub fn specification(&self, resource: ResourceType, role: Role) -> TagSpecification {
        let tags = self.tags.iter().map(|(key, value)| tag(key, value));
        TagSpecification::builder()
            .resource_type(resource)
            .set_tags(Some(tags.chain([tag(ROLE, role.as_str())]).collect()))
            .build()
    }
}

/// The value of [`STANDS_IN`]; what the cloud said is shortened to what a tag can hold.
pub fn stands_in(stands_in: &StandsIn) -> String {
    let json = |why: &str| {
        let shortened = StandsIn { why: why.to_owned(), ..stands_in.clone() };
        // Three texts: it cannot fail.
        serde_json::to_string(&shortened).unwrap_or_default()
    };
    let mut why = stands_in.why.as_str();
    // Escapes make a text longer than it is, so that its length is found by trying.
    while !why.is_empty() && json(why).chars().count() > LONGEST {
        let end = why.char_indices().next_back().map_or(0, |(at, _)| at);
        why = &why[..end];
    }
    json(why)
}

/// The value of a tag.
pub fn value<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value)
}

/// Whether it is this control plane's.
pub fn is_ours(tags: &[Tag], control_plane: &str) -> bool {
    value(tags, CONTROL_PLANE) == Some(control_plane)
}

/// Whose it is; none where the tag is missing or was emptied by hand.
pub fn deployment(tags: &[Tag]) -> Option<DeploymentId> {
    value(tags, DEPLOYMENT).filter(|id| !id.is_empty()).map(DeploymentId::new)
}

/// Which of the deployment's; 0, which no instance is given, where the tag cannot be read.
pub fn incarnation(tags: &[Tag]) -> Incarnation {
    Incarnation(value(tags, INCARNATION).and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// Why it has another type than was wanted. A tag that tells of another type than `is` is left from a change that was
/// broken off, and says nothing.
pub fn told_stands_in(tags: &[Tag], is: &str) -> Option<StandsIn> {
    let told: StandsIn = serde_json::from_str(value(tags, STANDS_IN)?).ok()?;
    (told.is == is).then_some(told)
}

/// Whether EC2 refuses to terminate it.
pub fn protected(tags: &[Tag]) -> bool {
    value(tags, PROTECTED) == Some("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_fits_into_a_tag_and_is_read_again() {
        let said = StandsIn { is: "m6g.large".into(), wanted: "m7g.large".into(), why: "\"no\" ä ".repeat(100) };
        let value = stands_in(&said);
        assert!(value.chars().count() <= LONGEST, "{}", value.len());
        let told = told_stands_in(&[tag(STANDS_IN, value)], "m6g.large").expect("readable");
        assert_eq!((told.is, told.wanted), (said.is, said.wanted));
        assert!(said.why.starts_with(&told.why) && told.why.len() > 50, "{}", told.why);
    }

    #[test]
    fn a_reason_for_another_type_than_the_present_one_says_nothing() {
        let said = StandsIn { is: "m6g.large".into(), wanted: "m7g.large".into(), why: "no capacity".into() };
        let tags = [tag(STANDS_IN, stands_in(&said))];
        assert_eq!(told_stands_in(&tags, "m7g.large"), None);
        assert_eq!(told_stands_in(&[tag(STANDS_IN, "{")], "m6g.large"), None);
    }

    #[test]
    fn tags_that_a_hand_has_spoilt_are_read_as_missing() {
        let tags = [tag(DEPLOYMENT, ""), tag(INCARNATION, "two"), tag(PROTECTED, "yes"), Tag::builder().build()];
        assert_eq!(deployment(&tags), None);
        assert_eq!(incarnation(&tags), Incarnation(0));
        assert!(!protected(&tags) && !is_ours(&tags, "cp"));
    }
}
