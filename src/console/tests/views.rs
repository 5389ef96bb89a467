//! Every view of the console, each by the shortest way that leads to it over the sample fleet.
//!
//! The snapshots (`pictures`) and the pictures of the docs (`gallery`) are both drawn from here. The tests at the end
//! tell which screen, overlay or form has no view here: a new one cannot be forgotten.

use super::{Rig, branches, checks, every::every, history, sample, triage};
use crate::{
    console::{
        Hosting,
        effect::Effect,
        message::{Answer, Message},
        state::{
            Layer, Place, Screen,
            form::{Kind as FormKind, Verb},
        },
    },
    hosted_api::problem::{Kind, Problem},
    sql::{ResultSet, catalog::Catalog, forward::Live},
};
use doltops_proto::hosted_api as api;
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// The size at which they begin: that of the docs' pictures. Large enough for every column that matters, small enough
/// to be read on a page.
pub const SIZE: (u16, u16) = (120, 32);

/// A view: its name, and what leads to it.
pub type View = (&'static str, fn() -> Rig);

/// Those that the docs show.
pub const PICTURED: [View; 39] = [
    ("fleet", fleet),
    ("filter", || fleet().with(&["/"], "disk:>50 !legacy")),
    ("columns", || fleet().with(&["C", "down"], "")),
    ("palette", || fleet().with(&[":"], "re")),
    ("help", || fleet().with(&["?"], "")),
    ("two-views", || {
        let mut rig = fleet();
        rig.press(&["down", "|"]).answer().press(&["l"]).answer();
        rig
    }),
    ("deployment", || fleet().with(&["down", "enter"], "")),
    ("pulse", || fleet().with(&["P", "down"], "")),
    ("metrics", metrics),
    ("logs", logs),
    ("events", events),
    ("history", history::rig),
    ("diff", diff),
    ("blame", || {
        let mut rig = fleet();
        rig.press(&["w"]).answer().answer().press(&["down"]);
        rig
    }),
    ("checks", checks::rig),
    ("finding", checks::finding),
    ("activity", history::activity),
    ("commands", || {
        let mut rig = fleet();
        rig.press(&["w"]).answer().press(&["esc", "h"]).answer().press(&["esc", "m"]).answer().press(&["esc", "!"]);
        rig
    }),
    ("undo", || fleet().with(&["u"], "")),
    ("themes", || fleet().with(&[":"], "theme").with(&["enter", "down", "down"], "")),
    ("roll-back", || {
        let mut rig = fleet();
        rig.press(&["b"]).answer().answer();
        rig
    }),
    ("create", || {
        let mut rig = fleet();
        rig.press(&["c"]).type_text("users").answer().press(&["tab"]);
        rig
    }),
    ("settings", || fleet().with(&["S"], "many")),
    ("delete", || fleet().with(&["D"], "")),
    ("marks", || {
        let mut rig = fleet();
        rig.press(&["down", "space", "down", "space", "space", "s"]).answer();
        rig
    }),
    ("certificates", || {
        let mut rig = Rig::aws();
        rig.resized().answer().press(&["g", "c"]);
        rig
    }),
    ("doctor", || fleet().with(&[":"], "doctor").with(&["enter"], "")),
    ("orphans", || {
        let mut rig = Rig::aws();
        rig.resized().answer().press(&["O"]).answer();
        rig
    }),
    ("incidents", || fleet().with(&["I", "v"], "")),
    ("incident", story),
    ("report", || fleet().with(&["i"], "checkout fails")),
    ("branches", || shown(branches::listed())),
    ("branch", || shown(branches::one())),
    ("on-branch", || {
        let mut rig = shown(branches::on_branch());
        rig.press(&["down", "r", "right"]);
        branches::prepared(&mut rig);
        rig
    }),
    ("branch-merge", || {
        let mut rig = shown(branches::one());
        rig.press(&["t"]).answer().press(&["m"]).answer();
        rig
    }),
    ("sql", sql),
    ("forwards", forwards),
    ("quit", || fleet().with(&["q"], "")),
    ("stale", || {
        let mut rig = fleet();
        rig.send(Message::FleetLost(Problem::new(Kind::Unreachable, "connection refused")));
        rig.send(Message::Tick(sample::NOW + 40_000));
        rig
    }),
];

/// The others: the same screens on AWS, in their other states, and what stands over them.
pub const OTHERS: [View; 59] = [
    ("checks-reading", checks::reading),
    ("checks-which", checks::choosing),
    ("connecting", Rig::connecting),
    ("starting", || hosting(Some("building Dolt 2.2.0, 120 of 1243 packages"), None)),
    ("cannot-host", || {
        let failed = Problem::new(Kind::Failed, "there is no Go to build Dolt with");
        hosting(None, Some(failed.next("install Go 1.26, or give --dolt")))
    }),
    ("failing", || {
        let mut rig = Rig::connecting();
        let problem = Problem::new(Kind::Unreachable, "connection refused").next("start one: doltops --daemon");
        rig.send(Message::FleetLost(problem));
        rig
    }),
    ("empty", || {
        let mut rig = Rig::connecting();
        rig.send(Message::Fleet(Default::default()));
        rig
    }),
    ("fleet-aws", || aws(&[])),
    ("deployment-aws", || aws(&["down", "down", "down", "enter"])),
    ("metrics-aws", || aws(&["m", "W"])),
    // Longer than agents remember.
    ("metrics-not-kept", || fleet().with(&["m", "W"], "")),
    // Over hours that hold a commit, with the crosshair on it; then one chart alone.
    ("metrics-of-two", metrics_of_two),
    ("metrics-full", || metrics_of_two().with(&["enter"], "")),
    ("logs-search", || fleet().with(&["l"], "").with(&["/"], "server").with(&["enter"], "")),
    // From warnings on, wrapped, with a question open.
    ("logs-chosen", || {
        let mut rig = logs();
        rig.press(&["v", "+", "w", "t", "T"]).type_text("soon").press(&["enter"]);
        rig
    }),
    ("log-line", || fleet().with(&["l"], "").with(&["enter"], "")),
    ("history-of-one", || fleet().with(&["down", "h"], "")),
    ("history-marked", || {
        let mut rig = history::rig();
        rig.press(&["down", "d", "down"]);
        rig
    }),
    ("diff-books", || diff().with(&["v"], "")),
    ("diff-cell", || diff().with(&["enter"], "")),
    ("activity-filtered", || history::activity().with(&["/"], "state:failed").with(&["enter"], "")),
    ("incident-log", || story().with(&["down", "down", "down"], "")),
    ("incident-note", || story().with(&["n"], "max_connections was raised")),
    ("incident-entry", || story().with(&["enter"], "")),
    ("incident-export", || story().with(&["e"], "")),
    ("create-wrong", || fleet().with(&["c"], "Not_a name")),
    ("create-aws", || {
        let mut rig = aws(&["c"]);
        rig.type_text("users").answer();
        rig
    }),
    ("resize", || {
        let mut rig = fleet();
        rig.press(&["r", "right"]).answer();
        rig
    }),
    ("stop", || fleet().with(&["s"], "")),
    ("start", || fleet().with(&["/"], "legacy").with(&["enter", "s"], "")),
    ("restart", || verb("restart")),
    ("pause", || verb("pause")),
    ("resume", || changed(|desired| desired.paused = true, "resume")),
    ("protect", || verb("protect")),
    ("unprotect", || changed(|desired| desired.protected = true, "unprotect")),
    ("undo-deletes", || undo(Ok("op-create"))),
    ("undo-refused", || undo(Err("'Restart orders' cannot be undone"))),
    ("roll-back-refused", roll_back_refused),
    ("roll-back-all", || {
        let mut rig = fleet();
        rig.press(&["B"]).answer().answer().type_text("al");
        rig
    }),
    ("on-branch-refused", || shown(branches::on_branch()).with(&["l"], "")),
    ("branches-over", || shown(branches::listed()).with(&["v"], "")),
    ("branch-merged", || shown(branches::merged())),
    ("branch-new", || shown(branches::listed()).with(&["n"], "calm Fewer")),
    ("branch-review", || shown(branches::one()).with(&["t"], "").with(&["tab"], "")),
    ("branch-value", || shown(branches::one()).with(&["v"], "")),
    ("branch-sql", || shown(branches::one()).with(&["S"], "")),
    ("branch-comment", || shown(branches::one()).with(&["n"], "Looks good to me.")),
    ("branch-discard", || shown(branches::one()).with(&["D"], "big")),
    ("orphan-removal", || aws(&["O"]).with(&["D"], "i-0abc")),
    ("palette-open", || fleet().with(&[":"], "open deployments/ord")),
    ("filter-wrong", || fleet().with(&["/"], "disk:>50 helth:x")),
    ("which-key", || fleet().with(&["g"], "")),
    ("read-only", || {
        let mut rig = fleet();
        rig.state.read_only = true;
        rig.press(&["c"]);
        rig
    }),
    ("sql-offer", || {
        let mut rig = connected();
        let row = |column: &str| ["shop", "orders", column, "int"].map(|cell| Some(cell.to_owned())).to_vec();
        rig.tell_sql(Answer::SqlCatalog(Arc::new(Catalog::of(&[], &[row("customer"), row("id")]))));
        rig.type_text("select * from o");
        rig
    }),
    ("sql-failed", sql_failed),
    ("sql-rows", || sql().with(&["tab", "down", "right"], "")),
    ("sql-row", || sql().with(&["tab", "enter"], "")),
    ("sql-export", || sql().with(&["tab", "E"], "")),
    ("sql-past", || sql().with(&["f8", "ctrl-r"], "cust")),
];

/// All of them.
pub fn all() -> impl Iterator<Item = View> {
    PICTURED.into_iter().chain(OTHERS)
}

impl Rig {
    fn resized(&mut self) -> &mut Self {
        self.send(Message::Resized(SIZE.0, SIZE.1));
        self
    }

    /// After these keys, what they asked for, and this text.
    fn with(mut self, keys: &[&str], text: &str) -> Self {
        self.press(keys).answer().type_text(text);
        self
    }

    fn tell_sql(&mut self, answer: Answer) {
        let Some(Screen::Connect(connect)) = self.state.screens.last() else { panic!("no SQL screen") };
        let ticket = connect.ticket;
        self.send(Message::Answer(ticket, answer));
    }
}

fn shown(mut rig: Rig) -> Rig {
    rig.resized();
    rig
}

/// The sample fleet with its incidents.
pub fn fleet() -> Rig {
    let mut rig = triage::rig();
    rig.resized();
    rig
}

/// The fleet on AWS, then these keys.
fn aws(keys: &[&str]) -> Rig {
    let mut rig = Rig::aws();
    rig.resized().answer().press(keys).answer();
    rig
}

fn hosting(starting: Option<&str>, failed: Option<Problem>) -> Rig {
    let mut rig = Rig::connecting();
    let (starting, failed) = (starting.map(Into::into), failed.map(Into::into));
    rig.send(Message::Hosting(Hosting { starting, failed, ..Hosting::default() }));
    rig
}

fn verb(name: &str) -> Rig {
    fleet().with(&[":"], name).with(&["enter"], "")
}

/// The verb on the first row, which is so already.
fn changed(how: fn(&mut api::Desired), name: &str) -> Rig {
    let mut rig = fleet();
    let mut watch = sample::watch(sample::NOW);
    watch.deployments.iter_mut().for_each(|row| how(row.desired.get_or_insert_default()));
    rig.send(Message::Fleet(watch.into()));
    rig.with(&[":"], name).with(&["enter"], "")
}

/// The undo of this operation, or a refusal.
fn undo(answer: Result<&str, &str>) -> Rig {
    let mut rig = fleet();
    rig.press(&["u"]);
    let Some(Effect::Plan { ticket, .. }) = rig.effects.last() else { panic!("no plan was asked for") };
    let of = |id: &str| api::change::Undo { operation_id: id.to_owned(), ..Default::default() };
    let answer = match answer {
        Ok(id) => Ok(sample::plan(&api::change::Change::Undo(of(id)))),
        Err(why) => {
            let next = "doltops undo op-7 undoes what came before it: Stop billing";
            Err(Problem::new(Kind::Refused, why).next(next))
        }
    };
    let message = Message::Answer(*ticket, Answer::Plan(answer));
    rig.send(message);
    rig
}

fn roll_back_refused() -> Rig {
    let mut rig = fleet();
    rig.press(&["b"]).answer();
    let Some(Effect::Plan { ticket, .. }) = rig.effects.last() else { panic!("no plan was asked for") };
    let problem =
        Problem::new(Kind::Refused, "the store does not know orders at lnq14o1p").next("choose another commit");
    let message = Message::Answer(*ticket, Answer::Plan(Err(problem)));
    rig.send(message);
    rig
}

fn story() -> Rig {
    fleet().with(&["I", "enter"], "")
}

fn diff() -> Rig {
    let mut rig = history::rig();
    rig.press(&["d", "end", "d"]).answer();
    rig
}

fn metrics() -> Rig {
    let mut rig = fleet();
    rig.press(&["m"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
    rig.press(&["left"; 6]);
    rig
}

fn metrics_of_two() -> Rig {
    let mut rig = fleet();
    rig.press(&["m"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
    rig.press(&["w", "w"]).answer().press(&["N"]);
    rig
}

fn logs() -> Rig {
    let mut rig = fleet();
    rig.press(&["l"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
    rig
}

fn events() -> Rig {
    let mut rig = fleet();
    rig.press(&[":"]).type_text("events").press(&["enter"]);
    let Some(Effect::Events { ticket, .. }) = rig.effects.last() else { panic!("not asked: {:?}", rig.effects) };
    let event = |(sequence, ago, kind, text): (u64, i64, &str, &str)| api::Event {
        time_ms: sample::NOW - ago * 1_000,
        deployment: "sessions".to_owned(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        author: if kind == "asked" { "op1" } else { "deployment-manager" }.to_owned(),
        sequence,
    };
    let told = [
        (1, 95, "asked", "resize to local.large"),
        (2, 94, "step", "stop-instance i-sessions, done in 2 s"),
        (3, 91, "step", "change-type i-sessions to local.large, done in 1 s"),
        (4, 90, "step", "start-instance i-sessions"),
    ];
    let answer = Answer::Events(told.map(event).to_vec());
    let message = Message::Answer(*ticket, answer);
    rig.send(message);
    rig
}

fn connected() -> Rig {
    let mut rig = fleet();
    rig.press(&["down", "x"]).answer();
    rig
}

fn sql() -> Rig {
    let mut rig = connected();
    rig.type_text("SELECT id, customer, note FROM orders;").press(&["enter"]);
    let rows = ResultSet {
        columns: ["id", "customer", "note"].map(str::to_owned).to_vec(),
        rows: (1..=8).map(|id| vec![Some(id.to_string()), Some(format!("customer {id}")), None]).collect(),
        took: Duration::from_millis(12),
        ..ResultSet::default()
    };
    rig.give(vec![rows], None);
    rig
}

/// A port with two connections.
fn forwards() -> Rig {
    let mut rig = fleet();
    rig.press(&["down", "F", "enter"]);
    let Some(Effect::Forward { ticket, .. }) = rig.effects.first() else { panic!("not asked: {:?}", rig.effects) };
    let ticket = *ticket;
    rig.answer().press(&[":"]).type_text("forwards").press(&["enter"]);
    let live = |id, sent| Live { id, from: SocketAddr::from(([127, 0, 0, 1], 50_000)), sent, received: 5 << 20 };
    rig.send(Message::Answer(ticket, Answer::Forwarded(vec![live(1, 10), live(2, 2_048)], None)));
    rig.send(Message::Tick(sample::NOW + 70_000));
    rig
}

fn sql_failed() -> Rig {
    let mut rig = connected();
    rig.type_text("SELECT 1; INSERT INTO t VALUES (1); SELECT * FROM u;").press(&["enter"]);
    let read = ResultSet { columns: vec!["1".into()], rows: vec![vec![Some("one".into())]], ..ResultSet::default() };
    let written = ResultSet { affected: 1, ..ResultSet::default() };
    let problem = Problem::new(Kind::Failed, "ERROR 1146 (HY000): table not found: u");
    rig.give(vec![read, written], Some((2, Problem { field: "sql".into(), ..problem })));
    rig
}

#[test]
fn every_screen_and_all_that_stands_over_one_has_a_view() {
    let seen: Vec<Layer> = all().map(|(_, rig)| rig().state.layer()).collect();
    let places = every!(
        Place: Fleet, Deployment, Metrics, Logs, History, Diff, Blame, Activity, Commands, RollBack, Form, Connect, Rows,
        Events, Orphans, Forwards, Pulse, Incidents, Incident, Report, Certificates, Doctor, Branches, Branch, Checks,
        Finding,
    );
    let over = every!(
        Layer: TooSmall, Quit, Palette, Help, Whole, Themes, Columns, Prompt, Past, Line, Question, Place(Place::Fleet),
    );
    // What is said in a terminal that is too small has no three sizes: it has a test of its own.
    let over = over.into_iter().filter(|layer| *layer != Layer::TooSmall);
    let missing: Vec<Layer> =
        places.map(Layer::Place).into_iter().chain(over).filter(|layer| !seen.contains(layer)).collect();
    assert!(missing.is_empty(), "no view shows {missing:?}");
}

#[test]
fn every_form_has_a_view() {
    let form = |rig: Rig| match rig.state.screens.last() {
        Some(Screen::Form(form)) => Some(form.kind),
        _ => None,
    };
    let seen: Vec<FormKind> = all().filter_map(|(_, rig)| form(rig())).collect();
    let kinds = every!(FormKind: Create, Resize, Settings, Delete, Undo, Merge, Verb(Verb::Stop));
    let verbs = every!(Verb: Stop, Start, Restart, Pause, Resume, Protect, Unprotect).map(FormKind::Verb);
    let missing: Vec<FormKind> = kinds.into_iter().chain(verbs).filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no view shows {missing:?}");
}

/// A name is that of a file.
#[test]
fn no_two_views_have_one_name() {
    let mut names: Vec<&str> = all().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
