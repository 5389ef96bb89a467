//! The passwords of a database: root's, and the control plane's own user's, whose name changes each time.
//!
//! Guarantees
//! - At each moment what is kept opens the database: until the new passwords have worked, those from before are kept
//!   beside them; [`pending`] tells of both.
//! - One asking changes them once, however often a crash comes between: what was made for it is kept under its id, and used
//!   again.
//! - The new logins have worked before the old ones end; see the agent's `sql::logins`.

use super::{Executor, StepError, Subject, secret_name, target};
use crate::{
    instances::Logins,
    model::{InstanceId, Record},
    secrets::{self, Secret, SecretError, Secrets},
    store::Fence,
};
use serde::{Deserialize, Serialize};

/// The control plane's own SQL user in a new database.
const FIRST: &str = "doltops_a";
/// And the one that takes its place in a rotation, and gives it back in the next: so both can be there for a while.
const SECOND: &str = "doltops_b";

/// 165 random bits; no character that a shell, a URL or SQL would take for something else.
const PASSWORD: usize = 32;

/// Secrets of a deployment beside root's.
const ADMIN: &str = "admin";
const NEXT: &str = "logins-next";

/// The control plane's own user, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Admin {
    user: String,
    password: String,
}

/// Logins that are to come.
#[derive(Serialize, Deserialize)]
struct Coming {
    /// Who asked for them.
    id: String,
    root: String,
    admin: Admin,
}

impl Executor {
    /// Root's password, made where there is none yet.
    pub(super) async fn root(&self, record: &Record) -> Result<Secret, SecretError> {
        self.password(record, "root").await
    }

    /// The control plane's own user and password, made where there is none yet.
    pub(super) async fn admin(&self, record: &Record) -> Result<(String, Secret), SecretError> {
        if let Some(admin) = read::<Admin>(self.secrets.as_ref(), &secret_name(record, ADMIN)).await? {
            return Ok((admin.user, Secret::new(admin.password)));
        }
        Ok((FIRST.to_owned(), self.password(record, &first_name()).await?))
    }

    async fn password(&self, record: &Record, user: &str) -> Result<Secret, SecretError> {
        let name = secret_name(record, user);
        secrets::get_or_make(self.secrets.as_ref(), &name, || Secret::new(self.env.token(PASSWORD))).await
    }

    /// Other passwords in the database, as `id` has asked for.
    pub(super) async fn renew_logins(
        &self,
        subject: &Subject<'_>,
        instance: &InstanceId,
        id: &str,
        fence: &Fence,
    ) -> Result<(), StepError> {
        let (record, secrets) = (subject.record, self.secrets.as_ref());
        let instance = subject.observed.instance.present().filter(|it| it.id == *instance);
        let instance = instance.ok_or(StepError::Gone("instance"))?;
        let coming = self.coming(record, id).await?;
        let logins = Logins {
            root: Secret::new(coming.root.clone()),
            admin: (coming.admin.user.clone(), Secret::new(coming.admin.password.clone())),
        };
        self.agents.renew_logins(&target(record, instance), fence.epoch, record.generation, &logins).await?;
        write(secrets, &secret_name(record, ADMIN), &coming.admin).await?;
        secrets.put(&secret_name(record, "root"), &logins.root).await?;
        let done = |record: &mut Record| id.clone_into(&mut record.logins_done);
        self.record(subject, &format!("Write down the new passwords of {}", record.name), done).await?;
        // Of no use to anybody from here on; a leftover is told by its id.
        secrets.remove(&secret_name(record, NEXT)).await?;
        Ok(secrets.remove(&secret_name(record, &first_name())).await?)
    }

    /// What was made for `id`, or is made now.
    async fn coming(&self, record: &Record, id: &str) -> Result<Coming, SecretError> {
        let name = secret_name(record, NEXT);
        let kept = read::<Coming>(self.secrets.as_ref(), &name).await?;
        if let Some(coming) = kept.filter(|coming| coming.id == id) {
            return Ok(coming);
        }
        let now = self.admin(record).await?.0;
        let user = if now == FIRST { SECOND } else { FIRST }.to_owned();
        let admin = Admin { user, password: self.env.token(PASSWORD) };
        let coming = Coming { id: id.to_owned(), root: self.env.token(PASSWORD), admin };
        write(self.secrets.as_ref(), &name, &coming).await?;
        Ok(coming)
    }
}

/// Root's password that may work already in the place of the one that is kept: a rotation is under way, or was broken off.
///
/// # Errors
/// The secrets' own.
pub async fn pending(secrets: &dyn Secrets, record: &Record) -> Result<Option<Secret>, SecretError> {
    if record.logins_wanted == record.logins_done {
        return Ok(None);
    }
    let coming = read::<Coming>(secrets, &secret_name(record, NEXT)).await?;
    Ok(coming.filter(|coming| coming.id == record.logins_wanted).map(|coming| Secret::new(coming.root)))
}

fn first_name() -> String {
    FIRST.replace('_', "-")
}

async fn read<T: serde::de::DeserializeOwned>(secrets: &dyn Secrets, name: &str) -> Result<Option<T>, SecretError> {
    let Some(text) = secrets.get(name).await? else { return Ok(None) };
    // The reason would quote what it could not read.
    let unreadable =
        |_| SecretError { name: name.to_owned(), what: "read", why: "it was not written by doltops".into() };
    serde_json::from_str(text.reveal()).map(Some).map_err(unreadable)
}

async fn write(secrets: &dyn Secrets, name: &str, value: &(impl Serialize + Sync)) -> Result<(), SecretError> {
    let failed = |_| SecretError { name: name.to_owned(), what: "kept", why: "it cannot be written as text".into() };
    let text = serde_json::to_string(value).map_err(failed)?;
    secrets.put(name, &Secret::new(text)).await
}
