//! `doltops store`: in this process, with the configuration alone.

use crate::{
    cli::{
        self, Output,
        store::{Action, Promote, Promoted, Server, Status, Store},
    },
    config::Config,
    hosted_api::problem::{Kind, Problem},
    store::dolt::{
        Address,
        cluster::{self, Role, Seen, promote::Act},
    },
};

/// Asks, or promotes; gives the exit code.
///
/// # Errors
/// Why not, and what to do instead.
pub async fn run(args: &Store, config: &Config, out: &mut Output) -> Result<u8, Problem> {
    let parse = |url: &crate::config::StoreUrl| Address::parse(url.reveal());
    let addresses = config.store.iter().map(parse).collect::<Result<Vec<_>, _>>();
    let addresses = addresses.map_err(|error| Problem::invalid("store", error.to_string()))?;
    if addresses.is_empty() {
        let what = "no server is named in `store`: a store of a machine's own has no standby";
        let next =
            "ask where a daemon runs, or name both with --store; docs/high-availability.md tells how a pair is set up";
        return Err(Problem::invalid("store", what).next(next));
    }
    let seen = cluster::look(&addresses).await;
    match &args.action {
        None | Some(Action::Status) => Ok(cli::show_store(&status(&seen), out)),
        Some(Action::Promote(args)) => Ok(cli::show_promoted(&promote(args, &addresses, &seen).await?, out)),
    }
}

fn status(seen: &[Seen]) -> Status {
    let server = |seen: &Seen| match &seen.said {
        Ok(it) => Server {
            server: seen.at.clone(),
            role: it.role.to_string(),
            epoch: (it.role != Role::Alone).then_some(it.epoch),
            lag_ms: it.replication.lag_ms,
            last_update: it.replication.last_update.clone(),
            acks_seconds: (it.role != Role::Alone).then_some(it.acks_seconds),
            error: it.replication.error.clone(),
        },
        Err(why) => Server {
            server: seen.at.clone(),
            role: "away".to_owned(),
            epoch: None,
            lag_ms: None,
            last_update: String::new(),
            acks_seconds: None,
            error: why.clone(),
        },
    };
    Status { servers: seen.iter().map(server).collect(), next: next(seen) }
}

/// What a person should do.
fn next(seen: &[Seen]) -> String {
    let alone = |seen: &Seen| seen.said.as_ref().is_ok_and(|it| it.role == Role::Alone);
    if let [only] = seen
        && alone(only)
    {
        return "one server and no standby: docs/high-availability.md tells how to add one".to_owned();
    }
    if let Err(why) = cluster::choose(seen, 0) {
        return why;
    }
    let said = || seen.iter().filter_map(|seen| seen.said.as_ref().ok());
    let primary = said().find(|it| it.role == Role::Primary);
    match primary {
        Some(it) if !it.replication.error.is_empty() => {
            "replication fails: what is written now is on one server only".to_owned()
        }
        Some(it) if it.acks_seconds == 0 => "writes are acknowledged before the standby has them; set \
                                             dolt_cluster_ack_writes_timeout_secs, as docs/high-availability.md tells"
            .to_owned(),
        _ => String::new(),
    }
}

async fn promote(args: &Promote, addresses: &[Address], seen: &[Seen]) -> Result<Promoted, Problem> {
    let unknown = |named: &String| {
        let all: Vec<&str> = seen.iter().map(|seen| seen.at.as_str()).collect();
        Problem::invalid("server", format!("{named} is no server of the store: {}", all.join(", ")))
    };
    let place = |named: &String| seen.iter().position(|seen| seen.at == *named).ok_or_else(|| unknown(named));
    let target = args.server.as_ref().map(place).transpose()?;
    let decided = cluster::promote::promote(seen, target, same(addresses, seen).await, args.force);
    let decided = decided.map_err(|refused| Problem::new(Kind::Refused, refused.what).next(refused.next))?;
    for act in &decided.acts {
        carry_out(act, decided.epoch, addresses, seen).await?;
    }
    let primary = seen.get(decided.target).map(|seen| seen.at.clone()).unwrap_or_default();
    Ok(Promoted { primary, epoch: decided.epoch, already: decided.acts.is_empty(), lost: decided.lost })
}

/// Whether all that answer hold the same; what cannot be told does not.
async fn same(addresses: &[Address], seen: &[Seen]) -> bool {
    let mut hashes = Vec::new();
    for (address, _) in addresses.iter().zip(seen).filter(|(_, seen)| seen.said.is_ok()) {
        match cluster::content(address).await {
            Ok(hash) => hashes.push(hash),
            Err(_) => return false,
        }
    }
    hashes.windows(2).all(|pair| pair.first() == pair.last())
}

async fn carry_out(act: &Act, epoch: u64, addresses: &[Address], seen: &[Seen]) -> Result<(), Problem> {
    let (Act::StepDown(at) | Act::Assume(at)) = act;
    let (Some(address), Some(seen)) = (addresses.get(*at), seen.get(*at)) else { return Ok(()) };
    match act {
        Act::StepDown(_) => cluster::step_down(address, epoch).await.map_err(|error| {
            Problem::new(Kind::Failed, format!("{} stays the primary: {error}", seen.at)).next(
                "wait until its standby has caught up: doltops store status; where it must go all the same, stop it first",
            )
        }),
        Act::Assume(_) => cluster::assume(address, epoch).await.map_err(|error| {
            Problem::new(Kind::Failed, format!("{} does not become the primary: {error}", seen.at))
                .next("ask again; nothing is lost by it: doltops store promote")
        }),
    }
}
