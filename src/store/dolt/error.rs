//! What the server's and the driver's errors mean to the store.

use crate::store::StoreError;
use mysql_async::{DriverError, Error, ServerError};

/// A lost race at commit: another transaction wrote a cell that this one wrote.
const SERIALIZATION: u16 = 1213;
/// A unique key has this value already.
const DUPLICATE: u16 = 1062;
/// Dolt's own number for what MySQL has none for; the text tells.
const OTHER: u16 = 1105;
/// No such database.
pub const NO_DATABASE: u16 = 1049;
/// A column of that name is there already.
pub const COLUMN_EXISTS: u16 = 1060;
/// No such table.
pub const NO_TABLE: u16 = 1146;
/// The user or the password is wrong.
pub const ACCESS_DENIED: u16 = 1045;

/// The number of the server's error, where the server answered with one.
pub fn code(error: &Error) -> Option<u16> {
    match error {
        Error::Server(server) => Some(server.code),
        _ => None,
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Server(server) => answered(&server),
            // These three are about a row that has come, not about the connection.
            Error::Driver(
                DriverError::FromRow { .. } | DriverError::FromValue { .. } | DriverError::StmtParamsMismatch { .. },
            )
            | Error::Url(_) => StoreError::Broken(error.to_string()),
            Error::Io(_) | Error::Driver(_) | Error::Other(_) => StoreError::Unavailable(error.to_string()),
        }
    }
}

fn answered(server: &ServerError) -> StoreError {
    let text = format!("{} (error {})", server.message, server.code);
    match server.code {
        SERIALIZATION | DUPLICATE => StoreError::Conflict,
        // A unique or foreign key clashes at commit: the rows came from two transactions.
        OTHER if server.message.contains("constraint violation") => StoreError::Conflict,
        // Too many connections, shutting down, killed, gone: a later try may find it well.
        1040 | 1053 | 1317 | 2006 | 2013 => StoreError::Unavailable(text),
        // It was demoted a moment ago: the next call finds the primary.
        OTHER if server.message.contains("read-only") || server.message.contains("read only") => {
            StoreError::Unavailable(text)
        }
        OTHER if server.message.contains("context canceled") => StoreError::Unavailable(text),
        _ => StoreError::Broken(text),
    }
}
