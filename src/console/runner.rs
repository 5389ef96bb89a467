//! Carries effects out on tokio; what they give comes back as messages.
//!
//! Guarantees
//! - Nothing here holds the drawing loop up: every effect is a task of its own.
//! - A stream that breaks is tried again with backoff and jitter until it is cancelled.
//! - A confirmed change is never cancelled: its answer always comes back.

pub mod background;
mod checks;
mod clicks;
mod file;
mod follow;
mod forward;
mod input;
pub mod own;
mod pace;
mod past;
mod save;
mod sql;
mod unanswered;
pub mod watch;

use crate::{
    console::{
        Examine, Hosting,
        effect::Effect,
        incoming::Incoming,
        message::{Answer, Message},
        state::{Ticket, on_branch::is_on_branch},
    },
    env::Env,
    hosted_api::{client::Client, problem::Problem, view::View},
    sql::client::Launch,
};
use doltops_proto::hosted_api as api;
use pace::Pace;
use std::{
    collections::HashMap,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Response, Status};
use unanswered::Unanswered;
use watch::Watch;

/// What may be wanted of a SQL connection while it is busy: the state sends one run, and asks for more once, at a time.
const ORDERS: usize = 4;

/// Runs effects until it is dropped, which ends all of them.
pub struct Runner {
    client: Client,
    env: Arc<dyn Env>,
    messages: mpsc::Sender<Message>,
    tasks: JoinSet<()>,
    /// What can be cancelled.
    running: HashMap<Ticket, Vec<AbortHandle>>,
    /// Open SQL connections take their statements here.
    sql: HashMap<Ticket, mpsc::Sender<sql::Order>>,
    /// Forwarded ports take the connections to end here.
    forwards: HashMap<Ticket, mpsc::Sender<u64>>,
    /// Clients that are ready to have the terminal.
    launches: mpsc::Sender<Launch>,
    /// Until when is told what was measured (Unix milliseconds); 0: until now.
    until: i64,
    /// How fast time is told.
    pace: Arc<Pace>,
    /// Reads keys; ends with this value.
    keys: Option<AbortOnDropHandle<()>>,
    /// What was asked for and has no answer yet.
    unanswered: Unanswered,
    /// Whether somebody may ask for word when the console is idle.
    tells_idle: bool,
    /// Where the statements that were run are kept.
    past: PathBuf,
    /// Looks at what this machine lacks.
    examine: Examine,
    /// Where checks are.
    state_dir: PathBuf,
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
    /// Sends what comes back to `messages`; what was measured is told until `until` (Unix milliseconds; 0: until now).
    pub fn new(
        client: Client,
        env: Arc<dyn Env>,
        messages: mpsc::Sender<Message>,
        launches: mpsc::Sender<Launch>,
        state_dir: &Path,
        examine: Examine,
        until: i64,
    ) -> Self {
        Self {
            until,
            examine,
            client,
            env,
            messages,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            sql: HashMap::new(),
            forwards: HashMap::new(),
            launches,
            pace: Arc::default(),
            unanswered: Unanswered::new(),
            tells_idle: false,
            keys: None,
            past: past::path(state_dir),
            state_dir: state_dir.to_owned(),
        }
    }

    /// Lets the terminal ask for word when the console is idle; see [`Runner::answered`].
    pub fn tell_idle(&mut self) {
        self.tells_idle = true;
    }

    /// Until every request has its answer in the queue.
    pub async fn answered(&self) {
        self.unanswered.none().await;
    }

    /// Reads keys, from now on.
    pub fn listen(&mut self) {
        self.keys = Some(AbortOnDropHandle::new(tokio::spawn(input::keys(self.messages.clone(), self.tells_idle))));
    }

    /// Leaves the keys to somebody else; when this is over, none is read any more.
    pub async fn hush(&mut self) {
        if let Some(keys) = self.keys.take() {
            keys.abort();
            // That it was aborted is what it says.
            drop(keys.await);
        }
    }

    /// Starts what runs as long as the console: keys, ticks, signals, hosting, the fleet and its incidents. `settings` is
    /// looked at with each tick.
    pub fn start(&mut self, hosting: tokio::sync::watch::Receiver<Hosting>, settings: Watch) {
        self.listen();
        let pace = Arc::clone(&self.pace);
        self.tasks.spawn(input::ticks(self.messages.clone(), self.env.clone(), pace, settings));
        self.tasks.spawn(input::signals(self.messages.clone()));
        self.tasks.spawn(input::hosting(self.messages.clone(), hosting));
        self.tasks.spawn(follow::fleet(self.client.clone(), self.env.clone(), self.messages.clone()));
        // A branch has none of its own.
        let incidents = match self.client.view() {
            View::Branch(_) => self.client.on_view(View::Main),
            _ => self.client.clone(),
        };
        self.tasks.spawn(follow::incidents(incidents, self.env.clone(), self.messages.clone()));
    }

    /// The time, where it must be told before this message: none was told for a while, and something has come. The
    /// status, which the console asks for by itself, is no news.
    pub fn time_before(&self, message: &Message) -> Option<Message> {
        let is_news = !matches!(message, Message::Tick(_) | Message::Status(_));
        (is_news && self.pace.news(self.env.elapsed())).then(|| Message::Tick(self.env.now().as_millisecond()))
    }

    /// Carries one out.
    pub fn carry_out(&mut self, effect: Effect) {
        // What has ended is let go of, so that a long session does not gather it.
        while self.tasks.try_join_next().is_some() {}
        let (mut client, until_ms) = (self.client_of(&effect), self.until);
        match effect {
            Effect::Resolve(moment) => {
                let mut then = self.client.on_view(View::At(moment.clone()));
                self.send(async move {
                    let status = answer(then.status(api::StatusRequest {}).await);
                    Message::Resolved(status.map(|status| (moment, status.commit, status.view_time_ms)))
                });
            }
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
            Effect::Diff { ticket, from, to, name } => self.cancellable(ticket, async move {
                let request = api::DiffRequest { from, to, name: name.unwrap_or_default() };
                Answer::Diff(answer(client.diff(request).await))
            }),
            Effect::Blame { ticket, name, before } => self.cancellable(ticket, async move {
                let (setting, before) = (String::new(), before.unwrap_or_default());
                Answer::Blame(answer(client.blame(api::BlameRequest { name, setting, before }).await))
            }),
            Effect::Check { ticket, name, database } => {
                let of = (name, database);
                self.keep(ticket, checks::check(client, self.messages.clone(), ticket, of, self.state_dir.clone()));
            }
            Effect::CheckRows { ticket, name, database, flag, from } => self.cancellable(ticket, async move {
                Answer::CheckRows(checks::rows(client, name, database, &flag, &from).await)
            }),
            Effect::Metrics { ticket, name, since } => self.cancellable(ticket, async move {
                Answer::Metrics(answer(
                    client.metrics(api::MetricsRequest { name, since_ms: since, names: Vec::new(), until_ms }).await,
                ))
            }),
            Effect::Curves { ticket, names, since } => self.cancellable(ticket, async move {
                let request = api::MetricsRequest { name: String::new(), since_ms: since, names, until_ms };
                Answer::Metrics(answer(client.metrics(request).await))
            }),
            Effect::Orphans { ticket } => self.cancellable(ticket, async move {
                Answer::Orphans(answer(client.list_orphans(api::ListOrphansRequest {}).await))
            }),
            Effect::Examine { ticket } => {
                let report = (self.examine)();
                self.cancellable(ticket, async move { Answer::Examined(report.await.cleaned()) });
            }
            // Never cancelled, as a change is not.
            Effect::RemoveOrphan { ticket, id, confirm } => self.send(async move {
                let removed = client.remove_orphan(api::RemoveOrphanRequest { id, confirm }).await;
                Message::Answer(ticket, Answer::OrphanRemoved(removed.map(drop).map_err(problem)))
            }),
            Effect::Logs { ticket, name, lines, since } => {
                let log = follow::Log { name, lines, since };
                self.keep(ticket, follow::log(client, self.env.clone(), self.messages.clone(), ticket, log));
            }
            Effect::SaveLog { ticket, path, replace, lines, names } => self.send(async move {
                let write = {
                    let path = path.clone();
                    tokio::task::spawn_blocking(move || save::save(&path, replace, &lines, &names))
                };
                let lost = |_| Err(Problem::new(crate::hosted_api::problem::Kind::Failed, "it was not written"));
                Message::Answer(ticket, Answer::Saved(path, write.await.unwrap_or_else(lost)))
            }),
            Effect::Events { ticket, name, last } => {
                let name = name.unwrap_or_default();
                let task = follow::events(client, self.env.clone(), self.messages.clone(), ticket, name, last);
                self.keep(ticket, task);
            }
            Effect::Incidents { ticket } => self.cancellable(ticket, async move {
                let request = api::ListIncidentsRequest { resolved: true, limit: 0 };
                Answer::Incidents(answer(client.list_incidents(request).await))
            }),
            Effect::Timeline { ticket, id } => self.cancellable(ticket, async move {
                let request = api::TimelineRequest { id, before_minutes: 0 };
                Answer::Timeline(Box::new(answer(client.timeline(request).await)))
            }),
            // Never cancelled, as a change is not.
            Effect::ChangeIncident { ticket, request } => self.send(async move {
                let changed = answer(client.change_incident(*request).await);
                Message::Answer(ticket, Answer::IncidentChanged(Box::new(changed)))
            }),
            Effect::Branches { ticket, closed } => self.cancellable(ticket, async move {
                Answer::Branches(answer(client.list_branches(api::ListBranchesRequest { closed }).await))
            }),
            Effect::Branch { ticket, name } => {
                let task = follow::branch(client, self.env.clone(), self.messages.clone(), ticket, name);
                self.keep(ticket, task);
            }
            // Never cancelled, as a change is not.
            Effect::OpenBranch { ticket, request } => self.send(async move {
                let opened = answer(client.create_branch(request).await);
                Message::Answer(ticket, Answer::BranchChanged(Box::new(opened)))
            }),
            Effect::ChangeBranch { ticket, request } => self.send(async move {
                let changed = answer(client.change_branch(*request).await);
                Message::Answer(ticket, Answer::BranchChanged(Box::new(changed)))
            }),
            Effect::Write { ticket, path, text } => {
                self.send(async move { Message::Answer(ticket, Answer::Written(file::write(path, text).await)) })
            }
            Effect::SqlOpen { ticket, name, read_only } => {
                let (sender, statements) = mpsc::channel(ORDERS);
                self.sql.insert(ticket, sender);
                self.keep(ticket, sql::session(client, self.messages.clone(), ticket, name, read_only, statements));
            }
            Effect::SqlRun { ticket, statements } => self.order(ticket, sql::Order::Run(statements)),
            Effect::SqlExport { ticket, export } => self.order(ticket, sql::Order::Export(export)),
            Effect::Forward { ticket, name, port } => {
                let (sender, ends) = mpsc::channel(ORDERS);
                self.forwards.insert(ticket, sender);
                self.keep(ticket, forward::forward(client, self.messages.clone(), ticket, name, port, ends));
            }
            Effect::ForwardEnd { ticket, id } => {
                if let Some(ends) = self.forwards.get(&ticket) {
                    // A port that is being ended has no ear for it, and no need.
                    ends.try_send(id).ok();
                }
            }
            Effect::Client { name, read_only, program } => {
                self.tasks.spawn(own::prepare(
                    client,
                    self.messages.clone(),
                    self.launches.clone(),
                    name,
                    read_only,
                    program,
                ));
            }
            Effect::SqlMore { ticket } => self.order(ticket, sql::Order::More),
            Effect::Past => {
                let path = self.past.clone();
                self.send(async move {
                    let read = tokio::task::spawn_blocking(move || past::read(&path)).await;
                    Message::Past(read.unwrap_or_default())
                });
            }
            Effect::Remember(entry) => {
                let path = self.past.clone();
                // What cannot be written down is missed by nobody who runs a statement.
                self.tasks.spawn_blocking(move || drop(past::add(&path, &entry)));
            }
            Effect::Cancel(ticket) => self.cancel(ticket),
            // The terminal's own.
            Effect::Copy(_) | Effect::Redraw | Effect::Bell => {}
        }
    }

    /// What a branch has not is main's: the change requests themselves, and bringing one to main.
    fn client_of(&self, effect: &Effect) -> Client {
        match self.client.view() {
            View::Branch(_) if !is_on_branch(effect) => self.client.on_view(View::Main),
            _ => self.client.clone(),
        }
    }

    fn order(&mut self, ticket: Ticket, order: sql::Order) {
        let sent = self.sql.get(&ticket).is_some_and(|orders| orders.try_send(order).is_ok());
        if !sent {
            self.send(async move {
                let closed = Problem::new(crate::hosted_api::problem::Kind::Unreachable, "the connection is closed");
                Message::Answer(ticket, Answer::SqlDone(Some((0, closed.next("run it again to connect anew")))))
            });
        }
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.sql.remove(&ticket);
        self.forwards.remove(&ticket);
        for task in self.running.remove(&ticket).unwrap_or_default() {
            task.abort();
        }
    }

    fn send(&mut self, message: impl Future<Output = Message> + Send + 'static) {
        let (messages, request) = (self.messages.clone(), self.unanswered.request());
        self.tasks.spawn(async move {
            // The receiver goes only when the console ends.
            drop(messages.send(message.await).await);
            drop(request);
        });
    }

    fn cancellable(&mut self, ticket: Ticket, answer: impl Future<Output = Answer> + Send + 'static) {
        let (messages, request) = (self.messages.clone(), self.unanswered.request());
        self.keep(ticket, async move {
            drop(messages.send(Message::Answer(ticket, answer.await)).await);
            drop(request);
        });
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
