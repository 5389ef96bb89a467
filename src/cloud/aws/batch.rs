//! Brings questions that are asked at about the same time into one call, as Karpenter does.
//!
//! Guarantees: a question waits for others no longer than [`LONGEST`]; every question gets an answer of its own; a
//! questioner that goes away changes nothing for the others.

use crate::cloud::CloudError;
use std::{future::Future, pin::pin, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time,
};

/// After so much quiet nobody else is likely to come: the steps of many deployments that one look has started follow one
/// another within milliseconds.
const QUIET: Duration = Duration::from_millis(35);

/// A person who waits for one step does not feel this.
const LONGEST: Duration = Duration::from_millis(100);

/// Values that one EC2 filter takes; Route 53 takes 1,000 changes in one call, and ours are at most four each.
pub const MOST: usize = 200;

type Asked<Q, A> = (Q, oneshot::Sender<Result<A, CloudError>>);

/// Where questions are brought together.
#[derive(Debug)]
pub struct Batch<Q, A> {
    asked: mpsc::Sender<Asked<Q, A>>,
}

impl<Q: Send + 'static, A: Send + 'static> Batch<Q, A> {
    /// `answer` is given at most [`MOST`] questions, and answers them in their order. It ends with the last handle.
    pub fn new<F, T>(answer: F) -> Self
    where
        F: Fn(Vec<Q>) -> T + Send + Sync + 'static,
        T: Future<Output = Vec<Result<A, CloudError>>> + Send + 'static,
    {
        let (asked, mut inbox) = mpsc::channel::<Asked<Q, A>>(MOST);
        tokio::spawn(async move {
            while let Some(together) = collect(&mut inbox).await {
                let (questions, waiting): (Vec<Q>, Vec<_>) = together.into_iter().unzip();
                let answers = answer(questions);
                // Its own task: the next ones do not wait for these.
                tokio::spawn(async move {
                    for (answer, waits) in answers.await.into_iter().zip(waiting) {
                        let _ = waits.send(answer);
                    }
                });
            }
        });
        Self { asked }
    }

    /// The answer to one question.
    ///
    /// # Errors
    /// The call's, or that there was none.
    pub async fn ask(&self, question: Q) -> Result<A, CloudError> {
        let ended = || CloudError::Later("the driver for AWS ends".to_owned());
        let (waits, answer) = oneshot::channel();
        self.asked.send((question, waits)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

/// The next questions; none when nobody can ask any more.
async fn collect<T>(inbox: &mut mpsc::Receiver<T>) -> Option<Vec<T>> {
    let mut together = vec![inbox.recv().await?];
    let mut longest = pin!(time::sleep(LONGEST));
    while together.len() < MOST {
        let next = tokio::select! {
            () = &mut longest => break,
            next = time::timeout(QUIET, inbox.recv()) => next,
        };
        match next {
            Ok(Some(one)) => together.push(one),
            Ok(None) | Err(_) => break,
        }
    }
    Some(together)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    #[tokio::test]
    async fn questions_of_one_moment_are_one_call_and_each_gets_its_own_answer() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let batch = Batch::new(move |questions: Vec<usize>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { questions.into_iter().map(|question| Ok(question * 2)).collect() }
        });
        let answers = join_all((0..150).map(|question| batch.ask(question))).await;
        assert_eq!(answers, (0..150).map(|question| Ok(question * 2)).collect::<Vec<_>>());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn too_few_answers_leave_nobody_waiting() {
        let batch = Batch::new(|_: Vec<u8>| async { Vec::<Result<u8, CloudError>>::new() });
        assert!(matches!(batch.ask(1).await, Err(CloudError::Later(_))));
    }
}
