//! The console without a terminal: keys and answers in, effects and pictures out.

mod any_order;
mod branches;
mod checks;
mod elsewhere;
mod every;
mod fake;
mod gallery;
mod hints;
mod history;
mod incidents;
mod keys;
mod linear;
mod logs;
mod marks;
mod metrics;
mod mouse;
mod moving;
mod odd_shapes;
mod pictures;
mod said;
mod sample;
mod sql;
mod stories;
mod svg;
mod triage;
mod undo;
mod views;
mod wire;

use crate::{
    console::{
        Hosting,
        effect::Effect,
        message::{Answer, Checking, Exported, Message, Part},
        state::{Screen, State},
        update::update,
        view,
    },
    hosted_api::problem::Problem,
    sql::{Begun, Head, Kind, ResultSet},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

/// A console that is driven by hand.
struct Rig {
    state: State,
    /// What the last message asked for.
    effects: Vec<Effect>,
}

/// The key of that name: one character, or `enter`, `esc`, `tab`, `f5`, `ctrl-c`, …
fn key(name: &str) -> KeyEvent {
    let (modifiers, base) = match (name.strip_prefix("ctrl-"), name.strip_prefix("alt-")) {
        (Some(base), _) => (KeyModifiers::CONTROL, base),
        (_, Some(base)) => (KeyModifiers::ALT, base),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match base {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "end" => KeyCode::End,
        "home" => KeyCode::Home,
        "pagedown" => KeyCode::PageDown,
        "pageup" => KeyCode::PageUp,
        "backspace" => KeyCode::Backspace,
        "backtab" => KeyCode::BackTab,
        "delete" => KeyCode::Delete,
        "insert" => KeyCode::Insert,
        "space" => KeyCode::Char(' '),
        f if f.len() == 2 && f.starts_with('f') => KeyCode::F(f[1..].parse().expect("the number of a key")),
        one => KeyCode::Char(one.chars().next().expect("a character")),
    };
    KeyEvent::new(code, modifiers)
}

impl Rig {
    /// Nothing has answered yet.
    fn connecting() -> Self {
        let state =
            State::new(sample::NOW, TimeZone::UTC, "s".to_owned(), Hosting { hosts: true, ..Hosting::default() });
        Self { state, effects: Vec::new() }
    }

    /// The sample fleet, seen by this role.
    fn role(role: &str) -> Self {
        let mut rig = Self::connecting();
        rig.send(Message::Fleet(sample::watch(sample::NOW).into()));
        rig.send(Message::Status(Ok(sample::status(role))));
        rig
    }

    /// The sample fleet, seen by an operator.
    fn new() -> Self {
        Self::role("operator")
    }

    /// The sample fleet on AWS, after its first pictures have come.
    fn aws() -> Self {
        let mut rig = Self::connecting();
        rig.send(Message::Fleet(sample::aws_watch(sample::NOW).into()));
        rig.send(Message::Status(Ok(sample::aws_status("admin"))));
        rig
    }

    fn send(&mut self, message: Message) {
        self.effects = update(&mut self.state, message);
    }

    /// Keys by name, one after the other.
    fn press(&mut self, names: &[&str]) -> &mut Self {
        for name in names {
            self.send(Message::Key(key(name)));
        }
        self
    }

    fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    /// Answers every request of the last message as the sample control plane would.
    fn answer(&mut self) -> &mut Self {
        for effect in std::mem::take(&mut self.effects) {
            let (ticket, answer) = match effect {
                Effect::Plan { ticket, change, .. } => (ticket, Answer::Plan(Ok(sample::plan(&change)))),
                Effect::History { ticket, .. } => (ticket, Answer::History(Ok(sample::history(sample::NOW)))),
                Effect::Diff { ticket, from, to, .. } => {
                    (ticket, Answer::Diff(Ok(super::tests::history::diff(&from, &to))))
                }
                Effect::Blame { ticket, before, .. } => {
                    (ticket, Answer::Blame(Ok(super::tests::history::blame(before.is_none(), sample::NOW))))
                }
                Effect::Check { ticket, .. } => {
                    (ticket, Answer::Check(Checking::Done(Ok(Box::new(super::tests::checks::checked())))))
                }
                Effect::CheckRows { ticket, .. } => (ticket, Answer::CheckRows(Ok(super::tests::checks::changes()))),
                Effect::Metrics { ticket, name, .. } => {
                    (ticket, Answer::Metrics(Ok(sample::metrics(&name, &self.state.status, sample::NOW))))
                }
                Effect::Curves { ticket, names, .. } => {
                    (ticket, Answer::Metrics(Ok(sample::curves(&names, sample::NOW))))
                }
                Effect::Examine { ticket } => (ticket, Answer::Examined(sample::examination())),
                Effect::Orphans { ticket } => (ticket, Answer::Orphans(Ok(sample::orphans(sample::NOW)))),
                Effect::RemoveOrphan { ticket, .. } => (ticket, Answer::OrphanRemoved(Ok(()))),
                Effect::Incidents { ticket } => (ticket, Answer::Incidents(Ok(incidents::all(sample::NOW)))),
                Effect::Timeline { ticket, .. } => {
                    (ticket, Answer::Timeline(Box::new(Ok(incidents::timeline(sample::NOW)))))
                }
                Effect::ChangeIncident { ticket, request } => {
                    (ticket, Answer::IncidentChanged(Box::new(Ok(incidents::changed(&request, sample::NOW)))))
                }
                Effect::Branches { ticket, closed } => {
                    (ticket, Answer::Branches(Ok(branches::list(closed, sample::NOW))))
                }
                Effect::Branch { ticket, .. } => {
                    (ticket, Answer::Branch(Box::new(Ok(branches::branch(None, sample::NOW)))))
                }
                Effect::OpenBranch { ticket, .. } => {
                    (ticket, Answer::BranchChanged(Box::new(Ok(branches::branch(None, sample::NOW)))))
                }
                Effect::ChangeBranch { ticket, request } => {
                    (ticket, Answer::BranchChanged(Box::new(Ok(branches::after(&request, sample::NOW)))))
                }
                Effect::Write { ticket, path, .. } => (ticket, Answer::Written(Ok(path))),
                Effect::Logs { ticket, .. } => {
                    use crate::console::incoming::Incoming;
                    (ticket, Answer::Log(sample::log(sample::NOW).cleaned()))
                }
                Effect::SaveLog { ticket, path, lines, .. } => {
                    (ticket, Answer::Saved(path.clone(), Ok((path.into(), lines.len()))))
                }
                Effect::SqlOpen { ticket, .. } => (ticket, Answer::SqlOpened(Ok(()))),
                Effect::SqlExport { ticket, .. } => (ticket, Answer::SqlExport(Exported::Whole(3))),
                Effect::Forward { ticket, .. } => {
                    (ticket, Answer::Forwarding(Ok(std::net::SocketAddr::from(([127, 0, 0, 1], 41_000)))))
                }
                Effect::SqlRun { ticket, .. } => (ticket, Answer::SqlDone(None)),
                Effect::Change { ticket, request } => {
                    let done = doltops_proto::hosted_api::ChangeResponse {
                        operation_id: request.request_id,
                        commit: sample::hash("n3wc0mm1"),
                        plan: None,
                        generation: 8,
                    };
                    (ticket, Answer::Changed(Ok(done)))
                }
                _ => continue,
            };
            let effects = update(&mut self.state, Message::Answer(ticket, answer));
            self.effects.extend(effects);
        }
        self
    }

    /// What statements gave, as the connection tells it, and which of them failed.
    fn give(&mut self, results: Vec<ResultSet>, failed: Option<(usize, Problem)>) -> &mut Self {
        let Some(Screen::Connect(connect)) = self.state.screens.last() else { panic!("no SQL screen") };
        let ticket = connect.ticket;
        let mut parts = Vec::new();
        for (index, result) in results.into_iter().enumerate() {
            let numbers = |at: usize| {
                result.rows.iter().all(|row| row[at].as_deref().is_none_or(|cell| cell.parse::<f64>().is_ok()))
            };
            let kind = |at: usize| if numbers(at) && !result.rows.is_empty() { Kind::Number } else { Kind::Text };
            let head = |(at, name): (usize, &String)| Head { name: name.clone(), kind: kind(at) };
            let heads = result.columns.iter().enumerate().map(head).collect();
            parts.push(Part::Begun(index, Begun { heads, affected: result.affected }));
            parts.push(Part::Rows(result.rows));
            parts.push(Part::Ended(result.took, result.more));
            parts.push(Part::CarriedOut(index));
        }
        for part in parts {
            self.send(Message::Answer(ticket, Answer::Sql(part)));
        }
        self.send(Message::Answer(ticket, Answer::SqlDone(failed)));
        self
    }

    /// What the screen shows at this size.
    fn screen(&mut self, width: u16, height: u16) -> String {
        let buffer = self.buffer(width, height);
        let line = |y: u16| -> String {
            let cells: String = (0..width).filter_map(|x| buffer.cell((x, y))).map(|cell| cell.symbol()).collect();
            cells.trim_end().to_owned()
        };
        (0..height).map(line).collect::<Vec<_>>().join("\n")
    }

    /// The same, cell by cell.
    fn buffer(&mut self, width: u16, height: u16) -> Buffer {
        self.send(Message::Resized(width, height));
        let theme = self.state.look.theme.clone();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        terminal.draw(|frame| view::draw(frame, &self.state, &theme)).expect("drawn");
        terminal.backend().buffer().clone()
    }

    /// The change that the last message sent, if it did.
    fn sent(&self) -> Option<&doltops_proto::hosted_api::ChangeRequest> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Change { request, .. } => Some(request.as_ref()),
            _ => None,
        })
    }
}
