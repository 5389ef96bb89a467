//! `doltops plan`: what a change would do.

use super::{
    Context, Stop, diff, json,
    output::Tone,
    table::{Cell, Column, Table},
    text, values,
};
use crate::{
    hosted_api::{cost, problem::Problem},
    model::{CommitPrefix, DeploymentName},
};
use clap::Args;
use doltops_proto::hosted_api::{CellChange, Change, PlanRequest, PlanResponse, change};
use std::time::Duration;

/// What a change would do; touches nothing
#[derive(Args, Clone, Debug)]
pub struct PlanOf {
    /// Which deployment
    name: DeploymentName,
    /// With another instance type
    #[arg(long = "type", value_name = "TYPE")]
    pub instance_type: Option<String>,
    /// With a larger volume
    #[arg(long, value_name = "GIB", value_parser = values::volume, allow_hyphen_values = true)]
    pub volume: Option<u64>,
    /// Rolled back to this commit
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["instance_type", "volume"])]
    pub to: Option<CommitPrefix>,
}

pub async fn run(args: PlanOf, context: Context<'_>) -> Result<(), Stop> {
    let name = args.name.to_string();
    let what = match args.to {
        Some(to) => change::Change::RollBack(change::RollBack { name, to: to.to_string(), ..Default::default() }),
        None => {
            change::Change::Resize(change::Resize { name, instance_type: args.instance_type, volume_gib: args.volume })
        }
    };
    show(what, context).await
}

/// Asks for the plan of a change and shows it.
pub async fn show(what: change::Change, mut context: Context<'_>) -> Result<(), Stop> {
    let plan = ask(what, &mut context).await?;
    if context.out.is_json() {
        return context.out.json(&json::Plan::from(&plan));
    }
    print(&plan, &mut context)
}

/// The plan of a change.
pub async fn ask(what: change::Change, context: &mut Context<'_>) -> Result<PlanResponse, Problem> {
    let request = PlanRequest { change: Some(Change { change: Some(what) }) };
    Ok(context.client.plan(request).await?.into_inner())
}

/// The plan for people.
pub fn print(plan: &PlanResponse, context: &mut Context<'_>) -> Result<(), Stop> {
    if !plan.undoes.is_empty() {
        context.out.line(&format!("{}\n", text::clean(&plan.summary)))?;
    }
    if !plan.changes.is_empty() {
        context.out.table(&diff::cells(&plan.changes))?;
        context.out.line("")?;
    }
    if !plan.steps.is_empty() {
        context.out.table(&steps(plan))?;
    }
    for note in &plan.notes {
        context.out.line(&format!("note: {}", text::clean(note)))?;
    }
    if let Some(cost) = &plan.cost {
        context.out.line(&format!("cost: {}", text::clean(&cost::in_words(cost))))?;
        for part in &cost.parts {
            context.out.line(&format!("      {}", text::clean(part)))?;
        }
    }
    let destroys = plan.steps.iter().any(|step| step.destroys_data);
    let data = if destroys { "data is destroyed, after a final copy" } else { "nothing is destroyed" };
    let tone = if destroys { Tone::Bad } else { Tone::Plain };
    context.out.toned(&format!("{}; {data}", in_a_word(plan)), tone)
}

/// The deployments that a plan deletes: their names go from desired state.
pub fn deleted(plan: &PlanResponse) -> Vec<&str> {
    let goes = |change: &&CellChange| change.table == "deployments" && change.column == "name" && change.to.is_none();
    plan.changes.iter().filter(goes).filter_map(|change| change.from.as_deref()).collect()
}

/// How much a plan is, and how long databases are away for it.
pub fn in_a_word(plan: &PlanResponse) -> String {
    let steps = match plan.steps.len() {
        0 => return "nothing to carry out".to_owned(),
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    };
    let span = |seconds: u32| text::span(Duration::from_secs(seconds.into()));
    match (plan.away_seconds, plan.away_least_seconds, plan.away_count) {
        _ if plan.stays_away => format!("{steps}, away until it is started again"),
        (0, ..) => steps,
        (away, _, 0 | 1) => format!("{steps}, away for about {}", span(away)),
        (away, least, many) if away == least => format!("{steps}, {many} away, each for about {}", span(away)),
        (away, least, many) => {
            format!("{steps}, {many} away, each for about {} to {}", span(least), span(away))
        }
    }
}

/// The steps as a table.
pub fn steps(plan: &PlanResponse) -> Table {
    let mut table = Table::new(&[
        Column::Right("#"),
        Column::Left("DEPLOYMENT"),
        Column::Left("ACTION"),
        Column::Left("TARGET"),
        Column::Left("REASON"),
    ]);
    for (number, step) in plan.steps.iter().enumerate() {
        let tone = if step.destroys_data { Tone::Bad } else { Tone::Plain };
        table.row([
            (number + 1).to_string().into(),
            text::or_dash(&step.deployment).into(),
            Cell::toned(&step.action, tone),
            text::or_dash(&step.target).into(),
            Cell::from(&step.reason),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::PlannedStep;

    /// Three that are away for three seconds each are not away for nine.
    #[test]
    fn of_several_it_is_told_how_long_each_is_away() {
        let said = |away_seconds, away_least_seconds, away_count| {
            let steps = vec![PlannedStep::default(); 2];
            in_a_word(&PlanResponse { steps, away_seconds, away_least_seconds, away_count, ..PlanResponse::default() })
        };
        assert_eq!(said(0, 0, 0), "2 steps");
        assert_eq!(said(3, 3, 1), "2 steps, away for about 3 s");
        assert_eq!(said(3, 3, 3), "2 steps, 3 away, each for about 3 s");
        assert_eq!(said(40, 1, 2), "2 steps, 2 away, each for about 1 s to 40 s");
    }
}
