//! SQL: what is typed, what runs, and what comes back.

use super::{Rig, sample};
use crate::{
    console::{
        effect::{Effect, Source},
        message::{Answer, Exported, Message, Part},
        state::{
            Place, Screen, Ticket,
            connect::{Connect, past::Entry},
        },
    },
    hosted_api::problem::{Kind, Problem},
    sql::{ResultSet, catalog::Catalog, forward::Live},
};
use std::sync::Arc;

/// The statements that the last message sent, and to which connection.
fn ran(rig: &Rig) -> (Ticket, Vec<String>) {
    let sent = rig.effects.iter().find_map(|effect| match effect {
        Effect::SqlRun { ticket, statements } => Some((*ticket, statements.clone())),
        _ => None,
    });
    sent.unwrap_or_else(|| panic!("nothing was run: {:?}", rig.effects))
}

#[test]
fn what_went_well_before_an_error_is_shown_and_counted() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT 1; INSERT INTO t VALUES (1); SELECT * FROM u;");
    rig.press(&["enter"]);
    let read = ResultSet { columns: vec!["1".into()], rows: vec![vec![Some("one".into())]], ..ResultSet::default() };
    let written = ResultSet { affected: 1, ..ResultSet::default() };
    let what = "ERROR 1146 (HY000): table not found: u";
    let problem = Problem { field: "sql".into(), ..Problem::new(Kind::Failed, what) };
    rig.give(vec![read, written], Some((2, problem)));
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sql_failed", rig.screen(100, 20));
    });
    rig.press(&["f4"]);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("Result 1 of 3: 1 row, 0 ms") && screen.contains("one"), "{screen}");
    rig.press(&["f4"]);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("Result 2 of 3: 1 row changed, 0 ms") && !screen.contains("1 rows"), "{screen}");
    assert!(screen.contains("SELECT * FROM u;"), "the text stays to be mended: {screen}");
}

/// The SQL view of billing, with the cursor in these rows.
fn in_rows(rows: ResultSet) -> Rig {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT * FROM t;").press(&["enter"]);
    rig.give(vec![rows], None);
    rig.press(&["tab"]);
    rig
}

#[test]
fn a_row_opens_whole_and_scrolls() {
    let long: String = (0..400).map(|number| format!("word{number} ")).collect();
    let mut rig = in_rows(ResultSet {
        columns: ["id", "note", "none"].map(str::to_owned).to_vec(),
        rows: vec![vec![Some("7".into()), Some(long), None]],
        ..ResultSet::default()
    });
    let screen = rig.screen(100, 20);
    assert!(screen.contains("↑ ↓ rows  ← → columns  Enter whole row  Tab text"), "{screen}");
    assert!(screen.contains("? help"), "{screen}");
    rig.press(&["enter"]);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sql_row", rig.screen(100, 20));
    });
    rig.press(&["end"]);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("word399") && screen.contains("NULL") && !screen.contains("word0 "), "{screen}");
    rig.press(&["esc", "esc", "esc"]);
    assert_eq!(rig.state.place(), Place::Fleet, "from the row to the rows, the text and the fleet");
}

#[test]
fn help_is_there_while_one_writes_sql() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("?");
    assert!(rig.screen(80, 24).ends_with("; Enter or F5 run  Tab rows  F2 read-only  F7 explain  F1 help  Esc back"));
    rig.press(&["f1"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("Keys here") && screen.contains("empty the editor"), "{screen}");
}

#[test]
fn ctrl_c_cancels_the_statement_that_runs_and_asks_nothing() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT sleep(100);").press(&["enter"]);
    let old = ran(&rig).0;
    rig.press(&["ctrl-c"]);
    let [Effect::Cancel(ended), Effect::SqlOpen { ticket, name, .. }] = rig.effects.as_slice() else {
        panic!("{:?}", rig.effects)
    };
    assert_eq!((*ended, name.as_str()), (old, "billing"));
    assert_ne!(*ticket, old);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("was cancelled") && screen.contains("SELECT sleep(100);"), "{screen}");
    assert_eq!((rig.state.overlay.is_none(), rig.state.exit), (true, None));
    // What the old connection still says is nobody's.
    rig.send(Message::Answer(old, Answer::SqlDone(None)));
    rig.press(&["f5"]);
    assert!(rig.effects.is_empty(), "it is still being opened");
    rig.press(&["ctrl-c"]);
    assert!(rig.state.overlay.is_some(), "nothing runs: it asks before it quits");
}

#[test]
fn the_editor_deletes_to_the_beginning_of_the_line_and_empties_and_undoes() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer();
    let text = |rig: &Rig| match rig.state.screens.last() {
        Some(Screen::Connect(connect)) => connect.text(),
        other => panic!("{other:?}"),
    };
    rig.type_text("SELECT 1").press(&["enter"]).type_text("FROM t").press(&["ctrl-u"]);
    assert_eq!(text(&rig), "SELECT 1\n");
    rig.press(&["f8"]);
    assert_eq!(text(&rig), "");
    assert!(!rig.screen(120, 40).contains("F8 empty"), "it is");
    rig.press(&["ctrl-z"]);
    assert_eq!(text(&rig), "SELECT 1\n");
    assert!(rig.screen(120, 40).contains("F8 empty"));
}

#[test]
fn what_was_written_for_a_deployment_is_there_at_the_next_visit() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT 1").press(&["esc"]);
    // Another deployment has an editor of its own.
    rig.press(&["end", "up", "x"]).answer();
    assert!(!rig.screen(120, 40).contains("SELECT 1"));
    rig.press(&["esc"]);
    rig.press(&[":"]).type_text("connect billing").press(&["enter"]).answer();
    assert!(rig.screen(120, 40).contains("SELECT 1"));
}

/// What runs is what was pasted, to the character; what is shown has a sign where a character would mislead.
#[test]
fn the_statement_that_runs_is_exactly_the_text_that_was_given() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer();
    let given = "INSERT INTO t VALUES\n('👩\u{200d}👧', 'a\u{202e}b',\t'\u{1b}[31mc\u{feff}');";
    rig.send(Message::Paste(given.replace('\n', "\r")));
    rig.type_text("\u{200b}");
    let screen = rig.screen(120, 40);
    assert!(screen.contains("'a�b', '�[31mc�');�"), "{screen}");
    assert!(!screen.chars().any(|c| matches!(c, '\u{200b}' | '\u{202e}' | '\u{1b}' | '\u{feff}')), "{screen}");
    rig.press(&["backspace", "enter"]);
    assert_eq!(ran(&rig).1, [given.trim_end_matches(';')]);
}

/// Enter runs a statement that ends with a semicolon, as the mysql client does; other lines are just lines.
#[test]
fn sql_is_run_and_its_rows_are_shown() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT 1").press(&["enter"]).type_text(", 'a';").press(&["enter"]);
    assert_eq!(ran(&rig).1, ["SELECT 1\n, 'a'"]);
    let rows = ResultSet {
        columns: vec!["1".into(), "a".into()],
        rows: vec![vec![Some("1".into()), None]],
        ..ResultSet::default()
    };
    rig.give(vec![rows], None);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("1 row") && screen.contains("NULL"), "{screen}");
    rig.press(&["ctrl-p", "f5"]);
    assert_eq!(ran(&rig).1, ["SELECT 1\n, 'a'"]);
    rig.give(Vec::new(), Some((0, Problem::new(Kind::Failed, "no database selected"))));
    assert!(rig.screen(120, 40).contains("no database selected"));
}

const ORDERS: &str = "orders";

/// The names of a database with one table.
fn names() -> Arc<Catalog> {
    let row =
        |column: &str| [Some("shop"), Some(ORDERS), Some(column), Some("int")].map(|cell| cell.map(str::to_owned));
    Arc::new(Catalog::of(&[], &[row("customer").to_vec(), row("id").to_vec()]))
}

fn connect(rig: &Rig) -> &Connect {
    match rig.state.screens.last() {
        Some(Screen::Connect(connect)) => connect,
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_are_offered_as_one_types_and_taken_by_tab() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer();
    rig.send(Message::Answer(connect(&rig).ticket, Answer::SqlCatalog(names())));
    rig.type_text("select * from o");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sql_offer", rig.screen(100, 20));
    });
    rig.press(&["tab"]);
    assert_eq!(connect(&rig).text(), "select * from orders");
    // Enter writes a line, whatever is offered, until somebody has chosen.
    rig.type_text(" where cu").press(&["enter"]);
    assert_eq!(connect(&rig).text(), "select * from orders where cu\n");
    rig.press(&["backspace"]).type_text("s").press(&["down", "up", "enter"]);
    assert_eq!(connect(&rig).text(), "select * from orders where customer");
    rig.type_text(" = i").press(&["esc"]);
    assert_eq!(rig.state.place(), Place::Connect, "Esc closes what is offered first");
}

#[test]
fn the_place_of_an_error_is_marked_and_the_cursor_goes_there() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("select 1;\nselect nope;").press(&["f5"]);
    let problem =
        Problem::new(Kind::Failed, "ERROR 1105 (HY000): column \"nope\" could not be found in any table in scope");
    rig.give(
        vec![ResultSet { columns: vec!["1".into()], rows: vec![vec![None]], ..ResultSet::default() }],
        Some((1, problem)),
    );
    let connect = connect(&rig);
    assert_eq!(connect.mark.clone().map(|mark| connect.text()[mark].to_owned()).as_deref(), Some("nope"));
    let cursor = connect.editor.cursor();
    assert_eq!((cursor.0, cursor.1), (1, 7));
    rig.type_text("x");
    assert_eq!(self::connect(&rig).mark, None, "a changed text has another place");
}

#[test]
fn production_begins_read_only_and_asks_once_before_it_writes() {
    let mut rig = Rig::new();
    rig.state.settings.production = vec!["bill*".to_owned()];
    rig.press(&["down", "x"]);
    assert!(matches!(rig.effects.first(), Some(Effect::SqlOpen { read_only: true, .. })), "{:?}", rig.effects);
    rig.answer().press(&["f2"]);
    assert!(rig.effects.is_empty() && rig.state.overlay.is_some());
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sql_production", rig.screen(100, 20));
    });
    rig.press(&["enter"]);
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::SqlOpen { read_only: false, .. })));
    rig.answer();
    assert!(rig.screen(100, 20).contains("▲ production, reads and writes"));
    rig.press(&["f2"]);
    assert!(rig.state.overlay.is_none(), "back to reading needs no question");
}

#[test]
fn an_open_transaction_is_shown_and_asked_about_before_it_is_lost() {
    let mut rig = Rig::new();
    rig.state.hosting.hosts = false;
    rig.press(&["down", "x"]).answer().type_text("start transaction;").press(&["enter"]);
    rig.give(vec![ResultSet::default()], None);
    assert!(rig.screen(120, 40).contains("▲ transaction open, now"));
    rig.press(&["esc"]);
    assert!(rig.effects.is_empty() && rig.screen(120, 40).contains("is rolled back"));
    rig.press(&["esc", "ctrl-c"]);
    assert!(rig.screen(120, 40).contains("The transaction that is open on billing is rolled back."));
    rig.press(&["esc", "esc", "enter"]);
    assert_eq!(rig.state.place(), Place::Fleet);
}

#[test]
fn what_was_run_is_written_down_unless_it_may_hold_a_secret_and_is_found_again() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]);
    assert!(rig.effects.contains(&Effect::Past));
    rig.answer();
    rig.send(Message::Past(vec![Entry { name: "orders".into(), at: 1, sql: "select * from invoices".into() }]));
    rig.type_text("set password = 'x';").press(&["enter"]);
    assert!(!rig.effects.iter().any(|effect| matches!(effect, Effect::Remember(_))));
    rig.answer().type_text("select 2;").press(&["enter"]);
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::Remember(entry) if entry.sql == "select 2;")));
    rig.answer().press(&["ctrl-r"]).type_text("inv");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sql_past", rig.screen(100, 24));
    });
    rig.press(&["enter"]);
    assert_eq!(connect(&rig).text(), "select * from invoices");
    rig.press(&["f8", "ctrl-p", "ctrl-p"]);
    assert_eq!(connect(&rig).text(), "set password = 'x';", "this deployment's own, secrets while the console lives");
}

#[test]
fn more_rows_are_fetched_near_the_end_and_the_beginning_is_let_go_and_told() {
    let mut rig = in_rows(ResultSet { columns: vec!["id".into()], ..ResultSet::default() });
    let ticket = connect(&rig).ticket;
    let rows = |from: u64| (from..from + 6_000).map(|id| vec![Some(id.to_string())]).collect::<Vec<_>>();
    rig.send(Message::Answer(ticket, Answer::Sql(Part::Rows(rows(0)))));
    rig.send(Message::Answer(ticket, Answer::Sql(Part::Paused)));
    rig.press(&["down"]);
    assert!(rig.effects.is_empty());
    rig.press(&["G"]);
    assert_eq!(rig.effects, [Effect::SqlMore { ticket }]);
    rig.press(&["up"]);
    assert!(rig.effects.is_empty(), "asked once");
    rig.send(Message::Answer(ticket, Answer::Sql(Part::Rows(rows(6_000)))));
    rig.send(Message::Answer(ticket, Answer::Sql(Part::Paused)));
    rig.send(Message::Answer(ticket, Answer::SqlDone(None)));
    let screen = rig.screen(120, 20);
    assert!(
        screen.contains("12000 rows so far, ↓ fetches more, kept from 2001 on") && screen.contains("5998"),
        "{screen}"
    );
    rig.press(&["home", "up"]);
    let screen = rig.screen(120, 20);
    assert!(screen.contains("the first 2000 rows were let go") && screen.contains(" 2000"), "{screen}");
    rig.press(&["R"]);
    assert_eq!(ran(&rig).1, ["SELECT * FROM t"]);
}

#[test]
fn a_cell_is_opened_indented_and_copied_as_it_is() {
    let mut rig = in_rows(ResultSet {
        columns: ["id", "doc"].map(str::to_owned).to_vec(),
        rows: vec![vec![Some("7".into()), Some("{\"a\":\n1}".into())]],
        ..ResultSet::default()
    });
    if let Some(Screen::Connect(connect)) = rig.state.screens.last_mut() {
        connect.outcome.results[0].heads[1].kind = crate::sql::Kind::Json;
    }
    rig.press(&["right", "v"]);
    assert!(rig.screen(100, 20).contains("  \"a\": 1"), "{}", rig.screen(100, 20));
    rig.press(&["esc", "y"]);
    assert_eq!(rig.effects, [Effect::Copy("{\"a\":\n1}".to_owned())]);
    rig.press(&["Y"]);
    assert_eq!(rig.effects, [Effect::Copy("7\t{\"a\":\n1}".to_owned())]);
}

#[test]
fn explain_asks_about_the_statement_under_the_cursor_and_leaves_the_text() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("select 1;\nselect 2").press(&["f7"]);
    assert_eq!(ran(&rig).1, ["EXPLAIN FORMAT=TREE select 2"]);
    let line = |text: &str| vec![Some(text.to_owned())];
    let plan = vec![line("Table"), line(" ├─ name: orders"), line(" └─ columns: [id customer note]")];
    rig.give(vec![ResultSet { columns: vec!["plan".into()], rows: plan, ..ResultSet::default() }], None);
    let screen = rig.screen(100, 20);
    assert!(screen.contains("└─ columns: [id customer note]") && screen.contains("select 2"), "{screen}");
}

#[test]
fn a_statement_that_runs_too_long_is_cancelled_where_that_is_wished() {
    let mut rig = Rig::new();
    rig.state.settings.statement_seconds = 5;
    rig.press(&["down", "x"]).answer().type_text("select sleep(60);").press(&["enter"]);
    rig.send(Message::Tick(sample::NOW + 4_000));
    assert!(!rig.effects.iter().any(|effect| matches!(effect, Effect::SqlOpen { .. })));
    rig.send(Message::Tick(sample::NOW + 5_000));
    assert!(rig.effects.iter().any(|effect| matches!(effect, Effect::SqlOpen { .. })));
    assert!(rig.screen(120, 20).contains("ran for 5 s and was cancelled"));
}

#[test]
fn an_export_takes_the_rows_that_are_shown_and_asks_before_it_replaces_a_file() {
    let result = ResultSet { columns: vec!["id".into()], rows: vec![vec![Some("1".into())]], ..ResultSet::default() };
    let mut rig = in_rows(result);
    rig.press(&["E"]);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sql_export", rig.screen(100, 20));
    });
    rig.press(&["ctrl-u"]).type_text("a.csv").press(&["enter"]);
    let Some(Effect::SqlExport { ticket, export }) = rig.effects.first().cloned() else { panic!("{:?}", rig.effects) };
    assert!(!export.replace && matches!(&export.source, Source::Kept(_, rows) if rows.len() == 1), "{export:?}");
    rig.send(Message::Answer(ticket, Answer::SqlExport(Exported::Rows(7))));
    assert!(rig.screen(100, 20).contains("exporting to a.csv, 7 rows"));
    let there = Problem::new(Kind::Refused, "a.csv is there already (3 bytes)");
    rig.send(Message::Answer(ticket, Answer::SqlExport(Exported::Exists(there))));
    assert!(rig.screen(100, 20).contains("Enter replace it"));
    rig.press(&["enter"]);
    assert!(matches!(rig.effects.first(), Some(Effect::SqlExport { export, .. }) if export.replace));
    rig.answer();
    assert!(rig.screen(100, 20).contains("3 rows written to a.csv"));
}

#[test]
fn rows_that_are_not_all_kept_are_fetched_again_only_for_what_reads() {
    let mut rig = in_rows(ResultSet { columns: vec!["id".into()], ..ResultSet::default() });
    let ticket = connect(&rig).ticket;
    rig.send(Message::Answer(ticket, Answer::Sql(Part::Paused)));
    rig.press(&["E", "enter"]);
    assert!(
        matches!(rig.effects.first(), Some(Effect::SqlExport { export, .. }) if export.source == Source::Again("SELECT * FROM t".into())),
        "{:?}",
        rig.effects
    );
    let mut rig = in_rows(ResultSet { columns: vec!["id".into()], ..ResultSet::default() });
    if let Some(Screen::Connect(connect)) = rig.state.screens.last_mut() {
        connect.sent[0].sql = "call p()".to_owned();
    }
    rig.send(Message::Answer(ticket, Answer::Sql(Part::Paused)));
    rig.press(&["E"]);
    assert!(rig.state.overlay.is_none() && rig.screen(100, 20).contains("is not run twice"));
}

#[test]
fn a_port_is_forwarded_watched_and_ended_and_asked_about_at_the_end() {
    let mut rig = Rig::new();
    rig.state.hosting.hosts = false;
    rig.press(&["down", "F"]).type_text("x").press(&["enter"]);
    assert!(rig.screen(100, 20).contains("'x' is no port"));
    rig.press(&["backspace"]).type_text("3307").press(&["enter"]);
    let Some(Effect::Forward { ticket, port: Some(3307), .. }) = rig.effects.first().cloned() else {
        panic!("{:?}", rig.effects)
    };
    rig.answer();
    let live =
        |id, sent| Live { id, from: std::net::SocketAddr::from(([127, 0, 0, 1], 50_000)), sent, received: 5 << 20 };
    rig.send(Message::Answer(ticket, Answer::Forwarded(vec![live(1, 10), live(2, 2_048)], None)));
    rig.send(Message::Tick(sample::NOW + 70_000));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("127.0.0.1:50000") && screen.contains("5.0 MiB"), "{screen}");
    rig.press(&["down", "D"]);
    assert_eq!(rig.effects, [Effect::ForwardEnd { ticket, id: 1 }]);
    rig.press(&["esc"]);
    assert!(rig.screen(120, 40).contains("⇄ 1 port, 2 open"), "it stays while one goes about");
    rig.press(&["q"]);
    assert!(rig.screen(120, 40).contains("The port to billing is closed; 2 connections end."));
    rig.press(&["esc", ":"]).type_text("forwards").press(&["enter", "home", "D"]);
    assert_eq!(rig.effects, [Effect::Cancel(ticket)]);
    rig.press(&["esc", "q"]);
    assert!(rig.state.exit.is_some(), "nothing is lost any more");
}

#[test]
fn the_own_client_reads_only_on_production() {
    let mut rig = Rig::new();
    rig.press(&["down", "X"]);
    assert!(matches!(rig.effects.first(), Some(Effect::Client { read_only: false, .. })), "{:?}", rig.effects);
    rig.state.settings.production = vec!["*".to_owned()];
    rig.press(&["X"]);
    assert!(matches!(rig.effects.first(), Some(Effect::Client { read_only: true, .. })), "{:?}", rig.effects);
    let missing = Problem::new(Kind::NotFound, "there is no SQL client on PATH").next("install mysql");
    rig.send(Message::Client(Err(missing)));
    assert!(rig.screen(120, 40).contains("there is no SQL client on PATH: install mysql"));
}
