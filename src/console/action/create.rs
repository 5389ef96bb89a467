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

/// What a name is.
const NAME: &str = "a DNS label: lower-case letters, digits and hyphens";

/// What is said beside the choice of a certificate.
pub const CERTIFICATES: &str = "self-signed: clients get the deployment's CA; webpki: every client knows its signer";
const ONE_CERTIFICATE: &str = "who signs it; a public authority's can be had on AWS";

/// The certificates that can be had: those of a public authority only where the control plane keeps names.
pub fn certificates(state: &State) -> Vec<String> {
    let webpki = state.status.as_ref().is_some_and(|status| status.webpki);
    let kinds = [CertificateKind::SelfSigned, CertificateKind::WebPki];
    kinds
        .into_iter()
        .filter(|kind| webpki || *kind != CertificateKind::WebPki)
        .map(|kind| kind.as_str().to_owned())
        .collect()
}

/// What stands beside the name: the host name that clients would use, once there is one.
pub fn host_name(state: &State, form: &Form) -> String {
    let domain = state.status.as_ref().map_or("", |status| status.domain.as_str());
    match form.get("name").parse::<DeploymentName>() {
        Ok(name) if !domain.is_empty() => format!("clients use {name}.{domain}"),
        _ => NAME.to_owned(),
    }
}

/// The form's fields, with their defaults.
pub fn fields(state: &State) -> Vec<Field> {
    let certificates = certificates(state);
    let who = if certificates.len() > 1 { CERTIFICATES } else { ONE_CERTIFICATE };
    vec![
        Field::text("name", "Name", "", NAME),
        Field::choice("type", "Type", types(state), default_type(state), size(state, default_type(state))),
        Field::text("volume", "Volume, GiB", &DEFAULT_VOLUME.to_string(), volume_bounds()),
        Field::choice("certificate", "Certificate", certificates, "", who),
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
    let cpus = text::plural(found.vcpus, "CPU");
    let memory = text::bytes(u64::from(found.memory_mib) << 20).replace(".0 ", " ");
    format!("{memory}, {cpus}, {}", text::plural(found.max_connections, "connection"))
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
    if text.is_empty() {
        return Err(Refusal::invalid("volume", "type how many GiB").into());
    }
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
        power: String::new(),
    }))
}
