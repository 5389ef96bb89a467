//! Keys and colours of one's own, in a real pseudo-terminal.

use crate::support::{
    sandbox::{Sandbox, wait_for},
    screen::Screen,
};
use std::fs;
use vt100::Color;

/// Two deployments, and a `doltops.toml` beside a theme of one's own.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::with_daemon();
    sandbox.set("COLORTERM", "truecolor");
    for name in ["billing", "orders"] {
        sandbox.ask(&format!("create {name} --wait")).json();
    }
    let folder = sandbox.path().join("config/doltops");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("mine.toml"), "good = { fg = \"#00ff00\" }\n").expect("written");
    let settings =
        "theme = \"mine.toml\"\n\n[console.keys]\nevents = \"ctrl-t\"\nhistory = [\"g v\"]\nhistroy = \"x\"\n";
    fs::write(folder.join("doltops.toml"), settings).expect("written");
    sandbox
}

/// A key of one's own, a chord with what may follow on the screen, a click, and a slip in the file that is told by line.
#[test]
fn keys_of_ones_own_and_the_mouse() {
    let sandbox = sandbox();
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["doltops.toml, line 6, console.keys.histroy: there is no such command; did you mean history?"]);
    screen.see(&["● 2 healthy", "live"]);

    screen.click("orders");
    screen.see(&["▌orders"]);
    screen.press("g");
    screen.see(&["g …", "v        history", "o        orphans"]);
    screen.press("v");
    screen.see(&["Commits of orders", "doltops › orders › History"]);
    screen.press("\x1b");
    screen.see(&["▌orders", "DOING"]);
    screen.press("\x14");
    screen.see(&["doltops › Events", "asked          orders"]);
    screen.click("Esc back");
    screen.see(&["▌orders", "DOING"]);
    // The hint runs its command.
    screen.click("q quit");
    assert!(screen.sent().contains("\u{1b}[?1000h"), "the mouse was asked for");
    assert_eq!(screen.end(), 0);
}

/// The theme's file is written anew, then the settings name another theme: both are seen without a restart.
#[test]
fn colours_follow_the_files() {
    let sandbox = sandbox();
    let folder = sandbox.path().join("config/doltops");
    let screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["● 2 healthy", "live"]);
    assert_eq!(screen.colour("● 2 healthy"), Color::Rgb(0, 255, 0));
    fs::write(folder.join("mine.toml"), "good = { fg = \"#0000ff\" } # blue\n").expect("written");
    wait_for("the theme's file", || (screen.colour("● 2 healthy") == Color::Rgb(0, 0, 255)).then_some(()));
    fs::write(folder.join("doltops.toml"), "theme = \"dracula\"\n").expect("written");
    wait_for("the settings", || (screen.colour("● 2 healthy") == Color::Rgb(0x50, 0xfa, 0x7b)).then_some(()));
}

/// https://no-color.org: no colour is sent, and everything is on the screen all the same.
#[test]
fn no_color_sends_no_colour() {
    let mut sandbox = sandbox();
    sandbox.set("NO_COLOR", "1");
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["● 2 healthy", "live"]);
    screen.press("?");
    screen.see(&["Keys here"]);
    let coloured = |parameters: &str| {
        let is_colour = |number: u16| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107);
        parameters.split([';', ':']).filter_map(|number| number.parse().ok()).any(is_colour)
    };
    let sent = screen.sent();
    let sequences = sent.split("\u{1b}[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| ('@'..='~').contains(&c))?;
        rest[end..].starts_with('m').then(|| &rest[..end])
    });
    let colours: Vec<&str> = sequences.filter(|parameters| coloured(parameters)).collect();
    assert!(colours.is_empty(), "{colours:?}");
}

/// Lines in words: nothing is drawn, and a change is announced.
#[test]
fn a_screen_reader_reads_words() {
    let mut sandbox = sandbox();
    sandbox.set("DOLTOPS_SCREEN_READER", "true");
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["Selected: billing, health healthy", "2 healthy, live"]);
    assert!(!screen.text().contains(['│', '─', '▌', '█']), "{}", screen.text());
    screen.press("\x1b[B");
    screen.see(&["Selected: orders"]);
    sandbox.ask("stop orders --wait").json();
    screen.see(&["Changed: orders: ", "→ stopped"]);
}
