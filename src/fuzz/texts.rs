//! Languages that are text, and no part of the console.

use super::text;
use crate::{
    checks::rules::Rules,
    config::file,
    manifest,
    sql::{lex, place, statements},
};
use doltops_agent::{logs::line, metrics::prometheus as series, state::keys::Identity, user_data::UserData};
use std::{hint::black_box, path::Path};

/// `doltops.toml`, and the rules of a check.
pub fn configuration(bytes: &[u8]) {
    let text = text(bytes);
    if let Err(problem) = file::parse(text, Path::new("doltops.toml")) {
        assert!(!problem.field.is_empty(), "{problem}: it names no key");
    }
    drop(Rules::parse(text, Path::new("checks.toml")));
}

/// Deployments as files.
pub fn manifests(bytes: &[u8]) {
    if let Err(refusal) = manifest::read("orders.yaml", text(bytes)) {
        assert!(format!("{refusal}").contains("orders.yaml"), "{refusal}: it names no file");
    }
}

/// What Dolt tells of itself: its metrics, and its log.
pub fn prometheus(bytes: &[u8]) {
    let text = text(bytes);
    for series in series::parse(text) {
        assert!(!series.name.is_empty());
    }
    text.lines().for_each(|line| drop(line::parse(line)));
}

/// What an instance boots with.
pub fn user_data(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(data) = toml::from_str::<UserData>(text) {
        let said = format!("{data:?}");
        assert!(data.key_pem.len() < 8 || !said.contains(&data.key_pem), "a key is told");
        drop(Identity::parse(data.certificate_pem, &data.key_pem, "the first identity"));
    }
    drop(Identity::parse(text.to_owned(), text, "an identity"));
}

/// Statements, and the words in them.
pub fn sql(bytes: &[u8]) {
    let text = text(bytes);
    let mut end = 0;
    for token in lex::tokens(text) {
        assert_eq!(token.range.start, end, "what is between two tokens is lost");
        assert!(text.get(token.range.clone()).is_some_and(|it| !it.is_empty()), "{:?} is no text", token.range);
        end = token.range.end;
    }
    assert_eq!(end, text.len());
    let mut end = 0;
    let mut standing = statements::Standing::default();
    for range in statements::split(text) {
        assert!(end <= range.start && range.start < range.end, "{range:?} after {end}");
        end = range.end;
        let statement = text.get(range).unwrap_or_else(|| panic!("a statement ends within a letter"));
        assert!(statements::split(statement).len() <= 1, "{statement:?} is more than one");
        black_box((statements::reads(statement), statements::changes_names(statement)));
        black_box(statements::may_hold_a_secret(statement));
        standing.after(statement);
        black_box(place::of(text, statement).is_some());
    }
    black_box((statements::is_complete(text), statements::at(text, end / 2).is_some()));
}
