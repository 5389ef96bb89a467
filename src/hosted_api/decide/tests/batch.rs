//! Several changes as one: what each sees of the others, and who is named when one of them cannot be.

use super::*;

fn several(changes: Vec<Change>) -> Change {
    Change::Batch { changes, confirm: String::new() }
}

#[test]
fn each_is_decided_on_what_the_ones_before_leave() {
    let fleet = Fleet::of(&["orders", "billing"]);
    let all = several(vec![
        resize(Some("local.large"), None),
        resize(None, Some(20)),
        Change::Stop(name("billing")),
        create("new"),
        Change::Protect(name("new")),
    ]);
    let decision = fleet.decide(&all).expect("decided");
    let told: Vec<_> = decision.after.iter().filter_map(|after| after.desired.as_ref()).collect();
    assert_eq!(told.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["billing", "new", "orders"]);
    assert_eq!(told[0].power, Power::Stopped);
    assert!(told[1].protected);
    assert_eq!((told[2].spec.instance_type.as_str(), told[2].spec.volume_gib), ("local.large", 20));
    assert!(decision.summary.ends_with("and 2 more"), "{}", decision.summary);
}

#[test]
fn it_is_refused_as_a_whole_and_says_whose_it_is() {
    let fleet = Fleet::of(&["orders", "billing"]).now("billing", |it| it.protected = true);
    let refused = |changes| fleet.decide(&several(changes)).expect_err("refused").to_string();
    let stop = || Change::Stop(name("orders"));
    assert!(refused(vec![stop(), delete("billing", "")]).starts_with("billing is protected"));
    assert!(refused(vec![stop(), resize(None, Some(1))]).contains("orders: 1 GiB is less"));
    assert!(refused(vec![stop(), stop()]).contains("orders is like that already"), "on what the first leaves");
    assert!(refused(vec![stop(), back("orders")]).contains("a roll-back is asked for alone"));
    assert!(refused(Vec::new()).starts_with("changes: "));
}

/// Each deletion in it needs no name; how many there are is typed once.
#[test]
fn deletions_are_counted_and_the_number_is_typed() {
    let fleet = Fleet::of(&["orders", "billing", "a"]);
    let typed = |confirm: &str| {
        let changes = vec![delete("orders", ""), delete("billing", ""), Change::Stop(name("a"))];
        let change = Change::Batch { changes, confirm: confirm.to_owned() };
        let decision = fleet.decide(&change).expect("it can be shown");
        crate::hosted_api::confirm::typed(&change, &decision, &fleet.snapshot)
    };
    assert!(typed("").expect_err("refused").what.contains("billing, orders; type 2"));
    assert_eq!(typed("2"), Ok(()));
}
