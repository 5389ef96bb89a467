//! `doltops client-certificate`, `client-certificates` and `revoke`: who may come in over TCP.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use crate::{
    config::Identity,
    hosted_api::problem::{Kind, Problem},
    secrets::Secret,
};
use clap::Args;
use doltops_proto::{
    hosted_api::{IssueClientCertificateRequest, ListClientCertificatesRequest, RevokeClientCertificateRequest},
    identity::Role,
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Make a client certificate for --connect
#[derive(Args, Clone, Debug)]
pub struct ClientCertificate {
    /// Whose: the author of what is done with it
    #[arg(value_parser = person)]
    name: String,
    /// viewer, operator or admin
    #[arg(long)]
    role: Role,
    /// Where to write certificate, key and CA; NAME.pem unless said
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// End every client certificate of that name
#[derive(Args, Clone, Debug)]
pub struct Revoke {
    /// Whose
    #[arg(value_parser = person)]
    name: String,
}

/// A name that can stand in a certificate's URI and in a file's name.
fn person(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    let valid = (1..=64).contains(&text.len())
        && text.chars().all(allowed)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    valid.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "'{}' is no such name: up to 64 letters, digits and . _ - @ +, a letter or digit first",
            text::clean(text)
        )
    })
}

/// Makes one and keeps it in a file.
pub async fn run(args: ClientCertificate, mut context: Context<'_>) -> Result<(), Stop> {
    let file = args.file.unwrap_or_else(|| PathBuf::from(format!("{}.pem", args.name)));
    // Before it is asked for: a certificate whose key could not be kept is one more to revoke.
    let place = Place::new(&file)?;
    let request = IssueClientCertificateRequest { name: args.name.clone(), role: args.role.to_string() };
    let issued = context.client.issue_client_certificate(request).await?.into_inner();
    let identity = Identity {
        certificate_pem: issued.certificate_pem,
        key_pem: Secret::new(issued.key_pem),
        ca_pem: issued.ca_pem,
    };
    place.keep(&identity)?;
    let shown = file.display().to_string();
    if context.out.is_json() {
        let (name, role) = (args.name, args.role.to_string());
        let not_after = text::rfc3339(issued.not_after_ms);
        return context.out.json(&json::Certificate { name, role, serial: issued.serial, not_after, file: shown });
    }
    let url = match (&context.config.connect, context.config.listen) {
        (Some(remote), _) => remote.place(),
        (None, Some(address)) => format!("https://{address}"),
        (None, None) => "https://HOST:PORT".to_owned(),
    };
    context.out.line(&format!("{shown} holds {}'s certificate as {}, its key and the CA;", args.name, args.role))?;
    context.out.line(&format!("it is good until {}. To attach from elsewhere:", text::moment(issued.not_after_ms)))?;
    context.out.line(&format!("  doltops --connect {url} --identity {shown}"))
}

/// A file that is to be made, with its folder proved to be writable.
struct Place<'a> {
    file: &'a Path,
    begun: tempfile::NamedTempFile,
}

impl<'a> Place<'a> {
    fn new(file: &'a Path) -> Result<Self, Problem> {
        let wrong = |what: String| Problem::invalid("file", what).next("name another with --file");
        if file.symlink_metadata().is_ok() {
            return Err(wrong(format!("{} is there already, and may hold the only copy of a key", file.display())));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Made with mode 0600, which the file keeps.
        let begun = tempfile::NamedTempFile::new_in(folder)
            .map_err(|error| wrong(format!("{} cannot be written to: {error}", folder.display())))?;
        Ok(Self { file, begun })
    }

    fn keep(mut self, identity: &Identity) -> Result<(), Problem> {
        let written = self
            .begun
            .write_all(identity.to_pem().reveal().as_bytes())
            .and_then(|()| self.begun.as_file().sync_all())
            .and_then(|()| self.begun.persist_noclobber(self.file).map(drop).map_err(|error| error.error));
        written.map_err(|error| {
            let what = format!("{} cannot be written: {error}", self.file.display());
            Problem { field: "file".into(), ..Problem::new(Kind::Failed, what) }
                .next("revoke the certificate that was made, and make another")
        })
    }
}

/// Every client certificate that was made, those that were revoked too.
pub async fn list(mut context: Context<'_>) -> Result<(), Stop> {
    let request = ListClientCertificatesRequest {};
    let all = context.client.list_client_certificates(request).await?.into_inner().certificates;
    if context.out.is_json() {
        let all: Vec<_> = all.iter().map(json::IssuedCertificate::from).collect();
        return context.out.json(&all);
    }
    let mut table = Table::new(&[
        Column::Left("NAME"),
        Column::Left("ROLE"),
        Column::Left("SERIAL"),
        Column::Left("UNTIL"),
        Column::Left(""),
    ]);
    for it in &all {
        let state = if it.revoked { Cell::toned("revoked", Tone::Faint) } else { "".into() };
        table.row([
            Cell::from(&it.name),
            Cell::from(&it.role),
            Cell::from(&it.serial),
            text::moment(it.not_after_ms).into(),
            state,
        ]);
    }
    context.out.table(&table)
}

/// Ends every certificate of a name.
pub async fn revoke(args: Revoke, mut context: Context<'_>) -> Result<(), Stop> {
    let request = RevokeClientCertificateRequest { name: args.name.clone() };
    let serials = context.client.revoke_client_certificate(request).await?.into_inner().serials;
    if serials.is_empty() {
        let what = format!("there is no certificate of {} that is still good", args.name);
        return Err(Problem { field: "name".into(), ..Problem::new(Kind::NotFound, what) }.into());
    }
    if context.out.is_json() {
        return context.out.json(&json::Revoked { name: args.name, serials });
    }
    context.out.line(&format!("{} can no longer attach: revoked {}", args.name, serials.join(", ")))
}
