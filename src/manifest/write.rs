//! From deployments to the text of a file.

use super::{FORMAT, Whole};
use crate::model::{CertificateKind, DeploymentName, Power};
use serde::Serialize;
use serde_saphyr::ser_error::Error;
use std::collections::BTreeMap;

/// A document, in the order in which its fields are written.
#[derive(Serialize)]
struct Document<'a> {
    doltops: u32,
    name: &'a str,
    instance_type: &'a str,
    volume_gib: u32,
    certificate: CertificateKind,
    power: Power,
    protected: bool,
    paused: bool,
    settings: &'a BTreeMap<String, String>,
}

/// A document each, in the order of their names.
///
/// # Errors
/// None is known for plain data; the serializer's type has one.
pub fn write<'a>(all: impl IntoIterator<Item = (&'a DeploymentName, &'a Whole)>) -> Result<String, Error> {
    let mut documents: Vec<Document<'_>> = all.into_iter().map(|(name, whole)| document(name, whole)).collect();
    documents.sort_by_key(|document| document.name);
    let texts = documents.iter().map(serde_saphyr::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.join("---\n"))
}

fn document<'a>(name: &'a DeploymentName, whole: &'a Whole) -> Document<'a> {
    Document {
        doltops: FORMAT,
        name: name.as_str(),
        instance_type: &whole.instance_type,
        volume_gib: whole.volume_gib,
        certificate: whole.certificate,
        power: whole.power,
        protected: whole.protected,
        paused: whole.paused,
        settings: whole.settings.as_map(),
    }
}
