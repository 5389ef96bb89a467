//! Headless: hosts the control plane, or waits attached until it can.

use super::link;
use crate::{
    cli::{Output, Stop, json},
    config::Config,
    env::Env,
    hosted_api::{
        heir,
        problem::{Kind, Problem},
    },
    hosting::{Acting, Hosting, Link},
};
use doltops_proto::hosted_api::WatchRequest;
use std::{sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    time,
};

/// A host that cannot be asked is asked again after this.
const AGAIN: Duration = Duration::from_millis(100);

/// Who acts is looked at this often, in this process's memory.
const LOOK: Duration = Duration::from_millis(500);

/// Runs until SIGTERM or SIGINT. Instances run on.
///
/// # Errors
/// When it can neither host nor attach.
pub async fn run(config: &Config, env: Arc<dyn Env>, out: &mut Output) -> Result<u8, Problem> {
    let failed = |error: std::io::Error| Problem::new(Kind::Failed, format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let link = link(config, "daemon", true, env)?;
    let mut hosting = link.hosting();
    let work = async {
        let mut waits = false;
        loop {
            link.ready().await?;
            if *hosting.borrow_and_update() == Hosting::Host {
                tell(&link, out).await?;
                return tell_who_acts(&link, out).await;
            }
            if !waits {
                waits = true;
                out.note("another process hosts the control plane; this one does, and listens, when that one ends");
            }
            // Attached: the stream ends with the host, and then it is our turn, before a command's.
            match link.client().watch(heir::as_heir(WatchRequest::default())).await {
                Ok(stream) => {
                    let mut stream = stream.into_inner();
                    let attached = async { while matches!(stream.message().await, Ok(Some(_))) {} };
                    // The very call may have found nobody and begun to host: then the stream is our own.
                    tokio::select! {
                        () = attached => {}
                        _ = hosting.wait_for(|now| *now == Hosting::Host) => {}
                    }
                }
                Err(_) => time::sleep(AGAIN).await,
            }
        }
    };
    let done = tokio::select! {
        done = work => done,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    link.close(false).await?;
    done.map(|()| 0)
}

/// Says whenever another daemon of the store acts instead, and when this one does again; never returns.
async fn tell_who_acts(link: &Link, out: &mut Output) -> Result<(), Problem> {
    let mut said: Option<Acting> = None;
    loop {
        time::sleep(LOOK).await;
        let acting = link.acting().await;
        let name = |acting: &Option<Acting>| acting.as_ref().map(|acting| acting.name.clone());
        if name(&acting) != name(&said) {
            match &acting {
                Some(acting) => out.note(&format!("standing by: {acting} acts")),
                None => out.note("this daemon acts now"),
            }
            said = acting;
        }
    }
}

/// Where it can be reached: port 0 of `--listen` is any free one.
async fn tell(link: &Link, out: &mut Output) -> Result<(), Problem> {
    let (socket, listen) = (link.folder().socket()?, link.listens().await);
    if !out.is_json() {
        let listens = listen.map(|address| format!(", and on {address}")).unwrap_or_default();
        out.note(&format!("hosting the control plane on {}{listens}", socket.display()));
        return Ok(());
    }
    let socket = socket.display().to_string();
    match out.json_line(&json::Hosting { socket, listen: listen.map(|address| address.to_string()) }) {
        Err(Stop::Problem(problem)) => Err(problem),
        // A daemon needs no reader.
        Ok(()) | Err(Stop::NobodyReads | Stop::Outcome(_)) => Ok(()),
    }
}
