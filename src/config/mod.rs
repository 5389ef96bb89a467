//! `doltops.toml`, the environment and the flags.
