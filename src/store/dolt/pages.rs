//! `pages` and `live_pages`: see [`crate::store::pages`].
//!
//! Both have the same columns. A page's row is in one of them: it moves from the live table to the record when it is over.

use super::{
    guards, landing, lease,
    message::{self, About},
    table::{Cells, Table, time},
};
use crate::{
    model::{Delivery, IncidentId, PageKey, RECONCILER},
    store::{Fence, StoreError},
};
use mysql_async::{Conn, Row, Transaction, TxOpts, Value, prelude::*};

const COLUMNS: &[&str] = &[
    "incident_id",
    "target",
    "action",
    "level",
    "kind",
    "recipient",
    "state",
    "tries",
    "asked",
    "due",
    "tried",
    "error",
];

pub const TABLE: Table = Table { name: "pages", columns: COLUMNS, key: 4, deployment: None };

/// In no commit, but of the same form.
const LIVE: Table = Table { name: "live_pages", columns: COLUMNS, key: 4, deployment: None };

/// How often a race with another landing is tried again: each round one of them is done.
const ROUNDS: usize = 10;

/// An error's column holds this many characters; so does a recipient's.
const LONGEST: usize = 255;

/// See [`crate::store::pages::Pages::unsettled`].
pub async fn unsettled(connection: &mut Conn) -> Result<Vec<Delivery>, StoreError> {
    let mut rows: Vec<Row> = connection.query(LIVE.select("", "ORDER BY asked")).await?;
    let rest = "AS page WHERE NOT EXISTS (SELECT 1 FROM pages AS ends WHERE ends.incident_id = \
                page.incident_id AND ends.target = page.target AND ends.action = 'resolve') ORDER BY asked";
    rows.extend(connection.query::<Row, _>(TABLE.select("", rest)).await?);
    rows.into_iter().map(read).collect()
}

/// See [`crate::store::pages::Pages::about`].
pub async fn about(connection: &mut Conn, incidents: &[IncidentId]) -> Result<Vec<Delivery>, StoreError> {
    let mut found = Vec::new();
    for some in incidents.chunks(200) {
        let marks = vec!["?"; some.len()].join(", ");
        let keys: Vec<Value> = some.iter().map(|id| id.as_str().into()).collect();
        for table in [&TABLE, &LIVE] {
            let sql = table.select("", &format!("WHERE incident_id IN ({marks})"));
            found.extend(connection.exec::<Row, _, _>(sql, keys.clone()).await?);
        }
    }
    let mut pages = found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    pages.sort_by(|a, b| (a.asked, &a.key).cmp(&(b.asked, &b.key)));
    Ok(pages)
}

/// See [`crate::store::pages::Pages::write_down`].
pub async fn write_down(
    connection: &mut Conn,
    pages: &[Delivery],
    message: &str,
    fence: &Fence,
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        match write_once(connection, pages, message, fence).await {
            Err(StoreError::Conflict) => match lease::why_lost(connection, fence).await? {
                StoreError::Conflict => {}
                lost => return Err(lost),
            },
            other => return other,
        }
    }
    Err(StoreError::Conflict)
}

async fn write_once(connection: &mut Conn, pages: &[Delivery], message: &str, fence: &Fence) -> Result<(), StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    lease::touch(&mut transaction, fence).await?;
    let mut recorded = false;
    for page in pages {
        if page.state.is_final() {
            LIVE.remove(&mut transaction, key(page)).await?;
            recorded |= put(&mut transaction, &TABLE, page).await?;
        } else {
            put(&mut transaction, &LIVE, page).await?;
        }
    }
    if recorded {
        // A landing that was decided on the head before this one must not follow it unseen.
        guards::touch(&mut transaction, &About::default()).await?;
        let text = message::write(message, &About::default());
        landing::commit(&mut transaction, &text, RECONCILER).await?;
    }
    Ok(transaction.commit().await?)
}

/// Makes the page's row say this. Gives whether anything differed.
async fn put(transaction: &mut Transaction<'_>, table: &Table, page: &Delivery) -> Result<bool, StoreError> {
    let present = table.find(transaction, key(page)).await?;
    let exists = present.is_some();
    if let Some(row) = present
        && values(&read(row)?) == values(page)
    {
        return Ok(false);
    }
    table.write(transaction, exists, values(page)).await?;
    Ok(true)
}

fn key(page: &Delivery) -> (String, String, String, u32) {
    let PageKey { incident, target, action, level } = &page.key;
    (incident.as_str().to_owned(), target.clone(), action.as_str().to_owned(), *level)
}

fn read(row: Row) -> Result<Delivery, StoreError> {
    let mut cells = Cells::from(row);
    Ok(Delivery {
        key: PageKey {
            incident: IncidentId::new(cells.take::<String>("incident_id")?),
            target: cells.take("target")?,
            action: cells.parse("action")?,
            level: cells.take("level")?,
        },
        kind: cells.take("kind")?,
        to: cells.take("recipient")?,
        state: cells.parse("state")?,
        tries: cells.take("tries")?,
        asked: cells.time("asked")?,
        due: cells.time("due")?,
        tried: cells.time_or_null("tried")?,
        error: cells.take("error")?,
    })
}

fn values(page: &Delivery) -> Vec<Value> {
    let cut = |text: &str| Value::from(text.chars().take(LONGEST).collect::<String>());
    vec![
        page.key.incident.as_str().into(),
        page.key.target.as_str().into(),
        page.key.action.as_str().into(),
        page.key.level.into(),
        page.kind.as_str().into(),
        cut(&page.to),
        page.state.as_str().into(),
        page.tries.into(),
        time(page.asked),
        time(page.due),
        page.tried.map_or(Value::NULL, time),
        cut(&page.error),
    ]
}
