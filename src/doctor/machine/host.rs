//! Whether a control plane runs on the state folder already.

use crate::{config::Config, doctor::Finding, hosting::StateFolder};
use std::io;
use tokio::net::UnixStream;

pub async fn check(config: &Config) -> Vec<Finding> {
    if let Some(remote) = &config.connect {
        return vec![Finding::ok("control plane", format!("{} is attached to; none is hosted here", remote.place()))];
    }
    vec![judge(hosted(config).await)]
}

/// Whether one listens on the folder's socket.
pub async fn hosted(config: &Config) -> io::Result<bool> {
    // A folder that is not there is not made for a look.
    let Some(state_dir) = super::folder::existing(config) else { return Ok(false) };
    let socket = StateFolder::open(state_dir).and_then(|folder| folder.socket()).map_err(io::Error::other)?;
    match UnixStream::connect(socket).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(false),
        Err(error) => Err(error),
    }
}

fn judge(hosted: io::Result<bool>) -> Finding {
    match hosted {
        Ok(true) => Finding::ok("control plane", "one runs on this state folder; doltops attaches to it"),
        Ok(false) => Finding::ok("control plane", "none runs yet; the next doltops that needs one hosts it"),
        Err(error) => Finding::missing(
            "control plane",
            format!("its socket cannot be opened: {error}"),
            "is the control plane another user's? Choose another --state-dir, or run doltops as that user",
        ),
    }
}
