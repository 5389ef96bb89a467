//! Secrets in AWS Secrets Manager, as `doltops/<control plane>/<name>`.
//!
//! Guarantees
//! - Only secrets with this control plane's name and tag are removed.
//! - A lost answer does nothing twice: making one that is there is keeping it, removing one that is gone is no error.
//! - Two managers that make the same secret at once end up with the same one: the first to make it wins, the other reads
//!   it (see [`Secrets::put_new`]).
//! - An error names the secret and the service's reason. Answers are never printed: they hold the content.
//!
//! Not here: the embedded store's own password, which is needed before anything can be asked of AWS, and stays in the
//! state folder.
//!
//! Why reads are remembered: every look at a deployment needs its admin's password. A resync of 400 deployments twice a
//! minute would be 50,000 reads an hour, at 5 cents for 10,000, for values that this process itself has written.

use super::{Secret, SecretError, Secrets};
use crate::{env::Env, model::error::causes};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    types::{Filter, FilterNameStringType, SecretListEntry, Tag},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long a read is remembered.
///
/// Values change only through this process, which forgets what it has changed; a new host begins with nothing. So this
/// bounds one thing: how long a value that a person changed in AWS by hand goes unnoticed.
const REMEMBERED: Duration = Duration::from_mins(5);

/// How often a call is tried, throttled ones included. The SDK waits about 1, 2, 4, 8 and 16 s between (jittered, at most
/// 20): a minute of throttling is lived through, and a caller with a deadline of its own gives up by that.
const ATTEMPTS: u32 = 6;

/// The tag that says whose a resource is.
const OWNER: &str = "doltops:control-plane";

/// The secrets of one control plane.
pub struct SecretsManager {
    client: Client,
    control_plane: String,
    env: Arc<dyn Env>,
    remembered: Mutex<Remembered>,
}

/// What was read a short while ago. As many entries as there are secrets, a hundred bytes each.
#[derive(Default)]
struct Remembered {
    values: BTreeMap<String, (Secret, Duration)>,
    /// Counts changes, so that a read that began before one does not bring the old value back.
    changes: u64,
}

impl Remembered {
    fn get(&self, name: &str, now: Duration) -> Option<Secret> {
        let (secret, since) = self.values.get(name)?;
        (now.saturating_sub(*since) < REMEMBERED).then(|| secret.clone())
    }

    /// Notes what a read gave that began when `changes` were counted.
    fn note(&mut self, name: &str, secret: &Secret, now: Duration, changes: u64) {
        if self.changes == changes {
            self.values.insert(name.to_owned(), (secret.clone(), now));
        }
    }

    fn forget(&mut self, of: impl Fn(&str) -> bool) {
        self.changes += 1;
        self.values.retain(|name, _| !of(name));
    }
}

impl SecretsManager {
    /// Nothing is asked of AWS before the first call.
    pub fn new(aws: &SdkConfig, control_plane: impl Into<String>, env: Arc<dyn Env>) -> Self {
        let config = aws_sdk_secretsmanager::config::Builder::from(aws)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .build();
        Self {
            client: Client::from_conf(config),
            control_plane: control_plane.into(),
            env,
            remembered: Mutex::default(),
        }
    }

    fn id(&self, name: &str) -> String {
        format!("doltops/{}/{name}", self.control_plane)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        // What is behind it is whole between any two lines.
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What Secrets Manager holds now.
    async fn read(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let changes = self.remembered().changes;
        match self.client.get_secret_value().secret_id(self.id(name)).send().await {
            Ok(answer) => {
                let Some(text) = answer.secret_string else {
                    return Err(failed(name, "read", "it holds no text; it was not written by doltops"));
                };
                let secret = Secret::new(text);
                self.remembered().note(name, &secret, self.env.elapsed(), changes);
                Ok(Some(secret))
            }
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => Ok(None),
            Err(error) => Err(refused(name, "read", &self.id(name), &error)),
        }
    }

    /// Whether it was made now; false: it was there before.
    async fn create(&self, name: &str, secret: &Secret) -> Result<bool, SecretError> {
        let owner = Tag::builder().key(OWNER).value(&self.control_plane).build();
        let call = self.client.create_secret().name(self.id(name)).secret_string(secret.reveal()).tags(owner);
        match call.description("Made and used by doltops; docs/aws.md says what for.").send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_exists_exception()) => Ok(false),
            Err(error) => Err(refused(name, "kept", &self.id(name), &error)),
        }
    }

    /// The names (without this control plane's part) of what is under `prefix`.
    async fn under(&self, prefix: &str) -> Result<BTreeSet<String>, SecretError> {
        let root = self.id("");
        let by_name = Filter::builder().key(FilterNameStringType::Name).values(self.id(prefix)).build();
        let mut pages = self.client.list_secrets().filters(by_name).into_paginator().send();
        let mut found = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| refused(prefix, "removed", &self.id(prefix), &error))?;
            // The filter takes a beginning of letters; ours is one of whole words, with the owner's tag.
            let own = page.secret_list.unwrap_or_default().into_iter().filter(|entry| self.owns(entry));
            let names = own.filter_map(|entry| entry.name?.strip_prefix(&root).map(str::to_owned));
            found.extend(names.filter(|name| is_under(prefix, name)));
        }
        Ok(found)
    }

    fn owns(&self, entry: &SecretListEntry) -> bool {
        entry.tags().iter().any(|tag| tag.key() == Some(OWNER) && tag.value() == Some(self.control_plane.as_str()))
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        check(name, "read")?;
        if let Some(secret) = self.remembered().get(name, self.env.elapsed()) {
            return Ok(Some(secret));
        }
        self.read(name).await
    }

    async fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        check(name, "kept")?;
        let written = if self.create(name, secret).await? {
            Ok(())
        } else {
            let call = self.client.put_secret_value().secret_id(self.id(name)).secret_string(secret.reveal());
            call.send().await.map(drop).map_err(|error| refused(name, "kept", &self.id(name), &error))
        };
        // Also when it failed: it may have been written all the same.
        self.remembered().forget(|other| other == name);
        written
    }

    async fn put_new(&self, name: &str, secret: &Secret) -> Result<Secret, SecretError> {
        check(name, "kept")?;
        if self.create(name, secret).await? {
            self.remembered().forget(|other| other == name);
            return Ok(secret.clone());
        }
        // Reads follow writes by a moment: the caller's next try finds it.
        let found = self.read(name).await?;
        found.ok_or_else(|| failed(name, "read", "another process has just made it; it is there in a moment"))
    }

    async fn remove(&self, prefix: &str) -> Result<(), SecretError> {
        check(prefix, "removed")?;
        let mut names = self.under(prefix).await?;
        // The list is behind by seconds; what this process knows of is not left behind.
        names.extend(self.remembered().values.keys().filter(|name| is_under(prefix, name)).cloned());
        for name in names {
            let call = self.client.delete_secret().secret_id(self.id(&name)).force_delete_without_recovery(true);
            match call.send().await {
                Ok(_) => {}
                Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {}
                Err(error) => return Err(refused(&name, "removed", &self.id(&name), &error)),
            }
        }
        self.remembered().forget(|name| is_under(prefix, name));
        Ok(())
    }
}

/// Whether `name` is `prefix` itself or inside it.
fn is_under(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A name that the state folder would take too: a change of `aws.secrets` must not find names that only one can keep.
fn check(name: &str, what: &'static str) -> Result<(), SecretError> {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if name.split('/').all(word) { Ok(()) } else { Err(failed(name, what, "that is no name of a secret")) }
}

fn failed(name: &str, what: &'static str, why: impl ToString) -> SecretError {
    SecretError { name: name.to_owned(), what, why: why.to_string() }
}

/// The service's refusal, or why it was not reached. Never the answer itself, as `Debug` of an error would print it.
fn refused<E, R>(name: &str, what: &'static str, id: &str, error: &SdkError<E, R>) -> SecretError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    let said = match error.code() {
        Some(code) => format!("Secrets Manager answers {code}: {}", error.message().unwrap_or("no reason is given")),
        None => causes(error),
    };
    let next = match error.code() {
        Some("AccessDeniedException") => {
            "; packaging/iam/control-plane.json allows it, and doltops doctor tells what else is missing".to_owned()
        }
        // Somebody has deleted it with the usual days of grace: until then it can neither be read nor made again.
        Some("InvalidRequestException") => {
            format!("; if it is to be deleted: aws secretsmanager restore-secret --secret-id {id}")
        }
        _ => String::new(),
    };
    failed(name, what, said + &next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_whole_words() {
        assert!(is_under("deployments/d-1", "deployments/d-1"));
        assert!(is_under("deployments/d-1", "deployments/d-1/root"));
        assert!(!is_under("deployments/d-1", "deployments/d-12/root"));
        assert!(!is_under("deployments/d-1", "deployments"));
    }

    #[test]
    fn a_read_is_remembered_for_a_while_and_not_across_a_change() {
        let (secret, at) = (Secret::new("hush"), Duration::from_secs(100));
        let mut remembered = Remembered::default();
        remembered.note("a", &secret, at, 0);
        assert_eq!(remembered.get("a", at + REMEMBERED / 2), Some(secret.clone()));
        assert_eq!(remembered.get("a", at + REMEMBERED), None);
        remembered.forget(|name| name == "a");
        assert_eq!(remembered.get("a", at), None);
        // A read that began before the change ends after it.
        remembered.note("a", &secret, at, 0);
        assert_eq!(remembered.get("a", at), None);
    }
}
