//! Main as it was.

use super::Server;
use crate::{
    hosted_api::problem::{Kind, Problem},
    model::{CommitEntry, Moment},
    store::StoreError,
};

impl Server {
    /// The commit of main that a moment is: the same for every call, since what is past does not change.
    ///
    /// # Errors
    /// Names `at`: there is no such commit, or the time is still to come.
    pub(super) async fn past(&self, moment: &Moment) -> Result<CommitEntry, Problem> {
        let executor = &self.manager.executor;
        if let Moment::Time(time) = moment
            && *time > executor.env.now()
        {
            return Err(Problem::invalid("at", format!("{time} is still to come")).next("name a time that has passed"));
        }
        executor.store.moment(moment).await.map_err(|error| match error {
            StoreError::NoSuchCommit(_) => {
                let problem = Problem { field: "at".to_owned(), ..Problem::new(Kind::NotFound, error.to_string()) };
                problem.next("see: doltops history")
            }
            StoreError::Ambiguous(_) => Problem::invalid("at", error.to_string()).next("type more of it"),
            other => other.into(),
        })
    }
}
