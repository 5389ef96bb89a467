//! What the control plane needs of the machine it runs on, and the sandbox for its instances.

mod clock;
mod descriptors;
mod dolt;
mod folder;
mod host;
mod memory;
mod port;
mod receivers;

use super::{Check, Finding};
use crate::{
    config::{Config, Provider},
    env::Env,
};

/// Of this machine.
pub fn checks<'a>(config: &'a Config, env: &'a dyn Env) -> Vec<Check<'a>> {
    vec![
        Check::new("configuration", async { vec![configuration(config)] }),
        Check::new("dolt", dolt::check(config)),
        Check::new("state folder", async { folder::check(&config.state_dir) }),
        Check::new("control plane", host::check(config)),
        Check::new("port", async { port::check(config) }),
        Check::new("memory", async { vec![memory::check(config.provider)] }),
        Check::new("file descriptors", async { vec![descriptors::check(config.provider)] }),
        Check::new("clock", async { vec![clock::check(config, env)] }),
        Check::new("receivers", async { receivers::check(config.paging.as_ref()) }),
    ]
}

/// A file that is wrong never comes this far: reading it has refused it, with line and column.
fn configuration(config: &Config) -> Finding {
    let file = config.file.display();
    let provider = match config.provider {
        Provider::Local => "local: deployments are processes of this machine",
        Provider::Aws => "aws: deployments are EC2 instances",
    };
    Finding::ok(
        "configuration",
        match config.file_found {
            true => format!("{file}; the provider is {provider}"),
            false => format!("{file} is not there, defaults hold; the provider is {provider}"),
        },
    )
}
