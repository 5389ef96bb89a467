//! One SQL connection: opened, then fed statement by statement.

use crate::{
    console::{
        incoming::Incoming,
        message::{Answer, Message},
        state::{Ticket, connect::MAX_ROWS},
    },
    hosted_api::client::Client,
    sql::Session,
};
use tokio::sync::mpsc;

/// Lives until it is cancelled or cannot be opened.
pub async fn session(
    client: Client,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    name: String,
    read_only: bool,
    mut statements: mpsc::Receiver<String>,
) {
    let opened = Session::open(client, &name, read_only).await;
    let (mut session, answer) = match opened {
        Ok(session) => (Some(session), Ok(())),
        Err(problem) => (None, Err(problem.cleaned())),
    };
    if messages.send(Message::Answer(ticket, Answer::SqlOpened(answer))).await.is_err() {
        return;
    }
    while let (Some(session), Some(sql)) = (session.as_mut(), statements.recv().await) {
        let mut results = Vec::new();
        let ended = session.run_each(&sql, MAX_ROWS, |result| results.push(result.cleaned())).await;
        let answer = Answer::SqlDone(results, ended.err().map(Incoming::cleaned));
        if messages.send(Message::Answer(ticket, answer)).await.is_err() {
            return;
        }
    }
}
