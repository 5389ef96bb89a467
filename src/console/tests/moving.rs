//! Moving about: locators, back and forth.

use super::{Rig, sample};
use crate::{
    console::{
        effect::Effect,
        locator::Locator,
        message::Message,
        state::{Place, Screen, overlay::Overlay},
        update::update,
    },
    hosted_api::problem::{Kind, Problem},
};

/// A console that was started with `doltops open TEXT`, before anything has answered.
fn started(text: &str) -> Rig {
    let mut rig = Rig::connecting();
    rig.state.opening = Some(text.parse().expect(text));
    rig
}

fn fleet(rig: &mut Rig) -> &mut Rig {
    rig.send(Message::Fleet(sample::watch(sample::NOW).into()));
    rig
}

fn here(rig: &Rig) -> String {
    Locator::of(&rig.state).to_string()
}

#[test]
fn every_locator_opens_the_view_that_says_so_itself() {
    for text in [
        "deployments",
        "deployments/orders",
        "deployments/orders/metrics",
        "deployments/orders/logs",
        "deployments/orders/history",
        "deployments/orders/sql",
        "deployments/orders/events",
        "history",
        "events",
        "orphans",
    ] {
        let mut rig = started(text);
        fleet(&mut rig);
        assert_eq!(here(&rig), text);
        rig.send(Message::Status(Ok(sample::status("operator"))));
        let (opened, tickets) = (rig.state.screens.len(), rig.state.screens.last().map(Screen::tickets));
        assert!(opened <= 1 && tickets.is_none_or(|tickets| !tickets.is_empty()), "{text}");
        assert_eq!(rig.state.fleet.selected().map(|row| row.name.as_str()).filter(|_| text.contains("orders")), {
            text.contains("orders").then_some("orders")
        });
    }
}

/// The commit is looked for in older pages too, and its absence is told.
#[test]
fn a_locator_leads_to_its_commit() {
    let mut rig = started("history/lnq14");
    fleet(&mut rig).answer();
    assert!(here(&rig).starts_with("history/lnq14o1p"), "{}", here(&rig));
    rig.press(&["L"]);
    assert_eq!(rig.effects, [Effect::Copy("history/lnq14o1p".to_owned())]);

    let mut rig = started("deployments/orders/history/vvv");
    fleet(&mut rig).answer();
    let notice = rig.state.notice.clone().expect("told");
    assert!(
        notice.bad && notice.text.starts_with("no commit of orders begins with vvv, among the newest"),
        "{notice:?}"
    );
}

#[test]
fn a_deployment_that_is_not_there_is_told_with_those_that_are() {
    let mut rig = started("deployments/order/logs");
    fleet(&mut rig);
    assert_eq!(rig.state.place(), Place::Fleet);
    let notice = rig.state.notice.clone().expect("told");
    assert!(notice.bad && notice.text.starts_with("there is no deployment order; there are orders, "), "{notice:?}");
}

/// Who goes elsewhere before the fleet is there is not torn away.
#[test]
fn a_locator_that_waits_gives_way_to_a_person() {
    let mut rig = started("deployments/orders/logs");
    rig.press(&["H"]);
    fleet(&mut rig);
    assert_eq!(here(&rig), "history");
}

#[test]
fn brackets_go_back_and_forth_through_the_views() {
    let mut rig = Rig::new();
    rig.state.fleet.select("orders");
    rig.press(&["enter", "l", "esc", "e"]);
    let mut seen = vec![here(&rig)];
    for key in ["[", "[", "[", "[", "]", "]"] {
        rig.press(&[key]);
        seen.push(here(&rig));
    }
    assert_eq!(
        seen,
        [
            "deployments/orders/events",
            "deployments/orders",
            "deployments/orders/logs",
            "deployments/orders",
            "deployments",
            "deployments/orders",
            "deployments/orders/logs",
        ]
    );
    rig.press(&["[", "[", "["]);
    assert_eq!(rig.state.notice.as_ref().map(|notice| notice.text.as_str()), Some("no view was seen before this one"));
}

/// What was loaded is kept where the view stands below; what was left is ended.
#[test]
fn a_view_that_stands_below_is_gone_back_to() {
    let mut rig = Rig::new();
    rig.state.fleet.select("orders");
    rig.press(&["enter"]).answer().press(&["l"]);
    let logs = rig.state.screens.last().map(Screen::tickets).unwrap_or_default();
    rig.press(&["["]);
    assert_eq!(rig.effects, logs.into_iter().map(Effect::Cancel).collect::<Vec<_>>());
    assert!(matches!(rig.state.screens.last(), Some(Screen::Deployment(details)) if details.changes.value.is_some()));
}

#[test]
fn views_of_a_deployment_that_has_gone_are_passed_over() {
    let mut rig = Rig::new();
    rig.state.fleet.select("orders");
    rig.press(&["l", "esc", "O"]);
    let mut without = sample::watch(sample::NOW);
    without.deployments.retain(|row| row.name != "orders");
    rig.send(Message::Fleet(without.into()));
    rig.press(&["["]);
    assert_eq!(here(&rig), "deployments");
    rig.press(&["["]);
    assert_eq!(rig.state.notice.as_ref().map(|notice| notice.bad), Some(true));
}

/// The fleet does not answer: the locator waits, and is opened when it does.
#[test]
fn a_locator_waits_for_a_fleet_that_does_not_answer() {
    let mut rig = started("deployments/orders/metrics");
    update(&mut rig.state, Message::FleetLost(Problem::new(Kind::Unreachable, "gone")));
    assert_eq!(here(&rig), "deployments");
    fleet(&mut rig);
    assert_eq!(here(&rig), "deployments/orders/metrics");
}

/// The names in the order of the table, from its first column.
fn names(rig: &Rig) -> Vec<String> {
    let fleet = &rig.state.fleet;
    (0..fleet.list.len()).filter_map(|place| fleet.row(place)).map(|row| row.name.clone()).collect()
}

#[test]
fn a_filter_is_typed_kept_recalled_and_shown() {
    let mut rig = Rig::new();
    rig.press(&["/"]).type_text("disk:>80 !health:failed").press(&["enter"]);
    assert_eq!(names(&rig), ["billing"]);
    assert!(rig.screen(120, 40).contains("filter 'disk:>80 !health:failed': 1 of 6"));
    rig.press(&["esc"]);
    assert_eq!(names(&rig).len(), 6);
    rig.press(&["/"]).type_text("type:large").press(&["enter", "/", "up", "up"]);
    assert_eq!(names(&rig), ["billing"], "the one before the last");
    rig.press(&["down"]);
    assert_eq!(rig.state.fleet.filter(), "type:large");
    rig.press(&["esc"]);
    assert_eq!(rig.state.fleet.filter(), "type:large", "as before");
}

#[test]
fn a_term_that_cannot_be_read_is_told_where_it_is_typed() {
    let mut rig = Rig::new();
    rig.press(&["/"]).type_text("helth:bad");
    assert!(rig.screen(120, 40).contains("✗ there is no column helth; there are name, health"));
    assert_eq!(names(&rig).len(), 6);
    rig.press(&["enter"]);
    assert!(rig.screen(120, 40).contains("filter 'helth:bad': 6 of 6   ✗ there is no column helth"));
}

/// Leaving a list and coming back finds its filter in force, and it says so.
#[test]
fn events_and_orphans_keep_their_filters() {
    let mut rig = Rig::aws();
    rig.press(&["O"]).answer().press(&["/"]).type_text("kind:volume").press(&["enter"]);
    let Some(Screen::Orphans(orphans)) = rig.state.screens.last() else { panic!("no orphans") };
    let (shown, all) = (orphans.chosen.list.len(), orphans.orphans.value.as_ref().map_or(0, Vec::len));
    assert!(shown < all && orphans.selected().is_none_or(|orphan| orphan.kind == "volume"), "{shown} of {all}");
    rig.press(&["[", "O"]).answer();
    assert!(rig.screen(120, 40).contains(&format!("filter 'kind:volume': {shown} of {all}")));
    rig.press(&["esc"]);
    assert!(matches!(rig.state.screens.last(), Some(Screen::Orphans(orphans)) if orphans.chosen.list.len() == all));
    rig.press(&["esc"]);
    assert_eq!(here(&rig), "deployments");
}

#[test]
fn the_order_goes_through_the_columns_that_are_shown_and_the_cursor_stays() {
    let mut rig = Rig::new();
    rig.state.fleet.select("orders");
    rig.press(&["o"]);
    assert!(rig.screen(120, 40).contains("TYPE↑"));
    let forth = names(&rig);
    rig.press(&["R"]);
    assert!(rig.screen(120, 40).contains("TYPE↓"));
    assert_ne!(names(&rig), forth);
    assert_eq!(rig.state.fleet.selected().map(|row| row.name.as_str()), Some("orders"));
}

#[test]
fn columns_are_chosen_moved_and_given_back() {
    let mut rig = Rig::new();
    rig.press(&["C", "space"]);
    assert!(rig.state.notice.as_ref().is_some_and(|notice| notice.bad), "the name stays");
    // The volume goes, the zone comes, and moves up by two.
    rig.press(&["down", "down", "down", "space"]);
    assert!(!rig.screen(200, 60).contains("VOLUME"));
    rig.press(&["end", "space", "K", "K", "enter"]);
    let columns: Vec<&str> = rig.state.fleet.columns.iter().map(|column| column.word()).collect();
    assert_eq!(columns.last(), Some(&"cost"));
    rig.press(&["C", "d", "esc"]);
    assert_eq!(rig.state.fleet.columns.last().map(|column| column.word()), Some("cost"), "as before");
}

/// The lines that the palette offers.
fn offered(rig: &Rig) -> Vec<&str> {
    match &rig.state.overlay {
        Some(Overlay::Palette(palette)) => palette.offers.iter().map(|offer| offer.line.as_str()).collect(),
        other => panic!("no palette: {other:?}"),
    }
}

#[test]
fn the_palette_completes_commands_and_what_they_act_on() {
    for (typed, first) in [
        ("log", "logs"),
        ("log ord", "logs"),
        ("logs ", "logs search"),
        ("logs od", "logs orders"),
        ("lo orders", "logs orders"),
        ("roll back ev ", "roll back everything"),
        ("sort di", "sort disk"),
        ("sort disk ", "sort disk"),
        ("sort disk desc", "sort disk desc"),
        ("open orp", "open orphans"),
        ("open bill", "open deployments/billing"),
        ("open deployments/billing/m", "open deployments/billing/metrics"),
        ("settings orders max", "settings orders max_connections"),
        ("filter disk:>80", "filter disk:>80"),
        ("deployments/orders/history/8u6n", "deployments/orders/history/8u6n"),
    ] {
        let mut rig = Rig::new();
        rig.press(&[":"]).type_text(typed);
        if typed == "log ord" {
            assert!(offered(&rig).is_empty(), "ord is no deployment");
            continue;
        }
        assert!(offered(&rig).contains(&first), "{typed}: {:?}", offered(&rig));
        if !typed.ends_with(' ') {
            assert_eq!(offered(&rig)[0], first, "{typed}");
        }
    }
}

#[test]
fn a_line_of_the_palette_is_carried_out() {
    let run = |line: &str| {
        let mut rig = Rig::new();
        rig.press(&[":"]).type_text(line).press(&["enter"]);
        rig
    };
    assert_eq!(here(&run("logs orders")), "deployments/orders/logs");
    assert_eq!(here(&run("open orders")), "deployments/orders");
    assert_eq!(here(&run("open deployments/orders/history/8u6n")), "deployments/orders/history");
    assert_eq!(here(&run("/events")), "events");
    assert_eq!(names(&run("filter type:large !health:failed")), ["sessions"]);
    assert_eq!(names(&run("sort name desc"))[0], "sessions");
    let rig = run("settings orders max_connections");
    let Some(Screen::Form(form)) = rig.state.screens.last() else { panic!("no form") };
    assert_eq!((form.target.as_deref(), form.fields[form.focus].key), (Some("orders"), "max_connections"));
    for (line, said) in [
        ("logs nowhere", "there is no deployment nowhere; there are "),
        ("events orders", "events takes nothing after it"),
        ("sort siz", "there is no column 'siz' to sort by"),
        ("sort disk up", "after a column stands asc or desc, not 'up'"),
        ("open deployments/orders/nothing", "'nothing' is no view of a deployment: there are"),
        ("settings maximum", "there is no setting 'maximum'"),
        ("frobnicate", "there is no command 'frobnicate'"),
    ] {
        let rig = run(line);
        let notice = rig.state.notice.clone().unwrap_or_else(|| panic!("{line}: nothing was said"));
        assert!(notice.bad && notice.text.starts_with(said), "{line}: {notice:?}");
    }
}

#[test]
fn lines_that_were_run_are_recalled_and_looked_for() {
    let mut rig = Rig::new();
    for line in ["sort name", "logs orders", "sort disk"] {
        rig.press(&["esc", ":"]).type_text(line).press(&["enter"]);
    }
    rig.press(&["esc", ":"]);
    assert_eq!(offered(&rig)[..3], ["sort disk", "logs orders", "sort name"], "what was run last stands first");
    rig.type_text("x").press(&["up", "up"]);
    assert_eq!(offered(&rig)[0], "logs orders");
    rig.press(&["down", "down"]);
    let Some(Overlay::Palette(palette)) = &rig.state.overlay else { panic!("no palette") };
    assert_eq!(palette.input.value(), "x", "what was typed is back");
    rig.press(&["backspace", "ctrl-r"]).type_text("sort");
    assert_eq!(offered(&rig), ["sort disk", "sort name"]);
    rig.press(&["ctrl-r", "enter"]);
    assert_eq!(names(&rig)[0], "billing");
    assert_eq!(rig.state.past.ago(1), Some("sort name"));
}

/// Tab takes what is offered, so that what it acts on can be added.
#[test]
fn tab_completes() {
    let mut rig = Rig::new();
    rig.press(&[":"]).type_text("met").press(&["tab"]).type_text("sess").press(&["tab", "enter"]);
    assert_eq!(here(&rig), "deployments/sessions/metrics");
}

/// Certificates are everybody's, from whichever deployment one came.
#[test]
fn a_view_of_the_fleet_does_not_claim_to_be_inside_a_deployment() {
    let mut rig = Rig::new();
    rig.press(&["enter", "g", "c"]);
    let screen = rig.screen(120, 40);
    assert!(screen.starts_with(" doltops › Certificates "), "{screen}");
    rig.press(&["esc"]);
    let name = rig.state.target().map(|row| row.name.clone()).unwrap_or_default();
    let screen = rig.screen(120, 40);
    assert!(screen.starts_with(&format!(" doltops › {name} ")), "the way back is as it was: {screen}");
}

/// Each pane has its own way; an answer reaches the pane that asked, whichever has the keys.
#[test]
fn two_views_stand_side_by_side() {
    let mut rig = Rig::new();
    rig.screen(120, 40);
    rig.state.fleet.select("orders");
    rig.press(&["H", "|"]);
    assert_eq!((here(&rig).as_str(), rig.state.screens.len()), ("deployments", 0), "the fleet beside anything else");
    rig.press(&["l"]);
    let asked = std::mem::take(&mut rig.effects);
    rig.press(&["f6"]);
    assert_eq!(here(&rig), "history");
    rig.effects = asked;
    rig.answer();
    let beside = rig.state.beside.as_ref().expect("split");
    assert!(matches!(beside.screens.last(), Some(Screen::Logs(logs)) if logs.line(0).is_some()));
    let screen = rig.screen(120, 40);
    assert!(screen.contains("▌History") && screen.contains(" orders › Logs"), "{screen}");
    rig.press(&["["]);
    assert_eq!(here(&rig), "deployments", "the way back is the pane's own");
    rig.press(&["f6"]);
    assert_eq!(here(&rig), "deployments/orders/logs");
    rig.press(&["f6", "|"]);
    assert!(rig.state.beside.is_none());
    assert_eq!(rig.effects.len(), 1, "the log is no longer followed: {:?}", rig.effects);
}

#[test]
fn a_narrow_terminal_shows_one_view_and_says_why() {
    let mut rig = Rig::new();
    rig.screen(100, 30);
    rig.press(&["|"]);
    assert!(rig.state.beside.is_none());
    let said = rig.state.notice.as_ref().map(|notice| notice.text.clone());
    assert_eq!(said.as_deref(), Some("two views side by side need 120 columns; this terminal has 100"));
    rig.screen(120, 30);
    rig.press(&["|", "f6"]);
    assert!(rig.screen(100, 30).contains("(beside: search)"));
}

/// A change is sent in one pane, the keys move, the answer comes: the form that sent it is the one that closes.
#[test]
fn a_change_ends_in_the_pane_that_sent_it() {
    let mut rig = Rig::new();
    rig.screen(160, 40);
    rig.state.fleet.select("orders");
    rig.press(&["|", "s"]).answer().press(&["enter"]);
    assert!(rig.sent().is_some());
    let asked = std::mem::take(&mut rig.effects);
    rig.press(&["f6"]);
    rig.effects = asked;
    rig.answer();
    let beside = rig.state.beside.as_ref().expect("split");
    assert!(matches!(beside.screens.as_slice(), [Screen::Deployment(_)]), "the form has gone");
    assert_eq!(rig.state.place(), Place::Fleet);
}

/// Arguments of which there are few are completed as commands are.
#[test]
fn arguments_are_completed_and_carried_out() {
    let offered = |rig: &Rig| match &rig.state.overlay {
        Some(Overlay::Palette(palette)) => palette.offers.iter().map(|offer| offer.line.clone()).collect::<Vec<_>>(),
        _ => panic!("no palette"),
    };
    for (typed, line) in [
        ("theme no", "theme nord"),
        ("filter he", "filter health:"),
        ("filter !disk:>80 !health:de", "filter !disk:>80 !health:degraded"),
        ("level err", "level error"),
        ("beside ord", "beside orders"),
        ("forward ord", "forward orders"),
        ("sort inc", "sort incident"),
        ("open cert", "open certificates"),
    ] {
        let mut rig = Rig::new();
        rig.press(&[":"]).type_text(typed);
        assert!(offered(&rig).contains(&line.to_owned()), "{typed}: {:?}", offered(&rig));
    }
    let mut rig = Rig::new();
    rig.press(&[":"]).type_text("theme nord").press(&["enter"]);
    assert_eq!(rig.state.look.name(), "nord");
    rig.press(&[":"]).type_text("theme norwegian").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("there is no theme norwegian"));
    assert_eq!(rig.state.look.name(), "nord");
    rig.press(&[":"]).type_text("level error").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("level does not apply here"));
    rig.press(&["l"]).answer().press(&[":"]).type_text("level fatal").press(&["enter"]);
    assert!(rig.screen(120, 40).contains("there is no level 'fatal'; there are all, warning, error"));
    rig.press(&[":"]).type_text("level error").press(&["enter"]);
    let screen = rig.screen(120, 40);
    assert!(screen.contains("table not found") && !screen.contains("Server ready"), "{screen}");
}

/// The worst incident and the cost of each can be shown, sorted and filtered by.
#[test]
fn incident_and_cost_are_columns() {
    let mut rig = super::triage::rig();
    rig.press(&[":"]).type_text("sort incident").press(&["enter"]);
    let first = rig.state.fleet.row(0).map(|row| row.name.clone());
    assert_eq!(first.as_deref(), Some("billing"), "critical first");
    rig.state.fleet.columns.extend([crate::console::state::columns::Column::Incident]);
    let screen = rig.screen(200, 40);
    assert!(screen.contains("INCIDENT↓") && screen.contains("!!! billing is away"), "{screen}");
    rig.press(&["/"]).type_text("incident:critical").press(&["enter"]);
    assert_eq!(rig.state.fleet.list.len(), 1);

    let mut rig = Rig::aws();
    rig.state.fleet.columns.extend([crate::console::state::columns::Column::Cost]);
    let screen = rig.screen(200, 40);
    assert!(screen.contains("COST/MONTH") && screen.contains("73.30 USD"), "{screen}");
    rig.press(&["/"]).type_text("cost:>80").press(&["enter"]);
    assert!(rig.state.fleet.list.is_empty());
}
