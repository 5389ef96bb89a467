//! `doltops rotate own`: another client certificate in the place of the one that the caller has in a file.
//!
//! Guarantees: at each moment the file holds one that works. The new one is written whole, and has been let in, before the
//! old one ends; where that end fails, both are good, and the old one ends by its time.

use super::remote;
use crate::{
    cli::{Output, Stop, json},
    config::{Identity, Remote},
    hosted_api::problem::{Kind, Problem},
    secrets::Secret,
};
use doltops_proto::hosted_api::{RenewOwnCertificateRequest, StatusRequest};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{io::Write, path::Path};

/// Renews it; the exit code is the problem's.
pub async fn run(at: &Remote, old: &Identity, out: &mut Output) -> u8 {
    let done = renew(at, old, out).await;
    match done {
        Ok(()) | Err(Stop::NobodyReads) => 0,
        Err(Stop::Outcome(code)) => code,
        Err(Stop::Problem(problem)) => {
            out.problem(&problem);
            problem.kind.exit_code()
        }
    }
}

async fn renew(at: &Remote, old: &Identity, out: &mut Output) -> Result<(), Stop> {
    let earlier = serial(old)?;
    let mut client = remote::client(at, old)?;
    let issued = client.renew_own_certificate(RenewOwnCertificateRequest::default()).await?.into_inner();
    let new = Identity {
        certificate_pem: issued.certificate_pem,
        key_pem: Secret::new(issued.key_pem),
        ca_pem: issued.ca_pem,
    };
    let mut client = remote::client(at, &new)?;
    let told = client.status(StatusRequest {}).await?.into_inner();
    keep(&at.identity, &new)?;
    let ends = RenewOwnCertificateRequest { ends: earlier };
    client.renew_own_certificate(ends).await?;
    let (file, not_after) = (at.identity.display().to_string(), crate::cli::text::rfc3339(issued.not_after_ms));
    if out.is_json() {
        let (name, role) = (told.user, told.role);
        return out.json(&json::Certificate { name, role, serial: issued.serial, not_after, file });
    }
    out.line(&format!("{file} holds another certificate of {} as {}, good until {}.", told.user, told.role, {
        crate::cli::text::moment(issued.not_after_ms)
    }))?;
    out.line("The one from before has ended.")
}

/// Puts it in the file's place, whole or not at all.
fn keep(file: &Path, identity: &Identity) -> Result<(), Problem> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || {
        // Made with mode 0600, which the file keeps.
        let mut begun = tempfile::NamedTempFile::new_in(folder)?;
        begun.write_all(identity.to_pem().reveal().as_bytes())?;
        begun.as_file().sync_all()?;
        begun.persist(file).map_err(|error| error.error)?;
        std::fs::File::open(folder)?.sync_all()
    };
    written().map_err(|error: std::io::Error| {
        let what = format!("{} cannot be written: {error}", file.display());
        Problem { field: "identity".into(), ..Problem::new(Kind::Failed, what) }
            .next("the certificate that is in it is still good; an unused one was made and ends by its time")
    })
}

fn serial(identity: &Identity) -> Result<String, Problem> {
    let wrong = |why: String| Problem::invalid("identity", format!("its certificate cannot be read: {why}"));
    let leaf = CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes());
    let leaf = leaf.map_err(|error| wrong(error.to_string()))?;
    Ok(doltops_proto::identity::peer(&leaf).map_err(wrong)?.serial)
}
