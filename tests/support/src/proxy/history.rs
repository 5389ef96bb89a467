//! Answers of some time ago, for stale reads.
//!
//! What is remembered is what was asked: for each question the answers that it got and when. What nobody had asked by
//! then is answered as not there yet: an empty list, or `NotFound` where an id was asked for, as EC2 does for seconds
//! after it made something.

use super::{call::Call, refused::Refused};
use bytes::Bytes;
use http::Response;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Different answers that are kept for a question: enough for a test, small for a page of 400 instances.
const KEPT: usize = 16;

/// The answers to questions.
#[derive(Debug, Default)]
pub struct History {
    asked: Mutex<BTreeMap<Bytes, VecDeque<Answered>>>,
}

#[derive(Debug)]
struct Answered {
    since: Instant,
    answer: Response<Bytes>,
}

impl History {
    /// Whether a call only reads, so that its answer can be stale.
    pub fn keeps(call: &Call) -> bool {
        ["Describe", "List", "Get"].iter().any(|verb| call.operation.starts_with(verb))
    }

    /// Writes an answer down, when it differs from the one before.
    pub fn remember(&self, call: &Call, answer: &Response<Bytes>) {
        if !Self::keeps(call) || !answer.status().is_success() {
            return;
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = asked.entry(call.said.clone()).or_default();
        if answers.back().is_none_or(|last| last.answer.body() != answer.body()) {
            if answers.len() == KEPT {
                answers.pop_front();
            }
            answers.push_back(Answered { since: Instant::now(), answer: answer.clone() });
        }
    }

    /// What the answer was `age` ago.
    pub fn at(&self, call: &Call, age: Duration) -> Option<Response<Bytes>> {
        let then = Instant::now().checked_sub(age)?;
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = asked.get(&call.said)?;
        answers.iter().rev().find(|answered| answered.since <= then).map(|answered| answered.answer.clone())
    }
}

/// The answer of a time when what is asked for was not there yet; none where this service has no word for it.
pub fn not_there_yet(call: &Call) -> Option<Response<Bytes>> {
    let (ids, code, set) = match call.operation.as_str() {
        "DescribeInstances" => ("InstanceId", "InvalidInstanceID.NotFound", "reservationSet"),
        "DescribeInstanceStatus" => ("InstanceId", "InvalidInstanceID.NotFound", "instanceStatusSet"),
        "DescribeVolumes" => ("VolumeId", "InvalidVolume.NotFound", "volumeSet"),
        "DescribeSnapshots" => ("SnapshotId", "InvalidSnapshot.NotFound", "snapshotSet"),
        "DescribeAddresses" => ("AllocationId", "InvalidAllocationID.NotFound", "addressesSet"),
        _ => return None,
    };
    let ids = call.list(ids);
    if !ids.is_empty() {
        let message = format!("The ID '{}' does not exist", ids.join(", "));
        return Some(Refused::new(code, message).answer(call.dialect));
    }
    let operation = &call.operation;
    let body = format!(
        "<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><{set}/></{operation}Response>"
    );
    let mut answer = Response::new(Bytes::from(body));
    answer.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/xml;charset=UTF-8"));
    Some(answer)
}
