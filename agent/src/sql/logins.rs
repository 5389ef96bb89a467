//! New passwords of root and of the control plane's own user.
//!
//! Guarantees: a login has worked before the one that it takes the place of ends. A crash between any two lines leaves
//! logins that are known to the caller, and the same call again does the rest. Sessions that are open stay open: MySQL asks
//! for a password when a connection is made.

use super::{access::SqlError, admin, quoted};
use crate::{agent::Agent, state::deployed::Login};
use mysql_async::{Conn, prelude::Queryable};
use tracing::info;

/// Makes `admin` the control plane's own user, and `root_password` root's.
///
/// # Errors
/// Dolt's; then the logins from before and those that were asked for are the only ones that may work.
pub async fn renew(agent: &Agent, root_password: &str, admin: Login) -> Result<(), SqlError> {
    let before = agent.deployments.newest().ok_or(SqlError::NotDeployed)?;
    let mut connection = agent.access.writable().await?;
    let hosts: Vec<String> = connection.query("SELECT host FROM mysql.user WHERE user = 'root'").await?;
    if hosts.is_empty() {
        return Err(SqlError::NoRoot);
    }
    admin::make(&mut connection, &admin).await?;
    let mut connection = agent.access.as_user(&before, &admin).await?;
    // Written down before the other one goes: an agent that starts anew begins with one that is there.
    agent.deployments.renewed(&admin).await?;
    for user in hosts.iter().map(|host| format!("'root'@{}", quoted(host))) {
        connection.query_drop(format!("ALTER USER {user} IDENTIFIED BY {}", quoted(root_password))).await?;
    }
    let root = Login { user: "root".to_owned(), password: root_password.to_owned() };
    close(agent.access.as_user(&before, &root).await?).await;
    for earlier in [Some(&before.admin), before.proven.as_ref()].into_iter().flatten() {
        if earlier.user != admin.user {
            connection.query_drop(format!("DROP USER IF EXISTS {}@'%'", quoted(&earlier.user))).await?;
        }
    }
    close(connection).await;
    agent.access.forget().await;
    info!(admin = admin.user, "root and the control plane's own user have new passwords");
    Ok(())
}

/// Tells Dolt good-bye; it may be gone already.
async fn close(connection: Conn) {
    let _ = connection.disconnect().await;
}
