//! `doltops doctor`: in this process, with the configuration alone.

use crate::{
    cli::{self, Output},
    config::Config,
    doctor,
    env::Env,
};
use std::sync::Arc;

/// Looks, and shows what was found; gives the exit code.
pub async fn run(config: &Config, env: Arc<dyn Env>, out: &mut Output) -> u8 {
    let report = doctor::examine(config, env).await;
    cli::show_examination(&report, out)
}
