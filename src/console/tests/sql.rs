//! SQL: what is typed, what runs, and what comes back.

use super::Rig;
use crate::{
    console::{
        effect::Effect,
        message::{Answer, Message},
        state::{Place, Screen},
    },
    hosted_api::problem::{Kind, Problem},
    sql::ResultSet,
};

#[test]
fn what_went_well_before_an_error_is_shown_and_counted() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT 1; INSERT INTO t VALUES (1); SELECT * FROM u;");
    rig.press(&["enter"]);
    let Some(Effect::SqlRun { ticket, .. }) = rig.effects.last().cloned() else { panic!("{:?}", rig.effects) };
    let read = ResultSet { columns: vec!["1".into()], rows: vec![vec![Some("one".into())]], ..ResultSet::default() };
    let written = ResultSet { affected: 1, ..ResultSet::default() };
    let what = "statement 3: ERROR 1146 (HY000): table not found: u";
    let problem = Problem { field: "sql".into(), ..Problem::new(Kind::Failed, what) };
    rig.send(Message::Answer(ticket, Answer::SqlDone(vec![read, written], Some(problem))));
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
    let Some(Effect::SqlRun { ticket, .. }) = rig.effects.last().cloned() else { panic!("{:?}", rig.effects) };
    rig.send(Message::Answer(ticket, Answer::SqlDone(vec![rows], None)));
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
    assert!(rig.screen(80, 24).ends_with("; Enter or F5 run  Tab rows  F2 read-only  F8 empty  F1 help  Esc back"));
    rig.press(&["f1"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("Keys here") && screen.contains("empty the editor"), "{screen}");
}

#[test]
fn ctrl_c_cancels_the_statement_that_runs_and_asks_nothing() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT sleep(100);").press(&["enter"]);
    let Some(Effect::SqlRun { ticket: old, .. }) = rig.effects.last().cloned() else { panic!("{:?}", rig.effects) };
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
    rig.send(Message::Answer(old, Answer::SqlDone(Vec::new(), None)));
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
    assert!(rig.screen(120, 40).contains("F8 empty"));
    rig.press(&["ctrl-z"]);
    assert_eq!(text(&rig), "SELECT 1\n");
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
    assert!(matches!(rig.effects.last(), Some(Effect::SqlRun { sql, .. }) if sql == given), "{:?}", rig.effects);
}

/// Enter runs a statement that ends with a semicolon, as the mysql client does; other lines are just lines.
#[test]
fn sql_is_run_and_its_rows_are_shown() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT 1").press(&["enter"]).type_text(", 'a';").press(&["enter"]);
    let Some(Effect::SqlRun { ticket, sql }) = rig.effects.last().cloned() else { panic!("{:?}", rig.effects) };
    assert_eq!(sql, "SELECT 1\n, 'a';");
    let rows = ResultSet {
        columns: vec!["1".into(), "a".into()],
        rows: vec![vec![Some("1".into()), None]],
        ..ResultSet::default()
    };
    rig.send(Message::Answer(ticket, Answer::SqlDone(vec![rows], None)));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("1 row") && screen.contains("NULL"), "{screen}");
    rig.press(&["ctrl-p", "f5"]);
    assert!(matches!(rig.effects.last(), Some(Effect::SqlRun { sql, .. }) if sql == "SELECT 1\n, 'a';"));
    rig.send(Message::Answer(
        ticket,
        Answer::SqlDone(Vec::new(), Some(Problem::new(Kind::Failed, "no database selected"))),
    ));
    assert!(rig.screen(120, 40).contains("no database selected"));
}
