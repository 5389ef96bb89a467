//! `doltops undo`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    wait::Until,
};
use clap::Args;
use doltops_proto::hosted_api::change;

/// Take back your last change, or one that is named, as a new commit
#[derive(Args, Clone, Debug)]
pub struct Undo {
    /// The operation's id, or the commit that it made, or the beginning of its hash; your last that stands unless given
    operation: Option<String>,
    /// Where it deletes a deployment: its name; where it deletes several: all
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Undo, context: Context<'_>) -> Result<(), Stop> {
    let what = change::Change::Undo(change::Undo {
        operation_id: args.operation.unwrap_or_default(),
        confirm: args.confirm.unwrap_or_default(),
    });
    submit(what, Asked { word: "undo", name: None, until: Until::Settled }, args.how, context).await
}
