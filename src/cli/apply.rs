//! `doltops apply`: makes what is desired what files say.
//!
//! Guarantees
//! - Everything is read and compared before anything is asked for: a slip in the last file changes nothing of the first.
//! - One plan, shown first; one commit; all of it or nothing.
//! - What is landed is what was shown: where somebody else has changed what the files are about meanwhile, nothing is done.
//!   Only the steps may be others by then, since the fleet moves; then it is planned again, and tried again.

use super::{
    Context, DIFFERS, Stop,
    args::How,
    change::{Asked, land, settle},
    export, json, plan, text,
    wait::Until,
};
use crate::{
    hosted_api::problem::{Kind, Problem},
    manifest::{self, Manifest},
};
use clap::Args;
use doltops_proto::hosted_api::{
    Change, ChangeResponse, ListDeploymentsRequest, PlanResponse, StatusRequest,
    change::{self, Change as What},
};
use std::{collections::BTreeSet, path::PathBuf};

/// How often it is planned again where the steps have moved on between plan and landing: each time takes milliseconds, and
/// an instance's state changes every few seconds.
const ROUNDS: usize = 5;

/// Make the fleet what files say: one plan, one commit
#[derive(Args, Clone, Debug)]
pub struct Apply {
    /// Files, folders with what is below them (*.yaml), or - for the standard input
    #[arg(short, long = "file", value_name = "FILE", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
    /// Delete what is in no file
    #[arg(long)]
    prune: bool,
    /// How many deployments --prune deletes, typed after a look at the plan
    #[arg(long, value_name = "N", requires = "prune")]
    confirm: Option<usize>,
    /// Exit with 10 where something differs from the files, or did, and with 0 where nothing does
    #[arg(long)]
    exit_code: bool,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Apply, mut context: Context<'_>) -> Result<(), Stop> {
    let files = read(&args.files)?;
    let mut shown: Option<Vec<Change>> = None;
    for _ in 0..ROUNDS {
        let changes = compare(&files, args.prune, &mut context).await?;
        if changes.is_empty() {
            return unchanged(context);
        }
        if shown.as_ref().is_some_and(|shown| *shown != changes) {
            let what = "what the files are about was changed meanwhile; nothing was done";
            return Err(Problem::new(Kind::Refused, what).next("apply again").into());
        }
        let planned = plan::ask(batch(&changes, &args), &mut context).await?;
        if shown.is_none() && !context.out.is_json() {
            plan::print(&planned, &mut context)?;
            context.out.line(&Counts::of(&changes).in_words())?;
        }
        if args.how.dry_run {
            return answer(&args, Counts::of(&changes).answer(None, &planned), context);
        }
        match land(batch(&changes, &args), planned.plan_hash, &context).await {
            // The plan is another one by now: the fleet has moved, or what is desired has.
            Err(problem) if problem.plan.is_some() => shown = Some(changes),
            Err(problem) => return Err(confirmed(problem, &changes).into()),
            Ok(accepted) => return landed(&changes, &accepted, &args, context).await,
        }
    }
    let what = "the fleet moves too fast: the plan was another one each time it was to be carried out";
    Err(Problem::new(Kind::Refused, what).next("apply again when it has come to rest").into())
}

fn read(paths: &[PathBuf]) -> Result<Vec<Manifest>, Problem> {
    let mut all = Vec::new();
    for source in manifest::sources(paths)? {
        all.extend(manifest::read(&source.name, &source.text)?);
    }
    Ok(all)
}

async fn compare(files: &[Manifest], prune: bool, context: &mut Context<'_>) -> Result<Vec<Change>, Problem> {
    let status = context.client.status(StatusRequest {}).await?.into_inner();
    let fleet = context.client.list_deployments(ListDeploymentsRequest {}).await?.into_inner();
    let mut present = export::present(&fleet)?;
    present.types = status.instance_types.into_iter().map(|offered| offered.name).collect();
    Ok(manifest::changes(files, &present, prune)?)
}

fn batch(changes: &[Change], args: &Apply) -> What {
    let confirm = args.confirm.map(|number| number.to_string()).unwrap_or_default();
    What::Batch(change::Batch { changes: changes.to_vec(), confirm })
}

/// How many deployments it is about.
#[derive(Default)]
struct Counts {
    created: usize,
    edited: usize,
    deleted: usize,
}

impl Counts {
    fn of(changes: &[Change]) -> Self {
        let mut counts = Self::default();
        let (mut made, mut edited) = (BTreeSet::new(), BTreeSet::new());
        for what in changes.iter().filter_map(|change| change.change.as_ref()) {
            match what {
                What::Create(it) => _ = made.insert(&it.name),
                What::Delete(_) => counts.deleted += 1,
                What::Resize(change::Resize { name, .. })
                | What::Set(change::Set { name, .. })
                | What::Stop(change::Stop { name })
                | What::Start(change::Start { name })
                | What::Pause(change::Pause { name })
                | What::Resume(change::Resume { name })
                | What::Protect(change::Protect { name })
                | What::Unprotect(change::Unprotect { name }) => _ = edited.insert(name),
                // Files ask for none of these.
                What::Restart(_)
                | What::RollBack(_)
                | What::Undo(_)
                | What::Revert(_)
                | What::Batch(_)
                | What::Merge(_) => {}
            }
        }
        counts.created = made.len();
        counts.edited = edited.difference(&made).count();
        counts
    }

    fn in_words(&self) -> String {
        let Self { created, edited, deleted } = self;
        format!("{created} to create, {edited} to change, {deleted} to delete")
    }

    fn answer(&self, accepted: Option<&ChangeResponse>, plan: &PlanResponse) -> json::Applied {
        json::Applied {
            changed: true,
            created: self.created,
            edited: self.edited,
            deleted: self.deleted,
            operation_id: accepted.map(|accepted| accepted.operation_id.clone()),
            commit: accepted.map(|accepted| accepted.commit.clone()),
            generation: accepted.map(|accepted| accepted.generation),
            plan: Some(plan.into()),
            deployment: None,
        }
    }
}

/// The word that is missing, as it is typed here.
fn confirmed(problem: Problem, changes: &[Change]) -> Problem {
    match problem.field.as_str() {
        "confirm" => problem.next(format!("the same with --confirm {}", Counts::of(changes).deleted)),
        _ => problem,
    }
}

async fn landed(
    changes: &[Change],
    accepted: &ChangeResponse,
    args: &Apply,
    mut context: Context<'_>,
) -> Result<(), Stop> {
    let plan = accepted.plan.clone().unwrap_or_default();
    if !context.out.is_json() {
        let deleted = match plan::deleted(&plan).as_slice() {
            [] => String::new(),
            names => format!("; deleted, after a final copy: {}", names.join(", ")),
        };
        context.out.line(&format!("apply: commit {}, {}{deleted}", accepted.commit, text::clean(&plan.summary)))?;
    }
    let asked = Asked { word: "apply", name: None, until: Until::Settled };
    let deployment = settle(accepted, &plan, &asked, args.how, &mut context).await?;
    answer(args, json::Applied { deployment, ..Counts::of(changes).answer(Some(accepted), &plan) }, context)
}

/// The answer to programs, and by the exit code to those who asked for that.
fn answer(args: &Apply, applied: json::Applied, context: Context<'_>) -> Result<(), Stop> {
    if context.out.is_json() {
        context.out.json(&applied)?;
    }
    if args.exit_code { Err(Stop::Outcome(DIFFERS)) } else { Ok(()) }
}

fn unchanged(context: Context<'_>) -> Result<(), Stop> {
    if !context.out.is_json() {
        return context.out.line("nothing changes: everything is as the files say");
    }
    context.out.json(&json::Applied {
        changed: false,
        created: 0,
        edited: 0,
        deleted: 0,
        operation_id: None,
        commit: None,
        generation: None,
        plan: None,
        deployment: None,
    })
}
