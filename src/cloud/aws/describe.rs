//! EC2's Describe calls: in pages, always with the control plane's tag as a filter.
//!
//! Filters and not lists of ids: EC2 refuses a whole call for one id that it does not (or not yet) know, and gives
//! nothing for a filter that fits nothing.

use super::{
    calls::{Call, Calls},
    errors::Fault,
    tags::{self, Role},
};
use aws_sdk_ec2::{
    Client,
    types::{Address, Filter, Instance, InstanceStateName, Snapshot, Tag, Volume, VolumeState},
};
use std::{future::Future, sync::Arc};

/// DescribeInstances' largest page, and that of volumes and snapshots.
const PAGE: i32 = 1000;

/// A filter.
pub fn filter(name: impl Into<String>, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// A filter by a tag's value.
pub fn by_tag(key: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    filter(format!("tag:{key}"), values)
}

/// Describes what is this control plane's.
#[derive(Clone)]
pub struct Reader {
    /// EC2.
    pub ec2: Client,
    /// How it is called.
    pub calls: Arc<Calls>,
    /// Whose.
    pub control_plane: String,
}

impl Reader {
    /// All of a kind that fit `filters`.
    ///
    /// # Errors
    /// AWS's.
    pub async fn all<K: Kind>(&self, mut filters: Vec<Filter>) -> Result<Vec<K>, Fault> {
        filters.push(by_tag(tags::CONTROL_PLANE, [&self.control_plane]));
        // Root volumes and network interfaces carry the tag as well.
        filters.push(by_tag(tags::ROLE, [K::ROLE.as_str()]));
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let (page, next) = K::page(self, filters.clone(), from).await?;
            // What a filter lets through is trusted no further than it can be checked.
            found.extend(page.into_iter().filter(|one: &K| tags::is_ours(one.tags(), &self.control_plane)));
            match next.filter(|token| !token.is_empty()) {
                Some(token) => from = Some(token),
                None => return Ok(found),
            }
        }
    }
}

/// A page, and the token of the next one.
type Page<K> = (Vec<K>, Option<String>);

/// A kind of resource that carries tags.
pub trait Kind: Clone + Send + Sync + 'static {
    /// The filter by id.
    const ID_FILTER: &'static str;
    /// What it is called in messages.
    const WORD: &'static str;
    /// Its role, by which it is told from others of EC2's same kind.
    const ROLE: Role;
    /// Its id.
    fn id(&self) -> Option<&str>;
    /// Its tags.
    fn tags(&self) -> &[Tag];
    /// Whether it is gone, and only still told of.
    fn is_gone(&self) -> bool;
    /// One page.
    fn page(
        reader: &Reader,
        filters: Vec<Filter>,
        from: Option<String>,
    ) -> impl Future<Output = Result<Page<Self>, Fault>> + Send;
}

impl Kind for Instance {
    const ID_FILTER: &'static str = "instance-id";
    const WORD: &'static str = "instance";
    const ROLE: Role = Role::Instance;

    fn id(&self) -> Option<&str> {
        self.instance_id()
    }

    fn tags(&self) -> &[Tag] {
        self.tags()
    }

    fn is_gone(&self) -> bool {
        self.state().and_then(|state| state.name()) == Some(&InstanceStateName::Terminated)
    }

    async fn page(reader: &Reader, filters: Vec<Filter>, from: Option<String>) -> Result<Page<Self>, Fault> {
        let ask = reader.ec2.describe_instances().set_filters(Some(filters)).max_results(PAGE).set_next_token(from);
        let page = reader.calls.make(Call::read("DescribeInstances"), || ask.clone().send()).await?;
        let next = page.next_token().map(str::to_owned);
        let instances =
            page.reservations.unwrap_or_default().into_iter().flat_map(|one| one.instances.unwrap_or_default());
        Ok((instances.collect(), next))
    }
}

impl Kind for Volume {
    const ID_FILTER: &'static str = "volume-id";
    const WORD: &'static str = "volume";
    const ROLE: Role = Role::Data;

    fn id(&self) -> Option<&str> {
        self.volume_id()
    }

    fn tags(&self) -> &[Tag] {
        self.tags()
    }

    fn is_gone(&self) -> bool {
        matches!(self.state(), Some(VolumeState::Deleted | VolumeState::Deleting))
    }

    async fn page(reader: &Reader, filters: Vec<Filter>, from: Option<String>) -> Result<Page<Self>, Fault> {
        let ask = reader.ec2.describe_volumes().set_filters(Some(filters)).max_results(PAGE).set_next_token(from);
        let page = reader.calls.make(Call::read("DescribeVolumes"), || ask.clone().send()).await?;
        let next = page.next_token().map(str::to_owned);
        Ok((page.volumes.unwrap_or_default(), next))
    }
}

impl Kind for Snapshot {
    const ID_FILTER: &'static str = "snapshot-id";
    const WORD: &'static str = "snapshot";
    const ROLE: Role = Role::Copy;

    fn id(&self) -> Option<&str> {
        self.snapshot_id()
    }

    fn tags(&self) -> &[Tag] {
        self.tags()
    }

    fn is_gone(&self) -> bool {
        false
    }

    async fn page(reader: &Reader, filters: Vec<Filter>, from: Option<String>) -> Result<Page<Self>, Fault> {
        let ask = reader.ec2.describe_snapshots().owner_ids("self").set_filters(Some(filters));
        let ask = ask.max_results(PAGE).set_next_token(from);
        let page = reader.calls.make(Call::read("DescribeSnapshots"), || ask.clone().send()).await?;
        let next = page.next_token().map(str::to_owned);
        Ok((page.snapshots.unwrap_or_default(), next))
    }
}

impl Kind for Address {
    const ID_FILTER: &'static str = "allocation-id";
    const WORD: &'static str = "address";
    const ROLE: Role = Role::Address;

    fn id(&self) -> Option<&str> {
        self.allocation_id()
    }

    fn tags(&self) -> &[Tag] {
        self.tags()
    }

    fn is_gone(&self) -> bool {
        false
    }

    // It has no pages.
    async fn page(reader: &Reader, filters: Vec<Filter>, _: Option<String>) -> Result<Page<Self>, Fault> {
        let ask = reader.ec2.describe_addresses().set_filters(Some(filters));
        let page = reader.calls.make(Call::read("DescribeAddresses"), || ask.clone().send()).await?;
        Ok((page.addresses.unwrap_or_default(), None))
    }
}
