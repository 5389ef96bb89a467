//! Something that is asked for and arrives later, or not.

use crate::hosted_api::problem::Problem;

/// What is known of it. A second asking keeps the first answer until the next one is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<T> {
    /// The last answer.
    pub value: Option<T>,
    /// Why the last try gave none.
    pub problem: Option<Problem>,
    /// Since when the next answer is awaited (Unix milliseconds).
    pub since: Option<i64>,
}

impl<T> Loaded<T> {
    /// Asked for just now.
    pub fn asked(now: i64) -> Self {
        Self { value: None, problem: None, since: Some(now) }
    }

    /// The answer has come.
    pub fn set(&mut self, answer: Result<T, Problem>) {
        self.since = None;
        match answer {
            Ok(value) => (self.value, self.problem) = (Some(value), None),
            Err(problem) => self.problem = Some(problem),
        }
    }
}
