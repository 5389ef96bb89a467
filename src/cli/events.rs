//! `doltops events`: what the reconciler and people did.
//!
//! With and without `-f` the answer has the same form, a line an event: a script need not know which it reads.

use super::{Context, Stop, json, output::Tone, text};
use crate::model::DeploymentName;
use clap::Args;
use doltops_proto::hosted_api::{Event, EventsRequest};

/// What the reconciler and people did
#[derive(Args, Clone, Debug)]
pub struct Events {
    /// Of this deployment alone
    name: Option<DeploymentName>,
    /// Go on with what happens from now
    #[arg(short, long)]
    follow: bool,
    /// How many of the last
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    last: u32,
}

pub async fn run(args: Events, mut context: Context<'_>) -> Result<(), Stop> {
    let name = args.name.map(String::from).unwrap_or_default();
    let request = EventsRequest { last: args.last, follow: args.follow, name };
    let mut events = context.client.events(request).await?.into_inner();
    while let Some(event) = events.message().await? {
        if context.out.is_json() {
            context.out.json_line(&json::Event::from(&event))?;
        } else {
            let tone = if event.kind == "error" { Tone::Bad } else { Tone::Plain };
            context.out.toned(&line(&event), tone)?;
        }
    }
    Ok(())
}

fn line(event: &Event) -> String {
    // The longest kind and an ordinary name; a longer one pushes its own line only.
    let about = text::clean(text::or_dash(&event.deployment));
    let gap = " ".repeat(16usize.saturating_sub(text::width(&about)));
    let by = if event.author.is_empty() { String::new() } else { format!("  ({})", event.author) };
    let said = text::clean(&format!("{}{by}", event.text));
    format!("{}  {:<13}  {about}{gap}  {said}", text::moment(event.time_ms), text::clean(&event.kind))
}
