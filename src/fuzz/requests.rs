//! Requests as they come from a connection: any message of both services is decoded, and looked at as a handler does
//! first.

use crate::hosted_api::{convert, problem::Problem, view::View};
use doltops_proto::{hosted_api as api, instance_manager as agent};
use prost::Message;
use tonic::Status;

/// The first byte says which message.
pub fn requests(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let Some(eats) = MESSAGES.get(usize::from(*which) % MESSAGES.len()) else { return };
    eats(bytes);
}

/// Every request of both services. A new one belongs here, at the end: the corpus counts by places.
const MESSAGES: [fn(&[u8]); 36] = [
    |bytes| of::<api::StatusRequest>(bytes, |_| ()),
    |bytes| of::<api::ListDeploymentsRequest>(bytes, |_| ()),
    |bytes| of::<api::GetDeploymentRequest>(bytes, |_| ()),
    |bytes| of::<api::WatchRequest>(bytes, |_| ()),
    |bytes| of::<api::EventsRequest>(bytes, |_| ()),
    |bytes| of::<api::PlanRequest>(bytes, |request| change(request.change)),
    |bytes| of::<api::ChangeRequest>(bytes, |request| change(request.change)),
    |bytes| of::<api::ListBranchesRequest>(bytes, |_| ()),
    |bytes| of::<api::GetBranchRequest>(bytes, |request| branch(&request.name)),
    |bytes| of::<api::CreateBranchRequest>(bytes, |request| branch(&request.name)),
    |bytes| of::<api::ChangeBranchRequest>(bytes, |request| branch(&request.name)),
    |bytes| of::<api::HistoryRequest>(bytes, |_| ()),
    |bytes| {
        of::<api::DiffRequest>(bytes, |request| {
            refused(convert::commit("from", &request.from));
            refused(convert::commit("to", &request.to));
        })
    },
    |bytes| of::<api::BlameRequest>(bytes, |_| ()),
    |bytes| of::<api::ListOrphansRequest>(bytes, |_| ()),
    |bytes| of::<api::RemoveOrphanRequest>(bytes, |_| ()),
    |bytes| of::<api::ListIncidentsRequest>(bytes, |_| ()),
    |bytes| of::<api::ChangeIncidentRequest>(bytes, |_| ()),
    |bytes| of::<api::TimelineRequest>(bytes, |_| ()),
    |bytes| of::<api::OnCallRequest>(bytes, |_| ()),
    |bytes| of::<api::TestPageRequest>(bytes, |_| ()),
    |bytes| of::<api::MetricsRequest>(bytes, |_| ()),
    |bytes| of::<api::LogsRequest>(bytes, |_| ()),
    |bytes| of::<api::CredentialsRequest>(bytes, |_| ()),
    |bytes| of::<api::OpenSqlSessionRequest>(bytes, |_| ()),
    |bytes| of::<api::TunnelRequest>(bytes, |_| ()),
    |bytes| of::<api::IssueClientCertificateRequest>(bytes, |_| ()),
    |bytes| of::<api::RevokeClientCertificateRequest>(bytes, |_| ()),
    |bytes| of::<api::CloneRequest>(bytes, |_| ()),
    |bytes| of::<agent::EnrolRequest>(bytes, |_| ()),
    |bytes| of::<agent::DeployRequest>(bytes, |_| ()),
    |bytes| of::<agent::SetCredentialsRequest>(bytes, |_| ()),
    |bytes| of::<agent::OpenSqlUserRequest>(bytes, |_| ()),
    |bytes| of::<agent::TunnelRequest>(bytes, |_| ()),
    // What comes the other way: an agent's answer, and the detail of a refusal.
    |bytes| of::<agent::HeartbeatResponse>(bytes, |_| ()),
    |bytes| {
        let status = Status::with_details(tonic::Code::InvalidArgument, "no", bytes.to_vec().into());
        drop(Problem::from(status));
        drop(super::text(bytes).parse::<View>());
    },
];

/// Decodes one; sent on, it has the same bytes. (Compared by bytes: a number that is none is not equal to itself.)
fn of<T: Message + Default>(bytes: &[u8], look: impl Fn(T)) {
    let Ok(message) = T::decode(bytes) else { return };
    let sent = message.encode_to_vec();
    // The entries of a map have no order of their own.
    let again = T::decode(sent.as_slice()).map(|again| again.encoded_len());
    assert_eq!(again, Ok(sent.len()));
    look(message);
}

fn change(change: Option<api::Change>) {
    refused(convert::change(change));
}

fn branch(name: &str) {
    refused(convert::branch(name));
}

/// A refusal is one line: it goes to logs and screens.
fn refused<T, E: Into<Problem>>(asked: Result<T, E>) {
    if let Err(refusal) = asked {
        let problem: Problem = refusal.into();
        assert!(!problem.what.is_empty());
        assert!(!problem.what.contains(['\n', '\u{1b}']), "{problem:?} moves the cursor");
    }
}
