//! What differs between two desired states of one deployment, cell by cell, as the store's own diff would tell it.
//!
//! Pure: for plans, which are shown before anything is landed.

use crate::model::{Cell, CellChange, DESIRED_TABLES, Desired};
use doltops_proto::hosted_api as wire;
use std::collections::BTreeMap;

/// In place of a value that is not there.
pub const ABSENT: &str = "–";
/// In place of a deployment that is not there any more.
const DELETED: &str = "deleted";

/// The cells that differ; `before` or `after` is absent where the deployment is.
pub fn cells(before: Option<&Desired>, after: Option<&Desired>) -> Vec<CellChange> {
    let Some(either) = after.or(before) else { return Vec::new() };
    let change = |table: &str, key: String, column: &str, from: Option<String>, to: Option<String>| CellChange {
        table: table.to_owned(),
        key,
        column: column.to_owned(),
        from,
        to,
        deployment: Some(either.id.clone()),
    };
    let (from, to) = (row(before), row(after));
    let columns = COLUMNS.iter().filter(|column| from.get(*column) != to.get(*column));
    let mut changes: Vec<CellChange> = columns
        .map(|c| change("deployments", either.id.to_string(), c, from.get(c).cloned(), to.get(c).cloned()))
        .collect();
    let (from, to) = (settings(before), settings(after));
    let keys: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    for key in keys.into_iter().filter(|key| from.get(*key) != to.get(*key)) {
        let row = format!("{}/{key}", either.id);
        changes.push(change("settings", row, "value", from.get(key).cloned(), to.get(key).cloned()));
    }
    changes
}

/// The old and the new value in words: a deployment that is not there after it was has been deleted, which its name says.
pub fn said(change: &wire::CellChange) -> (&str, &str) {
    let gone = change.table == "deployments" && change.column == Cell::Name.as_str() && change.from.is_some();
    let absent = if gone { DELETED } else { ABSENT };
    (change.from.as_deref().unwrap_or(ABSENT), change.to.as_deref().unwrap_or(absent))
}

/// A value of a change request's cell in words, likewise; `name` is the cell's own, `base` what it was where the branch was
/// made.
pub fn said_of(name: &str, base: Option<&str>, value: Option<&str>) -> String {
    let is_all = name == Cell::Deployment.as_str() || name == Cell::Name.as_str();
    value.unwrap_or(if is_all && base.is_some() { DELETED } else { ABSENT }).to_owned()
}

/// What people call the cell: a setting's name, or the column; none where it says nothing to them.
pub fn word(change: &CellChange) -> Option<String> {
    match change.table.as_str() {
        "settings" if change.column == "value" => change.key.rsplit('/').next().map(str::to_owned),
        "settings" => None,
        table if DESIRED_TABLES.contains(&table) => Some(change.column.clone()),
        _ => None,
    }
}

const COLUMNS: [&str; 7] = ["name", "instance_type", "volume_gib", "certificate", "power", "protected", "paused"];

fn row(desired: Option<&Desired>) -> BTreeMap<&'static str, String> {
    let Some(desired) = desired else { return BTreeMap::new() };
    let number = |flag: bool| u8::from(flag).to_string();
    COLUMNS
        .into_iter()
        .zip([
            desired.name.to_string(),
            desired.spec.instance_type.clone(),
            desired.spec.volume_gib.to_string(),
            desired.spec.certificate.to_string(),
            desired.power.to_string(),
            number(desired.protected),
            number(desired.paused),
        ])
        .collect()
}

fn settings(desired: Option<&Desired>) -> BTreeMap<String, String> {
    desired.map(|desired| desired.spec.settings.as_map().clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_that_is_gone_says_so_by_its_name() {
        let change = |table: &str, column: &str, from: Option<&str>, to: Option<&str>| {
            let [table, column] = [table, column].map(str::to_owned);
            let [from, to] = [from, to].map(|value| value.map(str::to_owned));
            wire::CellChange { table, column, from, to, ..wire::CellChange::default() }
        };
        for (told, words) in [
            (change("deployments", "name", Some("orders"), None), ("orders", "deleted")),
            (change("deployments", "name", None, Some("orders")), ("–", "orders")),
            (change("deployments", "power", Some("running"), None), ("running", "–")),
            (change("settings", "value", Some("40"), None), ("40", "–")),
        ] {
            assert_eq!(said(&told), words);
        }
        assert_eq!(said_of("deployment", Some("orders"), None), "deleted");
        // A name that two gave: the branch's is left out.
        assert_eq!(said_of("name", None, None), "–");
        assert_eq!(said_of("power", Some("running"), None), "–");
    }
}
