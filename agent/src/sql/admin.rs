//! The control plane's admin user.
//!
//! It is made by whoever can: by the admin user before it, when its name or password changes, or by the customer's
//! root, on a new database. A crash between any two statements is mended by the next call: each can be done twice.

use super::{access::SqlError, quoted};
use crate::state::deployed::{Deployed, Login};
use mysql_async::{Conn, Error, prelude::Queryable};

/// MySQL's number for "access denied".
const ACCESS_DENIED: u16 = 1045;

/// Sees to it that the deployed admin user can connect and has its grants.
pub async fn ensure<F>(deployed: &Deployed, connect: impl Fn(&Login) -> F) -> Result<(), SqlError>
where
    F: Future<Output = Result<Conn, Error>>,
{
    let admin = &deployed.admin;
    // Until it is proven it may be there without its grants, so it is made first, where anybody can.
    for login in [&deployed.proven, &deployed.root].into_iter().flatten() {
        if let Some(mut connection) = unless_denied(connect(login).await)? {
            if login != admin {
                make(&mut connection, admin).await?;
            }
            close(connection).await;
            return Ok(());
        }
    }
    // A database from before this instance, whose root password the customer has changed.
    let Some(connection) = unless_denied(connect(admin).await)? else {
        return Err(SqlError::Refused(admin.user.clone()));
    };
    close(connection).await;
    Ok(())
}

/// Tells Dolt good-bye; it may be gone already.
async fn close(connection: Conn) {
    let _ = connection.disconnect().await;
}

fn unless_denied(result: Result<Conn, Error>) -> Result<Option<Conn>, Error> {
    match result {
        Ok(connection) => Ok(Some(connection)),
        Err(Error::Server(error)) if error.code == ACCESS_DENIED => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn make(connection: &mut Conn, admin: &Login) -> Result<(), Error> {
    let user = format!("{}@'%'", quoted(&admin.user));
    let password = quoted(&admin.password);
    connection.query_drop(format!("CREATE USER IF NOT EXISTS {user} IDENTIFIED BY {password}")).await?;
    connection.query_drop(format!("ALTER USER {user} IDENTIFIED BY {password}")).await?;
    connection.query_drop(format!("GRANT ALL ON *.* TO {user} WITH GRANT OPTION")).await?;
    connection.query_drop(format!("GRANT CLONE_ADMIN ON *.* TO {user}")).await
}
