//! One receiver of pages: what it is, where, and what it is told.

use crate::model::Severity;
use std::path::PathBuf;

/// Something that pages are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// What it is.
    pub kind: Kind,
    /// It is told of nothing less.
    pub min_severity: Severity,
}

/// What a receiver is, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PagerDuty's Events API v2.
    PagerDuty {
        /// Without the path: another region's, a proxy's, a test's.
        url: String,
        /// Of the integration key, which PagerDuty calls routing key.
        key: KeySource,
    },
    /// Anything that takes JSON by POST.
    Webhook {
        /// The whole of it.
        url: String,
        /// Of the key that signatures are made with.
        key: KeySource,
    },
    /// A topic of Amazon SNS.
    Sns(Sns),
}

impl Kind {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PagerDuty { .. } => "pagerduty",
            Self::Webhook { .. } => "webhook",
            Self::Sns(_) => "sns",
        }
    }

    /// Whether everything that it is told may ring a telephone. The others can take an acknowledge or a resolve quietly.
    pub fn always_rings(&self) -> bool {
        matches!(self, Self::Sns(_))
    }
}

/// A topic of Amazon SNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sns {
    /// Its ARN, which names the region too.
    pub topic: String,
    /// A profile of the AWS configuration files; absent: the environment's own credentials.
    pub profile: Option<String>,
    /// Another address of the service than the region's own.
    pub endpoint_url: Option<String>,
}

impl Sns {
    /// The region that the topic's ARN names: `arn:aws:sns:REGION:ACCOUNT:NAME`.
    pub fn region(&self) -> &str {
        self.topic.split(':').nth(3).unwrap_or_default()
    }
}

/// Where a secret key is. The key itself is in no setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The text of a file, without the line break at its end.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// A name in the control plane's secret store.
    Secret(String),
}
