//! Settings: Dolt's server settings that users may change.

use crate::{
    console::{
        action::form::Wrong,
        state::{
            State,
            form::{Field, Form},
        },
    },
    model::{
        Settings,
        settings::{Bounds, OFFERED, Offered},
    },
};
use doltops_proto::hosted_api::{
    Deployment,
    change::{self, Change},
};
use std::collections::BTreeMap;

/// The form's fields: every setting on offer, as it is now; empty is Dolt's default.
pub fn fields(row: Option<&Deployment>) -> Vec<Field> {
    let now = row.map(now).unwrap_or_default();
    OFFERED.iter().map(|offered| field(offered, now.get(offered.key).map_or("", String::as_str))).collect()
}

fn now(row: &Deployment) -> BTreeMap<String, String> {
    row.desired.as_ref().map(|desired| desired.settings.clone()).unwrap_or_default()
}

fn field(offered: &Offered, value: &str) -> Field {
    match offered.bounds {
        Bounds::Whole(least, most) => {
            Field::text(offered.key, offered.key, value, format!("{least} to {most}: {}", offered.help))
        }
        Bounds::Window => Field::text(offered.key, offered.key, value, offered.help.to_owned()),
        Bounds::Words(words) => {
            let options = std::iter::once("").chain(words.iter().copied()).map(str::to_owned).collect();
            Field::choice(offered.key, offered.key, options, value, offered.help)
        }
    }
}

/// What the form asks for: only what differs from now.
///
/// # Errors
/// Names the setting.
pub fn change(state: &State, form: &Form) -> Result<Change, Wrong> {
    let name = form.target.clone().unwrap_or_default();
    let row = state.fleet.find(&name).ok_or_else(|| Wrong::incomplete(format!("{name} is gone")))?;
    let now = now(row);
    let mut settings = BTreeMap::new();
    for field in &form.fields {
        let value = field.get();
        if now.get(field.key).map_or("", String::as_str) != value {
            Settings::default().with(field.key, value)?;
            settings.insert(field.key.to_owned(), value.to_owned());
        }
    }
    if settings.is_empty() {
        return Err(Wrong::incomplete("change a setting, and the plan is shown here"));
    }
    Ok(Change::Set(change::Set { name, settings }))
}
