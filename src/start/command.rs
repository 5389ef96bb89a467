//! One command, with a control plane to ask.

use super::{link, remote};
use crate::{
    cli::{self, Command, Output},
    config::Config,
    env::Env,
    hosted_api::problem::Problem,
    hosting::{Hosting, Link},
};
use std::{io::IsTerminal, sync::Arc, time::Duration};
use tokio::time;

/// Whether others are still attached is asked this often by a command that lingers for them.
const LINGER: Duration = Duration::from_millis(100);

/// Runs `command` and gives its exit code.
///
/// # Errors
/// When there is no control plane to ask, and none can be hosted.
pub async fn run(command: Command, config: &Config, env: Arc<dyn Env>, out: &mut Output) -> Result<u8, Problem> {
    if let Some(remote) = &config.connect {
        let client = remote::client(remote, &config.identity()?)?;
        return Ok(cli::run(command, client, config, env.as_ref(), out).await);
    }
    let link = link(config, "command", command.needs_fleet(), env.clone())?;
    tokio::select! {
        ready = link.ready() => ready?,
        () = tell(&link) => {}
    }
    let leaves_work = command.leaves_work();
    let code = cli::run(command, link.client(), config, env.as_ref(), out).await;
    if leaves_work && code == 0 && *link.hosting().borrow() == Hosting::Host {
        out.note(
            "it is recorded; it is carried out while a control plane runs: the console, doltops --daemon, or --wait",
        );
    }
    // Those that attached meanwhile would lose their control plane.
    while link.is_needed().await {
        time::sleep(LINGER).await;
    }
    link.close(false).await?;
    Ok(code)
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
