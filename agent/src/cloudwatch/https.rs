//! The HTTP client of every AWS service, the agent's and the control plane's.

use aws_sdk_cloudwatch::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// HTTPS with the operating system's roots, by the one TLS library of this program: with a second one rustls would no
/// longer know which to take. A URL of `http://` goes without.
pub fn client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
