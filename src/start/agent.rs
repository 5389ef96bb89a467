//! The hidden commands with which the local cloud starts an instance's agent.

use clap::Parser;
use doltops_agent::{command, process};
use std::ffi::OsString;

#[derive(Parser)]
struct Agent {
    #[command(flatten)]
    args: command::Args,
}

/// Runs an agent until it ends.
pub fn run(words: Vec<OsString>) -> u8 {
    let name = OsString::from("doltops agent");
    let args = match Agent::try_parse_from(std::iter::once(name).chain(words)) {
        Ok(agent) => agent.args,
        Err(error) => return fail(error.render()),
    };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(problem) => return fail(problem),
    };
    let result = runtime.block_on(command::run(args));
    // A blocking walk of a large volume must not hold up the end.
    runtime.shutdown_background();
    result.map_or_else(fail, |()| 0)
}

/// Begins a session of its own and becomes the program; returns only when that fails.
pub fn detach(words: &[OsString]) -> u8 {
    match words.split_first() {
        Some((program, arguments)) => fail(process::detach(program, arguments)),
        None => fail("no program is given"),
    }
}

fn fail(error: impl std::fmt::Display) -> u8 {
    eprintln!("doltops agent: {error}");
    1
}
