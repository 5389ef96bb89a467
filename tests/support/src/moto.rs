//! AWS's services, played by `moto_server`, started by `moto/server.py`, which makes it fit for some hundred instances.
//!
//! It keeps all in memory, and forgets it when it ends. Nothing but the proxy, the keeper and tests that look behind the
//! scenes talk to it: what AWS does and moto does not stands in the proxy.

use crate::{
    Error,
    program::{Program, installed},
};
use serde_json::json;
use std::{ffi::OsStr, fs, net::SocketAddr, path::Path};

/// The account that moto plays.
pub const ACCOUNT: &str = "123456789012";
/// The image for machines with arm64 processors.
pub const AMI_ARM64: &str = "ami-0d0170b5a4600a640";
/// Its name.
pub const AMI_ARM64_NAME: &str = "doltops-stand-in-arm64";
/// The image for machines with x86-64 processors.
pub const AMI_X86_64: &str = "ami-0d0170b5a4600a864";
/// Its name.
pub const AMI_X86_64_NAME: &str = "doltops-stand-in-x86_64";

/// A running moto.
#[derive(Debug)]
pub struct Moto {
    /// Where it listens.
    pub address: SocketAddr,
    _program: Program,
}

impl Moto {
    /// Starts one on a free port, its files in `folder`; installs it first where that was not done yet.
    pub async fn start(folder: &Path) -> Result<Self, Error> {
        // The venv's Python, which stands beside its programs.
        let python = installed("moto", "DOLTOPS_MOTO", "moto/install").await?.with_file_name("python");
        let images = folder.join("images.json");
        fs::write(&images, images_json().to_string()).map_err(Error::io("writing moto's images"))?;
        let environment: [(&str, &OsStr); 5] = [
            ("MOTO_AMIS_PATH", images.as_os_str()),
            // Without these, any word passes for a type or an image, and a wrong one is never noticed.
            ("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", OsStr::new("1")),
            ("MOTO_ENABLE_AMI_VALIDATION", OsStr::new("1")),
            ("PYTHONUNBUFFERED", OsStr::new("1")),
            ("PYTHONDONTWRITEBYTECODE", OsStr::new("1")),
        ];
        // Port 0: the kernel picks a free one and moto prints it, so nobody can take it in between.
        let server = concat!(env!("CARGO_MANIFEST_DIR"), "/moto/server.py");
        let arguments = [server, "-H", "127.0.0.1", "-p", "0"];
        let mut program = Program::start("moto", &python, arguments, &environment, &folder.join("moto.log"))?;
        let address = program.comes_up(address_in).await?;
        Ok(Self { address, _program: program })
    }
}

/// What it prints when it listens: `* Running on http://127.0.0.1:39629`.
fn address_in(log: &str) -> Option<SocketAddr> {
    let (_, after) = log.split_once("Running on http://")?;
    // Only a whole line: a half one has half a port.
    after.split_once('\n')?.0.trim().parse().ok()
}

fn images_json() -> serde_json::Value {
    let image = |id: &str, name: &str, architecture: &str| {
        json!({
            "ami_id": id, "name": name, "architecture": architecture, "owner_id": ACCOUNT, "state": "available",
            "description": "Dolt with its instance manager", "creation_date": "2026-01-05T10:00:00.000Z",
            "image_type": "machine", "image_location": format!("{ACCOUNT}/{name}"), "hypervisor": "xen",
            "public": false, "virtualization_type": "hvm",
            "root_device_name": "/dev/xvda", "root_device_type": "ebs", "sriov": "simple",
        })
    };
    json!([image(AMI_ARM64, AMI_ARM64_NAME, "arm64"), image(AMI_X86_64, AMI_X86_64_NAME, "x86_64")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_a_whole_line_only() {
        assert_eq!(address_in(" * Running on http://127.0.0.1:396"), None);
        let log = "WARNING\n * Running on http://127.0.0.1:39629\nPress CTRL+C";
        assert_eq!(address_in(log), Some(SocketAddr::from(([127, 0, 0, 1], 39629))));
    }
}
