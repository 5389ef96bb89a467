//! An incident that a person opens: the support form.

use crate::{
    console::state::{Ticket, form::Field},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{ChangeIncidentRequest, OpenIncident};

/// The words for how bad it is, the worst first.
pub const SEVERITIES: [&str; 4] = ["critical", "error", "warning", "info"];

/// The form.
#[derive(Clone, Debug)]
pub struct Report {
    /// What can be filled in.
    pub fields: Vec<Field>,
    /// Which field takes keys.
    pub focus: usize,
    /// Names the answer, once it was sent, and since when it is awaited.
    pub sent: Option<(Ticket, i64)>,
    /// The last that was sent: the same again has its id.
    pub last: Option<ChangeIncidentRequest>,
    /// Why the last try did not go.
    pub problem: Option<Problem>,
}

impl Report {
    /// What is in a field; empty where there is no such field.
    pub fn get(&self, key: &str) -> &str {
        self.fields.iter().find(|field| field.key == key).map_or("", Field::get)
    }

    /// The deployments that are named: with commas, spaces, or both between them.
    pub fn deployments(&self) -> Vec<String> {
        let names = self.get("deployments").split([',', ' ']).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// What is asked for.
    pub fn open(&self) -> OpenIncident {
        OpenIncident {
            deployments: self.deployments(),
            severity: self.get("severity").to_owned(),
            impact: self.get("impact").to_owned(),
            title: self.get("title").to_owned(),
            description: self.get("description").to_owned(),
        }
    }

    /// Whether it can be sent.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn ready(&self) -> Result<(), String> {
        if self.sent.is_some() {
            return Err("it was sent; the answer is awaited".to_owned());
        }
        if let Some(field) = self.fields.iter().find(|field| field.error.is_some()) {
            return Err(format!("{}: {}", field.label, field.error.as_deref().unwrap_or_default()));
        }
        if self.get("title").is_empty() {
            return Err("say what is wrong, in a line (title)".to_owned());
        }
        Ok(())
    }
}
