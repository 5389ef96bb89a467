//! Linux: how to install what is missing.

/// Go, new enough to fetch the toolchain that Dolt needs.
pub const GO: &str = "install Go from https://go.dev/dl/ (or `apt-get install golang-go`, `dnf install golang`)";
/// A C compiler.
pub const COMPILER: &str = "install a C compiler (`apt-get install gcc libc6-dev`, `dnf install gcc`)";
/// Dolt itself, instead of both.
pub const DOLT: &str = "or install Dolt itself: https://docs.dolthub.com/introduction/installation/linux";
