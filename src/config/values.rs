//! Values that are valid once made, from whichever source they come.

use crate::secrets::Secret;
use serde::{Deserialize, Serialize};
use std::{fmt, net::SocketAddr, str::FromStr};
use tonic::transport::Uri;

/// Where the control plane's database is kept, when not in a server of its own. Holds a password: never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct StoreUrl(Secret);

impl StoreUrl {
    /// The URL itself, for the place where it is used.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

impl fmt::Display for StoreUrl {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.reveal().rsplit_once('@').map_or("…", |(_, place)| place);
        write!(f, "mysql://{place}")
    }
}

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text is not repeated: it may hold a password.
        let form = "it is mysql://USER:PASSWORD@HOST:PORT/DATABASE";
        let parsed = mysql_async::Opts::from_url(text).map_err(|_| form.to_owned())?;
        let whole = text.starts_with("mysql://") && text.contains('@') && parsed.db_name().is_some();
        whole.then(|| Self(Secret::new(text))).ok_or_else(|| form.to_owned())
    }
}

/// A control plane elsewhere: `https://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ControlPlaneUrl(Uri);

impl ControlPlaneUrl {
    /// The URL for a channel.
    pub fn uri(&self) -> Uri {
        self.0.clone()
    }

    /// The host that the server's certificate must name.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }
}

impl fmt::Display for ControlPlaneUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

impl FromStr for ControlPlaneUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not of the form https://HOST:PORT");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        let whole = uri.scheme_str() == Some("https")
            && uri.port_u16().is_some()
            && uri.host().is_some_and(|host| !host.is_empty())
            && !uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        (whole && bare).then_some(Self(uri)).ok_or_else(wrong)
    }
}

/// An address to listen on.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("'{text}' is not of the form ADDRESS:PORT, such as 127.0.0.1:7443 or [::]:7443"))
}

/// A number of days from 1 to 3,650.
///
/// Not 0: the final copy is what makes a delete safe. Not more than ten years: a larger number is a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u64")]
pub struct Days(u32);

const LONGEST: u64 = 3_650;

impl Days {
    /// The number.
    pub fn count(self) -> u32 {
        self.0
    }
}

impl Default for Days {
    /// A week: long enough for a mistake to be noticed after a weekend, short enough to cost little.
    fn default() -> Self {
        Self(7)
    }
}

impl TryFrom<u64> for Days {
    type Error = String;

    fn try_from(days: u64) -> Result<Self, String> {
        let valid = u32::try_from(days).ok().filter(|_| (1..=LONGEST).contains(&days));
        valid.map(Self).ok_or_else(|| format!("{days} is out of bounds: 1 to {LONGEST} days"))
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days: u64 = text.parse().map_err(|_| format!("'{text}' is no whole number of days"))?;
        days.try_into()
    }
}

/// Which cloud instances and volumes are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Provider {
    /// This machine.
    #[default]
    Local,
    /// An AWS account.
    Aws,
}

impl Provider {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Local => "local",
            Provider::Aws => "aws",
        }
    }
}

impl From<Provider> for &'static str {
    fn from(provider: Provider) -> Self {
        provider.as_str()
    }
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "local" => Ok(Provider::Local),
            "aws" => Ok(Provider::Aws),
            other => Err(format!("'{other}' is no provider; there are local and aws")),
        }
    }
}

/// A set of the console's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum KeySet {
    /// The console's own.
    #[default]
    Default,
    /// For hands that know vi.
    Vi,
    /// Without letters that act by themselves.
    Plain,
}

impl KeySet {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            KeySet::Default => "default",
            KeySet::Vi => "vi",
            KeySet::Plain => "plain",
        }
    }
}

impl FromStr for KeySet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sets = [KeySet::Default, KeySet::Vi, KeySet::Plain];
        let found = sets.into_iter().find(|set| set.as_str() == text);
        found.ok_or_else(|| format!("'{text}' is no set of keys; there are default, vi and plain"))
    }
}

/// Text in the file is checked as text on the command line is.
macro_rules! from_string {
    ($($name:ident),+) => {
        $(impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        })+
    };
}

from_string!(StoreUrl, ControlPlaneUrl, KeySet, Provider);
