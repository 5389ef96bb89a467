//! Which image a new instance boots.
//!
//! Guarantees: the image fits the type's architecture; the newest is looked for again after [`KEPT`].

use super::{
    calls::{Call, Calls},
    describe::filter,
    options::AwsOptions,
    types::Architecture,
};
use crate::{cloud::CloudError, env::Env};
use aws_sdk_ec2::{Client, types::Image as Ec2Image};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// A new image is meant for instances launched from now on, not for this second's; and a fleet that starts asks once.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// The system, Dolt and the agents take 4 GiB; the rest is for logs, which are bounded.
const ROOT_GIB: i32 = 10;

/// An image, as far as a launch needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `ami-…`.
    pub id: String,
    /// The name of its root device, under which the root volume is described.
    pub root: String,
    /// The root volume's size, GiB: the image's own, or [`ROOT_GIB`] where that is more.
    pub root_gib: i32,
}

/// Finds images.
pub struct Images {
    ec2: Client,
    calls: Arc<Calls>,
    env: Arc<dyn Env>,
    options: Arc<AwsOptions>,
    found: Mutex<BTreeMap<Architecture, (Image, Duration)>>,
}

impl Images {
    /// As `options` say.
    pub fn new(ec2: Client, calls: Arc<Calls>, env: Arc<dyn Env>, options: Arc<AwsOptions>) -> Self {
        Self { ec2, calls, env, options, found: Mutex::default() }
    }

    /// The image for an architecture.
    ///
    /// # Errors
    /// AWS's; a refusal where there is none.
    pub async fn of(&self, architecture: Architecture) -> Result<Image, CloudError> {
        // Held meanwhile: who asks at the same time waits for the one answer.
        let mut found = self.found.lock().await;
        let now = self.env.elapsed();
        if let Some((image, since)) = found.get(&architecture)
            && now.saturating_sub(*since) < KEPT
        {
            return Ok(image.clone());
        }
        let ask = self.ec2.describe_images();
        let ask = match &self.options.image {
            Some(id) => ask.filters(filter("image-id", [id])),
            None => ask
                .owners(&self.options.image_owner)
                .filters(filter("name", [&self.options.image_name]))
                .filters(filter("state", ["available"])),
        };
        let told = self.calls.make(Call::read("DescribeImages"), || ask.clone().send()).await?;
        let image = newest(told.images(), architecture).ok_or_else(|| none(&self.options, architecture))?;
        found.insert(architecture, (image.clone(), now));
        Ok(image)
    }
}

/// Dates of images are ISO 8601 in UTC, which sort as text.
fn newest(images: &[Ec2Image], architecture: Architecture) -> Option<Image> {
    let fits = |image: &&Ec2Image| image.architecture().is_some_and(|of| of.as_str() == architecture.as_str());
    let newest = images.iter().filter(fits).max_by_key(|image| (image.creation_date(), image.image_id()))?;
    let root = newest.root_device_name().unwrap_or("/dev/xvda");
    let mapping = newest.block_device_mappings().iter().find(|mapping| mapping.device_name() == Some(root));
    let gib = mapping.and_then(|mapping| mapping.ebs()).and_then(|ebs| ebs.volume_size()).unwrap_or(ROOT_GIB);
    Some(Image { id: newest.image_id()?.to_owned(), root: root.to_owned(), root_gib: gib.max(ROOT_GIB) })
}

fn none(options: &AwsOptions, architecture: Architecture) -> CloudError {
    let architecture = architecture.as_str();
    CloudError::Refused(match &options.image {
        Some(id) => {
            format!("there is no image {id} for {architecture}: correct `image` in [aws], or choose another type")
        }
        None => format!(
            "there is no image {} of the owner {} for {architecture}: build one (docs/aws.md), or correct `image_name` \
             and `image_owner` in [aws]",
            options.image_name, options.image_owner
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::ArchitectureValues;

    fn image(id: &str, made: &str, architecture: ArchitectureValues) -> Ec2Image {
        Ec2Image::builder()
            .image_id(id)
            .creation_date(made)
            .architecture(architecture)
            .root_device_name("/dev/xvda")
            .build()
    }

    #[test]
    fn the_newest_of_the_architecture_is_taken() {
        let images = [
            image("ami-1", "2026-01-02T00:00:00.000Z", ArchitectureValues::Arm64),
            image("ami-2", "2026-03-02T00:00:00.000Z", ArchitectureValues::Arm64),
            image("ami-3", "2026-04-02T00:00:00.000Z", ArchitectureValues::X8664),
            Ec2Image::builder().build(),
        ];
        assert_eq!(newest(&images, Architecture::Arm64).expect("one fits").id, "ami-2");
        assert_eq!(newest(&images, Architecture::X86_64).expect("one fits").id, "ami-3");
        assert_eq!(newest(&images[..2], Architecture::X86_64), None);
    }
}
