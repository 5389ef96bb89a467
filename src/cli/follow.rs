//! The fleet as it changes, also across a control plane's handing over: a stream that breaks is opened again.

use crate::hosted_api::{
    client::Client,
    problem::{Kind, Problem},
};
use doltops_proto::hosted_api::{WatchRequest, WatchResponse};
use std::time::Duration;
use tonic::Streaming;

/// Between two tries to reach a control plane that is away: a host takes about a second to hand over.
const TRY_AGAIN: Duration = Duration::from_millis(300);

/// Follows the whole fleet.
pub struct Follow {
    client: Client,
    open: Option<Streaming<WatchResponse>>,
}

/// What there is to tell.
pub enum News {
    /// The fleet as it is now.
    Fleet(Box<WatchResponse>),
    /// Nobody answers; it is tried again at the next look.
    Away(Box<Problem>),
}

impl Follow {
    /// Begins at the first look.
    pub fn new(client: Client) -> Self {
        Self { client, open: None }
    }

    /// The next news; waits for them.
    ///
    /// # Errors
    /// The Hosted API's, except that nobody answers.
    pub async fn next(&mut self) -> Result<News, Problem> {
        let tried = self.look().await;
        if let Ok(Some(fleet)) = tried {
            return Ok(News::Fleet(Box::new(fleet)));
        }
        self.open = None;
        let ended = || Problem::new(Kind::Unreachable, "the control plane has ended the stream");
        let problem = tried.err().map_or_else(ended, Problem::from);
        if problem.kind != Kind::Unreachable {
            return Err(problem);
        }
        tokio::time::sleep(TRY_AGAIN).await;
        Ok(News::Away(Box::new(problem)))
    }

    async fn look(&mut self) -> Result<Option<WatchResponse>, tonic::Status> {
        let stream = match &mut self.open {
            Some(stream) => stream,
            open => open.insert(self.client.watch(WatchRequest::default()).await?.into_inner()),
        };
        stream.message().await
    }
}
