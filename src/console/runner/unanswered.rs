//! How many requests of the console have no answer yet.
//!
//! Guarantee: a request is counted until its answer is in the queue of messages, or nobody waits for it any more: who sees
//! none counted, and an empty queue, has all answers.
//!
//! Not counted: what is followed (logs, events, the fleet), a SQL session and a forwarded port. They have no end.

use tokio::sync::watch;

/// The count.
#[derive(Debug)]
pub struct Unanswered(watch::Sender<usize>);

/// One request, until it is dropped.
#[derive(Debug)]
pub struct Request(watch::Sender<usize>);

impl Unanswered {
    /// Of none.
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// One more.
    pub fn request(&self) -> Request {
        self.0.send_modify(|count| *count += 1);
        Request(self.0.clone())
    }

    /// Until there is none.
    pub async fn none(&self) {
        // The sender is here: it does not end.
        self.0.subscribe().wait_for(|count| *count == 0).await.ok();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn none_is_when_the_last_has_its_answer() {
        let unanswered = Unanswered::new();
        let (one, other) = (unanswered.request(), unanswered.request());
        drop(one);
        assert!(unanswered.none().now_or_never().is_none());
        drop(other);
        assert!(unanswered.none().now_or_never().is_some());
    }
}
