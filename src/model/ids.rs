//! Names that programs give: each is its own type, so that one cannot stand in for another.

use crate::model::Refusal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a text that the store or the cloud gave.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A deployment for ever: it outlives its name, its instance and its deletion. `d-` and 12 characters.
    DeploymentId
);

impl DeploymentId {
    /// The log group that its instances write to, where logs are kept in CloudWatch.
    pub fn log_group(&self, control_plane: &str) -> String {
        format!("/doltops/{control_plane}/{self}")
    }
}

text_id!(
    /// An instance, as its cloud names it.
    InstanceId
);
text_id!(
    /// A volume, as its cloud names it.
    VolumeId
);
text_id!(
    /// A copy of a volume, as its cloud names it.
    CopyId
);
text_id!(
    /// An address that a deployment keeps, as its cloud names it.
    AddressId
);
text_id!(
    /// Something that was asked for: the request's own id, so that a repeat is known.
    OperationId
);

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The one after.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter!(
    /// Rises with every landing on main that changes a deployment; never falls, also not by a roll-back.
    Generation(u64)
);
counter!(
    /// Rises with every change of the lease's holder.
    Epoch(u64)
);
counter!(
    /// Rises with every instance that a deployment is given.
    Incarnation(u32)
);

/// A Dolt commit: 32 characters of Dolt's base 32.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitHash(String);

impl CommitHash {
    /// The text, safe to put into a SQL statement.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight characters, as people read them.
    pub fn short(&self) -> &str {
        &self.0[..8]
    }
}

impl FromStr for CommitHash {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let valid = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'));
        valid.then(|| Self(text.to_owned())).ok_or_else(|| {
            Refusal::invalid("commit", format!("'{text}' is no commit hash: it has 32 characters of 0-9 and a-v"))
        })
    }
}

/// The beginning of a commit hash, or a whole one: as people type it. Which commit it is, the store tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPrefix(String);

impl CommitPrefix {
    /// Fewer characters are refused: six tell a billion commits apart, so that what is typed today is likely to name
    /// the same commit alone tomorrow.
    const FEWEST: usize = 6;

    /// The text: only 0-9 and a-v.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash, where it is a whole one.
    pub fn whole(&self) -> Option<CommitHash> {
        self.0.parse().ok()
    }
}

impl FromStr for CommitPrefix {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let fits = (Self::FEWEST..=32).contains(&text.len());
        let valid = fits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'));
        valid.then(|| Self(text.to_owned())).ok_or_else(|| {
            let form = format!("a hash, or its first {} characters or more, of 0-9 and a-v", Self::FEWEST);
            Refusal::invalid("commit", format!("'{}' names no commit: {form}", text.escape_default()))
        })
    }
}

impl fmt::Display for CommitPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<CommitHash> for CommitPrefix {
    fn from(whole: CommitHash) -> Self {
        Self(whole.0)
    }
}

impl TryFrom<String> for CommitHash {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        text.parse()
    }
}

impl From<CommitHash> for String {
    fn from(hash: CommitHash) -> Self {
        hash.0
    }
}

impl fmt::Display for CommitHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
