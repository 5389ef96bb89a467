//! Instances as processes of this machine.
//!
//! An instance is a detached agent that runs a real Dolt; a volume is a folder. Both outlive this program, as EC2's
//! would, and are found again by the next one on the same state folder.
//!
//! Guarantees, beside those of every [`Cloud`]
//! - A call returns once what it decided is on disk; `init` brings the processes there, also after a crash.
//! - A deployment keeps its SQL port for as long as its volume lives.
//! - An agent that died is started again, unless its instance was stopped or [`Cloud::suspend`] was called.
//! - After [`Cloud::suspend`] nothing is started, by this process or another, until the switch is turned on: by an
//!   opening that resumes, or by [`turn_on`].
//! - No call waits for a process or a copy of data, but for [`Cloud::create_volume`] from a copy and
//!   [`Cloud::suspend`], which wait for theirs.
//!
//! It takes for granted that it is alone on its folder: whoever hosts the control plane holds the state folder's lock.
//! Not here: limits of processor time and disk. A type is a memory limit that Dolt keeps to, and a volume's size is
//! watched, not enforced.
//!
//! Why the process table and not a file of process ids: see `table`.

mod copies;
mod copying;
mod duty;
mod init;
mod instances;
mod inventory;
mod layout;
mod logs;
mod ports;
mod power;
mod records;
mod switch;
mod table;
mod types;
mod volumes;

pub use inventory::OpenError;
pub use switch::turn_on;

use self::{
    init::{Shared, blocking},
    inventory::Inventory,
    power::Programs,
    switch::Switch,
    volumes::VolumeWork,
};
use super::{Cloud, CloudError, LaunchRequest, View, VolumeRequest};
use crate::{
    env::Env,
    model::{Copy, CopyId, Instance, InstanceId, InstanceType, Site, StandsIn, Volume, VolumeId},
};
use async_trait::async_trait;
use futures::future::join_all;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    sync::{Mutex, Notify},
    task::{self, AbortHandle},
};

/// From a stop to the next connection with another type, seconds: measured, and rounded up.
const AWAY_FOR_A_STOP: u32 = 3;

/// Where a local cloud is, and what it runs.
pub struct LocalOptions {
    /// Its folder, in the state folder.
    pub folder: PathBuf,
    /// Whether a fleet that was suspended is brought back; who only looks leaves it as it is.
    pub resume: bool,
    /// Whose instances are told and touched.
    pub control_plane_id: String,
    /// This program, or another with the commands `agent` and `detach`.
    pub launcher: PathBuf,
    /// The Dolt binary.
    pub dolt: PathBuf,
    /// Time and randomness.
    pub env: Arc<dyn Env>,
}

/// This machine as a cloud. Dropping it leaves every instance running.
pub struct LocalCloud {
    shared: Shared,
    types: Arc<[InstanceType]>,
    site: Site,
    closed: Arc<AtomicBool>,
    init: AbortHandle,
}

impl LocalCloud {
    /// Opens the folder and begins to bring every instance to where it should be.
    ///
    /// # Errors
    /// When the folder or a record in it cannot be used.
    pub async fn open(options: LocalOptions) -> Result<Self, OpenError> {
        let types: Arc<[InstanceType]> = types::offered().into();
        let LocalOptions { folder, resume, control_plane_id, launcher, dolt, env } = options;
        let inventory = {
            let (types, root) = (Arc::clone(&types), folder.clone());
            let opened = task::spawn_blocking(move || {
                let mut inventory = Inventory::open(&root, control_plane_id, types, env)?;
                if resume {
                    inventory.resume()?;
                }
                init::adopt(&mut inventory);
                Ok(inventory)
            });
            opened.await.unwrap_or_else(|error| Err(OpenError::Folder { folder, why: std::io::Error::other(error) }))?
        };
        let closed = inventory.closed();
        let shared = Shared {
            inventory: Arc::new(Mutex::new(inventory)),
            wake: Arc::new(Notify::new()),
            programs: Arc::new(Programs { launcher, dolt }),
        };
        let init = tokio::spawn(init::run(shared.clone())).abort_handle();
        let site = Site { domain: "localhost".to_owned(), away_for_a_stop: AWAY_FOR_A_STOP, ..Site::default() };
        Ok(Self { shared, types, site, closed, init })
    }

    /// Changes the inventory, then has `init` look.
    async fn change<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Inventory) -> Result<T, CloudError> + Send + 'static,
    ) -> Result<T, CloudError> {
        let result = blocking(&self.shared, act).await;
        self.shared.wake.notify_one();
        result
    }
}

impl LocalCloud {
    /// Nothing is started or written from here on: another may open the folder. Instances run on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.init.abort();
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl Cloud for LocalCloud {
    fn provider(&self) -> &'static str {
        "local"
    }

    fn types(&self) -> &[InstanceType] {
        &self.types
    }

    fn site(&self) -> &Site {
        &self.site
    }

    async fn look(&self) -> Result<View, CloudError> {
        Ok(self.shared.inventory.lock().await.view())
    }

    async fn create_volume(&self, request: &VolumeRequest) -> Result<Volume, CloudError> {
        let (request, shared, closed) = (request.clone(), self.shared.clone(), Arc::clone(&self.closed));
        // One task from end to end: what was begun is taken note of also when the caller goes away.
        let made = task::spawn_blocking(move || {
            let work = shared.inventory.blocking_lock().new_volume(&request)?;
            match work {
                VolumeWork::Made(volume) => Ok(volume),
                VolumeWork::Make(making) => {
                    let outcome = making.make(&|| closed.load(Ordering::Acquire));
                    shared.inventory.blocking_lock().volume_made(making, outcome)
                }
            }
        });
        made.await.unwrap_or_else(|error| Err(CloudError::Later(format!("the volume was not made: {error}"))))
    }

    async fn launch(&self, request: &LaunchRequest, user_data: &str) -> Result<Instance, CloudError> {
        let (request, user_data) = (request.clone(), user_data.to_owned());
        self.change(move |inventory| inventory.launch(&request, &user_data)).await
    }

    async fn stop(&self, instance: &InstanceId) -> Result<(), CloudError> {
        let id = instance.clone();
        self.change(move |inventory| inventory.stop(&id)).await
    }

    async fn start(&self, instance: &InstanceId) -> Result<(), CloudError> {
        let id = instance.clone();
        self.change(move |inventory| inventory.start(&id)).await
    }

    async fn change_type(&self, instance: &InstanceId, to: &str, _: Option<&StandsIn>) -> Result<(), CloudError> {
        let (id, to) = (instance.clone(), to.to_owned());
        self.change(move |inventory| inventory.change_type(&id, &to)).await
    }

    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError> {
        let id = instance.clone();
        self.change(move |inventory| inventory.terminate(&id)).await
    }

    async fn grow(&self, volume: &VolumeId, gib: u32) -> Result<(), CloudError> {
        let id = volume.clone();
        self.change(move |inventory| inventory.grow(&id, gib)).await
    }

    async fn copy(&self, volume: &VolumeId, token: &str) -> Result<Copy, CloudError> {
        let (id, token) = (volume.clone(), token.to_owned());
        self.change(move |inventory| inventory.copy(&id, &token)).await
    }

    async fn destroy_volume(&self, volume: &VolumeId) -> Result<(), CloudError> {
        let id = volume.clone();
        self.change(move |inventory| inventory.take_volume(&id).map(remove)).await
    }

    async fn destroy_copy(&self, copy: &CopyId) -> Result<(), CloudError> {
        let id = copy.clone();
        self.change(move |inventory| inventory.take_copy(&id).map(remove)).await
    }

    async fn suspend(&self) -> Result<usize, CloudError> {
        // One task from end to end: a caller that goes away does not leave it half done.
        let shared = self.shared.clone();
        let done = tokio::spawn(async move {
            let folders = blocking(&shared, Inventory::suspend).await?;
            let ran = join_all(folders.iter().map(|folder| power::off(folder))).await;
            shared.inventory.lock().await.switch = Switch::Off;
            Ok(ran.into_iter().filter(|ran| *ran).count())
        });
        done.await.unwrap_or_else(|error| Err(CloudError::Later(format!("not every instance was ended: {error}"))))
    }
}

/// Removes what was put aside, in its own time; the next `open` removes what is left of it.
fn remove(aside: PathBuf) {
    task::spawn_blocking(move || {
        if let Err(error) = std::fs::remove_dir_all(&aside) {
            tracing::warn!(folder = %aside.display(), %error, "is removed at the next start");
        }
    });
}
