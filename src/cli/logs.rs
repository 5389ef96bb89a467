//! `doltops logs`: Dolt's log, oldest line first; with `-f` it goes on.

use super::{Context, Stop, json, output::Tone, text, values};
use crate::model::DeploymentName;
use clap::Args;
use doltops_proto::hosted_api::{LogLine, LogsRequest};
use std::time::Duration;

/// Dolt's log
#[derive(Args, Clone, Debug)]
pub struct Logs {
    /// Which deployment
    name: DeploymentName,
    /// Go on with what is written from now
    #[arg(short, long)]
    follow: bool,
    /// How many of the last lines
    #[arg(long, value_name = "N", default_value_t = 100)]
    lines: u32,
    /// From how long ago, also from before the agent's memory, where logs are kept apart from instances
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    since: Option<Duration>,
}

pub async fn run(args: Logs, mut context: Context<'_>) -> Result<(), Stop> {
    let back = |since: Duration| {
        let back = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        context.env.now().as_millisecond().saturating_sub(back).max(1)
    };
    let since_ms = args.since.map_or(0, back);
    let request = LogsRequest { name: args.name.to_string(), lines: args.lines, follow: args.follow, since_ms };
    let mut lines = context.client.logs(request).await?.into_inner();
    while let Some(line) = lines.message().await? {
        if context.out.is_json() {
            context.out.json_line(&json::LogLine::from(&line))?;
        } else {
            context.out.toned(&shown(&line), tone(&line.level))?;
        }
    }
    Ok(())
}

fn shown(line: &LogLine) -> String {
    let said = text::clean(&line.text);
    match (line.time_ms, line.level.as_str()) {
        (0, "") => said,
        (time, level) => format!("{}  {:<7}  {said}", text::moment(time), text::clean(level)),
    }
}

fn tone(level: &str) -> Tone {
    match level {
        "error" | "fatal" => Tone::Bad,
        "warning" => Tone::Warn,
        "debug" | "trace" => Tone::Faint,
        _ => Tone::Plain,
    }
}
