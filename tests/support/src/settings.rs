//! Writes the `doltops.toml` with which doltops takes the stand-in for AWS.

use crate::{DOMAIN, Error, REGION, StandIn, moto};
use std::{fs, path::PathBuf};
use toml::{Table, Value};

/// Writes it into the stand-in's folder; gives its path. The state folder that it names goes with the stand-in too.
///
/// # Errors
/// The disk's.
pub fn write(stand_in: &StandIn) -> Result<PathBuf, Error> {
    let path = stand_in.folder().join("doltops.toml");
    let mut table = Table::from_iter([
        ("provider".to_owned(), Value::from("aws")),
        ("state_dir".to_owned(), Value::from(stand_in.folder().join("state").display().to_string())),
        ("aws".to_owned(), Value::Table(aws(stand_in))),
    ]);
    if let Some(acme) = &stand_in.acme {
        let root = stand_in.folder().join("acme-root.pem");
        fs::write(&root, &acme.tls_root_pem).map_err(Error::io("writing the root of the ACME directory"))?;
        let acme = [("directory", acme.directory_url()), ("root", root.display().to_string())];
        table.insert(
            "acme".to_owned(),
            Value::Table(acme.map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect()),
        );
    }
    fs::write(&path, table.to_string()).map_err(Error::io("writing doltops.toml"))?;
    Ok(path)
}

fn aws(stand_in: &StandIn) -> Table {
    let seeded = &stand_in.seeded;
    // In the order of their zones, so that the first is eu-central-1a.
    let subnets: Vec<Value> = seeded.subnets.values().cloned().map(Value::from).collect();
    let all = [
        ("region", Value::from(REGION)),
        ("endpoint_url", stand_in.endpoint_url().into()),
        ("image_name", "doltops-stand-in-*".into()),
        ("image_owner", moto::ACCOUNT.into()),
        ("subnets", subnets.into()),
        ("security_groups", vec![Value::from(seeded.security_group.clone())].into()),
        ("domain", DOMAIN.into()),
        ("hosted_zone", seeded.hosted_zone.clone().into()),
        ("instance_role", stand_in.role_arn().into()),
    ];
    all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
