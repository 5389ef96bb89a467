//! The way of a call through the proxy.
//!
//! Counted → faults that come before → its token → what AWS refuses → moto → written down → faults that come after.
//! What a lost answer did is written down like any other, so that its token is good for the next try.

use super::{
    call::{Call, Parameters},
    cbor,
    count::Calls,
    faults::{Fault, Faults, Place, no_capacity},
    history::{History, not_there_yet},
    refusals::Refusals,
    refused::Refused,
    tokens::{Tokens, Verdict, zone_of},
    world::{World, place_of},
};
use crate::{Error, exchange::send};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, future, io::Read, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinSet};

/// What handles calls.
#[derive(Debug)]
pub struct Handler {
    moto: SocketAddr,
    world: World,
    calls: Arc<Calls>,
    faults: Arc<Faults>,
    tokens: Tokens,
    history: History,
    pub(super) refusals: Refusals,
}

/// The answer is lost: the connection breaks instead.
#[derive(Debug, thiserror::Error)]
#[error("the connection breaks by rule")]
struct Lost;

/// Takes connections until it is dropped, which ends them all.
pub async fn accept(listener: TcpListener, handler: Arc<Handler>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let handler = Arc::clone(&handler);
                let service = service_fn(move |request| answer(Arc::clone(&handler), request));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(async move { drop(connection.await) });
            },
            // So that those that have ended do not pile up.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(handler: Arc<Handler>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
    let (mut head, body) = request.into_parts();
    // Whoever breaks off in the middle of a request gets no answer.
    let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
    let body = unpacked(&mut head.headers, body);
    handler.handle(Request::from_parts(head, body)).await.map(|answer| answer.map(Full::new))
}

/// The SDK compresses large bodies; moto does not unpack them.
fn unpacked(headers: &mut HeaderMap, body: Bytes) -> Bytes {
    let is_packed = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
    let mut plain = Vec::new();
    if !is_packed || GzDecoder::new(body.as_ref()).read_to_end(&mut plain).is_err() {
        return body;
    }
    headers.remove(header::CONTENT_ENCODING);
    Bytes::from(plain)
}

/// moto's answer when it fell over: a page of HTML, which no SDK understands.
fn crashed(answer: &Response<Bytes>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    answer.status().is_server_error() && kind.is_some_and(|kind| kind.starts_with("text/html"))
}

impl Handler {
    /// One that asks this moto.
    pub fn new(moto: SocketAddr, world: World, calls: Arc<Calls>, faults: Arc<Faults>) -> Self {
        let (tokens, history, refusals) = <(Tokens, History, Refusals)>::default();
        Self { moto, world, calls, faults, tokens, history, refusals }
    }

    async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let call = Call::of(&request);
        self.calls.add(&call);
        let places = self.places(&call).await;
        let fault = self.faults.take(&call, &places);
        tracing::debug!(operation = call.operation, about = ?call.about(), ?fault, "call");
        match fault {
            Some(Fault::Throttle) => Ok(Refused::throttled(call.dialect).answer(call.dialect)),
            Some(Fault::Refuse(refused)) => Ok(refused.answer(call.dialect)),
            Some(Fault::NoCapacity(_)) => Ok(no_capacity(places.first()).answer(call.dialect)),
            Some(Fault::Hang) => match future::pending::<Infallible>().await {},
            Some(Fault::DropBefore) => Err(Lost),
            Some(Fault::DropAfter) => {
                self.apply(&call, request).await;
                Err(Lost)
            }
            Some(Fault::Stale(age)) if History::keeps(&call) => {
                let then = self.history.at(&call, age).or_else(|| not_there_yet(&call));
                match then {
                    Some(answer) => Ok(answer),
                    None => Ok(self.apply(&call, request).await),
                }
            }
            Some(Fault::Stale(_)) | None => Ok(self.apply(&call, request).await),
        }
    }

    /// Does a call, or says why AWS would not.
    async fn apply(&self, call: &Call, request: Request<Bytes>) -> Response<Bytes> {
        let claim = match self.tokens.check(call, &self.world).await {
            Verdict::None => None,
            Verdict::New(claim) => Some(claim),
            Verdict::Answered(answer) => return answer,
            Verdict::Refused(refused) => return refused.answer(call.dialect),
        };
        if let Err(refused) = self.refusals.check(call, &self.world).await {
            return refused.answer(call.dialect);
        }
        let answer = match self.ask_moto(call, request).await {
            Ok(answer) => answer,
            Err(error) => return Refused::by_server(500, "InternalError", error.to_string()).answer(call.dialect),
        };
        if let Some(claim) = claim {
            claim.remember(&answer);
        }
        if answer.status().is_success() {
            self.refusals.done(call);
        }
        self.history.remember(call, &answer);
        answer
    }

    async fn ask_moto(&self, call: &Call, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        let is_cbor = call.dialect == super::call::Dialect::Cbor;
        let mut request = match &call.parameters {
            Parameters::Document(document) if is_cbor => cbor::to_moto(request, &call.operation, document),
            _ => request,
        };
        // The body may have another length now, and is whole.
        let length = request.body().len();
        request.headers_mut().remove(header::TRANSFER_ENCODING);
        request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        let mut answer = send(self.moto, request).await?;
        if crashed(&answer) {
            let doing = format!("{} of {}", call.operation, call.service);
            let why = "moto crashed, as it does on parameters it does not know; its log (moto.log) tells where";
            return Err(Error::Refused { doing, why: why.to_owned() });
        }
        for hop in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
            answer.headers_mut().remove(hop);
        }
        *answer.version_mut() = http::Version::HTTP_11;
        Ok(if is_cbor { cbor::from_moto(answer) } else { answer })
    }

    /// Where the instances are to run that this call starts; looked up only for a rule that asks for it.
    async fn places(&self, call: &Call) -> Vec<Place> {
        if !self.faults.ask_for_place() || call.is_dry_run() {
            return Vec::new();
        }
        if call.is_ec2("RunInstances") {
            let zone = zone_of(call, &self.world).await;
            let instance_type = call.parameter("InstanceType").unwrap_or_default().to_owned();
            return vec![Place { instance_type, zone }];
        }
        if call.is_ec2("StartInstances") {
            let instances = self.world.instances(call.list("InstanceId")).await;
            return instances.iter().filter_map(place_of).collect();
        }
        Vec::new()
    }
}
