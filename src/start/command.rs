//! One command, with a control plane to ask.

use super::{ends::Ends, link, own_certificate, remote};
use crate::{
    cli::{self, Command, Output, Sight},
    clone,
    config::Config,
    env::Env,
    hosted_api::problem::{Kind, Problem},
    hosting::{Hosting, Link},
};
use std::{
    io::{self, IsTerminal},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time,
};

/// Whether others are still attached is asked this often by a command that lingers for them.
const LINGER: Duration = Duration::from_millis(100);

/// A process that SIGTERM ended: 128 and the signal's number, as shells count it.
const TERMINATED: u8 = 143;

/// Runs `command` and gives its exit code.
///
/// # Errors
/// When there is no control plane to ask, and none can be hosted.
pub async fn run(
    command: Command,
    sight: &Sight,
    clone: Option<&Path>,
    config: &Config,
    env: Arc<dyn Env>,
    out: &mut Output,
) -> Result<u8, Problem> {
    if let Some(folder) = clone {
        return on_clone(command, sight, folder, config, env, out).await;
    }
    if let Some(remote) = &config.connect {
        if matches!(&command, Command::Rotate(args) if args.is_own()) {
            return Ok(own_certificate::run(remote, &config.identity()?, out).await);
        }
        let client = remote::client(remote, &config.identity()?)?;
        let client = cli::look(client, sight, env.as_ref(), out).await?;
        return Ok(cli::run(command, client, config, env.as_ref(), out).await);
    }
    let link = link(config, "command", command.needs_fleet() && sight.branch.is_none(), env.clone())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let done = tokio::select! {
        done = carry_out(command, sight, &link, config, env.as_ref(), out) => done,
        _ = terminate.recv() => Ok(TERMINATED),
    };
    // Also after a signal: the store's server ends with its host.
    link.close(false).await?;
    done
}

/// The same on a clone.
async fn on_clone(
    command: Command,
    sight: &Sight,
    folder: &Path,
    config: &Config,
    env: Arc<dyn Env>,
    out: &mut Output,
) -> Result<u8, Problem> {
    let dolt = clone::find_dolt(config.dolt.clone()).await?;
    let (mut ends, mut code) = (Ends::listen()?, 0);
    let told = async { code = ends.told().await };
    let Some(opened) = clone::Opened::open(folder, &dolt, env.clone(), told).await? else { return Ok(code) };
    let work = async {
        let client = cli::look(opened.client(), sight, env.as_ref(), out).await?;
        Ok(cli::run(command, client, config, env.as_ref(), out).await)
    };
    let done = tokio::select! {
        // What an interruption means to a command, it says itself.
        biased;
        done = work => done,
        code = ends.told() => Ok(code),
    };
    opened.close().await;
    done
}

async fn carry_out(
    command: Command,
    sight: &Sight,
    link: &Arc<Link>,
    config: &Config,
    env: &dyn Env,
    out: &mut Output,
) -> Result<u8, Problem> {
    let mut interrupt = listen(SignalKind::interrupt())?;
    tokio::select! {
        ready = link.ready() => ready?,
        () = tell(link) => {}
        _ = interrupt.recv() => return Ok(cli::INTERRUPTED),
    }
    // What is prepared on a branch leaves nothing to carry out.
    let leaves_work = command.leaves_work() && sight.branch.is_none();
    let client = tokio::select! {
        client = cli::look(link.client(), sight, env, out) => client?,
        _ = interrupt.recv() => return Ok(cli::INTERRUPTED),
    };
    let code = cli::run(command, client, config, env, out).await;
    if leaves_work && code == 0 && *link.hosting().borrow() == Hosting::Host {
        out.note(
            "it is recorded; it is carried out while a control plane runs: the console, doltops --daemon, or --wait",
        );
    }
    // Anew: the interruption that has ended the command is not meant for those who are attached.
    let mut interrupt = listen(SignalKind::interrupt())?;
    let needed = async {
        while link.is_needed().await {
            time::sleep(LINGER).await;
        }
    };
    // Those that attached meanwhile would lose their control plane.
    tokio::select! {
        () = needed => {}
        _ = interrupt.recv() => {}
    }
    Ok(code)
}

fn listen(kind: SignalKind) -> Result<Signal, Problem> {
    signal(kind).map_err(|error: io::Error| Problem::new(Kind::Failed, format!("signals cannot be received: {error}")))
}

/// Tells a person at a terminal what takes long; never returns.
async fn tell(link: &Link) {
    let mut hosting = link.hosting();
    // Starting takes a moment; building Dolt takes minutes.
    time::sleep(Duration::from_secs(2)).await;
    loop {
        if let Hosting::Starting(what) = &*hosting.borrow_and_update()
            && std::io::stderr().is_terminal()
        {
            eprintln!("doltops: {what}");
        }
        if hosting.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
