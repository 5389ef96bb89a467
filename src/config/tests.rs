use super::*;

fn folders() -> Folders {
    Folders { home: "/home/op".into(), config: "/c".into(), state: "/s".into(), cache: "/k".into() }
}

fn themed(theme: &str) -> Layer {
    Layer { theme: Some(theme.into()), ..Layer::default() }
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let theme = |flag: bool, variable: bool, file: bool| {
        let layer = |said: bool, theme: &str| if said { themed(theme) } else { Layer::default() };
        resolve(layer(flag, "flag"), layer(variable, "variable"), layer(file, "file"), &folders())
            .expect("resolved")
            .theme
    };
    assert_eq!(theme(true, true, true), "flag");
    assert_eq!(theme(false, true, true), "variable");
    assert_eq!(theme(false, false, true), "file");
    assert_eq!(theme(false, false, false), "auto");
}

#[test]
fn every_key_has_a_variable() {
    let values = [
        ("DOLTOPS_STATE_DIR", "/x"),
        ("DOLTOPS_DOLT", "/bin/dolt"),
        ("DOLTOPS_STORE", "mysql://root:hush@127.0.0.1:3306/doltops"),
        ("DOLTOPS_CONNECT", "https://ops.example.com:7443"),
        ("DOLTOPS_IDENTITY", "/op1.pem"),
        ("DOLTOPS_LISTEN", "127.0.0.1:7443"),
        ("DOLTOPS_THEME", "light"),
        ("DOLTOPS_KEYS", "vi"),
        ("DOLTOPS_READ_ONLY", "true"),
        ("DOLTOPS_MOUSE", "false"),
        ("DOLTOPS_SCREEN_READER", "true"),
        ("DOLTOPS_FINAL_COPY_DAYS", "30"),
        ("DOLTOPS_PROVIDER", "local"),
    ];
    // Tables stand in the file alone.
    let tables = ["aws", "acme", "change_requests", "console", "incidents", "paging", "prices"];
    assert_eq!(values.len() + tables.len(), layer::KEYS.len());
    let get = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let config = resolve(Layer::default(), Layer::of_variables(get).expect("valid"), Layer::default(), &folders());
    let config = config.expect("resolved");
    assert_eq!((config.final_copy_days.count(), config.theme.as_str()), (30, "light"));
    assert_eq!(config.connect.as_ref().map(|remote| remote.place()).as_deref(), Some("https://ops.example.com:7443"));
    assert!(!format!("{config:?}").contains("hush"));
    assert!(format!("{config:?}").contains("127.0.0.1:3306/doltops"));
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value) in [
        ("DOLTOPS_FINAL_COPY_DAYS", "-1"),
        ("DOLTOPS_CONNECT", "http://plain:80"),
        ("DOLTOPS_CONNECT", "https://no-port"),
        ("DOLTOPS_STORE", "mysql://no-database@host"),
        ("DOLTOPS_LISTEN", "7443"),
        ("DOLTOPS_PROVIDER", "moon"),
        ("DOLTOPS_KEYS", "emacs"),
        ("DOLTOPS_READ_ONLY", "perhaps"),
    ] {
        let problem = Layer::of_variables(|asked| (asked == name).then(|| value.to_owned())).expect_err(value);
        assert_eq!(problem.field, name, "{problem}");
    }
}

#[test]
fn to_connect_without_an_identity_is_refused() {
    let flags = Layer { connect: Some(vec!["https://h:1".parse().expect("valid")]), ..Layer::default() };
    let problem = resolve(flags, Layer::default(), Layer::default(), &folders()).expect_err("refused");
    assert_eq!(problem.field, "identity");
}

#[test]
fn a_path_in_the_file_is_meant_from_the_files_folder() {
    let said = |path: &str| Layer { state_dir: Some(path.into()), ..Layer::default() };
    let meant = |path: &str| said(path).under(Path::new("/c"), Path::new("/home/op")).state_dir.expect("said");
    assert_eq!(meant("state"), Path::new("/c/state"));
    assert_eq!(meant("/var/doltops"), Path::new("/var/doltops"));
    assert_eq!(meant("~/doltops"), Path::new("/home/op/doltops"));
    let theme = |name: &str| themed(name).under(Path::new("/c"), Path::new("/home/op")).theme.expect("said");
    assert_eq!(["nord", "mine.toml", "~/t/mine.toml"].map(theme), ["nord", "/c/mine.toml", "/home/op/t/mine.toml"]);
}

/// The committed file must not promise what the code does not do.
#[test]
fn the_template_names_every_key_and_says_nothing_by_itself() {
    assert_eq!(file::parse(TEMPLATE, Path::new("doltops.toml")).expect("valid"), Layer::default());
    let is_entry = |line: &&str| {
        line.starts_with('#') && (line.contains(" = ") || line.starts_with("#[")) && !line.starts_with("# ")
    };
    let uncommented: String = TEMPLATE.lines().filter(is_entry).map(|line| format!("{}\n", &line[1..])).collect();
    let table: toml::Table = toml::from_str(&uncommented).expect("each line is valid alone");
    assert_eq!(table.len(), layer::KEYS.len(), "{uncommented}");
    let said = file::parse(&uncommented, Path::new("doltops.toml")).expect("known keys, valid values");
    let config = resolve(Layer::default(), Layer::default(), said, &folders()).expect("resolved");
    let defaults = resolve(Layer::default(), Layer::default(), Layer::default(), &folders()).expect("resolved");
    assert_eq!(
        (config.theme, config.final_copy_days, config.provider),
        (defaults.theme, defaults.final_copy_days, defaults.provider)
    );
    assert_eq!(config.change_requests, defaults.change_requests, "each line of [change_requests] shows its default");
    let mut incidents = config.incidents;
    incidents.runbooks.clear();
    assert_eq!(incidents, defaults.incidents, "each line of [incidents] shows its default");
    assert_eq!(config.prices, Some(Prices::aws()), "each line of [prices] is what the provider aws has without it");
    assert_eq!(defaults.prices, None, "the sandbox costs nothing");
}

#[test]
fn a_state_folder_that_is_no_folder_is_refused_by_name() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let layer = Layer { state_dir: Some(file.path().join("state")), ..Layer::default() };
    let config = resolve(layer, Layer::default(), Layer::default(), &folders()).expect("resolved");
    assert_eq!(config.prepare_state_dir().expect_err("refused").field, "state-dir");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let flags = Flags { config: Some("/nonexistent/doltops.toml".into()), ..Flags::default() };
    let problem = load(&flags).expect_err("refused");
    assert_eq!(problem.field, "config");
}
