//! The agent without its Dolt: for fleets of hundreds on one machine.
//!
//! What the control plane talks to is the agent's own code (its port, mTLS, fence, enrolment with real keys, deploys
//! on disk); what is left out are its tasks, which would start Dolt, ask it how it is and measure it. In their place
//! one small task tells of a Dolt that is up as soon as it was deployed, and that has applied it.
//!
//! Not here: SQL, logs, metrics, a tunnel that leads anywhere.

use doltops_agent::{
    agent::{self, Agent},
    clock,
    dolt::{condition::State, launch::Launch, run::Record, supervisor::Running},
    health::Report,
    machine::Machine,
    process::Process,
    server::serve::serve,
    service::Service,
    state::{deployed::Deployments, files},
};
use std::{io, path::Path, sync::Arc};
use tokio::{net::TcpListener, runtime, sync::watch, task::JoinHandle};
use tracing::warn;

/// What a healthy Dolt says that it is.
const VERSION: &str = "2.2.0";

/// Starts an agent in this process.
///
/// # Errors
/// In words, when its folder or its first identity cannot be read.
pub fn start(machine: Machine, user_data: &Path) -> Result<JoinHandle<()>, String> {
    let address = machine.agent;
    let (agent, report) = without_tasks(machine, user_data)?;
    Ok(tokio::spawn(async move {
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => return warn!(%address, %error, "the agent cannot listen"),
        };
        let service = Service::new(Arc::clone(&agent));
        tokio::select! {
            served = serve(listener, Arc::clone(&agent.trust), service) => {
                warn!(%address, ?served, "the agent's server has ended");
            }
            () = be_healthy(&agent.machine, &agent.deployments, report) => {}
        }
    }))
}

/// An agent whose tasks never begin, and what it is to tell of Dolt.
fn without_tasks(machine: Machine, path: &Path) -> Result<(Arc<Agent>, watch::Sender<Report>), String> {
    let words = |error: io::Error| error.to_string();
    let text = files::read(path).map_err(words)?.unwrap_or_default();
    let user_data = agent::user_data(&text, path).map_err(words)?;
    // The tasks belong to a runtime that nobody drives, and go with it.
    let asleep = runtime::Builder::new_current_thread().enable_all().build().map_err(words)?;
    let started = {
        let _inside = asleep.enter();
        Agent::start(machine, user_data, path)
    };
    asleep.shutdown_background();
    let (mut agent, _tasks) = started.map_err(|error| error.to_string())?;
    let report = watch::Sender::new(agent.health.borrow().clone());
    let own = Arc::get_mut(&mut agent).ok_or("something else has the agent already")?;
    own.health = report.subscribe();
    Ok((agent, report))
}

/// Tells of a Dolt that has what was deployed.
async fn be_healthy(machine: &Machine, deployments: &Deployments, report: watch::Sender<Report>) {
    let mut deployed = deployments.follow();
    let Some(process) = Process::of(std::process::id()) else { return };
    let mut since = None;
    loop {
        let Ok(newest) = deployed.wait_for(Option::is_some).await.map(|newest| newest.clone()) else { return };
        let Some(newest) = newest else { return };
        if !newest.is_proven()
            && let Err(error) = deployments.proven(&newest.admin).await
        {
            warn!(%error, "what was proven cannot be kept");
        }
        let started = *since.get_or_insert_with(clock::now);
        let record = Record { launch: Launch::new(&newest, machine), started, log_position: 0, process: Some(process) };
        report.send_modify(|report| {
            report.state = State::Up;
            report.since = started;
            report.version = VERSION.to_owned();
            report.running = Some(Arc::new(Running { process, record, adopted: false }));
        });
        // An error means that the agent ends.
        if deployed.changed().await.is_err() {
            return;
        }
    }
}
