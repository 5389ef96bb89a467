//! Copies for `doltops clone`: main and the branches of change requests are pushed to a remote that is a folder, which is
//! taken away again.
//!
//! Why a push and no backup: a backup takes the working set along, and with it the `live_` tables; a push takes commits.

use super::{CALL, DoltStore, branches, within};
use crate::{
    model::CommitHash,
    store::{StoreError, clones::Clones},
};
use async_trait::async_trait;
use mysql_async::{Conn, prelude::*};
use std::{path::Path, time::Duration};

/// What our remotes are called, and nobody else's.
const REMOTE: &str = "doltops-clone";

/// How long a push may take: 10,000 commits are some 100 MB, which take seconds; a slow disk may take a hundred times that.
const PUSH: Duration = Duration::from_mins(15);

#[async_trait]
impl Clones for DoltStore {
    async fn push(&self, folder: &Path) -> Result<CommitHash, StoreError> {
        let folder = folder.to_str().ok_or_else(|| StoreError::Broken("the folder's name is no text".to_owned()))?;
        self.clean().await?;
        let pushed = within(PUSH, async { push(&mut self.connection().await?, folder).await }).await;
        // Whatever came of it. Where this fails too, the next copy or the next start does it.
        let cleaned = self.clean().await;
        let head = pushed?;
        cleaned?;
        Ok(head)
    }

    async fn clean(&self) -> Result<(), StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let left: Vec<String> = connection.query("SELECT name FROM dolt_remotes").await?;
            // It takes the branches that it tracks along.
            for name in left.iter().filter(|name| *name == REMOTE) {
                connection.exec_drop("CALL dolt_remote('remove', ?)", (name,)).await?;
            }
            Ok(())
        })
        .await
    }
}

async fn push(connection: &mut Conn, folder: &str) -> Result<CommitHash, StoreError> {
    let url = format!("file://{folder}");
    connection.exec_drop("CALL dolt_remote('add', ?, ?)", (REMOTE, url)).await?;
    // In one push: of a branch that moves meanwhile the copy may have more than main tells, which is in nobody's way.
    let mut pushed = vec![REMOTE.to_owned(), "main".to_owned()];
    pushed.extend(
        connection
            .query::<String, _>(format!("SELECT name FROM dolt_branches WHERE name LIKE '{}%'", branches::OURS))
            .await?,
    );
    let sql = format!("CALL dolt_push({})", vec!["?"; pushed.len()].join(", "));
    connection.exec_drop(sql, pushed).await?;
    // What was pushed, and not what main is by now.
    let sql = "SELECT hash FROM dolt_remote_branches WHERE name = ?";
    let head: Option<String> = connection.exec_first(sql, (format!("remotes/{REMOTE}/main"),)).await?;
    let head = head.ok_or_else(|| StoreError::Broken("nothing was pushed".to_owned()))?;
    head.parse().map_err(|error| StoreError::Broken(format!("{error}")))
}
