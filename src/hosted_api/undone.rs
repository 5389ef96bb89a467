//! Which operations stand, and which were undone.
//!
//! Pure, and read from the operations themselves: an undo names what it takes back, so nothing has to be remembered
//! anywhere else. An undo that was undone itself takes nothing back any more.

use crate::model::{CommitHash, Operation, OperationId};
use std::collections::BTreeMap;

/// An operation with the commit that wrote it down.
pub type Written = (Operation, CommitHash);

/// A shorter beginning of a commit's hash names none: as for every other commit that is typed.
const FEWEST: usize = 6;

/// What was undone, and by which operation. `newest_first` are the last operations.
pub fn undone(newest_first: &[Written]) -> BTreeMap<&OperationId, &OperationId> {
    let mut undone = BTreeMap::new();
    for (operation, _) in newest_first {
        // What undid this one came later, so it is known by now.
        if !undone.contains_key(&operation.id)
            && let Some((target, _)) =
                operation.undoes().and_then(|target| newest_first.iter().find(|(other, _)| other.id == target))
        {
            undone.insert(&target.id, &operation.id);
        }
    }
    undone
}

/// What `author` asked for and stands, newest first. Undos are left out, so that undoing again goes further back; one
/// is undone by its id.
pub fn standing<'a>(newest_first: &'a [Written], author: &'a str) -> impl Iterator<Item = &'a Operation> {
    let undone = undone(newest_first);
    let all = newest_first.iter().map(|(operation, _)| operation);
    all.filter(move |it| it.author == author && it.undoes().is_none() && !undone.contains_key(&it.id))
}

/// The operation of that id, or the only one whose commit begins so.
pub fn named<'a>(newest_first: &'a [Written], text: &str) -> Option<&'a Operation> {
    if let Some((operation, _)) = newest_first.iter().find(|(operation, _)| operation.id.as_str() == text) {
        return Some(operation);
    }
    let begins = |(_, commit): &&Written| text.len() >= FEWEST && commit.as_str().starts_with(text);
    let mut found = newest_first.iter().filter(begins);
    match (found.next(), found.next()) {
        (Some((operation, _)), None) => Some(operation),
        _ => None,
    }
}

/// What a refusal to undo something begins with where it names what may be undone instead.
const INSTEAD: &str = "doltops undo ";

/// What to do where an operation cannot be undone: what the same person asked for before it.
pub fn instead(earlier: &Operation) -> String {
    format!("{INSTEAD}{} undoes what came before it: {}", earlier.id, earlier.summary)
}

/// The operation that [`instead`] names, if that is what was said.
pub fn named_instead(next: &str) -> Option<&str> {
    let (id, _) = next.strip_prefix(INSTEAD)?.split_once(" undoes what came before it: ")?;
    Some(id).filter(|id| !id.is_empty() && !id.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    /// An operation of ann's with this id; what it undoes, where it is an undo.
    fn written(id: &str, undoes: Option<&str>) -> Written {
        let (kind, request) = match undoes {
            Some(target) => ("undo", format!(r#"{{"undo":{{"operation":"{target}","confirm":""}}}}"#)),
            None => ("stop", r#"{"stop":"orders"}"#.to_owned()),
        };
        let operation = Operation {
            id: OperationId::new(id),
            deployment: None,
            kind: kind.to_owned(),
            summary: String::new(),
            author: "ann".to_owned(),
            asked: Timestamp::UNIX_EPOCH,
            reason: String::new(),
            request,
        };
        let commit = format!("{:0<32}", id.replace('-', ""));
        (operation, commit.parse().expect("a hash"))
    }

    fn stand(operations: &[Written]) -> Vec<&str> {
        standing(operations, "ann").map(|operation| operation.id.as_str()).collect()
    }

    #[test]
    fn an_undo_takes_the_operation_away_and_its_undo_brings_it_back() {
        let (a, b) = (written("a", None), written("b", None));
        let (undo, redo) = (written("u1", Some("b")), written("u2", Some("u1")));
        assert_eq!(stand(&[b.clone(), a.clone()]), ["b", "a"]);
        assert_eq!(stand(&[undo.clone(), b.clone(), a.clone()]), ["a"], "undoing again goes further back");
        assert_eq!(stand(&[redo.clone(), undo.clone(), b.clone(), a.clone()]), ["b", "a"]);
        let all = [redo, undo, b, a];
        assert_eq!(undone(&all).into_iter().collect::<Vec<_>>(), [(&OperationId::new("u1"), &OperationId::new("u2"))]);
        assert_eq!(standing(&all, "otto").count(), 0, "it is hers");
    }

    #[test]
    fn what_may_be_undone_instead_is_told_and_read() {
        let (earlier, _) = written("op-1a", None);
        assert_eq!(named_instead(&instead(&earlier)), Some("op-1a"));
        assert_eq!(named_instead("nothing came before it that could be undone"), None);
    }

    #[test]
    fn an_operation_is_named_by_its_id_or_its_commit() {
        let all = [written("op-1a", None), written("op-1b", None)];
        let id = |text| named(&all, text).map(|operation| operation.id.as_str());
        assert_eq!(id("op-1b"), Some("op-1b"));
        assert_eq!(id("op1a00"), Some("op-1a"));
        assert_eq!(id("op1"), None, "too short");
        assert_eq!(id("op-1"), None);
    }
}
