//! `doltops set`.

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

/// Change Dolt's server settings; an empty value goes back to the default
#[derive(Args, Clone, Debug)]
pub struct Set {
    /// Which deployment
    name: DeploymentName,
    /// Settings; the last one wins where a key is given twice
    #[arg(value_name = "KEY=VALUE", required = true, value_parser = values::setting)]
    settings: Vec<(String, String)>,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Set, context: Context<'_>) -> Result<(), Stop> {
    let what =
        change::Change::Set(change::Set { name: args.name.to_string(), settings: args.settings.into_iter().collect() });
    let asked = Asked { word: "set", name: Some(args.name.as_str()), until: Until::Settled };
    submit(what, asked, args.how, context).await
}
