//! `doltops conflicts`: cells that main and a branch disagree on, and what they are to be.

use super::{
    Context, Stop, branch, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use crate::{
    hosted_api::{desired_diff::said_of, problem::Problem},
    model::BranchName,
};
use clap::{Args, Subcommand};
use doltops_proto::hosted_api::{
    BranchConflict, GetBranchRequest,
    change_branch_request::{Change as What, Resolve as Decision, resolve::Choice},
};

/// Cells that were edited on main and on a branch, and what they are to be
#[derive(Args, Clone, Debug)]
pub struct Conflicts {
    /// Which change request
    name: BranchName,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Decide what a cell is to be; the branch can be merged when every one is decided
    Resolve(Resolve),
}

#[derive(Args, Clone, Debug)]
struct Resolve {
    /// The cell as the list names it: NAME.COLUMN, NAME.SETTING, or NAME
    cell: String,
    /// ours (main's), theirs (the branch's), or a value; "" is a setting's default
    #[arg(allow_hyphen_values = true)]
    value: String,
}

pub async fn run(args: Conflicts, mut context: Context<'_>) -> Result<(), Stop> {
    if let Some(Action::Resolve(Resolve { cell, value })) = args.action {
        let choice = Some(match value.as_str() {
            "ours" => Choice::Ours(true),
            "theirs" => Choice::Theirs(true),
            _ => Choice::Value(value),
        });
        return branch::tell("resolve", &args.name, What::Resolve(Decision { cell, choice }), context).await;
    }
    let request = GetBranchRequest { name: args.name.to_string() };
    let whole = context.client.get_branch(request).await.map_err(Problem::from)?.into_inner();
    if context.out.is_json() {
        return context.out.json(&json::Conflicts::from(&whole));
    }
    if whole.conflicts.is_empty() {
        context.out.note(&format!("main and {} agree", args.name));
    }
    context.out.table(&table(&whole.conflicts))?;
    if whole.conflicts.iter().any(|it| !it.decided) {
        context.out.note(&format!("decide one: doltops conflicts {} resolve CELL ours|theirs|VALUE", args.name));
    }
    Ok(())
}

/// Conflicts as a table.
pub fn table(conflicts: &[BranchConflict]) -> Table {
    let columns = ["CELL", "BASE", "OURS (MAIN)", "THEIRS (BRANCH)", "DECIDED", "BY"].map(Column::Left);
    let mut table = Table::new(&columns);
    for it in conflicts {
        let of = |value: &Option<String>| Cell::from(said_of(&it.column, it.base.as_deref(), value.as_deref()));
        let decided = match (it.decided, &it.value) {
            (false, _) => Cell::toned("open", Tone::Warn),
            (true, value) => of(value),
        };
        table.row([
            Cell::from(&it.cell),
            of(&it.base),
            of(&it.ours),
            of(&it.theirs),
            decided,
            Cell::from(text::or_dash(&it.decided_by)),
        ]);
    }
    table
}
