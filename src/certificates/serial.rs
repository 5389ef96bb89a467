//! Serial numbers that say who signed, and which of two certificates is the newer.
//!
//! `TTTTTTTT NNNNNNNNNNNN RRRRRRRRRRRR`, hexadecimal: the signer's tag, the issue number, and 48 random bits. Positive and of
//! the same length each (RFC 5280, 4.1.2.2).
//!
//! Why in the serial number: it is what agents, databases and the store tell of a certificate already, and what the
//! authority's signature covers. So which authority a certificate is of needs no second book, which could be lost or late.
//!
//! Caveat: of a certificate from before this the number is random. Whoever signs goes above what was shown, so that the
//! order holds from then on.

use sha2::{Digest, Sha256};

/// Of an authority: the beginning of its fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag([u8; 4]);

impl Tag {
    /// Of the authority whose certificate this is (DER).
    pub fn of(certificate: &[u8]) -> Self {
        let digest = Sha256::digest(certificate);
        // Positive, and never shorter than the others.
        Self([digest[0] & 0x3f | 0x40, digest[1], digest[2], digest[3]])
    }

    /// Whether that authority has signed the certificate with this serial number.
    pub fn signed(self, serial: &str) -> bool {
        serial.len() == LENGTH && serial.starts_with(&hex(&self.0))
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Hexadecimal digits of a serial number.
const LENGTH: usize = 32;

/// The largest issue number: 48 bits, which milliseconds reach in 8,900 years.
const MOST: u64 = (1 << 48) - 1;

/// A serial number.
pub fn make(tag: Tag, number: u64, random: u64) -> Vec<u8> {
    let number = number.min(MOST).to_be_bytes();
    let random = random.to_be_bytes();
    [&tag.0[..], &number[2..], &random[2..]].concat()
}

/// The issue number; 0 of what was not signed here.
pub fn number(serial: &str) -> u64 {
    let digits = serial.get(8..20).filter(|_| serial.len() == LENGTH);
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_says_who_signed_and_which_is_newer(a: Vec<u8>, b: Vec<u8>, one in 0..MOST, more in 0..1_000u64, random: u64) {
            let (tag, other) = (Tag::of(&a), Tag::of(&b));
            let text = |number| hex(&make(tag, number, random));
            prop_assert!(tag.signed(&text(one)));
            prop_assert_eq!(other.signed(&text(one)), tag == other);
            prop_assert_eq!(number(&text(one)), one);
            prop_assert_eq!(text(one).len(), LENGTH);
            prop_assert!(number(&text(one + more)) >= number(&text(one)));
        }
    }

    #[test]
    fn what_was_not_signed_here_is_nobodys() {
        assert_eq!(number("01"), 0);
        assert_eq!(number(&"é".repeat(16)), 0);
        assert!(!Tag::of(b"x").signed(""));
    }
}
