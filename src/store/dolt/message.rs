//! What a commit's message and author carry for programs: trailers, as Git knows them.
//!
//! - `Deployment: ID`: what is desired of it changed in this commit.
//! - `Record: ID`: only what is known of it did.
//! - `Operation: ID`: this commit wrote that operation down.
//!
//! Guarantees
//! - A trailer is written by [`write`] alone: a line of a person's text that looks like one is indented.
//! - What [`write`] writes, [`read`] reads.

use crate::model::{DeploymentId, OperationId};
use std::{collections::BTreeSet, fmt::Write};

const DEPLOYMENT: &str = "Deployment: ";
const RECORD: &str = "Record: ";
const OPERATION: &str = "Operation: ";

/// The longest author's name; Dolt takes any, a terminal does not.
const LONGEST_AUTHOR: usize = 100;

/// What a commit is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Deployments of which other things are desired now.
    pub desired: BTreeSet<DeploymentId>,
    /// Deployments of which only other things are known now.
    pub records: BTreeSet<DeploymentId>,
    /// Operations that were asked for.
    pub operations: BTreeSet<OperationId>,
}

impl About {
    /// Every deployment that it is about.
    pub fn deployments(&self) -> impl Iterator<Item = &DeploymentId> {
        self.desired.union(&self.records)
    }
}

/// A commit's message: the text for people, then the trailers.
pub fn write(text: &str, about: &About) -> String {
    let mut message = String::new();
    for line in text.trim().lines() {
        let indent = if trailer(line).is_some() { " " } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(message, "{indent}{line}");
    }
    let desired = about.desired.iter().map(|id| (DEPLOYMENT, id.as_str()));
    let records = about.records.difference(&about.desired).map(|id| (RECORD, id.as_str()));
    let operations = about.operations.iter().map(|id| (OPERATION, id.as_str()));
    let mut gap = "\n";
    for (word, id) in desired.chain(records).chain(operations) {
        let _ = writeln!(message, "{gap}{word}{}", one_line(id));
        gap = "";
    }
    message.trim_end().to_owned()
}

/// A message's text for people, and what it says it is about.
pub fn read(message: &str) -> (String, About) {
    let mut text = String::new();
    let mut about = About::default();
    for line in message.lines() {
        match trailer(line) {
            Some((DEPLOYMENT, id)) => _ = about.desired.insert(DeploymentId::new(id)),
            Some((RECORD, id)) => _ = about.records.insert(DeploymentId::new(id)),
            Some((_, id)) => _ = about.operations.insert(OperationId::new(id)),
            None => _ = writeln!(text, "{line}"),
        }
    }
    (text.trim_end().to_owned(), about)
}

fn trailer(line: &str) -> Option<(&'static str, &str)> {
    [DEPLOYMENT, RECORD, OPERATION].into_iter().find_map(|word| Some((word, line.strip_prefix(word)?)))
}

/// An id as it stands in a trailer: one that holds a line break would end it.
pub fn one_line(id: &str) -> String {
    id.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// An author as Dolt takes it, `Name <address>`: no angle brackets or line breaks in the name, and no empty part.
///
/// Its pattern also ends at a round bracket, and would refuse or cut the name there.
pub fn author(name: &str) -> String {
    let name = author_name(name);
    let address: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }).collect();
    format!("{name} <{address}@doltops>")
}

/// The name alone: as a commit's author is read back.
pub fn author_name(name: &str) -> String {
    let allowed = |c| match c {
        '<' | '>' => None,
        '(' => Some('['),
        ')' => Some(']'),
        c => (!c.is_control()).then_some(c),
    };
    let plain: String = name.chars().filter_map(allowed).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(LONGEST_AUTHOR).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn about(desired: &[&str], records: &[&str], operations: &[&str]) -> About {
        About {
            desired: desired.iter().copied().map(DeploymentId::new).collect(),
            records: records.iter().copied().map(DeploymentId::new).collect(),
            operations: operations.iter().copied().map(OperationId::new).collect(),
        }
    }

    #[test]
    fn a_message_reads_like_one_of_git() {
        let about = about(&["d-a"], &["d-b"], &["op-1"]);
        let message = write("Resize orders to local.large\n\nIt was slow.", &about);
        let expected = "Resize orders to local.large\n\nIt was slow.\n\nDeployment: d-a\nRecord: d-b\nOperation: op-1";
        assert_eq!(message, expected);
        assert_eq!(read(&message), ("Resize orders to local.large\n\nIt was slow.".to_owned(), about));
    }

    #[test]
    fn nobody_writes_a_trailer_into_their_reason() {
        let message = write("Stop orders\n\nDeployment: d-other", &about(&["d-a"], &[], &["op\nDeployment: d-x"]));
        assert_eq!(read(&message).1.desired, about(&["d-a"], &[], &[]).desired);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "(?s).{0,60}", ids in proptest::collection::btree_set("d-[a-z0-9]{3}", 0..4)) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let about = about(&ids, &[], &[]);
            prop_assert_eq!(read(&write(&text, &about)).1, about);
        }

        #[test]
        fn an_author_is_one_that_dolt_takes(name in "(?s).{0,120}") {
            let author = author(&name);
            let (name, address) = author.split_once(" <").expect("a name and an address");
            prop_assert!(!name.trim().is_empty() && !name.contains(['<', '>', '(', ')', '\n']));
            prop_assert!(address.ends_with("@doltops>") && !address.contains(char::is_whitespace));
        }
    }
}
