//! `doltops credentials`: the customer's login. Operators; the control plane records the showing.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
};
use crate::{
    hosted_api::{
        convert,
        problem::{Kind, Problem},
    },
    model::DeploymentName,
};
use clap::Args;
use doltops_proto::hosted_api::CredentialsRequest;
use std::{fs, path::PathBuf};

/// The customer's login; the showing is recorded
#[derive(Args, Clone, Debug)]
pub struct Credentials {
    /// Which deployment
    name: DeploymentName,
    /// Also write the CA of the database's certificate to this file, for clients to check the server with
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

pub async fn run(args: Credentials, mut context: Context<'_>) -> Result<(), Stop> {
    let request = CredentialsRequest { name: args.name.to_string() };
    let login = context.client.credentials(request).await?.into_inner();
    if let Some(file) = &args.ca_file {
        fs::write(file, &login.ca_pem).map_err(|error| Problem {
            field: "ca-file".into(),
            ..Problem::new(Kind::Failed, format!("{}: {error}", file.display()))
        })?;
    }
    if context.out.is_json() {
        return context.out.json(&json::Credentials {
            user: login.user,
            password: login.password,
            host: login.host,
            port: login.port,
            host_name: login.host_name,
            next_password: login.next_password,
            ca_pem: login.ca_pem,
        });
    }
    let line = convert::mysql(&login.host, login.port, &login.user, args.ca_file.as_deref());
    let ca = args.ca_file.map_or_else(
        || format!("doltops credentials {} --ca-file FILE writes it", args.name),
        |file| file.display().to_string(),
    );
    let mut table = Table::new(&[Column::Left("LOGIN"), Column::Left("")]);
    for (title, value) in [
        ("user", login.user),
        ("password", login.password),
        ("host", login.host),
        ("port", login.port.to_string()),
        ("certificate for", login.host_name),
        ("ca", ca),
        ("connect", line),
    ] {
        table.row([Cell::toned(title, Tone::Faint), value.into()]);
    }
    if !login.next_password.is_empty() {
        context.out.note("the password is being changed: where this one does not work, the next one does");
        table.row([Cell::toned("next password", Tone::Faint), login.next_password.into()]);
    }
    context.out.table(&table)
}
