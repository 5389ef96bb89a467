use super::*;

const OURS: &str = "cp-1";
const NAME: &str = "orders.db.example.com";
const OWNER: &str = "_doltops.orders.db.example.com";

fn there(sets: &[(&str, RrType, &str)]) -> Sets {
    let mut there = Sets::new();
    for (name, kind, value) in sets {
        let set = record(name, kind.clone(), 60, [(*value).to_owned()]).expect("complete");
        there.entry((*name).to_owned()).or_default().push(set);
    }
    there
}

fn publish_at(address: &str) -> Wish {
    let to = address.parse().expect("an address");
    Wish::Publish { name: NAME.into(), to, ttl: 60, deployment: DeploymentId::new("d-1") }
}

fn withdraw() -> Wish {
    Wish::Withdraw { name: NAME.into(), deployment: DeploymentId::new("d-1") }
}

fn actions(wish: &Wish, there: &Sets) -> Vec<String> {
    let changes = wish.changes(there, OURS).expect("allowed");
    let word = |change: &Change| {
        let set = change.resource_record_set().expect("has one");
        format!("{} {} {}", change.action(), set.r#type(), set.name())
    };
    changes.iter().map(word).collect()
}

fn text(control_plane: &str, deployment: &str) -> String {
    owner::text(control_plane, &DeploymentId::new(deployment))
}

#[test]
fn a_new_name_is_created_with_its_owner_and_removed_with_it() {
    let mut zone = Sets::new();
    let changes = publish_at("10.0.0.4").changes(&zone, OURS).expect("it is free");
    let new = ["CREATE A orders.db.example.com", "CREATE TXT _doltops.orders.db.example.com"];
    assert_eq!(actions(&publish_at("10.0.0.4"), &zone), new);
    apply(&mut zone, &changes);
    assert!(actions(&publish_at("10.0.0.4"), &zone).is_empty(), "it is so already");
    assert_eq!(actions(&publish_at("10.0.0.5"), &zone), ["UPSERT A orders.db.example.com"]);
    let seen = told(&zone, "db.example.com", OURS);
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].name.as_str(), seen[0].owner.clone()), (NAME, Some(DeploymentId::new("d-1"))));

    let changes = withdraw().changes(&zone, OURS).expect("it is ours");
    apply(&mut zone, &changes);
    assert!(zone.is_empty(), "{zone:?}");
    assert!(actions(&withdraw(), &zone).is_empty(), "twice is as once");
}

#[test]
fn what_is_not_ours_is_neither_changed_nor_removed() {
    let (other, owned) = (text("cp-2", "d-1"), text(OURS, "d-2"));
    let foreign = there(&[(NAME, RrType::A, "192.0.2.1")]);
    let beside = there(&[(OWNER, RrType::Txt, &other)]);
    let sisters = there(&[(NAME, RrType::A, "10.0.0.9"), (OWNER, RrType::Txt, &owned)]);
    let publish = |address, zone| publish_at(address).changes(zone, OURS);
    assert!(matches!(publish("10.0.0.4", &foreign), Err(CloudError::Refused(_))));
    assert!(matches!(publish("192.0.2.1", &foreign), Err(CloudError::Refused(_))), "even where it fits");
    assert!(matches!(publish("10.0.0.4", &beside), Err(CloudError::Refused(_))));
    assert!(matches!(publish("10.0.0.4", &sisters), Err(CloudError::Later(_))));
    for zone in [&foreign, &beside, &sisters] {
        assert!(actions(&withdraw(), zone).is_empty());
    }
    let seen = told(&foreign, "db.example.com", OURS);
    assert_eq!((seen.len(), seen[0].owner.clone()), (1, None), "it is told, as somebody else's");
}

#[test]
fn an_edited_record_of_ours_is_mended_whatever_it_became() {
    let mine = text(OURS, "d-1");
    let edited = |kind, value| there(&[(NAME, kind, value), (OWNER, RrType::Txt, &mine)]);
    let removed = there(&[(OWNER, RrType::Txt, &mine)]);
    let mend = |zone: &Sets| actions(&publish_at("10.0.0.4"), zone);
    assert_eq!(mend(&edited(RrType::A, "10.0.0.9")), ["UPSERT A orders.db.example.com"]);
    let cname = ["DELETE CNAME orders.db.example.com", "UPSERT A orders.db.example.com"];
    assert_eq!(mend(&edited(RrType::Cname, "elsewhere.example.com")), cname);
    assert_eq!(mend(&removed), ["UPSERT A orders.db.example.com"]);
    assert_eq!(told(&removed, "db.example.com", OURS).len(), 1, "it is ours, and leads nowhere");
}

/// Somebody took the TXT record away: it is put back, and nothing else is touched.
#[test]
fn a_lost_mark_is_put_back_beside_the_very_record() {
    let mark = |address: &str, zone: &Sets| {
        let (name, to, deployment) = (NAME.into(), address.parse().expect("an address"), DeploymentId::new("d-1"));
        Wish::Mark { name, to, ttl: 60, deployment }.changes(zone, OURS)
    };
    let mut zone = there(&[(NAME, RrType::A, "10.0.0.4")]);
    let changes = mark("10.0.0.4", &zone).expect("it is as expected");
    apply(&mut zone, &changes);
    assert_eq!(told(&zone, "db.example.com", OURS)[0].owner, Some(DeploymentId::new("d-1")));
    assert!(mark("10.0.0.4", &zone).expect("twice is as once").is_empty());
    let (other, cname) = (text("cp-2", "d-1"), there(&[(NAME, RrType::Cname, "10.0.0.4.example.com")]));
    let others = there(&[(NAME, RrType::A, "10.0.0.4"), (OWNER, RrType::Txt, &other)]);
    for (address, zone) in
        [("10.0.0.9", &there(&[(NAME, RrType::A, "10.0.0.4")])), ("10.0.0.4", &cname), ("10.0.0.4", &others)]
    {
        assert!(matches!(mark(address, zone), Err(CloudError::Refused(_))), "{zone:?}");
    }
}

#[test]
fn challenges_are_set_and_taken_away() {
    let wish = |values: &[&str]| Wish::Challenge {
        name: "_acme-challenge.orders.db.example.com".into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let mut zone = Sets::new();
    assert!(actions(&wish(&[]), &zone).is_empty());
    let changes = wish(&["abc", "def"]).changes(&zone, OURS).expect("allowed");
    apply(&mut zone, &changes);
    assert!(actions(&wish(&["abc", "def"]), &zone).is_empty());
    assert!(told(&zone, "db.example.com", OURS).is_empty(), "a challenge is no host name");
    let changes = wish(&[]).changes(&zone, OURS).expect("allowed");
    apply(&mut zone, &changes);
    assert!(zone.is_empty());
}

#[test]
fn names_are_read_as_everyone_else_writes_them() {
    assert_eq!(plain("Orders.DB.example.com."), NAME);
    assert_eq!(plain("\\052.db.example.com."), "*.db.example.com");
}
