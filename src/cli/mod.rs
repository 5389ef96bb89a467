//! Headless commands: one file a command; text and JSON.
//!
//! Guarantees
//! - The same words as the console, and the same way: the Hosted API, and nothing else.
//! - A wrong argument is refused before anything is started; see [`parse`].
//! - One answer on the standard output, in the form that was asked for; see [`output`]. The fields are in [`json`].
//! - The exit code is the problem's kind: 0 done, 1 failed, 2 invalid, 3 not found, 4 refused, 5 unreachable, and 130
//!   when it was interrupted. With `--exit-code` 10 says that something differs.
//! - A change carries an id, so that asking again after a lost answer does nothing twice; see [`change`].
//!
//! Not here: where the client comes from (`hosting`), and what is done (`hosted_api` and beyond).

mod apply;
pub mod args;
mod blame;
mod branch;
mod change;
mod check;
mod client_certificate;
mod clone;
mod config;
mod conflicts;
mod connect;
mod create;
mod credentials;
mod delete;
mod diff;
mod doctor;
mod events;
mod export;
mod follow;
mod forward;
mod get;
mod history;
mod incident;
mod incidents;
pub mod json;
mod keys;
mod lifecycle;
mod list;
mod logs;
mod metrics;
mod oncall;
mod orphans;
mod output;
mod page;
pub mod parse;
mod plan;
mod resize;
mod rollback;
mod rotate;
mod set;
mod sight;
mod status;
pub mod store;
pub mod table;
pub mod text;
mod undo;
pub mod values;
mod wait;
mod watch;

pub use args::{Cli, Command, Sight};
pub use check::run_alone as run_check;
pub use doctor::show as show_examination;
pub use keys::show as show_keys;
pub use output::{Format, Output, Stop};
pub use parse::parse;
pub use sight::{Resolved, look, resolve};
pub use store::{show_promoted, show_status as show_store};

use crate::{config::Config, env::Env, hosted_api::client::Client};
use std::future::Future;

/// A process that SIGINT ended: 128 and the signal's number, as shells count it.
pub const INTERRUPTED: u8 = 130;

/// With `--exit-code`: something differs. Beyond the kinds of problems, so that none is taken for it.
pub const DIFFERS: u8 = 10;

/// What a command works with.
pub(crate) struct Context<'a> {
    client: Client,
    config: &'a Config,
    env: &'a dyn Env,
    out: &'a mut Output,
}

/// Carries out a command that talks to the control plane, until it is done or the user interrupts it. Gives the exit
/// code; what went wrong is said already.
pub async fn run(command: Command, client: Client, config: &Config, env: &dyn Env, out: &mut Output) -> u8 {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without the handler SIGINT ends the process as it always did.
            std::future::pending::<()>().await;
        }
    };
    run_until(interrupted, command, client, config, env, out).await
}

/// The same, with the interruption as it is given.
pub async fn run_until(
    interrupted: impl Future<Output = ()>,
    command: Command,
    client: Client,
    config: &Config,
    env: &dyn Env,
    out: &mut Output,
) -> u8 {
    // For `forward` an interruption is the ordinary end.
    let end = if matches!(command, Command::Forward(_)) { 0 } else { INTERRUPTED };
    let done = tokio::select! {
        done = dispatch(command, Context { client, config, env, out: &mut *out }) => done,
        () = interrupted => return end,
    };
    finish(done, out)
}

/// Carries out a command that needs no control plane; `None` for the others.
pub fn run_alone(command: &Command, config: &Config, out: &mut Output) -> Option<u8> {
    match command {
        Command::Config => {
            let done = config::run(config, out);
            Some(finish(done, out))
        }
        _ => None,
    }
}

fn finish(done: Result<(), Stop>, out: &mut Output) -> u8 {
    match done {
        Ok(()) | Err(Stop::NobodyReads) => 0,
        Err(Stop::Outcome(code)) => code,
        Err(Stop::Problem(problem)) => {
            out.problem(&problem);
            problem.kind.exit_code()
        }
    }
}

async fn dispatch(command: Command, context: Context<'_>) -> Result<(), Stop> {
    match command {
        Command::Apply(args) => apply::run(args, context).await,
        Command::Export(args) => export::run(args, context).await,
        Command::Create(args) => create::run(args, context).await,
        Command::List => list::run(context).await,
        Command::Get(args) => get::run(args, context).await,
        Command::Status => status::run(context).await,
        Command::Events(args) => events::run(args, context).await,
        Command::Watch => watch::run(context).await,
        Command::Plan(args) => plan::run(args, context).await,
        Command::Resize(args) => resize::run(args, context).await,
        Command::Set(args) => set::run(args, context).await,
        Command::Stop(args) => lifecycle::stop(args, context).await,
        Command::Start(args) => lifecycle::start(args, context).await,
        Command::Restart(args) => lifecycle::restart(args, context).await,
        Command::Pause(args) => lifecycle::pause(args, context).await,
        Command::Resume(args) => lifecycle::resume(args, context).await,
        Command::Protect(args) => lifecycle::protect(args, context).await,
        Command::Unprotect(args) => lifecycle::unprotect(args, context).await,
        Command::Delete(args) => delete::run(args, context).await,
        Command::History(args) => history::run(args, context).await,
        Command::Diff(args) => diff::run(args, context).await,
        Command::Blame(args) => blame::run(args, context).await,
        Command::Rollback(args) => rollback::run(args, context).await,
        Command::Undo(args) => undo::run(args, context).await,
        Command::Check(args) => check::run(args, context).await,
        Command::Branch(args) => branch::run(args, context).await,
        Command::Conflicts(args) => conflicts::run(args, context).await,
        Command::Connect(args) => connect::run(args, context).await,
        Command::Forward(args) => forward::run(args, context).await,
        Command::Credentials(args) => credentials::run(args, context).await,
        Command::Logs(args) => logs::run(args, context).await,
        Command::Metrics(args) => metrics::run(args, context).await,
        Command::Incidents(args) => incidents::run(args, context).await,
        Command::Incident(args) => incident::run(args, context).await,
        Command::Orphans(args) => orphans::run(args, context).await,
        Command::Oncall => oncall::run(context).await,
        Command::Clone(args) => clone::run(args, context).await,
        Command::Page(args) => page::run(args, context).await,
        Command::ClientCertificate(args) => client_certificate::run(args, context).await,
        Command::ClientCertificates => client_certificate::list(context).await,
        Command::Rotate(args) => rotate::run(args, context).await,
        Command::Revoke(args) => client_certificate::revoke(args, context).await,
        // These are `start`'s: the console's own, or without a control plane; the two hidden ones need no configuration either.
        Command::Config
        | Command::Keys
        | Command::Doctor
        | Command::Store(_)
        | Command::At(_)
        | Command::Open(_)
        | Command::Agent(_)
        | Command::Detach(_) => Ok(()),
    }
}
