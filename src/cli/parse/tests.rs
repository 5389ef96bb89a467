use super::*;

fn words(line: &str) -> Vec<OsString> {
    std::iter::once("doltops").chain(line.split_whitespace()).map(OsString::from).collect()
}

fn refusal(line: &str) -> Problem {
    match read(&words(line)) {
        Err(Refused::Wrong(problem)) => problem,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn the_command_line_fits_together() {
    Cli::command().debug_assert();
}

#[test]
fn a_wrong_argument_is_refused_by_its_name() {
    let hash = "0".repeat(33);
    for (line, field) in [
        ("create Orders", "name"),
        ("create orders --volume ten", "volume"),
        ("create orders --volume -5", "volume"),
        ("create orders --volume=-5", "volume"),
        ("create orders --volume 1000000000000", "volume"),
        ("create orders --certificate paper", "certificate"),
        ("create", "name"),
        ("plan orders --volume 0", "volume"),
        ("resize orders", "type"),
        ("--fresh list", "fresh"),
        ("--fresh --daemon", "fresh"),
        ("open", "locator"),
        ("set orders colour=red", "colour"),
        ("set orders max_connections=0", "max_connections"),
        ("set orders max_connections", "setting"),
        ("set orders", "setting"),
        ("delete orders", "confirm"),
        ("delete orders --confirm order", "confirm"),
        ("rollback orders --to x", "to"),
        (&format!("rollback orders --to {hash}"), "to"),
        ("rollback orders --to 00000", "to"),
        ("rollback orders --to 00000%", "to"),
        ("plan orders --to 00000_", "to"),
        ("history --before 00000", "before"),
        ("rollback orders --to 000000 --confirm all", "name"),
        ("rollback --to 00000000000000000000000000000000", "name"),
        ("diff main", "from"),
        ("metrics orders --since soon", "since"),
        ("forward orders --port 70000", "port"),
        ("create orders --timeout 1m", "wait"),
        ("client-certificate op1 --role root", "role"),
        ("--store mysql://root:hush@ list", "store"),
        ("list -o yaml", "output"),
        ("--daemon list", "daemon"),
        ("list --at soon", "at"),
        ("list --branch main", "branch"),
        ("list --at 10m --branch b", "at"),
        ("--at 10m list --branch b", "at"),
        ("--at 10m stop orders", "at"),
        ("watch --at 10m", "at"),
        ("--daemon --at 10m", "at"),
        ("at", "when"),
        ("at soon", "at"),
        ("at 10m --at 10m", "at"),
        ("diff 10m soon!", "to"),
        ("--clone dir --daemon", "clone"),
        ("list --clone dir --connect https://localhost:1", "clone"),
        ("doctor --clone dir", "clone"),
        ("stop orders --clone dir --wait", "wait"),
        ("logs orders --branch b", "branch"),
        ("config --branch b", "branch"),
        ("undo --branch b", "branch"),
        ("blame orders --branch b", "branch"),
        ("branch list --branch b", "branch"),
        ("stop orders --wait --branch b", "wait"),
        ("branch create B", "name"),
        ("conflicts b resolve orders.power", "value"),
    ] {
        let problem = refusal(line);
        assert_eq!(problem.field, field, "{line}: {problem}");
        assert_eq!(problem.kind.exit_code(), 2, "{line}");
        assert!(!problem.what.is_empty() && !problem.what.contains("hush"), "{line}: {problem:?}");
    }
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    assert_eq!(refusal("lst").next, "did you mean list?");
    assert_eq!(refusal("create orders --volum 5").next, "did you mean --volume?");
}

#[test]
fn json_is_seen_in_a_line_that_cannot_be_read() {
    for line in ["-o json lst", "lst -ojson", "lst --output json", "--output=json lst", "lst -o=json"] {
        assert_eq!(asked_for(&words(line)), Format::Json, "{line}");
    }
    for line in ["lst", "lst json", "-o table lst"] {
        assert_eq!(asked_for(&words(line)), Format::Table, "{line}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for line in ["--help", "--version", "create --help"] {
        assert!(matches!(read(&words(line)), Err(Refused::Shown(_))), "{line}");
    }
}

#[test]
fn what_an_agent_is_given_is_left_as_it_is() {
    let cli = read(&words("agent --folder /x -v -- y")).expect("read");
    assert!(matches!(cli.command, Some(Command::Agent(raw)) if raw.args.len() >= 4));
}

fn help(line: &str) -> String {
    match read(&words(line)) {
        Err(Refused::Shown(text)) => text,
        other => panic!("{line}: {other:?}"),
    }
}

/// What is the same everywhere stands in one place, and each command says where.
#[test]
fn help_of_a_command_is_about_that_command() {
    for line in ["set --help", "branch create --help", "help resize", "branch merge -h"] {
        let text = help(line);
        assert!(!text.contains("--final-copy-days") && !text.contains("--screen-reader"), "{line}: {text}");
        assert!(text.contains("--output") && text.contains("doltops --help"), "{line}: {text}");
    }
    assert!(help("--help").contains("--final-copy-days"));
}

/// What is not told still holds.
#[test]
fn options_of_every_command_hold_where_they_are_not_told() {
    let command = helpful();
    let matches = command.try_get_matches_from(words("list --state-dir /s -o json")).expect("read");
    let cli = Cli::from_arg_matches(&matches).expect("a command line");
    assert_eq!(cli.flags.layer.state_dir.as_deref(), Some(std::path::Path::new("/s")));
    helpful().debug_assert();
}
