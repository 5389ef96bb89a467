//! `doltops incident`: one of them: its story, and what a person does about it.
//!
//! A change carries an id of ours. When the answer is lost it is asked for once more with the same id: no note is there
//! twice.

use super::{
    Context, Stop,
    incidents::tone,
    json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use crate::{
    hosted_api::{
        post_mortem,
        problem::{Kind, Problem},
    },
    model::DeploymentName,
};
use clap::{Args, Subcommand, ValueEnum};
use doltops_proto::hosted_api::{
    ChangeIncidentRequest, Incident, OpenIncident, TimelineEntry, TimelineRequest, TimelineResponse,
    change_incident_request::Change,
};
use std::{io::Write, path::PathBuf};

/// As long as the ids that the console gives.
const REQUEST_ID: usize = 20;

/// One incident: its story, and what is done about it
#[derive(Args, Clone, Debug)]
pub struct IncidentOf {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// What happened around it, and what was changed before
    Show(Show),
    /// Open one: those on call are paged
    Open(Open),
    /// You have seen it: nobody else is paged
    Acknowledge(Named),
    /// Write something down
    Note(Note),
    /// Somebody else has it from now on
    HandOver(HandOver),
    /// It is over
    Resolve(Resolve),
    /// Its story as Markdown, for the post-mortem
    Export(Export),
}

#[derive(Args, Clone, Debug)]
struct Named {
    /// Its id, as the list tells it
    id: String,
}

#[derive(Args, Clone, Debug)]
struct Show {
    /// Its id, as the list tells it
    id: String,
    /// How many minutes before it to look back
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=2880))]
    before: u32,
}

#[derive(Args, Clone, Debug)]
struct Open {
    /// What is wrong, in a line
    title: String,
    /// How bad it is
    #[arg(long, value_enum, default_value_t = Severity::Error)]
    severity: Severity,
    /// A deployment that it is about; may be given again
    #[arg(long = "deployment", value_name = "NAME")]
    deployments: Vec<DeploymentName>,
    /// What it means for those who use it
    #[arg(long, default_value = "")]
    impact: String,
    /// What was seen and tried
    #[arg(long, default_value = "")]
    description: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Severity {
    Critical,
    Error,
    Warning,
    Info,
}

#[derive(Args, Clone, Debug)]
struct Note {
    /// Its id, as the list tells it
    id: String,
    /// What to write down
    text: String,
}

#[derive(Args, Clone, Debug)]
struct HandOver {
    /// Its id, as the list tells it
    id: String,
    /// Who has it from now on
    to: String,
}

#[derive(Args, Clone, Debug)]
struct Resolve {
    /// Its id, as the list tells it
    id: String,
    /// What was the matter
    #[arg(default_value = "")]
    why: String,
}

#[derive(Args, Clone, Debug)]
struct Export {
    /// Its id, as the list tells it
    id: String,
    /// Into this new file; else to the standard output
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub async fn run(args: IncidentOf, context: Context<'_>) -> Result<(), Stop> {
    match args.action {
        Action::Show(Show { id, before }) => show(id, before, context).await,
        Action::Export(Export { id, file }) => export(id, file, context).await,
        Action::Open(open) => change(String::new(), Change::Open(opened(open)), context).await,
        Action::Acknowledge(Named { id }) => change(id, Change::Acknowledge(true), context).await,
        Action::Note(Note { id, text }) => change(id, Change::Note(text), context).await,
        Action::HandOver(HandOver { id, to }) => change(id, Change::HandOver(to), context).await,
        Action::Resolve(Resolve { id, why }) => change(id, Change::Resolve(why), context).await,
    }
}

fn opened(open: Open) -> OpenIncident {
    let severity = match open.severity {
        Severity::Critical => "critical",
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    OpenIncident {
        deployments: open.deployments.into_iter().map(String::from).collect(),
        severity: severity.to_owned(),
        impact: open.impact,
        title: open.title,
        description: open.description,
    }
}

async fn change(id: String, change: Change, context: Context<'_>) -> Result<(), Stop> {
    let request = ChangeIncidentRequest { id, request_id: context.env.token(REQUEST_ID), change: Some(change) };
    let once = async || {
        let mut client = context.client.clone();
        client.change_incident(request.clone()).await.map(tonic::Response::into_inner).map_err(Problem::from)
    };
    let incident = match once().await {
        Err(problem) if problem.kind == Kind::Unreachable => once().await?,
        other => other?,
    };
    if context.out.is_json() {
        return context.out.json(&json::Incident::from(&incident));
    }
    let has = if incident.assignee.is_empty() { String::new() } else { format!(", {} has it", incident.assignee) };
    context.out.line(&text::clean(&format!("{}: {}{has}: {}", incident.id, incident.state, incident.title)))
}

async fn timeline(id: String, before_minutes: u32, context: &Context<'_>) -> Result<TimelineResponse, Stop> {
    let mut client = context.client.clone();
    Ok(client.timeline(TimelineRequest { id, before_minutes }).await?.into_inner())
}

async fn show(id: String, before: u32, context: Context<'_>) -> Result<(), Stop> {
    let timeline = timeline(id, before, &context).await?;
    if context.out.is_json() {
        return context.out.json(&json::Timeline::from(&timeline));
    }
    let incident = timeline.incident.clone().unwrap_or_default();
    head(&incident, context.out)?;
    let mut table =
        Table::new(&[Column::Left("TIME"), Column::Left("WHAT"), Column::Left("DEPLOYMENT"), Column::Left("")]);
    for entry in &timeline.entries {
        table.row(row(entry, &timeline.suspect));
    }
    context.out.table(&table)?;
    if let Some(suspect) = timeline.entries.iter().find(|it| !it.commit.is_empty() && it.commit == timeline.suspect) {
        let name = text::clean(&suspect.deployment);
        context.out.note(&format!("before it is undone: doltops history {name}, then doltops plan {name} --to COMMIT"));
    }
    Ok(())
}

fn head(incident: &Incident, out: &mut super::Output) -> Result<(), Stop> {
    let said = format!("{} {}, {}: {}", incident.id, incident.severity, incident.state, incident.title);
    out.toned(&text::clean(&said), tone(incident))?;
    for (name, said) in [("impact", &incident.impact), ("what", &incident.description), ("runbook", &incident.runbook)]
    {
        if !said.is_empty() {
            out.line(&format!("{name}: {}", text::clean(said)))?;
        }
    }
    Ok(())
}

fn row(entry: &TimelineEntry, suspect: &str) -> [Cell; 4] {
    let suspected = !suspect.is_empty() && entry.commit == suspect;
    let tone = match entry.kind.as_str() {
        _ if entry.missing => Tone::Faint,
        "incident" => Tone::Bad,
        "log" | "health" => Tone::Warn,
        _ => Tone::Plain,
    };
    let commit = if entry.commit.is_empty() { String::new() } else { format!(" {}", entry.commit) };
    let by = if entry.author.is_empty() { String::new() } else { format!("  ({})", entry.author) };
    let curve = if entry.values.is_empty() { String::new() } else { format!("  {}", post_mortem::bars(&entry.values)) };
    [
        text::moment(entry.time_ms).into(),
        Cell::toned(format!("{}{commit}: {}{by}{curve}", entry.kind, entry.text), tone),
        Cell::from(&entry.deployment),
        if suspected { Cell::toned("◀ the last change before it", Tone::Warn) } else { "".into() },
    ]
}

async fn export(id: String, file: Option<PathBuf>, context: Context<'_>) -> Result<(), Stop> {
    let timeline = timeline(id, 0, &context).await?;
    let story = post_mortem::markdown(&timeline);
    let Some(file) = file else {
        if context.out.is_json() {
            return context.out.json(&json::Exported { markdown: Some(story), file: None });
        }
        return context.out.text(&story);
    };
    let wrong = |error: std::io::Error| {
        let what = format!("{}: {error}", file.display());
        Problem::new(Kind::Failed, what).next("choose another name: what is there is not written over")
    };
    let mut written = std::fs::File::options().write(true).create_new(true).open(&file).map_err(wrong)?;
    written.write_all(story.as_bytes()).map_err(wrong)?;
    if context.out.is_json() {
        return context.out.json(&json::Exported { markdown: None, file: Some(file.display().to_string()) });
    }
    context.out.line(&format!("written: {}", file.display()))
}
