//! Where this user's files belong, by the XDG base directory specification; on macOS too, as developers' tools do.

use crate::hosted_api::problem::{Kind, Problem};
use etcetera::BaseStrategy;
use std::path::PathBuf;

/// Doltops' own folders, and the home that `~` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// The user's home.
    pub home: PathBuf,
    /// For `doltops.toml`.
    pub config: PathBuf,
    /// For what must not be lost.
    pub state: PathBuf,
    /// For what can be made again.
    pub cache: PathBuf,
}

impl Folders {
    /// By `HOME` and the `XDG_…` variables.
    ///
    /// # Errors
    /// When the user has no home.
    pub fn of_this_user() -> Result<Self, Problem> {
        let base = etcetera::base_strategy::Xdg::new().map_err(|error| {
            Problem::new(Kind::Invalid, format!("the home folder cannot be told: {error}")).next("set HOME")
        })?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self {
            home: base.home_dir().to_owned(),
            config: base.config_dir().join("doltops"),
            state: state.join("doltops"),
            cache: base.cache_dir().join("doltops"),
        })
    }
}
