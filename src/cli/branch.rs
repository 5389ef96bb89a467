//! `doltops branch`: change requests: prepared on a branch, looked at, approved, merged.
//!
//! What stands on a branch is edited by the commands that edit main, with `--branch NAME`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    conflicts, diff, json,
    output::Tone,
    plan,
    table::{Cell, Column, Table},
    text,
    wait::Until,
};
use crate::{
    hosted_api::problem::{Kind, Problem},
    model::{BranchName, CommitPrefix},
};
use clap::{Args, Subcommand};
use doltops_proto::hosted_api::{
    Branch, BranchSummary, ChangeBranchRequest, CreateBranchRequest, GetBranchRequest, ListBranchesRequest, change,
    change_branch_request::{Approve as Approval, Change as What},
};

/// As long as the ids that the console gives.
const REQUEST_ID: usize = 20;

/// Change requests: changes that are prepared on a branch and merged together
#[derive(Args, Clone, Debug)]
pub struct BranchOf {
    #[command(subcommand)]
    action: Action,
}

impl BranchOf {
    /// How a change of what runs is made; none: it makes none.
    pub fn how(&self) -> Option<How> {
        match &self.action {
            Action::Merge(args) => Some(args.how),
            _ => None,
        }
    }
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Open one at main as it is
    Create(Create),
    /// Those that are open
    List(List),
    /// One, with all there is to decide about it
    Show(Named),
    /// What it changes since it was made, cell by cell
    Diff(Named),
    /// What merging it now would do
    Plan(Named),
    /// Say that it may be merged as it is
    Approve(Approve),
    /// Say something about it
    Comment(Comment),
    /// Bring what stands on it to main, in one commit
    Merge(Merge),
    /// Close it without merging; its branch can still be looked at
    Discard(Named),
}

#[derive(Args, Clone, Debug)]
struct Named {
    /// Which change request
    name: BranchName,
}

#[derive(Args, Clone, Debug)]
struct Create {
    /// What it is called: lower-case letters, digits and hyphens
    name: BranchName,
    /// What it is for, in a line
    #[arg(long, default_value = "")]
    title: String,
}

#[derive(Args, Clone, Debug)]
struct List {
    /// Those that were merged or discarded as well
    #[arg(long)]
    all: bool,
}

#[derive(Args, Clone, Debug)]
struct Approve {
    /// Which change request
    name: BranchName,
    /// The branch's head that was looked at: refused where it has moved since
    #[arg(long, value_name = "COMMIT")]
    head: Option<CommitPrefix>,
    /// Take your own approval back
    #[arg(long)]
    withdraw: bool,
}

#[derive(Args, Clone, Debug)]
struct Comment {
    /// Which change request
    name: BranchName,
    /// What to say
    text: String,
}

#[derive(Args, Clone, Debug)]
struct Merge {
    /// Which change request
    name: BranchName,
    /// Where it deletes deployments: how many
    #[arg(long, value_name = "COUNT")]
    confirm: Option<String>,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    how: How,
}

pub async fn run(args: BranchOf, context: Context<'_>) -> Result<(), Stop> {
    match args.action {
        Action::Create(args) => create(args, context).await,
        Action::List(args) => list(args, context).await,
        Action::Show(args) => show(&args.name, context).await,
        Action::Diff(args) => differs(&args.name, context).await,
        Action::Plan(args) => plan::show(merge(&args.name, None), context).await,
        Action::Approve(args) => {
            let head = args.head.map(|head| head.to_string()).unwrap_or_default();
            let (what, word) = (What::Approve(Approval { head, withdraw: args.withdraw }), "approve");
            tell(word, &args.name, what, context).await
        }
        Action::Comment(args) => tell("comment", &args.name, What::Comment(args.text), context).await,
        Action::Discard(args) => tell("discard", &args.name, What::Discard(true), context).await,
        Action::Merge(args) => {
            let asked = Asked { word: "merge", name: None, until: Until::Settled };
            submit(merge(&args.name, args.confirm), asked, args.how, context).await
        }
    }
}

fn merge(name: &BranchName, confirm: Option<String>) -> change::Change {
    change::Change::Merge(change::Merge { branch: name.to_string(), confirm: confirm.unwrap_or_default() })
}

async fn create(args: Create, context: Context<'_>) -> Result<(), Stop> {
    let request = CreateBranchRequest { name: args.name.to_string(), title: args.title };
    let once = async || {
        let mut client = context.client.clone();
        client.create_branch(request.clone()).await.map(tonic::Response::into_inner).map_err(Problem::from)
    };
    let made = match once().await {
        // Where only the answer was lost, it is there now, and it is ours.
        Err(problem) if problem.kind == Kind::Unreachable => once().await?,
        Ok(there) if there.existed => return Err(taken(&args.name).into()),
        other => other?,
    };
    if context.out.is_json() {
        return context.out.json(&json::Branch::from(&made));
    }
    let summary = made.summary.unwrap_or_default();
    context.out.line(&format!("branch {} made at commit {}", args.name, summary.base))?;
    context.out.note(&format!("prepare changes with --branch {0}, then: doltops branch merge {0}", args.name));
    Ok(())
}

fn taken(name: &BranchName) -> Problem {
    let what = format!("the change request '{name}' is there already, and yours; a name is used once");
    Problem::invalid("branch", what)
        .next(format!("doltops branch show {name} shows it; choose another name for a new one"))
}

async fn list(args: List, mut context: Context<'_>) -> Result<(), Stop> {
    let request = ListBranchesRequest { closed: args.all };
    let list = context.client.list_branches(request).await?.into_inner();
    if context.out.is_json() {
        return context.out.json(&json::Branches::from(&list));
    }
    if list.branches.is_empty() {
        context.out.note("no change request is open; doltops branch create NAME opens one");
    }
    let mut table = Table::new(&[
        Column::Left("NAME"),
        Column::Left("STATE"),
        Column::Left("AUTHOR"),
        Column::Left("OPENED"),
        Column::Right("AHEAD"),
        Column::Right("BEHIND"),
        Column::Right("DEPLOYMENTS"),
        Column::Left("CONFLICTS"),
        Column::Left("APPROVED"),
        Column::Left("TITLE"),
    ]);
    for it in &list.branches {
        table.row([
            Cell::from(&it.name),
            Cell::from(&it.state),
            Cell::from(&it.author),
            text::moment(it.opened_ms).into(),
            it.ahead.to_string().into(),
            it.behind.to_string().into(),
            it.deployments.to_string().into(),
            conflicts_of(it),
            approved(it),
            Cell::from(&it.title),
        ]);
    }
    context.out.table(&table)
}

fn conflicts_of(it: &BranchSummary) -> Cell {
    let tone = if it.conflicts > 0 { Tone::Warn } else { Tone::Plain };
    Cell::toned(if it.conflicts > 0 { it.conflicts.to_string() } else { "none".to_owned() }, tone)
}

fn approved(it: &BranchSummary) -> Cell {
    let missing = it.approvals < it.approvals_needed && it.state == "open";
    Cell::toned(format!("{} of {}", it.approvals, it.approvals_needed), if missing { Tone::Warn } else { Tone::Plain })
}

async fn get(name: &BranchName, context: &mut Context<'_>) -> Result<Branch, Problem> {
    let request = GetBranchRequest { name: name.to_string() };
    Ok(context.client.get_branch(request).await?.into_inner())
}

async fn differs(name: &BranchName, mut context: Context<'_>) -> Result<(), Stop> {
    let branch = get(name, &mut context).await?;
    if context.out.is_json() {
        return context.out.json(&json::Diff::from(&branch));
    }
    if branch.changes.is_empty() {
        context.out.note(&format!("nothing was changed on {name} yet"));
    }
    context.out.table(&diff::cells(&branch.changes))
}

async fn show(name: &BranchName, mut context: Context<'_>) -> Result<(), Stop> {
    let branch = get(name, &mut context).await?;
    if context.out.is_json() {
        return context.out.json(&json::Branch::from(&branch));
    }
    told(&branch, context)
}

/// All of it, for a person.
fn told(branch: &Branch, mut context: Context<'_>) -> Result<(), Stop> {
    let it = branch.summary.clone().unwrap_or_default();
    let out = &mut context.out;
    out.line(&format!("{}: {}", it.name, text::clean(&it.title)))?;
    let by = |who: &str, ms| format!("by {} at {}", text::clean(who), text::moment(ms));
    let closed = if it.closed_ms == 0 { String::new() } else { format!(" {}", by(&it.closed_by, it.closed_ms)) };
    let commit = match branch.merge_commit.as_str() {
        "" => String::new(),
        commit => format!(", commit {commit}"),
    };
    out.line(&format!("opened {}; {}{closed}{commit}", by(&it.author, it.opened_ms), it.state))?;
    let own =
        if it.ahead == 0 { format!("made from {}", it.base) } else { format!("{} ahead of {}", it.ahead, it.base) };
    let main = if it.behind == 0 { String::new() } else { format!(", main is {} ahead of that", it.behind) };
    out.line(&format!("{own}{main}"))?;
    if !branch.changes.is_empty() {
        out.line("")?;
        out.table(&diff::cells(&branch.changes))?;
    }
    if !branch.conflicts.is_empty() {
        out.line("")?;
        out.table(&conflicts::table(&branch.conflicts))?;
    }
    if let Some(plan) = &branch.plan {
        out.line("")?;
        out.table(&plan::steps(plan))?;
        for note in &plan.notes {
            out.line(&format!("note: {}", text::clean(note)))?;
        }
        out.line(&format!("merged now: {}", plan::in_a_word(plan)))?;
    }
    for it in branch.approvals.iter().filter(|it| !it.withdrawn) {
        let counts = if it.counts { "" } else { "; it does not count for the branch as it is" };
        out.line(&format!("approved {}{counts}", by(&it.author, it.given_ms)))?;
    }
    for it in &branch.comments {
        out.line(&format!("{}: {}", by(&it.author, it.time_ms), text::clean(&it.text)))?;
    }
    if !branch.hindrance.is_empty() {
        out.toned(&format!("it cannot be merged now: {}", text::clean(&branch.hindrance)), Tone::Warn)?;
        out.note(&text::clean(&branch.next));
    }
    Ok(())
}

/// Sends what a person does about a change request, and once more with the same id where the answer was lost.
pub async fn tell(word: &str, name: &BranchName, what: What, context: Context<'_>) -> Result<(), Stop> {
    let request =
        ChangeBranchRequest { name: name.to_string(), request_id: context.env.token(REQUEST_ID), change: Some(what) };
    let once = async || {
        let mut client = context.client.clone();
        client.change_branch(request.clone()).await.map(tonic::Response::into_inner).map_err(Problem::from)
    };
    let branch = match once().await {
        Err(problem) if problem.kind == Kind::Unreachable => once().await?,
        other => other?,
    };
    if context.out.is_json() {
        return context.out.json(&json::Branch::from(&branch));
    }
    context.out.line(&format!("{word} {name}: done"))?;
    if !branch.hindrance.is_empty() {
        context.out.note(&format!("it cannot be merged now: {}", text::clean(&branch.hindrance)));
    }
    Ok(())
}
