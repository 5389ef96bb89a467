//! Reads the hosted zone: all of it, or a few names.

use super::{
    Inner, owner,
    records::{Sets, Wish, plain},
};
use crate::cloud::aws::{calls::Call, errors::Fault};
use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use std::collections::BTreeSet;

/// Route 53's largest page.
const PAGE: usize = 300;

/// Record sets of one name: its addresses and what else a person may have put there.
const OF_ONE_NAME: i32 = 10;

impl Inner {
    /// All of the zone.
    pub(super) async fn whole(&self) -> Result<Sets, Fault> {
        let mut sets = Sets::new();
        let mut from: Option<(String, Option<RrType>, Option<String>)> = None;
        loop {
            let ask = self.route53.list_resource_record_sets().hosted_zone_id(&self.options.id);
            let ask = ask.max_items(i32::try_from(PAGE).unwrap_or(i32::MAX));
            let ask = match from {
                Some((name, kind, id)) => {
                    ask.start_record_name(name).set_start_record_type(kind).set_start_record_identifier(id)
                }
                None => ask,
            };
            let page = self.calls.make(Call::names("ListResourceRecordSets"), || ask.clone().send()).await?;
            put(&mut sets, page.resource_record_sets());
            match page.next_record_name().filter(|_| page.is_truncated()) {
                Some(name) => {
                    let id = page.next_record_identifier().map(str::to_owned);
                    from = Some((name.to_owned(), page.next_record_type().cloned(), id));
                }
                None => return Ok(sets),
            }
        }
    }

    /// What stands now at every name that the wishes are about: by name where those are few, else by the whole zone.
    pub(super) async fn now(&self, wishes: &[Wish], known: Option<&Sets>) -> Result<Sets, Fault> {
        let names: BTreeSet<String> = wishes.iter().flat_map(names_of).collect();
        let records = known.map_or(0, |sets| sets.values().map(Vec::len).sum());
        if known.is_none() || names.len() > records.div_ceil(PAGE) {
            return self.whole().await;
        }
        let mut sets = Sets::new();
        for name in names {
            let ask = self.route53.list_resource_record_sets().hosted_zone_id(&self.options.id);
            let ask = ask.start_record_name(&name).max_items(OF_ONE_NAME);
            let page = self.calls.make(Call::names("ListResourceRecordSets"), || ask.clone().send()).await?;
            let mut found = Sets::new();
            put(&mut found, page.resource_record_sets());
            // The page goes on with what comes after the name.
            found.retain(|other, _| *other == name);
            sets.extend(found);
        }
        Ok(sets)
    }
}

fn names_of(wish: &Wish) -> Vec<String> {
    let name = wish.name();
    match wish {
        Wish::Challenge { .. } => vec![name.to_owned()],
        Wish::Publish { .. } | Wish::Mark { .. } | Wish::Withdraw { .. } => vec![name.to_owned(), owner::place(name)],
    }
}

fn put(sets: &mut Sets, page: &[ResourceRecordSet]) {
    for set in page {
        sets.entry(plain(set.name())).or_default().push(set.clone());
    }
}
