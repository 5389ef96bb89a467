//! Picks how it was started; nothing else.

fn main() -> std::process::ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    // Hidden: see `doltops_agent::process::detached`.
    if let [detach, dashes, program, rest @ ..] = arguments.as_slice()
        && detach == "detach"
        && dashes == "--"
    {
        let error = doltops_agent::process::detach(program, rest);
        eprintln!("{}: {error}", program.display());
    }
    std::process::ExitCode::FAILURE
}
