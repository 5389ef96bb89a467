//! A webhook: JSON by POST, signed as GitHub and Stripe sign theirs.
//!
//! The signature is over the time and the body: who records a request cannot send it again later, as long as the
//! receiver refuses old times. docs/paging.md shows how a receiver checks it.

use super::{Page, Reply, content, http};
use crate::secrets::Secret;
use jiff::Timestamp;
use ring::hmac;

/// Sends one page.
pub async fn send(client: &http::Client, url: &str, key: &Secret, page: &Page<'_>, now: Timestamp) -> Reply {
    let body = content::json(page).to_string().into_bytes();
    let time = now.as_second().to_string();
    let headers = [
        ("Idempotency-Key", page.delivery.key.to_string()),
        ("X-Doltops-Event", page.delivery.key.action.to_string()),
        ("X-Doltops-Signature", signature(key, &time, &body)),
        ("X-Doltops-Timestamp", time),
    ];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    client.post(url, &headers, body, key, now).await
}

/// `sha256=` and the HMAC of time, dot, body in hexadecimal.
fn signature(key: &Secret, time: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.reveal().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in [time.as_bytes(), b".", body] {
        context.update(part);
    }
    let tag = context.sign();
    tag.as_ref().iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '1767960000.{"a":1}' | openssl dgst -sha256 -hmac key`.
    #[test]
    fn a_signature_is_what_other_tools_make() {
        let expected = "sha256=fa84d22ac0fa46dd4102d741386a96bbbc18b88b5b154c0587b4d1ae40358d26";
        assert_eq!(signature(&Secret::new("key"), "1767960000", br#"{"a":1}"#), expected);
    }
}
