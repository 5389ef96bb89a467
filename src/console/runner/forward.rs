//! A forwarded port: opened, watched, and ended with its ticket.

use crate::{
    console::{
        incoming::Incoming,
        message::{Answer, Message},
        state::Ticket,
    },
    hosted_api::client::Client,
    sql::forward::{Forward, Passage},
};
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

/// How often traffic is counted: a person reads no faster, and a port that carries nothing sends nothing.
const COUNTED: Duration = Duration::from_secs(1);

/// Lives until it is cancelled; `ends` names connections to be ended.
pub async fn forward(
    client: Client,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    name: String,
    port: Option<u16>,
    mut ends: mpsc::Receiver<u64>,
) {
    let tell = async |answer: Answer| messages.send(Message::Answer(ticket, answer)).await.is_ok();
    let mut forward = match Forward::listen(client, &name, port).await {
        Ok(forward) => forward,
        Err(problem) => {
            // It ends here either way.
            tell(Answer::Forwarding(Err(problem.cleaned()))).await;
            return;
        }
    };
    if !tell(Answer::Forwarding(Ok(forward.address()))).await {
        return;
    }
    let mut counting = interval(COUNTED);
    counting.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Vec::new();
    loop {
        let mut problem = None;
        tokio::select! {
            passage = forward.next() => match passage {
                Some(Passage::Closed { problem: why, .. }) => problem = why.map(Incoming::cleaned),
                Some(Passage::Opened { .. }) => {}
                None => return,
            },
            _ = counting.tick() => {}
            Some(id) = ends.recv() => forward.end(id),
        }
        let live = forward.connections();
        if live != told || problem.is_some() {
            told.clone_from(&live);
            if !tell(Answer::Forwarded(live, problem)).await {
                return;
            }
        }
    }
}
