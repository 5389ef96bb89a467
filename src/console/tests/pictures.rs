//! Pictures of the main screens at the three sizes that matter. `cargo insta review` shows what has changed.

use super::{Rig, sample};
use crate::{
    console::{Hosting, message::Message},
    hosted_api::problem::{Kind, Problem},
    sql::ResultSet,
};
use std::time::Duration;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn all_sizes(name: &str, rig: &mut Rig) {
    for (width, height) in SIZES {
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), rig.screen(width, height));
        });
    }
}

fn one_size(name: &str, rig: &mut Rig) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, rig.screen(100, 20));
    });
}

#[test]
fn fleet() {
    all_sizes("fleet", &mut Rig::new());
}

#[test]
fn deployment() {
    let mut rig = Rig::new();
    rig.press(&["down", "enter"]).answer();
    all_sizes("deployment", &mut rig);
}

/// CloudWatch's curves with their age, a stand-in, drift, orphans.
#[test]
fn fleet_on_aws() {
    let mut rig = Rig::aws();
    rig.answer();
    all_sizes("fleet_aws", &mut rig);
}

#[test]
fn deployment_on_aws() {
    let mut rig = Rig::aws();
    rig.answer().press(&["down", "down", "down", "enter"]).answer();
    all_sizes("deployment_aws", &mut rig);
}

/// The fleet with a deployment's log beside it; one of them where there is no room.
#[test]
fn two_views() {
    let mut rig = Rig::new();
    rig.screen(120, 40);
    rig.press(&["|"]).answer().press(&["l"]).answer();
    all_sizes("two_views", &mut rig);
}

#[test]
fn orphans() {
    let mut rig = Rig::aws();
    rig.press(&["O"]).answer();
    all_sizes("orphans", &mut rig);
}

#[test]
fn history_of_branches() {
    let mut rig = super::history::rig();
    rig.press(&["down", "d", "down"]);
    all_sizes("history_of_branches", &mut rig);
}

#[test]
fn diff() {
    let mut rig = super::history::rig();
    rig.press(&["d", "end", "d"]).answer();
    all_sizes("diff", &mut rig);
}

#[test]
fn blame() {
    let mut rig = Rig::new();
    rig.press(&["w"]).answer().answer();
    all_sizes("blame", &mut rig);
}

/// What was done, what failed and is tried again, what comes.
#[test]
fn activity() {
    let mut rig = super::history::activity();
    all_sizes("activity", &mut rig);
}

#[test]
fn commands() {
    let mut rig = Rig::new();
    rig.press(&["w"]).answer().answer().press(&["esc", "H"]).answer().press(&["esc", "l", "!"]);
    all_sizes("commands", &mut rig);
}

#[test]
fn marks() {
    let mut rig = Rig::new();
    rig.press(&["space", "space", "down", "space"]);
    all_sizes("marks", &mut rig);
    rig.press(&["s"]).answer();
    all_sizes("stop_of_several", &mut rig);
}

#[test]
fn certificates() {
    let mut rig = Rig::aws();
    rig.press(&["g", "c", "down"]);
    all_sizes("certificates", &mut rig);
}

#[test]
fn incidents() {
    let mut rig = super::triage::rig();
    rig.press(&["I", "v"]).answer();
    all_sizes("incidents", &mut rig);
}

#[test]
fn incident() {
    let mut rig = super::triage::story();
    all_sizes("incident", &mut rig);
    rig.press(&["down", "down", "down"]);
    one_size("incident_log", &mut rig);
    rig.press(&["n"]).type_text("max_connections was raised");
    one_size("incident_note", &mut rig);
}

#[test]
fn report() {
    let mut rig = super::triage::rig();
    rig.press(&["i"]).type_text("checkout fails");
    one_size("report", &mut rig);
}

#[test]
fn metrics() {
    let mut rig = Rig::new();
    rig.press(&["m"]).answer();
    all_sizes("metrics", &mut rig);
}

#[test]
fn pulse() {
    let mut rig = Rig::new();
    rig.press(&["P", "down"]);
    all_sizes("pulse", &mut rig);
    rig.press(&["enter"]);
    assert!(rig.screen(120, 40).contains("doltops › Pulse › billing"));
}

/// Two over one another, over hours that hold a commit, with the crosshair on it.
#[test]
fn metrics_of_two() {
    let mut rig = Rig::new();
    rig.press(&["m"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
    rig.press(&["w", "w"]).answer().press(&["N"]);
    all_sizes("metrics_of_two", &mut rig);
    rig.press(&["enter"]);
    all_sizes("metrics_full", &mut rig);
}

/// Longer than agents remember; and on AWS, where CloudWatch keeps it, with the machine's own.
#[test]
fn metrics_of_weeks() {
    let mut rig = Rig::new();
    rig.press(&["m", "W"]).answer();
    all_sizes("metrics_not_kept", &mut rig);
    let mut rig = Rig::aws();
    rig.answer().press(&["m", "W"]).answer();
    all_sizes("metrics_aws", &mut rig);
}

#[test]
fn logs() {
    let mut rig = Rig::new();
    rig.press(&["l"]).answer().press(&["/"]).type_text("server").press(&["enter"]);
    all_sizes("logs", &mut rig);
}

/// Two deployments by time, from warnings on, wrapped, with a question open.
#[test]
fn logs_of_two() {
    let mut rig = Rig::new();
    rig.press(&["l"]).answer().press(&["a"]).type_text("orders").press(&["enter"]).answer();
    all_sizes("logs_of_two", &mut rig);
    rig.press(&["L", "+", "w", "t", "T"]).type_text("soon").press(&["enter"]);
    one_size("logs_chosen", &mut rig);
}

#[test]
fn history() {
    let mut rig = Rig::new();
    rig.press(&["H"]).answer();
    all_sizes("history", &mut rig);
}

#[test]
fn roll_back() {
    let mut rig = Rig::new();
    rig.press(&["b"]).answer().answer();
    all_sizes("roll_back", &mut rig);
}

#[test]
fn roll_back_all() {
    let mut rig = Rig::new();
    rig.press(&["B"]).answer().answer().type_text("al");
    one_size("roll_back_all", &mut rig);
}

#[test]
fn create() {
    let mut rig = Rig::new();
    rig.press(&["c"]).type_text("users").answer().press(&["tab"]);
    all_sizes("create", &mut rig);
}

#[test]
fn delete() {
    let mut rig = Rig::new();
    rig.press(&["D"]).answer();
    all_sizes("delete", &mut rig);
}

#[test]
fn settings() {
    let mut rig = Rig::new();
    rig.press(&["S"]).type_text("many");
    all_sizes("settings", &mut rig);
}

#[test]
fn sql() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT * FROM orders;").press(&["enter"]);
    let rows = ResultSet {
        columns: ["id", "customer", "note"].map(str::to_owned).to_vec(),
        rows: (1..=3).map(|id| vec![Some(id.to_string()), Some(format!("customer {id}")), None]).collect(),
        took: Duration::from_millis(12),
        ..ResultSet::default()
    };
    rig.give(vec![rows], None);
    all_sizes("sql", &mut rig);
}

#[test]
fn over_all() {
    let mut rig = Rig::new();
    rig.press(&["?"]);
    all_sizes("help", &mut rig);
    rig.press(&["esc", ":"]).type_text("re");
    one_size("palette", &mut rig);
    rig.press(&["esc", ":"]).type_text("open deployments/ord");
    one_size("palette_open", &mut rig);
    rig.press(&["esc", "C", "down"]);
    one_size("columns", &mut rig);
    rig.press(&["esc", "/"]).type_text("disk:>50 helth:x");
    one_size("filter", &mut rig);
    rig.press(&["esc", "q"]);
    one_size("quit", &mut rig);
}

/// Connecting, failing, empty, stale: each has a look of its own.
#[test]
fn without_a_fleet() {
    let mut rig = Rig::connecting();
    one_size("connecting", &mut rig);
    let starting = Some("building Dolt 2.2.0, 120 of 1243 packages".into());
    rig.send(Message::Hosting(Hosting { starting, ..Hosting::default() }));
    one_size("starting", &mut rig);
    rig.send(Message::FleetLost(
        Problem::new(Kind::Unreachable, "connection refused").next("start one: doltops --daemon"),
    ));
    one_size("failing", &mut rig);
    let failed =
        Problem::new(Kind::Failed, "there is no Go to build Dolt with").next("install Go 1.26, or give --dolt");
    rig.send(Message::Hosting(Hosting { failed: Some(failed.into()), ..Hosting::default() }));
    one_size("cannot_host", &mut rig);
    rig.send(Message::Fleet(Default::default()));
    one_size("empty", &mut rig);
    rig.send(Message::Fleet(sample::watch(sample::NOW).into()));
    rig.send(Message::Hosting(Hosting::default()));
    rig.send(Message::FleetLost(Problem::new(Kind::Unreachable, "connection refused")));
    rig.send(Message::Tick(sample::NOW + 40_000));
    one_size("stale", &mut rig);
}

#[test]
fn too_small() {
    insta::assert_snapshot!(Rig::new().screen(20, 5), @r"
    20×5 is too small:
    make it 60×16, or q
    to quit.
    ");
}
