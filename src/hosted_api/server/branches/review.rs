//! What people do about a change request: open, approve, comment, decide a conflict, discard.
//!
//! Guarantees
//! - Each is one commit of main, with its author. A repeat does nothing twice.
//! - An approval is for what was looked at: where the branch has moved since, it is refused.
//! - A decision about a conflict is tried before it is written down: what the cell cannot be is refused.

use super::{super::books::Books, Home};
use crate::{
    change_requests::{Choice, merge::settle},
    hosted_api::{
        access::Caller,
        convert,
        decide::{Merging, merge},
        problem::{Kind, Problem},
    },
    model::{
        Approval, BranchName, Cell, ChangeRequest, Comment, InstanceType, OperationId, Refusal, RequestState,
        Resolution, machine,
    },
    store::{Edit, Landing, ROUNDS, Snapshot, StoreError, branches::ReviewEdit},
};
use doltops_proto::hosted_api::{
    Branch, ChangeBranchRequest, CreateBranchRequest,
    change_branch_request::{Approve, Change as Asked, Resolve, resolve},
};

/// Longer ones belong into a document that a comment names.
const LONGEST_COMMENT: usize = 2_000;

/// What is written down, and its commit's message.
type Said = (ReviewEdit, String);

impl Books {
    pub(in crate::hosted_api) async fn create_branch_of<H: Home>(
        &self,
        home: &H,
        caller: &Caller,
        request: CreateBranchRequest,
    ) -> Result<Branch, Problem> {
        let name: BranchName = request.name.parse()?;
        let title = text("title", &request.title, ChangeRequest::LONGEST_TITLE)?;
        let title = if title.is_empty() { name.to_string() } else { title };
        let opened = self.by(&caller.name);
        for _ in 0..ROUNDS {
            let main = self.store.snapshot().await?;
            if let Some(there) = self.branches.review(&name, &main.commit).await? {
                let there = there.request;
                if there.is_open() && there.opened.who == opened.who && there.title == title {
                    return Ok(Branch { existed: true, ..self.whole(&name, home).await? });
                }
                let what = format!(
                    "'{name}' was given by {} already ({}); a name is used once",
                    there.opened.who, there.state
                );
                return Err(Problem::invalid("branch", what).next("choose another name"));
            }
            let request = ChangeRequest {
                name: name.clone(),
                title: title.clone(),
                opened: opened.clone(),
                base: main.commit.clone(),
                state: RequestState::Open,
                closed: None,
                closed_at: None,
            };
            match self
                .write_down(home, caller, &main, (ReviewEdit::Open(request), format!("Open {name}: {title}")))
                .await
            {
                Err(StoreError::Conflict) => {}
                done => {
                    done?;
                    return self.whole(&name, home).await;
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    pub(in crate::hosted_api) async fn change_branch_of<H: Home>(
        &self,
        home: &H,
        caller: &Caller,
        request: ChangeBranchRequest,
    ) -> Result<Branch, Problem> {
        let name = convert::branch(&request.name)?;
        let id = self.operation_id(&request.request_id)?;
        let asked = request.change.ok_or_else(|| Problem::invalid("change", "nothing was asked for"))?;
        for _ in 0..ROUNDS {
            let main = self.store.snapshot().await?;
            let merging = self.merging(&name, &main).await?;
            let Some(said) = self.said(home, caller, &asked, &id, &merging, &main)? else {
                return self.whole(&name, home).await;
            };
            match self.write_down(home, caller, &main, said).await {
                Err(StoreError::Conflict) => {}
                done => {
                    done?;
                    return self.whole(&name, home).await;
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn write_down<H: Home>(
        &self,
        home: &H,
        caller: &Caller,
        main: &Snapshot,
        (edit, message): Said,
    ) -> Result<(), StoreError> {
        let landing = Landing {
            base: main.commit.clone(),
            edits: vec![Edit::Review(edit)],
            author: caller.name.clone(),
            message: message.clone(),
            fence: None,
        };
        self.store.land(landing).await?;
        home.was_said(message, &caller.name);
        Ok(())
    }

    /// What is written down for a request; none where it stands there already.
    fn said(
        &self,
        home: &impl Home,
        caller: &Caller,
        asked: &Asked,
        id: &OperationId,
        merging: &Merging,
        main: &Snapshot,
    ) -> Result<Option<Said>, Problem> {
        let name = merging.request().name.clone();
        match asked {
            // What is over can still be talked about.
            Asked::Comment(text) => self.comment(caller, text, id, merging),
            Asked::Discard(_) if merging.request().state == RequestState::Discarded => Ok(None),
            _ => {
                merge::is_open(merging.request())?;
                match asked {
                    Asked::Approve(approve) => self.approve(caller, approve, merging),
                    Asked::Resolve(resolve) => self.resolve(home.types(), caller, resolve, merging, main),
                    _ => {
                        let closed = ChangeRequest {
                            state: RequestState::Discarded,
                            closed: Some(self.by(&caller.name)),
                            closed_at: Some(merging.branch.head.clone()),
                            ..merging.request().clone()
                        };
                        Ok(Some((ReviewEdit::Close(closed), format!("Discard {name}"))))
                    }
                }
            }
        }
    }

    fn comment(
        &self,
        caller: &Caller,
        said: &str,
        id: &OperationId,
        merging: &Merging,
    ) -> Result<Option<Said>, Problem> {
        let text = text("comment", said, LONGEST_COMMENT)?;
        if text.is_empty() {
            return Err(Problem::invalid("comment", "there is nothing in it"));
        }
        let name = merging.request().name.clone();
        let comment = Comment { id: id.to_string(), by: self.by(&caller.name), text };
        Ok(Some((ReviewEdit::Comment(name.clone(), comment), format!("Comment on {name}"))))
    }

    fn approve(&self, caller: &Caller, approve: &Approve, merging: &Merging) -> Result<Option<Said>, Problem> {
        let (name, head) = (merging.request().name.clone(), merging.branch.head.clone());
        if !approve.head.is_empty() && !head.as_str().starts_with(&approve.head) {
            let what = format!("{name} has changed since it was looked at: it is at {} now", head.short());
            return Err(Problem::new(Kind::Refused, what).next("look at it again, and approve what is there"));
        }
        let approval =
            Approval { by: self.by(&caller.name), head, covers: merging.covers(), withdrawn: approve.withdraw };
        let before = merging.reviewed.approvals.iter().find(|before| before.by.who == approval.by.who);
        if approve.withdraw && before.is_none_or(|before| before.withdrawn) {
            return Err(Refusal::NotFound(format!("{} has not approved {name}", approval.by.who)).into());
        }
        let same = |before: &Approval| before.covers == approval.covers && before.withdrawn == approval.withdrawn;
        if before.is_some_and(same) {
            return Ok(None);
        }
        let word = if approve.withdraw { "Withdraw the approval of" } else { "Approve" };
        Ok(Some((ReviewEdit::Approve(name.clone(), approval), format!("{word} {name}"))))
    }

    fn resolve(
        &self,
        types: &[InstanceType],
        caller: &Caller,
        resolve: &Resolve,
        merging: &Merging,
        main: &Snapshot,
    ) -> Result<Option<Said>, Problem> {
        let name = merging.request().name.clone();
        let merged = merging.merged(main);
        let conflict = merged.find(&resolve.cell).ok_or_else(|| {
            let cell: String = resolve.cell.chars().take(160).flat_map(char::escape_default).collect();
            let problem = Problem::new(Kind::NotFound, format!("{name} has no conflict about '{cell}'"));
            Problem { field: "cell".to_owned(), ..problem }.next(format!("doltops conflicts {name}"))
        })?;
        let choice = match &resolve.choice {
            Some(resolve::Choice::Ours(_)) => Choice::Ours,
            Some(resolve::Choice::Theirs(_)) => Choice::Theirs,
            Some(resolve::Choice::Value(value)) => Choice::Value(value.clone()),
            None => return Err(Problem::invalid("value", "ours, theirs or a value is needed")),
        };
        let going = merge::going(main);
        let value = settle(conflict, &choice, merging.sides(main, &going), &merged)?;
        if let (Cell::InstanceType, Some(wanted)) = (&conflict.cell, &value) {
            machine::find(types, wanted)?;
        }
        if conflict.decided.as_ref().is_some_and(|decided| decided.value == value) {
            return Ok(None);
        }
        let word = value.as_deref().unwrap_or(match conflict.cell {
            Cell::Deployment => "it goes",
            Cell::Name => "it is left out",
            _ => "its default",
        });
        let message = format!("Decide {} of {name}: {word}", conflict.address());
        let resolution = Resolution {
            deployment: conflict.deployment.clone(),
            cell: conflict.cell.clone(),
            ours: conflict.ours.clone(),
            theirs: conflict.theirs.clone(),
            value,
            by: self.by(&caller.name),
        };
        Ok(Some((ReviewEdit::Resolve(name, resolution), message)))
    }
}

/// A person's text, without space around it.
fn text(field: &str, said: &str, longest: usize) -> Result<String, Problem> {
    let text = said.trim();
    if text.chars().count() > longest {
        return Err(Problem::invalid(field, format!("it has more than {longest} characters")));
    }
    Ok(text.to_owned())
}
