//! A SQL connection as a short-lived user named for the caller.
//!
//! The driver takes no stream of ours, so that it connects to a [`Forward`] that nobody else is told of. The name that
//! it checks in the certificate is the deployment's and not `127.0.0.1`.

use super::{Forward, ResultSet, value};
use crate::hosted_api::{
    client::Client,
    problem::{Kind, Problem},
};
use doltops_proto::hosted_api::{OpenSqlSessionRequest, OpenSqlSessionResponse};
use mysql_async::{Column, Conn, OptsBuilder, QueryResult, SslOpts, TextProtocol, prelude::Queryable};
use std::time::Duration;
// Not `Env`: the time a statement took is shown and decides nothing, and a test's clock owns this one too.
use tokio::time::{Instant, timeout};

/// A packet as large as a row may be: Dolt's own bound (`max_allowed_packet`).
const LARGEST_PACKET: usize = 1 << 30;

/// How long a connection may take. It is about 20 ms; beyond this the tunnel's other end is not a database.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a statement that was told to stop may take to do so before its rows are read to the end instead.
const STOPPING: Duration = Duration::from_secs(5);

/// An open SQL connection as a short-lived user named for the caller.
///
/// Dropping it closes the connection, and the database cancels what it runs. A [`Session::run`] that is given up half
/// way leaves the session to be dropped.
#[derive(Debug)]
pub struct Session {
    connection: Conn,
    options: OptsBuilder,
    user: String,
    read_only: bool,
    /// Which the connection goes through; ends with the session.
    _forward: Forward,
}

impl Session {
    /// Opens one.
    ///
    /// # Errors
    /// The Hosted API's, or the connection's.
    pub async fn open(client: Client, name: &str, read_only: bool) -> Result<Self, Problem> {
        let request = OpenSqlSessionRequest { name: name.to_owned(), read_only };
        let login = client.clone().open_sql_session(request).await?.into_inner();
        let mut forward = Forward::listen(client, name, None).await?;
        let options = options(&login, forward.address().port());
        let connected = timeout(PATIENCE, Conn::new(options.clone())).await;
        let connection = match connected {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(not_opened(name, &error, &mut forward).await),
            Err(_) => {
                let what = format!("{name}'s database did not answer within {} s", PATIENCE.as_secs());
                return Err(Problem::new(Kind::Unreachable, what).next(format!("doltops get {name}")));
            }
        };
        Ok(Self { connection, options, user: login.user, read_only: login.read_only, _forward: forward })
    }

    /// As whom.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether that user can only read: asked for, or because of the caller's role.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// Runs one or more statements and keeps at most `max_rows` of each.
    ///
    /// # Errors
    /// The database's own words, with its code. The statements before the one that failed have been carried out.
    pub async fn run(&mut self, sql: &str, max_rows: usize) -> Result<Vec<ResultSet>, Problem> {
        let mut results = Vec::new();
        self.run_each(sql, max_rows, |result| results.push(result)).await?;
        Ok(results)
    }

    /// The same, result by result as they come: also those before a statement that failed.
    ///
    /// # Errors
    /// See [`Session::run`].
    pub async fn run_each(
        &mut self,
        sql: &str,
        max_rows: usize,
        mut each: impl FnMut(ResultSet),
    ) -> Result<(), Problem> {
        let id = self.connection.id();
        let mut began = Instant::now();
        let mut count = 1;
        let mut answer = self.connection.query_iter(sql).await.map_err(|error| failed(&error, count))?;
        loop {
            let mut result = first_rows(&mut answer, max_rows).await.map_err(|error| failed(&error, count))?;
            result.took = began.elapsed();
            let stopped = result.more && reads_once(sql);
            each(result);
            if stopped {
                return stop(answer, id, &self.options).await.map_err(|error| failed(&error, count));
            }
            // What is left of this statement's rows, if any, is read and let go.
            while answer.next().await.map_err(|error| failed(&error, count))?.is_some() {}
            began = Instant::now();
            count += 1;
            if answer.is_empty() {
                return Ok(());
            }
        }
    }
}

fn options(login: &OpenSqlSessionResponse, port: u16) -> OptsBuilder {
    let checks = SslOpts::default().with_danger_tls_hostname_override(Some(login.host_name.clone()));
    // With a CA of the deployment's own nobody else's word counts; without one the public authorities' does.
    let checks = if login.ca_pem.is_empty() {
        checks
    } else {
        checks.with_disable_built_in_roots(true).with_root_certs(vec![login.ca_pem.clone().into_bytes().into()])
    };
    OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some(&login.user))
        .pass(Some(&login.password))
        .ssl_opts(checks)
        .prefer_socket(false)
        .stmt_cache_size(0)
        // Given here, they are not asked for: two round trips fewer.
        .max_allowed_packet(Some(LARGEST_PACKET))
        .wait_timeout(Some(u32::MAX as usize))
}

/// The rows up to `max_rows`, and whether there is another one.
async fn first_rows(
    answer: &mut QueryResult<'_, 'static, TextProtocol>,
    max_rows: usize,
) -> Result<ResultSet, mysql_async::Error> {
    let columns: Vec<Column> = answer.columns().map(|columns| columns.to_vec()).unwrap_or_default();
    let mut result = ResultSet {
        columns: columns.iter().map(|column| column.name_str().into_owned()).collect(),
        affected: answer.affected_rows(),
        ..ResultSet::default()
    };
    if columns.is_empty() {
        return Ok(result);
    }
    while let Some(row) = answer.next().await? {
        if result.rows.len() == max_rows {
            result.more = true;
            return Ok(result);
        }
        let cells = row.unwrap().into_iter().zip(&columns).map(|(value, column)| value::text(column, value));
        result.rows.push(cells.collect());
    }
    Ok(result)
}

/// Whether the text is one statement that only reads, so that stopping it half way takes nothing along.
fn reads_once(sql: &str) -> bool {
    let alone = !sql.trim_end().trim_end_matches(';').contains(';');
    let word: String = sql.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    alone && ["select", "show", "table", "with"].contains(&word.to_ascii_lowercase().as_str())
}

/// Stops a statement whose rows are no longer wanted, from a second connection, and keeps the session with all that
/// is open in it. Where that does not work the rest is read and let go, however long that takes.
async fn stop(
    answer: QueryResult<'_, 'static, TextProtocol>,
    id: u32,
    options: &OptsBuilder,
) -> Result<(), mysql_async::Error> {
    let kill = async {
        let mut second = Conn::new(options.clone()).await?;
        second.query_drop(format!("KILL QUERY {id}")).await?;
        second.disconnect().await
    };
    // Whatever becomes of it, the rest decides.
    let _: Result<Result<(), mysql_async::Error>, _> = timeout(STOPPING, kill).await;
    match answer.drop_result().await {
        // The statement was stopped, as it was told.
        Err(mysql_async::Error::Server(_)) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The database's words, or how the connection was lost.
fn failed(error: &mysql_async::Error, count: usize) -> Problem {
    let at = if count > 1 { format!("statement {count}: ") } else { String::new() };
    match error {
        mysql_async::Error::Server(error) => {
            let what = format!("{at}ERROR {} ({}): {}", error.code, error.state, error.message);
            Problem { field: "sql".to_owned(), ..Problem::new(Kind::Failed, what) }
        }
        other => Problem::new(Kind::Unreachable, format!("{at}the connection to the database was lost: {other}"))
            .next("whether the statement was carried out is not known; connect again and look"),
    }
}

/// Why no connection was opened: what the tunnel says, if it says something, else the driver's or database's words.
async fn not_opened(name: &str, error: &mysql_async::Error, forward: &mut Forward) -> Problem {
    if let mysql_async::Error::Server(error) = error {
        let what = format!("{name}'s database refused: ERROR {} ({}): {}", error.code, error.state, error.message);
        return Problem::new(Kind::Refused, what);
    }
    let said = timeout(Duration::from_secs(1), async {
        while let Some(passage) = forward.next().await {
            if let super::forward::Passage::Closed { problem, .. } = passage {
                return problem;
            }
        }
        None
    });
    said.await.ok().flatten().filter(|problem| problem.kind != Kind::Failed).unwrap_or_else(|| {
        Problem::new(Kind::Unreachable, format!("{name}'s database cannot be reached: {error}"))
            .next(format!("doltops get {name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_read_is_stopped_half_way() {
        for sql in ["select 1", " SELECT * from t; ", "show tables", "with a as (select 1) select * from a"] {
            assert!(reads_once(sql), "{sql}");
        }
        for sql in ["select 1; insert into t values (1)", "call p()", "insert into t select 1", "", "select ';'"] {
            assert!(!reads_once(sql), "{sql}");
        }
    }
}
