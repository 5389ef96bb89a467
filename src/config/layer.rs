//! What one source says: a flag, a variable of the environment, or a line of the file for each key.

use super::{AcmeConfig, AwsConfig, ConsoleConfig, ControlPlaneUrl, Days, KeySet, Provider, StoreUrl, several, values};
use crate::{
    change_requests,
    hosted_api::problem::Problem,
    incidents::{paging, settings::Settings},
    model::price::Prices,
};
use serde::Deserialize;
use std::{
    fmt::Display,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

/// The keys, as the file spells them. A flag has hyphens for the underscores, a variable is `DOLTOPS_` in capitals.
pub const KEYS: &[&str] = &[
    "state_dir",
    "dolt",
    "store",
    "connect",
    "identity",
    "listen",
    "theme",
    "keys",
    "read_only",
    "mouse",
    "screen_reader",
    "final_copy_days",
    "provider",
    "aws",
    "acme",
    "console",
    "change_requests",
    "incidents",
    "paging",
    "prices",
];

/// What one source says of each key; absent: nothing.
#[derive(clap::Args, Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Where the control plane on this machine keeps its state
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The dolt program to run
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub dolt: Option<PathBuf>,
    /// A Dolt server to keep the control plane's database in, instead of one of its own: mysql://USER:PASSWORD@HOST/DB;
    /// twice for one with a standby
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    #[serde(default, deserialize_with = "several::read")]
    pub store: Option<Vec<StoreUrl>>,
    /// Attach to a control plane elsewhere: https://HOST:PORT; several, with commas between, where daemons stand by
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", value_delimiter = ',')]
    #[serde(default, deserialize_with = "several::read")]
    pub connect: Option<Vec<ControlPlaneUrl>>,
    /// The file that `doltops client-certificate` wrote, for --connect
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// With --daemon: also listen here for --connect
    #[arg(long, global = true, hide_short_help = true, value_name = "ADDR:PORT", value_parser = values::listen)]
    pub listen: Option<SocketAddr>,
    /// The console's colours: auto, dark, light, nord, …, or a file
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// The console's keys: default, vi, plain
    #[arg(long, hide_short_help = true, value_name = "NAME")]
    pub keys: Option<KeySet>,
    /// A console that changes nothing
    // Not for commands: `connect` has a flag of that name.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub read_only: Option<bool>,
    /// How many days the final copy of a deleted deployment is kept
    #[arg(long, global = true, hide_short_help = true, value_name = "DAYS")]
    pub final_copy_days: Option<Days>,
    /// Which cloud: local, aws
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    pub provider: Option<Provider>,
    /// Whether the console takes the mouse; with Shift the terminal keeps its own
    #[arg(long, hide_short_help = true, value_name = "BOOL")]
    pub mouse: Option<bool>,
    /// The console as lines in words, for a screen reader
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub screen_reader: Option<bool>,
    /// Only in the file.
    #[arg(skip)]
    pub aws: Option<AwsConfig>,
    /// Only in the file.
    #[arg(skip)]
    pub acme: Option<AcmeConfig>,
    /// Only in the file.
    #[arg(skip)]
    pub console: Option<ConsoleConfig>,
    /// Only in the file.
    #[arg(skip)]
    pub change_requests: Option<change_requests::settings::Settings>,
    /// Only in the file.
    #[arg(skip)]
    pub incidents: Option<Settings>,
    /// Only in the file.
    #[arg(skip)]
    pub paging: Option<paging::Settings>,
    /// Only in the file.
    #[arg(skip)]
    pub prices: Option<Prices>,
}

impl Layer {
    /// What the environment says.
    ///
    /// # Errors
    /// Names the variable.
    pub fn of_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        Ok(Self {
            state_dir: variable(&get, "state_dir")?,
            dolt: variable(&get, "dolt")?,
            store: variables(&get, "store")?,
            connect: variables(&get, "connect")?,
            identity: variable(&get, "identity")?,
            listen: variable(&get, "listen")?,
            theme: variable(&get, "theme")?,
            keys: variable(&get, "keys")?,
            read_only: variable(&get, "read_only")?,
            mouse: variable(&get, "mouse")?,
            screen_reader: variable(&get, "screen_reader")?,
            final_copy_days: variable(&get, "final_copy_days")?,
            provider: variable(&get, "provider")?,
            aws: None,
            acme: None,
            console: None,
            change_requests: None,
            incidents: None,
            paging: None,
            prices: None,
        })
    }

    /// This one, and `below` where it says nothing.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            state_dir: self.state_dir.or(below.state_dir),
            dolt: self.dolt.or(below.dolt),
            store: self.store.or(below.store),
            connect: self.connect.or(below.connect),
            identity: self.identity.or(below.identity),
            listen: self.listen.or(below.listen),
            theme: self.theme.or(below.theme),
            keys: self.keys.or(below.keys),
            read_only: self.read_only.or(below.read_only),
            mouse: self.mouse.or(below.mouse),
            screen_reader: self.screen_reader.or(below.screen_reader),
            final_copy_days: self.final_copy_days.or(below.final_copy_days),
            provider: self.provider.or(below.provider),
            aws: self.aws.or(below.aws),
            acme: self.acme.or(below.acme),
            console: self.console.or(below.console),
            change_requests: self.change_requests.or(below.change_requests),
            incidents: self.incidents.or(below.incidents),
            paging: self.paging.or(below.paging),
            prices: self.prices.or(below.prices),
        }
    }

    /// With paths as a file in `folder` means them: relative ones begin there, `~/` in `home`.
    ///
    /// A shell does this for a flag; nobody does for a file, and a folder named `~` surprises.
    #[must_use]
    pub fn under(self, folder: &Path, home: &Path) -> Self {
        let place = |path: PathBuf| match path.strip_prefix("~") {
            Ok(rest) => home.join(rest),
            Err(_) => folder.join(path),
        };
        Self {
            state_dir: self.state_dir.map(place),
            dolt: self.dolt.map(place),
            identity: self.identity.map(place),
            // A name is a theme of the program's; what looks like a path is one.
            theme: self.theme.map(|theme| match theme.contains('/') || theme.ends_with(".toml") {
                true => place(theme.into()).display().to_string(),
                false => theme,
            }),
            acme: self.acme.map(|acme| AcmeConfig { root: acme.root.map(place), ..acme }),
            paging: self.paging.map(|paging| paging.under(folder, home)),
            ..self
        }
    }
}

/// The name of a key's variable.
pub fn variable_name(key: &str) -> String {
    format!("DOLTOPS_{}", key.to_ascii_uppercase())
}

fn variable<T>(get: impl Fn(&str) -> Option<String>, key: &str) -> Result<Option<T>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    let name = variable_name(key);
    let Some(text) = get(&name) else { return Ok(None) };
    text.parse().map(Some).map_err(|error: T::Err| Problem::invalid(name, error.to_string()))
}

/// Of a key that takes several.
fn variables<T>(get: impl Fn(&str) -> Option<String>, key: &str) -> Result<Option<Vec<T>>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    let name = variable_name(key);
    let Some(text) = get(&name) else { return Ok(None) };
    several::parse(&text).map(Some).map_err(|error: T::Err| Problem::invalid(name, error.to_string()))
}
