//! Create: a new deployment.

use crate::{
    console::{
        action::form::Wrong,
        state::{
            State,
            form::{Field, Form},
        },
        text,
    },
    model::{
        CertificateKind, DeploymentName, Refusal,
        spec::{DEFAULT_VOLUME, LARGEST_VOLUME, SMALLEST_VOLUME, volume_gib},
    },
};
use doltops_proto::hosted_api::change::{self, Change};
use std::collections::BTreeMap;

/// The form's fields, with their defaults.
pub fn fields(state: &State) -> Vec<Field> {
    let certificates = [CertificateKind::SelfSigned, CertificateKind::WebPki].map(|kind| kind.as_str().to_owned());
    vec![
        Field::text("name", "Name", "", "a DNS label: lower-case letters, digits and hyphens"),
        Field::choice("type", "Type", types(state), default_type(state), size(state, default_type(state))),
        Field::text("volume", "Volume, GiB", &DEFAULT_VOLUME.to_string(), volume_bounds()),
        Field::choice("certificate", "Certificate", certificates.to_vec(), "", "who signs it"),
    ]
}

/// What is said about a volume's size.
pub fn volume_bounds() -> String {
    format!("{SMALLEST_VOLUME} to {LARGEST_VOLUME}; it can grow later, not shrink")
}

/// What an instance type has: `512 MiB, 1 CPU, 100 connections`; empty where that is not known.
pub fn size(state: &State, name: &str) -> String {
    let mut offered = state.status.iter().flat_map(|status| &status.instance_types);
    let Some(found) = offered.find(|offered| offered.name == name) else { return String::new() };
    let cpus = if found.vcpus == 1 { "1 CPU".to_owned() } else { format!("{} CPUs", found.vcpus) };
    let memory = text::bytes(u64::from(found.memory_mib) << 20).replace(".0 ", " ");
    format!("{memory}, {cpus}, {} connections", found.max_connections)
}

/// The instance types on offer.
pub fn types(state: &State) -> Vec<String> {
    let offered = state.status.iter().flat_map(|status| &status.instance_types);
    offered.map(|offered| offered.name.clone()).collect()
}

/// The type that a new deployment has where none is chosen.
pub fn default_type(state: &State) -> &str {
    let offered = state.status.iter().flat_map(|status| &status.instance_types);
    offered.filter(|offered| offered.default).map(|offered| offered.name.as_str()).next().unwrap_or_default()
}

/// Reads a volume's size as it is typed.
///
/// # Errors
/// Names the field `volume`.
pub fn volume(text: &str) -> Result<u64, Wrong> {
    let number = text.parse::<u64>().map_err(|_| Refusal::invalid("volume", format!("'{text}' is no whole number")))?;
    Ok(u64::from(volume_gib(number)?))
}

/// What the form asks for.
///
/// # Errors
/// Names the field.
pub fn change(state: &State, form: &Form) -> Result<Change, Wrong> {
    let typed = form.get("name");
    if typed.is_empty() {
        return Err(Wrong::incomplete("type a name, and its plan is shown here"));
    }
    let name: DeploymentName = typed.parse()?;
    if state.fleet.find(name.as_str()).is_some() {
        return Err(Refusal::invalid("name", format!("'{name}' is taken")).into());
    }
    Ok(Change::Create(change::Create {
        name: name.to_string(),
        instance_type: form.get("type").to_owned(),
        volume_gib: Some(volume(form.get("volume"))?),
        certificate: form.get("certificate").to_owned(),
        settings: BTreeMap::new(),
    }))
}
