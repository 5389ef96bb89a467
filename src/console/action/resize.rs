//! Resize: another type, a larger volume, or both.

use crate::{
    console::{
        action::{
            create::{size, types, volume, volume_bounds},
            form::Wrong,
        },
        state::{
            State,
            form::{Field, Form},
        },
    },
    model::Refusal,
};
use doltops_proto::hosted_api::{
    Deployment, Desired,
    change::{self, Change},
};

/// The form's fields, as it is now.
pub fn fields(state: &State, row: Option<&Deployment>) -> Vec<Field> {
    let now = row.and_then(|row| row.desired.clone()).unwrap_or_default();
    let mut offered = types(state);
    if !offered.contains(&now.instance_type) {
        offered.push(now.instance_type.clone());
    }
    let is = beside(state, &now.instance_type, &now.instance_type);
    vec![
        Field::choice("type", "Type", offered, &now.instance_type, is),
        Field::text(
            "volume",
            "Volume, GiB",
            &now.volume_gib.to_string(),
            format!("now {}; {}", now.volume_gib, volume_bounds()),
        ),
    ]
}

/// What stands beside the choice of a type: its size, and which it is now.
pub fn beside(state: &State, chosen: &str, now: &str) -> String {
    let size = size(state, chosen);
    let gap = if size.is_empty() { "" } else { "; " };
    if chosen == now { format!("{size}{gap}as it is now") } else { format!("{size}{gap}now {now}") }
}

/// What the form asks for: only what differs from now.
///
/// # Errors
/// Names the field.
pub fn change(state: &State, form: &Form) -> Result<Change, Wrong> {
    let name = form.target.clone().unwrap_or_default();
    let row = state.fleet.find(&name).ok_or_else(|| Wrong::incomplete(format!("{name} is gone")))?;
    let now = row.desired.clone().unwrap_or_default();
    let volume = larger(&now, volume(form.get("volume"))?)?;
    let instance_type = Some(form.get("type").to_owned()).filter(|wanted| *wanted != now.instance_type);
    if instance_type.is_none() && volume.is_none() {
        return Err(Wrong::incomplete("choose another type or a larger volume, and the plan is shown here"));
    }
    Ok(Change::Resize(change::Resize { name, instance_type, volume_gib: volume }))
}

fn larger(now: &Desired, wanted: u64) -> Result<Option<u64>, Wrong> {
    let has = u64::from(now.volume_gib);
    if wanted < has {
        let what = format!("a volume only grows, and it has {has} GiB: create a smaller one and move the data");
        return Err(Refusal::invalid("volume", what).into());
    }
    Ok((wanted > has).then_some(wanted))
}
