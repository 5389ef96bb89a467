//! Client certificates: given, taken back, listed.

use super::Server;
use crate::{
    hosted_api::{
        access::Caller,
        convert,
        problem::{Kind, Problem},
    },
    model::{Operation, OperationId},
    store::{ClientCertificate, Edit, Landing, land},
};
use doltops_proto::{
    hosted_api::{
        ClientCertificate as Listed, IssueClientCertificateRequest, IssueClientCertificateResponse,
        ListClientCertificatesResponse, RenewOwnCertificateRequest, RevokeClientCertificateResponse,
    },
    identity::{self, Role},
};

/// It stands in a certificate, in commits and in SQL user names.
const LONGEST_NAME: usize = 64;

impl Server {
    pub(super) async fn issue_certificate(
        &self,
        caller: &Caller,
        request: IssueClientCertificateRequest,
    ) -> Result<IssueClientCertificateResponse, Problem> {
        let name = checked(&request.name)?;
        let role: Role = request.role.parse().map_err(|what| Problem::invalid("role", what))?;
        self.issue(caller, name, role).await
    }

    /// Another certificate for who asks, or the end of an earlier one of theirs: in this order, so that they always hold one
    /// that works.
    pub(super) async fn renew_own(
        &self,
        caller: &Caller,
        request: RenewOwnCertificateRequest,
    ) -> Result<IssueClientCertificateResponse, Problem> {
        let Some(own) = &caller.serial else {
            return Err(Problem::invalid("identity", "who is on this machine has no client certificate to renew"));
        };
        if request.ends.is_empty() {
            return self.issue(caller, &caller.name, caller.role).await;
        }
        if request.ends == *own {
            return Err(Problem::invalid("ends", "this is the certificate that you ask with"));
        }
        let executor = &self.manager.executor;
        let all = executor.store.client_certificates().await?;
        let theirs = all.into_iter().find(|it| it.serial == request.ends && it.name == caller.name);
        let ended =
            theirs.ok_or_else(|| Problem::new(Kind::NotFound, "you hold no certificate of that serial number"))?;
        if ended.revoked.is_none() {
            let revoked = vec![ClientCertificate { revoked: Some(executor.env.now()), ..ended }];
            let message = format!("End an earlier client certificate of {}", caller.name);
            self.land_certificates(caller, message, revoked).await?;
        }
        self.revocations.add([request.ends]);
        Ok(IssueClientCertificateResponse::default())
    }

    async fn issue(&self, caller: &Caller, name: &str, role: Role) -> Result<IssueClientCertificateResponse, Problem> {
        let executor = &self.manager.executor;
        // Nobody finishes a rotation between the signature and its row.
        let _turn = executor.authorities.control.turn().await;
        let person = identity::Caller::Person { name: name.to_owned(), role };
        let made = executor.authorities.client(&person, executor.env.as_ref());
        let made = made.map_err(|error| Problem::new(Kind::Failed, error.to_string()))?;
        let certificate = ClientCertificate {
            serial: made.serial.clone(),
            name: name.to_owned(),
            role: role.to_string(),
            not_after: made.not_after,
            revoked: None,
        };
        // Written down first: one that nobody knows of is refused, so a crash here gives nobody access.
        self.land_certificates(caller, format!("Issue a client certificate to {name}, {role}"), vec![certificate])
            .await?;
        Ok(IssueClientCertificateResponse {
            certificate_pem: made.certificate_pem,
            key_pem: made.key_pem.reveal().to_owned(),
            ca_pem: executor.authorities.control.now().trusted_pem(),
            serial: made.serial,
            not_after_ms: convert::ms(made.not_after),
        })
    }

    pub(super) async fn revoke_certificate(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<RevokeClientCertificateResponse, Problem> {
        let executor = &self.manager.executor;
        let now = executor.env.now();
        let valid = executor.store.client_certificates().await?.into_iter();
        let revoked: Vec<_> = valid
            .filter(|certificate| certificate.name == name && certificate.revoked.is_none())
            .map(|certificate| ClientCertificate { revoked: Some(now), ..certificate })
            .collect();
        if revoked.is_empty() {
            return Err(Problem::new(Kind::NotFound, format!("{name} holds no valid client certificate")));
        }
        let serials: Vec<String> = revoked.iter().map(|certificate| certificate.serial.clone()).collect();
        self.land_certificates(caller, format!("Revoke the client certificates of {name}"), revoked).await?;
        self.revocations.add(serials.clone());
        Ok(RevokeClientCertificateResponse { serials })
    }

    pub(super) async fn list_certificates(&self) -> Result<ListClientCertificatesResponse, Problem> {
        let all = self.manager.executor.store.client_certificates().await?;
        let listed = |certificate: ClientCertificate| Listed {
            name: certificate.name,
            role: certificate.role,
            serial: certificate.serial,
            not_after_ms: convert::ms(certificate.not_after),
            revoked: certificate.revoked.is_some(),
        };
        Ok(ListClientCertificatesResponse { certificates: all.into_iter().map(listed).collect() })
    }

    async fn land_certificates(
        &self,
        caller: &Caller,
        message: String,
        certificates: Vec<ClientCertificate>,
    ) -> Result<(), Problem> {
        let executor = &self.manager.executor;
        let operation = Operation {
            id: OperationId::new(format!("op-{}", executor.env.token(16))),
            deployment: None,
            kind: "client-certificate".to_owned(),
            summary: message.clone(),
            author: caller.name.clone(),
            asked: executor.env.now(),
            reason: String::new(),
            request: String::new(),
        };
        land(executor.store.as_ref(), |snapshot| {
            let puts = certificates.iter().cloned().map(Edit::PutClientCertificate);
            Ok::<_, Problem>(Some(Landing {
                base: snapshot.commit.clone(),
                edits: puts.chain([Edit::PutOperation(operation.clone())]).collect(),
                author: caller.name.clone(),
                message: message.clone(),
                fence: None,
            }))
        })
        .await?;
        self.manager.events.add("", "asked", message.clone(), &caller.name);
        Ok(())
    }
}

/// The same rule as the command's: a letter or digit first, so that a name is no flag and no hidden file.
fn checked(name: &str) -> Result<&str, Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    let valid = (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(allowed);
    if !valid || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let what = format!("1 to {LONGEST_NAME} letters, digits and . _ - @ +, a letter or digit first");
        return Err(Problem::invalid("name", what));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_certificate_a_file_and_a_commit() {
        for good in ["otto", "ci@example.com", "a+b", "7"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["", "-otto", ".otto", "a/b", "a b", "a\n", "ö", &"a".repeat(65)] {
            assert_eq!(checked(bad).expect_err("refused").field, "name", "{bad}");
        }
    }
}
