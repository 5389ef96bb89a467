//! Streams that are followed for as long as somebody looks: the fleet, a log, the events.

use super::problem;
use crate::{
    console::{
        incoming::Incoming,
        message::{Answer, Message},
        state::Ticket,
        told::Told,
    },
    env::Env,
    hosted_api::{
        client::Client,
        heir,
        problem::{Kind, Problem},
    },
};
use doltops_proto::hosted_api as api;
use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

/// The first pause before a stream is tried again: a host that hands over is back within it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause: a person who looks should not wait longer once all is well again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many lines make one message, and how long the first of them waits for others: a frame.
const BATCH: (usize, Duration) = (500, Duration::from_millis(16));

/// How many deployments make one message: with their samples well below a megabyte, so that what a part is received in
/// stays small, and is there before the next one is.
const PART: u32 = 100;

/// Pauses that double, with jitter, so that many consoles do not come back at once.
struct Backoff {
    env: Arc<dyn Env>,
    pause: Duration,
}

impl Backoff {
    fn new(env: Arc<dyn Env>) -> Self {
        Self { env, pause: FIRST_PAUSE }
    }

    fn reset(&mut self) {
        self.pause = FIRST_PAUSE;
    }

    async fn rest(&mut self) {
        // Between the whole pause and half of it.
        let part = u32::try_from(self.env.random() % 512).unwrap_or(0);
        tokio::time::sleep(self.pause * (512 + part) / 1024).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

/// What ends a stream that ended without a word.
fn ended() -> Problem {
    Problem::new(Kind::Unreachable, "the control plane has closed the connection")
}

/// The whole fleet, again and again.
pub async fn fleet(mut client: Client, env: Arc<dyn Env>, messages: mpsc::Sender<Message>) {
    let mut backoff = Backoff::new(env);
    loop {
        let lost = match client.watch(heir::as_heir(api::WatchRequest { part: PART })).await {
            Err(status) => problem(status),
            Ok(response) => {
                let mut stream = response.into_inner();
                let mut told = Told::default();
                loop {
                    match stream.next().await {
                        Some(Ok(part)) => {
                            backoff.reset();
                            let more = part.more;
                            told.add(part.cleaned());
                            if !more && messages.send(Message::Fleet(mem::take(&mut told))).await.is_err() {
                                return;
                            }
                        }
                        Some(Err(status)) => break problem(status),
                        None => break ended(),
                    }
                }
            }
        };
        if messages.send(Message::FleetLost(lost)).await.is_err() {
            return;
        }
        backoff.rest().await;
    }
}

/// The incidents that are open, again and again.
pub async fn incidents(mut client: Client, env: Arc<dyn Env>, messages: mpsc::Sender<Message>) {
    let mut backoff = Backoff::new(env);
    loop {
        let lost = match client.watch_incidents(api::ListIncidentsRequest::default()).await {
            Err(status) => problem(status),
            Ok(response) => {
                let mut stream = response.into_inner();
                loop {
                    match stream.next().await {
                        Some(Ok(incidents)) => {
                            backoff.reset();
                            if messages.send(Message::Incidents(incidents.cleaned())).await.is_err() {
                                return;
                            }
                        }
                        Some(Err(status)) => break problem(status),
                        None => break ended(),
                    }
                }
            }
        };
        if messages.send(Message::IncidentsLost(lost)).await.is_err() {
            return;
        }
        backoff.rest().await;
    }
}

/// A change request, as main and its branch move.
pub async fn branch(client: Client, env: Arc<dyn Env>, messages: mpsc::Sender<Message>, ticket: Ticket, name: String) {
    let open = || {
        let (mut client, request) = (client.clone(), api::GetBranchRequest { name: name.clone() });
        async move { client.watch_branch(request).await.map(tonic::Response::into_inner) }
    };
    let lost = |problem| Answer::Branch(Box::new(Err(problem)));
    // Only the newest counts; an empty batch stands before an error, which says all.
    let take =
        |batch: Vec<api::Branch>, _| batch.into_iter().next_back().map(|it| Answer::Branch(Box::new(Ok(it.cleaned()))));
    follow(env, messages, ticket, open, take, lost).await;
}

/// Which part of which log.
pub struct Log {
    /// Whose.
    pub name: String,
    /// How many lines to begin with.
    pub lines: u32,
    /// From when on (Unix milliseconds); 0 for the last lines.
    pub since: i64,
}

/// A log. After a break, lines that were seen already are left out.
pub async fn log(
    client: Client,
    env: Arc<dyn Env>,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    Log { name, lines, since }: Log,
) {
    // Both closures look at it, one after the other.
    let newest = AtomicI64::new(i64::MIN);
    let open = || {
        // What was read from a time on goes on where it broke.
        let since_ms = if since == 0 { 0 } else { since.max(newest.load(Relaxed)) };
        let (mut client, request) =
            (client.clone(), api::LogsRequest { name: name.clone(), lines, follow: true, since_ms });
        async move { client.logs(request).await.map(tonic::Response::into_inner) }
    };
    let take = |mut batch: Vec<api::LogLine>, again: bool| {
        batch.retain(|line| !again || line.time_ms > newest.load(Relaxed));
        newest.fetch_max(batch.iter().map(|line| line.time_ms).max().unwrap_or(i64::MIN), Relaxed);
        Some(Answer::Log(batch.cleaned()))
    };
    follow(env, messages, ticket, open, take, Answer::LogEnded).await;
}

/// The events. After a break, those that were seen already are left out.
pub async fn events(
    client: Client,
    env: Arc<dyn Env>,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    name: String,
    last: u32,
) {
    let mut newest = 0;
    let open = || {
        let (mut client, request) = (client.clone(), api::EventsRequest { name: name.clone(), last, follow: true });
        async move { client.events(request).await.map(tonic::Response::into_inner) }
    };
    let take = |mut batch: Vec<api::Event>, again: bool| {
        batch.retain(|event| !again || event.sequence > newest || event.time_ms == 0);
        newest = batch.iter().map(|event| event.sequence).fold(newest, u64::max);
        Some(Answer::Events(batch.cleaned()))
    };
    follow(env, messages, ticket, open, take, Answer::EventsEnded).await;
}

/// Opens a stream, takes what comes in batches, and opens it again when it ends; what is not there is not tried again.
async fn follow<T, S, F>(
    env: Arc<dyn Env>,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    open: impl Fn() -> F,
    mut take: impl FnMut(Vec<T>, bool) -> Option<Answer>,
    lost: impl Fn(Problem) -> Answer,
) where
    S: Stream<Item = Result<T, Status>>,
    F: Future<Output = Result<S, Status>>,
{
    let mut backoff = Backoff::new(env);
    let mut again = false;
    loop {
        let mut why = ended();
        match open().await {
            Err(status) => why = problem(status),
            Ok(stream) => {
                let batches = stream.chunks_timeout(BATCH.0, BATCH.1);
                tokio::pin!(batches);
                while let Some(batch) = batches.next().await {
                    backoff.reset();
                    let (lines, errors): (Vec<_>, Vec<_>) = batch.into_iter().partition(Result::is_ok);
                    let lines: Vec<T> = lines.into_iter().filter_map(Result::ok).collect();
                    if let Some(answer) = take(lines, again)
                        && messages.send(Message::Answer(ticket, answer)).await.is_err()
                    {
                        return;
                    }
                    if let Some(status) = errors.into_iter().find_map(Result::err) {
                        why = problem(status);
                        break;
                    }
                }
            }
        }
        let gone = why.is_for_good();
        if messages.send(Message::Answer(ticket, lost(why))).await.is_err() || gone {
            return;
        }
        again = true;
        backoff.rest().await;
    }
}
