//! `doltops.toml`, the environment and the flags.
//!
//! Guarantees
//! - A flag wins over the environment, the environment over the file, the file over the default: key by key, by
//!   [`resolve`], which is pure.
//! - A wrong value is refused before anything is started, with the key, and for the file the line and the column.
//! - A password in a URL is never part of a message.
//!
//! Not here: what the values do, and whether a state folder is in use (`hosting`).
//!
//! Why one struct for all three sources: a key that is added to [`Layer`] is at once a flag, a variable and a line of
//! the file, so they cannot drift apart.

mod aws;
mod console;
pub(crate) mod file;
mod folders;
pub mod identity;
pub mod layer;
#[cfg(feature = "aws")]
mod sdk;
mod several;
mod values;

pub use aws::{AcmeConfig, AddressKind, AwsConfig, SecretsKind};
pub use console::{ConsoleConfig, KeyLine};
pub use folders::Folders;
pub use identity::Identity;
pub use layer::Layer;
pub use values::{ControlPlaneUrl, Days, KeySet, Provider, StoreUrl};

use crate::{
    change_requests,
    hosted_api::problem::{Kind, Problem},
    incidents::{self, paging},
    model::price::Prices,
};
use std::{
    env,
    fmt::Display,
    fs,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// The commented `doltops.toml` that names every key, its default and its reason.
pub const TEMPLATE: &str = include_str!("../../packaging/doltops.toml");

/// Names the file in the environment.
const FILE_VARIABLE: &str = "DOLTOPS_CONFIG";

/// Everything that can be configured, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the control plane on this machine keeps its state.
    pub state_dir: PathBuf,
    /// Where what can be made again is kept: a Dolt that was built here.
    pub cache_dir: PathBuf,
    /// Which `dolt` to run; absent: the one that is found.
    pub dolt: Option<PathBuf>,
    /// The servers of a store other than the host's own; none: the host's own.
    pub store: Vec<StoreUrl>,
    /// The control plane elsewhere to attach to; absent: the one of `state_dir`.
    pub connect: Option<Remote>,
    /// Where a daemon listens for control over TCP.
    pub listen: Option<SocketAddr>,
    /// The console's colours.
    pub theme: String,
    /// The console's keys.
    pub keys: KeySet,
    /// Whether the console changes nothing.
    pub read_only: bool,
    /// Whether the console takes the mouse.
    pub mouse: bool,
    /// Whether the console is for a screen reader.
    pub screen_reader: bool,
    /// How long a final copy is kept after its deployment was deleted.
    pub final_copy_days: Days,
    /// Which cloud.
    pub provider: Provider,
    /// What the provider `aws` needs to know.
    pub aws: Option<AwsConfig>,
    /// Where certificates of a public authority come from.
    pub acme: AcmeConfig,
    /// How the console behaves.
    pub console: ConsoleConfig,
    /// What a change request needs before it is merged.
    pub change_requests: change_requests::settings::Settings,
    /// When something is an incident.
    pub incidents: incidents::settings::Settings,
    /// Who is told of incidents, and through what; absent: nobody.
    pub paging: Option<paging::Settings>,
    /// What things cost; absent: nothing is said of it.
    pub prices: Option<Prices>,
    /// The file that was read, or would be.
    pub file: PathBuf,
    /// Whether that file is there.
    pub file_found: bool,
}

/// A control plane elsewhere, and who we are to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Where its daemons listen, one at least: `https://HOST:PORT`.
    pub urls: Vec<ControlPlaneUrl>,
    /// The file that `doltops client-certificate` wrote.
    pub identity: PathBuf,
}

impl Remote {
    /// Its addresses, as a variable has them.
    pub fn place(&self) -> String {
        listed(&self.urls)
    }
}

/// URLs as a variable has them.
pub fn listed<T: Display>(urls: &[T]) -> String {
    urls.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Over the flags that stand for settings, in help.
pub const HEADING: &str = "Configuration, also as DOLTOPS_… in the environment or in doltops.toml (see doltops config)";

/// Where settings come from on the command line.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = HEADING)]
pub struct Flags {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What the other flags say.
    #[command(flatten)]
    pub layer: Layer,
}

/// Reads the file and the environment of this process, and puts the flags above them.
///
/// # Errors
/// Names the key, and for the file its line and column; also when a file that was named is not there.
pub fn load(flags: &Flags) -> Result<Config, Problem> {
    // An empty variable is as good as none: that is how a shell script takes one back.
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let folders = Folders::of_this_user()?;
    let named = flags.config.clone().or_else(|| variable(FILE_VARIABLE).map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| folders.config.join("doltops.toml"));
    let (file, file_found) = match fs::read_to_string(&path) {
        Ok(text) => (file::parse(&text, &path)?, true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => (Layer::default(), false),
        Err(error) => {
            return Err(Problem::invalid("config", format!("{} cannot be read: {error}", path.display()))
                .next("name another file with --config, or leave it out for the defaults"));
        }
    };
    let file = file.under(path.parent().unwrap_or(Path::new("")), &folders.home);
    let config = resolve(flags.layer.clone(), Layer::of_variables(variable)?, file, &folders)?;
    // What is started from here runs in folders of its own.
    let whole = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let (state_dir, dolt) = (whole(config.state_dir), config.dolt.map(whole));
    Ok(Config { state_dir, dolt, file: path, file_found, ..config })
}

/// Flags over environment over file over defaults.
///
/// # Errors
/// When two keys do not go together.
pub fn resolve(flags: Layer, environment: Layer, file: Layer, folders: &Folders) -> Result<Config, Problem> {
    let layer = flags.over(environment).over(file);
    let connect = match (layer.connect, layer.identity) {
        (None, _) => None,
        (Some(urls), Some(identity)) => Some(Remote { urls, identity }),
        (Some(urls), None) => {
            return Err(Problem::invalid(
                "identity",
                format!("{} asks for a client certificate, and none is named", listed(&urls)),
            )
            .next("on its machine: doltops client-certificate NAME --role ROLE; here: --identity NAME.pem"));
        }
    };
    let provider = layer.provider.unwrap_or_default();
    if provider == Provider::Aws && layer.aws.is_none() {
        return Err(Problem::invalid("aws", "the provider aws needs the table [aws] in doltops.toml")
            .next("`doltops config` shows an example; docs/aws.md tells how to fill it in"));
    }
    Ok(Config {
        state_dir: layer.state_dir.unwrap_or_else(|| folders.state.clone()),
        cache_dir: folders.cache.clone(),
        dolt: layer.dolt,
        store: layer.store.unwrap_or_default(),
        connect,
        listen: layer.listen,
        theme: layer.theme.unwrap_or_else(|| "auto".to_owned()),
        keys: layer.keys.unwrap_or_default(),
        read_only: layer.read_only.unwrap_or_default(),
        mouse: layer.mouse.unwrap_or(true),
        screen_reader: layer.screen_reader.unwrap_or_default(),
        final_copy_days: layer.final_copy_days.unwrap_or_default(),
        provider,
        aws: layer.aws,
        acme: layer.acme.unwrap_or_default(),
        console: layer.console.unwrap_or_default(),
        change_requests: layer.change_requests.unwrap_or_default(),
        incidents: layer.incidents.unwrap_or_default(),
        paging: layer.paging,
        // The sandbox costs nothing.
        prices: layer.prices.or_else(|| (provider == Provider::Aws).then(Prices::aws)),
        file: folders.config.join("doltops.toml"),
        file_found: false,
    })
}

impl Config {
    /// Makes the state folder where there is none (mode 0700), and proves that it can be written to.
    ///
    /// # Errors
    /// Names `state-dir`, the folder and why.
    pub fn prepare_state_dir(&self) -> Result<(), Problem> {
        let prove = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.state_dir)?;
            tempfile::tempfile_in(&self.state_dir).map(drop)
        };
        prove().map_err(|error| {
            Problem::invalid("state-dir", format!("{} cannot be written to: {error}", self.state_dir.display()))
                .next("choose another with --state-dir or DOLTOPS_STATE_DIR, or change its permissions")
        })
    }

    /// The client certificate with which `connect` is reached.
    ///
    /// # Errors
    /// Names `identity`, the file and what is wrong with it; [`Kind::Invalid`] also where none is configured.
    pub fn identity(&self) -> Result<Identity, Problem> {
        let remote = self.connect.as_ref().ok_or_else(|| Problem::new(Kind::Invalid, "no --connect is configured"))?;
        Identity::read(&remote.identity)
    }
}

#[cfg(test)]
mod tests;
