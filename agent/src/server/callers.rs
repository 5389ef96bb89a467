//! Who may call: the control plane, and nobody else.

use doltops_proto::identity::{self, Caller};
use tonic::{Request, Status};

/// Lets a call pass whose certificate names the control plane. TLS has checked who signed it.
///
/// # Errors
/// PERMISSION_DENIED for everybody else.
#[allow(clippy::result_large_err, reason = "an interceptor's type is tonic's")]
pub fn control_plane_only(request: Request<()>) -> Result<Request<()>, Status> {
    let certificates = request.peer_certs();
    let leaf = certificates.as_deref().and_then(|chain| chain.first());
    let named =
        leaf.ok_or_else(|| "the connection has no certificate".to_owned()).and_then(|leaf| identity::peer(leaf));
    match named {
        Ok(identity::Peer { caller: Caller::ControlPlane, .. }) => Ok(request),
        Ok(_) => Err(Status::permission_denied("this agent answers the control plane only")),
        Err(why) => Err(Status::permission_denied(format!("this agent answers the control plane only: {why}"))),
    }
}
