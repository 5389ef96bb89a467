//! What is refused, where, and in which words; and that what is written is read.

use super::*;
use crate::model::CertificateKind;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn refused(text: &str) -> String {
    read("a.yaml", text).expect_err(text).to_string()
}

fn whole(gib: u32) -> Whole {
    Whole {
        instance_type: "local.small".to_owned(),
        volume_gib: gib,
        certificate: CertificateKind::SelfSigned,
        power: Power::Running,
        protected: false,
        paused: false,
        settings: Settings::default(),
    }
}

fn name(text: &str) -> DeploymentName {
    text.parse().expect("a name")
}

fn present(all: &[(&str, Whole)]) -> Present {
    Present {
        desired: all.iter().map(|(text, whole)| (name(text), whole.clone())).collect(),
        going: BTreeSet::new(),
        types: vec!["local.small".to_owned(), "local.large".to_owned()],
    }
}

fn compared(text: &str, present: &Present, prune: bool) -> Result<Vec<wire::Change>, Refusal> {
    changes(&read("a.yaml", text).expect("read"), present, prune)
}

#[test]
fn a_refusal_names_file_line_and_field() {
    for (text, told) in [
        ("name: a\n", "format: a.yaml:1: its version is needed: doltops: 1"),
        ("doltops: 2\nname: a\nreplicas: 3\n", "format: a.yaml:1: it is of format 2, and this doltops reads 1"),
        ("doltops: x\nname: a\n", "format: a.yaml:1: 'x' is no version"),
        ("doltops: 1\npower: running\n", "name: a.yaml:2: it is needed"),
        ("doltops: 1\nname: A\n", "name: a.yaml:2: 'A' is not allowed"),
        ("doltops: 1\nname: a\n\nvolume: 3\n", "volume: a.yaml:4: 'volume' is no field; did you mean volume_gib?"),
        ("doltops: 1\nname: a\nvolume_gib: ten\n", "volume_gib: a.yaml:3: 'ten' is no whole number"),
        ("doltops: 1\nname: a\nvolume_gib: -1\n", "volume_gib: a.yaml:3: '-1' is no whole number"),
        ("doltops: 1\nname: a\nvolume_gib: 0\n", "volume_gib: a.yaml:3: 0 GiB is out of bounds"),
        ("doltops: 1\nname: a\nvolume_gib:\n", "volume_gib: a.yaml:3: it says nothing; leave the line out"),
        ("doltops: 1\nname: a\npower: off\n", "power: a.yaml:3: 'off' is none of: running, stopped"),
        ("doltops: 1\nname: a\nprotected: yes\n", "protected: a.yaml:3: 'yes' is neither true nor false"),
        ("doltops: 1\nname: a\nsettings:\n", "settings: a.yaml:3: KEY: VALUE is needed below it"),
        ("doltops: 1\nname: a\nsettings: {}\npaused: [a]\n", "paused: a.yaml:4: one value is needed"),
        (
            "doltops: 1\nname: a\nsettings:\n  max_conections: 4\n",
            "settings.max_conections: a.yaml:4: 'max_conections' is no setting that can be changed; did you mean max_connections?",
        ),
        (
            "doltops: 1\nname: a\nsettings:\n  max_connections: 0\n",
            "settings.max_connections: a.yaml:4: '0' is no whole number from 4",
        ),
        ("doltops: 1\nname: a\nname: b\n", "name: a.yaml:3: it stands there twice"),
        ("# a\n---\ndoltops: 1\nname: a\n---\ndoltops: 1\nname: b\nport: 1\n", "port: a.yaml:8: 'port' is no field"),
        ("<<<<<<< HEAD\ndoltops: 1\n", "file: a.yaml:1: this is no document of a deployment"),
        ("doltops: 1\n name: a\n", "file: a.yaml:2: it is no YAML: mapping values are not allowed"),
        ("- a\n", "file: a.yaml:1: this is no document of a deployment"),
    ] {
        let said = refused(text);
        assert!(said.starts_with(told), "{text:?}: {said}");
    }
}

/// What YAML 1.1 would have made of it: a boolean, an octal number.
#[test]
fn a_value_is_the_text_that_stands_there() {
    let text = "doltops: 1\nname: a\nsettings:\n  behavior.event_scheduler: ON\n  max_connections: 0400\n";
    let read = read("a.yaml", text).expect("read");
    let settings = read[0].settings.clone().expect("there");
    assert_eq!(settings.as_map()["behavior.event_scheduler"], "ON");
    assert_eq!(settings.as_map()["max_connections"], "400");
}

#[test]
fn what_cannot_be_done_names_its_line_or_the_deployments() {
    let protected = Whole { protected: true, ..whole(10) };
    let paused = Whole { paused: true, ..whole(10) };
    let fleet = present(&[("a", whole(20)), ("b", protected.clone()), ("c", protected), ("d", paused)]);
    let a = |rest: &str| format!("doltops: 1\nname: a\n{rest}");
    for (text, prune, told) in [
        (a("volume_gib: 19\n"), false, "volume_gib: a.yaml:3: 19 GiB is less than the 20 GiB that a has"),
        (a("certificate: webpki\n"), false, "certificate: a.yaml:3: a was made with self-signed"),
        (a("instance_type: local.huge\n"), false, "instance_type: a.yaml:3: 'local.huge' is not offered"),
        (a("---\n") + &a(""), false, "name: a.yaml:5: a stands in a.yaml:2 already"),
        (a(""), true, "in no file, and protected: b, c"),
        (a("---\ndoltops: 1\nname: b\n---\ndoltops: 1\nname: c\n"), true, "in no file, and paused: d"),
        ("# nobody\n".to_owned(), true, "file: there is no deployment in these files"),
    ] {
        let said = compared(&text, &fleet, prune).expect_err(&text).to_string();
        assert!(said.starts_with(told), "{text:?}: {said}");
    }
    let mut going = fleet;
    going.desired.remove(&name("a"));
    going.going.insert(name("a"));
    assert!(compared(&a(""), &going, false).expect_err("going").to_string().contains("still being deleted"));
}

/// Who does not write `protected` takes no protection off; who writes no settings changes none.
#[test]
fn what_is_left_out_stays() {
    let set = Settings::default().with("log_level", "debug").expect("offered");
    let fleet = present(&[("a", Whole { protected: true, paused: true, settings: set, ..whole(20) })]);
    assert_eq!(compared("doltops: 1\nname: a\n", &fleet, false), Ok(Vec::new()));
    let all = compared("doltops: 1\nname: a\nsettings: {}\n", &fleet, false).expect("a change");
    let back =
        wire::change::Set { name: "a".to_owned(), settings: BTreeMap::from([("log_level".into(), String::new())]) };
    assert_eq!(all, [wire::Change { change: Some(wire::change::Change::Set(back)) }]);
}

/// The same deployments make the same bytes, whatever else changes; this is what stands in people's repositories.
#[test]
fn what_is_written_stays_as_it_is() {
    let settings = Settings::default().with("max_connections", "400").expect("offered");
    let settings = settings.with("behavior.event_scheduler", "ON").expect("offered");
    let written = write(&BTreeMap::from([
        (name("orders"), Whole { settings, power: Power::Stopped, ..whole(20) }),
        (name("on"), whole(10)),
    ]));
    let expected = "doltops: 1\nname: \"on\"\ninstance_type: local.small\nvolume_gib: 10\ncertificate: self-signed\n\
        power: running\nprotected: false\npaused: false\nsettings: {}\n---\n\
        doltops: 1\nname: orders\ninstance_type: local.small\nvolume_gib: 20\ncertificate: self-signed\n\
        power: stopped\nprotected: false\npaused: false\nsettings:\n  behavior.event_scheduler: \"ON\"\n  max_connections: \"400\"\n";
    assert_eq!(written.expect("plain data"), expected);
}

/// A folder keeps its comments and its order of files; what holds something else is not written over.
#[test]
fn a_folder_is_kept_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |file: &str| folder.path().join(file);
    let all = BTreeMap::from([(name("a"), whole(10)), (name("b"), whole(20)), (name("c"), whole(30))]);
    let words = |all: &BTreeMap<DeploymentName, Whole>| {
        let kept = keep(folder.path(), all).map_err(|refusal| refusal.to_string())?;
        Ok::<_, String>(kept.iter().map(|kept| kept.unchanged).collect::<Vec<_>>())
    };
    assert_eq!(words(&all), Ok(vec![false, false, false]));
    let commented = format!("# the shop\n{}", std::fs::read_to_string(at("a.yaml")).expect("there"));
    std::fs::write(at("a.yaml"), &commented).expect("written");
    std::fs::create_dir(at("team")).expect("made");
    std::fs::rename(at("c.yaml"), at("team/other.yml")).expect("moved");
    std::fs::write(at(".hidden.yaml"), "x").expect("written");
    std::fs::write(at("notes.txt"), "x").expect("written");
    assert_eq!(words(&all), Ok(vec![true, true, true]));
    assert_eq!(std::fs::read_to_string(at("a.yaml")).expect("there"), commented);

    let read_again: Vec<Source> = sources(&[folder.path().to_owned()]).expect("read");
    let fleet = present(&[("a", whole(10)), ("b", whole(20)), ("c", whole(30))]);
    let manifests = read_again.iter().flat_map(|source| read(&source.name, &source.text).expect("read"));
    assert_eq!(changes(&manifests.collect::<Vec<_>>(), &fleet, true), Ok(Vec::new()));

    let grown = BTreeMap::from([(name("c"), whole(40))]);
    assert!(words(&grown).expect_err("elsewhere").contains("team/other.yml:2: c stands here already, and otherwise"));
    std::fs::write(at("b.yaml"), "kind: Service\n").expect("written");
    assert!(keep(&at("b.yaml"), &all).expect_err("foreign").to_string().contains("holds something else"));
    let empty = tempfile::tempdir().expect("a folder");
    assert!(sources(&[empty.path().to_owned()]).expect_err("empty").to_string().contains("there is no .yaml file"));
    assert!(matches!(sources(&[at("none.yaml")]), Err(Refusal::NotFound(_))));
}

proptest! {
    /// Whatever stands in a file, it is read or refused with its name; nothing panics.
    #[test]
    fn any_text_is_read_or_refused(text in "(?s)(doltops: 1\nname: a\n)?.{0,80}") {
        if let Err(refusal) = read("a.yaml", &text) {
            prop_assert!(refusal.to_string().contains("a.yaml:"), "{}", refusal);
        }
    }
}
