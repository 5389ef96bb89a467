//! The console's keys, as programs read them.

use serde::Serialize;

/// `keys`.
#[derive(Debug, Serialize)]
pub struct Keys {
    /// The set that is chosen.
    pub set: &'static str,
    /// Every command, in the order of the console's help.
    pub commands: Vec<BoundKeys>,
    /// Lines of `[console.keys]` that cannot hold, and why.
    pub problems: Vec<String>,
}

/// A command and its keys.
#[derive(Debug, Serialize)]
pub struct BoundKeys {
    /// Its name in `[console.keys]`.
    pub command: String,
    /// As people write them; none: by the palette alone.
    pub keys: Vec<String>,
    /// What it does.
    pub help: &'static str,
}
