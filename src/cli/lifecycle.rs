//! The commands that take a name and nothing else: stop, start, restart, pause, resume, protect, unprotect.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    wait::Until,
};
use crate::model::DeploymentName;
use clap::Args;
use doltops_proto::hosted_api::change::{self, Change};

/// A deployment, and whether to wait.
#[derive(Args, Clone, Debug)]
pub struct Lifecycle {
    /// Which deployment
    name: DeploymentName,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

/// One function for each word: the request it makes and what it waits for.
macro_rules! commands {
    ($($function:ident, $word:literal, $request:ident, $until:ident;)+) => {
        $(pub async fn $function(args: Lifecycle, context: Context<'_>) -> Result<(), Stop> {
            let what = Change::$request(change::$request { name: args.name.to_string() });
            let asked = Asked { word: $word, name: Some(args.name.as_str()), until: Until::$until };
            submit(what, asked, args.how, context).await
        })+
    };
}

// Pause, protect and unprotect change nothing in the world: once they are known they are done.
commands! {
    stop, "stop", Stop, Settled;
    start, "start", Start, Settled;
    restart, "restart", Restart, Settled;
    pause, "pause", Pause, Noted;
    resume, "resume", Resume, Settled;
    protect, "protect", Protect, Noted;
    unprotect, "unprotect", Unprotect, Noted;
}
