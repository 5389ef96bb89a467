//! How each service says no.

use super::{call::Dialect, cbor, xml::escaped};
use bytes::Bytes;
use http::{Response, StatusCode};

/// The request id of answers that moto did not give.
const REQUEST_ID: &str = "59dbff89-35bd-4eac-99ed-be587ed9e001";

/// A refusal, before it is put into a service's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The status of the answer.
    pub status: u16,
    /// AWS's code.
    pub code: String,
    /// What it says to people.
    pub message: String,
}

impl Refused {
    /// A refusal for what the caller did: most are.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// One that the service takes on itself.
    pub fn by_server(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// "Slow down", as this service says it.
    pub fn throttled(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Ec2 => Self::by_server(503, "RequestLimitExceeded", "Request limit exceeded."),
            Dialect::Query | Dialect::RestXml | Dialect::Cbor => Self::new("Throttling", "Rate exceeded"),
            Dialect::Json => Self::new("ThrottlingException", "Rate exceeded"),
        }
    }

    /// The answer in the words of the service that was called.
    pub fn answer(&self, dialect: Dialect) -> Response<Bytes> {
        let (code, message) = (escaped(&self.code), escaped(&self.message));
        let (kind, body) = match dialect {
            Dialect::Cbor => return cbor::error(self.status, &self.code, &self.message),
            Dialect::Ec2 => (
                "text/xml;charset=UTF-8",
                format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
                     <RequestID>{REQUEST_ID}</RequestID></Response>"
                ),
            ),
            Dialect::Query => {
                ("text/xml", error_response(&code, &message, "https://sts.amazonaws.com/doc/2011-06-15/"))
            }
            Dialect::RestXml => {
                ("text/xml", error_response(&code, &message, "https://route53.amazonaws.com/doc/2013-04-01/"))
            }
            Dialect::Json => (
                "application/x-amz-json-1.1",
                serde_json::json!({ "__type": self.code, "message": self.message }).to_string(),
            ),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
        response
    }
}

fn error_response(code: &str, message: &str, namespace: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )
}
