//! Ways into a database: the customer's login, short-lived users, the tunnel.

use super::{Server, Stream, telemetry::agents_own};
use crate::{
    hosted_api::{
        access::Caller,
        problem::{Kind, Problem},
    },
    model::{CertificateKind, Operation, OperationId, Record},
    reconcile::{
        executor::{logins, secret_name},
        fleet::Row,
        renewal,
    },
    store::{Edit, Landing, land},
};
use doltops_proto::{
    hosted_api::{CredentialsResponse, OpenSqlSessionRequest, OpenSqlSessionResponse, TunnelRequest, TunnelResponse},
    identity::Role,
    instance_manager as agent,
};
use futures::{StreamExt, stream};
use tonic::{Status, Streaming};

/// A session's login opens new connections for a working spell; what is open stays open.
const SESSION_SECONDS: u32 = 3_600;

impl Server {
    pub(super) async fn show_credentials(&self, caller: &Caller, name: &str) -> Result<CredentialsResponse, Problem> {
        self.ready().await;
        let row = self.row(name)?;
        let secrets = &self.manager.executor.secrets;
        let password = secrets.get(&secret_name(&row.record, "root")).await.map_err(failed)?.ok_or_else(|| {
            Problem::new(Kind::Unreachable, format!("{name} was not deployed yet"))
                .next(format!("see: doltops get {name}"))
        })?;
        let next = logins::pending(secrets.as_ref(), &row.record).await.map_err(failed)?;
        let next = next.filter(|next| *next != password);
        let ca_pem = self.trusted(&row).await?;
        self.record_showing(caller, &row.record).await?;
        Ok(CredentialsResponse {
            user: "root".to_owned(),
            password: password.reveal().to_owned(),
            host: row.clients_host.clone(),
            port: row.record.port.into(),
            ca_pem,
            host_name: row.host_name.clone(),
            next_password: next.map(|next| next.reveal().to_owned()).unwrap_or_default(),
        })
    }

    /// PEM of whom a client trusts that connects: the deployment CA, or the top of what the public authority signed. So a
    /// client needs no roots of its own, and a private authority's will do.
    async fn trusted(&self, row: &Row) -> Result<String, Problem> {
        let executor = &self.manager.executor;
        let own = || executor.authorities.deployment.now().trusted_pem();
        match &row.desired {
            Some(desired) if desired.spec.certificate == CertificateKind::WebPki => {
                let applied = row.observed.agent.present().and_then(|report| report.applied.as_ref());
                let stands_in = applied.is_some_and(|applied| renewal::stands_in(desired, applied));
                let top = executor.certificates.trusted(&row.record.id).await.map_err(failed)?;
                // Both, so that a client's trust does not end when the public one comes.
                let both = if stands_in { Some(own() + &top.unwrap_or_default()) } else { top };
                both.ok_or_else(|| {
                    Problem::new(Kind::Unreachable, format!("{} has no certificate yet", row.record.name))
                        .next(format!("see: doltops get {}", row.record.name))
                })
            }
            Some(_) | None => Ok(own()),
        }
    }

    /// Who saw a password stands in the history, without the password.
    async fn record_showing(&self, caller: &Caller, record: &Record) -> Result<(), Problem> {
        let executor = &self.manager.executor;
        let summary = format!("Show the credentials of {}", record.name);
        let operation = Operation {
            id: OperationId::new(format!("op-{}", executor.env.token(16))),
            deployment: Some(record.id.clone()),
            kind: "credentials".to_owned(),
            summary: summary.clone(),
            author: caller.name.clone(),
            asked: executor.env.now(),
            reason: String::new(),
            request: String::new(),
        };
        land(executor.store.as_ref(), |snapshot| {
            Ok::<_, Problem>(Some(Landing {
                base: snapshot.commit.clone(),
                edits: vec![Edit::PutOperation(operation.clone())],
                author: caller.name.clone(),
                message: summary.clone(),
                fence: None,
            }))
        })
        .await?;
        self.manager.events.add(record.name.as_str(), "asked", summary, &caller.name);
        Ok(())
    }

    pub(super) async fn open_session(
        &self,
        caller: &Caller,
        request: OpenSqlSessionRequest,
    ) -> Result<OpenSqlSessionResponse, Problem> {
        if request.name.is_empty() {
            return self.open_own_session(caller).await;
        }
        let read_only = request.read_only || caller.role == Role::Viewer;
        let (mut client, fence) = self.agent(&request.name).await?;
        let row = self.row(&request.name)?;
        let ca_pem = self.trusted(&row).await?;
        let ask = agent::OpenSqlUserRequest {
            fence: Some(fence),
            person: caller.name.clone(),
            read_only,
            seconds: SESSION_SECONDS,
        };
        let answer = client.open_sql_user(ask).await.map_err(|status| agents_own(&request.name, status))?.into_inner();
        let login = answer.login.ok_or_else(|| Problem::new(Kind::Failed, "the agent gave no login"))?;
        let how = if read_only { "read-only" } else { "read-write" };
        self.manager.events.add(&request.name, "asked", format!("Open a {how} SQL session"), &caller.name);
        Ok(OpenSqlSessionResponse {
            user: login.user,
            password: login.password,
            expires_ms: answer.expires_ms,
            ca_pem,
            host_name: row.host_name.clone(),
            read_only,
            database: String::new(),
        })
    }

    pub(super) async fn open_tunnel(
        &self,
        caller: &Caller,
        mut inbound: Streaming<TunnelRequest>,
    ) -> Result<Stream<TunnelResponse>, Status> {
        let first = inbound
            .message()
            .await?
            .ok_or_else(|| Status::invalid_argument("the first message names the deployment"))?;
        if first.name.is_empty() {
            return self.open_own_tunnel(caller, inbound).await;
        }
        let (mut client, fence) = self.agent(&first.name).await?;
        tracing::debug!(deployment = first.name, caller = caller.name, "a tunnel opens");
        let open = agent::TunnelRequest { fence: Some(fence), data: Vec::new() };
        // A broken caller ends the stream, and with it the connection to the database.
        let data = inbound
            .take_while(|message| std::future::ready(message.is_ok()))
            .filter_map(|message| std::future::ready(message.ok()))
            .map(|message| agent::TunnelRequest { fence: None, data: message.data });
        let answer = client.tunnel(stream::once(std::future::ready(open)).chain(data)).await?;
        let back = answer.into_inner().map(|answer| answer.map(|message| TunnelResponse { data: message.data }));
        Ok(Box::pin(back))
    }
}

fn failed(error: impl ToString) -> Problem {
    Problem::new(Kind::Failed, error.to_string())
}
