//! The user's own client: it has the terminal for as long as it runs.
//!
//! Guarantees
//! - Meanwhile no key is read here, and nothing is drawn; what comes from the control plane is taken in all the same.
//! - The terminal is taken back however the client ends. Ctrl+C is the client's: it does not end the console.
//! - When the terminal goes, or this process is asked to end, the client ends too.

use super::Runner;
use crate::{
    console::{effect::Effect, incoming::Incoming, message::Message, state::State, terminal::Terminal, update::update},
    hosted_api::{
        client::Client,
        problem::{Kind, Problem},
    },
    sql::client::{self, Launch},
};
use std::{io, path::PathBuf};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Gets a login and a port ready, off the drawing path.
pub async fn prepare(
    client: Client,
    messages: mpsc::Sender<Message>,
    launches: mpsc::Sender<Launch>,
    name: String,
    read_only: bool,
    program: Option<PathBuf>,
) {
    let found = client::find(program.as_deref(), std::env::var_os("PATH").as_deref());
    let prepared = match found {
        Ok(program) => client::prepare(client, &name, read_only, program).await,
        Err(problem) => Err(problem),
    };
    // Both receivers go only when the console ends.
    match prepared {
        Ok(launch) => drop(launches.send(launch).await),
        Err(problem) => drop(messages.send(Message::Client(Err(problem.cleaned()))).await),
    }
}

/// Gives the terminal to the client, and takes it back when that has ended.
///
/// # Errors
/// When the terminal has gone.
pub async fn run(
    launch: Launch,
    state: &mut State,
    messages: &mut mpsc::Receiver<Message>,
    runner: &mut Runner,
    terminal: &mut Terminal,
) -> io::Result<()> {
    // Once there is a handler, Ctrl+C no longer ends this process. In raw mode there is none to handle.
    let interrupts = signal(SignalKind::interrupt())?;
    terminal.lend();
    let started = Command::new(&launch.program)
        .args(&launch.arguments)
        .envs(launch.variables.iter().map(|(name, value)| (name, value)))
        .current_dir(launch.folder.path())
        .kill_on_drop(true)
        .spawn();
    let ended = match started {
        Ok(mut child) => wait(&mut child, state, messages, runner).await,
        Err(error) => {
            Err(Problem::new(Kind::Failed, format!("{} cannot be started: {error}", launch.program.display()))
                .next("[console] mysql in doltops.toml names another"))
        }
    };
    drop((interrupts, launch));
    if state.exit.is_some() {
        return Ok(());
    }
    let (columns, rows) = terminal.take_back()?;
    for message in [Message::Resized(columns, rows), Message::Client(ended)] {
        carry_out(update(state, message), runner);
    }
    Ok(())
}

/// Waits for the client's end; what happens meanwhile is taken in.
async fn wait(
    child: &mut Child,
    state: &mut State,
    messages: &mut mpsc::Receiver<Message>,
    runner: &mut Runner,
) -> Result<(), Problem> {
    loop {
        tokio::select! {
            ended = child.wait() => return match ended {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(Problem::new(Kind::Failed, "your client ended early").next(status.to_string())),
                Err(error) => Err(Problem::new(Kind::Failed, format!("your client was lost: {error}"))),
            },
            Some(message) = messages.recv() => {
                carry_out(update(state, message), runner);
                if state.exit.is_some() {
                    // That it has gone already is as good.
                    drop(child.kill().await);
                    return Ok(());
                }
            }
        }
    }
}

/// The terminal is somebody else's: what would be written to it is not.
fn carry_out(effects: Vec<Effect>, runner: &mut Runner) {
    effects.into_iter().for_each(|effect| runner.carry_out(effect));
}
