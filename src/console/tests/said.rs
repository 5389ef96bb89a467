//! What is said fits the terminal, says what to do next, and offers no key that does nothing.

use super::*;
use crate::{
    console::state::Place,
    hosted_api::problem::{Kind as Trouble, NOTHING_TO_DO},
};

fn foot(screen: &str) -> &str {
    screen.lines().last().unwrap_or_default()
}

#[test]
fn a_notice_that_one_line_does_not_hold_takes_more_and_gives_them_back() {
    let mut rig = Rig::new();
    rig.state.warn("doltops.toml, line 4, console.keys.logs: Ctrl+T is in the way of metrics in the same place");
    let screen = rig.screen(60, 16);
    assert!(screen.contains("Ctrl+T is in") && screen.contains("of metrics in the same place"), "{screen}");
    rig.press(&["down"]);
    assert!(!rig.screen(60, 16).contains("same place"));
}

/// However narrow it is, the way out of what stands over the screen is told whole.
#[test]
fn the_way_out_is_told_at_every_width() {
    for (keys, way) in [(":", "Esc back"), ("?", "any other key closes"), ("C", "Esc as before")] {
        let mut rig = Rig::new();
        rig.press(&[keys]);
        for width in [60, 80, 120] {
            let screen = rig.screen(width, 24);
            assert!(foot(&screen).trim_end().ends_with(way), "{width}: {}", foot(&screen));
        }
    }
    let mut rig = Rig::new();
    rig.press(&["S"]);
    let screen = rig.screen(60, 16);
    assert!(foot(&screen).contains("Esc leave everything as it is"), "{}", foot(&screen));
}

/// Going back to how it is already is no error.
#[test]
fn a_roll_back_with_nothing_to_do_does_not_look_like_a_failure() {
    let mut rig = Rig::new();
    rig.press(&["b"]).answer();
    let asked = rig.effects.iter().find_map(|effect| match effect {
        Effect::Plan { ticket, .. } => Some(*ticket),
        _ => None,
    });
    let ticket = asked.expect("a plan was asked for");
    let problem = Problem::new(Trouble::Refused, "orders is as it was at 78k3nplg already").next(NOTHING_TO_DO);
    rig.send(Message::Answer(ticket, Answer::Plan(Err(problem))));
    let screen = rig.screen(120, 40);
    assert!(!screen.contains('✗') || screen.matches('✗').count() == 1, "only the fleet's own: {screen}");
    assert!(screen.contains("everything is as it was then"), "{screen}");
    rig.press(&["enter"]);
    assert!(rig.sent().is_none());
}

/// The commit that one picks stands there whole: its row has no room for that.
#[test]
fn a_roll_back_tells_which_commit_is_picked() {
    let mut rig = Rig::new();
    rig.press(&["b"]).answer().answer();
    let screen = rig.screen(120, 40);
    assert!(screen.contains("2 d by op2: orders: set max_connections"), "{screen}");
}

#[test]
fn a_form_offers_no_key_that_is_a_letter_there() {
    let mut rig = Rig::new();
    rig.press(&["down", "r"]);
    let screen = rig.screen(120, 40);
    assert!(!screen.contains("y copy"), "{screen}");
    assert!(screen.contains("40 GiB, 37.0 GiB used"), "what it holds: {screen}");
    assert!(foot(&screen).contains("→ next choice"), "{}", foot(&screen));
    rig.press(&["tab"]);
    assert!(!foot(&rig.screen(120, 40)).contains("next choice"), "not in a text");
}

/// What becomes of the data is never what is cut off.
#[test]
fn a_plan_says_first_what_becomes_of_the_data() {
    let mut rig = Rig::new();
    rig.press(&["D"]).answer();
    let screen = rig.screen(60, 16);
    assert!(screen.contains("Plan: 3 steps, DATA IS DESTROYED") && !screen.contains("no interruption"), "{screen}");
}

/// A step whole and its reason below, where both do not fit beside one another.
#[test]
fn no_step_is_cut_off_for_its_reason() {
    let mut rig = Rig::new();
    rig.press(&["B"]).answer().answer();
    let screen = rig.screen(60, 24);
    assert!(screen.contains("search: terminate instance i-search"), "{screen}");
    assert!(screen.contains("it is not wanted any more"), "{screen}");
}

/// What is about nothing on the screen can be asked for by its name on all of them.
#[test]
fn the_palette_leads_from_every_view_to_every_other() {
    for from in [["I"], ["O"], ["P"], ["H"]] {
        for (name, to) in [("pulse", Place::Pulse), ("incidents", Place::Incidents), ("create", Place::Form)] {
            let mut rig = Rig::new();
            rig.press(&from).answer().press(&[":"]).type_text(name).press(&["enter"]);
            assert_eq!(rig.state.place(), to, "from {from:?}: {:?}", rig.state.notice);
        }
    }
}

#[test]
fn views_of_incidents_orphans_and_ports_have_a_locator_to_copy_and_a_way_back() {
    for (keys, locator) in [(["I"], "incidents"), (["O"], "orphans")] {
        let mut rig = Rig::new();
        rig.press(&keys).answer().press(&["L"]);
        assert_eq!(rig.effects, [Effect::Copy(locator.to_owned())]);
        rig.press(&["["]);
        assert_eq!(rig.state.place(), Place::Fleet);
    }
}

/// Pasted lines stay words.
#[test]
fn a_text_of_several_lines_is_pasted_as_one() {
    let mut rig = Rig::new();
    rig.press(&["i"]);
    rig.send(Message::Paste("checkout fails\r\nsince \u{1b}[31mthree\n".to_owned()));
    let Some(Screen::Report(report)) = rig.state.screens.last() else { panic!("no form") };
    assert_eq!(report.get("title"), "checkout fails since three");
}

/// What a new deployment says to the first statement of whoever connects.
#[test]
fn without_a_database_it_is_told_how_to_get_one() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("create table t (id int);").press(&["enter"]);
    let what = "ERROR 1105 (HY000): no database selected";
    rig.give(Vec::new(), Some((0, Problem::new(Trouble::Failed, what))));
    assert!(rig.screen(120, 40).contains("CREATE DATABASE name; makes one"));
}

/// Whoever types a new size means that size, not one that begins with the old one.
#[test]
fn what_is_typed_takes_the_place_of_what_stands_in_a_field() {
    let mut rig = Rig::new();
    rig.press(&["down", "r", "tab"]).type_text("60");
    let Some(Screen::Form(form)) = rig.state.screens.last() else { panic!("no form") };
    assert_eq!(form.get("volume"), "60");
    rig.press(&["esc", "c"]).type_text("a?");
    assert_eq!(rig.state.place(), Place::Form, "help is a letter there");
    assert!(rig.screen(80, 24).contains("'?' is not allowed"), "{}", rig.screen(80, 24));
}

/// What is wrong is told whole where it does not fit beside its field, wherever the cursor is.
#[test]
fn an_error_of_a_field_is_never_cut_off() {
    let mut rig = Rig::new();
    rig.press(&["S"]).type_text("many");
    assert!(rig.screen(80, 24).contains("✗ 'many' is no whole number from 4 to 100000"));
    rig.press(&["tab"]);
    let screen = rig.screen(80, 24);
    assert!(screen.contains("✗ 'many' is no whole number from 4 to 100000 (max_connections)"), "{screen}");
}

#[test]
fn tab_after_a_command_offers_the_deployment_under_the_cursor() {
    let mut rig = Rig::new();
    rig.press(&["down", "down", "down"]);
    let here = rig.state.target().expect("a row").name.clone();
    rig.press(&[":"]).type_text("logs ").press(&["tab"]);
    assert!(rig.screen(120, 40).contains(&format!("logs {here}")), "{}", rig.screen(120, 40));
}

/// What runs is the text itself: that there is more of it than is seen must be seen.
#[test]
fn a_line_of_sql_that_goes_on_is_marked() {
    let mut rig = Rig::new();
    rig.press(&["down", "x"]).answer().type_text("SELECT 1");
    assert!(
        !rig.screen(80, 24).contains(['›', '‹']) || rig.screen(80, 24).matches('›').count() == 2,
        "the title alone"
    );
    rig.type_text(&", 1".repeat(40));
    let screen = rig.screen(80, 24);
    assert!(screen.lines().any(|line| line.starts_with('‹')), "{screen}");
    rig.press(&["home"]);
    let screen = rig.screen(80, 24);
    assert!(screen.lines().any(|line| line.ends_with('›')), "{screen}");
}

/// Charts have no room on a small screen: what they would show stands in a line, with the key to them.
#[test]
fn a_small_screen_tells_the_load_and_how_to_see_the_charts() {
    let mut rig = Rig::new();
    rig.press(&["down", "enter"]).answer();
    let screen = rig.screen(80, 24);
    assert!(screen.contains("load      CPU") && screen.contains("m charts"), "{screen}");
    assert!(!rig.screen(120, 40).contains("m charts"));
}
