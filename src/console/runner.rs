//! Carries effects out on tokio; what they give comes back as messages.
//!
//! Guarantees
//! - Nothing here holds the drawing loop up: every effect is a task of its own.
//! - A stream that breaks is tried again with backoff and jitter until it is cancelled.
//! - A confirmed change is never cancelled: its answer always comes back.

mod background;
mod clicks;
mod follow;
mod input;
mod sql;
pub mod watch;

use crate::{
    console::{
        Hosting,
        effect::Effect,
        incoming::Incoming,
        message::{Answer, Message},
        state::Ticket,
    },
    env::Env,
    hosted_api::{client::Client, problem::Problem},
};
use doltops_proto::hosted_api as api;
use std::{collections::HashMap, future::Future, sync::Arc};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};
use tonic::{Response, Status};
use watch::Watch;

/// Runs effects until it is dropped, which ends all of them.
pub struct Runner {
    client: Client,
    env: Arc<dyn Env>,
    messages: mpsc::Sender<Message>,
    tasks: JoinSet<()>,
    /// What can be cancelled.
    running: HashMap<Ticket, Vec<AbortHandle>>,
    /// Open SQL connections take their statements here.
    sql: HashMap<Ticket, mpsc::Sender<String>>,
}

/// What a call gave, without control characters.
fn answer<T: Incoming>(result: Result<Response<T>, Status>) -> Result<T, Problem> {
    result.map(|response| response.into_inner().cleaned()).map_err(problem)
}

/// An error's words, without control characters.
fn problem(status: Status) -> Problem {
    Problem::from(status).cleaned()
}

impl Runner {
    /// Sends what comes back to `messages`.
    pub fn new(client: Client, env: Arc<dyn Env>, messages: mpsc::Sender<Message>) -> Self {
        Self { client, env, messages, tasks: JoinSet::new(), running: HashMap::new(), sql: HashMap::new() }
    }

    /// Starts what runs as long as the console: keys, ticks, signals, hosting and the fleet. `settings` is looked at with
    /// each tick; `ask_background`: the terminal is asked whether it is light.
    pub fn start(&mut self, hosting: tokio::sync::watch::Receiver<Hosting>, settings: Watch, ask_background: bool) {
        self.tasks.spawn(input::keys(self.messages.clone(), ask_background));
        self.tasks.spawn(input::ticks(self.messages.clone(), self.env.clone(), settings));
        self.tasks.spawn(input::signals(self.messages.clone()));
        self.tasks.spawn(input::hosting(self.messages.clone(), hosting));
        self.tasks.spawn(follow::fleet(self.client.clone(), self.env.clone(), self.messages.clone()));
    }

    /// Carries one out.
    pub fn carry_out(&mut self, effect: Effect) {
        // What has ended is let go of, so that a long session does not gather it.
        while self.tasks.try_join_next().is_some() {}
        let mut client = self.client.clone();
        match effect {
            Effect::Status => {
                self.send(async move { Message::Status(answer(client.status(api::StatusRequest {}).await)) })
            }
            Effect::Change { ticket, request } => self
                .send(async move { Message::Answer(ticket, Answer::Changed(answer(client.change(*request).await))) }),
            Effect::Plan { ticket, change, after } => self.cancellable(ticket, async move {
                tokio::time::sleep(after).await;
                let request = api::PlanRequest { change: Some(api::Change { change: Some(change) }) };
                Answer::Plan(answer(client.plan(request).await))
            }),
            Effect::History { ticket, name, limit, before } => self.cancellable(ticket, async move {
                let (name, before) = (name.unwrap_or_default(), before.unwrap_or_default());
                Answer::History(answer(client.history(api::HistoryRequest { name, limit, before }).await))
            }),
            Effect::Metrics { ticket, name, since } => self.cancellable(ticket, async move {
                Answer::Metrics(answer(
                    client.metrics(api::MetricsRequest { name, since_ms: since, names: Vec::new() }).await,
                ))
            }),
            Effect::Curves { ticket, names, since } => self.cancellable(ticket, async move {
                let request = api::MetricsRequest { name: String::new(), since_ms: since, names };
                Answer::Metrics(answer(client.metrics(request).await))
            }),
            Effect::Orphans { ticket } => self.cancellable(ticket, async move {
                Answer::Orphans(answer(client.list_orphans(api::ListOrphansRequest {}).await))
            }),
            // Never cancelled, as a change is not.
            Effect::RemoveOrphan { ticket, id, confirm } => self.send(async move {
                let removed = client.remove_orphan(api::RemoveOrphanRequest { id, confirm }).await;
                Message::Answer(ticket, Answer::OrphanRemoved(removed.map(drop).map_err(problem)))
            }),
            Effect::Logs { ticket, name, lines } => {
                let task = follow::log(client, self.env.clone(), self.messages.clone(), ticket, name, lines);
                self.keep(ticket, task);
            }
            Effect::Events { ticket, name, last } => {
                let name = name.unwrap_or_default();
                let task = follow::events(client, self.env.clone(), self.messages.clone(), ticket, name, last);
                self.keep(ticket, task);
            }
            Effect::SqlOpen { ticket, name, read_only } => {
                let (sender, statements) = mpsc::channel(1);
                self.sql.insert(ticket, sender);
                self.keep(ticket, sql::session(client, self.messages.clone(), ticket, name, read_only, statements));
            }
            Effect::SqlRun { ticket, sql } => self.run_sql(ticket, sql),
            Effect::Cancel(ticket) => self.cancel(ticket),
            // The terminal's own.
            Effect::Copy(_) | Effect::Redraw => {}
        }
    }

    fn run_sql(&mut self, ticket: Ticket, sql: String) {
        let sent = self.sql.get(&ticket).is_some_and(|statements| statements.try_send(sql).is_ok());
        if !sent {
            self.send(async move {
                let closed = Problem::new(crate::hosted_api::problem::Kind::Unreachable, "the connection is closed");
                Message::Answer(ticket, Answer::SqlDone(Vec::new(), Some(closed.next("run it again to connect anew"))))
            });
        }
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.sql.remove(&ticket);
        for task in self.running.remove(&ticket).unwrap_or_default() {
            task.abort();
        }
    }

    fn send(&mut self, message: impl Future<Output = Message> + Send + 'static) {
        let messages = self.messages.clone();
        // The receiver goes only when the console ends.
        self.tasks.spawn(async move { drop(messages.send(message.await).await) });
    }

    fn cancellable(&mut self, ticket: Ticket, answer: impl Future<Output = Answer> + Send + 'static) {
        let messages = self.messages.clone();
        self.keep(ticket, async move { drop(messages.send(Message::Answer(ticket, answer.await)).await) });
    }

    fn keep(&mut self, ticket: Ticket, task: impl Future<Output = ()> + Send + 'static) {
        self.running.retain(|_, tasks| {
            tasks.retain(|task| !task.is_finished());
            !tasks.is_empty()
        });
        let handle = self.tasks.spawn(task);
        self.running.entry(ticket).or_default().push(handle);
    }
}
