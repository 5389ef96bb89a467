//! What Route 53 refuses in a change of records and moto accepts.
//!
//! A batch is done whole or not at all, so one wrong change refuses it. The changes of one batch see one another.

use crate::proxy::{
    call::{Call, Parameters},
    refused::Refused,
    world::World,
    xml::child_text,
};
use aws_sdk_route53::types::ResourceRecordSet;
use roxmltree::{Document, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Name (lower case, with its last dot), type, set identifier.
type Key = (String, String, String);

/// What a record set says: time to live and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Says {
    ttl: Option<i64>,
    values: BTreeSet<String>,
}

#[derive(Debug)]
struct Change {
    action: String,
    key: Key,
    says: Says,
}

/// Why Route 53 would refuse this batch.
pub async fn check(call: &Call, world: &World) -> Result<(), Refused> {
    let Parameters::Xml(text) = &call.parameters else { return Ok(()) };
    let changes = changes(text);
    if changes.iter().all(|change| change.action == "UPSERT") {
        return Ok(());
    }
    let Some(zone) = zone(call) else { return Ok(()) };
    // An unknown zone is for moto to refuse.
    let Ok(records) = world.records(&zone).await else { return Ok(()) };
    let mut there: BTreeMap<Key, Says> = records.iter().map(there).collect();
    let mut wrong = Vec::new();
    for change in changes {
        wrong.extend(apply(&mut there, change));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Refused::new("InvalidChangeBatch", format!("[{}]", wrong.join(", ")))) }
}

/// Does one change to what is there, or tells why not.
fn apply(there: &mut BTreeMap<Key, Says>, change: Change) -> Option<String> {
    let (name, kind, _) = &change.key;
    let set = format!("resource record set [name='{name}', type='{kind}']");
    match (change.action.as_str(), there.get(&change.key)) {
        ("CREATE", Some(_)) => return Some(format!("Tried to create {set} but it already exists")),
        ("DELETE", None) => return Some(format!("Tried to delete {set} but it was not found")),
        ("DELETE", Some(says)) if *says != change.says => {
            return Some(format!("Tried to delete {set} but the values provided do not match the current values"));
        }
        ("DELETE", Some(_)) => drop(there.remove(&change.key)),
        _ => drop(there.insert(change.key, change.says)),
    }
    None
}

/// `/2013-04-01/hostedzone/ZONE/rrset/`, at the beginning of what was said.
fn zone(call: &Call) -> Option<String> {
    let said = String::from_utf8_lossy(&call.said);
    said.split('/').nth(3).map(str::to_owned)
}

fn there(record: &ResourceRecordSet) -> (Key, Says) {
    let values = record.resource_records().iter().map(|record| record.value().to_owned()).collect();
    let identifier = record.set_identifier().unwrap_or_default().to_owned();
    let key = (whole(record.name()), record.r#type().as_str().to_owned(), identifier);
    (key, Says { ttl: record.ttl(), values })
}

fn changes(text: &str) -> Vec<Change> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    document.descendants().filter(|node| node.tag_name().name() == "Change").filter_map(change).collect()
}

fn change(node: Node<'_, '_>) -> Option<Change> {
    let set = node.children().find(|child| child.tag_name().name() == "ResourceRecordSet")?;
    let values = set.descendants().filter(|node| node.tag_name().name() == "Value").filter_map(|node| node.text());
    let identifier = child_text(set, "SetIdentifier").unwrap_or_default().to_owned();
    Some(Change {
        action: child_text(node, "Action")?.to_owned(),
        key: (whole(child_text(set, "Name")?), child_text(set, "Type")?.to_owned(), identifier),
        says: Says {
            ttl: child_text(set, "TTL").and_then(|ttl| ttl.parse().ok()),
            values: values.map(str::to_owned).collect(),
        },
    })
}

/// A name as Route 53 keeps it.
fn whole(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.ends_with('.') { name } else { format!("{name}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(action: &str, value: &str) -> Vec<Change> {
        changes(&format!(
            "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
             <Changes><Change><Action>{action}</Action><ResourceRecordSet><Name>Orders.doltops.test</Name>\
             <Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord>\
             </ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>\
             </ChangeResourceRecordSetsRequest>"
        ))
    }

    #[test]
    fn what_is_there_is_not_created_and_what_differs_is_not_deleted() {
        let mut there = BTreeMap::new();
        let mut says = |action, value| {
            let wrong = batch(action, value).into_iter().find_map(|change| apply(&mut there, change));
            wrong.map(|why| why.split(" but ").nth(1).unwrap_or_default().to_owned())
        };
        assert_eq!(says("DELETE", "127.10.0.4").as_deref(), Some("it was not found"));
        assert_eq!(says("CREATE", "127.10.0.4"), None);
        assert_eq!(says("CREATE", "127.10.0.5").as_deref(), Some("it already exists"));
        let differs = "the values provided do not match the current values";
        assert_eq!(says("DELETE", "127.10.0.5").as_deref(), Some(differs));
        assert_eq!(says("DELETE", "127.10.0.4"), None);
        assert_eq!(says("UPSERT", "127.10.0.6"), None);
    }
}
