//! The command log: every call that the console made in one's name, as the command that does the same.
//!
//! Guarantees
//! - Made from the effects in one place, by a match that names each: a new effect cannot be forgotten ([`line`]).
//! - No secret and no text of SQL is in it: of SQL there is `doltops connect NAME` and nothing else.
//! - A plan that was given up before it was there leaves no line.
//! - At most [`KEPT`] lines. The same reading again (a status each half minute) is its old line with a new time.
//!
//! Not here: what the console follows by itself from its start (the fleet, the open incidents).

use crate::{
    console::{
        effect::Effect,
        filter::{Filtered, Kind, Named, Value},
        message::{Answer, Checking},
        state::{Ticket, chosen::Chosen, on_branch::is_on_branch},
    },
    model::BranchName,
};
use doltops_proto::hosted_api::{
    ChangeBranchRequest, ChangeIncidentRequest, CreateBranchRequest,
    change::{self, Change},
    change_incident_request::Change as Asked,
};
use std::{borrow::Cow, collections::VecDeque};

/// How many lines are kept: more than anybody reads back, in well under a megabyte.
pub const KEPT: usize = 500;

/// Ends the line of what only asks for a plan.
const DRY_RUN: &str = "--dry-run";

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its answer is awaited, or it goes on.
    Waiting,
    /// It was done.
    Done,
    /// It was ended here: its screen was left, or something newer is asked for.
    Ended,
    /// It was not done, and why.
    Failed(String),
}

impl Outcome {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Waiting => "waiting",
            Outcome::Done => "done",
            Outcome::Ended => "ended",
            Outcome::Failed(_) => "failed",
        }
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was made last.
    pub time: i64,
    /// The command that does the same.
    pub line: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How many changes it asked for at once: no command takes several, so that there are as many commands.
    pub changes: usize,
    /// Names its answer; none where none is told apart.
    ticket: Option<Ticket>,
    /// Stays with it wherever it moves to.
    id: u64,
}

/// The calls, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    /// Rises with each change, so that a view knows when to arrange itself anew.
    pub changes: u64,
    /// The id of the newest entry.
    last_id: u64,
}

impl Log {
    /// The calls, oldest first.
    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// This is asked for now.
    pub fn note(&mut self, effect: &Effect, now: i64, branch: Option<&BranchName>) {
        if let Effect::Cancel(ticket) = effect {
            return self.given_up(*ticket);
        }
        let Some((ticket, line)) = line(effect, branch.filter(|_| is_on_branch(effect))) else { return };
        self.changes += 1;
        // What only reads is one line, however often; each change is its own.
        let again = self.entries.iter().position(|entry| !effect.changes() && entry.line == line);
        let id = again.and_then(|place| self.entries.remove(place)).map_or(self.last_id + 1, |entry| entry.id);
        self.last_id = self.last_id.max(id);
        let outcome = if ticket.is_some() { Outcome::Waiting } else { Outcome::Done };
        let changes = several(effect).map_or(1, |(_, batch, _)| batch.changes.len());
        self.entries.push_back(Entry { time: now, line, outcome, changes, ticket, id });
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }

    /// An answer has come.
    pub fn answered(&mut self, ticket: Ticket, answer: &Answer) {
        if let Some(outcome) = outcome(answer) {
            self.end(ticket, outcome);
        }
    }

    /// Nobody waits for this any more. A plan that nobody has seen is not worth a line: typing a name asks for many.
    fn given_up(&mut self, ticket: Ticket) {
        let planned = |entry: &Entry| {
            entry.ticket == Some(ticket) && entry.outcome == Outcome::Waiting && entry.line.ends_with(DRY_RUN)
        };
        match self.entries.iter().rposition(planned) {
            Some(place) => {
                self.entries.remove(place);
                self.changes += 1;
            }
            None => self.end(ticket, Outcome::Ended),
        }
    }

    fn end(&mut self, ticket: Ticket, outcome: Outcome) {
        let waits = |entry: &&mut Entry| entry.ticket == Some(ticket) && entry.outcome == Outcome::Waiting;
        if let Some(entry) = self.entries.iter_mut().rev().find(waits) {
            entry.outcome = outcome;
            self.changes += 1;
        }
    }
}

/// The command that does what an effect does; none for what calls nobody, goes on within an earlier call, or is SQL.
fn line(effect: &Effect, branch: Option<&BranchName>) -> Option<(Option<Ticket>, String)> {
    let on = branch.map_or_else(Vec::new, |branch| words(&["--branch", branch.as_str()]));
    if let Some((ticket, batch, options)) = several(effect) {
        let each = batch.changes.iter().filter_map(|change| change.change.as_ref());
        let lines: Vec<String> =
            each.map(|change| shell(&[change_words(change), on.clone(), words(options)].concat())).collect();
        return Some((Some(ticket), lines.join(" && ")));
    }
    let (ticket, words) = match effect {
        Effect::Status => (None, [words(&["status"]), on].concat()),
        Effect::Resolve(moment) => (None, words(&["status", "--at", &moment.to_string()])),
        Effect::Plan { ticket, change, .. } => (Some(*ticket), [change_words(change), on, words(&[DRY_RUN])].concat()),
        Effect::Change { ticket, request } => {
            (Some(*ticket), [change_words(request.change.as_ref()?.change.as_ref()?), on].concat())
        }
        Effect::History { ticket, name, limit, before } => {
            let before = before.iter().flat_map(|before| words(&["--before", before]));
            let limit = words(&["--limit", &limit.to_string()]);
            (
                Some(*ticket),
                words(&["history"]).into_iter().chain(name.clone()).chain(limit).chain(before).chain(on).collect(),
            )
        }
        Effect::Diff { ticket, from, to, name } => {
            (Some(*ticket), words(&["diff", from, to]).into_iter().chain(name.clone()).chain(on).collect())
        }
        Effect::Blame { ticket, name, .. } => (Some(*ticket), words(&["blame", name])),
        Effect::Metrics { ticket, name, .. } => (Some(*ticket), words(&["metrics", name])),
        Effect::Check { ticket, name, database } => {
            let database =
                database.iter().filter(|_| name.is_some()).flat_map(|database| words(&["--database", database]));
            (Some(*ticket), words(&["check"]).into_iter().chain(name.clone()).chain(database).collect())
        }
        // The pictures of the rows in view: no command asks for those of several.
        Effect::Curves { .. } => return None,
        Effect::Logs { ticket, name, lines, .. } => {
            (Some(*ticket), words(&["logs", name, "--follow", "--lines", &lines.to_string()]))
        }
        Effect::Events { ticket, name, last } => {
            let last = words(&["--follow", "--last", &last.to_string()]);
            (Some(*ticket), words(&["events"]).into_iter().chain(name.clone()).chain(last).collect())
        }
        Effect::Orphans { ticket } => (Some(*ticket), words(&["orphans"])),
        Effect::Examine { ticket } => (Some(*ticket), words(&["doctor"])),
        Effect::RemoveOrphan { ticket, id, confirm } => {
            (Some(*ticket), words(&["orphans", "remove", id, "--confirm", confirm]))
        }
        Effect::Incidents { ticket } => (Some(*ticket), words(&["incidents", "--resolved"])),
        Effect::Timeline { ticket, id } => (Some(*ticket), words(&["incident", "show", id])),
        Effect::ChangeIncident { ticket, request } => (Some(*ticket), incident_words(request)?),
        Effect::SqlOpen { ticket, name, read_only } => (Some(*ticket), connect_words(name, *read_only)),
        Effect::Client { name, read_only, .. } => (None, connect_words(name, *read_only)),
        Effect::Forward { ticket, name, port } => {
            let port = port.iter().flat_map(|port| words(&["--port", &port.to_string()]));
            (Some(*ticket), words(&["forward", name]).into_iter().chain(port).collect())
        }
        Effect::Branches { ticket, closed } => {
            let all = closed.then(|| "--all".to_owned());
            (Some(*ticket), words(&["branch", "list"]).into_iter().chain(all).collect())
        }
        Effect::Branch { ticket, name } => (Some(*ticket), words(&["branch", "show", name])),
        Effect::OpenBranch { ticket, request } => (Some(*ticket), open_words(request)),
        Effect::ChangeBranch { ticket, request } => (Some(*ticket), branch_words(request)?),
        // What is said on a connection is nobody else's to read.
        Effect::SqlRun { .. }
        | Effect::SqlMore { .. }
        | Effect::SqlExport { .. }
        | Effect::ForwardEnd { .. }
        | Effect::CheckRows { .. } => return None,
        // On this machine alone.
        Effect::SaveLog { .. }
        | Effect::Write { .. }
        | Effect::Past
        | Effect::Remember(_)
        | Effect::Cancel(_)
        | Effect::Copy(_)
        | Effect::Redraw
        | Effect::Bell => return None,
    };
    Some((ticket, shell(&words)))
}

/// A change of several deployments: no command takes several, so they are told one after the other.
fn several(effect: &Effect) -> Option<(Ticket, &change::Batch, &'static [&'static str])> {
    match effect {
        Effect::Plan { ticket, change: Change::Batch(batch), .. } => Some((*ticket, batch, &[DRY_RUN])),
        Effect::Change { ticket, request } => match request.change.as_ref()?.change.as_ref()? {
            Change::Batch(batch) => Some((*ticket, batch, &[])),
            _ => None,
        },
        _ => None,
    }
}

fn shell(words: &[String]) -> String {
    let quoted: Vec<Cow<str>> = words.iter().map(|word| quoted(word)).collect();
    format!("doltops {}", quoted.join(" "))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn connect_words(name: &str, read_only: bool) -> Vec<String> {
    let read_only = read_only.then(|| "--read-only".to_owned());
    words(&["connect", name]).into_iter().chain(read_only).collect()
}

fn change_words(change: &Change) -> Vec<String> {
    let option =
        |name: &'static str, value: Option<String>| value.into_iter().flat_map(move |value| [name.to_owned(), value]);
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    match change {
        Change::Create(it) => words(&["create", &it.name])
            .into_iter()
            .chain(option("--type", given(&it.instance_type)))
            .chain(option("--volume", it.volume_gib.map(|gib| gib.to_string())))
            .chain(option("--certificate", given(&it.certificate)))
            .collect(),
        Change::Resize(it) => words(&["resize", &it.name])
            .into_iter()
            .chain(option("--type", it.instance_type.clone()))
            .chain(option("--volume", it.volume_gib.map(|gib| gib.to_string())))
            .collect(),
        Change::Set(it) => {
            let mut settings: Vec<String> = it.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
            settings.sort_unstable();
            [words(&["set", &it.name]), settings].concat()
        }
        Change::Stop(it) => words(&["stop", &it.name]),
        Change::Start(it) => words(&["start", &it.name]),
        Change::Restart(it) => words(&["restart", &it.name]),
        Change::Pause(it) => words(&["pause", &it.name]),
        Change::Resume(it) => words(&["resume", &it.name]),
        Change::Protect(it) => words(&["protect", &it.name]),
        Change::Unprotect(it) => words(&["unprotect", &it.name]),
        Change::Delete(it) => words(&["delete", &it.name, "--confirm", &it.confirm]),
        Change::RollBack(it) => {
            let whose = if it.all { "--all" } else { it.name.as_str() };
            let confirm = option("--confirm", given(&it.confirm));
            words(&["rollback", whose, "--to", &it.to]).into_iter().chain(confirm).collect()
        }
        Change::Undo(it) => words(&["undo"])
            .into_iter()
            .chain(given(&it.operation_id))
            .chain(option("--confirm", given(&it.confirm)))
            .collect(),
        Change::Revert(it) => {
            let commits = match it.after.as_str() {
                "" => words(&["--commit", &it.commit]),
                after => words(&["--range", &format!("{after}..{}", it.commit)]),
            };
            let confirm = option("--confirm", given(&it.confirm));
            words(&["rollback"]).into_iter().chain(given(&it.name)).chain(commits).chain(confirm).collect()
        }
        Change::Merge(it) => {
            words(&["branch", "merge", &it.branch]).into_iter().chain(option("--confirm", given(&it.confirm))).collect()
        }
        // See `several`.
        Change::Batch(_) => Vec::new(),
    }
}

fn incident_words(request: &ChangeIncidentRequest) -> Option<Vec<String>> {
    let id = request.id.as_str();
    Some(match request.change.as_ref()? {
        Asked::Open(open) => {
            let deployments = open.deployments.iter().flat_map(|name| words(&["--deployment", name]));
            let texts = [("--impact", &open.impact), ("--description", &open.description)];
            let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
            words(&["incident", "open", &open.title, "--severity", &open.severity])
                .into_iter()
                .chain(deployments)
                .chain(texts.flat_map(|(name, text)| words(&[name, text])))
                .collect()
        }
        Asked::Acknowledge(_) => words(&["incident", "acknowledge", id]),
        Asked::Note(text) => words(&["incident", "note", id, text]),
        Asked::HandOver(to) => words(&["incident", "hand-over", id, to]),
        Asked::Resolve(why) if why.is_empty() => words(&["incident", "resolve", id]),
        Asked::Resolve(why) => words(&["incident", "resolve", id, why]),
    })
}

fn open_words(request: &CreateBranchRequest) -> Vec<String> {
    let title = Some(&request.title).filter(|title| !title.is_empty());
    let title = title.into_iter().flat_map(|title| words(&["--title", title]));
    words(&["branch", "create", &request.name]).into_iter().chain(title).collect()
}

fn branch_words(request: &ChangeBranchRequest) -> Option<Vec<String>> {
    use doltops_proto::hosted_api::change_branch_request::{Change, resolve::Choice};
    let name = request.name.as_str();
    Some(match request.change.as_ref()? {
        Change::Approve(approve) => {
            let head = Some(&approve.head).filter(|head| !head.is_empty() && !approve.withdraw);
            let withdraw = approve.withdraw.then(|| "--withdraw".to_owned());
            let head = head.into_iter().flat_map(|head| words(&["--head", head]));
            words(&["branch", "approve", name]).into_iter().chain(head).chain(withdraw).collect()
        }
        Change::Comment(text) => words(&["branch", "comment", name, text]),
        Change::Discard(_) => words(&["branch", "discard", name]),
        Change::Resolve(resolve) => {
            let value = match resolve.choice.as_ref()? {
                Choice::Ours(_) => "ours",
                Choice::Theirs(_) => "theirs",
                Choice::Value(value) => value,
            };
            words(&["conflicts", name, "resolve", &resolve.cell, value])
        }
    })
}

/// A word as a shell takes it: in single quotes unless it is plain.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// How an answer ends its call; none where it goes on.
fn outcome(answer: &Answer) -> Option<Outcome> {
    fn of<T>(answer: &Result<T, crate::hosted_api::problem::Problem>) -> Outcome {
        answer.as_ref().map_or_else(|problem| Outcome::Failed(problem.to_string()), |_| Outcome::Done)
    }
    Some(match answer {
        Answer::Plan(answer) => of(answer),
        Answer::Changed(answer) => of(answer),
        Answer::History(answer) => of(answer),
        Answer::Diff(answer) => of(answer),
        Answer::Blame(answer) => of(answer),
        Answer::Metrics(answer) => of(answer),
        Answer::Orphans(answer) => of(answer),
        Answer::Examined(_) => Outcome::Done,
        Answer::OrphanRemoved(answer) => of(answer),
        Answer::Incidents(answer) => of(answer),
        Answer::Timeline(answer) => of(answer),
        Answer::IncidentChanged(answer) => of(answer),
        Answer::Branches(answer) => of(answer),
        Answer::Branch(answer) => of(answer),
        Answer::BranchChanged(answer) => of(answer),
        Answer::SqlOpened(answer) => of(answer),
        Answer::Forwarding(answer) => of(answer),
        Answer::Check(Checking::Done(answer)) => of(answer),
        // What is followed goes on until it is left.
        Answer::Log(_) | Answer::LogEnded(_) | Answer::Events(_) | Answer::EventsEnded(_) => return None,
        Answer::Written(_)
        | Answer::Saved(..)
        | Answer::Sql(_)
        | Answer::SqlDone(_)
        | Answer::SqlExport(_)
        | Answer::Forwarded(..)
        | Answer::SqlCatalog(_)
        | Answer::Check(_)
        | Answer::CheckRows(_) => return None,
    })
}

/// The view of it, the newest last.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// Their ids, in order: what the cursor is on is known by it when the log has moved on.
    shown: Vec<u64>,
    /// The log as it was arranged last.
    seen: u64,
}

impl Commands {
    /// The log may have changed; on the last line the cursor follows.
    pub fn arrange(&mut self, log: &Log) {
        if self.seen != log.changes {
            self.seen = log.changes;
            let follows = self.chosen.list.at_end();
            let under = self.shown.get(self.chosen.list.cursor()).copied();
            self.choose(log);
            if follows {
                self.chosen.list.set_cursor(usize::MAX);
            } else if let Some(place) = self.shown.iter().position(|id| Some(*id) == under) {
                self.chosen.list.set_cursor(place);
            }
        }
    }

    fn choose(&mut self, log: &Log) {
        self.chosen.choose(log.entries(), 0);
        let id = |place| log.entries().get(self.chosen.at(place)?).map(|entry| entry.id);
        self.shown = (0..self.chosen.list.len()).filter_map(id).collect();
    }

    /// Shows those that a filter lets through.
    pub fn set_filter(&mut self, text: String, log: &Log) {
        self.chosen.set_text(text);
        self.choose(log);
    }

    /// The call at this place of what is shown.
    pub fn at<'a>(&self, place: usize, log: &'a Log) -> Option<&'a Entry> {
        log.entries().get(self.chosen.at(place)?)
    }
}

impl Filtered for Entry {
    const COLUMNS: &'static [Named] =
        &[Named { word: "state", kind: Kind::Text }, Named { word: "command", kind: Kind::Text }];

    fn title(&self) -> &str {
        ""
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.line.as_str())
    }

    fn value(&self, column: usize, _now: i64) -> Value<'_> {
        if column == 0 { Value::text(self.outcome.word()) } else { Value::text(&self.line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosted_api::problem::{Kind, Problem};
    use doltops_proto::hosted_api::{self as api, change};

    fn told(log: &Log) -> Vec<String> {
        log.entries().iter().map(|entry| format!("{} {}", entry.outcome.word(), entry.line)).collect()
    }

    #[test]
    fn each_call_is_a_command_with_its_end() {
        let mut log = Log::default();
        let resize = change::Resize { name: "orders".into(), volume_gib: Some(40), ..change::Resize::default() };
        let change = Some(api::Change { change: Some(Change::Resize(resize)) });
        let request = Box::new(api::ChangeRequest { change, ..api::ChangeRequest::default() });
        log.note(&Effect::Change { ticket: Ticket(1), request }, 0, None);
        log.note(&Effect::Blame { ticket: Ticket(2), name: "orders".into(), before: None }, 1, None);
        log.note(&Effect::Diff { ticket: Ticket(3), from: "a".into(), to: "b".into(), name: None }, 2, None);
        log.answered(Ticket(1), &Answer::Changed(Ok(api::ChangeResponse::default())));
        log.answered(Ticket(3), &Answer::Diff(Err(Problem::new(Kind::NotFound, "no commit begins so"))));
        log.note(&Effect::Cancel(Ticket(2)), 3, None);
        assert_eq!(
            told(&log),
            ["done doltops resize orders --volume 40", "ended doltops blame orders", "failed doltops diff a b"]
        );
    }

    /// Typing a name asks for a plan with each letter.
    #[test]
    fn a_plan_that_nobody_saw_leaves_no_line() {
        let mut log = Log::default();
        let plan = |ticket, name: &str| Effect::Plan {
            ticket: Ticket(ticket),
            change: Change::Stop(change::Stop { name: name.into() }),
            after: std::time::Duration::ZERO,
        };
        log.note(&plan(1, "o"), 0, None);
        log.note(&Effect::Cancel(Ticket(1)), 0, None);
        log.note(&plan(2, "orders"), 0, None);
        log.answered(Ticket(2), &Answer::Plan(Ok(api::PlanResponse::default())));
        log.note(&Effect::Cancel(Ticket(2)), 0, None);
        assert_eq!(told(&log), ["done doltops stop orders --dry-run"]);
    }

    /// Lines above it come, go and move to the end; the cursor stays on its own.
    #[test]
    fn the_cursor_stays_with_its_call() {
        let mut log = Log::default();
        let blame = |name: &str| Effect::Blame { ticket: Ticket(1), name: name.into(), before: None };
        for name in ["a", "b", "c", "d"] {
            log.note(&blame(name), 0, None);
        }
        let mut commands = Commands::default();
        commands.arrange(&log);
        commands.chosen.list.set_cursor(2);
        let under = |commands: &Commands, log: &Log| {
            commands.at(commands.chosen.list.cursor(), log).map(|entry| entry.line.clone()).unwrap_or_default()
        };
        for again in ["a", "e", "b"] {
            log.note(&blame(again), 1, None);
            commands.arrange(&log);
            assert_eq!(under(&commands, &log), "doltops blame c");
        }
        log.note(&blame("c"), 2, None);
        commands.arrange(&log);
        assert_eq!((under(&commands, &log).as_str(), commands.chosen.list.at_end()), ("doltops blame c", true));
    }

    /// Neither what is run nor what is read of it.
    #[test]
    fn no_text_of_sql_is_in_it() {
        let mut log = Log::default();
        log.note(&Effect::SqlOpen { ticket: Ticket(1), name: "orders".into(), read_only: true }, 0, None);
        log.note(&Effect::SqlRun { ticket: Ticket(1), statements: vec!["set password = 'x'".into()] }, 0, None);
        log.note(&Effect::Copy("secret".into()), 0, None);
        assert_eq!(told(&log), ["waiting doltops connect orders --read-only"]);
    }

    #[test]
    fn what_is_read_again_is_one_line_and_the_log_is_bounded() {
        let mut log = Log::default();
        for now in 0..3 {
            log.note(&Effect::Status, now, None);
        }
        assert_eq!((told(&log), log.entries()[0].time), (vec!["done doltops status".to_owned()], 2));
        for number in 0..2 * KEPT {
            log.note(&Effect::Blame { ticket: Ticket(1), name: format!("d{number}"), before: None }, 0, None);
        }
        assert_eq!(log.entries().len(), KEPT);
    }

    #[test]
    fn a_shell_takes_each_word_as_it_is() {
        for (word, shell) in [("orders", "orders"), ("", "''"), ("it's full", r"'it'\''s full'"), ("$HOME", "'$HOME'")]
        {
            assert_eq!(quoted(word), shell);
        }
    }
}
