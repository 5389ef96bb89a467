//! `doltops forward`: a loopback port that leads to a deployment's database, until Ctrl-C.

use super::{Context, Stop, json, text};
use crate::{
    model::DeploymentName,
    sql::forward::{Forward, Passage},
};
use clap::Args;
use doltops_proto::hosted_api::GetDeploymentRequest;

/// A loopback port that leads to a deployment's database
#[derive(Args, Clone, Debug)]
pub struct ForwardTo {
    /// Which deployment
    name: DeploymentName,
    /// The port; a free one unless said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

pub async fn run(args: ForwardTo, mut context: Context<'_>) -> Result<(), Stop> {
    let name = args.name.to_string();
    // Now, and not when the first client comes: a wrong name should not look like a port that works.
    context.client.get_deployment(GetDeploymentRequest { name: name.clone() }).await?;
    let mut forward = Forward::listen(context.client.clone(), &name, args.port).await?;
    let address = forward.address();
    if context.out.is_json() {
        let host = address.ip().to_string();
        context.out.json_line(&json::Forwarded { name, host, port: address.port() })?;
    } else {
        context.out.line(&format!("mysql --host={} --port={} --user=USER --password", address.ip(), address.port()))?;
        context.out.note(&format!("leads to {name} until Ctrl-C; its login: doltops credentials {name}"));
    }
    while let Some(passage) = forward.next().await {
        let said = match passage {
            Passage::Opened { from } => format!("{from} came"),
            Passage::Closed { from, sent, received, problem } => {
                let traffic = format!("{} to the database, {} from it", text::bytes(sent), text::bytes(received));
                let why = problem.map(|problem| format!(": {problem}")).unwrap_or_default();
                format!("{from} left after {traffic}{why}")
            }
        };
        let live = *forward.live().borrow();
        context.out.note(&format!("{} ({live} open)", text::clean(&said)));
    }
    Ok(())
}
