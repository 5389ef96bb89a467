//! The command line: what can be typed, and what its words mean. Nothing is done here.

use super::{
    apply, blame, branch, check, client_certificate, clone, conflicts, connect, create, credentials, delete, diff,
    events, export, forward, history, incident, incidents, lifecycle, logs, metrics, orphans, output::Format, page,
    plan, resize, rollback, rotate, set, store, undo, values,
};
use crate::{
    config::Flags,
    model::{BranchName, DeploymentName, Refusal, When},
};
use clap::{Args, Parser, Subcommand};
use std::{ffi::OsString, path::PathBuf, time::Duration};

/// A terminal operations console for a fleet of hosted Dolt databases
///
/// Without a command it opens the console. Whoever starts first on a state folder hosts the control plane; every
/// later doltops on that folder attaches to it.
#[derive(Parser, Clone, Debug)]
#[command(name = "doltops", version, max_term_width = 100)]
pub struct Cli {
    /// Host the control plane without a console
    #[arg(long)]
    pub daemon: bool,
    /// Start the console without the view, order and filters of the last session
    #[arg(long)]
    pub fresh: bool,
    /// On a clone that `doltops clone DIR` made: nothing of it runs, and what is changed is changed in it alone
    #[arg(long, global = true, value_name = "DIR")]
    pub clone: Option<PathBuf>,
    /// How to answer: a table for people, or JSON. Errors follow it too, on the standard error stream
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub output: Format,
    /// On which state.
    #[command(flatten)]
    pub sight: Sight,
    /// Where the settings come from. After the others, as its heading holds for what follows.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do; none: the console, or with `--daemon` the control plane alone.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// On which state a command is carried out; neither: on main.
#[derive(Args, Clone, Debug, Default)]
pub struct Sight {
    /// As it was then: a commit, a time (14:02, 2026-11-23 14:02, RFC 3339), or how long ago (10m)
    #[arg(long, global = true, value_name = "WHEN")]
    pub at: Option<When>,
    /// On this branch instead of main
    #[arg(long, global = true, value_name = "BRANCH")]
    pub branch: Option<BranchName>,
}

/// On which states besides main a command can be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// On none.
    Nothing,
    /// On a moment of the past: it looks at what is kept of it.
    Past,
    /// On a branch: it changes what is desired.
    Branches,
    /// On both: it looks at what is desired.
    Both,
}

/// One thing to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Create a deployment
    Create(create::Create),
    /// All deployments
    List,
    /// One deployment
    Get(Named),
    /// The control plane: who hosts it, its store, who you are to it
    Status,
    /// What the reconciler and people did
    Events(events::Events),
    /// The fleet now, and a line whenever something of it changes
    Watch,
    /// What a change would do; touches nothing
    Plan(plan::PlanOf),
    /// Another instance type, a larger volume, or both
    Resize(resize::Resize),
    /// Change Dolt's server settings; an empty value goes back to the default
    Set(set::Set),
    /// Stop serving; the data stays
    Stop(lifecycle::Lifecycle),
    /// Serve again
    Start(lifecycle::Lifecycle),
    /// Start Dolt anew, once
    Restart(lifecycle::Lifecycle),
    /// Let the reconciler rest; Dolt runs on
    Pause(lifecycle::Lifecycle),
    /// Let the reconciler work again
    Resume(lifecycle::Lifecycle),
    /// Let nothing delete it
    Protect(lifecycle::Lifecycle),
    /// Let it be deleted
    Unprotect(lifecycle::Lifecycle),
    /// Delete a deployment; a final copy is kept for a time
    Delete(delete::Delete),
    /// The control plane's commits, newest first
    History(history::History),
    /// What differs between two commits, cell by cell
    Diff(diff::Diff),
    /// Which commit gave each value of a deployment: who, when and why
    Blame(blame::Blame),
    /// Bring back what was desired at a commit, as a new commit
    Rollback(rollback::Rollback),
    /// Take back your last change, or one that is named, as a new commit
    Undo(undo::Undo),
    /// Make the fleet what files say: one plan, one commit
    Apply(apply::Apply),
    /// What is desired as files, for apply
    Export(export::Export),
    /// What the history of a database has that it should not have
    Check(check::Check),
    /// Change requests: changes that are prepared on a branch and merged together
    Branch(branch::BranchOf),
    /// Cells that were edited on main and on a branch, and what they are to be
    Conflicts(conflicts::Conflicts),
    /// SQL as a short-lived user named for you
    Connect(connect::Connect),
    /// A loopback port that leads to a deployment's database
    Forward(forward::ForwardTo),
    /// The customer's login; the showing is recorded
    Credentials(credentials::Credentials),
    /// Dolt's log
    Logs(logs::Logs),
    /// CPU, memory, disk, connections and queries over time
    Metrics(metrics::Metrics),
    /// What is wrong, and who has it
    Incidents(incidents::Incidents),
    /// One incident: its story, and what is done about it
    Incident(incident::IncidentOf),
    /// What belongs to no deployment, and how to remove it
    Orphans(orphans::Orphans),
    /// A local clone of the control plane's database, to find out what happened; for admins
    Clone(clone::Clone),
    /// Who is paged now, and who next
    Oncall,
    /// Try a receiver of pages
    Page(page::Page),
    /// Make a client certificate for --connect
    ClientCertificate(client_certificate::ClientCertificate),
    /// Every client certificate that was made
    ClientCertificates,
    /// End every client certificate of that name
    Revoke(client_certificate::Revoke),
    /// Other keys and passwords in the place of those that are there
    Rotate(rotate::Rotate),
    /// What is missing before anything is created, and how to mend it; needs no control plane
    Doctor,
    /// The servers of a store with a standby: how they stand, and a promotion; needs no control plane
    Store(store::Store),
    /// The console's commands with their keys in force, and what is wrong with those of doltops.toml
    Keys,
    /// Print a commented doltops.toml, and where it is read from
    Config,
    /// Open the console as all was at a commit or a time; Esc goes back to now
    At(At),
    /// Open the console on a view, such as deployments/orders/history; L in the console copies its name
    Open(Open),
    /// Run an instance's agent.
    #[command(hide = true)]
    Agent(Raw),
    /// Run a program in a session of its own.
    #[command(hide = true)]
    Detach(Raw),
}

impl Command {
    /// Whether it talks to a control plane; the others are [`super::run_alone`]'s and `main`'s own.
    pub fn needs_client(&self) -> bool {
        if let Command::Check(args) = self {
            return !args.is_alone();
        }
        !matches!(
            self,
            Command::Config
                | Command::Keys
                | Command::Doctor
                | Command::Store(_)
                | Command::At(_)
                | Command::Open(_)
                | Command::Agent(_)
                | Command::Detach(_)
        )
    }

    /// Whether it needs the fleet's instances: a fleet that was suspended comes back for it. Every change does, and what
    /// talks to an instance; who only looks leaves the machine as it is.
    pub fn needs_fleet(&self) -> bool {
        match self.change() {
            Some(how) => !how.dry_run,
            None if matches!(self, Command::Rotate(args) if !args.only_looks()) => true,
            None => matches!(
                self,
                Command::Check(_) | Command::Connect(_) | Command::Forward(_) | Command::Logs(_) | Command::Metrics(_)
            ),
        }
    }

    /// On which states besides main it can be carried out. The control plane refuses what it cannot answer all the same;
    /// what makes no sense is refused before it is asked.
    pub fn sees(&self) -> Sees {
        match self {
            Command::List
            | Command::Get(_)
            | Command::Status
            | Command::History(_)
            | Command::Diff(_)
            | Command::Export(_) => Sees::Both,
            Command::Blame(_)
            | Command::Incidents(_)
            | Command::Incident(_)
            | Command::Metrics(_)
            | Command::Open(_) => Sees::Past,
            Command::Create(_)
            | Command::Plan(_)
            | Command::Resize(_)
            | Command::Set(_)
            | Command::Stop(_)
            | Command::Start(_)
            | Command::Pause(_)
            | Command::Resume(_)
            | Command::Protect(_)
            | Command::Unprotect(_)
            | Command::Delete(_)
            | Command::Rollback(_)
            | Command::Apply(_) => Sees::Branches,
            Command::Restart(_)
            | Command::Undo(_)
            | Command::Branch(_)
            | Command::Conflicts(_)
            | Command::Events(_)
            | Command::Watch
            | Command::Check(_)
            | Command::Logs(_)
            | Command::Connect(_)
            | Command::Forward(_)
            | Command::Credentials(_)
            | Command::Orphans(_)
            | Command::Clone(_)
            | Command::Oncall
            | Command::Page(_)
            | Command::ClientCertificate(_)
            | Command::ClientCertificates
            | Command::Revoke(_)
            | Command::Rotate(_)
            | Command::Config
            | Command::Keys
            | Command::Doctor
            | Command::Store(_)
            | Command::At(_)
            | Command::Agent(_)
            | Command::Detach(_) => Sees::Nothing,
        }
    }

    /// Whether it leaves something to the reconciler that it does not wait for.
    pub fn leaves_work(&self) -> bool {
        self.change().is_some_and(|how| !how.wait && !how.dry_run)
    }

    /// Whether it waits until the reconciler has followed.
    pub fn waits(&self) -> bool {
        self.change().is_some_and(|how| how.wait)
    }

    /// How a change is made; none: it changes nothing.
    fn change(&self) -> Option<How> {
        match self {
            Command::Create(args) => Some(args.how),
            Command::Resize(args) => Some(args.how),
            Command::Set(args) => Some(args.how),
            Command::Delete(args) => Some(args.how),
            Command::Rollback(args) => Some(args.how),
            Command::Undo(args) => Some(args.how),
            Command::Apply(args) => Some(args.how),
            Command::Branch(args) => args.how(),
            Command::Stop(args)
            | Command::Start(args)
            | Command::Restart(args)
            | Command::Pause(args)
            | Command::Resume(args)
            | Command::Protect(args)
            | Command::Unprotect(args) => Some(args.how),
            Command::List
            | Command::Conflicts(_)
            | Command::Get(_)
            | Command::Status
            | Command::Events(_)
            | Command::Watch
            | Command::Plan(_)
            | Command::History(_)
            | Command::Diff(_)
            | Command::Blame(_)
            | Command::Export(_)
            | Command::Check(_)
            | Command::Connect(_)
            | Command::Forward(_)
            | Command::Logs(_)
            | Command::Metrics(_)
            | Command::Credentials(_)
            | Command::Orphans(_)
            | Command::Incidents(_)
            | Command::Incident(_)
            | Command::Clone(_)
            | Command::Oncall
            | Command::Page(_)
            | Command::ClientCertificate(_)
            | Command::ClientCertificates
            | Command::Revoke(_)
            | Command::Rotate(_)
            | Command::Config
            | Command::Keys
            | Command::Doctor
            | Command::Store(_)
            | Command::At(_)
            | Command::Open(_)
            | Command::Agent(_)
            | Command::Detach(_) => None,
        }
    }
}

/// A deployment, and nothing else.
#[derive(Args, Clone, Debug)]
pub struct Named {
    /// Which deployment
    pub name: DeploymentName,
}

/// A moment of the past.
#[derive(Args, Clone, Debug)]
pub struct At {
    /// A commit, a time (14:02, 2026-11-23 14:02, RFC 3339), or how long ago (10m)
    #[arg(required = true, value_name = "WHEN")]
    pub words: Vec<String>,
}

impl At {
    /// The moment: a date and a time may stand as two words.
    ///
    /// # Errors
    /// Names `at`: it is none.
    pub fn when(&self) -> Result<When, Refusal> {
        self.words.join(" ").parse()
    }
}

/// A view of the console.
#[derive(Args, Clone, Debug)]
pub struct Open {
    /// Its locator: deployments, deployments/NAME, deployments/NAME/metrics, history/COMMIT, events, orphans, …
    pub locator: String,
}

/// Words for a program that parses them itself.
#[derive(Args, Clone, Debug)]
pub struct Raw {
    /// As they are.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<OsString>,
}

/// How a change is made: whether at all, and whether the reconciler is waited for.
#[derive(Args, Clone, Copy, Debug)]
pub struct How {
    /// Show the plan and do nothing
    #[arg(long, conflicts_with = "wait")]
    pub dry_run: bool,
    /// Wait until the deployment has settled; the exit code is 1 when it failed
    #[arg(long)]
    pub wait: bool,
    /// How long to wait
    // An EC2 instance with a new volume is there in two to three minutes; a final copy of a large one takes longer.
    #[arg(long, requires = "wait", value_name = "TIME", default_value = "10m", value_parser = values::duration)]
    pub timeout: Duration,
}
