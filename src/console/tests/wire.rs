//! Effects over a real connection: what they give comes back as messages.

use super::{
    fake::{Fake, serve},
    sample,
};
use crate::{
    console::{
        Hosting,
        effect::Effect,
        message::{Answer, Message},
        runner::Runner,
        state::Ticket,
    },
    doctor::{Finding, Report},
    env::System,
    hosted_api::client,
};
use doltops_proto::hosted_api::{
    ChangeIncidentRequest,
    change::{Change, Stop},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};

struct Wire {
    fake: Fake,
    runner: Runner,
    messages: mpsc::Receiver<Message>,
    _hosting: watch::Sender<Hosting>,
    _folder: tempfile::TempDir,
}

fn wire() -> Wire {
    let fake = Fake { now: sample::NOW, ..Fake::default() };
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, messages) = mpsc::channel(100);
    let runner = Runner::new(
        client::on(serve(fake.clone())),
        Arc::new(System::new()),
        sender,
        mpsc::channel(1).0,
        folder.path(),
        Arc::new(|| Box::pin(async { hostile() })),
        0,
    );
    Wire { _folder: folder, fake, runner, messages, _hosting: watch::channel(Hosting::default()).0 }
}

/// What a tool of this machine said may hold anything.
fn hostile() -> Report {
    Report { findings: vec![Finding::missing("dolt", "no\u{1b}[2Jversion", "put\u{7}it on PATH")] }
}

impl Wire {
    async fn next(&mut self) -> Message {
        let message = tokio::time::timeout(Duration::from_secs(20), self.messages.recv()).await;
        message.expect("an answer in time").expect("an answer")
    }
}

#[tokio::test]
async fn a_plan_and_a_change_come_back_with_their_ticket() {
    let mut wire = wire();
    let change = Change::Stop(Stop { name: "orders".into() });
    wire.runner.carry_out(Effect::Plan { ticket: Ticket(1), change: change.clone(), after: Duration::ZERO });
    let Message::Answer(Ticket(1), Answer::Plan(Ok(plan))) = wire.next().await else { panic!("no plan") };
    assert_eq!(plan.steps.len(), 3);
    let (request_id, confirm) = ("r".into(), String::new());
    let shown = crate::console::state::proposal::Shown { change, plan, request_id, problem: None, confirm };
    wire.runner.carry_out(Effect::Change { ticket: Ticket(2), request: Box::new(shown.request()) });
    assert!(matches!(wire.next().await, Message::Answer(Ticket(2), Answer::Changed(Ok(_)))));
    assert_eq!(*wire.fake.changes.lock().expect("no panic"), vec![shown.request()]);
}

/// The console asks for word when it is idle: until the answer is in the queue, it is not.
#[tokio::test]
async fn what_the_doctor_found_comes_back_clean_and_then_nothing_is_unanswered() {
    let mut wire = wire();
    wire.runner.carry_out(Effect::Examine { ticket: Ticket(1) });
    wire.runner.answered().await;
    let Ok(Message::Answer(Ticket(1), Answer::Examined(report))) = wire.messages.try_recv() else {
        panic!("no answer in the queue")
    };
    let texts = report.findings.iter().flat_map(|finding| [&finding.found, &finding.next]);
    assert!(!texts.cloned().collect::<String>().contains(char::is_control), "{report:?}");
}

#[tokio::test]
async fn an_incidents_story_and_a_change_of_it_come_back_with_their_ticket() {
    let mut wire = wire();
    wire.runner.carry_out(Effect::Incidents { ticket: Ticket(1) });
    let Message::Answer(Ticket(1), Answer::Incidents(Ok(all))) = wire.next().await else { panic!("no list") };
    assert_eq!(all.incidents.len(), 3);
    wire.runner.carry_out(Effect::Timeline { ticket: Ticket(2), id: "inc-4f2k9qwe".into() });
    let Message::Answer(Ticket(2), Answer::Timeline(story)) = wire.next().await else { panic!("no story") };
    assert_eq!(story.expect("told").entries.len(), 8);
    let change = Some(doltops_proto::hosted_api::change_incident_request::Change::Note("seen".into()));
    let request = ChangeIncidentRequest { id: "inc-4f2k9qwe".into(), request_id: "r".into(), change };
    wire.runner.carry_out(Effect::ChangeIncident { ticket: Ticket(3), request: Box::new(request.clone()) });
    // Its screen is left: the change goes its way all the same.
    wire.runner.carry_out(Effect::Cancel(Ticket(3)));
    let Message::Answer(Ticket(3), Answer::IncidentChanged(changed)) = wire.next().await else { panic!("no answer") };
    assert_eq!(changed.expect("changed").notes.len(), 1);
    assert_eq!(*wire.fake.incidents.lock().expect("no panic"), vec![request]);
}

#[tokio::test]
async fn a_log_comes_without_control_characters_and_ends_when_it_is_cancelled() {
    let mut wire = wire();
    wire.runner.carry_out(Effect::Logs { ticket: Ticket(1), name: "orders".into(), lines: 10, since: 0 });
    let Message::Answer(_, Answer::Log(lines)) = wire.next().await else { panic!("no log") };
    assert_eq!(lines[2].text, "slow query, 1.4 s");
    wire.runner.carry_out(Effect::Cancel(Ticket(1)));
    wire.runner.carry_out(Effect::Status);
    assert!(matches!(wire.next().await, Message::Status(Ok(_))));
}

#[tokio::test]
async fn statements_for_a_connection_that_is_closed_say_so() {
    let mut wire = wire();
    wire.runner.carry_out(Effect::SqlRun { ticket: Ticket(1), statements: vec!["SELECT 1".into()] });
    let Message::Answer(_, Answer::SqlDone(Some((0, problem)))) = wire.next().await else { panic!("no answer") };
    assert_eq!(problem.what, "the connection is closed");
}
