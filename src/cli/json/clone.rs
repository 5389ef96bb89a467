//! The JSON of `clone`.

use crate::{cli::text::rfc3339, clone::About};
use serde::Serialize;

/// `clone`.
#[derive(Debug, Serialize)]
pub struct Cloned {
    pub dir: String,
    pub commit: String,
    /// When that commit was made.
    pub commit_time: Option<String>,
    pub control_plane_id: String,
}

impl Cloned {
    /// A clone that was made in `dir`.
    pub fn of(about: &About, dir: String) -> Self {
        Self {
            dir,
            commit: about.commit.to_string(),
            commit_time: rfc3339(about.time_ms),
            control_plane_id: about.control_plane.clone(),
        }
    }
}
