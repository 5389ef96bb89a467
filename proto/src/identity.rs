//! Who a certificate says its holder is.
//!
//! Names are part of the protocol: both ends check the other's before a call is answered.
//! - An agent's certificate is for a server only and carries [`agent_name`] as a DNS name: the control plane asks for
//!   that name when it connects, so an agent cannot answer for another deployment's.
//! - The certificate that an instance boots with carries [`bootstrap_name`], which names the incarnation too.
//! - A client's certificate is for a client only and carries one URI, [`Caller::uri`]: the control plane itself, or a
//!   person with a role.
//!
//! Not here: making certificates (`certificates` in the crate `doltops`), and whether one was revoked.

use std::{fmt, str::FromStr};
use x509_parser::{extensions::GeneralName, prelude::*};

/// The DNS name in an enrolled agent's certificate.
pub fn agent_name(deployment_id: &str) -> String {
    format!("{deployment_id}.agent.doltops.internal")
}

/// The DNS name in the certificate that an instance boots with.
pub fn bootstrap_name(deployment_id: &str, incarnation: u32) -> String {
    format!("{incarnation}.{deployment_id}.bootstrap.doltops.internal")
}

/// The DNS name in the certificate of the Hosted API's TCP listener, whatever address it is reached by.
pub const HOSTED_API_NAME: &str = "hosted-api.doltops.internal";

/// What a person may do: each may do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Changes deployments and sees their credentials.
    Operator,
    /// Gives and takes access.
    Admin,
}

impl Role {
    /// The word for it in certificates, commands and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "viewer" => Ok(Role::Viewer),
            "operator" => Ok(Role::Operator),
            "admin" => Ok(Role::Admin),
            other => Err(format!("'{other}' is no role: it is viewer, operator or admin")),
        }
    }
}

/// Whom a client certificate names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The control plane itself; no person's certificate can say this.
    ControlPlane,
    /// A person or a program.
    Person {
        /// Who it was issued to.
        name: String,
        /// What they may do.
        role: Role,
    },
}

const CONTROL_PLANE: &str = "doltops://control-plane";
const PERSON: &str = "doltops://client/";

impl Caller {
    /// The URI that the certificate carries.
    pub fn uri(&self) -> String {
        match self {
            Caller::ControlPlane => CONTROL_PLANE.to_owned(),
            Caller::Person { name, role } => format!("{PERSON}{role}/{name}"),
        }
    }

    fn from_uri(uri: &str) -> Option<Self> {
        if uri == CONTROL_PLANE {
            return Some(Caller::ControlPlane);
        }
        let (role, name) = uri.strip_prefix(PERSON)?.split_once('/')?;
        if name.is_empty() || name.contains('/') {
            return None;
        }
        Some(Caller::Person { name: name.to_owned(), role: role.parse().ok()? })
    }
}

/// What is read from a peer's certificate, whose chain has been checked already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Whom it names.
    pub caller: Caller,
    /// The serial number, hexadecimal and lower case.
    pub serial: String,
}

/// Reads whom a client certificate (DER) names.
///
/// # Errors
/// In words, when it is no certificate, or carries none or more than one of our URIs.
pub fn peer(certificate: &[u8]) -> Result<Peer, String> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|e| format!("not a certificate: {e}"))?;
    let names = parsed
        .subject_alternative_name()
        .map_err(|e| format!("the certificate's names cannot be read: {e}"))?
        .map(|extension| extension.value.general_names.as_slice())
        .unwrap_or_default();
    let mut callers = names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Caller::from_uri(uri),
        _ => None,
    });
    match (callers.next(), callers.next()) {
        (Some(caller), None) => Ok(Peer { caller, serial: serial(&parsed) }),
        (None, _) => Err("the certificate names no caller of Doltops".to_owned()),
        (Some(_), Some(_)) => Err("the certificate names more than one caller".to_owned()),
    }
}

/// A certificate's serial number, hexadecimal and lower case, without leading zeros.
pub fn serial(certificate: &X509Certificate<'_>) -> String {
    format!("{:x}", certificate.serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_survives_its_uri() {
        for caller in [
            Caller::ControlPlane,
            Caller::Person { name: "op1".into(), role: Role::Viewer },
            Caller::Person { name: "ci@example.com".into(), role: Role::Admin },
        ] {
            assert_eq!(Caller::from_uri(&caller.uri()), Some(caller));
        }
    }

    #[test]
    fn no_person_can_be_named_into_the_control_plane() {
        for uri in [
            "doltops://control-plane/",
            "doltops://client/root/x",
            "doltops://client/admin/",
            "doltops://client/admin/a/b",
        ] {
            assert_eq!(Caller::from_uri(uri), None, "{uri}");
        }
    }
}
