//! macOS: how to install what is missing. Untested; see the README.

/// Go, new enough to fetch the toolchain that Dolt needs.
pub const GO: &str = "install Go from https://go.dev/dl/ (or `brew install go`)";
/// A C compiler.
pub const COMPILER: &str = "install a C compiler (`xcode-select --install`)";
/// Dolt itself, instead of both.
pub const DOLT: &str = "or install Dolt itself: `brew install dolt`";
