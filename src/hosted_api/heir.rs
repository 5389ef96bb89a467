//! Who hosts next: a watcher may say that it takes over as soon as this host ends.
//!
//! A one-shot command that hosts stays for those who are attached, but not for ever beside a daemon or a console that
//! could host itself. Saying so is a courtesy, not a right: whoever takes the state folder's lock first hosts.

use super::access::Proof;
use tonic::Request;

const HEADER: &str = "doltops-heir";

/// `message` from a process that hosts as soon as nobody else does.
pub fn as_heir<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(HEADER, tonic::metadata::MetadataValue::from_static("yes"));
    request
}

/// Whether the caller said so, and could: from another process, as the user that this one runs as.
pub fn is_heir<T>(request: &Request<T>) -> bool {
    let could = matches!(request.extensions().get::<Proof>(), Some(Proof::User(_)));
    could && request.metadata().contains_key(HEADER)
}
