//! What is copied and destroyed.

use super::{Outcome, refused};
use crate::simulation::world::World;
use doltops::{
    cloud::CloudError,
    model::{Copy, CopyId, InstanceState, VolumeId},
};
use std::time::Duration;

impl World {
    pub(super) fn destroy(&mut self, process: usize, id: &VolumeId) -> Outcome<()> {
        let Some(volume) = self.volumes.get(id).cloned() else {
            return Err(CloudError::NotFound(format!("volume {id}")));
        };
        if let Some(holder) = self.holder(id) {
            return refused(format!("{id} is attached to {}", holder.told.id));
        }
        self.copied_now(id)?;
        self.may_touch(process, &volume.deployment, "destroy-volume");
        self.was_written_down(&volume.deployment, "destroy-volume");
        let record = self.record(&volume.deployment);
        let copy = record.and_then(|record| record.final_copy.as_ref()).and_then(|copy| self.copies.get(copy));
        let copied = copy.is_some_and(|(copy, _)| copy.volume == *id && copy.completed);
        let marked = record.is_some_and(|record| record.deletion.is_some());
        if !marked || self.snapshot.desired.contains_key(&volume.deployment) {
            self.broke(format!("{id} is destroyed though nobody asked for the deletion of {}", volume.deployment));
        }
        if !copied {
            self.broke(format!("{id} is destroyed without a completed copy in its record"));
        }
        self.volumes.remove(id);
        Ok(())
    }

    pub(super) fn take_copy(&mut self, process: usize, id: &VolumeId, token: &str) -> Outcome<Copy> {
        let made = self.tokens.get(token).map(|(_, made)| CopyId::new(made.clone()));
        let there = made.is_some_and(|made| self.copies.contains_key(&made));
        if let Some(made) = self.made_by(token, id.as_str(), there)? {
            return Ok(self.copies[&CopyId::new(made)].0.clone());
        }
        let Some(volume) = self.volumes.get(id).cloned() else {
            return Err(CloudError::NotFound(format!("volume {id}")));
        };
        if let Some(holder) = self.holder(id).filter(|holder| holder.told.state != InstanceState::Stopped) {
            return refused(format!("{} is {}", holder.told.id, holder.told.state.as_str()));
        }
        self.may_touch(process, &volume.deployment, "take-final-copy");
        self.was_written_down(&volume.deployment, "take-final-copy");
        if self.copies.values().any(|(copy, _)| copy.volume == *id) {
            self.broke(format!("a second final copy of {id} is made"));
        }
        let copy = CopyId::new(self.new_id("snap"));
        let told = Copy {
            id: copy.clone(),
            deployment: volume.deployment,
            volume: id.clone(),
            gib: volume.gib,
            completed: false,
            taken: self.clock.stamp(),
        };
        let done = self.now() + Duration::from_secs(1 + self.random.below(60));
        self.tokens.insert(token.to_owned(), (id.to_string(), copy.to_string()));
        self.copies.insert(copy, (told.clone(), done));
        Ok(told)
    }
}
