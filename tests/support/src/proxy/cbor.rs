//! CloudWatch's CBOR, turned into the JSON that moto speaks, and back.
//!
//! The SDK sends `POST /service/…/operation/Op` with a CBOR map; moto knows the same operations only as JSON 1.0 with
//! `X-Amz-Target`. The documents are alike but for times (CBOR's tag 1), bytes (base64 in JSON) and numbers: JSON does not
//! tell 5.0 from 5, and the SDK does not take an integer for a double.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use ciborium::Value as Cbor;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use serde_json::{Map, Number, Value as Json};

/// CloudWatch in the paths of its CBOR.
pub const CLOUDWATCH: &str = "GraniteServiceVersion20100801";
/// CBOR's tag for a time in seconds since 1970.
const TIME: u64 = 1;
/// Members of CloudWatch's answers that are doubles.
const DOUBLES: [&str; 9] =
    ["Average", "Counts", "Maximum", "Minimum", "SampleCount", "Sum", "Threshold", "Value", "Values"];

/// The JSON of a CBOR document; none where it is none.
pub fn to_json(cbor: &[u8]) -> Option<Json> {
    if cbor.is_empty() {
        return Some(Json::Object(Map::new()));
    }
    json_of(ciborium::from_reader(cbor).ok()?)
}

/// The request as moto takes it.
pub fn to_moto(request: Request<Bytes>, operation: &str, document: &Json) -> Request<Bytes> {
    let (mut head, _) = request.into_parts();
    head.method = Method::POST;
    head.uri = Uri::from_static("/");
    head.headers.remove("smithy-protocol");
    head.headers.remove(header::ACCEPT);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(target) = HeaderValue::from_str(&format!("{CLOUDWATCH}.{operation}")) {
        head.headers.insert("x-amz-target", target);
    }
    Request::from_parts(head, Bytes::from(document.to_string()))
}

/// moto's answer as the SDK takes it.
pub fn from_moto(response: Response<Bytes>) -> Response<Bytes> {
    let (mut head, body) = response.into_parts();
    let document = serde_json::from_slice(&body).unwrap_or_else(|_| Json::Object(Map::new()));
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::TRANSFER_ENCODING);
    mark(&mut head.headers);
    Response::from_parts(head, written(&document))
}

/// An answer that says what is wrong. The header has the name that older SDKs know it by.
pub fn error(status: u16, code: &str, message: &str) -> Response<Bytes> {
    let document = serde_json::json!({ "__type": code, "message": message });
    let mut response = Response::new(written(&document));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_REQUEST);
    mark(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&format!("{code};Sender")) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

fn mark(headers: &mut http::HeaderMap) {
    headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/cbor"));
}

fn written(document: &Json) -> Bytes {
    let mut bytes = Vec::new();
    // Writing into memory does not fail, and this document has nothing that CBOR lacks.
    let _ = ciborium::into_writer(&cbor_of(document, ""), &mut bytes);
    Bytes::from(bytes)
}

fn json_of(value: Cbor) -> Option<Json> {
    Some(match value {
        Cbor::Null => Json::Null,
        Cbor::Bool(value) => Json::Bool(value),
        Cbor::Integer(value) => Json::Number(Number::from_i128(value.into())?),
        // JSON has no infinity and no NaN, and CloudWatch takes none.
        Cbor::Float(value) => Json::Number(Number::from_f64(value)?),
        Cbor::Text(text) => Json::String(text),
        Cbor::Bytes(bytes) => Json::String(BASE64_STANDARD.encode(bytes)),
        Cbor::Array(values) => Json::Array(values.into_iter().map(json_of).collect::<Option<_>>()?),
        Cbor::Map(entries) => {
            let entries = entries.into_iter().map(|(name, value)| Some((name.into_text().ok()?, json_of(value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Cbor::Tag(_, value) => json_of(*value)?,
        _ => return None,
    })
}

/// `member` is the name that the value stands under; a list's elements have the list's.
fn cbor_of(value: &Json, member: &str) -> Cbor {
    match value {
        Json::Null => Cbor::Null,
        Json::Bool(value) => Cbor::Bool(*value),
        Json::Number(number) => number_of(number, member),
        Json::String(text) => Cbor::Text(text.clone()),
        Json::Array(values) => Cbor::Array(values.iter().map(|value| cbor_of(value, member)).collect()),
        Json::Object(entries) => {
            let entries = entries.iter().filter(|(_, value)| !value.is_null());
            Cbor::Map(entries.map(|(name, value)| (Cbor::Text(name.clone()), cbor_of(value, name))).collect())
        }
    }
}

fn number_of(number: &Number, member: &str) -> Cbor {
    let float = Cbor::Float(number.as_f64().unwrap_or_default());
    if member.ends_with("Timestamp") || member.ends_with("Timestamps") {
        return Cbor::Tag(TIME, Box::new(float));
    }
    match number.as_i64() {
        Some(whole) if !DOUBLES.contains(&member) => Cbor::Integer(whole.into()),
        _ => float,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_and_doubles_keep_their_kinds() {
        let document = json!({ "MetricDataResults": [{ "Id": "a", "Timestamps": [1700000000], "Values": [5] }] });
        let cbor: Cbor = ciborium::from_reader(written(&document).as_ref()).expect("it is CBOR");
        let text = format!("{cbor:?}");
        assert!(text.contains("Tag(1, Float(1700000000.0))"), "{text}");
        assert!(text.contains("[Float(5.0)]"), "{text}");
    }

    #[test]
    fn a_time_is_a_number_in_json() {
        let time = Cbor::Tag(TIME, Box::new(Cbor::Float(1.5)));
        let mut bytes = Vec::new();
        ciborium::into_writer(&Cbor::Map(vec![(Cbor::Text("StartTime".into()), time)]), &mut bytes).expect("written");
        assert_eq!(to_json(&bytes), Some(json!({ "StartTime": 1.5 })));
    }

    #[test]
    fn what_is_no_cbor_is_none() {
        assert_eq!(to_json(&[0xff, 0x00]), None);
        assert_eq!(to_json(&[]), Some(json!({})));
    }
}
