//! `doltops config`: a commented `doltops.toml`, and where it is read from.

use super::{Output, Stop, json};
use crate::config::{Config, Remote, TEMPLATE, listed};

pub fn run(config: &Config, out: &mut Output) -> Result<(), Stop> {
    if out.is_json() {
        return out.json(&json::Configuration {
            file: config.file.display().to_string(),
            file_found: config.file_found,
            state_dir: config.state_dir.display().to_string(),
            cache_dir: config.cache_dir.display().to_string(),
            dolt: config.dolt.as_ref().map(|path| path.display().to_string()),
            store: Some(listed(&config.store)).filter(|urls| !urls.is_empty()),
            connect: config.connect.as_ref().map(Remote::place),
            identity: config.connect.as_ref().map(|remote| remote.identity.display().to_string()),
            listen: config.listen.map(|address| address.to_string()),
            theme: config.theme.clone(),
            keys: config.keys.as_str().to_owned(),
            read_only: config.read_only,
            mouse: config.mouse,
            screen_reader: config.screen_reader,
            final_copy_days: config.final_copy_days.count(),
            provider: config.provider.as_str().to_owned(),
        });
    }
    // The note is no part of the file, so that the answer can be written to one.
    let file = config.file.display();
    out.note(&match config.file_found {
        true => format!("{file} is read; `doltops config -o json` shows the values in force"),
        false => format!("{file} is not there; this is what it could hold"),
    });
    out.text(TEMPLATE)
}
