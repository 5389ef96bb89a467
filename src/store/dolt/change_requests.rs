//! `change_requests` with their approvals, comments and resolutions: records, on main only.

use super::{
    branches,
    table::{Cells, Table, time},
};
use crate::{
    model::{Approval, BranchName, By, ChangeRequest, Comment, CommitHash, DeploymentId, RequestState, Resolution},
    store::{
        StoreError,
        branches::{ReviewEdit, Reviewed},
    },
};
use mysql_async::{Conn, Row, Transaction, Value, prelude::*};
use std::collections::BTreeMap;

pub const TABLE: Table = Table {
    name: "change_requests",
    columns: &["name", "title", "opened", "opened_by", "base", "state", "closed", "closed_by", "closed_at"],
    key: 1,
    deployment: None,
};

pub const APPROVALS: Table = Table {
    name: "change_approvals",
    columns: &["request", "author", "given", "head", "covers", "withdrawn"],
    key: 2,
    deployment: None,
};

pub const COMMENTS: Table = Table {
    name: "change_comments",
    columns: &["id", "request", "written", "author", "comment"],
    key: 1,
    deployment: None,
};

pub const RESOLUTIONS: Table = Table {
    name: "change_resolutions",
    columns: &["request", "deployment_id", "cell", "ours", "theirs", "value", "decided", "decided_by"],
    key: 3,
    deployment: Some("deployment_id"),
};

/// More are never read at once: a screen shows some dozens, and what is older is in history.
const MOST: usize = 500;

/// Change requests as of a commit of main, the newest first; all of them, or the one of this name.
pub async fn read(conn: &mut Conn, only: Option<&BranchName>, at: &CommitHash) -> Result<Vec<Reviewed>, StoreError> {
    // The text protocol: a prepared statement takes no AS OF. Hashes and names are safe in a text.
    let at = format!(" AS OF '{at}'");
    let of = |column: &str| only.map_or(String::new(), |name| format!("WHERE {column} = '{name}'"));
    let rest = format!("{} ORDER BY opened DESC, name LIMIT {MOST}", of("name"));
    let requests: Vec<Row> = conn.query(TABLE.select(&at, &rest)).await?;
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let mut approvals = grouped(conn.query(APPROVALS.select(&at, &of("request"))).await?, approval)?;
    let rest = format!("{} ORDER BY written, id", of("request"));
    let mut comments = grouped(conn.query(COMMENTS.select(&at, &rest)).await?, comment)?;
    let mut resolutions = grouped(conn.query(RESOLUTIONS.select(&at, &of("request"))).await?, resolution)?;
    let whole = |row: Row| {
        let request = request(row)?;
        let name = request.name.as_str();
        Ok(Reviewed {
            approvals: approvals.remove(name).unwrap_or_default(),
            comments: comments.remove(name).unwrap_or_default(),
            resolutions: resolutions.remove(name).unwrap_or_default(),
            request,
        })
    };
    requests.into_iter().map(whole).collect()
}

/// Rows by the change request that they are of.
fn grouped<T>(
    rows: Vec<Row>,
    read: impl Fn(&mut Cells) -> Result<T, StoreError>,
) -> Result<BTreeMap<String, Vec<T>>, StoreError> {
    let mut groups: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells::from(row);
        let one = read(&mut cells)?;
        groups.entry(cells.take("request")?).or_default().push(one);
    }
    Ok(groups)
}

fn request(row: Row) -> Result<ChangeRequest, StoreError> {
    let mut cells = Cells::from(row);
    let closed = cells.time_or_null("closed")?;
    let closed_by = cells.take::<Option<String>>("closed_by")?.unwrap_or_default();
    Ok(ChangeRequest {
        name: cells.parse("name")?,
        title: cells.take("title")?,
        opened: By { at: cells.time("opened")?, who: cells.take("opened_by")? },
        base: cells.parse("base")?,
        state: cells.parse("state")?,
        closed: closed.map(|at| By { at, who: closed_by }),
        closed_at: cells
            .take::<Option<String>>("closed_at")?
            .map(|hash| hash.parse())
            .transpose()
            .map_err(|error: crate::model::Refusal| StoreError::Broken(format!("the column closed_at: {error}")))?,
    })
}

fn approval(cells: &mut Cells) -> Result<Approval, StoreError> {
    Ok(Approval {
        by: By { at: cells.time("given")?, who: cells.take("author")? },
        head: cells.parse("head")?,
        covers: cells.take("covers")?,
        withdrawn: cells.take("withdrawn")?,
    })
}

fn comment(cells: &mut Cells) -> Result<Comment, StoreError> {
    let by = By { at: cells.time("written")?, who: cells.take("author")? };
    Ok(Comment { id: cells.take("id")?, by, text: cells.take("comment")? })
}

fn resolution(cells: &mut Cells) -> Result<Resolution, StoreError> {
    Ok(Resolution {
        deployment: DeploymentId::new(cells.take::<String>("deployment_id")?),
        cell: cells.parse("cell")?,
        ours: cells.take("ours")?,
        theirs: cells.take("theirs")?,
        value: cells.take("value")?,
        by: By { at: cells.time("decided")?, who: cells.take("decided_by")? },
    })
}

/// Writes it down. Gives whether anything differed.
pub async fn put(transaction: &mut Transaction<'_>, edit: &ReviewEdit) -> Result<bool, StoreError> {
    match edit {
        // A name that is taken fails here, as a unique key does.
        ReviewEdit::Open(request) => TABLE.write(transaction, false, values(request)).await.map(|()| true),
        ReviewEdit::Close(request) => close(transaction, request).await.map(|()| true),
        ReviewEdit::Approve(name, approval) => {
            let key = (name.as_str(), approval.by.who.as_str());
            write(transaction, &APPROVALS, key, approval_values(name, approval)).await
        }
        ReviewEdit::Comment(name, comment) => {
            let there = COMMENTS.find(transaction, (comment.id.as_str(),)).await?.is_some();
            if !there {
                COMMENTS.write(transaction, false, comment_values(name, comment)).await?;
            }
            Ok(!there)
        }
        ReviewEdit::Resolve(name, resolution) => {
            let key = (name.as_str(), resolution.deployment.as_str(), resolution.cell.as_str());
            write(transaction, &RESOLUTIONS, key, resolution_values(name, resolution)).await
        }
    }
}

/// Whoever closes it has seen it open, and its branch where it is.
async fn close(transaction: &mut Transaction<'_>, wanted: &ChangeRequest) -> Result<(), StoreError> {
    let row = TABLE.find(transaction, (wanted.name.as_str(),)).await?.ok_or(StoreError::Conflict)?;
    let there = request(row)?;
    let head = branches::head(transaction, &there).await?;
    if !there.is_open() || wanted.closed_at.as_ref() != Some(&head) {
        return Err(StoreError::Conflict);
    }
    TABLE.write(transaction, true, values(wanted)).await
}

async fn write(
    transaction: &mut Transaction<'_>,
    table: &Table,
    key: impl Into<mysql_async::Params> + Send,
    values: Vec<Value>,
) -> Result<bool, StoreError> {
    let exists = table.find(transaction, key).await?.is_some();
    table.write(transaction, exists, values).await.map(|()| true)
}

fn values(request: &ChangeRequest) -> Vec<Value> {
    vec![
        request.name.as_str().into(),
        request.title.as_str().into(),
        time(request.opened.at),
        request.opened.who.as_str().into(),
        request.base.as_str().into(),
        RequestState::as_str(request.state).into(),
        request.closed.as_ref().map_or(Value::NULL, |by| time(by.at)),
        request.closed.as_ref().map(|by| by.who.as_str()).into(),
        request.closed_at.as_ref().map(CommitHash::as_str).into(),
    ]
}

fn approval_values(request: &BranchName, approval: &Approval) -> Vec<Value> {
    vec![
        request.as_str().into(),
        approval.by.who.as_str().into(),
        time(approval.by.at),
        approval.head.as_str().into(),
        approval.covers.as_str().into(),
        approval.withdrawn.into(),
    ]
}

fn comment_values(request: &BranchName, comment: &Comment) -> Vec<Value> {
    vec![
        comment.id.as_str().into(),
        request.as_str().into(),
        time(comment.by.at),
        comment.by.who.as_str().into(),
        comment.text.as_str().into(),
    ]
}

fn resolution_values(request: &BranchName, resolution: &Resolution) -> Vec<Value> {
    vec![
        request.as_str().into(),
        resolution.deployment.as_str().into(),
        resolution.cell.as_str().into(),
        resolution.ours.as_deref().into(),
        resolution.theirs.as_deref().into(),
        resolution.value.as_deref().into(),
        time(resolution.by.at),
        resolution.by.who.as_str().into(),
    ]
}
