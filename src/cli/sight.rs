//! `--at` and `--branch`: the client on the state that a command is carried out on.
//!
//! Guarantees: a moment is resolved once, by the control plane, to a commit that every call of the command then names; so
//! all of one answer is of one state. Which it is, is said.

use super::{Output, args::Sight, text};
use crate::{
    env::Env,
    hosted_api::{client::Client, problem::Problem, view::View},
    model::{CommitHash, CommitPrefix, Moment, When},
};
use doltops_proto::hosted_api::StatusRequest;
use jiff::tz::TimeZone;

/// A moment of the past, as the control plane knows it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The commit that main was at.
    pub commit: CommitHash,
    /// When that was made (Unix milliseconds).
    pub made_ms: i64,
    /// When the moment is: the time that was asked for, or when the commit was made.
    pub time_ms: i64,
}

/// Which commit a moment is.
///
/// # Errors
/// The moment is none, or none of this control plane's.
pub async fn resolve(client: &Client, when: &When, env: &dyn Env) -> Result<Resolved, Problem> {
    let moment = when.moment(&env.now().to_zoned(TimeZone::system()))?;
    let status = client.on_view(View::At(moment.clone())).status(StatusRequest {}).await?.into_inner();
    let time_ms = match moment {
        Moment::Time(time) => time.as_millisecond(),
        Moment::Commit(_) => status.view_time_ms,
    };
    Ok(Resolved { commit: status.commit.parse()?, made_ms: status.view_time_ms, time_ms })
}

/// `client` on the state that is asked for.
///
/// # Errors
/// The moment is none, or none of this control plane's.
pub async fn look(client: Client, sight: &Sight, env: &dyn Env, out: &mut Output) -> Result<Client, Problem> {
    if let Some(branch) = &sight.branch {
        return Ok(client.on_view(View::Branch(branch.clone())));
    }
    let Some(when) = &sight.at else { return Ok(client) };
    let then = resolve(&client, when, env).await?;
    out.note(&format!("as of {} (commit {})", text::moment(then.made_ms), then.commit));
    Ok(client.on_view(View::At(Moment::Commit(CommitPrefix::from(then.commit)))))
}
