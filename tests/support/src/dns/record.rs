//! The values of Route 53's records, read as DNS data.

use simple_dns::{
    CharacterString, Name,
    rdata::{A, AAAA, CAA, CNAME, NS, RData, SOA, TXT},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The data of a record of this type; none where the text is none, or the type is none that is answered here.
pub fn read<'a>(kind: &str, value: &'a str) -> Option<RData<'a>> {
    match kind {
        "A" => value.parse::<Ipv4Addr>().ok().map(|address| RData::A(A::from(address))),
        "AAAA" => value.parse::<Ipv6Addr>().ok().map(|address| RData::AAAA(AAAA::from(address))),
        "CAA" => caa(value).map(RData::CAA),
        "CNAME" => name(value).map(|name| RData::CNAME(CNAME(name))),
        "NS" => name(value).map(|name| RData::NS(NS(name))),
        "SOA" => soa(value).map(RData::SOA),
        "TXT" => txt(value).map(RData::TXT),
        _ => None,
    }
}

fn name(text: &str) -> Option<Name<'_>> {
    Name::new(text.trim_end_matches('.')).ok()
}

/// `0 issue "letsencrypt.org"`
fn caa(text: &str) -> Option<CAA<'_>> {
    let (flag, rest) = text.split_once(' ')?;
    let (tag, value) = rest.split_once(' ')?;
    let value = quoted(value).into_iter().next()?;
    Some(CAA {
        flag: flag.parse().ok()?,
        tag: CharacterString::new(tag.as_bytes()).ok()?,
        value: value.into_bytes().into(),
    })
}

/// `ns-1.example. hostmaster.example. 1 7200 900 1209600 86400`
fn soa(text: &str) -> Option<SOA<'_>> {
    // moto gives the one that it makes itself as the text of a Python dictionary: `{'Value': 'ns-1…'}`.
    let text = text.strip_prefix("{'Value': '").and_then(|rest| rest.strip_suffix("'}")).unwrap_or(text);
    let mut parts = text.split_whitespace();
    Some(SOA {
        mname: name(parts.next()?)?,
        rname: name(parts.next()?)?,
        serial: parts.next()?.parse().ok()?,
        refresh: parts.next()?.parse().ok()?,
        retry: parts.next()?.parse().ok()?,
        expire: parts.next()?.parse().ok()?,
        minimum: parts.next()?.parse().ok()?,
    })
}

/// `"one string" "and another"`
fn txt(text: &str) -> Option<TXT<'static>> {
    let strings = quoted(text);
    let mut txt = TXT::new();
    for string in &strings {
        txt.add_char_string(CharacterString::new(string.as_bytes()).ok()?.into_owned());
    }
    (!strings.is_empty()).then_some(txt)
}

/// The strings between quotes; a backslash takes the next character as it is. What has no quotes is one string.
fn quoted(text: &str) -> Vec<String> {
    if !text.starts_with('"') {
        return vec![text.to_owned()];
    }
    let (mut strings, mut open) = (Vec::new(), None::<String>);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, &mut open) {
            ('"', Some(_)) => strings.extend(open.take()),
            ('"', None) => open = Some(String::new()),
            ('\\', Some(string)) => string.extend(letters.next()),
            (_, Some(string)) => string.push(letter),
            (_, None) => {}
        }
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_they_are_quoted() {
        assert_eq!(quoted(r#""a b" "c""#), ["a b", "c"]);
        assert_eq!(quoted(r#""say \"hi\" \\""#), [r#"say "hi" \"#]);
        assert_eq!(quoted("bare"), ["bare"]);
    }

    #[test]
    fn each_type_is_read() {
        assert!(matches!(read("A", "127.10.0.4"), Some(RData::A(_))));
        assert!(matches!(read("AAAA", "::1"), Some(RData::AAAA(_))));
        assert!(matches!(read("CAA", "0 issue \"letsencrypt.org\""), Some(RData::CAA(_))));
        assert!(matches!(read("NS", "ns-1.example."), Some(RData::NS(_))));
        assert!(matches!(read("SOA", "ns-1.example. host.example. 1 7200 900 1209600 86400"), Some(RData::SOA(_))));
        let moto = "{'Value': 'ns-1.example. host.example. 1 7200 900 1209600 86400'}";
        assert!(matches!(read("SOA", moto), Some(RData::SOA(_))));
        assert!(matches!(read("TXT", "\"heritage=doltops\""), Some(RData::TXT(_))));
        assert!(read("A", "not an address").is_none());
    }
}
