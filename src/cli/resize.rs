//! `doltops resize`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    values,
    wait::Until,
};
use crate::model::DeploymentName;
use clap::Args;
use doltops_proto::hosted_api::change;

/// Another instance type, a larger volume, or both
#[derive(Args, Clone, Debug)]
pub struct Resize {
    /// Which deployment
    name: DeploymentName,
    /// The instance type
    #[arg(long = "type", value_name = "TYPE")]
    pub instance_type: Option<String>,
    /// The volume's size; it only grows
    #[arg(long, value_name = "GIB", value_parser = values::volume, allow_hyphen_values = true)]
    pub volume: Option<u64>,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Resize, context: Context<'_>) -> Result<(), Stop> {
    let what = change::Change::Resize(change::Resize {
        name: args.name.to_string(),
        instance_type: args.instance_type,
        volume_gib: args.volume,
    });
    let asked = Asked { word: "resize", name: Some(args.name.as_str()), until: Until::Settled };
    submit(what, asked, args.how, context).await
}
