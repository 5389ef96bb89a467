//! Checks over a database's history: the figures, their flags, and what a flagged commit changed.

use super::Rig;
use crate::{
    checks::{
        curves::{Curve, Flag, Of},
        history::{Changes, Evidence, Part, Progress, Shown, ShownCell},
        report::{CommitReport, number},
    },
    console::{
        effect::Effect,
        message::{Answer, Checking, Message},
        state::{Screen, Ticket, checks::Checked},
    },
};
use std::sync::Arc;

const COMMITS: usize = 400;

fn commit(place: usize, message: &str) -> CommitReport {
    let hash = |place: usize| super::sample::hash(&format!("c{place:05}x"));
    CommitReport {
        hash: hash(place),
        author: "importer".into(),
        date: format!("2026-11-{:02} 02:10:00", 1 + place / 20),
        message: message.into(),
        parent: place.checked_sub(1).map(hash),
    }
}

fn row(change: &str, id: u32, amount: Option<&str>) -> Shown {
    let cell = |column: &str, value: Option<String>| ShownCell {
        column: column.into(),
        before: (change == "modified").then(|| "40.00".to_owned()),
        after: value,
    };
    let mut cells = vec![cell("id", Some(id.to_string())), cell("customer", Some(format!("customer-{id}")))];
    cells[0].before = cells[0].before.as_ref().map(|_| id.to_string());
    cells[1].before = cells[1].before.as_ref().map(|_| format!("customer-{id}"));
    cells.push(cell("amount", amount.map(str::to_owned)));
    Shown { change: change.into(), cells }
}

/// `kind` and what it is in words.
fn flag(
    place: usize,
    column: &str,
    (kind, what): (&'static str, &str),
    message: &str,
    evidence: Evidence,
) -> Arc<Flag> {
    let commit = commit(place, message);
    let (table, column) = ("orders".to_owned(), column.to_owned());
    let diff = Some("select * from dolt_diff('c00309x0', 'c00310x0', 'orders')".to_owned());
    let (until, what) = (commit.clone(), what.to_owned());
    Arc::new(Flag { place, until, commit, table, column, kind, what, evidence, sign: None, columns: Vec::new(), diff })
}

/// A curve that wanders a little around a level; `odd`: a place that stands out, with its value.
fn curve(column: &str, figure: &'static str, level: f64, odd: Option<(usize, f64)>) -> Curve {
    let value = |place: usize| {
        let wave = ((place * 37) % 17) as f64 / 17.0;
        odd.filter(|(at, _)| *at == place).map_or(level * (0.95 + 0.1 * wave), |(_, value)| value)
    };
    let points: Vec<(usize, f64)> = (0..COMMITS).map(|place| (place, value(place))).collect();
    let now = points.last().map(|(_, value)| *value);
    Curve {
        table: "orders".into(),
        column: column.into(),
        figure,
        of: if matches!(figure, "rows" | "distinct") { Of::Table } else { Of::Came },
        now,
        shown: match figure {
            "null_share" => "3.1 %".to_owned(),
            _ => now.map_or_else(String::new, number),
        },
        points,
        ..Curve::default()
    }
}

/// What a check of a shop's database came to.
pub fn checked() -> Checked {
    let rows = vec![row("added", 9_001, Some("412.00")), row("added", 9_002, Some("398.50"))];
    let tenfold = flag(
        310,
        "amount",
        ("shifted", "q50 of what came is 401.50, usually 40.25; mean is 480, usually 48"),
        "nightly import",
        Evidence { rows, of: 60, counted: true, part: Part::Farthest },
    );
    let far = ("outlier", "1000000 is far above all before");
    let early = flag(96, "amount", far, "by hand", Evidence::default());
    let rows = vec![row("added", 9_001, Some("412.00")), row("added", 9_002, Some("398.50"))];
    let missing = ("nulls", "80 % of what came is NULL, usually 3.1 %");
    let evidence = Evidence { rows, of: 30, counted: true, part: Part::Each };
    let nulls = flag(355, "email", missing, "partner feed", evidence);
    let mut curves = vec![
        Curve {
            column: "a shipment without an order is on its way back".into(),
            figure: "constraint",
            ..Curve::default()
        },
        Curve { flags: vec![early.clone(), tenfold.clone()], ..curve("amount", "mean", 48.0, Some((310, 480.0))) },
        Curve { flags: vec![tenfold], ..curve("amount", "q50", 40.0, Some((310, 401.5))) },
        Curve {
            usual: Some(("152".into(), "168".into())),
            flagged: vec!["1000000".into()],
            flags: vec![early],
            ..curve("amount", "max", 160.0, Some((96, 1e6)))
        },
        Curve { flags: vec![nulls], ..curve("email", "null_share", 0.031, Some((355, 0.8))) },
    ];
    curves.extend(
        ["", "email"].map(|column| curve(column, if column.is_empty() { "rows" } else { "distinct" }, 2_000.0, None)),
    );
    curves.push(Curve { of: Of::Lengths, ..curve("status", "mean", 6.0, None) });
    curves.extend(["min", "q05", "q25", "q75", "q95"].map(|figure| curve("weight", figure, 2.0, None)));
    Checked {
        database: "shop".into(),
        head: super::sample::hash("h3adc0mm"),
        commits: (COMMITS, 2),
        rows_read: 118,
        curves,
        findings: 3,
        accepted: 2,
        notes: vec!["audit is left out: it has no primary key".into()],
    }
}

/// What a flagged commit changed.
pub fn changes() -> Changes {
    let ordinary = (9_003..9_012).map(|id| row("added", id, Some("39.90")));
    let mut rows: Vec<Shown> = ordinary.collect();
    rows.insert(3, row("added", 9_001, Some("412.00")));
    rows.insert(5, row("added", 9_002, Some("398.50")));
    rows.push(row("modified", 17, Some("41.00")));
    Changes { rows, more: true, about: vec![3, 5, 8] }
}

fn ticket(rig: &Rig) -> Ticket {
    let asked = rig.effects.iter().find_map(|effect| match effect {
        Effect::Check { ticket, .. } => Some(*ticket),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("not asked: {:?}", rig.effects))
}

fn tell(rig: &mut Rig, ticket: Ticket, told: Checking) {
    rig.send(Message::Answer(ticket, Answer::Check(told)));
}

/// The figures of a deployment's database.
pub fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["down", "g", "k"]).answer();
    rig
}

/// While it is read.
pub fn reading() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["down", "g", "k"]);
    let ticket = ticket(&rig);
    tell(&mut rig, ticket, Checking::Of("shop".into()));
    tell(&mut rig, ticket, Checking::Progress(Progress { commits: 10_000, done: 4_200, rows: 90_000 }));
    rig
}

/// Which of its databases.
pub fn choosing() -> Rig {
    let mut rig = Rig::new();
    rig.press(&["down", "g", "k"]);
    let ticket = ticket(&rig);
    tell(&mut rig, ticket, Checking::Databases(vec!["shop".into(), "stock".into()]));
    rig.press(&["down"]);
    rig
}

/// What a flagged commit changed.
pub fn finding() -> Rig {
    let mut rig = rig();
    rig.press(&["down", "enter"]).answer();
    rig
}

#[test]
fn from_a_figure_one_jumps_to_the_rows_of_its_flagged_commits() {
    let mut rig = rig();
    let Some(Screen::Checks(checks)) = rig.state.screens.last() else { panic!("no checks") };
    assert_eq!(checks.selected().map(|curve| (curve.column.as_str(), curve.figure)), Some(("email", "null_share")));
    // Its newest flag first, the one before with a key.
    rig.press(&["down", "N", "enter"]);
    let asked = rig.effects.iter().find_map(|effect| match effect {
        Effect::CheckRows { flag, from, database, .. } => {
            Some((flag.table.clone(), database.clone(), from.clone(), flag.until.hash.clone()))
        }
        _ => None,
    });
    let (table, database, from, to) = asked.expect("asked for");
    assert_eq!((table.as_str(), database.as_str()), ("orders", "shop"));
    assert_eq!((from, to), (commit(95, "").hash, commit(96, "").hash));
    rig.answer().press(&["enter", "esc", "esc"]);
    assert!(matches!(rig.state.screens.last(), Some(Screen::Checks(_))));
}

#[test]
fn leaving_ends_what_is_read() {
    let mut rig = reading();
    let Some(Screen::Checks(checks)) = rig.state.screens.last() else { panic!("no checks") };
    let ticket = checks.ticket;
    rig.press(&["esc"]);
    assert!(rig.effects.contains(&Effect::Cancel(ticket)), "{:?}", rig.effects);
}

#[test]
fn of_several_databases_one_is_chosen() {
    let mut rig = choosing();
    rig.press(&["enter"]);
    let asked = rig
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Check { database: Some(database), .. } if database == "stock"));
    assert!(asked, "{:?}", rig.effects);
}

#[test]
fn from_a_database_that_was_chosen_one_goes_back_to_the_choice() {
    let mut rig = choosing();
    rig.press(&["enter"]);
    let asked = ticket(&rig);
    rig.answer().press(&["esc"]);
    assert!(rig.effects.contains(&Effect::Cancel(asked)), "{:?}", rig.effects);
    let Some(Screen::Checks(checks)) = rig.state.screens.last() else { panic!("no checks") };
    assert!(checks.is_choosing() && checks.list.cursor() == 1, "where one was");
    rig.press(&["up", "enter"]);
    let asked = |effect: &Effect| matches!(effect, Effect::Check { database: Some(name), .. } if name == "shop");
    assert!(rig.effects.iter().any(asked), "{:?}", rig.effects);
    rig.answer().press(&["esc", "esc"]);
    assert!(rig.state.screens.is_empty());
}

#[test]
fn the_control_planes_own_is_for_admins() {
    let mut rig = Rig::role("operator");
    rig.press(&["g", "K"]);
    assert!(rig.effects.is_empty() && rig.state.notice.as_ref().is_some_and(|it| it.text.contains("admins")));
    let mut rig = Rig::role("admin");
    rig.press(&["g", "K"]);
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::Check { name: None, .. })), "{:?}", rig.effects);
}

/// `max` is flagged by a commit whose words are about another figure: its own value comes first.
#[test]
fn a_flag_tells_the_figure_under_the_cursor_first() {
    let mut rig = rig();
    rig.press(&["/"]).type_text("figure:max").press(&["enter"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("max 1000000, usually 152 to 168; outlier: 1000000 is far above"), "{screen}");
    assert!(screen.contains("✗ 3 findings   2 accepted by the rules"), "{screen}");
}
