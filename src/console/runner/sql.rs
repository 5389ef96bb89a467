//! One SQL connection: opened, then fed statement by statement, its rows taken no faster than they are read.
//!
//! Guarantees
//! - Of one run at most [`KEPT`] of each earlier result and [`CHUNK`] beyond what is asked for of the last are sent on: a
//!   million rows wait in the database, not in memory.
//! - When more is wanted of the connection while a result waits, the rest is read and let go; where that takes too long the
//!   connection is opened anew, but never while a transaction is open.
//!
//! Why a result is not closed half way: Dolt ends the whole connection then (see `sql::Session`), and with it the
//! transaction.

mod export;

use crate::{
    console::{
        effect::Export,
        incoming::Incoming,
        message::{Answer, Message, Part},
        state::Ticket,
    },
    hosted_api::{client::Client, problem::Problem},
    sql::{Row, Rows, Session, statements},
};
use std::{sync::Arc, time::Duration};
// Not `Env`: what a statement took is shown and decides nothing.
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};
use tokio_util::task::AbortOnDropHandle;

/// How much is fetched at once of a result that one reads on in: some screens of rows, or a quarter of what is kept.
const CHUNK: Room = Room { rows: 1_000, bytes: 2 << 20 };
/// How much is kept of a result after which other statements come.
const KEPT: Room = Room { rows: 1_000, bytes: 1 << 20 };
/// How many bytes all results of a run may have together before only the last one's rows are kept.
const ALL: usize = 16 << 20;
/// A message: large enough to be cheap, small enough for the screen to move on.
const BATCH: Room = Room { rows: 500, bytes: 256 << 10 };
/// How long the first rows wait for others before they are shown.
const WAIT: Duration = Duration::from_millis(50);
/// How long the rest of a result is read to keep the connection. Longer than most results take; nobody waits twice as long.
const PATIENCE: Duration = Duration::from_secs(2);
/// A longer cell is cut: what cannot be read on a screen must not fill memory. An export has it whole.
const CELL: usize = crate::console::action::connect::export::LONGEST_CELL;

/// What can be wanted of a connection.
#[derive(Debug)]
pub enum Order {
    /// Run these, one after the other.
    Run(Vec<String>),
    /// Fetch more of the result that waits.
    More,
    /// Write a result to a file.
    Export(Export),
}

/// Rows and bytes that there is room for.
#[derive(Clone, Copy)]
struct Room {
    rows: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, row: &Row) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size(row));
    }

    fn is_empty(self) -> bool {
        self.rows == 0 || self.bytes == 0
    }
}

fn size(row: &Row) -> usize {
    row.iter().map(|cell| 24 + cell.as_ref().map_or(0, String::len)).sum()
}

/// Where parts of answers go.
#[derive(Clone)]
struct Teller {
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
}

impl Teller {
    /// The receiver goes only when the console ends, and this task with it.
    async fn tell(&self, answer: Answer) {
        drop(self.messages.send(Message::Answer(self.ticket, answer)).await);
    }

    async fn part(&self, part: Part) {
        self.tell(Answer::Sql(part)).await;
    }
}

/// Lives until it is cancelled or cannot be opened.
pub async fn session(
    client: Client,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    name: String,
    read_only: bool,
    orders: mpsc::Receiver<Order>,
) {
    let teller = Teller { messages, ticket };
    match Session::open(client.clone(), &name, read_only).await {
        Err(problem) => teller.tell(Answer::SqlOpened(Err(problem.cleaned()))).await,
        Ok(session) => {
            teller.tell(Answer::SqlOpened(Ok(()))).await;
            let mut connection = Connection {
                client,
                name,
                read_only,
                session,
                orders,
                teller,
                standing: statements::Standing::default(),
                kept: 0,
                learning: None,
            };
            connection.learn();
            connection.serve().await;
        }
    }
}

struct Connection {
    client: Client,
    name: String,
    read_only: bool,
    session: Session,
    orders: mpsc::Receiver<Order>,
    teller: Teller,
    standing: statements::Standing,
    /// Bytes that were sent on in this run.
    kept: usize,
    /// Reads the names; ends with this value.
    learning: Option<AbortOnDropHandle<()>>,
}

/// How one statement went.
enum Went {
    /// To its end.
    Whole,
    /// Its result was waiting for a reader when something else was wanted.
    Left(Option<Order>),
    /// The same, and its rest was too long to be read.
    GivenUp(Order),
}

impl Connection {
    async fn serve(&mut self) {
        let mut next = None;
        loop {
            let order = match next.take() {
                Some(order) => order,
                None => match self.orders.recv().await {
                    Some(order) => order,
                    None => return,
                },
            };
            next = match order {
                Order::Run(statements) => self.run(statements).await,
                // The result has ended meanwhile.
                Order::More => None,
                Order::Export(export) => {
                    let ended = export::write(&mut self.session, export, &self.teller).await;
                    self.teller.tell(Answer::SqlExport(ended)).await;
                    None
                }
            };
        }
    }

    /// Reads the names that the database knows, beside the statements.
    fn learn(&mut self) {
        let (names, teller) = (self.session.catalog(), self.teller.clone());
        let task = tokio::spawn(async move {
            // Without names there is less to offer, and nothing to tell anybody.
            if let Ok(catalog) = names.await {
                teller.tell(Answer::SqlCatalog(Arc::new(catalog.cleaned()))).await;
            }
        });
        self.learning = Some(AbortOnDropHandle::new(task));
    }

    /// Runs them; gives what was wanted while the last one's result waited.
    async fn run(&mut self, statements: Vec<String>) -> Option<Order> {
        self.kept = 0;
        let ended = self.each(&statements).await;
        // Also after an error: what was carried out before it counts.
        if statements.iter().any(|sql| statements::changes_names(sql)) {
            self.learn();
        }
        match ended {
            Ok(Some(order)) => Some(order),
            Ok(None) => {
                self.teller.tell(Answer::SqlDone(None)).await;
                None
            }
            Err((index, problem)) => {
                self.teller.tell(Answer::SqlDone(Some((index, problem.cleaned())))).await;
                None
            }
        }
    }

    async fn each(&mut self, statements: &[String]) -> Result<Option<Order>, (usize, Problem)> {
        let last = statements.len().saturating_sub(1);
        let mut next = None;
        for (index, sql) in statements.iter().enumerate() {
            let failed = |problem| (index, problem);
            match self.one(index, sql, index == last).await.map_err(failed)? {
                Went::Whole => {}
                Went::Left(order) => next = order,
                Went::GivenUp(order) => {
                    self.renew().await.map_err(failed)?;
                    next = Some(order);
                }
            }
            self.standing.after(sql);
        }
        Ok(next)
    }

    async fn one(&mut self, index: usize, sql: &str, last: bool) -> Result<Went, Problem> {
        let began = Instant::now();
        let mut rows = self.session.stream(sql).await?;
        let mut waits = None;
        while let Some(begun) = rows.result().await? {
            self.teller.part(Part::Begun(index, begun.cleaned())).await;
            let room =
                if last || self.kept < ALL { if last { CHUNK } else { KEPT } } else { Room { rows: 0, bytes: 0 } };
            let mut reading = Reading { rows: &mut rows, teller: &self.teller, room, kept: &mut self.kept };
            let mut cut = false;
            while !reading.on().await? {
                if !last {
                    cut = reading.rest(None).await?;
                    break;
                }
                if waits.is_none() {
                    // Whoever reads a part of it sees it as done.
                    self.teller.part(Part::CarriedOut(index)).await;
                }
                self.teller.part(Part::Paused).await;
                self.teller.tell(Answer::SqlDone(None)).await;
                match self.orders.recv().await {
                    Some(Order::More) => reading.room = CHUNK,
                    Some(order) => {
                        let bound = (!self.standing.transaction).then_some(PATIENCE);
                        waits = Some(Some(order));
                        if !reading.rest(bound).await? {
                            return Ok(waits.flatten().map_or(Went::Left(None), Went::GivenUp));
                        }
                        break;
                    }
                    None => return Ok(Went::Left(None)),
                }
                waits.get_or_insert(None);
            }
            if waits.as_ref().is_none_or(Option::is_none) {
                self.teller.part(Part::Ended(began.elapsed(), cut)).await;
            }
        }
        match waits {
            None => {
                self.teller.part(Part::CarriedOut(index)).await;
                Ok(Went::Whole)
            }
            Some(order) => Ok(Went::Left(order)),
        }
    }

    /// Opens the connection anew, in the database that was chosen.
    async fn renew(&mut self) -> Result<(), Problem> {
        self.session = Session::open(self.client.clone(), &self.name, self.read_only).await?;
        if let Some(database) = &self.standing.database {
            self.session.run(&format!("use `{}`", database.replace('`', "``")), 0).await?;
        }
        self.teller.part(Part::GivenUp).await;
        Ok(())
    }
}

/// The rows of one result.
struct Reading<'r, 's> {
    rows: &'r mut Rows<'s>,
    teller: &'r Teller,
    /// How many are still wanted.
    room: Room,
    kept: &'r mut usize,
}

impl Reading<'_, '_> {
    /// Sends rows on until there is no room; true when that were all.
    async fn on(&mut self) -> Result<bool, Problem> {
        let mut batch = Batch { rows: Vec::new(), left: BATCH };
        loop {
            if self.room.is_empty() {
                batch.send(self.teller, self.kept).await;
                return Ok(false);
            }
            let row = {
                // Never given up half way: the driver would lose its place in the answer.
                let mut next = std::pin::pin!(self.rows.row());
                loop {
                    tokio::select! {
                        row = &mut next => break row,
                        () = sleep(WAIT), if !batch.rows.is_empty() => batch.send(self.teller, self.kept).await,
                    }
                }
            };
            match row {
                Ok(Some(mut row)) => {
                    row.iter_mut().flatten().for_each(shorten);
                    self.room.take(&row);
                    batch.left.take(&row);
                    batch.rows.push(row);
                }
                ended => {
                    batch.send(self.teller, self.kept).await;
                    return ended.map(|_| true);
                }
            }
            if batch.left.is_empty() {
                batch.send(self.teller, self.kept).await;
            }
        }
    }

    /// Reads the rest and lets it go; false when that takes longer than `bound`.
    async fn rest(&mut self, bound: Option<Duration>) -> Result<bool, Problem> {
        let began = Instant::now();
        while self.rows.row().await?.is_some() {
            if bound.is_some_and(|bound| began.elapsed() > bound) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

struct Batch {
    rows: Vec<Row>,
    left: Room,
}

impl Batch {
    async fn send(&mut self, teller: &Teller, kept: &mut usize) {
        self.left = BATCH;
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            *kept += rows.iter().map(size).sum::<usize>();
            teller.part(Part::Rows(rows)).await;
        }
    }
}

fn shorten(cell: &mut String) {
    if cell.len() > CELL {
        let whole = cell.len();
        let end = (0..=CELL).rev().find(|at| cell.is_char_boundary(*at)).unwrap_or(0);
        cell.truncate(end);
        cell.push_str(&format!("… cut, {whole} bytes in all"));
    }
}
