//! One GET: for what has no SDK.

use crate::model::error::causes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{error::Error, path::Path};
use tonic::codegen::{
    Bytes,
    http::{Request, header::USER_AGENT},
};

/// An ACME directory has 1 KiB.
const LARGEST: usize = 64 * 1_024;

/// What came back.
pub struct Answer {
    /// 200 and so on.
    pub status: u16,
    /// The header `Date`, as it stands.
    pub date: Option<String>,
    /// The body.
    pub body: String,
}

/// Gets a page; `root`: the only CA that is trusted, instead of the system's.
///
/// # Errors
/// Why there is no answer, in words.
pub async fn get(url: &str, root: Option<&Path>) -> Result<Answer, String> {
    let builder = HttpsConnectorBuilder::new();
    let builder = match root {
        Some(path) => builder.with_tls_config(only(path)?),
        None => builder.try_with_platform_verifier().map_err(|error| causes(&error))?,
    };
    let connector = builder.https_or_http().enable_http1().build();
    let client: Client<hyper_rustls::HttpsConnector<HttpConnector>, Empty<Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector);
    // ACME servers refuse who does not say what they are (RFC 8555, 6.1).
    let request = Request::get(url).header(USER_AGENT, concat!("doltops/", env!("CARGO_PKG_VERSION")));
    let request = request.body(Empty::new()).map_err(|error| format!("{url} is no URL: {error}"))?;
    let answer = client.request(request).await.map_err(|error| causes(&error))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(|error| error.to_string())?;
    Ok(Answer {
        status: head.status.as_u16(),
        date: head.headers.get("date").and_then(|date| date.to_str().ok()).map(str::to_owned),
        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
    })
}

fn only(path: &Path) -> Result<ClientConfig, String> {
    let cannot = |error: &dyn Error| format!("{} is no certificate: {error}", path.display());
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(path).map_err(|error| cannot(&error))?;
    roots.add(certificate).map_err(|error| cannot(&error))?;
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
