//! `doltops page test`: whether a receiver of pages can be reached, and what it answers.

use super::{Context, Stop, json, text};
use crate::{
    hosted_api::problem::{Kind, Problem},
    model::Severity,
};
use clap::{Args, Subcommand};
use doltops_proto::hosted_api::TestPageRequest;

/// Receivers of pages
#[derive(Args, Clone, Debug)]
pub struct Page {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Send a page about nothing to one receiver
    Test(Test),
}

#[derive(Args, Clone, Debug)]
struct Test {
    /// The receiver, as [paging.receivers] names it
    name: String,
    /// How loud: critical, error, warning, info
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::Info)]
    severity: Severity,
    /// End an earlier test instead, by the id that it was given
    #[arg(long, value_name = "ID", conflicts_with = "severity")]
    resolve: Option<String>,
}

pub async fn run(args: Page, mut context: Context<'_>) -> Result<(), Stop> {
    let Action::Test(Test { name, severity, resolve }) = args.action;
    let ends = resolve.is_some();
    let request =
        TestPageRequest { target: name.clone(), severity: severity.to_string(), resolve: resolve.unwrap_or_default() };
    let answer = context.client.test_page(request).await?.into_inner();
    if !answer.taken {
        let what = format!("{name} has not taken it: {}", text::clean(&answer.said));
        return Err(Problem::new(Kind::Failed, what).next("docs/paging.md says what each receiver needs").into());
    }
    if context.out.is_json() {
        return context.out.json(&json::TestPage {
            id: answer.id,
            receiver: name,
            kind: answer.kind,
            taken: answer.taken,
            said: answer.said,
        });
    }
    let (kind, said) = (text::clean(&answer.kind), text::clean(&answer.said));
    context.out.line(&format!("{name} ({kind}) has taken it: {said}"))?;
    if !ends {
        context.out.note(&format!("end it with: doltops page test {name} --resolve {}", text::clean(&answer.id)));
    }
    Ok(())
}
