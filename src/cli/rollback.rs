//! `doltops rollback`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    values::{self, Range},
    wait::Until,
};
use crate::model::{CommitPrefix, DeploymentName};
use clap::Args;
use doltops_proto::hosted_api::change;

/// Bring back what was desired at a commit, or take back what commits changed, as a new commit
#[derive(Args, Clone, Debug)]
pub struct Rollback {
    /// Which deployment; with --commit or --range: what they changed of this one alone
    #[arg(required_unless_present_any = ["all", "commit", "range"], conflicts_with = "all")]
    name: Option<DeploymentName>,
    /// Every deployment
    #[arg(long, conflicts_with_all = ["commit", "range"])]
    all: bool,
    /// The commit, as `doltops history` shows it, or the beginning of its hash
    #[arg(long, value_name = "COMMIT", required_unless_present_any = ["commit", "range"], conflicts_with_all = ["commit", "range"])]
    to: Option<CommitPrefix>,
    /// Take back what this commit changed, and nothing else
    #[arg(long, value_name = "COMMIT", conflicts_with = "range")]
    commit: Option<CommitPrefix>,
    /// Take back what the commits after OLDER changed, up to NEWER
    #[arg(long, value_name = "OLDER..NEWER", value_parser = values::range)]
    range: Option<Range>,
    /// With --all: `all` typed here deletes deployments that were made since. With --commit or --range: the name of what
    /// is deleted, or all where several are
    #[arg(long, value_name = "WORD")]
    confirm: Option<String>,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

impl Rollback {
    /// Whether a word was typed where none is asked for: one deployment that goes back to a commit deletes nothing.
    pub fn confirms_nothing(&self) -> bool {
        self.confirm.is_some() && self.name.is_some() && self.to.is_some()
    }
}

pub async fn run(args: Rollback, context: Context<'_>) -> Result<(), Stop> {
    let name = args.name.as_ref().map(DeploymentName::as_str);
    let confirm = args.confirm.clone().unwrap_or_default();
    let revert = |commit: &CommitPrefix, after: String| {
        let name = name.unwrap_or_default().to_owned();
        change::Change::Revert(change::Revert { commit: commit.to_string(), after, name, confirm: confirm.clone() })
    };
    let what = match (&args.commit, &args.range) {
        (Some(commit), _) => revert(commit, String::new()),
        (None, Some(Range { older, newer })) => revert(newer, older.to_string()),
        (None, None) => change::Change::RollBack(change::RollBack {
            name: name.unwrap_or_default().to_owned(),
            all: args.all,
            to: args.to.as_ref().map(ToString::to_string).unwrap_or_default(),
            confirm,
        }),
    };
    submit(what, Asked { word: "rollback", name, until: Until::Settled }, args.how, context).await
}
