use super::*;
use crate::model::Cause;
use jiff::Timestamp;

fn by(who: &str, second: i64) -> By {
    By { at: Timestamp::from_second(second).expect("a time"), who: who.to_owned() }
}

fn form(title: &str) -> Ask {
    Ask::Open {
        deployments: vec!["orders".into(), "orders".into()],
        severity: "error".into(),
        impact: "checkout is slow".into(),
        title: title.into(),
        description: String::new(),
    }
}

fn opened() -> Incident {
    open(&form("Slow"), IncidentId::new("inc-a"), by("ann", 1), |_| true).expect("opened").incident
}

fn of_a_rule() -> Incident {
    Incident { cause: Some(Cause { rule: "heartbeat".into(), deployment: None }), ..opened() }
}

#[track_caller]
fn field(result: Result<Told, Refusal>) -> String {
    match result {
        Err(Refusal::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_form_is_checked_field_by_field() {
    let try_open = |ask: &Ask| open(ask, IncidentId::new("inc-a"), by("ann", 1), |name| name.as_str() == "orders");
    assert_eq!(try_open(&form("Slow")).expect("opened").incident.deployments.len(), 1, "named twice is named once");
    for title in ["", "  ", "a\nb", "\u{1b}[2J", &"x".repeat(LONGEST_TITLE + 1)] {
        assert_eq!(field(try_open(&form(title))), "title", "{title:?}");
    }
    let changed = |change: fn(&mut Vec<String>, &mut String, &mut String, &mut String)| {
        let mut ask = form("Slow");
        if let Ask::Open { deployments, severity, impact, description, .. } = &mut ask {
            change(deployments, severity, impact, description);
        }
        field(try_open(&ask))
    };
    assert_eq!(changed(|names, _, _, _| names.push("ghost".into())), "deployments");
    assert_eq!(changed(|names, _, _, _| names.push("Not A Name".into())), "deployments");
    assert_eq!(changed(|names, _, _, _| *names = vec!["orders".into(); MOST_DEPLOYMENTS + 1]), "deployments");
    assert_eq!(changed(|_, severity, _, _| *severity = "bad".into()), "severity");
    assert_eq!(changed(|_, _, impact, _| *impact = "x".repeat(LONGEST_IMPACT + 1)), "impact");
    assert_eq!(changed(|_, _, _, text| *text = "x".repeat(LONGEST_DESCRIPTION + 1)), "description");
}

#[test]
fn the_first_to_acknowledge_has_it() {
    let once = change(&Ask::Acknowledge, opened(), by("ann", 2)).expect("done").incident;
    let twice = change(&Ask::Acknowledge, once.clone(), by("bob", 3)).expect("done").incident;
    assert_eq!(once, twice);
    assert_eq!((once.state(), once.assignee.as_deref()), ("acknowledged", Some("ann")));
}

#[test]
fn handing_over_stands_in_the_notes() {
    let incident = change(&Ask::HandOver("bob".into()), opened(), by("ann", 2)).expect("done").incident;
    assert_eq!(incident.assignee.as_deref(), Some("bob"));
    assert_eq!(incident.notes, [Note { by: by("ann", 2), text: "Handed over to bob".into() }]);
    assert_eq!(field(change(&Ask::HandOver(String::new()), opened(), by("ann", 2))), "hand_over");
}

/// It would open again at once, and page once more.
#[test]
fn a_word_does_not_resolve_what_is_still_wrong() {
    let refused = change(&Ask::Resolve(String::new()), of_a_rule(), by("ann", 2));
    assert!(matches!(refused, Err(Refusal::Forbidden { .. })), "{refused:?}");
    let gone = Incident { gone_since: Some(by("", 1).at), ..of_a_rule() };
    let resolved = change(&Ask::Resolve("It was the disk".into()), gone, by("ann", 2)).expect("done").incident;
    assert_eq!((resolved.state(), resolved.notes.len()), ("resolved", 1));
}

#[test]
fn what_is_over_takes_notes_and_nothing_else() {
    let over = change(&Ask::Resolve(String::new()), opened(), by("ann", 2)).expect("done").incident;
    for ask in [Ask::Acknowledge, Ask::HandOver("bob".into()), Ask::Resolve(String::new())] {
        assert!(matches!(change(&ask, over.clone(), by("ann", 3)), Err(Refusal::Forbidden { .. })), "{ask:?}");
    }
    let noted = change(&Ask::Note("It was the disk".into()), over, by("ann", 3)).expect("done").incident;
    assert_eq!(noted.notes.len(), 1);
    for note in ["", " \n", &"x".repeat(LONGEST_NOTE + 1)] {
        assert_eq!(field(change(&Ask::Note(note.into()), opened(), by("ann", 3))), "note");
    }
}

#[test]
fn notes_have_an_end() {
    let full = Incident { notes: vec![Note { by: by("ann", 1), text: "x".into() }; MOST_NOTES], ..opened() };
    assert!(change(&Ask::Note("x".into()), full, by("ann", 2)).is_err());
}
