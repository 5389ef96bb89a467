//! What the Hosted API's TCP listener shows and whom it trusts, as both change while it runs.

use crate::{
    certificates::{Authorities, SERVER_LIFETIME, serving},
    env::Env,
    hosted_api::listener::Door,
};
use jiff::{SignedDuration, Timestamp};
use rustls::ServerConfig;
use std::sync::{Arc, Mutex, PoisonError};

/// Its certificate is made anew after a third of its life: a daemon runs for longer than one certificate.
const AGE: SignedDuration = SignedDuration::from_hours(SERVER_LIFETIME.as_hours() / 3);

struct Made {
    config: Arc<ServerConfig>,
    at: Timestamp,
}

/// The door of a control plane with these authorities.
pub fn of(authorities: Arc<Authorities>, env: Arc<dyn Env>) -> Door {
    let last: Mutex<Option<Made>> = Mutex::default();
    Arc::new(move || {
        let now = env.now();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes it anew too.
        let fresh = |made: &&Made| now.duration_since(made.at).abs() < AGE;
        if let Some(made) = last.as_ref().filter(fresh) {
            return Ok(made.config.clone());
        }
        let trusted = [authorities.control.certificate_der().to_vec()];
        let config =
            serving::config(&authorities.control, &trusted, env.as_ref()).map_err(|error| error.to_string())?;
        let config = Arc::new(config);
        *last = Some(Made { config: config.clone(), at: now });
        Ok(config)
    })
}
