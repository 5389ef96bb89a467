//! `doltops store`: the servers of a store with a standby, and which of them is the primary.
//!
//! It asks the servers themselves, and needs no control plane: when the primary is dead there may be none.

use super::{
    Output, Stop,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use clap::{Args, Subcommand};
use serde::Serialize;

/// The servers of a store with a standby
#[derive(Args, Clone, Debug)]
pub struct Store {
    /// What to do; without it: status
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What is done.
#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// What each server is, and how far the standby is behind
    Status,
    /// Make the standby the primary
    Promote(Promote),
}

/// Which, and whether come what may.
#[derive(Args, Clone, Debug)]
pub struct Promote {
    /// The server to promote, as status tells it; without it: the only standby
    #[arg(value_name = "HOST:PORT")]
    pub server: Option<String>,
    /// Also where the old primary does not answer and something may be lost: only when it does not run any more
    #[arg(long)]
    pub force: bool,
}

/// One server, as it is told.
#[derive(Clone, Debug, Serialize)]
pub struct Server {
    /// `HOST:PORT`
    pub server: String,
    /// primary, standby, split brain, in no cluster, away
    pub role: String,
    /// Since which change of roles.
    pub epoch: Option<u64>,
    /// How far the standby is behind, as the primary sees it.
    pub lag_ms: Option<u64>,
    /// When the standby last had something new.
    pub last_update: String,
    /// How long a write waits for the standby; 0: not at all.
    pub acks_seconds: Option<u64>,
    /// What is wrong; empty: nothing.
    pub error: String,
}

/// All of them, and what to do; empty: nothing.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// As the settings name them.
    pub servers: Vec<Server>,
    /// What is to be done about it.
    pub next: String,
}

/// A promotion that was done.
#[derive(Clone, Debug, Serialize)]
pub struct Promoted {
    /// The primary now.
    pub primary: String,
    /// In which epoch.
    pub epoch: u64,
    /// Whether it was the primary before.
    pub already: bool,
    /// What may be lost; empty: nothing.
    pub lost: String,
}

/// Shows how they stand; gives the exit code.
pub fn show_status(status: &Status, out: &mut Output) -> u8 {
    let done = shown(status, out);
    super::finish(done, out)
}

fn shown(status: &Status, out: &mut Output) -> Result<(), Stop> {
    if out.is_json() {
        return out.json(status);
    }
    out.table(&table(&status.servers))?;
    match status.next.as_str() {
        "" => Ok(()),
        next => out.line(&format!("→ {}", text::clean(next))),
    }
}

fn table(servers: &[Server]) -> Table {
    let mut table = Table::new(&[
        Column::Left("SERVER"),
        Column::Left("ROLE"),
        Column::Right("EPOCH"),
        Column::Right("LAG"),
        Column::Right("ACKS"),
        Column::Left("LAST UPDATE"),
        Column::Left(""),
    ]);
    for it in servers {
        let number = |value: Option<u64>, unit: &str| value.map_or("-".to_owned(), |value| format!("{value}{unit}"));
        let tone = match it.role.as_str() {
            "primary" | "standby" => Tone::Good,
            _ => Tone::Bad,
        };
        table.row([
            Cell::from(&it.server),
            Cell::toned(&it.role, tone),
            number(it.epoch, "").into(),
            number(it.lag_ms, " ms").into(),
            number(it.acks_seconds, " s").into(),
            if it.last_update.is_empty() { "-" } else { it.last_update.as_str() }.into(),
            it.error.as_str().into(),
        ]);
    }
    table
}

/// Shows what was done; gives the exit code.
pub fn show_promoted(promoted: &Promoted, out: &mut Output) -> u8 {
    let done = if out.is_json() { out.json(promoted) } else { said(promoted, out) };
    super::finish(done, out)
}

fn said(it: &Promoted, out: &mut Output) -> Result<(), Stop> {
    let (primary, epoch) = (text::clean(&it.primary), it.epoch);
    match it.already {
        true => out.line(&format!("{primary} is the primary already, of epoch {epoch}")),
        false => {
            out.line(&format!("{primary} is the primary now, of epoch {epoch}; control planes find it by themselves"))
        }
    }?;
    match it.lost.as_str() {
        "" => Ok(()),
        lost => out.line(&text::clean(lost)),
    }
}
