//! What the Hosted API's TCP listener shows and whom it trusts, as both change while it runs.

use crate::{
    certificates::{Authorities, Bundle, SERVER_LIFETIME, serving},
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
    /// By the authorities as they were then.
    bundle: Arc<Bundle>,
    at: Timestamp,
}

/// The door of a control plane with these authorities.
pub fn of(authorities: Arc<Authorities>, env: Arc<dyn Env>) -> Door {
    let last: Mutex<Option<Made>> = Mutex::default();
    Arc::new(move || {
        let now = env.now();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes it anew too.
        let bundle = authorities.control.now();
        let same = |made: &Made| Arc::ptr_eq(&made.bundle, &bundle);
        let fresh = |made: &&Made| now.duration_since(made.at).abs() < AGE && same(made);
        if let Some(made) = last.as_ref().filter(fresh) {
            return Ok(made.config.clone());
        }
        // Until the last step of a rotation the old one: it is what people have in their files.
        let config = serving::config(bundle.oldest(), &bundle.trusted_ders(), env.as_ref());
        let config = Arc::new(config.map_err(|error| error.to_string())?);
        *last = Some(Made { config: config.clone(), bundle, at: now });
        Ok(config)
    })
}
