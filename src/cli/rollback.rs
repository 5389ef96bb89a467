//! `doltops rollback`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    wait::Until,
};
use crate::model::{CommitPrefix, DeploymentName};
use clap::Args;
use doltops_proto::hosted_api::change;

/// Bring back what was desired at a commit, as a new commit
#[derive(Args, Clone, Debug)]
pub struct Rollback {
    /// Which deployment
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    name: Option<DeploymentName>,
    /// Every deployment
    #[arg(long)]
    all: bool,
    /// The commit, as `doltops history` shows it, or the beginning of its hash
    #[arg(long, value_name = "COMMIT")]
    to: CommitPrefix,
    /// With `all` typed here, deployments that were made since are deleted
    #[arg(long, value_name = "all", conflicts_with = "name")]
    confirm: Option<String>,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Rollback, context: Context<'_>) -> Result<(), Stop> {
    let name = args.name.as_ref().map(DeploymentName::as_str);
    let what = change::Change::RollBack(change::RollBack {
        name: name.unwrap_or_default().to_owned(),
        all: args.all,
        to: args.to.to_string(),
        confirm: args.confirm.unwrap_or_default(),
    });
    submit(what, Asked { word: "rollback", name, until: Until::Settled }, args.how, context).await
}
