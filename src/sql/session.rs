//! A SQL connection as a short-lived user named for the caller.
//!
//! The driver takes no stream of ours, so that it connects to a [`Forward`] that nobody else is told of. The name that
//! it checks in the certificate is the deployment's and not `127.0.0.1`.

use super::{
    Forward, ResultSet,
    catalog::{self, Catalog},
    statements, value,
};
use crate::hosted_api::{
    client::Client,
    problem::{Kind as Trouble, Problem},
};
use doltops_proto::hosted_api::{OpenSqlSessionRequest, OpenSqlSessionResponse};
use mysql_async::{Column, Conn, Opts, OptsBuilder, QueryResult, SslOpts, TextProtocol, prelude::Queryable};
use std::{sync::Arc, time::Duration};
// Not `Env`: the time a statement took is shown and decides nothing, and a test's clock owns this one too.
use tokio::time::{Instant, timeout};

/// A packet as large as a row may be: Dolt's own bound (`max_allowed_packet`).
const LARGEST_PACKET: usize = 1 << 30;

/// How long a connection may take. It is about 20 ms; beyond this the tunnel's other end is not a database.
const PATIENCE: Duration = Duration::from_secs(15);

/// An open SQL connection as a short-lived user named for the caller.
///
/// Dropping it closes the connection, and the database cancels what it runs. A [`Session::run`] that is given up half
/// way leaves the session to be dropped.
#[derive(Debug)]
pub struct Session {
    connection: Conn,
    /// For a second connection, while the login lasts.
    options: Opts,
    user: String,
    read_only: bool,
    /// The one that there is; of a deployment, which may have many, empty.
    database: String,
    /// They have named the variable with which long answers are cut: it is no longer touched.
    limit_is_theirs: bool,
    /// Which the connection goes through, where it does; ends with the session.
    _forward: Option<Forward>,
}

impl Session {
    /// Opens one on a deployment; without a name on the control plane's own database, which admins may read.
    ///
    /// # Errors
    /// The Hosted API's, or the connection's.
    pub async fn open(client: Client, name: &str, read_only: bool) -> Result<Self, Problem> {
        let request = OpenSqlSessionRequest { name: name.to_owned(), read_only };
        let login = client.clone().open_sql_session(request).await?.into_inner();
        let mut forward = Forward::listen(client, name, None).await?;
        let options = Opts::from(options(name, &login, forward.address().port()));
        let connected = timeout(PATIENCE, Conn::new(options.clone())).await;
        let connection = match connected {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(not_opened(name, &error, &mut forward).await),
            Err(_) => {
                let what = format!("{} did not answer within {} s", whose(name), PATIENCE.as_secs());
                return Err(Problem::new(Trouble::Unreachable, what).next(see(name)));
            }
        };
        let OpenSqlSessionResponse { user, read_only, database, .. } = login;
        Ok(Self { connection, options, user, read_only, database, limit_is_theirs: false, _forward: Some(forward) })
    }

    /// Opens one to a server that is no deployment: `mysql://USER@HOST:PORT/DATABASE`, with `?require_ssl=true` for TLS.
    ///
    /// # Errors
    /// Names `server` where the address is none, and the server's words where it refuses.
    pub async fn direct(url: &str, password: Option<&str>) -> Result<Self, Problem> {
        let given = Opts::from_url(url).map_err(|error| Problem::invalid("server", error.to_string()))?;
        let place = format!("{}:{}", given.ip_or_hostname(), given.tcp_port());
        let user = given.user().unwrap_or("root").to_owned();
        let database = given.db_name().unwrap_or_default().to_owned();
        // Who connects to a database that is not there is refused without a word of those that are.
        let builder = OptsBuilder::from_opts(given).db_name(None::<String>);
        // Without it, a question and its answer wait 44 ms for each other.
        let builder = builder.user(Some(&user)).tcp_nodelay(true).prefer_socket(false);
        let options = Opts::from(match password {
            Some(password) => builder.pass(Some(password)),
            None => builder,
        });
        let connected = timeout(PATIENCE, Conn::new(options.clone())).await;
        let connection = match connected {
            Ok(Ok(connection)) => connection,
            Ok(Err(mysql_async::Error::Server(error))) => {
                let what = format!("{place} refused: ERROR {} ({}): {}", error.code, error.state, error.message);
                return Err(Problem::new(Trouble::Refused, what));
            }
            Ok(Err(error)) => {
                return Err(Problem::new(Trouble::Unreachable, format!("{place} cannot be reached: {error}")));
            }
            Err(_) => {
                let what = format!("{place} did not answer within {} s", PATIENCE.as_secs());
                return Err(Problem::new(Trouble::Unreachable, what));
            }
        };
        Ok(Self { connection, options, user, read_only: false, database, limit_is_theirs: false, _forward: None })
    }

    /// Reads the names that the database knows, on a connection of its own: no statement waits for it. It needs the
    /// session to live on.
    pub fn catalog(&self) -> impl Future<Output = Result<Catalog, Problem>> + Send + use<> {
        let options = self.options.clone();
        async move {
            let lost = |error: mysql_async::Error| failed(&error, 1);
            let mut connection = Conn::new(options).await.map_err(lost)?;
            let mut read = async |sql: &str| -> Result<Vec<Row>, mysql_async::Error> {
                let mut answer = connection.query_iter(sql).await?;
                let columns = answer.columns().unwrap_or_default();
                let mut rows = Vec::new();
                while let Some(row) = answer.next().await? {
                    rows.push(cells(row, &columns));
                }
                Ok(rows)
            };
            let databases = read("show databases").await.map_err(lost)?;
            let columns = read(&catalog::question()).await.map_err(lost)?;
            // What was read counts; how the connection ends does not.
            drop(connection.disconnect().await);
            Ok(Catalog::of(&databases, &columns))
        }
    }

    /// Begins a statement whose rows are taken one by one: as fast as they are taken the database sends them, and no
    /// faster.
    ///
    /// # Errors
    /// The database's own words, with its code.
    pub async fn stream(&mut self, sql: &str) -> Result<Rows<'_>, Problem> {
        let answer = self.connection.query_iter(sql.to_owned()).await.map_err(|error| failed(&error, 1))?;
        Ok(Rows { answer, columns: Arc::new([]) })
    }

    /// As whom.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database, where there is only one to speak of: the control plane's own, or that of an address.
    pub fn database(&self) -> &str {
        &self.database
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
    pub async fn run_each(&mut self, sql: &str, max_rows: usize, each: impl FnMut(ResultSet)) -> Result<(), Problem> {
        self.limit_is_theirs |= sql.to_ascii_lowercase().contains("sql_select_limit");
        let limited = reads_once(sql) && !self.limit_is_theirs;
        if limited {
            // One more than is kept tells that there are more.
            self.limit(&max_rows.saturating_add(1).to_string()).await?;
        }
        let done = self.results(sql, max_rows, each).await;
        if limited && !self.connection.is_disconnected() {
            let reset = self.limit("default").await;
            return done.and(reset);
        }
        done
    }

    /// Lets the server end a read early. Closing a result half way would end the connection, and with it the open
    /// transaction: Dolt cannot tell of an end in the middle of the rows, neither on `KILL QUERY` nor on an error.
    async fn limit(&mut self, rows: &str) -> Result<(), Problem> {
        let set = self.connection.query_drop(format!("set @@session.sql_select_limit = {rows}")).await;
        set.map_err(|error| failed(&error, 1))
    }

    async fn results(&mut self, sql: &str, max_rows: usize, mut each: impl FnMut(ResultSet)) -> Result<(), Problem> {
        let mut began = Instant::now();
        let mut count = 1;
        let mut answer = self.connection.query_iter(sql).await.map_err(|error| failed(&error, count))?;
        while let Some(columns) = answer.columns() {
            let (result, ended) = one(&mut answer, &columns, max_rows, began).await;
            began += result.took;
            each(result);
            ended.map_err(|error| failed(&error, count))?;
            count += 1;
        }
        // Where a statement failed the driver keeps its error for the next look.
        answer.next().await.map(drop).map_err(|error| failed(&error, count))
    }
}

/// What a statement gives, as it comes. Dropping it half way leaves the session to be dropped too: the rest stands in its
/// connection.
pub struct Rows<'s> {
    answer: QueryResult<'s, 'static, TextProtocol>,
    columns: Arc<[Column]>,
}

/// One row: each cell as text, `None` is NULL.
pub type Row = Vec<Option<String>>;

/// What kind of value a column holds, as far as it matters to who shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    #[default]
    Text,
    /// A number: it stands at the right.
    Number,
    /// JSON.
    Json,
    /// Bytes, shown as hexadecimal.
    Bytes,
}

/// A column of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// The beginning of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// Its columns; empty where it gives no rows.
    pub heads: Vec<Head>,
    /// Rows that were changed.
    pub affected: u64,
}

impl Rows<'_> {
    /// The next result; `None` after the last. A procedure gives several, any other statement one.
    ///
    /// # Errors
    /// Why the statement has failed.
    pub async fn result(&mut self) -> Result<Option<Begun>, Problem> {
        let Some(columns) = self.answer.columns() else {
            // Where a statement failed the driver keeps its error for the next look.
            return self.answer.next().await.map(|_| None).map_err(|error| failed(&error, 1));
        };
        let heads: Vec<Head> = columns.iter().map(value::head).collect();
        let affected = if heads.is_empty() { self.answer.affected_rows() } else { 0 };
        self.columns = columns;
        Ok(Some(Begun { heads, affected }))
    }

    /// The next row of this result; `None` after its last.
    ///
    /// # Errors
    /// Why there are no more.
    pub async fn row(&mut self) -> Result<Option<Row>, Problem> {
        let row = self.answer.next().await.map_err(|error| failed(&error, 1))?;
        Ok(row.map(|row| cells(row, &self.columns)))
    }
}

fn cells(row: mysql_async::Row, columns: &[Column]) -> Row {
    row.unwrap().into_iter().zip(columns).map(|(value, column)| value::text(column, value)).collect()
}

fn options(name: &str, login: &OpenSqlSessionResponse, port: u16) -> OptsBuilder {
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
        // The control plane's store has no certificate: it is reached on its own machine, and what leaves that is in the
        // tunnel. What was asked for says so, and not the answer: a deployment's certificate is always checked.
        .ssl_opts(Some(checks).filter(|_| !name.is_empty()))
        .prefer_socket(false)
        .stmt_cache_size(0)
        // Given here, they are not asked for: two round trips fewer.
        .max_allowed_packet(Some(LARGEST_PACKET))
        .wait_timeout(Some(u32::MAX as usize))
}

/// One statement's rows, of which `max_rows` are kept, and how they ended.
async fn one(
    answer: &mut QueryResult<'_, 'static, TextProtocol>,
    columns: &[Column],
    max_rows: usize,
    began: Instant,
) -> (ResultSet, Result<(), mysql_async::Error>) {
    let mut result = ResultSet {
        columns: columns.iter().map(|column| column.name_str().into_owned()).collect(),
        affected: if columns.is_empty() { answer.affected_rows() } else { 0 },
        took: began.elapsed(),
        ..ResultSet::default()
    };
    loop {
        let row = match answer.next().await {
            Ok(Some(row)) => row,
            Ok(None) => return (result, Ok(())),
            Err(error) => {
                result.broken = true;
                return (result, Err(error));
            }
        };
        result.took = began.elapsed();
        if result.rows.len() < max_rows {
            result.rows.push(cells(row, columns));
        } else {
            // Read and let go: only what comes after a cut, or several statements at once, gets here.
            result.more = true;
        }
    }
}

/// Whether the text is one statement that only reads, so that a limit on its rows cannot cut what it writes.
fn reads_once(sql: &str) -> bool {
    statements::split(sql).len() == 1 && statements::reads(sql)
}

/// The database's words, or how the connection was lost.
fn failed(error: &mysql_async::Error, count: usize) -> Problem {
    let at = if count > 1 { format!("statement {count}: ") } else { String::new() };
    match error {
        mysql_async::Error::Server(error) => {
            let what = format!("{at}ERROR {} ({}): {}", error.code, error.state, error.message);
            Problem { field: "sql".to_owned(), ..Problem::new(Trouble::Failed, what) }
        }
        other => Problem::new(Trouble::Unreachable, format!("{at}the connection to the database was lost: {other}"))
            .next("whether the statement was carried out is not known; connect again and look"),
    }
}

/// Why no connection was opened: what the tunnel says, if it says something, else the driver's or database's words.
async fn not_opened(name: &str, error: &mysql_async::Error, forward: &mut Forward) -> Problem {
    if let mysql_async::Error::Server(error) = error {
        let what = format!("{} refused: ERROR {} ({}): {}", whose(name), error.code, error.state, error.message);
        return Problem::new(Trouble::Refused, what);
    }
    let said = timeout(Duration::from_secs(1), async {
        while let Some(passage) = forward.next().await {
            if let super::forward::Passage::Closed { problem, .. } = passage {
                return problem;
            }
        }
        None
    });
    said.await.ok().flatten().filter(|problem| problem.kind != Trouble::Failed).unwrap_or_else(|| {
        Problem::new(Trouble::Unreachable, format!("{} cannot be reached: {error}", whose(name))).next(see(name))
    })
}

fn whose(name: &str) -> String {
    if name.is_empty() { "the control plane's database".to_owned() } else { format!("{name}'s database") }
}

/// What tells more of it.
fn see(name: &str) -> String {
    if name.is_empty() { "doltops status".to_owned() } else { format!("doltops get {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_read_is_cut_by_the_server() {
        for sql in ["select 1", " SELECT * from t; ", "table t", "with a as (select 1) select * from a"] {
            assert!(reads_once(sql), "{sql}");
        }
        for sql in ["select 1; insert into t values (1)", "call p()", "insert into t select 1", "", "select 1 INTO @x"]
        {
            assert!(!reads_once(sql), "{sql}");
        }
    }
}
