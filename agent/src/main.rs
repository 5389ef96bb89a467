//! The Instance Manager of a server image.

use clap::{Parser, Subcommand};
use doltops_agent::{command, process};
use std::{ffi::OsString, process::ExitCode, sync::Arc};
use tracing_subscriber::fmt::writer::MakeWriterExt;

#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    hidden: Option<Hidden>,
    #[command(flatten)]
    agent: Option<command::Args>,
}

#[derive(Debug, Subcommand)]
enum Hidden {
    /// Begins a session of its own and becomes PROGRAM
    #[command(hide = true)]
    Detach {
        #[arg(required = true, last = true)]
        program: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    process::keep_memory_private();
    if let Some(Hidden::Detach { program }) = cli.hidden {
        let (program, arguments) = program.split_first().map_or((None, [].as_slice()), |(p, rest)| (Some(p), rest));
        let error = program.map(|program| process::detach(program, arguments));
        return fail(error.map_or_else(|| "no program is given".to_owned(), |error| error.to_string()));
    }
    let Some(args) = cli.agent else {
        return fail("--machine and --user-data are needed; see --help".to_owned());
    };
    match command::own_log(&args) {
        Ok(None) => tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init(),
        Ok(Some(log)) => {
            tracing_subscriber::fmt().with_writer(std::io::stderr.and(Arc::new(log))).with_ansi(false).init();
        }
        Err(error) => return fail(error.to_string()),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(error.to_string()),
    };
    let result = runtime.block_on(command::run(args));
    // A blocking walk of a large volume must not hold up the end.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.to_string()),
    }
}

fn fail(error: String) -> ExitCode {
    eprintln!("doltops-agent: {error}");
    ExitCode::FAILURE
}
