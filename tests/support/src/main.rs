//! Runs the stand-in in the foreground, to try doltops by hand.

use clap::{Parser, Subcommand};
use doltops_agent::{command, process};
use std::{ffi::OsString, process::ExitCode};

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    hidden: Option<Hidden>,
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
    // The AWS SDKs bring another provider beside ours, and then rustls takes neither by itself.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    let result = match cli.hidden {
        Some(Hidden::Agent(args)) => runtime.block_on(command::run(args)).map_err(|error| error.to_string()),
        _ => Ok(()),
    };
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &str) -> ExitCode {
    eprintln!("stand-in: {error}");
    ExitCode::FAILURE
}
