//! A key that takes one value or several: two daemons, two servers of the store.
//!
//! The file says `key = "one"` or `key = ["one", "other"]`. A variable has one text, so there several stand with commas
//! between them; a comma counts only before another URL, since a password may hold one.

use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use std::{fmt, fmt::Display, marker::PhantomData, str::FromStr};

/// The URLs of one text.
pub fn split(text: &str) -> Vec<&str> {
    let mut urls = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(comma) = rest[from..].find(',').map(|at| from + at) {
        if begins_a_url(&rest[comma + 1..]) {
            urls.push(rest[..comma].trim());
            rest = &rest[comma + 1..];
            from = 0;
        } else {
            from = comma + 1;
        }
    }
    urls.push(rest.trim());
    urls
}

fn begins_a_url(text: &str) -> bool {
    let scheme = text.trim_start().split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_lowercase()))
}

/// The values of a variable's text.
///
/// # Errors
/// That of the first value that is none.
pub fn parse<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    split(text).into_iter().map(str::parse).collect()
}

/// The value of a key in the file: a text, or a list of texts with at least one.
///
/// # Errors
/// That of the first value that is none; and an empty list.
pub fn read<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    deserializer.deserialize_any(OneOrMore(PhantomData)).map(Some)
}

struct OneOrMore<T>(PhantomData<T>);

impl<'de, T: FromStr<Err: Display>> Visitor<'de> for OneOrMore<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        parse(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            values.push(text.parse().map_err(A::Error::custom)?);
        }
        if values.is_empty() { Err(A::Error::custom("the list is empty")) } else { Ok(values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_divides_only_before_another_url() {
        assert_eq!(split("https://a:1"), ["https://a:1"]);
        assert_eq!(split("https://a:1, https://b:2"), ["https://a:1", "https://b:2"]);
        assert_eq!(split("mysql://u:p,q@a/d,mysql://u:p,q@b/d"), ["mysql://u:p,q@a/d", "mysql://u:p,q@b/d"]);
        assert_eq!(split(""), [""]);
    }
}
