//! The line of commits that is checked: first parents, from the head backwards.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its hash.
    pub hash: String,
    /// Who made it.
    pub author: String,
    /// When, as the database says it.
    pub date: String,
    /// Why.
    pub message: String,
    /// Its first parent; none: it is the first of all.
    pub parent: Option<String>,
    /// Whether it joins two lines.
    pub merge: bool,
}

/// The line that ends in `head`, oldest first: at most `limit` commits, and none before `after`, which is not in it.
///
/// `None`: `after` is not on the line.
pub fn line(commits: Vec<Commit>, head: &str, after: Option<&str>, limit: usize) -> Option<Vec<Commit>> {
    let mut by_hash: HashMap<String, Commit> =
        commits.into_iter().map(|commit| (commit.hash.clone(), commit)).collect();
    let mut line = Vec::new();
    let mut next = Some(head.to_owned());
    while let Some(hash) = next.take() {
        if after == Some(hash.as_str()) {
            line.reverse();
            return Some(line);
        }
        let Some(commit) = by_hash.remove(&hash).filter(|_| line.len() < limit) else { break };
        next.clone_from(&commit.parent);
        line.push(commit);
    }
    line.reverse();
    after.is_none().then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(hash: &str, parent: Option<&str>) -> Commit {
        Commit { hash: hash.to_owned(), parent: parent.map(str::to_owned), ..Commit::default() }
    }

    fn hashes(line: Option<Vec<Commit>>) -> Option<String> {
        line.map(|line| line.iter().map(|commit| commit.hash.as_str()).collect())
    }

    #[test]
    fn first_parents_are_followed_and_what_was_merged_is_not() {
        let all = || vec![commit("d", Some("b")), commit("c", Some("a")), commit("b", Some("a")), commit("a", None)];
        assert_eq!(hashes(line(all(), "d", None, 10)).as_deref(), Some("abd"));
        assert_eq!(hashes(line(all(), "d", None, 2)).as_deref(), Some("bd"));
        assert_eq!(hashes(line(all(), "d", Some("a"), 10)).as_deref(), Some("bd"));
        assert_eq!(hashes(line(all(), "d", Some("d"), 10)).as_deref(), Some(""));
        assert_eq!(line(all(), "d", Some("c"), 10), None);
    }
}
