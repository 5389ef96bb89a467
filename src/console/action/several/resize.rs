//! Resize of several: one type, one least size of the volume, or both; what is left as it is stays as each has it.

use super::rows;
use crate::console::{
    action::{
        create::{types, volume, volume_bounds},
        form::Wrong,
    },
    state::{
        State,
        form::{Field, Form, Several},
    },
};
use doltops_proto::hosted_api::{
    Deployment,
    change::{self, Change},
};
use std::collections::BTreeSet;

/// The choice that changes no type.
const AS_IT_IS: &str = "as it is";

/// The form's fields: nothing is changed as they are.
pub fn fields(state: &State, several: &Several) -> Vec<Field> {
    let has: BTreeSet<String> = rows(state, several).map(|row| type_of(row).to_owned()).collect();
    // What all have already is no choice beside `as it is`.
    let offered = types(state).into_iter().filter(|offered| !(has.len() == 1 && has.contains(offered)));
    let options = [AS_IT_IS.to_owned()].into_iter().chain(offered).collect();
    let has = has.iter().cloned().collect::<Vec<_>>().join(", ");
    let sizes = || rows(state, several).map(gib);
    let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
    let now = if least == most { format!("now {least}") } else { format!("now {least} to {most}") };
    vec![
        Field::choice("type", "Type", options, AS_IT_IS, format!("now {has}")),
        Field::text("volume", "Volume, GiB", "", format!("{now}; empty: as it is; {}", volume_bounds())),
    ]
}

fn type_of(row: &Deployment) -> &str {
    row.desired.as_ref().map_or("", |desired| desired.instance_type.as_str())
}

fn gib(row: &Deployment) -> u64 {
    row.desired.as_ref().map_or(0, |desired| u64::from(desired.volume_gib))
}

/// For each what differs from now; none for one that is like that already.
///
/// # Errors
/// Names the field.
pub fn changes(state: &State, form: &Form, several: &Several) -> Result<Vec<Change>, Wrong> {
    let wanted = Some(form.get("type")).filter(|wanted| *wanted != AS_IT_IS);
    let size = match form.get("volume") {
        "" => None,
        text => Some(volume(text)?),
    };
    let mut changes = Vec::new();
    for row in rows(state, several) {
        let (name, has) = (row.name.clone(), gib(row));
        if let Some(size) = size.filter(|size| *size < has) {
            let what = format!("{size} GiB is less than the {has} GiB of {name}, and a volume only grows");
            return Err(Wrong { field: "volume".to_owned(), what });
        }
        let instance_type = wanted.filter(|wanted| *wanted != type_of(row)).map(str::to_owned);
        let volume_gib = size.filter(|size| *size > has);
        if instance_type.is_some() || volume_gib.is_some() {
            changes.push(Change::Resize(change::Resize { name, instance_type, volume_gib }));
        }
    }
    if changes.is_empty() {
        return Err(Wrong::incomplete("choose another type or a larger volume, and the plan is shown here"));
    }
    Ok(changes)
}
