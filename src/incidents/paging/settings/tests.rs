use super::*;

const WHOLE: &str = r#"
    time_zone = "Europe/Berlin"
    repeat = 2
    [receivers.duty]
    kind = "pagerduty"
    routing_key_file = "pagerduty.key"
    [receivers.chat]
    kind = "webhook"
    url = "https://hooks.example.com/doltops"
    key_env = "CHAT_KEY"
    min_severity = "warning"
    [people.op1]
    receivers = ["chat"]
    [rotations.primary]
    people = ["op1", "op2"]
    since = "2026-01-05"
    overrides = [{ from = "2026-12-24T09:00", until = "2026-12-27T09:00", who = "op3" }]
    [[levels]]
    rotation = "primary"
    receivers = ["duty"]
    [[levels]]
    person = "op1"
    wait_minutes = 20
    [[quiet_hours]]
    from = "22:00"
    until = "07:00"
    then = "drop"
"#;

fn read(text: &str) -> Result<Settings, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

#[track_caller]
fn refused(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from}");
    read(&WHOLE.replacen(from, to, 1)).expect_err(to)
}

#[test]
fn whole_settings_are_read() {
    let settings = read(WHOLE).expect("they fit");
    let duty = KeySource::File("pagerduty.key".into());
    let url = "https://events.pagerduty.com".to_owned();
    assert_eq!(settings.receivers["duty"].kind, Kind::PagerDuty { url, key: duty });
    assert_eq!(settings.receivers["chat"].min_severity, Severity::Warning);
    let rotation = &settings.rotations["primary"];
    assert_eq!(
        (rotation.days, rotation.handover, rotation.zone.iana_name()),
        (7, Time::constant(9, 0, 0, 0), Some("Europe/Berlin"))
    );
    assert_eq!(settings.levels[0].wait, SignedDuration::from_mins(10));
    assert_eq!(settings.levels[1].who, Some(Who::Person("op1".to_owned())));
    assert_eq!((settings.quiet[0].days.len(), settings.quiet[0].then), (7, Quiet::Drop));
    let placed = settings.under(Path::new("/etc/doltops"), Path::new("/home/op1"));
    let Kind::PagerDuty { key, .. } = &placed.receivers["duty"].kind else { panic!("it is PagerDuty") };
    assert_eq!(*key, KeySource::File("/etc/doltops/pagerduty.key".into()));
}

#[test]
fn what_does_not_fit_together_is_refused_by_its_name() {
    let cases = [
        ("receivers = [\"duty\"]", "receivers = [\"dutty\"]", "levels, entry 1: there is no receiver 'dutty'"),
        ("receivers = [\"chat\"]", "receivers = [\"chatt\"]", "people.op1: there is no receiver 'chatt'"),
        ("rotation = \"primary\"", "rotation = \"first\"", "levels, entry 1: there is no rotation 'first'"),
        ("receivers = [\"duty\"]", "", "levels, entry 1: op2 cannot be reached"),
        ("person = \"op1\"", "", "levels, entry 2: it reaches nobody"),
        (
            "person = \"op1\"",
            "person = \"op1\"\nrotation = \"primary\"",
            "levels, entry 2: name a rotation or a person",
        ),
        ("wait_minutes = 20", "wait_minutes = 0", "levels, entry 2: wait_minutes: 0 is out of bounds"),
        ("Europe/Berlin", "Europe/Atlantis", "time_zone: there is no time zone 'Europe/Atlantis'"),
        ("key_env = \"CHAT_KEY\"", "", "receivers.chat: name the key in exactly one way"),
        (
            "key_env = \"CHAT_KEY\"",
            "key_env = \"A\"\nkey_file = \"b\"",
            "receivers.chat: name the key in exactly one way",
        ),
        ("from = \"22:00\"", "from = \"22:00\"\nseverities = [\"critical\"]", "what is critical is always paged"),
        ("from = \"22:00\"", "from = \"22:00\"\ndays = [\"mon\"]", "'mon' is no day of the week"),
        ("people = [\"op1\", \"op2\"]", "people = []", "rotations.primary: people: there is nobody in it"),
        ("2026-12-27", "2026-12-20", "that of op3 ends before it begins"),
        ("receivers.chat", "receivers.Chat", "receivers.Chat: a name has 1 to 64"),
        ("repeat = 2", "repeat = 200", "repeat: 200 is out of bounds"),
        ("routing_key_file", "url = \"http://events.example.com\"\nrouting_key_file", "must not travel unencrypted"),
        ("repeat = 2", "repeats = 2", "unknown field `repeats`"),
        ("min_severity = \"warning\"", "min_sev = \"warning\"", "unknown field `min_sev`"),
    ];
    for (from, to, expected) in cases {
        let said = refused(from, to);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

/// The path of a chat's webhook is as good as a password.
#[test]
fn an_address_is_in_no_message() {
    for bad in ["ftp://hooks.example.com/hush", "https://op:hush@hooks.example.com/", "hush"] {
        let said = refused("https://hooks.example.com/doltops", bad);
        assert!(said.starts_with("receivers.chat: the address") && !said.contains("hush"), "{said}");
    }
}

#[test]
fn a_topic_names_its_region() {
    let with = |topic: &str| {
        read(&format!("levels = [{{ receivers = ['phones'] }}]\n[receivers.phones]\nkind = 'sns'\ntopic = '{topic}'"))
    };
    let settings = with("arn:aws:sns:eu-central-1:123456789012:pages").expect("it is one");
    let Kind::Sns(sns) = &settings.receivers["phones"].kind else { panic!("it is SNS") };
    assert_eq!(sns.region(), "eu-central-1");
    assert!(with("arn:aws:sqs:eu-central-1:123456789012:pages").is_err());
}
