//! `doltops delete`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    wait::Until,
};
use crate::model::DeploymentName;
use clap::Args;
use doltops_proto::hosted_api::change;

/// Delete a deployment; a final copy is kept for a time
#[derive(Args, Clone, Debug)]
pub struct Delete {
    /// Which deployment
    pub name: DeploymentName,
    /// The name once more
    #[arg(long, value_name = "NAME")]
    pub confirm: String,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Delete, context: Context<'_>) -> Result<(), Stop> {
    let what = change::Change::Delete(change::Delete { name: args.name.to_string(), confirm: args.confirm });
    let asked = Asked { word: "delete", name: Some(args.name.as_str()), until: Until::Gone };
    submit(what, asked, args.how, context).await
}
