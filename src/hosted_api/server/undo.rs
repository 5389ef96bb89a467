//! Which operation an undo is about, and what was desired around it: read from the store, so that an operation can be
//! undone after any restart and whoever hosts now. What follows from it is `decide::undo`'s.

use super::books::Books;
use crate::{
    hosted_api::{
        access::Caller,
        decide::Undoing,
        problem::{Kind, Problem},
        undone::{self, Written},
    },
    model::{Operation, OperationId, Refusal},
    store::HistoryQuery,
};
use doltops_proto::hosted_api::change::Undo;

/// How far back "your last operation" and a commit's beginning are looked for. One that is older is named by its id.
const LAST: usize = 500;

impl Books {
    /// Writes the operation's id into an undo that names none, or names it by its commit. A repeat of request `again`
    /// is about what the first try was about, although that is undone by now.
    pub(in crate::hosted_api) async fn name_operation(
        &self,
        caller: &Caller,
        undo: &mut Undo,
        again: Option<&OperationId>,
    ) -> Result<(), Problem> {
        let store = &self.store;
        if let (Some(id), "") = (again, undo.operation_id.as_str())
            && let Some((first, _)) = store.operation(id).await?
            && let Some(target) = first.undoes()
        {
            undo.operation_id = target.to_string();
            return Ok(());
        }
        let last = store.operations(LAST).await?;
        let found = match undo.operation_id.as_str() {
            "" => undone::standing(&last, &caller.name).next().ok_or_else(|| {
                Refusal::NotFound(format!("none of the last {LAST} operations is yours and not undone yet"))
            })?,
            text => match undone::named(&last, text) {
                Some(found) => found,
                // It may be older; then its id is whole.
                None => return Ok(()),
            },
        };
        undo.operation_id = found.id.to_string();
        Ok(())
    }

    /// An operation with what was desired right before and right after its commit.
    pub(in crate::hosted_api) async fn undoing(&self, id: &OperationId) -> Result<Undoing, Problem> {
        let store = &self.store;
        let (operation, commit) = store.operation(id).await?.ok_or_else(|| not_there(id))?;
        let last = store.operations(LAST).await?;
        if let Some(by) = undone::undone(&last).get(id) {
            let what = format!("'{}' was undone already", operation.summary);
            return Err(Refusal::forbidden(what, format!("doltops undo {by} does it again")).into());
        }
        let query = HistoryQuery { deployment: None, before: Some(commit.clone()), until: None, limit: 1 };
        let parent = store.history(query).await?.into_iter().next().map(|entry| entry.hash);
        let parent = parent.ok_or_else(|| Problem::new(Kind::Failed, format!("nothing came before {commit}")))?;
        let before = store.desired_at(&parent).await?;
        let after = store.desired_at(&commit).await?;
        let earlier = earlier(&last, &operation).cloned();
        Ok(Undoing { operation, before, after, earlier })
    }
}

/// What the same person asked for before it, and stands.
fn earlier<'a>(last: &'a [Written], operation: &'a Operation) -> Option<&'a Operation> {
    let older = last.iter().position(|(other, _)| other.id == operation.id)? + 1;
    let older: Vec<&OperationId> = last.get(older..)?.iter().map(|(other, _)| &other.id).collect();
    undone::standing(last, &operation.author).find(|other| older.contains(&&other.id))
}

fn not_there(id: &OperationId) -> Problem {
    let id: String = id.as_str().chars().take(80).flat_map(char::escape_default).collect();
    let what = format!("there is no operation {id}");
    Problem { field: "operation".to_owned(), ..Problem::new(Kind::NotFound, what) }
}
