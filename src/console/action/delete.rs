//! Delete: its plan is shown at once, but the last key works only when the name is typed.

use crate::console::{
    action::form::Wrong,
    state::form::{Field, Form, Kind},
};
use doltops_proto::hosted_api::{
    Deployment,
    change::{self, Change},
};

/// The form's field.
pub fn fields(row: Option<&Deployment>) -> Vec<Field> {
    let name = row.map(|row| row.name.clone()).unwrap_or_default();
    vec![Field::text("confirm", "Its name", "", format!("type {name} to delete it"))]
}

/// What the form asks for. The name in it is the deployment's, so that the plan can be shown before it is typed;
/// [`typed`] is what stands before the sending.
///
/// # Errors
/// None; a form always names its deployment.
pub fn change(form: &Form) -> Result<Change, Wrong> {
    let name = form.target.clone().unwrap_or_default();
    Ok(Change::Delete(change::Delete { confirm: name.clone(), name }))
}

/// Whether the name was typed; true for forms that ask for none. How many go of several is the plan's word.
///
/// # Errors
/// What to type.
pub fn typed(form: &Form) -> Result<(), String> {
    let name = form.target.as_deref().unwrap_or_default();
    if form.kind == Kind::Delete && form.several.is_none() && form.get("confirm") != name {
        return Err(format!("type {name} first"));
    }
    Ok(())
}
