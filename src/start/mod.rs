//! Starts what was asked for: a command, the daemon, the console, or an instance's agent.

mod agent;
mod command;
mod console;
mod daemon;
mod doctor;
mod ends;
mod keys;
mod own_certificate;
pub mod remote;
mod store;
mod trace;

use crate::{
    cli::{self, Cli, Command, Output},
    config::{self, Config},
    env::{Env, System},
    hosted_api::problem::{Kind, Problem},
    hosting::{HostOptions, Link, Provider, StateFolder},
};
use jiff::SignedDuration;
use std::{ffi::OsString, process::ExitCode, sync::Arc};
use tokio::runtime::{Builder, Runtime};

/// Does what `words` ask for, and gives the exit code.
pub fn start(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    doltops_agent::process::keep_memory_private();
    match cli::parse(words) {
        Ok(cli) => ExitCode::from(dispatch(cli)),
        Err(code) => ExitCode::from(code),
    }
}

fn dispatch(cli: Cli) -> u8 {
    let mut out = Output::of_this_process(cli.output);
    let command = match cli.command {
        Some(Command::Agent(raw)) => return agent::run(raw.args),
        Some(Command::Detach(raw)) => return agent::detach(&raw.args),
        other => other,
    };
    let (command, locator, at) = match command {
        Some(Command::Open(open)) => (None, Some(open.locator), None),
        Some(Command::At(at)) => (None, None, Some(at)),
        other => (other, None, None),
    };
    let done = config::load(&cli.flags).and_then(|config| {
        let config = match &cli.clone {
            // Nothing of what leads to a control plane: a clone is all that this process has.
            Some(folder) => Config { state_dir: folder.clone(), connect: None, store: Vec::new(), ..config },
            None => config,
        };
        if let Some(Command::Check(args)) = &command {
            args.validate()?;
        }
        let at = at.map(|at| at.when()).transpose()?.or(cli.sight.at.clone());
        let view = console::View { locator, fresh: cli.fresh, at, clone: cli.clone.clone() };
        if matches!(command, Some(Command::Keys)) {
            return Ok(keys::run(&config, &mut out));
        }
        if let Some(code) = command.as_ref().and_then(|command| cli::run_alone(command, &config, &mut out)) {
            // Whoever looks at the settings is told what of them does not hold.
            keys::keymap(&config).1.iter().for_each(|finding| out.note(finding));
            return Ok(code);
        }
        let env: Arc<dyn Env> = Arc::new(System::new());
        let runtime = runtime()?;
        let done = match command {
            Some(Command::Check(args)) if args.is_alone() => {
                Ok(runtime.block_on(cli::run_check(&args, &config, &mut out)))
            }
            Some(Command::Store(args)) => runtime.block_on(store::run(&args, &config, &mut out)),
            Some(Command::Doctor) => Ok(runtime.block_on(doctor::run(&config, env, &mut out))),
            Some(command) => {
                runtime.block_on(command::run(command, &cli.sight, cli.clone.as_deref(), &config, env, &mut out))
            }
            None if cli.daemon => runtime.block_on(daemon::run(&config, env, &mut out)),
            None => runtime.block_on(console::run(&config, &cli.flags, env, view)),
        };
        // A build or a copy on a blocking thread must not hold up the end.
        runtime.shutdown_background();
        done
    });
    done.unwrap_or_else(|problem| {
        out.problem(&problem);
        problem.kind.exit_code()
    })
}

fn runtime() -> Result<Runtime, Problem> {
    let built = Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Problem::new(Kind::Failed, format!("the runtime does not start: {error}")))
}

/// The link to the control plane of the configured state folder, hosted by this process where nobody else does;
/// `resume`: with the fleet, also where it was suspended.
fn link(config: &Config, host: &'static str, resume: bool, env: Arc<dyn Env>) -> Result<Arc<Link>, Problem> {
    let folder = StateFolder::open(&config.state_dir)?;
    trace::to_file(folder.root());
    let options = HostOptions {
        host,
        resume,
        dolt: config.dolt.clone(),
        store: config.store.iter().map(|url| url.reveal().to_owned()).collect(),
        listen: config.listen,
        keep_final_copy: SignedDuration::from_hours(24 * i64::from(config.final_copy_days.count())),
        provider: Provider::of(config)?,
        change_requests: config.change_requests.clone(),
        incidents: config.incidents.clone(),
        prices: config.prices.clone(),
        paging: config.paging.clone().map(Arc::new),
    };
    Ok(Link::new(folder, options, env))
}
