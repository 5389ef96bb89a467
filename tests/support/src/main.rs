//! Runs the stand-in in the foreground, to try doltops on AWS by hand: no account, no cost, real agents and real Dolts.

use clap::{Parser, Subcommand};
use doltops_agent::{command, process};
use doltops_stand_in::{Options, StandIn, keeper::Agents, settings};
use std::{error::Error, ffi::OsString, path::PathBuf, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    hidden: Option<Hidden>,
    #[command(flatten)]
    start: Option<Start>,
}

#[derive(Debug, clap::Args)]
struct Start {
    /// The program whose agents run on instances
    #[arg(long, value_name = "PATH")]
    doltops: PathBuf,
    // Not from the environment too: where the variable is set these options would count as given, and then the hidden
    // commands would want the others.
    /// The Dolt that they run
    #[arg(long, value_name = "PATH")]
    dolt: PathBuf,
    /// Without a certificate authority: a start is a little quicker
    #[arg(long)]
    no_acme: bool,
}

/// What the stand-in runs of itself: its tests start real agents without another crate's program.
#[derive(Debug, Subcommand)]
enum Hidden {
    /// Runs an instance's agent
    #[command(hide = true)]
    Agent(command::Args),
    /// Begins a session of its own and becomes PROGRAM
    #[command(hide = true)]
    Detach {
        #[arg(required = true, last = true)]
        program: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(Hidden::Detach { program }) = cli.hidden {
        let (program, arguments) = program.split_first().map_or((None, [].as_slice()), |(p, rest)| (Some(p), rest));
        let error = program.map(|program| process::detach(program, arguments));
        return fail(&error.map_or_else(|| "no program is given".to_owned(), |error| error.to_string()));
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    let result = match (cli.hidden, cli.start) {
        (Some(Hidden::Agent(args)), _) => runtime.block_on(command::run(args)).map_err(Into::into),
        (_, Some(start)) => runtime.block_on(stand_in(start)),
        _ => Err("--doltops and --dolt are needed; see --help".into()),
    };
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// Runs until it is told to end.
async fn stand_in(start: Start) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let at = |path: PathBuf| path.canonicalize().map_err(|error| format!("{}: {error}", path.display()));
    let agents = Agents::Processes { launcher: at(start.doltops)?, dolt: at(start.dolt)? };
    let stand_in = tokio::select! {
        started = StandIn::start(Options { acme: !start.no_acme, agents: Some(agents), ..Options::default() }) => started?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let file = settings::write(&stand_in)?;
    println!("AWS     {} (moto behind a proxy; its own address is {})", stand_in.endpoint_url(), stand_in.moto_url());
    if let Some(acme) = &stand_in.acme {
        println!("ACME    {} (Pebble)", acme.directory_url());
    }
    println!("DNS     {} (TCP)", stand_in.dns.address);
    println!("files   {}", stand_in.folder().display());
    println!("ready   {}", file.display());
    println!("\nAWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing doltops --config {}", file.display());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // It waits for what it ends, which a runtime's own threads should not.
    tokio::task::spawn_blocking(move || drop(stand_in)).await?;
    Ok(())
}

fn fail(error: &str) -> ExitCode {
    eprintln!("stand-in: {error}");
    ExitCode::FAILURE
}
