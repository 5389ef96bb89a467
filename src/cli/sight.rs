//! `--at` and `--branch`: the client on the state that a command is carried out on.
//!
//! Guarantees: a moment is resolved once, by the control plane, to a commit that every call of the command then names; so
//! all of one answer is of one state. Which it is, is said.

use super::{Output, args::Sight, text};
use crate::{
    env::Env,
    hosted_api::{client::Client, problem::Problem, view::View},
};
use doltops_proto::hosted_api::StatusRequest;
use jiff::tz::TimeZone;

/// `client` on the state that is asked for.
///
/// # Errors
/// The moment is none, or none of this control plane's.
pub async fn look(client: Client, sight: &Sight, env: &dyn Env, out: &mut Output) -> Result<Client, Problem> {
    if let Some(branch) = &sight.branch {
        return Ok(client.on_view(View::Branch(branch.clone())));
    }
    let Some(when) = &sight.at else { return Ok(client) };
    let moment = when.moment(&env.now().to_zoned(TimeZone::system()))?;
    let status = client.on_view(View::At(moment)).status(StatusRequest {}).await?.into_inner();
    out.note(&format!("as of {} (commit {})", text::moment(status.view_time_ms), status.commit));
    Ok(client.on_view(status.view.parse()?))
}
