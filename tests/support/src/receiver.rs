//! A receiver of pages, as far as HTTP goes: it takes what is posted to it, keeps it, and answers as it was told to.
//!
//! Guarantees: what was posted is kept before it is answered, also where the answer is then late or lost.

use crate::Error;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    future,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// How one request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With this status, these headers and this body.
    Say(u16, Vec<(&'static str, String)>, String),
    /// Never.
    Hang,
    /// The connection breaks instead.
    Lose,
}

impl Answer {
    /// A status alone.
    pub fn status(status: u16) -> Self {
        Self::Say(status, Vec::new(), String::new())
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Path and query.
    pub path: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Byte by byte.
    pub body: Vec<u8>,
}

impl Posted {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's value; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[derive(Debug, Default)]
struct Kept {
    posted: Vec<Posted>,
    answers: VecDeque<Answer>,
}

/// A running receiver. It ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free port. Without another word it answers 202, as PagerDuty does.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::io("listening for pages"))?;
        let address = listener.local_addr().map_err(Error::io("listening for pages"))?;
        let kept = Arc::<Mutex<Kept>>::default();
        let (counted, count) = watch::channel(0);
        let task = tokio::spawn(accept(listener, kept.clone(), Arc::new(counted)));
        Ok(Self { address, kept, count, task })
    }

    /// Its address as a URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request that has no answer yet is answered so.
    pub fn next(&self, answer: Answer) {
        lock(&self.kept).answers.push_back(answer);
    }

    /// What was posted so far, in its order.
    pub fn posted(&self) -> Vec<Posted> {
        lock(&self.kept).posted.clone()
    }

    /// Waits until so many were posted in all.
    pub async fn wait_for(&self, count: usize) -> Vec<Posted> {
        let mut counted = self.count.clone();
        // It ends with this receiver alone, which is held here.
        let _ = counted.wait_for(|counted| *counted >= count).await;
        self.posted()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, kept: Arc<Mutex<Kept>>, counted: Arc<watch::Sender<usize>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let (kept, counted) = (kept.clone(), counted.clone());
                let service = service_fn(move |request| answer(request, kept.clone(), counted.clone()));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(async move { drop(connection.await) });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    kept: Arc<Mutex<Kept>>,
    counted: Arc<watch::Sender<usize>>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    let headers = head.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let posted = Posted { path: head.uri.to_string(), headers: headers.collect(), body };
    let answer = {
        let mut kept = lock(&kept);
        kept.posted.push(posted);
        let answer = kept.answers.pop_front();
        counted.send_replace(kept.posted.len());
        answer.unwrap_or_else(accepted)
    };
    match answer {
        Answer::Say(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(Bytes::from(body)))?)
        }
        Answer::Hang => future::pending().await,
        Answer::Lose => Err("the connection breaks by rule".into()),
    }
}

fn accepted() -> Answer {
    let body = r#"{"status":"success","message":"Event processed"}"#.to_owned();
    Answer::Say(202, vec![("content-type", "application/json".to_owned())], body)
}
