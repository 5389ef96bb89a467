//! `doltops clone`: a local clone of the control plane's database.

use super::{Context, Stop, json, text};
use crate::clone;
use clap::Args;
use std::path::PathBuf;

/// A local clone of the control plane's database, to look at what happened and to try a change; for admins
#[derive(Args, Clone, Debug)]
pub struct Clone {
    /// The folder that it is made in: empty, or not there yet
    dir: PathBuf,
}

pub async fn run(args: Clone, context: Context<'_>) -> Result<(), Stop> {
    let dolt = clone::find_dolt(context.config.dolt.clone()).await?;
    let about = clone::make(context.client, &args.dir, &dolt, context.env).await?;
    let folder = args.dir.display().to_string();
    if context.out.is_json() {
        return context.out.json(&json::Cloned::of(&about, folder));
    }
    let made = text::moment(about.time_ms);
    context.out.line(&format!("cloned into {folder}, as of commit {} ({made})", about.commit))?;
    context.out.note(&format!("the console on it: doltops --clone {folder}"));
    Ok(())
}
