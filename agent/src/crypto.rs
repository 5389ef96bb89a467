//! The one implementation of TLS's cryptography in this process.
//!
//! The AWS SDKs bring a second into the build, and rustls refuses to choose between two for who does not say which, as the
//! SQL client does not.

use rustls::crypto::ring;

/// Makes ring the process's own; called again, it changes nothing.
pub fn choose() {
    // An error says that one was chosen before, which is as good.
    let _ = ring::default_provider().install_default();
}
