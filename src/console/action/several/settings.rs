//! Settings of several: what is filled in is set on all of them, what is left empty stays as each has it.
//!
//! An empty field cannot stand for Dolt's default here, as it does for one deployment: the word does.

use super::rows;
use crate::{
    console::{
        action::form::Wrong,
        state::{
            State,
            form::{Field, Form, Several},
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
use std::collections::{BTreeMap, BTreeSet};

/// Takes a setting back to Dolt's default.
const DEFAULT: &str = "default";

/// The choice that changes nothing.
const AS_IT_IS: &str = "as it is";

/// As many values that differ are named beside a field.
const NAMED: usize = 3;

/// The form's fields: nothing is changed as they are.
pub fn fields(state: &State, several: &Several) -> Vec<Field> {
    OFFERED.iter().map(|offered| field(offered, &now(state, several, offered.key))).collect()
}

fn field(offered: &Offered, now: &str) -> Field {
    match offered.bounds {
        Bounds::Words(words) => {
            let options = [AS_IT_IS, DEFAULT].into_iter().chain(words.iter().copied()).map(str::to_owned).collect();
            Field::choice(offered.key, offered.key, options, AS_IT_IS, format!("{now}: {}", offered.help))
        }
        Bounds::Whole(least, most) => {
            Field::text(offered.key, offered.key, "", format!("{now}; {least} to {most}: {}", offered.help))
        }
        Bounds::Window => Field::text(offered.key, offered.key, "", format!("{now}: {}", offered.help)),
    }
}

/// `now 100, 400`.
fn now(state: &State, several: &Several, key: &str) -> String {
    let values: BTreeSet<&str> = rows(state, several).map(|row| value(row, key)).collect();
    let word = |value: &&str| if value.is_empty() { DEFAULT.to_owned() } else { (*value).to_owned() };
    let named = values.iter().take(NAMED).map(word).collect::<Vec<_>>().join(", ");
    let more = if values.len() > NAMED { ", …" } else { "" };
    format!("now {named}{more}")
}

fn value<'a>(row: &'a Deployment, key: &str) -> &'a str {
    row.desired.as_ref().and_then(|desired| desired.settings.get(key)).map_or("", String::as_str)
}

/// For each what differs from now; none for one that is like that already.
///
/// # Errors
/// Names the setting.
pub fn changes(state: &State, form: &Form, several: &Several) -> Result<Vec<Change>, Wrong> {
    let mut wanted = BTreeMap::new();
    for field in &form.fields {
        let value = match field.get() {
            "" | AS_IT_IS => continue,
            DEFAULT => "",
            value => value,
        };
        Settings::default().with(field.key, value)?;
        wanted.insert(field.key, value);
    }
    let mut changes = Vec::new();
    for row in rows(state, several) {
        let differing = wanted.iter().filter(|(key, wanted)| value(row, key) != **wanted);
        let settings: BTreeMap<String, String> =
            differing.map(|(key, wanted)| ((*key).to_owned(), (*wanted).to_owned())).collect();
        if !settings.is_empty() {
            changes.push(Change::Set(change::Set { name: row.name.clone(), settings }));
        }
    }
    if changes.is_empty() {
        return Err(Wrong::incomplete("fill in a setting, and the plan is shown here"));
    }
    Ok(changes)
}
