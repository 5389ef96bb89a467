//! Picks how it was started; nothing else.

fn main() -> std::process::ExitCode {
    doltops::start::start(std::env::args_os())
}
