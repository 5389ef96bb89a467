//! Asks for a change, and follows it if that was asked for.
//!
//! A change carries an id of ours. When the answer is lost it is asked for once more with the same id, and the control
//! plane gives the first result: nothing is done twice.

use super::{Context, Stop, args::How, json, plan, text, wait};
use crate::hosted_api::{
    problem::{Kind, Problem},
    view::View,
};
use doltops_proto::hosted_api::{Change, ChangeRequest, ChangeResponse, PlanResponse, change::Change as What};

/// As long as the ids that the console gives.
const REQUEST_ID: usize = 20;

/// What a change is called, and what it is about.
pub struct Asked<'a> {
    /// The command's word.
    pub word: &'a str,
    /// The deployment; absent: all.
    pub name: Option<&'a str>,
    /// What the reconciler is to reach.
    pub until: wait::Until,
}

/// Asks for it, answers with the commit and the plan, and waits where that was asked for.
pub async fn submit(what: What, asked: Asked<'_>, how: How, mut context: Context<'_>) -> Result<(), Stop> {
    if how.dry_run {
        return plan::show(what, context).await;
    }
    // What it takes back is known only by its answer.
    let takes_back = matches!(what, What::Undo(_) | What::Revert(_));
    let accepted = land(what, String::new(), &context).await?;
    let plan = accepted.plan.clone().unwrap_or_default();
    if !context.out.is_json() {
        let about = match asked.name {
            Some(name) => name.to_owned(),
            None if takes_back => text::clean(&plan.summary),
            // Its summary begins with the word.
            None if asked.word == "merge" => text::clean(plan.summary.split_once(' ').unwrap_or_default().1),
            None => "all deployments".to_owned(),
        };
        let deleted = match plan::deleted(&plan).as_slice() {
            [] => String::new(),
            names => format!("; deleted, after a final copy: {}", names.join(", ")),
        };
        let follows = match context.client.view() {
            View::Branch(branch) => format!("on the branch {branch}"),
            _ => format!("generation {}, {}{deleted}", accepted.generation, plan::in_a_word(&plan)),
        };
        context.out.line(&format!("{} {about}: commit {}, {follows}", asked.word, accepted.commit))?;
        for note in &plan.notes {
            context.out.note(&format!("note: {}", text::clean(note)));
        }
    }
    let settled = settle(&accepted, &plan, &asked, how, &mut context).await?;
    answer(&accepted, &plan, settled, context)
}

/// Asks for it, once more where the answer was lost. With a plan's hash nothing is done when the plan would differ now.
pub async fn land(what: What, plan_hash: String, context: &Context<'_>) -> Result<ChangeResponse, Problem> {
    let request = ChangeRequest {
        change: Some(Change { change: Some(what) }),
        request_id: context.env.token(REQUEST_ID),
        plan_hash,
        ..ChangeRequest::default()
    };
    ask(request, context).await
}

/// Waits for what was accepted, where that was asked for; gives the deployment, where it is one.
pub async fn settle(
    accepted: &ChangeResponse,
    plan: &PlanResponse,
    asked: &Asked<'_>,
    how: How,
    context: &mut Context<'_>,
) -> Result<Option<json::Deployment>, Stop> {
    if !how.wait {
        return Ok(None);
    }
    let target = wait::Target::new(asked.name, accepted, plan, asked.until);
    let settled = wait::follow(&context.client, target, how.timeout, context.env, context.out).await?;
    Ok(settled.as_ref().map(json::Deployment::from))
}

async fn ask(request: ChangeRequest, context: &Context<'_>) -> Result<ChangeResponse, Problem> {
    let once = async || {
        let mut client = context.client.clone();
        client.change(request.clone()).await.map(tonic::Response::into_inner).map_err(Problem::from)
    };
    match once().await {
        Err(problem) if problem.kind == Kind::Unreachable => once().await,
        other => other,
    }
}

fn answer(
    accepted: &ChangeResponse,
    plan: &PlanResponse,
    deployment: Option<json::Deployment>,
    context: Context<'_>,
) -> Result<(), Stop> {
    if !context.out.is_json() {
        return Ok(());
    }
    context.out.json(&json::Accepted {
        operation_id: accepted.operation_id.clone(),
        commit: accepted.commit.clone(),
        generation: accepted.generation,
        plan: plan.into(),
        deployment,
    })
}
