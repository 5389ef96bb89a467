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
pub async fn submit(what: What, asked: Asked<'_>, how: How, context: Context<'_>) -> Result<(), Stop> {
    if how.dry_run {
        return plan::show(what, context).await;
    }
    let request = ChangeRequest {
        change: Some(Change { change: Some(what) }),
        request_id: context.env.token(REQUEST_ID),
        ..ChangeRequest::default()
    };
    let accepted = ask(request, &context).await?;
    let plan = accepted.plan.clone().unwrap_or_default();
    if !context.out.is_json() {
        let about = match asked.name {
            Some(name) => name.to_owned(),
            // What it takes back is known only by its answer.
            None if !plan.undoes.is_empty() => text::clean(&plan.summary),
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
    if !how.wait {
        return answer(&accepted, &plan, None, context);
    }
    let target = wait::Target::new(asked.name, &accepted, &plan, asked.until);
    let settled = wait::follow(&context.client, target, how.timeout, context.env, context.out).await?;
    answer(&accepted, &plan, settled.as_ref().map(json::Deployment::from), context)
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
