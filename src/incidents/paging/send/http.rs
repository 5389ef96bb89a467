//! One POST of JSON, and what its answer means.

use super::Reply;
use crate::{incidents::paging::retry::Outcome, secrets::Secret};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use std::error::Error;
use tonic::codegen::{
    Bytes,
    http::{HeaderMap, Request, StatusCode, header},
};

/// An answer says a sentence or two.
const LARGEST_ANSWER: usize = 16 * 1_024;

/// As much of it is kept as one line of a terminal shows.
const LONGEST_QUOTE: usize = 200;

/// Posts.
pub struct Client(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    /// With the system's trusted certificates, by the one TLS library of this program.
    pub fn new() -> Result<Self, String> {
        let connector = HttpsConnectorBuilder::new().try_with_platform_verifier().map_err(|error| words(&error))?;
        let connector = connector.https_or_http().enable_http1().build();
        // Pages are rare: a connection that was kept is mostly one that a middlebox has forgotten.
        Ok(Self(legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)))
    }

    /// Posts `body`. Redirects are not followed: what is signed for one address is for no other.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
        key: &Secret,
        now: Timestamp,
    ) -> Reply {
        let mut request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("doltops/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match request.body(Full::new(Bytes::from(body))) {
            Ok(request) => request,
            Err(error) => return Reply::refused(format!("the request cannot be made: {error}")),
        };
        let answer = match self.0.request(request).await {
            Ok(answer) => answer,
            Err(error) => return Reply::later(words(&error)),
        };
        let (head, body) = answer.into_parts();
        // The status has come: a body that breaks off changes nothing about it.
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        meaning(head.status, &head.headers, &quote(&body, key), now)
    }
}

/// What an answer means. 408, 425 and 429 are about the moment, other 4xx about the request; 5xx about the receiver.
fn meaning(status: StatusCode, headers: &HeaderMap, quoted: &str, now: Timestamp) -> Reply {
    let said = match quoted {
        "" => format!("HTTP {}", status.as_u16()),
        quoted => format!("HTTP {}: {quoted}", status.as_u16()),
    };
    match status.as_u16() {
        200..=299 => Reply::taken(said),
        408 | 425 | 429 | 500..=599 => {
            let after = headers.get(header::RETRY_AFTER).and_then(|it| retry_after(it.to_str().ok()?, now));
            Reply { outcome: Outcome::Later { why: said.clone(), after }, said }
        }
        300..=399 => Reply::refused(format!("{said}; redirects are not followed: configure the address itself")),
        _ => Reply::refused(said),
    }
}

/// Seconds, or a moment (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let moment = rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(moment.duration_since(now).max(SignedDuration::ZERO))
}

/// What a receiver said, in one line: the message where it is JSON with one, else its beginning. Never the key, which
/// some servers repeat.
fn quote(body: &[u8], key: &Secret) -> String {
    let text = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(json) => {
            let errors = json["errors"].as_array().into_iter().flatten();
            let parts = [&json["message"], &json["error"]].into_iter().chain(errors);
            let parts: Vec<&str> = parts.filter_map(serde_json::Value::as_str).collect();
            if parts.is_empty() { json.to_string() } else { parts.join("; ") }
        }
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let text = text.replace(key.reveal(), "…");
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|it| !it.is_empty()).collect();
    words.join(" ").chars().take(LONGEST_QUOTE).collect()
}

/// An error's causes: where there is any, the outermost says only "client error".
fn words(error: &(dyn Error + 'static)) -> String {
    let error = error.source().unwrap_or(error);
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(status: u16, retry_after: Option<&str>) -> Outcome {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(header::RETRY_AFTER, value.parse().expect("a value"));
        }
        let now = "2026-01-09T12:00:00Z".parse().expect("a time");
        meaning(StatusCode::from_u16(status).expect("a status"), &headers, "", now).outcome
    }

    #[test]
    fn an_answer_is_taken_postponed_or_final() {
        for status in [200, 202, 204] {
            assert_eq!(at(status, None), Outcome::Taken, "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 410, 422] {
            assert!(matches!(at(status, None), Outcome::Refused { .. }), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(at(status, None), Outcome::Later { after: None, .. }), "{status}");
        }
    }

    #[test]
    fn a_receiver_says_when_in_seconds_or_as_a_moment() {
        let after = |text| match at(429, Some(text)) {
            Outcome::Later { after, .. } => after.map(|it| it.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(after("120"), Some(120));
        assert_eq!(after("Fri, 09 Jan 2026 12:01:30 GMT"), Some(90));
        assert_eq!(after("Fri, 09 Jan 2026 11:00:00 GMT"), Some(0));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn what_is_quoted_is_one_line_without_the_key() {
        let key = Secret::new("hush-hush");
        let json =
            br#"{"status":"invalid event","message":"Event object is invalid","errors":["'hush-hush' is wrong"]}"#;
        assert_eq!(quote(json, &key), "Event object is invalid; '…' is wrong");
        assert_eq!(quote(b"<h1>No</h1>\r\n\x1b[31mred", &key), "<h1>No</h1> [31mred");
        assert_eq!(quote(&vec![b'x'; 9_000], &key).len(), LONGEST_QUOTE);
        assert_eq!(quote(b"", &key), "");
    }
}
