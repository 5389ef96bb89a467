//! The reader against a service that counts its calls.

use super::*;
use crate::telemetry::cloudwatch::series::Metric;
use jiff::Timestamp;
use std::{collections::VecDeque, time::Duration};
use tokio::sync::Notify;

/// A clock that is moved by hand.
#[derive(Default)]
struct Clock(Mutex<i64>);

impl Clock {
    fn pass(&self, seconds: i64) {
        *self.0.lock().expect("no panic") += seconds;
    }

    fn seconds(&self) -> i64 {
        *self.0.lock().expect("no panic")
    }
}

impl Env for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds()).expect("a time")
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.seconds().unsigned_abs())
    }

    fn random(&self) -> u64 {
        0
    }
}

/// Answers in order as it was told to; then, every value is 1.
#[derive(Default)]
struct Script {
    calls: Mutex<Vec<(usize, Option<String>)>>,
    answers: Mutex<VecDeque<Result<Page, TelemetryError>>>,
    /// Calls wait for this.
    gate: Option<Notify>,
}

#[async_trait]
impl Service for Arc<Script> {
    async fn page(&self, call: &Call, token: Option<String>) -> Result<Page, TelemetryError> {
        self.calls.lock().expect("no panic").push((call.keys.len(), token));
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        if let Some(answer) = self.answers.lock().expect("no panic").pop_front() {
            return answer;
        }
        let points: Vec<_> = (call.from..call.to).step_by(60).map(|at| (at, 1.0)).collect();
        let part = |place| (place, Part { points: points.clone(), complete: true });
        Ok(Page { parts: (0..call.keys.len()).map(part).collect(), next: None })
    }
}

struct Rig {
    reader: Arc<Reader>,
    script: Arc<Script>,
    clock: Arc<Clock>,
}

fn rig(script: Script) -> Rig {
    let (script, clock) = (Arc::new(script), Arc::new(Clock::default()));
    clock.pass(1_000_000);
    Rig { reader: Arc::new(Reader::new(Box::new(script.clone()), clock.clone())), script, clock }
}

impl Rig {
    fn window(&self) -> Window {
        Window::new(self.clock.seconds() - 900, self.clock.seconds())
    }

    async fn look(&self, rows: usize) -> Result<i64, TelemetryError> {
        self.reader.refresh(&keys(rows), self.window()).await
    }

    fn calls(&self) -> usize {
        self.script.calls.lock().expect("no panic").len()
    }
}

fn keys(rows: usize) -> Vec<Key> {
    let key = |row| Key { namespace: "n".into(), instance: format!("i-{row}").into(), metric: Metric::Cpu, period: 60 };
    (0..rows).map(key).collect()
}

fn part(points: &[(i64, f64)], complete: bool) -> Part {
    Part { points: points.to_vec(), complete }
}

#[tokio::test]
async fn many_consoles_cause_one_call() {
    let rig = rig(Script { gate: Some(Notify::new()), ..Script::default() });
    let looks = (0..20).map(|_| rig.look(30));
    let all = futures::future::join_all(looks);
    tokio::pin!(all);
    assert!(futures::poll!(&mut all).is_pending());
    rig.script.gate.as_ref().expect("a gate").notify_one();
    assert!(all.await.iter().all(Result::is_ok));
    assert_eq!(rig.calls(), 1);
    // A row that comes into view is asked for alone.
    rig.script.gate.as_ref().expect("a gate").notify_one();
    assert!(rig.look(31).await.is_ok());
    assert_eq!(rig.script.calls.lock().expect("no panic")[1], (1, None));
}

#[tokio::test]
async fn a_large_fleet_is_asked_for_in_calls_of_500() {
    let rig = rig(Script::default());
    assert!(rig.look(1_201).await.is_ok());
    let mut sizes: Vec<_> = rig.script.calls.lock().expect("no panic").iter().map(|call| call.0).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [201, 500, 500]);
}

#[tokio::test]
async fn pages_make_one_answer() {
    let rig = rig(Script::default());
    let at = rig.window().from;
    rig.script.answers.lock().expect("no panic").extend([
        Ok(Page { parts: vec![(0, part(&[(at, 1.0)], false))], next: Some("more".to_owned()) }),
        Ok(Page { parts: vec![(0, part(&[(at + 60, 2.0)], true))], next: None }),
    ]);
    assert!(rig.look(1).await.is_ok());
    assert_eq!(rig.reader.points(&keys(1)[0], rig.window()), [(at, 1.0), (at + 60, 2.0)]);
    assert_eq!(rig.script.calls.lock().expect("no panic")[1].1.as_deref(), Some("more"));
}

/// What is known is shown with its age, CloudWatch is left alone for a while, and then there is no answer.
#[tokio::test]
async fn a_throttled_service_is_left_alone_and_what_is_known_is_shown() {
    let rig = rig(Script::default());
    let first = rig.look(3).await.expect("an answer");
    rig.clock.pass(60);
    let throttled = || Err(TelemetryError::Away("CloudWatch asks for patience: Throttling".to_owned()));
    rig.script.answers.lock().expect("no panic").extend([throttled(), throttled()]);
    assert_eq!(rig.look(3).await, Ok(first));
    assert_eq!(rig.look(3).await, Ok(first));
    assert_eq!(rig.calls(), 2, "the second look comes within the pause");
    rig.clock.pass(STALE);
    assert!(rig.look(3).await.is_err());
    rig.clock.pass(60);
    assert_eq!(rig.look(3).await, Ok(rig.clock.seconds()));
}

/// The second page is lost: what the first one held is shown, and all of it is asked again.
#[tokio::test]
async fn a_lost_page_is_asked_again() {
    let rig = rig(Script::default());
    let at = rig.window().from;
    rig.script.answers.lock().expect("no panic").extend([
        Ok(Page { parts: vec![(0, part(&[(at + 60, 7.0)], true))], next: Some("more".to_owned()) }),
        Err(TelemetryError::Away("reset".to_owned())),
    ]);
    assert!(rig.look(1).await.is_ok());
    assert_eq!(rig.reader.points(&keys(1)[0], rig.window()), [(at + 60, 7.0)]);
    rig.clock.pass(60);
    assert!(rig.look(1).await.is_ok());
    assert_eq!(rig.reader.points(&keys(1)[0], rig.window()).len(), 16);
}
