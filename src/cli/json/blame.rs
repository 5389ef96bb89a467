//! Which commit gave a value, as JSON.

use super::known;
use crate::cli::text::rfc3339;
use doltops_proto::hosted_api as api;
use serde::Serialize;

/// One cell of `blame`.
#[derive(Debug, Serialize)]
pub struct BlamedCell {
    pub cell: String,
    pub value: String,
    pub commit: Option<String>,
    pub author: Option<String>,
    pub time: Option<String>,
    pub message: Option<String>,
    pub reason: Option<String>,
}

impl From<&api::BlamedCell> for BlamedCell {
    fn from(it: &api::BlamedCell) -> Self {
        Self {
            cell: it.cell.clone(),
            value: it.value.clone(),
            commit: known(&it.commit),
            author: known(&it.author),
            time: rfc3339(it.time_ms),
            message: known(&it.message),
            reason: known(&it.reason),
        }
    }
}
