//! SQL in the console, in a real pseudo-terminal against a real Dolt: paging, cancelling, exporting, what was run before,
//! forwarding, and the user's own client.

use crate::support::{
    dolt,
    sandbox::{Sandbox, wait_for},
    screen::Screen,
};
use std::{
    fmt::Write as _,
    fs,
    io::Read,
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt,
    time::Duration,
};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const TAB: &str = "\t";
const DOWN: &str = "\x1b[B";
const F5: &str = "\x1b[15~";
const CTRL_R: &str = "\x12";
const CTRL_U: &str = "\x15";

/// A million rows of a hundred characters, in order.
const MILLION: &str = "with recursive n (i) as (select 0 union all select i + 1 from n where i < 999) \
                       select a.i * 1000 + b.i as id, repeat('x', 100) as pad from n a join n b order by a.i, b.i";

/// A deployment, hosted by a daemon, and a console attached to it that shows its SQL.
fn connected(sandbox: &Sandbox) -> Screen {
    let mut screen = Screen::open(sandbox, 120, 40);
    screen.see(&["● healthy", "live"]);
    screen.press("x");
    screen.see(&["● connected"]);
    screen
}

fn deployed() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let home = sandbox.path().display().to_string();
    sandbox.set("HOME", home);
    sandbox.daemon(&[]);
    sandbox.create("orders");
    sandbox
}

/// Resident memory, in KiB.
fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("known");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Rows wait in the database, what was read is let go, and an export has all of them to the byte.
#[test]
fn a_million_rows_are_paged_and_exported_in_bounded_memory() {
    let sandbox = deployed();
    let mut screen = connected(&sandbox);
    screen.press("select 1");
    screen.press(F5);
    screen.see(&["Result: 1 row"]);
    let before = memory(screen.pid());
    screen.press(MILLION);
    screen.press(F5);
    screen.see(&["1000 rows so far, ↓ fetches more"]);
    screen.press(TAB);
    for chunk in 2..=30 {
        screen.press("G");
        screen.see(&[&format!("{chunk}000 rows so far")]);
    }
    screen.see(&["kept from 20001 on"]);
    let paged = memory(screen.pid());
    let file = sandbox.path().join("all.csv");
    screen.press("E");
    screen.see(&["the statement is run again"]);
    screen.press(&format!("{CTRL_U}{}{ENTER}", file.display()));
    screen.see(&["1000000 rows written to"]);
    let exported = memory(screen.pid());
    println!("memory of the console: {before} KiB, after 30,000 rows {paged} KiB, after a million {exported} KiB");
    assert!(exported < before + 40 * 1024, "{before} KiB grew to {exported} KiB");

    let mut expected = String::from("id,pad\r\n");
    let pad = "x".repeat(100);
    (0..1_000_000).for_each(|id| write!(expected, "{id},{pad}\r\n").expect("written"));
    assert!(fs::read_to_string(&file).expect("there") == expected, "the file is not the result");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);

    // The same name again is asked about, and Esc leaves the file.
    screen.press(&format!("E{CTRL_U}{}{ENTER}", file.display()));
    screen.see(&["is there already", "Enter replace it"]);
    screen.press(ESCAPE);
    screen.see(&["↑ ↓ rows"]);
    screen.press(TAB);
    screen.see(&["Tab rows"]);
    screen.press("select 6 * 7 as answer");
    screen.press(F5);
    screen.see(&["answer", "42"]);
}

/// Another statement while a long result waits: the connection is opened anew, unless a transaction is open.
#[test]
fn a_statement_is_cancelled_and_what_was_lost_is_told() {
    let sandbox = deployed();
    let mut screen = connected(&sandbox);
    screen.press("create database shop; use shop; create table t (id int primary key); start transaction; insert into t values (1)");
    screen.press(F5);
    screen.see(&["Result 5 of 5: 1 row changed", "▲ transaction open"]);
    screen.press("select sleep(600)");
    screen.press(F5);
    screen.see(&["◐ running"]);
    screen.press(ESCAPE);
    screen.see(&["the statement was cancelled; the open transaction is rolled back", "● connected"]);
    screen.press("\x1b[19~");
    screen.press("select count(*) as kept from shop.t");
    screen.press(F5);
    screen.see(&["kept", " 0 ", "Result: 1 row"]);
    screen.press("select * frm shop.t");
    screen.press(F5);
    screen.see(&["syntax error", "underlined in the text"]);
}

#[test]
fn what_was_run_is_found_by_the_next_console_and_secrets_are_not() {
    let sandbox = deployed();
    let mut screen = connected(&sandbox);
    for (sql, typed) in [("select 'needle' as found", "'needle'"), ("create user joe identified by 'hush'", "'hush'")] {
        screen.press(sql);
        screen.see(&[typed]);
        screen.press(F5);
        // What went well makes room.
        screen.see(&["SELECT … ;", "Result: "]);
    }
    screen.press(ESCAPE);
    screen.see(&["NAME", "DOING"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
    let file = sandbox.state().join("statements.jsonl");
    let kept = fs::read_to_string(&file).expect("there");
    assert!(kept.contains("needle") && !kept.contains("hush"), "{kept}");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);

    let mut screen = connected(&sandbox);
    screen.press(CTRL_R);
    screen.press("need");
    screen.see(&["What was run", "1 statement", "select 'needle' as found"]);
    screen.press(ENTER);
    screen.press(F5);
    screen.see(&["found", "Result: 1 row"]);
}

#[test]
fn a_forwarded_port_shows_its_connections_and_ends_them() {
    let sandbox = deployed();
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["● healthy", "live"]);
    screen.press("F");
    screen.see(&["Which port?"]);
    screen.press(ENTER);
    screen.see(&["● 127.0.0.1:", "no connection"]);
    let text = screen.text();
    let port = text.split("● 127.0.0.1:").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a port");
    let address: SocketAddr = format!("127.0.0.1:{port}").parse().expect("an address");
    let mut clients: Vec<TcpStream> = (0..2).map(|_| TcpStream::connect(address).expect("connected")).collect();
    for client in &mut clients {
        client.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        client.read_exact(&mut [0; 4]).expect("Dolt greets");
    }
    screen.see(&["2 connections", "↑ 0 B  ↓ ", "⇄ 1 port, 2 open"]);
    screen.press(DOWN);
    screen.press("D");
    screen.see(&["1 connection ", "⇄ 1 port, 1 open"]);
    clients[0].read_to_end(&mut Vec::new()).expect("it was ended, not broken");
    screen.press(ESCAPE);
    screen.see(&["NAME", "⇄ 1 port, 1 open"]);
    screen.press("q");
    screen.see(&["The port to orders is closed; 1 connection ends."]);
    screen.press(ENTER);
    assert_eq!(screen.end(), 0);
    assert!(TcpStream::connect(address).is_err(), "the port ends with the console");
}

/// Dolt's own client has the terminal, over TLS that it checks; the console has it back afterwards.
#[test]
fn the_users_own_client_has_the_terminal_and_gives_it_back() {
    let mut sandbox = deployed();
    let config = sandbox.path().join("doltops.toml");
    fs::write(&config, format!("[console]\nmysql = \"{}\"\n", dolt::binary().display())).expect("written");
    sandbox.set("DOLTOPS_CONFIG", config.display());
    let temporary = sandbox.path().join("tmp");
    fs::create_dir(&temporary).expect("made");
    sandbox.set("TMPDIR", temporary.display());
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["● healthy", "live"]);
    screen.press("X");
    screen.see(&["Welcome to the Dolt"]);
    let is_client = |line: &str| line.contains("--user") && line.contains(" sql");
    let client = wait_for("the client", || {
        sandbox.processes().into_iter().find(|(_, line)| is_client(line)).map(|(_, line)| line)
    });
    assert!(!client.to_lowercase().contains("password"), "{client}");
    screen.press("select 6 * 7 as answer;\r");
    screen.see(&["answer", "42"]);
    screen.press("exit;\r");
    screen.see(&["your client has ended", "NAME", "DOING"]);
    screen.press("?");
    screen.see(&["Keys here"]);
    assert_eq!(fs::read_dir(&temporary).expect("listed").count(), 0, "its login is gone");
}
