//! Which operation of which service a request is, and with what parameters.
//!
//! The services speak five dialects: EC2, STS and IAM send forms with an `Action`; Route 53 is REST with XML; CloudWatch
//! sends CBOR to a path with the operation in it; Logs, Secrets Manager and most others send JSON with the operation in a
//! header. What is not recognised still passes, under the name of its method and path.

use super::cbor;
use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::Value;
use std::collections::BTreeMap;

/// Parameters of a form, by name as they were sent: `InstanceId.1`.
pub type Form = BTreeMap<String, String>;

/// How a service is spoken to, and so how it says that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// EC2: a form, answered in XML of its own.
    Ec2,
    /// STS, IAM and other older ones: a form, answered in XML.
    Query,
    /// Route 53: REST with XML.
    RestXml,
    /// CloudWatch: Smithy's RPC v2 with CBOR.
    Cbor,
    /// JSON with the operation in `X-Amz-Target`.
    Json,
}

/// One call of an AWS service.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service as requests are signed for it: `ec2`, `route53`, `monitoring`, `logs` …
    pub service: String,
    /// The operation as AWS names it: `RunInstances`.
    pub operation: String,
    /// How it was said.
    pub dialect: Dialect,
    /// What was said.
    pub parameters: Parameters,
    /// What was sent, and for REST where to: equal where the call is equal.
    pub said: Bytes,
}

/// What a call was given.
#[derive(Clone, Debug)]
pub enum Parameters {
    /// Of a form.
    Form(Form),
    /// Of JSON or CBOR.
    Document(Value),
    /// XML, kept as text.
    Xml(String),
}

impl Call {
    /// Recognises a request whose body is not compressed any more.
    pub fn of(request: &Request<Bytes>) -> Self {
        let signed_for = signed_for(request);
        if let Some((service, operation)) = cbor_path(request.uri().path()) {
            let document = cbor::to_json(request.body()).unwrap_or_default();
            return Self::new(request, service, operation, Dialect::Cbor, Parameters::Document(document));
        }
        if let Some(operation) = target(request) {
            let document = serde_json::from_slice(request.body()).unwrap_or_default();
            return Self::new(request, signed_for, operation, Dialect::Json, Parameters::Document(document));
        }
        if request.uri().path().starts_with("/2013-04-01/") {
            let text = String::from_utf8_lossy(request.body()).into_owned();
            let operation = route53_operation(request.method(), request.uri().path());
            return Self::new(request, "route53".to_owned(), operation, Dialect::RestXml, Parameters::Xml(text));
        }
        let form: Form = form_urlencoded::parse(request.body()).into_owned().collect();
        let named = || format!("{} {}", request.method(), request.uri().path());
        let operation = form.get("Action").cloned().unwrap_or_else(named);
        let dialect = if signed_for == "ec2" { Dialect::Ec2 } else { Dialect::Query };
        Self::new(request, signed_for, operation, dialect, Parameters::Form(form))
    }

    fn new(
        request: &Request<Bytes>,
        service: String,
        operation: String,
        dialect: Dialect,
        parameters: Parameters,
    ) -> Self {
        let said = match dialect {
            Dialect::RestXml => Bytes::from([request.uri().to_string().as_bytes(), request.body()].concat()),
            _ => request.body().clone(),
        };
        Self { service, operation, dialect, parameters, said }
    }

    /// Whether it is this operation of EC2.
    pub fn is_ec2(&self, operation: &str) -> bool {
        self.dialect == Dialect::Ec2 && self.operation == operation
    }

    /// One parameter of a form.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        match &self.parameters {
            Parameters::Form(form) => form.get(name).map(String::as_str),
            Parameters::Document(_) | Parameters::Xml(_) => None,
        }
    }

    /// The parameters `NAME.1`, `NAME.2` … of a form.
    pub fn list(&self, name: &str) -> Vec<String> {
        (1..).map_while(|number| self.parameter(&format!("{name}.{number}"))).map(str::to_owned).collect()
    }

    /// Whether it only asks if it would be allowed.
    pub fn is_dry_run(&self) -> bool {
        self.parameter("DryRun") == Some("true")
    }

    /// What it is about, for people: ids of a form, names of records, log groups, secrets.
    pub fn about(&self) -> Vec<String> {
        match &self.parameters {
            Parameters::Form(form) => {
                let told = form.iter().filter(|(name, _)| is_telling(name));
                told.map(|(_, value)| value.clone()).collect()
            }
            Parameters::Document(document) => {
                let names = ["logGroupName", "logStreamName", "SecretId", "Name", "Namespace"];
                names.iter().filter_map(|name| Some(document.get(name)?.as_str()?.to_owned())).collect()
            }
            Parameters::Xml(text) => super::xml::texts(text, "Name"),
        }
    }
}

/// Whether a form's parameter names a thing: `InstanceId.1`, `VolumeId`, `ClientToken`, `RoleArn`.
fn is_telling(name: &str) -> bool {
    let name = name.trim_end_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    name == "ClientToken" || name.starts_with("ResourceId") || name == "RoleArn" || {
        let plain = !name.contains('.');
        plain && name.ends_with("Id") && !matches!(name, "ImageId" | "KmsKeyId")
    }
}

/// The service that a request is signed for: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn signed_for(request: &Request<Bytes>) -> String {
    let scope = || {
        let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, after) = value.split_once("Credential=")?;
        after.split('/').nth(3)
    };
    scope().unwrap_or("unsigned").to_owned()
}

/// `/service/GraniteServiceVersion20100801/operation/PutMetricData`: the service as it is signed for, the operation.
fn cbor_path(path: &str) -> Option<(String, String)> {
    let (service, operation) = path.strip_prefix("/service/")?.split_once("/operation/")?;
    let service = if service == cbor::CLOUDWATCH { "monitoring" } else { service };
    Some((service.to_owned(), operation.to_owned()))
}

/// `X-Amz-Target: Logs_20140328.PutLogEvents`: the operation.
fn target(request: &Request<Bytes>) -> Option<String> {
    let target = request.headers().get("x-amz-target")?.to_str().ok()?;
    target.rsplit_once('.').map(|(_, operation)| operation.to_owned())
}

/// Route 53's operations that a control plane could call, by method and path.
fn route53_operation(method: &Method, path: &str) -> String {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    let name = match (method.as_str(), parts.as_slice()) {
        ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets",
        ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets",
        ("POST", ["hostedzone"]) => "CreateHostedZone",
        ("GET", ["hostedzone"]) => "ListHostedZones",
        ("GET", ["hostedzone", _]) => "GetHostedZone",
        ("DELETE", ["hostedzone", _]) => "DeleteHostedZone",
        ("GET", ["hostedzonesbyname"]) => "ListHostedZonesByName",
        ("GET", ["hostedzonecount"]) => "GetHostedZoneCount",
        ("GET", ["change", _]) => "GetChange",
        ("GET", ["tags", ..]) => "ListTagsForResource",
        ("POST", ["tags", ..]) => "ChangeTagsForResource",
        ("GET", ["testdnsanswer"]) => "TestDNSAnswer",
        ("GET", ["accountlimit", _]) => "GetAccountLimit",
        _ => return format!("{method} {path}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Call {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Call::of(&request.body(Bytes::from_static(body.as_bytes())).expect("a request"))
    }

    const EC2: (&str, &str) = (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=testing/20261123/eu-central-1/ec2/aws4_request, SignedHeaders=a",
    );

    #[test]
    fn forms_are_read_with_their_lists() {
        let body = "Action=StopInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2&Force=true";
        let call = request("POST", "/", &[EC2], body);
        assert!(call.is_ec2("StopInstances"));
        assert_eq!(call.list("InstanceId"), ["i-1", "i-2"]);
        assert_eq!(call.about(), ["i-1", "i-2"]);
        assert!(!call.is_dry_run());
    }

    #[test]
    fn each_dialect_is_recognised() {
        let named = |method, path, headers: &[_]| {
            let call = request(method, path, headers, "");
            (call.service, call.operation, call.dialect)
        };
        let is = |service: &str, operation: &str, dialect| (service.to_owned(), operation.to_owned(), dialect);
        let target = ("x-amz-target", "Logs_20140328.PutLogEvents");
        let sign = ("authorization", "AWS4-HMAC-SHA256 Credential=k/20261123/eu-central-1/logs/aws4_request");
        assert_eq!(named("POST", "/", &[target, sign]), is("logs", "PutLogEvents", Dialect::Json));
        let path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
        assert_eq!(named("POST", path, &[]), is("monitoring", "PutMetricData", Dialect::Cbor));
        let change = is("route53", "ChangeResourceRecordSets", Dialect::RestXml);
        assert_eq!(named("POST", "/2013-04-01/hostedzone/Z1/rrset/", &[]), change);
        let list = is("route53", "ListResourceRecordSets", Dialect::RestXml);
        assert_eq!(named("GET", "/2013-04-01/hostedzone/Z1/rrset?name=a", &[]), list);
    }

    #[test]
    fn what_is_unknown_has_the_name_of_its_path() {
        assert_eq!(request("GET", "/moto-api/data.json", &[], "").operation, "GET /moto-api/data.json");
    }
}
